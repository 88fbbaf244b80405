// In: an item of `sources:`. Out: the source with its tables.
#include "properties_source.h"

#include "check.h"
#include "properties_parts.h"
#include "properties_tests.h"

static bool is_period(Str s) {
  return str_is(s, "minute") || str_is(s, "hour") || str_is(s, "day");
}

// {count, period}; none switches it off.
static void check_limit(PropReader *r, const Yaml *y, Value v, const char *what) {
  if (!y || v.kind != VAL_DICT || !prop_check(r, y, v, IN_LIMIT, what))
    return;
  Str period = prop_text(v, STR("period"));
  const Yaml *at = yaml_get(y, STR("period"));
  if (!period.len || is_period(period))
    return;
  static const Str words[] = {STR_INIT("minute"), STR_INIT("hour"), STR_INIT("day")};
  Diag *f = prop_error(r, CODE_WRONG_VALUE, at, "'%.*s' is not a period", STR_ARG(period));
  if (!diag_nearest(r->diags, f, period, words, 3))
    diag_hint(r->diags, f, "it is minute, hour or day");
}

// Undefined: not given; none: switched off.
static Value read_freshness(PropReader *r, const Yaml *y, Value v) {
  const Yaml *at = yaml_get(y, STR("freshness"));
  Value f = val_get(v, STR("freshness"));
  if (!at || val_is_absent(f))
    return at ? val_none() : val_undef(NULL);
  if (!prop_check(r, at, f, IN_FRESHNESS, "`freshness:`"))
    return val_undef(NULL);
  check_limit(r, yaml_get(at, STR("warn_after")), val_get(f, STR("warn_after")), "`warn_after:`");
  check_limit(r, yaml_get(at, STR("error_after")), val_get(f, STR("error_after")),
              "`error_after:`");
  return f;
}

// It stands at the top, in `config:`, or at both places.
static void read_both_freshness(PropReader *r, const Yaml *y, Value v, Value out[2]) {
  out[0] = read_freshness(r, y, v);
  out[1] = read_freshness(r, yaml_get(y, STR("config")), val_get(v, STR("config")));
}

typedef struct Loaded {
  Str field, query;
  bool has_field;
} Loaded;

static Loaded read_loaded(PropReader *r, const Yaml *y, Value v) {
  Value config = val_get(v, STR("config"));
  Loaded l = {prop_text(v, STR("loaded_at_field")), prop_text(v, STR("loaded_at_query")),
              yaml_get(y, STR("loaded_at_field")) != NULL};
  if (!l.field.len) {
    l.field = prop_text(config, STR("loaded_at_field"));
    l.has_field |= l.field.len > 0; // null in config: as if it was not there
  }
  if (!l.query.len)
    l.query = prop_text(config, STR("loaded_at_query"));
  const Yaml *at = yaml_get(y, STR("loaded_at_field"));
  if (at && at->kind == YAML_SCALAR && at->scalar.kind == VAL_STR && !at->text.len)
    diag_hint(r->diags, prop_error(r, CODE_WRONG_VALUE, at, "loaded_at_field is empty"),
              "name a column or leave the key out");
  if (l.field.len && l.query.len)
    diag_hint(r->diags,
              prop_error(r, CODE_CONFLICTING_KEYS, at ? at : y,
                         "both loaded_at_field and loaded_at_query are given"),
              "one of them says when rows came");
  return l;
}

static void check_quoting(PropReader *r, const Yaml *y, Value v) {
  size_t at = 0;
  for (DictEntry *e; v.kind == VAL_DICT && (e = dict_next(v.dict, &at));)
    if (e->key.kind == VAL_STR && !check_value(r->diags, yaml_get(y, val_text(e->key)), e->value,
                                               TYPE_BOOL, val_text(e->key)))
      r->ok = false;
}

// meta and tags stand at the top or in `config:`.
static Value meta_of(PropReader *r, Value v) {
  return prop_over(r, val_get(v, STR("meta")), val_get(val_get(v, STR("config")), STR("meta")));
}

static Value tags_of(PropReader *r, Value v) {
  Value tags = prop_texts(r, v, STR("tags"));
  Value more = prop_texts(r, val_get(v, STR("config")), STR("tags"));
  if (!tags.list->n)
    return more;
  for (size_t i = 0; i < more.list->n; i++)
    list_push(r->arena, tags.list, more.list->items[i]);
  return tags;
}

// Partitions as dbt 1.12 has them: what is not said of one stands there too.
static Value whole_partitions(PropReader *r, Value given) {
  static const char *const keys[] = {"name", "description", "data_type", "meta"};
  if (!val_is_seq(given) || r->g->project->level < DBT_1_12)
    return given;
  Value out = val_list(r->arena, given.list->n);
  for (size_t i = 0; i < given.list->n; i++) {
    Value one = given.list->items[i], whole = val_dict(r->arena);
    for (size_t k = 0; one.kind == VAL_DICT && k < 4; k++) {
      Value v = val_get(one, str_c(keys[k]));
      Value otherwise = k == 3 ? val_dict(r->arena) : val_lit("");
      dict_sets(r->arena, whole.dict, str_c(keys[k]), v.kind == VAL_UNDEF ? otherwise : v);
    }
    size_t at = 0;
    for (DictEntry *e; one.kind == VAL_DICT && (e = dict_next(one.dict, &at));)
      dict_set(r->arena, whole.dict, e->key, e->value);
    list_push(r->arena, out.list, one.kind == VAL_DICT ? whole : one);
  }
  return out;
}

