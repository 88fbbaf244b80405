// In: the entries of semantic models, metrics, saved queries and time spines, as written. Out:
// errors at keys that such an entry does not have, that it lacks, and at words that cannot stand
// there. Two tables of what dbt takes; what several values say together is for the other checks.
#include "semantic_rules.h"

#include "osi.h"
#include "semantic_check.h"

#include "semantic_v2.h"

// A dict at a path below the entry ('*': each item of a list): its keys, those that must be there.
typedef struct Shape {
  NodeKind kind;
  const char *path, *noun, *keys, *required;
} Shape;

static const Shape shapes[] = {
    {NODE_SEMANTIC_MODEL, "",                                         "semantic model",
     "name model config description label defaults entities measures dimensions primary_entity",                                                           "model"                                 },
    {NODE_SEMANTIC_MODEL, "entities/*",                               "entity",                 "name type description label role expr config",
     "name type"                                                                                                                                                                                   },
    {NODE_SEMANTIC_MODEL, "dimensions/*",                             "dimension",
     "name type description label is_partition type_params expr config",                                                                                   "name type"                             },
    {NODE_SEMANTIC_MODEL, "dimensions/*/type_params",                 "type_params",
     "time_granularity validity_params",                                                                                                                   "time_granularity"                      },
    {NODE_SEMANTIC_MODEL, "dimensions/*/type_params/validity_params", "validity_params",
     "is_start is_end",                                                                                                                                    ""                                      },
    {NODE_SEMANTIC_MODEL, "measures/*",                               "measure",
     "name agg description label expr agg_params non_additive_dimension agg_time_dimension "
     "create_metric config",                                                                                                                               "name agg"                              },
    {NODE_SEMANTIC_MODEL, "measures/*/agg_params",                    "agg_params",
     "percentile use_discrete_percentile use_approximate_percentile",                                                                                      ""                                      },
    {NODE_SEMANTIC_MODEL, "measures/*/non_additive_dimension",        "non_additive_dimension",
     "name window_choice window_groupings",                                                                                                                "name window_choice"                    },
    {NODE_SEMANTIC_MODEL, "defaults",                                 "defaults",               "agg_time_dimension",                                      ""                                      },
    {NODE_METRIC,         "",                                         "metric",
     "name label type type_params description filter time_granularity meta tags config",                                                                   "label type type_params"                },
    {NODE_METRIC,         "type_params",                              "type_params",
     "measure numerator denominator expr window grain_to_date metrics conversion_type_params "
     "cumulative_type_params",                                                                                                                             ""                                      },
    {NODE_METRIC,         "type_params/measure",                      "measure",
     "name filter alias join_to_timespine fill_nulls_with",                                                                                                "name"                                  },
    {NODE_METRIC,         "type_params/metrics/*",                    "metric of this one",
     "name filter alias offset_window offset_to_grain",                                                                                                    "name"                                  },
    {NODE_METRIC,         "type_params/numerator",                    "numerator",
     "name filter alias offset_window offset_to_grain",                                                                                                    "name"                                  },
    {NODE_METRIC,         "type_params/denominator",                  "denominator",
     "name filter alias offset_window offset_to_grain",                                                                                                    "name"                                  },
    {NODE_METRIC,         "type_params/cumulative_type_params",       "cumulative_type_params",
     "window grain_to_date period_agg",                                                                                                                    ""                                      },
    {NODE_METRIC,         "type_params/conversion_type_params",       "conversion_type_params",
     "base_measure conversion_measure entity calculation window constant_properties",                                                                      "base_measure conversion_measure entity"},
    {NODE_MODEL,          "time_spine",                               "time_spine",             "standard_granularity_column custom_granularities",
     ""                                                                                                                                                                                            },
    {NODE_MODEL,          "time_spine/custom_granularities/*",        "custom granularity",     "name column_name",
     "name"                                                                                                                                                                                        },
    {NODE_SAVED_QUERY,    "",                                         "saved query",            "name query_params description label exports config tags",
     "query_params"                                                                                                                                                                                },
    {NODE_SAVED_QUERY,    "query_params",                             "query_params",           "metrics group_by where order_by limit",                   ""                                      },
    {NODE_SAVED_QUERY,    "exports/*",                                "export",                 "name config",                                             "name"                                  },
};

#define INPUT "name filter alias offset_window offset_to_grain"

