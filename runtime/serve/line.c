// See line.h.
#include "line.h"

#include "../../compiler/base/memory.h"
#include "../engine/util.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_S = 10 }; // that a query waits for its turn

// By name: a file of users that is read again makes others of the same names.
struct LineUser {
  LineUser *next;
  unsigned running;
  size_t len;
  char name[];
};

void line_init(ServeLine *l, unsigned most) {
  *l = (ServeLine){.most = most};
  pthread_mutex_init(&l->lock, NULL);
  engine_cond_init(&l->change);
}

void line_free(ServeLine *l) {
  while (l->users) {
    LineUser *u = l->users;
    l->users = u->next;
    free(u);
  }
  pthread_mutex_destroy(&l->lock);
  pthread_cond_destroy(&l->change);
}

static LineUser *of_name(ServeLine *l, Str name) {
  for (LineUser *u = l->users; u; u = u->next)
    if (str_eq(str_n(u->name, u->len), name))
      return u;
  LineUser *u = memory_must(calloc(1, sizeof *u + name.len));
  u->len = name.len;
  if (name.len)
    memcpy(u->name, name.ptr, name.len);
  u->next = l->users;
  l->users = u;
  return u;
}

// u: NULL, where no user counts.
static void count(ServeLine *l, LineUser *u, int by) {
  l->running += (unsigned)by;
  if (u)
    u->running += (unsigned)by;
}

static bool has_turn(const ServeLine *l, const ServeUser *user, const LineUser *u) {
  return l->running < l->most && (!user->queries || u->running < user->queries);
}

LineTurn line_enter(ServeLine *l, const ServeUser *user) {
  double until = engine_now() + WAIT_S;
  pthread_mutex_lock(&l->lock);
  LineUser *u = of_name(l, user->name);
  while (!has_turn(l, user, u) && engine_now() < until && !l->ends)
    engine_cond_until(&l->change, &l->lock, until);
  LineTurn turn = l->ends ? LINE_ENDS : has_turn(l, user, u) ? LINE_TURN : LINE_FULL;
  count(l, u, turn == LINE_TURN);
  pthread_mutex_unlock(&l->lock);
  return turn;
}

bool line_enter_at_once(ServeLine *l) {
  pthread_mutex_lock(&l->lock);
  bool enters = !l->ends;
  count(l, NULL, enters);
  pthread_mutex_unlock(&l->lock);
  return enters;
}

void line_leave(ServeLine *l, const ServeUser *user) {
  pthread_mutex_lock(&l->lock);
  count(l, user ? of_name(l, user->name) : NULL, -1);
  pthread_cond_broadcast(&l->change);
  pthread_mutex_unlock(&l->lock);
}

unsigned line_running(ServeLine *l) {
  pthread_mutex_lock(&l->lock);
  unsigned running = l->running;
  pthread_mutex_unlock(&l->lock);
  return running;
}

void line_end(ServeLine *l) {
  pthread_mutex_lock(&l->lock);
  l->ends = true;
  pthread_cond_broadcast(&l->change);
  pthread_mutex_unlock(&l->lock);
}

void line_await(ServeLine *l, double seconds, const atomic_bool *hurry) {
  static const double TICK_S = 0.1;
  double until = engine_now() + seconds;
  pthread_mutex_lock(&l->lock);
  while (l->running && engine_now() < until && !(hurry && atomic_load(hurry)))
    engine_cond_until(&l->change, &l->lock, engine_now() + TICK_S);
  pthread_mutex_unlock(&l->lock);
}
