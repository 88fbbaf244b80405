// See keep.h.
#include "keep.h"
#include "../../compiler/base/fs.h"
#include "file.h"
#include "stamp.h"

bool lineage_is_kept(const Run *r) {
  const RunOptions *o = r->options;
  return o->write_json && !o->select.n && !o->models.n && !o->exclude.n && !o->selector.len &&
         !o->resource_types.n && !o->exclude_resource_types.n && !o->args.n;
}

// Of a check the file is a by-product: what was asked for was done.
static bool tell_unwritten(Run *r) {
  for (Diag *d = r->diags.first; d && command_is(r->options, CMD_CHECK); d = d->next) {
    d->severity = SEV_WARNING;
    if (!d->hint.len)
      diag_hint(&r->diags, d, "the check is done, and other commands do not have its lineage");
  }
  return run_report(r);
}

LineageGraph *lineage_keep(LineageBuild *b, Run *r, const Checked *checked) {
  if (r->signal) // a part would pass for the whole
    return NULL;
  LineageGraph *g = lineage_end(b, checked);
  if (!g || !lineage_is_kept(r))
    return g;
  Str path = fs_join(&r->arena, r->project->target_dir, STR("lineage.json"));
  Str stamp = lineage_stamp(&r->arena, r);
  bool kept = lineage_write(g, r->project, str_c(r->dialect->type), stamp, path, &r->diags);
  return kept || tell_unwritten(r) ? g : NULL;
}

void lineage_tell_failed(Run *r, const Checked *checked) {
  size_t n = 0;
  for (size_t i = 0; i < checked->n; i++)
    n += checked->nodes[i].state != CHECK_GOOD && checked->nodes[i].state != CHECK_STOPPED;
  if (n)
    run_tell(
        r, (Event){.kind = EV_LineageUnknown, .level = LEVEL_WARN},
        "%zu node%s not be checked, so it is not known what %s made of: 'starc check' says why", n,
        n == 1 ? " could" : "s could", n == 1 ? "it is" : "they are");
}
