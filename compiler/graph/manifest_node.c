// Nodes and macros as dicts in the shape and key order of dbt's manifest: `model` and `graph` in
// templates, and what artifacts/ writes. In: immutable nodes. Out: values, of which those that are
// shared with the nodes are frozen or copied; or the same as JSON, with no values in between.
#include "manifest_node.h"

#include <ctype.h>

// Where the members of a dict go, in their order.
typedef struct Out {
  Arena *a;
  Dict *d;
  const Graph *g;          // NULL while it is being loaded
  const RunResult *result; // of the node in this run, or NULL
  Json *j;                 // or NULL; else they are written there, and there is no `d`
} Out;

// A value of the project handed out: shared when frozen, else copied, so that no template changes
// what other threads read.
static Value given(Arena *a, Value v) {
  bool shared = ((v.kind == VAL_LIST || v.kind == VAL_TUPLE) && v.list->frozen) ||
                ((v.kind == VAL_DICT || v.kind == VAL_SET) && v.dict->frozen);
  return shared ? v : val_copy(a, v, false);
}

static void put_named(Out *o, Str key, Value v) {
  Value known = v.kind == VAL_UNDEF ? val_none() : v;
  if (!o->j) {
    dict_sets(o->a, o->d, key, known);
    return;
  }
  json_name(o->j, key);
  json_value(o->j, known);
}
static void put_text(Out *o, Str key, Str s) {
  if (!o->j) {
    dict_sets(o->a, o->d, key, val_str(s));
    return;
  }
  json_name(o->j, key);
  json_str(o->j, s);
}
static void put_nothing(Out *o, Str key) { put_named(o, key, val_none()); }
static Value handed(const Out *o, Value v) { return o->j ? v : given(o->a, v); }
// Inline: how long a key is that stands there as text, the compiler finds.
static inline void put(Out *o, const char *key, Value v) { put_named(o, str_c(key), v); }
static inline void put_str(Out *o, const char *key, Str s) { put_text(o, str_c(key), s); }
static inline void put_opt(Out *o, const char *key, Str s) {
  if (s.len)
    put_text(o, str_c(key), s);
  else
    put_nothing(o, str_c(key));
}
static void put_value(Out *o, const char *key, Value v) { put(o, key, handed(o, v)); }
static void put_dict(Out *o, const char *key, Value v) {
  put(o, key, v.kind == VAL_DICT ? handed(o, v) : val_dict(o->a));
}
static void put_list(Out *o, const char *key, Value v) {
  put(o, key, v.kind == VAL_LIST ? handed(o, v) : val_list(o->a, 0));
}

// A dict under a key: what the result gets is in it, until the end.
static Out dict_under(Out *o, const char *key) {
  Out in = *o;
  if (o->j) {
    json_name(o->j, str_c(key));
    json_open_object(o->j);
    return in;
  }
  Value d = val_dict(o->a);
  put(o, key, d);
  in.d = d.dict;
  return in;
}
static void dict_end(const Out *in) {
  if (in->j)
    json_close_object(in->j);
}

// A list under a key, of about n items; they are added until the end.
typedef struct Items {
  const Out *of;
  List *l; // NULL: written as JSON
} Items;
static Items list_in(Out *o, const char *key, size_t n) {
  if (o->j) {
    json_name(o->j, str_c(key));
    json_open_array(o->j);
    return (Items){o, NULL};
  }
  Value l = val_list(o->a, n);
  put(o, key, l);
  return (Items){o, l.list};
}
static void list_add(const Items *items, Value v) {
  if (items->l)
    list_push(items->of->a, items->l, v);
  else
    json_value(items->of->j, v);
}
static void list_add_all(const Items *items, const Str *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    list_add(items, val_str(s[i]));
}
static Out list_add_dict(const Items *items) {
  Out in = *items->of;
  if (in.j) {
    json_open_object(in.j);
    return in;
  }
  Value d = val_dict(in.a);
  list_push(in.a, items->l, d);
  in.d = d.dict;
  return in;
}
static void list_end(const Items *items) {
  if (!items->l)
    json_close_array(items->of->j);
}

// A member as it stands in a dict of the project.
static void put_entry(Out *o, const DictEntry *e) {
  if (!o->j) {
    dict_set(o->a, o->d, e->key, given(o->a, e->value));
    return;
  }
  json_value_key(o->j, e->key);
  json_value(o->j, e->value);
}