// The keys dbt always writes first, then what else there is.
static Value whole_external(PropReader *r, Value given) {
  static const Str keys[] = {STR_INIT("location"), STR_INIT("file_format"), STR_INIT("row_format"),
                             STR_INIT("tbl_properties"), STR_INIT("partitions")};
  Value out = val_dict(r->arena);
  for (size_t i = 0; i < 5; i++) {
    Value v = val_get(given, keys[i]);
    dict_sets(r->arena, out.dict, keys[i], v.kind == VAL_UNDEF ? val_none() : v);
  }
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(given.dict, &at));)
    dict_set(r->arena, out.dict, e->key, e->value);
  dict_sets(r->arena, out.dict, STR("partitions"),
            whole_partitions(r, val_get(out, STR("partitions"))));
  return out;
}

static void read_table(PropReader *r, const Yaml *y, Value v, PropTable *t) {
  *t = (PropTable){.yaml = y};
  if (!prop_check(r, y, v, IN_TABLE, "a source's table") ||
      !prop_name(r, y, v, "a source's table", &t->name, &t->name_span))
    return;
  t->identifier = prop_text(v, STR("identifier"));
  if (!t->identifier.len)
    t->identifier = t->name;
  t->description = prop_text(v, STR("description"));
  t->config = t->unrendered_config = prop_dict(r, v, STR("config"));
  t->meta = meta_of(r, v);
  t->tags = tags_of(r, v);
  t->plain_tags = prop_texts(r, v, STR("tags"));
  t->quoting = prop_dict(r, v, STR("quoting"));
  check_quoting(r, yaml_get(y, STR("quoting")), t->quoting);
  Loaded l = read_loaded(r, y, v);
  t->loaded_at_field = l.field;
  t->loaded_at_query = l.query;
  t->has_loaded_at_field = l.has_field;
  read_both_freshness(r, y, v, t->freshness);
  Value external = val_get(v, STR("external"));
  t->external = external.kind == VAL_DICT ? whole_external(r, external) : val_none();
  t->docs = prop_dict(r, v, STR("docs"));
  prop_columns(r, y, v, &t->columns, &t->ncolumns);
  prop_tests(r, y, &t->tests, &t->ntests, NULL);
}

// `names`: of the tables before it, each with the first of its name.
static void twice(PropReader *r, const PropSource *s, Map *names, PropTable *t) {
  const PropTable *had = map_get(names, t->name);
  if (!had) {
    map_put(r->arena, names, t->name, t);
    return;
  }
  Diag *f =
      diag_at(r->diags, SEV_ERROR, CODE_DESCRIBED_TWICE, r->src, t->name_span,
              "the source '%.*s' lists the table '%.*s' twice", STR_ARG(s->name), STR_ARG(t->name));
  diag_note(r->diags, f, r->src, had->name_span, "first here");
  r->ok = false;
}

static void read_tables(PropReader *r, const Yaml *y, Value v, PropSource *s) {
  const Yaml *list = yaml_get(y, STR("tables"));
  Value values = val_get(v, STR("tables"));
  if (!list || list->kind != YAML_LIST || !val_is_seq(values))
    return;
  s->tables = arena_array(r->arena, PropTable, list->n);
  Map names = {0};
  for (size_t i = 0; i < list->n; i++) {
    PropTable *t = &s->tables[s->ntables];
    read_table(r, list->items[i], values.list->items[i], t);
    if (!t->name.len)
      continue;
    twice(r, s, &names, t);
    s->ntables++;
  }
}

static Value as_written(const Yaml *y) {
  return y && y->kind == YAML_SCALAR ? y->scalar : val_none();
}

PropSource *prop_source(PropReader *r, const Yaml *y) {
  Value v = val_none();
  PropSource *s = arena_new(r->arena, PropSource);
  *s = (PropSource){.yaml = y, .src = r->src};
  r->in_source = true;
  bool rendered = prop_render(r, y, &v);
  r->in_source = false;
  if (!rendered || !prop_check(r, y, v, IN_SOURCE, "a source") ||
      !prop_name(r, y, v, "a source", &s->name, &s->name_span))
    return NULL;
  s->description = prop_text(v, STR("description"));
  s->has_description = yaml_get(y, STR("description")) != NULL;
  s->database = prop_text(v, STR("database"));
  s->has_database = s->database.len > 0;
  s->schema = prop_text(v, STR("schema"));
  s->has_schema = s->schema.len > 0;
  if (!s->has_schema)
    s->schema = s->name;
  s->loader = prop_text(v, STR("loader"));
  s->has_loader = yaml_get(y, STR("loader")) != NULL;
  s->overrides = prop_text(v, STR("overrides"));
  s->unrendered_database = as_written(yaml_get(y, STR("database")));
  s->unrendered_schema = as_written(yaml_get(y, STR("schema")));
  s->config = s->unrendered_config = prop_dict(r, v, STR("config"));
  s->meta = meta_of(r, v);
  s->tags = tags_of(r, v);
  s->plain_tags = prop_texts(r, v, STR("tags"));
  s->quoting = prop_dict(r, v, STR("quoting"));
  check_quoting(r, yaml_get(y, STR("quoting")), s->quoting);
  Loaded l = read_loaded(r, y, v);
  s->loaded_at_field = l.field;
  s->loaded_at_query = l.query;
  s->has_loaded_at_field = l.has_field;
  read_both_freshness(r, y, v, s->freshness);
  read_tables(r, y, v, s);
  return s;
}
