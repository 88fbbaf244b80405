// See node_lock.h.
#include "node_lock.h"

#include "../../compiler/base/clock.h"
#include "../../compiler/context/adapter_relations.h"
#include "../../compiler/context/ask.h"
#include "../engine/lock.h"
#include "../engine/util.h"
#include "../session/lock_keeper.h"
#include "errors.h"
#include "microbatch.h"
#include "warehouse.h"
#include "worker.h"

#include <math.h>
#include <pwd.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// --- options and names

// "10m", "1h30m", "45s", "90": seconds. False: it is none of these.
static bool seconds_of(Str text, double *out) {
  static const struct {
    char letter;
    double seconds;
  } units[] = {
      {'s', 1    },
      {'m', 60   },
      {'h', 3600 },
      {'d', 86400}
  };
  Arena a = {0};
  char *at = str_cstr(&a, str_trim(text)), *end = at;
  bool good = *at != 0;
  for (*out = 0; good && *at; at = end) {
    double n = strtod(at, &end), unit = *end ? 0 : 1;
    good = end > at && n >= 0 && isfinite(n);
    for (size_t i = 0; i < COUNT(units); i++)
      if (*end && *end == units[i].letter)
        unit = units[i].seconds;
    good = good && unit > 0;
    end += *end != 0;
    *out += n * unit;
  }
  arena_free(&a);
  return good;
}

// Not longer than what leaves room for the time in a session's name on Postgres.
static Str own_name(Arena *a, const Run *r) {
  enum { MOST = 41 };
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  host[strcspn(host, ".")] = 0;
  char room[1024];
  struct passwd entry, *found = NULL;
  getpwuid_r(getuid(), &entry, room, sizeof room, &found);
  Str head = str_fmt(a, "starc %s ", r->options->command ? r->options->command->name : "");
  Str tail = str_fmt(a, ":%ld", (long)getpid());
  Str where = str_fmt(a, "%s@%s", found ? found->pw_name : "?", host);
  size_t left = head.len + tail.len < MOST ? MOST - head.len - tail.len : 0;
  return str_fmt(a, "%.*s%.*s%.*s", STR_ARG(head), STR_ARG(str_sub(where, 0, left)), STR_ARG(tail));
}

bool node_lock_options(Run *r) {
  r->own_name = own_name(&r->arena, r);
  if (seconds_of(r->options->wait, &r->wait_s))
    return true;
  Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "--wait is not a time: '%.*s'",
                       STR_ARG(r->options->wait));
  diag_hint(&r->diags, d, "a time is 30s, 10m, 1h30m, or 0 for not at all");
  return run_report(r) && false;
}

Str lock_relation(Arena *a, const Lock *l) {
  return str_fmt(a, "%.*s%s%.*s", STR_ARG(l->schema), l->schema.len ? "." : "",
                 STR_ARG(l->identifier));
}

void lock_holder_text(Buf *out, const LockHolder *h) {
  buf_add(out, h->who.len ? h->who : STR("another run of starc"));
  if (h->since)
    buf_addf(out, ", for %lld s", (long long)fmax(0, (double)(time(NULL) - h->since)));
}

static bool lock_rows(void *data, Arena *a, Str sql, const RowSink *sink, DbError *error) {
  return conn_rows(data, a, sql, sink, error);
}

LockDb lock_db(Conn *c) { return (LockDb){c, lock_rows, c->session}; }

static bool is_named(const Run *r) {
  const Yaml *yaml = r->project->target->yaml; // the default is no name that anybody chose
  return yaml && yaml_entry(yaml, STR("application_name"));
}

static Lock lock_of(Worker *w, const Node *n) {
  return (Lock){.database = n->database,
                .schema = n->schema,
                .identifier = n->alias,
                .who = w->run->own_name,
                .named = is_named(w->run)};
}

// --- who needs one

// Where one statement puts a view in the place of what is there, or a function, two that do so at
// once leave one of two of the same text.
static bool replaces_at_once(const Worker *w, const Node *n) {
  const Run *r = w->run;
  Arena a = {0};
  Str made = node_materialized(n), there = context_cached_type(&r->shared, &a, n);
  const MacroEntry *m = macros_materialization(r->loaded.macros, made, str_c(r->dialect->type));
  bool view =
      n->kind == NODE_MODEL && str_is(made, "view") && (!there.len || str_is(there, "view"));
  bool replaces = r->dialect->replaces_at_once && m && m->package->is_internal &&
                  (view || n->kind == NODE_FUNCTION);
  arena_free(&a);
  return replaces;
}

