// See embedded.h. A connection costs less than a millisecond, so each statement has a new one:
// nothing is left of the one before, and `readonly` can be set behind the client's settings. Rows
// leave the engine by INTO OUTFILE, which takes any format and writes as it goes; a statement that
// cannot stand before that is run whole.
#include "embedded.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "../engine/chdb.h"
#include "../engine/clickhouse_inside.h"
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
  Session *keeper; // holds the folder and its lock; NULL: another session does
  char *folder;    // its real path
  const ServeRole *roles;
  int users, config;  // files of the engine's configuration; -1: it has none of ours
  bool reaches_files; // outside of its folder
  _Atomic uint64_t connections;
} Embedded;

typedef struct Line {
  Embedded *of;
  ChdbLine *line;
  char tag[64]; // how KILL QUERY finds its statement
  pthread_mutex_t lock;
  pthread_cond_t done;
  bool running, stopped;
  bool ready, prepared; // it has its role; it has its tag and readonly
  Buf database;         // that it uses
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
  buf_adds(&l->database, "default"); // where the engine begins
  snprintf(l->tag, sizeof l->tag, "serve-%d-%zx-%" PRIu64, (int)getpid(), (size_t)(uintptr_t)e,
           atomic_fetch_add(&e->connections, 1)); // a process can have two of these
  pthread_mutex_init(&l->lock, NULL);
  engine_cond_init(&l->done);
  return l;
}

