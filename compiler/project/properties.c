// In: the text of a schema file. Out: its entries as structs. Sources are properties_source.c's,
// tests properties_tests.c's.
#include "properties.h"
#include "../base/vec.h"
#include "check.h"
#include "profile.h"
#include "properties_parts.h"
#include "properties_source.h"
#include "properties_tests.h"
#include "yaml_scalar.h"

const Str prop_sections[PROP_KINDS] = {
    [PROP_MODEL] = STR_INIT("models"),
    [PROP_SEED] = STR_INIT("seeds"),
    [PROP_SNAPSHOT] = STR_INIT("snapshots"),
    [PROP_ANALYSIS] = STR_INIT("analyses"),
    [PROP_TEST] = STR_INIT("data_tests"),
    [PROP_MACRO] = STR_INIT("macros"),
    [PROP_EXPOSURE] = STR_INIT("exposures"),
    [PROP_GROUP] = STR_INIT("groups"),
    [PROP_METRIC] = STR_INIT("metrics"),
    [PROP_SEMANTIC_MODEL] = STR_INIT("semantic_models"),
    [PROP_SAVED_QUERY] = STR_INIT("saved_queries"),
    [PROP_UNIT_TEST] = STR_INIT("unit_tests"),
    [PROP_FUNCTION] = STR_INIT("functions"),
};

// What each section's entries are: their bit in the table below (0: no checks), and for messages.
static const struct {
  unsigned where;
  const char *what;
} shapes[PROP_KINDS] = {
    [PROP_MODEL] = {IN_MODEL,     "a model"         },
    [PROP_SEED] = {IN_SEED,      "a seed"          },
    [PROP_SNAPSHOT] = {IN_SNAPSHOT,  "a snapshot"      },
    [PROP_ANALYSIS] = {IN_ANALYSIS,  "an analysis"     },
    [PROP_TEST] = {IN_SINGULAR,  "a test"          },
    [PROP_MACRO] = {IN_MACRO,     "a macro"         },
    [PROP_EXPOSURE] = {IN_EXPOSURE,  "an exposure"     },
    [PROP_GROUP] = {IN_GROUP,     "a group"         },
    [PROP_METRIC] = {0,            "a metric"        },
    [PROP_SEMANTIC_MODEL] = {0,            "a semantic model"},
    [PROP_SAVED_QUERY] = {0,            "a saved query"   },
    [PROP_UNIT_TEST] = {IN_UNIT_TEST, "a unit test"     },
    [PROP_FUNCTION] = {IN_FUNCTION,  "a function"      },
};

// --- the table of keys
enum {
  B = TYPE_BOOL,
  I = TYPE_INT,
  N = TYPE_INT | TYPE_FLOAT,
  S = TYPE_STR,
  L = TYPE_LIST,
  D = TYPE_DICT,
  TESTED = IN_MODEL | IN_SEED | IN_SNAPSHOT,
  PATCHED = TESTED | IN_ANALYSIS | IN_SINGULAR | IN_FUNCTION,
  NAMED = PATCHED | IN_MACRO | IN_EXPOSURE | IN_GROUP | IN_COLUMN | IN_SOURCE | IN_TABLE |
          IN_ARGUMENT | IN_UNIT_TEST,
  TYPED = IN_FUNCTION_ARGUMENT | IN_RETURNS,
  RAW = IN_SOURCE | IN_TABLE,
};
static const struct PropKey {
  Str name;
  unsigned types, where;
} keys[] = {
    {STR_INIT("name"),               S,        NAMED                                                 },
    {STR_INIT("description"),        S,        NAMED | IN_VERSION | TYPED | IN_OVERLOAD              },
    {STR_INIT("config"),             D,        NAMED | IN_VERSION                                    },
    {STR_INIT("meta"),               D,        NAMED & ~IN_UNIT_TEST                                 },
    {STR_INIT("docs"),               D,        PATCHED | IN_MACRO | IN_COLUMN | IN_VERSION | IN_TABLE},
    {STR_INIT("columns"),            L,        TESTED | IN_ANALYSIS | IN_VERSION | IN_TABLE          },
    {STR_INIT("tests"),              L,        TESTED | IN_COLUMN | IN_VERSION | IN_TABLE            },
    {STR_INIT("data_tests"),         L,        TESTED | IN_COLUMN | IN_VERSION | IN_TABLE            },
    {STR_INIT("constraints"),        L,        PATCHED | IN_COLUMN | IN_VERSION                      },
    {STR_INIT("contract"),           D,        TESTED                                                },
    {STR_INIT("access"),             S,        PATCHED | IN_VERSION                                  },
    {STR_INIT("group"),              S,        PATCHED                                               },
    {STR_INIT("quote_columns"),      B,        TESTED                                                },
    {STR_INIT("latest_version"),     N | S,    IN_MODEL                                              },
    {STR_INIT("versions"),           L,        IN_MODEL                                              },
    {STR_INIT("deprecation_date"),   S,        IN_MODEL | IN_VERSION                                 },
    {STR_INIT("time_spine"),         D,        IN_MODEL                                              },
    {STR_INIT("primary_key"),        S | L,    IN_MODEL                                              },
    {STR_INIT("semantic_model"),     D | B,    IN_MODEL                                              },
    {STR_INIT("agg_time_dimension"), S,        IN_MODEL | SINCE_1_12                                 },
    {STR_INIT("primary_entity"),     S,        IN_MODEL | SINCE_1_12                                 },
    {STR_INIT("derived_semantics"),  D,        IN_MODEL | SINCE_1_12                                 },
    {STR_INIT("metrics"),            L,        IN_MODEL | SINCE_1_12                                 },
    {STR_INIT("entity"),             S | D,    IN_COLUMN | SINCE_1_12                                },
    {STR_INIT("dimension"),          S | D,    IN_COLUMN | SINCE_1_12                                },
    {STR_INIT("relation"),           S,        IN_SNAPSHOT                                           },
    {STR_INIT("arguments"),          L,        IN_MACRO | IN_FUNCTION | IN_OVERLOAD                  },
    {STR_INIT("returns"),            D,        IN_FUNCTION | IN_OVERLOAD                             },
    {STR_INIT("overloads"),          L,        IN_FUNCTION | SINCE_1_12                              },
    {STR_INIT("default_value"),      TYPE_ANY, IN_FUNCTION_ARGUMENT                                  },
    {STR_INIT("type"),               S,        IN_EXPOSURE | IN_ARGUMENT                             },
    {STR_INIT("maturity"),           S,        IN_EXPOSURE                                           },
    {STR_INIT("url"),                S,        IN_EXPOSURE                                           },
    {STR_INIT("label"),              S,        IN_EXPOSURE                                           },
    {STR_INIT("owner"),              D,        IN_EXPOSURE | IN_GROUP                                },
    {STR_INIT("depends_on"),         L,        IN_EXPOSURE                                           },
    {STR_INIT("tags"),               S | L,    IN_EXPOSURE | IN_COLUMN | RAW                         },
    {STR_INIT("enabled"),            B,        IN_EXPOSURE                                           },
    {STR_INIT("data_type"),          S,        IN_COLUMN | PATCHED | IN_TABLE | TYPED                },
    {STR_INIT("quote"),              B,        IN_COLUMN                                             },
    {STR_INIT("granularity"),        S,        IN_COLUMN                                             },
    {STR_INIT("codec"),              S,        IN_COLUMN                                             },
    {STR_INIT("doc_blocks"),         TYPE_ANY, IN_COLUMN                                             },
    {STR_INIT("show"),               B,        IN_DOCS                                               },
    {STR_INIT("node_color"),         S,        IN_DOCS                                               },
    {STR_INIT("rows"),               I,        IN_DOCS                                               },
    {STR_INIT("ttl"),                S,        IN_COLUMN                                             },
    {STR_INIT("v"),                  TYPE_ANY, IN_VERSION                                            },
    {STR_INIT("defined_in"),         S,        IN_VERSION | IN_OVERLOAD                              },
    {STR_INIT("tables"),             L,        IN_SOURCE                                             },
    {STR_INIT("database"),           S,        IN_SOURCE                                             },
    {STR_INIT("schema"),             S,        IN_SOURCE                                             },
    {STR_INIT("loader"),             S,        IN_SOURCE                                             },
    {STR_INIT("overrides"),          S,        IN_SOURCE                                             },
    {STR_INIT("identifier"),         S,        IN_TABLE                                              },
    {STR_INIT("external"),           D,        IN_TABLE                                              },
    {STR_INIT("quoting"),            D,        RAW                                                   },
    {STR_INIT("freshness"),          D,        RAW                                                   },
    {STR_INIT("loaded_at_field"),    S,        RAW                                                   },
    {STR_INIT("loaded_at_query"),    S,        RAW                                                   },
    {STR_INIT("warn_after"),         D,        IN_FRESHNESS                                          },
    {STR_INIT("error_after"),        D,        IN_FRESHNESS                                          },
    {STR_INIT("filter"),             S,        IN_FRESHNESS                                          },
    {STR_INIT("count"),              I,        IN_LIMIT                                              },
    {STR_INIT("period"),             S,        IN_LIMIT                                              },
    {STR_INIT("model"),              S,        IN_UNIT_TEST                                          },
    {STR_INIT("given"),              L,        IN_UNIT_TEST                                          },
    {STR_INIT("expect"),             D,        IN_UNIT_TEST                                          },
    {STR_INIT("overrides"),          D,        IN_UNIT_TEST                                          },
    {STR_INIT("versions"),           D,        IN_UNIT_TEST                                          },
    {STR_INIT("include"),            L,        IN_UNIT_VERSIONS                                      },
    {STR_INIT("exclude"),            L,        IN_UNIT_VERSIONS                                      },
    {STR_INIT("macros"),             D,        IN_UNIT_OVERRIDES                                     },
    {STR_INIT("vars"),               D,        IN_UNIT_OVERRIDES                                     },
    {STR_INIT("env_vars"),           D,        IN_UNIT_OVERRIDES                                     },
};
enum { NKEYS = COUNT(keys) };

