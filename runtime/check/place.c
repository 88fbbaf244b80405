// See place.h. What an interrupted process leaves: nothing in a database, since the transaction
// ends with the connection; at most a folder below $TMPDIR, which the next check removes.
#include "place.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/context/cache.h"
#include "../../compiler/context/relation.h"
#include "../run/warehouse.h"
#include "aim.h"
#include "folder.h"
#include "guard.h"
#include "kinds.h"
#include "temp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// A statement of the check's own, which may move the transaction; its error is kept as long as the
// run.
static bool send(Conn *c, const char *sql, DbError *error) {
  Arena a = {0};
  DbError e = {.at = -1};
  const StatementGuard *guard = c->guard;
  c->guard = NULL;
  bool good = conn_rows(c, &a, str_c(sql), NULL, &e);
  c->guard = guard;
  if (!good)
    *error = (DbError){.at = -1,
                       .message = sessions_text(c->of, e.message),
                       .hint = sessions_text(c->of, e.hint),
                       .code = sessions_text(c->of, e.code),
                       .unconnected = e.unconnected};
  arena_free(&a);
  return good;
}

// --- an engine inside the process

// A target that may open one folder more.
static Target *with_folder(CheckPlace *p, const Target *t, Str folder) {
  Arena *a = &p->run->arena;
  Target *own = arena_new(a, Target);
  Str *folders = arena_array(a, Str, t->nfolders + 1);
  for (size_t i = 0; i < t->nfolders; i++)
    folders[i] = t->folders[i];
  folders[t->nfolders] = folder;
  *own = *t;
  own->folders = folders;
  own->nfolders++;
  return own;
}

// Which folders the engine may open is settled when it is opened first: with --check of a build
// there comes that of the target afterwards, which has to be there by then.
static Target *with_own_folder(CheckPlace *p, Target *t) {
  Run *r = p->run;
  Str path = target_str(t, STR("path"), STR(""));
  return r->options->check && t->inside && path.len && fs_mkdirs(path, &r->diags)
             ? with_folder(p, t, path)
             : t;
}

// The run's target becomes one inside.
static bool aim_inside(CheckPlace *p) {
  Run *r = p->run;
  Target *t = arena_new(&r->arena, Target);
  *t = *with_own_folder(p, r->project->target);
  target_inside(&r->arena, t, p->folder);
  DbError error = {.at = -1};
  const Engine *engine = engine_for(t, &r->arena, &error);
  if (!engine) {
    diag_error(&r->diags, CODE_CONNECTION_FAILED, (Str){0}, "%.*s", STR_ARG(error.message));
    return run_report(r);
  }
  r->project->target = t;
  r->sessions.engine = engine;
  return true;
}

// --- a transaction

static const char first_step[] = "savepoint starc_check";
static const char next_step[] = "release savepoint starc_check; savepoint starc_check";
static const char undone_step[] = "rollback to savepoint starc_check";

// What is read-only unless somebody asks stays as it is: all is rolled back.
static const char begin_sql[] = "begin read write";
static const char again_sql[] = "rollback; begin read write";

static bool goes_on(void *data, DbError *error) {
  (void)data, (void)error;
  return true;
}

// What was not begun needs no undoing: a node asks for it after each part of its work.
static bool undo(void *data, DbError *error) {
  Conn *c = data;
  c->fresh = c->fresh || send(c, undone_step, error);
  return c->fresh;
}

// Whether a text ended the transaction, also where it began another one: the savepoint is gone.
static bool transaction_ended(CheckPlace *p, const DbError *error) {
  const Session *s = p->conn->session;
  return s && (!p->conn->of->engine->in_transaction(s) || str_is(error->code, "3B001"));
}

// What was done since the last step is undone for this.
static bool ask_ended(CheckPlace *p) {
  DbError error = {.at = -1};
  const Session *s = p->conn->session;
  bool stepped = p->step_sql != first_step && s && p->conn->of->engine->in_transaction(s);
  if (stepped)
    send(p->conn, undone_step, &error);
  return transaction_ended(p, &error);
}

