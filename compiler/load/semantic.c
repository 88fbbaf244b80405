// In: metrics, semantic models and saved queries of schema files. Out: their nodes, `extra` in the
// manifest's shape (every key of dbt, in its order) and `needs` linked by name. starc does not run
// them; who reads the manifest does.
#include "semantic.h"

#include "docs.h"
#include "exposures.h"
#include "models.h"
#include "node_fields.h"
#include "osi.h"
#include "semantic_v2.h"

// --- shapes: the keys of a dict, in order, each with how its value is made

typedef struct Field Field;
struct Field {
  const char *name;
  Value (*make)(Load *l, Value written); // NULL: as written
  const char *fallback;                  // when absent: NULL none, "[]", "false", or a word
};

static Value fallback_value(Load *l, const char *text) {
  if (!text)
    return val_none();
  if (str_is(str_c(text), "[]"))
    return val_list(l->a, 0);
  if (str_is(str_c(text), "false"))
    return val_bool(false);
  return val_str(str_c(text));
}

static Value shaped(Load *l, Value written, const Field *fields, size_t n) {
  Value out = val_dict(l->a);
  for (size_t i = 0; i < n; i++) {
    Value v = val_get(written, str_c(fields[i].name));
    if (val_is_absent(v))
      v = fallback_value(l, fields[i].fallback);
    else if (fields[i].make)
      v = fields[i].make(l, v);
    dict_sets(l->a, out.dict, str_c(fields[i].name), v);
  }
  return out;
}
#define SHAPED(l, written, fields) shaped(l, written, fields, COUNT(fields))

static Value each(Load *l, Value list, Value (*make)(Load *l, Value written)) {
  Value out = val_list(l->a, val_is_seq(list) ? list.list->n : 0);
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++)
    list_push(l->a, out.list, make(l, list.list->items[i]));
  return out;
}

static Value text(Load *l, Value v) { return val_str(val_to_str(l->a, v)); }

// "a name" stands for {name: a name}.
static Value named(Load *l, Value v) {
  if (!val_is(v, VAL_STR))
    return v;
  Value d = val_dict(l->a);
  dict_sets(l->a, d.dict, STR("name"), v);
  return d;
}

static Value filter(Load *l, Value v) {
  Value all = val_list(l->a, 1), out = val_dict(l->a);
  bool seq = val_is_seq(v);
  for (size_t i = 0; i < (seq ? v.list->n : 1); i++) {
    Value one = val_dict(l->a);
    dict_sets(l->a, one.dict, STR("where_sql_template"), seq ? v.list->items[i] : v);
    list_push(l->a, all.list, one);
  }
  dict_sets(l->a, out.dict, STR("where_filters"), all);
  return out;
}

static Str lowered(Arena *a, Str s) {
  char *out = arena_alloc(a, s.len + 1);
  for (size_t i = 0; i < s.len; i++)
    out[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] | 0x20) : s.ptr[i];
  return str_n(out, s.len);
}

static Value lower(Load *l, Value v) {
  return val_is(v, VAL_STR) ? val_str(lowered(l->a, val_text(v))) : v;
}

static bool whole_number(Str s, int64_t *out) {
  *out = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9' || i > 15)
      return false;
    *out = *out * 10 + (s.ptr[i] - '0');
  }
  return s.len > 0;
}

// "7 days" -> {count: 7, granularity: day}. What is no window stays as it is: check_window tells.
static Value window(Load *l, Value v) {
  static const char *const grains[] = {"nanosecond", "microsecond", "millisecond", "second",
                                       "minute",     "hour",        "day",         "week",
                                       "month",      "quarter",     "year"};
  if (!val_is(v, VAL_STR))
    return v;
  Str s = lowered(l->a, val_text(v));
  ptrdiff_t space = str_find(s, STR(" "), 0);
  int64_t count;
  if (space < 0 || !whole_number(str_sub(s, 0, (size_t)space), &count))
    return v;
  Str grain = str_sub(s, (size_t)space + 1, s.len);
  for (size_t i = 0; i < COUNT(grains); i++)
    if (str_ends(grain, STR("s")) && str_eq(str_sub(grain, 0, grain.len - 1), str_c(grains[i])))
      grain = str_sub(grain, 0, grain.len - 1);
  Value out = val_dict(l->a);
  dict_sets(l->a, out.dict, STR("count"), val_int(count));
  dict_sets(l->a, out.dict, STR("granularity"), val_str(grain));
  return out;
}

static Value measure_input(Load *l, Value v) {
  static const Field fields[] = {
      {"name",              NULL,   NULL   },
      {"filter",            filter, NULL   },
      {"alias",             NULL,   NULL   },
      {"join_to_timespine", NULL,   "false"},
      {"fill_nulls_with",   NULL,   NULL   }
  };
  return SHAPED(l, named(l, v), fields);
}

