// The artifacts a run leaves in the target folder. Writing them never loses an earlier file.
#include "../../compiler/artifacts/artifacts.h"
#include "../../compiler/base/fs.h"
#include "journal.h"

static void written(Run *r, Str path, const char *type) {
  run_say(r, LEVEL_DEBUG, "ArtifactWritten", "P001", "%s written to %.*s", type,
          STR_ARG(run_shown(&r->arena, r, path)));
}

bool run_write_manifest(Run *r) {
  if (!r->options->write_json)
    return true;
  Str path = fs_join(&r->arena, r->project->target_dir, STR("manifest.json"));
  Results all = {(const RunResult *const *)r->results, r->nresults, 0, r->options->given};
  if (!manifest_write(r->graph, &all, path, &r->diags))
    return run_report(r);
  written(r, path, "WritableManifest");
  path = fs_join(&r->arena, r->project->target_dir, STR("semantic_manifest.json"));
  if (!semantic_manifest_write(r->graph, path, &r->diags))
    return run_report(r);
  written(r, path, "SemanticManifest");
  return true;
}

bool run_write_results(Run *r) {
  double elapsed = (double)(now_us() - r->started_us) / 1e6;
  Results all = {(const RunResult *const *)r->results, r->nresults, elapsed,
                 run_args(&r->arena, r->project, r->options->given)};
  bool good = true;
  if (r->options->write_json) {
    Str path = fs_join(&r->arena, r->project->target_dir, STR("run_results.json"));
    good = run_results_write(r->project, &all, path, &r->diags);
    if (good) {
      journal_forget(r);
      written(r, path, "RunExecutionResult");
    }
  }
  if (r->options->junit.len)
    good &= junit_write(&all, fs_absolute(&r->arena, r->options->junit), &r->diags);
  return run_report(r) && good;
}
