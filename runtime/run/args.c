// In: a command's options. Out: the `args` of run_results.json under dbt's names: its flags that
// starc has, those that it takes without effect at dbt's defaults, and nothing that dbt would not
// write. `retry` reads them again.
#include "args.h"
#include "node_run.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/project/globals.h"
#include "../../compiler/value/json.h"

#include <ctype.h>

// dbt writes these only when they are on.
static bool only_when_on(Str name) {
  static const char *const names[] = {"full_refresh",    "fail_fast", "store_failures", "embedded",
                                      "warn_error",      "debug",     "version",        "help",
                                      "single_threaded", "brief"};
  for (size_t i = 0; i < COUNT(names); i++)
    if (str_eq(name, str_c(names[i])))
      return true;
  return false;
}

// How starc looks, shows and reports: dbt has no such options.
static bool is_own(Str name) {
  static const char *const names[] = {"junit",        "report",  "check", "watch",     "poll",
                                      "failing_rows", "results", "light", "output_dir"};
  for (size_t i = 0; i < COUNT(names); i++)
    if (str_eq(name, str_c(names[i])))
      return true;
  return false;
}

Value run_dict_of(Arena *a, Value text) {
  Value v = val_dict(a);
  if (text.kind != VAL_STR)
    return text.kind == VAL_DICT ? text : v;
  Diags ignored = {0};
  diags_init(&ignored);
  Source *src = arena_new(a, Source);
  *src = (Source){.path = STR("arguments"), .text = val_text(text)};
  Yaml *y = yaml_load(a, src, &ignored);
  if (y && y->kind == YAML_DICT)
    v = yaml_value(a, y);
  diags_free(&ignored);
  return v;
}

static Value warn_options(Arena *a, Value given) {
  static const Str keys[] = {STR_INIT("error"), STR_INIT("warn"), STR_INIT("silence")};
  Value read = run_dict_of(a, given), out = val_dict(a);
  for (size_t i = 0; i < 3; i++) {
    Value v = val_get(read, keys[i]);
    dict_sets(a, out.dict, keys[i], val_is_absent(v) ? val_list(a, 0) : v);
  }
  return out;
}

// As texts they are masked where they are written; numbers and lists are here.
static Value masked_vars(Arena *a, Value vars) {
  Value out = val_dict(a);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(vars.dict, &at));)
    dict_set(a, out.dict, e->key,
             e->key.kind == VAL_STR && secret_named(val_text(e->key)) ? val_lit(SECRET_SHOWN)
                                                                      : e->value);
  return out;
}

// What was given, under dbt's names.
static void add_given(Arena *a, Value out, const RunOptions *o) {
  Value given = o->given;
  bool picks_types = command_is(o, CMD_BUILD | CMD_TEST | CMD_CLONE | CMD_LS);
  size_t at = 0;
  for (DictEntry *e; given.kind == VAL_DICT && (e = dict_next(given.dict, &at));) {
    Str name = val_text(e->key);
    Value v = e->value;
    if (v.kind == VAL_NONE || is_own(name) || (only_when_on(name) && !val_truth(v)))
      continue;
    if (str_is(name, "vars"))
      v = masked_vars(a, run_dict_of(a, v));
    else if (str_is(name, "args"))
      v = run_dict_of(a, v);
    else if (str_is(name, "warn_error_options"))
      v = warn_options(a, v);
    if (!picks_types && (str_is(name, "resource_type") || str_is(name, "exclude_resource_type")))
      continue; // dbt has the two for some commands only
    if (str_is(name, "resource_type") || str_is(name, "exclude_resource_type"))
      name = str_cat(a, name, STR("s"));
    dict_sets(a, out.dict, name, v);
  }
}

