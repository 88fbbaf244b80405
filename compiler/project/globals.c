// In: names. Out: what dbt's base and target contexts answer with. Each name is a row of a sorted
// table: a native function, or a function that makes the value. Leaves project-wide names (ref,
// adapter, graph, ...) to context/.
#include "globals.h"
#include "../base/hash.h"
#include "../base/secret.h"
#include "../base/sort.h"
#include "../base/utf8.h"
#include "../base/work.h"
#include "../template/ops.h"
#include "../template/ops_access.h"
#include "../template/signature.h"

#include "../value/json.h"
#include "names.h"

#include <stdlib.h>

// What a native function gets as self: the way back to the struct.
typedef struct GlobalsRef {
  Object object;
  const Globals *g;
} GlobalsRef;

static const ObjectType ref_type = {.name = "globals"};

static Value ref_value(Arena *a, const ObjectType *type, const Globals *g) {
  GlobalsRef *r = arena_new(a, GlobalsRef);
  *r = (GlobalsRef){.object.type = type, .g = g};
  return val_obj(r);
}

static const Globals *globals_of(Value self) { return ((const GlobalsRef *)self.obj)->g; }

static Str text_arg(Eval *ev, const char *fname, Value v) {
  if (v.kind != VAL_STR)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "%s() takes text, not %s", fname, val_type_name(v));
  return val_text(v);
}

// As the `data` of a callback that hands it back and changes nothing through it.
static void *unchanged(const Globals *g) {
  union {
    const Globals *in;
    void *out;
  } cast = {.in = g};
  return cast.out;
}

// --- var
// What is put over the project's vars (--vars, a unit test's overrides) wins.
static Value var_value(const Globals *g, Str name) {
  Value v = val_get(g->vars_cli, name);
  if (v.kind == VAL_UNDEF)
    v = val_get(g->vars_file, name);
  if (v.kind == VAL_UNDEF && g->project)
    project_var(g->project, g->package ? g->package : g->project->packages[0], name, &v);
  return v;
}

// The hint from the names that var() would find.
static Str hint_var(Eval *ev, const Globals *g, Str name) {
  Arena *a = eval_arena(ev);
  const Value from[] = {g->vars_cli, g->vars_file,
                        g->project ? g->project->packages[0]->vars : val_none(),
                        g->package ? g->package->vars : val_none()};
  enum { FROM = COUNT(from) };
  size_t cap = 0, n = 0;
  for (size_t i = 0; i < FROM; i++)
    cap += from[i].kind == VAL_DICT ? from[i].dict->n : 0;
  if (!str_may_search(cap))
    return (Str){0};
  Str *names = arena_array(a, Str, cap);
  for (size_t i = 0; i < FROM; i++) {
    size_t at = 0;
    DictEntry *e;
    while (from[i].kind == VAL_DICT && (e = dict_next(from[i].dict, &at)))
      if (e->key.kind == VAL_STR)
        names[n++] = val_text(e->key);
  }
  return str_hint_for(a, name, names, n);
}

static bool is_template(Str s) {
  for (size_t i = 0; i + 1 < s.len; i++)
    if (s.ptr[i] == '{' && (s.ptr[i + 1] == '{' || s.ptr[i + 1] == '%' || s.ptr[i + 1] == '#'))
      return true;
  return false;
}

static _Noreturn void missing_var(Eval *ev, const Globals *g, Str name) {
  Str hint = hint_var(ev, g, name);
  if (!str_starts(hint, STR("did you mean")))
    hint = STR("set it under `vars:` in the project file, with --vars, or give var() a default");
  eval_fail_hint(ev, CODE_UNKNOWN_VAR, hint, "no variable named '%.*s'", STR_ARG(name));
}

// The text of a variable, as the file has it where it comes from one.
static Source var_source(const Globals *g, Str name, Str text) {
  Source src = {.path = name, .text = text};
  const Project *p = g->project;
  const Yaml *y = NULL;
  for (size_t i = 0; p && i < p->npackages && !y; i++) {
    y = yaml_holding(yaml_get(p->packages[i]->yaml, STR("vars")), text);
    y = y ? y : yaml_holding(p->packages[i]->vars_yaml, text);
  }
  if (y) {
    src.made_by = y->src;
    src.made_at = y->span;
  }
  return src;
}