static Value metric_input(Load *l, Value v) {
  static const Field fields[] = {
      {"name",            NULL,   NULL},
      {"filter",          filter, NULL},
      {"alias",           NULL,   NULL},
      {"offset_window",   window, NULL},
      {"offset_to_grain", NULL,   NULL}
  };
  return SHAPED(l, named(l, v), fields);
}

static Value metric_inputs(Load *l, Value v) { return each(l, v, metric_input); }

static bool is_newer(const Load *l) { return l->p->level >= DBT_1_12; }

static Value conversion(Load *l, Value v) {
  static const Field fields[] = {
      {"base_measure",        measure_input, NULL             },
      {"conversion_measure",  measure_input, NULL             },
      {"entity",              NULL,          NULL             },
      {"calculation",         lower,         "conversion_rate"},
      {"window",              window,        NULL             },
      {"constant_properties", NULL,          NULL             },
      {"base_metric",         metric_input,  NULL             },
      {"conversion_metric",   metric_input,  NULL             }
  };
  enum { LAST = COUNT(fields) };
  return shaped(l, v, fields, is_newer(l) ? LAST : LAST - 2);
}

static Value cumulative(Load *l, Value v) {
  static const Field fields[] = {
      {"window",        window,       NULL   },
      {"grain_to_date", NULL,         NULL   },
      {"period_agg",    lower,        "first"},
      {"metric",        metric_input, NULL   }
  };
  return SHAPED(l, v, fields);
}

// The older place of window and grain_to_date is beside cumulative_type_params.
static Value cumulative_params(Load *l, Value params) {
  Value given = val_get(params, STR("cumulative_type_params"));
  Value d = val_is(given, VAL_DICT) ? val_copy(l->a, given, false) : val_dict(l->a);
  static const Str moved[] = {STR_INIT("window"), STR_INIT("grain_to_date")};
  for (size_t i = 0; i < 2; i++)
    if (val_is_absent(val_get(d, moved[i])) && !val_is_absent(val_get(params, moved[i])))
      dict_sets(l->a, d.dict, moved[i], val_get(params, moved[i]));
  return cumulative(l, d);
}

static Value real(Load *l, Value v) {
  (void)l;
  return val_is(v, VAL_INT) ? val_float((double)v.i) : v;
}

static Value agg_params(Load *l, Value v) {
  static const Field fields[] = {
      {"percentile",                 real, NULL   },
      {"use_discrete_percentile",    NULL, "false"},
      {"use_approximate_percentile", NULL, "false"}
  };
  return SHAPED(l, v, fields);
}

static Value non_additive(Load *l, Value v) {
  static const Field fields[] = {
      {"name",             NULL,  NULL },
      {"window_choice",    lower, "min"},
      {"window_groupings", NULL,  "[]" }
  };
  return SHAPED(l, v, fields);
}

static Value aggregation(Load *l, Value v) {
  static const Field fields[] = {
      {"semantic_model",         NULL,         NULL},
      {"agg",                    lower,        NULL},
      {"agg_params",             agg_params,   NULL},
      {"agg_time_dimension",     NULL,         NULL},
      {"non_additive_dimension", non_additive, NULL}
  };
  return SHAPED(l, v, fields);
}

static Value type_params(Load *l, Value written, bool is_cumulative) {
  static const Field fields[] = {
      {"measure",                   measure_input, NULL   },
      {"input_measures",            NULL,          "[]"   },
      {"numerator",                 metric_input,  NULL   },
      {"denominator",               metric_input,  NULL   },
      {"expr",                      text,          NULL   },
      {"window",                    window,        NULL   },
      {"grain_to_date",             NULL,          NULL   },
      {"metrics",                   metric_inputs, "[]"   },
      {"conversion_type_params",    conversion,    NULL   },
      {"cumulative_type_params",    NULL,          NULL   },
      {"metric_aggregation_params", aggregation,   NULL   },
      {"fill_nulls_with",           NULL,          NULL   },
      {"join_to_timespine",         NULL,          "false"},
      {"is_private",                NULL,          NULL   }
  };
  enum { LAST = COUNT(fields) };
  Value out = shaped(l, written, fields, is_newer(l) ? LAST : LAST - 3);
  dict_sets(l->a, out.dict, STR("input_measures"), val_list(l->a, 1));
  dict_sets(l->a, out.dict, STR("cumulative_type_params"),
            is_cumulative ? cumulative_params(l, written) : val_none());
  return out;
}

static Value validity(Load *l, Value v) {
  static const Field fields[] = {
      {"is_start", NULL, "false"},
      {"is_end",   NULL, "false"}
  };
  return SHAPED(l, v, fields);
}

static Value dimension_params(Load *l, Value v) {
  static const Field fields[] = {
      {"time_granularity", lower,    NULL},
      {"validity_params",  validity, NULL}
  };
  return SHAPED(l, v, fields);
}