// The same of the newer form: of the entry of a model that describes a semantic model, of a metric
// in it or at the top of a file.
static const Shape newer_shapes[] = {
    {NODE_SEMANTIC_MODEL, "semantic_model",                      "semantic_model",         "name enabled group config",          ""              },
    {NODE_SEMANTIC_MODEL, "columns/*/entity",                    "entity",                 "name type description label config",
     "type"                                                                                                                                      },
    {NODE_SEMANTIC_MODEL, "columns/*/dimension",                 "dimension",
     "name type description label is_partition config validity_params",                                                          "type"          },
    {NODE_SEMANTIC_MODEL, "columns/*/dimension/validity_params", "validity_params",
     "is_start is_end",                                                                                                          ""              },
    {NODE_SEMANTIC_MODEL, "derived_semantics",                   "derived_semantics",      "entities dimensions",                ""              },
    {NODE_SEMANTIC_MODEL, "derived_semantics/entities/*",        "derived entity",
     "name type expr description label config",                                                                                  "name type expr"},
    {NODE_SEMANTIC_MODEL, "derived_semantics/dimensions/*",      "derived dimension",
     "name type expr granularity description label is_partition config validity_params",                                         "name type expr"},
    {NODE_METRIC,         "",                                    "metric",
     "name type label description filter time_granularity config hidden agg percentile "
     "percentile_type join_to_timespine "
     "fill_nulls_with expr non_additive_dimension agg_time_dimension window grain_to_date "
     "period_agg input_metric numerator "
     "denominator input_metrics entity calculation base_metric conversion_metric "
     "constant_properties",                                                                                                      ""              },
    {NODE_METRIC,         "non_additive_dimension",              "non_additive_dimension", "name window_agg group_by",
     "name window_agg"                                                                                                                           },
    {NODE_METRIC,         "numerator",                           "numerator",              INPUT,                                "name"          },
    {NODE_METRIC,         "denominator",                         "denominator",            INPUT,                                "name"          },
    {NODE_METRIC,         "input_metric",                        "input_metric",           INPUT,                                "name"          },
    {NODE_METRIC,         "input_metrics/*",                     "metric of this one",     INPUT,                                "name"          },
    {NODE_METRIC,         "base_metric",                         "base_metric",            INPUT,                                "name"          },
    {NODE_METRIC,         "conversion_metric",                   "conversion_metric",      INPUT,                                "name"          },
};

// What a metric of the newer form needs by its type, and what only that type has.
static const struct {
  const char *type, *required, *own;
} newer_types[] = {
    {"simple",     "agg",
     "agg percentile percentile_type join_to_timespine fill_nulls_with "
     "non_additive_dimension agg_time_dimension"                                                  },
    {"ratio",      "numerator denominator",                "numerator denominator"                },
    {"cumulative", "input_metric",                         "input_metric grain_to_date period_agg"},
    {"derived",    "",                                     "input_metrics"                        },
    {"conversion", "base_metric conversion_metric entity",
     "base_metric conversion_metric entity calculation constant_properties"                       },
};

// What a text at a path must be. `of`: only of metrics of this type.
typedef struct Words {
  NodeKind kind;
  const char *of, *path, *noun;
  bool (*fits)(Load *l, Str text, const char *words);
  const char *words; // all that may stand there, or what the hint says
} Words;

static bool one_of(Load *l, Str text, const char *words) {
  (void)l;
  return str_among_nocase(text, words);
}

static bool is_ref(Load *l, Str text, const char *words) {
  (void)l, (void)words;
  return str_find(text, STR("ref("), 0) >= 0;
}

static bool is_custom_grain(const Load *l, Str grain) {
  for (size_t i = 0; i < l->nodes.n; i++) {
    Value custom = val_get(l->nodes.items[i]->more->time_spine, STR("custom_granularities"));
    for (size_t k = 0; k < val_count(custom); k++)
      if (str_eq_nocase(semantic_name(custom.list->items[k]), grain))
        return true;
  }
  return false;
}

// The granularities that `words` lists, and those of time spines.
static bool is_grain(Load *l, Str text, const char *words) {
  return one_of(l, text, words) || is_custom_grain(l, text);
}

// "3 days": a number, one blank, a granularity, of which there may be several.
static bool cut_window(Str text, Str *grain) {
  Str count;
  *grain = text;
  str_cut(grain, ' ', &count);
  bool number = count.len > 0 && grain->ptr;
  for (size_t i = 0; i < count.len; i++)
    number = number && count.ptr[i] >= '0' && count.ptr[i] <= '9';
  return number;
}

