// In: a model's entry with semantic_model, columns' entities and dimensions, derived_semantics and
// metrics; metrics without type_params. Out: entries of the older form. Each value goes along with
// its place: a Both is the rendered value and the YAML that says where it stands.
#include "semantic_v2.h"

#include "../project/check.h"

typedef struct Both {
  Value value;
  Yaml *yaml; // NULL: nothing
} Both;

static const Both nothing = {.value = {.kind = VAL_UNDEF}};

// --- reading and building

static Both get(Both of, const char *key) {
  return (Both){val_get(of.value, str_c(key)), yaml_get(of.yaml, str_c(key))};
}

static Both item(Both list, size_t i) {
  if (!val_is_seq(list.value) || i >= list.value.list->n)
    return nothing;
  return (Both){list.value.list->items[i], yaml_item(list.yaml, i)};
}

static bool is_absent(Both b) { return val_is_absent(b.value); }

// How long the list under a key is; 0 where there is none, and an error where it is something else.
static size_t count(Load *l, Both list, const char *key) {
  if (is_absent(list) || val_is_seq(list.value))
    return is_absent(list) ? 0 : list.value.list->n;
  diag_at(l->diags, SEV_ERROR, CODE_WRONG_TYPE, list.yaml->src, list.yaml->span,
          "'%s' must be a list, not %s", key, check_kind(list.value));
  return 0;
}

// An error where it is not: "a metric must be a dict, not text".
static bool is_dict(Load *l, Both b, const char *what) {
  if (!val_is(b.value, VAL_DICT))
    diag_at(l->diags, SEV_ERROR, CODE_WRONG_TYPE, b.yaml->src, b.yaml->span,
            "%s must be a dict, not %s", what, check_kind(b.value));
  return val_is(b.value, VAL_DICT);
}

static Yaml *yaml_new(Load *l, const Yaml *near, YamlKind kind) {
  Yaml *y = arena_new(l->a, Yaml);
  *y = (Yaml){.kind = kind, .span = near->span, .src = near->src};
  return y;
}

static Both text_at(Load *l, Str text, const Yaml *near) {
  Yaml *y = yaml_new(l, near, YAML_SCALAR);
  y->scalar = val_str(text);
  y->text = text;
  return (Both){val_str(text), y};
}

static Both empty_dict(Load *l, const Yaml *near) {
  return (Both){val_dict(l->a), yaml_new(l, near, YAML_DICT)};
}

static Both empty_list(Load *l, const Yaml *near) {
  return (Both){val_list(l->a, 4), yaml_new(l, near, YAML_LIST)};
}

static void put_yaml(Load *l, Yaml *to, Str key, Yaml *value) {
  size_t size = to->n * sizeof *to->entries;
  to->entries = arena_grow(l->a, to->entries, size, size + sizeof *to->entries);
  Yaml *name = yaml_new(l, value, YAML_SCALAR);
  name->text = key;
  name->scalar = val_str(key);
  to->entries[to->n++] = (YamlEntry){name, value};
}

// Sets a key to what there is of a value; nothing where there is none.
static void put(Load *l, Both to, const char *key, Both b) {
  if (b.value.kind == VAL_UNDEF)
    return;
  dict_sets(l->a, to.value.dict, str_c(key), b.value);
  put_yaml(l, to.yaml, str_c(key), b.yaml ? b.yaml : to.yaml);
}

static void put_value(Load *l, Both to, const char *key, Value v) {
  dict_sets(l->a, to.value.dict, str_c(key), v);
}

static void push(Load *l, Both to, Both b) {
  size_t size = to.yaml->n * sizeof *to.yaml->items;
  list_push(l->a, to.value.list, b.value);
  to.yaml->items = arena_grow(l->a, to.yaml->items, size, size + sizeof *to.yaml->items);
  to.yaml->items[to.yaml->n++] = b.yaml;
}

// The keys that both forms have under one name.
static void take(Load *l, Both to, Both from, const char *names) {
  Str rest = str_c(names), name;
  while (str_cut(&rest, ' ', &name)) {
    const char *key = str_cstr(l->a, name);
    put(l, to, key, get(from, key));
  }
}

static Both or_else(Both b, Both otherwise) { return is_absent(b) ? otherwise : b; }

static Both whole(const Prop *p) {
  union {
    const Yaml *in;
    Yaml *out;
  } tree = {.in = p->yaml}; // read only, as all of them
  return (Both){p->value, tree.out};
}

static Str description_of(Value entry) {
  Value v = val_get(entry, STR("description"));
  return val_is(v, VAL_STR) ? val_text(v) : (Str){0};
}