static Value entity(Load *l, Value v) {
  static const Field fields[] = {
      {"name",        NULL,  NULL},
      {"type",        lower, NULL},
      {"description", NULL,  NULL},
      {"label",       NULL,  NULL},
      {"role",        NULL,  NULL},
      {"expr",        text,  NULL},
      {"config",      NULL,  NULL}
  };
  return SHAPED(l, v, fields);
}

static Value dimension(Load *l, Value v) {
  static const Field fields[] = {
      {"name",         NULL,             NULL   },
      {"type",         lower,            NULL   },
      {"description",  NULL,             NULL   },
      {"label",        NULL,             NULL   },
      {"is_partition", NULL,             "false"},
      {"type_params",  dimension_params, NULL   },
      {"expr",         text,             NULL   },
      {"metadata",     NULL,             NULL   },
      {"config",       NULL,             NULL   },
      {"datatype",     NULL,             NULL   }
  };
  enum { LAST = COUNT(fields) };
  return shaped(l, v, fields, is_newer(l) ? LAST : LAST - 1);
}

static Value measure(Load *l, Value v) {
  static const Field fields[] = {
      {"name",                   NULL,         NULL   },
      {"agg",                    lower,        NULL   },
      {"description",            NULL,         NULL   },
      {"label",                  NULL,         NULL   },
      {"create_metric",          NULL,         "false"},
      {"expr",                   text,         NULL   },
      {"agg_params",             agg_params,   NULL   },
      {"non_additive_dimension", non_additive, NULL   },
      {"agg_time_dimension",     NULL,         NULL   },
      {"config",                 NULL,         NULL   }
  };
  Value out = SHAPED(l, v, fields); // whether a metric was made of it is not kept
  dict_sets(l->a, out.dict, STR("create_metric"), val_bool(false));
  return out;
}

static Value defaults(Load *l, Value v) {
  static const Field fields[] = {
      {"agg_time_dimension", NULL, NULL}
  };
  return SHAPED(l, v, fields);
}

static Value query_params(Load *l, Value v) {
  static const Field fields[] = {
      {"metrics",  NULL,   "[]"},
      {"group_by", NULL,   "[]"},
      {"where",    filter, NULL},
      {"order_by", NULL,   "[]"},
      {"limit",    NULL,   NULL}
  };
  return SHAPED(l, v, fields);
}

// --- nodes

static Node *new_node(Load *l, NodeKind kind, ConfigKind config, const File *f, const Prop *p,
                      Str name, Value written) {
  Node *n = load_node(l, kind, f->package, f, name);
  n->raw_code = n->checksum = n->checksum_name = (Str){0};
  n->patch = p->yaml;
  n->patch_source = f->source;
  if (f->kind == FILE_OSI) // dbt has no folder of such a file in the node's path
    n->path = f->original_path;
  ConfigInput in = {.project = l->p,
                    .package = f->package,
                    .kind = config,
                    .fqn = n->fqn,
                    .nfqn = n->nfqn,
                    .properties = written,
                    .properties_unrendered = written,
                    .src = f->source,
                    .span = p->name_span,
                    .properties_yaml = yaml_get(p->yaml, STR("config")),
                    .entry = p->yaml};
  in.call = in.call_unrendered = val_undef(NULL);
  config_merge(l->a, &in, &n->config, &n->unrendered_config, l->diags);
  load_config_fields(l->a, n);
  n->enabled &= p->enabled;
  return n;
}

static void add(Load *l, const File *f, const Prop *p, Node *n) {
  const Node *had = n->enabled ? map_get(&l->by_id, n->id) : NULL;
  if (had) {
    Diag *d = diag_at(l->diags, SEV_ERROR, CODE_DUPLICATE_NAME, f->source, p->name_span,
                      "there are two %.*s named '%.*s'", STR_ARG(node_kind_plurals[n->kind]),
                      STR_ARG(n->name));
    diag_note(l->diags, d, had->patch_source, load_name_span(had), "the other one is here");
    return;
  }
  if (n->enabled)
    map_put(&l->taken, &l->by_id, n->id, n);
  vec_push(l->a, &l->nodes, n);
}

static void put(Load *l, Node *n, const char *key, Value v) {
  dict_sets(l->a, n->extra.dict, str_c(key), v);
}

static void one_of(Load *l, const Prop *p, const char *key, Value v, const char *const *words,
                   size_t n) {
  Str names[16];
  for (size_t i = 0; i < n; i++) {
    names[i] = str_c(words[i]);
    if (val_is_str(v, names[i]))
      return;
  }
  const Yaml *at = yaml_get(p->yaml, str_c(key));
  Str word = val_is(v, VAL_STR) ? val_text(v) : STR("");
  Diag *d = diag_at(l->diags, SEV_ERROR, CODE_WRONG_VALUE, p->src, at ? at->span : p->name_span,
                    "'%.*s' is not a %s of %.*s", STR_ARG(word), key, STR_ARG(p->name));
  if (!diag_nearest(l->diags, d, word, names, n))
    diag_hint(l->diags, d, "simple, ratio, cumulative, derived or conversion");
}

