// In: the documents in the folders of `osi-paths`, in the form of the Open Semantic Interchange,
// and the models' relations. Out: a semantic model for each dataset, and the metrics
// (osi_metrics.c), as dbt 1.12 reads them: keys are entities, other fields dimensions, those of
// time by day.
#include "osi.h"

#include "osi_expression.h"
#include "osi_read.h"
#include "osi_types.h"

#include "../base/utf8.h"

Both osi_sql_of(Both element) {
  Both list = both_get(both_get(element, "expression"), "dialects"), one;
  for (size_t i = 0; !both_absent(one = both_item(list, i)); i++)
    if (val_is_str(both_get(one, "dialect").value, STR("ANSI_SQL")))
      return both_get(one, "expression");
  one = both_get(both_item(list, 0), "expression");
  return both_absent(one) ? (Both){val_lit(""), list.yaml} : one;
}

// --- the model that builds a dataset's table

enum { PARTS = 3 }; // database.schema.table

// The parts of a relation, each with or without quotes; a dot of the last one belongs to it.
static size_t parts_of(Str source, Str out[PARTS]) {
  size_t from = 0, n = 0;
  bool quoted = false;
  for (size_t i = 0; i < source.len && n + 1 < PARTS; i++) {
    quoted ^= source.ptr[i] == '"' || source.ptr[i] == '`';
    if (source.ptr[i] != '.' || quoted)
      continue;
    out[n++] = osi_unquoted(str_sub(source, from, i));
    from = i + 1;
  }
  out[n++] = osi_unquoted(str_sub(source, from, source.len));
  return n;
}

static Str table_key(Arena *a, const Str *parts, size_t n) {
  Buf key = {.arena = a};
  for (size_t i = 0; i < n; i++)
    buf_addf(&key, "%s%.*s", i ? "." : "", STR_ARG(utf8_lower(a, parts[i])));
  return buf_str(&key);
}

// Models by their relation, with the database and without it.
static Map model_tables(Load *l) {
  Map all = {0};
  for (size_t i = 0; i < l->work.n; i++) {
    Node *n = l->work.items[i].node;
    if (n->kind != NODE_MODEL || !n->enabled)
      continue;
    const Str parts[PARTS] = {n->database, n->schema, n->alias};
    if (n->database.len)
      map_put(l->a, &all, table_key(l->a, parts, PARTS), n);
    map_put(l->a, &all, table_key(l->a, parts + 1, PARTS - 1), n);
  }
  return all;
}

static const Node *model_of(Load *l, const Map *tables, Both dataset) {
  Str parts[PARTS], source = val_text(both_get(dataset, "source").value);
  size_t n = parts_of(source, parts);
  const Node *model = map_get(tables, table_key(l->a, parts, n));
  if (model)
    return model;
  const Yaml *at = both_get(dataset, "source").yaml;
  Diag *d = diag_at(l->diags, SEV_ERROR, CODE_SEMANTIC_MODEL, at->src, at->span,
                    "no model builds the table of the dataset '%.*s': %.*s",
                    STR_ARG(val_text(both_get(dataset, "name").value)), STR_ARG(source));
  Str *names = arena_array(l->a, Str, l->work.n + 1);
  size_t nnames = 0;
  for (size_t i = 0; str_may_search(l->work.n) && i < l->work.n; i++)
    if (l->work.items[i].node->kind == NODE_MODEL && l->work.items[i].node->enabled)
      names[nnames++] = l->work.items[i].node->relation_name;
  if (!diag_nearest(l->diags, d, source, names, nnames))
    diag_hint(l->diags, d,
              "a dataset is the relation of a model: \"schema.table\" or "
              "\"database.schema.table\"");
  return NULL;
}

// --- datasets

// What the columns of each dataset are: "primary", "unique", "foreign"; and its fields.
typedef struct Keys {
  Map kinds, fields; // by column_key
} Keys;

static Str column_key(Arena *a, Both dataset, Value column) {
  return str_fmt(a, "%.*s\n%.*s", STR_ARG(val_text(dataset.value)), STR_ARG(val_text(column)));
}

static void add_columns(Load *l, Keys *keys, Both dataset, Both columns, const char *kind) {
  Both one;
  for (size_t i = 0; !both_absent(one = both_item(columns, i)); i++)
    map_put(l->a, &keys->kinds, column_key(l->a, dataset, one.value), (void *)(uintptr_t)kind);
}

static Keys keys_of(Load *l, const OsiModel *m) {
  Keys out = {0};
  Both list = both_get(m->whole, "relationships"), one, some;
  for (size_t i = 0; !both_absent(one = both_item(list, i)); i++)
    add_columns(l, &out, both_get(one, "from"), both_get(one, "from_columns"), "foreign");
  for (size_t i = 0; !both_absent(one = both_item(m->datasets, i)); i++) {
    Both name = both_get(one, "name"), unique = both_get(one, "unique_keys");
    for (size_t k = 0; !both_absent(some = both_item(unique, k)); k++)
      add_columns(l, &out, name, some, "unique");
    add_columns(l, &out, name, both_get(one, "primary_key"), "primary");
    for (size_t k = 0; !both_absent(some = both_item(both_get(one, "fields"), k)); k++)
      map_add(l->a, &out.fields, column_key(l->a, name, both_get(some, "name").value));
  }
  return out;
}

