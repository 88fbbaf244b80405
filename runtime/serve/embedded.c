// See embedded.h. A connection costs less than a millisecond, so each statement has a new one:
// nothing is left of the one before, and `readonly` can be set behind the client's settings. Rows
// leave the engine by INTO OUTFILE, which takes any format and writes as it goes; a statement that
// cannot stand before that is run whole.
#include "embedded.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "../engine/chdb.h"
#include "../engine/clickhouse_common.h"
#include "../engine/util.h"
#include "statement.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Embedded {
  ServeBackend backend;
  const Target *target;
  Session *keeper; // holds the folder and its lock
  char *folder;    // its real path
  _Atomic uint64_t connections;
} Embedded;

typedef struct Line {
  Embedded *of;
  ChdbLine *line;
  char tag[64]; // how KILL QUERY finds its statement
  pthread_mutex_t lock;
  pthread_cond_t done;
  bool running, stopped;
} Line;

static void fail(Buf *error, const char *text) {
  buf_addf(error, "Code: 1000. DB::Exception: %s", text);
}

static void *open_line(void *data, Buf *error) {
  Embedded *e = data;
  ChdbLine *line = chdb_open(e->target, e->folder);
  if (!line) {
    fail(error, "the engine gives no connection");
    return NULL;
  }
  Line *l = memory_must(calloc(1, sizeof *l));
  l->of = e;
  l->line = line;
  snprintf(l->tag, sizeof l->tag, "serve-%d-%" PRIu64, (int)getpid(),
           atomic_fetch_add(&e->connections, 1));
  pthread_mutex_init(&l->lock, NULL);
  engine_cond_init(&l->done);
  return l;
}

static void close_line(void *conn) {
  Line *l = conn;
  chdb_close(l->line);
  pthread_mutex_destroy(&l->lock);
  pthread_cond_destroy(&l->done);
  free(l);
}

// --- a statement

// What it answered, freed. False: outcome->error.
static bool take(Line *l, ChdbResult *result, int into, ServeOutcome *outcome) {
  const char *problem = chdb_problem(result);
  if (problem)
    buf_add(&outcome->error, str_c(problem));
  else if (into >= 0) {
    ChdbCounts n = chdb_counts(result);
    outcome->read_rows = n.read_rows;
    outcome->read_bytes = n.read_bytes;
    outcome->written_rows = n.written_rows;
    outcome->written_bytes = n.written_bytes;
    outcome->result_rows = n.result_rows;
    outcome->result_bytes = n.result_bytes;
    Str text = chdb_text(result);
    for (ssize_t put; text.len; text = str_sub(text, (size_t)put, text.len)) {
      put = write(into, text.ptr, text.len);
      if (put < 0 && errno != EINTR)
        break;
      put = put < 0 ? 0 : put;
    }
  }
  chdb_free(l->line, result);
  return !problem;
}

static bool small(Line *l, const Buf *sql, ServeOutcome *outcome) {
  return take(l, chdb_query(l->line, buf_str(sql), false), -1, outcome);
}

// A name of a setting is a word, or several with dots between.
static bool is_name(Str name) {
  for (size_t i = 0; i < name.len; i++)
    if (!str_word_char(name.ptr[i]) && name.ptr[i] != '.')
      return false;
  return name.len > 0;
}

static bool add_pairs(Buf *sql, const char *prefix, const ServePair *pairs, size_t n,
                      ServeOutcome *outcome) {
  for (size_t i = 0; i < n; i++) {
    if (!is_name(pairs[i].name)) {
      buf_addf(&outcome->error,
               "Code: 115. DB::Exception: '%.*s' is no name of a setting (UNKNOWN_SETTING)",
               STR_ARG(pairs[i].name));
      return false;
    }
    buf_addf(sql, ", %s%.*s = ", prefix, STR_ARG(pairs[i].name));
    ch_quote(sql, pairs[i].value);
  }
  return true;
}

// `readonly` comes last: behind it nothing can be set any more.
static bool prepare(Line *l, const ServeStatement *s, ServeOutcome *outcome) {
  Buf sql = {0};
  bool good = true;
  if (s->database.len) {
    buf_adds(&sql, "USE ");
    ch_quote_name(&sql, s->database);
    good = small(l, &sql, outcome);
    sql.len = 0;
  }
  buf_addf(&sql, "SET log_comment = '%s'", l->tag);
  good = good && add_pairs(&sql, "", s->settings, s->nsettings, outcome) &&
         add_pairs(&sql, "param_", s->params, s->nparams, outcome);
  if (s->readonly)
    buf_adds(&sql, ", readonly = 1");
  good = good && small(l, &sql, outcome);
  buf_free(&sql);
  return good;
}

