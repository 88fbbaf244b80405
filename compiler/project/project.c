// In: a folder and the command line. Out: the project: its file rendered and read into structs, the
// profile chosen. Finding packages is packages.c's.
#include "project.h"
#include "../base/clock.h"
#include "../base/fs.h"
#include "../base/hash.h"
#include "../base/parallel.h"
#include "../base/regex.h"
#include "check.h"
#include "config_parts.h"
#include "project_parts.h"

#include <stdlib.h>
#include <time.h>

enum { B = TYPE_BOOL, I = TYPE_INT, S = TYPE_STR, L = TYPE_LIST, D = TYPE_DICT };

// clang-format off
const ProjectKey project_keys[] = {
    // name, types, default, documentation
    {"name",                  S,         NULL,           "the project's name: letters, digits and _"},
    {"version",               TYPE_ANY,  NULL,           "the project's own version"},
    {"config-version",        I,         "2",            "2"},
    {"profile",               S,         NULL,           "which profile of profiles.yml connects"},
    {"model-paths",           L,         "[models]",     "folders of models and their YAML"},
    {"seed-paths",            L,         "[seeds]",      "folders of CSV files"},
    {"test-paths",            L,         "[tests]",      "folders of singular tests; generic ones in generic/"},
    {"analysis-paths",        L,         "[analyses]",   "folders of queries that are compiled but not run"},
    {"macro-paths",           L,         "[macros]",     "folders of macros"},
    {"snapshot-paths",        L,         "[snapshots]",  "folders of snapshots"},
    {"docs-paths",            L,         NULL,           "folders of docs blocks; all of the above"},
    {"asset-paths",           L,         "[]",           "folders copied into the docs site"},
    {"function-paths",        L,         "[functions]",  "folders of functions and their YAML"},
    {"osi-paths",             L,         "[osi, OSI]",   "folders of semantic models that other tools wrote (OSI, JSON)"},
    {"schema-paths",          L,         "[schemas]",    "folders of YAML files alone (starc's own key)"},
    {"load-paths",            L,         "[loads]",      "folders of YAML files of loads (starc's own key)"},
    {"target-path",           S,         "target",       "folder of compiled files and artifacts"},
    {"log-path",              S,         "logs",         "folder of logs"},
    {"packages-install-path", S,         "dbt_packages", "folder of installed packages"},
    {"clean-targets",         L,         NULL,           "folders that `clean` removes; target-path"},
    {"models",                D,         "{}",           "config of models by folder"},
    {"seeds",                 D,         "{}",           "config of seeds by folder"},
    {"snapshots",             D,         "{}",           "config of snapshots by folder"},
    {"data_tests",            D,         "{}",           "config of tests by folder"},
    {"tests",                 D,         "{}",           "older name of data_tests"},
    {"sources",               D,         "{}",           "config of sources by folder"},
    {"exposures",             D,         "{}",           "config of exposures by folder"},
    {"unit_tests",            D,         "{}",           "config of unit tests by folder"},
    {"metrics",               D,         "{}",           "config of metrics by folder"},
    {"semantic-models",       D,         "{}",           "config of semantic models by folder"},
    {"saved-queries",         D,         "{}",           "config of saved queries by folder"},
    {"functions",             D,         "{}",           "config of functions by folder"},
    {"loads",                 D,         "{}",           "config of loads by folder (starc's own key)"},
    {"analyses",              D,         "{}",
     "config of analyses by folder, with the flag require_corrected_analysis_fqns"},
    {"vars",                  D,         "{}",           "variables, for all and by package"},
    {"quoting",               D,         "{}",           "which parts of relation names are quoted"},
    {"dispatch",              L,         "[]",           "where macros of a namespace are searched"},
    {"on-run-start",          L | S,     "[]",           "statements before the first node"},
    {"on-run-end",            L | S,     "[]",           "statements after the last node"},
    {"query-comment",         S | D | B, NULL,           "comment put into every statement"},
    {"history",               D,         "{}",
     "which runs `starc history` knows: {keep: 100, where: folder} (starc's own key)"},
    {"docs",                  D,         NULL,           "title, logo, repository of the documentation page (starc's own key)"},
    {"flags",                 D,         "{}",           "defaults of command line options"},
    {"require-dbt-version",   S | L,     NULL,           "versions of dbt that the project works with"},
    {"require-starc-version", S | L,     NULL,           "versions of starc that the project works with"},
    {"restrict-access",       B,         "false",        "protected models may not be used by other projects"},
    {"dbt-cloud",             D,         NULL,           "accepted and not used"},
    {"project-root",          S,         NULL,           "accepted and not used"},
    {"packages",              L,         NULL,           "accepted; packages.yml is what is read"},
    {"anchors",               TYPE_ANY,  NULL,           "a place for YAML anchors"},
    {0},
};
// clang-format on