// Whether a thing of a file can have a key, by the release of dbt that the project is read as.
static bool is_key_of(const PropReader *r, const struct PropKey *k, unsigned where) {
  return k->where & where && (r->g->level >= DBT_1_12 || !(k->where & SINCE_1_12));
}

static const struct PropKey *find_key(const PropReader *r, Str name, unsigned where) {
  for (size_t i = 0; i < NKEYS; i++)
    if (is_key_of(r, &keys[i], where) && str_eq(keys[i].name, name))
      return &keys[i];
  return NULL;
}

Diag *prop_error(PropReader *r, Code code, const Yaml *y, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *f = diag_vat(r->diags, SEV_ERROR, code, y->src, y->span, fmt, ap);
  va_end(ap);
  r->ok = false;
  return f;
}

static ConfigKind config_kind(unsigned where) {
  return where & IN_SEED       ? CONFIG_SEED
         : where & IN_SNAPSHOT ? CONFIG_SNAPSHOT
         : where & IN_SINGULAR ? CONFIG_TEST
         : where & RAW         ? CONFIG_SOURCE
         : where & IN_FUNCTION ? CONFIG_FUNCTION
                               : CONFIG_MODEL;
}

// Columns may have keys of their own, so there only a near miss is worth a warning.
static void unknown_key(PropReader *r, const Yaml *key, unsigned where, const char *what) {
  Str names[NKEYS];
  size_t n = 0;
  for (size_t i = 0; i < NKEYS; i++)
    if (is_key_of(r, &keys[i], where))
      names[n++] = keys[i].name;
  Str near = str_nearest(key->text, names, n);
  if (where == IN_COLUMN && !near.len)
    return;
  if (!near.len && where & (PATCHED | RAW) && config_key(config_kind(where), key->text, NULL)) {
    Diag *f = diag_at(r->diags, SEV_WARNING, CODE_UNKNOWN_KEY, key->src, key->span,
                      "'%.*s' does not stand here, so it is not used", STR_ARG(key->text));
    diag_part(r->diags, f, "key", key->text);
    diag_hint(r->diags, f, "put it under `config:`");
    return;
  }
  check_unknown(r->diags, key, what, names, n);
}

static bool is_none(const Yaml *y) { return y->kind == YAML_SCALAR && y->scalar.kind == VAL_NONE; }

bool prop_check(PropReader *r, const Yaml *y, Value v, unsigned where, const char *what) {
  if (y->kind != YAML_DICT || v.kind != VAL_DICT) {
    Diag *f = prop_error(r, CODE_WRONG_TYPE, y, "%s must be a dict, not %s", what, check_kind(v));
    if (y->kind == YAML_SCALAR && where & NAMED)
      diag_hint(r->diags, f, "as in '- name: %.*s'", STR_ARG(y->text));
    return false;
  }
  for (size_t i = 0; i < y->n; i++) {
    const YamlEntry *e = &y->entries[i];
    const struct PropKey *k = find_key(r, e->key->text, where);
    if (!k) {
      unknown_key(r, e->key, where, what);
      continue;
    }
    Value *at = dict_gets(v.dict, k->name);
    if (!at)
      continue;
    *at = check_coerce(r->arena, *at, k->types);
    if (k->types == TYPE_STR && check_fits(*at, TYPE_INT) && at->kind != VAL_NONE &&
        !str_is(k->name, "name"))
      *at = val_str(val_to_str(r->arena, *at)); // url: 1 and the like
    if (!check_value(r->diags, e->value, *at, k->types, k->name)) {
      r->ok = false;
      dict_remove(v.dict, val_str(k->name));
    }
  }
  return true;
}

