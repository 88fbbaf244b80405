// May the packages folder be replaced whole? In: where it is, and what stands there. Out: yes, or
// the finding that says what would be lost. Leaves the replacing to deps.c.
#include "folder.h"
#include "deps.h"

#include "../../compiler/base/fs.h"

#include <dirent.h>
#include <sys/stat.h>

// --- what is in it

typedef enum Entry {
  ENTRY_PACKAGE, // or what was to become one: an empty folder, a link
  ENTRY_HIDDEN,  // a file of git or of the system: .gitkeep, .DS_Store
  ENTRY_FOREIGN  // nothing that `deps` made
} Entry;

// Calls `each` with the names in a folder, until it gives false.
static bool each_name(Deps *d, Str folder, bool (*each)(Deps *d, Str name)) {
  DIR *dir = opendir(str_cstr(d->a, folder));
  bool good = true;
  for (struct dirent *e; dir && good && (e = readdir(dir));)
    if (!str_is(str_c(e->d_name), ".") && !str_is(str_c(e->d_name), ".."))
      good = each(d, str_dup(d->a, str_c(e->d_name)));
  if (dir)
    closedir(dir);
  return good;
}

static bool stop_at_once(Deps *d, Str name) {
  (void)d, (void)name;
  return false;
}

static bool is_project(Deps *d, Str folder) {
  return fs_exists(fs_join(d->a, folder, STR("dbt_project.yml"))) ||
         fs_exists(fs_join(d->a, folder, STR("project.yml")));
}

static Entry entry_of(Deps *d, Str name) {
  Str path = fs_join(d->a, d->install, name);
  struct stat st;
  if (lstat(str_cstr(d->a, path), &st) != 0 || S_ISLNK(st.st_mode))
    return ENTRY_PACKAGE;
  if (S_ISREG(st.st_mode) && name.ptr[0] == '.')
    return ENTRY_HIDDEN;
  bool ours = S_ISDIR(st.st_mode) && (is_project(d, path) || each_name(d, path, stop_at_once));
  return ours ? ENTRY_PACKAGE : ENTRY_FOREIGN;
}

static bool note_foreign(Deps *d, Str name) {
  if (entry_of(d, name) == ENTRY_FOREIGN)
    d->foreign = name;
  return !d->foreign.len;
}

static bool keep_hidden(Deps *d, Str name) {
  Str from = fs_join(d->a, d->install, name), to = fs_join(d->a, d->staging, name), text;
  return entry_of(d, name) != ENTRY_HIDDEN ||
         (fs_read(d->a, from, from, &text, d->diags) && fs_write(to, text, d->diags));
}

bool folder_keep_hidden(Deps *d) { return each_name(d, d->install, keep_hidden); }

// --- where it is

static bool holds_project(const Deps *d) {
  Str in = d->install;
  return str_starts(d->root, in) &&
         (d->root.len == in.len || in.ptr[in.len - 1] == '/' || d->root.ptr[in.len] == '/');
}

static bool is_search_path(Deps *d) {
  const Package *p = d->project->packages[0];
  const struct {
    const Str *paths;
    size_t n;
  } own[] = {
      {p->model_paths,    p->nmodel_paths   },
      {p->seed_paths,     p->nseed_paths    },
      {p->macro_paths,    p->nmacro_paths   },
      {p->test_paths,     p->ntest_paths    },
      {p->snapshot_paths, p->nsnapshot_paths},
      {p->analysis_paths, p->nanalysis_paths},
      {p->function_paths, p->nfunction_paths},
      {p->load_paths,     p->nload_paths    }
  };
  for (size_t i = 0; i < COUNT(own); i++)
    for (size_t k = 0; k < own[i].n; k++)
      if (str_eq(fs_absolute(d->a, fs_join(d->a, d->root, own[i].paths[k])), d->install))
        return true;
  return false;
}

// Why it may not be replaced; empty: it may.
static Str why_not(Deps *d) {
  if (holds_project(d))
    return STR("holds the project");
  if (is_project(d, d->install))
    return STR("is a project");
  if (is_search_path(d))
    return STR("holds the project's own files");
  if (fs_exists(d->install) && !fs_is_dir(d->install))
    return STR("is no folder");
  if (!each_name(d, d->install, note_foreign))
    return str_fmt(d->a, "holds '%.*s', which is no package", STR_ARG(d->foreign));
  return STR("");
}

bool folder_may_go(Deps *d) {
  Str why = why_not(d);
  if (!why.len)
    return true;
  const Yaml *y = yaml_get(d->project->packages[0]->yaml, STR("packages-install-path"));
  Diag *f = diag_at(d->diags, SEV_ERROR, CODE_PACKAGE_FOLDER, y ? y->src : NULL,
                    y ? y->span : (Span){0, 0},
                    "`starc deps` replaces the packages folder, but %.*s %.*s", STR_ARG(d->install),
                    STR_ARG(why));
  diag_hint(d->diags, f,
            d->foreign.len ? "move it elsewhere, or name a folder for packages alone"
                           : "name a folder for packages alone, as in dbt_packages");
  return false;
}
