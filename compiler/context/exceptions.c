// `exceptions`: what templates raise. In: a message or what a message is made of. Out: an error at
// the place of the call, or a warning. One table of names.
#include "internal.h"

static Str message_arg(Eval *ev, const Args *args) {
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("msg"), val_lit(""));
  return val_to_str(eval_arena(ev), v);
}

static Value fn_raise(Eval *ev, Value self, const Args *args) {
  (void)self;
  Str message = message_arg(ev, args);
  eval_fail(ev, "%.*s", STR_ARG(message));
}

static Value fn_warn(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  if (c->shared->warn)
    c->shared->warn(c->shared->data, c->node, message_arg(ev, args));
  return val_lit("");
}

static Value fn_contract(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"yaml_columns", "sql_columns"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "raise_contract_error", args, names, 2, 2, v);
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  Value yaml = ops_list(ev, v[0]), sql = ops_list(ev, v[1]);
  for (size_t i = 0; i < yaml.list->n; i++) {
    Value y = yaml.list->items[i];
    Str name = text_or_empty(a, ops_item(ev, y, val_lit("name")));
    Str type = text_or_empty(a, ops_item(ev, y, val_lit("data_type")));
    bool found = false;
    for (size_t j = 0; j < sql.list->n && !found; j++) {
      Str got_name = text_or_empty(a, ops_item(ev, sql.list->items[j], val_lit("name")));
      Str got = text_or_empty(a, ops_item(ev, sql.list->items[j], val_lit("data_type")));
      found = str_eq(got_name, name);
      if (found && !str_eq(got, type))
        buf_addf(&out, "; column %.*s is %.*s in the query, %.*s in the contract", STR_ARG(name),
                 STR_ARG(got), STR_ARG(type));
    }
    if (!found)
      buf_addf(&out, "; column %.*s is missing in the query", STR_ARG(name));
  }
  for (size_t j = 0; j < sql.list->n; j++) {
    Str name = text_or_empty(a, ops_item(ev, sql.list->items[j], val_lit("name")));
    bool found = false;
    for (size_t i = 0; i < yaml.list->n && !found; i++)
      found = str_eq(text_or_empty(a, ops_item(ev, yaml.list->items[i], val_lit("name"))), name);
    if (!found)
      buf_addf(&out, "; column %.*s is missing in the contract", STR_ARG(name));
  }
  eval_fail(ev, "the query does not give what the node's contract promises%.*s",
            STR_ARG(buf_str(&out)));
}

static Value fn_wrong_type(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"relation", "expected_type", "model"};
  Value v[3] = {val_undef(NULL), val_undef(NULL), val_none()};
  args_bind(ev, "relation_wrong_type", args, names, 3, 2, v);
  Arena *a = eval_arena(ev);
  Value type = is_relation(v[0]) ? str_or_none(((RelationObj *)v[0].obj)->type) : val_none();
  eval_fail_hint(ev, STR("drop it, or run with --full-refresh where that is allowed"),
                 "%.*s is a %.*s in the database, and a %.*s is wanted",
                 STR_ARG(val_to_str(a, v[0])), STR_ARG(val_to_str(a, type)),
                 STR_ARG(val_to_str(a, v[1])));
}

static Value fn_missing_config(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"model", "name"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "missing_config", args, names, 2, 2, v);
  Str name = text_or_empty(eval_arena(ev), val_get(v[0], STR("name")));
  eval_fail(ev, "'%.*s' does not define the config '%.*s', which is required", STR_ARG(name),
            STR_ARG(val_to_str(eval_arena(ev), v[1])));
}

static Value fn_missing_materialization(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"model", "adapter_type"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "missing_materialization", args, names, 2, 2, v);
  Arena *a = eval_arena(ev);
  eval_fail(ev, "there is no materialization '%.*s' for %.*s",
            STR_ARG(text_or_empty(a, val_get(val_get(v[0], STR("config")), STR("materialized")))),
            STR_ARG(val_to_str(a, v[1])));
}

