// In: semantic models and saved queries that are linked. Out: findings about their elements: names,
// kinds, time dimensions, what saved queries group by. Those of dbt's semantic manifest.
#include "internal.h"

#include "../base/utf8.h"

#include <stdarg.h>

typedef struct Checked {
  Load *l;
  const Node *n;
  const Yaml *list; // of the elements at hand, in the YAML
} Checked;

static Value part(const Node *n, const char *key) {
  Value v = val_get(n->extra, str_c(key));
  return val_is_seq(v) ? v : (Value){.kind = VAL_UNDEF};
}

static size_t count(Value list) { return val_is_seq(list) ? list.list->n : 0; }

static Str name_of(Value element) {
  Value name = val_get(element, STR("name"));
  return val_is(name, VAL_STR) ? val_text(name) : (Str){0};
}

// Where the value of `key` of element i stands (NULL: the element), else the node's entry.
static Span place(const Checked *c, size_t i, const char *key) {
  const Yaml *at = yaml_item(c->list, i);
  const Yaml *value = key ? yaml_get(at, str_c(key)) : at;
  return value ? value->span : at ? at->span : c->n->patch->span;
}

static Diag *wrong(const Checked *c, Span span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static Diag *wrong(const Checked *c, Span span, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d =
      diag_vat(c->l->diags, SEV_ERROR, CODE_SEMANTIC_MODEL, c->n->patch_source, span, fmt, ap);
  va_end(ap);
  return d;
}

// --- names

static bool is_grain(Str s) {
  static const char *const words[] = {"nanosecond", "microsecond", "millisecond", "second",
                                      "minute",     "hour",        "day",         "week",
                                      "month",      "quarter",     "year"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (str_eq_nocase(s, str_c(words[i])))
      return true;
  return false;
}

static bool is_name(Str s) {
  bool good = s.len > 1 && s.ptr[0] >= 'a' && s.ptr[0] <= 'z' && s.ptr[s.len - 1] != '_';
  for (size_t i = 0; good && i < s.len; i++) {
    char ch = s.ptr[i];
    good = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_';
    good = good && !(ch == '_' && i + 1 < s.len && s.ptr[i + 1] == '_');
  }
  return good;
}

// What MetricFlow calls columns of its own.
static bool is_reserved(Str s) {
  return str_eq_nocase(s, STR("metric_time")) || str_eq_nocase(s, STR("mf_internal_uuid"));
}

enum { LONGEST_METRIC = 250 }; // characters: some warehouses refuse longer names of columns

static void check_name(const Checked *c, Span span, const char *what, Str name) {
  if (is_reserved(name))
    diag_hint(c->l->diags,
              wrong(c, span, "a%s %s cannot be named '%.*s'", what[0] == 'e' ? "n" : "", what,
                    STR_ARG(name)),
              "MetricFlow gives this name to a column of its own");
  else if (c->n->kind == NODE_METRIC && utf8_count(name) > LONGEST_METRIC)
    diag_hint(c->l->diags,
              wrong(c, span, "the name of a metric has %zu characters", utf8_count(name)),
              "it may have %d", LONGEST_METRIC);
  else if (is_grain(name))
    diag_hint(c->l->diags,
              wrong(c, span, "a%s %s cannot be named '%.*s': that is a granularity of time",
                    what[0] == 'e' ? "n" : "", what, STR_ARG(name)),
              "nanosecond to year are taken");
  else if (!is_name(name))
    diag_hint(c->l->diags,
              wrong(c, span, "'%.*s' cannot be the name of a%s %s", STR_ARG(name),
                    what[0] == 'e' ? "n" : "", what),
              "two or more of a-z, 0-9 and single _, with a letter first and no _ last");
}

// --- elements

static const char *const sections[] = {"entities", "dimensions", "measures"};
static const char *const kinds[] = {"entity", "dimension", "measure"};
static const char *const type_keys[] = {"type", "type", "agg"};
// In one text each: a table of rows of different lengths has no form that clang-format 14 keeps.
static const char *const types[] = {
    "primary foreign natural unique",
    "categorical time",
    "sum min max count_distinct sum_boolean average percentile median count",
};

static void check_type(const Checked *c, size_t section, size_t i, Value element) {
  Value type = val_get(element, str_c(type_keys[section]));
  Str names[10], word = val_is(type, VAL_STR) ? val_text(type) : (Str){0};
  Str rest = str_c(types[section]);
  size_t n = 0;
  for (; n < 10 && str_cut(&rest, ' ', &names[n]); n++)
    if (str_eq(word, names[n]))
      return;
  Diag *d =
      wrong(c, place(c, i, type_keys[section]), "'%.*s' is not a%s %s of a%s %s", STR_ARG(word),
            section == 2 ? "n" : "", type_keys[section], section == 0 ? "n" : "", kinds[section]);
  diag_nearest(c->l->diags, d, word, names, n);
}

// The name of each element stands for one thing in its semantic model.
static void check_elements(Checked *c) {
  Map seen = {0};
  for (size_t s = 0; s < 3; s++) {
    Value list = part(c->n, sections[s]);
    c->list = yaml_get(c->n->patch, str_c(sections[s]));
    for (size_t i = 0; i < count(list); i++) {
      Str name = name_of(list.list->items[i]);
      check_name(c, place(c, i, "name"), kinds[s], name);
      check_type(c, s, i, list.list->items[i]);
      const char *had = map_get(&seen, name);
      if (had)
        wrong(c, place(c, i, "name"), "the %s '%.*s' has the name of a%s %s of this semantic model",
              kinds[s], STR_ARG(name), had[0] == 'e' ? "n" : "", had);
      map_put(c->l->a, &seen, name, (void *)(uintptr_t)kinds[s]);
    }
  }
}

// --- time dimensions

static bool is_time_dimension(const Node *n, Str name, Str *hint, Arena *a) {
  Value list = part(n, "dimensions");
  Str *names = arena_array(a, Str, count(list) + 1);
  size_t nnames = 0;
  for (size_t i = 0; i < count(list); i++) {
    if (!val_is_str(val_get(list.list->items[i], STR("type")), STR("time")))
      continue;
    names[nnames++] = name_of(list.list->items[i]);
    if (str_eq(names[nnames - 1], name))
      return true;
  }
  *hint = str_hint_for(a, name, names, nnames);
  return false;
}

static void no_time_dimension(const Checked *c, Span span, Str name) {
  Str hint = {0};
  if (is_time_dimension(c->n, name, &hint, c->l->a))
    return;
  Diag *d = wrong(c, span, "the semantic model '%.*s' has no time dimension '%.*s'",
                  STR_ARG(c->n->name), STR_ARG(name));
  if (hint.len)
    diag_hint(c->l->diags, d, "%.*s", STR_ARG(hint));
}

static void check_times(Checked *c) {
  Value given = val_get(val_get(c->n->extra, STR("defaults")), STR("agg_time_dimension"));
  Value measures = part(c->n, "measures");
  if (val_is(given, VAL_STR)) {
    const Yaml *at = yaml_get(yaml_get(c->n->patch, STR("defaults")), STR("agg_time_dimension"));
    no_time_dimension(c, at ? at->span : c->n->patch->span, val_text(given));
  }
  c->list = yaml_get(c->n->patch, STR("measures"));
  for (size_t i = 0; i < count(measures); i++) {
    Value own = val_get(measures.list->items[i], STR("agg_time_dimension"));
    if (val_is(own, VAL_STR))
      no_time_dimension(c, place(c, i, "agg_time_dimension"), val_text(own));
    else if (!val_is(given, VAL_STR))
      diag_hint(c->l->diags,
                wrong(c, place(c, i, "name"), "the measure '%.*s' has no agg_time_dimension",
                      STR_ARG(name_of(measures.list->items[i]))),
                "give it one, or the semantic model `defaults: {agg_time_dimension: ..}`");
  }
}

static void check_primary(Checked *c) {
  Value entities = part(c->n, "entities");
  bool has = val_is(val_get(c->n->extra, STR("primary_entity")), VAL_STR);
  for (size_t i = 0; i < count(entities) && !has; i++)
    has = val_is_str(val_get(entities.list->items[i], STR("type")), STR("primary"));
  if (has || !count(part(c->n, "dimensions")))
    return;
  const Yaml *name = yaml_get(c->n->patch, STR("name"));
  diag_hint(c->l->diags,
            wrong(c, name ? name->span : c->n->patch->span,
                  "the semantic model '%.*s' has dimensions and no primary entity",
                  STR_ARG(c->n->name)),
            "give an entity `type: primary`, or the semantic model `primary_entity: name`");
}

// --- measures of all semantic models

static void check_measures(Load *l, Map *seen, const Node *n) {
  Checked c = {l, n, yaml_get(n->patch, STR("measures"))};
  Value measures = part(n, "measures");
  for (size_t i = 0; i < count(measures); i++) {
    Str name = name_of(measures.list->items[i]);
    const Node *had = map_get(seen, name);
    if (had && had != n)
      wrong(&c, place(&c, i, "name"), "the semantic model '%.*s' has a measure '%.*s' too",
            STR_ARG(had->name), STR_ARG(name));
    map_put(l->a, seen, name, (void *)(uintptr_t)n);
  }
}

// --- saved queries

// The first quoted text in "TimeDimension('id__day', 'day')"; the whole where there is none.
static Str quoted(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '\'' || s.ptr[i] == '"') {
      ptrdiff_t end = str_find(s, str_sub(s, i, i + 1), i + 1);
      return end < 0 ? s : str_sub(s, i + 1, (size_t)end);
    }
  return s;
}

// "id__customer__kind": its last part is a dimension or an entity of some semantic model.
static bool is_known_element(const Load *l, Str path) {
  Str last = path;
  for (ptrdiff_t at; (at = str_find(last, STR("__"), 0)) >= 0;)
    last = str_sub(last, (size_t)at + 2, last.len);
  if (is_grain(last) || str_is(last, "metric_time"))
    return true;
  for (size_t i = 0; i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    for (size_t s = 0; n->enabled && n->kind == NODE_SEMANTIC_MODEL && s < 2; s++) {
      Value list = part(n, sections[s]);
      for (size_t k = 0; k < count(list); k++)
        if (str_eq(name_of(list.list->items[k]), last))
          return true;
      Value primary = val_get(n->extra, STR("primary_entity"));
      if (val_is_str(primary, last))
        return true;
    }
  }
  return false;
}

static void check_query(Load *l, const Node *n) {
  const Yaml *params = yaml_get(n->patch, STR("query_params"));
  Checked c = {l, n, yaml_get(params, STR("group_by"))};
  Value list = val_get(val_get(n->extra, STR("query_params")), STR("group_by"));
  for (size_t i = 0; i < count(list); i++) {
    Value one = list.list->items[i];
    if (!val_is(one, VAL_STR) || is_known_element(l, quoted(val_text(one))))
      continue;
    diag_hint(l->diags,
              wrong(&c, place(&c, i, NULL), "no semantic model has what '%.*s' groups by: %.*s",
                    STR_ARG(n->name), STR_ARG(val_text(one))),
              "Dimension('entity__dimension'), TimeDimension('entity__dimension', 'day') or "
              "Entity('entity')");
  }
}

// A derived metric without `expr` computes nothing.
static void check_derived(const Checked *c, Span span) {
  Value params = val_get(c->n->extra, STR("type_params"));
  if (!val_is_str(val_get(c->n->extra, STR("type")), STR("derived")) ||
      val_is(val_get(params, STR("expr")), VAL_STR))
    return;
  Diag *d = diag_at(c->l->diags, SEV_WARNING, CODE_SEMANTIC_MODEL, c->n->patch_source, span,
                    "the derived metric '%.*s' has no expr", STR_ARG(c->n->name));
  diag_hint(c->l->diags, d, "put one under `type_params:` that names its metrics");
}

void load_check_semantic(Load *l) {
  Map measures = {0};
  for (size_t i = 0; i < l->nodes.n; i++) {
    Node *n = l->nodes.items[i];
    if (!n->enabled)
      continue;
    Checked c = {l, n, NULL};
    const Yaml *name = yaml_get(n->patch, STR("name"));
    Span span = name ? name->span : n->patch ? n->patch->span : (Span){0};
    if (n->kind == NODE_METRIC) {
      check_name(&c, span, "metric", n->name);
      check_derived(&c, span);
    }
    if (n->kind == NODE_SAVED_QUERY) {
      check_name(&c, span, "saved query", n->name);
      check_query(l, n);
    }
    if (n->kind != NODE_SEMANTIC_MODEL)
      continue;
    check_name(&c, span, "semantic model", n->name);
    check_elements(&c);
    check_times(&c);
    check_primary(&c);
    check_measures(l, &measures, n);
  }
}
