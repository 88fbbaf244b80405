// See keep.h.
#include "keep.h"
#include "../../compiler/base/fs.h"
#include "file.h"

bool lineage_is_kept(const Run *r) {
  const RunOptions *o = r->options;
  return o->write_json && !o->select.n && !o->models.n && !o->exclude.n && !o->selector.len &&
         !o->resource_types.n && !o->exclude_resource_types.n && !o->args.n;
}

LineageGraph *lineage_keep(LineageBuild *b, Run *r, const Checked *checked) {
  LineageGraph *g = lineage_end(b, checked);
  if (!g || !lineage_is_kept(r))
    return g;
  Str path = fs_join(&r->arena, r->project->target_dir, STR("lineage.json"));
  return lineage_write(g, r->project, str_c(r->dialect->type), path, &r->diags) || run_report(r)
             ? g
             : NULL;
}

static void check_whole(Run *r) {
  bool *bits = run_select(r, 1u << NODE_MODEL | 1u << NODE_SEED | 1u << NODE_SNAPSHOT |
                                 1u << NODE_TEST | 1u << NODE_ANALYSIS | 1u << NODE_FUNCTION);
  Check *k = bits ? check_open(r, bits) : NULL;
  LineageBuild *b = k ? lineage_begin(r, k) : NULL;
  Checked checked;
  if (k && check_nodes(k, bits, &checked))
    lineage_keep(b, r, &checked);
  check_close(k);
}

void lineage_keep_aside(Run *r) {
  if (!lineage_is_kept(r))
    return;
  Run *own = arena_new(&r->arena, Run);
  RunOptions options = *r->options;
  Reporter silent = reporter_silent;
  if (run_open(own, &options, &silent, OPEN_GRAPH))
    check_whole(own);
  run_close(own);
}