// An entry in the older form, of what stands at `written`.
static void finish(Load *l, PropKind kind, const Prop *from, Both made, Both written, Prop *out) {
  const Yaml *name = yaml_get(made.yaml, STR("name"));
  Value config = val_get(made.value, STR("config")), on = val_get(config, STR("enabled"));
  put_yaml(l, made.yaml, SEMANTIC_WRITTEN, written.yaml);
  *out = (Prop){.kind = kind,
                .name = val_to_str(l->a, val_get(made.value, STR("name"))),
                .name_span = name ? name->span : made.yaml->span,
                .yaml = made.yaml,
                .src = from->src,
                .description = description_of(made.value),
                .config = val_is(config, VAL_DICT) ? config : val_dict(l->a),
                .enabled = !val_is(on, VAL_BOOL) || on.b,
                .value = made.value};
}

const Yaml *semantic_written(const Node *n) { return yaml_get(n->patch, SEMANTIC_WRITTEN); }

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
  Both out = empty_dict(l, said.yaml), name = get(column, "name");
  Both own = word ? nothing : get(said, "name");
  Both about = word ? nothing : get(said, "description");
  if (val_is(about.value, VAL_STR) && !val_text(about.value).len)
    about = nothing;
  put(l, out, "name", or_else(own, name));
  put(l, out, "type", word ? said : get(said, "type"));
  about = or_else(about, get(column, "description"));
  put(l, out, "description", is_absent(about) ? text_at(l, STR(""), name.yaml) : about);
  if (!word)
    take(l, out, said, "label is_partition");
  if (!is_absent(own) && !val_eq(own.value, name.value))
    put(l, out, "expr", name);
  return out;
}

static Both time_params(Load *l, Both grain, Both validity) {
  if (is_absent(grain))
    return nothing;
  Both params = empty_dict(l, grain.yaml);
  put(l, params, "time_granularity", grain);
  put(l, params, "validity_params", validity);
  return params;
}

static void add_column(Load *l, Both column, const PropColumn *c, Both entities, Both dimensions) {
  Both entity = get(column, "entity"), dimension = get(column, "dimension");
  if (!is_absent(entity)) {
    Both made = element(l, column, entity);
    Value own = meta_of(val_get(entity.value, STR("config")));
    put_value(l, made, "config", with_meta(l, val_undef(NULL), val_is_absent(own) ? c->meta : own));
    push(l, entities, made);
  }
  if (!is_absent(dimension)) {
    Both made = element(l, column, dimension);
    bool word = val_is(dimension.value, VAL_STR);
    put_value(l, made, "config",
              with_meta(l, c->meta, meta_of(val_get(dimension.value, STR("config")))));
    if (!word)
      put(l, made, "type_params",
          time_params(l, get(column, "granularity"), get(dimension, "validity_params")));
    push(l, dimensions, made);
  }
}

static void add_derived(Load *l, Both derived, Both entities, Both dimensions) {
  Both list = get(derived, "entities");
  size_t n = count(l, list, "entities");
  for (size_t i = 0; i < n; i++) {
    Both one = item(list, i), made = empty_dict(l, one.yaml);
    if (!is_dict(l, one, "an entity"))
      continue;
    take(l, made, one, "name type description label expr config");
    push(l, entities, made);
  }
  list = get(derived, "dimensions");
  n = count(l, list, "dimensions");
  for (size_t i = 0; i < n; i++) {
    Both one = item(list, i), made = empty_dict(l, one.yaml);
    if (!is_dict(l, one, "a dimension"))
      continue;
    take(l, made, one, "name type description label is_partition expr config");
    put(l, made, "type_params",
        time_params(l, get(one, "granularity"), get(one, "validity_params")));
    push(l, dimensions, made);
  }
}

// dbt takes enabled and group only where there is a `config:` beside them.
static Both model_config(Load *l, Both said) {
  Both config = get(said, "config"), out = empty_dict(l, said.yaml);
  if (is_absent(config))
    return out;
  take(l, out, config, "meta");
  Both on = get(said, "enabled"), group = get(said, "group");
  put(l, out, "enabled", is_absent(on) ? (Both){val_bool(true), said.yaml} : on);
  if (!is_absent(group))
    put(l, out, "group", group);
  return out;
}

static const PropColumn *column_at(const Prop *model, const Yaml *yaml) {
  for (size_t i = 0; i < model->ncolumns; i++)
    if (model->columns[i].yaml == yaml)
      return &model->columns[i];
  return NULL;
}

bool semantic_of_model(Load *l, const Prop *model, Prop *out) {
  Both entry = whole(model), said = get(entry, "semantic_model"), columns = get(entry, "columns");
  Value on = val_is(said.value, VAL_DICT) ? val_get(said.value, STR("enabled")) : said.value;
  if (l->p->level < DBT_1_12 || is_absent(said) || (val_is(on, VAL_BOOL) && !on.b))
    return false;
  Both made = empty_dict(l, entry.yaml), name = get(entry, "name");
  Both entities = empty_list(l, entry.yaml), dimensions = empty_list(l, entry.yaml);
  Both times = empty_dict(l, entry.yaml), column;
  put(l, made, "name", or_else(get(said, "name"), name));
  put(l, made, "model", text_at(l, str_fmt(l->a, "ref('%.*s')", STR_ARG(model->name)), name.yaml));
  put(l, made, "description", text_at(l, model->description, name.yaml));
  put(l, made, "config", model_config(l, said));
  put(l, times, "agg_time_dimension", get(entry, "agg_time_dimension"));
  put(l, made, "defaults", times);
  put(l, made, "primary_entity", get(entry, "primary_entity"));
  for (size_t i = 0; !is_absent(column = item(columns, i)); i++) {
    const PropColumn *c = column_at(model, column.yaml);
    if (c)
      add_column(l, column, c, entities, dimensions);
  }
  add_derived(l, get(entry, "derived_semantics"), entities, dimensions);
  put(l, made, "entities", entities);
  put(l, made, "dimensions", dimensions);
  finish(l, PROP_SEMANTIC_MODEL, model, made, entry, out);
  return true;
}