// Old names that dbt still reads.
static const struct {
  Str old, now;
} renamed[] = {
    {STR_INIT("source-paths"),    STR_INIT("model-paths")          },
    {STR_INIT("data-paths"),      STR_INIT("seed-paths")           },
    {STR_INIT("modules-path"),    STR_INIT("packages-install-path")},
    {STR_INIT("semantic_models"), STR_INIT("semantic-models")      },
    {STR_INIT("saved_queries"),   STR_INIT("saved-queries")        },
    {STR_INIT("data-tests"),      STR_INIT("data_tests")           },
    {STR_INIT("dbt_cloud"),       STR_INIT("dbt-cloud")            },
};

static Str new_name(Str name) {
  for (size_t i = 0; i < COUNT(renamed); i++)
    if (str_eq(name, renamed[i].old))
      return renamed[i].now;
  return name;
}

// --- environment
bool project_env(Arena *a, Str name, Str *out) {
  const char *v = getenv(str_cstr(a, name));
  if (!v)
    return false;
  *out = str_dup(a, str_c(v));
  if (secret_named(name))
    secret_add(*out);
  return true;
}

// --- vars
static bool vars_of(const Package *p, Str of_package, Str name, Value *out) {
  Value own = val_get(p->vars, of_package);
  Value v = own.kind == VAL_DICT ? val_get(own, name) : val_undef(NULL);
  if (v.kind == VAL_UNDEF)
    v = val_get(p->vars, name);
  *out = v;
  return v.kind != VAL_UNDEF;
}

bool project_var(const Project *p, const Package *package, Str name, Value *out) {
  *out = val_get(p->vars_cli, name);
  if (out->kind != VAL_UNDEF)
    return true;
  const Package *root = p->npackages ? p->packages[0] : NULL;
  Str of = package ? package->name : root ? root->name : (Str){0};
  if (root && vars_of(root, of, name, out))
    return true;
  return package && package != root && vars_of(package, of, name, out);
}

// --- reading one project file
static bool keep(const void *data, const Value *path, size_t n) {
  static const Str raw[] = {STR_INIT("vars"), STR_INIT("on-run-start"), STR_INIT("on-run-end"),
                            STR_INIT("query-comment")};
  static const Str trees[] = {STR_INIT("models"), STR_INIT("seeds"),      STR_INIT("snapshots"),
                              STR_INIT("tests"),  STR_INIT("data_tests"), STR_INIT("functions")};
  static const Str hooks[] = {STR_INIT("pre-hook"), STR_INIT("post-hook"), STR_INIT("pre_hook"),
                              STR_INIT("post_hook")};
  (void)data;
  for (size_t i = 0; i < COUNT(raw); i++)
    if (val_is_str(path[0], raw[i]))
      return true;
  bool tree = false;
  for (size_t i = 0; i < COUNT(trees); i++)
    tree = tree || val_is_str(path[0], trees[i]);
  if (!tree || path[n - 1].kind != VAL_STR)
    return false;
  Str key = val_text(path[n - 1]);
  while (key.len && (key.ptr[0] == '+' || key.ptr[0] == ' '))
    key = str_sub(key, 1, key.len);
  for (size_t i = 0; i < COUNT(hooks); i++)
    if (str_eq(key, hooks[i]))
      return true;
  return false;
}

static const ProjectKey *find_key(Str name) {
  for (const ProjectKey *k = project_keys; k->name; k++)
    if (str_eq(str_c(k->name), name))
      return k;
  return NULL;
}

static void warn_unknown(Opening *o, const Yaml *key) {
  Str names[COUNT(project_keys)];
  size_t n = 0;
  for (const ProjectKey *k = project_keys; k->name; k++)
    names[n++] = str_c(k->name);
  check_unknown(o->diags, key, "the project file", names, n);
}

