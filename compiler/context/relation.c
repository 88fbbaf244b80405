// Relations as templates see them. In: names in parts with their quoting. Out: objects that print
// as the database's spelling of the name, and can be changed part by part into new ones. Leaves
// the spelling to dialect/.
#include "relation.h"

#include "adapter.h"
#include "column.h"
#include "evaluation.h"
#include "filtered.h"

enum { PARTS = 3 };
static const char *const part_names[PARTS] = {"database", "schema", "identifier"};
static Str *part_of(Relation *r, size_t i) {
  return i == 0 ? &r->database : i == 1 ? &r->schema : &r->identifier;
}
static Str part_get(const Relation *r, size_t i) {
  return i == 0 ? r->database : i == 1 ? r->schema : r->identifier;
}
static bool *quote_of(Relation *r, size_t i) {
  return i == 0 ? &r->quote_database : i == 1 ? &r->quote_schema : &r->quote_identifier;
}
static bool quote_get(const Relation *r, size_t i) {
  return i == 0 ? r->quote_database : i == 1 ? r->quote_schema : r->quote_identifier;
}

bool is_relation(Value v) { return v.kind == VAL_OBJECT && v.obj->type->attr == relation_attr; }

RelationObj *need_relation(Eval *ev, Value v, const char *fname) {
  if (!is_relation(v))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "%s() takes a relation, not %s", fname,
                   val_type_name(v));
  return (RelationObj *)v.obj;
}

RelationObj *relation_new(Arena *a, const Dialect *d) {
  RelationObj *o = arena_new(a, RelationObj);
  o->object.type = &d->adapter->relation;
  o->dialect = d;
  o->limit = -1;
  o->mvs = val_none();
  for (size_t i = 0; i < PARTS; i++) {
    o->include[i] = i || d->has_databases;
    *quote_of(&o->r, i) = d->quote_by_default[i];
  }
  return o;
}

RelationObj *relation_copy(Arena *a, const RelationObj *o) {
  RelationObj *c = arena_new(a, RelationObj);
  *c = *o;
  return c;
}

Value relation_obj_value(const RelationObj *o) { return val_obj((void *)(uintptr_t)o); }

// --- text

void relation_render(Buf *out, const RelationObj *o) {
  if (o->reads.len) {
    buf_add(out, o->reads);
    return;
  }
  Relation r = o->r;
  for (size_t i = 0; i < PARTS; i++)
    if (!o->include[i])
      *part_of(&r, i) = STR("");
  o->dialect->relation(out, &r);
}

void relation_limited(Buf *out, const RelationObj *o) {
  if (o->limit < 0 && !o->event_filter.len) {
    relation_render(out, o);
    return;
  }
  Buf name = {0}, filter = {0};
  relation_render(&name, o);
  if (o->event_filter.len)
    buf_addf(&filter, " where %.*s", STR_ARG(o->event_filter));
  if (o->limit == 0)
    buf_addf(&filter, " %s false limit 0", o->event_filter.len ? "and" : "where");
  else if (o->limit > 0)
    buf_addf(&filter, " limit %lld", (long long)o->limit);
  filtered_print(out, o->dialect, buf_str(&name), buf_str(&filter), o->r.identifier, o->limit >= 0);
  buf_free(&name);
  buf_free(&filter);
}

Str relation_str(Arena *a, const RelationObj *o) {
  Buf out = {.arena = a};
  relation_render(&out, o);
  return buf_str(&out);
}

void relation_print(const Object *o, Buf *out) { relation_limited(out, (const RelationObj *)o); }
void relation_repr(const Object *o, Buf *out) {
  buf_addf(out, "<%s ", o->type->name);
  relation_render(out, (const RelationObj *)o);
  buf_adds(out, ">");
}

// --- equality

bool relation_eq(const Object *a, Value other) {
  if (!is_relation(other) || other.obj->type != a->type)
    return false;
  const RelationObj *x = (const RelationObj *)a, *y = (const RelationObj *)other.obj;
  for (size_t i = 0; i < PARTS; i++)
    if (x->is_set[i] != y->is_set[i] || x->include[i] != y->include[i] ||
        !str_eq(part_get(&x->r, i), part_get(&y->r, i)) ||
        quote_get(&x->r, i) != quote_get(&y->r, i))
      return false;
  return str_eq(x->type, y->type) && x->limit == y->limit &&
         str_eq(x->event_filter, y->event_filter) && str_eq(x->reads, y->reads);
}