static void close_line(void *conn) {
  Line *l = conn;
  chdb_close(l->line);
  pthread_mutex_destroy(&l->lock);
  pthread_cond_destroy(&l->done);
  buf_free(&l->database);
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

// Runs a statement for its text, which is heap's. False: outcome->error.
static bool ask(Line *l, const Buf *sql, Buf *text, ServeOutcome *outcome) {
  ChdbResult *result = chdb_query_as(l->line, buf_str(sql), "TSVRaw");
  if (!chdb_problem(result))
    buf_add(text, chdb_text(result));
  return take(l, result, -1, outcome);
}

// What the engine says of a statement that it cannot read, without the question that it was asked.
static void cut_scope(Buf *error) {
  ptrdiff_t at = str_find(buf_str(error), STR(": In scope SELECT formatQuerySingleLine("), 0);
  if (at < 0)
    return;
  error->len = (size_t)at;
  buf_adds(error, " (SYNTAX_ERROR)");
}

static bool fail_with(ServeOutcome *outcome, const ServeProblem *problem) {
  buf_add(&outcome->error, problem->text);
  return false;
}

// --- before it: whether it may be run, in which database, with which settings

// What the engine's rights do not reach is looked for in its own writing of the statement.
static bool look(Line *l, Str text, const ServeStatement *s, ServeOutcome *outcome) {
  enum { HEAD = 1 << 20 }; // data of an INSERT behind that are not looked at
  Arena a = {0};
  Buf sql = {0}, plain = {0};
  if (statement_inserts(text))
    text = str_sub(text, 0, HEAD);
  buf_adds(&sql, "SELECT formatQuerySingleLine(");
  ch_quote(&sql, text);
  buf_adds(&sql, ") SETTINGS max_query_size = 0");
  ServeProblem problem = {0};
  const ServeRole *role = l->of->roles ? &l->of->roles[s->role] : NULL;
  bool good = ask(l, &sql, &plain, outcome) &&
              (rights_allow(&a, buf_str(&plain), role, s->readonly, &problem) ||
               fail_with(outcome, &problem));
  cut_scope(&outcome->error);
  buf_free(&sql);
  buf_free(&plain);
  arena_free(&a);
  return good;
}

// A name of a setting is a word, or several with dots between.
static bool is_name(Str name) {
  for (size_t i = 0; i < name.len; i++)
    if (!str_word_char(name.ptr[i]) && name.ptr[i] != '.')
      return false;
  return name.len > 0;
}

static bool names_are_right(const ServePair *pairs, size_t n, ServeOutcome *outcome) {
  for (size_t i = 0; i < n; i++)
    if (!is_name(pairs[i].name)) {
      buf_addf(&outcome->error,
               "Code: 115. DB::Exception: '%.*s' is no name of a setting (UNKNOWN_SETTING)",
               STR_ARG(pairs[i].name));
      return false;
    }
  return true;
}

static bool settings_are_right(const ServeStatement *s, ServeOutcome *outcome) {
  for (size_t i = 0; i < s->nsettings && !s->trusted; i++)
    if (!rights_allow_setting(s->settings[i].name, s->settings[i].value)) {
      buf_adds(&outcome->error,
               "Code: 497. DB::Exception: a setting that holds rights, or an expression with "
               "file or a backslash in it, is not for clients of serve (ACCESS_DENIED)");
      return false;
    }
  return true;
}

static void add_pairs(Buf *sql, const char *prefix, const ServePair *pairs, size_t n) {
  for (size_t i = 0; i < n; i++) {
    buf_addf(sql, "%s%s%.*s = ", sql->len ? ", " : "SET ", prefix, STR_ARG(pairs[i].name));
    ch_quote(sql, pairs[i].value);
  }
}

static bool use(Line *l, Str database, ServeOutcome *outcome) {
  if (!database.len || str_eq(buf_str(&l->database), database))
    return true;
  Buf sql = {0};
  buf_adds(&sql, "USE ");
  ch_quote_name(&sql, database);
  bool good = small(l, &sql, outcome);
  buf_free(&sql);
  if (good) {
    l->database.len = 0;
    buf_add(&l->database, database);
  }
  return good;
}

// Its profile forbids who reads to raise them. Rows are written by one thread: each more would hold
// some 40 MiB for a client that does not take them. Texts of the form Values may be expressions,
// which are not looked at, and can read what the engine reaches.
static bool take_bounds(Line *l, const ServeStatement *s, ServeOutcome *outcome) {
  Buf sql = {0};
  buf_addf(&sql, "SET profile = '" RIGHTS_ROLE "', output_format_parallel_formatting = 0", s->role);
  rights_add_bounds(&sql, &l->of->roles[s->role]);
  if (l->of->reaches_files && !s->trusted)
    buf_adds(&sql, ", input_format_values_interpret_expressions = 0, "
                   "input_format_values_deduce_templates_of_expressions = 0");
  bool good = small(l, &sql, outcome);
  buf_free(&sql);
  return good;
}

// The first statement of a connection decides what all of them may.
static bool take_rights(Line *l, const ServeStatement *s, ServeOutcome *outcome) {
  if (l->ready || l->of->users < 0)
    return true;
  Buf sql = {0};
  buf_addf(&sql, "SET ROLE " RIGHTS_ROLE, s->role);
  l->ready = small(l, &sql, outcome) && take_bounds(l, s, outcome);
  buf_free(&sql);
  return l->ready;
}

// What the settings are that the statement is to have otherwise, so that they can be put back.
static bool remember(Line *l, const ServeStatement *s, Buf *back, ServeOutcome *outcome) {
  Buf sql = {0};
  buf_adds(&sql,
           "SELECT arrayStringConcat(groupArray(concat(name, ' = ', if(changed, concat('\\'', "
           "replaceAll(replaceAll(value, '\\\\', '\\\\\\\\'), '\\'', '\\\\\\''), '\\''), "
           "'DEFAULT'))), ', ') FROM system.settings WHERE name IN (''");
  for (size_t i = 0; i < s->nsettings; i++) {
    buf_adds(&sql, ", ");
    ch_quote(&sql, s->settings[i].name);
  }
  buf_addc(&sql, ')');
  bool good = !s->keeps || !s->nsettings || ask(l, &sql, back, outcome);
  buf_free(&sql);
  while (back->len && back->ptr[back->len - 1] == '\n')
    back->len--;
  return good;
}

// `readonly` comes last: behind it less can be set. A session has it from its first statement on.
static bool set(Line *l, const ServeStatement *s, ServeOutcome *outcome) {
  Buf sql = {0};
  add_pairs(&sql, "", s->settings, s->nsettings);
  add_pairs(&sql, "param_", s->params, s->nparams);
  if (!l->prepared)
    buf_addf(&sql, "%s" RIGHTS_TAG " = '%s'", sql.len ? ", " : "SET ", l->tag);
  if (s->readonly && !l->prepared)
    buf_addf(&sql, "%sreadonly = %d", sql.len ? ", " : "SET ", s->readonly);
  bool good = !sql.len || small(l, &sql, outcome);
  l->prepared |= good;
  buf_free(&sql);
  return good;
}

// Text of its own is not taken for a structure: a bracket that closes it is an error of the engine.
static bool make_external(Line *l, const ServeStatement *s, const ServeExternal *e,
                          ServeOutcome *outcome) {
  Buf sql = {0};
  buf_adds(&sql, "CREATE TEMPORARY TABLE ");
  ch_quote_name(&sql, e->name);
  buf_addf(&sql, " (%.*s) ENGINE = Memory", STR_ARG(e->structure));
  bool good = (!rights_suspects(buf_str(&sql)) || look(l, buf_str(&sql), s, outcome)) &&
              small(l, &sql, outcome);
  sql.len = 0;
  buf_adds(&sql, "INSERT INTO ");
  ch_quote_name(&sql, e->name);
  buf_addf(&sql, " FORMAT %.*s\n", STR_ARG(e->format));
  buf_add(&sql, e->data);
  good = good && (!e->data.len || small(l, &sql, outcome));
  buf_free(&sql);
  return good;
}

static void drop_external(Line *l, const ServeExternal *e) {
  Buf sql = {0};
  ServeOutcome ignored = {0};
  buf_adds(&sql, "DROP TEMPORARY TABLE IF EXISTS ");
  ch_quote_name(&sql, e->name);
  small(l, &sql, &ignored);
  buf_free(&sql);
  buf_free(&ignored.error);
}

static bool is_syntax(const ServeOutcome *outcome) {
  return ch_error_code(buf_str(&outcome->error)) == 62;
}

// --- the statement itself

static void insert_from(Line *l, const ServeStatement *s, ServeOutcome *outcome) {
  char path[64];
  Buf sql = {0};
  snprintf(path, sizeof path, SYSTEM_FD_FOLDER "/%d", s->from);
  if (statement_from(&sql, s->sql, path))
    take(l, chdb_query(l->line, buf_str(&sql), false), s->into, outcome);
  else
    buf_adds(&outcome->error, "Code: 62. DB::Exception: Syntax error: no FORMAT (SYNTAX_ERROR)");
  buf_free(&sql);
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

// One that failed stays in the list of what runs, with its memory, until the connection has
// another.
static void clear(Line *l) {
  ServeOutcome ignored = {0};
  Buf sql = {0};
  buf_adds(&sql, "SELECT 1");
  small(l, &sql, &ignored);
  buf_free(&sql);
  buf_free(&ignored.error);
}

// A session goes on as it was before the statement.
static void put_back(Line *l, const ServeStatement *s, const Buf *back, Str database) {
  ServeOutcome ignored = {0};
  Buf sql = {0}, now = {0};
  for (size_t i = 0; i < s->nexternals; i++)
    drop_external(l, &s->externals[i]);
  if (back->len) {
    buf_addf(&sql, "SET %.*s", STR_ARG(buf_str(back)));
    small(l, &sql, &ignored);
  }
  if (statement_uses(s->sql)) {
    sql.len = 0;
    l->database.len = 0;
    buf_adds(&sql, "SELECT currentDatabase()");
    if (ask(l, &sql, &now, &ignored))
      buf_add(&l->database, str_trim(buf_str(&now)));
  } else {
    use(l, database, &ignored);
  }
  buf_free(&sql);
  buf_free(&now);
  buf_free(&ignored.error);
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

static void execute(Line *l, const ServeStatement *s, ServeOutcome *outcome) {
  Buf back = {0}, database = {0};
  buf_add(&database, buf_str(&l->database));
  bool good = names_are_right(s->settings, s->nsettings, outcome) &&
              names_are_right(s->params, s->nparams, outcome) && settings_are_right(s, outcome) &&
              take_rights(l, s, outcome) &&
              (s->trusted || !rights_suspects(s->sql) || look(l, s->sql, s, outcome)) &&
              use(l, s->database, outcome) && remember(l, s, &back, outcome) && set(l, s, outcome);
  for (size_t i = 0; i < s->nexternals && good; i++)
    good = make_external(l, s, &s->externals[i], outcome);
  if (good && !was_stopped(l, outcome)) {
    if (s->from >= 0)
      insert_from(l, s, outcome);
    else
      answer(l, s, outcome);
  }
  if (s->keeps && outcome->error.len)
    clear(l);
  if (s->keeps)
    put_back(l, s, &back, buf_str(&database));
  buf_free(&back);
  buf_free(&database);
}

static void begin(void *conn) {
  Line *l = conn;
  pthread_mutex_lock(&l->lock);
  l->stopped = false;
  pthread_mutex_unlock(&l->lock);
}

static void run(void *conn, const ServeStatement *s, ServeOutcome *outcome) {
  Line *l = conn;
  pthread_mutex_lock(&l->lock);
  l->running = true;
  pthread_mutex_unlock(&l->lock);
  execute(l, s, outcome);
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
      snprintf(sql, sizeof sql, "KILL QUERY WHERE Settings['" RIGHTS_TAG "'] = '%s' ASYNC", l->tag);
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

// The configuration stays open under its number: the engine may read it again.
static bool configure(Embedded *e, Arena *a, const ServeRights *rights, DbError *error) {
  char path[64];
  Str users = rights_config(a, rights->roles, rights->n);
  e->users = system_memory_file("users", users.ptr, users.len);
  snprintf(path, sizeof path, SYSTEM_FD_FOLDER "/%d", e->users);
  Str config =
      str_fmt(a,
              "<clickhouse><users_config>%s</users_config><max_server_memory_usage>%" PRIu64
              "</max_server_memory_usage></clickhouse>",
              path, rights->memory);
  e->config = system_memory_file("config", config.ptr, config.len);
  snprintf(path, sizeof path, SYSTEM_FD_FOLDER "/%d", e->config);
  chdb_configure(str_cstr(a, str_c(path)));
  return (e->users >= 0 && e->config >= 0) ||
         engine_fail(a, error, STR(""), "cannot make a file in memory: %s", strerror(errno));
}

const ServeBackend *serve_embedded_open(Arena *a, const Target *t, const ServeEmbedded *how,
                                        DbError *error) {
  Embedded *e = arena_new(a, Embedded);
  e->target = t;
  e->roles = how->rights.roles;
  if (!configure(e, a, &how->rights, error))
    return NULL;
  if (!how->project_files)
    chdb_keep_to_folder(); // there are more ways to a file than rights.h can know
  e->keeper = ch_embedded_own(t, a, error);
  if (!e->keeper) {
    close(e->users);
    close(e->config);
    return NULL;
  }
  e->reaches_files = how->project_files || !chdb_is_limited();
  if (!chdb_pours()) {
    e->keeper->engine->close(e->keeper);
    engine_fail_hint(a, error, STR("install libchdb: `starc engine install --with npm`"),
                     "%.*s cannot be served from: its engine writes no result into a file",
                     STR_ARG(chdb_file()));
    return NULL;
  }
  e->folder = realpath(str_cstr(a, target_str(t, STR("path"), STR(".starc/warehouse"))), NULL);
  e->backend = (ServeBackend){
      .data = e, .open = open_line, .begin = begin, .run = run, .stop = stop, .close = close_line};
  read_version(e, a);
  return &e->backend;
}

const ServeBackend *serve_embedded_share(Arena *a, const Target *t, const char *folder) {
  if (!chdb_pours())
    return NULL;
  Embedded *e = arena_new(a, Embedded);
  *e = (Embedded){.target = t, .folder = memory_must(strdup(folder)), .users = -1, .config = -1};
  e->backend = (ServeBackend){
      .data = e, .open = open_line, .begin = begin, .run = run, .stop = stop, .close = close_line};
  read_version(e, a);
  return &e->backend;
}

void serve_embedded_close(const ServeBackend *backend) {
  Embedded *e = backend->data;
  if (e->keeper)
    e->keeper->engine->close(e->keeper);
  free(e->folder);
  if (e->users < 0)
    return;
  close(e->users);
  close(e->config);
}
