// In: nodes of an earlier manifest and the project as it is. Out: what state: asks for. Both sides
// are compared as a manifest shows them; what is absent, null and empty are the same.
#include "state.h"

#include "../base/hash.h"
#include "../value/json.h"
#include "manifest_node.h"

#include <stdlib.h>
#include <time.h>

// --- values of two manifests

// What a manifest writes where nothing was said: null, an empty list, a dict of such.
static bool absent(Value v) {
  if (val_is_seq(v))
    return v.list->n == 0;
  if (!val_is(v, VAL_DICT))
    return val_is_absent(v);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    if (!absent(e->value))
      return false;
  return true;
}

static Value entry_of(Value d, Value key) {
  Value *v = dict_get(d.dict, key);
  return v ? *v : val_undef(NULL);
}

static bool same(Value a, Value b) {
  if (absent(a) || absent(b))
    return absent(a) && absent(b);
  if (val_is(a, VAL_DICT) && val_is(b, VAL_DICT)) {
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(a.dict, &at));)
      if (!absent(e->value)) {
        Value *other = dict_get(b.dict, e->key);
        if (!other || !same(e->value, *other))
          return false;
      }
    at = 0;
    for (DictEntry *e; (e = dict_next(b.dict, &at));)
      if (!absent(e->value) && absent(entry_of(a, e->key)))
        return false;
    return true;
  }
  if (val_is_seq(a) && val_is_seq(b)) {
    if (a.list->n != b.list->n)
      return false;
    for (size_t i = 0; i < a.list->n; i++)
      if (!same(a.list->items[i], b.list->items[i]))
        return false;
    return true;
  }
  return val_eq(a, b);
}

static bool same_key(Value a, Value b, const char *key) {
  return same(val_get(a, str_c(key)), val_get(b, str_c(key)));
}

static bool same_keys(Value a, Value b, const char *const *keys) {
  for (; *keys; keys++)
    if (!same_key(a, b, *keys))
      return false;
  return true;
}

static Value path_value(Value v, const char *outer, const char *inner) {
  return val_get(val_get(v, str_c(outer)), str_c(inner));
}

static bool is_text(Value v, const char *text) { return val_is_str(v, str_c(text)); }

// --- one node's parts

static bool is_singular(const Node *n) {
  return n->kind == NODE_TEST && !(n->test && n->test->generic);
}
static bool is_generic(const Node *n) { return n->kind == NODE_TEST && !is_singular(n); }
static bool has_code(const Node *n) {
  return n->kind <= NODE_OPERATION || n->kind == NODE_FUNCTION;
}

static bool same_body(const Node *n, Value old, Value now) {
  return n->kind == NODE_SEED ? same_key(old, now, "checksum") : same_key(old, now, "raw_code");
}

// Configs as they are written, so that another target is no change. These say where a node goes or
// how it is found, not what it is. Tags of sources and exposures count, as with dbt.
static bool config_counts(const Node *n, Str key) {
  static const char *const others[] = {"alias", "schema", "database", "group"};
  static const char *const beside[] = {"freshness", "loaded_at_field", "loaded_at_query"};
  for (size_t i = 0; i < COUNT(others); i++)
    if (str_eq(key, str_c(others[i])))
      return false;
  if (str_is(key, "tags") && n->kind != NODE_SOURCE && n->kind != NODE_EXPOSURE)
    return false;
  for (size_t i = 0; n->kind == NODE_SOURCE && i < COUNT(beside); i++)
    if (str_eq(key, str_c(beside[i]))) // compared by the source's own keys
      return false;
  return true;
}

static bool config_covered(const Node *n, Value a, Value b) {
  size_t at = 0;
  for (DictEntry *e; val_is(a, VAL_DICT) && (e = dict_next(a.dict, &at));)
    if (val_is(e->key, VAL_STR) && config_counts(n, val_text(e->key)) &&
        !same(e->value, val_get(b, val_text(e->key))))
      return false;
  return true;
}

static uint64_t digest(Str text) {
  char hex[65];
  hash_sha256_hex(text, hex);
  hex[12] = '\0';
  return strtoull(hex, NULL, 16);
}