static void add_metric(Load *l, const File *f, const Prop *p, Str name, Value written,
                       Value config) {
  static const char *const types[] = {"simple", "ratio", "cumulative", "derived", "conversion"};
  Node *n = new_node(l, NODE_METRIC, CONFIG_METRIC, f, p, name, config);
  n->description = load_description(l, l->a, f->package, f->source,
                                    val_is(val_get(written, STR("description")), VAL_STR)
                                        ? val_text(val_get(written, STR("description")))
                                        : (Str){0},
                                    &n->doc_blocks, l->diags);
  Value type = lower(l, val_get(written, STR("type"))), meta = val_get(written, STR("meta"));
  if (n->enabled)
    one_of(l, p, "type", type, types, 5);
  n->extra = val_dict(l->a);
  Value label = val_get(written, STR("label")), where = val_get(written, STR("filter"));
  if (val_is_absent(label) && is_newer(l))
    label = val_str(name);
  put(l, n, "label", val_is_absent(label) ? val_none() : label);
  put(l, n, "type", type);
  put(l, n, "type_params",
      type_params(l, val_get(written, STR("type_params")), val_is_str(type, STR("cumulative"))));
  if (f->kind == FILE_OSI) // which says nothing of other metrics, as dbt writes it
    dict_sets(l->a, val_get(n->extra, STR("type_params")).dict, STR("metrics"), val_none());
  put(l, n, "filter", val_is_absent(where) ? val_none() : filter(l, where));
  put(l, n, "metadata", val_none());
  Value grain = val_get(written, STR("time_granularity")), tags = val_get(written, STR("tags"));
  put(l, n, "time_granularity", val_is_absent(grain) ? val_none() : grain);
  if (val_is(meta, VAL_DICT) && !(val_is(n->meta, VAL_DICT) && n->meta.dict->n))
    n->meta = meta;
  if (semantic_written(n)) // which has none of its own
    n->meta = val_dict(l->a);
  n->tags = val_is_seq(tags) ? tags : val_list(l->a, 1); // those of its config are not its own
  if (val_is(tags, VAL_STR)) {
    list_push(l->a, n->tags.list, tags);
  }
  add(l, f, p, n);
}

static void depend_on_model(Load *l, const File *f, Node *n, Value model) {
  Value one = val_list(l->a, 1);
  if (val_is(model, VAL_STR))
    list_push(l->a, one.list, model);
  load_dependencies(l, f, n, one);
}

// Elements get the semantic model's meta under their own.
static Value elements(Load *l, Value list, Value (*make)(Load *l, Value), Value meta) {
  Value out = each(l, list, make);
  for (size_t i = 0; i < out.list->n; i++) {
    Value own = val_get(val_get(out.list->items[i], STR("config")), STR("meta"));
    Value config = val_dict(l->a), both = val_dict(l->a);
    const Value layers[] = {meta, own};
    for (size_t k = 0, at = 0; k < 2; k++, at = 0)
      for (DictEntry *e; val_is(layers[k], VAL_DICT) && (e = dict_next(layers[k].dict, &at));)
        dict_set(l->a, both.dict, e->key, e->value);
    dict_sets(l->a, config.dict, STR("meta"), both);
    dict_sets(l->a, out.list->items[i].dict, STR("config"), config);
  }
  return out;
}

// The elements of a semantic model; those of an OSI document have no config.
static Value described(Load *l, const File *f, const Node *n, Value list,
                       Value (*make)(Load *l, Value)) {
  return load_described(
      l, f, f->kind == FILE_OSI ? each(l, list, make) : elements(l, list, make, n->meta));
}

static void metric_of_measure(Load *l, const File *f, const Prop *p, const Node *model,
                              Value measure_written) {
  Value name = val_get(measure_written, STR("name")), expr = val_get(measure_written, STR("expr"));
  Value label = val_get(measure_written, STR("label"));
  Value about = val_get(measure_written, STR("description"));
  Value w = val_dict(l->a), params = val_dict(l->a), config = val_dict(l->a);
  if (!val_is(name, VAL_STR))
    return;
  dict_sets(l->a, params.dict, STR("measure"), name);
  dict_sets(l->a, params.dict, STR("expr"), val_is_absent(expr) ? name : expr);
  dict_sets(l->a, w.dict, STR("label"), val_is_absent(label) ? name : label);
  dict_sets(l->a, w.dict, STR("type"), val_lit("simple"));
  dict_sets(l->a, w.dict, STR("type_params"), params);
  if (val_is_absent(about))
    about = val_str(str_fmt(l->a, "Metric created from measure %.*s", STR_ARG(val_text(name))));
  dict_sets(l->a, w.dict, STR("description"), about);
  dict_sets(l->a, config.dict, STR("enabled"), val_bool(model->enabled));
  dict_sets(l->a, config.dict, STR("meta"), model->meta);
  add_metric(l, f, p, val_text(name), w, config);
}

