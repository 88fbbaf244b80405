// In: nothing. Out: how far down the stack of this thread may go. Leaves the error to the caller.
#include "stack.h"

#include <pthread.h>

enum { RESERVE = 192 * 1024 }; // for what the recursive code calls

static _Thread_local const char *lowest;

static __attribute__((noinline)) void find_lowest(void) {
  pthread_attr_t attr;
  void *addr = NULL;
  size_t size = 0;
  lowest = (const char *)1; // unknown: no check
  if (pthread_getattr_np(pthread_self(), &attr) != 0)
    return;
  if (pthread_attr_getstack(&attr, &addr, &size) == 0 && size > 2 * RESERVE)
    lowest = (const char *)addr + RESERVE;
  pthread_attr_destroy(&attr);
}

const char *stack_end(void) {
  if (!lowest)
    find_lowest();
  return lowest;
}

bool stack_low(void) { return (const char *)__builtin_frame_address(0) < stack_end(); }
