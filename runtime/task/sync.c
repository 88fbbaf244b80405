// sync: the columns and types that the check found, into the schema files of the project.
#include "../sync/sync.h"
#include "../../compiler/base/clock.h"
#include "../check/findings.h"
#include "../lineage/build.h"
#include "../run/files.h"
#include "../run/signals.h"
#include "../run/warehouse.h"
#include "task.h"

// What a contract says is what is to be written: it stops nobody here.
static void without_contracts(Run *r) {
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    Node *n = r->graph->nodes[i];
    Value contract = node_config(n, STR("contract"));
    if (!val_truth(val_get(contract, STR("enforced"))))
      continue;
    n->config = val_copy(&r->arena, n->config, false);
    contract = val_copy(&r->arena, contract, false);
    dict_sets(&r->arena, contract.dict, STR("enforced"), val_bool(false));
    dict_sets(&r->arena, n->config.dict, STR("contract"), contract);
    n->contract = contract;
  }
}

// All versions of a model stand in one entry.
static void with_versions(Run *r, bool *bits) {
  PtrMap entries = {0};
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[i] && r->graph->nodes[i]->version.len && r->graph->nodes[i]->patch)
      ptr_map_add(&r->arena, &entries, r->graph->nodes[i]->patch);
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    bits[i] |= n->patch && ptr_map_get(&entries, n->patch);
  }
}

static size_t of_packages(Run *r, const bool *bits) {
  size_t n = 0;
  for (size_t i = 0; i < r->graph->nnodes; i++)
    n += bits[i] && !r->graph->nodes[i]->package->is_root;
  return n;
}

// Nodes whose columns nobody knows are not written: why. Gives how many are wrong.
static size_t tell_wrong(Run *r, const Checked *checked) {
  size_t wrong = 0;
  Findings left;
  findings_init(&left, r);
  findings_of_left(&left, checked);
  findings_tell(&left);
  run_report(r);
  for (size_t i = 0; i < checked->n; i++) {
    const CheckedNode *c = &checked->nodes[i];
    if (c->state != CHECK_WRONG)
      continue;
    wrong++;
    if (c->result->diag)
      warehouse_tell(r, c->result->diag, c->node);
  }
  return wrong;
}

static void tell_unknown(Run *r, const Checked *checked, const bool *bits) {
  for (size_t i = 0; i < checked->n; i++) {
    const CheckedNode *c = &checked->nodes[i];
    bool selected = bits[c->node->index] && c->node->package->is_root;
    if (selected && (c->state == CHECK_PARENT || c->state == CHECK_UNKNOWN) && c->because)
      run_say(r, EV_SyncNote, NULL,
              "%.*s is left: the columns of %.*s, which it reads, are not known",
              STR_ARG(c->node->name), STR_ARG(c->because->name));
  }
}

static int sync_checked(Run *r, Check *k, const bool *bits, const Checked *checked,
                        const LineageGraph *lineage) {
  SyncPlan plan = {.run = r};
  size_t changed;
  SyncNodes nodes = sync_nodes(r, k, checked, bits);
  sync_types(&plan, k, &nodes);
  if (lineage)
    sync_inherit(r, lineage, &nodes);
  check_close(k);
  size_t wrong = tell_wrong(r, checked);
  tell_unknown(r, checked, bits);
  if (r->signal)
    return 128 + r->signal;
  sync_plan(&plan, nodes.items, nodes.n);
  bool good = run_report(r), dry = r->options->dry_run;
  good &= sync_write(&plan, &changed);
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  if (good && !changed)
    run_say(r, EV_SyncDone, NULL, "Nothing to do: the schema files have all columns of %zu node%s",
            nodes.n, nodes.n == 1 ? "" : "s");
  else
    run_say(r, EV_SyncDone, NULL, "Synced %zu node%s in %.2f s: %zu file%s %s", nodes.n,
            nodes.n == 1 ? "" : "s", seconds, changed, changed == 1 ? "" : "s",
            dry ? "would be written" : "written");
  return !good || wrong || (dry && changed) ? EXIT_FAILED : EXIT_GOOD;
}

static int sync_all(Run *r) {
  Checked checked;
  bool *bits = run_select(r, r->options->command->kinds);
  if (!bits)
    return EXIT_USAGE;
  signals_watch(r);
  with_versions(r, bits);
  size_t left = of_packages(r, bits);
  if (left)
    run_say(r, EV_SyncNote, NULL, "%zu node%s of packages: their files are not of this project",
            left, left == 1 ? " is" : "s are");
  without_contracts(r);
  Check *k = check_open(r, bits);
  LineageBuild *lineage = k ? lineage_begin(r, k) : NULL;
  if (k && check_nodes(k, bits, &checked))
    return sync_checked(r, k, bits, &checked, lineage_end(lineage, &checked));
  check_close(k);
  return r->signal ? 128 + r->signal : EXIT_USAGE;
}

int task_sync(RunOptions *o, Reporter *report) { return run_task(o, report, sync_all); }
