// In: the layers that set config keys (project trees, properties, config() calls). Out: a node's
// effective config in the manifest's order of keys. Leaves what a key means to the macros, and the
// look over the project trees themselves to config_check.c.
#include "config.h"
#include "../value/json.h"
#include "check.h"
#include "config_parts.h"

#include <stdlib.h>

// --- trees
static const struct {
  size_t offset; // of the rendered tree in Package
  Str section, other;
} sections[CONFIG_KINDS] = {
    [CONFIG_MODEL] = {offsetof(Package, models),          STR_INIT("models"),          STR_INIT("")     },
    [CONFIG_SEED] = {offsetof(Package, seeds),           STR_INIT("seeds"),           STR_INIT("")     },
    [CONFIG_SNAPSHOT] = {offsetof(Package, snapshots),       STR_INIT("snapshots"),       STR_INIT("")     },
    [CONFIG_TEST] = {offsetof(Package, tests),           STR_INIT("data_tests"),      STR_INIT("tests")},
    [CONFIG_SOURCE] = {offsetof(Package, sources),         STR_INIT("sources"),         STR_INIT("")     },
    [CONFIG_EXPOSURE] = {offsetof(Package, exposures),       STR_INIT("exposures"),       STR_INIT("")     },
    [CONFIG_UNIT_TEST] = {offsetof(Package, unit_tests),      STR_INIT("unit_tests"),      STR_INIT("")     },
    [CONFIG_METRIC] = {offsetof(Package, metrics),         STR_INIT("metrics"),         STR_INIT("")     },
    [CONFIG_SEMANTIC_MODEL] = {offsetof(Package, semantic_models), STR_INIT("semantic-models"),
                      STR_INIT("semantic_models")                                                       },
    [CONFIG_SAVED_QUERY] = {offsetof(Package, saved_queries),   STR_INIT("saved-queries"),
                      STR_INIT("saved_queries")                                                         },
    [CONFIG_FUNCTION] = {offsetof(Package, functions),       STR_INIT("functions"),       STR_INIT("")     },
    [CONFIG_LOAD] = {offsetof(Package, loads),           STR_INIT("loads"),           STR_INIT("")     },
    [CONFIG_ANALYSIS] = {offsetof(Package, analyses),        STR_INIT("analyses"),        STR_INIT("")     },
    [CONFIG_NODE] = {offsetof(Package, models),          STR_INIT("models"),          STR_INIT("")     },
    [CONFIG_GROUP] = {offsetof(Package, models),          STR_INIT("models"),          STR_INIT("")     },
};

ConfigKind config_of_analyses(const Project *p) {
  return project_flag(p, "require_corrected_analysis_fqns") ? CONFIG_ANALYSIS : CONFIG_NODE;
}

Value config_tree_of(const Package *p, ConfigKind kind) {
  return *(const Value *)(const void *)((const char *)p + sections[kind].offset);
}

const Yaml *config_yaml_of(const Package *p, ConfigKind kind) {
  const Yaml *y = yaml_get(p->yaml, sections[kind].section);
  return y ? y : yaml_get(p->yaml, sections[kind].other);
}

Str config_section(ConfigKind kind) { return sections[kind].section; }

bool config_is_key(Str key, bool dict) { return str_starts(key, STR("+")) || !dict; }

Str config_bare(Str key) {
  return str_starts(key, STR("+")) ? str_trim(str_sub(key, 1, key.len)) : key;
}

// --- merging
typedef struct Merge {
  Arena *a;
  const ConfigInput *in;
  Dict *out;
  Diags *diags;
  const Yaml *yaml;  // of the layer, for places; NULL: the node's
  bool quiet;        // the layer was looked over before
  const Yaml *entry; // where the layer's keys stand in a schema file, NULL elsewhere
  bool ok;
} Merge;

// Is `word` one of the words in `list`, which are separated by spaces?
static bool in_words(const char *list, Str word, bool any_case) {
  Str rest = str_c(list), part;
  while (str_cut(&rest, ' ', &part))
    if (any_case ? str_eq_nocase(part, word) : str_eq(part, word))
      return true;
  return false;
}

// The nearest of the words, else all of them.
static void hint_words(Diags *diags, Diag *d, const char *words, Str wrong) {
  enum { WORDS = 16 };
  Str rest = str_c(words), known[WORDS];
  size_t n = 0;
  while (n < WORDS && str_cut(&rest, ' ', &known[n]))
    n++;
  diag_nearest(diags, d, wrong, known, n);
}