// Keys in another order are no change: each counts by itself.
uint64_t state_sum(const Node *n) {
  bool whole = n->kind == NODE_SEED || n->kind == NODE_UNIT_TEST;
  uint64_t sum = digest(whole ? n->checksum : n->raw_code);
  Value config = n->unrendered_config;
  size_t at = 0;
  Buf text = {0};
  for (DictEntry *e; val_is(config, VAL_DICT) && (e = dict_next(config.dict, &at));) {
    if (!val_is(e->key, VAL_STR) || !config_counts(n, val_text(e->key)) || absent(e->value))
      continue;
    Json j = {.out = &text, .compact = true};
    buf_add(&text, val_text(e->key));
    buf_addc(&text, '=');
    json_value(&j, e->value);
    sum ^= digest(buf_str(&text));
    text.len = 0;
  }
  buf_free(&text);
  return sum ? sum : 1;
}

static const char *const of_tests[] = {
    "severity",          "where", "limit", "fail_calc", "warn_if", "error_if", "store_failures",
    "store_failures_as", NULL};

static bool same_config(const Node *n, Value old, Value now) {
  if (n->kind == NODE_SEMANTIC_MODEL || n->kind == NODE_SAVED_QUERY)
    return same_key(old, now, "config");
  Value was = val_get(old, STR("unrendered_config")), is = val_get(now, STR("unrendered_config"));
  if (n->kind == NODE_TEST)
    return same_keys(was, is, of_tests);
  return config_covered(n, was, is) && config_covered(n, is, was);
}

static bool same_descriptions(Value was, Value is) {
  if (!val_is(was, VAL_DICT) || !val_is(is, VAL_DICT) || was.dict->n != is.dict->n)
    return same(was, is);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(was.dict, &at));) {
    Value *other = dict_get(is.dict, e->key);
    if (!other || !same_key(e->value, *other, "description"))
      return false;
  }
  return true;
}

static bool same_persisted(Value old, Value now) {
  Value persist = path_value(now, "config", "persist_docs");
  if (val_truth(val_get(persist, STR("relation"))) && !same_key(old, now, "description"))
    return false;
  return !val_truth(val_get(persist, STR("columns"))) ||
         same_descriptions(val_get(old, STR("columns")), val_get(now, STR("columns")));
}

// Where a source is: as written, or what that came to.
static bool same_relation(const StateIndex *s, const Node *n, Value old, Value now) {
  static const char *const of_source[] = {"database", "schema", "identifier", NULL};
  static const char *const as_written[] = {"unrendered_database", "unrendered_schema", "identifier",
                                           NULL};
  static const char *const others[] = {"database", "schema", "alias", NULL};
  if (n->kind == NODE_SOURCE)
    return same_keys(old, now, s->as_written ? as_written : of_source);
  return same_keys(val_get(old, STR("unrendered_config")), val_get(now, STR("unrendered_config")),
                   others);
}

// --- contracts

static bool enforced(Value v) { return val_truth(path_value(v, "contract", "enforced")); }
static bool holds_constraints(Value v) {
  Value m = path_value(v, "config", "materialized");
  return is_text(m, "table") || is_text(m, "incremental");
}

// "numeric(10,2)" and "NUMERIC" are one type to a contract.
static Str base_type(Value v) {
  Str s = val_is(v, VAL_STR) ? val_text(v) : STR("");
  ptrdiff_t open = str_find(s, STR("("), 0);
  return str_trim(open < 0 ? s : str_sub(s, 0, (size_t)open));
}

// What a constraint is; manifests write defaults of the other keys or leave them out.
static bool holds(Value list, Value item) {
  static const char *const keys[] = {"type", "name", "expression", "columns", NULL};
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++)
    if (same_keys(list.list->items[i], item, keys))
      return true;
  return false;
}

static bool same_constraints(Value a, Value b) {
  if ((val_is_seq(a) ? a.list->n : 0) != (val_is_seq(b) ? b.list->n : 0))
    return false;
  for (size_t i = 0; val_is_seq(a) && i < a.list->n; i++)
    if (!holds(b, a.list->items[i]))
      return false;
  return true;
}

