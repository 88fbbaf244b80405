// Postgres through libpq, non-blocking. In: SQL text, sent with the simple protocol so that one
// text may hold several statements. Out: rows one at a time, errors with their byte in the text.
// Leaves transactions to whoever sends BEGIN; says whether one is open.
#include "postgres_session.h"

#include "lock.h"

#include "../../compiler/base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>

// A statement's way through libpq.
typedef struct Run {
  Pg *s;
  Arena *a;
  Str sql; // NUL-terminated
  const RowSink *sink;
  StmtResult *result;
  DbError *error;
  Cell *cells;
  int ncells;
  bool failed, stopped; // an error is recorded; the sink wants no more
  bool answered;        // a result came
  bool may_stop;        // the statement may be cut short without losing anything
  bool cut_short;       // and was
  double until;         // 0: no limit
  double give_up;       // after a cancel: when to stop waiting for the server, 0: not cancelled
  bool timed_out;
  int64_t rows;
  size_t waiting, pieces; // bytes since something of the answer was whole, and in how many pieces
  bool (*write)(void *data, const char *piece, size_t n); // takes what COPY gives, or NULL
  void *write_data;
  bool large, drips; // the answer was given up: too many of them, or too few in each
} Run;

enum { OBEY_S = 5, OBEY_READ_S = 1 };

// The time is over or a cancel came in: the server is told, and gets some seconds to obey.
static bool note_stop(Run *r, int ready) {
  if (r->give_up > 0)
    return engine_now() < r->give_up;
  r->timed_out = ready == 0;
  // again, should the cancel have come before the statement
  r->give_up = engine_now() + (pg_ask_to_stop(r->s) ? OBEY_S : 0);
  return true;
}

static int wait_reply(Run *r, short events) {
  if (r->give_up > 0) { // the bell stays rung: only the socket counts now
    struct pollfd p = {.fd = pq.PQsocket(r->s->conn), .events = events};
    return poll(&p, 1, 200) > 0 ? 1 : 0;
  }
  return pg_wait(r->s, events, r->until);
}

// The sink has what it wanted. A statement that only reads is stopped; any other runs to its end.
static void stop_early(Run *r) {
  if (!r->stopped || !r->may_stop || r->cut_short)
    return;
  r->cut_short = true;
  r->give_up = engine_now() + (pg_ask_to_stop(r->s) ? OBEY_READ_S : 0);
}

// Reads what has come. A message is kept until it is whole: one that gets too long, or that comes
// byte by byte, ends the connection. A server sends what it has in pieces of some KB; that it is
// silent in the middle of one means that it works.
static bool consume(Run *r) {
  enum { PIECES = 1000, SMALL = 64 };
  static const size_t most = (size_t)2 << 30; // no one asked for it
  int n = 0;
  ioctl(pq.PQsocket(r->s->conn), FIONREAD, &n);
  r->s->heard = false;
  if (!pq.PQconsumeInput(r->s->conn))
    return false;
  if (n <= 0)
    return true;
  bool busy = pq.PQisBusy(r->s->conn) && !r->s->heard;
  r->waiting = busy ? r->waiting + (size_t)n : 0;
  r->pieces = busy ? r->pieces + 1 : 0;
  r->large = r->waiting > (r->sink && r->sink->most ? r->sink->most : most);
  r->drips = r->pieces > PIECES && r->waiting < r->pieces * SMALL;
  return !r->large && !r->drips;
}

// Sends what is buffered and reads until a result is whole. False: the connection is of no use.
static bool flush_all(Run *r) {
  int more;
  while ((more = pq.PQflush(r->s->conn)) > 0) {
    int ready = wait_reply(r, POLLIN | POLLOUT);
    if (ready <= 0 && !note_stop(r, ready))
      return false;
    if (ready > 0 && !consume(r))
      return false;
  }
  return more == 0;
}

static bool await_result(Run *r) {
  if (r->give_up > 0 && engine_now() >= r->give_up)
    return false;
  while (pq.PQisBusy(r->s->conn)) {
    int ready = wait_reply(r, POLLIN);
    if (ready <= 0 && !note_stop(r, ready))
      return false;
    if (ready > 0 && !consume(r))
      return false;
  }
  return true;
}