static Str singular(Str grain) {
  return str_ends(grain, STR("s")) ? str_sub(grain, 0, grain.len - 1) : grain;
}

static bool is_window(Load *l, Str text, const char *words) {
  (void)l, (void)words;
  Str grain;
  return cut_window(text, &grain) &&
         (str_among_nocase(grain, GRAINS) || str_among_nocase(singular(grain), GRAINS));
}

static bool is_offset(Load *l, Str text, const char *words) {
  Str grain;
  return is_window(l, text, words) ||
         (cut_window(text, &grain) &&
          (is_custom_grain(l, grain) || is_custom_grain(l, singular(grain))));
}

// The end of a quoted text that starts at s[at].
static size_t behind_quotes(Str s, size_t at) {
  ptrdiff_t end = str_find(s, str_sub(s, at, at + 1), at + 1);
  return end < 0 ? s.len : (size_t)end + 1;
}

static bool is_word_char(char ch) {
  return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
         ch == '_';
}

// Only the objects of MetricFlow can be called in a filter: not a method, a Jinja filter or test.
static bool calls_known(Str code) {
  for (size_t i = 0; i < code.len;) {
    if (code.ptr[i] == '\'' || code.ptr[i] == '"') {
      i = behind_quotes(code, i);
      continue;
    }
    size_t start = i;
    while (i < code.len && is_word_char(code.ptr[i]))
      i++;
    Str before = str_trim(str_sub(code, 0, start));
    if (i > start && i < code.len && code.ptr[i] == '(' && !str_ends(before, STR(".")) &&
        !str_ends(before, STR("|")) && !str_ends(before, STR(" is")) &&
        !str_among_nocase(str_sub(code, start, i),
                          "Dimension TimeDimension Entity Metric range dict namespace"))
      return false;
    i += i == start;
  }
  return true;
}

static bool is_filter(Load *l, Str text, const char *words) {
  (void)words;
  Source *src = arena_new(l->a, Source);
  Diags found;
  diags_init(&found);
  *src = (Source){.text = text};
  bool good = template_parse(l->a, src, &found) && !found.errors;
  diags_free(&found);
  for (ptrdiff_t at = 0; good && (at = str_find(text, STR("{{"), (size_t)at)) >= 0; at += 2) {
    ptrdiff_t end = str_find(text, STR("}}"), (size_t)at);
    good = end < 0 || calls_known(str_sub(text, (size_t)at + 2, (size_t)end));
  }
  return good;
}

#define FILTER                                                                                     \
  "\"{{ Dimension('entity__dimension') }} = 'a value'\"; TimeDimension, Entity and Metric too"
#define WINDOW "a number and a granularity, as in: 7 days"