static bool same_columns(Value was, Value is) {
  if (!val_is(was, VAL_DICT) || !val_is(is, VAL_DICT) || was.dict->n != is.dict->n)
    return same(was, is);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(was.dict, &at));) {
    Value *other = dict_get(is.dict, e->key);
    if (!other || !same_key(e->value, *other, "data_type") ||
        !same_constraints(val_get(e->value, STR("constraints")),
                          val_get(*other, STR("constraints"))))
      return false;
  }
  return true;
}

static void add_lost_constraints(Buf *b, Value was, Value is, Value column) {
  for (size_t i = 0; val_is_seq(was) && i < was.list->n; i++) {
    Value c = was.list->items[i], name = val_get(c, STR("name"));
    if (holds(is, c) || is_text(val_get(c, STR("type")), "custom"))
      continue;
    buf_addf(b, "%sconstraint ", b->len ? ", " : "");
    val_print(b, absent(name) ? val_get(c, STR("type")) : name);
    if (!absent(column)) {
      buf_adds(b, " of column ");
      val_print(b, column);
    }
    buf_adds(b, " is gone");
  }
}

static void add_column_changes(Buf *b, Value old, Value now) {
  Value was = val_get(old, STR("columns")), is = val_get(now, STR("columns"));
  size_t at = 0;
  for (DictEntry *e; val_is(was, VAL_DICT) && (e = dict_next(was.dict, &at));) {
    Value *other = val_is(is, VAL_DICT) ? dict_get(is.dict, e->key) : NULL;
    const char *comma = b->len ? ", " : "";
    if (!other) {
      buf_addf(b, "%scolumn ", comma);
      val_print(b, e->key);
      buf_adds(b, " is gone");
      continue;
    }
    Value t = val_get(e->value, STR("data_type")), u = val_get(*other, STR("data_type"));
    if (!str_eq_nocase(base_type(t), base_type(u))) {
      buf_addf(b, "%scolumn ", comma);
      val_print(b, e->key);
      buf_adds(b, " was ");
      val_print(b, t);
      buf_adds(b, " and is ");
      val_print(b, u);
    }
    if (holds_constraints(old))
      add_lost_constraints(b, val_get(e->value, STR("constraints")),
                           val_get(*other, STR("constraints")), e->key);
  }
}

static bool any_constraint(Value node) {
  Value columns = val_get(node, STR("columns"));
  if (val_truth(val_get(node, STR("constraints"))))
    return true;
  size_t at = 0;
  for (DictEntry *e; val_is(columns, VAL_DICT) && (e = dict_next(columns.dict, &at));)
    if (val_truth(val_get(e->value, STR("constraints"))))
      return true;
  return false;
}

// What those who rely on the contract would trip over; empty: nothing.
static Str breaking_changes(Arena *a, Value old, Value now) {
  Buf b = {.arena = a};
  if (!enforced(now))
    buf_adds(&b, "its enforcement was removed");
  add_column_changes(&b, old, now);
  if (holds_constraints(old)) {
    add_lost_constraints(&b, val_get(old, STR("constraints")), val_get(now, STR("constraints")),
                         val_none());
    if (!holds_constraints(now) && any_constraint(old)) {
      buf_addf(&b, "%sit was materialized as ", b.len ? ", " : "");
      val_print(&b, path_value(old, "config", "materialized"));
      buf_adds(&b, " and now cannot hold its constraints");
    }
  }
  return b.len ? buf_str(&b) : STR("");
}

static void tell_break(const Node *n, const Source *src, Str file, bool versioned, Str id, Str what,
                       Diags *diags) {
  for (const Diag *d = diags->first; d; d = d->next)
    if (d->code == CODE_CONTRACT_BREAK && str_find(d->message, id, 0) >= 0)
      return; // told already, by another criterion
  Diag *d =
      diag_at(diags, versioned ? SEV_ERROR : SEV_WARNING, CODE_CONTRACT_BREAK, src, (Span){0, 0},
              "the contract of '%.*s' breaks what reads it: %.*s", STR_ARG(id), STR_ARG(what));
  if (!src)
    d->file = file;
  diag_hint(diags, d,
            versioned ? "leave this version as it is and add a new one"
                      : "give the model versions, so that readers can move in their time");
  (void)n;
}

