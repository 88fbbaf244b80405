// In: a node of a load. Out: sessions of its source, its columns, its cursor. See source.h.
#include "files.h"
#include "local_files.h"
#include "source_parts.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/dialect/load_source.h"
#include "../../compiler/graph/load_node.h"
#include "../../compiler/project/globals.h"

#include <stdlib.h>

// --- errors

bool load_wrong(LoadSource *s, DbError *error, const char *key, Str column, Str hint,
                const char *fmt, ...) {
  const Yaml *y = load_place(s->node, str_c(key), column);
  va_list ap;
  va_start(ap, fmt);
  *error = (DbError){.message = str_vfmt(&s->arena, fmt, ap), .hint = hint, .at = -1};
  va_end(ap);
  error->brief = error->message;
  error->in_config = true;
  error->of_source = true;
  error->src = y->src;
  error->span = y->span;
  return false;
}

bool load_put_at(LoadSource *s, DbError *error, const char *key, Str column) {
  const Yaml *y = load_place(s->node, str_c(key), column);
  error->src = y->src;
  error->span = y->span;
  return false;
}

// A hint that is meant for the target, said of the source.
static Str about_source(LoadSource *s, Str hint, const char *target, const char *source) {
  ptrdiff_t at = str_find(hint, str_c(target), 0);
  if (at < 0)
    return hint;
  return str_fmt(&s->arena, "%.*s%s%.*s", (int)at, hint.ptr, source,
                 STR_ARG(str_sub(hint, (size_t)at + strlen(target), hint.len)));
}

// An error of the source is about the table, where it has no better place.
static bool of_source(LoadSource *s, DbError *error) {
  error->at = -1;
  error->of_source = true;
  if (error->src)
    return false;
  error->hint = about_source(s, error->hint, "profiles.yml", "`from:`");
  error->hint = about_source(s, error->hint, "user of the target", "user of the source");
  if (s->is_files)
    load_files_failed(s, error);
  const Yaml *y =
      error->unconnected ? s->node->load->from->value : load_place(s->node, STR("query"), (Str){0});
  error->src = y->src;
  error->span = error->unconnected ? s->node->load->from->key->span : y->span;
  error->message = str_fmt(&s->arena, "the source of '%.*s': %.*s", STR_ARG(s->node->name),
                           STR_ARG(error->message));
  if (error->brief.len)
    error->brief = str_fmt(&s->arena, "the source of '%.*s': %.*s", STR_ARG(s->node->name),
                           STR_ARG(error->brief));
  return false;
}

void load_source_failed(LoadSource *s, DbError *error) { of_source(s, error); }

// --- asking

static bool take_columns(void *data, const DbColumn *columns, size_t n) {
  LoadRows *r = data;
  r->width = n;
  for (size_t i = 0; i < n; i++)
    vec_push(r->a, &r->columns,
             ((DbColumn){str_dup(r->a, columns[i].name), str_dup(r->a, columns[i].type)}));
  return true;
}

static bool take_row(void *data, const Cell *cells, size_t n) {
  LoadRows *r = data;
  for (size_t i = 0; i < n; i++)
    vec_push(r->a, &r->cells, cells[i].is_null ? (Str){0} : str_dup(r->a, cells[i].text));
  return true;
}

static bool ask_in(LoadSource *s, Session *session, Str sql, LoadRows *rows, DbError *error) {
  StmtResult result;
  *rows = (LoadRows){.a = &s->arena};
  RowSink sink = {.data = rows, .columns = take_columns, .row = take_row};
  *error = (DbError){.at = -1};
  if (s->stop && atomic_load(s->stop)) {
    *error =
        (DbError){.message = STR("stopped before it was read"), .code = STR("CANCELLED"), .at = -1};
    return of_source(s, error);
  }
  return s->engine->exec(session, &s->arena, &(Stmt){.sql = sql}, &sink, &result, error) ||
         of_source(s, error);
}

bool load_ask(LoadSource *s, Str sql, LoadRows *rows, DbError *error) {
  return ask_in(s, s->sessions[0], sql, rows, error);
}

// --- sessions

Str load_schema(const LoadSource *s) {
  Str schema = s->target->schema;
  return schema.len ? schema : str_c(s->rules->default_schema ? s->rules->default_schema : "");
}

// What locks the table together with the beginning of the transaction; empty: it cannot be locked.
// A table that is rewritten between the moment and its first read, ALTER and TRUNCATE do that, is
// empty then.
static bool lock_of(LoadSource *s, Str *lock, DbError *error) {
  LoadRows rows;
  Str table = s->node->load->table;
  *lock = (Str){0};
  if (!s->rules->lock || load_text(s->node, "query").len)
    return true;
  if (!load_ask(s, s->rules->lockable(&s->arena, load_schema(s), table), &rows, error))
    return false;
  s->locked = rows.cells.n;
  if (s->locked)
    *lock = s->rules->lock(&s->arena, load_schema(s), table);
  return true;
}

static void set_session(LoadSource *s, size_t i, Session *session) {
  pthread_mutex_lock(&s->lock);
  Session *had = s->sessions[i];
  s->sessions[i] = session;
  pthread_mutex_unlock(&s->lock);
  if (had)
    s->engine->close(had);
}