uint64_t relation_hash(const Object *o) {
  const RelationObj *x = (const RelationObj *)o;
  return str_hash(x->r.schema) * 31 + str_hash(x->r.identifier);
}

bool relation_truth(const Object *o) {
  (void)o;
  return true;
}

bool relation_contains(Eval *ev, Object *o, Value v) {
  (void)ev, (void)o, (void)v;
  return false;
}

// --- making one

static void check_length(Eval *ev, const RelationObj *o) {
  size_t max = o->dialect->max_identifier;
  if (max && o->type.len && o->is_set[2] && o->r.identifier.len > max)
    eval_fail_hint(ev, CODE_RELATION_NAME, STR("give the node a shorter alias"),
                   "the relation's name '%.*s' is longer than %zu bytes, which %s would cut",
                   STR_ARG(o->r.identifier), max, o->dialect->type);
}

static void check_database(Eval *ev, const RelationObj *o) {
  if (!o->dialect->has_databases && o->r.database.len && o->r.schema.len &&
      !str_eq(o->r.database, o->r.schema))
    eval_fail_code(ev, CODE_RELATION_NAME,
                   "%s has no database above the schema: '%.*s' cannot be set beside '%.*s'",
                   o->dialect->title, STR_ARG(o->r.database), STR_ARG(o->r.schema));
}

static void set_part(Eval *ev, RelationObj *o, size_t i, Value v) {
  if (v.kind == VAL_UNDEF)
    return;
  o->is_set[i] = v.kind != VAL_NONE;
  o->reads = (Str){0}; // another relation
  *part_of(&o->r, i) = text_or_empty(eval_arena(ev), v);
}

static const Str types[] = {STR_INIT("table"),         STR_INIT("view"),
                            STR_INIT("cte"),           STR_INIT("materialized_view"),
                            STR_INIT("external"),      STR_INIT("ephemeral"),
                            STR_INIT("function"),      STR_INIT("dictionary"),
                            STR_INIT("pointer_table"), STR_INIT("distributed_table")};

bool relation_is_type(Str s) {
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_eq(types[i], s))
      return true;
  return false;
}

void relation_set_type(Eval *ev, RelationObj *o, Value v) {
  if (v.kind == VAL_UNDEF)
    return;
  o->type = text_or_empty(eval_arena(ev), v);
  if (o->type.len && !relation_is_type(o->type))
    eval_fail_unknown(ev, CODE_WRONG_ARGUMENT,
                      (Unknown){.name = o->type, .names = types, .n = COUNT(types)},
                      "'%.*s' is not a type of relation", STR_ARG(o->type));
}

static void set_flags(Arena *a, RelationObj *o, bool include, Value policy) {
  policy = relation_parts_dict(a, policy);
  for (size_t i = 0; i < PARTS; i++) {
    Value v = val_get(policy, str_c(part_names[i]));
    if (val_is_absent(v))
      continue;
    if (include)
      o->include[i] = val_truth(v);
    else
      *quote_of(&o->r, i) = val_truth(v);
  }
}

static void set_path(Eval *ev, RelationObj *o, Value path) {
  DictEntry *e;
  path = relation_parts_dict(eval_arena(ev), path);
  for (size_t at = 0; path.kind == VAL_DICT && (e = dict_next(path.dict, &at));)
    for (size_t i = 0; i < PARTS; i++)
      if (val_is_str(e->key, str_c(part_names[i])))
        set_part(ev, o, i, e->value);
}

// The keywords that create() and incorporate() share.
static void apply_keyword(Eval *ev, RelationObj *o, Str key, Value v) {
  struct {
    const char *name;
    bool *flag;
  } flags[] = {
      {"dbt_created",        &o->created           },
      {"can_exchange",       &o->can_exchange      },
      {"can_on_cluster",     &o->can_on_cluster    },
      {"is_temporary",       &o->is_temporary      },
      {"is_refreshable",     &o->is_refreshable    },
      {"refreshable_append", &o->refreshable_append}
  };
  for (size_t i = 0; i < PARTS; i++)
    if (str_eq(key, str_c(part_names[i]))) {
      set_part(ev, o, i, v);
      return;
    }
  for (size_t i = 0; i < COUNT(flags); i++)
    if (str_eq(key, str_c(flags[i].name))) {
      *flags[i].flag = val_truth(v);
      return;
    }
  if (str_is(key, "path"))
    set_path(ev, o, v);
  else if (str_is(key, "type"))
    relation_set_type(ev, o, v);
  else if (str_is(key, "quote_policy"))
    set_flags(eval_arena(ev), o, false, v);
  else if (str_is(key, "include_policy"))
    set_flags(eval_arena(ev), o, true, v);
  else if (str_is(key, "limit"))
    o->limit = v.kind == VAL_INT ? v.i : -1;
  else if (str_is(key, "mvs_pointing_to_it"))
    o->mvs = v;
  // Other keys are for adapters that have them: nothing here, as in dbt.
}