// The check's own schema for one of the project's.
static Str own_schema(CheckPlace *p, Map *known, const Node *n) {
  Arena *a = &p->run->arena;
  Str key = str_fmt(a, "%.*s.%.*s", STR_ARG(n->database), STR_ARG(n->schema));
  Str *own = map_get(known, key);
  if (own)
    return *own;
  own = &p->renamed[p->nrenamed][0];
  *own = str_fmt(a, "%.*s_%zu", STR_ARG(p->prefix), p->nrenamed + 1);
  p->renamed[p->nrenamed++][1] = n->schema;
  map_put(a, known, key, own);
  return *own;
}

// The schemas of nodes are named anew: one of the check's for each of the project's.
static void rename_schemas(CheckPlace *p) {
  Run *r = p->run;
  Arena *a = &r->arena;
  Map known = {0};
  p->renamed = arena_alloc(a, (r->graph->nnodes + 1) * sizeof *p->renamed);
  p->project = arena_array(a, ProjectName, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    Node *n = r->graph->nodes[i];
    if (!n->schema.len)
      continue;
    p->project[n->index] =
        (ProjectName){n->schema, n->kind == NODE_SOURCE ? n->info->identifier : n->alias};
    n->schema = p->temp.len ? p->temp : own_schema(p, &known, n);
    n->database = r->project->target->database;
  }
  if (p->temp.len) {
    p->test_schema = p->temp;
    temp_names(p);
  }
}

static Str replaced(Arena *a, Str text, Str what, Str by) {
  Buf out = {.arena = a};
  size_t from = 0;
  for (ptrdiff_t at; (at = str_find(text, what, from)) >= 0; from = (size_t)at + what.len) {
    buf_add(&out, str_sub(text, from, (size_t)at));
    buf_add(&out, by);
  }
  buf_add(&out, str_sub(text, from, text.len));
  return buf_str(&out);
}

Str place_names(const CheckPlace *p, Arena *a, Str text) {
  text = p->temp.len ? temp_project_names(p, a, text) : str_dup(a, text);
  for (size_t i = p->nrenamed; i--;) // the longer of two that begin alike comes first
    text = replaced(a, text, p->renamed[i][0], p->renamed[i][1]);
  return text;
}

static bool begin(CheckPlace *p, const char *sql) {
  DbError error = {.at = -1};
  p->conn->db.begin = p->conn->db.commit = goes_on;
  p->conn->db.rollback = undo;
  p->step_sql = first_step;
  if (send(p->conn, sql, &error))
    return p->began = true;
  warehouse_diag(&p->run->diags, &error);
  return run_report(p->run);
}

// --- both

bool place_init(CheckPlace *p, Run *r) {
  char id[37];
  hash_uuid4(id); // two hosts may have the same process ids
  *p = (CheckPlace){.run = r, .prefix = str_fmt(&r->arena, "starc_check_%.8s", id)};
  p->test_schema = p->prefix;
  p->aim = aim_target(r);
  if (!p->aim)
    return false;
  Target unused = *r->project->target;
  if (!target_inside(&r->arena, &unused, STR("")))
    return true;
  p->folder = folder_make(r, &p->lock);
  if (!p->folder.len)
    return false;
  r->project->target = with_folder(p, r->project->target, p->folder);
  return true;
}

bool place_open(CheckPlace *p) {
  Run *r = p->run;
  bool inside = p->folder.len;
  if (inside && !aim_inside(p))
    return false;
  if (!inside)
    r->project->target = p->aim;
  r->options->locks = false; // nothing that anybody else can see is written
  r->shared.cache = relation_cache_new();
  p->conn = warehouse_connect(r, "main");
  if (!p->conn)
    return false;
  if (!inside && (!begin(p, begin_sql) || !temp_ask(p)))
    return false;
  if (!inside)
    rename_schemas(p);
  kinds_put(p);
  r->shared.files_as_tables = true; // whose columns are known by now: no file is opened here
  return guard_put(p);
}

// What nothing reads is made a view in a schema of its own.
static bool make_test_schema(CheckPlace *p, const Node *const *nodes, size_t n) {
  Run *r = p->run;
  size_t i = 0;
  while (i < n && !kind_is_unread(nodes[i]))
    i++;
  if (i == n)
    return true;
  Context *c = arena_new(&r->arena, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, &r->arena, NULL, NULL, &p->conn->db);
  Value relation = relation_of_node(&r->arena, &r->shared, nodes[i]), out;
  Args args = {&relation, 1, NULL, 0};
  if (context_call(c, STR("starc_check_schema"), &args, &out, &r->diags))
    return true;
  warehouse_report(r, c);
  return false;
}