// --- reading values
Str prop_text(Value v, Str key) {
  Value t = val_get(v, key);
  return t.kind == VAL_STR ? val_text(t) : (Str){0};
}

Value prop_dict(PropReader *r, Value v, Str key) {
  Value d = val_get(v, key);
  return d.kind == VAL_DICT ? d : r->no_dict;
}

Value prop_list(PropReader *r, Value v, Str key) {
  Value l = val_get(v, key);
  return val_is_seq(l) ? l : r->no_list;
}

Value prop_texts(PropReader *r, Value v, Str key) {
  Value given = val_get(v, key);
  if (given.kind != VAL_STR && !(val_is_seq(given) && given.list->n))
    return r->no_list;
  Value out = val_list(r->arena, 2);
  if (given.kind == VAL_STR)
    list_push(r->arena, out.list, given);
  for (size_t i = 0; val_is_seq(given) && i < given.list->n; i++)
    list_push(r->arena, out.list, val_str(val_to_str(r->arena, given.list->items[i])));
  return out;
}

Value prop_over(PropReader *r, Value a, Value b) {
  if (!val_truth(a) && !val_truth(b))
    return r->no_dict;
  Value out = val_dict(r->arena);
  const Value both[] = {a, b};
  for (size_t i = 0; i < 2; i++) {
    size_t at = 0;
    for (DictEntry *e; both[i].kind == VAL_DICT && (e = dict_next(both[i].dict, &at));)
      dict_set(r->arena, out.dict, e->key, e->value);
  }
  return out;
}

bool prop_name(PropReader *r, const Yaml *y, Value v, const char *what, Str *name, Span *span) {
  const Yaml *at = yaml_get(y, STR("name"));
  *name = prop_text(v, STR("name"));
  if (at)
    *span = at->span;
  if (name->len)
    return true;
  if (!at && check_misspelled(r->diags, y, what, STR("name")))
    r->ok = false;
  else if (!at)
    prop_error(r, CODE_MISSING_KEY, y->n ? y->entries[0].key : y, "%s without a `name:`", what);
  else if (r->ok)
    prop_error(r, CODE_WRONG_VALUE, at, "the name of %s is empty", what);
  return false;
}

// --- rendering
static bool key_is(Value v, Str a, Str b) { return val_is_str(v, a) || val_is_str(v, b); }

// Descriptions, tests, hooks and a few more are templates that dbt evaluates later.
static bool keep(const void *data, const Value *path, size_t n) {
  Value last = path[n - 1];
  const PropReader *r = data;
  if (last.kind != VAL_STR)
    return false;
  if (key_is(last, STR("tests"), STR("data_tests")) ||
      key_is(last, STR("description"), STR("loaded_at_query")) ||
      key_is(last, STR("filter"), STR("relation")))
    return !(n > 1 && key_is(path[0], STR("config"), STR("meta")) &&
             !val_is_str(last, STR("loaded_at_query")));
  if (n >= 2 && val_is_str(path[n - 2], STR("config")))
    return key_is(last, STR("pre_hook"), STR("post_hook")) ||
           key_is(last, STR("pre-hook"), STR("post-hook")) ||
           (r->in_source &&
            (key_is(last, STR("key_id"), STR("secret")) || val_is_str(last, STR("session_token"))));
  return n == 2 && val_is_str(path[0], STR("query_params")) && val_is_str(last, STR("where"));
}

bool prop_render(PropReader *r, const Yaml *y, Value *out) {
  bool ok = globals_render_yaml(r->arena, r->g, y, keep, r, out, r->diags);
  r->ok = r->ok && ok;
  return ok;
}

// --- columns
// A constraint with dbt's keys in dbt's order, those not given at their defaults.
static Value whole_constraint(PropReader *r, Value given, bool on_model) {
  static const Str parts[] = {STR_INIT("type"),
                              STR_INIT("name"),
                              STR_INIT("expression"),
                              STR_INIT("warn_unenforced"),
                              STR_INIT("warn_unsupported"),
                              STR_INIT("to"),
                              STR_INIT("to_columns"),
                              STR_INIT("columns")};
  Value out = val_dict(r->arena);
  for (size_t i = 0; i < (on_model ? 8 : 7); i++) {
    Value v = val_get(given, parts[i]);
    if (val_is_absent(v))
      v = i == 3 || i == 4 ? val_bool(true) : i >= 6 ? val_list(r->arena, 0) : val_none();
    dict_sets(r->arena, out.dict, parts[i], v);
  }
  return out;
}

Value prop_constraints(PropReader *r, const Yaml *y, Value v, bool on_model) {
  static const Str types[] = {STR_INIT("check"),       STR_INIT("not_null"),    STR_INIT("unique"),
                              STR_INIT("primary_key"), STR_INIT("foreign_key"), STR_INIT("custom")};
  const Yaml *list = yaml_get(y, STR("constraints"));
  Value written = prop_list(r, v, STR("constraints")), out = r->no_list;
  if (written.list->n)
    out = val_list(r->arena, written.list->n);
  for (size_t i = 0; i < written.list->n; i++)
    list_push(r->arena, out.list, whole_constraint(r, written.list->items[i], on_model));
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++) {
    const Yaml *item = list->items[i], *type = yaml_get(item, STR("type"));
    Str text = yaml_str(type);
    bool known = false;
    for (size_t k = 0; k < 6; k++)
      known = known || str_eq(text, types[k]);
    if (known)
      continue;
    Diag *f = type ? prop_error(r, CODE_WRONG_VALUE, type, "'%.*s' is not a type of constraint",
                                STR_ARG(text))
                   : prop_error(r, CODE_MISSING_KEY, item, "a constraint needs a `type:`");
    if (!diag_nearest(r->diags, f, text, types, 6))
      diag_hint(r->diags, f, "check, not_null, unique, primary_key, foreign_key or custom");
  }
  return out;
}

