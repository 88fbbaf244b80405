// In: `loads:` of schema files. Out: a node for each table, with its config and the name of its
// relation, and its edges to the sources that it fills. Leaves the connection that `from:` names to
// who runs the load: it may need variables that no other command has.
#include "loads.h"

#include "../base/address.h"
#include "../context/relation.h"
#include "../graph/load_node.h"
#include "../project/check.h"
#include "load_tables.h"
#include "models.h"
#include "node_fields.h"

// A load as it stands in its file.
typedef struct Entry {
  const File *file;
  const Yaml *yaml;
  const Yaml *table; // of its tables; NULL: the load itself
  Str name;          // of the load
  Span name_span;
} Entry;

static const Str load_keys[] = {STR_INIT("name"),   STR_INIT("description"), STR_INIT("from"),
                                STR_INIT("tables"), STR_INIT("exclude"),     STR_INIT("config")};
static const Str table_keys[] = {STR_INIT("name"), STR_INIT("description"), STR_INIT("config")};

// --- keys

static bool is_config(const Load *load, Str key) {
  const Target *t = load->p->target;
  return config_key(CONFIG_LOAD, key, t) != NULL;
}

// Every config key of loads that this target knows, behind the entry's own, for hints.
static Str *known_keys(Load *load, const Str *own, size_t nown, size_t *n) {
  const Dialect *d = load->shared->dialect;
  VEC(Str) names = {0};
  for (size_t i = 0; i < nown; i++)
    vec_push(load->a, &names, own[i]);
  for (int k = 0; k < 2; k++)
    for (const ConfigKey *key = k ? d ? d->config->keys : NULL : config_keys; key && key->name;
         key++)
      if (key->kinds & 1u << CONFIG_LOAD)
        vec_push(load->a, &names, str_c(key->name));
  *n = names.n;
  return names.items;
}

static void check_keys(Load *load, const Yaml *y, const Str *own, size_t nown, const char *what) {
  for (size_t i = 0; i < y->n; i++) {
    Str key = y->entries[i].key->text;
    bool known = is_config(load, key);
    for (size_t k = 0; k < nown && !known; k++)
      known = str_eq(own[k], key);
    if (known)
      continue;
    size_t n;
    Str *names = known_keys(load, own, nown, &n);
    check_refuse(load->diags, y->entries[i].key, what, names, n);
  }
}

// Hooks are rendered when they run.
static bool is_hook(Str key) {
  static const char *const hooks[] = {"pre-hook", "post-hook", "pre_hook", "post_hook"};
  for (size_t i = 0; i < COUNT(hooks); i++)
    if (str_eq(key, str_c(hooks[i])))
      return true;
  return false;
}

// The config of an entry: what stands beside its own keys, with `config:` laid over. False: told.
static bool read_config(Load *load, const File *f, const Yaml *y, Value into, Value unrendered) {
  const Globals *g = &load->globals[f->package->index];
  const Yaml *config = yaml_get(y, STR("config"));
  bool good = true;
  if (config && config->kind != YAML_DICT) {
    load_yaml_wrong(load, config, CODE_WRONG_TYPE, "`config:` must be a dict");
    return false;
  }
  for (int layer = 0; layer < 2; layer++) {
    const Yaml *from = layer ? config : y;
    for (size_t i = 0; from && i < from->n; i++) {
      Str key = from->entries[i].key->text;
      Value v;
      if (!layer && !is_config(load, key))
        continue;
      Value written = yaml_value(load->a, from->entries[i].value);
      if (is_hook(key))
        v = written;
      else
        good &=
            globals_render_yaml(load->a, g, from->entries[i].value, NULL, NULL, &v, load->diags);
      if (!good)
        continue;
      dict_sets(load->a, into.dict, key, v);
      dict_sets(load->a, unrendered.dict, key, written);
    }
  }
  return good;
}

// --- names

static void set_names(Load *load, Node *n) {
  const Target *t = load->p->target;
  const Dialect *d = load->shared->dialect;
  Arena *a = load->a;
  Str schema = load_text(n, "schema"), database = load_text(n, "database"),
      alias = load_text(n, "alias"), prefix = load_text(n, "prefix");
  bool dlt = str_is(load_text(n, "naming"), "dlt");
  n->schema = schema.len ? schema : n->load->load;
  n->database = !d || !d->has_databases ? (Str){0}
                : database.len          ? database
                : t                     ? t->database
                                        : (Str){0};
  Str table = alias.len ? alias : n->load->table;
  if (dlt)
    n->alias =
        str_fmt(a, "%.*s___%.*s", STR_ARG(load_dlt_name(a, prefix.len ? prefix : n->load->load)),
                STR_ARG(load_dlt_name(a, table)));
  else
    n->alias = str_cat(a, prefix, table);
  Relation r;
  Str type;
  if (!d || !relation_from_value(relation_of_node(a, load->shared, n), &r, &type))
    return;
  Buf out = {.arena = a};
  d->relation(&out, &r);
  n->relation_name = buf_str(&out);
}