static Value get_var(Eval *ev, const Value *v) {
  const Globals *g = globals_of(v[0]);
  Str name = text_arg(ev, "var", v[1]);
  Value found = var_value(g, name);
  if (found.kind == VAL_STR && is_template(val_text(found)) && !g->vars_as_written)
    return val_str(eval_render_text(ev, var_source(g, name, val_text(found))));
  if (found.kind != VAL_UNDEF)
    return found;
  if (native_given(v[2]))
    return v[2];
  if (g->lenient_vars)
    return val_none();
  missing_var(ev, g, name);
}

static Value call_var(Eval *ev, Object *o, const Args *args) {
  static const Native call = {"var", get_var, "self, var_name, default=...",
                              "a variable of the project or of --vars"};
  return native_call(ev, &(Func){.native = &call, .self = val_obj(o)}, args);
}

static Value has_var(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[1].kind == VAL_STR &&
                  var_value(globals_of(v[0]), val_text(v[1])).kind != VAL_UNDEF);
}

// clang-format off
const Native var_methods[] = {
    {"has_var", has_var, "self, var_name", "whether the variable is set"},
    {0},
};
// clang-format on

static bool var_attr(Eval *ev, Object *o, Str name, Value *out) {
  return native_find(eval_arena(ev), var_methods, "var", name, val_obj(o), out);
}

static const ObjectType var_type = {.name = "Var", .attr = var_attr, .call = call_var};

static Value make_var(const Globals *g, Eval *ev) {
  return ref_value(eval_arena(ev), &var_type, g);
}

// --- env_var
extern char **environ;

static _Noreturn void missing_env(Eval *ev, Str name) {
  size_t n = 0;
  while (environ && environ[n])
    n++;
  Str *names = arena_array(eval_arena(ev), Str, n);
  for (size_t i = 0; i < n; i++)
    names[i] = str_n(environ[i], strcspn(environ[i], "="));
  Str near = str_nearest(name, names, n);
  Str hint = near.len ? str_fmt(eval_arena(ev), "did you mean '%.*s'?", STR_ARG(near))
                      : STR("set it, or give env_var() a default");
  eval_fail_hint(ev, CODE_UNKNOWN_ENV_VAR, hint, "the environment variable '%.*s' is not set",
                 STR_ARG(name));
}

static Value g_env_var(Eval *ev, const Value *v) {
  Str name = text_arg(ev, "env_var", v[1]), text;
  if (secret_named(name) && !globals_of(v[0])->secrets)
    eval_fail_hint(ev, CODE_SECRET_MISUSE,
                   STR("secrets are for profiles.yml and packages.yml alone"),
                   "'%.*s' is a secret and cannot be used here", STR_ARG(name));
  if (project_env(eval_arena(ev), name, &text))
    return val_str(text);
  Value otherwise = v[2];
  if (otherwise.kind == VAL_NONE)
    missing_env(ev, name);
  return otherwise;
}

// --- return, log, print
static Value g_return(Eval *ev, const Value *v) { eval_return(ev, v[0]); }

static Value g_log(Eval *ev, const Value *v) {
  const Globals *g = globals_of(v[0]);
  Arena *a = eval_arena(ev);
  if (g->log)
    g->log(g->data, g->node, secret_mask(a, val_to_str(a, v[1])), val_truth(v[2]));
  return val_lit("");
}

static Value g_print(Eval *ev, const Value *v) {
  const Globals *g = globals_of(v[0]);
  Arena *a = eval_arena(ev);
  if (g->print)
    g->print(g->data, secret_mask(a, val_to_str(a, v[1])));
  return val_lit("");
}

