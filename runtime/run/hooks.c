// on-run-start and on-run-end: each is a text rendered as a template and sent. Those at the end see
// `results`, `schemas` and `database_schemas`.
#include "hooks.h"
#include "errors.h"
#include "node_events.h"
#include "node_lock.h"
#include "node_run.h"
#include "worker.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/artifacts/results.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/context/ask.h"
#include "../../compiler/context/config_object.h"
#include "../../compiler/context/results.h"
#include "../../compiler/graph/manifest_node.h"
#include "../../compiler/template/ops.h"

static Value time_value(Arena *a, int64_t us) { return us ? datetime_utc(a, us) : val_none(); }

static Value time_text(Arena *a, int64_t us) {
  return us ? val_str(artifact_time(a, us)) : val_none();
}

static Value timing_value(Arena *a, const RunResult *res) {
  Value l = val_list(a, 2);
  const struct {
    Str name;
    int64_t from, to;
  } phases[] = {
      {STR("compile"), res->compile_start_us, res->compile_end_us},
      {STR("execute"), res->execute_start_us, res->execute_end_us}
  };
  for (size_t i = 0; i < 2; i++) {
    if (!phases[i].from)
      continue;
    Value t = val_dict(a);
    dict_sets(a, t.dict, STR("name"), val_str(phases[i].name));
    Value plain = val_copy(a, t, false); // with times as text, as the artifact has them
    dict_sets(a, plain.dict, STR("started_at"), time_text(a, phases[i].from));
    dict_sets(a, plain.dict, STR("completed_at"), time_text(a, phases[i].to));
    dict_sets(a, t.dict, STR("started_at"), time_value(a, phases[i].from));
    dict_sets(a, t.dict, STR("completed_at"), time_value(a, phases[i].to));
    dict_sets(a, t.dict, STR("to_dict"), val_answer(a, "to_dict", plain));
    list_push(a, l.list, t);
  }
  return l;
}

// What only a source's result has: moments in the attributes, their text in to_dict().
static void put_age(Arena *a, Dict *d, const SourceAge *age, Value (*moment)(Arena *, int64_t)) {
  dict_sets(a, d, STR("max_loaded_at"), moment(a, age->max_loaded_us));
  dict_sets(a, d, STR("snapshotted_at"), moment(a, age->snapshotted_us));
  dict_sets(a, d, STR("age"), val_float(age->age));
}

static Value offset_text(Arena *a, int64_t us) { return val_str(artifact_offset_time(a, us)); }

// What only a node's result has: dbt's batches, and a table that is never kept.
static void put_node_parts(Arena *a, Dict *d, const RunResult *res) {
  dict_sets(a, d, STR("agate_table"), val_none());
  dict_sets(a, d, STR("batch_results"),
            res->batches.kind == VAL_DICT ? val_copy(a, res->batches, false) : val_none());
}

// A result as hooks read it: attributes, and to_dict().
static Value result_dict(Arena *a, const Run *r, const RunResult *res) {
  Value d = val_dict(a);
  Str status = run_status_names[res->status];
  dict_sets(a, d.dict, STR("status"), val_str(status));
  dict_sets(a, d.dict, STR("timing"), timing_value(a, res));
  dict_sets(a, d.dict, STR("thread_id"), val_str(res->thread));
  dict_sets(a, d.dict, STR("execution_time"), val_float(res->seconds));
  dict_sets(a, d.dict, STR("adapter_response"),
            res->adapter_response.kind == VAL_DICT ? val_copy(a, res->adapter_response, false)
                                                   : val_dict(a));
  dict_sets(a, d.dict, STR("message"), res->message.len ? val_str(res->message) : val_none());
  dict_sets(a, d.dict, STR("failures"), res->failures < 0 ? val_none() : val_int(res->failures));
  dict_sets(a, d.dict, STR("node"), node_value_of_result(a, r->graph, res));
  if (res->node->kind != NODE_SOURCE)
    put_node_parts(a, d.dict, res);
  Value plain = val_copy(a, d, false), node = val_get(d, STR("node"));
  dict_sets(a, d.dict, STR("unique_id"), val_str(res->node->id));
  if (res->fresh) {
    put_age(a, d.dict, res->fresh, time_value);
    put_age(a, plain.dict, res->fresh, offset_text);
  }
  dict_sets(a, d.dict, STR("to_dict"), val_answer(a, "to_dict", plain));
  if (node.kind == VAL_DICT) {
    if (res->node->kind == NODE_UNIT_TEST)
      dict_sets(a, node.dict, STR("name"), val_str(node_unit_test_name(res->node)));
    Value open = val_copy(a, node, false);
    dict_sets(a, open.dict, STR("to_dict"), val_answer(a, "to_dict", node));
    Value config = val_get(node, STR("config"));
    if (config.kind == VAL_DICT)
      dict_sets(a, open.dict, STR("config"), config_of_result(a, config));
    dict_sets(a, d.dict, STR("node"), open);
  }
  return d;
}

// A test whose rows are kept has a relation too.
static bool stores_failures(const Run *r, const Node *n) {
  Value said = node_config(n, STR("store_failures"));
  return n->kind == NODE_TEST && (said.kind == VAL_BOOL ? said.b : r->options->store_failures);
}