// Whether somebody reads the key: not that of another database.
static bool config_key_read(const ConfigKey *k, const Target *t) {
  const Dialect *owner = config_key_owner(k);
  return !owner || (t && t->dialect == owner);
}

bool config_check_value(Diags *diags, const Source *src, Span span, const ConfigKey *k,
                        const Target *t, Value v) {
  Diag *d = NULL;
  if (v.kind == VAL_UNDEF || !config_key_read(k, t))
    return true;
  if (!check_fits(v, k->types)) {
    Arena scratch = {0};
    Str words = check_types(&scratch, k->types);
    d = diag_at(diags, SEV_ERROR, CODE_WRONG_TYPE, src, span, "config '%s' is %s", k->name,
                check_kind(v));
    diag_hint(diags, d, "it takes %.*s", STR_ARG(words));
    arena_free(&scratch);
  } else if (k->values && v.kind == VAL_STR &&
             !in_words(k->values, val_text(v), k->types & TYPE_ANY_CASE)) {
    d = diag_at(diags, SEV_ERROR, CODE_CONFIG_VALUE, src, span, "config '%s' cannot be '%.*s'",
                k->name, STR_ARG(val_text(v)));
    hint_words(diags, d, k->values, val_text(v));
  }
  return !d;
}

static size_t add_names(const ConfigKey *k, ConfigKind kind, Str names[CONFIG_MAX_KEYS], size_t n) {
  for (; k->name && n < CONFIG_MAX_KEYS; k++)
    if (k->kinds & 1u << kind)
      names[n++] = str_c(k->name);
  return n;
}

// The key that was meant by a name that is nearly one; empty: it is a word of its own.
static Str doubted(ConfigKind kind, Str name) {
  Str names[CONFIG_MAX_KEYS];
  size_t n = add_names(config_keys, kind, names, 0);
  for (size_t i = 0; dialects[i]; i++)
    n = add_names(dialects[i]->config->keys, kind, names, n);
  Str near = str_nearest(name, names, n);
  return !near.ptr || name.len <= 3 || str_distance(name, near, 2) > 2 ? (Str){0} : near;
}

void config_doubt_name(Diags *diags, const Source *src, Span span, ConfigKind kind, Str name) {
  Str near = doubted(kind, name);
  if (!near.len)
    return;
  Diag *d = diag_at(diags, SEV_WARNING, CODE_UNKNOWN_KEY, src, span,
                    "no config key is named '%.*s'", STR_ARG(name));
  diag_hint(diags, d, "did you mean '%.*s'?", STR_ARG(near));
}

bool config_call_place(const Source *src, Str key, Span *span) {
  Str text = src->text;
  ptrdiff_t call = str_find(text, STR("config"), 0);
  for (size_t i = call < 0 ? text.len : (size_t)call; i + key.len < text.len; i++) {
    size_t end = i + key.len;
    if ((i && str_word_char(text.ptr[i - 1])) || str_word_char(text.ptr[end]))
      continue;
    size_t same = 0;
    while (same < key.len && (text.ptr[i + same] == key.ptr[same] ||
                              (text.ptr[i + same] == '_' && key.ptr[same] == '-')))
      same++;
    if (same < key.len)
      continue;
    if (end < text.len && (text.ptr[end] == '\'' || text.ptr[end] == '"'))
      end++;
    while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\n'))
      end++;
    if (end + 1 < text.len &&
        (text.ptr[end] == ':' || (text.ptr[end] == '=' && text.ptr[end + 1] != '='))) {
      *span = (Span){(uint32_t)i, (uint32_t)key.len};
      return true;
    }
  }
  return false;
}

const YamlEntry *config_tree_entry(const Package *p, ConfigKind kind, const Str *fqn, size_t nfqn,
                                   Str key) {
  const YamlEntry *found = NULL;
  const Yaml *level = config_yaml_of(p, kind);
  for (size_t i = 0; level && level->kind == YAML_DICT; i++) {
    for (size_t k = 0; k < level->n; k++) {
      const YamlEntry *e = &level->entries[k];
      if (config_is_key(e->key->text, e->value->kind == YAML_DICT) &&
          str_eq(config_bare(e->key->text), key))
        found = e;
    }
    if (i == nfqn)
      break;
    level = yaml_get(level, fqn[i]);
  }
  return found;
}

