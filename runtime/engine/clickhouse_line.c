// ClickHouse inside the process: libchdb, loaded when a target first needs it, over the data folder
// that is this process's. In: statements. Out: rows, errors. One library and one data folder per
// process; one connection per session, and connections run side by side. Seen with chdb 26.5.1:
// about 0.7 ms a statement; a statement is stopped by KILL QUERY from another connection, found by
// the session's log_comment. Leaves other processes to clickhouse_embedded.c.
// Opening the folder loads every table of every database, about 1 ms of processor time for each, on
// all cores: the library takes no async_load_databases. With lazy_load_tables (a setting of a
// database) it takes a seventh of that, but a table then has no parts in system.parts, no engine
// and no keys in system.tables before it is read, and DELETE (also behind a read), ALTER UPDATE and
// REPLACE PARTITION FROM it are refused. DETACH and ATTACH would mend it, and the table be missing.
#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "chdb.h"
#include "clickhouse_inside.h"
#include "data_folder.h"
#include "waits.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER; // of the library, and of connections

typedef struct Line {
  Session base;
  ChdbLine *line;
  const Target *target;
  const char *folder; // its real path, of `arena`
  char tag[64];       // this session's log_comment
  Arena arena;
  Str database;   // to be used as soon as it exists; empty: in use
  double timeout; // max_execution_time as it is set now
  pthread_mutex_t lock;
  pthread_cond_t done;
  bool running, cancelled;
} Line;

// --- statements

typedef struct Run {
  Line *s;
  Arena *a;
  StmtResult *result;
  DbError *error;
} Run;

static bool asked_to_stop(Line *s) {
  pthread_mutex_lock(&s->lock);
  bool cancelled = s->cancelled;
  pthread_mutex_unlock(&s->lock);
  return cancelled;
}

static bool fail_cancelled(Run *r) {
  return engine_fail(r->a, r->error, STR("394"), "the statement was cancelled");
}

// A statement that failed leaves its half-written output in the connection, and the next statement
// of any kind gets it in front of its own (seen with chdb 26.5.1). This one takes it away.
static bool wash(Line *s) {
  chdb_wash(s->line);
  return false;
}

// A file that is out of reach looks like one without rights.
static void fail_statement(Run *r, ChdbResult *res, size_t at) {
  ch_error(r->a, r->error, str_c(chdb_problem(res)), at);
  if (chdb_is_limited())
    ch_hint_files(r->error, STR("the embedded engine opens files of the project only, and writes "
                                "below its folders: `file_access` of the profile opens others"));
}

// What a statement answered, which is freed. Its rows, if any, go to `reader`.
static bool take_result(Run *r, ChdbResult *res, size_t at, TsvReader *reader) {
  const char *problem = chdb_problem(res);
  if (problem) {
    fail_statement(r, res, at);
  } else {
    if (r->result)
      r->result->affected = (int64_t)chdb_written(res);
    if (reader)
      tsv_feed(reader, chdb_text(res));
  }
  chdb_free(r->s->line, res);
  return !problem || wash(r->s);
}

// Runs one statement whole.
static bool run_whole(Run *r, Str sql, size_t at, bool rows, TsvReader *reader) {
  return take_result(r, chdb_query(r->s->line, sql, rows), at, reader);
}

// The library's word for "this is over", which is no failure.
static bool stream_over(const char *problem) {
  return str_find(str_c(problem), STR("No active streaming query"), 0) >= 0;
}

static void kill_once(Line *s, ChdbLine *line) {
  char sql[160];
  int n =
      snprintf(sql, sizeof sql, "KILL QUERY WHERE Settings['log_comment'] = '%s' ASYNC", s->tag);
  chdb_free(line, chdb_query(line, str_n(sql, (size_t)n), false));
}

static void stop_stream(Line *s, ChdbResult *stream) {
  ChdbLine *other = chdb_stops_by_kill() ? chdb_open(s->target, s->folder) : NULL;
  if (other) {
    kill_once(s, other);
    chdb_close(other);
  }
  chdb_stop(s->line, stream);
}

