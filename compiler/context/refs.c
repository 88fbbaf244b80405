// ref, source, metric, function: at parse time they record what was asked for and stand for the
// node itself; later they resolve through the graph. In: names. Out: relations. Leaves resolution
// to graph/ and rendering to relation.c.
#include "refs.h"
#include "../base/vec.h"
#include "../graph/batch.h"
#include "adapter_relations.h"

#include "adapter.h"
#include "evaluation.h"
#include "metric_object.h"
#include "project_object.h"
#include "relation.h"

#include <ctype.h>

// --- capture

// Room for one more at the end of a list of references.
static Ref *next_ref(Arena *a, Ref **list, size_t *n, size_t *had) {
  vec_room(a, *list, *n, *had);
  return &(*list)[(*n)++];
}

static void record_ref(Eval *ev, Capture *k, Str package, Str name, Str version, bool is_text) {
  Ref *r = next_ref(k->arena, &k->refs, &k->nrefs, &k->refs_cap);
  *r = (Ref){
      str_dup(k->arena, package),
      str_dup(k->arena, name),
      str_dup(k->arena, version),
      is_text,
      NULL,
      {0, 0}
  };
  r->span = eval_outer_place(ev, &r->src);
}

static void record_function(Eval *ev, Capture *k, Str package, Str name) {
  Ref *r = next_ref(k->arena, &k->functions, &k->nfunctions, &k->functions_cap);
  *r = (Ref){.package = str_dup(k->arena, package), .name = str_dup(k->arena, name)};
  r->span = eval_outer_place(ev, &r->src);
}

static void record_metric(Eval *ev, Capture *k, Str package, Str name) {
  Ref *r = next_ref(k->arena, &k->metrics, &k->nmetrics, &k->metrics_cap);
  *r = (Ref){.package = str_dup(k->arena, package), .name = str_dup(k->arena, name)};
  r->span = eval_outer_place(ev, &r->src);
}

static void record_source(Eval *ev, Capture *k, Str source, Str table) {
  vec_room(k->arena, k->sources, k->nsources, k->sources_cap);
  SourceRef *r = &k->sources[k->nsources++];
  *r = (SourceRef){
      str_dup(k->arena, source), str_dup(k->arena, table), NULL, {0, 0}
  };
  r->span = eval_outer_place(ev, &r->src);
}

// At parse time every reference is the node's own relation.
static Value stand_in(Context *c) {
  if (!c->node)
    return val_lit("");
  if (!c->state->has_self) {
    c->state->self = relation_of_node(c->arena, c->shared, c->node);
    c->state->has_self = true;
  }
  return c->state->self;
}

// --- resolution

Str context_cte_name(Arena *a, const Node *n) {
  if (n->more->cte_name.len)
    return n->more->cte_name;
  return str_fmt(a, "__dbt__cte__%.*s", STR_ARG(n->alias.len ? n->alias : n->name));
}

bool context_cte_is_plain(Str name) {
  for (size_t i = 0; i < name.len; i++)
    if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_')
      return false;
  return true;
}

static void collect_ephemeral(Context *c, const Node *n) {
  if (!c->ephemeral || c->ephemeral->kind != VAL_LIST)
    return;
  List *l = c->ephemeral->list;
  for (size_t i = 0; i < l->n; i++)
    if (val_is_str(val_get(l->items[i], STR("id")), n->id))
      return;
  Value d = val_dict(c->arena);
  dict_sets(c->arena, d.dict, STR("id"), val_str(n->id));
  dict_sets(c->arena, d.dict, STR("sql"), val_none());
  list_push(c->arena, l, d);
}

static bool is_selected(const Flags *f, Str id) {
  for (size_t i = 0; val_is_seq(f->selected) && i < f->selected.list->n; i++)
    if (val_is_str(f->selected.list->items[i], id))
      return true;
  return false;
}