static bool same_contract(Arena *a, const Node *n, Value old, Value now, Diags *diags) {
  if (n->kind != NODE_MODEL || (!enforced(old) && !enforced(now)))
    return true;
  if (!enforced(old))
    return false;
  Value was = path_value(old, "contract", "checksum"), is = path_value(now, "contract", "checksum");
  if (enforced(now) && !absent(was) && same(was, is))
    return true;
  Str what = breaking_changes(a, old, now);
  if (what.len)
    tell_break(n, n->source, STR(""), n->version.len > 0, n->id, what, diags);
  // Without a checksum on both sides the contents tell.
  return enforced(now) && !what.len && (absent(was) || absent(is)) &&
         same_columns(val_get(old, STR("columns")), val_get(now, STR("columns"))) &&
         same_constraints(val_get(old, STR("constraints")), val_get(now, STR("constraints")));
}

static bool in_the_past(Value date) {
  if (!val_is(date, VAL_STR) || val_text(date).len < 10)
    return false;
  char today[16];
  time_t t = time(NULL);
  struct tm tm;
  gmtime_r(&t, &tm);
  strftime(today, sizeof today, "%Y-%m-%d", &tm);
  return str_cmp(str_sub(val_text(date), 0, 10), str_c(today)) < 0;
}

void state_removed_contracts(const StateIndex *s, const Graph *g, Diags *diags) {
  for (size_t i = 0; i < s->nodes.n; i++) {
    Value old = *(Value *)s->nodes.entries[i].value;
    Str id = s->nodes.entries[i].key;
    if (!is_text(val_get(old, STR("resource_type")), "model") || !enforced(old) ||
        map_get(&g->by_id, id) || in_the_past(val_get(old, STR("deprecation_date"))))
      continue;
    bool disabled = false;
    for (size_t k = 0; k < g->ndisabled; k++)
      disabled |= str_eq(g->disabled[k]->id, id);
    Value file = val_get(old, STR("original_file_path"));
    tell_break(NULL, NULL, val_is(file, VAL_STR) ? val_text(file) : STR(""),
               !absent(val_get(old, STR("version"))), id,
               disabled ? STR("the model was disabled") : STR("the model was deleted or renamed"),
               diags);
  }
}

// --- a whole node

static bool same_contents(const StateIndex *s, Arena *a, const Node *n, Value *was, Value now,
                          Diags *diags) {
  static const char *const of_source[] = {"quoting", "freshness", "loaded_at_field", "external",
                                          NULL};
  static const char *const of_exposure[] = {"type",        "owner", "maturity", "url",
                                            "description", "label", NULL};
  static const char *const of_metric[] = {"type", "description", "label", NULL};
  static const char *const of_semantic_model[] = {
      "model",    "description", "defaults",       "entities", "dimensions",
      "measures", "config",      "primary_entity", "group",    NULL};
  static const char *const of_saved_query[] = {"query_params", "description", "label", "config",
                                               "group",        "exports",     "tags",  NULL};
  static const char *const of_function[] = {"arguments", "returns", "overloads", NULL};
  static const char *const of_model[] = {"latest_version", "access", "deprecation_date", NULL};
  if (!was) // a source, an exposure ... that was not there is no change; a node is
    return !has_code(n) && n->kind != NODE_UNIT_TEST;
  Value old = *was;
  bool fqn = same_key(old, now, "fqn");
  switch (n->kind) {
  case NODE_SOURCE:
    return fqn && same_relation(s, n, old, now) && same_config(n, old, now) &&
           same_keys(old, now, of_source);
  case NODE_EXPOSURE:
    return fqn && same_config(n, old, now) && same_keys(old, now, of_exposure) &&
           same(path_value(old, "depends_on", "nodes"), path_value(now, "depends_on", "nodes"));
  case NODE_METRIC:
    return same_config(n, old, now) && same_keys(old, now, of_metric);
  case NODE_SEMANTIC_MODEL:
    return same_keys(old, now, of_semantic_model);
  case NODE_SAVED_QUERY:
    return same_keys(old, now, of_saved_query);
  case NODE_UNIT_TEST:
    return same_key(old, now, "checksum");
  default:
    break;
  }
  if (is_generic(n))
    return fqn && same_config(n, old, now);
  bool contract = same_contract(a, n, old, now, diags); // first: it may have something to tell
  return fqn && contract && same_body(n, old, now) && same_config(n, old, now) &&
         same_persisted(old, now) && same_relation(s, n, old, now) &&
         (n->kind != NODE_MODEL || same_keys(old, now, of_model)) &&
         (n->kind != NODE_FUNCTION || same_keys(old, now, of_function));
}