// A key names a field, or the column of one.
static const char *key_kind(Load *l, const Keys *keys, Both dataset, Both field) {
  Str by_name = column_key(l->a, dataset, both_get(field, "name").value);
  Str by_column = column_key(l->a, dataset, osi_sql_of(field).value);
  const char *kind = map_get(&keys->kinds, by_name);
  return kind || map_get(&keys->fields, by_column) ? kind : map_get(&keys->kinds, by_column);
}

static Both dimension_of(Load *l, Both field, Both made) {
  Value type = both_get(field, "datatype").value;
  Both time = both_get(both_get(field, "dimension"), "is_time"), near = both_get(field, "name");
  bool is_time = val_is(time.value, VAL_BOOL) && time.value.b;
  both_put(l, made, "type", both_text(l, str_c(is_time ? "time" : "categorical"), near.yaml));
  if (is_time) {
    Both params = both_dict(l, time.yaml);
    both_put(l, params, "time_granularity", both_text(l, STR("day"), time.yaml));
    both_put(l, made, "type_params", params);
  }
  for (size_t i = 0; i < OSI_DATATYPES; i++)
    if (val_is_str(type, str_c(osi_datatypes[i].osi)))
      both_put_value(l, made, "datatype", val_str(str_c(osi_datatypes[i].dbt)));
  return made;
}

static void add_field(Load *l, const char *key, Both field, Both entities, Both dimensions) {
  Both made = both_dict(l, field.yaml), name = both_get(field, "name"), sql = osi_sql_of(field);
  both_take(l, made, field, "name label description");
  if (!val_eq(name.value, sql.value))
    both_put(l, made, "expr", sql);
  if (key)
    both_put(l, made, "type", both_text(l, str_c(key), name.yaml));
  both_push(l, key ? entities : dimensions, key ? made : dimension_of(l, field, made));
}

static void add_dataset(const OsiModel *m, const Keys *keys, Both dataset, const Node *model) {
  Load *l = m->l;
  Both made = both_dict(l, dataset.yaml), name = both_get(dataset, "name"), one;
  Both entities = both_list(l, name.yaml), dimensions = both_list(l, name.yaml);
  for (size_t i = 0; !both_absent(one = both_item(both_get(dataset, "fields"), i)); i++)
    add_field(l, key_kind(l, keys, name, one), one, entities, dimensions);
  both_take(l, made, dataset, "name description");
  both_put(l, made, "model",
           both_text(l, str_fmt(l->a, "ref('%.*s')", STR_ARG(model->name)),
                     both_get(dataset, "source").yaml));
  both_put(l, made, "entities", entities);
  both_put(l, made, "dimensions", dimensions);
  Prop *prop = arena_new(l->a, Prop);
  both_prop(l, PROP_SEMANTIC_MODEL, m->file->source, made, both_nothing, prop);
  semantic_add_model(l, m->file, prop);
}

static void add_model(Load *l, const File *f, const Map *tables, Both whole) {
  OsiModel m = {.l = l, .file = f, .whole = whole, .datasets = both_get(whole, "datasets")};
  Keys keys = keys_of(l, &m);
  Both one;
  for (size_t i = 0; !both_absent(one = both_item(m.datasets, i)); i++) {
    const Node *model = model_of(l, tables, one);
    if (model)
      add_dataset(&m, &keys, one, model);
  }
  osi_add_metrics(&m);
}

// --- documents

static bool check_version(Load *l, Both document) {
  static const char versions[] = "0.1.0 0.1.1";
  Both version = both_get(document, "version");
  if (both_absent(version) || str_among(val_text(version.value), versions))
    return true;
  Diag *d = diag_at(l->diags, SEV_ERROR, CODE_UNSUPPORTED, version.yaml->src, version.yaml->span,
                    "version '%.*s' of OSI is not read", STR_ARG(val_text(version.value)));
  diag_hint(l->diags, d, "one of %s", versions);
  return false;
}

// JSON is read as YAML, which it is: that gives the places.
static void read_document(Load *l, const File *f, const Map *tables) {
  Yaml *y = yaml_load(l->a, f->source, l->diags);
  if (!y)
    return;
  Both document = {yaml_value(l->a, y), y}, one;
  if (!osi_check(l, document) || !check_version(l, document))
    return;
  for (size_t i = 0; !both_absent(one = both_item(both_get(document, "semantic_model"), i)); i++)
    add_model(l, f, tables, one);
}

void load_osi(Load *l) {
  Map tables = {0};
  for (size_t i = 0; i < l->files.n; i++) {
    const File *f = &l->files.items[i];
    if (f->kind != FILE_OSI || !f->ok)
      continue;
    if (!tables.n)
      tables = model_tables(l);
    read_document(l, f, &tables);
  }
}

bool load_is_from_osi(const Load *l, const Node *n) {
  const File *f = ptr_map_get(&l->file_of, n->patch_source);
  return f && f->kind == FILE_OSI;
}