bool place_schemas(CheckPlace *p, const Node *const *nodes, size_t n) {
  return warehouse_schemas(p->run, p->conn, nodes, n) && make_test_schema(p, nodes, n);
}

// A savepoint that is not given back stays in memory, and slows those that come after it.
static bool step(CheckPlace *p, DbError *error) {
  *error = (DbError){.at = -1};
  if (p->folder.len || p->held)
    return true;
  p->conn->fresh = send(p->conn, p->step_sql, error);
  p->step_sql = next_step;
  return p->conn->fresh;
}

bool place_hold(CheckPlace *p) {
  p->held = place_next(p);
  p->conn->db.rollback = goes_on;
  return p->held;
}

void place_let_go(CheckPlace *p) {
  p->held = false;
  p->conn->db.rollback = undo;
  place_asked(p);
}

void place_asked(CheckPlace *p) { p->step_sql = undone_step; }

// Once: who asks next fails too.
static void report_lost(CheckPlace *p, const DbError *error) {
  if (p->lost)
    return;
  p->lost = true;
  if (transaction_ended(p, error) && !p->run->signal)
    diag_error(&p->run->diags, CODE_DATABASE_ERROR, (Str){0},
               "the transaction of the check ended before the check did: a text of the project "
               "commits or rolls back, or the connection was lost");
  else if (!p->run->signal)
    warehouse_diag(&p->run->diags, error);
  run_report(p->run);
}

bool place_renew(CheckPlace *p, const Node *const *nodes, size_t n) {
  relation_cache_free(p->run->shared.cache);
  p->run->shared.cache = relation_cache_new();
  if (p->folder.len)
    return place_schemas(p, nodes, n);
  if (ask_ended(p)) {
    report_lost(p, &(DbError){.at = -1, .code = STR("3B001")});
    return false;
  }
  return begin(p, again_sql) && (!p->temp.len || temp_ask(p)) && guard_put(p) &&
         place_schemas(p, nodes, n);
}

bool place_next(CheckPlace *p) {
  DbError error;
  if (step(p, &error))
    return true;
  report_lost(p, &error);
  return false;
}

bool place_rows(CheckPlace *p, Arena *a, Str sql, const RowSink *sink, DbError *error) {
  DbError ignored;
  if (!step(p, error))
    return false;
  bool good = conn_rows(p->conn, a, sql, sink, error);
  return good || (!p->folder.len && undo(p->conn, &ignored) && false);
}

bool place_call(CheckPlace *p, Arena *a, Str macro, const Args *args, Value *out, Diags *diags) {
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &p->run->shared, a, NULL, NULL, &p->conn->db);
  bool good = place_next(p) && context_call(c, macro, args, out, diags);
  context_settle(c, p->conn, good);
  return good;
}

// The transaction ended before the check did (a text that commits): what was made outside of it
// stays, unless it is dropped. Another one may be open, and writing may have to be asked for.
static void drop_schemas(CheckPlace *p) {
  DbError error = {.at = -1};
  if (p->conn->of->engine->in_transaction(p->conn->session))
    send(p->conn, "rollback", &error);
  send(p->conn, "set default_transaction_read_only = off", &error);
  for (size_t i = 0; i <= p->nrenamed; i++) {
    Str schema = i < p->nrenamed ? p->renamed[i][0] : p->test_schema;
    Str sql = str_fmt(&p->run->arena, "drop schema if exists %.*s cascade", STR_ARG(schema));
    send(p->conn, str_cstr(&p->run->arena, sql), &error);
  }
}

void place_close(CheckPlace *p) {
  if (p->began && ask_ended(p) && p->conn->session && !p->temp.len)
    drop_schemas(p);
  if (p->conn)
    conn_close(p->conn); // a transaction ends with it
  if (p->folder.len)
    folder_leave(p->run, p->folder, p->lock, p->run->options->check_again);
}
