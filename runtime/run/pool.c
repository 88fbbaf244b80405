// See pool.h. A job counts what blocks it; at zero it enters a heap ordered by the longest path
// below it. One lock guards counts and heap; nobody holds it while a job runs or is told.
#include "pool.h"

#include "../../compiler/base/arena.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { STACK_BYTES = 16 << 20 };

typedef struct Job {
  uint32_t nblock;
  uint32_t first, nfeeds; // feeds[first .. first + nfeeds)
  size_t cause;           // the failed job above, POOL_NONE: none
  double path;            // cost of the longest path from here down, itself included
} Job;

// The items of a job that shares its work.
typedef struct Share {
  void (*item)(void *data, unsigned worker, size_t i);
  void *data;
  size_t n, next, running;
  struct Share *below; // Pool.shares
} Share;

typedef struct Pool {
  const PoolPlan *plan;
  PoolStop *stop;
  Arena arena;
  Job *jobs;
  uint32_t *feeds;
  uint32_t *heap;
  size_t nheap;
  size_t open;    // jobs neither done nor told
  size_t running; // jobs being worked on
  size_t waiting; // workers that wait for a change
  bool stopped;   // a POOL_STOP verdict
  Share *shares;  // with items to take
  pthread_mutex_t lock;
  pthread_cond_t change; // there is something for a worker, or nothing more
  pthread_cond_t shared; // an item of a share is done
} Pool;

typedef struct PoolWorker {
  Pool *pool;
  unsigned number;
  pthread_t thread;
  bool started, ready;
} PoolWorker;

// --- the ready heap: longest path first, then the lower number

static bool before(const Pool *p, uint32_t a, uint32_t b) {
  double x = p->jobs[a].path, y = p->jobs[b].path;
  return x > y || (x == y && a < b);
}

static void heap_swap(Pool *p, size_t a, size_t b) {
  uint32_t t = p->heap[a];
  p->heap[a] = p->heap[b];
  p->heap[b] = t;
}

static void heap_push(Pool *p, uint32_t job) {
  size_t i = p->nheap++;
  p->heap[i] = job;
  for (; i && before(p, p->heap[i], p->heap[(i - 1) / 2]); i = (i - 1) / 2)
    heap_swap(p, i, (i - 1) / 2);
}

static uint32_t heap_pop(Pool *p) {
  uint32_t top = p->heap[0];
  p->heap[0] = p->heap[--p->nheap];
  for (size_t i = 0;;) {
    size_t best = i, l = 2 * i + 1, r = l + 1;
    if (l < p->nheap && before(p, p->heap[l], p->heap[best]))
      best = l;
    if (r < p->nheap && before(p, p->heap[r], p->heap[best]))
      best = r;
    if (best == i)
      return top;
    heap_swap(p, i, best);
    i = best;
  }
}

// --- setting up

// The longest paths, by walking the jobs in reverse topological order. Returns how many jobs are
// on no cycle and below none.
static size_t weigh(Pool *p) {
  size_t n = p->plan->njobs, done = 0;
  uint32_t *order = arena_array(&p->arena, uint32_t, n + 1);
  uint32_t *left = arena_array(&p->arena, uint32_t, n + 1);
  for (size_t i = 0; i < n; i++)
    if (!(left[i] = p->jobs[i].nblock))
      order[done++] = (uint32_t)i;
  for (size_t i = 0; i < done; i++) {
    const Job *j = &p->jobs[order[i]];
    for (uint32_t k = 0; k < j->nfeeds; k++)
      if (--left[p->feeds[j->first + k]] == 0)
        order[done++] = p->feeds[j->first + k];
  }
  for (size_t i = done; i-- > 0;) {
    Job *j = &p->jobs[order[i]];
    for (uint32_t k = 0; k < j->nfeeds; k++) {
      double below = p->jobs[p->feeds[j->first + k]].path;
      if (below > j->path)
        j->path = below;
    }
    j->path += p->plan->weights ? p->plan->weights[order[i]] : 1;
  }
  return done;
}

static size_t pool_init(Pool *p, const PoolPlan *plan) {
  p->plan = plan;
  p->jobs = arena_array(&p->arena, Job, plan->njobs + 1);
  p->feeds = arena_array(&p->arena, uint32_t, plan->nedges + 1);
  p->heap = arena_array(&p->arena, uint32_t, plan->njobs + 1);
  for (size_t i = 0; i < plan->njobs; i++)
    p->jobs[i].cause = POOL_NONE;
  for (size_t i = 0; i < plan->nedges; i++) {
    p->jobs[plan->edges[i].from].nfeeds++;
    p->jobs[plan->edges[i].to].nblock++;
  }
  uint32_t at = 0;
  for (size_t i = 0; i < plan->njobs; i++) {
    p->jobs[i].first = at;
    at += p->jobs[i].nfeeds;
    p->jobs[i].nfeeds = 0;
  }
  for (size_t i = 0; i < plan->nedges; i++) {
    Job *j = &p->jobs[plan->edges[i].from];
    p->feeds[j->first + j->nfeeds++] = plan->edges[i].to;
  }
  size_t sound = weigh(p);
  for (size_t i = 0; i < plan->njobs; i++)
    if (!p->jobs[i].nblock)
      heap_push(p, (uint32_t)i);
  p->open = plan->njobs;
  return sound;
}

// --- working

static bool told_to_stop(const Pool *p) { return p->stop && atomic_load(&p->stop->stop); }

