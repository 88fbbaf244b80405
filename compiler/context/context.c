// The names a template can use and who gives each: macros first, then the context's own tables,
// then the base names of project/. In: a node and what all contexts share. Out: the Host that the
// evaluator asks. Leaves what the names do to the other files of this folder.
#include "context.h"

#include "../base/vec.h"
#include "../graph/batch.h"
#include "../graph/config_place.h"
#include "../graph/manifest_node.h"
#include "../project/names.h"
#include "adapter.h"
#include "column.h"
#include "config_object.h"
#include "evaluation.h"
#include "exceptions.h"
#include "kept.h"
#include "macros_parts.h"
#include "refs.h"
#include "relation.h"

#include <unistd.h>

extern char **environ;

// --- what a name means

static bool own_name(Context *c, Eval *ev, const Name *n, Value *out) {
  if (!(n->kinds & (1u << c->kind)))
    return false;
  if (n->get)
    return n->get(c, ev, out);
  *out = val_func(eval_arena(ev), &n->native, NULL, val_none());
  return true;
}

bool context_base_name(Context *c, Eval *ev, Str name, Value *out) {
  c->state->globals.thread = c->thread; // the runner names its thread after context_init
  return globals_lookup(&c->state->globals, ev, name, out);
}

Globals *context_globals(Context *c) { return &c->state->globals; }

// A name without the project's macros: what `builtins` offers.
static bool builtin_name(Context *c, Eval *ev, Str name, Value *out) {
  const Slot *s = macros_slot(c->shared->macros, name);
  if (s && s->name && own_name(c, ev, s->name, out))
    return true;
  return context_base_name(c, ev, name, out);
}

// While a generic test is read, macros that it calls know each other by their bare names, whatever
// their package, as with dbt.
static bool lookup_of_test(const Context *c, Str name, Value *out) {
  const TestInfo *test = c->node ? c->node->test : NULL;
  if (c->kind != CONTEXT_PARSE || !test || !test->generic)
    return false;
  const MacroEntry *e = macros_find_anywhere(c->shared->macros, name);
  if (e)
    *out = macro_entry_value(e);
  return e != NULL;
}

bool context_lookup(void *data, Eval *ev, Str name, Value *out) {
  Context *c = data;
  if (c->extra.n) {
    Value *set = map_get(&c->extra, name);
    if (set) {
      *out = *set;
      return true;
    }
  }
  const Slot *s = macros_slot(c->shared->macros, name);
  if (s) {
    if (c->kind != CONTEXT_DOCS && macros_lookup(c->shared->macros, s, c->package, out))
      return true;
    if (s->name && own_name(c, ev, s->name, out))
      return true;
    if (lookup_of_test(c, name, out))
      return true;
  }
  return context_base_name(c, ev, name, out);
}

// --- capture

static void capture_macro(Capture *k, Str id) {
  if (!map_add(k->arena, &k->macros_seen, id))
    return;
  vec_room(k->arena, k->macro_ids, k->nmacro_ids, k->macro_ids_cap);
  k->macro_ids[k->nmacro_ids++] = id;
}

static void macro_enter(void *data, Eval *ev, const Macro *m, int depth) {
  (void)ev;
  Context *c = data;
  if (!m->owner)
    return;
  Str id = ((const MacroEntry *)m->owner)->id;
  if (depth == 1 && c->capture)
    capture_macro(c->capture, id);
  if (c->called && depth == c->called_at)
    capture_macro(c->called, id);
}

// --- the public side

static void fill_globals(Context *c) {
  Globals *g = &c->state->globals;
  const ContextShared *s = c->shared;
  const Project *p = s->project;
  // `target` is made by get_target, so that a context of a parsing thread allocates in no arena
  // but its own.
  *g = (Globals){.project = p,
                 .package = c->package,
                 .target = p->target,
                 .vars_cli = p->vars_cli,
                 .project_name = p->packages[0]->name,
                 .invocation_id = p->invocation_id,
                 .started_us = p->started_us,
                 .level = p->level};
  if (s->flags)
    g->flags = s->flags->dict;
  g->thread = c->thread;
  g->execute = c->kind != CONTEXT_PARSE && c->kind != CONTEXT_NAMES;
  g->lenient_vars = c->kind == CONTEXT_PARSE; // a name made without its variable would be built
  g->node = c->node;
  g->log = s->log;
  g->print = s->print;
  g->data = s->data;
}

