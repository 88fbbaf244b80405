// In: a number of independent pieces of work. Out: all of them done, on several threads. Leaves
// what they are to the caller.
#include "parallel.h"

#include "system.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct Crew {
  size_t n;
  atomic_size_t next;
  void (*fn)(void *data, Arena *scratch, size_t i);
  void *data;
} Crew;

typedef struct Hand {
  Crew *crew;
  Arena arena;
  pthread_t thread;
  bool running;
} Hand;

enum { MAX_THREADS = 64, STACK = 64 << 20 };

// The quota of a cgroup in processors, rounded up; 0: none is set.
static size_t quota(void) {
  long long allowed = 0, period = 0;
  FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
  bool told = f && fscanf(f, "%lld %lld", &allowed, &period) == 2;
  if (f)
    fclose(f);
  if (!told) {
    FILE *q = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re");
    FILE *p = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
    told = q && p && fscanf(q, "%lld", &allowed) == 1 && fscanf(p, "%lld", &period) == 1;
    if (q)
      fclose(q);
    if (p)
      fclose(p);
  }
  return told && allowed > 0 && period > 0 ? (size_t)((allowed + period - 1) / period) : 0;
}

size_t parallel_cores(void) {
  size_t cores = system_processors(), share = quota();
  if (share && share < cores)
    cores = share;
  return cores ? cores : 1;
}

static void *work(void *data) {
  Hand *h = data;
  Crew *c = h->crew;
  for (size_t i; (i = atomic_fetch_add(&c->next, 1)) < c->n;)
    c->fn(c->data, &h->arena, i);
  return NULL;
}

static void start(Hand *hands, size_t n, Crew *crew) {
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, STACK);
  for (size_t i = 0; i < n; i++) {
    hands[i].crew = crew;
    hands[i].running = pthread_create(&hands[i].thread, &attr, work, &hands[i]) == 0;
  }
  pthread_attr_destroy(&attr);
  if (!hands[0].running) // no threads to be had
    work(&hands[0]);
}

void parallel_for(size_t n, size_t threads, void (*fn)(void *data, Arena *scratch, size_t i),
                  void *data, Arena *keep) {
  Crew crew = {.n = n, .fn = fn, .data = data};
  Hand hands[MAX_THREADS] = {0};
  size_t nhands = threads < MAX_THREADS ? threads : MAX_THREADS;
  if (nhands > n)
    nhands = n;
  if (!nhands)
    return;
  start(hands, nhands, &crew);
  for (size_t i = 0; i < nhands; i++) {
    if (hands[i].running)
      pthread_join(hands[i].thread, NULL);
    if (keep)
      arena_adopt(keep, &hands[i].arena);
    else
      arena_free(&hands[i].arena);
  }
}