// --- what a page says of a node

static bool shows_key(const Node *n, Str key) {
  for (size_t i = 0; n->kind == NODE_TEST && of_tests[i]; i++)
    if (str_eq(key, str_c(of_tests[i])))
      return true;
  return n->kind != NODE_TEST;
}

// Adds the keys of one config, as written, under which the two differ, and that are not in *out.
static void add_config_changes(Arena *a, const Node *n, Str as, Value keys, Value old, Value now,
                               Value *out) {
  size_t at = 0;
  for (DictEntry *e; val_is(keys, VAL_DICT) && (e = dict_next(keys.dict, &at));) {
    if (!val_is(e->key, VAL_STR) || !shows_key(n, val_text(e->key)))
      continue;
    Str key = val_text(e->key);
    Value was = val_get(val_get(old, as), key), is = val_get(val_get(now, as), key);
    bool known = same(was, is);
    for (size_t i = 0; !known && i < out->list->n; i++)
      known = val_eq(val_get(out->list->items[i], STR("key")), e->key);
    if (known)
      continue;
    Value before = val_get(val_get(old, STR("config")), key),
          after = val_get(val_get(now, STR("config")), key), row = val_dict(a);
    bool rendered = !same(before, after);
    dict_sets(a, row.dict, STR("key"), e->key);
    was = rendered ? before : was, is = rendered ? after : is;
    dict_sets(a, row.dict, STR("was"), val_is_absent(was) ? val_none() : was);
    dict_sets(a, row.dict, STR("is"), val_is_absent(is) ? val_none() : is);
    list_push(a, out->list, row);
  }
}

Value state_config_changes(Arena *a, const Node *n, Value old, Value now) {
  Value out = val_list(a, 4);
  bool semantic = n->kind == NODE_SEMANTIC_MODEL || n->kind == NODE_SAVED_QUERY;
  Str as = semantic ? STR("config") : STR("unrendered_config");
  add_config_changes(a, n, as, val_get(old, as), old, now, &out);
  add_config_changes(a, n, as, val_get(now, as), old, now, &out);
  return out;
}

// What of a kind is neither text, config, columns nor description. Names of other nodes are edges.
static const char *const *definition_keys(const Node *n) {
  static const char *const none[] = {NULL};
  static const char *const keys[NODE_KINDS][8] = {
      [NODE_MODEL] = {"original_file_path", "latest_version", "access", "deprecation_date",
                      "constraints"},
      [NODE_SEED] = {"original_file_path" },
      [NODE_SNAPSHOT] = {"original_file_path"},
      [NODE_SOURCE] = {"identifier",                    "quoting",                          "freshness", "loaded_at_field", "external"},
      [NODE_EXPOSURE] = {"type",         "label",                "owner", "maturity", "url"},
      [NODE_METRIC] = {"type",                    "label",                         "type_params", "filter"},
      [NODE_SEMANTIC_MODEL] = {"model",             "defaults","entities", "dimensions", "measures",
                      "primary_entity"},
      [NODE_SAVED_QUERY] = {"label",                    "query_params",                               "exports"},
      [NODE_UNIT_TEST] = {"model",       "given",    "expect", "overrides"},
      [NODE_FUNCTION] = {"arguments",              "returns"                              },
  };
  return keys[n->kind][0] ? keys[n->kind] : none;
}

Value state_definition_changes(Arena *a, const Node *n, Value old, Value now) {
  Value out = val_list(a, 2);
  for (const char *const *key = definition_keys(n); *key; key++) {
    Value was = val_get(old, str_c(*key)), is = val_get(now, str_c(*key)), row;
    if (same(was, is))
      continue;
    row = val_dict(a);
    dict_sets(a, row.dict, STR("key"), val_str(str_c(*key)));
    dict_sets(a, row.dict, STR("was"), absent(was) ? val_none() : was);
    dict_sets(a, row.dict, STR("is"), absent(is) ? val_none() : is);
    list_push(a, out.list, row);
  }
  return out;
}