// Checks keys and types; keys under their present names, numbers out of text.
static bool check_keys(Opening *o, Package *p, Value rendered) {
  bool ok = true;
  p->config = val_dict(o->arena);
  for (size_t i = 0; i < p->yaml->n; i++) {
    const YamlEntry *e = &p->yaml->entries[i];
    Str name = new_name(e->key->text);
    const ProjectKey *k = find_key(name);
    Value v = val_get(rendered, e->key->text);
    if (!k) {
      warn_unknown(o, e->key);
      continue;
    }
    v = check_coerce(o->arena, v, k->types);
    if (!check_value(o->diags, e->value, v, k->types, e->key->text))
      ok = false;
    else if (v.kind != VAL_NONE || str_is(name, "query-comment")) // there null means: no comment
      dict_sets(o->arena, p->config.dict, name, v);
  }
  return ok;
}

static Value key_value(Opening *o, const Package *p, Str name) {
  Value v = val_get(p->config, name);
  const ProjectKey *k = find_key(name);
  Diags none = {0};
  if (v.kind == VAL_UNDEF && k && k->fallback)
    yaml_inline(o->arena, str_c(k->fallback), name, &v, &none);
  diags_free(&none);
  return v;
}

static Value as_list(Arena *a, Value v) {
  if (val_is_seq(v))
    return v;
  Value list = val_list(a, 1);
  if (v.kind == VAL_STR)
    list_push(a, list.list, v);
  return list;
}

// Makes an absolute path relative where it lies in the package's folder, under one name of it or
// another. False: it lies elsewhere.
static bool below_root(Arena *a, Str root, Str *path) {
  const Str pairs[2][2] = {
      {root,       *path },
      { fs_real(a, root), fs_real(a, *path)}
  };
  for (size_t i = 0; i < 2; i++) {
    Str dir = pairs[i][0], at = pairs[i][1];
    bool inside = dir.len && str_starts(at, dir) && (at.len == dir.len || at.ptr[dir.len] == '/');
    if (!inside)
      continue;
    *path = at.len == dir.len ? STR(".") : str_sub(at, dir.len + 1, at.len);
    return true;
  }
  return false;
}

// A list of folders. Each must be text; a slash at the end is cut.
static bool read_paths(Opening *o, const Package *p, Str name, Str **out, size_t *n) {
  Value v = key_value(o, p, name);
  const Yaml *y = yaml_get(p->yaml, name);
  bool ok = true;
  v = as_list(o->arena, v);
  *out = arena_array(o->arena, Str, v.list->n);
  *n = 0;
  for (size_t i = 0; i < v.list->n; i++) {
    const Yaml *at = y && y->kind == YAML_LIST && i < y->n ? y->items[i] : y;
    if (v.list->items[i].kind != VAL_STR) {
      ok = check_value(o->diags, at,
                       v.list->items[i].kind == VAL_NONE ? val_bool(false) : v.list->items[i],
                       TYPE_STR, name);
      continue;
    }
    Str path = val_text(v.list->items[i]);
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
      path.len--;
    if (path.len && path.ptr[0] == '/' && !below_root(o->arena, p->root, &path) && p->is_root) {
      Diag *f = diag_at(
          o->diags, SEV_ERROR, CODE_WRONG_VALUE, at ? at->src : NULL, at ? at->span : (Span){0},
          "'%.*s' takes folders of the project, not '%.*s'", STR_ARG(name), STR_ARG(path));
      diag_hint(o->diags, f, "give it relative to the project file");
      ok = false;
    }
    while (str_starts(path, STR("./")))
      path = str_sub(path, 2, path.len);
    (*out)[(*n)++] = path;
  }
  return ok;
}

static void add_once(Str *list, size_t *n, const Str *more, size_t nmore) {
  for (size_t i = 0; i < nmore; i++) {
    bool there = false;
    for (size_t k = 0; k < *n; k++)
      there = there || str_eq(list[k], more[i]);
    if (!there)
      list[(*n)++] = more[i];
  }
}

// docs-paths that are not given are all other paths.
static void all_paths(Arena *a, Package *p) {
  size_t n = 0;
  p->docs_paths =
      arena_array(a, Str,
                  p->nmodel_paths + p->nseed_paths + p->nsnapshot_paths + p->nanalysis_paths +
                      p->nmacro_paths + p->ntest_paths + p->nfunction_paths + p->nschema_paths);
  add_once(p->docs_paths, &n, p->model_paths, p->nmodel_paths);
  add_once(p->docs_paths, &n, p->seed_paths, p->nseed_paths);
  add_once(p->docs_paths, &n, p->snapshot_paths, p->nsnapshot_paths);
  add_once(p->docs_paths, &n, p->analysis_paths, p->nanalysis_paths);
  add_once(p->docs_paths, &n, p->macro_paths, p->nmacro_paths);
  add_once(p->docs_paths, &n, p->test_paths, p->ntest_paths);
  add_once(p->docs_paths, &n, p->function_paths, p->nfunction_paths);
  add_once(p->docs_paths, &n, p->schema_paths, p->nschema_paths);
  p->ndocs_paths = n;
}