// The fields that **kwargs names.
static void apply_all(Eval *ev, RelationObj *o, Value fields) {
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(fields.dict, &at));)
    apply_keyword(ev, o, val_text(e->key), e->value);
}

static Value fn_create(Eval *ev, const Value *v) {
  static const char *const order[] = {"database", "schema", "identifier", "type"};
  Context *c = context_of(ev);
  RelationObj *o = relation_new(eval_arena(ev), c->shared->dialect);
  for (size_t i = 0; i < COUNT(order); i++)
    if (native_given(v[i]))
      apply_keyword(ev, o, str_c(order[i]), v[i]);
  apply_all(ev, o, v[COUNT(order)]);
  check_database(ev, o);
  check_length(ev, o);
  return relation_obj_value(o);
}

// --- methods

static RelationObj *self_copy(Eval *ev, Value self) {
  return relation_copy(eval_arena(ev), (const RelationObj *)self.obj);
}

static Value fn_incorporate(Eval *ev, const Value *v) {
  RelationObj *o = self_copy(ev, v[0]);
  apply_all(ev, o, v[1]);
  check_length(ev, o);
  return relation_obj_value(o);
}

static Value fn_include(Eval *ev, const Value *v) {
  RelationObj *o = self_copy(ev, v[0]);
  for (size_t i = 0; i < PARTS; i++)
    if (!val_is_absent(v[i + 1]))
      o->include[i] = val_truth(v[i + 1]);
  if (!o->dialect->has_databases)
    o->include[0] = false;
  return relation_obj_value(o);
}

static Value fn_quote(Eval *ev, const Value *v) {
  RelationObj *o = self_copy(ev, v[0]);
  for (size_t i = 0; i < PARTS; i++)
    if (!val_is_absent(v[i + 1]))
      *quote_of(&o->r, i) = val_truth(v[i + 1]);
  return relation_obj_value(o);
}

static Value fn_replace_path(Eval *ev, const Value *v) {
  RelationObj *o = self_copy(ev, v[0]);
  for (size_t i = 0; i < PARTS; i++)
    if (native_given(v[i + 1]))
      set_part(ev, o, i, v[i + 1]);
  return relation_obj_value(o);
}

static Value fn_render(Eval *ev, const Value *v) {
  return val_str(relation_str(eval_arena(ev), (const RelationObj *)v[0].obj));
}

static Value fn_render_limited(Eval *ev, const Value *v) {
  Buf out = {.arena = eval_arena(ev)};
  relation_limited(&out, (const RelationObj *)v[0].obj);
  return val_str(buf_str(&out));
}

static Value fn_without_identifier(Eval *ev, const Value *v) {
  RelationObj *o = self_copy(ev, v[0]);
  o->include[2] = o->is_set[2] = false;
  o->r.identifier = o->reads = STR("");
  return relation_obj_value(o);
}

// 1: the same, 0: not, -1: only when case is ignored. Parts not given match anything.
int relation_matches(const RelationObj *o, const Str *parts, const bool *given) {
  int result = 1;
  for (size_t i = 0; i < PARTS; i++) {
    if (!given[i])
      continue;
    Str have = part_get(&o->r, i);
    if (!str_eq_nocase(have, parts[i]))
      return 0;
    // Without quotes Postgres folds a name to lower case itself.
    if (!str_eq(have, parts[i]) && quote_get(&o->r, i))
      result = -1;
  }
  return result;
}

