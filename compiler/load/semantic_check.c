// In: semantic models and saved queries that are linked. Out: findings about their elements: names,
// kinds, time dimensions, what saved queries group by. Those of dbt's semantic manifest.
#include "semantic_check.h"

#include "../base/utf8.h"
#include "semantic_elements.h"
#include "semantic_metrics.h"
#include "semantic_rules.h"

#include <stdarg.h>

Value semantic_part(const Node *n, const char *key) {
  Value v = val_get(n->extra, str_c(key));
  return val_is_seq(v) ? v : (Value){.kind = VAL_UNDEF};
}

Str semantic_name(Value element) {
  Value name = val_get(element, STR("name"));
  return val_is(name, VAL_STR) ? val_text(name) : (Str){0};
}

// Where the value of `key` of element i stands (NULL: the element), else the node's entry.
Span semantic_place(const Checked *c, size_t i, const char *key) {
  const Yaml *at = yaml_item(c->list, i);
  const Yaml *value = key ? yaml_get(at, str_c(key)) : at;
  return value ? value->span : at ? at->span : c->n->patch->span;
}

Diag *semantic_wrong(const Checked *c, Span span, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(c->l->diags, c->soft ? SEV_WARNING : SEV_ERROR, CODE_SEMANTIC_MODEL,
                     c->n->patch_source, span, fmt, ap);
  va_end(ap);
  return d;
}

// --- names

bool semantic_is_created(const Node *metric) {
  return metric->kind == NODE_METRIC && yaml_get(metric->patch, STR("measures"));
}

const char *semantic_article(const char *noun) { return strchr("aeiou", noun[0]) ? "an" : "a"; }

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

void semantic_check_name(const Checked *c, Span span, const char *what, Str name) {
  if (is_reserved(name))
    diag_hint(c->l->diags,
              semantic_wrong(c, span, "%s %s cannot be named '%.*s'", semantic_article(what), what,
                             STR_ARG(name)),
              "MetricFlow gives this name to a column of its own");
  else if (c->n->kind == NODE_METRIC && utf8_count(name) > LONGEST_METRIC)
    diag_hint(c->l->diags,
              semantic_wrong(c, span, "the name of a metric has %zu characters", utf8_count(name)),
              "it may have %d", LONGEST_METRIC);
  else if (str_among_nocase(name, GRAINS))
    diag_hint(c->l->diags,
              semantic_wrong(c, span, "%s %s cannot be named '%.*s': that is a granularity of time",
                             semantic_article(what), what, STR_ARG(name)),
              "nanosecond to year are taken");
  else if (!is_name(name))
    diag_hint(c->l->diags,
              semantic_wrong(c, span, "'%.*s' cannot be the name of %s %s", STR_ARG(name),
                             semantic_article(what), what),
              "two or more of a-z, 0-9 and single _, with a letter first and no _ last");
}

// --- elements

static const char *const sections[] = {"entities", "dimensions", "measures"};
static const char *const kinds[] = {"entity", "dimension", "measure"};
// The name of each element stands for one thing in its semantic model.
static void check_element_names(Checked *c) {
  Map seen = {0};
  for (size_t s = 0; s < 3; s++) {
    Value list = semantic_part(c->n, sections[s]);
    c->list = yaml_get(c->n->patch, str_c(sections[s]));
    for (size_t i = 0; i < val_count(list); i++) {
      Str name = semantic_name(list.list->items[i]);
      semantic_check_name(c, semantic_place(c, i, "name"), kinds[s], name);
      const char *had = map_get(&seen, name);
      if (had)
        semantic_wrong(c, semantic_place(c, i, "name"),
                       "the %s '%.*s' has the name of a%s %s of this semantic model", kinds[s],
                       STR_ARG(name), had[0] == 'e' ? "n" : "", had);
      map_put(c->l->a, &seen, name, (void *)(uintptr_t)kinds[s]);
    }
  }
}

// --- time dimensions

static bool is_time_dimension(const Node *n, Str name, Str *hint, Arena *a) {
  Value list = semantic_part(n, "dimensions");
  Str *names = arena_array(a, Str, val_count(list) + 1);
  size_t nnames = 0;
  for (size_t i = 0; i < val_count(list); i++) {
    if (!val_is_str(val_get(list.list->items[i], STR("type")), STR("time")))
      continue;
    names[nnames++] = semantic_name(list.list->items[i]);
    if (str_eq(names[nnames - 1], name))
      return true;
  }
  *hint = str_hint_for(a, name, names, nnames);
  return false;
}

void semantic_check_time(const Checked *c, Span span, Str name) {
  Str hint = {0};
  if (is_time_dimension(c->n, name, &hint, c->l->a))
    return;
  Diag *d = semantic_wrong(c, span, "the semantic model '%.*s' has no time dimension '%.*s'",
                           STR_ARG(c->n->name), STR_ARG(name));
  if (hint.len)
    diag_hint(c->l->diags, d, "%.*s", STR_ARG(hint));
}