static bool writes(const Worker *w, const Node *n, NodeAction action) {
  const Run *r = w->run;
  bool relation = n->kind == NODE_MODEL || n->kind == NODE_SEED || n->kind == NODE_SNAPSHOT ||
                  n->kind == NODE_FUNCTION || n->kind == NODE_LOAD ||
                  (n->kind == NODE_TEST && n->relation_name.len);
  return relation && action != ACTION_COMPILE && r->options->locks && r->sessions.engine->locks &&
         !r->no_locks && !str_is(node_materialized(n), "ephemeral") &&
         (action == ACTION_CLONE || !replaces_at_once(w, n));
}

// --- waiting

typedef struct Waiting {
  Run *r;
  const Node *node; // NULL: hooks
  Conn *conn;
  Lock *lock;
  Arena *arena;
  LockFound found;
  DbError error;
  double from, next_word; // engine_now(): since when it waits, when the next reminder is due
  int64_t from_us;        // the first by the wall clock
  bool waited;
  bool unread; // what is there is not asked
  Buf holder;  // as shown
} Waiting;

static void add_holder(void *data, const LockHolder *h) {
  Buf *b = data;
  if (!b->len)
    lock_holder_text(b, h);
}

// The holder as it is shown, as far as it was found out.
static Str holder_of(const Waiting *k) {
  return k->holder.len ? buf_str(&k->holder) : STR("another run of starc");
}

// Asks who has it.
static void find_holder(Waiting *k) {
  DbError ignored = {.at = -1};
  LockDb db = lock_db(k->conn);
  k->holder = (Buf){.arena = k->arena};
  k->r->sessions.engine->locks->list(&db, k->arena, k->lock, add_holder, &k->holder, &ignored);
}

// The first time who it is, then now and then that it is still so.
static void tell_waiting(Waiting *k) {
  enum { FIRST_S = 30, LATER_S = 300 };
  double now = engine_now();
  if (now < k->next_word)
    return;
  find_holder(k);
  Str what = k->node ? k->node->name : STR("the hooks of the run");
  if (!k->waited)
    run_tell(k->r, (Event){.kind = EV_LockWaiting, .level = LEVEL_WARN, .node = k->node},
             "%.*s %s by %.*s", STR_ARG(what),
             k->node ? str_cstr(k->arena, str_fmt(k->arena, "waits: %.*s is being written",
                                                  STR_ARG(lock_relation(k->arena, k->lock))))
                     : "wait: they are being run",
             STR_ARG(holder_of(k)));
  else
    run_tell(k->r, (Event){.kind = EV_LockWaiting, .level = LEVEL_INFO, .node = k->node},
             "%.*s still %s (%.0f s) for %.*s", STR_ARG(what), k->node ? "waits" : "wait",
             now - k->from, STR_ARG(holder_of(k)));
  k->next_word = now + (k->waited ? LATER_S : FIRST_S);
  k->waited = true;
}

void run_nap(const Run *r, double seconds) {
  const struct timespec slice = {0, 10 * 1000 * 1000};
  for (double until = engine_now() + seconds; engine_now() < until && !run_stopped(r);)
    nanosleep(&slice, NULL);
}

// Told once in a run: it goes on as dbt does.
static void tell_none(Run *r, const DbError *e) {
  if (!atomic_exchange(&r->no_locks, true))
    run_say(r, EV_LockNone, NULL,
            "relations are not locked, so see to it that no other run writes them meanwhile: %.*s",
            STR_ARG(e->message));
}

