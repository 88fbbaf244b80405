// One node: its text is compiled, then its materialization (or the test one) is called as a
// template with a database. In: a node and a worker's connection. Out: a RunResult.
#include "node_run.h"
#include "errors.h"
#include "node_events.h"
#include "node_lock.h"
#include "table.h"
#include "unit_test.h"
#include "verdict.h"
#include "warn.h"
#include "worker.h"

#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/context/results.h"
#include "../../compiler/context/unit_test.h"
#include "../../compiler/dialect/sql_look.h"
#include "../../compiler/graph/batch.h"
#include "../../compiler/graph/config_place.h"

// --- small helpers

void write_compiled(Run *r, RunResult *res) {
  Arena a = {0};
  Diags diags = {0};
  diags_init(&diags);
  Str path = run_path(&a, r, "compiled", res->node);
  if (fs_write_quick(path, secret_mask(&a, res->compiled_code), &diags))
    res->compiled_path = result_text(r, run_shown(&a, r, path));
  else
    run_say(r, EV_ArtifactWriteFailed, NULL, "%.*s: %.*s", STR_ARG(run_shown(&a, r, path)),
            STR_ARG(diags.first->message));
  diags_free(&diags);
  arena_free(&a);
}

static void phase(Worker *w, const Node *n, NodePhase p) {
  if (n->more->points_to) // a step of its model's own
    return;
  run_step(w->run, &(NodeStep){.phase = p, .node = n, .thread = w->thread});
}

// --- batches

// The batch of a table that is there adds to it, also when the table was made a moment ago.
static void batch_names(Context *c, bool adds) {
  if (!adds)
    return;
  context_set(c, STR("is_incremental"), val_answer(c->arena, "is_incremental", val_bool(true)));
  context_set(c, STR("should_full_refresh"),
              val_answer(c->arena, "should_full_refresh", val_bool(false)));
}

// --- compiling

// What is rendered for a node: a unit test renders its model's text.
static const Node *rendered(const Node *n) { return n->unit ? n->unit->runner : n; }

// False: its inputs are not there, which is told.
static bool can_run(const UnitTest *u, Diags *diags) {
  for (const Diag *f = u->trouble; f; f = f->next)
    diag_add(diags, f, SEV_ERROR);
  return !u->trouble;
}

static bool compile(Worker *w, RunResult *res, Context *c, Compiled *out, Diags *diags) {
  const Node *n = rendered(res->node);
  res->compile_start_us = clock_us();
  context_init(c, CONTEXT_MODEL, &w->run->shared, &w->arena, n, n->package, &w->conn->db);
  c->asks_nothing = !w->run->options->introspect;
  c->watch = w->watch;
  c->thread = w->thread;
  c->called = arena_new(&w->arena, Capture);
  *c->called = (Capture){.arena = &w->arena};
  c->called_at = 1;
  batch_names(c, n->more->batch && n->more->batch->adds_in_text);
  if (n->unit)
    context_unit_test(c, n->unit);
  bool good = (!n->unit || can_run(n->unit, diags)) && compile_node(c, w->run->graph, out, diags);
  // What the text of a model wrote in a transaction (`call statement`) stays once it is built, as
  // with dbt.
  bool builds = w->action == ACTION_BUILD && n->kind != NODE_TEST && !res->node->unit;
  w->wrote = context_in_transaction(c);
  context_settle(c, w->conn, good && builds);
  res->compile_end_us = clock_us();
  if (!good)
    return false;
  res->compiled = true;
  res->compiled_code = result_text(w->run, out->code);
  res->extra_ctes = result_value(w->run, out->extra_ctes);
  res->keys_to = result_value(w->run, out->keys_to);
  if (n->kind != NODE_SEED && n->kind != NODE_LOAD &&
      w->action != ACTION_CHECK) // whose names are its own
    write_compiled(w->run, res);
  return true;
}

// The macros that the node's text and its test materialization called, beyond those of the node.
static void keep_macros(Run *r, RunResult *res, const Context *const contexts[2]) {
  const Node *n = res->node;
  Str *ids = NULL;
  size_t nids = 0, most = 0;
  for (size_t k = 0; k < 2; k++)
    most += contexts[k]->called ? contexts[k]->called->nmacro_ids : 0;
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; contexts[k]->called && i < contexts[k]->called->nmacro_ids; i++) {
      Str id = contexts[k]->called->macro_ids[i]; // the registry's, which stays
      bool seen = false;
      for (size_t j = 0; j < n->nmacro_ids && !seen; j++)
        seen = str_eq(n->macro_ids[j], id);
      for (size_t j = 0; j < nids && !seen; j++)
        seen = str_eq(ids[j], id);
      if (seen)
        continue;
      if (!ids) {
        pthread_mutex_lock(&r->lock);
        ids = arena_array(&r->results_arena, Str, most);
        pthread_mutex_unlock(&r->lock);
      }
      ids[nids++] = id;
    }
  res->macro_ids = ids;
  res->nmacro_ids = nids;
}

