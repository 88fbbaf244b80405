// See warn.h.
#include "warn.h"
#include "args.h"

#include "../../compiler/project/check.h"

// dbt's events for the warnings that starc has: what they are told as, and what
// --warn-error-options calls them.
static const struct {
  Code code;
  EventKind event;
  bool deprecation;
} warnings[] = {
    {CODE_UNKNOWN_NODE,            EV_NoNodeForYamlKey,                            false},
    {CODE_TESTS_WITHOUT_NODE,      EV_NoNodeForYamlKey,                            false},
    {CODE_TESTS_WITHOUT_NODE,      EV_NodeNotFoundOrDisabled,                      false},
    {CODE_UNUSED_CONFIG,           EV_UnusedResourceConfigPath,                    false},
    {CODE_UNKNOWN_REF,             EV_NodeNotFoundOrDisabled,                      false},
    {CODE_UNKNOWN_VERSION,         EV_NodeNotFoundOrDisabled,                      false},
    {CODE_UNKNOWN_SOURCE,          EV_NodeNotFoundOrDisabled,                      false},
    {CODE_UNKNOWN_FUNCTION,        EV_NodeNotFoundOrDisabled,                      false},
    {CODE_UNKNOWN_METRIC,          EV_NodeNotFoundOrDisabled,                      false},
    {CODE_PACKAGE_READS_ROOT,      EV_PackageNodeDependsOnRootProjectNode,         false},
    {CODE_SHARED_NAME,             EV_DuplicateNameDistinctNodeTypesDeprecation,   true },
    {CODE_NOTHING_SELECTED,        EV_NoNodesForSelectionCriteria,                 false},
    {CODE_DEPRECATED_MODEL,        EV_DeprecatedModel,                             false},
    {CODE_DEPRECATED_REFERENCE,    EV_DeprecatedReference,                         false},
    {CODE_UPCOMING_DEPRECATION,    EV_UpcomingReferenceDeprecation,                false},
    {CODE_UNKNOWN_KEY,             EV_CustomKeyInObjectDeprecation,                true },
    {CODE_MACRO_ANNOTATION,        EV_InvalidMacroAnnotation,                      false},
    {CODE_CONTRACT_BREAK,          EV_UnversionedBreakingChange,                   false},
    {CODE_RAISED_WARNING,          EV_JinjaLogWarning,                             false},
    {CODE_CONFIG_VALUE,            EV_JinjaLogWarning,                             false},
    {CODE_NUMERIC_PRECISION,       EV_JinjaLogWarning,                             false},
    {CODE_CONSTRAINT_IGNORED,      EV_UnsupportedConstraintMaterialization,        false},
    {CODE_RENAMED_VARIABLE,        EV_EnvironmentVariableRenamed,                  true },
    {CODE_STRANGE_VARIABLE,        EV_EnvironmentVariableNamespaceDeprecation,     true },
    {CODE_TEST_FAILED,             EV_LogTestResult,                               false},
    {CODE_PACKAGE_UNPINNED,        EV_DepsUnpinned,                                false},
    {CODE_PACKAGE_MATERIALIZATION, EV_PackageMaterializationOverrideDeprecation,   true },
    {CODE_PACKAGE_MOVED,           EV_PackageRedirectDeprecation,                  true },
    {CODE_PACKAGE_SECRET,          EV_DepsScrubbedPackageName,                     false},
    {CODE_NO_SCHEMA,               EV_GenerateSchemaNameNullValueDeprecation,      true },
    {CODE_BLANK_NAME,              EV_SpacesInResourceNameDeprecation,             true },
    {CODE_BLANK_NAME,              EV_ResourceNamesWithSpacesDeprecation,          true },
    {CODE_TIME_GRANULARITY,        EV_TimeDimensionsRequireGranularityDeprecation, true },
    {CODE_SOURCE_FRESHNESS,        EV_LogFreshnessResult,                          false},
    {CODE_OSI_LOSS,                EV_MFConverterIssue,                            false},
    {CODE_META_KEY,                EV_GetMetaKeyWarning,                           false},
};

// --- the rule

// What says of a warning that it is meant: the more it is about this one, the more it counts.
typedef enum Meaning { MEANT_BY_NAME, MEANT_AS_DEPRECATION, MEANT_WITH_ALL, MEANINGS } Meaning;

static bool is_all(Value v) { return val_is_str(v, STR("all")) || val_is_str(v, STR("*")); }