static const Words words[] = {
    {NODE_SEMANTIC_MODEL, NULL,         "model",                                            "reference to a model", is_ref,    "write ref('a_model')"       },
    {NODE_SEMANTIC_MODEL, NULL,         "entities/*/type",                                  "type of an entity",    one_of,
     "primary foreign natural unique"                                                                                                                       },
    {NODE_SEMANTIC_MODEL, NULL,         "dimensions/*/type",                                "type of a dimension",  one_of,
     "categorical time"                                                                                                                                     },
    {NODE_SEMANTIC_MODEL, NULL,         "measures/*/agg",                                   "agg of a measure",     one_of,
     "sum min max count_distinct sum_boolean average percentile median count"                                                                               },
    {NODE_SEMANTIC_MODEL, NULL,         "dimensions/*/type_params/time_granularity",        "granularity of time",
     one_of,                                                                                                                   GRAINS                       },
    {NODE_MODEL,          NULL,         "columns/*/granularity",                            "granularity of time",  one_of,    GRAINS                       },
    {NODE_METRIC,         "cumulative", "type_params/window",                               "window",               is_window, WINDOW                       },
    {NODE_METRIC,         "cumulative", "type_params/grain_to_date",                        "granularity of time",  one_of,    GRAINS                       },
    {NODE_METRIC,         "cumulative", "type_params/cumulative_type_params/window",        "window",               is_window,
     WINDOW                                                                                                                                                 },
    {NODE_METRIC,         "cumulative", "type_params/cumulative_type_params/grain_to_date",
     "granularity of time",                                                                                         one_of,    GRAINS                       },
    {NODE_METRIC,         "cumulative", "type_params/cumulative_type_params/period_agg",    "period_agg",
     one_of,                                                                                                                   "first last average"         },
    {NODE_METRIC,         "conversion", "type_params/conversion_type_params/window",        "window",               is_window,
     WINDOW                                                                                                                                                 },
    {NODE_METRIC,         "conversion", "type_params/conversion_type_params/calculation",   "calculation",
     one_of,                                                                                                                   "conversions conversion_rate"},
    {NODE_METRIC,         NULL,         "type_params/metrics/*/offset_window",              "window",               is_offset, WINDOW                       },
    {NODE_METRIC,         NULL,         "type_params/metrics/*/offset_to_grain",            "granularity of time",  one_of,
     GRAINS                                                                                                                                                 },
    {NODE_METRIC,         NULL,         "filter",                                           "filter",               is_filter, FILTER                       },
    {NODE_METRIC,         NULL,         "type_params/measure/filter",                       "filter",               is_filter, FILTER                       },
    {NODE_METRIC,         NULL,         "type_params/metrics/*/filter",                     "filter",               is_filter, FILTER                       },
    {NODE_METRIC,         NULL,         "type_params/numerator/filter",                     "filter",               is_filter, FILTER                       },
    {NODE_METRIC,         NULL,         "type_params/denominator/filter",                   "filter",               is_filter, FILTER                       },
    {NODE_SAVED_QUERY,    NULL,         "query_params/where",                               "filter",               is_filter, FILTER                       },
    {NODE_SAVED_QUERY,    NULL,         "config/export_as",                                 "form of an export",    one_of,    "table view"                 },
    {NODE_SAVED_QUERY,    NULL,         "exports/*/config/export_as",                       "form of an export",    one_of,
     "table view"                                                                                                                                           },
};

#define AGGS "sum min max count_distinct sum_boolean average percentile median count"

static const Words newer_words[] = {
    {NODE_SEMANTIC_MODEL, NULL,         "columns/*/entity",                           "type of an entity",   one_of,
     "primary foreign natural unique"                                                                                                       },
    {NODE_SEMANTIC_MODEL, NULL,         "columns/*/entity/type",                      "type of an entity",   one_of,
     "primary foreign natural unique"                                                                                                       },
    {NODE_SEMANTIC_MODEL, NULL,         "columns/*/dimension",                        "type of a dimension", one_of,
     "categorical time"                                                                                                                     },
    {NODE_SEMANTIC_MODEL, NULL,         "columns/*/dimension/type",                   "type of a dimension", one_of,
     "categorical time"                                                                                                                     },
    {NODE_SEMANTIC_MODEL, NULL,         "derived_semantics/entities/*/type",          "type of an entity",   one_of,
     "primary foreign natural unique"                                                                                                       },
    {NODE_SEMANTIC_MODEL, NULL,         "derived_semantics/dimensions/*/type",        "type of a dimension",
     one_of,                                                                                                            "categorical time"  },
    {NODE_SEMANTIC_MODEL, NULL,         "derived_semantics/dimensions/*/granularity", "granularity of time",
     one_of,                                                                                                            GRAINS              },
    {NODE_METRIC,         NULL,         "agg",                                        "agg of a metric",     one_of,    AGGS                },
    {NODE_METRIC,         NULL,         "non_additive_dimension/window_agg",          "aggregation",         one_of,    AGGS                },
    {NODE_METRIC,         NULL,         "window",                                     "window",              is_window, WINDOW              },
    {NODE_METRIC,         "cumulative", "grain_to_date",                              "granularity of time", is_grain,  GRAINS              },
    {NODE_METRIC,         "cumulative", "period_agg",                                 "period_agg",          one_of,    "first last average"},
    {NODE_METRIC,         "conversion", "calculation",                                "calculation",         one_of,
     "conversions conversion_rate"                                                                                                          },
    {NODE_METRIC,         NULL,         "input_metrics/*/offset_window",              "window",              is_offset, WINDOW              },
    {NODE_METRIC,         NULL,         "filter",                                     "filter",              is_filter, FILTER              },
    {NODE_METRIC,         NULL,         "numerator/filter",                           "filter",              is_filter, FILTER              },
    {NODE_METRIC,         NULL,         "denominator/filter",                         "filter",              is_filter, FILTER              },
    {NODE_METRIC,         NULL,         "input_metric/filter",                        "filter",              is_filter, FILTER              },
    {NODE_METRIC,         NULL,         "input_metrics/*/filter",                     "filter",              is_filter, FILTER              },
    {NODE_METRIC,         NULL,         "base_metric/filter",                         "filter",              is_filter, FILTER              },
    {NODE_METRIC,         NULL,         "conversion_metric/filter",                   "filter",              is_filter, FILTER              },
};

