// In: nothing. Out: how far down the stack of this thread may go. Leaves the error to the caller.
#include "stack.h"

#include "system.h"

enum { RESERVE = 192 * 1024 }; // for what the recursive code calls

static _Thread_local const char *lowest;

static __attribute__((noinline)) void find_lowest(void) {
  size_t size = 0;
  const char *end = system_stack(&size);
  lowest = end && size > 2 * RESERVE ? end + RESERVE : (const char *)1; // unknown: no check
}

const char *stack_end(void) {
  if (!lowest)
    find_lowest();
  return lowest;
}

bool stack_low(void) { return (const char *)__builtin_frame_address(0) < stack_end(); }