static bool fill_paths(Opening *o, Package *p) {
  bool ok = read_paths(o, p, STR("model-paths"), &p->model_paths, &p->nmodel_paths);
  ok = read_paths(o, p, STR("seed-paths"), &p->seed_paths, &p->nseed_paths) && ok;
  ok = read_paths(o, p, STR("test-paths"), &p->test_paths, &p->ntest_paths) && ok;
  ok = read_paths(o, p, STR("macro-paths"), &p->macro_paths, &p->nmacro_paths) && ok;
  ok = read_paths(o, p, STR("snapshot-paths"), &p->snapshot_paths, &p->nsnapshot_paths) && ok;
  ok = read_paths(o, p, STR("analysis-paths"), &p->analysis_paths, &p->nanalysis_paths) && ok;
  ok = read_paths(o, p, STR("function-paths"), &p->function_paths, &p->nfunction_paths) && ok;
  ok = read_paths(o, p, STR("osi-paths"), &p->osi_paths, &p->nosi_paths) && ok;
  ok = read_paths(o, p, STR("asset-paths"), &p->asset_paths, &p->nasset_paths) && ok;
  ok = read_paths(o, p, STR("schema-paths"), &p->schema_paths, &p->nschema_paths) && ok;
  ok = read_paths(o, p, STR("load-paths"), &p->load_paths, &p->nload_paths) && ok;
  if (val_get(p->config, STR("docs-paths")).kind == VAL_UNDEF)
    all_paths(o->arena, p);
  else
    ok = read_paths(o, p, STR("docs-paths"), &p->docs_paths, &p->ndocs_paths) && ok;
  return ok;
}

static void fill_trees(Opening *o, Package *p) {
  p->models = key_value(o, p, STR("models"));
  p->seeds = key_value(o, p, STR("seeds"));
  p->snapshots = key_value(o, p, STR("snapshots"));
  p->tests = key_value(o, p, STR("data_tests"));
  if (!p->tests.dict->n)
    p->tests = key_value(o, p, STR("tests"));
  p->sources = key_value(o, p, STR("sources"));
  p->exposures = key_value(o, p, STR("exposures"));
  p->unit_tests = key_value(o, p, STR("unit_tests"));
  p->metrics = key_value(o, p, STR("metrics"));
  p->semantic_models = key_value(o, p, STR("semantic-models"));
  p->saved_queries = key_value(o, p, STR("saved-queries"));
  p->analyses = key_value(o, p, STR("analyses"));
  p->functions = key_value(o, p, STR("functions"));
  p->loads = key_value(o, p, STR("loads"));
}

static bool text_key(Opening *o, const Package *p, Str name, Str *out) {
  Value v = key_value(o, p, name);
  *out = v.kind == VAL_STR ? val_text(v) : (Str){0};
  return v.kind == VAL_STR;
}

static bool bad_name(Opening *o, const Package *p, const char *why) {
  const Yaml *y = yaml_get(p->yaml, STR("name"));
  Diag *f = diag_at(o->diags, SEV_ERROR, CODE_PROJECT_NAME, &p->source, y ? y->span : (Span){0, 0},
                    "%s", why);
  diag_hint(o->diags, f, "as in `name: my_shop`");
  return false;
}