// --defer: the earlier run's relation, where this target has none, or with --favor-state.
static RelationObj *deferred(Eval *ev, Context *c, const Node *n, const RelationObj *here) {
  const Flags *f = c->shared->flags;
  if (!f || !f->defer || !(node_is_refable(n) || n->kind == NODE_FUNCTION) || n == c->node)
    return NULL;
  RelationObj *there = relation_obj_deferred(c->arena, c->shared, n);
  if (!there)
    return NULL;
  if (f->favor_state && !is_selected(f, n->id))
    return there;
  return c->db && c->shared->cache && adapter_has(ev, c, here) ? NULL : there;
}

bool context_span(const Context *c, int64_t *from, int64_t *to) {
  const Batch *b = c->node ? c->node->more->batch : NULL;
  const Flags *f = c->shared->flags;
  bool samples =
      f && f->sample && c->node && (c->node->kind == NODE_MODEL || c->node->kind == NODE_SNAPSHOT);
  *from = b ? b->start : INT64_MIN;
  *to = b ? b->end : INT64_MAX;
  if (samples && f->sample_from > *from)
    *from = f->sample_from;
  if (samples && f->sample_to < *to)
    *to = f->sample_to;
  return b || samples;
}

static Str instant(const Context *c, int64_t at) {
  const char *const *around = c->shared->dialect->instant;
  return str_fmt(c->arena, "%s%.*s%s", around[0], STR_ARG(batch_time_text(c->arena, at)),
                 around[1]);
}

// The event_time of a node as SQL names it; empty: it has none.
static Str event_column(const Context *c, const Node *n) {
  Value field = node_config(n, STR("event_time"));
  if (!val_is(field, VAL_STR))
    return STR("");
  Str name = val_text(field);
  for (size_t i = 0; i < n->ncolumns; i++)
    if (str_eq(n->columns[i]->name, name) && val_truth(n->columns[i]->quote)) {
      char q = c->shared->dialect->quote;
      return str_fmt(c->arena, "%c%.*s%c", q, STR_ARG(name), q);
    }
  return name;
}

Str event_condition(const Context *c, const Node *n, int64_t from, int64_t to) {
  Str name = event_column(c, n);
  if (!name.len)
    return name;
  return str_fmt(c->arena, "%.*s >= %.*s and %.*s < %.*s", STR_ARG(name), STR_ARG(instant(c, from)),
                 STR_ARG(name), STR_ARG(instant(c, to)));
}

// Of each parent that has an event_time the rows of the span are read.
static Str event_filter(const Context *c, const Node *n) {
  int64_t from, to;
  return context_span(c, &from, &to) ? event_condition(c, n, from, to) : STR("");
}

static Value relation_for(Eval *ev, Context *c, const Node *n) {
  RelationObj *o = relation_obj_of_node(c->arena, c->shared, n), *other;
  if (str_is(node_materialized(n), "ephemeral")) {
    if (c->kind == CONTEXT_OPERATION && !c->node)
      eval_fail_hint(ev, CODE_EPHEMERAL_REF,
                     STR("give the model another materialization, or write its query here"),
                     "an operation cannot ref() an ephemeral model, and '%.*s' is one",
                     STR_ARG(n->name));
    o->r.database = o->r.schema = o->reads = STR("");
    o->is_set[0] = o->is_set[1] = false;
    o->r.identifier = context_cte_name(c->arena, n);
    o->is_set[2] = true;
    o->r.quote_identifier = !context_cte_is_plain(o->r.identifier);
    o->type = STR("cte");
    collect_ephemeral(c, n);
  } else if ((other = deferred(ev, c, n, o))) {
    o = other;
  }
  if (c->node && c->node->unit) // the rows given are few, and all of them count
    return relation_obj_value(o);
  if (c->shared->flags && c->shared->flags->empty)
    o->limit = 0;
  o->event_filter = event_filter(c, n);
  return relation_obj_value(o);
}

// A function is called, not read: no limit, no span of time.
static Value function_relation(Eval *ev, Context *c, const Node *n) {
  RelationObj *o = relation_obj_of_node(c->arena, c->shared, n), *other = deferred(ev, c, n, o);
  o = other ? other : o;
  o->type = STR("function");
  return relation_obj_value(o);
}