static void in_properties(Merge *m) {
  m->yaml = m->in->properties_yaml;
  m->entry = m->in->entry;
}

// {unique: {config: ...}}, or all in one.
static const Yaml *test_entry(const Yaml *y) {
  bool below = y && y->kind == YAML_DICT && y->n == 1 && y->entries[0].value->kind == YAML_DICT;
  return below ? y->entries[0].value : y;
}

// Where the layer at hand has a key: its `config:`, or the top of the entry.
static const YamlEntry *entry_of(const Merge *m, Str key) {
  const YamlEntry *e = yaml_entry(m->yaml, key);
  if (!e)
    e = yaml_entry(yaml_get(m->entry, STR("config")), key);
  return e ? e : yaml_entry(m->entry, key);
}

static void place(const Merge *m, Str key, const Source **src, Span *span) {
  const YamlEntry *e = entry_of(m, key);
  *src = e ? e->key->src : m->in->src;
  *span = e ? e->key->span : m->in->span;
  if (!e && m->in->src && !m->in->span.len && val_get(m->in->call, key).kind != VAL_UNDEF)
    config_call_place(m->in->src, key, span);
}

// Where a key was written at last, when all layers are merged.
static void final_place(Merge *m, Str key, const Source **src, Span *span) {
  const Package *all[] = {m->in->project->packages[0], m->in->package};
  in_properties(m);
  place(m, key, src, span);
  if (entry_of(m, key) || val_get(m->in->call, key).kind != VAL_UNDEF)
    return;
  for (size_t i = 0; i < 2; i++) {
    const YamlEntry *e = config_tree_entry(all[i], m->in->kind, m->in->fqn, m->in->nfqn, key);
    if (!e)
      continue;
    *src = e->key->src;
    *span = e->key->span;
    return;
  }
}

// A hook as dbt keeps it: {"sql", "transaction", "index"}. Text that is JSON with a "sql" is what
// before_begin() and its kin make.
static Value hook(Arena *a, Value v) {
  Value given = v;
  if (v.kind == VAL_STR && str_starts(str_trim(val_text(v)), STR("{"))) {
    Diags ignored = {0};
    Source *src = arena_new(a, Source);
    *src = (Source){.path = STR("hook"), .text = val_text(v)};
    if (!json_read(a, src, &given, &ignored) || val_get(given, STR("sql")).kind == VAL_UNDEF)
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

// A list or dict that this node alone has: the defaults are shared.
static Value own(Arena *a, Value v) {
  bool shared = v.kind == VAL_LIST ? v.list->frozen : v.dict->frozen;
  return shared ? val_copy(a, v, false) : v;
}

static void append(const Merge *m, const ConfigKey *k, const Value *into, Value v) {
  bool hooks = str_ends(str_c(k->name), STR("-hook"));
  size_t n = val_is_seq(v) ? v.list->n : 1;
  Value list = into && into->kind == VAL_LIST ? own(m->a, *into) : val_list(m->a, n);
  for (size_t i = 0; i < n; i++) {
    Value item = val_is_seq(v) ? v.list->items[i] : v;
    list_push(m->a, list.list, hooks ? hook(m->a, item) : item);
  }
  dict_sets(m->a, m->out, str_c(k->name), list);
}

static void update(const Merge *m, const ConfigKey *k, const Value *into, Value v) {
  if (v.kind != VAL_DICT || !into || into->kind != VAL_DICT) {
    dict_sets(m->a, m->out, str_c(k->name), val_copy(m->a, v, false));
    return;
  }
  Value all = own(m->a, *into);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    dict_set(m->a, all.dict, e->key, val_copy(m->a, e->value, false));
  dict_sets(m->a, m->out, str_c(k->name), all);
}

static Value as_list(Arena *a, Value v) {
  if (v.kind == VAL_LIST)
    return val_copy(a, v, false);
  Value l = val_list(a, 1);
  list_push(a, l.list, v);
  return l;
}

// {privilege: grantees}: "+privilege" adds to what lower layers granted, "privilege" replaces it.
static void grants(const Merge *m, const Value *into, Value v) {
  if (v.kind != VAL_DICT)
    return;
  Value out = into && into->kind == VAL_DICT ? own(m->a, *into) : val_dict(m->a);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));) {
    Str key = val_to_str(m->a, e->key), name = config_bare(key);
    Value list = as_list(m->a, e->value), *had = dict_gets(out.dict, name);
    if (name.len < key.len && had) {
      for (size_t i = 0; i < list.list->n; i++)
        list_push(m->a, had->list, list.list->items[i]);
    } else {
      dict_sets(m->a, out.dict, name, list);
    }
  }
  dict_sets(m->a, m->out, STR("grants"), out);
}