static void put_strings(Out *o, const char *key, const Str *s, size_t n) {
  Items items = list_in(o, key, n);
  list_add_all(&items, s, n);
  list_end(&items);
}

// --- pieces

static void put_identity(Out *o, const Node *n) {
  put_str(o, "name", n->name);
  put_str(o, "resource_type", node_kind_names[n->kind]);
  put_str(o, "package_name", n->package->name);
  put_str(o, "path", n->path);
  put_str(o, "original_file_path", n->original_path);
  put_str(o, "unique_id", n->id);
  put_strings(o, "fqn", n->fqn, n->nfqn);
}

// `show` and `node_color` come first, with what they are where nobody says it.
static void put_docs(Out *o, Value docs) {
  Value show = val_get(docs, STR("show")), color = val_get(docs, STR("node_color"));
  if (show.kind != VAL_UNDEF && color.kind != VAL_UNDEF) {
    put_value(o, "docs", docs);
    return;
  }
  Out in = dict_under(o, "docs");
  put_value(&in, "show", show.kind == VAL_UNDEF ? val_bool(true) : show);
  put_value(&in, "node_color", color);
  DictEntry *e;
  for (size_t at = 0; docs.kind == VAL_DICT && (e = dict_next(docs.dict, &at));)
    if (!val_is_str(e->key, STR("show")) && !val_is_str(e->key, STR("node_color")))
      put_entry(&in, e);
  dict_end(&in);
}

// Constraints in which compiling has put the names of relations behind `to`.
static Value constraints_value(const Out *o, Value constraints) {
  if (!o->result || o->result->keys_to.kind != VAL_DICT || !o->result->keys_to.dict->n)
    return constraints;
  Value list = val_list(o->a, constraints.list->n);
  for (size_t i = 0; i < constraints.list->n; i++) {
    Value one = val_copy(o->a, constraints.list->items[i], false), to = val_get(one, STR("to"));
    const Value *name =
        to.kind == VAL_STR ? dict_gets(o->result->keys_to.dict, val_text(to)) : NULL;
    if (name)
      dict_sets(o->a, one.dict, STR("to"), *name);
    list_push(o->a, list.list, one);
  }
  return list;
}

static void put_column(Out *o, const Column *c) {
  put_str(o, "name", c->name);
  put_str(o, "description", c->description);
  put_dict(o, "meta", c->meta);
  put_opt(o, "data_type", c->data_type);
  put_list(o, "constraints", constraints_value(o, c->constraints));
  put(o, "quote", c->quote);
  put_dict(o, "config", c->config);
  put_list(o, "tags", c->tags);
  put_opt(o, "granularity", c->more->granularity);
  if (c->more->dimension.kind != VAL_UNDEF) {
    put_value(o, "dimension", c->more->dimension);
    put_value(o, "entity", c->more->entity);
  }
  put_list(o, "doc_blocks", c->doc_blocks);
  DictEntry *e; // keys of an adapter's own: codec, ttl
  for (size_t at = 0; c->more->extra.kind == VAL_DICT && (e = dict_next(c->more->extra.dict, &at));)
    dict_set(o->a, o->d, e->key, e->value);
}

static bool has_keys(Value v) { return v.kind == VAL_DICT && v.dict->n; }

// Whether each name and key of the columns is there once, so that none takes another's place.
static bool columns_differ(Arena *a, const Node *n) {
  Map names = {0};
  for (size_t i = 0; i < n->ncolumns; i++)
    if (has_keys(n->columns[i]->more->extra) || !map_add(a, &names, n->columns[i]->name))
      return false;
  return true;
}

static Value columns_value(const Out *o, const Node *n) {
  Value all = val_dict(o->a);
  for (size_t i = 0; i < n->ncolumns; i++) {
    Value one = val_dict(o->a);
    Out in = {.a = o->a, .d = one.dict, .g = o->g, .result = o->result};
    put_column(&in, n->columns[i]);
    dict_sets(o->a, all.dict, n->columns[i]->name, one);
  }
  return all;
}

