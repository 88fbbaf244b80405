// The scheduler: jobs with edges between them, worker threads that take them. Knows nothing about
// nodes or databases. In: a plan. Out: each job worked on once, or told why it was not.
#ifndef STARC_POOL_H
#define STARC_POOL_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum PoolVerdict {
  POOL_GOOD,   // those that wait for it may start
  POOL_FAILED, // those below are skipped
  POOL_STOP    // failed, and nothing more is handed out (--fail-fast)
} PoolVerdict;

typedef struct PoolEdge {
  uint32_t from, to; // `to` waits for `from`
} PoolEdge;

typedef struct PoolPlan {
  size_t njobs;
  const PoolEdge *edges;
  size_t nedges;
  const double *weights; // expected cost of each job, NULL: all 1; order: longest path first
  unsigned workers;      // threads, at least 1
  void *data;
  // Before a worker takes its first job, on its thread: false, and it takes none; the others do.
  // Must be true for worker 0. May be NULL.
  bool (*ready)(void *data, unsigned worker);
  // Runs on a worker thread. worker counts from 0.
  PoolVerdict (*work)(void *data, unsigned worker, size_t job);
  // A job that will not run because `cause` failed (POOL_NONE: the pool was stopped). Called on
  // some thread, without the lock, before anything below it is told.
  void (*skip)(void *data, size_t job, size_t cause);
  struct Pool **pool; // where pool_run leaves what pool_share needs; may be NULL
  void (*worker_end)(void *data, unsigned worker); // a thread is about to end; may be NULL
} PoolPlan;
#define POOL_NONE ((size_t)-1)

typedef struct PoolStop {
  atomic_bool stop; // set from anywhere: no more jobs are handed out, those left are not told
} PoolStop;

// Returns when every job is done or told. False: stopped from outside, or the edges hold a cycle
// (then nothing that is on it or below was worked on). `stop` may be NULL.
bool pool_run(const PoolPlan *plan, PoolStop *stop);

// From inside `work`: splits a job's own work into n items that this worker and idle ones take in
// order. Returns when all that were taken are done; those not taken when the pool is stopped from
// outside are left. `item` runs on worker threads, side by side.
void pool_share(struct Pool *p, unsigned worker, size_t n,
                void (*item)(void *data, unsigned worker, size_t i), void *data);

#endif