static bool item_means(Value item, Code code, Meaning how) {
  if (how == MEANT_WITH_ALL)
    return is_all(item);
  if (how == MEANT_BY_NAME && val_is_str(item, str_c(code_row(code)->word)))
    return true;
  for (size_t i = 0; i < COUNT(warnings); i++)
    if (warnings[i].code == code &&
        (how == MEANT_BY_NAME ? val_is_str(item, str_c(event_row(warnings[i].event)->name))
                              : warnings[i].deprecation && val_is_str(item, STR("Deprecations"))))
      return true;
  return false;
}

static bool means(Value said, Code code, Meaning how) {
  if (said.kind == VAL_STR)
    return item_means(said, code, how);
  for (size_t i = 0; val_is_seq(said) && i < said.list->n; i++)
    if (item_means(said.list->items[i], code, how))
      return true;
  return false;
}

// What a key says, or the one that it had the name of before.
static Value said_as(Value options, const char *key, const char *older) {
  Value v = val_get(options, str_c(key));
  return v.kind == VAL_UNDEF ? val_get(options, str_c(older)) : v;
}

WarnRule warn_rule(const Run *r, Code code) {
  const Value o = r->warn_options;
  const struct {
    Value said;
    WarnRule rule;
  } lists[] = {
      {val_get(o, STR("silence")), WARN_SILENT},
      { said_as(o,   "warn",      "exclude"),  WARN_SHOWN},
      { said_as(o,  "error",      "include"),  WARN_ERROR},
  };
  for (Meaning how = 0; how < MEANINGS; how++)
    for (size_t i = 0; i < COUNT(lists); i++)
      if (means(lists[i].said, code, how))
        return lists[i].rule;
  return r->options->warn_error ? WARN_ERROR : WARN_SHOWN;
}

bool warn_names(const Run *r, Code code) {
  static const char *const keys[] = {"silence", "warn", "exclude", "error", "include"};
  Value word = val_str(str_c(code_row(code)->word));
  for (size_t i = 0; i < COUNT(keys); i++) {
    Value said = val_get(r->warn_options, str_c(keys[i]));
    for (size_t k = 0; val_is_seq(said) && k < said.list->n; k++)
      if (val_eq(said.list->items[k], word))
        return true;
  }
  return false;
}

EventKind warn_event(Code code) {
  for (size_t i = 0; i < COUNT(warnings); i++)
    if (warnings[i].code == code)
      return warnings[i].event;
  return EV_Finding;
}

bool run_warns_as_error(Run *r, Code code) { return warn_rule(r, code) == WARN_ERROR; }

// --- reading

static Str *known_names(Arena *a, size_t *n) {
  enum { ROOM = 1024 };
  Str *names = arena_array(a, Str, ROOM), rest = str_c(warn_other_names);
  *n = 0;
  for (Str part; *n < ROOM && str_cut(&rest, ' ', &part);)
    names[(*n)++] = part;
  for (int i = 0; *n < ROOM && i < EVENT_KINDS; i++)
    if (event_row((EventKind)i)->code[0] != 'S') // those are of starc itself
      names[(*n)++] = str_c(event_row((EventKind)i)->name);
  for (int i = CODE_NONE + 1; *n < ROOM && i < CODE_COUNT; i++)
    names[(*n)++] = str_c(code_row((Code)i)->word);
  return names;
}

// Records an error at a place of the option's text.
#define WRONG(r, y, ...)                                                                           \
  diag_at(&(r)->diags, SEV_ERROR, CODE_OPTION_VALUE, (y)->src, (y)->span, __VA_ARGS__)

// A name of dbt v2 alone, which dbt takes since 1.12 and does nothing by.
static bool is_v2_name(const Run *r, Str name) {
  DbtLevel level = r->project ? r->project->level : DBT_NEWEST;
  Str rest = str_c(warn_v2_names);
  for (Str part; level >= DBT_1_12 && str_cut(&rest, ' ', &part);)
    if (str_eq(part, name))
      return true;
  return false;
}

// A name that is none guards nothing.
static bool check_name(Run *r, const Yaml *y) {
  size_t n;
  Arena *a = &r->arena;
  Str *names = known_names(a, &n), name = yaml_as_text(a, y);
  if (str_is(name, "all") || str_is(name, "*") || str_find(name, STR("{{"), 0) >= 0)
    return true; // a template's outcome is not known here
  for (size_t i = 0; i < n; i++)
    if (str_eq(names[i], name))
      return true;
  if (is_v2_name(r, name)) {
    run_say(r, EV_Note, NULL, "'%.*s' is a name of dbt v2: no warning goes by it", STR_ARG(name));
    return true;
  }
  Diag *d = WRONG(r, y, "no warning is named '%.*s'", STR_ARG(name));
  if (str_nearest(name, names, n).len)
    diag_nearest(&r->diags, d, name, names, n);
  else
    diag_hint(&r->diags, d,
              "a warning ends in its name, [unused-config] for one; dbt's names do too");
  return false;
}