// --- JSON and YAML
// v: the text and what it is when it cannot be read.
static Value read_text(Eval *ev, const Value *v, bool (*read)(Arena *, Str, Value *, Diags *)) {
  if (v[0].kind != VAL_STR)
    return v[1];
  Value out;
  Diags ignored = {0};
  bool ok = read(eval_arena(ev), val_text(v[0]), &out, &ignored);
  diags_free(&ignored);
  return ok ? out : v[1];
}

static bool read_json(Arena *a, Str text, Value *out, Diags *diags) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = STR("fromjson()"), .text = text};
  return json_read(a, src, out, diags);
}

static bool read_yaml(Arena *a, Str text, Value *out, Diags *diags) {
  return yaml_inline(a, text, STR("fromyaml()"), out, diags);
}

static Value g_fromjson(Eval *ev, const Value *v) { return read_text(ev, v, read_json); }

static Value g_fromyaml(Eval *ev, const Value *v) { return read_text(ev, v, read_yaml); }

enum { DEEP = 900 };

static const char endless[] = "a value that nests without end";

// What Python's json cannot write, or its YAML, which has sets, days and times too: its type's
// name, or NULL when all is well.
static const char *not_written(Value v, bool yaml, unsigned depth) {
  work_step();
  if (depth > DEEP)
    return endless;
  bool of_yaml = v.kind == VAL_SET || val_is_type(v, &date_type) || val_is_type(v, &datetime_type);
  if (yaml && of_yaml)
    return NULL;
  if (v.kind == VAL_UNDEF || v.kind == VAL_SET || v.kind == VAL_FUNC || v.kind == VAL_OBJECT)
    return val_type_name(v);
  const char *bad = NULL;
  if (val_is_seq(v))
    for (size_t i = 0; i < v.list->n && !bad; i++)
      bad = not_written(v.list->items[i], yaml, depth + 1);
  size_t at = 0;
  DictEntry *e;
  while (v.kind == VAL_DICT && !bad && (e = dict_next(v.dict, &at)))
    bad = not_written(e->value, yaml, depth + 1);
  return bad;
}

static int by_key(const void *x, const void *y) {
  return str_cmp(val_text(((const DictEntry *)x)->key), val_text(((const DictEntry *)y)->key));
}

// A copy with the keys of every dict in order; keys become text first.
static Value sorted(Arena *a, Value v) {
  work_step();
  if (val_is_seq(v)) {
    Value list = val_list(a, v.list->n);
    for (size_t i = 0; i < v.list->n; i++)
      list_push(a, list.list, sorted(a, v.list->items[i]));
    return list;
  }
  if (v.kind != VAL_DICT)
    return v;
  DictEntry *all = arena_array(a, DictEntry, v.dict->n);
  size_t n = 0, at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    all[n++] = (DictEntry){.key = val_str(val_to_str(a, e->key)), .value = e->value};
  if (n)
    sort_items(all, n, sizeof *all, by_key);
  Value out = val_dict(a);
  for (size_t i = 0; i < n; i++)
    dict_set(a, out.dict, all[i].key, sorted(a, all[i].value));
  return out;
}

static Value g_tojson(Eval *ev, const Value *v) {
  const char *bad = not_written(v[0], false, 0);
  if (bad == endless)
    eval_fail_code(ev, CODE_NESTED_TOO_DEEP, "Circular reference detected");
  if (bad)
    eval_fail(ev, "Object of type %s is not JSON serializable", bad);
  Buf out = {.arena = eval_arena(ev)};
  Json j = {.out = &out};
  json_value(&j, val_truth(v[2]) ? sorted(eval_arena(ev), v[0]) : v[0]);
  return val_str(buf_str(&out));
}

static Value g_toyaml(Eval *ev, const Value *v) {
  if (not_written(v[0], true, 0))
    return v[1];
  Buf out = {.arena = eval_arena(ev)};
  yaml_dump(&out, v[0], val_truth(v[2]));
  return val_str(buf_str(&out));
}

// --- set and zip
static bool can_iterate(Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
  case VAL_STR:
  case VAL_LIST:
  case VAL_TUPLE:
  case VAL_DICT:
  case VAL_SET:
    return true;
  case VAL_OBJECT:
    return v.obj->type->iter != NULL;
  default:
    return false;
  }
}