// --- running

static void keep_response(Run *r, RunResult *res, const Context *c) {
  if (c->loaded.kind == VAL_DICT)
    res->loaded = result_value(r, c->loaded);
  Value response = context_result(c, STR("main"), NULL);
  if (response.kind != VAL_DICT)
    return;
  // What the database did not tell is left out, as dbt's adapters do.
  Arena a = {0};
  Value kept = val_dict(&a);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(response.dict, &at));)
    if (e->value.kind != VAL_NONE && e->value.kind != VAL_UNDEF)
      dict_set(&a, kept.dict, e->key, e->value);
  res->adapter_response = result_value(r, kept);
  Value *rows = dict_gets(kept.dict, STR("rows_affected"));
  if (rows && rows->kind == VAL_INT)
    res->rows = rows->i;
  Value *message = dict_gets(kept.dict, STR("_message"));
  if (message)
    res->message = result_text(r, val_to_str(&a, *message));
  arena_free(&a);
}

static bool no_materialization(Run *r, const Node *n, Str name, Diags *diags) {
  size_t nnames;
  Arena *a = &diags->arena;
  Str *names = macros_materialization_names(a, r->loaded.macros, &nnames);
  const Source *src = n->source;
  Span span = {0};
  node_config_place(n, r->project->packages[0], STR("materialized"), &src, &span);
  if (!name.len) {
    Diag *empty = diag_at(diags, SEV_ERROR, CODE_UNKNOWN_MATERIALIZATION, src, span,
                          "the materialization is undefined or empty");
    diag_hint(diags, empty, "text stands in quotes: materialized='table'");
    return false;
  }
  Diag *d = diag_at(diags, SEV_ERROR, CODE_UNKNOWN_MATERIALIZATION, src, span,
                    "no materialization is named '%.*s' for %s", STR_ARG(name), r->dialect->type);
  diag_nearest(diags, d, name, names, nnames);
  return false;
}

// A materialization makes what its languages name: those of a model in Python are few.
static bool speaks(const MacroEntry *m, const Node *n, Str name, Diags *diags) {
  const List *known = val_is_seq(m->supported_languages) ? m->supported_languages.list : NULL;
  for (size_t i = 0; known && i < known->n; i++)
    if (val_is_str(known->items[i], n->language))
      return true;
  if (!known || !n->language.len)
    return true;
  Diag *d = diag_at(diags, SEV_ERROR, CODE_UNKNOWN_MATERIALIZATION, n->source, (Span){0, 0},
                    "the materialization '%.*s' does not make models in %.*s", STR_ARG(name),
                    STR_ARG(n->language));
  diag_hint(diags, d,
            "write the model in SQL, or a materialization of your own with "
            "supported_languages=['sql', '%.*s']",
            STR_ARG(n->language));
  return false;
}

// No check asks what a text in another language than SQL makes. False: told.
static bool can_be_checked(const Run *r, const Node *n, Diags *diags) {
  Str own = node_materialized(n);
  const MacroEntry *m = macros_materialization(r->loaded.macros, own, str_c(r->dialect->type));
  if (n->kind == NODE_TEST || !n->language.len || str_is(n->language, "sql"))
    return true;
  if (!m || speaks(m, n, own, diags))
    diag_at(diags, SEV_ERROR, CODE_NOT_CHECKED, n->source, (Span){0, 0},
            "'%.*s' is not checked: it is written in %.*s", STR_ARG(n->name), STR_ARG(n->language));
  return false;
}

// Tells the cache of the relations that a materialization made.
static void remember_relations(Context *c, Value made) {
  Value relations = val_get(made, STR("relations"));
  if (!val_is_seq(relations) || !relations.list->n)
    return;
  Diags ignored = {0};
  diags_init(&ignored);
  Value out;
  Args one = {.pos = &relations, .npos = 1};
  context_call(c, STR("starc_remember"), &one, &out, &ignored);
  diags_free(&ignored);
}

