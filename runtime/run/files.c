// The artifacts a run leaves in the target folder. Writing them never loses an earlier file.
#include "files.h"
#include "../../compiler/artifacts/graph_summary.h"
#include "../../compiler/artifacts/loads.h"
#include "../../compiler/artifacts/manifest.h"
#include "../../compiler/artifacts/osi.h"
#include "../../compiler/artifacts/semantic.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "args.h"
#include "journal.h"
#include "reports.h"

static void written(Run *r, Str path, const char *type) {
  run_say(r, EV_ArtifactWritten,
          EVENT_FIELDS({"artifact_path", val_str(path)}, {"artifact_type", val_str(str_c(type))}),
          "%s written to %.*s", type, STR_ARG(run_shown(&r->arena, r, path)));
}

// With the first manifest of a command that goes on to work with the graph.
static bool write_graph_summary(Run *r) {
  const RunOptions *o = r->options;
  if (r->summarized || command_is(o, CMD_PARSE))
    return true;
  r->summarized = true;
  Str path = fs_join(&r->arena, r->project->target_dir, STR("graph_summary.json"));
  return graph_summary_write(r->graph, command_is(o, CMD_BUILD), path, &r->diags) || run_report(r);
}

// What this command learnt of loads is kept for the others.
static bool write_loads(Run *r, const Results *results) {
  Str path = fs_join(&r->arena, r->project->target_dir, STR("loads.json"));
  return !loads_any(r->graph) || loads_write(r->graph, results, path, &r->diags);
}

bool run_write_manifest(Run *r) {
  if (!r->options->write_json)
    return true;
  Str path = fs_join(&r->arena, r->project->target_dir, STR("manifest.json"));
  Results all = {(const RunResult *const *)r->results, r->nresults, 0, r->options->given};
  if (!manifest_write(r->graph, &all, path, &r->diags))
    return run_report(r);
  written(r, path, "WritableManifest");
  if (!write_loads(r, NULL))
    return run_report(r);
  path = fs_join(&r->arena, r->project->target_dir, STR("semantic_manifest.json"));
  if (!semantic_manifest_write(r->graph, path, &r->diags))
    return run_report(r);
  written(r, path, "SemanticManifest");
  if (r->project->level >= DBT_1_12) {
    path = fs_join(&r->arena, r->project->target_dir, STR("osi_document.json"));
    if (!osi_document_write(r->graph, path, &r->diags))
      return run_report(r);
    written(r, path, "OsiDocument");
  }
  return write_graph_summary(r);
}

bool run_write_results(Run *r) {
  double elapsed = (double)(clock_us() - r->started_us) / 1e6;
  Results all = {(const RunResult *const *)r->results, r->nresults, elapsed,
                 run_args(&r->arena, r->project, r->options)};
  bool good = true;
  if (r->options->write_json) {
    Str path = fs_join(&r->arena, r->project->target_dir, STR("run_results.json"));
    Str loads = fs_join(&r->arena, r->project->target_dir, STR("load_results.json"));
    good = run_results_write(r->project, &all, path, &r->diags) &&
           (!loads_any(r->graph) || load_results_write(r->project, &all, loads, &r->diags)) &&
           write_loads(r, &all);
    if (good) {
      journal_forget(r);
      written(r, path, "RunExecutionResult");
    }
  }
  return run_report(r) && good;
}

// --- reports

bool run_prints_compiled(const RunOptions *o) {
  return o->inline_sql.len || o->select.n || o->selector.len;
}

bool run_prints_data(const RunOptions *o) {
  bool form = o->output.len && !str_is(o->output, "text");
  return command_is(o, CMD_LS | CMD_SHOW) ||
         (form && command_is(o, CMD_CHECK | CMD_LINEAGE | CMD_INIT | CMD_HISTORY)) ||
         (command_is(o, CMD_COMPILE) && run_prints_compiled(o)) ||
         (command_is(o, CMD_OPERATION) && o->quiet);
}

// The folder of a project that could not be opened.
static Str folder_of(Run *r) {
  static const Str files[] = {STR_INIT("dbt_project.yml"), STR_INIT("project.yml")};
  Str given = r->options->project_dir, here = fs_absolute(&r->arena, given.len ? given : STR("."));
  for (Str folder = here; !given.len && !str_is(folder, "/");
       folder = fs_dirname(&r->arena, folder))
    for (size_t i = 0; i < COUNT(files); i++)
      if (fs_exists(fs_join(&r->arena, folder, files[i])))
        return folder;
  return here;
}

static bool write_reports(Run *r, int code) {
  const RunOptions *o = r->options;
  if (!o->reports.n)
    return true;
  Report report = {
      .results = {(const RunResult *const *)r->results, r->nresults,
                  (double)(clock_us() - r->started_us) / 1e6, val_none()},
      .findings = r->findings,
      .command = str_c(o->command->name),
      .exit_code = code,
      .root = r->project ? r->project->root : folder_of(r)
  };
  bool good = reports_write(o, &report, &r->diags);
  return run_report(r) && good;
}

int run_task(RunOptions *o, Reporter *report, int (*work)(Run *r)) {
  Run r;
  int code = run_open(&r, o, report, o->command->opens) ? work(&r) : EXIT_USAGE;
  return run_end(&r, code);
}

int run_end(Run *r, int code) {
  if (code == EXIT_USAGE && r->signal) // while nodes were selected
    code = 128 + r->signal;
  bool good = write_reports(r, code);
  run_close(r);
  return good || code != EXIT_GOOD ? code : EXIT_FAILED;
}