static bool check_list(Run *r, const YamlEntry *e) {
  bool good = true;
  const Yaml *y = e->value;
  if (y->kind == YAML_LIST) {
    for (size_t i = 0; i < y->n; i++)
      good = check_name(r, y->items[i]) && good;
    return good;
  }
  if (y->kind == YAML_SCALAR && (y->scalar.kind == VAL_NONE || is_all(y->scalar)))
    return true;
  WRONG(r, y, "'%.*s' of warn_error_options takes 'all' or a list of names", STR_ARG(e->key->text));
  return false;
}

static bool check_one_name(Run *r, const Yaml *y, const char *key, const char *older) {
  const YamlEntry *e = yaml_entry(y, str_c(older));
  if (!e || !yaml_get(y, str_c(key)))
    return true;
  Diag *d = WRONG(r, e->key, "'%s' says what '%s' says", older, key);
  diag_hint(&r->diags, d, "it is the older name of '%s': give one of them", key);
  return false;
}

// Whether each of these is a code that no warning of dbt goes by: of an error too, which `warn`
// makes a warning in starc check.
static bool are_own_codes(const Yaml *list, Arena *a) {
  for (size_t i = 0; i < list->n; i++) {
    Str near;
    Code code = code_find(yaml_as_text(a, list->items[i]), &near);
    if (!code || warn_event(code) != EV_Finding)
      return false;
  }
  return true;
}

// What stays a warning is an exception from something.
static bool check_exception(Run *r, const Yaml *y) {
  const Yaml *warn = yaml_get(y, STR("warn"));
  Value v = yaml_value(&r->arena, y), all = said_as(v, "error", "include");
  if (!warn)
    warn = yaml_get(y, STR("exclude"));
  if (!warn || warn->kind != YAML_LIST || !warn->n || are_own_codes(warn, &r->arena))
    return true;
  const Value lists[] = {all, val_get(v, STR("silence"))};
  for (size_t i = 0; i < 2; i++) {
    if (is_all(lists[i]))
      return true;
    for (size_t k = 0; val_is_seq(lists[i]) && k < lists[i].list->n; k++)
      if (is_all(lists[i].list->items[k]) ||
          val_is_str(lists[i].list->items[k], STR("Deprecations")))
        return true;
  }
  Diag *d = WRONG(r, warn, "'warn' names exceptions, and nothing is there that they are from");
  diag_hint(&r->diags, d, "it stands beside 'error: all', or Deprecations in 'error' or 'silence'");
  return false;
}

static bool check_options(Run *r, const Yaml *y) {
  static const Str keys[] = {STR_INIT("error"), STR_INIT("warn"), STR_INIT("silence"),
                             STR_INIT("include"), STR_INIT("exclude")};
  enum { KEYS = COUNT(keys) };
  if (y->kind == YAML_SCALAR && y->scalar.kind == VAL_NONE)
    return true;
  if (!check_value(&r->diags, y, yaml_value(&r->arena, y), TYPE_DICT, STR("warn_error_options")))
    return false;
  bool good = true;
  for (size_t i = 0; i < y->n; i++) {
    size_t k = 0;
    while (k < KEYS && !str_eq(y->entries[i].key->text, keys[k]))
      k++;
    if (k < KEYS)
      good = check_list(r, &y->entries[i]) && good;
    else
      check_unknown(&r->diags, y->entries[i].key, "warn_error_options", keys, KEYS);
  }
  return check_one_name(r, y, "error", "include") && check_one_name(r, y, "warn", "exclude") &&
         check_exception(r, y) && good;
}

bool warn_read(Run *r, Str text) {
  Source *src = arena_new(&r->arena, Source);
  *src = (Source){.path = STR("--warn-error-options"), .text = text};
  const Yaml *y = yaml_load(&r->arena, src, &r->diags);
  if (!y || !check_options(r, y))
    return false;
  r->warn_options = run_dict_of(&r->arena, val_str(text));
  return true;
}

bool warn_read_flags(Run *r) {
  const RunOptions *o = r->options;
  const Yaml *y =
      yaml_get(yaml_get(r->project->packages[0]->yaml, STR("flags")), STR("warn_error_options"));
  if (y && !check_options(r, y))
    return false;
  r->warn_options = run_dict_of(&r->arena, val_str(o->warn_error_options));
  return true;
}
