// clean: the folders of clean-targets go. In: the project's files alone. Nothing is removed until
// it is known that all of them may go: the folders of the project's own files never do, whatever
// way the path is written, and those outside the project only when that was asked for.
#include "../../compiler/base/fs.h"
#include "../run/files.h"
#include "../run/run.h"
#include "task.h"

typedef struct Doomed {
  Str name, path, real; // as written; absolute; without links
} Doomed;

// Whether `path` is `folder` or lies in it.
static bool within(Str path, Str folder) {
  return str_eq(path, folder) || (str_starts(path, folder) && path.len > folder.len &&
                                  (path.ptr[folder.len] == '/' || str_is(folder, "/")));
}

static Doomed doomed(Run *r, Value target) {
  Doomed d = {.name = val_to_str(&r->arena, target)};
  d.path = fs_absolute(&r->arena, fs_join(&r->arena, r->project->root, d.name));
  d.real = fs_real(&r->arena, d.path);
  return d;
}

// The first folder of the project's own files that would go with d; empty: none.
static Str holds_files_of(Run *r, const Doomed *d) {
  const Package *p = r->project->packages[0];
  const struct {
    Str *paths;
    size_t n;
  } own[] = {
      {p->model_paths,    p->nmodel_paths   },
      {p->seed_paths,     p->nseed_paths    },
      {p->test_paths,     p->ntest_paths    },
      {p->macro_paths,    p->nmacro_paths   },
      {p->snapshot_paths, p->nsnapshot_paths},
      {p->analysis_paths, p->nanalysis_paths},
      {p->schema_paths,   p->nschema_paths  },
      {p->function_paths, p->nfunction_paths},
      {p->load_paths,     p->nload_paths    },
  };
  for (size_t i = 0; i < COUNT(own); i++)
    for (size_t k = 0; k < own[i].n; k++) {
      Str path = fs_absolute(&r->arena, fs_join(&r->arena, r->project->root, own[i].paths[k]));
      if (within(path, d->path) || (fs_exists(path) && within(fs_real(&r->arena, path), d->real)))
        return own[i].paths[k];
    }
  return STR("");
}

// Records why d may not go.
static void check(Run *r, const Doomed *d) {
  Str root = fs_real(&r->arena, r->project->root), held = holds_files_of(r, d);
  if (held.len) {
    Diag *f = diag_error(&r->diags, CODE_CLEAN_TARGET, STR(""),
                         "clean-targets names %.*s, where files of the project are (%.*s)",
                         STR_ARG(d->name), STR_ARG(held));
    diag_hint(&r->diags, f, "nothing was removed; take it out of clean-targets");
  } else if (within(root, d->real)) {
    Diag *f = diag_error(&r->diags, CODE_CLEAN_TARGET, STR(""),
                         "clean-targets names %.*s, where the project is", STR_ARG(d->name));
    diag_hint(&r->diags, f, "nothing was removed; take it out of clean-targets");
  } else if (!within(d->real, root) && r->options->clean_project_files_only) {
    Diag *f =
        diag_error(&r->diags, CODE_CLEAN_TARGET, STR(""),
                   "clean-targets names %.*s, which is not below the project", STR_ARG(d->path));
    diag_hint(&r->diags, f, "nothing was removed; --no-clean-project-files-only removes it too");
  }
}

static bool holds_warehouse(Run *r, const Doomed *d) {
  return within(d->path, fs_join(&r->arena, r->project->root, STR(".starc")));
}

static int clean(Run *r) {
  Value targets = r->project->packages[0]->clean_targets;
  size_t n = val_is_seq(targets) ? targets.list->n : 0;
  Doomed *all = arena_array(&r->arena, Doomed, n + 1);
  for (size_t i = 0; i < n; i++) {
    all[i] = doomed(r, targets.list->items[i]);
    check(r, &all[i]);
  }
  if (!run_report(r))
    return EXIT_USAGE;
  bool good = true;
  for (size_t i = 0; i < n; i++) {
    run_tell(r,
             (Event){.kind = EV_CheckCleanPath,
                     .fields = EVENT_FIELDS({"path", val_str(all[i].name)}),
                     .unseen = true},
             "Checking %.*s", STR_ARG(all[i].name));
    if (holds_warehouse(r, &all[i]) || !fs_exists(all[i].path))
      continue;
    if (fs_remove(all[i].path, &r->diags))
      run_say(r, EV_ConfirmCleanPath, EVENT_FIELDS({"path", val_str(all[i].name)}), "Removed %.*s",
              STR_ARG(all[i].name));
    else
      good = false;
  }
  run_tell(r, (Event){.kind = EV_FinishedCleanPaths, .unseen = true}, "Cleaned all paths");
  return run_report(r) && good ? EXIT_GOOD : EXIT_FAILED;
}

int task_clean(RunOptions *o, Reporter *report) {
  o->log_level_file = STR("none"); // its folder may be one of those that go
  return run_task(o, report, clean);
}
