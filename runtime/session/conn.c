// The Db that templates reach, over a Session that is opened when first needed: the statement's
// comment, rows as Python's values, transactions. Leaves the drivers to engine/ and CSV files to
// seed_stream.c.
#include "conn.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/base/work.h"
#include "../../compiler/dialect/sql_look.h"
#include "../../compiler/template/ops.h"
#include "../deps/fetch.h"
#include "../engine/util.h"
#include "../load/stream.h"
#include "cells.h"
#include "comment.h"
#include "lock_keeper.h"
#include "seed_stream.h"
#include "statement_watch.h"

#include <signal.h>
#include <stdlib.h>

// --- the session

static bool stopped_before(const Conn *c, DbError *error) {
  bool stopped = sessions_stopped(c->of);
  if (stopped)
    *error =
        (DbError){.message = STR("stopped before it was sent"), .code = STR("CANCELLED"), .at = -1};
  return stopped;
}

bool conn_open(Conn *c, Arena *a, DbError *error) {
  if (c->session)
    return true;
  if (stopped_before(c, error))
    return false;
  Session *s = c->of->engine->open(sessions_target(c->of), c->of->stop, a, error);
  pthread_mutex_lock(&c->lock);
  c->session = s;
  pthread_mutex_unlock(&c->lock);
  error->unconnected |= !s;
  return s != NULL;
}

static void set_source(Conn *c, LoadSource *source);

void conn_close(Conn *c) {
  set_source(c, NULL);
  pthread_mutex_lock(&c->lock);
  Session *s = c->session;
  c->session = NULL;
  pthread_mutex_unlock(&c->lock);
  if (s)
    c->of->engine->close(s);
}

void conn_cancel(Conn *c) {
  pthread_mutex_lock(&c->lock);
  if (c->session)
    c->of->engine->cancel(c->session);
  if (c->source)
    load_source_cancel(c->source);
  pthread_mutex_unlock(&c->lock);
}

// The source of the load at hand, which another thread may cancel.
static void set_source(Conn *c, LoadSource *source) {
  pthread_mutex_lock(&c->lock);
  LoadSource *had = c->source;
  c->source = source;
  pthread_mutex_unlock(&c->lock);
  if (had)
    load_source_close(had);
}

void conn_for(Conn *c, const Node *n) {
  set_source(c, NULL);
  c->loaded = (LoadCount){0};
  c->load_all = -1;
  c->node = n;
  if (n)
    c->name = n->id;
  if (c->session && c->of->engine->next_node)
    c->of->engine->next_node(c->session);
  comment_for(c, n);
}

// --- rows as values

typedef struct Collect {
  Arena *a;
  DbResult *out;
  const CellReader **read;
  size_t cap;
  int64_t limit;
  size_t most; // bytes that the arena may hold: what the template that asks may still take
  bool over;
} Collect;

static bool collect_columns(void *data, const DbColumn *columns, size_t n) {
  Collect *k = data;
  k->out->columns = arena_array(k->a, DbColumn, n + 1);
  k->out->ncolumns = n;
  k->out->rows = NULL; // of several statements the last one's rows count
  k->out->nrows = k->cap = 0;
  k->read = arena_array(k->a, const CellReader *, n + 1);
  for (size_t i = 0; i < n; i++) {
    k->out->columns[i] = (DbColumn){str_dup(k->a, columns[i].name), str_dup(k->a, columns[i].type)};
    k->read[i] = cell_reader(k->out->columns[i].type);
  }
  return true;
}

static bool collect_row(void *data, const Cell *cells, size_t n) {
  Collect *k = data;
  DbResult *out = k->out;
  if (k->limit >= 0 && (int64_t)out->nrows >= k->limit)
    return false;
  if (k->a->total > k->most) {
    k->over = true;
    return false;
  }
  vec_room(k->a, out->rows, out->nrows, k->cap);
  Value row = val_tuple(k->a, n);
  for (size_t i = 0; i < n; i++)
    list_push(k->a, row.list,
              cells[i].is_null ? val_none()
                               : cell_value(k->read[i], k->a, out->columns[i].type, cells[i].text));
  out->rows[out->nrows++] = row;
  return true;
}

// --- statements