static void put_columns(Out *o, const Node *n) {
  if (!o->j || !columns_differ(o->a, n)) {
    put(o, "columns", columns_value(o, n));
    return;
  }
  Out all = dict_under(o, "columns");
  for (size_t i = 0; i < n->ncolumns; i++) {
    json_key(o->j, n->columns[i]->name);
    json_open_object(o->j);
    put_column(&all, n->columns[i]);
    json_close_object(o->j);
  }
  dict_end(&all);
}

static Value version_value(Str version, bool is_text) {
  if (!version.len)
    return val_none();
  if (is_text)
    return val_str(version);
  int64_t number = 0;
  for (size_t i = 0; i < version.len; i++) {
    if (version.ptr[i] < '0' || version.ptr[i] > '9' || i > 15)
      return val_str(version);
    number = number * 10 + (version.ptr[i] - '0');
  }
  return val_int(number);
}

static void put_refs(Out *o, const Node *n) {
  Items all = list_in(o, "refs", n->nrefs);
  for (size_t i = 0; i < n->nrefs; i++) {
    const Ref *r = &n->refs[i];
    Out in = list_add_dict(&all);
    put_str(&in, "name", r->name);
    put_opt(&in, "package", r->package);
    put(&in, "version", version_value(r->version, r->version_is_text));
    dict_end(&in);
  }
  list_end(&all);
}

static void put_sources(Out *o, const Node *n) {
  Items all = list_in(o, "sources", n->nsources);
  for (size_t i = 0; i < n->nsources; i++) {
    Value pair = val_list(o->a, 2);
    list_push(o->a, pair.list, val_str(n->sources[i].source));
    list_push(o->a, pair.list, val_str(n->sources[i].table));
    list_add(&all, pair);
  }
  list_end(&all);
}

// Calls of function() or metric(), as lists of what they were given.
static void put_calls(Out *o, const char *key, const Ref *calls, size_t n) {
  Items all = list_in(o, key, n);
  for (size_t i = 0; i < n; i++) {
    Value words = val_list(o->a, 2);
    if (calls[i].package.len)
      list_push(o->a, words.list, val_str(calls[i].package));
    list_push(o->a, words.list, val_str(calls[i].name));
    list_add(&all, words);
  }
  list_end(&all);
}

static void put_depends(Out *o, const Node *n, bool nodes) {
  const RunResult *res = o->result;
  Out in = dict_under(o, "depends_on");
  Items macros = list_in(&in, "macros", n->nmacro_ids);
  list_add_all(&macros, n->macro_ids, n->nmacro_ids);
  if (res)
    list_add_all(&macros, res->macro_ids, res->nmacro_ids);
  list_end(&macros);
  if (nodes) {
    Items ids = list_in(&in, "nodes", n->nneeds);
    for (size_t i = 0; i < n->nneeds; i++)
      list_add(&ids, val_str(n->needs[i]->id));
    list_end(&ids);
  }
  dict_end(&in);
}

static Value seconds(int64_t us) { return val_float((double)us / 1e6); }

static void put_references(Out *o, const Node *n) {
  put_refs(o, n);
  put_sources(o, n);
  put_calls(o, "metrics", n->more->metrics, n->more->nmetrics);
}

// --- primary key of a model: its constraint, else columns tested unique and not null, else those
// of tests of uniqueness, else of such that are disabled

static void constraint_columns(Arena *a, Value constraints, Str column, Value *key) {
  for (size_t i = 0; val_is_seq(constraints) && i < constraints.list->n; i++) {
    Value c = constraints.list->items[i];
    if (!val_is_str(val_get(c, STR("type")), STR("primary_key")))
      continue;
    Value columns = val_get(c, STR("columns"));
    if (column.len)
      list_push(a, key->list, val_str(column));
    else if (val_is_seq(columns))
      for (size_t k = 0; k < columns.list->n; k++)
        list_push(a, key->list, columns.list->items[k]);
  }
}

// Columns of tests of one kind, each once.
typedef struct Tested {
  Arena *a;
  Map enabled, disabled, not_null; // name -> itself
} Tested;

static Value names_in(Arena *a, const Map *set) {
  Value list = val_list(a, set->n);
  for (size_t i = 0; i < set->n; i++)
    list_push(a, list.list, val_str(set->entries[i].key));
  return list;
}

