// `config`: called with settings while a node is parsed, asked for them while it runs. In: the
// node's effective config or the capture. Out: values. Leaves the merge of layers to project/.
#include "config_object.h"
#include "../graph/batch.h"
#include "../project/config.h"
#include "../template/ops_access.h"
#include "evaluation.h"
#include "internal.h"
#include "refs.h"

static const ObjectType config_type;
typedef struct ConfigObj {
  Object object;
  Value over; // what config.set() changed in this context
} ConfigObj;

Value config_of(const Context *c) { return c->node ? c->node->config : val_undef(NULL); }

// --- while parsing

static Str dashed_key(Str key) {
  return str_is(key, "pre_hook")    ? STR("pre-hook")
         : str_is(key, "post_hook") ? STR("post-hook")
                                    : key;
}

static bool holds_object(Value v) {
  size_t at = 0;
  if (val_is_seq(v))
    for (size_t i = 0; i < v.list->n; i++)
      if (holds_object(v.list->items[i]))
        return true;
  if (v.kind == VAL_DICT || v.kind == VAL_SET)
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      if (holds_object(e->key) || holds_object(e->value))
        return true;
  return v.kind == VAL_OBJECT;
}

// A copy that outlives the template. What is no plain value is written as text later, where nothing
// can say that it holds itself: it has to be one that can be printed.
static Value kept_value(Eval *ev, Arena *a, Value v) {
  Value copy = val_copy(a, v, true);
  if (holds_object(copy)) {
    Buf text = {.arena = eval_arena(ev)};
    val_repr(&text, copy);
  }
  return copy;
}

static void capture_key(Eval *ev, Capture *k, Dict *call, Str written_key, Value v) {
  Str key = str_dup(k->arena, dashed_key(written_key));
  if (!str_eq(key, written_key) || str_is(key, "pre-hook") || str_is(key, "post-hook")) {
    if (dict_gets(call, key))
      eval_fail_hint(ev, CODE_CONFLICTING_KEYS, STR("they are one key: put both into one list"),
                     "config() got both '%s' and '%s'",
                     str_is(key, "pre-hook") ? "pre-hook" : "post-hook",
                     str_is(key, "pre-hook") ? "pre_hook" : "post_hook");
  }
  dict_sets(k->arena, call, key, kept_value(ev, k->arena, v));
}

// A hook is written one way in one call: of two spellings one would be lost.
static void check_hooks(Eval *ev, const Dict *call) {
  static const char *const hooks[][2] = {
      {"pre_hook",  "pre-hook" },
      {"post_hook", "post-hook"}
  };
  for (size_t h = 0; h < 2; h++)
    if (dict_gets(call, str_c(hooks[h][0])) && dict_gets(call, str_c(hooks[h][1])))
      eval_fail_code(ev, CODE_CONFLICTING_KEYS,
                     "config() has both %s and %s: they are one setting, give it once", hooks[h][0],
                     hooks[h][1]);
}

// A call with these keys.
static void capture_call(Eval *ev, Context *c, const Dict *keys) {
  Capture *k = c->kind == CONTEXT_PARSE ? c->capture : NULL;
  if (!k)
    return;
  check_hooks(ev, keys);
  if (k->config.kind != VAL_DICT)
    k->config = val_dict(k->arena);
  Value call = val_dict(k->arena);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(keys, &at));)
    capture_key(ev, k, call.dict, val_to_str(k->arena, e->key), e->value);
  config_call_merge(k->arena, &k->config, call);
}

static Value fn_config(Eval *ev, const Value *v) {
  bool dict = native_given(v[0]);
  if (dict && (v[1].dict->n || v[0].kind != VAL_DICT))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "config() takes keyword arguments, or one dict");
  capture_call(ev, context_of(ev), dict ? v[0].dict : v[1].dict);
  return val_lit("");
}

static Value config_call(Eval *ev, Object *o, const Args *args) {
  static const Native call = {"config", fn_config, "settings=..., /, **kwargs",
                              "settings of the node"};
  (void)o;
  return native_call(ev, &(Func){.native = &call}, args);
}

// --- while running

// The names of the columns that a snapshot adds, those it does not rename included.
static Value snapshot_names(const Context *c, Value all) {
  static const Str columns[] = {STR_INIT("dbt_valid_from"), STR_INIT("dbt_valid_to"),
                                STR_INIT("dbt_scd_id"), STR_INIT("dbt_updated_at"),
                                STR_INIT("dbt_is_deleted")};
  Value own = val_get(all, STR("snapshot_meta_column_names")), d = val_dict(c->arena);
  for (size_t i = 0; i < COUNT(columns); i++) {
    Value name = val_get(own, columns[i]);
    dict_sets(c->arena, d.dict, columns[i], val_truth(name) ? name : val_str(columns[i]));
  }
  return d;
}

// Where the rows that a batch replaces begin or end: those it reads. With --sample they are a part
// of the batch, and the others stay.
static int64_t batch_moment(const Context *c, bool end) {
  int64_t from, to;
  context_span(c, &from, &to);
  return end ? to : from;
}