// Whether it gave {'relations': [..]}; what is there after it is known by that.
static bool gave_relations(const MacroEntry *by, const Node *n, Value made, Diags *diags) {
  Value relations = val_get(made, STR("relations"));
  bool all = val_is(relations, VAL_LIST);
  Relation r;
  Str type;
  for (size_t i = 0; all && i < relations.list->n; i++)
    all = relation_from_value(relations.list->items[i], &r, &type);
  if (all || n->kind == NODE_FUNCTION)
    return true;
  const Macro *m = by->macro;
  Diag *f =
      diag_at(diags, SEV_ERROR, CODE_MATERIALIZATION_RESULT, m->source, m->head,
              "the materialization of '%.*s' did not return a list of relations", STR_ARG(n->name));
  diag_hint(diags, f, "end it with {{ return({'relations': [target_relation]}) }}");
  return false;
}

bool node_statement(const Run *r, const Node *n, const Compiled *code, Str *out, Diags *diags) {
  SqlShape s = sql_shape(r->dialect->sql, code->code);
  const SourceSpan *span = s.second < 0 ? NULL : source_map_find(&code->map, (size_t)s.second);
  span = span && span->src ? span : NULL;
  Diag *d;
  if (s.empty) {
    d = diag_at(diags, SEV_ERROR, CODE_STATEMENT_COUNT, n->source, (Span){0},
                "'%.*s' has no statement", STR_ARG(n->name));
    diag_hint(diags, d, "a %.*s is one select", STR_ARG(node_kind_names[n->kind]));
    return false;
  }
  if (s.second >= 0) {
    size_t shift = span && span->literal ? (size_t)s.second - span->out : 0;
    d = diag_at(diags, SEV_ERROR, CODE_STATEMENT_COUNT, span ? span->src : n->source,
                (Span){span ? span->at + (uint32_t)shift : 0, 0},
                "'%.*s' has two statements: the second one starts here", STR_ARG(n->name));
    if (span)
      source_notes(diags, d, span->src, span->via);
    diag_hint(diags, d, "put what comes before or after into a hook");
    return false;
  }
  *out = str_sub(code->code, 0, s.end);
  return true;
}

static bool materialize(Worker *w, RunResult *res, Context *c, const Compiled *code, Value *made,
                        Diags *diags) {
  Run *r = w->run;
  const Node *n = rendered(res->node);
  Str name = w->action == ACTION_CLONE   ? STR("clone")
             : w->action == ACTION_CHECK ? STR("starc_check")
             : n->kind == NODE_TEST      ? STR("test")
                                         : node_materialized(n);
  MacroEntry *m = macros_materialization(r->loaded.macros, name, str_c(r->dialect->type));
  context_init(c, CONTEXT_MODEL, &r->shared, &w->arena, n, n->package, &w->conn->db);
  c->thread = w->thread;
  c->resolves = w->resolves;
  if (n->kind == NODE_TEST) { // dbt notes what calls its test materialization makes
    c->called = arena_new(&w->arena, Capture);
    *c->called = (Capture){.arena = &w->arena};
    c->called_at = 2;
  }
  c->compiled_code = code->code;
  context_origin(c, code->code, &code->map);
  batch_names(c, n->more->batch && n->more->batch->adds);
  if (!m)
    return no_materialization(r, n, name, diags);
  if (w->action == ACTION_CHECK && n->kind != NODE_FUNCTION && !can_be_checked(r, n, diags))
    return false;
  if (n->kind != NODE_FUNCTION && !speaks(m, n, name, diags))
    return false;
  // starc's own materializations put the text into a statement of theirs.
  if (m->package->is_internal && n->kind != NODE_SEED && n->kind != NODE_FUNCTION &&
      n->kind != NODE_LOAD && w->action != ACTION_CLONE &&
      !node_statement(r, n, code, &c->compiled_code, diags))
    return false;
  EvalOptions o = context_options(c, diags);
  Args none = {0};
  return eval_macro(m->macro, &none, &o, made) &&
         (n->kind == NODE_TEST || gave_relations(m, n, *made, diags));
}

