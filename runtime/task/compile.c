// compile: the texts of nodes, without building anything. Writes target/compiled and prints the
// text of what was selected by name.
#include "../../compiler/context/cache.h"
#include "../../compiler/value/json.h"
#include "../run/compile_nodes.h"
#include "../run/files.h"
#include "../run/signals.h"
#include "../run/summary.h"
#include "../run/warehouse.h"
#include "task.h"
#include "wanted.h"

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

static int compile(Run *r) {
  size_t n;
  const Node **nodes = wanted_nodes(r, r->options->command->kinds, &n);
  if (!nodes || !run_defer(r, false))
    return EXIT_USAGE;
  bool query = wanted_inline(r->options);
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  if (!query)
    compile_tell_selected(r, nodes, n);
  if (n)
    run_tell_work(r, n, run_threads(r), true);
  compile_nodes(r, nodes, n);
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

int task_compile(RunOptions *o, Reporter *report) { return run_task(o, report, compile); }
