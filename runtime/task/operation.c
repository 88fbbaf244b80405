// run-operation: one macro, called with arguments from the command line. Out: one result, under the
// macro's id, which `retry` reads.
#include "../../compiler/base/clock.h"
#include "../../compiler/context/cache.h"
#include "../../compiler/graph/manifest_node.h"
#include "../../compiler/project/check.h"
#include "../run/errors.h"
#include "../run/files.h"
#include "../run/hooks.h"
#include "../run/inline_node.h"
#include "../run/signals.h"
#include "../run/warehouse.h"
#include "../run/worker.h"
#include "task.h"

static bool named_args(Run *r, Args *args) {
  Value v = val_dict(&r->arena);
  r->project_options.given[1] = (Source){.path = STR("--args"), .text = r->options->macro_args};
  if (r->options->macro_args.len &&
      !yaml_inline(&r->arena, r->options->macro_args, STR("--args"), &v, &r->diags))
    return false;
  if (v.kind == VAL_NONE)
    v = val_dict(&r->arena);
  if (v.kind != VAL_DICT) {
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--args"), "a mapping is needed, not %s",
                         check_kind(v));
    diag_hint(&r->diags, d, "for example: --args '{name: value}'");
    return false;
  }
  Kwarg *kw = arena_array(&r->arena, Kwarg, v.dict->n + 1);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    kw[args->nkw++] = (Kwarg){val_to_str(&r->arena, e->key), e->value};
  args->kw = kw;
  return true;
}

static MacroEntry *find_macro(Run *r, Str name) {
  ptrdiff_t dot = str_find(name, STR("."), 0);
  MacroEntry *m = dot > 0 ? macros_find_in(r->loaded.macros, str_sub(name, 0, (size_t)dot),
                                           str_sub(name, (size_t)dot + 1, name.len))
                          : macros_find(r->loaded.macros, r->project->packages[0], name);
  if (m)
    return m;
  Str *names = arena_array(&r->arena, Str, r->graph->nmacros + 1);
  for (size_t i = 0; i < r->graph->nmacros; i++)
    names[i] = r->graph->macros[i]->name;
  Diag *d =
      diag_error(&r->diags, CODE_UNKNOWN_MACRO, STR(""), "no macro is named '%.*s'", STR_ARG(name));
  diag_nearest(&r->diags, d, name, names, r->graph->nmacros);
  return NULL;
}

// The result of a call of m: a node of that id, which is in no graph. Times of compiling are those
// of what stood before the call.
static RunResult *begin(Run *r, const MacroEntry *m) {
  Node *n = node_new(&r->arena);
  *n = (Node){.more = &node_has_no_more,
              .kind = NODE_OPERATION,
              .id = m->id,
              .name = m->name,
              .package = m->package,
              .original_path = m->original_path};
  n->nfqn = 3;
  n->fqn = arena_array(&r->arena, Str, n->nfqn);
  n->fqn[0] = STR("macro");
  n->fqn[1] = m->package->name;
  n->fqn[2] = m->name;
  RunResult *res = result_new(r, n);
  res->thread = STR("MainThread");
  res->compile_start_us = clock_us();
  return res;
}

static void end(Run *r, RunResult *res, bool good) {
  res->execute_end_us = clock_us();
  res->seconds = (double)(res->execute_end_us - res->compile_start_us) / 1e6;
  res->status = good ? RUN_SUCCESS : RUN_ERROR;
  res->failures = !good;
  result_add(r, res);
}

static bool is_error(void *data, const Diag *f) {
  (void)data;
  return f->severity == SEV_ERROR;
}

// An error of the database is shown where the statement was written, not where it was sent, if that
// is known.
static void show_statement(Run *r, const Node *n, const Context *c) {
  const DbError *e = context_db_error(c);
  Failure f = {.error = e, .sql = context_failed_sql(c), .map = context_failed_map(c)};
  const Diag *d = e && e->message.len ? database_diag(r, n, &f) : NULL;
  if (!d || !d->source)
    return;
  diags_drop(&r->diags, NULL, is_error, NULL);
  diag_add(&r->diags, d, SEV_ERROR);
}

static bool call(Run *r, MacroEntry *m, const Args *args, RunResult *res) {
  signals_watch(r);
  r->error_kind = EV_RunningOperationCaughtError;
  r->shared.cache = relation_cache_new();
  Conn *conn = conn_new(&r->sessions, "macro");
  Context *c = arena_new(&r->arena, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, &r->arena, NULL, m->package, &conn->db);
  context_set(c, STR("model"), macro_value(&r->arena, m));
  EvalOptions o = context_options(c, &r->diags);
  Value out;
  res->compile_end_us = res->execute_start_us = clock_us();
  bool good = eval_macro(m->macro, args, &o, &out);
  if (!good)
    show_statement(r, res->node, c);
  context_settle(c, conn, good);
  end(r, res, good && !r->signal);
  warehouse_report(r, c);
  return good;
}

// --sql: one statement, rendered and sent.
static int send(Run *r) {
  Node *n = node_inline(r, STR("--sql"), r->options->operation_sql, false, &r->diags);
  if (!run_report(r) || !n)
    return EXIT_USAGE;
  if (!run_write_manifest(r))
    return EXIT_FAILED;
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  Conn *conn = conn_new(&r->sessions, "sql");
  conn_for(conn, n);
  RunResult *res = result_new(r, n);
  Diags diags = {0};
  diags_init(&diags);
  int64_t from = clock_us();
  res->thread = STR("MainThread");
  Value response = val_none();
  bool good = statement_run(r, conn, &r->arena, n, res, &response, &diags) && !r->signal;
  res->adapter_response = result_value(r, response);
  res->compiled = false; // as in dbt: nothing of the project was
  res->compiled_code = (Str){0};
  res->status = good ? RUN_SUCCESS : RUN_ERROR;
  res->failures = !good;
  res->seconds = (double)(clock_us() - from) / 1e6;
  result_add(r, res);
  if (good)
    run_say(r, EV_Note, NULL, "The statement was sent: %.2f s", res->seconds);
  else if (res->diag)
    run_finding(r, res->diag, n);
  bool written = run_write_results(r);
  diags_free(&diags);
  return r->signal ? 128 + r->signal : good && written ? EXIT_GOOD : EXIT_FAILED;
}

static int operation(Run *r) {
  if (r->options->operation_sql.len)
    return send(r);
  Args args = {0};
  MacroEntry *m = find_macro(r, r->options->args.items[0]);
  if (!m || !named_args(r, &args)) {
    run_report(r);
    return EXIT_USAGE;
  }
  RunResult *res = begin(r, m);
  if (!run_write_manifest(r))
    return EXIT_FAILED;
  bool good = call(r, m, &args, res), written = run_write_results(r);
  if (!good)
    r->nresults = 0; // a report has its findings
  if (r->signal)
    return 128 + r->signal;
  return good && written ? EXIT_GOOD : EXIT_FAILED;
}

int task_operation(RunOptions *o, Reporter *report) { return run_task(o, report, operation); }