// For tests/faults alone: with STARC_TESTS=1, STARC_TEST_KILL=N ends the process as kill -9 does at
// its Nth boundary, counting one before and one after each statement.
static void boundary(void) {
  static atomic_long passed;
  const char *tests = getenv("STARC_TESTS"), *at = getenv("STARC_TEST_KILL");
  if (tests && *tests == '1' && at && atomic_fetch_add(&passed, 1) + 1 == atol(at))
    raise(SIGKILL);
}

// The statement with its comment; *shift is how far its own bytes moved.
static Str commented(Conn *c, Arena *a, Str sql, size_t *shift) {
  *shift = 0;
  if (!c->comment.len)
    return sql;
  if (c->of->comment.append) {
    Str body = str_trim(sql);
    while (body.len && body.ptr[body.len - 1] == ';')
      body = str_trim(str_sub(body, 0, body.len - 1));
    return str_fmt(a, "%.*s\n/* %.*s */", STR_ARG(body), STR_ARG(c->comment));
  }
  Str head = str_fmt(a, "/* %.*s */\n", STR_ARG(c->comment));
  *shift = head.len;
  return str_cat(a, head, sql);
}

// A statement and what goes with it in one message, which is done as a whole or not at all.
typedef struct Message {
  Str lock, before, sql; // lock: that of the node at hand, which ends with the message
} Message;

// The text that is sent; *shift is how far the statement's own bytes moved.
static Str message_text(Conn *c, Arena *a, const Message *m, size_t *shift) {
  Str begin = c->begins ? STR("BEGIN;\n") : (Str){0};
  Buf text = {.arena = a};
  buf_add(&text, begin);
  buf_add(&text, m->lock);
  buf_add(&text, m->before);
  buf_add(&text, m->sql);
  Str out = commented(c, a, text.len == m->sql.len ? m->sql : buf_str(&text), shift);
  *shift += begin.len + m->lock.len + m->before.len;
  return out;
}

static bool lock_now(Conn *c, DbError *error) {
  return !c->late || c->of->calls->lock_now(c, error);
}

// Whether a statement can be sent on the connection, which is open then.
static bool ready_to_send(Conn *c, Arena *a, const Message *m, DbError *error) {
  if (!conn_open(c, a, error) || (!m->lock.len && !lock_now(c, error)))
    return false;
  return !c->bad_comment.len ||
         engine_fail_hint(a, error, STR("correct the macro that `query-comment:` calls"),
                          "the comment of the statement could not be made: %.*s",
                          STR_ARG(c->bad_comment));
}

// Sends it, under the eyes of who holds its lock and who sees it hang.
static bool send_watched(Conn *c, Arena *a, const Stmt *stmt, const RowSink *sink,
                         StmtResult *result, DbError *error) {
  RowSink own = sink ? *sink : (RowSink){0};
  own.most = own.most ? own.most : c->of->most;
  Watched *watched = watch_begin(c, a, stmt->sql);
  bool good = c->of->engine->exec(c->session, a, stmt, sink ? &own : NULL, result, error);
  watch_end(watched, a, good, error);
  // A lock that was lost meanwhile is the cause: it stopped the statement.
  if (!good && !sessions_stopped(c->of))
    keeper_holds(c, a, error);
  return good;
}

static bool send_guarded(Conn *c, Arena *a, const Message *m, const RowSink *sink,
                         StmtResult *result, DbError *error) {
  if (!ready_to_send(c, a, m, error))
    return false;
  size_t shift;
  char id[37] = "";
  if (c->of->engine->names_statements)
    hash_uuid4(id);
  Stmt stmt = {.sql = message_text(c, a, m, &shift), .query_id = str_dup(a, str_c(id))};
  c->of->calls->sent(c, stmt.sql);
  int64_t from = clock_us();
  if (stopped_before(c, error))
    return false;
  *error = (DbError){.at = -1};
  if (!keeper_holds(c, a, error))
    return false;
  boundary();
  c->begins = c->fresh = false;
  bool good = send_watched(c, a, &stmt, sink, result, error);
  boundary();
  if (m->lock.len)
    c->of->calls->lock_went_along(c, good, error);
  double seconds = (double)(clock_us() - from) / 1e6;
  if (good)
    c->of->calls->ended(c, result->message, seconds, stmt.query_id);
  else
    c->of->calls->refused(c, error->message);
  if (!good && error->at >= 0)
    error->at = (size_t)error->at >= shift ? error->at - (ptrdiff_t)shift : -1;
  return good;
}

