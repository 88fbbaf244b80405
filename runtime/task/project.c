// init and debug: what is done around a project, not in its warehouse.
#include "../../compiler/base/fs.h"
#include "../engine/confine.h"
#include "../run/version.h"
#include "../run/warehouse.h"

#include <stdlib.h>
#include <unistd.h>

// --- init

static const struct {
  const char *path, *text;
} starter[] = {
    {"dbt_project.yml",          "name: %NAME%\nversion: '1.0.0'\nprofile: %NAME%\n\nmodels:\n  %NAME%:\n"
                        "    +materialized: table\n"                                       },
    {"seeds/raw_orders.csv",     "order_id,customer,ordered_on,amount\n"
                             "1,Ada,2026-01-02,12.50\n2,Grace,2026-01-02,7.25\n"
                             "3,Ada,2026-01-03,30.00\n4,Edsger,2026-01-03,4.75\n"     },
    {"models/orders.sql",        "-- One row per order, typed.\nselect\n    order_id,\n    customer,\n"
                          "    ordered_on,\n    cast(amount as decimal(12, 2)) as amount\n"
                          "from {{ ref('raw_orders') }}\n"                               },
    {"models/orders_by_day.sql", "-- What was ordered on each day.\nselect\n    ordered_on,\n"
                                 "    count(*) as orders,\n    sum(amount) as revenue\n"
                                 "from {{ ref('orders') }}\ngroup by ordered_on\n"},
    {"models/schema.yml",        "models:\n  - name: orders\n    description: One row per order.\n"
                          "    columns:\n      - name: order_id\n"
                          "        data_tests: [unique, not_null]\n"
                          "  - name: orders_by_day\n    description: Orders and revenue by day.\n"
                          "    columns:\n      - name: ordered_on\n"
                          "        data_tests: [unique, not_null]\n"                     },
    {".gitignore",               "target/\nlogs/\n.starc/\n"                                                      },
};

static Str filled(Arena *a, const char *text, Str name) {
  Buf b = {.arena = a};
  Str rest = str_c(text), mark = STR("%NAME%");
  for (ptrdiff_t at; (at = str_find(rest, mark, 0)) >= 0;
       rest = str_sub(rest, (size_t)at + mark.len, rest.len)) {
    buf_add(&b, str_sub(rest, 0, (size_t)at));
    buf_add(&b, name);
  }
  buf_add(&b, rest);
  return buf_str(&b);
}

static bool good_name(Str s) {
  if (!s.len || (s.ptr[0] >= '0' && s.ptr[0] <= '9'))
    return false;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  }
  return true;
}

// "embedded, clickhouse or postgres"
static Str start_types(Arena *a) {
  Buf out = {.arena = a};
  Str rest = str_c(profile_start_types()), type;
  for (bool more = str_cut(&rest, '|', &type), first = true; more; first = false) {
    Str this = type;
    more = str_cut(&rest, '|', &type);
    buf_addf(&out, "%s%.*s", first ? "" : more ? ", " : " or ", STR_ARG(this));
  }
  return buf_str(&out);
}

static int init(Run *r) {
  Arena *a = &r->arena;
  Str name = r->options->args.n ? r->options->args.items[0] : STR("my_project");
  const ProfileStart *profile = profile_start(r->options->init_type);
  Str type = profile ? str_c(profile->type) : r->options->init_type;
  if (!good_name(name) || !profile) {
    Diag *d = profile ? diag_error(&r->diags, CODE_PROJECT_NAME, STR(""),
                                   "'%.*s' cannot be a project's name", STR_ARG(name))
                      : diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "there is no type '%.*s'",
                                   STR_ARG(type));
    Str hint = profile ? STR("letters, digits and _, not a digit first")
                       : str_cat(a, STR("it is "), start_types(a));
    diag_hint(&r->diags, d, "%.*s", STR_ARG(hint));
    run_report(r);
    return EXIT_USAGE;
  }
  if (fs_exists(name)) {
    Diag *d =
        diag_error(&r->diags, CODE_FILE_EXISTS, name, "there is something of that name already");
    diag_hint(&r->diags, d, "choose another name, or remove it first");
    run_report(r);
    return EXIT_USAGE;
  }
  bool good = true;
  for (size_t i = 0; good && i < COUNT(starter); i++)
    good = fs_write(fs_join(a, name, str_c(starter[i].path)), filled(a, starter[i].text, name),
                    &r->diags);
  good = good &&
         fs_write(fs_join(a, name, STR("profiles.yml")), filled(a, profile->text, name), &r->diags);
  if (!run_report(r) || !good)
    return EXIT_FAILED;
  Str where = profile->server ? str_fmt(a,
                                        "  # The server: set %s,\n"
                                        "  # or write it into profiles.yml.\n  starc debug\n",
                                        profile->server)
                              : STR("");
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(a,
                       "Made the project %.*s (%.*s). Next:\n\n  cd %.*s\n%.*s  starc build\n"
                       "  starc show --select orders_by_day",
                       STR_ARG(name), STR_ARG(type), STR_ARG(name), STR_ARG(where)));
  return EXIT_GOOD;
}

int task_init(RunOptions *o, Reporter *report) {
  Run r = {.options = o, .report = report};
  diags_init(&r.diags);
  int code = init(&r);
  diags_free(&r.diags);
  arena_free(&r.arena);
  return code;
}

// --- debug

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
    } else if (error.hint.len) {
      run_print_as(r, EV_DebugCmdOut, str_fmt(a, "  %.*s", STR_ARG(error.hint)));
    }
    return false;
  }
  check_line(r, "Connection test:", true, STR("connection ok"));
  run_print_as(r, EV_DebugCmdOut, str_fmt(a, "  server version: %.*s", STR_ARG(version)));
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
  if (run_open(&r, o, report, OPEN_PROJECT)) {
    int code = debug(&r);
    run_close(&r);
    return code;
  }
  if (r.profile_failed)
    run_print_as(&r, EV_DebugCmdOut,
                 STR("Profile loading failed for the following reason: see above"));
  run_print_as(&r, EV_DebugCmdResult, STR("\n1 check failed"));
  run_close(&r);
  return no_folder ? EXIT_USAGE : EXIT_FAILED;
}