static void end_names(Context *c, const Run *r) {
  Arena *a = c->arena;
  Value results = val_list(a, r->nresults), schemas = val_list(a, 4), pairs = val_list(a, 4);
  for (size_t i = 0; i < r->nresults; i++) {
    const RunResult *res = r->results[i];
    const Node *n = res->node;
    if (n->kind == NODE_OPERATION)
      continue; // dbt's `results` are those of nodes
    list_push(a, results.list, result_dict(a, r, res));
    if (!(node_is_refable(n) || stores_failures(r, n)) || res->status == RUN_SKIPPED ||
        res->status == RUN_ERROR || res->status == RUN_FAIL)
      continue;
    bool known = false;
    for (size_t k = 0; k < pairs.list->n; k++) {
      const List *p = pairs.list->items[k].list;
      known |= val_is_str(p->items[0], n->database) && val_is_str(p->items[1], n->schema);
    }
    if (known)
      continue;
    Value pair = val_tuple(a, 2);
    list_push(a, pair.list, val_str(n->database));
    list_push(a, pair.list, val_str(n->schema));
    list_push(a, pairs.list, pair);
    bool named = false;
    for (size_t k = 0; k < schemas.list->n; k++)
      named |= val_is_str(schemas.list->items[k], n->schema);
    if (!named)
      list_push(a, schemas.list, val_str(n->schema));
  }
  context_set(c, STR("results"), results);
  context_set(c, STR("schemas"), schemas);
  context_set(c, STR("database_schemas"), pairs);
}

bool statement_run(Run *r, Conn *conn, Arena *a, const Node *n, RunResult *res, Value *response,
                   Diags *diags) {
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_MODEL, &r->shared, a, n, n->package, &conn->db);
  c->thread = STR("MainThread");
  if (n->more->hook_end)
    end_names(c, r);
  Compiled code = {0};
  code.map.arena = a;
  res->compile_start_us = clock_us();
  bool good = compile_node(c, r->graph, &code, diags);
  r->hook_unrendered |= !good && n->kind == NODE_OPERATION && !n->more->hook_end;
  res->compile_end_us = res->execute_start_us = clock_us();
  if (good) {
    res->compiled = true;
    res->compiled_code = result_text(r, code.code);
    write_compiled(r, res);
  }
  DbResult out = {.affected = -1};
  DbError error = {.at = -1};
  if (good && str_trim(code.code).len) {
    good = conn->db.query(conn->db.data, a, code.code, false, 0, &out, &error);
    if (!good) {
      context_origin(c, code.code, &code.map);
      context_note_failure(c, &error, code.code);
    } else if (response) {
      *response = response_dict(response_value(a, &out));
    }
  }
  context_settle(c, conn, good);
  res->execute_end_us = clock_us();
  if (!good)
    result_fail(r, res, diags, c, &code);
  return good;
}

static bool is_hook(const Node *n, bool at_end) {
  return n->kind == NODE_OPERATION && n->more->hook_end == at_end;
}

static Str hook_message(Arena *a, const Node *n, const char *what) {
  return str_fmt(a, "%.*s.on-run-%s.%d %s", STR_ARG(n->package->name),
                 n->more->hook_end ? "end" : "start", n->more->hook_index, what);
}

// Runs one; after one that failed (`failed`) the others of that moment are skipped.
static void hook_result(Run *r, Conn **conn, NodeLock *lock, Arena *a, const Node *n, bool failed,
                        RunResult *res) {
  Diags diags = {0};
  int64_t from = clock_us();
  res->thread = STR("main");
  res->status = RUN_SKIPPED;
  if (!failed) {
    diags_init(&diags);
    if (!*conn)
      *conn = conn_new(&r->sessions, "hooks");
    conn_for(*conn, n);
    bool alone = hooks_lock_take(r, *conn, lock, &diags);
    if (!alone)
      result_fail(r, res, &diags, NULL, NULL);
    res->status =
        alone && statement_run(r, *conn, a, n, res, NULL, &diags) ? RUN_SUCCESS : RUN_ERROR;
    res->seconds = (double)(clock_us() - from) / 1e6;
    diags_free(&diags);
  }
  res->failures = res->status != RUN_SUCCESS;
  if (res->status != RUN_ERROR)
    res->message = result_text(r, hook_message(a, n, failed ? "skipped" : "passed"));
}

bool hooks_run(Run *r, bool at_end) {
  Conn *conn = NULL;
  NodeLock lock = {0};
  bool good = true;
  size_t index = 0, total = 0;
  for (size_t i = 0; i < r->graph->nnodes; i++)
    total += is_hook(r->graph->nodes[i], at_end);
  for (size_t i = 0; i < r->graph->nnodes && (at_end || !run_stopped(r)); i++) {
    const Node *n = r->graph->nodes[i];
    if (!is_hook(n, at_end))
      continue;
    Arena a = {0};
    RunResult *res = result_new(r, n);
    NodeStep step = {.phase = PHASE_STARTED, .node = n, .index = ++index, .total = total};
    if (good)
      run_step(r, &step);
    hook_result(r, &conn, &lock, &a, n, !good, res);
    good = good && res->status == RUN_SUCCESS;
    result_add(r, res);
    step.phase = PHASE_DONE;
    step.result = res;
    run_step(r, &step);
    pthread_mutex_lock(&r->lock);
    arena_adopt(&r->results_arena, &a);
    pthread_mutex_unlock(&r->lock);
  }
  node_lock_leave(&lock);
  if (conn)
    conn_close(conn); // it holds no place while the nodes are built
  return good;
}