static bool fill_name(Opening *o, Package *p) {
  if (!text_key(o, p, STR("name"), &p->name))
    return !check_misspelled(o->diags, p->yaml, "the project file", STR("name")) &&
           bad_name(o, p, "the project needs a `name:`");
  size_t n = 0;
  while (n < p->name.len && ((unsigned char)p->name.ptr[n] >= 0x80 || p->name.ptr[n] == '_' ||
                             (p->name.ptr[n] >= '0' && p->name.ptr[n] <= '9' && n) ||
                             ((p->name.ptr[n] | 0x20) >= 'a' && (p->name.ptr[n] | 0x20) <= 'z')))
    n++;
  if (!n || n < p->name.len)
    return bad_name(o, p,
                    "a project's name has letters, digits and _ and does not start with a digit");
  static const Str taken[] = {
      STR_INIT("dbt"),        STR_INIT("adapter"), STR_INIT("ref"),      STR_INIT("source"),
      STR_INIT("config"),     STR_INIT("var"),     STR_INIT("env_var"),  STR_INIT("target"),
      STR_INIT("this"),       STR_INIT("model"),   STR_INIT("graph"),    STR_INIT("flags"),
      STR_INIT("exceptions"), STR_INIT("execute"), STR_INIT("modules"),  STR_INIT("log"),
      STR_INIT("return"),     STR_INIT("schema"),  STR_INIT("sql"),      STR_INIT("api"),
      STR_INIT("column"),     STR_INIT("context"), STR_INIT("database"), STR_INIT("env"),
      STR_INIT("builtins")};
  for (size_t i = 0; i < COUNT(taken); i++)
    if (str_eq(p->name, taken[i]) && !p->is_internal)
      return bad_name(o, p, "this name is taken by something that templates use");
  return true;
}

static bool check_config_version(Opening *o, const Package *p) {
  Value v = val_get(p->config, STR("config-version"));
  if (v.kind != VAL_INT || v.i == 2)
    return true;
  const Yaml *y = yaml_get(p->yaml, STR("config-version"));
  Diag *f = diag_at(o->diags, SEV_ERROR, CODE_WRONG_VALUE, y->src, y->span,
                    "config-version %lld is not supported", (long long)v.i);
  diag_hint(o->diags, f, "write 2 or leave the key out");
  return false;
}

// Semantic versioning, whose third number may be left out. Also what YAML takes for a number: 1.0.
static bool check_own_version(Opening *o, const Package *p, Value v) {
  static const char pattern[] = "(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*)"
                                "(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?(\\+[0-9A-Za-z.-]+)?)?";
  Str error = {0};
  RegexSpan *spans;
  if (val_is_absent(v) || v.kind == VAL_FLOAT)
    return true;
  Regex *r = regex_cached(o->arena, str_c(pattern), REGEX_ASCII, &error);
  if (r && v.kind == VAL_STR &&
      regex_exec(r, val_text(v), 0, REGEX_FULLMATCH, o->arena, &spans, &error) == 1)
    return true;
  const Yaml *y = yaml_get(p->yaml, STR("version"));
  Str shown = val_is_seq(v) || v.kind == VAL_DICT
                  ? STR("")
                  : str_fmt(o->arena, ": '%.*s'", STR_ARG(val_to_str(o->arena, v)));
  Diag *f = diag_at(o->diags, SEV_ERROR, CODE_WRONG_VALUE, y->src, y->span,
                    "the project's `version:` is not one%.*s", STR_ARG(shown));
  diag_hint(o->diags, f, "as in '1.0' or '1.2.3', in quotes; or leave the key out");
  return false;
}

static bool check_dispatch(Opening *o, const Package *p) {
  const Yaml *y = yaml_get(p->yaml, STR("dispatch"));
  for (size_t i = 0; y && y->kind == YAML_LIST && i < y->n; i++) {
    const Yaml *item = y->items[i], *order = yaml_get(item, STR("search_order"));
    if (yaml_str(yaml_get(item, STR("macro_namespace"))).len && order && order->kind == YAML_LIST)
      continue;
    Diag *f = diag_at(o->diags, SEV_ERROR, CODE_MISSING_KEY, item->src, item->span,
                      "an item of `dispatch:` needs macro_namespace and a list search_order");
    diag_hint(o->diags, f,
              "as in {macro_namespace: dbt_utils, search_order: [my_shop, dbt_utils]}");
    return false;
  }
  return true;
}

