// In: a model's entry with semantic_model, columns' entities and dimensions, derived_semantics and
// metrics; metrics without type_params. Out: entries of the older form. Each value goes along with
// its place.
#include "semantic_v2.h"

#include "both.h"

const Yaml *semantic_written(const Node *n) { return yaml_get(n->patch, BOTH_WRITTEN); }

// --- elements of a semantic model

static Value meta_of(Value config) { return val_get(config, STR("meta")); }

static Value with_meta(Load *l, Value under, Value over) {
  Value config = val_dict(l->a), meta = val_dict(l->a);
  const Value layers[] = {under, over};
  for (size_t i = 0; i < 2; i++) {
    size_t at = 0;
    for (DictEntry *e; val_is(layers[i], VAL_DICT) && (e = dict_next(layers[i].dict, &at));)
      dict_set(l->a, meta.dict, e->key, e->value);
  }
  dict_sets(l->a, config.dict, STR("meta"), meta);
  return config;
}

// The parts that an entity and a dimension of a column have alike. `said`: a dict or a word.
static Both element(Load *l, Both column, Both said) {
  bool word = val_is(said.value, VAL_STR);
  Both out = both_dict(l, said.yaml), name = both_get(column, "name");
  Both own = word ? both_nothing : both_get(said, "name");
  Both about = word ? both_nothing : both_get(said, "description");
  if (val_is(about.value, VAL_STR) && !val_text(about.value).len)
    about = both_nothing;
  both_put(l, out, "name", both_or(own, name));
  both_put(l, out, "type", word ? said : both_get(said, "type"));
  about = both_or(about, both_get(column, "description"));
  both_put(l, out, "description", both_absent(about) ? both_text(l, STR(""), name.yaml) : about);
  if (!word)
    both_take(l, out, said, "label is_partition");
  if (!both_absent(own) && !val_eq(own.value, name.value))
    both_put(l, out, "expr", name);
  return out;
}

static Both time_params(Load *l, Both grain, Both validity) {
  if (both_absent(grain))
    return both_nothing;
  Both params = both_dict(l, grain.yaml);
  both_put(l, params, "time_granularity", grain);
  both_put(l, params, "validity_params", validity);
  return params;
}

static void add_column(Load *l, Both column, const PropColumn *c, Both entities, Both dimensions) {
  Both entity = both_get(column, "entity"), dimension = both_get(column, "dimension");
  if (!both_absent(entity)) {
    Both made = element(l, column, entity);
    Value own = meta_of(val_get(entity.value, STR("config")));
    both_put_value(l, made, "config",
                   with_meta(l, val_undef(NULL), val_is_absent(own) ? c->meta : own));
    both_push(l, entities, made);
  }
  if (!both_absent(dimension)) {
    Both made = element(l, column, dimension);
    bool word = val_is(dimension.value, VAL_STR);
    both_put_value(l, made, "config",
                   with_meta(l, c->meta, meta_of(val_get(dimension.value, STR("config")))));
    if (!word)
      both_put(
          l, made, "type_params",
          time_params(l, both_get(column, "granularity"), both_get(dimension, "validity_params")));
    both_push(l, dimensions, made);
  }
}

static void add_derived(Load *l, Both derived, Both entities, Both dimensions) {
  Both list = both_get(derived, "entities");
  size_t n = both_count(l, list, "entities");
  for (size_t i = 0; i < n; i++) {
    Both one = both_item(list, i), made = both_dict(l, one.yaml);
    if (!both_is_dict(l, one, "an entity"))
      continue;
    both_take(l, made, one, "name type description label expr config");
    both_push(l, entities, made);
  }
  list = both_get(derived, "dimensions");
  n = both_count(l, list, "dimensions");
  for (size_t i = 0; i < n; i++) {
    Both one = both_item(list, i), made = both_dict(l, one.yaml);
    if (!both_is_dict(l, one, "a dimension"))
      continue;
    both_take(l, made, one, "name type description label is_partition expr config");
    both_put(l, made, "type_params",
             time_params(l, both_get(one, "granularity"), both_get(one, "validity_params")));
    both_push(l, dimensions, made);
  }
}

