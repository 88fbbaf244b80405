// In: what is taken. Out: the end of the work that takes too much. Leaves the words, and the way
// out, to the work itself.
#include "work.h"

#include "arena.h"
#include "system.h"

#include <stdatomic.h>
#include <time.h>

enum { STEPS = 4096 };              // between two looks
enum { LOOK_AGAIN = 50 * 1000000 }; // ns of wall time before the thread's own clock is read

_Thread_local Work *work_now;

// Of all threads: how many are at work, and what their work has taken.
static _Atomic int64_t at_work, all_taken;

static int64_t now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void work_begin(Work *w) {
  w->outer = work_now;
  w->taken = 0;
  w->limit = w->memory;
  if (!w->outer)
    at_work++;
  w->steps = STEPS;
  w->wall = now(SYSTEM_CLOCK_CHEAP);
  w->cpu = 0;
  work_now = w;
}

void work_end(Work *w) {
  work_now = w->outer;
  if (w->outer) {
    w->outer->memory -= w->taken;
    w->outer->taken += w->taken;
  } else {
    all_taken -= w->taken;
    at_work--;
  }
}

Work *work_pause(void) {
  Work *was = work_now;
  for (Work *w = was; w; w = w->outer)
    if (w->cpu)
      w->time -= now(CLOCK_THREAD_CPUTIME_ID) - w->cpu;
  work_now = NULL;
  return was;
}

void work_resume(Work *w) {
  work_now = w;
  for (; w; w = w->outer) { // what the others did in between is theirs
    w->wall = now(SYSTEM_CLOCK_CHEAP);
    w->cpu = w->cpu ? now(CLOCK_THREAD_CPUTIME_ID) : 0;
  }
}

Work *work_lock(pthread_mutex_t *lock) {
  Work *w = work_pause();
  pthread_mutex_lock(lock);
  return w;
}

void work_unlock(pthread_mutex_t *lock, Work *w) {
  pthread_mutex_unlock(lock);
  work_resume(w);
}

void work_over(WorkEnd why) {
  Work *w = work_now;
  if (w)
    w->end(w, why);
}

// The clock that costs next to nothing says whether the other one is worth a look.
static void look_at_clock(Work *w) {
  int64_t wall = now(SYSTEM_CLOCK_CHEAP);
  if (wall - w->wall < LOOK_AGAIN)
    return;
  int64_t cpu = now(CLOCK_THREAD_CPUTIME_ID);
  if (w->cpu)
    w->time -= cpu - w->cpu;
  w->wall = wall;
  w->cpu = cpu;
  if (w->time < 0)
    w->end(w, WORK_TIME);
}

// Whether all threads together take more than one may, and this one more than its part of that.
static bool is_crowded(const Work *w) {
  int64_t own = 0;
  for (const Work *of = w; of; of = of->outer)
    own += of->taken;
  return all_taken > w->limit && own > w->limit / at_work;
}

void work_look(Work *w) {
  w->steps = STEPS;
  if (w->memory < 0)
    w->end(w, WORK_MEMORY);
  if (is_crowded(w))
    w->end(w, WORK_CROWDED);
  look_at_clock(w);
}

void work_take(const struct Arena *a, size_t n) {
  Work *w = work_now;
  if (!w)
    return;
  bool fits = n <= (size_t)INT64_MAX / 2 && (int64_t)n <= w->memory;
  if (!fits && w->arena == a)
    w->end(w, WORK_MEMORY);
  int64_t bytes = n <= (size_t)INT64_MAX / 2 ? (int64_t)n : INT64_MAX / 2;
  w->memory -= bytes;
  w->taken += bytes;
  all_taken += bytes;
  bool crowded = is_crowded(w);
  if (crowded && w->arena == a)
    w->end(w, WORK_CROWDED);
  if (w->memory < 0 || crowded)
    w->steps = 1; // of another arena, whose lock may be held: at the next step
  else if (w->arena == a)
    look_at_clock(w);
}
