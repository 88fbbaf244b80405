// In: a number of independent pieces of work. Out: all of them done, on several threads.
#include "internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

typedef struct Crew {
  Load *l;
  size_t n;
  atomic_size_t next;
  void (*fn)(Load *l, Arena *arena, size_t i);
} Crew;

typedef struct Hand {
  Crew *crew;
  Arena arena;
  pthread_t thread;
  bool running;
} Hand;

enum { BATCH = 16, MAX_THREADS = 64, STACK = 64 << 20 };

static void work(Crew *c, Arena *arena) {
  for (size_t from; (from = atomic_fetch_add(&c->next, BATCH)) < c->n;)
    for (size_t i = from; i < from + BATCH && i < c->n; i++)
      c->fn(c->l, arena, i);
}

static void *start(void *data) {
  Hand *h = data;
  work(h->crew, &h->arena);
  return NULL;
}

static size_t thread_count(const Load *l, size_t n) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  size_t want = l->p->options && l->p->options->threads > 0 ? (size_t)l->p->options->threads
                : cores > 0                                 ? (size_t)cores
                                                            : 1;
  if (want > MAX_THREADS)
    want = MAX_THREADS;
  size_t useful = (n + BATCH - 1) / BATCH;
  return want < useful ? want : useful;
}

// Templates may nest deeply, so the work is done on threads of a known, large stack, even when
// there is but one.
void load_parallel(Load *l, size_t n, void (*fn)(Load *l, Arena *arena, size_t i)) {
  if (!n)
    return;
  Crew crew = {.l = l, .n = n, .fn = fn};
  Hand hands[MAX_THREADS] = {0};
  size_t nhands = thread_count(l, n);
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, STACK);
  for (size_t i = 0; i < nhands; i++) {
    hands[i].crew = &crew;
    hands[i].running = pthread_create(&hands[i].thread, &attr, start, &hands[i]) == 0;
  }
  pthread_attr_destroy(&attr);
  if (!hands[0].running) // no threads to be had
    work(&crew, &hands[0].arena);
  for (size_t i = 0; i < nhands; i++) {
    if (hands[i].running)
      pthread_join(hands[i].thread, NULL);
    arena_adopt(l->a, &hands[i].arena);
  }
}