// Under the lock: as many as there are jobs, but for the one that the caller goes on with; all of
// them where there is nothing left to wait for.
static void wake_workers(Pool *p) {
  if (told_to_stop(p) || !p->open || (!p->running && !p->nheap))
    pthread_cond_broadcast(&p->change);
  else
    for (size_t i = 1; i < p->nheap && i <= p->waiting; i++)
      pthread_cond_signal(&p->change);
}

// Under the lock: a job is over; what waits for it moves on.
static void job_over(Pool *p, uint32_t job, size_t cause) {
  const Job *j = &p->jobs[job];
  p->open--;
  for (uint32_t k = 0; k < j->nfeeds; k++) {
    Job *child = &p->jobs[p->feeds[j->first + k]];
    if (cause != POOL_NONE && child->cause == POOL_NONE)
      child->cause = cause;
    if (--child->nblock == 0)
      heap_push(p, p->feeds[j->first + k]);
  }
  wake_workers(p);
}

// Under the lock; lets go of it while the job runs or is told.
static void job_take(Pool *p, unsigned worker, uint32_t job) {
  size_t cause = p->jobs[job].cause;
  bool skip = cause != POOL_NONE || p->stopped;
  p->running++;
  pthread_mutex_unlock(&p->lock);
  PoolVerdict verdict = POOL_GOOD;
  if (skip)
    p->plan->skip(p->plan->data, job, cause);
  else
    verdict = p->plan->work(p->plan->data, worker, job);
  pthread_mutex_lock(&p->lock);
  p->running--;
  if (verdict == POOL_STOP)
    p->stopped = true;
  if (!skip && verdict != POOL_GOOD)
    cause = job;
  job_over(p, job, cause);
}

// Works on one item of a share, if one is left. Called with the lock, which is let go meanwhile.
static bool share_take(Pool *p, Share *s, unsigned worker) {
  if (!s || s->next == s->n || told_to_stop(p))
    return false;
  size_t i = s->next++;
  s->running++;
  pthread_mutex_unlock(&p->lock);
  s->item(s->data, worker, i);
  pthread_mutex_lock(&p->lock);
  s->running--;
  pthread_cond_broadcast(&p->shared);
  return true;
}

static Share *share_open(const Pool *p) {
  Share *s = p->shares;
  while (s && s->next == s->n)
    s = s->below;
  return s;
}

void pool_share(Pool *p, unsigned worker, size_t n, void (*item)(void *, unsigned, size_t),
                void *data) {
  Share s = {.item = item, .data = data, .n = n};
  pthread_mutex_lock(&p->lock);
  s.below = p->shares;
  p->shares = &s;
  pthread_cond_broadcast(&p->change);
  while (share_take(p, &s, worker))
    ;
  s.next = s.n;
  while (s.running)
    pthread_cond_wait(&p->shared, &p->lock);
  Share **at = &p->shares;
  while (*at != &s)
    at = &(*at)->below;
  *at = s.below;
  pthread_mutex_unlock(&p->lock);
}

// With the lock, which is let go meanwhile: whether the worker may take what there is.
static bool worker_ready(Pool *p, PoolWorker *w) {
  if (w->ready || !p->plan->ready)
    return true;
  pthread_mutex_unlock(&p->lock);
  w->ready = p->plan->ready(p->plan->data, w->number);
  pthread_mutex_lock(&p->lock);
  return w->ready;
}

static void *worker_main(void *arg) {
  PoolWorker *w = arg;
  Pool *p = w->pool;
  pthread_mutex_lock(&p->lock);
  while (p->open && !told_to_stop(p)) {
    if ((p->nheap || share_open(p)) && !worker_ready(p, w))
      break;
    if (p->nheap)
      job_take(p, w->number, heap_pop(p));
    else if (share_take(p, share_open(p), w->number))
      continue;
    else if (p->running) {
      p->waiting++;
      pthread_cond_wait(&p->change, &p->lock);
      p->waiting--;
    } else
      break; // a cycle: nothing runs and nothing is ready
  }
  pthread_cond_broadcast(&p->change);
  pthread_mutex_unlock(&p->lock);
  if (p->plan->worker_end)
    p->plan->worker_end(p->plan->data, w->number);
  return NULL;
}

bool pool_run(const PoolPlan *plan, PoolStop *stop) {
  Pool p = {.stop = stop};
  pthread_mutex_init(&p.lock, NULL);
  pthread_cond_init(&p.change, NULL);
  pthread_cond_init(&p.shared, NULL);
  pool_init(&p, plan);
  unsigned n = plan->workers ? plan->workers : 1;
  if (plan->pool)
    *plan->pool = &p;
  else if (n > plan->njobs)
    n = plan->njobs ? (unsigned)plan->njobs : 1;
  PoolWorker *workers = arena_array(&p.arena, PoolWorker, n);
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, STACK_BYTES);
  bool any = false;
  for (unsigned i = 0; i < n; i++) {
    workers[i] = (PoolWorker){.pool = &p, .number = i};
    workers[i].started = pthread_create(&workers[i].thread, &attr, worker_main, &workers[i]) == 0;
    any |= workers[i].started;
  }
  if (!any) // no thread to be had: this one does the work
    worker_main(&workers[0]);
  for (unsigned i = 0; i < n; i++)
    if (workers[i].started)
      pthread_join(workers[i].thread, NULL);
  pthread_attr_destroy(&attr);
  pthread_mutex_destroy(&p.lock);
  pthread_cond_destroy(&p.change);
  pthread_cond_destroy(&p.shared);
  bool all = p.open == 0 && !told_to_stop(&p);
  arena_free(&p.arena);
  return all;
}
