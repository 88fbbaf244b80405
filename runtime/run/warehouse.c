// Before the first node: the connection and the schemas. In: what a command is about to build. Out:
// a connection that is open, or one finding that says what is the matter with the warehouse and
// what to do; never one for each node or thread.
#include "warehouse.h"
#include "node_lock.h"
#include "worker.h"

#include "../../compiler/base/clock.h"
#include "../../compiler/context/ask.h"
#include "../../compiler/context/cache.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/graph/config_place.h"

// --- findings

bool is_warehouse_error(const DbError *e) { return e->unconnected || e->busy; }

Diag *warehouse_diag(Diags *d, const DbError *e) {
  Str text = e->brief.len ? e->brief : e->message;
  Code code = db_error_code(e);
  Diag *f = e->src ? diag_at(d, SEV_ERROR, code, e->src, e->span, "%.*s", STR_ARG(text))
                   : diag_error(d, code, STR(""), "%.*s", STR_ARG(text));
  if (e->hint.len)
    diag_hint(d, f, "%.*s", STR_ARG(e->hint));
  return f;
}

bool warehouse_tell(Run *r, const Diag *d, const Node *n) {
  bool told = diag_same_trouble(&r->told, d);
  if (diag_is_trouble(d))
    r->told = (Diag){.code = d->code, .hint = result_text(r, d->hint)};
  if (!told && n) // its result holds it
    run_tell_finding(r, EV_RunResultError, d, n);
  else if (!told)
    run_finding(r, d, NULL);
  return !told;
}

void warehouse_report(Run *r, const Context *c) {
  const DbError *e = context_db_error(c);
  if (e && is_warehouse_error(e)) {
    Diags own = {0};
    diags_init(&own);
    r->errors += warehouse_tell(r, warehouse_diag(&own, e), NULL);
    diags_free(&own);
    diags_free(&r->diags);
    diags_init(&r->diags);
  }
  run_report(r);
}

// A finding about a failed statement that belongs to no node. False.
static bool report_error(Run *r, const DbError *e, const Source *src, Span span) {
  DbError placed = *e;
  Diags own = {0};
  if (!is_warehouse_error(e) && src) {
    placed.src = src;
    placed.span = span;
  }
  diags_init(&own);
  r->errors += warehouse_tell(r, warehouse_diag(&own, &placed), NULL);
  diags_free(&own);
  diags_free(&r->diags); // the statement is starc's own: its place in a macro helps nobody
  diags_init(&r->diags);
  return false;
}

// --- the connection

// Where profiles.yml says the schema of the target. False: it does not.
static bool schema_of_profile(const Target *t, const Source **src, Span *span) {
  const YamlEntry *e = t->yaml ? yaml_entry(t->yaml, STR("schema")) : NULL;
  if (!e)
    return false;
  *src = e->value->src;
  *span = e->value->span.len ? e->value->span : e->key->span;
  return true;
}

bool warehouse_open(Conn *c, Arena *a, DbError *error) {
  const Target *t = sessions_target(c->of);
  if (str_trim(t->schema).len)
    return conn_open(c, a, error);
  *error =
      (DbError){.at = -1,
                .unconnected = true,
                .message = str_fmt(a, "the schema of the target '%.*s' is empty", STR_ARG(t->name)),
                .hint = STR("name a schema here; a variable that it is taken from may not be "
                            "set")};
  if (!schema_of_profile(t, &error->src, &error->span))
    error->src = NULL;
  return false;
}

// A database that one process at a time can have: --wait is for it too.
static bool wait_until_free(Run *r, Conn *c, DbError *error) {
  const double pause_s = 0.2;
  int64_t until = clock_us() + (int64_t)(r->wait_s * 1e6);
  if (r->wait_s > 0 && !run_stopped(r))
    run_tell(r, (Event){.kind = EV_LockWaiting, .level = LEVEL_WARN}, "waits: %.*s",
             STR_ARG(error->message));
  while (error->taken && clock_us() < until && !run_stopped(r)) {
    run_nap(r, pause_s);
    *error = (DbError){.at = -1};
    if (warehouse_open(c, &r->arena, error))
      return true;
  }
  return false;
}

Conn *warehouse_connect(Run *r, const char *name) {
  DbError error = {.at = -1};
  Conn *c = conn_take(&r->sessions, name);
  if (warehouse_open(c, &r->arena, &error) || (error.taken && wait_until_free(r, c, &error)))
    return c;
  if (!r->signal)
    report_error(r, &error, NULL, (Span){0});
  return NULL;
}

bool warehouse_worker(Worker *w) {
  Run *r = w->run;
  DbError error = {.at = -1};
  Arena a = {0};
  bool good = conn_open(worker_conn(w), &a, &error) || run_stopped(r) || !w->number;
  pthread_mutex_lock(&r->lock);
  bool tell = !good && !r->told_fewer;
  r->told_fewer |= tell;
  pthread_mutex_unlock(&r->lock);
  if (tell)
    run_say(r, EV_FewerThreads, NULL,
            "the run goes on with fewer threads, as the database takes no more connections: %.*s",
            STR_ARG(error.message));
  arena_free(&a);
  return good;
}

// --- schemas

static bool has_schema(const Run *r, const Node *n) {
  Value store = node_config(n, STR("store_failures"));
  bool stores = n->kind == NODE_TEST && (val_truth(store) || r->options->store_failures);
  return node_is_refable(n) || n->kind == NODE_FUNCTION || n->kind == NODE_LOAD || stores;
}

