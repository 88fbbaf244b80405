// In: a node with its config. Out: its database, schema and alias, by the project's macros or as
// the built-in ones would, its relation, and the view under its model's name.
#include "node_names.h"

#include "../context/relation.h"
#include "../graph/manifest_node.h"
static const char *const name_macros[] = {"generate_database_name", "generate_schema_name",
                                          "generate_alias_name",
                                          "generate_latest_version_pointer_alias"};
static const Str name_keys[] = {STR_INIT("database"), STR_INIT("schema"), STR_INIT("alias")};

static bool is_builtin(Load *load, const char *name) {
  for (size_t i = 0; i < load->p->npackages; i++) {
    const Package *p = load->p->packages[i];
    const MacroEntry *e = macros_find(load->macros, p, str_c(name));
    if (!e || !e->package->is_internal || !str_is(e->package->name, "dbt"))
      return false;
    Str none = {0};
    e = macros_dispatch(load->a, load->macros, load->shared->dialect, p, &none, 1, str_c(name),
                        NULL);
    if (e && !e->package->is_internal)
      return false;
  }
  return true;
}

// Those that are need not be evaluated.
void load_plain_names(Load *load) {
  for (size_t i = 0; i < COUNT(name_macros); i++)
    load->plain_names[i] = is_builtin(load, name_macros[i]);
}

static Value config_text(const Node *n, Str key) {
  Value v = node_config(n, key);
  return val_is(v, VAL_UNDEF) ? val_none() : v;
}

static Str plain_name(Load *load, Arena *a, const Node *n, int which, Value custom) {
  Str text = val_truth(custom) ? str_trim(val_to_str(a, custom)) : (Str){0};
  switch (which) {
  case 0:
    return !load->shared->dialect->has_databases ? (Str){0} : text.len ? text : n->database;
  case 1:
    return text.len && val_truth(custom)
               ? str_fmt(a, "%.*s_%.*s", STR_ARG(n->schema), STR_ARG(text))
               : n->schema;
  default:
    if (text.len || !val_truth(n->more->version_value)) // as dbt: v: 0 adds nothing
      return text.len ? text : n->name;
    Str v = str_dup(a, n->version);
    for (size_t i = 0; i < v.len; i++)
      if (v.ptr[i] == '.')
        ((char *)(uintptr_t)v.ptr)[i] = '_';
    return str_fmt(a, "%.*s_v%.*s", STR_ARG(n->name), STR_ARG(v));
  }
}

enum { SCHEMA_MACRO = 1 }; // place in name_macros

// generate_schema_name gave none: an error by the project's flag.
static bool no_schema(const Load *load, const Node *n, Diags *diags) {
  static const char flag[] = "require_valid_schema_from_generate_schema_name";
  if (load->p->level < DBT_1_12 || !n->enabled)
    return true;
  bool forbidden = project_flag(load->p, flag);
  Diag *d = diag_at(diags, forbidden ? SEV_ERROR : SEV_WARNING, CODE_NO_SCHEMA, n->source,
                    (Span){0}, "generate_schema_name gave no schema for '%.*s'", STR_ARG(n->id));
  diag_hint(diags, d,
            forbidden ? "the project's flag %s forbids it: return a name"
                      : "return a name: a later dbt forbids it, as the flag %s does now",
            flag);
  diag_part(diags, d, "resource_unique_id", n->id);
  return !forbidden;
}

static bool ask_macro(Load *load, Arena *a, const Node *n, int which, Value custom, Str *out,
                      Diags *diags) {
  Context c;
  context_init(&c, CONTEXT_NAMES, load->shared, a, n, n->package, NULL);
  Value pos[2] = {custom, val_copy(a, node_value(a, load->g, n), false)}, v; // its own to change
  Args args = {pos, 2, NULL, 0};
  if (!context_call(&c, str_c(name_macros[which]), &args, &v, diags))
    return false;
  bool none = val_is_absent(v);
  *out = none ? (Str){0} : str_trim(val_to_str(a, v));
  return !none || which != SCHEMA_MACRO || no_schema(load, n, diags);
}