static bool send_message(Conn *c, Arena *a, const Message *m, const RowSink *sink,
                         StmtResult *result, DbError *error) {
  const StatementGuard *g = c->guard;
  *error = (DbError){.at = -1};
  if (g && g->refuses(g->data, a, m->sql, error))
    return false;
  bool good = send_guarded(c, a, m, sink, result, error);
  if (g && !good)
    g->failed(g->data, a, m->sql, error);
  return good;
}

static bool send(Conn *c, Arena *a, Str sql, const RowSink *sink, StmtResult *result,
                 DbError *error) {
  return send_message(c, a, &(Message){.sql = sql}, sink, result, error);
}

// The lock of the node at hand, where it is to be taken and the statement is all that is done with
// it.
static Str lock_along(Conn *c, Arena *a, Str sql) {
  bool alone =
      c->late && !c->begins && c->session && sql_makes_relation(c->of->context->dialect->sql, sql);
  return alone ? c->of->calls->lock_along(c, a) : (Str){0};
}

static bool db_query(void *data, Arena *a, Str sql, bool fetch, int64_t limit, DbResult *out,
                     DbError *error) {
  *out = (DbResult){.affected = -1};
  Collect k = {.a = a, .out = out, .limit = fetch ? limit : 0};
  RowSink sink = {.data = &k, .columns = collect_columns, .row = collect_row};
  StmtResult result = {.affected = -1};
  Work *work = work_pause();
  size_t had = a->total;
  k.most = work ? had + (size_t)(work->memory > 0 ? work->memory : 0) : SIZE_MAX;
  Message m = {.sql = sql, .lock = fetch ? (Str){0} : lock_along(data, a, sql)};
  bool good = send_message(data, a, &m, fetch ? &sink : NULL, &result, error);
  work_resume(work);
  work_take(NULL, a->total - had);
  if (k.over)
    work_over(WORK_MEMORY);
  if (!good)
    return false;
  out->code = result.code;
  out->message = result.message;
  out->query_id = result.query_id;
  out->affected = result.affected;
  return true;
}

bool conn_rows(Conn *c, Arena *a, Str sql, const RowSink *sink, DbError *error) {
  StmtResult result = {.affected = -1};
  return send(c, a, sql, sink, &result, error);
}

static bool plain(Conn *c, Str sql, DbError *error) {
  Arena a = {0};
  StmtResult result;
  DbError e = {.at = -1};
  Str comment = c->comment, bad = c->bad_comment;
  c->comment = c->bad_comment = (Str){0};
  Work *work = work_pause();
  bool good = send(c, &a, sql, NULL, &result, &e);
  work_resume(work);
  c->comment = comment;
  c->bad_comment = bad;
  if (!good) // the error outlives this arena: keep it with the results
    *error = (DbError){.message = sessions_text(c->of, e.message),
                       .brief = sessions_text(c->of, e.brief),
                       .hint = sessions_text(c->of, e.hint),
                       .detail = sessions_text(c->of, e.detail),
                       .code = sessions_text(c->of, e.code),
                       .at = e.at,
                       .constraint = e.constraint,
                       .deadlock = e.deadlock,
                       .raced = e.raced,
                       .unconnected = e.unconnected,
                       .busy = e.busy};
  arena_free(&a);
  return good;
}

// With the next statement: one answer is waited for instead of two.
static bool db_begin(void *data, DbError *error) {
  Conn *c = data;
  (void)error;
  c->begins = c->of->context->dialect->transactions;
  return true;
}

// A transaction that is still to begin. True: there was one, and nothing is to be ended.
static bool begins_no_more(Conn *c) {
  bool begins = c->begins;
  c->begins = false;
  return begins;
}

