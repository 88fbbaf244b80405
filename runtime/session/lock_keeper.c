// See lock_keeper.h. Time is counted also while the machine sleeps.
#include "lock_keeper.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "../engine/lock.h"
#include "../engine/util.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

typedef struct Held {
  Lock lock;
  Conn *conn;      // that has it; NULL: to be given back
  double heard;    // when the last sign of life was sent that was taken
  double due;      // when the next one is to be sent
  unsigned number; // of signs
  bool lost;       // another run has it
  struct Held *next;
} Held;

typedef struct LockKeeper {
  Sessions *of;
  Session *session; // the thread's
  pthread_t thread;
  pthread_mutex_t lock; // guards what follows; nobody holds it while a statement runs
  pthread_cond_t change;
  Held *held;
  bool end;
} LockKeeper;

static double boot_now(void) {
  struct timespec t;
  clock_gettime(SYSTEM_CLOCK_ASLEEP_TOO, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Statements of the thread go out also after an interrupt: what was taken is given back.
static bool keeper_rows(void *data, Arena *a, Str sql, const RowSink *sink, DbError *error) {
  enum { LIMIT_S = 20 };
  LockKeeper *k = data;
  StmtResult result;
  Stmt stmt = {.sql = sql, .timeout = LIMIT_S};
  if (!k->session)
    k->session = k->of->engine->open(sessions_target(k->of), NULL, a, error);
  return k->session && k->of->engine->exec(k->session, a, &stmt, sink, &result, error);
}

// How long a lock is ours after its last sign: well before another run may take it.
static double sure_s(void) { return lock_dead_s() - 2 * lock_beat_s(); }

// --- the thread

// Under the lock: what is to be given back, else whose sign is due first. *wait: there is none, for
// so many seconds.
static Held *next_due(LockKeeper *k, double *wait) {
  Held *first = NULL;
  for (Held *h = k->held; h; h = h->next) {
    if (!h->conn)
      return h;
    if (!h->lost && (!first || h->due < first->due))
      first = h;
  }
  double left = first ? first->due - boot_now() : lock_beat_s();
  *wait = fmin(left, lock_beat_s());
  return left <= 0 ? first : NULL;
}

static void forget(LockKeeper *k, Held *h) {
  for (Held **p = &k->held; *p; p = &(*p)->next)
    if (*p == h) {
      *p = h->next;
      free(h);
      return;
    }
}

// One that was not heard of for too long may be another run's by now: it stays where it is.
static void give_back(LockKeeper *k, Held *h) {
  Arena a = {0};
  LockDb db = {k, keeper_rows, NULL};
  bool ours = !h->lost && boot_now() - h->heard < sure_s();
  if (ours)
    k->of->engine->locks->leave(&db, &a, &h->lock);
  arena_free(&a);
}

static const double again_s = 0.5; // after a sign that was not taken

static void show_life(LockKeeper *k, Held *h) {
  Arena a = {0};
  LockDb db = {k, keeper_rows, NULL};
  DbError error = {.at = -1};
  double sent = boot_now();
  bool lost = false;
  bool good = k->of->engine->locks->beat(&db, &a, &h->lock, ++h->number, &lost, &error);
  pthread_mutex_lock(&k->lock);
  h->due = good ? sent + lock_beat_s() : boot_now() + again_s;
  if (good)
    h->heard = sent;
  else
    h->lost = lost || sent - h->heard > sure_s();
  // What runs for a lock that is lost is stopped; under the keeper's lock, the connection cannot
  // begin with another node in between.
  if (h->lost && h->conn)
    conn_cancel(h->conn);
  pthread_mutex_unlock(&k->lock);
  arena_free(&a);
}

static void *keeper_main(void *arg) {
  LockKeeper *k = arg;
  pthread_mutex_lock(&k->lock);
  for (;;) {
    double wait;
    Held *h = next_due(k, &wait);
    if (!h && k->end)
      break;
    if (!h) {
      engine_cond_until(&k->change, &k->lock, engine_now() + wait);
      continue;
    }
    bool leaving = !h->conn;
    pthread_mutex_unlock(&k->lock);
    if (leaving)
      give_back(k, h);
    else
      show_life(k, h);
    pthread_mutex_lock(&k->lock);
    if (leaving)
      forget(k, h);
  }
  pthread_mutex_unlock(&k->lock);
  if (k->session)
    k->of->engine->close(k->session);
  return NULL;
}

// --- from other threads

// Called with Sessions.lock.
static LockKeeper *keeper_new(Sessions *s) {
  LockKeeper *k = memory_must(calloc(1, sizeof *k));
  k->of = s;
  pthread_mutex_init(&k->lock, NULL);
  engine_cond_init(&k->change);
  if (pthread_create(&k->thread, NULL, keeper_main, k))
    memory_none();
  return k;
}

void keeper_add(Conn *c, const Lock *lock) {
  Sessions *s = c->of;
  Held *h = memory_must(calloc(1, sizeof *h));
  double now = boot_now();
  *h = (Held){.lock = *lock, .conn = c, .heard = now, .due = now + lock_beat_s()};
  pthread_mutex_lock(&s->lock);
  if (!s->keeper)
    s->keeper = keeper_new(s);
  h->lock.who = str_dup(&s->texts, lock->who); // the node's texts end with it
  pthread_mutex_unlock(&s->lock);
  pthread_mutex_lock(&s->keeper->lock);
  h->next = s->keeper->held;
  s->keeper->held = h;
  pthread_cond_signal(&s->keeper->change);
  pthread_mutex_unlock(&s->keeper->lock);
  c->held = h;
}

void keeper_leave(Conn *c) {
  LockKeeper *k = c->of->keeper;
  if (!c->held)
    return;
  pthread_mutex_lock(&k->lock);
  c->held->conn = NULL;
  pthread_cond_signal(&k->change);
  pthread_mutex_unlock(&k->lock);
  c->held = NULL;
}

bool keeper_holds(const Conn *c, Arena *a, DbError *error) {
  if (!c->held)
    return true;
  LockKeeper *k = c->of->keeper;
  pthread_mutex_lock(&k->lock);
  const Held *h = c->held;
  bool good = !h->lost && boot_now() - h->heard < lock_dead_s();
  pthread_mutex_unlock(&k->lock);
  if (!good)
    *error = (DbError){
        .at = -1,
        .busy = true,
        .message = str_fmt(a,
                           "the lock on %.*s.%.*s is lost: the database took no sign of life for "
                           "too long, and another run may write it now",
                           STR_ARG(h->lock.schema), STR_ARG(h->lock.identifier)),
        .hint = STR("run it again; was this machine asleep, or the server out of reach?")};
  return good;
}

void keeper_end(Sessions *s) {
  LockKeeper *k = s->keeper;
  if (!k)
    return;
  pthread_mutex_lock(&k->lock);
  k->end = true;
  pthread_cond_signal(&k->change);
  pthread_mutex_unlock(&k->lock);
  pthread_join(k->thread, NULL);
  pthread_mutex_destroy(&k->lock);
  pthread_cond_destroy(&k->change);
  free(k);
  s->keeper = NULL;
}
