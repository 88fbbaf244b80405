// In: a linked graph. Out: semantic_manifest.json, what tools that compute metrics read: semantic
// models, metrics, saved queries and the time spines. The parts are those of the manifest, their
// keys in this file's own order.

#include "semantic.h"

#include "../graph/manifest_node.h"
#include "artifact.h"

typedef struct Out {
  Artifact file;
  const Graph *graph;
  bool newer; // with the keys that dbt 1.12 has
} Out;

// `keys` of a dict, each from `v`, none where there is nothing.
static Value picked(Arena *a, Value v, const char *const *keys) {
  Value out = val_dict(a);
  for (; *keys; keys++) {
    Value x = val_get(v, str_c(*keys));
    dict_sets(a, out.dict, str_c(*keys), x.kind == VAL_UNDEF ? val_none() : x);
  }
  return out;
}
#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static Value each(Arena *a, Value list, const char *const *keys) {
  Value out = val_list(a, 4);
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++)
    list_push(a, out.list, picked(a, list.list->items[i], keys));
  return out;
}

static void set(Arena *a, Value d, const char *key, Value v) {
  dict_sets(a, d.dict, str_c(key), v);
}

static Value meta_only(Arena *a, Value node) {
  return picked(a, val_get(node, STR("config")), KEYS("meta"));
}

static Value semantic_model(Arena *a, Value node, bool newer) {
  Value v = picked(a, node,
                   KEYS("name", "defaults", "description", "node_relation", "primary_entity",
                        "entities", "measures", "dimensions", "label", "metadata", "config"));
  set(a, v, "entities",
      each(a, val_get(node, STR("entities")),
           KEYS("name", "description", "type", "role", "expr", "metadata", "label", "config")));
  set(a, v, "measures",
      each(a, val_get(node, STR("measures")),
           KEYS("name", "agg", "description", "create_metric", "expr", "agg_params", "metadata",
                "non_additive_dimension", "agg_time_dimension", "label", "config")));
  set(a, v, "dimensions",
      each(a, val_get(node, STR("dimensions")),
           newer ? KEYS("name", "description", "type", "datatype", "is_partition", "type_params",
                        "expr", "metadata", "label", "config")
                 : KEYS("name", "description", "type", "is_partition", "type_params", "expr",
                        "metadata", "label", "config")));
  set(a, v, "config", meta_only(a, node));
  return v;
}

static Value conversion(Arena *a, Value v, bool newer) {
  return v.kind != VAL_DICT ? v
         : newer
             ? picked(a, v,
                      KEYS("base_measure", "base_metric", "conversion_measure", "conversion_metric",
                           "entity", "calculation", "window", "constant_properties"))
             : v;
}

static Value metric(Arena *a, Value node, bool newer) {
  Value v = picked(a, node,
                   newer ? KEYS("name", "description", "type", "datatype", "type_params", "filter",
                                "metadata", "label", "config", "time_granularity")
                         : KEYS("name", "description", "type", "type_params", "filter", "metadata",
                                "label", "config", "time_granularity"));
  Value params = picked(
      a, val_get(node, STR("type_params")),
      newer
          ? KEYS("measure", "numerator", "denominator", "expr", "window", "grain_to_date",
                 "metrics", "conversion_type_params", "cumulative_type_params", "input_measures",
                 "metric_aggregation_params", "join_to_timespine", "fill_nulls_with", "is_private")
          : KEYS("measure", "numerator", "denominator", "expr", "window", "grain_to_date",
                 "metrics", "conversion_type_params", "cumulative_type_params", "input_measures"));
  Value cumulative = val_get(params, STR("cumulative_type_params"));
  if (cumulative.kind == VAL_DICT && !newer)
    set(a, params, "cumulative_type_params",
        picked(a, cumulative, KEYS("window", "grain_to_date", "period_agg")));
  set(a, params, "conversion_type_params",
      conversion(a, val_get(params, STR("conversion_type_params")), newer));
  set(a, v, "type_params", params);
  set(a, v, "config", meta_only(a, node));
  return v;
}