// Drops what a failed node left beside its relation. Not when the database did not answer: the
// statement may go on there, and the next run drops it.
static void clean_up(Worker *w, const RunResult *res, const Context *failed) {
  const Node *n = rendered(res->node);
  const DbError *e = context_db_error(failed);
  if (e && !e->code.len && !e->of_source)
    return;
  if (run_stopped(w->run) || w->action == ACTION_CHECK || // which leaves nothing beside
      (n->kind != NODE_MODEL && n->kind != NODE_SEED && n->kind != NODE_SNAPSHOT &&
       n->kind != NODE_LOAD))
    return;
  Diags ignored = {0};
  diags_init(&ignored);
  Context c;
  context_init(&c, CONTEXT_MODEL, &w->run->shared, &w->arena, n, n->package, &w->conn->db);
  Args none = {0};
  Value out;
  bool ok = context_call(&c, STR("starc_after_failure"), &none, &out, &ignored);
  context_settle(&c, w->conn, ok);
  diags_free(&ignored);
}

// The first rows of a query as a table; empty: it gave none, or failed.
static Str first_rows(Worker *w, Str sql, int64_t most) {
  enum { WIDEST = 110, BEFORE = 14 }; // columns of "12:34:56" and what indents the rows
  size_t width = terminal_width() - BEFORE;
  Arena a = {0};
  DbError error = {.at = -1};
  Table t;
  table_init(&t, &a, most);
  RowSink sink = table_sink(&t);
  Buf text = {.arena = &a};
  if (conn_rows(w->conn, &a, sql, &sink, &error) && t.nrows)
    table_text(&text, &t, width < WIDEST ? width : WIDEST);
  Str out = result_text(w->run, buf_str(&text));
  arena_free(&a);
  return out;
}

// What --show prints of a seed.
static void keep_loaded_rows(Worker *w, RunResult *res) {
  enum { MOST = 10 }; // as dbt
  const Node *n = res->node;
  if (n->kind != NODE_SEED || !w->run->options->show || res->status != RUN_SUCCESS)
    return;
  Str sql = str_fmt(&w->arena, "select * from %.*s limit %d", STR_ARG(n->relation_name), MOST);
  res->loaded_rows = first_rows(w, sql, MOST);
  if (!res->loaded_rows.len)
    res->loaded_rows = STR("no rows\n");
}

// Whether one of the hooks stands outside of the transaction.
static bool hook_outside(const Node *n) {
  static const char *const keys[] = {"pre-hook", "post-hook"};
  for (size_t k = 0; k < 2; k++) {
    Value hooks = node_config(n, str_c(keys[k]));
    for (size_t i = 0; val_is_seq(hooks) && i < hooks.list->n; i++) {
      Value in = val_get(hooks.list->items[i], STR("transaction"));
      if (in.kind == VAL_BOOL && !in.b)
        return true;
    }
  }
  return false;
}

// A deadlock: the database undid the transaction of one of the two, and the other went on. A race:
// another one made the same relation.
static void note_others(Worker *w, const Node *n, const Context *c) {
  const DbError *e = context_db_error(c);
  w->deadlocked = e && e->deadlock && !w->wrote && !hook_outside(n);
  w->raced = e && e->raced;
}

static CheckDoubt read_doubt(Value made) {
  Value named = val_get(made, STR("named"));
  return (CheckDoubt){
      val_truth(val_get(made, STR("doubt"))),
      named.kind == VAL_INT && named.i > 0 && named.i < INT32_MAX ? (uint32_t)named.i : 0};
}

static void run_relation(Worker *w, RunResult *res, Context *c, const Compiled *code,
                         Diags *diags) {
  Value made = val_none();
  if (!materialize(w, res, c, code, &made, diags)) {
    context_settle(c, w->conn, false);
    note_others(w, rendered(res->node), c);
    res->status = RUN_ERROR;
    result_fail(w->run, res, diags, c, code);
    clean_up(w, res, c);
    return;
  }
  keep_response(w->run, res, c);
  context_settle(c, w->conn, true);
  remember_relations(c, made);
  w->doubt = read_doubt(made);
  res->status = RUN_SUCCESS;
  if (w->action == ACTION_BUILD)
    keep_loaded_rows(w, res);
}

// --- tests

static Str config_text(Arena *a, const Node *n, const char *key, const char *otherwise) {
  Value v = node_config(n, str_c(key));
  return val_is_absent(v) ? str_c(otherwise) : val_to_str(a, v);
}

