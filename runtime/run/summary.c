// The end of a run: failures with their places and what to do about each, then the totals.
#include "warehouse.h"

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
static void table_lines(Run *r, const char *event, const char *code, const char *indent, Str text) {
  Str line;
  while (text.len && str_cut(&text, '\n', &line))
    run_say(r, LEVEL_INFO, event, code, "%s%.*s", indent, STR_ARG(line));
}

// What --show asks for.
static void loaded_rows(Run *r, const RunResult *res) {
  const Node *n = res->node;
  run_say(r, LEVEL_INFO, "EmptyLine", "Z017", "%s", "");
  run_say(r, LEVEL_INFO, "SeedHeader", "Q004", "First rows of %.*s.%.*s", STR_ARG(n->schema),
          STR_ARG(n->alias));
  table_lines(r, "SeedRows", "Z029", "", res->loaded_rows);
}

// The nodes that the same trouble with the warehouse stopped: it is told once.
static size_t stopped_alike(const Run *r, const RunResult *res, Buf *names) {
  enum { SHOWN = 8 };
  size_t n = 0;
  for (size_t i = 0; i < r->nresults; i++) {
    const RunResult *other = r->results[i];
    if (!warehouse_same(other->diag, res->diag))
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
    if (warehouse_same(r->results[k]->diag, r->results[i]->diag))
      return true;
  return false;
}

// One finding for several nodes. False: it is of this node alone.
static bool common_failure(Run *r, const RunResult *res) {
  Buf names = {0};
  size_t n = stopped_alike(r, res, &names);
  if (n > 1) {
    run_say(r, LEVEL_ERROR, "EmptyLine", "Z017", "%s", "");
    run_say(r, LEVEL_ERROR, "RunResultFailure", "Z022", "%s Error in %zu nodes: %s",
            res->failed_in ? res->failed_in : "Database", n, buf_cstr(&names));
    r->report->finding(r->report->data, res->diag, res->node);
    run_say(r, LEVEL_INFO, "RerunHint", "Z028", "  again:    %s retry", program_name());
  }
  buf_free(&names);
  return n > 1;
}

static void one_failure(Run *r, const RunResult *res) {
  const Node *n = res->node;
  bool warn = res->status == RUN_WARN;
  Level level = warn ? LEVEL_WARN : LEVEL_ERROR;
  const char *what = warn ? "Warning" : res->status == RUN_FAIL ? "Failure" : "Error";
  run_say(r, level, "EmptyLine", "Z017", "%s", "");
  run_say(r, level, warn ? "RunResultWarning" : "RunResultFailure", warn ? "Z021" : "Z022",
          "%s%s%s in %.*s %.*s (%.*s)", res->failed_in ? res->failed_in : "",
          res->failed_in ? " " : "", what, STR_ARG(node_kind_names[n->kind]), STR_ARG(n->name),
          STR_ARG(n->original_path));
  const Source *made = n->source && n->source->made_by ? n->source : NULL;
  Diag at_test = {.severity = warn ? SEV_WARNING : SEV_ERROR,
                  .code = CODE_TEST_FAILED,
                  .message = str_trim(res->message)};
  if (res->diag)
    r->report->finding(r->report->data, res->diag, n);
  else if (res->message.len && made) { // a generic test: its line in the YAML
    at_test.source = made->made_by;
    at_test.span = made->made_at;
    r->report->finding(r->report->data, &at_test, n);
  } else if (res->message.len)
    run_say(r, level, "RunResultError", "Z024", "  %.*s", STR_ARG(str_trim(res->message)));
  if (res->failing_rows.len)
    run_say(r, LEVEL_INFO, "FailingRows", "Z029", "  rows that it found:");
  table_lines(r, "FailingRows", "Z029", "    ", res->failing_rows);
  if (res->compiled_path.len)
    run_say(r, LEVEL_INFO, "SQLCompiledPath", "Z026", "  compiled: %.*s",
            STR_ARG(res->compiled_path));
  if (n->kind == NODE_OPERATION)
    return;
  const RunOptions *o = r->options;
  Buf b = {0};
  buf_addf(&b, "%s %s", program_name(), str_is(o->command, "clone") ? "clone" : command_for(n));
  add_option(o, &b, "select", NULL, n->name);
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
  run_say(r, LEVEL_INFO, "RerunHint", "Z028", "  again:    %s", buf_cstr(&b));
  buf_free(&b);
}

void summary_print(Run *r, const char *what) {
  Totals t = count(r);
  double seconds = (double)(now_us() - r->started_us) / 1e6;
  run_sum_up(r, "FinishedRunningStats", "E047", "Finished running %s in %.2fs%s", what, seconds,
             r->signal ? ", interrupted" : "");
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
    run_say(r, LEVEL_INFO, "EmptyLine", "Z017", "%s", "");
  run_sum_up(r, "StatsLine", "Z023",
             "Done. PASS=%zu WARN=%zu ERROR=%zu SKIP=%zu NO-OP=%zu TOTAL=%zu", t.pass, t.warn,
             t.error, t.skip, t.noop, t.all);
}
