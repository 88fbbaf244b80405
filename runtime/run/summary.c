// The end of a run: failures with their places and what to do about each, then the totals.
#include "summary.h"
#include "warehouse.h"

#include "../../compiler/base/clock.h"
#include "../../compiler/base/program.h"

#include <ctype.h>

bool status_is_bad(RunStatus s) {
  return s == RUN_ERROR || s == RUN_FAIL || s == RUN_RUNTIME_ERROR || s == RUN_SKIPPED ||
         s == RUN_PARTIAL;
}

typedef struct Totals {
  size_t pass, warn, error, skip, noop, all;
} Totals;

static Totals count(const Run *r) {
  Totals t = {0};
  for (size_t i = 0; i < r->nresults; i++) {
    RunStatus s = r->results[i]->status;
    t.all++;
    if (s == RUN_SUCCESS || s == RUN_PASS)
      t.pass++;
    else if (s == RUN_WARN)
      t.warn++;
    else if (s == RUN_SKIPPED)
      t.skip++;
    else if (s == RUN_NOOP)
      t.noop++;
    else
      t.error++;
  }
  return t;
}

static const char *command_for(const Node *n) {
  return n->kind == NODE_TEST || n->kind == NODE_UNIT_TEST ? "test"
         : n->kind == NODE_SEED                            ? "seed"
         : n->kind == NODE_SNAPSHOT                        ? "snapshot"
         : n->kind == NODE_LOAD                            ? "load"
         : n->kind == NODE_FUNCTION                        ? "build"
                                                           : "run";
}

// An option of this run that the same command needs again.
static void add_option(const RunOptions *o, Buf *b, const char *name, const char *key, Str value) {
  bool given = !key || (val_is(o->explicit_options, VAL_DICT) &&
                        dict_gets(o->explicit_options.dict, str_c(key)));
  if (!given || !value.len)
    return;
  bool plain = true;
  for (size_t i = 0; i < value.len; i++)
    plain &= isalnum((unsigned char)value.ptr[i]) || strchr("_-./:@%+=,", value.ptr[i]);
  buf_addf(b, " --%s ", name);
  if (plain) {
    buf_add(b, value);
    return;
  }
  buf_addc(b, '\'');
  for (size_t i = 0; i < value.len; i++)
    value.ptr[i] == '\'' ? buf_adds(b, "'\\''") : buf_addc(b, value.ptr[i]);
  buf_addc(b, '\'');
}

// A table that was kept as text, line by line.
static void table_lines(Run *r, EventKind kind, const Node *n, const char *indent, Str text) {
  Str line;
  while (text.len && str_cut(&text, '\n', &line))
    run_tell(r, (Event){.kind = kind, .node = n}, "%s%.*s", indent, STR_ARG(line));
}

// What --show asks for.
static void loaded_rows(Run *r, const RunResult *res) {
  const Node *n = res->node;
  Str header = str_fmt(&r->arena, "First rows of %.*s.%.*s", STR_ARG(n->schema), STR_ARG(n->alias));
  run_blank(r, LEVEL_INFO);
  run_say(r, EV_SeedHeader, EVENT_FIELDS({"header", val_str(header)}), "%.*s", STR_ARG(header));
  table_lines(r, EV_SeedRows, n, "", res->loaded_rows);
}

// The nodes that the same trouble with the warehouse stopped: it is told once.
static size_t stopped_alike(const Run *r, const RunResult *res, Buf *names) {
  enum { SHOWN = 8 };
  size_t n = 0;
  for (size_t i = 0; i < r->nresults; i++) {
    const RunResult *other = r->results[i];
    if (!diag_same_trouble(other->diag, res->diag))
      continue;
    if (n++ < SHOWN)
      buf_addf(names, "%s%.*s", n == 1 ? "" : ", ", STR_ARG(other->node->name));
  }
  if (n > SHOWN)
    buf_addf(names, " and %zu more", n - SHOWN);
  return n;
}

// Whether a failure before this one was told for it too.
static bool told_with_another(const Run *r, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (diag_same_trouble(r->results[k]->diag, r->results[i]->diag))
      return true;
  return false;
}

// One finding for several nodes. False: it is of this node alone.
static bool common_failure(Run *r, const RunResult *res) {
  Buf names = {0};
  size_t n = stopped_alike(r, res, &names);
  if (n > 1) {
    run_blank(r, LEVEL_ERROR);
    run_say(r, EV_NodesOfOneFailure, NULL, "%s Error in %zu nodes: %s",
            res->failed_in ? res->failed_in : "Database", n, buf_cstr(&names));
    run_tell_finding(r, EV_RunResultError, res->diag, res->node);
    run_say(r, EV_RerunHint, NULL, "  again:    %s retry", program_name());
  }
  buf_free(&names);
  return n > 1;
}

