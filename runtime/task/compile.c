// parse, compile and show: the graph without building anything. compile writes target/compiled and
// prints the text of what was selected by name; show runs it with a limit and prints rows.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/value/json.h"
#include "../run/jobs.h"
#include "../run/node_events.h"
#include "../run/node_run.h"
#include "../run/table.h"
#include "../run/warehouse.h"

#include <stdlib.h>

int task_parse(RunOptions *o, Reporter *report) {
  Run r;
  int code = EXIT_USAGE;
  if (run_open(&r, o, report, OPEN_GRAPH))
    code = run_write_manifest(&r) ? EXIT_GOOD : EXIT_FAILED;
  return run_end(&r, code);
}

static bool is_inline(const RunOptions *o) { return o->inline_sql.len || o->inline_direct.len; }

Node *node_inline(Run *r, Str option, Str sql, bool direct, Diags *diags) {
  Arena *a = &r->arena;
  Node *n = arena_new(a, Node);
  Source *src = arena_new(a, Source);
  *src = (Source){.path = option, .text = sql};
  n->kind = NODE_ANALYSIS;
  n->name = STR("inline_query");
  n->package = r->project->packages[0];
  n->id = str_fmt(a, "sql_operation.%.*s.inline_query", STR_ARG(n->package->name));
  n->path = n->original_path = STR("inline_query.sql");
  n->fqn = arena_array(a, Str, 2);
  n->fqn[0] = n->package->name;
  n->fqn[1] = n->name;
  n->nfqn = 2;
  n->source = src;
  n->raw_code = sql;
  n->body = direct ? NULL : template_parse(a, src, diags);
  n->language = STR("sql");
  n->enabled = true;
  n->config = n->unrendered_config = n->config_call = val_dict(a);
  n->meta = n->docs = n->contract = val_dict(a);
  n->constraints = n->tags = n->doc_blocks = val_list(a, 0);
  n->extra = val_none();
  n->checksum_name = STR("none");
  n->database = r->project->target->database;
  n->schema = r->project->target->schema;
  n->alias = n->name;
  // ref() and source() of an inline query may name anything.
  n->needs = r->graph->nodes;
  n->nneeds = 0;
  return n->body || direct ? n : NULL;
}

// --inline and, without a template, --inline-direct.
static Node *inline_node(Run *r, Diags *diags) {
  Str direct = r->options->inline_direct;
  return direct.len ? node_inline(r, STR("--inline-direct"), direct, true, diags)
                    : node_inline(r, STR("--inline"), r->options->inline_sql, false, diags);
}

// What --inline or the selection names: one list of nodes to look at. NULL: reported.
static const Node **wanted(Run *r, unsigned kinds, size_t *n, int *code) {
  *code = EXIT_USAGE;
  *n = 0;
  if (is_inline(r->options)) {
    const Node **one = arena_array(&r->arena, const Node *, 1);
    one[0] = inline_node(r, &r->diags);
    *n = 1;
    return run_report(r) && one[0] ? one : NULL;
  }
  bool *bits = run_select(r, kinds);
  if (!bits)
    return NULL;
  const Node **nodes = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  Node **order = graph_order(&r->arena, r->graph);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[order[i]->index])
      nodes[(*n)++] = order[i];
  return nodes;
}

// --- compile

// Whether a word of --select holds the node's name; what came along with it is not printed.
static bool is_named(const RunOptions *o, const Node *n) {
  for (size_t i = 0; i < o->select.n; i++)
    if (str_find(o->select.items[i], n->name, 0) >= 0)
      return true;
  return false;
}

static void print_compiled(Run *r, const RunResult *res, bool query) {
  Buf b = {0};
  if (str_is(r->options->output, "json")) {
    Json j = {.out = &b, .indent = 2};
    json_open_object(&j);
    if (!query)
      json_key_str(&j, "node", res->node->name);
    json_key_str(&j, "compiled", res->compiled_code);
    json_close_object(&j);
  } else {
    if (!query && !r->options->quiet)
      buf_addf(&b, "Compiled node '%.*s' is:\n", STR_ARG(res->node->name));
    buf_add(&b, res->compiled_code);
  }
  run_event(r, (Event){.kind = EV_CompiledNode,
                       .msg = buf_str(&b),
                       .fields = EVENT_FIELDS({"compiled", val_str(res->compiled_code)},
                                              {"is_inline", val_bool(query)},
                                              {"node_name", val_str(res->node->name)},
                                              {"output_format", val_str(r->options->output)},
                                              {"quiet", val_bool(r->options->quiet)},
                                              {"unique_id", val_str(res->node->id)}),
                       .bare = true});
  buf_free(&b);
}