static Value as_set(Eval *ev, Value v) {
  Value out = val_set(eval_arena(ev)), item;
  Iter it;
  ops_iter(ev, v, &it);
  while (iter_next(ev, &it, &item)) {
    ops_need_hashable(ev, item);
    dict_set(eval_arena(ev), out.dict, item, val_none());
  }
  return out;
}

static Value g_set(Eval *ev, const Value *v) {
  if (!can_iterate(v[0]))
    return v[1];
  Value items = ops_list(ev, v[0]);
  uint64_t h;
  for (size_t i = 0; i < items.list->n; i++)
    if (!val_hash(items.list->items[i], &h))
      return v[1];
  return as_set(ev, items);
}

static Value g_set_strict(Eval *ev, const Value *v) { return as_set(ev, v[0]); }

typedef struct Zip {
  Iter *parts;
  size_t n;
} Zip;

static bool zip_next(Eval *ev, Iter *it, Value *out) {
  Zip *z = it->state;
  *out = val_tuple(eval_arena(ev), z->n);
  for (size_t i = 0; i < z->n; i++) {
    Value v;
    if (!iter_next(ev, &z->parts[i], &v))
      return false;
    list_push(eval_arena(ev), out->list, v);
  }
  return z->n > 0;
}

static Value zipped(Eval *ev, const List *lists) {
  Zip *z = arena_new(eval_arena(ev), Zip);
  z->n = lists->n;
  z->parts = arena_array(eval_arena(ev), Iter, z->n);
  for (size_t i = 0; i < z->n; i++)
    ops_iter(ev, lists->items[i], &z->parts[i]);
  return ops_generator(ev, "zip", zip_next, z);
}

static Value g_zip(Eval *ev, const Value *v) {
  const List *lists = v[0].list;
  for (size_t i = 0; i < lists->n; i++)
    if (!can_iterate(lists->items[i]))
      return v[1];
  return zipped(ev, lists);
}

static Value g_zip_strict(Eval *ev, const Value *v) { return zipped(ev, v[0].list); }

// --- small ones
// Of a trace and a span there is none: starc measures no spans.
static Value g_otel_trace_id(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_lit("00000000000000000000000000000000");
}
static Value g_otel_span_id(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_lit("0000000000000000");
}

static Value g_local_md5(Eval *ev, const Value *v) {
  char hex[33];
  hash_md5_hex(text_arg(ev, "local_md5", v[0]), hex);
  return val_str(str_dup(eval_arena(ev), str_c(hex)));
}

static Value folded(Eval *ev, Value v) {
  Buf out = {.arena = eval_arena(ev)};
  Str s = text_arg(ev, "diff_of_two_dicts", v);
  for (size_t at = 0; at < s.len;)
    utf8_add(&out, utf8_tolower(utf8_next(s, &at)));
  return val_str(buf_str(&out));
}

// The second dict with keys and items in lower case: dict of sets.
static Value folded_dict(Eval *ev, const Dict *d) {
  Value out = val_dict(eval_arena(ev));
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));) {
    Value items = val_set(eval_arena(ev)), item;
    Iter it;
    ops_iter(ev, e->value, &it);
    while (iter_next(ev, &it, &item))
      dict_set(eval_arena(ev), items.dict, folded(ev, item), val_none());
    dict_set(eval_arena(ev), out.dict, folded(ev, e->key), items);
  }
  return out;
}

static Value items_not_in(Eval *ev, Value list, const Dict *known) {
  Value out = val_list(eval_arena(ev), 0), item;
  Iter it;
  ops_iter(ev, list, &it);
  while (iter_next(ev, &it, &item))
    if (!dict_get(known, folded(ev, item)))
      list_push(eval_arena(ev), out.list, item);
  return out;
}

