// How deep into nested values this thread is, and which it is printing. Private to value/.
#ifndef STARC_VALUE_DEPTH_H
#define STARC_VALUE_DEPTH_H
#include <stdbool.h>

// Into a container, and out of it again. False: that is too deep, and val_leave is not called.
bool val_enter(void);
void val_leave(void);

// The containers that this thread is printing, so that one that holds itself ends in "[...]". They
// are the thread's, as in Python: an object between two of them prints by its own function.
typedef struct Trail {
  const void *container;
  const struct Trail *up;
} Trail;

// False: the container is being printed already. Else *t stands for it until val_print_leave.
bool val_print_enter(Trail *t, const void *container);
void val_print_leave(const Trail *t);

#endif