// For an undefined name: the macro, function or variable most like it.
static Str hint(void *data, Eval *ev, Str name) {
  const Context *c = data;
  return macros_hint(c->shared->macros, eval_arena(ev), name);
}

void context_init(Context *c, ContextKind kind, const ContextShared *shared, Arena *arena,
                  const Node *node, const Package *package, Db *db) {
  *c = (Context){.kind = kind, .shared = shared, .node = node, .db = db, .arena = arena};
  c->host = (Host){.data = c, .lookup = context_lookup, .enter = macro_enter, .hint = hint};
  c->package = package ? package : node ? node->package : shared->project->packages[0];
  c->model = val_undef(NULL);
  c->thread = kind == CONTEXT_PARSE ? STR("MainThread") : STR("Thread-1 (worker)");
  c->state = arena_new(arena, ContextState);
  c->state->origins.arena = arena;
  fill_globals(c);
}

void context_set(Context *c, Str name, Value v) {
  Value *kept = arena_new(c->arena, Value);
  *kept = v;
  map_put(c->arena, &c->extra, name, kept);
}

// Only what is sent to a database needs to know where it came from.
static bool follows_texts(const Context *c) {
  return c->kind == CONTEXT_MODEL || c->kind == CONTEXT_OPERATION;
}

EvalOptions context_options(Context *c, Diags *diags) {
  return (EvalOptions){.host = &c->host,
                       .arena = c->arena,
                       .diags = diags,
                       .lenient = c->kind == CONTEXT_PARSE,
                       .origins = follows_texts(c) ? &c->state->origins : NULL};
}

void context_origin(Context *c, Str text, const SourceMap *map) {
  if (map->n)
    origins_add(&c->state->origins, text, map);
}

bool context_call(Context *c, Str macro, const Args *args, Value *out, Diags *diags) {
  MacroEntry *e = macros_find(c->shared->macros, c->package, macro);
  if (!e) {
    diag_error(diags, CODE_UNKNOWN_MACRO, STR(""), "no macro is named '%.*s'", STR_ARG(macro));
    return false;
  }
  EvalOptions o = context_options(c, diags);
  o.lenient = false;
  Args none = {0};
  return eval_macro(e->macro, args ? args : &none, &o, out);
}

const DbError *context_db_error(const Context *c) {
  return c->state->has_error ? &c->state->error : NULL;
}
Str context_failed_sql(const Context *c) { return c->state->failed_sql; }
const SourceMap *context_failed_map(const Context *c) { return &c->state->failed_map; }
const Rendered *context_rendered(const Context *c) { return c->state->rendered; }
const Advice *context_advice(const Context *c) { return &c->state->advice; }
bool context_in_transaction(const Context *c) { return c->state->in_transaction; }

void context_origin_of(const Context *c, Str piece, size_t out, SourceMap *map) {
  const Origin *of = origins_find(&c->state->origins, piece);
  size_t from = of ? (size_t)(piece.ptr - of->text.ptr) : 0;
  if (of)
    source_map_copy(map, out, &of->map, from, from + piece.len);
  else
    source_map_add(
        map, (SourceSpan){.out = (uint32_t)out, .len = (uint32_t)piece.len, .value = piece.ptr});
}

// --- `context` and `builtins`

static bool lookup_builtin(void *data, Eval *ev, Str name, Value *out) {
  return builtin_name(data, ev, name, out);
}

static bool get_context(Context *c, Eval *ev, Value *out);
static bool get_builtins(Context *c, Eval *ev, Value *out);

