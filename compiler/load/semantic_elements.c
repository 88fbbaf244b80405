// In: semantic models that are linked, whose entries are as they must be. Out: errors of what
// their elements say together: keys, aggregations, windows, labels; what two models say of one
// name.
#include "semantic_elements.h"

#include "semantic_check.h"

static const char *const sections[] = {"entities", "dimensions", "measures"};
static const char *const kinds[] = {"entity", "dimension", "measure"};
enum { NSECTIONS = 3 };

static void in_section(Checked *c, const char *key) { c->list = yaml_get(c->n->patch, str_c(key)); }

// --- the primary entity

static void check_primary(Checked *c) {
  Value entities = semantic_part(c->n, "entities"),
        key = val_get(c->n->extra, STR("primary_entity"));
  const Yaml *at = yaml_get(c->n->patch, STR("primary_entity"));
  size_t found = 0;
  in_section(c, "entities");
  for (size_t i = 0; i < val_count(entities); i++) {
    if (!val_is_str(val_get(entities.list->items[i], STR("type")), STR("primary")))
      continue;
    if (found++)
      diag_hint(c->l->diags,
                semantic_wrong(c, semantic_place(c, i, "type"),
                               "the semantic model '%.*s' has more than one primary entity",
                               STR_ARG(c->n->name)),
                "make the others unique or foreign");
    else if (val_is(key, VAL_STR) && at)
      diag_hint(c->l->diags,
                semantic_wrong(
                    c, at->span, "the semantic model '%.*s' has a primary entity already: '%.*s'",
                    STR_ARG(c->n->name), STR_ARG(semantic_name(entities.list->items[i]))),
                "leave primary_entity out");
  }
}

// --- how measures are computed

static bool is_given(Value params, const char *key) {
  return val_truth(val_get(params, str_c(key)));
}

static double number(Value v) {
  return v.kind == VAL_INT ? (double)v.i : v.kind == VAL_FLOAT ? v.f : -1;
}

static void check_percentile(const Checked *c, size_t i, Value m) {
  Value params = val_get(m, STR("agg_params")), which = val_get(params, STR("percentile"));
  Str agg = val_to_str(c->l->a, val_get(m, STR("agg"))), name = semantic_name(m);
  bool percentile = str_is(agg, "percentile"), median = str_is(agg, "median");
  Span at = semantic_place(c, i, val_is_absent(params) ? "agg" : "agg_params");
  const char *hint =
      strcmp(c->noun, "metric") ? "agg_params: {percentile: 0.5}" : "percentile: 0.5";
  if (percentile && val_is_absent(which))
    diag_hint(c->l->diags,
              semantic_wrong(c, at, "the %s '%.*s' does not say which percentile", c->noun,
                             STR_ARG(name)),
              "%s", hint);
  else if (percentile && !(number(which) > 0 && number(which) < 1))
    diag_hint(c->l->diags,
              semantic_wrong(c, at,
                             "a percentile lies between 0 and 1, and that of '%.*s' does not",
                             STR_ARG(name)),
              "%s; 0 is min, 1 is max", hint);
  else if (median && ((!val_is_absent(which) && number(which) != 0.5) ||
                      is_given(params, "use_discrete_percentile")))
    diag_hint(c->l->diags,
              semantic_wrong(c, at, "the median '%.*s' has another percentile", STR_ARG(name)),
              "leave agg_params out, or write agg: percentile");
  else if (!percentile && !median &&
           (val_truth(which) || is_given(params, "use_discrete_percentile") ||
            is_given(params, "use_approximate_percentile")))
    diag_hint(c->l->diags,
              semantic_wrong(c, at, "the %s '%.*s' is no percentile, so it has no agg_params",
                             c->noun, STR_ARG(name)),
              "leave them out, or write agg: percentile");
}

static void check_count(const Checked *c, size_t i, Value m) {
  Value expr = val_get(m, STR("expr"));
  if (!val_is_str(val_get(m, STR("agg")), STR("count")))
    return;
  if (val_is_absent(expr))
    diag_hint(c->l->diags,
              semantic_wrong(c, semantic_place(c, i, "agg"),
                             "the count '%.*s' does not say of what", STR_ARG(semantic_name(m))),
              "expr: 1 counts all rows");
  else if (val_is(expr, VAL_STR) && str_eq_nocase(str_sub(val_text(expr), 0, 9), STR("distinct ")))
    diag_hint(c->l->diags,
              semantic_wrong(c, semantic_place(c, i, "expr"),
                             "a count of `distinct` cannot be added up: '%.*s'",
                             STR_ARG(semantic_name(m))),
              "agg: count_distinct, and leave distinct out");
}