bool package_fill(Opening *o, Package *p) {
  Value rendered;
  o->globals.vars_file = p->vars_file;
  bool ok = globals_render_yaml(o->arena, &o->globals, p->yaml, keep, NULL, &rendered, o->diags);
  ok = check_keys(o, p, rendered) && ok;
  if (!ok)
    return false;
  ok = fill_name(o, p);
  ok = fill_paths(o, p) && ok;
  fill_trees(o, p);
  ok = config_check_trees(p, o->project->target, o->diags) && ok;
  ok = check_config_version(o, p) && ok;
  ok = check_dispatch(o, p) && ok;
  ok = history_key_read(o, p, key_value(o, p, STR("history"))) && ok;
  Value version = key_value(o, p, STR("version"));
  ok = check_own_version(o, p, version) && ok;
  p->version = version.kind == VAL_UNDEF ? (Str){0} : val_to_str(o->arena, version);
  p->vars = p->vars_file.kind == VAL_DICT ? p->vars_file : key_value(o, p, STR("vars"));
  p->quoting = key_value(o, p, STR("quoting"));
  p->dispatch = key_value(o, p, STR("dispatch"));
  p->flags = key_value(o, p, STR("flags"));
  p->on_run_start = as_list(o->arena, key_value(o, p, STR("on-run-start")));
  p->on_run_end = as_list(o->arena, key_value(o, p, STR("on-run-end")));
  p->query_comment = key_value(o, p, STR("query-comment"));
  text_key(o, p, STR("target-path"), &p->target_path);
  text_key(o, p, STR("log-path"), &p->log_path);
  text_key(o, p, STR("packages-install-path"), &p->packages_path);
  text_key(o, p, STR("profile"), &p->profile_name);
  p->clean_targets = key_value(o, p, STR("clean-targets"));
  if (p->clean_targets.kind == VAL_UNDEF)
    p->clean_targets = as_list(o->arena, val_str(p->target_path));
  return ok && version_check(o, p);
}

bool project_file(Opening *o, Str dir, Str *path) {
  Str own = fs_join(o->arena, dir, STR("project.yml")),
      dbt = fs_join(o->arena, dir, STR("dbt_project.yml"));
  bool has_own = fs_exists(own), has_dbt = fs_exists(dbt);
  if (has_own && has_dbt) {
    Diag *f = diag_error(o->diags, CODE_PROJECT_FILE, own,
                         "both project.yml and dbt_project.yml are there");
    diag_hint(o->diags, f, "they are two names of one file: remove one");
    o->ok = false;
    return false;
  }
  *path = has_own ? own : dbt;
  return has_own || has_dbt;
}

static Str shown_path(const Opening *o, Str path) {
  Str root = o->project->root;
  if (str_starts(path, root) && path.len > root.len && path.ptr[root.len] == '/')
    return str_sub(path, root.len + 1, path.len);
  return path;
}

Package *package_read(Opening *o, Str dir, Str file) {
  Package *p = arena_new(o->arena, Package);
  *p = (Package){.root = dir, .source.path = shown_path(o, file)};
  if (!fs_read(o->arena, file, p->source.path, &p->source.text, o->diags))
    return NULL;
  p->yaml = yaml_load(o->arena, &p->source, o->diags);
  if (!p->yaml)
    return NULL;
  if (p->yaml->kind != YAML_DICT) {
    bool empty = p->yaml->kind == YAML_SCALAR && p->yaml->scalar.kind == VAL_NONE;
    Diag *f =
        diag_at(o->diags, SEV_ERROR, CODE_PROJECT_FILE, &p->source, p->yaml->span,
                empty ? "the project file is empty" : "the project file must be a dict of keys");
    diag_hint(o->diags, f, "it starts with `name: my_shop`");
    return NULL;
  }
  return p;
}

// --- opening
// The nearest folder, from the working directory up, that holds a project file.
static bool find_root(Opening *o, Str *root, Str *file) {
  Arena *a = o->arena;
  Str given = o->options->project_dir;
  *root = fs_absolute(a, given.len ? given : STR("."));
  if (given.len && !fs_is_dir(*root)) {
    diag_error(o->diags, CODE_PROJECT_FILE, given, "there is no such folder");
    return false;
  }
  for (Str dir = *root;; dir = fs_dirname(a, dir)) {
    if (project_file(o, dir, file)) {
      *root = dir;
      return true;
    }
    if (!o->ok)
      return false;
    if (given.len || str_is(dir, "/"))
      break;
  }
  Diag *f = diag_error(
      o->diags, CODE_PROJECT_FILE, given.len ? given : (Str){0},
      given.len ? "there is no project.yml or dbt_project.yml in this folder"
                : "there is no project.yml or dbt_project.yml here or in a folder above");
  diag_hint(o->diags, f,
            given.len
                ? "name the folder that has one with --project-dir"
                : "change into the project, pass --project-dir, or make one with `starc init`");
  return false;
}