// Fetches all pieces of a streaming result. Each begins with the header again.
static bool fetch_pieces(Run *r, ChdbResult *stream, size_t at, TsvReader *reader) {
  ChdbLine *line = r->s->line;
  for (size_t piece = 0;; piece++) {
    if (asked_to_stop(r->s)) {
      stop_stream(r->s, stream);
      return fail_cancelled(r);
    }
    ChdbResult *res = chdb_next(line, stream);
    const char *problem = res ? chdb_problem(res) : NULL;
    bool over =
        !res || (problem && piece && stream_over(problem)) || (!problem && !chdb_text(res).len);
    bool failed = problem && !over;
    if (failed) {
      fail_statement(r, res, at);
    } else if (!over) {
      if (piece && chdb_repeats_header())
        tsv_header(reader, true);
      if (!tsv_feed(reader, chdb_text(res))) {
        stop_stream(r->s, stream);
        over = true;
      }
    }
    chdb_free(line, res);
    if (over || failed)
      return !failed;
  }
}

// Runs one statement that answers with rows, a piece of them at a time.
static bool run_stream(Run *r, Str sql, size_t at, TsvReader *reader) {
  ChdbResult *stream = chdb_stream(r->s->line, sql);
  const char *problem = chdb_problem(stream);
  bool whole = problem && str_find(str_c(problem), STR("Streaming query is not supported"), 0) >= 0;
  bool good = false;
  if (problem && !whole)
    fail_statement(r, stream, at);
  else if (!problem)
    good = fetch_pieces(r, stream, at, reader);
  chdb_free(r->s->line, stream);
  if (whole)
    return run_whole(r, sql, at, true, reader);
  return good || wash(r->s);
}

static bool run_piece(Run *r, const ChPiece *p, const RowSink *sink) {
  TsvReader reader;
  tsv_open(&reader, r->a, sink, STR("-")); // a tag: exceptions never come among the rows
  bool good = p->rows && !p->whole ? run_stream(r, p->sql, p->at, &reader)
                                   : run_whole(r, p->sql, p->at, p->rows, &reader);
  bool read = good && tsv_end(&reader, true);
  if (good && reader.large)
    good = engine_row_too_large(r->a, r->error, sink->most);
  else if (good && !read && reader.odd)
    good = engine_fail_hint(r->a, r->error, STR("leave the FORMAT clause out"),
                            "the answer is not in the form that was asked for");
  if (good && p->rows && r->result)
    r->result->affected = (int64_t)reader.rows;
  tsv_close(&reader);
  return good;
}

static bool small(Run *r, const char *sql) { return run_whole(r, str_c(sql), 0, false, NULL); }

static bool set_timeout(Run *r, double seconds) {
  if (seconds == r->s->timeout) // NOLINT: set from the same number
    return true;
  r->s->timeout = seconds;
  return small(r, seconds > 0
                      ? str_cstr(r->a, str_fmt(r->a, "SET max_execution_time = %.3f", seconds))
                      : "SET max_execution_time = DEFAULT");
}

// The target's database may come into being later; names without one then mean it.
static void use_database(Line *s, Arena *a) {
  if (!s->database.len)
    return;
  Buf sql = {.arena = a};
  buf_adds(&sql, "USE ");
  ch_quote_name(&sql, s->database);
  DbError ignored;
  if (run_whole(&(Run){s, a, NULL, &ignored}, buf_str(&sql), 0, false, NULL))
    s->database = (Str){0};
}

static void begin(Line *s) {
  pthread_mutex_lock(&s->lock);
  s->running = true;
  s->cancelled = false;
  pthread_mutex_unlock(&s->lock);
}

static void end(Line *s) {
  pthread_mutex_lock(&s->lock);
  s->running = false;
  pthread_cond_broadcast(&s->done);
  pthread_mutex_unlock(&s->lock);
}