static bool has_element(const Node *n, const char *section, Str name, const char *type) {
  Value list = semantic_part(n, section);
  for (size_t i = 0; i < val_count(list); i++)
    if (str_eq(semantic_name(list.list->items[i]), name) &&
        (!type || val_is_str(val_get(list.list->items[i], STR("type")), str_c(type))))
      return true;
  return false;
}

// Where the value of a key of a dict of element i stands.
static Span key_place(const Checked *c, size_t i, const Yaml *dict, const char *key) {
  const Yaml *value = yaml_get(dict, str_c(key));
  return value ? value->span : semantic_place(c, i, "name");
}

static void check_non_additive(const Checked *c, size_t i, Value m) {
  Value by = val_get(m, STR("non_additive_dimension"));
  if (!val_is(by, VAL_DICT))
    return;
  Str name = semantic_name(by);
  const Yaml *written = yaml_get(yaml_item(c->list, i), STR("non_additive_dimension"));
  if (!has_element(c->n, "dimensions", name, "time"))
    semantic_wrong(c, key_place(c, i, written, "name"),
                   "the semantic model '%.*s' has no time dimension '%.*s'", STR_ARG(c->n->name),
                   STR_ARG(name));
  Str choice = val_to_str(c->l->a, val_get(by, STR("window_choice")));
  bool newer = strcmp(c->noun, "metric") == 0;
  const char *key = newer ? "window_agg" : "window_choice";
  if (!str_among_nocase(choice, "min max"))
    diag_nearest_word(c->l->diags,
                      semantic_wrong(c, key_place(c, i, written, key), "'%.*s' is not a %s",
                                     STR_ARG(choice), key),
                      choice, "min max");
  Value groups = val_get(by, STR("window_groupings"));
  for (size_t k = 0; k < val_count(groups); k++) {
    Str group = val_to_str(c->l->a, groups.list->items[k]);
    if (!has_element(c->n, "entities", group, NULL))
      semantic_wrong(c, key_place(c, i, written, newer ? "group_by" : "window_groupings"),
                     "the semantic model '%.*s' has no entity '%.*s' to group by",
                     STR_ARG(c->n->name), STR_ARG(group));
  }
}

void semantic_check_aggregation(const Checked *c, Value m) {
  check_percentile(c, 0, m);
  check_count(&(Checked){.l = c->l, .n = c->n, .list = c->list, .noun = c->noun}, 0, m);
  check_non_additive(c, 0, m);
}

static void check_measures(Checked *c) {
  Value measures = semantic_part(c->n, "measures");
  in_section(c, "measures");
  c->noun = "measure";
  for (size_t i = 0; i < val_count(measures); i++) {
    check_percentile(c, i, measures.list->items[i]);
    check_count(c, i, measures.list->items[i]);
    check_non_additive(c, i, measures.list->items[i]);
  }
}

// --- dimensions: granularity, windows of validity

// The two ends of the time in which a row holds.
typedef struct Window {
  size_t n, starts, ends, first;
} Window;

static Window window_of(Value dimensions) {
  Window w = {0};
  for (size_t i = 0; i < val_count(dimensions); i++) {
    Value params = val_get(dimensions.list->items[i], STR("type_params"));
    Value validity = val_get(params, STR("validity_params"));
    if (!val_is(validity, VAL_DICT))
      continue;
    w.first = w.n++ ? w.first : i;
    w.starts += is_given(validity, "is_start");
    w.ends += is_given(validity, "is_end");
  }
  return w;
}

static size_t entities_of(const Node *n, const char *type) {
  Value list = semantic_part(n, "entities");
  size_t found = 0;
  for (size_t i = 0; i < val_count(list); i++)
    found += val_is_str(val_get(list.list->items[i], STR("type")), str_c(type));
  return found;
}