// A key that nobody knows is kept, as dbt keeps it; one that is nearly a known one is doubted.
static void unknown_key(const Merge *m, Str name, Value v) {
  const Source *src;
  Span span;
  if (!m->quiet && !dict_gets(m->out, name) && doubted(m->in->kind, name).len) {
    place(m, name, &src, &span);
    config_doubt_name(m->diags, src, span, m->in->kind, name);
  }
  dict_sets(m->a, m->out, name, val_copy(m->a, v, false));
}

static void merge_known(Merge *m, const ConfigKey *k, Str name, Value v) {
  const Source *src;
  Span span;
  if (k->types == TYPE_INT)
    v = check_coerce(m->a, v, k->types); // limit: "5", as dbt
  if (!m->quiet) {
    place(m, name, &src, &span);
    const YamlEntry *e = k->values || m->in->call_yaml ? entry_of(m, name) : NULL;
    if (e && e->value->kind == YAML_SCALAR && e->value->span.len)
      span = e->value->span; // the word itself is wrong
    if (!config_check_value(m->diags, src, span, k, m->in->project->target, v)) {
      m->ok = false;
      return;
    }
  }
  const Value *into = dict_gets(m->out, str_c(k->name));
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

enum { ORDERED_MOST = 16 };

// Position among the keys that the target's adapter declares, or ORDERED_MOST.
static size_t adapter_rank(const Merge *m, Str name) {
  const Target *t = m->in->project->target;
  const char *const *order = t && t->dialect ? t->dialect->config->order : NULL;
  for (size_t i = 0; order && order[i]; i++)
    if (str_eq(str_c(order[i]), name))
      return i;
  return ORDERED_MOST;
}

typedef struct Item {
  Str name; // without +
  Value value;
  const ConfigKey *key;
  size_t rank; // 0: standard; then the adapter's; then the rest
} Item;

static void merge_items(Merge *m, Item *items, size_t n) {
  for (size_t rank = 0; rank <= ORDERED_MOST + 1; rank++) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
      left += items[i].rank > rank;
      if (items[i].rank != rank)
        continue;
      if (items[i].key)
        merge_known(m, items[i].key, items[i].name, items[i].value);
      else
        unknown_key(m, items[i].name, items[i].value);
    }
    if (!left)
      return;
  }
}

// One layer; of a tree (folders among the keys) only the config keys.
static void merge_layer(Merge *m, Value layer, bool tree) {
  if (layer.kind != VAL_DICT || !layer.dict->n)
    return;
  Item *items = arena_array(m->a, Item, layer.dict->n);
  size_t n = 0, at = 0;
  for (DictEntry *e; (e = dict_next(layer.dict, &at));) {
    if (e->key.kind != VAL_STR ||
        (tree && !config_is_key(val_text(e->key), e->value.kind == VAL_DICT)))
      continue;
    Str name = tree ? config_bare(val_text(e->key)) : val_text(e->key);
    const ConfigKey *k = config_key(m->in->kind, name, m->in->project->target);
    size_t rank = k && k->fallback ? 0 : adapter_rank(m, name) + 1;
    items[n++] = (Item){name, e->value, k, rank};
  }
  merge_items(m, items, n);
}

static void merge_tree(Merge *m, Value level) {
  m->quiet = true;
  m->yaml = NULL;
  m->entry = NULL;
  for (size_t i = 0; level.kind == VAL_DICT; i++) {
    merge_layer(m, level, true);
    if (i == m->in->nfqn)
      break;
    level = val_get(level, m->in->fqn[i]);
  }
  m->quiet = false;
}

// --- defaults
static Value word(Str text) {
  if (str_is(text, "null"))
    return val_none();
  if (str_is(text, "true") || str_is(text, "false"))
    return val_bool(str_is(text, "true"));
  return str_is(text, "1") ? val_int(1) : val_str(text);
}