typedef struct CompilePool {
  Run *r;
  const Node **nodes;
  Worker *workers;
  RunResult **results;
  size_t n;
} CompilePool;

// One node with its events: index of total.
static RunResult *compile_node_alone(Worker *w, const Node *n, size_t index, size_t total) {
  NodeStep step = {.phase = PHASE_STARTED,
                   .node = n,
                   .index = index,
                   .total = total,
                   .thread = w->thread,
                   .quiet = true};
  run_step(w->run, &step);
  step.result = node_run(w, n, ACTION_COMPILE);
  step.phase = PHASE_DONE;
  run_step(w->run, &step);
  return (RunResult *)(uintptr_t)step.result;
}

static PoolVerdict compile_one(void *data, unsigned worker, size_t job) {
  CompilePool *p = data;
  p->results[job] = compile_node_alone(&p->workers[worker], p->nodes[job], job + 1, p->n);
  return POOL_GOOD;
}
static void compile_skip(void *data, size_t job, size_t cause) {
  (void)data, (void)job, (void)cause;
}

void run_tell_selected(Run *r, const Node **nodes, size_t n) {
  for (size_t i = 0; i < n; i++)
    list_push(&r->arena, r->flags.selected.list, val_str(nodes[i]->id));
}

// Workers for which the database had no connection left: those that have one do their nodes.
static void compile_again(CompilePool *p, size_t n, unsigned threads) {
  Worker *w = p->workers;
  while (w < p->workers + threads && !(w->conn && w->conn->session))
    w++;
  for (size_t i = 0; i < n && w < p->workers + threads; i++)
    if (p->results[i] && p->results[i]->diag && p->results[i]->diag->code == CODE_CONNECTION_FAILED)
      p->results[i] = compile_node_alone(w, p->nodes[i], i + 1, n);
}

// Compiling needs no order: what ephemeral parents say is rendered in place.
void run_compile(Run *r, const Node **nodes, size_t n) {
  unsigned threads = run_threads(r);
  if (!threads || threads > n)
    threads = n ? (unsigned)n : 1;
  CompilePool p = {.r = r, .nodes = nodes, .n = n};
  p.workers = arena_array(&r->arena, Worker, threads);
  p.results = arena_array(&r->arena, RunResult *, n + 1);
  for (unsigned i = 0; i < threads; i++)
    worker_init(&p.workers[i], r, i);
  PoolPlan plan = {
      .njobs = n, .workers = threads, .data = &p, .work = compile_one, .skip = compile_skip};
  pool_run(&plan, &r->stop);
  compile_again(&p, n, threads);
  for (size_t i = 0; i < n; i++)
    if (p.results[i])
      result_add(r, p.results[i]);
  for (unsigned i = 0; i < threads; i++)
    worker_free(&p.workers[i]);
}

static bool report_failures(Run *r) {
  bool good = true;
  for (size_t i = 0; i < r->nresults; i++) {
    const RunResult *res = r->results[i];
    if (!status_is_bad(res->status))
      continue;
    good = false;
    if (res->diag)
      warehouse_tell(r, res->diag, res->node);
    else
      run_tell(r, (Event){.kind = EV_RunResultError, .node = res->node}, "%.*s",
               STR_ARG(res->message));
  }
  return good;
}

bool run_prints_compiled(const RunOptions *o) {
  return o->inline_sql.len || o->select.n || o->selector.len;
}

static int compile(Run *r) {
  unsigned kinds = 1u << NODE_MODEL | 1u << NODE_TEST | 1u << NODE_ANALYSIS | 1u << NODE_SNAPSHOT |
                   1u << NODE_OPERATION | 1u << NODE_SEED | 1u << NODE_FUNCTION;
  size_t n;
  int code;
  const Node **nodes = wanted(r, kinds, &n, &code);
  if (!nodes || !run_defer(r, false))
    return code;
  bool query = is_inline(r->options);
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  if (!query)
    run_tell_selected(r, nodes, n);
  if (n)
    run_tell_work(r, n, run_threads(r), true);
  run_compile(r, nodes, n);
  bool good = report_failures(r);
  for (size_t i = 0; run_prints_compiled(r->options) && i < r->nresults; i++)
    if (r->results[i]->compiled && r->results[i]->node->kind != NODE_SEED &&
        (query || is_named(r->options, r->results[i]->node)))
      print_compiled(r, r->results[i], query);
  if (!n && !r->options->retry)
    run_say(r, EV_NothingToDo, NULL, "Nothing to do: the selection holds no nodes");
  if (!run_write_manifest(r) || !run_write_results(r))
    return EXIT_FAILED;
  if (r->signal)
    return 128 + r->signal;
  return good ? EXIT_GOOD : EXIT_USAGE;
}