// dbt takes enabled and group only where there is a `config:` beside them.
static Both model_config(Load *l, Both said) {
  Both config = both_get(said, "config"), out = both_dict(l, said.yaml);
  if (both_absent(config))
    return out;
  both_take(l, out, config, "meta");
  Both on = both_get(said, "enabled"), group = both_get(said, "group");
  both_put(l, out, "enabled", both_absent(on) ? (Both){val_bool(true), said.yaml} : on);
  if (!both_absent(group))
    both_put(l, out, "group", group);
  return out;
}

static const PropColumn *column_at(const Prop *model, const Yaml *yaml) {
  for (size_t i = 0; i < model->ncolumns; i++)
    if (model->columns[i].yaml == yaml)
      return &model->columns[i];
  return NULL;
}

bool semantic_of_model(Load *l, const Prop *model, Prop *out) {
  Both entry = both_of_prop(model), said = both_get(entry, "semantic_model"),
       columns = both_get(entry, "columns");
  Value on = val_is(said.value, VAL_DICT) ? val_get(said.value, STR("enabled")) : said.value;
  if (l->p->level < DBT_1_12 || both_absent(said) || (val_is(on, VAL_BOOL) && !on.b))
    return false;
  Both made = both_dict(l, entry.yaml), name = both_get(entry, "name");
  Both entities = both_list(l, entry.yaml), dimensions = both_list(l, entry.yaml);
  Both times = both_dict(l, entry.yaml), column;
  both_put(l, made, "name", both_or(both_get(said, "name"), name));
  both_put(l, made, "model",
           both_text(l, str_fmt(l->a, "ref('%.*s')", STR_ARG(model->name)), name.yaml));
  both_put(l, made, "description", both_text(l, model->description, name.yaml));
  both_put(l, made, "config", model_config(l, said));
  both_put(l, times, "agg_time_dimension", both_get(entry, "agg_time_dimension"));
  both_put(l, made, "defaults", times);
  both_put(l, made, "primary_entity", both_get(entry, "primary_entity"));
  for (size_t i = 0; !both_absent(column = both_item(columns, i)); i++) {
    const PropColumn *c = column_at(model, column.yaml);
    if (c)
      add_column(l, column, c, entities, dimensions);
  }
  add_derived(l, both_get(entry, "derived_semantics"), entities, dimensions);
  both_put(l, made, "entities", entities);
  both_put(l, made, "dimensions", dimensions);
  both_prop(l, PROP_SEMANTIC_MODEL, model->src, made, entry, out);
  return true;
}

void semantic_warn_unread(Load *l, const Prop *model) {
  static const char *const keys[] = {"metrics", "derived_semantics", "primary_entity",
                                     "agg_time_dimension"};
  Both entry = both_of_prop(model);
  if (l->p->level < DBT_1_12 || !both_absent(both_get(entry, "semantic_model")))
    return;
  for (size_t i = 0; i < COUNT(keys); i++) {
    const YamlEntry *unread = yaml_entry(model->yaml, str_c(keys[i]));
    if (!unread || both_absent(both_get(entry, keys[i])))
      continue;
    Diag *d = diag_at(l->diags, SEV_WARNING, CODE_SEMANTIC_MODEL, unread->key->src,
                      unread->key->span, "'%s' is not read: the model '%.*s' is no semantic model",
                      keys[i], STR_ARG(model->name));
    diag_hint(l->diags, d, "add `semantic_model: true` to the model");
    return;
  }
}

// --- metrics

static bool is_type(Both metric, const char *word) {
  Value type = val_get(metric.value, STR("type"));
  return val_is(type, VAL_STR) ? str_eq_nocase(val_text(type), str_c(word))
                               : strcmp(word, "simple") == 0;
}

static void agg_params(Load *l, Both to, Both metric) {
  Both params = both_dict(l, metric.yaml), kind = both_get(metric, "percentile_type");
  Str word = val_is(kind.value, VAL_STR) ? val_text(kind.value) : STR("");
  both_put(l, params, "percentile", both_get(metric, "percentile"));
  if (kind.yaml) {
    bool discrete = str_eq_nocase(word, STR("discrete"));
    both_put(l, params, "use_discrete_percentile", (Both){val_bool(discrete), kind.yaml});
    both_put(l, params, "use_approximate_percentile",
             (Both){val_bool(str_eq_nocase(word, STR("continuous"))), kind.yaml});
  }
  both_put(l, to, "agg_params", params);
}