// The names that are not macros.
static void list_builtins(void *data, Eval *ev, Dict *dict) {
  Context *c = data;
  Value v;
  size_t n;
  const Str *names = globals_names(&n);
  for (size_t i = 0; i < n; i++)
    if (!str_is(names[i], "context") && !str_is(names[i], "builtins") &&
        context_base_name(c, ev, names[i], &v))
      dict_sets(eval_arena(ev), dict, names[i], v);
  const Map *slots = &c->shared->macros->slots;
  for (size_t i = 0; i < slots->n; i++) {
    const Slot *s = slots->entries[i].value;
    if (s->name && s->name->get != get_context && s->name->get != get_builtins &&
        own_name(c, ev, s->name, &v))
      dict_sets(eval_arena(ev), dict, slots->entries[i].key, v);
  }
}

static void put_name(void *data, Str name, Value v) { context_set(data, name, v); }

static void list_context(void *data, Eval *ev, Dict *dict) {
  Context *c = data;
  Value v;
  list_builtins(c, ev, dict);
  get_context(c, ev, &v);
  dict_sets(eval_arena(ev), dict, STR("context"), v);
  get_builtins(c, ev, &v);
  dict_sets(eval_arena(ev), dict, STR("builtins"), v);
  const Map *slots = &c->shared->macros->slots;
  for (size_t i = 0; i < slots->n && c->kind != CONTEXT_DOCS; i++)
    if (macros_lookup(c->shared->macros, slots->entries[i].value, c->package, &v))
      dict_sets(eval_arena(ev), dict, slots->entries[i].key, v);
  for (size_t i = 0; i < c->extra.n; i++)
    dict_sets(eval_arena(ev), dict, c->extra.entries[i].key, *(Value *)c->extra.entries[i].value);
}

static bool get_context(Context *c, Eval *ev, Value *out) {
  *out = name_set(
      eval_arena(ev),
      (NameSet){.data = c, .lookup = context_lookup, .list = list_context, .put = put_name});
  return true;
}
static bool get_builtins(Context *c, Eval *ev, Value *out) {
  *out = name_set(eval_arena(ev),
                  (NameSet){.data = c, .lookup = lookup_builtin, .list = list_builtins});
  return true;
}

// --- names that are plain values

static bool get_execute(Context *c, Eval *ev, Value *out) {
  (void)ev;
  *out = val_bool(c->db != NULL);
  return true;
}

static bool get_target(Context *c, Eval *ev, Value *out) {
  (void)ev;
  ContextState *s = c->state;
  if (!c->shared->project->target)
    return false;
  if (!s->has_target) {
    s->target = globals_target(c->arena, c->shared->project->target);
    s->has_target = true;
  }
  *out = s->target;
  return true;
}

static Value without_none_inside(Arena *a, Value v, const char *const *deep);

// A dict without its keys of none. `deep`: names of keys whose dicts, or lists or dicts of dicts,
// are treated likewise.
static Value without_none(Arena *a, Value v, const char *const *deep) {
  Value out = val_dict(a);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(v.dict, &at));) {
    Value item = e->value;
    if (item.kind == VAL_NONE)
      continue;
    for (size_t i = 0; deep && deep[i]; i++)
      if (val_is_str(e->key, str_c(deep[i])))
        item = without_none_inside(a, item, str_is(str_c(deep[i]), "config") ? deep : NULL);
    dict_set(a, out.dict, e->key, item);
  }
  return out;
}

static Value without_none_inside(Arena *a, Value v, const char *const *deep) {
  Value out = v;
  if (v.kind == VAL_LIST) {
    out = val_list(a, v.list->n);
    for (size_t i = 0; i < v.list->n; i++)
      list_push(a, out.list, without_none_inside(a, v.list->items[i], NULL));
  } else if (v.kind == VAL_DICT) {
    out = without_none(a, v, deep);
  }
  return out;
}

// Columns without their keys of none; with a dialect, data_type is its word for dbt's: `string` is
// TEXT on Postgres.
static Value columns_without_none(Arena *a, Value columns, const Dialect *d) {
  Value out = val_dict(a);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(columns.dict, &at));) {
    Value column = without_none_inside(a, e->value, NULL), type = val_get(column, STR("data_type"));
    if (d && type.kind == VAL_STR)
      dict_sets(a, column.dict, STR("data_type"), val_str(d->translate_type(val_text(type))));
    dict_set(a, out.dict, e->key, column);
  }
  return out;
}

