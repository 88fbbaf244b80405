// In: a metric and those that it is made of. Out: one SQL expression, text for text the one that
// dbt 1.12 writes. Where filters name dimensions by objects, their names in MetricFlow stand in it:
// who reads the document finds the columns.
#include "osi_parts.h"

#include "../base/regex.h"
#include "../base/utf8.h"
#include "../template/ops.h"
#include "../template/signature.h"

Str osi_lower(Arena *a, Str s) {
  Buf out = {.arena = a};
  for (size_t at = 0; at < s.len;)
    utf8_add(&out, utf8_tolower(utf8_next(s, &at)));
  return buf_str(&out);
}

// --- the objects of filters

typedef struct Named {
  Object object;
  Str name, grain;
} Named;

static void named_str(const Object *o, Buf *out) {
  const Named *n = (const Named *)o;
  buf_add(out, n->name);
  if (n->grain.len)
    buf_addf(out, "__%.*s", STR_ARG(n->grain));
}

// .grain('month') and .date_part('year')
static Value fn_grain(Eval *ev, const Value *v) {
  Named *n = arena_new(eval_arena(ev), Named);
  *n = *(const Named *)v[0].obj;
  n->grain = osi_lower(eval_arena(ev), val_to_str(eval_arena(ev), v[1]));
  return val_obj(n);
}

static Value fn_same(Eval *ev, const Value *v) {
  (void)ev;
  return v[0];
}

// clang-format off
const Native dimension_methods[] = {
    {"grain",      fn_grain, "self, name",            "the dimension by month, day ..."},
    {"date_part",  fn_grain, "self, name",            "a part of its dates"},
    {"descending", fn_same,  "self, *args, **kwargs", "the dimension"},
    {0},
};
// clang-format on

static bool named_attr(Eval *ev, Object *o, Str name, Value *out) {
  return native_find(eval_arena(ev), dimension_methods, "Dimension", name, val_obj(o), out);
}

static const ObjectType named_type = {.name = "Dimension", .attr = named_attr, .str = named_str};

// "entity__entity__name" of a path of entities and a name.
static Str with_path(Arena *a, Value name, Value path) {
  Buf out = {.arena = a};
  for (size_t i = 0; val_is_seq(path) && i < path.list->n; i++)
    buf_addf(&out, "%.*s__", STR_ARG(val_to_str(a, path.list->items[i])));
  buf_add(&out, val_to_str(a, name));
  return buf_str(&out);
}

static Value named(Eval *ev, Str name, Value grain) {
  Arena *a = eval_arena(ev);
  Named *n = arena_new(a, Named);
  *n = (Named){.object = {&named_type}, .name = name};
  if (!val_is_absent(grain))
    n->grain = osi_lower(a, val_to_str(a, grain));
  return val_obj(n);
}

// Dimension('entity__name') and Entity('name')
static Value fn_dimension(Eval *ev, const Value *v) {
  return named(ev, with_path(eval_arena(ev), v[0], v[1]), val_none());
}

static Value fn_time_dimension(Eval *ev, const Value *v) {
  return named(ev, with_path(eval_arena(ev), v[0], v[2]), v[1]);
}

static Value fn_metric(Eval *ev, const Value *v) {
  return named(ev, val_to_str(eval_arena(ev), v[0]), val_none());
}

// clang-format off
const Native filter_functions[] = {
    {"Dimension",     fn_dimension,      "name, entity_path=none", "a dimension in a filter of a metric"},
    {"TimeDimension", fn_time_dimension, "name, time_granularity_name=none, entity_path=none, descending=none, date_part_name=none",
     "a dimension of time"},
    {"Entity",        fn_dimension,      "name, entity_path=none", "an entity"},
    {"Metric",        fn_metric,         "name, group_by=none",    "a metric"},
    {0},
};
// clang-format on

static bool filter_name(void *data, Eval *ev, Str name, Value *out) {
  (void)data;
  if (native_find(eval_arena(ev), filter_functions, NULL, name, val_none(), out))
    return true;
  if (!builtin_global(eval_arena(ev), name, out))
    eval_fail_hint(ev, CODE_TEMPLATE_VALUE,
                   STR("a filter has Dimension(), TimeDimension(), Entity() and Metric()"),
                   "'%.*s' is undefined", STR_ARG(name));
  return true;
}