static Value fn_matches(Eval *ev, const Value *v) {
  Str parts[PARTS];
  bool given[PARTS], any = false;
  for (size_t i = 0; i < PARTS; i++) {
    given[i] = !val_is_absent(v[i + 1]);
    parts[i] = text_or_empty(eval_arena(ev), v[i + 1]);
    any |= given[i];
  }
  const RelationObj *o = (const RelationObj *)v[0].obj;
  if (!any)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "matches() needs a database, a schema or an identifier to compare");
  int m = relation_matches(o, parts, given);
  if (m < 0)
    eval_fail_code(ev, CODE_RELATION_NAME,
                   "%.*s differs from what is looked for only in upper and lower case: rename one",
                   STR_ARG(relation_str(eval_arena(ev), o)));
  return val_bool(m > 0);
}

static Value fn_quoted(Eval *ev, const Value *v) {
  Buf out = {.arena = eval_arena(ev)};
  Str name = text_or_empty(eval_arena(ev), v[1]);
  ((const RelationObj *)v[0].obj)->dialect->quote_name(&out, name);
  return val_str(buf_str(&out));
}

static Value fn_ephemeral_prefix(Eval *ev, const Value *v) {
  Str name = text_or_empty(eval_arena(ev), v[0]);
  return val_str(str_fmt(eval_arena(ev), "__dbt__cte__%.*s", STR_ARG(name)));
}

static Value fn_get(Eval *ev, const Value *v) {
  Value self = v[0];
  Value out;
  Str key = context_text_arg(ev, v[1], "get", "the key");
  if (str_is(key, "metadata")) { // packages ask this to tell relations from dicts
    Value d = val_dict(eval_arena(ev));
    dict_sets(eval_arena(ev), d.dict, STR("type"), val_str(str_c(self.obj->type->name)));
    return d;
  }
  return self.obj->type->attr(ev, self.obj, key, &out) && out.kind != VAL_FUNC ? out : v[2];
}

static Value fn_scd_args(Eval *ev, const Value *v) {
  Value l = val_list(eval_arena(ev), 4);
  for (size_t i = 0; val_is_seq(v[0]) && i < v[0].list->n; i++)
    list_push(eval_arena(ev), l.list, v[0].list->items[i]);
  if (!val_is_seq(v[0]))
    list_push(eval_arena(ev), l.list, v[0]);
  list_push(eval_arena(ev), l.list, v[1]);
  return l;
}

// What a function is made of: {language, type, runtime_version, entry_point} of its node.
static Value fn_function_config(Eval *ev, const Value *v) {
  static const char *const keys[] = {"type", "runtime_version", "entry_point"};
  Value out = val_dict(eval_arena(ev));
  Value language = val_get(v[0], STR("language")), config = val_get(v[0], STR("config"));
  dict_sets(eval_arena(ev), out.dict, STR("language"), language);
  for (size_t i = 0; i < COUNT(keys); i++) {
    Value part = val_get(config, str_c(keys[i]));
    if (i && val_is_absent(part) && val_is_str(language, STR("python")))
      eval_fail_code(ev, CODE_MISSING_KEY, "%s `%s` is required for python functions",
                     keys[i][0] == 'e' ? "An" : "A", keys[i]);
    dict_sets(eval_arena(ev), out.dict, str_c(keys[i]), val_is_absent(part) ? val_none() : part);
  }
  return out;
}

// The macro that writes the statement: scalar_function_sql.
static Value fn_function_macro(Eval *ev, const Value *v) {
  Value type = val_get(v[0], STR("type")), language = val_get(v[0], STR("language"));
  if (type.kind != VAL_STR || language.kind != VAL_STR)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "get_function_macro_name() takes what get_function_config() gives");
  return val_str(str_fmt(eval_arena(ev), "%.*s_function_%.*s", STR_ARG(val_text(type)),
                         STR_ARG(val_text(language))));
}

static Value fn_max_name_length(Eval *ev, const Value *v) {
  (void)ev;
  return val_int((int64_t)((const RelationObj *)v[0].obj)->dialect->max_identifier);
}

static Value path_of(Arena *a, const RelationObj *o) {
  Value v[PARTS];
  for (size_t i = 0; i < PARTS; i++)
    v[i] = o->is_set[i] ? val_str(part_get(&o->r, i)) : val_none();
  return relation_parts(a, "Path", v);
}

static Value policy_of(Arena *a, const RelationObj *o, bool include) {
  Value v[PARTS];
  for (size_t i = 0; i < PARTS; i++)
    v[i] = val_bool(include ? o->include[i] : quote_get(&o->r, i));
  return relation_parts(a, "Policy", v);
}

