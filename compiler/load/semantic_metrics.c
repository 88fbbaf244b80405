// In: metrics and saved queries that are linked, whose entries are as they must be. Out: errors of
// what their parts say together: inputs, windows, conversions; what saved queries group and order
// by.
#include "semantic_metrics.h"

#include "both.h"
#include "osi.h"
#include "semantic_check.h"

#include "semantic_elements.h"
#include "semantic_v2.h"

// Where a path of the node's entry leads, as far as it goes.
static Span path_place(const Node *n, const char *path) {
  Str rest = str_c(path), step;
  const Yaml *at = n->patch, *name = yaml_get(at, STR("name"));
  Span span = name ? name->span : at->span;
  while (at && str_cut(&rest, '/', &step))
    if ((at = yaml_get(at, step)))
      span = at->span;
  return span;
}

// --- derived metrics

static void check_offsets(const Checked *c, size_t i, Value input) {
  if (!val_is_absent(val_get(input, STR("offset_window"))) &&
      !val_is_absent(val_get(input, STR("offset_to_grain"))))
    semantic_wrong(c, semantic_place(c, i, "offset_to_grain"),
                   "'%.*s' is moved by offset_window and by offset_to_grain: one of them can be",
                   STR_ARG(semantic_name(input)));
}

static void check_used(const Checked *c, size_t i, Value input, Value expr) {
  Value alias = val_get(input, STR("alias"));
  bool renamed = val_is(alias, VAL_STR) && val_text(alias).len;
  Str name = renamed ? val_text(alias) : semantic_name(input);
  if (str_find(val_text(expr), name, 0) >= 0)
    return;
  Diag *d = diag_at(c->l->diags, SEV_WARNING, CODE_SEMANTIC_MODEL, c->n->patch_source,
                    semantic_place(c, i, renamed ? "alias" : "name"),
                    "the expr of the metric '%.*s' does not use '%.*s'", STR_ARG(c->n->name),
                    STR_ARG(name));
  diag_hint(c->l->diags, d, "expr: %.*s", STR_ARG(val_text(expr)));
}

// A derived metric without `expr` computes nothing.
static void no_expr(const Checked *c) {
  Diag *d = diag_at(c->l->diags, SEV_WARNING, CODE_SEMANTIC_MODEL, c->n->patch_source,
                    path_place(c->n, "name"), "the derived metric '%.*s' has no expr",
                    STR_ARG(c->n->name));
  diag_hint(c->l->diags, d, "put one under `type_params:` that names its metrics");
}

static void check_derived(Checked *c, Value params) {
  Value inputs = val_get(params, STR("metrics")), expr = val_get(params, STR("expr"));
  bool derived = val_is_str(val_get(c->n->extra, STR("type")), STR("derived"));
  bool computed = val_is(expr, VAL_STR) && val_text(expr).len;
  c->list = yaml_get(yaml_get(c->n->patch, STR("type_params")), STR("metrics"));
  for (size_t i = 0; i < val_count(inputs); i++) {
    check_offsets(c, i, inputs.list->items[i]);
    if (derived && computed)
      check_used(c, i, inputs.list->items[i], expr);
  }
  if (derived && !val_count(inputs))
    diag_hint(c->l->diags,
              semantic_wrong(c, path_place(c->n, "type_params"),
                             "the derived metric '%.*s' is made of no metrics",
                             STR_ARG(c->n->name)),
              "list those of its expr: `metrics: [a_metric]` under `type_params:`");
  if (derived && !computed)
    no_expr(c);
}

// --- cumulative metrics