void semantic_add_model(Load *l, const File *f, const Prop *p) {
  Value w = p->value;
  Node *n = new_node(l, NODE_SEMANTIC_MODEL, CONFIG_SEMANTIC_MODEL, f, p, p->name, p->config);
  n->description =
      load_description(l, l->a, f->package, f->source, p->description, &n->doc_blocks, l->diags);
  n->extra = val_dict(l->a);
  Value model = val_get(w, STR("model")), label = val_get(w, STR("label"));
  Value given = val_get(w, STR("defaults")), primary = val_get(w, STR("primary_entity"));
  put(l, n, "model", val_is_absent(model) ? val_none() : model);
  put(l, n, "description", semantic_written(n) ? val_str(STR("")) : val_none());
  put(l, n, "label", val_is_absent(label) ? val_none() : label);
  put(l, n, "defaults", val_is_absent(given) ? val_none() : defaults(l, given));
  put(l, n, "entities", described(l, f, n, val_get(w, STR("entities")), entity));
  put(l, n, "measures", described(l, f, n, val_get(w, STR("measures")), measure));
  put(l, n, "dimensions", described(l, f, n, val_get(w, STR("dimensions")), dimension));
  put(l, n, "metadata", val_none());
  put(l, n, "primary_entity", val_is_absent(primary) ? val_none() : primary);
  depend_on_model(l, f, n, model);
  add(l, f, p, n);
  Value measures = val_get(w, STR("measures"));
  for (size_t i = 0; val_is_seq(measures) && i < measures.list->n; i++)
    if (val_truth(val_get(measures.list->items[i], STR("create_metric"))))
      metric_of_measure(l, f, p, n, measures.list->items[i]);
}

static Value export_value(Load *l, const Node *n, Value written) {
  Value out = val_dict(l->a), config = val_dict(l->a), given = val_get(written, STR("config"));
  Value as = val_get(given, STR("export_as")), schema = val_get(given, STR("schema_name"));
  if (val_is_absent(schema))
    schema = val_get(given, STR("schema"));
  if (val_is_absent(schema))
    schema = node_config(n, STR("schema"));
  if (val_is_absent(as))
    as = node_config(n, STR("export_as"));
  const Target *t = l->p->target;
  if (val_is_absent(schema) && t)
    schema = val_str(t->schema);
  Value alias = val_get(given, STR("alias"));
  bool named_database = t && l->shared->dialect && l->shared->dialect->has_databases;
  dict_sets(l->a, config.dict, STR("export_as"), val_is_absent(as) ? val_none() : lower(l, as));
  dict_sets(l->a, config.dict, STR("schema_name"), schema);
  dict_sets(l->a, config.dict, STR("alias"),
            val_is_absent(alias) ? val_get(written, STR("name")) : alias);
  dict_sets(l->a, config.dict, STR("database"), named_database ? val_str(t->database) : val_none());
  dict_sets(l->a, out.dict, STR("name"), val_get(written, STR("name")));
  dict_sets(l->a, out.dict, STR("config"), config);
  dict_sets(l->a, out.dict, STR("unrendered_config"),
            val_is(given, VAL_DICT) ? given : val_dict(l->a));
  return out;
}

static void add_saved_query(Load *l, const File *f, const Prop *p) {
  Value w = p->value, exports = val_get(w, STR("exports")), label = val_get(w, STR("label"));
  Node *n = new_node(l, NODE_SAVED_QUERY, CONFIG_SAVED_QUERY, f, p, p->name, p->config);
  n->description =
      load_description(l, l->a, f->package, f->source, p->description, &n->doc_blocks, l->diags);
  n->extra = val_dict(l->a);
  put(l, n, "query_params", query_params(l, val_get(w, STR("query_params"))));
  Value all = val_list(l->a, 1);
  for (size_t i = 0; val_is_seq(exports) && i < exports.list->n; i++)
    list_push(l->a, all.list, export_value(l, n, exports.list->items[i]));
  put(l, n, "exports", all);
  put(l, n, "label", val_is_absent(label) ? val_none() : label);
  put(l, n, "metadata", val_none());
  n->tags = val_list(l->a, 2);
  const Value tags[] = {val_get(w, STR("tags")), node_config(n, STR("tags"))};
  for (size_t i = 0; i < 2; i++) {
    if (val_is(tags[i], VAL_STR))
      list_push(l->a, n->tags.list, tags[i]);
    for (size_t k = 0; val_is_seq(tags[i]) && k < tags[i].list->n; k++)
      list_push(l->a, n->tags.list, tags[i].list->items[k]);
  }
  n->tags = load_sorted_tags(l->a, n->tags, val_none());
  add(l, f, p, n);
}