static void tell_columns(Run *r, const PGresult *res) {
  r->ncells = pq.PQnfields(res);
  DbColumn *columns = arena_array(r->a, DbColumn, (size_t)r->ncells);
  r->cells = arena_array(r->a, Cell, (size_t)r->ncells);
  for (int i = 0; i < r->ncells; i++) {
    columns[i].name = str_dup(r->a, str_c(pq.PQfname(res, i)));
    columns[i].type = pg_type_name(r->a, pq.PQftype(res, i), pq.PQfmod(res, i));
  }
  r->stopped =
      r->sink && r->sink->columns && !r->sink->columns(r->sink->data, columns, (size_t)r->ncells);
}

static void tell_row(Run *r, const PGresult *res) {
  r->rows++;
  if (r->stopped || !r->sink || !r->sink->row)
    return;
  size_t bytes = 0;
  for (int i = 0; i < r->ncells; i++)
    bytes += (size_t)pq.PQgetlength(res, 0, i);
  r->large = r->sink->most && bytes > r->sink->most;
  if (r->large)
    return;
  for (int i = 0; i < r->ncells; i++)
    r->cells[i] = (Cell){.text = str_n(pq.PQgetvalue(res, 0, i), (size_t)pq.PQgetlength(res, 0, i)),
                         .is_null = pq.PQgetisnull(res, 0, i)};
  r->stopped = !r->sink->row(r->sink->data, r->cells, (size_t)r->ncells);
}

// "INSERT 0 3" -> message as it is, code "INSERT", 3 rows.
static void command_done(Run *r, PGresult *res) {
  Str tag = str_c(pq.PQcmdStatus(res));
  const char *rows = pq.PQcmdTuples(res);
  size_t word = 0;
  while (word < tag.len && (tag.ptr[word] < '0' || tag.ptr[word] > '9'))
    word++;
  r->result->message = str_dup(r->a, tag);
  r->result->code = str_dup(r->a, str_trim(str_sub(tag, 0, word)));
  r->result->affected = *rows ? strtoll(rows, NULL, 10) : -1;
}

static void refuse_copy_in(Run *r) {
  while (pq.PQputCopyEnd(r->s->conn, "COPY FROM STDIN is not possible here") == 0)
    if (!flush_all(r))
      return;
  flush_all(r);
}

static void drain_copy_out(Run *r) {
  char *line;
  int n;
  while ((n = pq.PQgetCopyData(r->s->conn, &line, 1)) >= 0) {
    if (n > 0)
      pq.PQfreemem(line);
    else if (wait_reply(r, POLLIN) <= 0 || !pq.PQconsumeInput(r->s->conn))
      return;
  }
}

// Hands on what COPY gives, a row at a time. Nobody wants more: the statement is cut short. How it
// ended is the next result.
static void copy_out(Run *r) {
  char *line;
  for (int n; (n = pq.PQgetCopyData(r->s->conn, &line, 1)) >= 0;) {
    if (n > 0) {
      bool more = r->write(r->write_data, line, (size_t)n);
      pq.PQfreemem(line);
      if (more)
        continue;
      r->cut_short = true;
      pg_ask_to_stop(r->s);
      return;
    }
    int ready = wait_reply(r, POLLIN);
    if ((ready <= 0 && !note_stop(r, ready)) || (ready > 0 && !pq.PQconsumeInput(r->s->conn)))
      return;
  }
}

static void one_result(Run *r, PGresult *res, bool *in_rows) {
  r->answered = true;
  switch (pq.PQresultStatus(res)) {
  case PGRES_SINGLE_TUPLE:
    if (!*in_rows)
      tell_columns(r, res);
    *in_rows = true;
    tell_row(r, res);
    break;
  case PGRES_TUPLES_OK:
    if (!*in_rows)
      tell_columns(r, res);
    *in_rows = false;
    command_done(r, res);
    break;
  case PGRES_COMMAND_OK:
    command_done(r, res);
    break;
  case PGRES_EMPTY_QUERY:
    break;
  case PGRES_COPY_IN:
    refuse_copy_in(r);
    break;
  case PGRES_COPY_OUT:
    r->write ? copy_out(r) : drain_copy_out(r);
    break;
  default:
    if (r->cut_short)
      break;
    if (!r->failed)
      pg_statement_failed(r->a, r->error, r->sql, res);
    r->failed = true;
  }
}