static void check_cumulative(const Checked *c, Value params) {
  Value both = val_get(params, STR("cumulative_type_params"));
  if (val_is_absent(val_get(both, STR("window"))) ||
      val_is_absent(val_get(both, STR("grain_to_date"))))
    return;
  bool nested =
      yaml_get(yaml_get(yaml_get(c->n->patch, STR("type_params")), STR("cumulative_type_params")),
               STR("grain_to_date"));
  semantic_wrong(c,
                 path_place(c->n, nested ? "type_params/cumulative_type_params/grain_to_date"
                                         : "type_params/grain_to_date"),
                 "the metric '%.*s' has a window and a grain_to_date: it can have one of them",
                 STR_ARG(c->n->name));
}

// --- metrics that are computed from the rows of a semantic model

static const Node *own_model(const Checked *c, Value own) {
  Value name = val_get(own, STR("semantic_model"));
  for (size_t i = 0; val_is(name, VAL_STR) && i < c->l->nodes.n; i++) {
    const Node *n = c->l->nodes.items[i];
    if (n->enabled && n->kind == NODE_SEMANTIC_MODEL && n->package == c->n->package &&
        str_eq(n->name, val_text(name)))
      return n;
  }
  return NULL;
}

// The list of one element that the checks of measures point into.
static const Yaml *as_list(Load *l, const Yaml *one) {
  Yaml *list = arena_new(l->a, Yaml), **items = arena_array(l->a, Yaml *, 1);
  items[0] = yaml_get(one, BOTH_WRITTEN);
  *list = (Yaml){.kind = YAML_LIST, .n = 1, .span = one->span, .src = one->src, .items = items};
  return list;
}

static void check_aggregation(const Checked *c, Value params) {
  Value own = val_get(params, STR("metric_aggregation_params"));
  const Node *model = own_model(c, own);
  if (!val_is(own, VAL_DICT) || !model)
    return;
  Checked of = {
      .l = c->l, .n = model, .list = as_list(c->l, c->n->patch), .soft = true, .noun = "metric"};
  Value measure = val_copy(c->l->a, own, false), time = val_get(own, STR("agg_time_dimension"));
  dict_sets(c->l->a, measure.dict, STR("name"), val_str(c->n->name));
  dict_sets(c->l->a, measure.dict, STR("expr"), val_get(params, STR("expr")));
  semantic_check_aggregation(&of, measure);
  const Yaml *said = yaml_get(yaml_item(of.list, 0), STR("agg_time_dimension"));
  if (val_is(time, VAL_STR) && said)
    semantic_check_time(&of, said->span, val_text(time));
  else if (!val_is(time, VAL_STR) && !load_is_from_osi(c->l, c->n)) // a document cannot say it
    diag_hint(c->l->diags,
              semantic_wrong(&(Checked){.l = c->l, .n = c->n, .soft = true},
                             path_place(c->n, "name"),
                             "the metric '%.*s' has no agg_time_dimension", STR_ARG(c->n->name)),
              "give it one, or the model `agg_time_dimension: a_column`");
}

// --- conversion metrics

static const Node *model_with(const Load *l, const char *section, Str name, const Node *only) {
  for (size_t i = 0; i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    if (!n->enabled || n->kind != NODE_SEMANTIC_MODEL || (only && n != only))
      continue;
    Value list = semantic_part(n, section);
    for (size_t k = 0; k < val_count(list); k++)
      if (str_eq(semantic_name(list.list->items[k]), name))
        return n;
  }
  return NULL;
}

static void no_element(const Checked *c, Span span, const Node *model, const char *what,
                       Value name) {
  Str word = val_to_str(c->l->a, name);
  if (!model_with(c->l, "entities", word, model) &&
      (str_is(str_c(what), "entity") || !model_with(c->l, "dimensions", word, model)))
    semantic_wrong(c, span, "the semantic model '%.*s' has no %s '%.*s'", STR_ARG(model->name),
                   what, STR_ARG(word));
}

// What a metric of this name says of how it is computed; undefined: there is none.
static Value params_of_metric(const Load *l, Str name) {
  for (size_t i = 0; name.len && i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    if (n->enabled && n->kind == NODE_METRIC && str_eq(n->name, name))
      return val_get(n->extra, STR("type_params"));
  }
  return val_undef(NULL);
}