// --- links: metrics to semantic models and metrics, saved queries to metrics

static bool need(Load *l, Node *n, Node *to) {
  for (size_t i = 0; i < n->nneeds; i++)
    if (n->needs[i] == to)
      return false;
  n->needs =
      arena_grow(l->a, n->needs, n->nneeds * sizeof(Node *), (n->nneeds + 1) * sizeof(Node *));
  n->needs[n->nneeds++] = to;
  return true;
}

static void missing(Load *l, const Node *n, Str name, const char *what, const Str *known,
                    size_t nknown) {
  const Yaml *entry = n->patch;
  ptrdiff_t at = str_find(n->patch_source->text, name, entry->span.at);
  Span span = at >= 0 ? (Span){(size_t)at, name.len} : entry->span;
  Diag *d = diag_at(l->diags, SEV_ERROR, CODE_SEMANTIC_MODEL, n->patch_source, span,
                    "%.*s '%.*s' uses the %s '%.*s', which is not there",
                    STR_ARG(node_kind_names[n->kind]), STR_ARG(n->name), what, STR_ARG(name));
  diag_lack(l->diags, d, LACK_ENTRY, name);
  diag_nearest(l->diags, d, name, known, nknown);
}

typedef struct Semantic {
  Node **metrics, **models;
  size_t nmetrics, nmodels;
  uint8_t *done; // by metric: 1 being resolved, 2 resolved
  Map first;     // name of a metric -> itself, the first of it
  size_t *next;  // by metric: the next one of its name, 0: none
  Map measures;  // name -> the Node of its semantic model
} Semantic;

// Metrics by their names, of which each package may have its own.
static void name_metrics(Arena *a, Semantic *s) {
  s->next = arena_array(a, size_t, s->nmetrics + 1);
  for (size_t i = s->nmetrics; i-- > 0;) {
    Node **had = map_put(a, &s->first, s->metrics[i]->name, &s->metrics[i]);
    s->next[i] = had ? (size_t)(had - s->metrics) : 0;
  }
}

static Node *metric_named(const Semantic *s, const Node *from, Str name, size_t *at) {
  Node *found = NULL, **first = map_get(&s->first, name);
  for (size_t i = first ? (size_t)(first - s->metrics) : s->nmetrics; i < s->nmetrics;
       i = s->next[i] ? s->next[i] : s->nmetrics)
    if (!found || s->metrics[i]->package == from->package) {
      found = s->metrics[i];
      *at = i;
    }
  return found;
}

// Measures by their names: the first semantic model that has one of a name.
static void name_measures(Arena *a, Semantic *s) {
  for (size_t i = s->nmodels; i-- > 0;) {
    Value measures = val_get(s->models[i]->extra, STR("measures"));
    for (size_t k = 0; k < measures.list->n; k++) {
      Value name = val_get(measures.list->items[k], STR("name"));
      if (val_is(name, VAL_STR))
        map_put(a, &s->measures, val_text(name), s->models[i]);
    }
  }
}

static void missing_metric(Load *l, const Semantic *s, const Node *n, Str name) {
  size_t known = str_may_search(s->nmetrics) ? s->nmetrics : 0;
  Str *names = arena_array(l->a, Str, known + 1);
  for (size_t i = 0; i < known; i++)
    names[i] = s->metrics[i]->name;
  missing(l, n, name, "metric", names, known);
}

static void missing_measure(Load *l, const Semantic *s, const Node *n, Str name) {
  size_t known = str_may_search(s->measures.n) ? s->measures.n : 0, nnames = 0;
  Str *names = arena_array(l->a, Str, known + 1);
  for (size_t i = 0; known && i < s->nmodels; i++) {
    Value measures = val_get(s->models[i]->extra, STR("measures"));
    for (size_t k = 0; k < measures.list->n && nnames < known; k++)
      names[nnames++] = val_to_str(l->a, val_get(measures.list->items[k], STR("name")));
  }
  missing(l, n, name, "measure", names, nnames);
}

static void add_input(Load *l, Node *n, Value input) {
  Value list = val_get(val_get(n->extra, STR("type_params")), STR("input_measures"));
  for (size_t i = 0; i < list.list->n; i++)
    if (val_eq(list.list->items[i], input))
      return;
  list_push(l->a, list.list, input);
}

static Node *model_named(const Semantic *s, const Node *from, Str name) {
  for (size_t i = 0; i < s->nmodels; i++)
    if (s->models[i]->package == from->package && str_eq(s->models[i]->name, name))
      return s->models[i];
  return NULL;
}

