// init: the files of a small project.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/program.h"
#include "../run/run.h"
#include "example.h"
#include "from_dbt.h"
#include "task.h"

static const struct {
  const char *path, *text;
} starter[] = {
    {"dbt_project.yml",          "name: %NAME%\nversion: '1.0.0'\nprofile: %NAME%\n\nmodels:\n  %NAME%:\n"
                        "    +materialized: table\n\nseeds:\n  %NAME%:\n    raw_orders:\n"
                        "      +column_types: {amount: \"decimal(12, 2)\"}\n"              },
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

Str init_filled(Arena *a, const char *text, Str name) {
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

Str init_server(Arena *a, const ProfileStart *start) {
  return start->server ? str_fmt(a,
                                 "  # The server: set %s,\n"
                                 "  # or write it into profiles.yml.\n  %s debug\n",
                                 start->server, program_name())
                       : STR("");
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

// Whether such a project can be made. False: reported.
static bool may_start(Run *r, Str name, const ProfileStart *profile) {
  Arena *a = &r->arena;
  Diag *d = NULL;
  Str hint = {0};
  if (!profile) {
    d = diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "there is no type '%.*s'",
                   STR_ARG(r->options->init_type));
    hint = str_cat(a, STR("it is "), start_types(a));
  } else if (!good_name(name)) {
    d = diag_error(&r->diags, CODE_PROJECT_NAME, STR(""), "'%.*s' cannot be a project's name",
                   STR_ARG(name));
    hint = STR("letters, digits and _, not a digit first");
  } else if (fs_exists(name)) {
    d = diag_error(&r->diags, CODE_FILE_EXISTS, name, "there is something of that name already");
    hint = STR("choose another name, or remove it first");
  }
  if (d)
    diag_hint(&r->diags, d, "%.*s", STR_ARG(hint));
  return run_report(r);
}

static int init(Run *r) {
  Arena *a = &r->arena;
  const RunOptions *o = r->options;
  if (o->init_from.len && (o->init_example.len || o->args.n)) {
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--from-dbt"),
                         "it looks at a project, and makes none");
    diag_hint(&r->diags, d, "leave %s away, or --from-dbt",
              o->init_example.len ? "--example" : "the name of a new one");
    run_report(r);
    return EXIT_USAGE;
  }
  if (o->init_from.len)
    return from_dbt(r);
  if (o->target.len || o->profile.len || o->profiles_dir.len || o->vars.len) {
    const char *which = o->target.len         ? "--target"
                        : o->profile.len      ? "--profile"
                        : o->profiles_dir.len ? "--profiles-dir"
                                              : "--vars";
    Diag *d =
        diag_error(&r->diags, CODE_OPTION_VALUE, str_c(which),
                   "it is of use with --from-dbt only: a new project has a profile of its own");
    diag_hint(&r->diags, d, "--type chooses its database: %.*s", STR_ARG(start_types(&r->arena)));
    run_report(r);
    return EXIT_USAGE;
  }
  if (o->init_example.len)
    return example_init(r);
  Str name = r->options->args.n ? r->options->args.items[0] : STR("my_project");
  const ProfileStart *profile = profile_start(r->options->init_type);
  if (!may_start(r, name, profile))
    return EXIT_USAGE;
  bool good = true;
  for (size_t i = 0; good && i < COUNT(starter); i++)
    good = fs_write(fs_join(a, name, str_c(starter[i].path)), init_filled(a, starter[i].text, name),
                    &r->diags);
  good = good && fs_write(fs_join(a, name, STR("profiles.yml")),
                          init_filled(a, profile->text, name), &r->diags);
  if (!run_report(r) || !good)
    return EXIT_FAILED;
  Str where = init_server(a, profile);
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(a,
                       "Made the project %.*s (%s). Next:\n\n  cd %.*s\n%.*s  %s build\n"
                       "  %s show --select orders_by_day",
                       STR_ARG(name), profile->type, STR_ARG(name), STR_ARG(where), program_name(),
                       program_name()));
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