// --- filters

// Filters that all hold; one alone stands without brackets.
static Str joined(Arena *a, const Str *parts, size_t n) {
  Buf out = {.arena = a};
  size_t given = 0;
  Str last = {0};
  for (size_t i = 0; i < n; i++) {
    if (!parts[i].len)
      continue;
    last = parts[i];
    buf_addf(&out, "%s(%.*s)", given++ ? " AND " : "", STR_ARG(last));
  }
  return given < 2 ? last : buf_str(&out);
}

static Str both(Osi *o, Str above, Str own) {
  Str parts[] = {above, own};
  return joined(o->a, parts, 2);
}

static bool render_filter(Osi *o, const OsiMetric *m, Value text, Str *out) {
  static const Host host = {.lookup = filter_name};
  const Yaml *name = yaml_get(m->node->patch, STR("name"));
  Source *src = arena_new(o->a, Source);
  *src = (Source){.path = m->node->original_path,
                  .text = val_to_str(o->a, text),
                  .made_by = m->node->patch_source,
                  .made_at = name ? name->span : (Span){0}};
  EvalOptions options = {.host = &host, .arena = o->a, .diags = o->diags};
  const Template *t = template_parse(o->a, src, o->diags);
  return t && template_render(t, &options, out);
}

// The texts of `filter` behind those in `parts`.
static bool add_filters(Osi *o, const OsiMetric *m, Value filter, Str *parts, size_t *n) {
  Value list = val_get(filter, STR("where_filters"));
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++) {
    Str sql = {0};
    if (!render_filter(o, m, val_get(list.list->items[i], STR("where_sql_template")), &sql))
      return false;
    parts[(*n)++] = str_trim(sql);
  }
  return true;
}

static size_t nfilters(Value filter) {
  Value list = val_get(filter, STR("where_filters"));
  return val_is_seq(list) ? list.list->n : 0;
}

// What two filters say together, as one text; empty: nothing.
static bool filter_sql(Osi *o, const OsiMetric *m, Value first, Value second, Str *out) {
  size_t n = 0;
  Str *parts = arena_array(o->a, Str, nfilters(first) + nfilters(second) + 1);
  if (!add_filters(o, m, first, parts, &n) || !add_filters(o, m, second, parts, &n))
    return false;
  *out = joined(o->a, parts, n);
  return true;
}

// --- aggregations

Aggregation osi_aggregation(Arena *a, Value what, Str name, Str model) {
  Value expr = val_get(what, STR("expr")), params = val_get(what, STR("agg_params"));
  Aggregation out = {.agg = val_to_str(a, val_get(what, STR("agg"))),
                     .expr = val_is_absent(expr) ? name : val_to_str(a, expr),
                     .model = model,
                     .params = params};
  if (!out.expr.len)
    out.expr = name;
  bool count = str_is(out.agg, "count"), boolean = str_is(out.agg, "sum_boolean");
  if (boolean || (count && !str_is(out.expr, "1")))
    out.expr = str_fmt(a, "CASE WHEN %.*s%s THEN 1 ELSE 0 END", STR_ARG(out.expr),
                       count ? " IS NOT NULL" : "");
  if (boolean || count)
    out.agg = STR("sum");
  if (str_is(out.agg, "median")) {
    out.agg = STR("percentile");
    out.params = val_none();
  }
  return out;
}

static bool matches(Arena *a, const char *pattern, Str text, Str *group) {
  Str error;
  Regex *r = regex_cached(a, str_c(pattern), REGEX_ASCII, &error);
  RegexSpan *spans;
  if (!r || regex_exec(r, text, 0, REGEX_FULLMATCH, a, &spans, &error) != 1)
    return false;
  *group = str_sub(text, (size_t)spans[1].start, (size_t)spans[1].end);
  return true;
}