// In a unit test the rows that it gives stand for what the model reads.
static const Node *given_for(Eval *ev, Context *c, const Node *found, Str written) {
  const UnitTest *u = c->node ? c->node->unit : NULL;
  if (!u)
    return found;
  for (size_t i = 0; i < u->ninputs; i++)
    if (u->inputs[i].of == found)
      return u->inputs[i].stand_in;
  eval_fail_hint(ev, CODE_UNIT_TEST,
                 str_fmt(eval_arena(ev), "add `- input: %.*s` to its given; `rows: []` for no rows",
                         STR_ARG(written)),
                 "unit test '%.*s' gives no rows for %.*s, which '%.*s' reads",
                 STR_ARG(u->runner->name), STR_ARG(written), STR_ARG(u->tested->name));
}

static Str written_as(Arena *a, const char *fn, Str first, Str second) {
  return first.len ? str_fmt(a, "%s('%.*s', '%.*s')", fn, STR_ARG(first), STR_ARG(second))
                   : str_fmt(a, "%s('%.*s')", fn, STR_ARG(second));
}

// A ref that was not seen at parse time would run in the wrong order: an error, with the comment
// that makes it known. A source is there before the run: it may be reached at any time.
static void need_known(Eval *ev, Context *c, const Node *found, Str written) {
  if (!c->node || c->kind != CONTEXT_MODEL || c->node->unit) // which has what its model reads
    return;
  // A check renders copies of a node. One made on the way (--inline) has none: nothing waits for
  // it.
  const Node *known = map_get(&c->shared->graph->by_id, c->node->id);
  if (!known || found == known)
    return;
  for (size_t i = 0; i < known->nneeds; i++)
    if (known->needs[i] == found)
      return;
  eval_fail_hint(ev, CODE_HIDDEN_REF,
                 str_fmt(eval_arena(ev), "add this line to '%.*s': -- depends_on: {{ %.*s }}",
                         STR_ARG(c->node->name), STR_ARG(written)),
                 "unable to infer all dependencies of '%.*s': %.*s is reached only when the node "
                 "is compiled, so it is not in the graph",
                 STR_ARG(c->node->name), STR_ARG(written));
}

_Noreturn static void ref_missing(Eval *ev, Context *c, RefResult why, Str package, Str name,
                                  Str version) {
  Arena *a = eval_arena(ev);
  Str written = written_as(a, "ref", package, name);
  Str hint = why == REF_MISSING ? graph_hint(a, c->shared->graph, name) : STR("");
  const char *what = why == REF_DISABLED    ? "which is disabled"
                     : why == REF_AMBIGUOUS ? "and several packages have one: name the package"
                     : why == REF_VERSION   ? "which has no such version"
                                            : "which was not found";
  Str v = version.len ? str_fmt(a, " with version '%.*s'", STR_ARG(version)) : STR("");
  if (c->node)
    eval_fail_hint(ev, CODE_UNKNOWN_REF, hint,
                   "'%.*s' depends on a node named '%.*s'%.*s %s (%.*s)", STR_ARG(c->node->name),
                   STR_ARG(name), STR_ARG(v), what, STR_ARG(written));
  eval_fail_hint(ev, CODE_UNKNOWN_REF, hint, "%.*s names a node %s%.*s", STR_ARG(written), what,
                 STR_ARG(v));
}

static Str version_text(Eval *ev, Value v) {
  if (!val_truth(v))
    return STR("");
  if (v.kind != VAL_STR && v.kind != VAL_INT && v.kind != VAL_FLOAT)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "ref() takes text or a number as version, not %s",
                   val_type_name(v));
  return val_to_str(eval_arena(ev), v);
}

// Of a name, or a package and a name.
static Str name_of(Eval *ev, const char *fname, const Value *v) {
  return context_text_arg(ev, native_given(v[1]) ? v[1] : v[0], fname, "the name");
}
static Str package_of(Eval *ev, const char *fname, const Value *v) {
  bool none = !native_given(v[1]) || v[0].kind == VAL_NONE;
  return none ? STR("") : context_text_arg(ev, v[0], fname, "the package");
}