// A function of ClickHouse has a name without a schema; its node has one.
static Value schema_relation(Run *r, const Node *n) {
  Relation rel = {
      .database = n->database, .schema = n->schema, .quote_database = true, .quote_schema = true};
  return n->kind == NODE_FUNCTION ? relation_value(&r->arena, &r->shared, &rel, STR(""))
                                  : relation_of_node(&r->arena, &r->shared, n);
}

// The first node of each schema that is built in.
static const Node **schemas_of(Run *r, const Node *const *nodes, size_t n, size_t *found) {
  const Node **first = arena_array(&r->arena, const Node *, n + 1);
  *found = 0;
  for (size_t i = 0; i < n; i++) {
    size_t k = 0;
    while (k < *found && !(str_eq(first[k]->database, nodes[i]->database) &&
                           str_eq(first[k]->schema, nodes[i]->schema)))
      k++;
    if (k == *found && has_schema(r, nodes[i]))
      first[(*found)++] = nodes[i];
  }
  return first;
}

// A schema that cannot be made is shown where it is named: in the config of a node, else in the
// profile.
static bool schema_failed(Run *r, const Context *c, const Node *n) {
  const Target *t = r->project->target;
  const Source *src = NULL;
  Span span = {0};
  const Package *root = r->project->packages[0];
  bool other = !str_eq(n->database, t->database);
  bool placed = (other && node_config_place(n, root, STR("database"), &src, &span)) ||
                node_config_place(n, root, STR("schema"), &src, &span) ||
                schema_of_profile(t, &src, &span);
  const DbError *e = context_db_error(c);
  if (e)
    return report_error(r, e, placed ? src : NULL, span);
  Diag *d = r->diags.first;
  if (d && d->inside && !d->source && placed) {
    d->source = src;
    d->span = span;
  }
  return run_report(r) && false;
}

// Two that make a schema at the same moment: one of them fails, also with `if not exists`.
static bool made_by_another(const Context *c) {
  const DbError *e = context_db_error(c);
  return e && e->raced;
}

// Makes starc_schema, unless its database lists it; without quotes it is the same in any case.
// starc_known: the schemas of each database that were listed.
static const char make_one[] =
    "{%- set of = starc_schema.include(schema=false, identifier=false) | string -%}"
    "{%- if of not in starc_known -%}"
    "{%- do starc_known.update({of: adapter.starc_list_schemas(of)}) -%}"
    "{%- endif -%}"
    "{%- set name = starc_schema.schema -%}"
    "{%- if name not in starc_known[of] and (starc_schema.quote_policy.schema or "
    "name | lower not in starc_known[of] | map('lower')) -%}"
    "{%- do adapter.create_schema(starc_schema) -%}{%- endif -%}";

static bool try_schema(Run *r, Context *c, Conn *conn, Value known, const Node *n) {
  Value out;
  context_init(c, CONTEXT_OPERATION, &r->shared, &r->arena, NULL, NULL, &conn->db);
  if (!str_trim(n->schema).len) {
    DbError e = {.at = -1,
                 .message = str_fmt(&r->arena, "the schema of '%.*s' is empty", STR_ARG(n->name)),
                 .hint = STR("name a schema")};
    context_note_failure(c, &e, (Str){0});
    return false;
  }
  context_set(c, STR("starc_schema"), schema_relation(r, n));
  context_set(c, STR("starc_known"), known);
  return context_eval(c, str_c(make_one), &out, &r->diags);
}

static bool make_schema(Run *r, Context *c, Conn *conn, Value *known, const Node *n) {
  enum { TRIES = 5 };
  for (int i = 1; !try_schema(r, c, conn, *known, n); i++) {
    if (i == TRIES || !made_by_another(c))
      return false;
    context_settle(c, conn, false);
    *known = val_dict(&r->arena); // listed anew
    diags_free(&r->diags);
    diags_init(&r->diags);
  }
  return true;
}

// Lists what is in each schema.
static bool fill_cache(Run *r, Context *c, const Node *const *first, size_t n) {
  Value schemas = val_list(&r->arena, n), out;
  for (size_t i = 0; i < n; i++)
    list_push(&r->arena, schemas.list, schema_relation(r, first[i]));
  context_set(c, STR("starc_schemas"), schemas);
  return !r->options->populate_cache ||
         context_eval(c,
                      STR("{%- for s in starc_schemas -%}"
                          "{%- do adapter.list_relations(s.database, s.schema) -%}{%- endfor -%}"),
                      &out, &r->diags);
}

bool warehouse_schemas(Run *r, Conn *conn, const Node *const *nodes, size_t n) {
  Context *c = arena_new(&r->arena, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, &r->arena, NULL, NULL, &conn->db);
  size_t found;
  const Node **first = schemas_of(r, nodes, n, &found), *failed = NULL;
  Value known = val_dict(&r->arena);
  bool looks = r->options->dry_run && command_is(r->options, CMD_LOAD);
  for (size_t i = 0; i < found && !failed && !looks; i++) {
    failed = make_schema(r, c, conn, &known, first[i]) ? NULL : first[i];
    context_settle(c, conn, !failed);
  }
  bool good = !failed && fill_cache(r, c, first, found);
  context_settle(c, conn, good);
  if (good)
    return true;
  if (failed)
    schema_failed(r, c, failed);
  else if (context_db_error(c))
    report_error(r, context_db_error(c), NULL, (Span){0});
  else
    run_report(r);
  return false;
}

Conn *warehouse_prepare(Run *r, const Node *const *nodes, size_t n) {
  r->shared.cache = relation_cache_new();
  Conn *conn = warehouse_connect(r, "main");
  return conn && warehouse_schemas(r, conn, nodes, n) ? conn : NULL;
}