// A bare column gets the name of the semantic model in front.
static Str qualified(Arena *a, const Aggregation *g) {
  Str column;
  if (matches(a, "([A-Za-z_][A-Za-z0-9_]*)", g->expr, &column))
    return str_fmt(a, "%.*s.%.*s", STR_ARG(g->model), STR_ARG(column));
  if (matches(a, "CASE WHEN ([A-Za-z_][A-Za-z0-9_]*) IS NOT NULL THEN 1 ELSE 0 END", g->expr,
              &column))
    return str_fmt(a, "CASE WHEN %.*s.%.*s IS NOT NULL THEN 1 ELSE 0 END", STR_ARG(g->model),
                   STR_ARG(column));
  return g->expr;
}

static Str percentile(Arena *a, const Aggregation *g, Str column) {
  Value at = val_get(g->params, STR("percentile"));
  Value discrete = val_get(g->params, STR("use_discrete_percentile"));
  double share = at.kind == VAL_FLOAT ? at.f : at.kind == VAL_INT ? (double)at.i : 0.5;
  return str_fmt(a, "PERCENTILE_%s(%.*s) WITHIN GROUP (ORDER BY %.*s)",
                 discrete.kind == VAL_BOOL && discrete.b ? "DISC" : "CONT",
                 STR_ARG(val_to_str(a, val_float(share))), STR_ARG(column));
}

static Str aggregated(Arena *a, const Aggregation *g, Str filter) {
  static const struct {
    const char *agg, *open;
  } calls[] = {
      {"sum",            "SUM("           },
      {"min",            "MIN("           },
      {"max",            "MAX("           },
      {"average",        "AVG("           },
      {"count_distinct", "COUNT(DISTINCT "},
  };
  Str column = qualified(a, g);
  if (filter.len)
    column = str_fmt(a, "CASE WHEN %.*s THEN %.*s END", STR_ARG(filter), STR_ARG(column));
  for (size_t i = 0; i < COUNT(calls); i++)
    if (str_eq(g->agg, str_c(calls[i].agg)))
      return str_fmt(a, "%s%.*s)", calls[i].open, STR_ARG(column));
  return percentile(a, g, column);
}

// --- metrics

enum { LONGEST = 1 << 20 }; // bytes of one expression: metrics of metrics double it at each step

static bool metric_sql(Osi *o, const OsiMetric *m, Str above, Str *out);

static Value param(const OsiMetric *m, const char *key) {
  return val_get(val_get(m->dict, STR("type_params")), str_c(key));
}

// What a simple metric aggregates: an expression of its own, or a measure. False: nothing known.
static bool aggregation_of(Osi *o, const OsiMetric *m, Aggregation *out) {
  Value own = param(m, "metric_aggregation_params");
  if (own.kind == VAL_DICT) {
    Value what = val_copy(o->a, own, false);
    dict_sets(o->a, what.dict, STR("expr"), param(m, "expr"));
    *out = osi_aggregation(o->a, what, m->node->name,
                           val_to_str(o->a, val_get(own, STR("semantic_model"))));
    return true;
  }
  Value name = val_get(param(m, "measure"), STR("name"));
  const Aggregation *g = map_get(&o->measures, val_to_str(o->a, name));
  if (g)
    *out = *g;
  return g != NULL;
}

static bool simple(Osi *o, const OsiMetric *m, Str filter, Str *out) {
  Aggregation g;
  if (!aggregation_of(o, m, &g))
    return false;
  *out = aggregated(o->a, &g, filter);
  return true;
}

// A metric that another one names, with the filters of both.
static bool input(Osi *o, const OsiMetric *m, Value in, Str above, const OsiMetric **of, Str *out) {
  Str sql;
  *of = map_get(&o->metrics, val_to_str(o->a, val_get(in, STR("name"))));
  return *of && filter_sql(o, m, val_get(in, STR("filter")), val_none(), &sql) &&
         metric_sql(o, *of, both(o, above, sql), out);
}

static bool cumulative(Osi *o, const OsiMetric *m, Str above, Str *out) {
  Value in = val_get(param(m, "cumulative_type_params"), STR("metric"));
  const OsiMetric *of;
  Str sql;
  if (in.kind == VAL_DICT)
    return input(o, m, in, above, &of, out);
  return filter_sql(o, m, val_get(param(m, "measure"), STR("filter")), val_none(), &sql) &&
         simple(o, m, both(o, above, sql), out);
}

