// In: the layers that set config keys (project trees, properties, config() calls). Out: a node's
// effective config in the manifest's order of keys. Leaves what a key means to the macros.
#include "config.h"

#include "../base/json.h"

#include <stdlib.h>

enum {
  M = 1 << CONFIG_MODEL,
  S = 1 << CONFIG_SEED,
  N = 1 << CONFIG_SNAPSHOT,
  T = 1 << CONFIG_TEST,
  R = 1 << CONFIG_SOURCE,
  E = 1 << CONFIG_EXPOSURE,
  U = 1 << CONFIG_UNIT_TEST,
  Q = 1 << CONFIG_METRIC | 1 << CONFIG_SEMANTIC_MODEL | 1 << CONFIG_SAVED_QUERY,
  BUILT = M | S | N,
  NODES = BUILT | T,
  EVERY = NODES | R | E | U | Q,
  TEXTS = TYPE_STR | TYPE_LIST,
};

#define CH "clickhouse"
#define PG "postgres"

// clang-format off
const ConfigKey config_keys[] = {
    // name, alias, kinds, types, merge, default, adapter, words, documentation
    {"enabled", NULL, EVERY, TYPE_BOOL, MERGE_REPLACE, "true", NULL, NULL, "false: as if the node were not there"},
    {"alias", NULL, NODES, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "the relation's name; the node's own when absent"},
    {"schema", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "custom schema, given to generate_schema_name"},
    {"schema", NULL, T, TYPE_STR, MERGE_REPLACE, "dbt_test__audit", NULL, NULL, "schema of stored failures"},
    {"database", NULL, NODES, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "custom database"},
    {"event_time", NULL, R, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row happened"},
    {"freshness", NULL, R, TYPE_DICT, MERGE_UPDATE, "null", NULL, NULL, "warn_after, error_after, filter"},
    {"loaded_at_field", NULL, R, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row was loaded"},
    {"loaded_at_query", NULL, R, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "query that says when the table was loaded"},
    {"meta", NULL, R, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "anything; adds up over the layers"},
    {"tags", NULL, EVERY, TEXTS, MERGE_APPEND, "[]", NULL, NULL, "words to select by; add up over the layers"},
    {"meta", NULL, EVERY & ~R, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "anything; adds up over the layers"},
    {"group", NULL, NODES, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "the group that owns the node"},
    {"static_analysis", NULL, NODES | R | U, TYPE_ANY, MERGE_REPLACE, "null", NULL, NULL, "accepted, without effect"},
    {"materialized", NULL, M, TYPE_STR, MERGE_REPLACE, "view", NULL, NULL, "view, table, incremental, ephemeral, or one of the project's own"},
    {"materialized", NULL, S, TYPE_STR, MERGE_REPLACE, "seed", NULL, NULL, "seed"},
    {"materialized", NULL, N, TYPE_STR, MERGE_REPLACE, "snapshot", NULL, NULL, "snapshot"},
    {"materialized", NULL, T, TYPE_STR, MERGE_REPLACE, "test", NULL, NULL, "test"},
    {"severity", NULL, T, TYPE_STR, MERGE_REPLACE, "ERROR", NULL, NULL, "error or warn"},
    {"store_failures", NULL, T, TYPE_BOOL, MERGE_REPLACE, "null", NULL, NULL, "keep the rows that failed"},
    {"store_failures_as", NULL, T, TYPE_STR, MERGE_REPLACE, "null", NULL, "table view ephemeral", "how they are kept"},
    {"where", NULL, T, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "rows of the relation that are tested"},
    {"limit", NULL, T, TYPE_INT, MERGE_REPLACE, "null", NULL, NULL, "most failing rows that are looked at"},
    {"fail_calc", NULL, T, TYPE_STR, MERGE_REPLACE, "count(*)", NULL, NULL, "what counts the failures"},
    {"warn_if", NULL, T, TYPE_STR, MERGE_REPLACE, "!= 0", NULL, NULL, "condition on the count for a warning"},
    {"error_if", NULL, T, TYPE_STR, MERGE_REPLACE, "!= 0", NULL, NULL, "condition on the count for an error"},
    {"incremental_strategy", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "how new rows come into an incremental model"},
    {"batch_size", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "null", NULL, "hour day month year", "microbatch"},
    {"lookback", NULL, BUILT, TYPE_INT, MERGE_REPLACE, "1", NULL, NULL, "microbatch: batches that are done again"},
    {"begin", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "microbatch: first moment"},
    {"persist_docs", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "{relation: bool, columns: bool}: descriptions become comments"},
    {"post-hook", "post_hook", BUILT, TEXTS | TYPE_DICT, MERGE_APPEND, "[]", NULL, NULL, "statements after the node; add up over the layers"},
    {"pre-hook", "pre_hook", BUILT, TEXTS | TYPE_DICT, MERGE_APPEND, "[]", NULL, NULL, "statements before the node; add up over the layers"},
    {"quoting", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "{database, schema, identifier: bool}"},
    {"column_types", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "seeds: {column: type}"},
    {"full_refresh", NULL, BUILT, TYPE_BOOL, MERGE_REPLACE, "null", NULL, NULL, "overrides --full-refresh"},
    {"unique_key", NULL, BUILT, TEXTS, MERGE_REPLACE, "null", NULL, NULL, "column or columns that tell rows apart"},
    {"on_schema_change", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "ignore", NULL, NULL, "ignore, fail, append_new_columns, sync_all_columns"},
    {"on_configuration_change", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "apply", NULL, "apply continue fail", "materialized views"},
    {"grants", NULL, BUILT, TYPE_DICT, MERGE_GRANTS, "{}", NULL, NULL, "{privilege: [grantee]}; +privilege adds"},
    {"packages", NULL, BUILT, TEXTS, MERGE_APPEND, "[]", NULL, NULL, "accepted, without effect"},
    {"docs", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{show: true, node_color: null}", NULL, NULL, "{show, node_color}"},
    {"contract", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{enforced: false, alias_types: true}", NULL, NULL, "{enforced, alias_types}"},
    {"event_time", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row happened"},
    {"concurrent_batches", NULL, BUILT, TYPE_BOOL, MERGE_REPLACE, "null", NULL, NULL, "microbatch: batches side by side"},
    {"access", NULL, M, TYPE_STR, MERGE_REPLACE, "protected", NULL, "private protected public", "who may ref() the model"},
    {"freshness", NULL, M, TYPE_DICT, MERGE_REPLACE, "null", NULL, NULL, "accepted, without effect"},
    {"delimiter", NULL, S, TYPE_STR, MERGE_REPLACE, ",", NULL, NULL, "what separates fields"},
    {"quote_columns", NULL, S, TYPE_BOOL, MERGE_REPLACE, "null", NULL, NULL, "quote column names"},
    {"strategy", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "timestamp or check"},
    {"target_schema", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "schema as it is"},
    {"target_database", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "database as it is"},
    {"updated_at", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row changed"},
    {"check_cols", NULL, N, TEXTS, MERGE_REPLACE, "null", NULL, NULL, "columns that are compared, or all"},
    {"snapshot_meta_column_names", NULL, N, TYPE_DICT, MERGE_UPDATE,
     "{dbt_valid_to: null, dbt_valid_from: null, dbt_scd_id: null, dbt_updated_at: null, dbt_is_deleted: null}", NULL, NULL, "own names of the added columns"},
    {"dbt_valid_to_current", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "dbt_valid_to of rows that are valid"},
    {"hard_deletes", NULL, N, TYPE_STR, MERGE_REPLACE, NULL, NULL, "ignore invalidate new_record", "what becomes of rows that are gone"},
    {"invalidate_hard_deletes", NULL, N, TYPE_BOOL, MERGE_REPLACE, NULL, NULL, NULL, "the older form of hard_deletes"},
    {"sql_header", NULL, M | N, TYPE_STR, MERGE_REPLACE, NULL, NULL, NULL, "text before the create statement"},
    {"incremental_predicates", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "conditions on the rows of the target"},
    {"predicates", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "the older name of incremental_predicates"},
    {"merge_update_columns", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "columns a merge updates"},
    {"merge_exclude_columns", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "columns a merge leaves"},
    {"indexes", NULL, BUILT, TYPE_LIST, MERGE_REPLACE, NULL, NULL, NULL, "list of {columns, unique, type}; ClickHouse: {name, definition}"},
    {"unlogged", NULL, M | S, TYPE_BOOL, MERGE_REPLACE, NULL, PG, NULL, "an unlogged table"},
    {"engine", NULL, BUILT, TYPE_STR, MERGE_REPLACE, NULL, CH, NULL, "table engine, MergeTree() when absent"},
    {"order_by", NULL, BUILT, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "sorting key"},
    {"partition_by", NULL, BUILT, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "partition key"},
    {"primary_key", NULL, BUILT, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "primary key"},
    {"sharding_key", NULL, M, TYPE_STR, MERGE_REPLACE, NULL, CH, NULL, "distributed tables"},
    {"ttl", NULL, BUILT, TYPE_STR, MERGE_REPLACE, NULL, CH, NULL, "when rows expire"},
    {"settings", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, NULL, CH, NULL, "settings of the table"},
    {"query_settings", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, NULL, CH, NULL, "settings of the queries"},
    {"inserts_only", NULL, M, TYPE_BOOL, MERGE_REPLACE, NULL, CH, NULL, "plain inserts"},
    {"projections", NULL, M, TYPE_LIST, MERGE_REPLACE, NULL, CH, NULL, "list of {name, query}"},
    {"sql_security", NULL, M, TYPE_STR, MERGE_REPLACE, NULL, CH, "definer invoker", "views"},
    {"definer", NULL, M, TYPE_STR, MERGE_REPLACE, NULL, CH, NULL, "views"},
    {0},
};
// clang-format on

static bool is_named(const ConfigKey *k, Str name) {
  return str_eq(str_c(k->name), name) || (k->alias && str_eq(str_c(k->alias), name));
}

const ConfigKey *config_key(ConfigKind kind, Str name) {
  for (const ConfigKey *k = config_keys; k->name; k++)
    if (k->kinds & 1u << kind && is_named(k, name))
      return k;
  return NULL;
}

// --- trees
static Value tree_of(const Package *p, ConfigKind kind) {
  switch (kind) {
  case CONFIG_MODEL:
    return p->models;
  case CONFIG_SEED:
    return p->seeds;
  case CONFIG_SNAPSHOT:
    return p->snapshots;
  case CONFIG_TEST:
    return p->tests;
  case CONFIG_SOURCE:
    return p->sources;
  case CONFIG_EXPOSURE:
    return p->exposures;
  case CONFIG_UNIT_TEST:
    return p->unit_tests;
  case CONFIG_METRIC:
    return p->metrics;
  case CONFIG_SEMANTIC_MODEL:
    return p->semantic_models;
  case CONFIG_SAVED_QUERY:
    return p->saved_queries;
  case CONFIG_KINDS:
    break;
  }
  return val_undef(NULL);
}

// A key of a tree is a config when it has a + or its value is no dict; else it is a folder.
static bool is_config(const DictEntry *e) {
  return e->key.kind == VAL_STR &&
         (str_starts(val_text(e->key), STR("+")) || e->value.kind != VAL_DICT);
}

static Str config_name(const DictEntry *e) {
  Str name = val_text(e->key);
  return str_starts(name, STR("+")) ? str_trim(str_sub(name, 1, name.len)) : name;
}

// --- merging
typedef struct Merge {
  Arena *a;
  const ConfigInput *in;
  Dict *out;
  Diags *diags;
  bool ok;
} Merge;

static bool has_type(Value v, unsigned types) {
  if (types == TYPE_ANY || v.kind == VAL_NONE || v.kind == VAL_UNDEF)
    return true;
  return (v.kind == VAL_BOOL && types & TYPE_BOOL) || (v.kind == VAL_INT && types & TYPE_INT) ||
         (v.kind == VAL_STR && types & TYPE_STR) || (val_is_seq(v) && types & TYPE_LIST) ||
         (v.kind == VAL_DICT && types & TYPE_DICT);
}

static Str type_words(Arena *a, unsigned types) {
  static const char *const words[] = {"true or false", "a whole number", "text", "a list",
                                      "a mapping"};
  Buf b = {.arena = a};
  for (unsigned i = 0; i < 5; i++) {
    if (!(types & 1u << i))
      continue;
    if (b.len)
      buf_adds(&b, " or ");
    buf_add(&b, str_c(words[i]));
  }
  return buf_str(&b);
}

// Is `word` one of the words in `list`, which are separated by spaces?
static bool in_words(const char *list, Str word) {
  Str rest = str_c(list), part;
  while (str_cut(&rest, ' ', &part))
    if (str_eq_nocase(part, word))
      return true;
  return false;
}

static bool check(Merge *m, const ConfigKey *k, Value v) {
  if (!has_type(v, k->types)) {
    Diag *d = diag_at(m->diags, SEV_ERROR, m->in->src, m->in->span, "config '%s' is %s", k->name,
                      val_type_name(v));
    Str words = type_words(m->a, k->types);
    diag_hint(m->diags, d, "it takes %.*s", STR_ARG(words));
    return m->ok = false;
  }
  if (k->values && v.kind == VAL_STR && !in_words(k->values, val_text(v))) {
    Diag *d = diag_at(m->diags, SEV_ERROR, m->in->src, m->in->span, "config '%s' cannot be '%.*s'",
                      k->name, STR_ARG(val_text(v)));
    diag_hint(m->diags, d, "one of: %s", k->values);
    return m->ok = false;
  }
  return true;
}

// A hook as dbt keeps it: {"sql", "transaction", "index"}. Text that is JSON with a "sql" is what
// before_begin() and its kin make.
static Value hook(Arena *a, Value v) {
  Value given = v;
  if (v.kind == VAL_STR && str_starts(str_trim(val_text(v)), STR("{\"sql\""))) {
    Diags ignored;
    diags_init(&ignored);
    Source *src = arena_new(a, Source);
    *src = (Source){.path = STR("hook"), .text = val_text(v)};
    if (!json_read(a, src, &given, &ignored))
      given = v;
    diags_free(&ignored);
  }
  Value sql = given.kind == VAL_DICT ? val_get(given, STR("sql")) : given;
  Value transaction = val_get(given, STR("transaction"));
  Value out = val_dict(a);
  dict_sets(a, out.dict, STR("sql"), val_str(val_to_str(a, sql)));
  dict_sets(a, out.dict, STR("transaction"),
            val_bool(transaction.kind == VAL_UNDEF || val_truth(transaction)));
  dict_sets(a, out.dict, STR("index"), val_none());
  return out;
}

static void append(Merge *m, const ConfigKey *k, Value *into, Value v) {
  bool hooks = str_ends(str_c(k->name), STR("-hook"));
  Value list = into && into->kind == VAL_LIST ? *into : val_list(m->a, 4);
  size_t n = val_is_seq(v) ? v.list->n : 1;
  for (size_t i = 0; i < n; i++) {
    Value item = val_is_seq(v) ? v.list->items[i] : v;
    list_push(m->a, list.list, hooks ? hook(m->a, item) : item);
  }
  dict_sets(m->a, m->out, str_c(k->name), list);
}

static void update(Merge *m, const ConfigKey *k, Value *into, Value v) {
  if (v.kind != VAL_DICT || !into || into->kind != VAL_DICT) {
    dict_sets(m->a, m->out, str_c(k->name), val_copy(m->a, v, false));
    return;
  }
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    dict_set(m->a, into->dict, e->key, val_copy(m->a, e->value, false));
}

static Value as_list(Arena *a, Value v) {
  if (v.kind == VAL_LIST)
    return val_copy(a, v, false);
  Value l = val_list(a, 1);
  list_push(a, l.list, v);
  return l;
}

// {privilege: grantees}: "+privilege" adds to what lower layers granted, "privilege" replaces it.
static void grants(Merge *m, Value *into, Value v) {
  if (v.kind != VAL_DICT)
    return;
  Value out = into && into->kind == VAL_DICT ? *into : val_dict(m->a);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));) {
    Str name = val_to_str(m->a, e->key);
    bool adds = str_starts(name, STR("+"));
    name = adds ? str_sub(name, 1, name.len) : name;
    Value list = as_list(m->a, e->value), *had = dict_gets(out.dict, name);
    if (adds && had) {
      for (size_t i = 0; i < list.list->n; i++)
        list_push(m->a, had->list, list.list->items[i]);
    } else {
      dict_sets(m->a, out.dict, name, list);
    }
  }
  dict_sets(m->a, m->out, STR("grants"), out);
}

// A key that nobody knows is kept, as dbt keeps it; one that is nearly a known one is doubted.
static void unknown_key(Merge *m, Str name, Value v) {
  if (!dict_gets(m->out, name)) {
    Str names[sizeof config_keys / sizeof *config_keys];
    size_t n = 0;
    for (const ConfigKey *k = config_keys; k->name; k++)
      if (k->kinds & 1u << m->in->kind)
        names[n++] = str_c(k->name);
    Str near = str_nearest(name, names, n);
    if (near.ptr && str_distance(name, near, 2) <= 2 && name.len > 3) {
      Diag *d = diag_at(m->diags, SEV_WARNING, m->in->src, m->in->span,
                        "no config key is named '%.*s'", STR_ARG(name));
      diag_hint(m->diags, d, "did you mean '%.*s'?", STR_ARG(near));
    }
  }
  dict_sets(m->a, m->out, name, val_copy(m->a, v, false));
}

static void merge_key(Merge *m, Str name, Value v) {
  const ConfigKey *k = config_key(m->in->kind, name);
  if (!k) {
    unknown_key(m, name, v);
    return;
  }
  if (!check(m, k, v))
    return;
  Value *into = dict_gets(m->out, str_c(k->name));
  switch (k->merge) {
  case MERGE_REPLACE:
    dict_sets(m->a, m->out, str_c(k->name), val_copy(m->a, v, false));
    break;
  case MERGE_APPEND:
    if (v.kind != VAL_NONE)
      append(m, k, into, v);
    break;
  case MERGE_UPDATE:
    update(m, k, into, v);
    break;
  case MERGE_GRANTS:
    grants(m, into, v);
    break;
  }
}

static void merge_dict(Merge *m, Value layer) {
  size_t at = 0;
  for (DictEntry *e; layer.kind == VAL_DICT && (e = dict_next(layer.dict, &at));)
    if (e->key.kind == VAL_STR)
      merge_key(m, val_text(e->key), e->value);
}

// Calls merge_key for each config of each level that the fqn passes, the root's first.
static void merge_tree(Merge *m, Value level) {
  for (size_t i = 0; level.kind == VAL_DICT; i++) {
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(level.dict, &at));)
      if (is_config(e))
        merge_key(m, config_name(e), e->value);
    if (i == m->in->nfqn)
      break;
    level = val_get(level, m->in->fqn[i]);
  }
}

// The defaults of a kind, read from the table's YAML texts.
static void defaults(Merge *m) {
  for (const ConfigKey *k = config_keys; k->name; k++) {
    if (!k->fallback || !(k->kinds & 1u << m->in->kind))
      continue;
    Value v = val_str(str_c(k->fallback));
    char c = k->fallback[0];
    if (c == '{' || c == '[' || !strcmp(k->fallback, "null") || !strcmp(k->fallback, "true") ||
        !strcmp(k->fallback, "1"))
      yaml_inline(m->a, str_c(k->fallback), STR("default"), &v, m->diags);
    dict_sets(m->a, m->out, str_c(k->name), v);
  }
}

static void note_unrendered(Arena *a, Value into, Value layer) {
  size_t at = 0;
  for (DictEntry *e; layer.kind == VAL_DICT && (e = dict_next(layer.dict, &at));)
    dict_set(a, into.dict, e->key, e->value);
}

bool config_merge(Arena *a, const ConfigInput *in, Value *config, Value *unrendered, Diags *diags) {
  const Package *root = in->project->packages[0];
  Value tree = config_tree(a, in->project, in->package, in->kind, in->fqn, in->nfqn);
  *config = val_dict(a);
  *unrendered = val_dict(a);
  Merge m = {.a = a, .in = in, .out = config->dict, .diags = diags, .ok = true};
  defaults(&m);
  merge_tree(&m, tree_of(in->package, in->kind));
  merge_dict(&m, in->properties);
  merge_dict(&m, in->call);
  if (in->package != root)
    merge_tree(&m, tree_of(root, in->kind));
  note_unrendered(a, *unrendered, tree);
  note_unrendered(a, *unrendered, in->properties_unrendered);
  note_unrendered(a, *unrendered, in->call_unrendered);
  return m.ok;
}

Value config_tree(Arena *a, const Project *p, const Package *package, ConfigKind kind,
                  const Str *fqn, size_t nfqn) {
  ConfigInput in = {.project = p, .package = package, .kind = kind, .fqn = fqn, .nfqn = nfqn};
  Value out = val_dict(a);
  Diags ignored; // config_merge tells; here only the values are wanted
  diags_init(&ignored);
  Merge m = {.a = a, .in = &in, .out = out.dict, .diags = &ignored, .ok = true};
  merge_tree(&m, tree_of(package, kind));
  if (package != p->packages[0])
    merge_tree(&m, tree_of(p->packages[0], kind));
  diags_free(&ignored);
  return out;
}

void config_call_merge(Arena *a, Value *into, Value call) {
  if (into->kind != VAL_DICT)
    *into = val_dict(a);
  size_t at = 0;
  for (DictEntry *e; call.kind == VAL_DICT && (e = dict_next(call.dict, &at));) {
    const ConfigKey *k = e->key.kind == VAL_STR ? config_key(CONFIG_MODEL, val_text(e->key)) : NULL;
    Value key = k ? val_str(str_c(k->name)) : e->key;
    Value *had = dict_get(into->dict, key), v = e->value;
    if (k && had && k->merge == MERGE_APPEND && v.kind != VAL_NONE) {
      Value joined = as_list(a, *had), more = as_list(a, v);
      for (size_t i = 0; i < more.list->n; i++)
        list_push(a, joined.list, more.list->items[i]);
      v = joined;
    } else if (k && had && k->merge == MERGE_UPDATE && had->kind == VAL_DICT &&
               v.kind == VAL_DICT) {
      Value joined = val_copy(a, *had, false);
      size_t i = 0;
      for (DictEntry *x; (x = dict_next(v.dict, &i));)
        dict_set(a, joined.dict, x->key, x->value);
      v = joined;
    }
    dict_set(a, into->dict, key, v);
  }
}

// --- paths that apply to nothing
typedef struct Unused {
  const ConfigFqn *nodes;
  size_t n;
  ConfigKind kind;
  Str path[64]; // folders from the top of the tree
  Buf *found;
  const char *section;
} Unused;

static bool applies(const Unused *u, size_t depth) {
  for (size_t i = 0; i < u->n; i++) {
    if (u->nodes[i].kind != u->kind || u->nodes[i].nfqn < depth)
      continue;
    size_t k = 0;
    while (k < depth && str_eq(u->nodes[i].fqn[k], u->path[k]))
      k++;
    if (k == depth)
      return true;
  }
  return false;
}

static void look_for_unused(Unused *u, Value level, size_t depth) {
  if (depth >= sizeof u->path / sizeof *u->path)
    return;
  size_t at = 0;
  bool sets = false;
  for (DictEntry *e; (e = dict_next(level.dict, &at));) {
    if (e->key.kind != VAL_STR)
      continue;
    if (is_config(e)) {
      sets = true;
      continue;
    }
    u->path[depth] = val_text(e->key);
    look_for_unused(u, e->value, depth + 1);
  }
  if (!sets || !depth || applies(u, depth))
    return;
  buf_addf(u->found, "%s%s", u->found->len ? ", " : "", u->section);
  for (size_t i = 0; i < depth; i++)
    buf_addf(u->found, ".%.*s", STR_ARG(u->path[i]));
}

void config_check_unused(const Project *p, const ConfigFqn *nodes, size_t n, Diags *diags) {
  static const char *const sections[CONFIG_KINDS] = {
      "models",    "seeds",      "snapshots", "tests",           "sources",
      "exposures", "unit_tests", "metrics",   "semantic_models", "saved_queries"};
  const Package *root = p->packages[0];
  Buf found = {0};
  for (int kind = 0; kind < CONFIG_KINDS; kind++) {
    Unused u = {.nodes = nodes,
                .n = n,
                .kind = (ConfigKind)kind,
                .found = &found,
                .section = sections[kind]};
    Value tree = tree_of(root, (ConfigKind)kind);
    if (tree.kind == VAL_DICT)
      look_for_unused(&u, tree, 0);
  }
  if (found.len) {
    Diag *d = diag_warn(diags, root->source.path, "configuration that applies to nothing: %.*s",
                        STR_ARG(buf_str(&found)));
    diag_hint(diags, d, "the path under models:, seeds: ... is the package's name, then folders");
  }
  buf_free(&found);
}