static bool connection_lost(Run *r) {
  Str why = engine_text(r->a, str_c(pq.PQerrorMessage(r->s->conn)));
  if (r->large || r->drips)
    pg_ask_to_stop(r->s);
  pg_forget(r->s);
  if (r->cut_short && !r->failed) // what was wanted of it has come
    return true;
  if (r->large)
    return engine_row_too_large(r->a, r->error, r->sink ? r->sink->most : r->waiting);
  if (r->drips)
    why = STR("it sends its answer byte by byte");
  if (r->give_up > 0)
    return engine_fail(r->a, r->error, STR("57014"),
                       "the statement was %s, and the server did not "
                       "confirm it: the connection was closed",
                       r->timed_out ? "stopped after its time limit" : "cancelled");
  return engine_fail_hint(r->a, r->error,
                          r->s->base.once ? STR("nothing was written there: run it again")
                                          : STR("it may have run: look before you run it again"),
                          "the connection was lost while the statement ran: %.*s", STR_ARG(why));
}

static bool not_understood(Run *r) {
  pg_forget(r->s);
  return engine_fail_hint(r->a, r->error, STR("is it Postgres? Look before you run it again"),
                          "the server's answer says neither that the statement ran nor that it "
                          "failed");
}

// Reads all results of what was sent: one at least, also of a text without a statement. False:
// failed, r->error says why.
static bool read_results(Run *r) {
  bool in_rows = false;
  for (;;) {
    if (!await_result(r))
      return connection_lost(r);
    PGresult *res = pq.PQgetResult(r->s->conn);
    if (!res && !r->answered)
      return not_understood(r);
    if (!res)
      break;
    bool both = pq.PQresultStatus(res) == PGRES_COPY_BOTH; // of replication: it never ends
    one_result(r, res, &in_rows);
    pq.PQclear(res);
    stop_early(r);
    if (both)
      return not_understood(r);
    if (r->large || pq.PQstatus(r->s->conn) == CONNECTION_BAD)
      return connection_lost(r);
  }
  if (r->failed && r->timed_out)
    engine_fail(r->a, r->error, STR("57014"), "the statement took longer than its time limit");
  return !r->failed;
}

static void set_running(Pg *s, bool running) {
  PGTransactionStatusType t = s->conn ? pq.PQtransactionStatus(s->conn) : PQTRANS_IDLE;
  pthread_mutex_lock(&s->lock);
  s->running = running;
  if (!running) {
    bell_reset(&s->stop);
    s->in_txn = t == PQTRANS_INTRANS || t == PQTRANS_INERROR;
  }
  pthread_mutex_unlock(&s->lock);
}

static bool pg_in_transaction(const Session *session) { return ((const Pg *)session)->in_txn; }

// Whether the idle connection still stands. A server that went away has left a readable socket.
static bool alive(Pg *s) {
  if (!s->conn || pq.PQstatus(s->conn) != CONNECTION_OK)
    return false;
  struct pollfd p = {.fd = pq.PQsocket(s->conn), .events = POLLIN};
  if (poll(&p, 1, 0) > 0 && (!pq.PQconsumeInput(s->conn) || pq.PQstatus(s->conn) != CONNECTION_OK))
    return false;
  return true;
}

// Reads what pg_post's statement answered. False: the connection is of no use.
static bool take_posted(Pg *s) {
  s->posted = false;
  for (;;) {
    while (pq.PQisBusy(s->conn))
      if (pg_wait(s, POLLIN, engine_now() + 10) <= 0 || !pq.PQconsumeInput(s->conn))
        return false;
    PGresult *res = pq.PQgetResult(s->conn);
    if (!res)
      return pq.PQstatus(s->conn) == CONNECTION_OK;
    pq.PQclear(res);
  }
}

void pg_post(Session *session, Str sql) {
  Pg *s = (Pg *)session;
  Arena a = {0};
  if (alive(s) && (!s->posted || take_posted(s)) && pq.PQsendQuery(s->conn, str_cstr(&a, sql))) {
    s->posted = true;
    while (pq.PQflush(s->conn) > 0 && pg_wait(s, POLLIN | POLLOUT, engine_now() + 10) > 0 &&
           pq.PQconsumeInput(s->conn))
      ;
  }
  arena_free(&a);
}