static Str relation_name(Load *load, Arena *a, const Node *n) {
  Arena scratch = {0};
  Relation r;
  Str type, name = {0};
  if (relation_from_value(relation_of_node(&scratch, load->shared, n), &r, &type)) {
    Buf out = {.arena = &scratch};
    load->shared->dialect->relation(&out, &r);
    name = str_dup(a, buf_str(&out));
  }
  arena_free(&scratch);
  return name;
}

static bool has_relation(const Load *load, const Node *n) {
  if (n->kind == NODE_FUNCTION)
    return load->p->level >= DBT_1_12;
  if (node_is_refable(n))
    return !str_is(node_materialized(n), "ephemeral");
  if (n->kind != NODE_TEST)
    return n->kind == NODE_SOURCE;
  Value as = node_config(n, STR("store_failures_as"));
  if (val_is(as, VAL_STR))
    return !val_is_str(as, STR("ephemeral"));
  return val_truth(node_config(n, STR("store_failures")));
}

// Snapshots may say outright where they live.
static void take_snapshot_target(Node *n) {
  Value schema = node_config(n, STR("target_schema")), db = node_config(n, STR("target_database"));
  if (val_is(schema, VAL_STR) && schema.len)
    n->schema = val_text(schema);
  if (val_is(db, VAL_STR) && db.len && n->database.len)
    n->database = val_text(db);
}

// --- the view under the name of a model that reads its latest version

// `latest_version_pointer: true` is short for a mapping.
static Value pointer_config(Arena *a, Node *n) {
  Value said = node_config(n, STR("latest_version_pointer"));
  if (!val_is(said, VAL_BOOL))
    return said;
  Value whole = val_dict(a);
  dict_sets(a, whole.dict, STR("enabled"), said);
  dict_sets(a, whole.dict, STR("alias"), val_none());
  n->config = val_copy(a, n->config, false);
  dict_sets(a, n->config.dict, STR("latest_version_pointer"), whole);
  return whole;
}

static bool wants_pointer(const Load *load, const Node *n, Value config) {
  if (load->p->level < DBT_1_12 || n->kind != NODE_MODEL || !n->relation_name.len ||
      !graph_is_latest(n))
    return false;
  Value said = val_get(config, STR("enabled"));
  return val_is(said, VAL_BOOL)
             ? said.b
             : project_flag(load->p, "latest_version_pointer_enabled_by_default");
}

static void load_pointer(Load *load, Arena *a, Node *n, Diags *diags) {
  enum { POINTER_MACRO = 3 };
  Value config = pointer_config(a, n);
  if (!wants_pointer(load, n, config))
    return;
  Value custom = val_get(config, STR("alias"));
  custom = val_truth(custom) ? val_str(str_trim(val_to_str(a, custom))) : val_none();
  Str name;
  if (load->plain_names[POINTER_MACRO])
    name = val_truth(custom) ? val_text(custom) : n->name;
  else if (!ask_macro(load, a, n, POINTER_MACRO, custom, &name, diags))
    return;
  node_more(a, n)->pointer = name;
  if (name.len)
    return;
  Diag *d = diag_at(diags, SEV_ERROR, CODE_CONFIG_VALUE, n->source, (Span){0},
                    "generate_latest_version_pointer_alias gave no name for the view of '%.*s'",
                    STR_ARG(n->name));
  diag_hint(diags, d, "the macro gives the name of the view as its text or with return()");
}

Str load_pointer_relation(Load *load, Arena *a, const Node *n) {
  Node view = *n;
  view.alias = n->more->pointer;
  return relation_name(load, a, &view);
}

void load_names(Load *load, Arena *a, Node *n, Diags *diags) {
  Str names[3];
  for (int i = 0; i < 3; i++) {
    Value custom = config_text(n, name_keys[i]);
    if (load->plain_names[i])
      names[i] = plain_name(load, a, n, i, custom);
    else if (!ask_macro(load, a, n, i, custom, &names[i], diags))
      return;
  }
  n->database = names[0];
  n->schema = names[1];
  n->alias = names[2];
  if (n->kind == NODE_SNAPSHOT)
    take_snapshot_target(n);
  n->relation_name = has_relation(load, n) ? relation_name(load, a, n) : (Str){0};
  load_pointer(load, a, n, diags);
}
