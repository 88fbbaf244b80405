// In: steps into values and out of them. Out: an end where they nest too deep or hold themselves.
#include "depth.h"

#include "../base/stack.h"
#include "../base/work.h"
#include "value.h"

// How deep equality, hashing, printing and copying go into nested values before they give up:
// values can hold themselves, and nothing a template builds may overflow the stack. In a template
// that is an error; what leaves it is not as deep, also with what is put around it.
enum { DEEPEST = 1010 };
enum { MOST = 20000000 }; // containers in one value, where no work counts the time
static _Thread_local unsigned depth, visits;

static bool too_deep(void) {
  work_step();
  visits = depth ? visits + 1 : 0;
  if (depth < (work_now ? DEEPEST : 2 * DEEPEST) && (work_now || visits < MOST) && !stack_low())
    return false;
  work_over(WORK_DEEP);
  return true;
}

bool val_enter(void) {
  if (too_deep())
    return false;
  depth++;
  return true;
}

void val_leave(void) { depth--; }

static _Thread_local const Trail *printing;

bool val_print_enter(Trail *t, const void *container) {
  for (const Trail *p = printing; p; p = p->up)
    if (p->container == container)
      return false;
  *t = (Trail){container, printing};
  printing = t;
  return true;
}

void val_print_leave(const Trail *t) { printing = t->up; }

void val_forget_depth(void) {
  depth = 0;
  printing = NULL;
}