static Value unique_texts(PropReader *r, Value a, Value b) {
  if (!a.list->n && !b.list->n)
    return r->no_list;
  Value seen = val_set(r->arena), out = val_list(r->arena, a.list->n + b.list->n);
  const Value both[] = {a, b};
  for (size_t i = 0; i < 2; i++)
    for (size_t k = 0; k < both[i].list->n; k++) {
      if (!dict_get(seen.dict, both[i].list->items[k]))
        list_push(r->arena, out.list, both[i].list->items[k]);
      dict_set(r->arena, seen.dict, both[i].list->items[k], val_none());
    }
  return out;
}

static Value extra_keys(PropReader *r, Value v) {
  Value out = r->no_dict;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));) {
    bool own = e->key.kind == VAL_STR && find_key(r, val_text(e->key), IN_COLUMN);
    if (own && !val_is_str(e->key, STR("codec")) && !val_is_str(e->key, STR("ttl")))
      continue;
    if (!out.dict->n)
      out = val_dict(r->arena);
    dict_set(r->arena, out.dict, e->key, e->value);
  }
  return out;
}

static Value bool_or_none(Value v, Str key) {
  Value b = val_get(v, key);
  return b.kind == VAL_BOOL ? b : val_none();
}

static Value or_none(Value v) { return v.kind == VAL_UNDEF ? val_none() : v; }

const ColumnMore column_has_no_more[2] = {
    {.dimension = {.kind = VAL_UNDEF}, .entity = {.kind = VAL_UNDEF}, .extra = {.kind = VAL_UNDEF}},
    {.dimension = {.kind = VAL_NONE},  .entity = {.kind = VAL_NONE},  .extra = {.kind = VAL_UNDEF}},
};

static const ColumnMore *column_more(PropReader *r, Value v) {
  bool newer = r->g->level >= DBT_1_12;
  ColumnMore more = column_has_no_more[newer];
  more.granularity = prop_text(v, STR("granularity"));
  more.extra = extra_keys(r, v);
  if (newer) {
    more.dimension = or_none(val_get(v, STR("dimension")));
    more.entity = or_none(val_get(v, STR("entity")));
  }
  bool nothing = !more.granularity.len && !more.extra.dict->n && val_is_absent(more.dimension) &&
                 val_is_absent(more.entity);
  if (nothing)
    return &column_has_no_more[newer];
  ColumnMore *out = arena_new(r->arena, ColumnMore);
  *out = more;
  return out;
}

static bool read_column(PropReader *r, const Yaml *y, Value v, PropColumn *c) {
  *c = (PropColumn){.yaml = y};
  if (!prop_check(r, y, v, IN_COLUMN, "a column") ||
      !prop_name(r, y, v, "a column", &c->name, &c->name_span))
    return false;
  Value config = prop_dict(r, v, STR("config"));
  c->description = prop_text(v, STR("description"));
  c->data_type = prop_text(v, STR("data_type"));
  c->quote = bool_or_none(v, STR("quote"));
  c->meta = prop_over(r, val_get(v, STR("meta")), val_get(config, STR("meta")));
  c->tags = unique_texts(r, prop_texts(r, v, STR("tags")), prop_texts(r, config, STR("tags")));
  c->config = r->no_config;
  if (c->meta.dict->n || c->tags.list->n) {
    c->config = val_dict(r->arena);
    dict_sets(r->arena, c->config.dict, STR("meta"), c->meta);
    dict_sets(r->arena, c->config.dict, STR("tags"), c->tags);
  }
  c->constraints = prop_constraints(r, y, v, false);
  c->more = column_more(r, v);
  prop_tests(r, y, &c->tests, &c->ntests, NULL);
  return true;
}

// dbt lets the later one of two columns win; whoever wrote both wants to know.
static void warn_twice(PropReader *r, Arena *scratch, PropColumn *c, Map *seen) {
  const PropColumn *had = map_put(scratch, seen, c->name, c);
  if (!had)
    return;
  Diag *f = diag_at(r->diags, SEV_WARNING, CODE_DESCRIBED_TWICE, r->src, c->name_span,
                    "the column '%.*s' is described twice", STR_ARG(c->name));
  diag_note(r->diags, f, r->src, had->name_span, "first here");
}

static bool is_version_filter(const Yaml *y) {
  return !yaml_get(y, STR("name")) && (yaml_get(y, STR("include")) || yaml_get(y, STR("exclude")));
}

void prop_columns(PropReader *r, const Yaml *y, Value v, PropColumn **columns, size_t *n) {
  const Yaml *list = yaml_get(y, STR("columns"));
  Value values = val_get(v, STR("columns"));
  Map seen = {0};
  *columns = NULL;
  *n = 0;
  if (!list || list->kind != YAML_LIST || !val_is_seq(values))
    return;
  Arena scratch = {0};
  *columns = arena_array(r->arena, PropColumn, list->n);
  for (size_t i = 0; i < list->n; i++) {
    if (is_version_filter(list->items[i]) ||
        !read_column(r, list->items[i], values.list->items[i], &(*columns)[*n]))
      continue;
    warn_twice(r, &scratch, &(*columns)[*n], &seen);
    ++*n;
  }
  arena_free(&scratch);
}

// --- versions
// An include/exclude element: include is there, a list or all; exclude only stands beside all.
static void check_filter(PropReader *r, const Yaml *y, Value include, Value exclude) {
  const char *hint = "as in include: all, exclude: [id]";
  bool all = val_is_str(include, STR("*")) || val_is_str(include, STR("all"));
  if (include.kind == VAL_UNDEF)
    diag_hint(r->diags,
              prop_error(r, CODE_MISSING_KEY, y, "`exclude:` stands beside an `include:`"), "%s",
              hint);
  else if (!all && !val_is_seq(include))
    diag_hint(r->diags,
              prop_error(r, CODE_WRONG_VALUE, yaml_get(y, STR("include")),
                         "`include:` is all, or a list of columns"),
              "%s", hint);
  else if (!all && val_is_seq(exclude) && exclude.list->n)
    diag_hint(r->diags,
              prop_error(r, CODE_CONFLICTING_KEYS, yaml_get(y, STR("exclude")),
                         "`exclude:` takes columns out of all, and `include:` names some"),
              "%s", hint);
}

static void read_filter(PropReader *r, PropVersion *v, const Yaml *list, Value values) {
  const Yaml *first = NULL;
  v->include = v->exclude = val_none();
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++) {
    if (!is_version_filter(list->items[i]))
      continue;
    Value include = val_get(values.list->items[i], STR("include")),
          exclude = val_get(values.list->items[i], STR("exclude"));
    check_filter(r, list->items[i], include, exclude);
    if (first)
      diag_note(r->diags,
                prop_error(r, CODE_DESCRIBED_TWICE, list->items[i],
                           "a version has one include/exclude element"),
                first->src, first->span, "the first one");
    first = list->items[i];
    v->include = include.kind == VAL_UNDEF ? val_lit("*") : include;
    v->exclude = exclude.kind == VAL_UNDEF ? val_none() : exclude;
  }
}