// What is converted is counted: each row once, or what is different.
static void check_counts(const Checked *c, Str metric, Value params, const char *key) {
  Value own = val_get(params, STR("metric_aggregation_params"));
  Str agg = val_to_str(c->l->a, val_get(own, STR("agg")));
  bool ones = str_is(agg, "sum") && val_is_str(val_get(params, STR("expr")), STR("1"));
  if (!val_is(own, VAL_DICT) || ones || str_among(agg, "count count_distinct"))
    return;
  Str path = str_fmt(c->l->a, "type_params/conversion_type_params/%s", key);
  diag_hint(c->l->diags,
            semantic_wrong(c, path_place(c->n, path.ptr),
                           "a conversion counts, and '%.*s' is a metric with agg: %.*s",
                           STR_ARG(metric), STR_ARG(agg)),
            "its agg must be count, count_distinct, or sum of expr: 1");
}

static void check_conversion(Checked *c, Value params) {
  static const char *const measures[] = {"base_measure", "conversion_measure"};
  static const char *const metrics[] = {"base_metric", "conversion_metric"};
  static const char *const properties[] = {"base_property", "conversion_property"};
  Value conversion = val_get(params, STR("conversion_type_params"));
  Value constant = val_get(conversion, STR("constant_properties"));
  const Yaml *written =
      yaml_get(yaml_get(c->n->patch, STR("type_params")), STR("conversion_type_params"));
  c->list = yaml_get(written, STR("constant_properties"));
  for (size_t side = 0; side < 2; side++) {
    Str measure = semantic_name(val_get(conversion, str_c(measures[side])));
    Str metric = semantic_name(val_get(conversion, str_c(metrics[side])));
    Value how = params_of_metric(c->l, metric);
    check_counts(c, metric, how, metrics[side]);
    const Node *model = metric.len ? own_model(c, val_get(how, STR("metric_aggregation_params")))
                                   : model_with(c->l, "measures", measure, NULL);
    if (!model)
      continue;
    no_element(c, path_place(c->n, "type_params/conversion_type_params/entity"), model, "entity",
               val_get(conversion, STR("entity")));
    for (size_t i = 0; i < val_count(constant); i++)
      no_element(c, semantic_place(c, i, properties[side]), model, "dimension or entity",
                 val_get(constant.list->items[i], str_c(properties[side])));
  }
}

void semantic_check_metric(Checked *c) {
  Value params = val_get(c->n->extra, STR("type_params")), type = val_get(c->n->extra, STR("type"));
  check_derived(c, params);
  if (val_is_str(type, STR("simple")))
    check_aggregation(c, params);
  if (val_is_str(type, STR("cumulative")))
    check_cumulative(c, params);
  if (val_is_str(type, STR("conversion")))
    check_conversion(c, params);
}

// --- aliases

typedef struct Aliases {
  Map measures; // names of all measures
  Map used;     // alias of a measure -> the Node that has it first
} Aliases;

// Of the metrics of a derived one.
static void check_metric_aliases(Checked *c, Value params) {
  Value list = val_get(params, STR("metrics"));
  const Yaml *newer = yaml_get(semantic_written(c->n), STR("input_metrics"));
  c->list = newer ? newer : yaml_get(yaml_get(c->n->patch, STR("type_params")), STR("metrics"));
  Map names = {0};
  for (size_t i = 0; i < val_count(list); i++)
    map_add(c->l->a, &names, semantic_name(list.list->items[i]));
  for (size_t i = 0; i < val_count(list); i++) {
    Value alias = val_get(list.list->items[i], STR("alias"));
    if (!val_is(alias, VAL_STR) || !val_text(alias).len)
      continue;
    semantic_check_name(c, semantic_place(c, i, "alias"), "alias", val_text(alias));
    if (map_get(&names, val_text(alias)))
      semantic_wrong(c, semantic_place(c, i, "alias"),
                     "the alias '%.*s' is the name of a metric of this one",
                     STR_ARG(val_text(alias)));
  }
}

