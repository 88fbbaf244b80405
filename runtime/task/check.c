// check: every error of the project's SQL, and what could not be looked at and why.
#include "../check/check.h"
#include "../../compiler/base/clock.h"
#include "../check/findings.h"
#include "../check/guard.h"
#include "../check/update.h"
#include "../run/files.h"
#include "../run/signals.h"
#include "task.h"

typedef struct Counts {
  size_t looked, left, below, unknown;
} Counts;

static Counts count(const Checked *checked) {
  Counts c = {0};
  for (size_t i = 0; i < checked->n; i++) {
    CheckState s = checked->nodes[i].state;
    c.looked += s == CHECK_GOOD || s == CHECK_WRONG;
    c.left += s == CHECK_LEFT;
    c.below += s == CHECK_PARENT;
    c.unknown += s == CHECK_UNKNOWN;
  }
  return c;
}

static void tell_source(Run *r, const Node *source, size_t n) {
  const SourceInfo *info = source->info;
  Diag *d = diag_at(&r->diags, SEV_WARNING, CODE_UNKNOWN_COLUMNS, info->asked_src, info->asked_span,
                    "the columns of source '%.*s.%.*s' are not known: %zu node%s not checked",
                    STR_ARG(info->source_name), STR_ARG(source->name), n, n == 1 ? " is" : "s are");
  diag_hint(&r->diags, d,
            "starc check --update-sources asks the target for them; or give each its data_type");
}

// A source whose columns nobody knows: told once, at its line, with what would make them known.
static void find_sources(Findings *f, const Checked *checked) {
  Run *r = f->run;
  size_t *left_out = arena_array(&r->arena, size_t, r->graph->nnodes + 1); // by Node.index
  for (size_t i = 0; i < checked->n; i++)
    if (checked->nodes[i].state == CHECK_UNKNOWN)
      left_out[checked->nodes[i].because->index]++;
  for (size_t i = 0; i < checked->n; i++) {
    const Node *source = checked->nodes[i].because;
    if (checked->nodes[i].state != CHECK_UNKNOWN || !left_out[source->index])
      continue;
    tell_source(r, source, left_out[source->index]);
    findings_take(f, source);
    left_out[source->index] = 0;
  }
  guard_tell(r, checked);
  findings_take(f, NULL);
}

// How many nodes have a finding that is an error.
static size_t count_wrong(const Checked *checked) {
  size_t n = 0;
  for (size_t i = 0; i < checked->n; i++)
    n += checked->nodes[i].state == CHECK_WRONG && checked->nodes[i].result->diag;
  return n;
}

static void tell_counts(Run *r, const Checked *checked) {
  Counts n = count(checked);
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  Buf left = {.arena = &r->arena};
  if (n.left)
    buf_addf(&left, ", %zu left out", n.left);
  if (n.below)
    buf_addf(&left, ", %zu below them not checked", n.below);
  if (n.unknown)
    buf_addf(&left, ", %zu not checked since they read unknown columns", n.unknown);
  run_say(r, EV_CheckDone, NULL, "Checked %zu of %zu nodes in %.2f s: %zu wrong%.*s", n.looked,
          checked->n, seconds, count_wrong(checked), STR_ARG(buf_str(&left)));
}

static int tell(Findings *f, const Checked *checked) {
  Run *r = f->run;
  bool good = findings_tell(f);
  tell_counts(r, checked);
  findings_tell_kinds(f);
  return r->signal ? 128 + r->signal : good ? EXIT_GOOD : EXIT_FAILED;
}

static int check(Run *r) {
  Checked checked;
  bool *bits = run_select(r, r->options->command->kinds);
  if (!bits)
    return EXIT_USAGE;
  signals_watch(r);
  Findings found;
  findings_init(&found, r);
  Check *k = check_open(r, bits);
  bool good = k && check_nodes(k, bits, &checked);
  check_close(k);
  if (!good)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  if (r->options->update_sources && !r->signal && !update_save(r, &checked))
    return EXIT_USAGE;
  findings_take(&found, NULL); // what cannot be removed is told with the rest
  find_sources(&found, &checked);
  findings_of_nodes(&found, &checked);
  return tell(&found, &checked);
}

int task_check(RunOptions *o, Reporter *report) { return run_task(o, report, check); }