static bool has_key(const Yaml *y, Str key) {
  const Yaml *at = yaml_get(y, key);
  return at && !is_none(at);
}

// 2030-01-31, with a time behind it or not.
static bool is_date(Value v) {
  static const char form[] = "dddd-dd-dd";
  Str s = v.kind == VAL_STR ? val_text(v) : (Str){0};
  bool good = s.len >= strlen(form);
  for (size_t i = 0; good && i < strlen(form); i++)
    good = form[i] == 'd' ? s.ptr[i] >= '0' && s.ptr[i] <= '9' : s.ptr[i] == '-';
  return good;
}

static bool has_digit(Str s) {
  bool has = false;
  for (size_t i = 0; i < s.len; i++)
    has |= s.ptr[i] >= '0' && s.ptr[i] <= '9';
  return has;
}

// What is wrong with a date of that form; NULL: nothing.
static const char *wrong_date(Arena *a, Str s) {
  Value day;
  bool whole = yaml_resolve(s) == TAG_TIMESTAMP;
  return yaml_construct(a, TAG_TIMESTAMP, whole ? s : str_sub(s, 0, 10), &day);
}

// Other forms of a day (31 Jan 2030) are dates for dbt: they are kept, and nothing is warned of.
static Value read_date(PropReader *r, const Yaml *y, Value v) {
  Value date = val_get(v, STR("deprecation_date"));
  const Yaml *at = yaml_get(y, STR("deprecation_date"));
  if (val_is_absent(date) || !at)
    return val_none();
  const char *wrong = is_date(date) ? wrong_date(r->arena, val_text(date)) : NULL;
  if (wrong)
    prop_error(r, CODE_WRONG_VALUE, at, "deprecation_date '%.*s' %s", STR_ARG(at->text), wrong);
  if (is_date(date))
    return date;
  bool other = at->scalar.kind == VAL_STR && has_digit(at->text);
  Diag *f = diag_at(r->diags, other ? SEV_WARNING : SEV_ERROR, CODE_WRONG_VALUE, at->src, at->span,
                    "deprecation_date is a day, not '%.*s'", STR_ARG(at->text));
  diag_hint(r->diags, f, "as in deprecation_date: 2030-01-31");
  r->ok = r->ok && other;
  return other ? date : val_none();
}

static void check_access(PropReader *r, const Yaml *y, Str access) {
  static const Str words[] = {STR_INIT("private"), STR_INIT("protected"), STR_INIT("public")};
  for (size_t i = 0; i < 3; i++)
    if (!access.len || str_eq(access, words[i]))
      return;
  const Yaml *at = yaml_get(y, STR("access"));
  diag_nearest(
      r->diags,
      prop_error(r, CODE_WRONG_VALUE, at ? at : y, "'%.*s' is not an access", STR_ARG(access)),
      access, words, 3);
}

static void read_version(PropReader *r, const Yaml *y, Value v, PropVersion *out) {
  const Yaml *number = yaml_get(y, STR("v"));
  *out = (PropVersion){.yaml = y};
  if (!prop_check(r, y, v, IN_VERSION, "a version"))
    return;
  if (!number || is_none(number) || number->kind != YAML_SCALAR) {
    prop_error(r, CODE_MISSING_KEY, number ? number : y, "a version needs a `v:`");
    return;
  }
  out->v_value = val_get(v, STR("v"));
  out->v = val_to_str(r->arena, out->v_value);
  out->defined_in = prop_text(v, STR("defined_in"));
  out->description = prop_text(v, STR("description"));
  out->access = prop_text(v, STR("access"));
  out->has_description = out->description.len > 0;
  out->has_columns = has_key(y, STR("columns"));
  out->has_constraints = has_key(y, STR("constraints"));
  out->has_docs = has_key(y, STR("docs"));
  out->config = out->unrendered_config = prop_dict(r, v, STR("config"));
  out->docs = prop_dict(r, v, STR("docs"));
  out->meta = prop_dict(r, out->config, STR("meta"));
  out->constraints = prop_constraints(r, y, v, true);
  out->deprecation_date = read_date(r, y, v);
  check_access(r, y, out->access);
  read_filter(r, out, yaml_get(y, STR("columns")), val_get(v, STR("columns")));
  prop_columns(r, y, v, &out->columns, &out->ncolumns);
  prop_tests(r, y, &out->tests, &out->ntests, &out->has_tests);
}

// The version that equals v, 1.0 for 1; NULL: none does.
static const PropVersion *version_of(const Prop *p, Value v) {
  for (size_t i = 0; i < p->nversions; i++)
    if (val_eq(p->versions[i].v_value, v))
      return &p->versions[i];
  return NULL;
}

static void read_versions(PropReader *r, const Yaml *y, Value v, Prop *p) {
  const Yaml *list = yaml_get(y, STR("versions"));
  Value values = val_get(v, STR("versions"));
  Value latest = val_get(v, STR("latest_version"));
  p->latest_version = latest.kind == VAL_UNDEF ? val_none() : latest;
  if (list && list->kind == YAML_LIST && val_is_seq(values)) {
    p->versions = arena_array(r->arena, PropVersion, list->n);
    Map names = {0}; // of versions -> PropVersion
    for (size_t i = 0; i < list->n; i++) {
      PropVersion *version = &p->versions[p->nversions];
      read_version(r, list->items[i], values.list->items[i], version);
      if (!version->v.len)
        continue;
      const PropVersion *had = map_get(&names, version->v);
      if (had) {
        Diag *f = prop_error(r, CODE_DESCRIBED_TWICE, list->items[i],
                             "the version '%.*s' is listed twice", STR_ARG(version->v));
        diag_note(r->diags, f, r->src, had->yaml->span, "first here");
      } else {
        map_put(r->arena, &names, version->v, version);
      }
      p->nversions++;
    }
  }
  const Yaml *at = yaml_get(y, STR("latest_version"));
  const PropVersion *of = version_of(p, p->latest_version);
  if (of)
    p->latest_version = of->v_value;
  else if (p->latest_version.kind != VAL_NONE && at)
    diag_hint(r->diags,
              prop_error(r, CODE_UNKNOWN_VERSION, at, "latest_version is none of the versions"),
              "list it under `versions:`");
}

// --- entries
static void check_docs(PropReader *r, const Yaml *y, Value v) {
  Value docs = val_get(v, STR("docs"));
  if (docs.kind == VAL_DICT)
    prop_check(r, yaml_get(y, STR("docs")), docs, IN_DOCS, "`docs:`");
}

