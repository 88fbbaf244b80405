// project/config: layers of config become one dict, in dbt's order of precedence.
#include "../../compiler/dialect/dialect.h"
#include "../../compiler/project/config.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

static Arena arena;
static Diags diags;

static Value yaml(const char *text) {
  Value v = val_none();
  yaml_inline(&arena, str_c(text), STR("test"), &v, &diags);
  return v;
}

static Str show(Value v) {
  Buf b = {.arena = &arena};
  val_repr(&b, v);
  return buf_str(&b);
}

// A project of a root package "shop" and an installed one "lib", with these trees of models.
static Project *project(const char *root, const char *lib) {
  Project *p = arena_new(&arena, Project);
  p->config_defaults = config_defaults(&arena, DBT_1_11);
  p->packages = arena_array(&arena, Package *, 2);
  p->npackages = 2;
  for (size_t i = 0; i < 2; i++)
    p->packages[i] = arena_new(&arena, Package);
  p->packages[0]->name = STR("shop");
  p->packages[0]->is_root = true;
  p->packages[0]->models = yaml(root);
  p->packages[1]->name = STR("lib");
  p->packages[1]->models = yaml(lib);
  return p;
}

static Value merged(const Project *p, size_t package, const char *properties, const char *call) {
  static const Str fqns[2][3] = {
      {STR_INIT("shop"), STR_INIT("mart"), STR_INIT("a")},
      {STR_INIT("lib"),  STR_INIT("mart"), STR_INIT("a")}
  };
  ConfigInput in = {.project = p,
                    .package = p->packages[package],
                    .kind = CONFIG_MODEL,
                    .fqn = fqns[package],
                    .nfqn = 3,
                    .properties = yaml(properties),
                    .call = yaml(call)};
  Value config, unrendered;
  config_merge(&arena, &in, &config, &unrendered, &diags);
  return config;
}

static void precedence(void) {
  Project *p = project("{+materialized: table, shop: {+tags: [s], mart: {+schema: mart, +meta: {a: "
                       "1}, +pre-hook: one}}, lib: {+materialized: ephemeral}}",
                       "{lib: {+materialized: view, +tags: l}}");
  Value c = merged(p, 0, "{}", "{}");
  CHECK_STR(show(val_get(c, STR("materialized"))), "'table'");
  CHECK_STR(show(val_get(c, STR("schema"))), "'mart'");
  c = merged(p, 0, "{materialized: view, tags: [p], meta: {b: 2}, pre_hook: [two]}",
             "{materialized: incremental, tags: c, meta: {a: 3}, order_by: id}");
  CHECK_STR(show(val_get(c, STR("materialized"))), "'incremental'");
  CHECK_STR(show(val_get(c, STR("tags"))), "['s', 'p', 'c']");
  CHECK_STR(show(val_get(c, STR("meta"))), "{'a': 3, 'b': 2}");
  CHECK_STR(show(val_get(c, STR("pre-hook"))),
            "[{'sql': 'one', 'transaction': True, 'index': None}, "
            "{'sql': 'two', 'transaction': True, 'index': None}]");
  CHECK_STR(show(val_get(c, STR("order_by"))), "'id'");
  // An installed package: the root's word is the last one.
  c = merged(p, 1, "{}", "{materialized: incremental}");
  CHECK_STR(show(val_get(c, STR("materialized"))), "'ephemeral'");
  CHECK_STR(show(val_get(c, STR("tags"))), "['l']");
  CHECK(!diags.errors && !diags.warnings);
}

// What dbt 1.12 has beside them.
static void keys_by_release(void) {
  const Value *later = config_defaults(&arena, DBT_1_12),
              *earlier = config_defaults(&arena, DBT_1_11);
  CHECK_STR(show(val_get(later[CONFIG_MODEL], STR("latest_version_pointer"))),
            "{'enabled': None, 'alias': None}");
  CHECK(val_get(later[CONFIG_MODEL], STR("on_error")).kind == VAL_NONE);
  CHECK(val_get(later[CONFIG_TEST], STR("sql_header")).kind == VAL_NONE);
  CHECK(val_get(earlier[CONFIG_MODEL], STR("on_error")).kind == VAL_UNDEF);
  CHECK(val_get(earlier[CONFIG_TEST], STR("sql_header")).kind == VAL_UNDEF);
}