static Str text_of(Value v) { return val_is(v, VAL_STR) ? val_text(v) : (Str){0}; }

// Columns of `a` that say something else, or nothing, in b.
static bool says_other(Value a, Value b) {
  size_t at = 0;
  for (DictEntry *e; val_is(a, VAL_DICT) && (e = dict_next(a.dict, &at));) {
    Value other = val_is(b, VAL_DICT) ? entry_of(b, e->key) : val_none();
    if (!str_eq(text_of(val_get(e->value, STR("description"))),
                text_of(val_get(other, STR("description")))))
      return true;
  }
  return false;
}

static bool same_words(Value old, Value now) {
  Value was = val_get(old, STR("columns")), is = val_get(now, STR("columns"));
  return str_eq(text_of(val_get(old, STR("description"))),
                text_of(val_get(now, STR("description")))) &&
         !says_other(was, is) && !says_other(is, was);
}

// --- macros

static const MacroEntry *macro_by_id(const Map *all, Str id) { return map_get(all, id); }

// Macros of starc itself are the same in every project; those of a manifest that dbt wrote are its.
static bool is_changed(const StateIndex *s, Arena *a, const MacroEntry *e) {
  if (e->package->is_internal)
    return false;
  const Value *old = map_get(&s->macros, e->id);
  return !old || !same_key(*old, macro_value(a, e), "macro_sql");
}

void state_compare_macros(StateIndex *s, Arena *a, const Graph *g) {
  Map all = {0};
  for (size_t i = 0; i < g->nmacros; i++) {
    map_put(a, &all, g->macros[i]->id, g->macros[i]);
    if (is_changed(s, a, g->macros[i]))
      map_put(a, &s->changed_macros, g->macros[i]->id, g->macros[i]);
  }
  // Callers of a changed macro, until there are no more of them.
  for (bool more = s->changed_macros.n > 0; more;) {
    more = false;
    for (size_t i = 0; i < g->nmacros; i++) {
      const MacroEntry *e = g->macros[i];
      if (map_get(&s->changed_macros, e->id))
        continue;
      for (size_t k = 0; k < e->nmacro_ids; k++)
        if (map_get(&s->changed_macros, e->macro_ids[k]) && macro_by_id(&all, e->id)) {
          map_put(a, &s->changed_macros, e->id, g->macros[i]);
          more = true;
          break;
        }
    }
  }
}

bool state_same_macro(const StateIndex *s, Arena *a, const MacroEntry *m) {
  return !is_changed(s, a, m);
}

static bool macros_differ(const StateIndex *s, const Node *n) {
  for (size_t i = 0; i < n->nmacro_ids; i++)
    if (map_get(&s->changed_macros, n->macro_ids[i]))
      return true;
  return false;
}

// --- what state: asks

typedef struct Pair {
  const StateIndex *state;
  Arena *a;
  const Node *n;
  Value *old; // NULL: it was not there
  Value now;
  Diags *diags;
} Pair;

// A generic test called another macro in the earlier manifest, and now there is none of its name:
// nobody can say whether the test is the same.
static void tell_lost_macro(const Pair *p) {
  const Node *n = p->n;
  if (!is_generic(n) || n->test->macro || !p->old)
    return;
  Value ids = path_value(*p->old, "depends_on", "macros");
  Str end = str_fmt(p->a, ".test_%.*s", STR_ARG(n->test->test_name));
  bool had = false;
  for (size_t i = 0; val_is_seq(ids) && i < ids.list->n; i++)
    had |= val_is(ids.list->items[i], VAL_STR) && str_ends(val_text(ids.list->items[i]), end);
  const Source *src = n->source && n->source->made_by ? n->source->made_by : n->source;
  Span at = n->source ? n->source->made_at : (Span){0};
  for (const Diag *d = p->diags->first; had && d; d = d->next)
    had = d->code != CODE_LOST_TEST || d->source != src || d->span.at != at.at;
  if (!had)
    return; // it had none before, or was told by another criterion
  Diag *d = diag_at(p->diags, SEV_ERROR, CODE_LOST_TEST, src, at,
                    "the generic test '%.*s' was there in the earlier run and is not there now",
                    STR_ARG(n->test->test_name));
  diag_hint(p->diags, d, "bring its macro back, or take the test out of the YAML");
}

