// In: a metric and those that it is made of. Out: one SQL expression, text for text the one that
// dbt 1.12 writes. Where filters name dimensions by objects, their names in MetricFlow stand in it:
// who reads the document finds the columns.
#include "osi_parts.h"

#include "../base/regex.h"
#include "../base/utf8.h"
#include "../template/ops.h"
#include "../template/signature.h"

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
  n->grain = utf8_lower(eval_arena(ev), val_to_str(eval_arena(ev), v[1]));
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
    n->grain = utf8_lower(a, val_to_str(a, grain));
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

// One that holds beside those above it. Its text is never empty.
typedef struct Filter Filter;
struct Filter {
  const Filter *above;
  Str own;
};

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

// ((first) AND (second)) AND (third): the uppermost first.
static void write_filter(const Filter *f, Buf *out) {
  if (!f->above) {
    buf_add(out, f->own);
    return;
  }
  buf_addc(out, '(');
  write_filter(f->above, out);
  buf_addf(out, ") AND (%.*s)", STR_ARG(f->own));
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

// What two filters say together, as one text, worked out once; empty: nothing.
static bool filter_sql(Osi *o, const OsiMetric *m, Value first, Value second, Str *out) {
  const void *of[] = {first.kind == VAL_DICT ? first.dict : NULL,
                      second.kind == VAL_DICT ? second.dict : NULL};
  Str key = str_n((const char *)of, sizeof of);
  *out = (Str){0};
  if (!of[0] && !of[1])
    return true;
  Str *known = map_get(&o->filters, key);
  if (known) {
    *out = *known;
    return known->ptr != NULL;
  }
  size_t n = 0;
  Str *parts = arena_array(o->a, Str, nfilters(first) + nfilters(second) + 1);
  bool good = add_filters(o, m, first, parts, &n) && add_filters(o, m, second, parts, &n);
  known = arena_new(o->a, Str);
  *known = *out = good ? joined(o->a, parts, n) : (Str){0};
  if (good && !known->ptr)
    *known = STR("");
  map_put(o->a, &o->filters, str_dup(o->a, key), known);
  return good;
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

static void write_column(Arena *a, const Aggregation *g, const Filter *filter, Buf *out) {
  Str column = qualified(a, g);
  if (filter) {
    buf_adds(out, "CASE WHEN ");
    write_filter(filter, out);
    buf_addf(out, " THEN %.*s END", STR_ARG(column));
  } else {
    buf_add(out, column);
  }
}

static void write_percentile(Arena *a, const Aggregation *g, const Filter *filter, Buf *out) {
  Value at = val_get(g->params, STR("percentile"));
  Value discrete = val_get(g->params, STR("use_discrete_percentile"));
  double share = at.kind == VAL_FLOAT ? at.f : at.kind == VAL_INT ? (double)at.i : 0.5;
  buf_addf(out, "PERCENTILE_%s(%.*s) WITHIN GROUP (ORDER BY ",
           discrete.kind == VAL_BOOL && discrete.b ? "DISC" : "CONT",
           STR_ARG(val_to_str(a, val_float(share))));
  write_column(a, g, filter, out);
  buf_addc(out, ')');
}

static void write_aggregated(Arena *a, const Aggregation *g, const Filter *filter, Buf *out) {
  static const struct {
    const char *agg, *open;
  } calls[] = {
      {"sum",            "SUM("           },
      {"min",            "MIN("           },
      {"max",            "MAX("           },
      {"average",        "AVG("           },
      {"count_distinct", "COUNT(DISTINCT "},
  };
  for (size_t i = 0; i < COUNT(calls); i++)
    if (str_eq(g->agg, str_c(calls[i].agg))) {
      buf_add(out, str_c(calls[i].open));
      write_column(a, g, filter, out);
      buf_addc(out, ')');
      return;
    }
  write_percentile(a, g, filter, out);
}

// --- metrics

// An expression is written at once from its beginning to its end: what metrics of metrics cost is
// what is written. No longer or deeper one is: metrics of metrics may double it at each step.
enum { LONGEST = 1 << 16, DEEPEST = 500 };

typedef struct Writing {
  Osi *o;
  Buf *out;
  int depth;
  bool too_deep;
} Writing;

static bool write_metric(Writing *w, const OsiMetric *m, const Filter *above);

static Value param(const OsiMetric *m, const char *key) {
  return val_get(val_get(m->dict, STR("type_params")), str_c(key));
}

// `above`, and the text of another one under it, which lies in *room.
static const Filter *with(const Filter *above, Str own, Filter *room) {
  *room = (Filter){above, own};
  return own.len ? room : above;
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

static bool simple(Writing *w, const OsiMetric *m, const Filter *filter) {
  Aggregation g;
  if (!aggregation_of(w->o, m, &g))
    return false;
  write_aggregated(w->o->a, &g, filter, w->out);
  return true;
}

// The metric that another one names; NULL: there is none.
static const OsiMetric *metric_of(const Osi *o, Value in) {
  return map_get(&o->metrics, val_to_str(o->a, val_get(in, STR("name"))));
}

// A metric that another one names, with the filters of both.
static bool input(Writing *w, const OsiMetric *m, Value in, const Filter *above) {
  const OsiMetric *of = metric_of(w->o, in);
  Filter room;
  Str sql;
  return of && filter_sql(w->o, m, val_get(in, STR("filter")), val_none(), &sql) &&
         write_metric(w, of, with(above, sql, &room));
}

static bool cumulative(Writing *w, const OsiMetric *m, const Filter *above) {
  Value in = val_get(param(m, "cumulative_type_params"), STR("metric"));
  Filter room;
  Str sql;
  if (in.kind == VAL_DICT)
    return input(w, m, in, above);
  return filter_sql(w->o, m, val_get(param(m, "measure"), STR("filter")), val_none(), &sql) &&
         simple(w, m, with(above, sql, &room));
}

static bool ratio(Writing *w, const OsiMetric *m, const Filter *above) {
  buf_addc(w->out, '(');
  if (!input(w, m, param(m, "numerator"), above))
    return false;
  buf_adds(w->out, ") / (");
  if (!input(w, m, param(m, "denominator"), above))
    return false;
  buf_addc(w->out, ')');
  return true;
}

// --- derived metrics

// The inputs by the words of the expression that stand for them.
static const Map *inputs_of(Osi *o, const OsiMetric *m) {
  Str key = str_n((const char *)&m, sizeof(const OsiMetric *));
  Map *all = map_get(&o->inputs, key);
  if (all)
    return all;
  all = arena_new(o->a, Map);
  map_put(o->a, &o->inputs, str_dup(o->a, key), all);
  Value list = param(m, "metrics");
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++) {
    Value in = list.list->items[i], alias = val_get(in, STR("alias"));
    bool renamed = val_is(alias, VAL_STR) && val_text(alias).len;
    Str name = renamed ? val_text(alias) : val_to_str(o->a, val_get(in, STR("name")));
    if (!map_get(all, name))
      map_put(o->a, all, name, &list.list->items[i]);
  }
  return all;
}

// A compound one is put into brackets.
static bool write_input(Writing *w, const OsiMetric *m, Value in, const Filter *above) {
  const OsiMetric *of = metric_of(w->o, in);
  Value type = of ? val_get(of->dict, STR("type")) : val_none();
  bool compound = val_is_str(type, STR("derived")) || val_is_str(type, STR("ratio"));
  if (compound)
    buf_addc(w->out, '(');
  bool good = input(w, m, in, above);
  if (compound)
    buf_addc(w->out, ')');
  return good;
}

static bool derived(Writing *w, const OsiMetric *m, const Filter *above) {
  const Map *inputs = inputs_of(w->o, m);
  Value said = param(m, "expr");
  Str expr = val_is_absent(said) ? STR("") : val_to_str(w->o->a, said);
  for (size_t at = 0, end; at < expr.len; at = end) {
    bool word = str_word_char(expr.ptr[at]);
    for (end = at + 1; end < expr.len && str_word_char(expr.ptr[end]) == word;)
      end++;
    Str part = str_sub(expr, at, end);
    const Value *in = word ? map_get(inputs, part) : NULL;
    if (!in)
      buf_add(w->out, part);
    else if (!write_input(w, m, *in, above))
      return false;
  }
  return true;
}

static bool by_type(Writing *w, const OsiMetric *m, const Filter *filter) {
  static const struct {
    const char *type;
    bool (*write)(Writing *w, const OsiMetric *m, const Filter *filter);
  } types[] = {
      {"simple",     simple    },
      {"cumulative", cumulative},
      {"ratio",      ratio     },
      {"derived",    derived   },
  };
  for (size_t i = 0; i < COUNT(types); i++)
    if (val_is_str(val_get(m->dict, STR("type")), str_c(types[i].type)))
      return types[i].write(w, m, filter);
  return false;
}

// A metric under the filters `above` it.
static bool write_metric(Writing *w, const OsiMetric *m, const Filter *above) {
  bool of_measure = val_is_str(val_get(m->dict, STR("type")), STR("simple")) &&
                    param(m, "metric_aggregation_params").kind != VAL_DICT;
  Value first = of_measure ? val_get(param(m, "measure"), STR("filter")) : val_none();
  Filter room;
  Str own;
  w->too_deep |= w->depth == DEEPEST;
  if (w->too_deep || !filter_sql(w->o, m, first, val_get(m->dict, STR("filter")), &own))
    return false;
  w->depth++;
  bool good = by_type(w, m, with(above, own, &room)) && w->out->len < LONGEST;
  w->depth--;
  return good;
}

static void tell_too_long(const Osi *o, const OsiMetric *m, const char *how) {
  const Yaml *name = yaml_get(m->node->patch, STR("name"));
  Diag *d = diag_at(o->diags, SEV_WARNING, CODE_OSI_LOSS, m->node->patch_source,
                    name ? name->span : (Span){0},
                    "the metric '%.*s' is not in osi_document.json: as one expression it is too %s",
                    STR_ARG(m->node->name), how);
  diag_part(o->diags, d, "issue_type", STR("TOO_LONG"));
  diag_part(o->diags, d, "element_name", m->node->name);
  diag_part(o->diags, d, "converter_name", STR("MSIToOSIConverter"));
}

bool osi_metric_sql(Osi *o, const OsiMetric *m, Str *out) {
  Buf text = {.arena = o->a};
  Writing w = {.o = o, .out = &text};
  bool good = write_metric(&w, m, NULL);
  if (w.too_deep || text.len >= LONGEST)
    tell_too_long(o, m, w.too_deep ? "deep" : "long");
  *out = buf_str(&text);
  return good;
}