PgPrepared *pg_prepared(Session *session) { return &((Pg *)session)->prepared; }

int pg_server_process(const Session *session) {
  const Pg *s = (const Pg *)session;
  return s->conn ? pq.PQbackendPID(s->conn) : 0;
}

int pg_server_number(const Session *session) {
  const Pg *s = (const Pg *)session;
  return s->conn ? pq.PQserverVersion(s->conn) : 0;
}

// Reopens a connection that was lost between statements.
static bool revive(Pg *s, Arena *a, DbError *error) {
  if (alive(s) && (!s->posted || take_posted(s)))
    return true;
  s->posted = false;
  if (s->conn)
    pg_forget(s);
  if (s->base.once)
    return engine_fail_hint(a, error, STR("nothing was written: run it again"),
                            "the connection was lost");
  if (s->in_txn) {
    s->in_txn = false;
    return engine_fail_hint(a, error, STR("what the transaction did was rolled back"),
                            "the connection was lost in the middle of a transaction");
  }
  return pg_connect(s, a, error, 4);
}

static bool nul_inside(Arena *a, Str sql, DbError *error) {
  const char *nul = sql.len ? memchr(sql.ptr, 0, sql.len) : NULL;
  if (!nul)
    return false;
  engine_fail(a, error, STR(""), "the statement has a NUL byte");
  error->at = nul - sql.ptr;
  return true;
}

static bool send_query(Run *r) {
  if (!pq.PQsendQuery(r->s->conn, r->sql.ptr) || !pq.PQsetSingleRowMode(r->s->conn) ||
      !flush_all(r))
    return connection_lost(r);
  return true;
}

static bool run_once(Run *r, const Stmt *stmt) {
  if (!revive(r->s, r->a, r->error))
    return false;
  if (bell_rung(&r->s->stop))
    return engine_fail(r->a, r->error, STR("57014"), "the statement was cancelled");
  r->until = stmt->timeout > 0 ? engine_now() + stmt->timeout : 0;
  return send_query(r) && read_results(r);
}

static bool pg_exec(Session *session, Arena *a, const Stmt *stmt, const RowSink *sink,
                    StmtResult *result, DbError *error) {
  Pg *s = (Pg *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = -1};
  if (nul_inside(a, stmt->sql, error))
    return false;
  Run r = {.s = s, .a = a, .sink = sink, .result = result, .error = error};
  r.may_stop = (stmt->idempotent || (sink && sink->cut)) && !s->in_txn;
  r.sql = str_n(str_cstr(a, stmt->sql), stmt->sql.len);
  set_running(s, true);
  bool good = run_once(&r, stmt);
  bool may_repeat = stmt->idempotent && !s->in_txn && !s->base.once && !r.rows;
  if (!good && !s->conn && may_repeat && r.give_up == 0) {
    Run again = {.s = s, .a = a, .sql = r.sql, .sink = sink, .result = result, .error = error};
    good = run_once(&again, stmt);
  }
  set_running(s, false);
  result->seconds = engine_now() - started;
  return good;
}

// --- COPY

static bool copy_piece(Run *r, const char *data, size_t n) {
  int put;
  while ((put = pq.PQputCopyData(r->s->conn, data, (int)n)) == 0)
    if (!flush_all(r))
      return false;
  return put > 0 && flush_all(r);
}

static bool copy_data(Run *r, ptrdiff_t (*read)(void *, char *, size_t), void *data) {
  static const size_t room = 128 * 1024;
  char *piece = memory_must(malloc(room));
  ptrdiff_t got = 0;
  bool sent = true;
  while (sent && !bell_rung(&r->s->stop) && (got = read(data, piece, room)) > 0)
    sent = copy_piece(r, piece, (size_t)got);
  free(piece);
  const char *why = bell_rung(&r->s->stop) ? "cancelled"
                    : got < 0              ? "the data cannot be read"
                                           : NULL;
  while (sent && (got = pq.PQputCopyEnd(r->s->conn, why)) == 0)
    sent = flush_all(r);
  return sent && got > 0 && flush_all(r);
}