static void use_measure(Load *l, const Semantic *s, Node *n, Value input) {
  Value name = val_get(input, STR("name"));
  if (!val_is(name, VAL_STR)) {
    Diag *d = diag_at(l->diags, SEV_ERROR, CODE_SEMANTIC_MODEL, n->patch_source, n->patch->span,
                      "the metric '%.*s' names no measure", STR_ARG(n->name));
    diag_hint(l->diags, d, "put `measure:` under `type_params:`");
    return;
  }
  add_input(l, n, input);
  Node *model = map_get(&s->measures, val_text(name));
  if (model)
    need(l, n, model);
  else
    missing_measure(l, s, n, val_text(name));
}

static void resolve_metric(Load *l, Semantic *s, size_t i);

static void use_metric(Load *l, Semantic *s, Node *n, Value input) {
  Value name = val_get(input, STR("name"));
  size_t at = 0;
  if (!val_is(name, VAL_STR) && semantic_written(n))
    return; // as the rules of its entry say
  Node *to = val_is(name, VAL_STR) ? metric_named(s, n, val_text(name), &at) : NULL;
  if (!to) {
    missing_metric(l, s, n, val_is(name, VAL_STR) ? val_text(name) : STR(""));
    return;
  }
  resolve_metric(l, s, at);
  Value inputs = val_get(val_get(to->extra, STR("type_params")), STR("input_measures"));
  for (size_t k = 0; k < inputs.list->n; k++)
    add_input(l, n, inputs.list->items[k]);
  need(l, n, to);
}

// Of the newer form: a semantic model, or other metrics. False: it names none of them.
static bool use_newer(Load *l, Semantic *s, Node *n, Value params) {
  static const char *const inputs[] = {"base_metric", "conversion_metric"};
  Value own = val_get(params, STR("metric_aggregation_params"));
  Value metric = val_get(val_get(params, STR("cumulative_type_params")), STR("metric"));
  Value both = val_get(params, STR("conversion_type_params"));
  if (val_is(own, VAL_DICT)) {
    Node *model = model_named(s, n, val_to_str(l->a, val_get(own, STR("semantic_model"))));
    return model ? need(l, n, model) : true;
  }
  if (val_is(metric, VAL_DICT)) {
    use_metric(l, s, n, metric);
    return true;
  }
  bool any = false;
  for (size_t i = 0; i < 2; i++)
    if (val_is(val_get(both, str_c(inputs[i])), VAL_DICT)) {
      use_metric(l, s, n, val_get(both, str_c(inputs[i])));
      any = true;
    }
  return any;
}

static bool is_of_metrics(Value type) {
  return val_is_str(type, STR("ratio")) || val_is_str(type, STR("derived"));
}

static void resolve_metric(Load *l, Semantic *s, size_t i) {
  if (s->done[i])
    return; // a cycle among metrics is told as one of the graph
  s->done[i] = 1;
  Node *n = s->metrics[i];
  Value params = val_get(n->extra, STR("type_params")), type = val_get(n->extra, STR("type"));
  if (use_newer(l, s, n, params) || (semantic_written(n) && !is_of_metrics(type)))
    return;
  if (val_is_str(type, STR("simple")) || val_is_str(type, STR("cumulative"))) {
    use_measure(l, s, n, val_get(params, STR("measure")));
  } else if (val_is_str(type, STR("conversion"))) {
    Value c = val_get(params, STR("conversion_type_params"));
    use_measure(l, s, n, val_get(c, STR("base_measure")));
    use_measure(l, s, n, val_get(c, STR("conversion_measure")));
  } else if (val_is_str(type, STR("ratio"))) {
    use_metric(l, s, n, val_get(params, STR("numerator")));
    use_metric(l, s, n, val_get(params, STR("denominator")));
  } else {
    Value list = val_get(params, STR("metrics"));
    for (size_t k = 0; val_is_seq(list) && k < list.list->n; k++)
      use_metric(l, s, n, list.list->items[k]);
  }
}

static void resolve(Load *l) {
  Semantic s = {0};
  size_t n = l->nodes.n;
  s.metrics = arena_array(l->a, Node *, n + 1);
  s.models = arena_array(l->a, Node *, n + 1);
  for (size_t i = 0; i < n; i++) {
    Node *x = l->nodes.items[i];
    if (x->enabled && x->kind == NODE_METRIC)
      s.metrics[s.nmetrics++] = x;
    else if (x->enabled && x->kind == NODE_SEMANTIC_MODEL)
      s.models[s.nmodels++] = x;
  }
  s.done = arena_array(l->a, uint8_t, s.nmetrics + 1);
  name_metrics(l->a, &s);
  name_measures(l->a, &s);
  for (size_t i = 0; i < s.nmetrics; i++)
    resolve_metric(l, &s, i);
  for (size_t i = 0; i < n; i++) {
    Node *x = l->nodes.items[i];
    if (!x->enabled || x->kind != NODE_SAVED_QUERY)
      continue;
    Value list = val_get(val_get(x->extra, STR("query_params")), STR("metrics"));
    for (size_t k = 0; val_is_seq(list) && k < list.list->n; k++) {
      Str name = val_to_str(l->a, list.list->items[k]);
      size_t at = 0;
      Node *to = metric_named(&s, x, name, &at);
      if (to)
        need(l, x, to);
      else
        missing_metric(l, &s, x, name);
    }
  }
}

