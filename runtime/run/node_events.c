// In: the steps of nodes, with results. Out: events, with all that dbt's have: which of it an event
// has is said by its row in events.def, so that one list of fields serves every kind of node.
#include "node_events.h"
#include "microbatch.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/clock.h"

// What is said at the start and at the end of a node of each kind.
static const struct {
  EventKind start, end; // start EV_Formatting: nothing
  const char *described;
  bool message; // a status that is good is the database's word
} kinds[NODE_KINDS] = {
    [NODE_MODEL] = {EV_LogStartLine,     EV_LogModelResult,     NULL,           true },
    [NODE_SEED] = {EV_LogStartLine,     EV_LogSeedResult,      "seed file",    false},
    [NODE_SNAPSHOT] = {EV_LogStartLine,     EV_LogSnapshotResult,  "snapshot",     false},
    [NODE_TEST] = {EV_LogStartLine,     EV_LogTestResult,      "test",         false},
    [NODE_UNIT_TEST] = {EV_LogStartLine,     EV_LogTestResult,      "unit_test",    false},
    [NODE_FUNCTION] = {EV_LogStartLine,     EV_LogFunctionResult,  "function",     false},
    [NODE_OPERATION] = {EV_LogHookStartLine, EV_LogHookEndLine,     "hook",         false},
    [NODE_SOURCE] = {EV_LogStartLine,     EV_LogFreshnessResult, "freshness of", false},
    [NODE_LOAD] = {EV_LogStartLine,     EV_LogSeedResult,      "load",         false},
    [NODE_EXPOSURE] = {EV_Formatting,       EV_LogNodeNoOpResult,  "exposure",     false},
    [NODE_SAVED_QUERY] = {EV_Formatting,       EV_LogNodeNoOpResult,  "saved_query",  false},
};

static Str name_of(Arena *a, const Node *n) {
  if (n->kind == NODE_UNIT_TEST)
    return str_fmt(a, "%.*s::%.*s", STR_ARG(n->unit->tested->name), STR_ARG(n->unit->runner->name));
  if (n->kind == NODE_SOURCE)
    return str_fmt(a, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name));
  if (node_is_refable(n) || n->kind == NODE_FUNCTION || n->kind == NODE_LOAD)
    return str_fmt(a, "%.*s.%.*s", STR_ARG(n->schema), STR_ARG(n->alias));
  return n->name;
}

Str node_described(Arena *a, const Node *n) {
  Str name = name_of(a, n);
  if (n->kind != NODE_MODEL)
    return str_fmt(a, "%s %.*s", kinds[n->kind].described ? kinds[n->kind].described : "node",
                   STR_ARG(name));
  Value strategy = node_config(n, STR("incremental_strategy"));
  Str how = val_is_str(strategy, STR("microbatch")) ? STR("microbatch") : node_materialized(n);
  return str_fmt(a, "%.*s %.*s model %.*s", STR_ARG(n->language), STR_ARG(how), STR_ARG(name));
}

// Tests have the level of their status; of others only an error is told as one.
static Level level_of(NodeKind kind, RunStatus s) {
  bool judged = kind == NODE_TEST || kind == NODE_UNIT_TEST || kind == NODE_SOURCE;
  if (s == RUN_ERROR || s == RUN_RUNTIME_ERROR || (judged && s == RUN_FAIL))
    return LEVEL_ERROR;
  return judged && s == RUN_WARN ? LEVEL_WARN : LEVEL_INFO;
}

// A terminal that shows errors only shows what did not end well.
static Level shown_with(RunStatus s) {
  return s == RUN_ERROR || s == RUN_FAIL || s == RUN_RUNTIME_ERROR || s == RUN_PARTIAL ? LEVEL_ERROR
         : s == RUN_WARN                                                               ? LEVEL_WARN
                                                                                       : LEVEL_INFO;
}