// Keys that dbt moves from an entry's top into its config, in its order.
static void join_config(PropReader *r, const Yaml *y, Value v, Prop *p) {
  static const Str moved[] = {STR_INIT("meta"), STR_INIT("docs"), STR_INIT("group"),
                              STR_INIT("contract"), STR_INIT("access")};
  p->config = prop_over(r, val_get(v, STR("config")), val_none());
  check_docs(r, y, v);
  check_docs(r, yaml_get(y, STR("config")), p->config);
  for (size_t i = 0; i < 5; i++) {
    Value top = val_get(v, moved[i]);
    if (val_is_absent(top))
      continue;
    if (!p->config.dict->n)
      p->config = val_dict(r->arena);
    if (dict_gets(p->config.dict, moved[i])) {
      const YamlEntry *here = yaml_entry(y, moved[i]),
                      *there = yaml_entry(yaml_get(y, STR("config")), moved[i]);
      Diag *f = prop_error(r, CODE_CONFLICTING_KEYS, here->key, "'%.*s' is given twice",
                           STR_ARG(moved[i]));
      if (there)
        diag_note(r->diags, f, r->src, there->key->span, "and here, in `config:`: keep this one");
    } else {
      dict_sets(r->arena, p->config.dict, moved[i], top);
    }
  }
  p->unrendered_config = p->config;
  p->meta = prop_dict(r, p->config, STR("meta"));
  p->docs = prop_dict(r, p->config, STR("docs"));
}

static void read_patch(PropReader *r, const Yaml *y, Value v, Prop *p) {
  join_config(r, y, v, p);
  p->access = prop_text(p->config, STR("access"));
  p->group = prop_text(p->config, STR("group"));
  p->quote_columns = bool_or_none(v, STR("quote_columns"));
  p->constraints = prop_constraints(r, y, v, true);
  Value spine = val_get(v, STR("time_spine"));
  p->deprecation_date = read_date(r, y, v);
  p->time_spine = spine.kind == VAL_DICT ? val_copy(r->arena, spine, false) : val_none();
  if (p->time_spine.kind == VAL_DICT && !dict_gets(spine.dict, STR("custom_granularities")))
    dict_sets(r->arena, p->time_spine.dict, STR("custom_granularities"), val_list(r->arena, 0));
  prop_columns(r, y, v, &p->columns, &p->ncolumns);
  prop_tests(r, y, &p->tests, &p->ntests, NULL);
  if (p->kind == PROP_MODEL)
    read_versions(r, y, v, p);
}

// "ref('x')" also where it was written with braces.
static Str bare(Str s) {
  s = str_trim(s);
  if (str_starts(s, STR("{{")) && str_ends(s, STR("}}")) && s.len >= 4)
    s = str_trim(str_sub(s, 2, s.len - 2));
  return s;
}

static Value text_or_none(Value v, Str key) {
  Value t = val_get(v, key);
  return t.kind == VAL_UNDEF ? val_none() : t;
}

static void read_macro(PropReader *r, const Yaml *y, Value v, Prop *p) {
  const Yaml *list = yaml_get(y, STR("arguments"));
  Value values = prop_list(r, v, STR("arguments")), config = prop_dict(r, v, STR("config"));
  p->meta = prop_over(r, val_get(v, STR("meta")), val_get(config, STR("meta")));
  check_docs(r, y, v);
  check_docs(r, yaml_get(y, STR("config")), config);
  p->docs = prop_dict(r, val_truth(val_get(config, STR("docs"))) ? config : v, STR("docs"));
  p->arguments = val_list(r->arena, values.list->n);
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n && i < values.list->n; i++) {
    Str name;
    Span span;
    Value in = values.list->items[i], out = val_dict(r->arena);
    if (!prop_check(r, list->items[i], in, IN_ARGUMENT, "a macro's argument") ||
        !prop_name(r, list->items[i], in, "a macro's argument", &name, &span))
      continue;
    dict_sets(r->arena, out.dict, STR("name"), val_str(name));
    dict_sets(r->arena, out.dict, STR("type"), text_or_none(in, STR("type")));
    dict_sets(r->arena, out.dict, STR("description"), val_str(prop_text(in, STR("description"))));
    list_push(r->arena, p->arguments.list, out);
  }
}

// {data_type, description} of what a function takes or returns.
static bool read_type(PropReader *r, const Yaml *y, Value in, const char *what, Value out) {
  Value type = val_get(in, STR("data_type"));
  dict_sets(r->arena, out.dict, STR("data_type"), type);
  dict_sets(r->arena, out.dict, STR("description"), text_or_none(in, STR("description")));
  if (type.kind == VAL_STR && type.len)
    return true;
  diag_hint(r->diags, prop_error(r, CODE_MISSING_KEY, y, "%s needs a `data_type:`", what),
            "as in data_type: int");
  return false;
}

static Value read_argument(PropReader *r, const Yaml *y, Value in) {
  Str name;
  Span span;
  Value out = val_dict(r->arena);
  const char *what = "a function's argument";
  if (!prop_check(r, y, in, IN_FUNCTION_ARGUMENT | IN_ARGUMENT, what) ||
      !prop_name(r, y, in, what, &name, &span))
    return out;
  dict_sets(r->arena, out.dict, STR("name"), val_str(name));
  read_type(r, y, in, what, out);
  dict_sets(r->arena, out.dict, STR("default_value"), text_or_none(in, STR("default_value")));
  return out;
}

// `arguments:` and `returns:` of a function or an overload of it. Returns what is returned; none:
// the entry does not say.
static Value read_signature(PropReader *r, const Yaml *y, Value v, Value *arguments) {
  const Yaml *list = yaml_get(y, STR("arguments")), *returns = yaml_get(y, STR("returns"));
  Value values = prop_list(r, v, STR("arguments")), typed = val_get(v, STR("returns"));
  const char *defaulted = NULL;
  *arguments = val_list(r->arena, values.list->n);
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n && i < values.list->n; i++) {
    Value out = read_argument(r, list->items[i], values.list->items[i]);
    bool has = val_get(out, STR("default_value")).kind != VAL_NONE;
    Str name = prop_text(out, STR("name"));
    if (defaulted && !has && name.len)
      diag_hint(r->diags,
                prop_error(r, CODE_WRONG_VALUE, list->items[i],
                           "the argument '%.*s' without a default comes after '%s', which has one",
                           STR_ARG(name), defaulted),
                "give it a default_value, or move it forward");
    defaulted = has ? str_cstr(r->arena, name) : defaulted;
    list_push(r->arena, arguments->list, out);
  }
  if (val_is_absent(typed))
    return val_none();
  Value out = val_dict(r->arena);
  if (prop_check(r, returns, typed, IN_RETURNS, "what a function returns"))
    read_type(r, returns, typed, "what a function returns", out);
  return out;
}

