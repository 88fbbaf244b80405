// See belt.h. Pieces are numbered as they are taken; piece i lies in slot i % nslots.
#include "belt.h"

#include "memory.h"

#include <pthread.h>
#include <stdlib.h>

enum { MAX_THREADS = 64 };

struct Belt {
  BeltWork w;
  pthread_t threads[MAX_THREADS];
  size_t nthreads;
  pthread_mutex_t lock;  // guards what follows, and is held while a piece is taken
  pthread_cond_t change; // a slot is free, a piece is done, or it is over
  size_t taken, handed;  // pieces; the slot of piece `handed` - 1 is the caller's
  bool *done;            // of each slot
  bool over, stop;       // nothing is left to be taken; nothing more is wanted
};

static void *slot_of(const Belt *b, size_t piece) {
  return (char *)b->w.slots + piece % b->w.nslots * b->w.slot_size;
}

// Whether there may be a next piece and a slot for it. The caller's slot is not free.
static bool has_room(const Belt *b) {
  return b->taken - (b->handed ? b->handed - 1 : 0) < b->w.nslots;
}

// The number of a piece that was taken into its slot; false: there is none. b->lock is held.
static bool take(Belt *b, size_t *piece) {
  if (!b->over && !b->w.take(b->w.data, slot_of(b, b->taken)))
    b->over = true;
  if (b->over)
    return false;
  *piece = b->taken++;
  b->done[*piece % b->w.nslots] = false;
  return true;
}

static void *belt_main(void *data) {
  Belt *b = data;
  size_t piece;
  pthread_mutex_lock(&b->lock);
  while (!b->stop && !b->over) {
    if (!has_room(b)) {
      pthread_cond_wait(&b->change, &b->lock);
    } else if (take(b, &piece)) {
      pthread_mutex_unlock(&b->lock);
      b->w.work(b->w.data, slot_of(b, piece));
      pthread_mutex_lock(&b->lock);
      b->done[piece % b->w.nslots] = true;
      pthread_cond_broadcast(&b->change);
    }
  }
  pthread_cond_broadcast(&b->change);
  pthread_mutex_unlock(&b->lock);
  return NULL;
}

Belt *belt_new(const BeltWork *w, size_t threads) {
  Belt *b = memory_must(calloc(1, sizeof *b));
  b->w = *w;
  b->done = memory_must(calloc(w->nslots, sizeof *b->done));
  pthread_mutex_init(&b->lock, NULL);
  pthread_cond_init(&b->change, NULL);
  while (b->nthreads < threads && b->nthreads < MAX_THREADS &&
         pthread_create(&b->threads[b->nthreads], NULL, belt_main, b) == 0)
    b->nthreads++;
  return b;
}

// The next piece, done here and now. False: there is none.
static bool do_one(Belt *b) {
  size_t piece;
  if (!take(b, &piece))
    return false;
  b->w.work(b->w.data, slot_of(b, piece));
  return true;
}

// The same, done by a thread. The slot before it is free from here on. b->lock is held.
static bool wait_for_one(Belt *b) {
  size_t piece = b->handed - 1;
  pthread_cond_broadcast(&b->change);
  while (piece < b->taken ? !b->done[piece % b->w.nslots] : !b->over)
    pthread_cond_wait(&b->change, &b->lock);
  return piece < b->taken;
}

void *belt_next(Belt *b) {
  pthread_mutex_lock(&b->lock);
  size_t piece = b->handed++;
  bool there = b->nthreads ? wait_for_one(b) : do_one(b);
  pthread_mutex_unlock(&b->lock);
  return there ? slot_of(b, piece) : NULL;
}

void belt_free(Belt *b) {
  pthread_mutex_lock(&b->lock);
  b->stop = true;
  pthread_cond_broadcast(&b->change);
  pthread_mutex_unlock(&b->lock);
  for (size_t i = 0; i < b->nthreads; i++)
    pthread_join(b->threads[i], NULL);
  pthread_cond_destroy(&b->change);
  pthread_mutex_destroy(&b->lock);
  free(b->done);
  free(b);
}