static bool ratio(Osi *o, const OsiMetric *m, Str above, Str *out) {
  const OsiMetric *of;
  Str over, under;
  if (!input(o, m, param(m, "numerator"), above, &of, &over) ||
      !input(o, m, param(m, "denominator"), above, &of, &under))
    return false;
  *out = str_fmt(o->a, "(%.*s) / (%.*s)", STR_ARG(over), STR_ARG(under));
  return true;
}

// `text` with each word `name` replaced.
static Str replaced(Arena *a, Str text, Str name, Str by) {
  Buf out = {.arena = a};
  size_t from = 0;
  for (ptrdiff_t at; name.len && (at = str_find(text, name, from)) >= 0 && out.len < LONGEST;) {
    size_t start = (size_t)at, end = start + name.len;
    bool whole = (!start || !str_word_char(text.ptr[start - 1])) &&
                 (end == text.len || !str_word_char(text.ptr[end]));
    buf_add(&out, str_sub(text, from, whole ? start : end));
    if (whole)
      buf_add(&out, by);
    from = end;
  }
  buf_add(&out, str_sub(text, from, text.len));
  return buf_str(&out);
}

static bool derived(Osi *o, const OsiMetric *m, Str above, Str *out) {
  Value inputs = param(m, "metrics"), expr = param(m, "expr");
  *out = val_is_absent(expr) ? STR("") : val_to_str(o->a, expr);
  for (size_t i = 0; val_is_seq(inputs) && i < inputs.list->n; i++) {
    Value in = inputs.list->items[i], alias = val_get(in, STR("alias"));
    const OsiMetric *of;
    Str sql;
    if (!input(o, m, in, above, &of, &sql))
      return false;
    Value type = val_get(of->dict, STR("type"));
    if (val_is_str(type, STR("derived")) || val_is_str(type, STR("ratio")))
      sql = str_fmt(o->a, "(%.*s)", STR_ARG(sql));
    bool renamed = val_is(alias, VAL_STR) && val_text(alias).len;
    *out = replaced(o->a, *out, renamed ? val_text(alias) : of->node->name, sql);
  }
  return true;
}

static bool by_type(Osi *o, const OsiMetric *m, Str filter, Str *out) {
  static const struct {
    const char *type;
    bool (*sql)(Osi *o, const OsiMetric *m, Str filter, Str *out);
  } types[] = {
      {"simple",     simple    },
      {"cumulative", cumulative},
      {"ratio",      ratio     },
      {"derived",    derived   },
  };
  for (size_t i = 0; i < COUNT(types); i++)
    if (val_is_str(val_get(m->dict, STR("type")), str_c(types[i].type)))
      return types[i].sql(o, m, filter, out) && out->len < LONGEST;
  return false;
}

// What a metric is under the filters `above` it, worked out once: many may be made of one.
static bool metric_sql(Osi *o, const OsiMetric *m, Str above, Str *out) {
  bool of_measure = val_is_str(val_get(m->dict, STR("type")), STR("simple")) &&
                    param(m, "metric_aggregation_params").kind != VAL_DICT;
  Value first = of_measure ? val_get(param(m, "measure"), STR("filter")) : val_none();
  Str own;
  if (!filter_sql(o, m, first, val_get(m->dict, STR("filter")), &own))
    return false;
  Str filter = both(o, above, own);
  Str key = str_fmt(o->a, "%.*s %.*s", STR_ARG(m->node->name), STR_ARG(filter));
  Str *known = map_get(&o->done, key);
  if (known) {
    *out = *known;
    return known->ptr != NULL;
  }
  bool good = by_type(o, m, filter, out);
  known = arena_new(o->a, Str);
  *known = good ? *out : (Str){0};
  map_put(o->a, &o->done, key, known);
  return good;
}

bool osi_metric_sql(Osi *o, const OsiMetric *m, Str *out) {
  return metric_sql(o, m, (Str){0}, out);
}