static Value saved_query(Arena *a, Value node, bool newer) {
  (void)newer;
  Value v = picked(
      a, node, KEYS("name", "query_params", "description", "metadata", "label", "exports", "tags"));
  set(a, v, "query_params",
      picked(a, val_get(node, STR("query_params")),
             KEYS("metrics", "group_by", "order_by", "limit", "where")));
  Value exports = each(a, val_get(node, STR("exports")), KEYS("name", "config"));
  for (size_t i = 0; i < exports.list->n; i++) {
    Value config = val_get(exports.list->items[i], STR("config"));
    set(a, exports.list->items[i], "config",
        picked(a, config, KEYS("export_as", "schema_name", "alias")));
  }
  set(a, v, "exports", exports);
  return v;
}

static void section(Out *o, const char *name, NodeKind kind,
                    Value (*make)(Arena *a, Value node, bool newer)) {
  json_key(&o->file.json, str_c(name));
  json_open_array(&o->file.json);
  for (size_t i = 0; i < o->graph->nnodes; i++) {
    const Node *n = o->graph->nodes[i];
    if (n->kind != kind)
      continue;
    json_value(&o->file.json,
               make(&o->file.scratch, node_value(&o->file.scratch, o->graph, n), o->newer));
    arena_reset(&o->file.scratch);
  }
  json_close_array(&o->file.json);
}

static Value time_spine(Arena *a, const Node *n) {
  Value v = val_dict(a), column = val_dict(a);
  Value name = val_get(n->more->time_spine, STR("standard_granularity_column"));
  set(a, column, "name", name);
  set(a, column, "time_granularity", val_none());
  for (size_t i = 0; i < n->ncolumns; i++)
    if (val_is_str(name, n->columns[i]->name) && n->columns[i]->more->granularity.len)
      set(a, column, "time_granularity", val_str(n->columns[i]->more->granularity));
  set(a, v, "node_relation", node_relation_value(a, n));
  set(a, v, "primary_column", column);
  set(a, v, "custom_granularities",
      each(a, val_get(n->more->time_spine, STR("custom_granularities")),
           KEYS("name", "column_name")));
  return v;
}

// The model that was the time spine before models could say that they are one.
static void older_spine(Out *o) {
  bool needed = false;
  const Node *spine = NULL;
  for (size_t i = 0; i < o->graph->nnodes; i++) {
    const Node *n = o->graph->nodes[i];
    needed |= n->kind == NODE_SEMANTIC_MODEL;
    if (n->kind == NODE_MODEL && str_is(n->name, "metricflow_time_spine"))
      spine = n;
  }
  json_key(&o->file.json, STR("time_spine_table_configurations"));
  json_open_array(&o->file.json);
  if (needed && spine && spine->more->time_spine.kind != VAL_DICT) {
    json_open_object(&o->file.json);
    json_key_str(&o->file.json, "location", spine->relation_name);
    json_key_str(&o->file.json, "column_name", STR("date_day"));
    json_key_str(&o->file.json, "grain", STR("day"));
    json_close_object(&o->file.json);
  }
  json_close_array(&o->file.json);
}

static void configuration(Out *o) {
  Json *j = &o->file.json;
  json_key(j, STR("project_configuration"));
  json_open_object(j);
  older_spine(o);
  json_key(j, STR("metadata"));
  json_null(j);
  json_key(j, STR("dsi_package_version"));
  json_open_object(j);
  json_key_str(j, "major_version", STR("0"));
  json_key_str(j, "minor_version", o->newer ? STR("213") : STR("9")); // metricflow's since 1.12
  json_key_str(j, "patch_version", STR("0"));
  json_close_object(j);
  json_key(j, STR("time_spines"));
  json_open_array(j);
  for (size_t i = 0; i < o->graph->nnodes; i++)
    if (o->graph->nodes[i]->more->time_spine.kind == VAL_DICT) {
      json_value(j, time_spine(&o->file.scratch, o->graph->nodes[i]));
      arena_reset(&o->file.scratch);
    }
  json_close_array(j);
  json_close_object(j);
}

bool semantic_manifest_write(const Graph *g, Str path, Diags *diags) {
  Out o = {.graph = g, .newer = g->project->level >= DBT_1_12};
  if (!artifact_open(&o.file, path, diags))
    return false;
  section(&o, "semantic_models", NODE_SEMANTIC_MODEL, semantic_model);
  section(&o, "metrics", NODE_METRIC, metric);
  configuration(&o);
  section(&o, "saved_queries", NODE_SAVED_QUERY, saved_query);
  return artifact_close(&o.file, false, diags);
}