static void judge_test(Worker *w, RunResult *res, const Verdict *v) {
  Run *r = w->run;
  const Node *n = res->node;
  int64_t failures = v->failures;
  bool severe = str_eq_nocase(config_text(&w->arena, n, "severity", "error"), STR("error"));
  const char *rule = NULL;
  res->status = RUN_PASS;
  if (severe && v->should_error) {
    res->status = RUN_FAIL;
    rule = "error_if";
  } else if (v->should_warn) {
    res->status = run_warns_as_error(r, CODE_TEST_FAILED) ? RUN_FAIL : RUN_WARN;
    rule = "warn_if";
  }
  res->failures = rule ? failures : 0; // as dbt: what is allowed does not count
  if (rule)
    res->message = result_text(r, str_fmt(&w->arena, "Got %lld result%s, configured to %s if %.*s",
                                          (long long)failures, failures == 1 ? "" : "s",
                                          rule[0] == 'e' ? "fail" : "warn",
                                          STR_ARG(config_text(&w->arena, n, rule, "!= 0"))));
}

// The first rows that a failed test found, for people: from where they are stored, or asked for
// again.
static void keep_failing_rows(Worker *w, RunResult *res, const Compiled *code) {
  int64_t most = w->run->options->failing_rows;
  if (most <= 0 || (res->status != RUN_FAIL && res->status != RUN_WARN) || res->failures <= 0)
    return;
  SqlShape s = sql_shape(w->run->dialect->sql, code->code);
  bool stored = res->node->relation_name.len > 0;
  Arena *a = &w->arena;
  Str sql = stored ? str_fmt(a, "select * from %.*s", STR_ARG(res->node->relation_name))
                   : str_sub(code->code, 0, s.end);
  sql = str_fmt(a, "select * from (\n%.*s\n) as starc_failing limit %lld", STR_ARG(sql),
                (long long)most);
  res->failing_rows = first_rows(w, sql, most);
}

static void run_test(Worker *w, RunResult *res, Context *c, const Compiled *code, Diags *diags) {
  Value made, rows;
  Verdict verdict;
  Args none = {0};
  bool good = materialize(w, res, c, code, &made, diags) &&
              context_call(c, STR("starc_test_rows"), &none, &rows, diags);
  if (good)
    keep_response(w->run, res, c);
  good = good && verdict_read(res->node, w->run->project->packages[0], rows, &verdict, diags);
  res->message = (Str){0};
  context_settle(c, w->conn, good);
  res->rows = -1;
  if (good) {
    judge_test(w, res, &verdict);
    keep_failing_rows(w, res, code);
    return;
  }
  res->status = RUN_ERROR;
  result_fail(w->run, res, diags, c, code);
}

// --- unit tests

static void judge_unit_test(Worker *w, RunResult *res, Value table) {
  Run *r = w->run;
  Buf diff = {.arena = &w->arena};
  bool same = unit_test_compare(&w->arena, table.list->items[0], table.list->items[1], &diff);
  res->status = same ? RUN_PASS : RUN_FAIL;
  res->failures = !same;
  if (!same)
    res->message = result_text(r, str_fmt(&w->arena, "\n\nactual differs from expected:\n\n%.*s\n",
                                          STR_ARG(buf_str(&diff))));
}

static void run_unit_test(Worker *w, RunResult *res, Context *c, const Compiled *code,
                          Diags *diags) {
  Value made, table;
  Args none = {0};
  bool good = materialize(w, res, c, code, &made, diags) &&
              context_call(c, STR("starc_unit_test_table"), &none, &table, diags);
  if (good)
    keep_response(w->run, res, c);
  res->message = (Str){0};
  context_settle(c, w->conn, false); // what it made on the way goes
  res->rows = -1;
  if (good) {
    judge_unit_test(w, res, table);
    return;
  }
  res->status = RUN_ERROR;
  result_fail(w->run, res, diags, c, code);
}

// --- the whole

static void execute(Worker *w, RunResult *res, const Compiled *code, Context *c, Diags *diags) {
  res->execute_start_us = clock_us();
  phase(w, res->node, PHASE_EXECUTING);
  node_lock_executes(w->conn);
  if (res->node->kind == NODE_TEST && w->action != ACTION_CHECK)
    run_test(w, res, c, code, diags);
  else if (res->node->kind == NODE_UNIT_TEST && w->action != ACTION_CHECK)
    run_unit_test(w, res, c, code, diags);
  else
    run_relation(w, res, c, code, diags);
  res->execute_end_us = clock_us();
  Arena a = {0};
  res->build_path =
      result_text(w->run, run_shown(&a, w->run, run_path(&a, w->run, "run", res->node)));
  arena_free(&a);
}