static bool run_copy(Run *r, ptrdiff_t (*read)(void *, char *, size_t), void *data) {
  if (!revive(r->s, r->a, r->error))
    return false;
  if (!pq.PQsendQuery(r->s->conn, r->sql.ptr) || !flush_all(r) || !await_result(r))
    return connection_lost(r);
  PGresult *res = pq.PQgetResult(r->s->conn);
  bool in_rows = false;
  if (pq.PQresultStatus(res) == PGRES_COPY_IN) {
    r->answered = true;
    pq.PQclear(res);
    if (!copy_data(r, read, data) && pq.PQstatus(r->s->conn) == CONNECTION_BAD)
      return connection_lost(r);
  } else {
    one_result(r, res, &in_rows);
    pq.PQclear(res);
    if (!r->failed)
      r->failed = !engine_fail(r->a, r->error, STR(""),
                               "the statement takes no data: expected COPY "
                               "... FROM STDIN");
  }
  return read_results(r);
}

static bool pg_insert(Session *session, Arena *a, Str head,
                      ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                      StmtResult *result, DbError *error) {
  Pg *s = (Pg *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = -1};
  if (nul_inside(a, head, error))
    return false;
  Run r = {.s = s, .a = a, .result = result, .error = error};
  r.sql = str_n(str_cstr(a, head), head.len);
  set_running(s, true);
  bool good = run_copy(&r, read, data);
  set_running(s, false);
  result->seconds = engine_now() - started;
  return good;
}

static bool pg_extract(Session *session, Arena *a, Str sql,
                       bool (*write)(void *data, const char *piece, size_t n), void *data,
                       StmtResult *result, DbError *error) {
  Pg *s = (Pg *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = -1};
  if (nul_inside(a, sql, error))
    return false;
  Run r = {.s = s, .a = a, .result = result, .error = error, .write = write, .write_data = data};
  Str copy = str_fmt(a, "copy (%.*s) to stdout", STR_ARG(sql));
  r.sql = str_n(str_cstr(a, copy), copy.len);
  set_running(s, true);
  bool good = run_once(&r, &(Stmt){.sql = r.sql});
  if (r.cut_short)
    pg_forget(s);
  set_running(s, false);
  result->seconds = engine_now() - started;
  return good;
}

// --- the rest of the interface

static void pg_cancel(Session *session) {
  Pg *s = (Pg *)session;
  pthread_mutex_lock(&s->lock);
  if (s->running) {
    bell_ring(&s->stop);
    pg_start_cancel(s);
  }
  pthread_mutex_unlock(&s->lock);
}

static void pg_close(Session *session) {
  Pg *s = (Pg *)session;
  pg_forget(s);
  bell_close(&s->stop);
  pthread_mutex_destroy(&s->lock);
  free(s->first);
  free(s->first_lost);
  arena_free(&s->arena);
  free(s);
}

static Session *pg_open(const Target *t, const atomic_bool *stop, Arena *a, DbError *error) {
  if (!pg_load_library(a, error))
    return NULL;
  Pg *s = memory_must(calloc(1, sizeof *s));
  s->base.engine = &engine_postgres;
  s->opening = stop;
  pthread_mutex_init(&s->lock, NULL);
  pg_read_target(s, t);
  if (!bell_open(&s->stop))
    engine_fail(a, error, STR(""), "cannot open a pipe: %s", strerror(errno));
  else if (pg_connect(s, a, error, s->retries)) {
    s->opening = NULL;
    return &s->base;
  }
  pg_close(&s->base);
  return NULL;
}

static bool pg_version(Session *session, Arena *a, Str *text, int64_t *number, DbError *error) {
  Pg *s = (Pg *)session;
  if (!revive(s, a, error))
    return false;
  const char *version = pq.PQparameterStatus(s->conn, "server_version");
  *text = str_dup(a, str_c(version ? version : ""));
  *number = pq.PQserverVersion(s->conn);
  return true;
}

const Engine engine_postgres = {
    .type = "postgres",
    .driver = "",
    .open = pg_open,
    .exec = pg_exec,
    .insert = pg_insert,
    .extract = pg_extract,
    .cancel = pg_cancel,
    .in_transaction = pg_in_transaction,
    .version = pg_version,
    .close = pg_close,
    .locks = &locks_postgres,
};
