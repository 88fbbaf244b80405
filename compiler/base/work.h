// What the piece of work that runs in this thread may take: memory, time, depth of values. Memory
// is counted where arenas take it, time where loops over values and evaluations take a step, so
// that no caller has to think of it. A template's evaluation is such a piece of work; what runs
// outside of one is the program's own and has no limits but those of the system.
#ifndef STARC_WORK_H
#define STARC_WORK_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum WorkEnd {
  WORK_MEMORY,    // more than the limit
  WORK_CROWDED,   // with the work of other threads, of which this one takes more than its part
  WORK_NO_MEMORY, // the system has none left
  WORK_TIME,      // more than the limit
  WORK_DEEP,      // a value that nests too deep, or holds itself
  WORK_LONG       // a text that is longer than a text may be
} WorkEnd;

typedef struct Work {
  struct Work *outer;        // what this is a part of; NULL: nothing
  const struct Arena *arena; // when this one takes too much, the work ends on the spot
  int64_t memory;            // bytes that may still be taken by this thread
  int64_t taken;             // bytes taken so far
  int64_t limit;             // what `memory` was: of all threads' work together, too
  int64_t time;              // nanoseconds of this thread's CPU that may still be used
  int64_t wall, cpu;         // clocks at the last look; cpu 0: not looked at yet
  uint32_t steps;            // until the next look at the clock
  // Ends the work: an error, and a longjmp out of it. Does not return.
  void (*end)(struct Work *w, WorkEnd why);
  void *data;
} Work;

extern _Thread_local Work *work_now; // of this thread; NULL: none

// Begins a piece of work: w's arena, memory, time, end and data are set. Until work_end, which the
// work's own `end` has to reach too.
void work_begin(Work *w);
void work_end(Work *w);

// In between the work of this thread is another's: a database's, or that of who holds a lock. What
// is taken until then is not counted, and nothing ends. Gives what work_resume needs.
Work *work_pause(void);
void work_resume(Work *w);

// Takes a lock, with the work paused: work that ended under it would leave it locked for ever.
// work_unlock takes what this gives.
Work *work_lock(pthread_mutex_t *lock);
void work_unlock(pthread_mutex_t *lock, Work *w);

// Ends the work of this thread; returns when there is none.
void work_over(WorkEnd why);

// Counts n bytes that an arena takes; before they are taken.
void work_take(const struct Arena *a, size_t n);

// Looks at what has been taken; ends the work when that is too much.
void work_look(Work *w);

// One step of a loop over values, of which there may be very many.
static inline void work_step(void) {
  Work *w = work_now;
  if (w && --w->steps == 0)
    work_look(w);
}

#endif