static bool rare_attr(Arena *a, const RelationObj *o, Str name, Value *out);

static Value fn_to_dict(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const RelationObj *o = (const RelationObj *)v[0].obj;
  Value d = val_dict(a);
  char quote[1] = {o->dialect->quote};
  dict_sets(a, d.dict, STR("path"), relation_parts_dict(a, path_of(a, o)));
  dict_sets(a, d.dict, STR("type"), val_text_or_none(o->type));
  dict_sets(a, d.dict, STR("quote_character"), val_str(str_dup(a, str_n(quote, 1))));
  dict_sets(a, d.dict, STR("include_policy"), relation_parts_dict(a, policy_of(a, o, true)));
  dict_sets(a, d.dict, STR("quote_policy"), relation_parts_dict(a, policy_of(a, o, false)));
  dict_sets(a, d.dict, STR("dbt_created"), val_bool(o->created));
  static const Str rest[] = {
      STR_INIT("limit"),   STR_INIT("event_time_filter"),    STR_INIT("require_alias"),
      STR_INIT("catalog"), STR_INIT("renameable_relations"), STR_INIT("replaceable_relations")};
  for (size_t i = 0; i < COUNT(rest); i++) {
    Value field = val_none();
    rare_attr(a, o, rest[i], &field);
    dict_sets(a, d.dict, rest[i], field);
  }
  return d;
}

static Value fn_information_schema(Eval *ev, const Value *v) {
  const RelationObj *o = (const RelationObj *)v[0].obj;
  Str view = text_or_empty(eval_arena(ev), v[1]);
  Value database = o->is_set[0] && o->dialect->has_databases ? val_str(o->r.database) : val_none();
  return schema_view(eval_arena(ev), database, o->r.quote_database, view);
}

static Value fn_default_quoting(Eval *ev, const Value *v) {
  (void)v;
  const RelationObj *o = relation_new(eval_arena(ev), context_of(ev)->shared->dialect);
  return policy_of(eval_arena(ev), o, false);
}

static Value fn_default_include(Eval *ev, const Value *v) {
  (void)v;
  const RelationObj *o = relation_new(eval_arena(ev), context_of(ev)->shared->dialect);
  return policy_of(eval_arena(ev), o, true);
}

// --- attributes

static bool can_move(const RelationObj *o) {
  for (const char *const *kind = o->dialect->adapter->movable; *kind; kind++)
    if (str_eq(o->type, str_c(*kind)))
      return true;
  return false;
}

static Value movable_types(Arena *a, const RelationObj *o) {
  Value l = val_list(a, 2);
  for (const char *const *kind = o->dialect->adapter->movable; *kind; kind++)
    list_push(a, l.list, val_str(str_c(*kind)));
  return l;
}

static const struct {
  const char *name, *value;
} type_constants[] = {
    {"Table",            "table"            },
    {"View",             "view"             },
    {"CTE",              "cte"              },
    {"External",         "external"         },
    {"MaterializedView", "materialized_view"},
    {"Function",         "function"         },
    {"PointerTable",     "pointer_table"    }
};

static bool constant(Str name, Value *out) {
  for (size_t i = 0; i < COUNT(type_constants); i++)
    if (str_eq(name, str_c(type_constants[i].name))) {
      *out = val_str(str_c(type_constants[i].value));
      return true;
    }
  return false;
}

static const struct {
  const char *name, *type;
} type_tests[] = {
    {"is_table",             "table"            },
    {"is_view",              "view"             },
    {"is_cte",               "cte"              },
    {"is_materialized_view", "materialized_view"},
    {"is_function",          "function"         },
    {"is_pointer",           "pointer_table"    }
};