static bool find_key(const ConfigObj *o, const Context *c, Str key, Value *out) {
  const Value *v = o->over.kind == VAL_DICT ? dict_gets(o->over.dict, key) : NULL;
  Value all = config_of(c);
  if (!v && all.kind == VAL_DICT)
    v = dict_gets(all.dict, key);
  if (!v && all.kind == VAL_DICT)
    v = dict_gets(all.dict, dashed_key(key));
  if (v)
    *out = *v;
  else if (c->node && c->node->kind == NODE_SNAPSHOT && str_is(key, "snapshot_table_column_names"))
    *out = snapshot_names(c, all);
  else if (c->node && c->node->more->batch &&
           str_is(key, "__dbt_internal_microbatch_event_time_start"))
    *out = datetime_utc(c->arena, batch_moment(c, false));
  else if (c->node && c->node->more->batch &&
           str_is(key, "__dbt_internal_microbatch_event_time_end"))
    *out = datetime_utc(c->arena, batch_moment(c, true));
  else
    return false;
  return true;
}

static Value validated(Eval *ev, Value validator, Value v) {
  if (!val_is_absent(validator)) {
    Args one = {&v, 1, NULL, 0};
    eval_call(ev, validator, &one);
  }
  return v;
}

static Value meta_value(Context *c, Value self, Str key, bool *found);

// A key that is not in the config, and is in its meta: most likely that one is meant.
static void warn_of_meta(Eval *ev, Context *c, Value self, Str key) {
  bool in_meta;
  meta_value(c, self, key, &in_meta);
  if (!in_meta || !c->shared->warn_at)
    return;
  Diags diags = {0};
  diags_init(&diags);
  const Source *src;
  Span span = eval_place(ev, &src);
  Diag *d = diag_at(&diags, SEV_WARNING, CODE_META_KEY, src, span,
                    "config.get('%.*s') finds nothing: the key is in meta alone", STR_ARG(key));
  diag_part(&diags, d, "meta_key", key);
  diag_hint(&diags, d, "ask config.meta_get('%.*s') if that is meant", STR_ARG(key));
  bool goes_on = c->shared->warn_at(c->shared->data, c->node, d);
  diags_free(&diags);
  if (!goes_on)
    eval_fail_code(ev, CODE_META_KEY, "config.get('%.*s') finds nothing: the key is in meta alone",
                   STR_ARG(key));
}

static Value fn_get(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Value found;
  if (c->kind == CONTEXT_PARSE)
    return val_lit("");
  Str key = context_text_arg(ev, v[1], "config.get", "the key");
  if (find_key((ConfigObj *)v[0].obj, c, key, &found))
    return validated(ev, v[3], found);
  warn_of_meta(ev, c, v[0], key);
  return v[2];
}

static Value fn_require(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Value found;
  if (c->kind == CONTEXT_PARSE)
    return val_lit("");
  Str key = context_text_arg(ev, v[1], "config.require", "the key");
  if (!find_key((ConfigObj *)v[0].obj, c, key, &found))
    eval_fail_hint(ev, CODE_MISSING_KEY,
                   str_fmt(eval_arena(ev), "add config(%.*s=...) to the node", STR_ARG(key)),
                   "%s '%.*s' does not define a required config parameter '%.*s'.",
                   c->node && c->node->kind != NODE_MODEL ? "Node" : "Model",
                   STR_ARG(c->node ? c->node->id : STR("this")), STR_ARG(key));
  return validated(ev, v[2], found);
}

static Value meta_value(Context *c, Value self, Str key, bool *found) {
  Value meta;
  *found = false;
  if (!find_key((ConfigObj *)self.obj, c, STR("meta"), &meta) || meta.kind != VAL_DICT)
    return val_none();
  Value *v = dict_gets(meta.dict, key);
  *found = v != NULL;
  return v ? *v : val_none();
}

static Value fn_meta_get(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  if (c->kind == CONTEXT_PARSE)
    return val_lit("");
  bool found;
  Value meta =
      meta_value(c, v[0], context_text_arg(ev, v[1], "config.meta_get", "the key"), &found);
  return found ? validated(ev, v[3], meta) : v[2];
}

static Value fn_meta_require(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  if (c->kind == CONTEXT_PARSE)
    return val_lit("");
  bool found;
  Str key = context_text_arg(ev, v[1], "config.meta_require", "the key");
  Value meta = meta_value(c, v[0], key, &found);
  if (!found)
    eval_fail_code(ev, CODE_MISSING_KEY,
                   "'%.*s' does not define '%.*s' in its meta, which is required",
                   STR_ARG(c->node ? c->node->name : STR("this")), STR_ARG(key));
  return validated(ev, v[2], meta);
}

static Value fn_set(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  ConfigObj *o = (ConfigObj *)v[0].obj;
  if (c->kind == CONTEXT_PARSE) { // as config(name=value)
    Value one = val_dict(eval_arena(ev));
    dict_sets(eval_arena(ev), one.dict, context_text_arg(ev, v[1], "config.set", "the key"), v[2]);
    capture_call(ev, c, one.dict);
    return val_lit("");
  }
  if (o->over.kind != VAL_DICT)
    o->over = val_dict(c->arena);
  dict_sets(c->arena, o->over.dict, context_text_arg(ev, v[1], "config.set", "the key"), v[2]);
  return val_lit("");
}