static Value g_diff_of_two_dicts(Eval *ev, const Value *v) {
  if (v[0].kind != VAL_DICT || v[1].kind != VAL_DICT)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "diff_of_two_dicts() takes two dicts");
  Value known = folded_dict(ev, v[1].dict), out = val_dict(eval_arena(ev));
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v[0].dict, &at));) {
    const Value *there = dict_get(known.dict, folded(ev, e->key));
    Value left = there ? items_not_in(ev, e->value, there->dict) : e->value;
    if (!there || left.list->n)
      dict_set(eval_arena(ev), out.dict, e->key, left);
  }
  return out;
}

// --- `target` of commands that read no profile: a dict in which every key is there, and ''
static bool nothing_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  return method_lookup(eval_arena(ev), val_dict(eval_arena(ev)), name, out);
}
static bool nothing_item(Eval *ev, Object *o, Value key, Value *out) {
  (void)ev, (void)o, (void)key;
  *out = val_lit("");
  return true;
}
static void nothing_repr(const Object *o, Buf *out) {
  (void)o;
  buf_add(out, STR("{}"));
}
static bool nothing_next(Eval *ev, Iter *it, Value *out) {
  (void)ev, (void)it, (void)out;
  return false;
}
static bool nothing_iter(Eval *ev, Object *o, Iter *it) {
  (void)ev, (void)o;
  *it = (Iter){.next = nothing_next};
  return true;
}
static int64_t nothing_len(const Object *o) {
  (void)o;
  return 0;
}

Value globals_no_target(Arena *a) {
  static const ObjectType type = {.name = "dict",
                                  .attr = nothing_attr,
                                  .item = nothing_item,
                                  .repr = nothing_repr,
                                  .iter = nothing_iter,
                                  .len = nothing_len,
                                  .mapping = true};
  Object *o = arena_new(a, Object);
  o->type = &type;
  return val_obj(o);
}

// --- values
static Value make_target(const Globals *g, Eval *ev) {
  (void)ev;
  return g->target_dict;
}
static Value make_flags(const Globals *g, Eval *ev) {
  return g->flags.kind == VAL_DICT ? g->flags : val_dict(eval_arena(ev));
}
static Value make_version(const Globals *g, Eval *ev) {
  (void)ev;
  return val_str(str_c(dbt_releases[g->level].version));
}
static Value make_project_name(const Globals *g, Eval *ev) {
  (void)ev;
  return g->project_name.len ? val_str(g->project_name) : val_undef(NULL);
}
static Value make_invocation(const Globals *g, Eval *ev) {
  (void)ev;
  return g->invocation_id.len ? val_str(g->invocation_id) : val_none();
}
static Value make_thread(const Globals *g, Eval *ev) {
  (void)ev;
  return g->thread.len ? val_str(g->thread) : val_lit("MainThread");
}
static Value make_started(const Globals *g, Eval *ev) {
  return datetime_utc(eval_arena(ev), g->started_us);
}
static Value make_modules(const Globals *g, Eval *ev) {
  (void)g;
  return modules_value(eval_arena(ev));
}

static Value make_names(const Globals *g, Eval *ev);

// --- the table, sorted by name
// `make` of a name that is no function: what it stands for.
typedef struct Global {
  Native native;
  Value (*make)(const Globals *g, Eval *ev);
} Global;

