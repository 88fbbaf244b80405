// In: the metrics of an OSI document, each an expression in SQL. Out: metrics as schema files have
// them: an aggregate is a simple metric, a division a ratio of two that are made for it. What is
// neither is a sum over its text, as in dbt, and a warning: nothing else can hold it.
#include "osi_expression.h"
#include "osi_read.h"

enum { DEEPEST = 16 }; // ratios of ratios

typedef struct OsiMetric {
  Both written;
  Str name;
  int depth; // how many ratios it was made for
} OsiMetric;

// --- which dataset an expression is about

static Str dataset_name(Both dataset) { return val_text(both_get(dataset, "name").value); }

static bool has_field(Both dataset, Str name) {
  Both fields = both_get(dataset, "fields"), one;
  for (size_t i = 0; !both_absent(one = both_item(fields, i)); i++)
    if (str_eq(val_text(both_get(one, "name").value), name) ||
        str_eq(val_text(osi_sql_of(one).value), name))
      return true;
  return false;
}

static Str dataset_named(const OsiModel *m, Str name) {
  Both one;
  for (size_t i = 0; !both_absent(one = both_item(m->datasets, i)); i++)
    if (str_eq_nocase(dataset_name(one), name))
      return dataset_name(one);
  return (Str){0};
}

static bool is_field(const OsiModel *m, Str name) {
  Both one;
  for (size_t i = 0; !both_absent(one = both_item(m->datasets, i)); i++)
    if (has_field(one, name))
      return true;
  return false;
}

static Str first_dataset(const OsiModel *m) {
  Both first = both_item(m->datasets, 0);
  return both_absent(first) ? (Str){0} : dataset_name(first);
}

// The one that names are qualified with, else the one that has the field. False: several, or one
// that is not there.
static bool dataset_of(const OsiModel *m, Str sql, Str *out) {
  OsiQualifier *names;
  size_t n = osi_qualifiers(m->l->a, sql, &names);
  *out = (Str){0};
  for (size_t i = 0; i < n; i++) {
    Str found = dataset_named(m, names[i].name);
    if (!found.len && is_field(m, names[i].name))
      continue; // a part of a column
    if (!found.len || (out->len && !str_eq(*out, found)))
      return false;
    *out = found;
  }
  Both one;
  for (size_t i = 0; !out->len && !both_absent(one = both_item(m->datasets, i)); i++)
    if (has_field(one, sql))
      *out = dataset_name(one);
  if (!out->len)
    *out = first_dataset(m);
  return true;
}

// --- metrics

static Both new_metric(const OsiModel *m, const OsiMetric *of, const char *type) {
  Load *l = m->l;
  const Yaml *near = both_get(of->written, "name").yaml;
  Both made = both_dict(l, near), name = both_text(l, of->name, near);
  both_put(l, made, "name", name);
  both_put(l, made, "label", name);
  both_put(l, made, "type", both_text(l, str_c(type), osi_sql_of(of->written).yaml));
  if (!of->depth)
    both_take(l, made, of->written, "description");
  return made;
}

static void add(const OsiModel *m, const OsiMetric *of, Both made, Both params) {
  Prop *prop = arena_new(m->l->a, Prop);
  both_put_value(m->l, params, "is_private", val_bool(false));
  both_put(m->l, made, "type_params", params);
  both_prop(m->l, PROP_METRIC, m->file->source, made, of->written, prop);
  semantic_add_metric(m->l, m->file, prop);
}

static Both percentile_params(Load *l, const OsiExpression *x, const Yaml *near) {
  Both params = both_dict(l, near);
  both_put(l, params, "percentile", (Both){val_float(x->share), params.yaml});
  both_put(l, params, "use_discrete_percentile", (Both){val_bool(x->discrete), params.yaml});
  return params;
}