// --- one rule at one place

static bool is_empty(const Yaml *y) {
  return !y || (y->kind == YAML_SCALAR && val_is(y->scalar, VAL_NONE));
}

static void check_shape(const Checked *c, const Yaml *at, const void *rule) {
  const Shape *shape = rule;
  if (at->kind != YAML_DICT)
    return;
  for (uint32_t i = 0; i < at->n; i++) {
    const Yaml *key = at->entries[i].key;
    Str word = yaml_as_text(c->l->a, key);
    if (str_among_nocase(word, shape->keys))
      continue;
    Diag *d = semantic_wrong(c, key->span, "'%.*s' is not a key of %s %s", STR_ARG(word),
                             semantic_article(shape->noun), shape->noun);
    diag_nearest_word(c->l->diags, d, word, shape->keys);
  }
  Str rest = str_c(shape->required), key;
  const Yaml *name = yaml_get(at, STR("name"));
  while (shape->required[0] && str_cut(&rest, ' ', &key))
    if (is_empty(yaml_get(at, key)))
      diag_hint(c->l->diags,
                semantic_wrong(c, name ? name->span : at->span, "the %s%s%.*s%s has no %.*s",
                               shape->noun, name ? " '" : "", STR_ARG(yaml_str(name)),
                               name ? "'" : "", STR_ARG(key)),
                "add `%.*s:` to it", STR_ARG(key));
}

static void check_word(const Checked *c, const Yaml *at, const void *rule) {
  const Words *w = rule;
  for (uint32_t i = 0; at->kind == YAML_LIST && i < at->n; i++)
    check_word(c, at->items[i], rule);
  if (at->kind != YAML_SCALAR || is_empty(at))
    return;
  Str text = yaml_as_text(c->l->a, at);
  bool made = w->fits != is_filter && str_find(text, STR("{{"), 0) >= 0;
  if (made || w->fits(c->l, text, w->words))
    return;
  Diag *d = semantic_wrong(c, at->span, "'%.*s' is not %s %s", STR_ARG(text),
                           semantic_article(w->noun), w->noun);
  if (w->fits == one_of || w->fits == is_grain)
    diag_nearest_word(c->l->diags, d, text, w->words);
  else
    diag_hint(c->l->diags, d, "%s", w->words);
}

// Carries out `check` at each place that the path stands for.
static void at_path(const Checked *c, const Yaml *at, Str path, const void *rule,
                    void (*check)(const Checked *c, const Yaml *at, const void *rule)) {
  Str step;
  if (!at)
    return;
  if (!path.len) {
    check(c, at, rule);
    return;
  }
  str_cut(&path, '/', &step);
  if (!str_is(step, "*")) {
    at_path(c, yaml_get(at, step), path, rule, check);
    return;
  }
  for (size_t i = 0; at->kind == YAML_LIST && i < at->n; i++)
    at_path(c, at->items[i], path, rule, check);
}

// --- the newer form

// `span`, with a hint of how it is written.
static void say_how(const Checked *c, Span span, const char *hint, const char *what, Str name) {
  diag_hint(c->l->diags, semantic_wrong(c, span, "%s '%.*s'", what, STR_ARG(name)), "%s", hint);
}

static void check_needed(const Checked *c, const Yaml *metric, const char *required) {
  Str rest = str_c(required), key;
  const Yaml *name = yaml_get(metric, STR("name"));
  while (required[0] && str_cut(&rest, ' ', &key))
    if (is_empty(yaml_get(metric, key)))
      diag_hint(c->l->diags,
                semantic_wrong(c, name ? name->span : metric->span, "the metric '%.*s' has no %.*s",
                               STR_ARG(c->n->name), STR_ARG(key)),
                "add `%.*s:` to it", STR_ARG(key));
}

// Keys that metrics of other types have: they would say nothing here.
static void check_strange(const Checked *c, const Yaml *metric, const char *own, Str type) {
  Str rest = str_c(own), key;
  while (str_cut(&rest, ' ', &key)) {
    const YamlEntry *e = yaml_entry(metric, key);
    if (e && !is_empty(e->value))
      semantic_wrong(c, e->key->span, "a metric of type %.*s has no %.*s", STR_ARG(type),
                     STR_ARG(key));
  }
}