// A dict of words or of such dicts: "{show: true, node_color: null}". The table's own texts only,
// so that a node costs no YAML parser.
static Value flow_dict(Arena *a, Str *text) {
  Value d = val_dict(a);
  *text = str_trim(str_sub(*text, 1, text->len));
  while (text->len && text->ptr[0] != '}') {
    size_t colon = (size_t)str_find(*text, STR(":"), 0);
    Str key = str_sub(*text, 0, colon);
    Value v;
    *text = str_trim(str_sub(*text, colon + 1, text->len));
    if (text->len && text->ptr[0] == '{') {
      v = flow_dict(a, text);
    } else {
      size_t end = 0;
      while (end < text->len && text->ptr[end] != ',' && text->ptr[end] != '}')
        end++;
      v = word(str_sub(*text, 0, end));
      *text = str_sub(*text, end, text->len);
    }
    dict_sets(a, d.dict, key, v);
    if (text->len && text->ptr[0] == ',')
      *text = str_trim(str_sub(*text, 1, text->len));
  }
  *text = str_sub(*text, 1, text->len);
  return d;
}

static Value fallback(Arena *a, const ConfigKey *k) {
  Str text = str_c(k->fallback);
  if (text.ptr[0] == '{')
    return flow_dict(a, &text);
  return text.ptr[0] == '[' ? val_list(a, 0) : word(text);
}

Value *config_defaults(Arena *a, DbtLevel level) {
  Value *all = arena_array(a, Value, CONFIG_KINDS);
  for (size_t kind = 0; kind < CONFIG_KINDS; kind++) {
    all[kind] = val_dict(a);
    for (const ConfigKey *k = config_keys; k->name; k++)
      if (k->fallback && k->kinds & 1u << kind && level >= k->since)
        dict_sets(a, all[kind].dict, str_c(k->name), fallback(a, k));
    val_freeze(all[kind]);
  }
  return all;
}

// --- after the layers
static void set(Merge *m, const char *key, Value v) { dict_sets(m->a, m->out, str_c(key), v); }
static Value get(const Merge *m, const char *key) {
  const Value *v = dict_gets(m->out, str_c(key));
  return v ? *v : val_none();
}

// store_failures and store_failures_as follow from each other.
static void finish_test(Merge *m) {
  Value keep = get(m, "store_failures"), as = get(m, "store_failures_as");
  if (as.kind == VAL_NONE && keep.kind == VAL_BOOL)
    set(m, "store_failures_as", keep.b ? val_lit("table") : val_lit("ephemeral"));
  else if (as.kind == VAL_STR)
    set(m, "store_failures", val_bool(!val_is_str(as, STR("ephemeral"))));
}

// dbt keeps a name that is none without a word, and the column has its own name all the same.
static void doubt_column_name(Merge *m, Str name, Value all) {
  Str known[8];
  size_t n = 0, at = 0;
  for (DictEntry *e; n < 8 && (e = dict_next(all.dict, &at));)
    known[n++] = val_text(e->key);
  const Source *src;
  Span span;
  final_place(m, STR("snapshot_meta_column_names"), &src, &span);
  Diag *d = diag_at(m->diags, SEV_WARNING, CODE_UNKNOWN_KEY, src, span,
                    "snapshots have no column '%.*s' to name", STR_ARG(name));
  diag_nearest(m->diags, d, name, known, n);
}

// Names that a snapshot does not give stay null.
static void finish_snapshot(Merge *m) {
  Value names = get(m, "snapshot_meta_column_names");
  if (names.kind != VAL_DICT)
    return;
  const ConfigKey *k = config_key(CONFIG_SNAPSHOT, STR("snapshot_meta_column_names"), NULL);
  Value all = fallback(m->a, k);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(names.dict, &at));) {
    if (e->key.kind == VAL_STR && !dict_gets(all.dict, val_text(e->key)))
      doubt_column_name(m, val_text(e->key), all);
    dict_set(m->a, all.dict, e->key, e->value);
  }
  set(m, k->name, all);
}

// `key`: where it is shown, if it was written.
__attribute__((format(printf, 4, 5))) static void
snapshot_wrong(Merge *m, const char *key, const char *hint, const char *message, ...) {
  Buf text = {.arena = m->a};
  va_list ap;
  va_start(ap, message);
  buf_addvf(&text, message, ap);
  va_end(ap);
  const Source *src;
  Span span;
  final_place(m, str_c(key), &src, &span);
  Diag *d =
      diag_at(m->diags, SEV_ERROR, CODE_CONFIG_VALUE, src, span, "%.*s", STR_ARG(buf_str(&text)));
  diag_hint(m->diags, d, "%s", hint);
  m->ok = false;
}