// Asks until the lock is ours, the time is over or the run is stopped. LOCK_OTHERS: it is not ours.
static LockAnswer wait_for(Waiting *k) {
  const EngineLocks *locks = k->r->sessions.engine->locks;
  const double soon = 0.3; // of a run that has just ended the server still clears away
  double pause = 0.02;
  k->from = engine_now();
  k->next_word = k->from + soon;
  k->from_us = clock_us();
  for (;;) {
    if (!conn_open(k->conn, k->arena, &k->error))
      return LOCK_FAILED;
    LockDb db = lock_db(k->conn);
    k->error = (DbError){.at = -1};
    LockAnswer answer =
        locks->take(&db, k->arena, k->lock, k->unread ? NULL : &k->found, &k->error);
    if (answer == LOCK_CANNOT)
      tell_none(k->r, &k->error);
    if (answer == LOCK_MINE && k->lock->over)
      run_say(k->r, EV_LockTakenOver, NULL,
              "%.*s: its lock was that of a run that has died, and is taken over",
              STR_ARG(lock_relation(k->arena, k->lock)));
    if (answer != LOCK_OTHERS || run_stopped(k->r) || atomic_load(&k->r->gives_up))
      return answer;
    if (engine_now() - k->from >= k->r->wait_s) {
      find_holder(k);
      return LOCK_OTHERS;
    }
    tell_waiting(k);
    run_nap(k->r, fmin(pause, k->from + k->r->wait_s - engine_now()));
    pause = fmin(pause * 1.5, 0.5);
  }
}

// --- results

static Diag *not_ours(const Waiting *k, Diags *diags) {
  Str relation = lock_relation(k->arena, k->lock);
  Str waited =
      k->r->wait_s > 0 ? str_fmt(k->arena, " (waited %.0f s)", engine_now() - k->from) : STR("");
  Diag *d = k->node ? diag_at(diags, SEV_ERROR, CODE_RELATION_LOCKED, k->node->source, (Span){0},
                              "%.*s is being written by %.*s%.*s", STR_ARG(relation),
                              STR_ARG(holder_of(k)), STR_ARG(waited))
                    : diag_error(diags, CODE_RELATION_LOCKED, STR(""),
                                 "the hooks of another run are at work in %.*s: %.*s%.*s",
                                 STR_ARG(k->lock->schema), STR_ARG(holder_of(k)), STR_ARG(waited));
  diag_hint(diags, d,
            "run it again when that one has ended, or wait longer: --wait 1h. `starc locks` shows "
            "who writes what, and removes what a dead run left");
  return d;
}

static RunResult *left_out(Worker *w, const Waiting *k) {
  RunResult *res = result_new(w->run, k->node);
  res->thread = w->thread;
  res->status = RUN_SKIPPED;
  res->message = STR("Skipping due to fail_fast");
  res->relation_name = k->node->relation_name;
  return res;
}

static RunResult *failed_result(Worker *w, Waiting *k, LockAnswer answer) {
  Run *r = w->run;
  Diags diags = {0};
  diags_init(&diags);
  RunResult *res = result_new(r, k->node);
  res->thread = w->thread;
  res->status = RUN_ERROR;
  res->relation_name = k->node->relation_name;
  res->compile_start_us = res->compile_end_us = k->from_us;
  res->execute_start_us = res->execute_end_us = clock_us();
  res->seconds = engine_now() - k->from;
  Context *c = arena_new(&w->arena, Context);
  context_init(c, CONTEXT_MODEL, &r->shared, &w->arena, k->node, k->node->package, NULL);
  if (answer == LOCK_OTHERS)
    not_ours(k, &diags);
  else
    context_note_failure(c, &k->error, STR(""));
  result_fail(r, res, &diags, c, NULL);
  diags_free(&diags);
  pthread_mutex_lock(&r->lock); // its finding may point into texts of this arena
  arena_adopt(&r->results_arena, &w->arena);
  pthread_mutex_unlock(&r->lock);
  return res;
}

// --- the whole

// What the run knew of the relation may be what it was before another run wrote it.
static bool renew(Worker *w, const Node *n, Waiting *k) {
  Diags diags = {0};
  diags_init(&diags);
  Context *c = arena_new(&w->arena, Context);
  context_init(c, CONTEXT_MODEL, &w->run->shared, &w->arena, n, n->package, &w->conn->db);
  bool good = context_renew_relation(c, n, lock_beside(&w->arena, n->alias), k->found.items,
                                     k->found.n, k->waited, &diags);
  if (!good && context_db_error(c))
    k->error = *context_db_error(c);
  else if (!good && diags.first)
    k->error = (DbError){.at = -1, .message = str_dup(&w->arena, diags.first->message)};
  context_settle(c, w->conn, good);
  diags_free(&diags);
  return good;
}

static void keep_lock(NodeLock *l, Conn *c) {
  l->conn = c;
  if (c->of->engine->locks->beat)
    keeper_add(c, &l->lock);
}