void semantic_warn_unread(Load *l, const Prop *model) {
  static const char *const keys[] = {"metrics", "derived_semantics", "primary_entity",
                                     "agg_time_dimension"};
  Both entry = whole(model);
  if (l->p->level < DBT_1_12 || !is_absent(get(entry, "semantic_model")))
    return;
  for (size_t i = 0; i < COUNT(keys); i++) {
    const YamlEntry *unread = yaml_entry(model->yaml, str_c(keys[i]));
    if (!unread || is_absent(get(entry, keys[i])))
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
  Both params = empty_dict(l, metric.yaml), kind = get(metric, "percentile_type");
  Str word = val_is(kind.value, VAL_STR) ? val_text(kind.value) : STR("");
  put(l, params, "percentile", get(metric, "percentile"));
  if (kind.yaml) {
    bool discrete = str_eq_nocase(word, STR("discrete"));
    put(l, params, "use_discrete_percentile", (Both){val_bool(discrete), kind.yaml});
    put(l, params, "use_approximate_percentile",
        (Both){val_bool(str_eq_nocase(word, STR("continuous"))), kind.yaml});
  }
  put(l, to, "agg_params", params);
}

static void aggregation(Load *l, Both params, Both metric, const Prop *of) {
  Both out = empty_dict(l, metric.yaml), limits = get(metric, "non_additive_dimension");
  Both time = get(metric, "agg_time_dimension");
  if (is_absent(get(metric, "agg")))
    return;
  if (of)
    put(l, out, "semantic_model", text_at(l, of->name, metric.yaml));
  put(l, out, "agg", get(metric, "agg"));
  agg_params(l, out, metric);
  if (of)
    time = or_else(time, get(get(whole(of), "defaults"), "agg_time_dimension"));
  put(l, out, "agg_time_dimension", time);
  if (!is_absent(limits)) {
    Both by = empty_dict(l, limits.yaml);
    take(l, by, limits, "name");
    put(l, by, "window_choice", get(limits, "window_agg"));
    put(l, by, "window_groupings", get(limits, "group_by"));
    put(l, out, "non_additive_dimension", by);
  }
  put(l, params, "metric_aggregation_params", out);
}

static void cumulative(Load *l, Both params, Both metric) {
  Both out = empty_dict(l, metric.yaml);
  take(l, out, metric, "window grain_to_date period_agg");
  put(l, out, "metric", get(metric, "input_metric"));
  put(l, params, "cumulative_type_params", out);
}

static void conversion(Load *l, Both params, Both metric) {
  Both out = empty_dict(l, metric.yaml);
  take(l, out, metric,
       "entity base_metric conversion_metric calculation window constant_properties");
  put(l, params, "conversion_type_params", out);
}

static void metric_prop(Load *l, const Prop *from, Both metric, const Prop *of, Prop *out) {
  Both made = empty_dict(l, metric.yaml), params = empty_dict(l, metric.yaml);
  Both type = get(metric, "type"), hidden = get(metric, "hidden");
  take(l, made, metric, "name label description filter time_granularity config");
  put(l, made, "type", is_absent(type) ? text_at(l, STR("simple"), metric.yaml) : type);
  take(l, params, metric, "numerator denominator expr join_to_timespine");
  put(l, params, "metrics", get(metric, "input_metrics"));
  put_value(l, params, "is_private", is_absent(hidden) ? val_bool(false) : hidden.value);
  aggregation(l, params, metric, is_type(metric, "simple") ? of : NULL);
  if (is_type(metric, "cumulative"))
    cumulative(l, params, metric);
  if (is_type(metric, "conversion"))
    conversion(l, params, metric);
  put(l, made, "type_params", params);
  finish(l, PROP_METRIC, from, made, metric, out);
}

size_t semantic_metrics_of_model(Load *l, const Prop *model) {
  return count(l, get(whole(model), "metrics"), "metrics");
}

bool semantic_metric_of_model(Load *l, const Prop *model, const Prop *of, size_t i, Prop *out) {
  Both metric = item(get(whole(model), "metrics"), i), name = get(metric, "name");
  if (!is_dict(l, metric, "a metric"))
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
  metric_prop(l, metric, whole(metric), NULL, out);
}
