// show: the text of a node or of an option, run with a limit; prints its rows.
#include "../../compiler/context/cache.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/dialect/load_source.h"
#include "../run/compile_nodes.h"
#include "../run/errors.h"
#include "../run/files.h"
#include "../run/node_run.h"
#include "../run/signals.h"
#include "../run/table.h"
#include "../run/warehouse.h"
#include "../run/worker.h"
#include "task.h"
#include "wanted.h"

// The statement as the macro get_show_sql writes it: the query with its header and the limit.
static bool show_sql(Run *r, Worker *w, const RunResult *res, const Compiled *code,
                     Compiled *sent) {
  Arena *a = &w->arena;
  Str text = res->compiled_code;
  if (code && !node_statement(r, res->node, code, &text, &r->diags))
    return run_report(r) && false;
  text = str_trim(text);
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_MODEL, &r->shared, a, res->node, res->node->package, &w->conn->db);
  Value pos[3] = {val_str(text), val_none(),
                  r->options->limit < 0 ? val_none() : val_int(r->options->limit)};
  if (code)
    context_origin(c, code->code, &code->map);
  Value header = node_config(res->node, STR("sql_header")), out;
  if (header.kind != VAL_UNDEF)
    pos[1] = header;
  Args args = {pos, 3, NULL, 0};
  bool good = context_call(c, STR("get_show_sql"), &args, &out, &r->diags);
  context_settle(c, w->conn, false);
  if (good) {
    *sent = (Compiled){.code = val_to_str(a, out), .map.arena = a};
    context_origin_of(c, sent->code, 0, &sent->map);
  }
  return good || run_report(r);
}

// More than may be kept in memory.
static bool too_many_rows(const Run *r, const Table *t, DbError *error) {
  if (t->over)
    *error = (DbError){
        .at = -1,
        .message = str_fmt(t->arena, "its rows have more than %lld MiB",
                           (long long)r->options->template_memory),
        .hint = STR("--limit shows fewer of them, --template-memory lets them have more")};
  return t->over;
}

// A query that names a file where a table is wanted, as the engine inside lets it: 'data/x.csv'.
// Its session means the target's schema by a name without one, so the query is sent once more, by
// another. False: *e says why.
static bool as_files(Run *r, Worker *w, Arena *a, Str sql, const RowSink *sink, DbError *e) {
  const Target *t = r->project->target;
  const LoadSourceRules *rules = r->dialect->source;
  if (!e->no_relation || !t->inside || !wanted_inline(r->options) || !rules ||
      !rules->paths_are_tables)
    return false;
  DbError second = {.at = -1};
  if (!conn_rows(w->conn, a, str_c(rules->paths_are_tables), NULL, &second))
    return false;
  if (conn_rows(w->conn, a, sql, sink, &second))
    return true;
  if (!second.no_relation)
    *e = second;
  else if (str_find(e->message, STR("/"), 0) >= 0)
    e->hint = STR("there is no such file, or the engine may not open it: those outside of the "
                  "project need `file_access` in the profile, those of the project `starc serve "
                  "--project-files` while that has the warehouse");
  return false;
}

// `code`: what the statement is made of, NULL: nothing that the user wrote.
static bool show_rows(Run *r, Worker *w, RunResult *res, const Compiled *code) {
  Arena a = {0};
  DbError error = {.at = -1};
  Table t;
  Compiled sent;
  if (!show_sql(r, w, res, code, &sent))
    return false;
  res->compiled_code = result_text(r, sent.code);
  table_init(&t, &a, r->options->limit);
  RowSink sink = table_sink(&t);
  t.most = (size_t)r->options->template_memory << 20;
  sink.cut = true; // what has more rows than its limit only reads
  bool good = (conn_rows(w->conn, &a, sent.code, &sink, &error) ||
               as_files(r, w, &a, sent.code, &sink, &error)) &&
              !too_many_rows(r, &t, &error);
  if (!good) {
    Failure f = {.error = &error, .sql = sent.code, .code = code, .map = &sent.map};
    Diag *d = database_diag(r, res->node, &f);
    warehouse_tell(r, d, res->node);
  } else {
    table_show(r, &t, res->node, wanted_inline(r->options));
  }
  arena_free(&a);
  return good;
}

#define show_needs "`starc show` needs --select NODE or --inline SQL"

// Compiles a node and shows its rows; its text and map are kept in *text.
static bool show_node(Worker *w, const Node *n, size_t index, size_t total, const Compiled *text) {
  Run *r = w->run;
  RunResult *res = compile_alone(w, n, index, total);
  if (res->status == RUN_ERROR) {
    if (res->diag)
      warehouse_tell(r, res->diag, n);
    return false;
  }
  if (n->kind != NODE_SEED)
    return show_rows(r, w, res, text);
  res->compiled_code = str_fmt(&r->results_arena, "select * from %.*s", STR_ARG(n->relation_name));
  return show_rows(r, w, res, NULL);
}

// The rows of a source as a model reads them: files by their function.
static bool show_source(Worker *w, const Node *n) {
  Run *r = w->run;
  Value relation = relation_of_node(&r->results_arena, &r->shared, n);
  RunResult *res = arena_new(&r->results_arena, RunResult);
  *res = (RunResult){.node = n, .status = RUN_SUCCESS};
  res->compiled_code = str_fmt(&r->results_arena, "select * from %.*s",
                               STR_ARG(val_to_str(&r->results_arena, relation)));
  return show_rows(r, w, res, NULL);
}

// Sources are shown where nothing else is chosen: else they are only what is read.
static size_t leave_sources(const Node **nodes, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (nodes[i]->kind != NODE_SOURCE)
      nodes[kept++] = nodes[i];
  return kept ? kept : n;
}

static int show(Run *r) {
  size_t n;
  if (!wanted_inline(r->options) && !r->options->select.n && !r->options->selector.len) {
    run_say(r, EV_MainEncounteredError, EVENT_FIELDS({"exc", val_lit(show_needs)}), show_needs);
    return EXIT_USAGE;
  }
  unsigned kinds = r->options->command->kinds; // without --select, a test is none that was meant
  const Node **nodes = wanted_nodes(
      r, r->options->select.n ? kinds : kinds & ~(1u << NODE_TEST | 1u << NODE_SOURCE), &n);
  if (!nodes || !run_defer(r, false))
    return EXIT_USAGE;
  n = leave_sources(nodes, n);
  size_t shown = 0;
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  Worker w;
  worker_init(&w, r, 0);
  if (n)
    run_tell_work(r, n, run_threads(r), true);
  if (n && !(w.conn = warehouse_connect(r, "worker")))
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  Compiled text = {0};
  w.kept = &text;
  bool good = true;
  bool named_test = n && nodes[0]->kind == NODE_TEST;
  for (size_t i = 0; i < n && !run_stopped(r); i++) {
    if (nodes[i]->kind == NODE_TEST && !named_test)
      continue;
    shown++;
    good &= nodes[i]->kind == NODE_SOURCE ? show_source(&w, nodes[i])
                                          : show_node(&w, nodes[i], i + 1, n, &text);
  }
  worker_free(&w);
  if (!shown) {
    run_say(r, EV_NothingToDo, NULL, "nothing to show: the selection holds no nodes");
    return EXIT_GOOD;
  }
  if (r->signal)
    return 128 + r->signal;
  return good ? EXIT_GOOD : EXIT_USAGE;
}

int task_show(RunOptions *o, Reporter *report) { return run_task(o, report, show); }