// Whether another node's failure, that of an ephemeral model, is the reason.
static bool ephemeral_cause(const RunResult *res) {
  return res->cause && res->cause->kind == NODE_MODEL &&
         str_is(node_materialized(res->cause), "ephemeral");
}

// Which row of kinds tells of it: the age of a model is told as that of a source.
static NodeKind told_as(const Run *r, const Node *n) {
  return n->kind == NODE_MODEL && command_is(r->options, CMD_AGES) ? NODE_SOURCE : n->kind;
}

static Str described(Arena *a, const Run *r, const Node *n) {
  if (told_as(r, n) == n->kind)
    return node_described(a, n);
  return str_fmt(a, "%s %.*s", kinds[NODE_SOURCE].described, STR_ARG(name_of(a, n)));
}

static EventKind end_kind(const Run *r, const Node *n, const RunResult *res) {
  if (res->status != RUN_SKIPPED || n->kind == NODE_OPERATION)
    return kinds[told_as(r, n)].end;
  return ephemeral_cause(res) ? EV_LogSkipBecauseError : EV_SkippingDetails;
}

// --- what the data can have

static Value config_texts(Arena *a, const Node *n) {
  Value texts = val_dict(a);
  size_t at = 0;
  for (DictEntry *e; n->kind == NODE_SNAPSHOT && n->config.kind == VAL_DICT &&
                     (e = dict_next(n->config.dict, &at));)
    if (e->value.kind != VAL_NONE && e->value.kind != VAL_UNDEF)
      dict_set(a, texts.dict, e->key, val_str(val_to_str(a, e->value)));
  return texts;
}

static void add_timing(Arena *a, Value list, const char *name, int64_t from, int64_t to) {
  if (!from)
    return;
  Value t = val_dict(a);
  dict_sets(a, t.dict, STR("completed_at"), val_str(artifact_time(a, to ? to : from)));
  dict_sets(a, t.dict, STR("name"), val_str(str_c(name)));
  dict_sets(a, t.dict, STR("started_at"), val_str(artifact_time(a, from)));
  list_push(a, list.list, t);
}

// RunResult as NodeFinished has it.
static Value run_result(Arena *a, const RunResult *res) {
  Value d = val_dict(a), timing = val_list(a, 2);
  add_timing(a, timing, "compile", res->compile_start_us, res->compile_end_us);
  add_timing(a, timing, "execute", res->execute_start_us, res->execute_end_us);
  bool said = res->adapter_response.kind == VAL_DICT;
  dict_sets(a, d.dict, STR("adapter_response"), said ? res->adapter_response : val_dict(a));
  dict_sets(a, d.dict, STR("execution_time"), val_float(res->seconds));
  dict_sets(a, d.dict, STR("message"), val_str(res->message));
  dict_sets(a, d.dict, STR("num_failures"), val_int(res->failures < 0 ? 0 : res->failures));
  dict_sets(a, d.dict, STR("status"), val_str(run_status_names[res->status]));
  dict_sets(a, d.dict, STR("thread"), val_str(res->thread));
  dict_sets(a, d.dict, STR("timing_info"), timing);
  return d;
}

static Str status_text(const Run *r, const Node *n, const RunResult *res) {
  bool said =
      kinds[told_as(r, n)].message && res->status != RUN_ERROR && res->status != RUN_SKIPPED;
  if (ephemeral_cause(res))
    return STR("error");
  return said && res->message.len ? res->message : run_status_names[res->status];
}

static Value count(size_t n) { return val_int((int64_t)n); }

static Str statement_of(Arena *a, const Node *n) {
  return str_fmt(a, "%.*s.on-run-%s.%d", STR_ARG(n->package->name),
                 n->more->hook_end ? "end" : "start", n->more->hook_index);
}

// --- steps

// A step and how far the node is with it.
typedef struct Said {
  Run *run;
  Arena *a;
  const NodeStep *step;
  NodeState state;
} Said;

