// deps: puts the packages that the project asks for into place. The work is deps/'s; here are its
// settings: where the hub is, where downloads are kept.
#include "../deps/deps.h"
#include "../deps/lock.h"

#include "../../compiler/base/fs.h"
#include "../run/files.h"
#include "../run/run.h"
#include "task.h"

#include <stdlib.h>

static void say(void *data, EventKind kind, const EventField *fields, Str text) {
  run_say(data, kind, fields, "%.*s", STR_ARG(text));
}

static Str setting(const char *first, const char *second, const char *otherwise) {
  const char *v = getenv(first);
  if (!v || !*v)
    v = getenv(second);
  return str_c(v && *v ? v : otherwise);
}

static Str cache_folder(Arena *a) {
  const char *own = getenv("STARC_CACHE_DIR"), *xdg = getenv("XDG_CACHE_HOME");
  if (own)
    return *own ? fs_join(a, fs_absolute(a, str_c(own)), STR("packages")) : STR("");
  Str home = fs_home(a);
  if (xdg && *xdg == '/')
    return fs_join(a, str_c(xdg), STR("starc/packages"));
  return home.len ? fs_join(a, home, STR(".cache/starc/packages")) : STR("");
}

static int deps(Run *r) {
  const RunOptions *o = r->options;
  const Project *p = r->project;
  Deps d = {
      .a = &r->arena, .diags = &r->diags, .project = p, .say = say, .data = r, .root = p->root};
  globals_init(p->arena, &d.globals, p);
  d.globals.target_dict = globals_no_target(&r->arena);
  d.globals.secrets = true;
  d.install = fs_absolute(&r->arena, fs_join(&r->arena, p->root, p->packages[0]->packages_path));
  d.hub = setting("STARC_HUB_URL", "DBT_PACKAGE_HUB_URL", "https://hub.getdbt.com/");
  d.cache = cache_folder(&r->arena);
  DepsOptions options = {
      .lock_only = o->lock, .upgrade = o->upgrade, .add = o->add_package, .source = o->source};
  bool good = deps_run(&d, &options);
  return run_report(r) && good ? EXIT_GOOD : EXIT_USAGE;
}

int task_deps(RunOptions *o, Reporter *report) { return run_task(o, report, deps); }