// --- what must be said together

static void check_cursor(Load *load, Node *n) {
  static const Str keys[] = {STR_INIT("column"), STR_INIT("lag"), STR_INIT("start")};
  Value cursor = node_config(n, STR("cursor"));
  const Yaml *at = load_place(n, STR("cursor"), (Str){0});
  if (val_is(cursor, VAL_STR)) { // short for its column
    Value whole = val_dict(load->a);
    dict_sets(load->a, whole.dict, STR("column"), cursor);
    dict_sets(load->a, n->config.dict, STR("cursor"), whole);
    cursor = whole;
  }
  if (!val_is(cursor, VAL_DICT))
    return;
  for (size_t i = 0; at->kind == YAML_DICT && i < at->n; i++) {
    bool known = false;
    for (size_t k = 0; k < COUNT(keys); k++)
      known |= str_eq(keys[k], at->entries[i].key->text);
    if (!known)
      check_refuse(load->diags, at->entries[i].key, "a cursor", keys, COUNT(keys));
  }
  if (!val_is(val_get(cursor, STR("column")), VAL_STR))
    diag_hint(load->diags,
              load_yaml_wrong(load, at, CODE_CONFIG_VALUE, "a cursor needs a `column`"),
              "as in cursor: {column: updated_at}");
  if (str_is(load_text(n, "mode"), "replace"))
    diag_hint(load->diags,
              load_yaml_wrong(
                  load, at, CODE_CONFIG_VALUE,
                  "'%.*s' has a cursor, and its mode is replace: it brings all rows each time",
                  STR_ARG(n->name)),
              "mode: append or mode: merge brings only what is new");
}

static void check_mode(Load *load, Node *n) {
  Value key = node_config(n, STR("key")), batch = node_config(n, STR("batch"));
  if (!val_is_absent(batch) && !val_is(batch, VAL_INT))
    load_yaml_wrong(load, load_place(n, STR("batch"), (Str){0}), CODE_CONFIG_VALUE,
                    "the batch of '%.*s' must be a whole number of rows", STR_ARG(n->name));
  else if (val_is(batch, VAL_INT) && (batch.i < 1 || val_is_absent(node_config(n, STR("cursor")))))
    diag_hint(load->diags,
              load_yaml_wrong(load, load_place(n, STR("batch"), (Str){0}), CODE_CONFIG_VALUE,
                              batch.i < 1
                                  ? "the batches of '%.*s' have no row"
                                  : "'%.*s' comes in batches, and has no cursor that they go by",
                              STR_ARG(n->name)),
              "cursor: {column: id} and batch: 1000000, as rows");
  bool merge = str_is(load_text(n, "mode"), "merge");
  if (val_is(key, VAL_STR)) {
    Value list = val_list(load->a, 1);
    list_push(load->a, list.list, key);
    dict_sets(load->a, n->config.dict, STR("key"), list);
    key = list;
  }
  if (merge && !(val_is_seq(key) && key.list->n))
    diag_hint(load->diags,
              load_yaml_wrong(load, load_place(n, STR("mode"), (Str){0}), CODE_CONFIG_VALUE,
                              "'%.*s' is merged, and nothing says by which key", STR_ARG(n->name)),
              "key: [id] names the columns that tell its rows apart");
  static const char *const merged[] = {"deleted_at", "deletes"};
  for (size_t i = 0; i < COUNT(merged) && !merge; i++) {
    Str said = load_text(n, merged[i]);
    if (said.len && !str_is(said, "ignore"))
      diag_hint(load->diags,
                load_yaml_wrong(load, load_place(n, str_c(merged[i]), (Str){0}), CODE_CONFIG_VALUE,
                                "'%s' is of loads that merge, and the mode of '%.*s' is %.*s",
                                merged[i], STR_ARG(n->name), STR_ARG(load_text(n, "mode"))),
                "mode: merge, with a key");
  }
  if (load_text(n, "query").len && load_text(n, "where").len)
    load_yaml_wrong(load, load_place(n, STR("where"), (Str){0}), CODE_CONFIG_VALUE,
                    "'%.*s' has a query and a `where`: put the condition into the query",
                    STR_ARG(n->name));
}