// What is written where the graph could not see it: behind `execute`, in an operation.
static void check_barrier(Eval *ev, const Context *c, const Node *found) {
  if (c->kind != CONTEXT_MODEL && c->kind != CONTEXT_OPERATION)
    return;
  Barrier barrier = graph_barrier(c->node, c->node ? c->node->package : c->package, found);
  if (barrier == BARRIER_PACKAGE)
    eval_fail_code(ev, CODE_PRIVATE_REF,
                   "'%.*s' is %.*s, and its package '%.*s' has restrict-access",
                   STR_ARG(found->name), STR_ARG(found->access), STR_ARG(found->package->name));
  bool allowed = c->kind == CONTEXT_OPERATION && c->shared->project->level >= DBT_1_12;
  if (barrier == BARRIER_GROUP && !allowed)
    eval_fail_code(ev, CODE_PRIVATE_REF, "'%.*s' may not be read here: it is private to %s%.*s%s",
                   STR_ARG(found->name),
                   found->group.len ? "the group '" : "its group, and it has none",
                   STR_ARG(found->group), found->group.len ? "'" : "");
}

static Value fn_ref(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Str name = name_of(ev, "ref", v), package = package_of(ev, "ref", v);
  Value wanted = val_truth(v[2]) ? v[2] : v[3];
  Str version = version_text(ev, wanted);
  if (c->kind == CONTEXT_PARSE) {
    if (c->capture)
      record_ref(ev, c->capture, package, name, version, wanted.kind == VAL_STR);
    return stand_in(c);
  }
  Node *found = NULL;
  RefResult r = c->shared->graph
                    ? graph_ref(c->shared->graph, c->node, package, name, version, &found)
                    : REF_MISSING;
  if (r != REF_FOUND)
    ref_missing(ev, c, r, package, name, version);
  need_known(ev, c, found, written_as(eval_arena(ev), "ref", package, name));
  check_barrier(ev, c, found);
  return relation_for(ev, c,
                      given_for(ev, c, found, written_as(eval_arena(ev), "ref", package, name)));
}

static Value fn_source(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Str source = context_text_arg(ev, v[0], "source", "the source's name");
  Str table = context_text_arg(ev, v[1], "source", "the table's name");
  if (c->kind == CONTEXT_PARSE) {
    if (c->capture)
      record_source(ev, c->capture, source, table);
    return stand_in(c);
  }
  Node *found = NULL;
  RefResult r = c->shared->graph ? graph_source(c->shared->graph, c->node, source, table, &found)
                                 : REF_MISSING;
  Arena *a = eval_arena(ev);
  if (r != REF_FOUND) {
    Str hint = r == REF_MISSING && c->shared->graph
                   ? graph_hint_source(a, c->shared->graph, source, table)
                   : STR("");
    eval_fail_hint(ev, CODE_UNKNOWN_SOURCE, hint, "source('%.*s', '%.*s') %s", STR_ARG(source),
                   STR_ARG(table), r == REF_DISABLED ? "is disabled" : "was not found");
  }
  return relation_for(ev, c, given_for(ev, c, found, written_as(a, "source", source, table)));
}

static Value fn_metric(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Str name = name_of(ev, "metric", v), package = package_of(ev, "metric", v);
  if (c->kind == CONTEXT_PARSE && c->capture)
    record_metric(ev, c->capture, package, name);
  const Graph *g = c->kind == CONTEXT_PARSE ? NULL : c->shared->graph;
  const Node *found = g ? graph_metric(g, c->node, package, name) : NULL;
  if (g && !found && c->node) // an operation names any
    eval_fail_unknown(ev, CODE_UNKNOWN_METRIC, (Unknown){.name = name, .lack = LACK_ENTRY},
                      "no metric is named '%.*s'", STR_ARG(name));
  return metric_value(eval_arena(ev), package, name, found);
}