static void told_event(const Said *said, EventKind kind, const EventField *fields, Str msg) {
  run_event(said->run, (Event){.kind = kind,
                               .msg = msg,
                               .fields = fields,
                               .node = said->step->node,
                               .state = said->state,
                               .thread = said->step->thread,
                               .unseen = true,
                               .soon = kind != EV_NodeFinished && kind != EV_NodeCompiling});
}

static bool is_hook(const NodeStep *s) { return s->node->kind == NODE_OPERATION && !s->quiet; }

static void tell_begin(const Said *said, bool runs) {
  const NodeStep *s = said->step;
  NodeState state = {.phase = PHASE_STARTED, .started_us = said->state.started_us};
  run_event(said->run,
            (Event){.kind = EV_NodeStart,
                    .msg = str_fmt(said->a, "Began running node %.*s", STR_ARG(s->node->id)),
                    .node = s->node,
                    .step = runs && !s->quiet ? s : NULL,
                    .state = state,
                    .thread = s->thread,
                    .unseen = true,
                    .soon = true});
}

static void tell_start(const Said *said) {
  const NodeStep *s = said->step;
  const Node *n = s->node;
  if (!is_hook(s))
    tell_begin(said, true);
  EventKind kind = kinds[told_as(said->run, n)].start;
  if (kind == EV_Formatting || s->quiet)
    return;
  Str what = described(said->a, said->run, n);
  told_event(said, kind,
             EVENT_FIELDS({"description", val_str(what)}, {"index", count(s->index)},
                          {"total", count(s->total)},
                          {"statement", val_str(statement_of(said->a, n))}),
             str_fmt(said->a, "%zu of %zu START %.*s", s->index, s->total, STR_ARG(what)));
}

enum { RESULT_FIELDS = 19 }; // and one that ends them

// What the data of a result can have.
static const EventField *result_fields(const Said *said, EventField out[RESULT_FIELDS]) {
  const NodeStep *s = said->step;
  const Node *n = s->node;
  const RunResult *res = s->result;
  Arena *a = said->a;
  bool generic = n->kind == NODE_TEST && n->test && n->test->generic && n->nneeds;
  Str what = n->kind == NODE_SNAPSHOT ? name_of(a, n) : described(a, said->run, n);
  const EventField fields[RESULT_FIELDS] = {
      {"attached_node",                                    val_str(generic ? n->needs[0]->id : STR(""))},
      {"cfg",                                              config_texts(a,                               n)},
      {"description",                                                  val_str(what)                                                                                 },
      {"execution_time",                                                  val_float(res->seconds)},
      {"index",                                                  count(s->index)                                                                                          },
      {"name",                                                  val_str(name_of(a,n))},
      {"node_name",                                               val_str(n->name)                                                                                            },
      {"num_failures",val_int(res->failures < 0 ? 0 : res->failures)},
      {"num_models",                 count(s->total)                                                                                                                         },
      {"relation",                   val_str(n->alias.len ? n->alias : n->name)},
      {"resource_type",val_str(node_kind_names[n->kind])                                                                                            },
      {"result_message",                            val_str(res->message)},
      {"schema",  val_str(n->schema)                                                                  },
      {"source_name",                               val_str(n->info ? n->info->source_name : STR(""))        },
      {"statement",val_str(statement_of(a,       n))},
      {"status",                                                          val_str(status_text(said->run,                                                                                             n, res))},
      {"table_name",                                           val_str(n->name)},
      {"total",                                             count(s->total)                                                                                        }
  };
  return memcpy(out, fields, sizeof fields);
}

static void tell_result(const Said *said) {
  const NodeStep *s = said->step;
  const Node *n = s->node;
  const RunResult *res = s->result;
  EventField fields[RESULT_FIELDS];
  EventKind kind = end_kind(said->run, n, res);
  run_event(said->run,
            (Event){.kind = kind,
                    .level = event_row(kind)->level ? LEVEL_OWN
                                                    : level_of(told_as(said->run, n), res->status),
                    .shown_with = shown_with(res->status),
                    .msg = s->line,
                    .fields = said->run->report->reads_fields ? result_fields(said, fields) : NULL,
                    .node = n,
                    .step = s->line.len ? NULL : s,
                    .state = said->state,
                    .thread = s->thread,
                    .soon = !is_hook(s)});
}