// clang-format off
static const Global globals[] = {
    {{"builtins", NULL, NULL,
      "ref, source and config as they were, for macros that replace them"
     "\n{{ builtins.ref('orders') }}\n=> `analytics`.`orders`"}, make_names},
    {{"context", NULL, NULL, "all of these names as one dict"
     "\n{{ context['target'].name }}\n=> dev"}, make_names},
    {{"dbt_version", NULL, NULL, "the version of dbt that starc behaves as"
     "\n{{ dbt_version.split('.')[0] }}\n=> 1"}, make_version},
    {{"diff_of_two_dicts", g_diff_of_two_dicts, "dict_a, dict_b",
      "entries of one that the other lacks"
     "\n{{ diff_of_two_dicts({'a': ['x'], 'b': ['y']}, {'a': ['x']}) }}\n=> {'b': ['y']}"}, NULL},
    {{"env_var", g_env_var, "self, var, default=none",
      "an environment variable; those named DBT_ENV_SECRET_... only in profiles.yml and packages.yml"
     "\n{{ env_var('REGION', 'eu') }}\n=> eu"}, NULL},
    {{"flags", NULL, NULL, "options of this run: flags.FULL_REFRESH, flags.WHICH ..."
     "\n{{ flags.FULL_REFRESH }} {{ flags.WHICH }}\n=> False compile"}, make_flags},
    {{"fromjson", g_fromjson, "string, default=none", "the value of a JSON text, or default"
     "\n{{ fromjson('{\"a\": [1, 2]}')['a'] }}\n=> [1, 2]"}, NULL},
    {{"fromyaml", g_fromyaml, "value, default=none", "the value of a YAML text, or default"
     "\n{{ fromyaml('a: [1, 2]')['a'] }}\n=> [1, 2]"}, NULL},
    {{"invocation_id", NULL, NULL, "the id of this run"
     "\n{{ invocation_id | length }}\n=> 36"}, make_invocation},
    {{"local_md5", g_local_md5, "value", "its MD5 in hexadecimal digits"
     "\n{{ local_md5('a') }}\n=> 0cc175b9c0f1b6a831c399e269772661"}, NULL},
    {{"log", g_log, "self, msg, info=false", "to the log file, with info=true to the terminal too"
     "\n{{ log('rows are read', info=true) }}\n=> prints: rows are read"}, NULL},
    {{"modules", NULL, NULL, "modules.datetime, modules.pytz, modules.re, modules.itertools"
     "\n{{ modules.datetime.date(2024, 2, 28) + modules.datetime.timedelta(days=2) }}\n=> 2024-03-01"}, make_modules},
    {{"otel_span_id", g_otel_span_id, "", "zeros, since no spans are measured"
     "\n{{ otel_span_id() }}\n=> 0000000000000000"}, NULL},
    {{"otel_trace_id", g_otel_trace_id, "", "zeros, since no spans are measured"
     "\n{{ otel_trace_id() }}\n=> 00000000000000000000000000000000"}, NULL},
    {{"print", g_print, "self, msg", "to the terminal"
     "\n{{ print('half of it is done') }}\n=> prints: half of it is done"}, NULL},
    {{"project_name", NULL, NULL, "the project's name"
     "\n{{ project_name }}\n=> shop"}, make_project_name},
    {{"return", g_return, "data", "ends the macro with a value"
     "\n{% macro weekdays() %}{{ return(['mon', 'tue', 'wed', 'thu', 'fri']) }}{% endmacro %}\n=> skip: it stands in a file of macros/"}, NULL},
    {{"run_started_at", NULL, NULL, "when this run began, as a datetime in UTC"
     "\n{{ run_started_at.strftime('%Y-%m-%d') | length }}\n=> 10"}, make_started},
    {{"set", g_set, "value, default=none", "the items as a set, or default"
     "\n{{ set([1, 2, 2]) | length }}\n=> 2"}, NULL},
    {{"set_strict", g_set_strict, "value", "an error where set() gives none"
     "\n{{ set_strict([1, 2, 2]) | length }}\n=> 2"}, NULL},
    {{"target", NULL, NULL,
      "the output of the profile in use: target.name, target.schema, target.type ..."
     "\n{{ target.name }} {{ target.schema }} {{ target.type }}\n=> dev analytics clickhouse"}, make_target},
    {{"thread_id", NULL, NULL, "the name of the thread"
     "\n{{ thread_id is string }}\n=> True"}, make_thread},
    {{"tojson", g_tojson, "value, default=none, sort_keys=false", "the value as JSON"
     "\n{{ tojson({'a': [1, 2]}) }}\n=> {\"a\": [1, 2]}"}, NULL},
    {{"toyaml", g_toyaml, "value, default=none, sort_keys=false", "the value as YAML, or default"
     "\n{{ toyaml({'a': 1}) }}\n=> a: 1"}, NULL},
    {{"var", NULL, "var_name, default=...", "a variable of the project or of --vars"
     "\n{{ var('start', '2024-01-01') }}\n=> 2024-01-01"}, make_var},
    {{"zip", g_zip, "*args, default=none", "the items of several lists side by side, or default"
     "\n{{ zip([1, 2], ['a', 'b']) | list }}\n=> [(1, 'a'), (2, 'b')]"}, NULL},
    {{"zip_strict", g_zip_strict, "*args", "an error where zip() gives none"
     "\n{{ zip_strict([1, 2], ['a', 'b']) | list }}\n=> [(1, 'a'), (2, 'b')]"}, NULL},
};
// clang-format on
enum { NGLOBALS = COUNT(globals) };