// A value that is not of its kind would be no mask, and nobody would see it.
static void check_column(Load *load, const Yaml *one, Value of) {
  static const struct {
    Str key;
    unsigned types;
  } keys[] = {
      {STR_INIT("type"),       TYPE_STR },
      {STR_INIT("name"),       TYPE_STR },
      {STR_INIT("expression"), TYPE_STR },
      {STR_INIT("omit"),       TYPE_BOOL}
  };
  Str names[COUNT(keys)];
  for (size_t j = 0; j < COUNT(keys); j++)
    names[j] = keys[j].key;
  for (size_t k = 0; k < one->n; k++) {
    const Yaml *key = one->entries[k].key;
    size_t j = 0;
    while (j < COUNT(keys) && !str_eq(keys[j].key, key->text))
      j++;
    if (j == COUNT(keys))
      check_refuse(load->diags, key, "a column of a load", names, COUNT(names));
    else if (val_is_absent(val_get(of, key->text)))
      load_yaml_wrong(load, one->entries[k].value, CODE_WRONG_TYPE, "'%.*s' says nothing",
                      STR_ARG(key->text));
    else
      check_value(load->diags, one->entries[k].value, val_get(of, key->text), keys[j].types,
                  key->text);
  }
}

// What is said of each column: a text is its type.
static void check_columns(Load *load, Node *n) {
  const Yaml *columns = load_place(n, STR("columns"), (Str){0});
  Value values = node_config(n, STR("columns"));
  for (size_t i = 0; columns->kind == YAML_LIST && i < columns->n; i++)
    if (val_is_seq(values) && i < values.list->n)
      check_value(load->diags, columns->items[i], values.list->items[i], TYPE_STR, STR("a column"));
  for (size_t i = 0; columns->kind == YAML_DICT && i < columns->n; i++) {
    const Yaml *one = columns->entries[i].value;
    Str name = columns->entries[i].key->text;
    Value of = val_get(values, name);
    if (one->kind == YAML_DICT && val_is(of, VAL_DICT))
      check_column(load, one, of);
    else if (!val_is(of, VAL_STR))
      diag_hint(load->diags,
                load_yaml_wrong(load, one, CODE_WRONG_TYPE,
                                "what is said of '%.*s' must be a dict or text", STR_ARG(name)),
                "its type, or {type, name, expression, omit}: {omit: true} leaves it out");
  }
}

// --- nodes

static Node *make_node(Load *load, const Entry *e, Str table) {
  Node *n = load_node_unnamed(load, NODE_LOAD, e->file->package, e->file,
                              str_fmt(load->a, "%.*s.%.*s", STR_ARG(e->name), STR_ARG(table)));
  n->id = str_fmt(load->a, "load.%.*s.%.*s", STR_ARG(n->package->name), STR_ARG(n->name));
  n->path = n->original_path;
  n->fqn = load_fqn(load->a, n->package, e->file->path, e->name, &n->nfqn);
  n->fqn[n->nfqn++] = table;
  n->raw_code = n->checksum = n->checksum_name = (Str){0};
  n->patch = e->table;
  n->patch_source = e->file->source;
  n->load = arena_new(load->a, LoadInfo);
  *n->load = (LoadInfo){.load = e->name,
                        .table = table,
                        .load_yaml = e->yaml,
                        .from = yaml_entry(e->yaml, STR("from"))};
  n->load->quoting = val_dict(load->a);
  return n;
}

static bool first_of_its_name(Load *load, const Node *n, const Yaml *at) {
  const Node *had = map_get(&load->by_id, n->id);
  if (!had)
    return true;
  Diag *d = load_yaml_wrong(load, at, CODE_DUPLICATE_NAME, "there are two loads named '%.*s'",
                            STR_ARG(n->name));
  diag_note(load->diags, d, had->patch_source, had->patch->span, "the other one is here");
  return false;
}

static bool not_of_starc(Load *load, const Node *n, const Yaml *at) {
  if (!str_is(n->alias, "starc_loads"))
    return true;
  diag_hint(
      load->diags,
      load_yaml_wrong(load, at, CODE_CONFIG_VALUE,
                      "'%.*s' would fill starc_loads, the table in which loads are written down",
                      STR_ARG(n->name)),
      "alias: or prefix: gives it another table");
  return false;
}

