// What metric() gives: the reference to a metric, printed as its name. In: the metric's node, which
// is not known while files are read. Out: an object with metric_name and package_name, the keys of
// the node's dict and what the metric is made of.
#include "metric_object.h"

#include "../graph/manifest_node.h"
#include "evaluation.h"

typedef struct MetricObj {
  Object object;
  Str name, package; // package empty: none was given
  const Node *node;  // NULL: not resolved
  Value dict;        // the node's; undefined: not asked for yet
} MetricObj;

// Metrics that are computed from others.
static bool is_derived(const Node *n) {
  Value type = val_get(n->extra, STR("type"));
  return val_is_str(type, STR("derived")) || val_is_str(type, STR("ratio"));
}

typedef enum Wanted { ALL, BASE, DERIVED } Wanted;

// Adds the name of the metric and of all that it is made of to the list, each once.
static void add_names(Arena *a, const Node *n, Wanted wanted, Value list) {
  bool seen = false;
  for (size_t i = 0; i < list.list->n; i++)
    seen |= val_is_str(list.list->items[i], n->name);
  if (!seen && (wanted == ALL || (wanted == DERIVED) == is_derived(n)))
    list_push(a, list.list, val_str(n->name));
  for (size_t i = 0; i < n->nneeds; i++)
    if (n->needs[i]->kind == NODE_METRIC)
      add_names(a, n->needs[i], wanted, list);
}

static Value names_of(Eval *ev, Value self, Wanted wanted) {
  Value list = val_list(eval_arena(ev), 4);
  add_names(eval_arena(ev), ((const MetricObj *)self.obj)->node, wanted, list);
  return list;
}
static Value fn_full(Eval *ev, const Value *v) { return names_of(ev, v[0], ALL); }
static Value fn_base(Eval *ev, const Value *v) { return names_of(ev, v[0], BASE); }
static Value fn_derived(Eval *ev, const Value *v) { return names_of(ev, v[0], DERIVED); }

// Adds {name: depth} of the metric, where it is derived, and of the derived ones below it.
static void add_depths(Arena *a, const Node *n, int64_t depth, Value list) {
  if (!is_derived(n))
    return;
  Value one = val_dict(a);
  dict_sets(a, one.dict, n->name, val_int(depth));
  list_push(a, list.list, one);
  for (size_t i = 0; i < n->nneeds; i++)
    if (n->needs[i]->kind == NODE_METRIC)
      add_depths(a, n->needs[i], depth + 1, list);
}
static Value fn_depths(Eval *ev, const Value *v) {
  Value list = val_list(eval_arena(ev), 4);
  add_depths(eval_arena(ev), ((const MetricObj *)v[0].obj)->node, 1, list);
  return list;
}

// clang-format off
const Native metric_methods[] = {
    {"full_metric_dependency",          fn_full,    "self", "the names of all metrics that it is made of"},
    {"base_metric_dependency",          fn_base,    "self", "those of them that are computed from no others"},
    {"derived_metric_dependency",       fn_derived, "self", "those of them that are"},
    {"derived_metric_dependency_depth", fn_depths,  "self", "those, with how deep they lie"},
    {0},
};
// clang-format on

static bool metric_attr(Eval *ev, Object *o, Str name, Value *out) {
  MetricObj *m = (MetricObj *)o;
  Arena *a = eval_arena(ev);
  if (str_is(name, "metric_name"))
    *out = val_str(m->name);
  else if (str_is(name, "package_name"))
    *out = val_text_or_none(m->package);
  if (str_is(name, "metric_name") || str_is(name, "package_name"))
    return true;
  if (!m->node)
    return false;
  if (native_find(a, metric_methods, "metric", name, val_obj(o), out))
    return true;
  if (m->dict.kind == VAL_UNDEF)
    m->dict = node_value(a, context_of(ev)->shared->graph, m->node);
  *out = str_is(name, "node") ? m->dict : val_get(m->dict, name);
  return out->kind != VAL_UNDEF;
}

static void metric_str(const Object *o, Buf *out) { buf_add(out, ((const MetricObj *)o)->name); }
static const ObjectType metric_type = {
    .name = "ResolvedMetricReference", .attr = metric_attr, .str = metric_str};

Value metric_value(Arena *a, Str package, Str name, const Node *found) {
  MetricObj *m = arena_new(a, MetricObj);
  *m = (MetricObj){{&metric_type}, name, package, found, val_undef(NULL)};
  if (found)
    m->package = found->package->name;
  return val_obj(m);
}