static void check_window(Checked *c, const Window *w) {
  const char *why = NULL;
  if (w->n != 2 || w->starts != 1 || w->ends != 1)
    why = "two time dimensions make it: one with is_start: true, one with is_end: true";
  else if (!entities_of(c->n, "natural"))
    why = "rows are looked up by an entity of `type: natural`, and there is none";
  else if (entities_of(c->n, "primary") + entities_of(c->n, "unique"))
    why = "with it there can be no primary or unique entity";
  else if (val_count(semantic_part(c->n, "measures")))
    why = "with it there can be no measures";
  if (why)
    diag_hint(c->l->diags,
              semantic_wrong(c, semantic_place(c, w->first, "type_params"),
                             "the window of validity of '%.*s' cannot be used",
                             STR_ARG(c->n->name)),
              "%s", why);
}

// The second natural entity, or the first where one is too many.
static void check_natural(Checked *c, size_t allowed) {
  Value entities = semantic_part(c->n, "entities");
  in_section(c, "entities");
  for (size_t i = 0, found = 0; i < val_count(entities); i++) {
    if (!val_is_str(val_get(entities.list->items[i], STR("type")), STR("natural")) ||
        found++ != allowed)
      continue;
    diag_hint(c->l->diags,
              semantic_wrong(c, semantic_place(c, i, "type"),
                             allowed
                                 ? "the semantic model '%.*s' has more than one natural entity"
                                 : "a natural entity needs a window of validity: '%.*s' has none",
                             STR_ARG(c->n->name)),
              allowed ? "make the others foreign" : "give two time dimensions validity_params");
  }
}

// dbt 1.12 warns of time without a granularity, and later releases refuse it.
static void warn_of_granularity(const Checked *c, Value dimensions) {
  for (size_t i = 0; c->l->p->level >= DBT_1_12 && i < val_count(dimensions); i++) {
    Value one = dimensions.list->items[i];
    if (!val_is_str(val_get(one, STR("type")), STR("time")) ||
        !val_is_absent(val_get(val_get(one, STR("type_params")), STR("time_granularity"))))
      continue;
    Diag *d = diag_at(c->l->diags, SEV_WARNING, CODE_TIME_GRANULARITY, c->n->patch_source,
                      semantic_place(c, i, "name"),
                      "the time dimension '%.*s' of '%.*s' has no granularity",
                      STR_ARG(semantic_name(one)), STR_ARG(c->n->name));
    diag_hint(c->l->diags, d,
              "say how fine its values are: type_params: {time_granularity: day}; in a model's "
              "entry `granularity: day` of the column");
  }
}

static void check_dimensions(Checked *c) {
  Value dimensions = semantic_part(c->n, "dimensions");
  in_section(c, "dimensions");
  warn_of_granularity(c, dimensions);
  Window w = window_of(dimensions);
  if (w.n)
    check_window(c, &w);
  check_natural(c, w.n ? 1 : 0);
}

// --- words that are taken

static void check_reserved(Checked *c) {
  for (size_t s = 0; s < NSECTIONS; s++) {
    Value list = semantic_part(c->n, sections[s]);
    in_section(c, sections[s]);
    for (size_t i = 0; i < val_count(list); i++) {
      Str name = semantic_name(list.list->items[i]);
      if (str_among_nocase(name, "and as create distinct for from full having in inner into is "
                                 "join left like natural not null on or right select union "
                                 "using where with"))
        diag_hint(c->l->diags,
                  semantic_wrong(c, semantic_place(c, i, "name"),
                                 "'%.*s' is a word of SQL: %s %s cannot be named so", STR_ARG(name),
                                 semantic_article(kinds[s]), kinds[s]),
                  "name it otherwise, and give it `expr:` with the column");
    }
  }
}

// --- labels

static void check_labels(Checked *c) {
  for (size_t s = 0; s < NSECTIONS; s++) {
    Value list = semantic_part(c->n, sections[s]);
    Map seen = {0};
    in_section(c, sections[s]);
    for (size_t i = 0; i < val_count(list); i++) {
      Value label = val_get(list.list->items[i], STR("label"));
      if (!val_is(label, VAL_STR))
        continue;
      if (map_get(&seen, val_text(label)))
        semantic_wrong(c, semantic_place(c, i, "label"), "two %s of '%.*s' have the label '%.*s'",
                       sections[s], STR_ARG(c->n->name), STR_ARG(val_text(label)));
      map_put(c->l->a, &seen, val_text(label), (void *)(uintptr_t)c->n);
    }
  }
}

