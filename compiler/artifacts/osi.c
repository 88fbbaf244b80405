// In: a linked graph. Out: osi_document.json, semantic models in the form of the Open Semantic
// Interchange that dbt 1.12 writes beside semantic_manifest.json: tables with their keys and
// fields, how they are joined, metrics as SQL. What has no place in it is left out: conversion
// metrics, private ones, natural entities, the window of cumulative metrics.
#include "osi.h"

#include "osi_parts.h"

#include "../base/utf8.h"
#include "../base/vec.h"
#include "../graph/manifest_node.h"
#include "../load/osi_types.h"
#include "artifact.h"

static void set(Arena *a, Value d, const char *key, Value v) {
  if (!val_is_absent(v))
    dict_sets(a, d.dict, str_c(key), v);
}

// Names of semantic models and what is in them are in lower case, as in MetricFlow.
static Str name_of(const Osi *o, Value v) {
  return utf8_lower(o->a, val_to_str(o->a, val_get(v, STR("name"))));
}

// {"dialects": [{"dialect": "ANSI_SQL", "expression": ...}]}
static Value expression(Arena *a, Str sql) {
  Value one = val_dict(a), list = val_list(a, 1), out = val_dict(a);
  set(a, one, "dialect", val_lit("ANSI_SQL"));
  set(a, one, "expression", val_str(sql));
  list_push(a, list.list, one);
  set(a, out, "dialects", list);
  return out;
}

static Value datatype(Value v) {
  for (size_t i = 0; i < OSI_DATATYPES; i++)
    if (val_is_str(v, str_c(osi_datatypes[i].dbt)))
      return val_str(str_c(osi_datatypes[i].osi));
  return val_none();
}

// --- datasets

// The column of an entity, dimension or measure: its expression, else its name.
static Str column_of(const Osi *o, Value v) {
  Value expr = val_get(v, STR("expr"));
  return val_is_absent(expr) ? name_of(o, v) : val_to_str(o->a, expr);
}

static Value field(const Osi *o, Value v, Str sql) {
  Value out = val_dict(o->a), type = val_get(v, STR("type"));
  set(o->a, out, "name", val_str(name_of(o, v)));
  set(o->a, out, "expression", expression(o->a, sql));
  if (val_is_str(type, STR("time")) || val_is_str(type, STR("categorical"))) {
    Value dimension = val_dict(o->a);
    set(o->a, dimension, "is_time", val_bool(val_is_str(type, STR("time"))));
    set(o->a, out, "dimension", dimension);
    set(o->a, out, "datatype", datatype(val_get(v, STR("datatype"))));
  }
  set(o->a, out, "label", val_get(v, STR("label")));
  set(o->a, out, "description", val_get(v, STR("description")));
  return out;
}

static void add_fields(const Osi *o, Value model, const char *key, Value out) {
  Value list = val_get(model, str_c(key));
  for (size_t i = 0; i < val_count(list); i++)
    list_push(o->a, out.list, field(o, list.list->items[i], column_of(o, list.list->items[i])));
}

static void add_measures(Osi *o, Value model, Value out) {
  Value list = val_get(model, STR("measures"));
  for (size_t i = 0; i < val_count(list); i++) {
    Value v = list.list->items[i];
    Aggregation *g = arena_new(o->a, Aggregation);
    *g = osi_aggregation(o->a, v, name_of(o, v), name_of(o, model));
    map_put(o->a, &o->measures, val_to_str(o->a, val_get(v, STR("name"))), g);
    list_push(o->a, out.list, field(o, v, g->expr));
  }
}

// The columns of entities of a kind, each a key of one column.
static Value keys(const Osi *o, Value entities, const char *type) {
  Value out = val_list(o->a, 1);
  for (size_t i = 0; i < val_count(entities); i++) {
    Value v = entities.list->items[i];
    if (!val_is_str(val_get(v, STR("type")), str_c(type)))
      continue;
    Value key = val_list(o->a, 1);
    list_push(o->a, key.list, val_str(column_of(o, v)));
    list_push(o->a, out.list, key);
  }
  return out;
}

static Value dataset(Osi *o, Value model) {
  Value out = val_dict(o->a), fields = val_list(o->a, 8);
  Value entities = val_get(model, STR("entities"));
  Value primary = keys(o, entities, "primary"), unique = keys(o, entities, "unique");
  add_fields(o, model, "entities", fields);
  add_fields(o, model, "dimensions", fields);
  add_measures(o, model, fields);
  set(o->a, out, "name", val_str(name_of(o, model)));
  set(o->a, out, "source", val_get(val_get(model, STR("node_relation")), STR("relation_name")));
  if (val_count(primary))
    set(o->a, out, "primary_key", primary.list->items[val_count(primary) - 1]);
  if (val_count(unique))
    set(o->a, out, "unique_keys", unique);
  set(o->a, out, "description", val_get(model, STR("description")));
  if (val_count(fields))
    set(o->a, out, "fields", fields);
  return out;
}

// --- relationships

// An entity of a dataset: tables with one of the same name can be joined by it.
typedef struct Joined {
  Str dataset, column;
  bool one; // primary or unique: the side with one row
} Joined;
typedef struct Entity {
  Str name;
  VEC(Joined) in;
} Entity;
typedef VEC(Entity *) Entities;