static void aggregation(Load *l, Both params, Both metric, const Prop *of) {
  Both out = both_dict(l, metric.yaml), limits = both_get(metric, "non_additive_dimension");
  Both time = both_get(metric, "agg_time_dimension");
  if (both_absent(both_get(metric, "agg")))
    return;
  if (of)
    both_put(l, out, "semantic_model", both_text(l, of->name, metric.yaml));
  both_put(l, out, "agg", both_get(metric, "agg"));
  agg_params(l, out, metric);
  if (of)
    time = both_or(time, both_get(both_get(both_of_prop(of), "defaults"), "agg_time_dimension"));
  both_put(l, out, "agg_time_dimension", time);
  if (!both_absent(limits)) {
    Both by = both_dict(l, limits.yaml);
    both_take(l, by, limits, "name");
    both_put(l, by, "window_choice", both_get(limits, "window_agg"));
    both_put(l, by, "window_groupings", both_get(limits, "group_by"));
    both_put(l, out, "non_additive_dimension", by);
  }
  both_put(l, params, "metric_aggregation_params", out);
}

static void cumulative(Load *l, Both params, Both metric) {
  Both out = both_dict(l, metric.yaml);
  both_take(l, out, metric, "window grain_to_date period_agg");
  both_put(l, out, "metric", both_get(metric, "input_metric"));
  both_put(l, params, "cumulative_type_params", out);
}

static void conversion(Load *l, Both params, Both metric) {
  Both out = both_dict(l, metric.yaml);
  both_take(l, out, metric,
            "entity base_metric conversion_metric calculation window constant_properties");
  both_put(l, params, "conversion_type_params", out);
}

static void metric_prop(Load *l, const Prop *from, Both metric, const Prop *of, Prop *out) {
  Both made = both_dict(l, metric.yaml), params = both_dict(l, metric.yaml);
  Both type = both_get(metric, "type"), hidden = both_get(metric, "hidden");
  both_take(l, made, metric, "name label description filter time_granularity config");
  both_put(l, made, "type", both_absent(type) ? both_text(l, STR("simple"), metric.yaml) : type);
  both_take(l, params, metric, "numerator denominator expr join_to_timespine");
  both_put(l, params, "metrics", both_get(metric, "input_metrics"));
  both_put_value(l, params, "is_private", both_absent(hidden) ? val_bool(false) : hidden.value);
  aggregation(l, params, metric, is_type(metric, "simple") ? of : NULL);
  if (is_type(metric, "cumulative"))
    cumulative(l, params, metric);
  if (is_type(metric, "conversion"))
    conversion(l, params, metric);
  both_put(l, made, "type_params", params);
  both_prop(l, PROP_METRIC, from->src, made, metric, out);
}

size_t semantic_metrics_of_model(Load *l, const Prop *model) {
  return both_count(l, both_get(both_of_prop(model), "metrics"), "metrics");
}

bool semantic_metric_of_model(Load *l, const Prop *model, const Prop *of, size_t i, Prop *out) {
  Both metric = both_item(both_get(both_of_prop(model), "metrics"), i),
       name = both_get(metric, "name");
  if (!both_is_dict(l, metric, "a metric"))
    return false;
  if (!val_is(name.value, VAL_STR) || !val_text(name.value).len) {
    const Yaml *at = name.yaml ? name.yaml : metric.yaml;
    diag_at(l->diags, SEV_ERROR, name.yaml ? CODE_WRONG_VALUE : CODE_MISSING_KEY, at->src, at->span,
            name.yaml ? "the name of a metric is no text" : "a metric without a `name:`");
    return false;
  }
  metric_prop(l, model, metric, of, out);
  return true;
}

bool semantic_is_newer(const Load *l, const Prop *metric) {
  return l->p->level >= DBT_1_12 && !yaml_get(metric->yaml, STR("type_params"));
}

void semantic_metric_of_file(Load *l, const Prop *metric, Prop *out) {
  metric_prop(l, metric, both_of_prop(metric), NULL, out);
}