// clang-format off
const Native relation_methods[] = {
    {"render",                     fn_render,             "self",       "as it stands in a statement"
     "\n{{ ref('orders').render() }}\n=> `analytics`.`orders`"},
    {"render_limited",             fn_render_limited,     "self",       "the same with its limit"
     "\n{{ ref('orders').render_limited() }}\n=> `analytics`.`orders`"},
    {"include",                    fn_include,            "self, database=none, schema=none, identifier=none",
     "with or without parts of its name"
     "\n{{ ref('orders').include(schema=false) }}\n=> `orders`"},
    {"quote",                      fn_quote,              "self, database=none, schema=none, identifier=none",
     "with or without quotes around parts of its name"
     "\n{{ ref('orders').quote(identifier=false) }}\n=> `analytics`.`orders`"},
    {"incorporate",                fn_incorporate,        "self, **kwargs", "with other fields: path, type ..."
     "\n{{ ref('orders').incorporate(path={'identifier': 'orders_new'}) }}\n=> `analytics`.`orders_new`"},
    {"replace_path",               fn_replace_path,       "self, database=..., schema=..., identifier=...",
     "with other parts of its name"
     "\n{{ ref('orders').replace_path(identifier='orders_new') }}\n=> `analytics`.`orders_new`"},
    {"without_identifier",         fn_without_identifier, "self",       "its schema"
     "\n{{ ref('orders').without_identifier() }}\n=> `analytics`"},
    {"matches",                    fn_matches,            "self, database=none, schema=none, identifier=none",
     "whether it has these parts"
     "\n{{ ref('orders').matches(schema='analytics', identifier='orders') }}\n=> True"},
    {"quoted",                     fn_quoted,             "self, identifier", "the name in quotes"
     "\n{{ ref('orders').quoted('order') }}\n=> `order`"},
    {"add_ephemeral_prefix",       fn_ephemeral_prefix,   "name",       "the name of an ephemeral model's CTE"
     "\n{{ ref('orders').add_ephemeral_prefix('orders') }}\n=> __dbt__cte__orders"},
    {"get",                        fn_get,                "self, key, default=none", "a field of it"
     "\n{{ ref('orders').get('identifier') }}\n=> orders"},
    {"create",                     fn_create,             "database=..., schema=..., identifier=..., type=..., /, **kwargs",
     "a relation; parts can be given by their names"
     "\n{{ ref('orders').create(schema='raw', identifier='x') }}\n=> `raw`.`x`"},
    {"information_schema",         fn_information_schema, "self, view_name=none",
     "the schema's information_schema, or a view of it"
     "\n{{ ref('orders').information_schema('tables') }}\n=> INFORMATION_SCHEMA.tables"},
    {"information_schema_only",    fn_information_schema, "self, view_name=none", "the schema's information_schema"
     "\n{{ ref('orders').information_schema_only() }}\n=> INFORMATION_SCHEMA"},
    {"scd_args",                   fn_scd_args,           "primary_key, updated_at",
     "a list of the columns that name a snapshot's row"
     "\n{{ ref('orders').scd_args('id', 'updated_at') }}\n=> ['id', 'updated_at']"},
    {"to_dict",                    fn_to_dict,            "self, *args, **kwargs", "its fields as a dict"
     "\n{{ ref('orders').to_dict()['path']['identifier'] }}\n=> orders"},
    {"replace",                    fn_incorporate,        "self, **kwargs", "with other fields"
     "\n{{ ref('orders').replace(type='view').is_view }}\n=> True"},
    {"get_default_quote_policy",   fn_default_quoting,    "",           "which parts are quoted where nothing is said"
     "\n{{ ref('orders').get_default_quote_policy() }}\n=> Policy(database=True, schema=True, identifier=True)"},
    {"get_default_include_policy", fn_default_include,    "",           "which parts a name has where nothing is said"
     "\n{{ ref('orders').get_default_include_policy() }}\n=> Policy(database=False, schema=True, identifier=True)"},
    {"relation_max_name_length",   fn_max_name_length,    "self",       "how long its name may be"
     "\n{{ ref('orders').relation_max_name_length() }}\n=> 0"},
    {"get_function_config",        fn_function_config,    "model",
     "the language, type, version and entry point of a function"},
    {"get_function_macro_name",    fn_function_macro,     "config",     "the macro that writes the statement"},
    {0},
};
// clang-format on

static bool part_attr(const RelationObj *o, Str name, Value *out) {
  for (size_t i = 0; i < PARTS; i++)
    if (str_eq(name, str_c(part_names[i]))) {
      // Where there are no databases, a relation has one in every case: an empty one.
      bool has = o->is_set[i] || (i == 0 && !o->dialect->has_databases);
      *out = has ? val_str(part_get(&o->r, i)) : val_none();
      return true;
    }
  if (str_is(name, "name") || str_is(name, "table")) {
    *out = o->is_set[2] ? val_str(o->r.identifier) : val_none();
    return true;
  }
  if (str_is(name, "type")) {
    *out = val_text_or_none(o->type);
    return true;
  }
  for (size_t i = 0; i < COUNT(type_tests); i++)
    if (str_eq(name, str_c(type_tests[i].name))) {
      *out = val_bool(str_eq(o->type, str_c(type_tests[i].type)));
      return true;
    }
  return false;
}