// Two loads that fill one table would each undo what the other did.
static bool alone_in_its_table(Load *load, const Node *n, const Yaml *at) {
  Str key = str_fmt(&load->taken, "load/%.*s", STR_ARG(n->relation_name));
  const Node *had =
      n->relation_name.len ? map_put(&load->taken, &load->by_id, key, (void *)(uintptr_t)n) : NULL;
  if (!had)
    return true;
  Diag *d = load_yaml_wrong(load, at, CODE_DUPLICATE_RELATION,
                            "two loads fill the table %.*s: '%.*s' and '%.*s'",
                            STR_ARG(n->relation_name), STR_ARG(had->name), STR_ARG(n->name));
  diag_note(load->diags, d, had->patch_source, had->patch->span, "the other one is here");
  diag_hint(load->diags, d, "alias:, prefix: or schema: gives one of them another table");
  return false;
}

static void add_table(Load *load, const Entry *of, const LoadTable *t, Value config,
                      Value unrendered) {
  Entry e = *of;
  const Yaml *table = e.table = t->yaml;
  const Yaml *at = table->kind == YAML_DICT ? yaml_get(table, STR("name")) : table;
  Node *n = make_node(load, &e, t->name);
  n->load->listed = t->listed;
  Value own = val_copy(load->a, config, false),
        own_unrendered = val_copy(load->a, unrendered, false);
  if (table->kind == YAML_DICT) {
    check_keys(load, table, table_keys, COUNT(table_keys), "a table of a load");
    if (!read_config(load, e.file, table, own, own_unrendered))
      return;
    n->description = load_yaml_text(load, e.file, yaml_get(table, STR("description")));
  }
  ConfigInput in = {.project = load->p,
                    .package = n->package,
                    .kind = CONFIG_LOAD,
                    .fqn = n->fqn,
                    .nfqn = n->nfqn,
                    .src = e.file->source,
                    .span = at->span,
                    .properties = own,
                    .properties_unrendered = own_unrendered,
                    .properties_yaml = table->kind == YAML_DICT ? table : NULL};
  in.call = in.call_unrendered = val_undef(NULL);
  if (!config_merge(load->a, &in, &n->config, &n->unrendered_config, load->diags))
    return;
  n->config = val_copy(load->a, n->config, false);
  load_config_fields(load->a, n);
  check_mode(load, n);
  check_cursor(load, n);
  check_columns(load, n);
  set_names(load, n);
  if (n->enabled) {
    if (!not_of_starc(load, n, at) || !first_of_its_name(load, n, at) ||
        !alone_in_its_table(load, n, at))
      return;
    map_put(&load->taken, &load->by_id, n->id, n);
  }
  vec_push(load->a, &load->nodes, n);
}

// What is secret in the text of a load is hidden as soon as it is read: findings show its lines.
static void hide_secrets(const Yaml *y) {
  static const char *const addresses[] = {"path", "files", "name"};
  const Yaml *from = y->kind == YAML_DICT ? yaml_get(y, STR("from")) : NULL;
  const Yaml *secret = from && from->kind == YAML_DICT ? yaml_get(from, STR("secret")) : NULL;
  if (from)
    profile_hide(from, (Str){0});
  if (secret && secret->kind == YAML_SCALAR && secret->text.len > 3 &&
      str_find(secret->text, STR("{{"), 0) < 0)
    secret_add(secret->text);
  const Yaml *tables = y->kind == YAML_DICT ? yaml_get(y, STR("tables")) : NULL;
  for (size_t i = 0; i <= (tables && tables->kind == YAML_LIST ? tables->n : 0); i++) {
    const Yaml *of = i ? tables->items[i - 1] : from;
    for (size_t k = 0; of && of->kind == YAML_DICT && k < COUNT(addresses); k++) {
      const Yaml *at = yaml_get(of, str_c(addresses[k]));
      if (at && at->kind == YAML_SCALAR && str_find(at->text, STR("://"), 0) > 0)
        address_hide(at->text);
    }
  }
}

static bool check_from(Load *load, const Entry *e) {
  const Yaml *from = yaml_get(e->yaml, STR("from"));
  if (from && from->kind == YAML_DICT && from->n)
    return true;
  Diag *d;
  if (from)
    d = load_yaml_wrong(load, from, CODE_WRONG_TYPE, "`from:` must be a dict");
  else
    d = diag_at(load->diags, SEV_ERROR, CODE_MISSING_KEY, e->file->source, e->name_span,
                "the load '%.*s' does not say where from", STR_ARG(e->name));
  diag_hint(load->diags, d,
            "as in from: {type: postgres, host: .., user: .., password: .., dbname: ..}");
  return false;
}