// clone looks at the earlier run's relation; the node's own text plays no part.
static void clone_node(Worker *w, RunResult *res, Compiled *code, Context *c, Diags *diags) {
  const Value *old = map_get(w->run->shared.deferred, res->node->id);
  Value name = old ? val_get(*old, STR("relation_name")) : val_none();
  code->code = name.kind == VAL_STR
                   ? str_fmt(&w->arena, "select * from %.*s", STR_ARG(val_text(name)))
                   : STR("");
  execute(w, res, code, c, diags);
  if (res->status == RUN_SUCCESS && !res->message.len)
    res->message = STR("No-op");
}

// Exposures and saved queries take part in a build, so that what stands above them shows on them,
// but there is nothing to do.
static RunResult *nothing_to_do(Worker *w, RunResult *res) {
  phase(w, res->node, PHASE_COMPILING);
  phase(w, res->node, PHASE_EXECUTING);
  res->thread = w->thread;
  res->compile_start_us = res->compile_end_us = clock_us();
  res->execute_start_us = res->execute_end_us = res->compile_end_us;
  res->status = RUN_NOOP;
  res->message = STR("NO-OP");
  res->failures = 0;
  return res;
}

// The result of a node whose text could not be made. What is wrong may not be this node's: then it
// is left out for the sake of its parent.
static void not_compiled(Worker *w, RunResult *res, const Compiled *code, const Context *c,
                         Diags *diags) {
  const Node *n = res->node;
  res->status = RUN_ERROR;
  result_fail(w->run, res, diags, c, NULL);
  if (n->unit) // dbt compiles one in its second step
    res->execute_start_us = res->execute_end_us = clock_us();
  if (code->failed_in && !n->unit && w->action != ACTION_COMPILE)
    res->status = RUN_SKIPPED;
}

// A finding may point into texts that the node's evaluation made.
static void keep_texts(Worker *w, const RunResult *res) {
  if (!res->diag && !w->kept) {
    arena_reset(&w->arena);
    return;
  }
  pthread_mutex_lock(&w->run->lock);
  arena_adopt(&w->run->results_arena, &w->arena);
  pthread_mutex_unlock(&w->run->lock);
}

static RunResult *run_attempt(Worker *w, const Node *n, NodeAction action) {
  Run *r = w->run;
  RunResult *res = result_new(r, n);
  if (n->kind == NODE_EXPOSURE || n->kind == NODE_SAVED_QUERY)
    return nothing_to_do(w, res);
  Diags diags = {0};
  diags_init(&diags);
  res->thread = w->thread;
  conn_for(worker_conn(w), n);
  int64_t from = clock_us();
  phase(w, n, PHASE_COMPILING);
  Context *compiling = arena_new(&w->arena, Context), *running = arena_new(&w->arena, Context);
  Compiled code = {0};
  code.map.arena = &w->arena;
  w->action = action;
  w->raced = false;
  if (action == ACTION_CLONE) {
    clone_node(w, res, &code, running, &diags);
  } else if (!compile(w, res, compiling, &code, &diags)) {
    not_compiled(w, res, &code, compiling, &diags);
  } else if (action == ACTION_COMPILE || (w->unless && str_eq(*w->unless, code.code))) {
    res->status = RUN_SUCCESS;
    phase(w, n, PHASE_EXECUTING); // as dbt: a step that does nothing
    res->execute_start_us = res->execute_end_us = clock_us();
  } else {
    execute(w, res, &code, running, &diags);
  }
  if (!n->unit) // a unit test's calls are its model's
    keep_macros(r, res, (const Context *const[]){compiling, running});
  if (n->kind == NODE_MODEL || n->kind == NODE_SNAPSHOT || n->kind == NODE_TEST ||
      n->kind == NODE_FUNCTION)
    res->relation_name = n->relation_name;
  res->seconds = (double)(clock_us() - from) / 1e6;
  diags_free(&diags);
  if (w->kept)
    *w->kept = code;
  keep_texts(w, res);
  return res;
}

RunResult *node_run(Worker *w, const Node *n, NodeAction action) {
  enum { TRIES = 12 };
  for (int i = 1;; i++) {
    w->deadlocked = false;
    RunResult *res = run_attempt(w, n, action);
    if (!w->deadlocked || i == TRIES || run_stopped(w->run))
      return res;
    run_say(w->run, EV_DeadlockRetry, NULL,
            "%.*s and another session waited for each other: it was undone and is done again",
            STR_ARG(n->name));
    if (!node_lock_again(w, n, i))
      return res;
  }
}