static bool rare_attr(Arena *a, const RelationObj *o, Str name, Value *out) {
  char quote[1] = {o->dialect->quote};
  if (str_is(name, "quote_policy"))
    *out = policy_of(a, o, false);
  else if (str_is(name, "include_policy"))
    *out = policy_of(a, o, true);
  else if (str_is(name, "path"))
    *out = path_of(a, o);
  else if (str_is(name, "quote_character"))
    *out = val_str(str_dup(a, str_n(quote, 1)));
  else if (str_is(name, "limit"))
    *out = o->limit < 0 ? val_none() : val_int(o->limit);
  else if (str_is(name, "can_be_renamed") || str_is(name, "can_be_replaced"))
    *out = val_bool(can_move(o));
  else if (str_is(name, "dbt_created"))
    *out = val_bool(o->created);
  else if (str_is(name, "require_alias"))
    *out = val_bool(o->dialect->subquery_alias);
  else if (str_is(name, "renameable_relations") || str_is(name, "replaceable_relations"))
    *out = movable_types(a, o);
  else if (str_is(name, "external"))
    *out = val_text_or_none(o->reads);
  else if (str_is(name, "event_time_filter") || str_is(name, "catalog"))
    *out = val_none();
  else
    return false;
  return true;
}

static const ObjectType class_type_relation;
static const Object relation_types_object;

bool relation_attr(Eval *ev, Object *object, Str name, Value *out) {
  RelationObj *o = (RelationObj *)object;
  const AdapterRules *rules = o->dialect->adapter;
  Arena *a = eval_arena(ev);
  if (str_is(name, "get_relation_type")) {
    *out = val_obj((void *)(uintptr_t)&relation_types_object);
    return true;
  }
  return part_attr(o, name, out) ||
         native_find(a, relation_methods, "Relation", name, val_obj(o), out) ||
         rare_attr(a, o, name, out) ||
         (rules->relation_attr && rules->relation_attr(a, o, name, out)) || constant(name, out);
}

// --- the class: api.Relation

static bool types_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev, (void)o;
  return constant(name, out);
}
static Value relation_type(Eval *ev, const Value *v) {
  RelationObj *check = relation_new(eval_arena(ev), context_of(ev)->shared->dialect);
  relation_set_type(ev, check, v[0]);
  return v[0];
}
static Value types_call(Eval *ev, Object *o, const Args *args) {
  static const Native call = {"get_relation_type", relation_type, "type", "the type of that name"};
  (void)o;
  return native_call(ev, &(Func){.native = &call}, args);
}
static const ObjectType relation_types_type = {
    .name = "EnumType", .attr = types_attr, .call = types_call};
static const Object relation_types_object = {&relation_types_type};

// clang-format off
const Native relation_functions[] = {
    {"create",                     fn_create,           "database=..., schema=..., identifier=..., type=..., /, **kwargs",
     "a relation; parts can be given by their names"
     "\n{{ api.Relation.create(schema='raw', identifier='orders') }}\n=> `raw`.`orders`"},
    {"get_default_quote_policy",   fn_default_quoting,  "",     "which parts are quoted where nothing is said"
     "\n{{ api.Relation.get_default_quote_policy() }}\n=> Policy(database=True, schema=True, identifier=True)"},
    {"get_default_include_policy", fn_default_include,  "",     "which parts a name has where nothing is said"
     "\n{{ api.Relation.get_default_include_policy() }}\n=> Policy(database=False, schema=True, identifier=True)"},
    {"scd_args",                   fn_scd_args,         "primary_key, updated_at",
     "a list of the columns that name a snapshot's row"
     "\n{{ api.Relation.scd_args(['a', 'b'], 'updated_at') }}\n=> ['a', 'b', 'updated_at']"},
    {"add_ephemeral_prefix",       fn_ephemeral_prefix, "name", "the name of an ephemeral model's CTE"
     "\n{{ api.Relation.add_ephemeral_prefix('orders') }}\n=> __dbt__cte__orders"},
    {0},
};
// clang-format on