static void no_message(Run *r, const RunResult *res) {
  Str status = run_status_names[res->status];
  run_tell(r,
           (Event){.kind = EV_RunResultErrorNoMessage,
                   .fields = EVENT_FIELDS({"status", val_str(status)}),
                   .node = res->node,
                   .unseen = true},
           "  Status: %.*s", STR_ARG(status));
}

// What is the matter: a finding at its place, or the message alone.
static void failure_message(Run *r, const RunResult *res) {
  const Node *n = res->node;
  bool warn = res->status == RUN_WARN;
  EventKind kind = warn ? EV_RunResultWarningMessage : EV_RunResultError;
  const Source *made = n->source && n->source->made_by ? n->source : NULL;
  Diag at_test = {.severity = warn ? SEV_WARNING : SEV_ERROR,
                  .code = CODE_TEST_FAILED,
                  .message = str_trim(res->message)};
  if (res->diag) {
    run_tell_finding(r, kind, res->diag, n);
  } else if (res->message.len && made) { // a generic test: its line in the YAML
    at_test.source = made->made_by;
    at_test.span = made->made_at;
    run_tell_finding(r, kind, &at_test, n);
  } else if (res->message.len) {
    run_tell(r, (Event){.kind = kind, .node = n}, "  %.*s", STR_ARG(str_trim(res->message)));
  } else {
    no_message(r, res);
  }
}

// Where to look: the rows that a test found, the statement, the table that holds the rows.
static void failure_places(Run *r, const RunResult *res) {
  const Node *n = res->node;
  if (res->failing_rows.len)
    run_tell(r, (Event){.kind = EV_FailingRows, .node = n}, "  rows that it found:");
  table_lines(r, EV_FailingRows, n, "    ", res->failing_rows);
  if (res->compiled_path.len)
    run_tell(r,
             (Event){.kind = EV_SQLCompiledPath,
                     .fields = EVENT_FIELDS({"path", val_str(res->compiled_path)}),
                     .node = n},
             "  compiled: %.*s", STR_ARG(res->compiled_path));
  if (n->kind == NODE_TEST && n->relation_name.len)
    run_tell(r,
             (Event){.kind = EV_CheckNodeTestFailure,
                     .fields = EVENT_FIELDS({"relation_name", val_str(n->relation_name)}),
                     .node = n,
                     .unseen = true},
             "  See test failures: select * from %.*s", STR_ARG(n->relation_name));
}

static bool any_skipped(const Run *r) {
  for (size_t i = 0; i < r->nresults; i++)
    if (r->results[i]->status == RUN_SKIPPED)
      return true;
  return false;
}

// After a build the nodes behind it are due too. A round of --watch comes again by itself.
static void rerun_hint(Run *r, const Node *n) {
  const RunOptions *o = r->options;
  bool tests = n->kind == NODE_TEST || n->kind == NODE_UNIT_TEST, build = command_is(o, CMD_BUILD);
  bool behind = build && any_skipped(r);
  Buf b = {0};
  if (o->rounds)
    return;
  if (behind && tests) { // what waits for a test is chosen by no name of it
    run_tell(r, (Event){.kind = EV_RerunHint, .node = n}, "  again:    %s retry", program_name());
    return;
  }
  buf_addf(&b, "%s %s", program_name(),
           command_is(o, CMD_CLONE) ? "clone"
           : build && !tests        ? "build"
                                    : command_for(n));
  Str name = node_versioned_name(&r->arena, n);
  add_option(o, &b, "select", NULL, behind ? str_fmt(&r->arena, "%.*s+", STR_ARG(name)) : name);
  if (o->defer)
    buf_adds(&b, " --defer");
  if (o->embedded)
    buf_adds(&b, " --embedded");
  add_option(o, &b, "state", "state", o->state);
  add_option(o, &b, "defer-state", "defer_state", o->defer_state);
  add_option(o, &b, "target", "target", o->target);
  add_option(o, &b, "vars", "vars", o->vars);
  add_option(o, &b, "profile", "profile", o->profile);
  add_option(o, &b, "profiles-dir", "profiles_dir", o->profiles_dir);
  add_option(o, &b, "project-dir", "project_dir", o->project_dir);
  add_option(o, &b, "target-path", "target_path", o->target_path);
  run_tell(r, (Event){.kind = EV_RerunHint, .node = n}, "  again:    %s", buf_cstr(&b));
  buf_free(&b);
}

static void failure_head(Run *r, const RunResult *res, bool unseen) {
  const Node *n = res->node;
  bool warn = res->status == RUN_WARN;
  const char *what = warn ? "Warning" : res->status == RUN_FAIL ? "Failure" : "Error";
  run_tell(r,
           (Event){.kind = warn ? EV_RunResultWarning : EV_RunResultFailure,
                   .fields = EVENT_FIELDS({"node_name", val_str(n->name)},
                                          {"path", val_str(n->original_path)},
                                          {"resource_type", val_str(node_kind_names[n->kind])}),
                   .node = n,
                   .unseen = unseen},
           "%s%s%s in %.*s %.*s (%.*s)", res->failed_in ? res->failed_in : "",
           res->failed_in ? " " : "", what, STR_ARG(node_kind_names[n->kind]), STR_ARG(n->name),
           STR_ARG(n->original_path));
}