static void note_test(Tested *all, const Node *n, const Node *test) {
  const TestInfo *t = test->test;
  if (!t || !t->generic || t->attached != n)
    return;
  bool unique =
      str_is(t->test_name, "unique") || str_is(t->test_name, "unique_combination_of_columns");
  if (!unique && !str_is(t->test_name, "not_null"))
    return;
  Map *into = !unique ? &all->not_null : test->enabled ? &all->enabled : &all->disabled;
  Value columns = val_get(t->kwargs, STR("combination_of_columns"));
  if (t->column_name.len) {
    columns = val_list(all->a, 1);
    list_push(all->a, columns.list, val_str(t->column_name));
  }
  for (size_t i = 0; val_is_seq(columns) && i < columns.list->n; i++)
    if (columns.list->items[i].kind == VAL_STR)
      map_add(all->a, into, val_text(columns.list->items[i]));
}

static Value primary_key(Arena *a, const Graph *g, const Node *n) {
  Value key = val_list(a, 1), both = val_list(a, 1);
  if (!n->enabled)
    return key;
  constraint_columns(a, n->constraints, STR(""), &key);
  for (size_t i = 0; !key.list->n && i < n->ncolumns; i++)
    constraint_columns(a, n->columns[i]->constraints, n->columns[i]->name, &key);
  if (key.list->n)
    return key;
  Tested all = {.a = a};
  for (size_t i = 0; i < n->nfeeds; i++)
    note_test(&all, n, n->feeds[i]);
  for (const Node *t = g ? ptr_map_get(&g->off_tests, n) : NULL; t; t = t->test->next_off)
    note_test(&all, n, t);
  for (size_t i = 0; i < all.not_null.n; i++) {
    Str column = all.not_null.entries[i].key;
    if (map_get(&all.enabled, column) || map_get(&all.disabled, column))
      list_push(a, both.list, val_str(column));
  }
  return both.list->n ? both : names_in(a, all.enabled.n ? &all.enabled : &all.disabled);
}

// --- each kind

static Value contract_value(Arena *a, Value contract) {
  Value d = contract.kind == VAL_DICT ? val_copy(a, contract, false) : val_dict(a);
  if (contract.kind != VAL_DICT) {
    dict_sets(a, d.dict, STR("enforced"), val_bool(false));
    dict_sets(a, d.dict, STR("alias_types"), val_bool(true));
  }
  dict_sets(a, d.dict, STR("checksum"), val_none());
  return d;
}

static void put_contract(Out *o, Value contract) {
  bool whole = contract.kind == VAL_DICT && dict_gets(contract.dict, STR("checksum"));
  put(o, "contract", whole ? handed(o, contract) : contract_value(o->a, contract));
}

static void put_checksum(Out *o, const Node *n) {
  Out in = dict_under(o, "checksum");
  put_str(&in, "name", n->checksum_name);
  put_str(&in, "checksum", n->checksum);
  dict_end(&in);
}

static void put_test(Out *o, const TestInfo *t) {
  put_opt(o, "column_name", t->column_name);
  put_opt(o, "file_key_name", t->file_key_name);
  put_opt(o, "attached_node", t->attached ? t->attached->id : STR(""));
  Out in = dict_under(o, "test_metadata");
  put_str(&in, "name", t->test_name);
  put_dict(&in, "kwargs", t->kwargs);
  put_opt(&in, "namespace", t->ns);
  dict_end(&in);
}

static void put_model(Out *o, const Node *n) {
  put_opt(o, "access", n->access);
  put_list(o, "constraints", constraints_value(o, n->constraints));
  put_value(o, "version", n->version.len ? n->more->version_value : val_none());
  put_value(o, "latest_version", n->more->latest_version);
  put_value(o, "deprecation_date", n->more->deprecation_date);
  put(o, "primary_key", primary_key(o->a, o->g, n));
  put_value(o, "time_spine", n->more->time_spine);
}

// What compiling the node in this run gave.
static void put_compiled(Out *o, const RunResult *res) {
  bool newer = o->g && o->g->project->level >= DBT_1_12; // before it dbt has no file of a snapshot
  bool written = res && (newer || res->node->kind != NODE_SNAPSHOT);
  put_opt(o, "compiled_path", written ? res->compiled_path : STR(""));
  if (!res || !res->compiled)
    return;
  put(o, "compiled", val_bool(true));
  put_str(o, "compiled_code", res->compiled_code);
  put(o, "extra_ctes_injected", val_bool(true));
  put_list(o, "extra_ctes", res->extra_ctes);
}