// The transaction, its moment, and how values are written.
static bool begin_in(LoadSource *s, size_t i, DbError *error) {
  Session *opened = s->sessions[i];
  LoadRows rows;
  const char *told = s->target->dialect->load_rules->session;
  Str begin = s->rules->begin(&s->arena, i ? s->snapshot : (Str){0}), lock = {0};
  if (!i && !lock_of(s, &lock, error))
    return false;
  if (lock.len)
    begin = str_fmt(&s->arena, "%.*s; %.*s", STR_ARG(begin), STR_ARG(lock));
  return (!begin.len || ask_in(s, opened, begin, &rows, error)) &&
         (!told || !*told || ask_in(s, opened, str_c(told), &rows, error)) &&
         (!s->is_files || ask_in(s, opened, str_c(s->rules->files_session), &rows, error));
}

Session *load_source_session(LoadSource *s, size_t i, DbError *error) {
  if (s->sessions[i])
    return s->sessions[i];
  Session *opened = s->engine->open(s->target, s->stop, &s->arena, error);
  if (!opened) {
    error->unconnected = true;
    of_source(s, error);
    return NULL;
  }
  opened->once = true;
  set_session(s, i, opened);
  if (begin_in(s, i, error))
    return opened;
  set_session(s, i, NULL); // nobody reads in one that did not begin
  return NULL;
}

static bool share_moment(LoadSource *s, DbError *error) {
  LoadRows rows;
  if (!s->rules->share)
    return true;
  if (!load_ask(s, str_c(s->rules->share), &rows, error))
    return false;
  s->snapshot = rows.cells.n ? rows.cells.items[0] : (Str){0};
  return true;
}

void load_source_cancel(LoadSource *s) {
  pthread_mutex_lock(&s->lock);
  for (size_t i = 0; i < LOAD_READERS; i++)
    if (s->sessions[i])
      s->engine->cancel(s->sessions[i]);
  pthread_mutex_unlock(&s->lock);
}

void load_source_close(LoadSource *s) {
  for (size_t i = 0; i < LOAD_READERS; i++)
    set_session(s, i, NULL);
  pthread_mutex_destroy(&s->lock);
  arena_free(&s->arena);
  free(s);
}

const Engine *load_source_engine(const LoadSource *s) { return s->engine; }

bool load_source_same(LoadSource *s, DbError *error) { return load_local_same(s, error); }

// --- opening

static bool connect(LoadSource *s, const LoadAsk *asked, DbError *error) {
  Globals g;
  globals_init(&s->arena, &g, s->shared->project);
  g.package = s->node->package;
  const YamlEntry *from = s->node->load->from;
  const Yaml *kind = yaml_get(from->value, STR("type"));
  if (kind && str_is(kind->text, "files"))
    load_files_aim(s, &g, asked->diags);
  else
    s->target = profile_source(&s->arena, &g, s->shared->project->root, from, asked->diags);
  if (!s->target)
    return false;

  s->engine = engine_for(s->target, &s->arena, error);
  s->rules = s->target->dialect->source;
  if (!s->engine)
    return of_source(s, error);
  if (!s->rules || !s->shared->dialect->load_rules) {
    *error = (DbError){
        .message = str_fmt(&s->arena, "no load can be done from %s", s->target->dialect->title),
        .at = -1};
    error->src = kind ? kind->src : from->key->src;
    error->span = kind ? kind->span : from->key->span;
    return false;
  }
  return load_source_session(s, 0, error) && share_moment(s, error);
}

// *moved: what is read was written anew between the moment and when it was locked, by its first
// read at the latest.
static bool has_moved(LoadSource *s, bool *moved, DbError *error) {
  LoadRows rows;
  *moved = false;
  if (s->locked || !s->rules->moved)
    return true;
  Str read = str_fmt(&s->arena, "select 1 from %.*s limit 0", STR_ARG(s->base));
  if (!load_ask(s, read, &rows, error) || !load_ask(s, str_c(s->rules->moved), &rows, error))
    return false;
  *moved = rows.cells.n;
  return true;
}

static bool open_once(const ContextShared *shared, const LoadAsk *asked, const atomic_bool *stop,
                      LoadOwner owner, Arena *a, LoadPlan *plan, bool *moved, DbError *error) {
  LoadSource *s = memory_must(calloc(1, sizeof *s));
  s->shared = shared;
  s->node = asked->node;
  s->stop = stop;
  s->empty = asked->empty;
  pthread_mutex_init(&s->lock, NULL);
  owner.has(owner.data, s);
  *plan = (LoadPlan){.estimate = -1};
  *error = (DbError){.at = -1};
  if (connect(s, asked, error) && load_plan_fill(s, asked, plan, error) &&
      has_moved(s, moved, error) && !*moved)
    return true;
  if (*moved)
    load_wrong(s, error, "query", (Str){0}, STR("run it again when nobody changes them any more"),
               "the tables that '%.*s' reads are written anew again and again",
               STR_ARG(s->node->name));
  arena_adopt(a, &s->arena); // findings are about texts in it
  return false;
}

bool load_source_open(const ContextShared *shared, const LoadAsk *asked, const atomic_bool *stop,
                      LoadOwner owner, Arena *a, LoadPlan *plan, DbError *error) {
  enum { TIMES = 5 };
  bool good = false, moved = true;
  for (int i = 0; i < TIMES && moved; i++) {
    moved = false;
    good = open_once(shared, asked, stop, owner, a, plan, &moved, error);
  }
  return good;
}