// While a node's text is evaluated, its config is what the project says of it.
static Value config_from_project(Context *c) {
  const Node *n = c->node;
  ConfigInput in = {.project = c->shared->project,
                    .package = n->package,
                    .kind = node_config_kinds[n->kind],
                    .fqn = n->fqn,
                    .nfqn = n->nfqn,
                    .src = n->source,
                    .properties = val_undef(NULL),
                    .properties_unrendered = val_undef(NULL),
                    .call = val_undef(NULL),
                    .call_unrendered = val_undef(NULL)};
  Value config = val_dict(c->arena), unrendered;
  Diags found = {0}; // load/ reports them when it makes the node's config
  config_merge(c->arena, &in, &config, &unrendered, &found);
  diags_free(&found);
  return config;
}

// `model` has no key that is none, so that `model.get(key, default)` gives the default.
static Value model_of_node(Context *c) {
  static const char *const deep[] = {"config", "refs", "docs", "contract", NULL};
  Value all = node_value(c->arena, c->shared->graph, c->node);
  Value config = val_get(all, STR("config"));
  if (c->kind == CONTEXT_PARSE && config.kind == VAL_DICT && !config.dict->n) {
    dict_sets(c->arena, all.dict, STR("config"), config_from_project(c));
    if (c->node->kind == NODE_MODEL && !c->node->access.len)
      dict_sets(c->arena, all.dict, STR("access"), val_lit("protected"));
  }
  Value v = without_none(c->arena, all, deep), columns = val_get(v, STR("columns"));
  bool alias_types = val_truth(val_get(val_get(all, STR("contract")), STR("alias_types")));
  if (columns.kind == VAL_DICT)
    dict_sets(c->arena, v.dict, STR("columns"),
              columns_without_none(c->arena, columns, alias_types ? c->shared->dialect : NULL));
  Value call = c->node->config_call;
  dict_sets(c->arena, v.dict, STR("config_call_dict"),
            call.kind == VAL_DICT ? call : val_dict(c->arena));
  dict_sets(c->arena, v.dict, STR("unrendered_config_call_dict"), val_dict(c->arena));
  return v;
}

static Value batch_value(Arena *a, const Batch *b) {
  Value d = val_dict(a);
  dict_sets(a, d.dict, STR("id"), val_str(b->id));
  dict_sets(a, d.dict, STR("event_time_start"), datetime_utc(a, b->start));
  dict_sets(a, d.dict, STR("event_time_end"), datetime_utc(a, b->end));
  return d;
}

static bool get_model(Context *c, Eval *ev, Value *out) {
  (void)ev;
  if (c->model.kind != VAL_UNDEF) {
    *out = c->model;
    return true;
  }
  if (!c->node)
    return false;
  c->model = model_of_node(c);
  if (c->node->more->batch)
    dict_sets(c->arena, c->model.dict, STR("batch"), batch_value(c->arena, c->node->more->batch));
  if (c->compiled_code.ptr) {
    dict_sets(c->arena, c->model.dict, STR("compiled"), val_bool(true));
    dict_sets(c->arena, c->model.dict, STR("compiled_code"), val_str(c->compiled_code));
  }
  *out = c->model;
  return true;
}

static bool get_graph(Context *c, Eval *ev, Value *out) {
  (void)ev;
  *out = graph_value(c);
  return true;
}

static bool get_this(Context *c, Eval *ev, Value *out) {
  (void)ev;
  if (!c->node)
    return false;
  if (!c->state->has_self) {
    c->state->self = refs_this(ev, c);
    c->state->has_self = true;
  }
  *out = c->state->self;
  return true;
}

static bool get_database(Context *c, Eval *ev, Value *out) {
  (void)ev;
  const Target *t = c->shared->project->target;
  *out = val_str(c->node ? c->node->database : t ? t->database : STR(""));
  return true;
}
static bool get_schema(Context *c, Eval *ev, Value *out) {
  (void)ev;
  const Target *t = c->shared->project->target;
  *out = val_str(c->node ? c->node->schema : t ? t->schema : STR(""));
  return true;
}
static bool get_sql_now(Context *c, Eval *ev, Value *out) {
  (void)c, (void)ev;
  *out = val_lit("now()");
  return true;
}

