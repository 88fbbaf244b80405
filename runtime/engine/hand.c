// See hand.h.
#include "hand.h"
#include "confine.h"

#include "../../compiler/base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct Hand {
  pthread_t thread;
  pthread_mutex_t lock; // guards what follows
  pthread_cond_t change;
  void (*work)(void *data); // NULL: nothing is to be done
  void *data;
  int rules;
  bool ready, refused; // it has begun; it could not be confined
  bool end;
};

static void begin(Hand *h) {
  h->refused = h->rules >= 0 && !confine_enter(h->rules);
  h->ready = true;
  pthread_cond_broadcast(&h->change);
}

static void *hand_main(void *arg) {
  Hand *h = arg;
  pthread_mutex_lock(&h->lock);
  begin(h);
  while (!h->end) {
    if (!h->work) {
      pthread_cond_wait(&h->change, &h->lock);
      continue;
    }
    pthread_mutex_unlock(&h->lock);
    h->work(h->data);
    pthread_mutex_lock(&h->lock);
    h->work = NULL;
    pthread_cond_broadcast(&h->change);
  }
  pthread_mutex_unlock(&h->lock);
  return NULL;
}

static bool start(Hand *h) {
  enum { STACK_BYTES = 8 * 1024 * 1024 };
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, STACK_BYTES);
  bool started = pthread_create(&h->thread, &attr, hand_main, h) == 0;
  pthread_attr_destroy(&attr);
  pthread_mutex_lock(&h->lock);
  while (started && !h->ready)
    pthread_cond_wait(&h->change, &h->lock);
  pthread_mutex_unlock(&h->lock);
  return started;
}

static void release(Hand *h) {
  pthread_mutex_destroy(&h->lock);
  pthread_cond_destroy(&h->change);
  free(h);
}

Hand *hand_new(int rules) {
  Hand *h = memory_must(calloc(1, sizeof *h));
  h->rules = rules;
  pthread_mutex_init(&h->lock, NULL);
  pthread_cond_init(&h->change, NULL);
  if (!start(h)) {
    release(h);
    return NULL;
  }
  if (!h->refused)
    return h;
  hand_free(h);
  return NULL;
}

void hand_begin(Hand *h, void (*work)(void *data), void *data) {
  pthread_mutex_lock(&h->lock);
  h->data = data;
  h->work = work;
  pthread_cond_broadcast(&h->change);
  pthread_mutex_unlock(&h->lock);
}

void hand_wait(Hand *h) {
  pthread_mutex_lock(&h->lock);
  while (h->work)
    pthread_cond_wait(&h->change, &h->lock);
  pthread_mutex_unlock(&h->lock);
}

void hand_do(Hand *h, void (*work)(void *data), void *data) {
  hand_begin(h, work, data);
  hand_wait(h);
}

void hand_free(Hand *h) {
  if (!h)
    return;
  pthread_mutex_lock(&h->lock);
  h->end = true;
  pthread_cond_broadcast(&h->change);
  pthread_mutex_unlock(&h->lock);
  pthread_join(h->thread, NULL);
  release(h);
}