static void add_load(Load *load, const File *f, const Yaml *y) {
  Entry e = {.file = f, .yaml = y};
  hide_secrets(y);
  const Yaml *name = y->kind == YAML_DICT ? yaml_get(y, STR("name")) : NULL;
  e.name = name ? load_yaml_text(load, f, name) : (Str){0};
  if (!e.name.len) {
    diag_hint(load->diags,
              load_yaml_wrong(load, name ? name : y, CODE_MISSING_KEY, "a load needs a name"),
              "as in - name: shop");
    return;
  }
  e.name_span = name->span;
  check_keys(load, y, load_keys, COUNT(load_keys), "a load");
  Value config = val_dict(load->a), unrendered = val_dict(load->a);
  if (!check_from(load, &e) || !read_config(load, f, y, config, unrendered))
    return;
  size_t n;
  LoadTable *tables = load_tables(load, f, y, e.name, e.name_span, &n);
  for (size_t i = 0; i < n; i++)
    add_table(load, &e, &tables[i], config, unrendered);
}

void load_loads(Load *load) {
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    const Yaml *list = f->kind == FILE_YAML ? yaml_get(f->props->yaml, STR("loads")) : NULL;
    if (!list || (list->kind == YAML_SCALAR && list->scalar.kind == VAL_NONE))
      continue;
    if (list->kind != YAML_LIST) {
      if (yaml_get(list, STR("from")))
        profile_hide(yaml_get(list, STR("from")), (Str){0});
      diag_hint(load->diags,
                load_yaml_wrong(load, list, CODE_WRONG_TYPE, "`loads:` must be a list"),
                "each entry starts with '- name:'");
      continue;
    }
    for (size_t k = 0; k < list->n; k++)
      add_load(load, f, list->items[k]);
  }
}

// --- sources

// How loads are found by what a source says: by their relation, by "LOAD.TABLE", by "LOAD".
typedef struct LoadsBy {
  Arena arena;
  Map relation, name, load;
} LoadsBy;

static void find_by(LoadsBy *by, Node *n) {
  map_put(&by->arena, &by->relation, n->relation_name, n);
  map_put(&by->arena, &by->name, n->name, n);
  map_put(&by->arena, &by->load, n->load->load, n);
}

// The load that fills a source; NULL: none does.
static Node *filled_by(LoadsBy *by, const Node *source) {
  Str said = load_text(source, "load");
  Node *n = source->relation_name.len ? map_get(&by->relation, source->relation_name) : NULL;
  if (!said.len || (n && (str_eq(said, n->name) || str_eq(said, n->load->load))))
    return n;
  n = map_get(&by->name, said);
  if (n || !map_get(&by->load, said))
    return n;
  return map_get(&by->name, str_fmt(&by->arena, "%.*s.%.*s", STR_ARG(said), STR_ARG(source->name)));
}

// Whether it may be one of a load whose source was never asked which tables it has.
static bool may_be_listed(const Load *load, Str said) {
  Str name = said;
  str_cut(&said, '.', &name);
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    const Yaml *list = f->kind == FILE_YAML ? yaml_get(f->props->yaml, STR("loads")) : NULL;
    for (size_t k = 0; list && list->kind == YAML_LIST && k < list->n; k++) {
      const Yaml *own = yaml_get(list->items[k], STR("name"));
      if (own && str_eq(own->text, name) && load_tables_may_come(list->items[k]))
        return true;
    }
  }
  return false;
}

static void unknown_load(Load *load, const Node *source) {
  Str said = load_text(source, "load");
  if (may_be_listed(load, said))
    return;
  VEC(Str) names = {0};
  for (size_t i = 0; i < load->g->nnodes; i++)
    if (load->g->nodes[i]->kind == NODE_LOAD)
      vec_push(load->a, &names, load->g->nodes[i]->name);
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_UNKNOWN_LOAD, source->patch_source,
                    load_name_span(source), "no load is named '%.*s' that fills '%.*s'",
                    STR_ARG(said), STR_ARG(source->name));
  diag_nearest(load->diags, d, said, names.items, names.n);
}

void load_link_loads(Load *load) {
  LoadsBy by = {0};
  Graph *g = load->g;
  for (size_t i = 0; i < g->nnodes; i++)
    if (g->nodes[i]->kind == NODE_LOAD)
      find_by(&by, g->nodes[i]);
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *source = g->nodes[i];
    if (source->kind != NODE_SOURCE)
      continue;
    Node *n = filled_by(&by, source);
    if (!n && load_text(source, "load").len)
      unknown_load(load, source);
    if (!n)
      continue;
    source->needs = arena_array(load->a, Node *, 1);
    source->needs[0] = n;
    source->nneeds = 1;
  }
  arena_free(&by.arena);
}