static int by_name(const void *key, const void *row) {
  return str_cmp(*(const Str *)key, str_c(((const Global *)row)->native.name));
}

const Native *globals_name(size_t i) { return i < NGLOBALS ? &globals[i].native : NULL; }

bool globals_lookup(const Globals *g, Eval *ev, Str name, Value *out) {
  const Global *row = bsearch(&name, globals, NGLOBALS, sizeof *globals, by_name);
  if (!row)
    return false;
  if (row->native.fn) {
    Arena *a = eval_arena(ev);
    *out = val_func(a, &row->native, NULL, ref_value(a, &ref_type, g));
    return true;
  }
  *out = row->make(g, ev);
  return out->kind != VAL_UNDEF;
}

static const Str names_list[NGLOBALS] = {
#define N(s) STR_INIT(s)
    N("builtins"),      N("context"),
    N("dbt_version"),   N("diff_of_two_dicts"),
    N("env_var"),       N("flags"),
    N("fromjson"),      N("fromyaml"),
    N("invocation_id"), N("local_md5"),
    N("log"),           N("modules"),
    N("otel_span_id"),  N("otel_trace_id"),
    N("print"),         N("project_name"),
    N("return"),        N("run_started_at"),
    N("set"),           N("set_strict"),
    N("target"),        N("thread_id"),
    N("tojson"),        N("toyaml"),
    N("var"),           N("zip"),
    N("zip_strict"),
#undef N
};

static bool lookup_global(void *data, Eval *ev, Str name, Value *out) {
  return globals_lookup(data, ev, name, out);
}

static void list_globals(void *data, Eval *ev, Dict *dict) {
  Value v;
  for (size_t i = 0; i < NGLOBALS; i++)
    if (globals_lookup(data, ev, names_list[i], &v))
      dict_sets(eval_arena(ev), dict, names_list[i], v);
}

static Value make_names(const Globals *g, Eval *ev) {
  return name_set(eval_arena(ev),
                  (NameSet){.data = unchanged(g), .lookup = lookup_global, .list = list_globals});
}

const Str *globals_names(size_t *n) {
  *n = NGLOBALS;
  return names_list;
}

Host globals_host(const Globals *g) {
  return (Host){.data = unchanged(g), .lookup = lookup_global};
}

void globals_options(Globals *g, const ProjectOptions *o) {
  g->flags = o->flags;
  g->log = o->log;
  g->print = o->print;
  g->data = o->data;
}

void globals_init(Arena *a, Globals *g, const Project *p) {
  *g = (Globals){
      .project = p,
      .package = p->packages[0],
      .target = p->target,
      .vars_cli = p->vars_cli,
      .project_name = p->packages[0]->name,
      .invocation_id = p->invocation_id,
      .started_us = p->started_us,
      .level = p->level,
  };
  if (p->options)
    globals_options(g, p->options);
  if (p->target)
    g->target_dict = globals_target(a, p->target);
}

// --- rendering
// What a template without tags gives: Jinja drops one line end at the end.
static Str without_last_newline(Str s) {
  if (s.len && s.ptr[s.len - 1] == '\n')
    s.len--;
  if (s.len && s.ptr[s.len - 1] == '\r')
    s.len--;
  return s;
}

