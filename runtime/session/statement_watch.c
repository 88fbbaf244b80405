// See statement_watch.h.
#include "statement_watch.h"

#include "../../compiler/base/memory.h"
#include "../engine/util.h"
#include "../engine/waits.h"

#include <stdlib.h>

struct Watched {
  Conn *conn;
  Str sql;
  double from;  // when it was sent (engine_now)
  double due;   // when it is looked at next
  double since; // from when on each look saw that nothing goes on; 0: the last one did not
  bool looking; // the thread is at it
  bool stopped; // it was stopped for `why`
  Arena texts;  // of `why`
  DbError why;
  Watched *next;
};

typedef struct StatementWatch {
  Sessions *of;
  Session *session; // the thread's
  pthread_t thread;
  pthread_mutex_t lock; // guards what follows; nobody holds it while a statement runs
  pthread_cond_t change;
  Watched *all;
  bool end;
} StatementWatch;

// For how long nothing must have gone on, so that a statement is given up; and where what it waits
// for may come by itself: ClickHouse keeps replaced parts for 8 minutes.
static double stuck_s(void) { return number_or_test(30, "STARC_TEST_STUCK"); }
static const double long_s = 600;

static double look_s(void) { return stuck_s() / 6; }

// --- the thread

static Watched *next_due(StatementWatch *k) {
  Watched *first = NULL;
  for (Watched *w = k->all; w; w = w->next)
    if (!w->stopped && (!first || w->due < first->due))
      first = w;
  return first;
}

static void pause_until(StatementWatch *k, const Watched *w) {
  if (w)
    engine_cond_until(&k->change, &k->lock, w->due);
  else
    pthread_cond_wait(&k->change, &k->lock);
}

// The same session that a statement runs in cannot be asked meanwhile.
static WaitState look(StatementWatch *k, const Watched *w, Arena *a, DbError *e) {
  Sessions *s = k->of;
  if (!k->session)
    k->session = s->engine->open(sessions_target(s), s->stop, a, e);
  return k->session ? s->engine->waits->look(k->session, a, w->sql, e) : WAIT_FINE;
}

static void stop(Watched *w, const DbError *why) {
  w->stopped = true;
  w->why = *why;
  conn_cancel(w->conn);
}

// Looks at one statement; it cannot end meanwhile, as watch_end waits for `looking`.
static void look_at(StatementWatch *k, Watched *w) {
  DbError e = {.at = -1};
  WaitState state = look(k, w, &w->texts, &e);
  double now = engine_now();
  w->since = state == WAIT_FINE ? 0 : w->since > 0 ? w->since : now;
  w->due = now + look_s();
  double most = state == WAIT_STUCK ? stuck_s() - look_s() : long_s;
  if (state != WAIT_FINE && now - w->since >= most)
    stop(w, &e);
  else
    arena_reset(&w->texts);
}

static void *watch_main(void *arg) {
  StatementWatch *k = arg;
  pthread_mutex_lock(&k->lock);
  while (!k->end) {
    Watched *w = next_due(k);
    if (!w || w->due > engine_now()) {
      pause_until(k, w);
      continue;
    }
    w->looking = true;
    pthread_mutex_unlock(&k->lock);
    look_at(k, w);
    pthread_mutex_lock(&k->lock);
    w->looking = false;
    pthread_cond_broadcast(&k->change);
  }
  pthread_mutex_unlock(&k->lock);
  if (k->session)
    k->of->engine->close(k->session);
  return NULL;
}

// --- from other threads

// Called with Sessions.lock.
static StatementWatch *watch_new(Sessions *s) {
  StatementWatch *k = memory_must(calloc(1, sizeof *k));
  k->of = s;
  pthread_mutex_init(&k->lock, NULL);
  engine_cond_init(&k->change);
  if (pthread_create(&k->thread, NULL, watch_main, k))
    memory_none();
  return k;
}

Watched *watch_begin(Conn *c, Arena *a, Str sql) {
  Sessions *s = c->of;
  if (!s->engine->waits || !s->engine->waits->may(a, sql))
    return NULL;
  Watched *w = arena_new(a, Watched);
  *w = (Watched){.conn = c, .sql = sql, .from = engine_now(), .why = {.at = -1}};
  w->due = w->from + look_s();
  pthread_mutex_lock(&s->lock);
  if (!s->watch)
    s->watch = watch_new(s);
  pthread_mutex_unlock(&s->lock);
  pthread_mutex_lock(&s->watch->lock);
  w->next = s->watch->all;
  s->watch->all = w;
  pthread_cond_broadcast(&s->watch->change);
  pthread_mutex_unlock(&s->watch->lock);
  return w;
}

static void forget(StatementWatch *k, Watched *w) {
  pthread_mutex_lock(&k->lock);
  while (w->looking)
    pthread_cond_wait(&k->change, &k->lock);
  for (Watched **p = &k->all; *p; p = &(*p)->next)
    if (*p == w) {
      *p = w->next;
      break;
    }
  pthread_mutex_unlock(&k->lock);
}

void watch_end(Watched *w, Arena *a, bool good, DbError *error) {
  if (!w)
    return;
  Sessions *s = w->conn->of;
  forget(s->watch, w);
  if (!good && w->stopped && !sessions_stopped(s))
    *error = w->why; // its texts are adopted below
  if (!good && !sessions_stopped(s))
    s->engine->waits->take_back(w->conn->session, a, w->sql, engine_now() - w->from, error);
  arena_adopt(a, &w->texts);
}

void watch_close(Sessions *s) {
  StatementWatch *k = s->watch;
  if (!k)
    return;
  pthread_mutex_lock(&k->lock);
  k->end = true;
  pthread_cond_broadcast(&k->change);
  pthread_mutex_unlock(&k->lock);
  pthread_join(k->thread, NULL);
  pthread_mutex_destroy(&k->lock);
  pthread_cond_destroy(&k->change);
  free(k);
  s->watch = NULL;
}
