// What statements leave behind, and other functions of the context that stand alone: store_result,
// load_result, render, write, try_or_compiler_error, load_agate_table, submit_python_job.
#include "results.h"

#include "../graph/config_place.h"
#include "adapter.h"
#include "evaluation.h"
#include "internal.h"
#include "seed.h"
#include "table.h"

// --- responses of the database

typedef struct Response {
  Object object;
  Value dict; // _message, code, rows_affected, query_id
} Response;

static bool response_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev;
  Value *v = dict_gets(((Response *)o)->dict.dict, name);
  if (name.len && name.ptr[0] == '_')
    return false;
  if (v)
    *out = *v;
  return v != NULL;
}
static bool response_item(Eval *ev, Object *o, Value key, Value *out) {
  return key.kind == VAL_STR && response_attr(ev, o, val_text(key), out);
}
static void response_str(const Object *o, Buf *out) {
  val_print(out, val_get(((const Response *)o)->dict, STR("_message")));
}
static void response_repr(const Object *o, Buf *out) {
  const Dict *d = ((const Response *)o)->dict.dict;
  buf_adds(out, "AdapterResponse(");
  DictEntry *e;
  bool first = true;
  for (size_t at = 0; (e = dict_next(d, &at)); first = false) {
    buf_addf(out, "%s%.*s=", first ? "" : ", ", STR_ARG(val_text(e->key)));
    val_repr(out, e->value);
  }
  buf_adds(out, ")");
}
static const ObjectType response_type = {.name = "AdapterResponse",
                                         .attr = response_attr,
                                         .item = response_item,
                                         .str = response_str,
                                         .repr = response_repr};

static Value make_response(Arena *a, Value message, Value code, Value affected, Value query_id) {
  Response *r = arena_new(a, Response);
  r->object.type = &response_type;
  r->dict = val_dict(a);
  dict_sets(a, r->dict.dict, STR("_message"), message);
  dict_sets(a, r->dict.dict, STR("code"), code);
  dict_sets(a, r->dict.dict, STR("rows_affected"), affected);
  dict_sets(a, r->dict.dict, STR("query_id"), query_id);
  return val_obj(r);
}

Value response_value(Arena *a, const DbResult *r) {
  return make_response(a, val_str(r->message), val_text_or_none(r->code),
                       r->affected < 0 && !r->code.len ? val_none() : val_int(r->affected),
                       val_text_or_none(r->query_id));
}

Value response_dict(Value response) {
  return val_is_type(response, &response_type) ? ((Response *)response.obj)->dict : val_undef(NULL);
}

// --- statement results

typedef struct Stored {
  Value response, table;
  bool loaded;
} Stored;

// The cells of a table as a list of tuples. Made only when a template asks for them: the table of
// a seed is its whole file.
static Value matrix(Eval *ev, Value table) {
  Value data = val_list(eval_arena(ev), 8);
  if (!val_is_type(table, &table_type))
    return data;
  TableObj *t = need_table(ev, table, "store_result");
  for (size_t i = 0; i < t->nrows; i++)
    list_push(eval_arena(ev), data.list, row_cells(ev, t->rows[i]));
  return data;
}

static void store(Context *c, Str name, Value response, Value table) {
  Stored *s = arena_new(c->arena, Stored);
  s->response = response;
  s->table = val_is_absent(table) ? val_obj(table_new(c->arena, NULL, 0)) : table;
  map_put(c->arena, &c->results, str_dup(c->arena, name), s);
}

static Value fn_store_result(Eval *ev, const Value *v) {
  store(context_of(ev), context_text_arg(ev, v[0], "store_result", "the name"), v[1], v[2]);
  return val_lit("");
}

static Value fn_store_raw_result(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  store(c, context_text_arg(ev, v[0], "store_raw_result", "the name"),
        make_response(c->arena, v[1], v[2], v[3], val_none()), v[4]);
  return val_lit("");
}

static Value stored_dict(Eval *ev, Arena *a, const Stored *s) {
  Value d = val_dict(a);
  dict_sets(a, d.dict, STR("response"), s->response);
  dict_sets(a, d.dict, STR("data"), matrix(ev, s->table));
  dict_sets(a, d.dict, STR("table"), s->table);
  return d;
}

// _sql_results: all that is stored, under its names.
static bool get_results(Context *c, Eval *ev, Value *out) {
  *out = val_dict(eval_arena(ev));
  for (size_t i = 0; i < c->results.n; i++)
    dict_sets(eval_arena(ev), out->dict, c->results.entries[i].key,
              stored_dict(ev, eval_arena(ev), c->results.entries[i].value));
  return true;
}

static Value fn_load_result(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Str name = context_text_arg(ev, v[0], "load_result", "the name");
  Stored *s = map_get(&c->results, name);
  if (!s)
    return val_none();
  if (s->loaded && !str_is(name, "main"))
    eval_fail(ev, "the result '%.*s' was already loaded, and can be only once: keep it with set",
              STR_ARG(name));
  s->loaded = true;
  return stored_dict(ev, c->arena, s);
}

Value context_result(const Context *c, Str name, Value *table) {
  const Stored *s = map_get(&c->results, name);
  if (table)
    *table = s ? s->table : val_undef(NULL);
  if (!s)
    return val_undef(NULL);
  Value d = response_dict(s->response);
  if (d.kind == VAL_DICT)
    return d;
  d = val_dict(c->arena); // a template stored a response of its own
  dict_sets(c->arena, d.dict, STR("_message"), val_str(val_to_str(c->arena, s->response)));
  return d;
}

// --- the rest