static void add_simple(const OsiModel *m, const OsiMetric *of, const OsiExpression *x,
                       Str dataset) {
  Load *l = m->l;
  Both made = new_metric(m, of, "simple"), sql = osi_sql_of(of->written);
  Both params = both_dict(l, sql.yaml), how = both_dict(l, sql.yaml);
  both_put(l, how, "semantic_model", both_text(l, dataset, sql.yaml));
  both_put(l, how, "agg", both_text(l, str_c(x->agg), sql.yaml));
  if (strcmp(x->agg, "percentile") == 0)
    both_put(l, how, "agg_params", percentile_params(l, x, sql.yaml));
  both_put(l, params, "expr", both_text(l, x->of, sql.yaml));
  both_put(l, params, "metric_aggregation_params", how);
  add(m, of, made, params);
}

static void warn_unread(const OsiModel *m, const OsiMetric *of, Str sql) {
  const Yaml *at = osi_sql_of(of->written).yaml;
  Diag *d = diag_at(m->l->diags, SEV_WARNING, CODE_SEMANTIC_MODEL, at->src, at->span,
                    "the metric '%.*s' is read as a sum of this text, which is not what it says",
                    STR_ARG(of->name));
  diag_hint(m->l->diags, d,
            "an aggregate of one dataset, or a division of two, can be read; this cannot: %.*s",
            STR_ARG(sql));
}

static void add_metric(const OsiModel *m, const OsiMetric *of, Str sql);

// The document has the part of a ratio too: one that was made of a ratio and written anew does.
static bool is_listed(const OsiModel *m, Str name, Str sql) {
  const Both *had = map_get(&m->metrics, name);
  return had && str_eq(str_trim(val_text(osi_sql_of(*had).value)), sql);
}

static void add_ratio(const OsiModel *m, const OsiMetric *of, const OsiExpression *x) {
  static const char *const sides[] = {"numerator", "denominator"};
  const Str texts[] = {x->over, x->under};
  Both made = new_metric(m, of, "ratio"), sql = osi_sql_of(of->written);
  Both params = both_dict(m->l, sql.yaml);
  for (size_t i = 0; i < COUNT(sides); i++) {
    OsiMetric part = {of->written, str_fmt(m->l->a, "%.*s_%s", STR_ARG(of->name), sides[i]),
                      of->depth + 1};
    Both input = both_dict(m->l, sql.yaml);
    if (!is_listed(m, part.name, texts[i]))
      add_metric(m, &part, texts[i]);
    both_put(m->l, input, "name", both_text(m->l, part.name, sql.yaml));
    both_put(m->l, params, sides[i], input);
  }
  add(m, of, made, params);
}

static void add_metric(const OsiModel *m, const OsiMetric *of, Str sql) {
  OsiExpression x = osi_expression(m->l->a, sql);
  Str dataset;
  if (x.kind == OSI_RATIO && of->depth < DEEPEST) {
    add_ratio(m, of, &x);
  } else if (x.kind == OSI_AGGREGATE && dataset_of(m, x.of, &dataset)) {
    x.of = osi_unquoted(osi_unqualified(m->l->a, x.of, dataset));
    add_simple(m, of, &x, dataset);
  } else {
    warn_unread(m, of, sql);
    add_simple(m, of, &(OsiExpression){.agg = "sum", .of = sql}, first_dataset(m));
  }
}

void osi_add_metrics(OsiModel *m) {
  Both list = both_get(m->whole, "metrics"), one;
  Both *all = arena_array(m->l->a, Both, val_count(list.value) + 1);
  for (size_t i = 0; !both_absent(one = both_item(list, i)); i++) {
    all[i] = one;
    map_put(m->l->a, &m->metrics, val_text(both_get(one, "name").value), &all[i]);
  }
  for (size_t i = 0; !both_absent(one = both_item(list, i)); i++) {
    OsiMetric of = {.written = one, .name = val_text(both_get(one, "name").value)};
    add_metric(m, &of, str_trim(val_text(osi_sql_of(one).value)));
  }
}