static void put_function(Out *o, const Node *n) {
  Value overloads = val_get(n->extra, STR("overloads"));
  put_value(o, "arguments", val_get(n->extra, STR("arguments")));
  if (overloads.kind != VAL_UNDEF)
    put_value(o, "overloads", overloads);
}

// dbt's readers take a model's freshness with build_after only, and dbt leaves out any other.
static Value model_config(Arena *a, const Node *n) {
  Value freshness = node_config(n, STR("freshness"));
  if (freshness.kind != VAL_DICT || val_get(freshness, STR("build_after")).kind != VAL_UNDEF)
    return n->config;
  Value config = val_copy(a, n->config, false);
  dict_sets(a, config.dict, STR("freshness"), val_none());
  return config;
}

// Models, seeds, snapshots, tests, analyses, operations and functions.
static void compiled_kind(Out *o, const Node *n) {
  if (n->kind == NODE_FUNCTION)
    put_value(o, "returns", val_get(n->extra, STR("returns")));
  put(o, "database", val_str(n->database));
  put_str(o, "schema", n->schema);
  put_identity(o, n);
  put_str(o, "alias", n->alias);
  put_checksum(o, n);
  put_dict(o, "config", n->kind == NODE_MODEL ? model_config(o->a, n) : n->config);
  put_list(o, "tags", n->tags);
  put_str(o, "description", n->description);
  put_columns(o, n);
  put_dict(o, "meta", n->meta);
  put_opt(o, "group", n->group);
  put_docs(o, n->docs);
  put_opt(o, "patch_path", n->patch_path);
  put_opt(o, "build_path", o->result ? o->result->build_path : STR(""));
  put_dict(o, "unrendered_config", n->unrendered_config);
  put(o, "created_at", seconds(n->created_us));
  put_opt(o, "relation_name", n->relation_name);
  put_str(o, "raw_code", n->raw_code);
  put_list(o, "doc_blocks", n->doc_blocks);
  if (n->kind == NODE_SEED) {
    put_str(o, "root_path", n->package->root);
    put_depends(o, n, false);
    return;
  }
  put_str(o, "language", n->language.len ? n->language : STR("sql"));
  put_references(o, n);
  put_calls(o, "functions", n->more->functions, n->more->nfunctions);
  put_depends(o, n, true);
  put_compiled(o, o->result);
  put_contract(o, n->contract);
  if (n->kind == NODE_MODEL)
    put_model(o, n);
  else if (n->kind == NODE_TEST && n->test && n->test->generic)
    put_test(o, n->test);
  else if (n->kind == NODE_OPERATION) // counted from 1 once it was carried out, as dbt does
    put(o, "index", val_int(n->more->hook_index + (o->result && o->result->failures == 0)));
  else if (n->kind == NODE_FUNCTION)
    put_function(o, n);
}

// Of no artifact of dbt's: what templates see as `model`.
static void load_kind(Out *o, const Node *n) {
  compiled_kind(o, n);
  put_str(o, "load", n->load->load);
  put_str(o, "table", n->load->table);
}

static Value source_quoting(Arena *a, Value quoting) {
  static const char *const keys[] = {"database", "schema", "identifier", "column"};
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict};
  for (size_t i = 0; i < COUNT(keys); i++)
    put(&o, keys[i], val_get(quoting, str_c(keys[i])));
  return v;
}

static void source_kind(Out *o, const Node *n) {
  const SourceInfo *s = n->info;
  put(o, "database", val_str(n->database));
  put_str(o, "schema", n->schema);
  put_identity(o, n);
  put_str(o, "source_name", s->source_name);
  put_str(o, "source_description", s->source_description);
  put_str(o, "loader", s->loader);
  put_str(o, "identifier", s->identifier);
  put(o, "quoting", source_quoting(o->a, s->quoting));
  put_opt(o, "loaded_at_field", s->loaded_at_field);
  put_opt(o, "loaded_at_query", s->loaded_at_query);
  put_value(o, "freshness", s->freshness);
  put_value(o, "external", s->external);
  put_str(o, "description", n->description);
  put_columns(o, n);
  put_dict(o, "meta", n->meta);
  put_dict(o, "source_meta", s->source_meta);
  put_list(o, "tags", n->tags);
  put_dict(o, "config", n->config);
  put_opt(o, "patch_path", n->patch_path);
  put_dict(o, "unrendered_config", n->unrendered_config);
  put_opt(o, "relation_name", n->relation_name);
  put(o, "created_at", seconds(n->created_us));
  put_value(o, "unrendered_database", val_get(s->unrendered, STR("unrendered_database")));
  put_value(o, "unrendered_schema", val_get(s->unrendered, STR("unrendered_schema")));
  put_list(o, "doc_blocks", n->doc_blocks);
}