bool node_lock_again(Worker *w, const Node *n, int times) {
  enum { STEP_MS = 40, LONGEST = 10 };
  Waiting k = {.r = w->run, .node = n, .waited = true, .error = {.at = -1}};
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  double part = (double)((now.tv_nsec / 1000 + w->number * 7919) % 1000) / 1000;
  run_nap(w->run, part * STEP_MS * (times < LONGEST ? times : LONGEST) / 1000);
  return !run_stopped(w->run) && renew(w, n, &k);
}

static bool has_hooks(const Node *n) {
  Value before = node_config(n, STR("pre-hook")), after = node_config(n, STR("post-hook"));
  return (val_is_seq(before) && before.list->n) || (val_is_seq(after) && after.list->n);
}

// Whether it may be one statement that makes the relation: where nothing stands, and of a view.
static bool may_be_one(Worker *w, const Node *n) {
  const Run *r = w->run;
  Arena a = {0};
  Str made = node_materialized(n), there = context_cached_type(&r->shared, &a, n);
  const MacroEntry *m = macros_materialization(r->loaded.macros, made, str_c(r->dialect->type));
  bool view = str_is(made, "view") && str_is(there, "view");
  bool makes = str_is(made, "view") || str_is(made, "table") || str_is(made, "incremental");
  bool one = m && m->package->is_internal && (view || (makes && !there.len));
  arena_free(&a);
  return one;
}

// Whether the model's own statements are all that is done for it, most likely by one of them.
static bool is_plain(Worker *w, const Node *n, NodeAction action) {
  return n->kind == NODE_MODEL && action == ACTION_BUILD && !has_hooks(n) &&
         !microbatch_is(w->run, n) && may_be_one(w, n);
}

// A text that calls no macro writes nothing, so that it can be done again.
static bool goes_unread(Worker *w, const Node *n, NodeAction action) {
  const Run *r = w->run;
  const EngineLocks *locks = r->sessions.engine->locks;
  bool refused = !locks || (locks->refuses_twins && locks->refuses_twins(r->project->target));
  return refused && !n->nmacro_ids && r->options->populate_cache && is_plain(w, n, action);
}

bool node_lock_twin(Worker *w, const Node *n, const NodeLock *l, const RunResult *res) {
  Waiting k = {.r = w->run, .node = n, .waited = true, .error = {.at = -1}};
  return l->unread && w->raced && res->status == RUN_ERROR && !run_stopped(w->run) &&
         renew(w, n, &k);
}

RunResult *node_lock_take(Worker *w, const Node *n, NodeAction action, NodeLock *out) {
  *out = (NodeLock){.unread = goes_unread(w, n, action)};
  if (!writes(w, n, action))
    return NULL;
  conn_for(worker_conn(w), n);
  out->lock = lock_of(w, n);
  Waiting k = {.r = w->run,
               .node = n,
               .conn = w->conn,
               .lock = &out->lock,
               .arena = &w->arena,
               .unread = out->unread,
               .error = {.at = -1}};
  LockAnswer answer = wait_for(&k);
  if (answer == LOCK_CANNOT)
    return NULL;
  if (answer == LOCK_MINE) {
    keep_lock(out, w->conn);
    k.waited |= out->lock.over;
    out->unread &= !k.waited;
    if (out->unread || out->lock.alone || renew(w, n, &k))
      return NULL;
    node_lock_leave(out);
    answer = LOCK_FAILED;
  }
  if (answer == LOCK_OTHERS && atomic_load(&w->run->gives_up))
    return left_out(w, &k);
  return failed_result(w, &k, answer);
}

// --- with the first statement

struct LateLock {
  Arena arena; // itself, and what the wait for it said
  Worker *worker;
  NodeLock *lock;
  Waiting wait;
  LockAnswer answer; // of the wait, where `asked`
  bool executes;     // the node's text is compiled
  bool went_along;   // a message had it, which was done
  bool asked;        // it was to be taken before a statement
  bool again;        // what the run knew was not so
};

bool node_lock_later(Worker *w, const Node *n, NodeAction action, NodeLock *out) {
  *out = (NodeLock){0};
  if (!writes(w, n, action) || !w->run->sessions.engine->locks->along || !is_plain(w, n, action))
    return false;
  conn_for(worker_conn(w), n);
  out->lock = lock_of(w, n);
  Arena first = {0};
  LateLock *late = arena_new(&first, LateLock);
  *late = (LateLock){.arena = first, .worker = w, .lock = out};
  late->wait = (Waiting){.r = w->run,
                         .node = n,
                         .conn = w->conn,
                         .lock = &out->lock,
                         .arena = &late->arena,
                         .error = {.at = -1}};
  w->conn->late = out->late = late;
  return true;
}