static bool line_exec(Session *session, Arena *a, const Stmt *stmt, const RowSink *sink,
                      StmtResult *result, DbError *error) {
  Line *s = (Line *)session;
  double started = engine_now();
  size_t n;
  ChPiece *pieces = ch_split(a, stmt->sql, &n);
  *result = (StmtResult){.affected = -1, .code = STR("OK"), .message = STR("OK")};
  begin(s);
  use_database(s, a);
  Run run = {s, a, result, error};
  bool good = set_timeout(&run, stmt->timeout);
  for (size_t i = 0; i < n && good; i++)
    good = asked_to_stop(s) ? fail_cancelled(&run) : run_piece(&run, &pieces[i], sink);
  end(s);
  result->seconds = engine_now() - started;
  return good;
}

// --- bulk insert: one statement, which reads from a pipe what this thread writes into it

// The blocks that the table gets its rows in: the larger, the more memory.
#define INSERT_BLOCKS "min_insert_block_size_bytes = 67108864, min_insert_block_size_rows = 1048576"

typedef struct Insertion {
  const Line *s;
  Str sql;
  int from, into; // the pipe's ends
  atomic_bool over;
  ChdbResult *answer;
} Insertion;

// The statement, on a thread of its own. What it leaves in the pipe is read, so that who writes is
// never left waiting.
static void *insertion_main(void *data) {
  Insertion *i = data;
  char rest[4096];
  i->answer = chdb_query(i->s->line, i->sql, false);
  atomic_store(&i->over, true);
  for (ssize_t got = 1; got > 0 || (got < 0 && errno == EINTR);)
    got = read(i->from, rest, sizeof rest);
  return NULL;
}

static bool write_all(int fd, const char *at, size_t n) {
  for (ssize_t put; n; at += put, n -= (size_t)put) {
    put = write(fd, at, n);
    if (put < 0 && errno != EINTR)
      return false;
    put = put < 0 ? 0 : put;
  }
  return true;
}

// False: there is no more of it, and *error says why.
static bool feed(Run *r, Insertion *i, ptrdiff_t (*next)(void *, char *, size_t), void *data) {
  static const size_t room = 128 * 1024;
  char *piece = memory_must(malloc(room));
  ptrdiff_t got = 0;
  bool good = true;
  while (good && !atomic_load(&i->over) && !asked_to_stop(r->s) &&
         (got = next(data, piece, room)) > 0)
    good = write_all(i->into, piece, (size_t)got);
  free(piece);
  if (asked_to_stop(r->s))
    return fail_cancelled(r);
  return (good && got >= 0) ||
         engine_fail(r->a, r->error, STR(""), "the data to insert could not be read");
}

// False: *error says that there can be no pipe or thread.
static bool insertion_start(Run *r, Insertion *i, Str head, pthread_t *thread) {
  enum { ROOM = 1 << 20 };
  int ends[2];
  if (!system_pipe(ends, ROOM))
    return engine_fail(r->a, r->error, STR(""), "cannot open a pipe: %s", strerror(errno));
  i->from = ends[0];
  i->into = ends[1];
  i->sql = ch_insert_head(
      r->a, head,
      str_fmt(r->a, " FROM INFILE '" SYSTEM_FD_FOLDER "/%d' SETTINGS " INSERT_BLOCKS, i->from));
  int failed = pthread_create(thread, NULL, insertion_main, i);
  if (!failed)
    return true;
  close(i->from);
  close(i->into);
  return engine_fail(r->a, r->error, STR(""), "cannot start a thread: %s", strerror(failed));
}

static bool insert_all(Run *r, Str head, ptrdiff_t (*next)(void *, char *, size_t), void *data) {
  Insertion i = {.s = r->s};
  pthread_t thread;
  if (!insertion_start(r, &i, head, &thread))
    return false;
  bool fed = feed(r, &i, next, data);
  close(i.into);
  pthread_join(thread, NULL);
  close(i.from);
  DbError other; // of what was cut off
  Run answered = {r->s, r->a, r->result, fed ? r->error : &other};
  return take_result(&answered, i.answer, 0, NULL) && fed;
}