static bool is_new(const Pair *p) { return !p->old; }
static bool is_old(const Pair *p) { return p->old; }
static bool modified(const Pair *p) {
  tell_lost_macro(p);
  return !same_contents(p->state, p->a, p->n, p->old, p->now, p->diags) ||
         macros_differ(p->state, p->n);
}
static bool unmodified(const Pair *p) { return !modified(p); }
static bool body(const Pair *p) {
  return has_code(p->n) && (!p->old || !same_body(p->n, *p->old, p->now));
}
static bool configs(const Pair *p) {
  return p->n->kind != NODE_UNIT_TEST && (!p->old || !same_config(p->n, *p->old, p->now));
}
static bool persisted(const Pair *p) {
  return has_code(p->n) && (!p->old || !same_persisted(*p->old, p->now));
}
static bool relation(const Pair *p) {
  return (has_code(p->n) || p->n->kind == NODE_SOURCE) &&
         (!p->old || !same_relation(p->state, p->n, *p->old, p->now));
}
static bool macros(const Pair *p) {
  tell_lost_macro(p);
  return macros_differ(p->state, p->n);
}
static bool contract(const Pair *p) {
  return has_code(p->n) && (!p->old || !same_contract(p->a, p->n, *p->old, p->now, p->diags));
}

const Str state_words[] = {
    STR_INIT("new"),
    STR_INIT("old"),
    STR_INIT("modified"),
    STR_INIT("unmodified"),
    STR_INIT("modified.body"),
    STR_INIT("modified.configs"),
    STR_INIT("modified.persisted_descriptions"),
    STR_INIT("modified.relation"),
    STR_INIT("modified.macros"),
    STR_INIT("modified.contract"),
};
const size_t state_nwords = COUNT(state_words);

// In the order of state_words.
static bool (*const checks[])(const Pair *) = {
    is_new, is_old, modified, unmodified, body, configs, persisted, relation, macros, contract,
};

bool state_matches(const StateIndex *s, Arena *a, const Graph *g, const Node *n, Str what,
                   Diags *diags, bool *known) {
  for (size_t i = 0; i < state_nwords; i++)
    if (str_eq(state_words[i], what)) {
      *known = true;
      Pair p = {s, a, n, map_get(&s->nodes, n->id), val_undef(NULL), diags};
      if (p.old && checks[i] != is_new && checks[i] != is_old)
        p.now = node_value(a, g, n);
      return checks[i](&p);
    }
  *known = false;
  return false;
}

StateChange state_change(const StateIndex *s, Arena *a, const Graph *g, const Node *n) {
  StateChange c = {0};
  Diags found;
  diags_init(&found);
  Pair p = {s, a, n, map_get(&s->nodes, n->id), val_undef(NULL), &found};
  c.is_new = !p.old && n->kind != NODE_LOAD;
  if (p.old)
    p.now = node_value(a, g, n);
  c.modified = (p.old || c.is_new) && modified(&p);
  if (p.old) {
    unsigned parts[STATE_PARTS] = {
        body(&p),
        (configs(&p) ||
         (n->kind != NODE_UNIT_TEST && state_config_changes(a, n, *p.old, p.now).list->n)),
        relation(&p),
        macros_differ(s, n),
        contract(&p),
        !same_words(*p.old, p.now),
    };
    for (size_t i = 0; i < STATE_PARTS; i++)
      c.parts |= parts[i] << i;
    if ((c.modified && !c.parts) || state_definition_changes(a, n, *p.old, p.now).list->n)
      c.parts |= STATE_OTHER;
  }
  for (const Diag *d = found.first; d; d = d->next)
    if (d->code == CODE_CONTRACT_BREAK)
      c.breaks = str_dup(a, d->message);
  diags_free(&found);
  return c;
}