static bool get_compiled_code(Context *c, Eval *ev, Value *out) {
  (void)ev;
  if (!c->node)
    return false;
  *out = c->compiled_code.ptr ? val_str(c->compiled_code) : val_none();
  return true;
}

// `sql` and the hooks are there without a node too: none.
static bool get_sql(Context *c, Eval *ev, Value *out) {
  (void)ev;
  *out = c->compiled_code.ptr ? val_str(c->compiled_code) : val_none();
  return true;
}

static bool hooks(Context *c, Str key, Value *out) {
  Value v = val_get(config_of(c), key);
  *out = !c->node ? val_none() : v.kind == VAL_LIST ? v : val_list(c->arena, 0);
  return true;
}
static bool get_pre_hooks(Context *c, Eval *ev, Value *out) {
  (void)ev;
  return hooks(c, STR("pre-hook"), out);
}
static bool get_post_hooks(Context *c, Eval *ev, Value *out) {
  (void)ev;
  return hooks(c, STR("post-hook"), out);
}

// Environment variables DBT_ENV_CUSTOM_ENV_x as {x: value}.
static bool get_metadata_envs(Context *c, Eval *ev, Value *out) {
  (void)ev;
  static const Str prefix = STR_INIT("DBT_ENV_CUSTOM_ENV_");
  *out = val_dict(c->arena);
  for (char **e = environ; *e; e++) {
    Str one = str_c(*e);
    ptrdiff_t eq = str_find(one, STR("="), 0);
    if (eq > 0 && str_starts(one, prefix))
      dict_sets(c->arena, out->dict, str_dup(c->arena, str_sub(one, prefix.len, (size_t)eq)),
                val_str(str_dup(c->arena, str_sub(one, (size_t)eq + 1, one.len))));
  }
  return true;
}

// context_macro_stack: how deep the calls of macros are.
static bool stack_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  *out = val_int(eval_depth(ev));
  return str_is(name, "depth");
}
static const ObjectType stack_type = {.name = "MacroStack", .attr = stack_attr};
static const Object stack_object = {&stack_type};
static bool get_macro_stack(Context *c, Eval *ev, Value *out) {
  (void)c, (void)ev;
  *out = val_obj((void *)(uintptr_t)&stack_object);
  return true;
}

static bool get_source_node(Context *c, Eval *ev, Value *out) {
  return c->node && c->node->kind == NODE_SOURCE && get_model(c, ev, out);
}

static bool get_selected(Context *c, Eval *ev, Value *out) {
  (void)ev;
  Value v = c->shared->flags ? c->shared->flags->selected : val_none();
  *out = c->kind != CONTEXT_PARSE && v.kind == VAL_LIST ? v : val_list(c->arena, 0);
  return true;
}
static bool get_args(Context *c, Eval *ev, Value *out) {
  (void)ev;
  Value v = c->shared->flags ? c->shared->flags->args : val_none();
  *out = v.kind == VAL_DICT ? v : val_dict(c->arena);
  return true;
}

static bool get_adapter(Context *c, Eval *ev, Value *out) { return adapter_value(c, ev, out); }
static bool get_config(Context *c, Eval *ev, Value *out) { return config_value(c, ev, out); }
static bool get_api(Context *c, Eval *ev, Value *out) {
  *out = api_value(c, ev);
  return true;
}
static bool get_column(Context *c, Eval *ev, Value *out) {
  (void)ev;
  *out = column_class(c->shared->dialect);
  return true;
}

static const Object exceptions_object = {&exceptions_type};
static bool get_exceptions(Context *c, Eval *ev, Value *out) {
  (void)c, (void)ev;
  *out = val_obj((void *)(uintptr_t)&exceptions_object);
  return true;
}