static bool db_commit(void *data, DbError *error) {
  Conn *c = data;
  return !c->of->context->dialect->transactions || begins_no_more(c) ||
         plain(c, STR("COMMIT"), error);
}
// Also after an interrupt: what was begun is undone.
static bool db_rollback(void *data, DbError *error) {
  Conn *c = data;
  if (!c->of->context->dialect->transactions || begins_no_more(c) || !c->session)
    return true;
  Arena a = {0};
  StmtResult result;
  Stmt stmt = {.sql = STR("ROLLBACK")};
  *error = (DbError){.at = -1};
  Work *work = work_pause();
  bool good = c->of->engine->exec(c->session, &a, &stmt, NULL, &result, error);
  work_resume(work);
  *error = (DbError){.at = -1};
  arena_free(&a);
  return good;
}

static bool send_place(Conn *c, Arena *a, Str sql, const DbPlace *at, DbResult *out,
                       DbError *error) {
  StmtResult result = {.affected = -1};
  Buf before = {.arena = a};
  if (!conn_open(c, a, error))
    return false;
  if (at->opened)
    buf_adds(&before, "savepoint starc_place;\n");
  buf_add(&before, c->of->engine->locks->guard(c->session, a, at));
  Message m = {at->opened ? (Str){0} : lock_along(c, a, sql), buf_str(&before), sql};
  if (!send_message(c, a, &m, NULL, &result, error))
    return false;
  *out = (DbResult){.code = result.code, .message = result.message, .affected = result.affected};
  return true;
}

static bool place(Conn *c, Arena *a, Str sql, DbPlace *at, DbResult *out, DbError *error) {
  enum { TRIES = 3 };
  const EngineLocks *locks = c->of->engine->locks;
  StmtResult result = {.affected = -1};
  int tries = 0;
  do {
    if (send_place(c, a, sql, at, out, error))
      return true;
  } while (c->session && locks->looks_closer(c->session, at, error) && ++tries < TRIES);
  at->refused = c->session && locks->refuses(c->session, at, error);
  if (!at->refused || !at->opened)
    return false;
  at->refused = send(c, a, STR("rollback to starc_place"), NULL, &result, error);
  return false;
}

static bool db_place(void *data, Arena *a, Str sql, DbPlace *at, DbResult *out, DbError *error) {
  Work *work = work_pause();
  size_t had = a->total;
  bool good = place(data, a, sql, at, out, error);
  work_resume(work);
  work_take(NULL, a->total - had);
  return good;
}

static bool load_csv(void *data, Arena *a, Str sql, const CsvLoad *load, int64_t *rows,
                     DbError *error) {
  Conn *c = data;
  if (!conn_open(c, a, error) || !lock_now(c, error) || (c->begins && !plain(c, (Str){0}, error)))
    return false;
  c->of->calls->sent(c, sql);
  int64_t from = clock_us();
  if (!keeper_holds(c, a, error))
    return false;
  boundary();
  bool good = seed_stream(c, a, sql, load, rows, error);
  boundary();
  c->of->calls->ended(c, good ? STR("OK") : error->message, (double)(clock_us() - from) / 1e6,
                      STR(""));
  return good;
}

static bool db_load_csv(void *data, Arena *a, Str sql, const CsvLoad *load, int64_t *rows,
                        DbError *error) {
  Work *work = work_pause();
  bool good = load_csv(data, a, sql, load, rows, error);
  work_resume(work);
  return good;
}

static void has_source(void *data, LoadSource *source) { set_source(data, source); }

static bool load_open(void *data, Arena *a, const LoadAsk *asked, LoadPlan *plan, DbError *error) {
  Conn *c = data;
  Work *work = work_pause();
  set_source(c, NULL);
  boundary();
  bool good =
      !stopped_before(c, error) && load_source_open(c->of->context, asked, c->of->stop,
                                                    (LoadOwner){has_source, c}, a, plan, error);
  if (!good)
    set_source(c, NULL);
  boundary();
  work_resume(work);
  return good;
}

// A load comes in several statements: in batches, or what is new after what is compared.
static void tell_moved(void *data, const LoadCount *count, int64_t all) {
  Conn *c = data;
  LoadCount whole = {c->loaded.rows + count->rows, c->loaded.bytes + count->bytes};
  c->load_all = all > c->load_all ? all : c->load_all;
  c->of->calls->moved(c, &whole, c->load_all);
}