int task_compile(RunOptions *o, Reporter *report) {
  Run r;
  int code = run_open(&r, o, report, OPEN_GRAPH) ? compile(&r) : EXIT_USAGE;
  return run_end(&r, code);
}

// --- show

// The statement as the macro get_show_sql writes it: the query with its header and the limit.
static bool show_sql(Run *r, Worker *w, const RunResult *res, const Compiled *code, Str *sql) {
  Arena *a = &w->arena;
  Str text = res->compiled_code;
  if (code && !node_statement(r, res->node, code, &text, &r->diags))
    return run_report(r) && false;
  text = str_trim(text);
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_MODEL, &r->shared, a, res->node, res->node->package, &w->conn->db);
  Value pos[3] = {val_str(text), val_none(),
                  r->options->limit < 0 ? val_none() : val_int(r->options->limit)};
  Value header = node_config(res->node, STR("sql_header")), out;
  if (header.kind != VAL_UNDEF)
    pos[1] = header;
  Args args = {pos, 3, NULL, 0};
  bool good = context_call(c, STR("get_show_sql"), &args, &out, &r->diags);
  context_settle(c, w->conn, false);
  if (good)
    *sql = val_to_str(a, out);
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

// `code`: what the statement is made of, NULL: nothing that the user wrote.
static bool show_rows(Run *r, Worker *w, RunResult *res, const Compiled *code) {
  Arena a = {0};
  DbError error = {.at = -1};
  Table t;
  Str sql;
  if (!show_sql(r, w, res, code, &sql))
    return false;
  res->compiled_code = result_text(r, sql);
  table_init(&t, &a, r->options->limit);
  RowSink sink = table_sink(&t);
  t.most = (size_t)r->options->template_memory << 20;
  sink.cut = true; // what has more rows than its limit only reads
  bool good = conn_rows(w->conn, &a, sql, &sink, &error) && !too_many_rows(r, &t, &error);
  if (!good) {
    Diag *d = database_diag(r, res->node, &(Failure){.error = &error, .sql = sql, .code = code});
    warehouse_tell(r, d, res->node);
  } else {
    table_show(r, &t, res->node, is_inline(r->options));
  }
  arena_free(&a);
  return good;
}

#define show_needs "`starc show` needs --select NODE or --inline SQL"

static int show(Run *r) {
  size_t n;
  int code;
  if (!is_inline(r->options) && !r->options->select.n && !r->options->selector.len) {
    run_say(r, EV_MainEncounteredError, EVENT_FIELDS({"exc", val_lit(show_needs)}), show_needs);
    return EXIT_USAGE;
  }
  const Node **nodes =
      wanted(r,
             1u << NODE_MODEL | 1u << NODE_SEED | 1u << NODE_ANALYSIS | 1u << NODE_SNAPSHOT |
                 (r->options->select.n ? 1u << NODE_TEST : 0),
             &n, &code);
  if (!nodes || !run_defer(r, false))
    return code;
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
    RunResult *res = compile_node_alone(&w, nodes[i], i + 1, n);
    shown++;
    if (res->status == RUN_ERROR) {
      good = false;
      if (res->diag)
        warehouse_tell(r, res->diag, nodes[i]);
      continue;
    }
    bool seed = nodes[i]->kind == NODE_SEED;
    if (seed)
      res->compiled_code =
          str_fmt(&r->results_arena, "select * from %.*s", STR_ARG(nodes[i]->relation_name));
    good &= show_rows(r, &w, res, seed ? NULL : &text);
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

int task_show(RunOptions *o, Reporter *report) {
  Run r;
  int code = run_open(&r, o, report, OPEN_GRAPH) ? show(&r) : EXIT_USAGE;
  run_close(&r);
  return code;
}