static void one_failure(Run *r, const RunResult *res) {
  run_blank(r, res->status == RUN_WARN ? LEVEL_WARN : LEVEL_ERROR);
  failure_head(r, res, false);
  failure_message(r, res);
  failure_places(r, res);
  if (res->node->kind != NODE_OPERATION)
    rerun_hint(r, res->node);
}

void summary_stale(Run *r, const RunResult *res) {
  failure_head(r, res, true);
  no_message(r, res);
}

// dbt's lines for the end, which a terminal has in the last one.
static void end_events(Run *r, const Totals *t) {
  size_t partial = 0;
  for (size_t i = 0; i < r->nresults; i++)
    partial += r->results[i]->status == RUN_PARTIAL;
  size_t errors = t->error - partial;
  run_tell(r,
           (Event){.kind = EV_EndOfRunSummary,
                   .fields = EVENT_FIELDS({"keyboard_interrupt", val_bool(r->signal != 0)},
                                          {"num_errors", val_int((int64_t)errors)},
                                          {"num_partial_success", val_int((int64_t)partial)},
                                          {"num_warnings", val_int((int64_t)t->warn)}),
                   .unseen = true},
           "Completed with %zu errors, %zu partial successes, %zu warnings", errors, partial,
           t->warn);
}

// How many of each kind there were: "2 models, 1 seed".
static Str counted(Run *r) {
  size_t n[NODE_KINDS] = {0};
  for (size_t i = 0; i < r->nresults; i++)
    n[r->results[i]->node->kind]++;
  return node_kinds_counted(&r->arena, n);
}

static Value stats(Arena *a, const Totals *t, DbtLevel level) {
  const struct {
    Str name;
    size_t n;
    DbtLevel since;
  } all[] = {
      {STR("error"),  t->error, DBT_1_11},
      {STR("noop"),   t->noop,  DBT_1_11},
      {STR("pass"),   t->pass,  DBT_1_11},
      {STR("reused"), 0,        DBT_1_12}, // only dbt's platform has nodes that it takes as they are
      {STR("skip"),   t->skip,  DBT_1_11},
      {STR("total"),  t->all,   DBT_1_11},
      {STR("warn"),   t->warn,  DBT_1_11},
  };
  Value d = val_dict(a);
  for (size_t i = 0; i < COUNT(all); i++)
    if (level >= all[i].since)
      dict_sets(a, d.dict, all[i].name, val_int((int64_t)all[i].n));
  return d;
}

static void finished(Run *r, double seconds, bool unseen) {
  Str execution = str_fmt(&r->arena, " in %.2f seconds", seconds);
  run_tell(r,
           (Event){.kind = EV_FinishedRunningStats,
                   .fields = EVENT_FIELDS({"execution", val_str(execution)},
                                          {"execution_time", val_float(seconds)},
                                          {"stat_line", val_str(counted(r))}),
                   .totals = true,
                   .unseen = unseen},
           "Finished running %s in %.2fs%s", r->options->command->what, seconds,
           r->signal ? ", interrupted" : "");
}

void summary_finished(Run *r, double seconds) { finished(r, seconds, true); }

void summary_print(Run *r) {
  Totals t = count(r);
  DbtLevel level = r->project->level;
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  finished(r, seconds, false);
  end_events(r, &t);
  for (size_t i = 0; i < r->nresults; i++) {
    RunStatus s = r->results[i]->status;
    if (s == RUN_WARN)
      one_failure(r, r->results[i]);
  }
  for (size_t i = 0; i < r->nresults; i++)
    if (r->results[i]->loaded_rows.len)
      loaded_rows(r, r->results[i]);
  for (size_t i = 0; i < r->nresults; i++) {
    RunStatus s = r->results[i]->status;
    if (status_is_bad(s) && (s != RUN_SKIPPED || r->results[i]->diag) && !told_with_another(r, i) &&
        !common_failure(r, r->results[i]))
      one_failure(r, r->results[i]);
  }
  if (t.warn + t.error || (t.all && r->options->show))
    run_blank(r, LEVEL_INFO);
  run_tell(r,
           (Event){.kind = EV_StatsLine,
                   .fields = EVENT_FIELDS({"stats", stats(&r->arena, &t, level)}),
                   .totals = true},
           "Done. PASS=%zu WARN=%zu ERROR=%zu SKIP=%zu NO-OP=%zu%s TOTAL=%zu", t.pass, t.warn,
           t.error, t.skip, t.noop, level >= DBT_1_12 ? " REUSED=0" : "", t.all);
}