// What each strategy has to be told. A strategy of the project's own checks for itself.
static void check_snapshot(Merge *m) {
  Value strategy = get(m, "strategy"), cols = get(m, "check_cols");
  Str name = m->in->nfqn ? m->in->fqn[m->in->nfqn - 1] : STR("");
  if (!val_truth(get(m, "enabled")))
    return;
  if (!val_is_str(get(m, "materialized"), STR("snapshot")))
    snapshot_wrong(m, "materialized", "leave materialized out",
                   "a snapshot is materialized as 'snapshot' and nothing else: '%.*s' as '%.*s'",
                   STR_ARG(name), STR_ARG(val_to_str(m->a, get(m, "materialized"))));
  if (!val_truth(strategy) || !val_truth(get(m, "unique_key"))) {
    snapshot_wrong(
        m, "unique_key", "for example: strategy: timestamp, unique_key: id, updated_at: updated_at",
        "Snapshots must be configured with a 'strategy' and 'unique_key': '%.*s' lacks one",
        STR_ARG(name));
  } else if (val_is_str(strategy, STR("check"))) {
    if (!val_truth(cols))
      snapshot_wrong(m, "strategy", "check_cols: all, or a list of columns",
                     "A snapshot configured with the check strategy must specify a check_cols "
                     "configuration: '%.*s' has none",
                     STR_ARG(name));
    else if (cols.kind == VAL_STR && !val_is_str(cols, STR("all")))
      snapshot_wrong(m, "check_cols", "one column is a list too: check_cols: [name]",
                     "Invalid value for 'check_cols': '%.*s' is neither 'all' nor a list",
                     STR_ARG(val_text(cols)));
  } else if (val_is_str(strategy, STR("timestamp"))) {
    if (!val_truth(get(m, "updated_at")))
      snapshot_wrong(m, "strategy", "updated_at: the column that says when a row changed",
                     "A snapshot configured with the timestamp strategy must specify an updated_at "
                     "configuration: '%.*s' has none",
                     STR_ARG(name));
    else if (val_truth(cols))
      snapshot_wrong(m, "check_cols", "leave check_cols out, or set strategy: check",
                     "A 'timestamp' snapshot should not have 'check_cols': '%.*s' has",
                     STR_ARG(name));
  }
}

// Whether a contract is enforced is true or false: text would be taken for true.
static void check_contract(Merge *m) {
  static const char *const keys[] = {"enforced", "alias_types"};
  for (size_t i = 0; i < 2; i++) {
    Value v = val_get(get(m, "contract"), str_c(keys[i]));
    if (val_is_absent(v) || v.kind == VAL_BOOL)
      continue;
    const Source *src;
    Span span;
    final_place(m, STR("contract"), &src, &span);
    diag_at(m->diags, SEV_ERROR, CODE_WRONG_TYPE, src, span,
            "`%s:` of a contract is true or false, not '%.*s'", keys[i],
            STR_ARG(val_to_str(m->a, v)));
    m->ok = false;
  }
}

static void finish_model(Merge *m) {
  Value on_change = get(m, "on_schema_change");
  bool enforced = val_truth(val_get(get(m, "contract"), STR("enforced")));
  if (!enforced || !val_is_str(get(m, "materialized"), STR("incremental")) ||
      m->in->kind != CONFIG_MODEL || val_is_str(on_change, STR("append_new_columns")) ||
      val_is_str(on_change, STR("fail")))
    return;
  const Source *src;
  Span span;
  in_properties(m);
  place(m,
        on_change.kind == VAL_STR && !val_is_str(on_change, STR("ignore")) ? STR("on_schema_change")
                                                                           : STR("contract"),
        &src, &span);
  Diag *d =
      diag_at(m->diags, SEV_ERROR, CODE_CONFLICTING_KEYS, src, span,
              "an incremental model with an enforced contract cannot have on_schema_change '%.*s'",
              on_change.kind == VAL_STR ? (int)on_change.len : 0,
              on_change.kind == VAL_STR ? on_change.s : "");
  diag_hint(m->diags, d, "set it to append_new_columns or fail");
  m->ok = false;
}