// {email, name, ...}: the two keys dbt always writes come first.
Value owner_value(Arena *a, Value owner) {
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict};
  put(&o, "email", val_get(owner, STR("email")));
  put(&o, "name", val_get(owner, STR("name")));
  DictEntry *e;
  for (size_t at = 0; owner.kind == VAL_DICT && (e = dict_next(owner.dict, &at));)
    dict_set(a, o.d, e->key, given(a, e->value));
  return v;
}

static void exposure_kind(Out *o, const Node *n) {
  const ExposureInfo *x = n->more->exposure;
  put_identity(o, n);
  put_opt(o, "type", x->type);
  put(o, "owner", owner_value(o->a, x->owner));
  put_str(o, "description", n->description);
  put_opt(o, "label", x->label);
  put_opt(o, "maturity", x->maturity);
  put_dict(o, "meta", n->meta);
  put_list(o, "tags", n->tags);
  put_dict(o, "config", n->config);
  put_dict(o, "unrendered_config", n->unrendered_config);
  put_opt(o, "url", x->url);
  put_depends(o, n, true);
  put_references(o, n);
  put(o, "created_at", seconds(n->created_us));
}

// The rows of a unit test's input or expectation, with dbt's defaults.
static Value fixture_value(Arena *a, Value written, bool input) {
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict};
  Value format = val_get(written, STR("format")), rows = val_get(written, STR("rows"));
  if (input)
    put(&o, "input", val_get(written, STR("input")));
  put_value(&o, "rows", rows.kind == VAL_UNDEF ? val_list(a, 0) : rows);
  put(&o, "format", val_is_absent(format) ? val_lit("dict") : format);
  put(&o, "fixture", val_get(written, STR("fixture")));
  return v;
}

static void unit_test_kind(Out *o, const Node *n) {
  Value list = val_list(o->a, 2), inputs = val_get(n->extra, STR("given"));
  put(o, "model", val_get(n->extra, STR("model")));
  for (size_t i = 0; val_is_seq(inputs) && i < inputs.list->n; i++)
    list_push(o->a, list.list, fixture_value(o->a, inputs.list->items[i], true));
  put(o, "given", list);
  put(o, "expect", fixture_value(o->a, val_get(n->extra, STR("expect")), false));
  put_identity(o, n);
  put_str(o, "description", n->description);
  put_value(o, "overrides", val_get(n->extra, STR("overrides")));
  put_depends(o, n, true);
  put_dict(o, "config", n->config);
  put_opt(o, "checksum", n->checksum);
  put_opt(o, "schema", n->schema);
  put(o, "created_at", seconds(n->created_us));
  put_value(o, "versions", val_get(n->extra, STR("versions")));
  put_value(o, "version", n->version.len ? n->more->version_value : val_none());
}

// --- metrics, semantic models, saved queries: load/ has made their parts in the manifest's shape

static void put_parts(Out *o, const Node *n, const char *const *keys) {
  for (; *keys; keys++)
    put_value(o, *keys, val_get(n->extra, str_c(*keys)));
}

static void metric_kind(Out *o, const Node *n) {
  put_identity(o, n);
  put_str(o, "description", n->description);
  put_parts(o, n,
            (const char *const[]){"label", "type", "type_params", "filter", "metadata",
                                  "time_granularity", NULL});
  put_dict(o, "meta", n->meta);
  put_list(o, "tags", n->tags);
  put_dict(o, "config", n->config);
  put_dict(o, "unrendered_config", n->unrendered_config);
  put_sources(o, n);
  put_depends(o, n, true);
  put_refs(o, n);
  put_calls(o, "metrics", n->more->metrics, n->more->nmetrics);
  put(o, "created_at", seconds(n->created_us));
  put_opt(o, "group", n->group);
}

Value node_relation_value(Arena *a, const Node *model) {
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict};
  put_str(&o, "alias", model->alias);
  put_str(&o, "schema_name", model->schema);
  put_str(&o, "database", model->database);
  put_opt(&o, "relation_name", model->relation_name);
  return v;
}

