// What templates put into `graph`: packages keep their own data there from one node to the next.
// Each context works on a copy of its own; context_keep() brings what it added, changed and removed
// into the run's copy. In: dicts of two moments. Out: one merged dict that no arena of a node
// holds.
#include "internal.h"

enum { DEEPEST = 100 };

// A copy in `a` of everything that can be copied; other objects become none.
static Value keep(Arena *a, Value v, unsigned depth) {
  if (depth > DEEPEST)
    return val_none();
  if (v.kind == VAL_LIST || v.kind == VAL_TUPLE) {
    Value l = v.kind == VAL_LIST ? val_list(a, v.list->n) : val_tuple(a, v.list->n);
    for (size_t i = 0; i < v.list->n; i++)
      list_push(a, l.list, keep(a, v.list->items[i], depth + 1));
    return l;
  }
  if (v.kind == VAL_DICT || v.kind == VAL_SET) {
    Value d = v.kind == VAL_DICT ? val_dict(a) : val_set(a);
    DictEntry *e;
    for (size_t at = 0; (e = dict_next(v.dict, &at));)
      dict_set(a, d.dict, keep(a, e->key, depth + 1), keep(a, e->value, depth + 1));
    return d;
  }
  if (v.kind == VAL_STR)
    return val_copy(a, v, true);
  if (v.kind == VAL_NONE || v.kind == VAL_BOOL || v.kind == VAL_INT || v.kind == VAL_FLOAT)
    return v;
  if (is_relation(v))
    return relation_obj_value(relation_kept(a, (const RelationObj *)v.obj));
  Value moment;
  return moment_copy(a, v, &moment) ? moment : val_none();
}

// Whether two copies hold the same, as far down as copies go.
static bool alike(Value x, Value y) { return x.kind == y.kind && val_eq(x, y); }

// into: what the run has now; base: what the context began with; now: what it has at its end.
static void merge(Arena *a, Dict *into, const Dict *base, const Dict *now, unsigned depth) {
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(now, &at));) {
    Value *was = base ? dict_get(base, e->key) : NULL, *had = dict_get(into, e->key);
    if (was && alike(*was, e->value))
      continue;
    if (had && had->kind == VAL_DICT && e->value.kind == VAL_DICT && depth < DEEPEST) {
      merge(a, had->dict, was && was->kind == VAL_DICT ? was->dict : NULL, e->value.dict,
            depth + 1);
    } else if (had && had->kind == VAL_LIST && e->value.kind == VAL_LIST && was &&
               was->kind == VAL_LIST && was->list->n <= e->value.list->n) {
      for (size_t i = was->list->n; i < e->value.list->n; i++)
        list_push(a, had->list, keep(a, e->value.list->items[i], 0));
    } else {
      dict_set(a, into, keep(a, e->key, 0), keep(a, e->value, 0));
    }
  }
  for (size_t at = 0; base && (e = dict_next(base, &at));)
    if (!dict_get(now, e->key))
      dict_remove(into, e->key);
}

Value kept_open(Context *c, Value graph) {
  Macros *m = (Macros *)(uintptr_t)c->shared->macros;
  ContextState *s = c->state;
  s->graph = val_dict(c->arena);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(graph.dict, &at));)
    dict_set(c->arena, s->graph.dict, e->key, e->value);
  pthread_mutex_lock(&m->lock);
  bool any = m->kept.kind == VAL_DICT && m->kept.dict->n;
  s->kept_base = any ? keep(c->arena, m->kept, 0) : val_dict(c->arena);
  Value mine = any ? keep(c->arena, m->kept, 0) : s->kept_base;
  pthread_mutex_unlock(&m->lock);
  for (size_t at = 0; any && (e = dict_next(mine.dict, &at));)
    dict_set(c->arena, s->graph.dict, e->key, e->value);
  s->has_graph = true;
  return s->graph;
}

void context_keep(Context *c) {
  ContextState *s = c->state;
  if (!s->has_graph)
    return;
  Macros *m = (Macros *)(uintptr_t)c->shared->macros;
  Value mine = val_dict(c->arena);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(s->graph.dict, &at));)
    if (!dict_get(m->graph.dict, e->key))
      dict_set(c->arena, mine.dict, e->key, e->value);
  if (!mine.dict->n && !s->kept_base.dict->n)
    return;
  pthread_mutex_lock(&m->lock);
  if (m->kept.kind != VAL_DICT)
    m->kept = val_dict(&m->shared);
  merge(&m->shared, m->kept.dict, s->kept_base.dict, mine.dict, 0);
  s->kept_base = keep(c->arena, m->kept, 0);
  pthread_mutex_unlock(&m->lock);
  s->has_graph = false; // the next use sees what others brought meanwhile
}
