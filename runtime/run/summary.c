// The end of a run: failures with their places and what to do about each, then the totals.
#include "node_run.h"

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

static const char *command_for(const Run *r, const Node *n) {
  (void)r;
  return n->kind == NODE_TEST || n->kind == NODE_UNIT_TEST ? "test"
         : n->kind == NODE_SEED                            ? "seed"
         : n->kind == NODE_SNAPSHOT                        ? "snapshot"
                                                           : "run";
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
  if (res->diag)
    r->report->finding(r->report->data, res->diag, n);
  else if (res->message.len)
    run_say(r, level, "RunResultError", "Z024", "  %.*s", STR_ARG(str_trim(res->message)));
  if (res->compiled_path.len)
    run_say(r, LEVEL_INFO, "SQLCompiledPath", "Z026", "  compiled: %.*s",
            STR_ARG(res->compiled_path));
  if (n->kind != NODE_OPERATION)
    run_say(r, LEVEL_INFO, "RerunHint", "Z028", "  again:    starc %s --select %.*s",
            command_for(r, n), STR_ARG(n->name));
}

void summary_print(Run *r, const char *what) {
  Totals t = count(r);
  double seconds = (double)(now_us() - r->started_us) / 1e6;
  run_say(r, LEVEL_INFO, "FinishedRunningStats", "E047", "Finished running %s in %.2fs%s", what,
          seconds, r->signal ? ", interrupted" : "");
  for (size_t i = 0; i < r->nresults; i++) {
    RunStatus s = r->results[i]->status;
    if (s == RUN_WARN)
      one_failure(r, r->results[i]);
  }
  for (size_t i = 0; i < r->nresults; i++) {
    RunStatus s = r->results[i]->status;
    if (status_is_bad(s) && (s != RUN_SKIPPED || r->results[i]->diag))
      one_failure(r, r->results[i]);
  }
  if (t.warn + t.error)
    run_say(r, LEVEL_INFO, "EmptyLine", "Z017", "%s", "");
  run_say(r, LEVEL_INFO, "StatsLine", "Z023",
          "Done. PASS=%zu WARN=%zu ERROR=%zu SKIP=%zu NO-OP=%zu TOTAL=%zu", t.pass, t.warn, t.error,
          t.skip, t.noop, t.all);
}