static Value persist(Eval *ev, Value self, Str what) {
  Context *c = context_of(ev);
  Value docs;
  if (c->kind == CONTEXT_PARSE || !find_key((ConfigObj *)self.obj, c, STR("persist_docs"), &docs) ||
      val_is_absent(docs))
    return val_bool(false);
  if (docs.kind != VAL_DICT)
    eval_fail_code(ev, CODE_WRONG_TYPE,
                   "the config persist_docs must be a dict with relation and columns, not %s",
                   val_type_name(docs));
  Value *v = dict_gets(docs.dict, what);
  return v ? *v : val_bool(false);
}
static Value fn_persist_relation(Eval *ev, const Value *v) {
  return persist(ev, v[0], STR("relation"));
}
static Value fn_persist_columns(Eval *ev, const Value *v) {
  return persist(ev, v[0], STR("columns"));
}

// clang-format off
const Native config_methods[] = {
    {"get",                   fn_get,              "self, name, default=none, validator=none",
     "the value of a key, or default"
     "\n{{ config.get('materialized', 'none') }}\n=> view"},
    {"require",               fn_require,          "self, name, validator=none",
     "the value of a key; an error when it has none"
     "\n{{ config.require('materialized') }}\n=> view"},
    {"meta_get",              fn_meta_get,         "self, name, default=none, validator=none",
     "the value of a key of meta, or default"
     "\n{{ config.meta_get('owner', 'nobody') }}\n=> nobody"},
    {"meta_require",          fn_meta_require,     "self, name, validator=none",
     "the value of a key of meta; an error when it has none"
     "\n{{ config.meta_require('owner') }}\n=> fails: owner"},
    {"set",                   fn_set,              "self, name, value", "sets a key for the rest of the node"
     "\n{% do config.set('alias', 'o') %}{{ config.get('alias') }}\n=> o"},
    {"persist_relation_docs", fn_persist_relation, "self",     "whether the node's description goes into the database"
     "\n{{ config.persist_relation_docs() }}\n=> False"},
    {"persist_column_docs",   fn_persist_columns,  "self",     "whether those of its columns do"
     "\n{{ config.persist_column_docs() }}\n=> False"},
    {0},
};
// clang-format on

static bool config_attr(Eval *ev, Object *o, Str name, Value *out) {
  return native_find(eval_arena(ev), config_methods, "config", name, val_obj(o), out);
}

static const ObjectType config_type = {
    .name = "RuntimeConfigObject", .attr = config_attr, .call = config_call};

bool config_value(Context *c, Eval *ev, Value *out) {
  (void)ev;
  if (c->state->config.kind != VAL_OBJECT) {
    ConfigObj *o = arena_new(c->arena, ConfigObj);
    o->object.type = &config_type;
    o->over = val_undef(NULL);
    c->state->config = val_obj(o);
  }
  *out = c->state->config;
  return true;
}

// --- the config of a node that ran, as the hooks at the end read it

typedef struct ConfigOf {
  Object object;
  Value dict;
} ConfigOf;

static Value as_dict(Eval *ev, const Value *v) {
  (void)ev;
  return ((const ConfigOf *)v[0].obj)->dict;
}

static bool result_config_item(Eval *ev, Object *o, Value key, Value *out) {
  const Value *found = dict_get(((const ConfigOf *)o)->dict.dict, key);
  (void)ev;
  *out = found ? *found : val_none();
  return true;
}

static bool result_config_attr(Eval *ev, Object *o, Str name, Value *out) {
  static const Native to_dict = {"to_dict", as_dict, "self, *args, **kwargs", "its keys as a dict"};
  Value dict = ((const ConfigOf *)o)->dict;
  const Value *found = dict_gets(dict.dict, name);
  if (found)
    *out = *found;
  else if (str_is(name, "to_dict"))
    *out = val_func(eval_arena(ev), &to_dict, "config", val_obj(o));
  else
    return method_lookup(eval_arena(ev), dict, name, out);
  return true;
}

static bool result_config_iter(Eval *ev, Object *o, Iter *it) {
  ops_iter(ev, ((const ConfigOf *)o)->dict, it);
  return true;
}

static int64_t result_config_len(const Object *o) {
  return (int64_t)((const ConfigOf *)o)->dict.dict->n;
}

static void result_config_repr(const Object *o, Buf *out) {
  val_repr(out, ((const ConfigOf *)o)->dict);
}

Value config_of_result(Arena *a, Value dict) {
  static const ObjectType type = {.name = "NodeConfig",
                                  .attr = result_config_attr,
                                  .item = result_config_item,
                                  .iter = result_config_iter,
                                  .len = result_config_len,
                                  .repr = result_config_repr,
                                  .mapping = true};
  ConfigOf *o = arena_new(a, ConfigOf);
  *o = (ConfigOf){{&type}, dict};
  return val_obj(o);
}