// --- all files

// The two keys of a window of validity, and what else it says.
static Value whole_window(Arena *a, Value written) {
  static const char *const keys[] = {"is_start", "is_end"};
  Value out = val_copy(a, written, false);
  for (size_t i = 0; i < COUNT(keys); i++)
    if (val_is_absent(val_get(out, str_c(keys[i]))))
      dict_sets(a, out.dict, str_c(keys[i]), val_bool(false));
  return out;
}

// A column's dimension or entity as a dict: its keys, what the column says where it does not.
static Value column_element(Arena *a, const Column *c, Value written, bool is_dimension) {
  if (!val_is(written, VAL_DICT))
    return written;
  const struct {
    const char *key;
    Value otherwise;
  } fields[] = {
      {"name",            val_str(c->name)       },
      {"type",            val_none()             },
      {"description",     val_str(c->description)},
      {"label",           val_none()             },
      {"config",          val_dict(a)            },
      {"is_partition",    val_bool(false)        },
      {"validity_params", val_none()             }
  };
  enum { ALL = COUNT(fields), OF_DIMENSIONS = 2 };
  Value out = val_dict(a);
  for (size_t i = 0; i < (is_dimension ? ALL : ALL - OF_DIMENSIONS); i++) {
    Value v = val_get(written, str_c(fields[i].key));
    bool empty =
        val_is_absent(v) || (val_is_str(v, STR("")) && !strcmp(fields[i].key, "description"));
    dict_sets(a, out.dict, str_c(fields[i].key), empty ? fields[i].otherwise : v);
  }
  Value window = val_get(out, STR("validity_params"));
  if (val_is(window, VAL_DICT))
    dict_sets(a, out.dict, STR("validity_params"), whole_window(a, window));
  return out;
}

void semantic_column(Arena *a, Column *c) {
  if (c->more == &column_has_no_more[0] || c->more == &column_has_no_more[1])
    return;
  ColumnMore *more = arena_new(a, ColumnMore);
  *more = *c->more;
  more->granularity = lowered(a, more->granularity);
  more->dimension = column_element(a, c, more->dimension, true);
  more->entity = column_element(a, c, more->entity, false);
  c->more = more;
}

// What the entries of a file's models say in the newer form.
static void add_of_models(Load *l, const File *f) {
  Prop *made = NULL; // of few models anything is made
  for (size_t i = 0; i < f->props->nprops[PROP_MODEL]; i++) {
    const Prop *model = f->props->props[PROP_MODEL][i];
    if (!model->used)
      continue;
    made = made ? made : arena_new(l->a, Prop);
    if (!semantic_of_model(l, model, made)) {
      semantic_warn_unread(l, model);
      continue;
    }
    semantic_add_model(l, f, made);
    size_t n = semantic_metrics_of_model(l, model);
    for (size_t k = 0; k < n; k++) {
      Prop *metric = arena_new(l->a, Prop);
      if (semantic_metric_of_model(l, model, made, k, metric))
        semantic_add_metric(l, f, metric);
    }
    made = NULL;
  }
}

void semantic_add_metric(Load *l, const File *f, const Prop *p) {
  add_metric(l, f, p, p->name, p->value, p->config);
}

static void add_metric_of_file(Load *l, const File *f, const Prop *p) {
  Prop *older = arena_new(l->a, Prop);
  if (semantic_is_newer(l, p)) {
    semantic_metric_of_file(l, p, older);
    p = older;
  }
  semantic_add_metric(l, f, p);
}

// The entries of a file, in dbt's order: artifacts list them so.
static void add_of_file(Load *l, const File *f) {
  const PropFile *p = f->props;
  add_of_models(l, f);
  for (size_t i = 0; i < p->nprops[PROP_METRIC]; i++)
    add_metric_of_file(l, f, p->props[PROP_METRIC][i]);
  for (size_t i = 0; i < p->nprops[PROP_SEMANTIC_MODEL]; i++)
    semantic_add_model(l, f, p->props[PROP_SEMANTIC_MODEL][i]);
  for (size_t i = 0; i < p->nprops[PROP_SAVED_QUERY]; i++)
    add_saved_query(l, f, p->props[PROP_SAVED_QUERY][i]);
}

bool load_semantic(Load *l) {
  size_t before = l->diags->errors;
  for (size_t i = 0; i < l->files.n; i++)
    if (l->files.items[i].kind == FILE_YAML)
      add_of_file(l, &l->files.items[i]);
  load_osi(l);
  resolve(l);
  return l->diags->errors == before;
}