// `profile:` may be a template of env_var and var.
static bool profile_name(Opening *o, const Package *p, Str *name) {
  *name = o->options->profile;
  const Yaml *y = yaml_get(p->yaml, STR("profile"));
  Value v;
  if (name->len || !y)
    return true;
  if (!globals_render_yaml(o->arena, &o->globals, y, NULL, NULL, &v, o->diags))
    return false;
  if (!check_value(o->diags, y, v, TYPE_STR, STR("profile")))
    return false;
  *name = v.kind == VAL_STR ? val_text(v) : (Str){0};
  return true;
}

static bool open_profile(Opening *o, const Package *root) {
  Project *p = o->project;
  Str name;
  if (o->options->no_profile) {
    o->globals.target_dict = globals_no_target(o->arena);
    return true;
  }
  o->globals.secrets = true;
  bool ok = profile_name(o, root, &name);
  if (ok)
    p->profile = profile_open(o->arena, &o->globals, o->options, p->root, name,
                              yaml_get(root->yaml, STR("profile")), o->diags);
  o->globals.secrets = false;
  if (!p->profile)
    return false;
  p->target = p->profile->target;
  o->globals.target = p->target;
  o->globals.target_dict = globals_target(o->arena, p->target);
  return true;
}

static void start(Opening *o) {
  Project *p = o->project;
  char uuid[37];
  hash_uuid4(uuid);
  p->arena = o->arena;
  p->options = o->options;
  Str given = o->options->invocation_id;
  p->invocation_id = given.len ? given : str_dup(o->arena, str_c(uuid));
  p->started_us = o->options->now_us ? o->options->now_us : clock_us();
  p->level = DBT_NEWEST;
  p->vars_cli = o->options->vars.kind == VAL_DICT ? o->options->vars : val_dict(o->arena);
  o->globals = (Globals){.vars_cli = p->vars_cli,
                         .invocation_id = p->invocation_id,
                         .started_us = p->started_us,
                         .level = p->level};
  globals_options(&o->globals, o->options);
  o->globals.lenient_vars = o->options->no_profile; // deps and clean work without --vars
}

static bool open_all(Opening *o) {
  Project *p = o->project;
  Str file;
  if (!find_root(o, &p->root, &file))
    return false;
  Package *root = package_read(o, p->root, file);
  if (!root)
    return false;
  root->is_root = true;
  if (!level_choose(o, root) || !open_profile(o, root))
    return false;
  p->config_defaults = config_defaults(o->arena, p->level);
  if (!vars_file_read(o, root) || !package_fill(o, root))
    return false;
  if (o->options->packages_path.len)
    root->packages_path = o->options->packages_path;
  p->packages = arena_array(o->arena, Package *, 1);
  p->packages[0] = root;
  p->npackages = 1;
  map_put(o->arena, &p->by_name, root->name, root);
  Str target_path = o->options->target_path.len ? o->options->target_path : root->target_path;
  p->target_dir = fs_absolute(o->arena, fs_join(o->arena, p->root, target_path));
  return packages_open(o);
}

Project *project_open(Arena *a, const ProjectOptions *options, Diags *diags) {
  Project *p = arena_new(a, Project);
  Opening o = {.arena = a, .project = p, .options = options, .diags = diags, .ok = true};
  start(&o);
  return open_all(&o) && o.ok ? p : NULL;
}

DbtLevel project_level(Arena *a, const ProjectOptions *options) {
  Project *p = arena_new(a, Project);
  Diags unsaid = {0};
  diags_init(&unsaid);
  Opening o = {.arena = a, .project = p, .options = options, .diags = &unsaid, .ok = true};
  Str file;
  start(&o);
  const Package *root = find_root(&o, &p->root, &file) ? package_read(&o, p->root, file) : NULL;
  bool chosen = root && level_choose(&o, root);
  diags_free(&unsaid);
  return chosen ? p->level : DBT_NEWEST;
}

bool project_flag(const Project *p, const char *name) {
  const FlagDefault *f = flag_default_find(str_c(name));
  if (!f || p->level < f->since)
    return false;
  Value v = val_get(p->packages[0]->flags, str_c(name));
  return val_is_absent(v) ? f->on[p->level] : val_truth(v);
}

size_t project_threads(const Project *p) {
  bool asked = p->options && p->options->threads > 0;
  return asked ? (size_t)p->options->threads : parallel_cores();
}

bool project_ref_searches_own_package_first(const Project *p) {
  return p && project_flag(p, "require_ref_searches_node_package_before_root");
}
