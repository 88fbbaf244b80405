// Values that many nodes have in common, kept once: each is told from the others by its kinds, its
// contents and the order of its keys, which Python's equality would not.
#ifndef STARC_INTERN_H
#define STARC_INTERN_H
#include "value.h"

#include <pthread.h>

typedef struct InternSlot {
  uint64_t hash;
  Value value; // undefined: the slot is free
} InternSlot;

// What it keeps is in `arena`, until somebody frees or adopts that.
typedef struct Intern {
  pthread_mutex_t lock;
  Arena arena;
  InternSlot *slots;
  size_t n, nslots;
} Intern;
#define INTERN_INIT                                                                                \
  { .lock = PTHREAD_MUTEX_INITIALIZER }

// *v becomes the value like it that is kept, a frozen copy when it is the first; texts are copied
// too. False: it holds something that cannot be told from others (a function, an object), and stays
// what it was. Safe from any thread.
bool intern(Intern *in, Value *v);

#endif