static bool line_insert(Session *session, Arena *a, Str head,
                        ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                        StmtResult *result, DbError *error) {
  Line *s = (Line *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = 0, .code = STR("OK"), .message = STR("OK")};
  begin(s);
  use_database(s, a);
  bool good = insert_all(&(Run){s, a, result, error}, head, read, data);
  end(s);
  result->seconds = engine_now() - started;
  return good;
}

// --- cancel

// Waits for the statement to end, at most 0.1 s. True: it still runs. s->lock is held.
static bool still_running(Line *s) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 100000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  if (s->running)
    pthread_cond_timedwait(&s->done, &s->lock, &until);
  return s->running;
}

// The statement may not be known to the database yet when the first KILL comes: it is repeated.
static void line_cancel(Session *session) {
  Line *s = (Line *)session;
  pthread_mutex_lock(&s->lock);
  s->cancelled = true;
  bool running = s->running;
  pthread_mutex_unlock(&s->lock);
  ChdbLine *line = running ? chdb_open(s->target, s->folder) : NULL;
  if (!line)
    return;
  for (int i = 0; i < 50 && running; i++) {
    kill_once(s, line);
    pthread_mutex_lock(&s->lock);
    running = still_running(s);
    pthread_mutex_unlock(&s->lock);
  }
  chdb_close(line);
}

// --- open and close

static bool prepare(Line *s, const Target *t, Arena *a, DbError *error) {
  Run run = {s, a, NULL, error};
  size_t n;
  ChSetting *settings = ch_settings(a, t, INT64_MAX, &n);
  Buf sql = {.arena = a};
  buf_addf(&sql, "SET log_comment = '%s'", s->tag);
  for (size_t i = 0; i < n; i++) {
    buf_addf(&sql, ", %.*s = ", STR_ARG(settings[i].name));
    ch_quote(&sql, settings[i].value);
  }
  return small(&run, buf_cstr(&sql));
}

static bool connect(Line *s, Arena *a, DbError *error) {
  static uint64_t sessions; // ever opened
  if (!chdb_load(s->target, a, error) || !chdb_has_room(a, error))
    return false;
  snprintf(s->tag, sizeof s->tag, "starc-%d-%" PRIu64, (int)getpid(), ++sessions);
  s->line = chdb_open(s->target, s->folder);
  return s->line ||
         engine_fail_hint(a, error,
                          STR("another program may have it open, or it was written by a newer "
                              "ClickHouse; the library's own words are above"),
                          "the embedded ClickHouse cannot open the data folder %s", s->folder);
}

static void close_connection(void *data, size_t left) {
  (void)left;
  Line *s = data;
  if (s->line)
    chdb_close(s->line);
}

static void line_close(Session *session) {
  Line *s = (Line *)session;
  data_folder_leave(close_connection, s);
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->done);
  arena_free(&s->arena);
  free(s);
}

Session *ch_line_open(const Target *t, const char *folder, Arena *a, DbError *error) {
  Line *s = memory_must(calloc(1, sizeof *s));
  s->base.engine = &engine_clickhouse_line;
  s->target = t;
  s->folder = str_cstr(&s->arena, str_c(folder));
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->done, NULL);
  pthread_mutex_lock(&opening);
  bool good = connect(s, a, error);
  pthread_mutex_unlock(&opening);
  if (good && prepare(s, t, a, error)) {
    data_folder_opened(t);
    s->database = str_dup(&s->arena, t->schema.len ? t->schema : t->database);
    return &s->base;
  }
  line_close(&s->base);
  return NULL;
}

const Engine engine_clickhouse_line = {
    .type = "clickhouse",
    .driver = "embedded",
    .names_statements = true,
    .exec = line_exec,
    .insert = line_insert,
    .cancel = line_cancel,
    .version = ch_version,
    .waits = &waits_clickhouse,
    .close = line_close,
};