void semantic_check_elements(Checked *c) {
  check_primary(c);
  check_measures(c);
  check_dimensions(c);
  check_reserved(c);
  check_labels(c);
}

// --- across semantic models

// What the first model that has a name says of it.
typedef struct Known {
  const Node *of;
  const char *kind;
  Value element;
} Known;

static void same_dimension(const Checked *c, size_t i, Value d, const Known *had) {
  Value type = val_get(d, STR("type")), other = val_get(had->element, STR("type"));
  bool part = val_truth(val_get(d, STR("is_partition")));
  if (!val_eq(type, other))
    semantic_wrong(c, semantic_place(c, i, "type"),
                   "the dimension '%.*s' is '%.*s' in the semantic model '%.*s'",
                   STR_ARG(semantic_name(d)), STR_ARG(val_to_str(c->l->a, other)),
                   STR_ARG(had->of->name));
  else if (part != val_truth(val_get(had->element, STR("is_partition"))))
    semantic_wrong(c, semantic_place(c, i, "is_partition"),
                   "the dimension '%.*s' has another is_partition in the semantic model '%.*s'",
                   STR_ARG(semantic_name(d)), STR_ARG(had->of->name));
}

static void same_entity(const Checked *c, size_t i, Value entity, const Known *had) {
  Value label = val_get(entity, STR("label")), other = val_get(had->element, STR("label"));
  if (!val_is_absent(label) && !val_is_absent(other) && !val_eq(label, other))
    semantic_wrong(c, semantic_place(c, i, "label"),
                   "the entity '%.*s' has the label '%.*s' in the semantic model '%.*s'",
                   STR_ARG(semantic_name(entity)), STR_ARG(val_to_str(c->l->a, other)),
                   STR_ARG(had->of->name));
}

static void same_name(Checked *c, Map *seen, size_t s) {
  Value list = semantic_part(c->n, sections[s]);
  in_section(c, sections[s]);
  for (size_t i = 0; i < val_count(list); i++) {
    Value element = list.list->items[i];
    const Known *had = map_get(seen, semantic_name(element));
    if (!had) {
      Known *known = arena_new(c->l->a, Known);
      *known = (Known){c->n, kinds[s], element};
      map_put(c->l->a, seen, semantic_name(element), known);
    } else if (had->of != c->n && had->kind != kinds[s]) {
      semantic_wrong(c, semantic_place(c, i, "name"),
                     "'%.*s' is %s %s in the semantic model '%.*s', and here %s %s",
                     STR_ARG(semantic_name(element)), semantic_article(had->kind), had->kind,
                     STR_ARG(had->of->name), semantic_article(kinds[s]), kinds[s]);
    } else if (had->of != c->n && s == 1) {
      same_dimension(c, i, element, had);
    } else if (had->of != c->n && s == 0) {
      same_entity(c, i, element, had);
    }
  }
}

static Str primary_of(const Node *n) {
  Value key = val_get(n->extra, STR("primary_entity")), list = semantic_part(n, "entities");
  if (val_is(key, VAL_STR))
    return val_text(key);
  for (size_t i = 0; i < val_count(list); i++)
    if (val_is_str(val_get(list.list->items[i], STR("type")), STR("primary")))
      return semantic_name(list.list->items[i]);
  return (Str){0};
}

// entity__dimension is what a query names.
static void same_pair(Checked *c, Map *seen) {
  Value list = semantic_part(c->n, "dimensions");
  Str primary = primary_of(c->n);
  in_section(c, "dimensions");
  for (size_t i = 0; primary.len && i < val_count(list); i++) {
    Str name = semantic_name(list.list->items[i]);
    Str pair = str_fmt(c->l->a, "%.*s__%.*s", STR_ARG(primary), STR_ARG(name));
    const Node *had = map_get(seen, pair);
    if (had && had != c->n)
      semantic_wrong(c, semantic_place(c, i, "name"), "the semantic model '%.*s' has '%.*s' too",
                     STR_ARG(had->name), STR_ARG(pair));
    map_put(c->l->a, seen, pair, (void *)(uintptr_t)c->n);
  }
}