// A seed is loaded before all else, so its hooks cannot wait for a node.
static void check_seed_hooks(Merge *m) {
  static const char *const keys[] = {"pre-hook", "post-hook"};
  for (size_t k = 0; k < 2; k++) {
    Value hooks = get(m, keys[k]);
    for (size_t i = 0; val_is_seq(hooks) && i < hooks.list->n; i++) {
      Value sql = hooks.list->items[i];
      if (sql.kind == VAL_DICT)
        sql = val_get(sql, STR("sql"));
      if (sql.kind != VAL_STR || str_find(val_text(sql), STR("{{"), 0) < 0 ||
          (str_find(val_text(sql), STR("ref("), 0) < 0 &&
           str_find(val_text(sql), STR("source("), 0) < 0))
        continue;
      Diag *d = diag_at(m->diags, SEV_ERROR, CODE_SEED_DEPENDENCY, m->in->src, m->in->span,
                        "Seeds cannot depend on other nodes: the %s of '%.*s' reads one", keys[k],
                        STR_ARG(m->in->nfqn ? m->in->fqn[m->in->nfqn - 1] : STR("")));
      diag_hint(m->diags, d, "put the statement into a hook of a model, or into on-run-end");
      m->ok = false;
      return;
    }
  }
}

static void note_layer(Arena *a, Dict *into, Value layer) {
  size_t at = 0;
  for (DictEntry *e; layer.kind == VAL_DICT && (e = dict_next(layer.dict, &at));)
    dict_set(a, into, e->key, e->value);
}

// What of `freshness: {build_after: ...}` is not said stands there too, as dbt has it.
static void finish_freshness(Merge *m) {
  static const char *const keys[] = {"count", "period", "updates_on"};
  Value had = get(m, "freshness"), after = val_get(had, STR("build_after"));
  if (after.kind != VAL_DICT)
    return;
  Value whole = val_dict(m->a), out = val_copy(m->a, had, false);
  for (size_t i = 0; i < 3; i++) {
    Value v = val_get(after, str_c(keys[i]));
    Value otherwise = i == 2 ? val_lit("any") : val_none();
    dict_sets(m->a, whole.dict, str_c(keys[i]), v.kind == VAL_UNDEF ? otherwise : v);
  }
  note_layer(m->a, whole.dict, after);
  dict_sets(m->a, out.dict, STR("build_after"), whole);
  set(m, "freshness", out);
}

static void finish(Merge *m) {
  Value analysis = get(m, "static_analysis");
  if (analysis.kind == VAL_BOOL)
    set(m, "static_analysis", analysis.b ? val_lit("on") : val_lit("off"));
  if (m->in->kind == CONFIG_TEST)
    finish_test(m);
  else if (m->in->kind == CONFIG_SNAPSHOT)
    finish_snapshot(m);
  if (m->in->kind == CONFIG_SEED)
    check_seed_hooks(m);
  if (m->in->kind == CONFIG_MODEL)
    finish_freshness(m);
  if (m->in->kind == CONFIG_SNAPSHOT && m->ok)
    check_snapshot(m);
  check_contract(m);
  if (val_truth(val_get(get(m, "contract"), STR("enforced"))))
    finish_model(m);
}

// --- unrendered_config: every layer, the later one winning
bool config_is_as_written(const Project *p) {
  return project_flag(p, "state_modified_compare_more_unrendered_values");
}

// The arguments of config() as they are written, where that is known; else what they are. What a
// generic test has beside its entry stays.
static void note_call(const ConfigInput *in, Arena *a, Dict *into) {
  bool written = in->call_unrendered.kind == VAL_DICT && in->call_unrendered.dict->n &&
                 config_is_as_written(in->project);
  if (!written || in->kind == CONFIG_TEST)
    note_layer(a, into, in->call);
  if (written)
    note_layer(a, into, in->call_unrendered);
}

static void note_tree(const ConfigInput *in, Arena *a, Dict *into, const Yaml *level) {
  for (size_t i = 0; level && level->kind == YAML_DICT; i++) {
    for (size_t k = 0; k < level->n; k++) {
      const YamlEntry *e = &level->entries[k];
      if (config_is_key(e->key->text, e->value->kind == YAML_DICT))
        dict_sets(a, into, config_bare(e->key->text), yaml_value(a, e->value));
    }
    if (i == in->nfqn)
      break;
    level = yaml_get(level, in->fqn[i]);
  }
}