// An overload: the same function for other arguments, with a body in a file of its own.
static Value read_overload(PropReader *r, const Yaml *y, Value v) {
  Value out = val_dict(r->arena), arguments;
  if (!prop_check(r, y, v, IN_OVERLOAD, "an overload"))
    return out;
  Str file = prop_text(v, STR("defined_in"));
  if (!file.len)
    diag_hint(r->diags, prop_error(r, CODE_MISSING_KEY, y, "an overload needs `defined_in:`"),
              "it names the file of its body, without .sql");
  Value returns = read_signature(r, y, v, &arguments);
  dict_sets(r->arena, out.dict, STR("defined_in"), val_str(file));
  dict_sets(r->arena, out.dict, STR("arguments"), arguments);
  dict_sets(r->arena, out.dict, STR("returns"), returns);
  dict_sets(r->arena, out.dict, STR("description"), text_or_none(v, STR("description")));
  dict_sets(r->arena, out.dict, STR("raw_body"), val_none());
  dict_sets(r->arena, out.dict, STR("compiled_body"), val_none());
  return out;
}

static void read_function(PropReader *r, const Yaml *y, Value v, Prop *p) {
  const Yaml *list = yaml_get(y, STR("overloads"));
  p->returns = read_signature(r, y, v, &p->arguments);
  if (p->returns.kind == VAL_NONE) {
    p->returns = val_dict(r->arena);
    diag_hint(r->diags, prop_error(r, CODE_MISSING_KEY, y, "a function needs `returns:`"),
              "as in returns: {data_type: int}");
  }
  if (r->g->level < DBT_1_12)
    return;
  Value values = prop_list(r, v, STR("overloads"));
  p->overloads = val_list(r->arena, values.list->n);
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n && i < values.list->n; i++)
    list_push(r->arena, p->overloads.list, read_overload(r, list->items[i], values.list->items[i]));
}

static void one_of(PropReader *r, const Yaml *y, Str key, Str text, const Str *words, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (str_eq(text, words[i]))
      return;
  const Yaml *at = yaml_get(y, key);
  Diag *f = prop_error(r, at ? CODE_WRONG_VALUE : CODE_MISSING_KEY, at ? at : y,
                       at ? "'%.*s' is not a %.*s" : "%.*sthis needs a `%.*s:`", STR_ARG(text),
                       STR_ARG(key));
  diag_nearest(r->diags, f, text, words, n);
}

static void check_owner(PropReader *r, const Yaml *y, Value owner, const char *what) {
  if (prop_text(owner, STR("name")).len || val_truth(val_get(owner, STR("email"))))
    return;
  const Yaml *at = yaml_get(y, STR("owner"));
  diag_hint(r->diags,
            prop_error(r, CODE_MISSING_KEY, at ? at : yaml_get(y, STR("name")), "%s needs an owner",
                       what),
            "as in owner: {name: Sales, email: sales@example.com}");
}

static void read_exposure(PropReader *r, const Yaml *y, Value v, Prop *p) {
  static const Str types[] = {STR_INIT("dashboard"), STR_INIT("notebook"), STR_INIT("analysis"),
                              STR_INIT("ml"), STR_INIT("application")};
  static const Str maturities[] = {STR_INIT("low"), STR_INIT("medium"), STR_INIT("high")};
  p->type = prop_text(v, STR("type"));
  p->maturity = prop_text(v, STR("maturity"));
  p->url = prop_text(v, STR("url"));
  p->label = prop_text(v, STR("label"));
  p->owner = prop_dict(r, v, STR("owner"));
  p->depends_on = prop_texts(r, v, STR("depends_on"));
  one_of(r, y, STR("type"), p->type, types, 5);
  if (p->maturity.len)
    one_of(r, y, STR("maturity"), p->maturity, maturities, 3);
  check_owner(r, y, p->owner, "an exposure");
  Value config = val_get(v, STR("config"));
  p->unrendered_config = prop_over(r, config, val_none());
  p->config = config.kind == VAL_DICT ? val_copy(r->arena, config, false) : val_dict(r->arena);
  p->meta = prop_over(r, val_get(v, STR("meta")), val_none());
  p->tags = prop_texts(r, v, STR("tags"));
}

static void check_unit_test(PropReader *r, const Yaml *y, Value v) {
  Value versions = val_get(v, STR("versions")), overrides = val_get(v, STR("overrides"));
  const Yaml *chosen = yaml_get(y, STR("versions"));
  if (overrides.kind == VAL_DICT)
    prop_check(r, yaml_get(y, STR("overrides")), overrides, IN_UNIT_OVERRIDES,
               "`overrides:` of a unit test");
  if (!prop_text(v, STR("model")).len) {
    const Yaml *at = yaml_get(y, STR("model"));
    diag_hint(r->diags,
              prop_error(r, CODE_MISSING_KEY, at ? at : yaml_get(y, STR("name")),
                         "a unit test needs a `model:`"),
              "the name of the model whose rows it looks at");
  }
  if (versions.kind != VAL_DICT ||
      !prop_check(r, chosen, versions, IN_UNIT_VERSIONS, "`versions:` of a unit test") ||
      !val_truth(val_get(versions, STR("include"))) ||
      !val_truth(val_get(versions, STR("exclude"))))
    return;
  const Yaml *include = yaml_entry(chosen, STR("include"))->key;
  Diag *f = prop_error(r, CODE_CONFLICTING_KEYS, yaml_entry(chosen, STR("exclude"))->key,
                       "a unit test cannot both include and exclude versions");
  diag_note(r->diags, f, r->src, include->span, "keep one of the two");
}

static void read_other(PropReader *r, const Yaml *y, Value v, Prop *p) {
  (void)y;
  p->unrendered_config = prop_dict(r, v, STR("config"));
  p->config = prop_over(r, p->unrendered_config, val_none());
  p->meta = prop_over(r, val_get(v, STR("meta")), val_get(p->config, STR("meta")));
  p->tags = prop_texts(r, v, STR("tags"));
  p->group = prop_text(v, STR("group"));
  p->label = prop_text(v, STR("label"));
  p->type = prop_text(v, STR("type"));
}