static bool is_syntax(const ServeOutcome *outcome) {
  return ch_error_code(buf_str(&outcome->error)) == 62;
}

static void answer(Line *l, const ServeStatement *s, ServeOutcome *outcome) {
  char path[64];
  Buf sql = {0}, form = {0};
  snprintf(path, sizeof path, SYSTEM_FD_FOLDER "/%d", s->into);
  statement_into(&sql, s->sql, path, s->format);
  buf_add(&form, s->format);
  bool whole = statement_inserts(s->sql);
  if (!whole && !take(l, chdb_query(l->line, buf_str(&sql), true), s->into, outcome) &&
      is_syntax(outcome)) {
    whole = true;
    outcome->error.len = 0;
  }
  if (whole)
    take(l, chdb_query_as(l->line, s->sql, buf_cstr(&form)), s->into, outcome);
  buf_free(&sql);
  buf_free(&form);
}

static bool was_stopped(Line *l, ServeOutcome *outcome) {
  pthread_mutex_lock(&l->lock);
  bool stopped = l->stopped;
  pthread_mutex_unlock(&l->lock);
  if (stopped)
    buf_adds(&outcome->error,
             "Code: 394. DB::Exception: Query was cancelled (QUERY_WAS_CANCELLED)");
  return stopped;
}

static void run(void *conn, const ServeStatement *s, ServeOutcome *outcome) {
  Line *l = conn;
  pthread_mutex_lock(&l->lock);
  l->running = true;
  pthread_mutex_unlock(&l->lock);
  if (prepare(l, s, outcome) && !was_stopped(l, outcome))
    answer(l, s, outcome);
  pthread_mutex_lock(&l->lock);
  l->running = false;
  pthread_cond_broadcast(&l->done);
  pthread_mutex_unlock(&l->lock);
}

// The engine may not know the statement yet when the first KILL comes: it is repeated.
static void stop(void *conn) {
  static const double A_MOMENT_S = 0.1;
  Line *l = conn;
  char sql[192];
  int n =
      snprintf(sql, sizeof sql, "KILL QUERY WHERE Settings['log_comment'] = '%s' ASYNC", l->tag);
  ChdbLine *other = chdb_open(l->of->target, l->of->folder);
  pthread_mutex_lock(&l->lock);
  l->stopped = true;
  for (int i = 0; i < 100 && other && l->running; i++) {
    pthread_mutex_unlock(&l->lock);
    chdb_free(other, chdb_query(other, str_n(sql, (size_t)n), false));
    pthread_mutex_lock(&l->lock);
    if (l->running)
      engine_cond_until(&l->done, &l->lock, engine_now() + A_MOMENT_S);
  }
  pthread_mutex_unlock(&l->lock);
  if (other)
    chdb_close(other);
}

// --- the folder

static void read_version(Embedded *e, Arena *a) {
  ChdbLine *line = chdb_open(e->target, e->folder);
  if (!line)
    return;
  ChdbResult *result = chdb_query_as(line, STR("SELECT version(), timezone()"), "TabSeparated");
  if (!chdb_problem(result)) {
    Str rest = str_dup(a, str_trim(chdb_text(result)));
    str_cut(&rest, '\t', &e->backend.version);
    e->backend.timezone = rest;
  }
  chdb_free(line, result);
  chdb_close(line);
}

const ServeBackend *serve_embedded_open(Arena *a, const Target *t, DbError *error) {
  Embedded *e = arena_new(a, Embedded);
  e->target = t;
  e->keeper = engine_clickhouse_embedded.open(t, NULL, a, error);
  if (!e->keeper)
    return NULL;
  if (!chdb_pours()) {
    e->keeper->engine->close(e->keeper);
    engine_fail_hint(a, error, STR("install libchdb: `starc engine install --with npm`"),
                     "%.*s cannot be served from: its engine writes no result into a file",
                     STR_ARG(chdb_file()));
    return NULL;
  }
  e->folder = realpath(str_cstr(a, target_str(t, STR("path"), STR(".starc/warehouse"))), NULL);
  e->backend =
      (ServeBackend){.data = e, .open = open_line, .run = run, .stop = stop, .close = close_line};
  read_version(e, a);
  return &e->backend;
}

void serve_embedded_close(const ServeBackend *backend) {
  Embedded *e = backend->data;
  e->keeper->engine->close(e->keeper);
  free(e->folder);
}