static Value fn_function(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str name = name_of(ev, "function", v), package = package_of(ev, "function", v);
  if (c->kind == CONTEXT_PARSE) {
    if (c->capture)
      record_function(ev, c->capture, package, name);
    return stand_in(c);
  }
  Node *found = NULL;
  RefResult r = c->shared->graph ? graph_function(c->shared->graph, c->node, package, name, &found)
                                 : REF_MISSING;
  if (r != REF_FOUND) {
    Str hint = r == REF_MISSING && c->shared->graph ? graph_hint_function(a, c->shared->graph, name)
                                                    : STR("");
    eval_fail_hint(ev, CODE_UNKNOWN_FUNCTION, hint,
                   r == REF_DISABLED    ? "the function '%.*s' is disabled"
                   : r == REF_AMBIGUOUS ? "several packages have a function '%.*s'"
                                        : "no function is named '%.*s'",
                   STR_ARG(name));
  }
  Str written = written_as(a, "function", package, name);
  need_known(ev, c, found, written);
  return function_relation(ev, c, found);
}

Value refs_this(Eval *ev, Context *c) {
  const UnitTest *u = c->node->unit;
  bool compiling = u && c->node == u->runner && c->ephemeral;
  for (size_t i = 0; compiling && i < u->ninputs; i++)
    if (u->inputs[i].of == u->tested)
      return relation_for(ev, c, u->inputs[i].stand_in);
  return relation_of_node(c->arena, c->shared, c->node);
}

// clang-format off
enum { REF, SOURCE };
static const Native resolvers[] = {
    {"ref",    fn_ref,    "package_or_name, name=..., /, *, version=none, v=none",
     "the relation of a model, seed or snapshot, and an edge to it"
     "\nselect * from {{ ref('orders') }}\n=> select * from `analytics`.`orders`"},
    {"source", fn_source, "source_name, table_name, /", "the relation of a source, and an edge to it"
     "\nselect * from {{ source('shop', 'customers') }}\n=> select * from `shop`.`customers`"},
    {0},
};
// clang-format on

// `ref` and `source` are objects: packages read the project's configuration from ref.config.
static Value call_ref(Eval *ev, Object *o, const Args *args) {
  (void)o;
  return native_call(ev, &(Func){.native = &resolvers[REF]}, args);
}
static Value call_source(Eval *ev, Object *o, const Args *args) {
  (void)o;
  return native_call(ev, &(Func){.native = &resolvers[SOURCE]}, args);
}
static bool resolver_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  Context *c = context_of(ev);
  if (str_is(name, "config"))
    *out = project_object(c, ev);
  else if (str_is(name, "current_project"))
    *out = val_str(c->shared->project->packages[0]->name);
  else if (str_is(name, "model"))
    return context_lookup(c, ev, name, out);
  else
    return false;
  return true;
}
static const ObjectType ref_type = {.name = "function", .call = call_ref, .attr = resolver_attr};
static const ObjectType source_type = {
    .name = "function", .call = call_source, .attr = resolver_attr};
static const Object ref_object = {&ref_type}, source_object = {&source_type};

static bool get_ref(Context *c, Eval *ev, Value *out) {
  (void)c, (void)ev;
  *out = val_obj((void *)(uintptr_t)&ref_object);
  return true;
}
static bool get_source(Context *c, Eval *ev, Value *out) {
  (void)c, (void)ev;
  *out = val_obj((void *)(uintptr_t)&source_object);
  return true;
}

// clang-format off
const Name names_refs[] = {
    {{"ref", NULL, "package_or_name, name=..., /, *, version=none, v=none",
      "the relation of a model, seed or snapshot, and an edge to it"
     "\nselect * from {{ ref('orders') }}\n=> select * from `analytics`.`orders`"}, IN_PROVIDER, get_ref},
    {{"source", NULL, "source_name, table_name, /", "the relation of a source, and an edge to it"
     "\nselect * from {{ source('shop', 'customers') }}\n=> select * from `shop`.`customers`"},
     IN_PROVIDER, get_source},
    {{"metric", fn_metric, "package_or_name, name=..., /", "a metric"
     "\n{{ metric('revenue') }}\n=> skip: it needs a metric and a time spine"}, IN_PROVIDER, NULL},
    {{"function", fn_function, "package_or_name, name=..., /",
      "a function of functions/, and an edge to it"
     "\n{{ function('is_odd') }}(3)\n=> `is_odd`(3)"}, IN_PROVIDER, NULL},
    {{0}, 0, NULL},
};
// clang-format on