static Span alias_place(const Node *n, Str alias) {
  static const char *const paths[] = {
      "type_params/measure/alias", "type_params/conversion_type_params/base_measure/alias",
      "type_params/conversion_type_params/conversion_measure/alias"};
  for (size_t i = 0; i < COUNT(paths); i++) {
    Span span = path_place(n, paths[i]);
    Str text = str_sub(n->patch_source->text, span.at, (size_t)span.at + span.len);
    if (str_eq(semantic_quoted(text), alias))
      return span;
  }
  return path_place(n, "name");
}

// An alias is a name in each query of the metric, and of those made of it.
static void check_measure_alias(const Checked *c, Aliases *all, Value measure) {
  Str alias = val_text(val_get(measure, STR("alias")));
  Span span = alias_place(c->n, alias);
  const Node *had = map_get(&all->used, alias);
  if (!had)
    semantic_check_name(c, span, "alias", alias);
  if (!had && map_get(&all->measures, alias))
    semantic_wrong(c, span, "the alias '%.*s' is the name of a measure", STR_ARG(alias));
  if (had)
    diag_note(c->l->diags,
              semantic_wrong(c, span, "the metrics '%.*s' and '%.*s' have the alias '%.*s'",
                             STR_ARG(had->name), STR_ARG(c->n->name), STR_ARG(alias)),
              had->patch_source, alias_place(had, alias), "the other one is here");
  else
    map_put(c->l->a, &all->used, alias, (void *)(uintptr_t)c->n);
}

static bool has_alias(Value measure) {
  Value alias = val_get(measure, STR("alias"));
  return val_is(alias, VAL_STR) && val_text(alias).len;
}

// A measure that is taken with a filter and otherwise too is told apart by aliases.
static void check_needed_aliases(const Checked *c, Value list) {
  Map times = {0}, told = {0};
  for (size_t i = 0; i < val_count(list); i++) {
    Str name = semantic_name(list.list->items[i]);
    uintptr_t had = (uintptr_t)map_get(&times, name);
    map_put(c->l->a, &times, name, (void *)(had + 1));
  }
  for (size_t i = 0; i < val_count(list); i++) {
    Value one = list.list->items[i];
    Str name = semantic_name(one);
    if ((uintptr_t)map_get(&times, name) < 2 || has_alias(one) ||
        val_is_absent(val_get(one, STR("filter"))) || !map_add(c->l->a, &told, name))
      continue;
    diag_hint(
        c->l->diags,
        semantic_wrong(c, path_place(c->n, "name"),
                       "the metric '%.*s' is made of the measure '%.*s' twice, with "
                       "different filters",
                       STR_ARG(c->n->name), STR_ARG(name)),
        "give each one with a filter an alias: `measure: {name: %.*s, filter: .., alias: ..}`",
        STR_ARG(name));
  }
}

static void collect_measures(Load *l, Aliases *all) {
  for (size_t i = 0; i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    Value list = n->enabled && n->kind == NODE_SEMANTIC_MODEL ? semantic_part(n, "measures")
                                                              : val_undef(NULL);
    for (size_t k = 0; k < val_count(list); k++)
      map_add(l->a, &all->measures, semantic_name(list.list->items[k]));
  }
}

void semantic_check_aliases(Load *l) {
  Aliases all = {0};
  collect_measures(l, &all);
  for (size_t i = 0; i < l->nodes.n; i++) {
    Checked c = {.l = l, .n = l->nodes.items[i]};
    if (!c.n->enabled || c.n->kind != NODE_METRIC)
      continue;
    Value params = val_get(c.n->extra, STR("type_params"));
    Value measures = val_get(params, STR("input_measures"));
    if (val_is_str(val_get(c.n->extra, STR("type")), STR("derived")))
      check_metric_aliases(&c, params);
    check_needed_aliases(&c, measures);
    for (size_t k = 0; k < val_count(measures); k++)
      if (has_alias(measures.list->items[k]))
        check_measure_alias(&c, &all, measures.list->items[k]);
  }
}