// As dbt reads them: the sections whose older name has a dash count only under the newer one.
static const Yaml *unrendered_tree(const Package *p, ConfigKind kind) {
  bool dashed = kind == CONFIG_SEMANTIC_MODEL || kind == CONFIG_SAVED_QUERY;
  return dashed ? yaml_get(p->yaml, sections[kind].other) : config_yaml_of(p, kind);
}

bool config_merge(Arena *a, const ConfigInput *in, Value *config, Value *unrendered, Diags *diags) {
  const Package *root = in->project->packages[0];
  *config = val_dict(a);
  dict_start(a, config->dict, in->project->config_defaults[in->kind].dict);
  *unrendered = val_dict(a);
  Merge m = {.a = a, .in = in, .out = config->dict, .diags = diags, .ok = true};
  merge_tree(&m, config_tree_of(in->package, in->kind));
  in_properties(&m);
  merge_layer(&m, in->properties, false);
  m.yaml = NULL;
  m.entry = test_entry(in->call_yaml);
  merge_layer(&m, in->call, false);
  m.entry = NULL;
  m.yaml = NULL;
  if (in->package != root)
    merge_tree(&m, config_tree_of(root, in->kind));
  finish(&m);
  note_tree(in, a, unrendered->dict, unrendered_tree(in->package, in->kind));
  note_layer(a, unrendered->dict, in->properties_unrendered);
  note_call(in, a, unrendered->dict);
  if (in->package != root)
    note_tree(in, a, unrendered->dict, unrendered_tree(root, in->kind));
  return m.ok;
}

Value config_tree(Arena *a, const Project *p, const Package *package, ConfigKind kind,
                  const Str *fqn, size_t nfqn) {
  ConfigInput in = {.project = p, .package = package, .kind = kind, .fqn = fqn, .nfqn = nfqn};
  Value out = val_dict(a);
  Diags ignored = {0}; // nothing is recorded for trees: they were looked over when read
  Merge m = {.a = a, .in = &in, .out = out.dict, .diags = &ignored, .ok = true};
  merge_tree(&m, config_tree_of(package, kind));
  if (package != p->packages[0])
    merge_tree(&m, config_tree_of(p->packages[0], kind));
  diags_free(&ignored);
  return out;
}

// The first call is kept as it is; a second one adds to lists and dicts as their keys say.
// Grants of a later call over those of an earlier one. The "+" stays: it is for the layers below
// too.
static Value grants_of_calls(Arena *a, Value had, Value v) {
  Value out = val_copy(a, had, false);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));) {
    Value more = as_list(a, e->value), *old = dict_get(out.dict, e->key);
    bool adds = e->key.kind == VAL_STR && str_starts(val_text(e->key), STR("+"));
    if (old && adds) {
      Value all = as_list(a, *old);
      for (size_t i = 0; i < more.list->n; i++)
        list_push(a, all.list, more.list->items[i]);
      more = all;
    }
    dict_set(a, out.dict, e->key, more);
  }
  return out;
}

void config_call_merge(Arena *a, Value *into, Value call) {
  if (into->kind != VAL_DICT)
    *into = val_dict(a);
  bool first = !into->dict->n;
  size_t at = 0;
  for (DictEntry *e; call.kind == VAL_DICT && (e = dict_next(call.dict, &at));) {
    const ConfigKey *k =
        e->key.kind == VAL_STR ? config_key(CONFIG_MODEL, val_text(e->key), NULL) : NULL;
    Value key = k ? val_str(str_c(k->name)) : e->key;
    Value *had = dict_get(into->dict, key), v = e->value;
    if (k && k->merge == MERGE_APPEND && v.kind != VAL_NONE && !first) {
      Value joined = had ? as_list(a, *had) : val_list(a, 0), more = as_list(a, v);
      for (size_t i = 0; i < more.list->n; i++)
        list_push(a, joined.list, more.list->items[i]);
      v = joined;
    } else if (k && had && k->merge == MERGE_UPDATE && had->kind == VAL_DICT &&
               v.kind == VAL_DICT) {
      Value joined = val_copy(a, *had, false);
      note_layer(a, joined.dict, v);
      v = joined;
    } else if (k && had && k->merge == MERGE_GRANTS && had->kind == VAL_DICT &&
               v.kind == VAL_DICT) {
      v = grants_of_calls(a, *had, v);
    }
    dict_set(a, into->dict, key, v);
  }
}