static Value fn_missing_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"relation", "model"};
  Value v[2] = {val_undef(NULL), val_none()};
  args_bind(ev, "missing_relation", args, names, 2, 1, v);
  eval_fail(ev, "relation %.*s does not exist", STR_ARG(val_to_str(eval_arena(ev), v[0])));
}

static Value fn_column_type_missing(Eval *ev, Value self, const Args *args) {
  (void)self;
  Arena *a = eval_arena(ev);
  Value list = args->npos ? args->pos[0] : val_lit("");
  eval_fail(ev, "a contract is enforced and these columns have no data_type: %.*s",
            STR_ARG(val_to_str(a, list)));
}

// warn_snapshot_timestamp_data_types(snapshot type, updated_at type)
static Value fn_warn_snapshot(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"snapshot_time_data_type", "updated_at_data_type"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "warn_snapshot_timestamp_data_types", args, names, 2, 2, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  if (c->shared->warn)
    c->shared->warn(c->shared->data, c->node,
                    str_fmt(a,
                            "the type of the snapshot's timestamps (%.*s) is not the type of its "
                            "updated_at column (%.*s)",
                            STR_ARG(val_to_str(a, v[0])), STR_ARG(val_to_str(a, v[1]))));
  return val_lit("");
}

// The others say what they were given.
static Value fn_generic(Eval *ev, Value self, const Args *args) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  for (size_t i = 0; i < args->npos; i++) {
    buf_adds(&out, " ");
    buf_add(&out, val_to_str(a, args->pos[i]));
  }
  for (size_t i = 0; i < args->nkw; i++) {
    buf_addf(&out, " %.*s=", STR_ARG(args->kw[i].name));
    buf_add(&out, val_to_str(a, args->kw[i].value));
  }
  eval_fail(ev, "%.*s:%.*s", STR_ARG(val_text(self)), STR_ARG(buf_str(&out)));
}

static const struct {
  const char *name;
  NativeFn *fn;
  const char *what; // fn_generic: the start of the message
} members[] = {
    {"warn",                               fn_warn,                    NULL                                 },
    {"raise_compiler_error",               fn_raise,                   NULL                                 },
    {"raise_database_error",               fn_raise,                   NULL                                 },
    {"raise_not_implemented",              fn_raise,                   NULL                                 },
    {"raise_fail_fast_error",              fn_raise,                   NULL                                 },
    {"raise_dependency_error",             fn_raise,                   NULL                                 },
    {"raise_contract_error",               fn_contract,                NULL                                 },
    {"relation_wrong_type",                fn_wrong_type,              NULL                                 },
    {"missing_config",                     fn_missing_config,          NULL                                 },
    {"missing_materialization",            fn_missing_materialization, NULL                                 },
    {"missing_relation",                   fn_missing_relation,        NULL                                 },
    {"column_type_missing",                fn_column_type_missing,     NULL                                 },
    {"warn_snapshot_timestamp_data_types", fn_warn_snapshot,           NULL                                 },
    {"raise_dep_not_found",                fn_generic,                 "a dependency was not found"         },
    {"raise_ambiguous_alias",              fn_generic,                 "two nodes make the same relation"   },
    {"raise_ambiguous_catalog_match",      fn_generic,                 "two relations match one node"       },
    {"raise_cache_inconsistent",           fn_raise,                   NULL                                 },
    {"raise_dataclass_not_dict",           fn_generic,                 "an object was used as a dict"       },
    {"raise_duplicate_patch_name",         fn_generic,                 "a resource is described twice"      },
    {"raise_duplicate_resource_name",      fn_generic,                 "two resources have one name"        },
    {"raise_invalid_property_yml_version", fn_generic,                 "a property file has a wrong version"},
};

static bool exceptions_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    if (str_eq(str_c(members[i].name), name)) {
      *out = val_func(eval_arena(ev), members[i].name, members[i].fn,
                      members[i].what ? val_str(str_c(members[i].what)) : val_none());
      return true;
    }
  return false;
}

const ObjectType exceptions_type = {.name = "dict", .attr = exceptions_attr};
