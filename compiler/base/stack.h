// Tells recursive code when the thread's stack is nearly used up, so that it can end with an error
// whatever the size of the stack is. The bound is looked up once per thread.
#ifndef STARC_STACK_H
#define STARC_STACK_H
#include <stdbool.h>

// Whether it is nearly used up here.
bool stack_low(void);
// The address below which it is.
const char *stack_end(void);

#endif