static void semantic_model_kind(Out *o, const Node *n) {
  put_identity(o, n);
  put_parts(o, n, (const char *const[]){"model", NULL});
  put(o, "node_relation", n->nneeds ? node_relation_value(o->a, n->needs[0]) : val_none());
  if (n->description.len)
    put_str(o, "description", n->description);
  else // of a model's entry it is empty, as that of the model
    put_parts(o, n, (const char *const[]){"description", NULL});
  put_parts(o, n,
            (const char *const[]){"label", "defaults", "entities", "measures", "dimensions",
                                  "metadata", NULL});
  put_depends(o, n, true);
  put_refs(o, n);
  put(o, "created_at", seconds(n->created_us));
  put_dict(o, "config", n->config);
  put_dict(o, "unrendered_config", n->unrendered_config);
  put_parts(o, n, (const char *const[]){"primary_entity", NULL});
  put_opt(o, "group", n->group);
}

static void saved_query_kind(Out *o, const Node *n) {
  put_identity(o, n);
  put_parts(o, n, (const char *const[]){"query_params", "exports", NULL});
  put_opt(o, "description", n->description);
  put_parts(o, n, (const char *const[]){"label", "metadata", NULL});
  put_dict(o, "config", n->config);
  put_dict(o, "unrendered_config", n->unrendered_config);
  put_opt(o, "group", n->group);
  put_depends(o, n, true);
  put(o, "created_at", seconds(n->created_us));
  put_refs(o, n);
  put_list(o, "tags", n->tags);
}

Value node_value(Arena *a, const Graph *g, const Node *n) {
  return node_value_compiled(a, g, n, NULL);
}

static void put_node(Out *o, const Node *n) {
  static void (*const kinds[NODE_KINDS])(Out *, const Node *) = {
      [NODE_SOURCE] = source_kind,
      [NODE_EXPOSURE] = exposure_kind,
      [NODE_METRIC] = metric_kind,
      [NODE_SEMANTIC_MODEL] = semantic_model_kind,
      [NODE_SAVED_QUERY] = saved_query_kind,
      [NODE_UNIT_TEST] = unit_test_kind,
      [NODE_LOAD] = load_kind};
  (kinds[n->kind] ? kinds[n->kind] : compiled_kind)(o, n);
}

Value node_value_compiled(Arena *a, const Graph *g, const Node *n, const RunResult *res) {
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict, .g = g, .result = res};
  put_node(&o, n);
  return v;
}

void node_write(Json *j, Arena *scratch, const Graph *g, const Node *n, const RunResult *res) {
  Out o = {.a = scratch, .g = g, .result = res, .j = j};
  json_open_object(j);
  put_node(&o, n);
  json_close_object(j);
}

// As dbt's results have a unit test that was run: a model of its own, with the tested one's text.
static void unit_test_run(Out *o, const Node *n) {
  compiled_kind(o, n->unit->runner);
  put_references(o, n->unit->tested);
  put_str(o, "tested_node_unique_id", n->unit->tested->id);
}

Value node_value_of_result(Arena *a, const Graph *g, const RunResult *res) {
  if (res->node->kind != NODE_UNIT_TEST || !res->node->unit)
    return node_value_compiled(a, g, res->node, res);
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict, .g = g, .result = res};
  unit_test_run(&o, res->node);
  return v;
}

// The block with the white space that its own `-` takes away, as dbt keeps it: but for what a tag
// before it has taken, and the ends of the file.
static Str macro_text(const Macro *m) {
  if (!m || !m->source)
    return STR("");
  bool cut = m->source->outer.ptr != NULL; // out of a file of several
  Str text = cut ? m->source->outer : m->source->text;
  size_t from = m->span.at + (cut ? m->source->at : 0), to = from + m->span.len, before = from,
         after = to;
  while (before && isspace((unsigned char)text.ptr[before - 1]))
    before--;
  while (after < text.len && isspace((unsigned char)text.ptr[after]))
    after++;
  bool taken = before >= 3 && text.ptr[before - 3] == '-' && text.ptr[before - 1] == '}';
  if (str_starts(str_sub(text, from, text.len), STR("{%-")) && before && !taken)
    from = before;
  if (to >= 3 && text.ptr[to - 3] == '-' && after < text.len)
    to = after;
  return str_sub(text, from, to);
}