void node_lock_executes(Conn *c) {
  if (c->late)
    c->late->executes = true;
}

Str node_lock_along(Conn *c, Arena *a) {
  const LateLock *l = c->late;
  bool may = l->executes && !l->went_along && !l->again;
  return may ? c->of->engine->locks->along(c->session, a, &l->lock->lock) : (Str){0};
}

void node_lock_went_along(Conn *c, bool good, const DbError *error) {
  c->late->went_along = good;
  c->late->again = !good && c->of->engine->locks->left_behind(c->session, error);
}

// What the node did so far went by what the run knew of its relation.
static bool knew(const LateLock *l) {
  const Waiting *k = &l->wait;
  Arena a = {0};
  bool same =
      !k->waited && context_relation_agrees(&k->r->shared, k->node, lock_beside(&a, k->node->alias),
                                            k->found.items, k->found.n);
  arena_free(&a);
  return same;
}

bool node_lock_now(Conn *c, DbError *error) {
  LateLock *l = c->late;
  if (!l)
    return true;
  bool begins = c->begins;
  c->late = NULL;
  c->begins = false; // the lock is no part of a transaction
  l->asked = true;
  l->answer = wait_for(&l->wait);
  c->begins = begins;
  if (l->answer == LOCK_MINE) {
    keep_lock(l->lock, c);
    l->again |= !l->went_along && !knew(l);
  }
  if (l->answer == LOCK_CANNOT || (l->answer == LOCK_MINE && !l->again))
    return true;
  *error = (DbError){.at = -1, .message = STR("the relation is being written by another run")};
  return false;
}

RunResult *node_lock_after(Worker *w, NodeLock *l, RunResult *res) {
  LateLock *late = l->late;
  w->conn->late = NULL;
  node_lock_leave(l);
  bool refused = late->asked && late->answer != LOCK_MINE && late->answer != LOCK_CANNOT;
  bool out = refused && late->answer == LOCK_OTHERS && atomic_load(&w->run->gives_up);
  if (out)
    res = left_out(w, &late->wait);
  else if (refused)
    res = failed_result(w, &late->wait, late->answer);
  else if (late->again)
    res = NULL;
  Arena mine = late->arena;
  if (refused) {
    pthread_mutex_lock(&w->run->lock); // its finding may point into them
    arena_adopt(&w->run->results_arena, &mine);
    pthread_mutex_unlock(&w->run->lock);
  }
  arena_free(&mine);
  return res;
}

bool hooks_lock_take(Run *r, Conn *conn, NodeLock *out, Diags *diags) {
  if (out->conn || !r->options->locks || !r->sessions.engine->locks || r->no_locks)
    return true;
  Arena *a = &diags->arena;
  const Target *t = r->project->target;
  Str name = str_fmt(a, "hooks of %.*s", STR_ARG(r->project->packages[0]->name));
  out->lock = (Lock){.database = t->database,
                     .schema = t->schema,
                     .identifier = result_text(r, name),
                     .who = r->own_name.len ? r->own_name : own_name(a, r),
                     .named = is_named(r)};
  Waiting k = {.r = r, .conn = conn, .lock = &out->lock, .arena = a, .error = {.at = -1}};
  LockAnswer answer = wait_for(&k);
  if (answer == LOCK_MINE)
    keep_lock(out, conn);
  else if (answer == LOCK_OTHERS)
    not_ours(&k, diags);
  else if (answer == LOCK_FAILED)
    warehouse_diag(diags, &k.error);
  return answer == LOCK_MINE || answer == LOCK_CANNOT;
}

void node_lock_leave(NodeLock *l) {
  if (!l->conn)
    return;
  if (l->conn->of->engine->locks->beat) {
    keeper_leave(l->conn);
    l->conn = NULL;
    return;
  }
  Arena a = {0};
  LockDb db = lock_db(l->conn);
  l->conn->of->engine->locks->leave(&db, &a, &l->lock);
  l->conn = NULL;
  arena_free(&a);
}