static void tell_finished(const Said *said, const RunResult *res) {
  Value result = said->run->report->reads_fields ? run_result(said->a, res) : val_none();
  told_event(said, EV_NodeFinished, EVENT_FIELDS({"run_result", result}),
             str_fmt(said->a, "Finished running node %.*s", STR_ARG(said->step->node->id)));
}

static void tell_phase(const Said *said) {
  bool compiling = said->step->phase == PHASE_COMPILING;
  told_event(said, compiling ? EV_NodeCompiling : EV_NodeExecuting, NULL,
             str_fmt(said->a, "Began %s node %.*s", compiling ? "compiling" : "executing",
                     STR_ARG(said->step->node->id)));
}

// What broke a node off, told before its result. A test that failed was not broken off.
static void tell_broken(const Said *said) {
  Str message = said->step->result->message;
  told_event(said, EV_CatchableExceptionOnRun, EVENT_FIELDS({"exc", val_str(message)}), message);
}

static void tell_end(const Said *said) {
  if (said->step->result->failed_in)
    tell_broken(said);
  if (!said->step->quiet)
    tell_result(said);
  if (!is_hook(said->step))
    tell_finished(said, said->step->result);
}

// The state of `before` after a step.
static NodeState state_after(NodeState before, NodePhase phase, const RunResult *res) {
  NodeState state = before;
  state.phase = phase;
  if (!state.started_us)
    state.started_us = clock_us();
  if (phase != PHASE_DONE)
    return state;
  state.status = res->status;
  // What was skipped has not finished, as dbt has it.
  state.finished_us = state.status == RUN_SKIPPED ? 0 : clock_us();
  return state;
}

void run_step(Run *r, const NodeStep *s) {
  Arena a = {0};
  // Batches of one node may run side by side: its state is not theirs.
  NodeState batch = {0}, *state = s->node->more->batch ? &batch : run_node_state(r, s->node);
  bool skipped = s->phase == PHASE_DONE && state->phase == PHASE_NONE;
  *state = state_after(*state, s->phase, s->result);
  Said said = {r, &a, s, *state};
  if (skipped && !is_hook(s))
    tell_begin(&said, false);
  if (s->phase == PHASE_STARTED)
    tell_start(&said);
  else if (s->phase == PHASE_DONE)
    tell_end(&said);
  else
    tell_phase(&said);
  if (s->phase == PHASE_DONE)
    *state = (NodeState){0};
  arena_free(&a);
}

void run_batch_step(Run *r, const Node *n, Str shown, size_t index, size_t total,
                    const RunResult *res, Str msg) {
  Arena a = {0};
  NodeStep step = {.node = n, .index = index, .total = total, .result = res};
  Said said = {r, &a, &step, state_after((NodeState){0}, res ? PHASE_DONE : PHASE_STARTED, res)};
  Str described = str_fmt(&a, "batch %.*s of %.*s", STR_ARG(shown), STR_ARG(name_of(&a, n)));
  Str started = str_fmt(&a, "Batch %zu of %zu START %.*s", index, total, STR_ARG(described));
  run_event(r, (Event){.kind = res ? EV_LogBatchResult : EV_LogStartBatch,
                       .level = res ? level_of(n->kind, res->status) : LEVEL_OWN,
                       .msg = msg.len ? msg : started,
                       .fields = EVENT_FIELDS(
                           {"batch_index", count(index)}, {"total_batches", count(total)},
                           {"description", val_str(described)},
                           {"execution_time", val_float(res ? res->seconds : 0)},
                           {"status", val_str(res ? status_text(r, n, res) : STR(""))}),
                       .node = n,
                       .state = said.state,
                       .unseen = !res});
  if (res)
    tell_finished(&said, res);
  arena_free(&a);
}