// A hook is remembered with where it came from: an error of the database is shown there.
static Str render_hook(Eval *ev, Context *c, const Source *src, Str key) {
  Rendered *r = arena_new(c->arena, Rendered);
  r->key = key;
  r->map.arena = c->arena;
  r->code = eval_render_source(ev, src, &r->map);
  r->next = c->state->rendered;
  c->state->rendered = r;
  return r->code;
}

static Value fn_render(Eval *ev, const Value *v) {
  if (v[0].kind != VAL_STR && v[0].kind != VAL_UNDEF) // dbt takes anything: a relation is its name
    return val_str(val_to_str(eval_arena(ev), v[0]));
  Context *c = context_of(ev);
  Str text = context_text_arg(ev, v[0], "render", "a template"), key;
  const Package *root = c->shared->project->packages[0];
  const Source *hook = c->node ? node_hook_source(c->arena, c->node, root, text, &key) : NULL;
  return val_str(hook ? render_hook(ev, c, hook, key)
                      : eval_render_text(ev, (Source){.path = STR("render()"), .text = text}));
}

static Value fn_write(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Str text = val_to_str(eval_arena(ev), v[0]);
  if (c->kind != CONTEXT_PARSE && c->node && c->shared->write &&
      !c->shared->write(c->shared->data, c->node, text))
    eval_fail_code(ev, CODE_FILE_ACCESS,
                   "the text of '%.*s' could not be written to the target folder",
                   STR_ARG(c->node->name));
  return val_lit("");
}

typedef struct Attempt {
  Value callee, result;
  Args args;
} Attempt;
static void attempt(Eval *ev, void *data) {
  Attempt *t = data;
  t->result = eval_call(ev, t->callee, &t->args);
}

static Value fn_try(Eval *ev, const Value *v) {
  Attempt *t = arena_new(eval_arena(ev), Attempt);
  *t = (Attempt){v[1], val_undef(NULL), native_args(ev, v[2], v[3])};
  Str why;
  if (!eval_try(ev, attempt, t, &why)) {
    Str message = val_to_str(eval_arena(ev), v[0]);
    eval_fail_hint(ev, CODE_RAISED_ERROR, why, "%.*s", STR_ARG(message));
  }
  return t->result;
}

static Value fn_load_agate_table(Eval *ev, const Value *v) {
  (void)v;
  Context *c = context_of(ev);
  if (!c->node || c->node->kind != NODE_SEED)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "load_agate_table() can be called for seeds only");
  if (c->state->seed.kind != VAL_OBJECT)
    c->state->seed = val_obj(context_seed_table(ev, c, c->node));
  return c->state->seed;
}

static Value fn_submit_python(Eval *ev, const Value *v) {
  (void)v;
  eval_fail_code(ev, CODE_UNSUPPORTED, "models in Python are not supported");
}

static Value fn_adapter_macro(Eval *ev, const Value *v) {
  (void)v;
  eval_fail_hint(ev, CODE_UNSUPPORTED, STR("use adapter.dispatch('name')(arguments)"),
                 "adapter_macro() is gone from dbt");
}

// clang-format off
const Name names_results[] = {
    {{"store_result", fn_store_result, "name, response, agate_table=none",
      "keeps a result under a name"
     "\n{% do store_result('n', response='done') %}\n{{ load_result('n').response }}\n=> done"}, IN_PROVIDER, NULL},
    {{"store_raw_result", fn_store_raw_result,
      "name, message=none, code=none, rows_affected=none, agate_table=none",
      "keeps a result under a name"
     "\n{% do store_raw_result('n', message='done', rows_affected=3) %}\n{{ load_result('n').response.rows_affected }}\n=> 3"}, IN_PROVIDER, NULL},
    {{"load_result", fn_load_result, "name",
      "what a statement block of that name gave: .data, .table, .response"
     "\n{% call statement('n', fetch_result=true) %}select 1 as n{% endcall %}\n{{ load_result('n').data[0][0] }}\n=> 1"}, IN_PROVIDER, NULL},
    {{"_sql_results", NULL, NULL, "what statement blocks gave, by name"
     "\n{% call statement('n', fetch_result=true) %}select 1 as n{% endcall %}\n{{ _sql_results['n'].table.rows[0]['n'] }}\n=> 1"}, IN_PROVIDER, get_results},
    {{"render", fn_render, "string", "the text as a template"
     "\n{{ render('{{ target.name }}') }}\n=> dev"}, IN_PROVIDER, NULL},
    {{"write", fn_write, "payload", "writes a file into target/run"
     "\n{% do write('select 1') %}{{ 'written' }}\n=> written"}, IN_PROVIDER, NULL},
    {{"try_or_compiler_error", fn_try, "message_if_exception, func, *args, **kwargs",
      "what the function gives, or an error with that message"
     "\n{{ try_or_compiler_error('no such name', adapter.quote, 'orders') }}\n=> \"orders\""}, IN_PROVIDER, NULL},
    {{"load_agate_table", fn_load_agate_table, "",
      "the seed's file as a table, for seed materializations"
     "\n{% set rows = load_agate_table().rows | length %}\n=> skip: the materialization of a seed has it"}, IN_PROVIDER, NULL},
    {{"submit_python_job", fn_submit_python, "*args, **kwargs",
      "an error: there are no Python models"
     "\n{{ submit_python_job({}, 'x = 1') }}\n=> fails: Python"}, IN_PROVIDER, NULL},
    {{"adapter_macro", fn_adapter_macro, "*args, **kwargs",
      "an error that names adapter.dispatch"
     "\n{{ adapter_macro('shop.cents') }}\n=> fails: adapter.dispatch"}, IN_PROVIDER, NULL},
    {{0}, 0, NULL},
};
// clang-format on