static const Words percentile_types = {NODE_METRIC,       NULL,   "percentile_type",
                                       "percentile_type", one_of, "discrete continuous"};

static void check_newer_metric(const Checked *c, const Yaml *metric) {
  Checked soft = *c;
  soft.soft = true;
  at_path(&soft, metric, str_c(percentile_types.path), &percentile_types, check_word);
  Str type = val_to_str(c->l->a, val_get(c->n->extra, STR("type")));
  for (size_t i = 0; i < COUNT(newer_types); i++)
    if (str_eq(type, str_c(newer_types[i].type)))
      check_needed(c, metric, newer_types[i].required);
    else
      check_strange(&soft, metric, newer_types[i].own, type);
  Value own = val_get(val_get(c->n->extra, STR("type_params")), STR("metric_aggregation_params"));
  if (val_is(own, VAL_DICT) && val_is_absent(val_get(own, STR("semantic_model"))))
    say_how(c, yaml_get(metric, STR("agg"))->span,
            "put it under `metrics:` of the model that has its rows",
            "a metric with `agg:` belongs to a semantic model, and there is none around",
            c->n->name);
}

// A time dimension has the granularity of its column.
static void check_newer_column(const Checked *c, const Yaml *column) {
  const Yaml *dimension = yaml_get(column, STR("dimension"));
  const Yaml *type =
      dimension && dimension->kind == YAML_DICT ? yaml_get(dimension, STR("type")) : dimension;
  const Yaml *window = yaml_get(dimension, STR("validity_params"));
  if (!is_empty(yaml_get(column, STR("granularity"))))
    return;
  const Yaml *at = !is_empty(window) ? window : type;
  if (at && (at == window || str_eq_nocase(yaml_str(type), STR("time"))))
    say_how(c, at->span, "add `granularity: day` to the column",
            "a dimension of time needs the granularity of its column",
            yaml_str(yaml_get(column, STR("name"))));
}

static void check_newer_model(const Checked *hard, const Yaml *model) {
  Checked soft = *hard, *c = &soft;
  soft.soft = true;
  const Yaml *columns = yaml_get(model, STR("columns")), *one;
  const Yaml *derived = yaml_get(yaml_get(model, STR("derived_semantics")), STR("dimensions"));
  for (size_t i = 0; (one = yaml_item(columns, i)); i++)
    check_newer_column(c, one);
  for (size_t i = 0; (one = yaml_item(derived, i)); i++) {
    const Yaml *window = yaml_get(one, STR("validity_params"));
    if (!is_empty(window) && is_empty(yaml_get(one, STR("granularity"))))
      say_how(c, window->span, "add `granularity: day` to it",
              "a window of validity needs a granularity", yaml_str(yaml_get(one, STR("name"))));
  }
}

typedef struct Rules {
  const Shape *shapes;
  const Words *words;
  size_t nshapes, nwords;
} Rules;

static void check_rules(const Checked *c, const Yaml *entry, Rules r) {
  for (size_t i = 0; i < r.nshapes; i++)
    if (r.shapes[i].kind == c->n->kind)
      at_path(c, entry, str_c(r.shapes[i].path), &r.shapes[i], check_shape);
  for (size_t i = 0; i < r.nwords; i++)
    if (r.words[i].kind == c->n->kind &&
        (!r.words[i].of || val_is_str(val_get(c->n->extra, STR("type")), str_c(r.words[i].of))))
      at_path(c, entry, str_c(r.words[i].path), &r.words[i], check_word);
}

void semantic_check_rules(Checked *c) {
  const Yaml *written = semantic_written(c->n);
  if ((c->n->kind == NODE_METRIC && semantic_is_created(c->n)) || load_is_from_osi(c->l, c->n))
    return;
  if (!written) {
    check_rules(c, c->n->patch, (Rules){shapes, words, COUNT(shapes), COUNT(words)});
    return;
  }
  check_rules(c, written,
              (Rules){newer_shapes, newer_words, COUNT(newer_shapes), COUNT(newer_words)});
  if (c->n->kind == NODE_METRIC)
    check_newer_metric(c, written);
  else if (c->n->kind == NODE_SEMANTIC_MODEL)
    check_newer_model(c, written);
}