// All Value fields of a Prop, so that none is undefined by accident.
static void blank(PropReader *r, Prop *p) {
  Value *dicts[] = {&p->config, &p->unrendered_config, &p->meta, &p->docs, &p->owner};
  Value *lists[] = {&p->constraints, &p->arguments, &p->depends_on, &p->tags};
  for (size_t i = 0; i < COUNT(dicts); i++)
    *dicts[i] = r->no_dict;
  for (size_t i = 0; i < COUNT(lists); i++)
    *lists[i] = r->no_list;
  p->quote_columns = p->latest_version = p->deprecation_date = p->time_spine = val_none();
  p->returns = val_none();
  p->enabled = true;
}

// `data_tests:` at the top of a file describes singular tests; dbt passes over what it cannot be
// of.
static void without_name(PropReader *r, const Yaml *y) {
  const Yaml *at = y->kind == YAML_DICT && y->n ? y->entries[0].key : y;
  Diag *f = diag_at(r->diags, SEV_WARNING, CODE_MISSING_KEY, r->src, at->span,
                    "this entry of `data_tests:` names no singular test, so it is not used");
  diag_hint(r->diags, f, "as in '- name: the_file_of_the_test'; tests of a model stand below it");
}

static Prop *read_entry(PropReader *r, PropKind kind, const Yaml *y) {
  Value v = val_none();
  Prop *p = arena_new(r->arena, Prop);
  *p = (Prop){.kind = kind, .yaml = y, .src = r->src};
  blank(r, p);
  if (kind == PROP_TEST && !yaml_get(y, STR("name"))) {
    without_name(r, y);
    return NULL;
  }
  if (!prop_render(r, y, &v))
    return NULL;
  unsigned where = shapes[kind].where;
  if (where ? !prop_check(r, y, v, where, shapes[kind].what) : v.kind != VAL_DICT) {
    if (!where)
      prop_error(r, CODE_WRONG_TYPE, y, "%s must be a dict, not %s", shapes[kind].what,
                 check_kind(v));
    return NULL;
  }
  if (!prop_name(r, y, v, shapes[kind].what, &p->name, &p->name_span))
    return NULL;
  p->value = v;
  p->description = prop_text(v, STR("description"));
  p->relation = bare(prop_text(v, STR("relation")));
  if (where & PATCHED) {
    read_patch(r, y, v, p);
    if (kind == PROP_FUNCTION)
      read_function(r, y, v, p);
  } else if (kind == PROP_MACRO) {
    read_macro(r, y, v, p);
  } else if (kind == PROP_EXPOSURE) {
    read_exposure(r, y, v, p);
  } else {
    read_other(r, y, v, p);
    if (kind == PROP_UNIT_TEST)
      check_unit_test(r, y, v);
    if (kind == PROP_GROUP) {
      p->owner = prop_dict(r, v, STR("owner"));
      check_owner(r, y, p->owner, "a group");
    }
  }
  Value enabled = val_get(v, STR("enabled")), in_config = val_get(p->config, STR("enabled"));
  p->enabled =
      !(enabled.kind == VAL_BOOL && !enabled.b) && !(in_config.kind == VAL_BOOL && !in_config.b);
  return p;
}

// --- the file
static const Yaml *section(PropReader *r, const Yaml *root, Str name) {
  const Yaml *y = yaml_get(root, name);
  if (!y || is_none(y))
    return NULL;
  if (y->kind == YAML_LIST)
    return y;
  Diag *f = prop_error(r, CODE_WRONG_TYPE, y, "`%.*s:` must be a list", STR_ARG(name));
  diag_hint(r->diags, f, "each entry starts with '- name:'");
  return NULL;
}

static void read_section(PropReader *r, const Yaml *root, PropKind kind, PropFile *out) {
  const Yaml *list = section(r, root, prop_sections[kind]);
  if (!list)
    return;
  out->props[kind] = arena_array(r->arena, Prop *, list->n);
  for (size_t i = 0; i < list->n; i++) {
    Prop *p = read_entry(r, kind, list->items[i]);
    if (p)
      out->props[kind][out->nprops[kind]++] = p;
  }
}

static void read_sources(PropReader *r, const Yaml *root, PropFile *out) {
  const Yaml *list = section(r, root, STR("sources"));
  if (!list)
    return;
  out->sources = arena_array(r->arena, PropSource *, list->n);
  for (size_t i = 0; i < list->n; i++) {
    PropSource *s = prop_source(r, list->items[i]);
    if (s)
      out->sources[out->nsources++] = s;
  }
}

static void check_sections(PropReader *r, const Yaml *root) {
  static const Str others[] = {STR_INIT("version"), STR_INIT("sources"), STR_INIT("anchors"),
                               STR_INIT("loads")};
  Str names[PROP_KINDS + COUNT(others)];
  size_t n = 0;
  for (; n < PROP_KINDS; n++)
    names[n] = prop_sections[n];
  for (size_t i = 0; i < COUNT(others); i++)
    names[n++] = others[i];
  for (size_t i = 0; i < root->n; i++) {
    bool known = false;
    for (size_t k = 0; k < n; k++)
      known = known || val_is_str(root->entries[i].key->scalar, names[k]);
    if (!known)
      check_unknown(r->diags, root->entries[i].key, "a schema file", names, n);
  }
}

static void share_empty(PropReader *r) {
  r->no_dict = val_dict(r->arena);
  r->no_list = val_list(r->arena, 0);
  r->no_config = val_dict(r->arena);
  dict_sets(r->arena, r->no_config.dict, STR("meta"), r->no_dict);
  dict_sets(r->arena, r->no_config.dict, STR("tags"), r->no_list);
  val_freeze(r->no_config);
}

bool properties_read(Arena *a, const Globals *g, const Source *src, PropFile *out, Diags *diags) {
  PropReader r = {.arena = a, .g = g, .src = src, .diags = diags, .ok = true};
  share_empty(&r);
  *out = (PropFile){.src = src, .yaml = yaml_load(a, src, diags)};
  if (!out->yaml && str_find(src->text, STR("loads:"), 0) >= 0)
    profile_hide(NULL, src->text); // of a load's connection: the finding shows a line
  if (!out->yaml)
    return false;
  if (is_none(out->yaml))
    return true;
  if (out->yaml->kind != YAML_DICT) {
    diag_hint(diags, prop_error(&r, CODE_WRONG_TYPE, out->yaml, "a schema file must be a dict"),
              "it has sections: `models:`, `sources:`, ...");
    return false;
  }
  check_sections(&r, out->yaml);
  for (PropKind kind = 0; kind < PROP_KINDS; kind++)
    read_section(&r, out->yaml, kind, out);
  read_sources(&r, out->yaml, out);
  return r.ok;
}