// Keys are compared and rows of the edge were there: who waits for rows is told of others.
static void tell_nothing(void *data, const LoadCount *count, int64_t all) {
  (void)data, (void)count, (void)all;
}

static bool load_rows(Conn *c, Arena *a, Str sql, LoadPart part, const LoadWanted *columns,
                      size_t n, LoadCount *count, DbError *error) {
  *count = (LoadCount){0};
  if (!conn_open(c, a, error) || !lock_now(c, error) || (c->begins && !plain(c, (Str){0}, error)) ||
      stopped_before(c, error))
    return false;
  c->of->calls->sent(c, sql);
  int64_t from = clock_us();
  if (!keeper_holds(c, a, error))
    return false;
  boundary();
  c->fresh = false;
  bool told = part == LOAD_ALL || part == LOAD_NEW;
  bool good = load_stream(c->source, part, columns, n, c->session, a, sql,
                          (LoadTell){told ? tell_moved : tell_nothing, c}, count, error);
  if (told) {
    c->loaded.rows += count->rows;
    c->loaded.bytes += count->bytes;
  }
  boundary();
  c->of->calls->ended(c, good ? STR("OK") : error->message, (double)(clock_us() - from) / 1e6,
                      STR(""));
  return good;
}

static bool db_load_rows(void *data, Arena *a, Str sql, LoadPart part, const LoadWanted *columns,
                         size_t n, LoadCount *count, DbError *error) {
  Work *work = work_pause();
  bool good = load_rows(data, a, sql, part, columns, n, count, error);
  work_resume(work);
  return good;
}

static bool db_version(void *data, Arena *a, Str *text, int64_t *number, DbError *error) {
  Conn *c = data;
  Work *work = work_pause();
  bool good = conn_open(c, a, error) && c->of->engine->version(c->session, a, text, number, error);
  work_resume(work);
  return good;
}

// --- all connections

void sessions_init(Sessions *s) { pthread_mutex_init(&s->lock, NULL); }

void sessions_settle(Sessions *s) {
  keeper_end(s);
  watch_close(s);
}

void sessions_close(Sessions *s) {
  while (s->conns) {
    Conn *c = s->conns;
    s->conns = c->next;
    conn_close(c);
    pthread_mutex_destroy(&c->lock);
    free(c);
  }
  pthread_mutex_destroy(&s->lock);
  arena_free(&s->texts);
}

void sessions_cancel(Sessions *s) {
  pthread_mutex_lock(&s->lock);
  for (Conn *c = s->conns; c; c = c->next)
    conn_cancel(c);
  pthread_mutex_unlock(&s->lock);
}

bool sessions_stopped(const Sessions *s) { return atomic_load(s->stop); }

Str sessions_text(Sessions *s, Str text) {
  pthread_mutex_lock(&s->lock);
  Str out = str_dup(&s->texts, text);
  pthread_mutex_unlock(&s->lock);
  return out;
}

const Target *sessions_target(const Sessions *s) { return s->context->project->target; }

Conn *conn_new(Sessions *s, const char *name) {
  Conn *c = memory_must(calloc(1, sizeof *c));
  c->of = s;
  c->name = str_c(name);
  pthread_mutex_init(&c->lock, NULL);
  c->db = (Db){c,           db_query,    db_place,  db_begin,     db_commit,
               db_rollback, db_load_csv, load_open, db_load_rows, db_version};
  pthread_mutex_lock(&s->lock);
  c->next = s->conns;
  s->conns = c;
  pthread_mutex_unlock(&s->lock);
  conn_for(c, NULL);
  return c;
}

Conn *conn_take(Sessions *s, const char *name) {
  pthread_mutex_lock(&s->lock);
  Conn *c = NULL;
  for (Conn *i = s->conns; i && !(c && c->session); i = i->next)
    c = i->idle ? i : c; // rather one that is open
  if (c)
    c->idle = false;
  pthread_mutex_unlock(&s->lock);
  if (!c)
    return conn_new(s, name);
  c->name = str_c(name);
  conn_for(c, NULL);
  return c;
}

void conn_leave(Conn *c) {
  pthread_mutex_lock(&c->of->lock);
  c->idle = true;
  pthread_mutex_unlock(&c->of->lock);
}
