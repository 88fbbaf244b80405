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