// What dbt writes whether or not it was given.
static void add_project(Arena *a, Value out, const Project *p) {
  dict_sets(a, out.dict, STR("cache_selected_only"), val_bool(false)); // starc always does
  for (const FlagDefault *f = flag_defaults; f->name; f++)
    if (p->level >= f->since && !dict_gets(out.dict, str_c(f->name)))
      dict_sets(a, out.dict, str_c(f->name), val_bool(project_flag(p, f->name)));
  if (p->level >= DBT_1_12 && !dict_gets(out.dict, STR("v2_parser")))
    dict_sets(a, out.dict, STR("v2_parser"), val_lit("dbt-core-experimental-parser parse"));
  Value limits = val_dict(a);
  dict_sets(a, limits.dict, STR("MAX_GROUPING_DEPTH"), val_none());
  dict_sets(a, limits.dict, STR("MAX_GROUPING_TOKENS"), val_none());
  dict_sets(a, out.dict, STR("sqlparse"), limits);
  if (!dict_gets(out.dict, STR("project_dir")))
    dict_sets(a, out.dict, STR("project_dir"), val_str(p->root));
  if (!dict_gets(out.dict, STR("profiles_dir")) && p->profile && p->profile->path.len) {
    Str path = fs_absolute(a, p->profile->path);
    ptrdiff_t slash = str_rfind(path, STR("/"));
    dict_sets(a, out.dict, STR("profiles_dir"), val_str(str_sub(path, 0, (size_t)slash)));
  }
  if (!dict_gets(out.dict, STR("log_path")))
    dict_sets(a, out.dict, STR("log_path"), val_lit("logs"));
}

Value run_args(Arena *a, const Project *p, const RunOptions *o) {
  Value out = val_dict(a);
  add_given(a, out, o);
  add_project(a, out, p);
  if (command_is(o, CMD_COMPILE))
    dict_sets(a, out.dict, STR("inject_ephemeral_ctes"),
              val_bool(!val_is(val_get(out, STR("inject_ephemeral_ctes")), VAL_BOOL) ||
                       val_truth(val_get(out, STR("inject_ephemeral_ctes")))));
  if (command_is(o, CMD_BUILD)) {
    dict_sets(a, out.dict, STR("include_saved_query"), val_bool(false));
    dict_sets(a, out.dict, STR("export_saved_queries"), val_bool(false));
  }
  return out;
}

// Those of the options that are flags of templates as they were given.
static const Str from_args[] = {STR_INIT("invocation_command"),
                                STR_INIT("log_format"),
                                STR_INIT("indirect_selection"),
                                STR_INIT("empty"),
                                STR_INIT("use_colors"),
                                STR_INIT("fail_fast"),
                                STR_INIT("log_path"),
                                STR_INIT("printer_width"),
                                STR_INIT("cache_selected_only"),
                                STR_INIT("quiet"),
                                STR_INIT("warn_error"),
                                STR_INIT("target_path"),
                                STR_INIT("debug"),
                                STR_INIT("profiles_dir"),
                                STR_INIT("which")};

Value run_flags(Arena *a, const RunOptions *o) {
  const struct {
    Str name;
    bool on;
  } flags[] = {
      {STR("FULL_REFRESH"),               o->full_refresh  },
      {STR("STORE_FAILURES"),             o->store_failures},
      {STR("INTROSPECT"),                 o->introspect    },
      {STR("WRITE_JSON"),                 o->write_json    },
      {STR("VERSION_CHECK"),              o->version_check },
      {STR("STATIC_PARSER"),              true             },
      {STR("PARTIAL_PARSE"),              true             },
      {STR("LOG_CACHE_EVENTS"),           false            },
      {STR("SEND_ANONYMOUS_USAGE_STATS"), false            },
      {STR("USE_EXPERIMENTAL_PARSER"),    false            },
  };
  Value d = val_dict(a);
  for (size_t i = 0; i < COUNT(from_args); i++) {
    Value v = val_get(o->given, from_args[i]);
    char *name = str_cstr(a, from_args[i]);
    for (char *c = name; *c; c++)
      *c = (char)toupper((unsigned char)*c);
    bool unset = v.kind == VAL_UNDEF || (str_is(from_args[i], "warn_error") && !val_truth(v));
    dict_sets(a, d.dict, str_c(name), unset ? val_none() : v);
  }
  for (size_t i = 0; i < COUNT(flags); i++)
    dict_sets(a, d.dict, flags[i].name, val_bool(flags[i].on));
  dict_sets(a, d.dict, STR("NO_PRINT"), val_none());
  dict_sets(a, d.dict, STR("CACHE_SELECTED_ONLY"), val_bool(false)); // as in args
  dict_sets(a, d.dict, STR("WARN_ERROR_OPTIONS"),
            warn_options(a, val_get(o->given, STR("warn_error_options"))));
  return d;
}