// validation.any[..] checks nothing, as in dbt, where the types it names are undefined.
static bool any_item(Eval *ev, Object *o, Value key, Value *out) {
  (void)ev, (void)o, (void)key;
  *out = val_undef(NULL);
  return true;
}
static const ObjectType any_type = {.name = "function", .item = any_item};
static const Object any_object = {&any_type};
static bool validation_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev, (void)o;
  *out = val_obj((void *)(uintptr_t)&any_object);
  return str_is(name, "any");
}
static const ObjectType validation_type = {.name = "Validation", .attr = validation_attr};
static const Object validation_object = {&validation_type};
static bool get_validation(Context *c, Eval *ev, Value *out) {
  (void)c, (void)ev;
  *out = val_obj((void *)(uintptr_t)&validation_object);
  return true;
}

// doc(name), doc(package, name): the text of a docs block.
static Value fn_doc(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  bool two = native_given(v[1]);
  Str name = context_text_arg(ev, v[two], "doc", "the name");
  Str package = two ? context_text_arg(ev, v[0], "doc", "the package") : STR("");
  const Graph *g = c->shared->graph;
  const DocBlock *found = NULL;
  int best = 3;
  const Project *p = c->shared->project;
  const Package *first = project_ref_searches_own_package_first(p) ? c->package : p->packages[0];
  for (const DocBlock *d = g ? map_get(&g->by_doc, name) : NULL; d; d = d->same_name) {
    if (package.len && !str_eq(d->package->name, package))
      continue;
    int rank = d->package == first ? 0 : d->package == c->package || d->package->is_root ? 1 : 2;
    if (rank < best) {
      found = d;
      best = rank;
    }
  }
  if (found)
    return val_str(found->contents);
  size_t nnames = g && str_may_search(g->ndocs) ? g->ndocs : 0;
  Str *names = arena_array(eval_arena(ev), Str, nnames);
  size_t n = 0;
  for (size_t i = 0; i < nnames; i++)
    if (!g->docs[i]->package->is_internal)
      names[n++] = g->docs[i]->name;
  Str otherwise = str_fmt(
      eval_arena(ev), "a .md file has it: {%% docs %.*s %%} ... {%% enddocs %%}", STR_ARG(name));
  eval_fail_unknown(ev, CODE_UNKNOWN_DOC, (Unknown){name, names, n, LACK_DOCS, {0}, otherwise},
                    "no docs block is named '%.*s'", STR_ARG(name));
}

static bool get_defer_relation(Context *c, Eval *ev, Value *out) {
  (void)ev;
  RelationObj *o = c->node ? relation_obj_deferred(c->arena, c->shared, c->node) : NULL;
  *out = o ? relation_obj_value(o) : val_none();
  return true;
}

