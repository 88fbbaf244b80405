// debug: versions, files and the connection, a line for each check.
#include "../../compiler/base/fs.h"
#include "../engine/chdb.h"
#include "../engine/confine.h"
#include "../run/files.h"
#include "../run/version.h"
#include "../run/warehouse.h"
#include "task.h"

// A check and how it ended, in the words that people who know dbt look for.
static void check_line(Run *r, const char *what, bool good, Str text) {
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(&r->arena, "  %s [%s%s%.*s]", what, good ? "OK" : "ERROR",
                       text.len ? " " : "", STR_ARG(text)));
}

// Whether the key says more than its default does.
static bool worth_showing(const Target *t, Str key, Str value) {
  static const char *const of_a_server[] = {"host", "user", "port", "secure", "verify"};
  for (size_t i = 0; t->inside && i < COUNT(of_a_server); i++)
    if (str_eq(key, str_c(of_a_server[i])))
      return false;
  if (str_is(key, "name") || str_is(key, "target_name") || str_is(key, "profile_name"))
    return false; // stand in the heading
  static const char *const always[] = {"host", "port", "user", "schema", "driver", "threads"};
  for (size_t i = 0; i < COUNT(always); i++)
    if (str_eq(key, str_c(always[i])))
      return true;
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(t->dialect, i)); i++) {
    if (k->alias && str_eq(key, str_c(k->alias)) &&
        target_value(t, str_c(k->name)).kind != VAL_UNDEF)
      return false; // stands under its name
    if (str_eq(key, str_c(k->name)) && k->fallback)
      return !str_eq_nocase(value, str_c(k->fallback));
  }
  return true;
}

static void show_target(Run *r) {
  const Target *t = r->project->target;
  Value d = globals_target(&r->arena, t);
  size_t at = 0;
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(&r->arena, "Connection (target %.*s of profile %.*s):", STR_ARG(t->name),
                       STR_ARG(t->profile_name)));
  for (DictEntry *e; (e = dict_next(d.dict, &at));) {
    Str value = e->value.kind == VAL_NONE ? (Str){0} : val_to_str(&r->arena, e->value);
    if (value.len && worth_showing(t, val_text(e->key), value))
      run_print_as(r, EV_DebugCmdOut,
                   str_fmt(&r->arena, "  %.*s: %.*s", STR_ARG(val_text(e->key)), STR_ARG(value)));
  }
}

// What SQL can open by file(), INTO OUTFILE ...
static void show_file_access(Run *r) {
  const Target *t = r->project->target;
  if (!t->root.len)
    return;
  const char *text = t->any_file           ? "any file"
                     : !confine_possible() ? "any file: this system has no Landlock to limit it"
                     : t->nfolders         ? "the project's, and those of file_access"
                                           : "the project's";
  run_print_as(r, EV_DebugCmdOut, str_fmt(&r->arena, "  files that SQL can open: %s", text));
}

static bool check_connection(Run *r) {
  Arena *a = &r->arena;
  DbError error = {.at = -1};
  Conn *conn = conn_new(&r->sessions, "debug");
  Str version = {0};
  int64_t number;
  if (!warehouse_open(conn, a, &error) ||
      !conn->db.version(conn->db.data, a, &version, &number, &error)) {
    check_line(r, "Connection test:", false, error.message);
    if (error.src) {
      warehouse_diag(&r->diags, &error);
      run_report(r);
      return false;
    }
    if (error.hint.len)
      run_print_as(r, EV_DebugCmdOut, str_fmt(a, "  %.*s", STR_ARG(error.hint)));
    Diags own;
    diags_init(&own);
    run_keep_finding(r, warehouse_diag(&own, &error), NULL);
    diags_free(&own);
    return false;
  }
  check_line(r, "Connection test:", true, STR("connection ok"));
  run_print_as(r, EV_DebugCmdOut, str_fmt(a, "  server version: %.*s", STR_ARG(version)));
  if (*chdb_face())
    run_print_as(r, EV_DebugCmdOut,
                 str_fmt(a, "  library: %.*s, called by %s", STR_ARG(chdb_file()), chdb_face()));
  return true;
}

// Which files are read, and that they could be.
static void show_files(Run *r) {
  const Project *p = r->project;
  bool has_profiles = p->profile && p->profile->path.len;
  if (r->options->connection) {
    run_print_as(r, EV_DebugCmdOut, STR("Skipping steps before connection verification"));
    return;
  }
  Str file = p->packages[0]->source.path;
  run_print_as(r, EV_DebugCmdOut, STR("Configuration:"));
  check_line(r, "profiles.yml file", true,
             has_profiles           ? STR("found and valid")
             : r->options->embedded ? STR("not read: --embedded")
                                    : STR("none found, the target is embedded"));
  check_line(r, str_cstr(&r->arena, str_fmt(&r->arena, "%.*s file", STR_ARG(file))), true,
             STR("found and valid"));
}

static int debug(Run *r) {
  Arena *a = &r->arena;
  const Project *p = r->project;
  bool has_profiles = p->profile && p->profile->path.len;
  if (r->options->config_dir) {
    run_print_as(r, EV_DebugCmdOut,
                 has_profiles ? str_fmt(a, "profiles.yml is at %.*s", STR_ARG(p->profile->path))
                              : STR("there is no profiles.yml: the target is embedded"));
    return EXIT_GOOD;
  }
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(a, "starc version: %s\ndbt version: %s\n  %.*s", STARC_VERSION,
                       dbt_releases[p->level].version, STR_ARG(p->level_why)));
  if (has_profiles)
    run_print_as(r, EV_DebugCmdOut,
                 str_fmt(a, "Using profiles.yml file at %.*s", STR_ARG(p->profile->path)));
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(a, "Using %.*s file at %.*s", STR_ARG(p->packages[0]->source.path),
                       STR_ARG(fs_join(a, p->root, p->packages[0]->source.path))));
  if (r->options->dotenv.len)
    run_print_as(r, EV_DebugCmdOut,
                 str_fmt(a, "Using .env file at %.*s", STR_ARG(r->options->dotenv)));
  run_print_as(r, EV_DebugCmdOut, str_fmt(a, "adapter type: %.*s", STR_ARG(p->target->type)));
  show_files(r);
  show_target(r);
  show_file_access(r);
  bool good = check_connection(r);
  run_print_as(r, EV_DebugCmdResult, good ? STR("\nAll checks passed!") : STR("\n1 check failed"));
  return good ? EXIT_GOOD : EXIT_FAILED;
}

int task_debug(RunOptions *o, Reporter *report) {
  Run r;
  bool no_folder = o->project_dir.len && !fs_is_dir(o->project_dir);
  if (run_open(&r, o, report, o->command->opens)) {
    return run_end(&r, debug(&r));
  }
  if (r.profile_failed)
    run_print_as(&r, EV_DebugCmdOut,
                 STR("Profile loading failed for the following reason: see above"));
  run_print_as(&r, EV_DebugCmdResult, STR("\n1 check failed"));
  return run_end(&r, no_folder ? EXIT_USAGE : EXIT_FAILED);
}