// --- saved queries

Str semantic_quoted(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '\'' || s.ptr[i] == '"') {
      ptrdiff_t end = str_find(s, str_sub(s, i, i + 1), i + 1);
      return end < 0 ? s : str_sub(s, i + 1, (size_t)end);
    }
  return s;
}

// "id__customer__kind": its last part is a dimension or an entity of some semantic model; or a
// metric.
static bool is_known_element(const Load *l, Str path) {
  Str last = path;
  for (ptrdiff_t at; (at = str_find(last, STR("__"), 0)) >= 0;)
    last = str_sub(last, (size_t)at + 2, last.len);
  if (str_among_nocase(last, GRAINS) || str_is(last, "metric_time") ||
      model_with(l, "entities", last, NULL) || model_with(l, "dimensions", last, NULL))
    return true;
  for (size_t i = 0; i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    if (n->enabled && ((n->kind == NODE_METRIC && str_eq(n->name, path)) ||
                       (n->kind == NODE_SEMANTIC_MODEL &&
                        val_is_str(val_get(n->extra, STR("primary_entity")), last))))
      return true;
  }
  return false;
}

static void check_groups(Checked *c, const Yaml *params, Value list) {
  c->list = yaml_get(params, STR("group_by"));
  for (size_t i = 0; i < val_count(list); i++) {
    Value one = list.list->items[i];
    if (!val_is(one, VAL_STR) || is_known_element(c->l, semantic_quoted(val_text(one))))
      continue;
    diag_hint(c->l->diags,
              semantic_wrong(c, semantic_place(c, i, NULL),
                             "no semantic model has what '%.*s' groups by: %.*s",
                             STR_ARG(c->n->name), STR_ARG(val_text(one))),
              "Dimension('entity__dimension'), TimeDimension('entity__dimension', 'day') or "
              "Entity('entity')");
  }
}

// A query is ordered by what it gives: the name in "Metric('revenue').descending(True)" is one of
// its metrics or of what it groups by.
static void check_order(Checked *c, const Yaml *params, Value query) {
  Value lists[] = {val_get(query, STR("metrics")), val_get(query, STR("group_by"))};
  Value order = val_get(query, STR("order_by"));
  size_t most = val_count(lists[0]) + val_count(lists[1]), n = 0;
  Str *names = arena_array(c->l->a, Str, most + 1);
  for (size_t i = 0; i < 2; i++)
    for (size_t k = 0; k < val_count(lists[i]); k++)
      names[n++] = semantic_quoted(val_to_str(c->l->a, lists[i].list->items[k]));
  c->list = yaml_get(params, STR("order_by"));
  for (size_t i = 0; i < val_count(order); i++) {
    Str name = semantic_quoted(val_to_str(c->l->a, order.list->items[i]));
    bool known = false;
    for (size_t k = 0; k < n; k++)
      known |= str_eq_nocase(names[k], name);
    if (!known)
      diag_nearest(c->l->diags,
                   semantic_wrong(c, semantic_place(c, i, NULL),
                                  "'%.*s' is ordered by '%.*s', which it does not give",
                                  STR_ARG(c->n->name), STR_ARG(name)),
                   name, names, n);
  }
}

void semantic_check_query(Checked *c) {
  const Yaml *params = yaml_get(c->n->patch, STR("query_params"));
  Value query = val_get(c->n->extra, STR("query_params")), limit = val_get(query, STR("limit"));
  check_groups(c, params, val_get(query, STR("group_by")));
  check_order(c, params, query);
  if (val_is(limit, VAL_INT) && limit.i < 0)
    semantic_wrong(c, path_place(c->n, "query_params/limit"), "a limit is not below 0");
}