// clang-format off
const Name names_base[] = {
    {{"context", NULL, NULL, "all of these names as one dict"
     "\n{{ context['target'].name }}\n=> dev"}, IN_ALL, get_context},
    {{"builtins", NULL, NULL,
      "ref, source and config as they were, for macros that replace them"
     "\n{{ builtins.ref('orders') }}\n=> `analytics`.`orders`"}, IN_ALL, get_builtins},
    {{"target", NULL, NULL,
      "the output of the profile in use: target.name, target.schema, target.type ..."
     "\n{{ target.name }} {{ target.schema }} {{ target.type }}\n=> dev analytics clickhouse"}, IN_ALL, get_target},
    {{"env", NULL, NULL, "the same as target"
     "\n{{ env.name }}\n=> dev"}, IN_PROVIDER, get_target},
    {{"dbt_metadata_envs", NULL, NULL,
      "the variables DBT_ENV_CUSTOM_ENV_x, as {x: value}"
     "\n{{ dbt_metadata_envs }}\n=> {}"}, IN_PROVIDER, get_metadata_envs},
    {{"context_macro_stack", NULL, NULL,
      "how deep macros call each other: .depth"
     "\n{{ context_macro_stack.depth }}\n=> 0"}, IN_PROVIDER | IN_COMMENT, get_macro_stack},
    {{"execute", NULL, NULL,
      "false while the project is read, true when SQL is run"
     "\n{{ 'run' if execute else 'read' }}\n=> run"}, IN_PROVIDER, get_execute},
    {{"adapter", NULL, NULL,
      "what the database can be asked: adapter.get_relation(...), adapter.dispatch(...)"
     "\n{{ adapter.type() }}\n=> clickhouse"}, IN_PROVIDER, get_adapter},
    {{"api", NULL, NULL,
      "api.Relation and api.Column, to make relations and columns"
     "\n{{ api.Relation.create(schema='raw', identifier='orders') }}\n=> `raw`.`orders`"}, IN_PROVIDER, get_api},
    {{"column", NULL, NULL, "the class of columns"
     "\n{{ column.translate_type('text') }}\n=> text"}, IN_PROVIDER, get_column},
    {{"config", NULL, NULL,
      "config(key=value) sets, config.get('key', default) and config.require('key') read"
     "\n{{ config(tags=['nightly']) }}{{ config.get('tags') }}\n=> ['nightly']"}, IN_PROVIDER, get_config},
    {{"exceptions", NULL, NULL,
      "exceptions.raise_compiler_error(text), exceptions.warn(text) and others"
     "\n{{ exceptions.raise_compiler_error('there is no such year') }}\n=> fails: there is no such year"}, IN_PROVIDER, get_exceptions},
    {{"validation", NULL, NULL,
      "accepted in arguments of config.get; checks nothing"
     "\n{{ config.get('materialized', validator=validation.any[basestring]) }}\n=> view"}, IN_PROVIDER, get_validation},
    {{"model", NULL, NULL, "the node being built, as in the manifest"
     "\n{{ model.resource_type }} {{ model.package_name }}\n=> model shop"}, IN_PROVIDER, get_model},
    {{"graph", NULL, NULL,
      "all nodes, sources and exposures, as in the manifest"
     "\n{{ graph.sources.values() | map(attribute='name') | join(', ') }}\n=> customers"}, IN_PROVIDER, get_graph},
    {{"this", NULL, NULL, "the relation being built"
     "\n{{ this.schema }}\n=> analytics"}, IN_NODE, get_this},
    {{"database", NULL, NULL, "the node's database"
     "\n{{ database is string }}\n=> True"}, IN_PROVIDER, get_database},
    {{"schema", NULL, NULL, "the node's schema"
     "\n{{ schema }}\n=> analytics"}, IN_PROVIDER, get_schema},
    {{"sql_now", NULL, NULL, "now()"
     "\n{{ sql_now }}\n=> now()"}, IN_PROVIDER, get_sql_now},
    {{"selected_resources", NULL, NULL,
      "unique ids of what this run selected"
     "\n{{ selected_resources | length > 0 }}\n=> True"}, IN_PROVIDER, get_selected},
    {{"invocation_args_dict", NULL, NULL, "the options of this run"
     "\n{{ invocation_args_dict['which'] }}\n=> compile"}, IN_PROVIDER, get_args},
    {{"compiled_code", NULL, NULL,
      "the node's compiled SQL, for materializations"
     "\ncreate table {{ this }} as ({{ compiled_code }})\n=> skip: a materialization has it"}, IN_NODE, get_compiled_code},
    {{"sql", NULL, NULL, "the same as compiled_code"
     "\n{{ sql is defined }}\n=> True"}, IN_PROVIDER, get_sql},
    {{"pre_hooks", NULL, NULL,
      "the node's hooks, for materializations"
     "\n{{ pre_hooks | length }}\n=> 0"}, IN_PROVIDER, get_pre_hooks},
    {{"post_hooks", NULL, NULL,
      "the node's hooks, for materializations"
     "\n{{ post_hooks | length }}\n=> 0"}, IN_PROVIDER, get_post_hooks},
    {{"defer_relation", NULL, NULL,
      "with --defer: the relation that refs to this node read instead, or none"
     "\n{{ defer_relation }}\n=> None"}, IN_NODE, get_defer_relation},
    {{"source_node", NULL, NULL,
      "the source, where a source is worked on"
     "\n{{ source_node.name }}\n=> skip: the query of a source's age has it"}, IN_NODE, get_source_node},
    {{"doc", fn_doc, "package_or_name, name=..., /",
      "the text of a docs block, in descriptions"
     "\nmodels:\n  - name: orders\n    columns:\n      - name: order_id\n        description: \"One of: {{ doc('order_status') }}\""}, IN_DOCS, NULL},
    {{0}, 0, NULL},
};
// clang-format on