// The keys and defaults that dbt-core 1.11 writes into manifest.json for a model.
static void keys_of_a_model(void) {
  Value c = merged(project("{}", "{}"), 0, "{}", "{}");
  CHECK_STR(show(c),
            "{'enabled': True, 'alias': None, 'schema': None, 'database': None, 'tags': [], "
            "'meta': {}, 'group': None, 'static_analysis': None, 'materialized': 'view', "
            "'incremental_strategy': None, 'batch_size': None, 'lookback': 1, 'begin': None, "
            "'persist_docs': {}, 'post-hook': [], 'pre-hook': [], 'quoting': {}, "
            "'column_types': {}, 'full_refresh': None, 'unique_key': None, 'on_schema_change': "
            "'ignore', 'on_configuration_change': 'apply', 'grants': {}, 'packages': [], 'docs': "
            "{'show': True, 'node_color': None}, 'contract': {'enforced': False, 'alias_types': "
            "True}, 'event_time': None, 'concurrent_batches': None, 'access': 'protected', "
            "'freshness': None}");
}

static void grants_add_up(void) {
  Project *p = project("{+grants: {select: [a]}}", "{}");
  CHECK_STR(show(val_get(merged(p, 0, "{grants: {+select: b}}", "{}"), STR("grants"))),
            "{'select': ['a', 'b']}");
  CHECK_STR(show(val_get(merged(p, 0, "{grants: {select: b}}", "{}"), STR("grants"))),
            "{'select': ['b']}");
}

static void hooks_from_json(void) {
  Value c = merged(project("{}", "{}"), 0, "{}",
                   "{pre_hook: '{\"sql\": \"vacuum\", \"transaction\": false}'}");
  CHECK_STR(show(val_get(c, STR("pre-hook"))),
            "[{'sql': 'vacuum', 'transaction': False, 'index': None}]");
}

static void wrong_values(void) {
  Project *p = project("{}", "{}");
  size_t errors = diags.errors;
  merged(p, 0, "{enabled: 3}", "{}");
  CHECK(diags.errors == errors + 1);
  merged(p, 0, "{batch_size: week}", "{}");
  CHECK(diags.errors == errors + 2);
  size_t warnings = diags.warnings;
  Value c = merged(p, 0, "{}", "{materialised: table}");
  CHECK(diags.warnings == warnings + 1 && diags.last);
  CHECK_STR(diags.last->hint, "did you mean 'materialized'?");
  CHECK_STR(show(val_get(c, STR("materialised"))), "'table'"); // kept all the same
  merged(p, 0, "{}", "{anything_of_my_own: 1}");
  CHECK(diags.warnings == warnings + 1);
}

static void unused_paths(void) {
  Project *p = project("{shop: {mart: {+tags: x}, mrat: {+tags: y}}}", "{}");
  Str fqn[] = {STR("shop"), STR("mart"), STR("a")};
  ConfigFqn node = {CONFIG_MODEL, fqn, 3};
  size_t warnings = diags.warnings;
  config_check_unused(p, &node, 1, &diags);
  CHECK(diags.warnings == warnings + 1);
  CHECK_STR(diags.last->message, "configuration that applies to nothing: models.shop.mrat");
}

// What the reference shows of a key stands in its row, and the example is about the key.
static void pages_of(const ConfigKey *k) {
  for (; k->name; k++) {
    if (!(k->kinds &
          ~(1u << CONFIG_METRIC | 1u << CONFIG_SEMANTIC_MODEL | 1u << CONFIG_SAVED_QUERY)))
      continue; // kinds without a page
    bool whole = k->doc && *k->doc && k->example && k->more && strstr(k->more, ".md") &&
                 (strstr(k->example, k->name) || (k->alias && strstr(k->example, k->alias)));
    if (!whole)
      fprintf(stderr, "the key '%s' lacks .doc, an .example with its name, or .more\n", k->name);
    CHECK(whole);
  }
}

static void pages(void) {
  pages_of(config_keys);
  for (size_t i = 0; dialects[i]; i++)
    pages_of(dialects[i]->config->keys);
}

int main(void) {
  pages();
  diags_init(&diags);
  precedence();
  keys_by_release();
  keys_of_a_model();
  grants_add_up();
  hooks_from_json();
  wrong_values();
  unused_paths();
  diags_free(&diags);
  arena_free(&arena);
  return check_done();
}