static Span label_place(const Node *n) {
  const Yaml *label = semantic_is_created(n) ? NULL : yaml_get(n->patch, STR("label"));
  const Yaml *at = label ? label : yaml_get(n->patch, STR("name"));
  return at ? at->span : n->patch->span;
}

static void same_label(Checked *c, Map *seen) {
  Value label = val_get(c->n->extra, STR("label"));
  if (!val_is(label, VAL_STR))
    return;
  Str key = str_fmt(c->l->a, "%d/%.*s", c->n->kind, STR_ARG(val_text(label)));
  const Node *had = map_get(seen, key);
  if (had)
    diag_note(c->l->diags,
              semantic_wrong(c, label_place(c->n), "the label '%.*s' is that of '%.*s'",
                             STR_ARG(val_text(label)), STR_ARG(had->name)),
              had->patch_source, label_place(had), "the other one is here");
  else
    map_put(c->l->a, seen, key, (void *)(uintptr_t)c->n);
}

// --- granularities of time spines

typedef struct Grains {
  Map seen;
  Map taken; // what else has a name: "entity", "metric"
} Grains;

static void take_name(Load *l, Grains *grains, Str name, const char *noun) {
  map_put(l->a, &grains->taken, name, (void *)(uintptr_t)noun);
}

// The names that no granularity can have: those of elements, metrics and semantic models.
static void take_names(Load *l, Grains *grains, const Node *n) {
  if (n->enabled && n->kind == NODE_METRIC)
    take_name(l, grains, n->name, "metric");
  if (!n->enabled || n->kind != NODE_SEMANTIC_MODEL)
    return;
  for (size_t s = 0; s < NSECTIONS; s++) {
    Value list = semantic_part(n, sections[s]);
    for (size_t i = 0; i < val_count(list); i++)
      take_name(l, grains, semantic_name(list.list->items[i]), kinds[s]);
  }
  take_name(l, grains, n->name, "semantic model");
}

static void check_custom(const Checked *c, const Yaml *name, Grains *grains) {
  Str word = yaml_str(name);
  const char *taken = map_get(&grains->taken, word);
  if (!word.len)
    return;
  if (str_among_nocase(word, GRAINS))
    semantic_wrong(c, name->span, "the granularity '%.*s' is there without a time spine",
                   STR_ARG(word));
  else if (map_get(&grains->seen, word))
    semantic_wrong(c, name->span, "there are two granularities named '%.*s'", STR_ARG(word));
  else if (taken)
    semantic_wrong(c, name->span, "the granularity '%.*s' has the name of %s %s", STR_ARG(word),
                   semantic_article(taken), taken);
  else
    semantic_check_name(c, name->span, "granularity", word);
  map_put(c->l->a, &grains->seen, word, (void *)(uintptr_t)name);
}

static void check_spine(Checked *c, Grains *grains) {
  const Yaml *spine = yaml_get(c->n->patch, STR("time_spine"));
  const Yaml *custom = yaml_get(spine, STR("custom_granularities")), *item;
  for (size_t i = 0; c->n->kind == NODE_MODEL && (item = yaml_item(custom, i)); i++)
    check_custom(c, yaml_get(item, STR("name")), grains);
}

void semantic_check_across(Load *l) {
  Map names = {0}, pairs = {0}, labels = {0};
  Grains grains = {0};
  for (size_t i = 0; i < l->nodes.n; i++)
    take_names(l, &grains, l->nodes.items[i]);
  for (size_t i = 0; i < l->nodes.n; i++) {
    Checked c = {.l = l, .n = l->nodes.items[i]};
    if (!c.n->enabled || !c.n->patch)
      continue;
    check_spine(&c, &grains);
    if (c.n->kind == NODE_SEMANTIC_MODEL || c.n->kind == NODE_METRIC)
      same_label(&c, &labels);
    for (size_t s = 0; c.n->kind == NODE_SEMANTIC_MODEL && s < NSECTIONS; s++)
      same_name(&c, &names, s);
    if (c.n->kind == NODE_SEMANTIC_MODEL)
      same_pair(&c, &pairs);
  }
}