static void put_macro(Out *o, const MacroEntry *e) {
  put_str(o, "name", e->name);
  put_str(o, "resource_type", STR("macro"));
  put_str(o, "package_name", e->package->name);
  put_str(o, "path", e->path);
  put_str(o, "original_file_path", e->original_path);
  put_str(o, "unique_id", e->id);
  put_str(o, "macro_sql", macro_text(e->macro));
  Out depends = dict_under(o, "depends_on");
  put_strings(&depends, "macros", e->macro_ids, e->nmacro_ids);
  dict_end(&depends);
  put_str(o, "description", e->description);
  put_dict(o, "meta", e->meta);
  put_docs(o, e->docs);
  Out config = dict_under(o, "config");
  put_dict(&config, "meta", e->meta);
  put_docs(&config, e->docs);
  dict_end(&config);
  put_opt(o, "patch_path", e->patch_path);
  put_list(o, "arguments", e->arguments);
  put(o, "created_at", val_float(0));
  put_value(o, "supported_languages", e->supported_languages);
}

Value macro_value(Arena *a, const MacroEntry *e) {
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict};
  put_macro(&o, e);
  return v;
}

void macro_write(Json *j, Arena *scratch, const MacroEntry *e) {
  Out o = {.a = scratch, .j = j};
  json_open_object(j);
  put_macro(&o, e);
  json_close_object(j);
}

// --- `graph`

static const char *graph_part(NodeKind kind) {
  static const char *const parts[NODE_KINDS] = {[NODE_MODEL] = "nodes",
                                                [NODE_SEED] = "nodes",
                                                [NODE_SNAPSHOT] = "nodes",
                                                [NODE_TEST] = "nodes",
                                                [NODE_ANALYSIS] = "nodes",
                                                [NODE_OPERATION] = "nodes",
                                                [NODE_SOURCE] = "sources",
                                                [NODE_EXPOSURE] = "exposures",
                                                [NODE_METRIC] = "metrics",
                                                [NODE_SEMANTIC_MODEL] = "semantic_models",
                                                [NODE_SAVED_QUERY] = "saved_queries",
                                                [NODE_UNIT_TEST] = "unit_tests",
                                                [NODE_FUNCTION] = "functions"};
  return parts[kind];
}

static Value group_value(Arena *a, const Group *g) {
  Value v = val_dict(a);
  Out o = {.a = a, .d = v.dict};
  put_str(&o, "name", g->name);
  put_str(&o, "resource_type", STR("group"));
  put_str(&o, "package_name", g->package->name);
  put_str(&o, "path", g->path);
  put_str(&o, "original_file_path", g->original_path);
  put_str(&o, "unique_id", g->id);
  put(&o, "owner", owner_value(a, g->owner));
  put_opt(&o, "description", g->description);
  put_dict(&o, "config", g->config);
  return v;
}

static void graph_node(Arena *a, const Graph *g, Value parts, const Node *n) {
  const char *part = graph_part(n->kind);
  if (part)
    dict_sets(a, dict_gets(parts.dict, str_c(part))->dict, n->id, node_value(a, g, n));
}

Value graph_as_value(Arena *a, const Graph *g) {
  static const char *const parts[] = {"exposures",       "functions",     "groups",
                                      "metrics",         "nodes",         "sources",
                                      "semantic_models", "saved_queries", "unit_tests"};
  Value v = val_dict(a);
  for (size_t i = 0; i < COUNT(parts); i++)
    dict_sets(a, v.dict, str_c(parts[i]), val_dict(a));
  for (size_t i = 0; i < g->nnodes; i++)
    graph_node(a, g, v, g->nodes[i]);
  for (size_t i = 0; i < g->ndisabled; i++)
    if (g->disabled[i]->lost_target) // stays among the nodes, as in the manifest
      graph_node(a, g, v, g->disabled[i]);
  for (size_t i = 0; i < g->ngroups; i++)
    dict_sets(a, dict_gets(v.dict, STR("groups"))->dict, g->groups[i]->id,
              group_value(a, g->groups[i]));
  if (g->project->level < DBT_1_12)
    dict_remove(v.dict, val_lit("unit_tests"));
  val_freeze(v);
  return v;
}