static bool class_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  if (str_is(name, "get_relation_type")) {
    *out = val_obj((void *)(uintptr_t)&relation_types_object);
    return true;
  }
  if (native_find(eval_arena(ev), relation_functions, "Relation", name, val_none(), out))
    return true;
  const RelationObj *plain = relation_new(eval_arena(ev), context_of(ev)->shared->dialect);
  return constant(name, out) || rare_attr(eval_arena(ev), plain, name, out);
}
static const ObjectType class_type_relation = {.name = "RelationProxy", .attr = class_attr};
static const Object relation_class = {&class_type_relation};

Value api_value(Context *c, Eval *ev) {
  (void)ev;
  Value d = val_dict(c->arena);
  dict_sets(c->arena, d.dict, STR("Relation"), val_obj((void *)(uintptr_t)&relation_class));
  dict_sets(c->arena, d.dict, STR("Column"), column_class(c->shared->dialect));
  return d;
}

// --- relations of nodes

static void quoting_from(Arena *a, RelationObj *o, Value quoting) {
  set_flags(a, o, false, quoting);
}

RelationObj *relation_obj_of_node(Arena *a, const ContextShared *s, const Node *n) {
  RelationObj *o = relation_new(a, s->dialect);
  const SourceInfo *info = n->info;
  o->r.database = n->database;
  o->r.schema = n->schema;
  o->r.identifier = info && info->identifier.len ? info->identifier : n->alias;
  if (!o->r.identifier.len)
    o->r.identifier = n->name;
  o->is_set[0] = o->is_set[1] = o->is_set[2] = true;
  // The project's quoting is for what the project builds; a source is quoted as the database has
  // it.
  if (!info)
    quoting_from(a, o, s->project->packages[0]->quoting);
  quoting_from(a, o, info ? info->quoting : node_config(n, STR("quoting")));
  // Without databases that of a source is its schema, where the schema is only the source's name.
  bool above = s->dialect->has_databases;
  if (!above && info && o->r.database.len && str_eq(o->r.schema, info->source_name))
    o->r.schema = o->r.database;
  if (!above)
    o->r.database = STR("");
  if (s->dialect->adapter->read_node)
    s->dialect->adapter->read_node(s, n, o);
  if (info && !s->files_as_tables)
    o->reads = info->reads;
  if (n->kind == NODE_FUNCTION && !s->dialect->functions_in_schemas)
    o->include[0] = o->include[1] = false;
  return o;
}

static Str text_of(Value d, const char *key) {
  Value v = val_get(d, str_c(key));
  return val_is(v, VAL_STR) ? val_text(v) : STR("");
}

RelationObj *relation_obj_deferred(Arena *a, const ContextShared *s, const Node *n) {
  const Value *old = s->deferred ? map_get(s->deferred, n->id) : NULL;
  if (!old || !(node_is_refable(n) || n->kind == NODE_FUNCTION) ||
      val_is_str(val_get(val_get(*old, STR("config")), STR("materialized")), STR("ephemeral")))
    return NULL;
  RelationObj *o = relation_obj_of_node(a, s, n);
  o->r.database = s->dialect->has_databases ? text_of(*old, "database") : STR("");
  o->r.schema = text_of(*old, "schema");
  o->r.identifier = text_of(*old, "alias");
  if (!o->r.identifier.len)
    o->r.identifier = text_of(*old, "name");
  return o;
}

Value relation_of_node(Arena *a, const ContextShared *s, const Node *n) {
  return relation_obj_value(relation_obj_of_node(a, s, n));
}

Value relation_value(Arena *a, const ContextShared *s, const Relation *r, Str type) {
  RelationObj *o = relation_new(a, s->dialect);
  o->r = *r;
  o->is_set[0] = r->database.len > 0 || !s->dialect->has_databases;
  o->is_set[1] = r->schema.len > 0;
  o->is_set[2] = r->identifier.len > 0;
  o->type = type;
  return relation_obj_value(o);
}

bool relation_from_value(Value v, Relation *r, Str *type) {
  if (!is_relation(v))
    return false;
  const RelationObj *o = (const RelationObj *)v.obj;
  if (r)
    *r = o->r;
  if (type)
    *type = o->type;
  return true;
}