bool globals_render(Arena *a, const Globals *g, const Source *src, Value *out, Diags *diags) {
  if (!is_template(src->text)) {
    *out = val_str(without_last_newline(src->text));
    return true;
  }
  const Template *t = template_parse(a, src, diags);
  if (!t)
    return false;
  Host host = globals_host(g);
  EvalOptions o = {.host = &host, .arena = a, .diags = diags};
  if (!template_render_native(t, &o, out))
    return false;
  if (out->kind == VAL_UNDEF) {
    Str name = out->undef ? out->undef->name : (Str){0};
    Diag *f = diag_at(diags, SEV_ERROR, CODE_UNDEFINED_NAME, src,
                      (Span){0, (uint32_t)src->text.len}, "'%.*s' is undefined", STR_ARG(name));
    diag_nearest(diags, f, name, names_list, NGLOBALS);
    return false;
  }
  return true;
}

enum { PATH_MAX_KEYS = 64 };

typedef struct Walk {
  Arena *arena;
  const Globals *g;
  KeepFn *keep;
  const void *data;
  Diags *diags;
  Value path[PATH_MAX_KEYS];
  size_t depth;
  bool ok;
} Walk;

// The scalar's own text as a source, so that messages point into the file.
static Value render_scalar(Walk *w, const Yaml *y) {
  if (y->scalar.kind != VAL_STR)
    return y->scalar;
  if (!is_template(y->text))
    return val_str(without_last_newline(val_text(y->scalar)));
  Source *src = arena_new(w->arena, Source);
  *src = (Source){
      .path = y->src->path, .text = y->text, .outer = y->src->text, .at = y->span.at + y->quoted};
  Value v = y->scalar;
  if (!globals_render(w->arena, w->g, src, &v, w->diags))
    w->ok = false;
  return v;
}

static Value render_node(Walk *w, const Yaml *y);

static Value render_child(Walk *w, Value key, const Yaml *y) {
  bool known = w->depth < PATH_MAX_KEYS;
  if (known)
    w->path[w->depth++] = key;
  Value v =
      w->keep && w->keep(w->data, w->path, w->depth) ? yaml_value(w->arena, y) : render_node(w, y);
  if (known)
    w->depth--;
  return v;
}

static Value render_node(Walk *w, const Yaml *y) {
  if (y->kind == YAML_SCALAR)
    return render_scalar(w, y);
  if (y->kind == YAML_LIST) {
    Value v = val_list(w->arena, y->n);
    for (size_t i = 0; i < y->n; i++)
      list_push(w->arena, v.list, render_child(w, val_int((int64_t)i), y->items[i]));
    return v;
  }
  Value v = val_dict(w->arena);
  dict_reserve(w->arena, v.dict, y->n);
  for (size_t i = 0; i < y->n; i++)
    dict_set(w->arena, v.dict, y->entries[i].key->scalar,
             render_child(w, y->entries[i].key->scalar, y->entries[i].value));
  return v;
}

bool globals_render_yaml(Arena *a, const Globals *g, const Yaml *y, KeepFn *keep, const void *data,
                         Value *out, Diags *diags) {
  Walk w = {.arena = a, .g = g, .keep = keep, .data = data, .diags = diags, .ok = true};
  *out = render_node(&w, y);
  return w.ok;
}

static void render_in_place(Walk *w, Yaml *y) {
  switch (y->kind) {
  case YAML_SCALAR:
    if (y->scalar.kind == VAL_STR && is_template(y->text)) {
      y->scalar = render_scalar(w, y);
      y->text = val_to_str(w->arena, y->scalar);
    }
    break;
  case YAML_LIST:
    for (size_t i = 0; i < y->n; i++)
      render_in_place(w, y->items[i]);
    break;
  default:
    for (size_t i = 0; i < y->n; i++)
      render_in_place(w, y->entries[i].value);
  }
}

bool globals_render_scalars(Arena *a, const Globals *g, Yaml *y, Diags *diags) {
  Walk w = {.arena = a, .g = g, .diags = diags, .ok = true};
  render_in_place(&w, y);
  return w.ok;
}