static void add_entities(const Osi *o, Value model, Map *by_name, Entities *all) {
  Value list = val_get(model, STR("entities"));
  for (size_t i = 0; i < val_count(list); i++) {
    Value v = list.list->items[i], type = val_get(v, STR("type"));
    Str name = name_of(o, v);
    if (val_is_str(type, STR("natural")))
      continue;
    Entity *e = map_get(by_name, name);
    if (!e) {
      e = arena_new(o->a, Entity);
      e->name = name;
      map_put(o->a, by_name, name, e);
      vec_push(o->a, all, e);
    }
    vec_push(o->a, &e->in,
             ((Joined){name_of(o, model), column_of(o, v),
                       val_is_str(type, STR("primary")) || val_is_str(type, STR("unique"))}));
  }
}

// From the side with many rows to that with one; in order of names where both are alike.
static Value relationship(const Osi *o, Str entity, const Joined *x, const Joined *y) {
  bool turned = x->one != y->one ? x->one : str_cmp(x->dataset, y->dataset) > 0;
  const Joined *from = turned ? y : x, *to = turned ? x : y;
  Value out = val_dict(o->a), from_columns = val_list(o->a, 1), to_columns = val_list(o->a, 1);
  list_push(o->a, from_columns.list, val_str(from->column));
  list_push(o->a, to_columns.list, val_str(to->column));
  set(o->a, out, "name",
      val_str(str_fmt(o->a, "%.*s__%.*s__%.*s", STR_ARG(from->dataset), STR_ARG(to->dataset),
                      STR_ARG(entity))));
  set(o->a, out, "from", val_str(from->dataset));
  set(o->a, out, "to", val_str(to->dataset));
  set(o->a, out, "from_columns", from_columns);
  set(o->a, out, "to_columns", to_columns);
  return out;
}

static Value relationships(const Osi *o, const Entities *all) {
  Value out = val_list(o->a, 4);
  for (size_t i = 0; i < all->n; i++) {
    const Entity *e = all->items[i];
    for (size_t x = 0; x < e->in.n; x++)
      for (size_t y = x + 1; y < e->in.n; y++)
        if (!str_eq(e->in.items[x].dataset, e->in.items[y].dataset))
          list_push(o->a, out.list, relationship(o, e->name, &e->in.items[x], &e->in.items[y]));
  }
  return out;
}

// --- metrics

static void index_metrics(Osi *o) {
  for (size_t i = 0; i < o->g->nnodes; i++) {
    if (o->g->nodes[i]->kind != NODE_METRIC)
      continue;
    OsiMetric *m = arena_new(o->a, OsiMetric);
    *m = (OsiMetric){o->g->nodes[i], node_value(o->a, o->g, o->g->nodes[i])};
    map_put(o->a, &o->metrics, m->node->name, m);
  }
}

static Value metrics(Osi *o) {
  Value out = val_list(o->a, 4);
  for (size_t i = 0; i < o->g->nnodes; i++) {
    const Node *n = o->g->nodes[i];
    const OsiMetric *m = n->kind == NODE_METRIC ? map_get(&o->metrics, n->name) : NULL;
    Value hidden =
        m ? val_get(val_get(m->dict, STR("type_params")), STR("is_private")) : val_none();
    Str sql;
    if (!m || val_is_str(val_get(m->dict, STR("type")), STR("conversion")) ||
        (hidden.kind == VAL_BOOL && hidden.b) || !osi_metric_sql(o, m, &sql))
      continue;
    Value one = val_dict(o->a);
    set(o->a, one, "name", val_str(n->name));
    set(o->a, one, "expression", expression(o->a, sql));
    set(o->a, one, "datatype", datatype(val_get(m->dict, STR("datatype"))));
    set(o->a, one, "description", val_get(m->dict, STR("description")));
    list_push(o->a, out.list, one);
  }
  return out;
}

// --- the document

static Value document(Osi *o) {
  Value out = val_dict(o->a), known = val_list(o->a, 1), models = val_list(o->a, 1);
  Value model = val_dict(o->a), datasets = val_list(o->a, 4);
  Map by_name = {0};
  Entities entities = {0};
  for (size_t i = 0; i < o->g->nnodes; i++) {
    if (o->g->nodes[i]->kind != NODE_SEMANTIC_MODEL)
      continue;
    Value v = node_value(o->a, o->g, o->g->nodes[i]);
    list_push(o->a, datasets.list, dataset(o, v));
    add_entities(o, v, &by_name, &entities);
  }
  index_metrics(o);
  Value joins = relationships(o, &entities), all = metrics(o);
  list_push(o->a, known.list, val_lit("ANSI_SQL"));
  set(o->a, model, "name", val_lit("semantic_model"));
  set(o->a, model, "datasets", datasets);
  if (val_count(joins))
    set(o->a, model, "relationships", joins);
  if (val_count(all))
    set(o->a, model, "metrics", all);
  list_push(o->a, models.list, model);
  set(o->a, out, "version", val_lit("0.1.1"));
  set(o->a, out, "dialects", known);
  set(o->a, out, "semantic_model", models);
  return out;
}

bool osi_document_write(const Graph *g, Str path, Diags *diags) {
  Arena arena = {0};
  Osi o = {.a = &arena, .g = g, .diags = diags};
  size_t errors = diags->errors;
  Value all = document(&o);
  Artifact file;
  bool good = diags->errors == errors && artifact_open(&file, path, diags);
  size_t at = 0;
  for (DictEntry *e; good && (e = dict_next(all.dict, &at));) {
    json_key(&file.json, val_text(e->key));
    json_value(&file.json, e->value);
  }
  good = good && artifact_close(&file, false, diags);
  arena_free(&arena);
  return good;
}
