// check: every error of the project's SQL, and what could not be looked at and why.
#include "../check/check.h"
#include "../../compiler/base/clock.h"
#include "../check/guard.h"
#include "../check/update.h"
#include "../run/files.h"
#include "../run/signals.h"
#include "../run/warehouse.h"
#include "task.h"

typedef struct Counts {
  size_t good, wrong, left, below, unknown;
} Counts;

static Counts count(const Checked *checked) {
  Counts c = {0};
  for (size_t i = 0; i < checked->n; i++) {
    CheckState s = checked->nodes[i].state;
    c.good += s == CHECK_GOOD;
    c.wrong += s == CHECK_WRONG;
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
// With it what YAML lists in vain. False: one of the warnings is an error (--warn-error).
static bool tell_warnings(Run *r, const Checked *checked) {
  size_t *left_out = arena_array(&r->arena, size_t, r->graph->nnodes + 1); // by Node.index
  for (size_t i = 0; i < checked->n; i++)
    if (checked->nodes[i].state == CHECK_UNKNOWN)
      left_out[checked->nodes[i].because->index]++;
  for (size_t i = 0; i < checked->n; i++) {
    const Node *source = checked->nodes[i].because;
    if (checked->nodes[i].state != CHECK_UNKNOWN || !left_out[source->index])
      continue;
    tell_source(r, source, left_out[source->index]);
    left_out[source->index] = 0;
  }
  guard_tell(r, checked);
  return run_report(r);
}

static void tell_wrong(Run *r, const Checked *checked) {
  for (size_t i = 0; i < checked->n; i++) {
    const CheckedNode *c = &checked->nodes[i];
    if (c->state == CHECK_WRONG && c->result->diag)
      warehouse_tell(r, c->result->diag, c->node);
  }
}

static void tell_counts(Run *r, const Checked *checked, const Counts *n) {
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  Buf left = {.arena = &r->arena};
  if (n->left)
    buf_addf(&left, ", %zu left out", n->left);
  if (n->below)
    buf_addf(&left, ", %zu below them not checked", n->below);
  if (n->unknown)
    buf_addf(&left, ", %zu not checked since they read unknown columns", n->unknown);
  run_say(r, EV_CheckDone, NULL, "Checked %zu of %zu nodes in %.2f s: %zu wrong%.*s",
          n->good + n->wrong, checked->n, seconds, n->wrong, STR_ARG(buf_str(&left)));
}

static int tell(Run *r, const Checked *checked) {
  bool good = tell_warnings(r, checked);
  tell_wrong(r, checked);
  Counts n = count(checked);
  tell_counts(r, checked, &n);
  return r->signal ? 128 + r->signal : n.wrong || !good ? EXIT_FAILED : EXIT_GOOD;
}

static int check(Run *r) {
  Checked checked;
  bool *bits = run_select(r, r->options->command->kinds);
  if (!bits)
    return EXIT_USAGE;
  signals_watch(r);
  Check *k = check_open(r, bits);
  bool good = k && check_nodes(k, bits, &checked);
  check_close(k); // what cannot be removed is told with the rest
  if (!good)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  if (r->options->update_sources && !r->signal && !update_save(r, &checked))
    return EXIT_USAGE;
  return tell(r, &checked);
}

int task_check(RunOptions *o, Reporter *report) { return run_task(o, report, check); }
