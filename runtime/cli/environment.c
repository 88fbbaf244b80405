// In: the file .env. Out: the process's environment, so that whatever asks it (options, templates,
// the profile, libpq, git) finds the file's variables too.
#include "environment.h"
#include "../../compiler/project/dotenv.h"
#include "../../compiler/project/project.h"

#include <stdlib.h>

static void warn_refused(Diags *diags, Str path, Str name) {
  Diag *f =
      diag_warn(diags, CODE_DOTENV_REFUSED, path, "%.*s is not taken from a file", STR_ARG(name));
  diag_hint(diags, f, "it decides what code runs: set it in the shell");
}

bool environment_from_file(Arena *a, RunOptions *o, Diags *diags) {
  ProjectOptions where = {.project_dir = o->project_dir, .dbt_version = o->dbt_version};
  Dotenv file;
  Str path;
  bool any = false;
  if (!dotenv_find(a, STR("."), &path) || project_level(a, &where) < DBT_1_12 ||
      !dotenv_read(a, path, &file, diags))
    return false;
  o->dotenv = path;
  for (size_t i = 0; i < file.n; i++) {
    const DotenvEntry *e = &file.items[i];
    char *name = str_cstr(a, e->name);
    if (!e->has_value || getenv(name))
      continue;
    if (dotenv_refuses(e->name)) {
      warn_refused(diags, path, e->name);
      continue;
    }
    any |= setenv(name, str_cstr(a, e->value), 1) == 0;
    o->profiles_by_dotenv |= str_ends(e->name, STR("_PROFILES_DIR"));
  }
  return any;
}