static void check_times(Checked *c) {
  Value given = val_get(val_get(c->n->extra, STR("defaults")), STR("agg_time_dimension"));
  Value measures = semantic_part(c->n, "measures");
  if (val_is(given, VAL_STR)) {
    const Yaml *at = yaml_get(yaml_get(c->n->patch, STR("defaults")), STR("agg_time_dimension"));
    semantic_check_time(c, at ? at->span : c->n->patch->span, val_text(given));
  }
  c->list = yaml_get(c->n->patch, STR("measures"));
  for (size_t i = 0; i < val_count(measures); i++) {
    Value own = val_get(measures.list->items[i], STR("agg_time_dimension"));
    if (val_is(own, VAL_STR))
      semantic_check_time(c, semantic_place(c, i, "agg_time_dimension"), val_text(own));
    else if (!val_is(given, VAL_STR))
      diag_hint(c->l->diags,
                semantic_wrong(c, semantic_place(c, i, "name"),
                               "the measure '%.*s' has no agg_time_dimension",
                               STR_ARG(semantic_name(measures.list->items[i]))),
                "give it one, or the semantic model `defaults: {agg_time_dimension: ..}`");
  }
}

static void check_primary(Checked *c) {
  Value entities = semantic_part(c->n, "entities");
  bool has = val_is(val_get(c->n->extra, STR("primary_entity")), VAL_STR);
  for (size_t i = 0; i < val_count(entities) && !has; i++)
    has = val_is_str(val_get(entities.list->items[i], STR("type")), STR("primary"));
  if (has || !val_count(semantic_part(c->n, "dimensions")))
    return;
  const Yaml *name = yaml_get(c->n->patch, STR("name"));
  diag_hint(c->l->diags,
            semantic_wrong(c, name ? name->span : c->n->patch->span,
                           "the semantic model '%.*s' has dimensions and no primary entity",
                           STR_ARG(c->n->name)),
            "give an entity `type: primary`, or the semantic model `primary_entity: name`");
}

// --- measures of all semantic models

static void check_measures(Load *l, Map *seen, const Node *n) {
  Checked c = {.l = l, .n = n, .list = yaml_get(n->patch, STR("measures"))};
  Value measures = semantic_part(n, "measures");
  for (size_t i = 0; i < val_count(measures); i++) {
    Str name = semantic_name(measures.list->items[i]);
    const Node *had = map_get(seen, name);
    if (had && had != n)
      semantic_wrong(&c, semantic_place(&c, i, "name"),
                     "the semantic model '%.*s' has a measure '%.*s' too", STR_ARG(had->name),
                     STR_ARG(name));
    map_put(l->a, seen, name, (void *)(uintptr_t)n);
  }
}

// dbt looks at all this only where there are both.
static bool has_both(const Load *l) {
  bool metrics = false, models = false;
  for (size_t i = 0; i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    metrics |= n->enabled && n->kind == NODE_METRIC;
    models |= n->enabled && n->kind == NODE_SEMANTIC_MODEL;
  }
  return metrics && models;
}

static void check_model(Checked *c, Map *measures) {
  check_element_names(c);
  check_times(c);
  check_primary(c);
  check_measures(c->l, measures, c->n);
  semantic_check_elements(c);
}

void load_check_semantic(Load *l) {
  Map measures = {0};
  for (size_t i = 0; i < l->nodes.n; i++) {
    Checked c = {.l = l, .n = l->nodes.items[i]};
    if (c.n->enabled && c.n->patch)
      semantic_check_rules(&c);
  }
  if (!has_both(l))
    return;
  for (size_t i = 0; i < l->nodes.n; i++) {
    Checked c = {.l = l, .n = l->nodes.items[i]};
    NodeKind kind = c.n->kind;
    bool semantic = kind == NODE_METRIC || kind == NODE_SAVED_QUERY || kind == NODE_SEMANTIC_MODEL;
    if (!semantic || !c.n->enabled)
      continue;
    const Yaml *name = yaml_get(c.n->patch, STR("name"));
    semantic_check_name(&c, name ? name->span : c.n->patch->span,
                        kind == NODE_METRIC        ? "metric"
                        : kind == NODE_SAVED_QUERY ? "saved query"
                                                   : "semantic model",
                        c.n->name);
    if (kind == NODE_METRIC)
      semantic_check_metric(&c);
    else if (kind == NODE_SAVED_QUERY)
      semantic_check_query(&c);
    else
      check_model(&c, &measures);
  }
  semantic_check_across(l);
  semantic_check_aliases(l);
}
