// What templates put into `graph`: packages keep their own data there from one node to the next.
// In: the changes that templates make. Out: a `graph` for each context that holds what the contexts
// before it kept.
//
// Each change that a context made is recorded once, as the path to a dict or list and what became
// of it there. A context works on a copy that no other has meanwhile; copies are used again, and
// catch up with the changes recorded since, so that a node costs as much as it changes, however
// much is kept already. Which dicts and lists of a copy changed is told by their watches.
#include "kept.h"

#include "macros_parts.h"
#include "relation.h"

#include "../base/work.h"
#include "../graph/manifest_node.h"

enum { DEEPEST = 100, MOST = 1000 * 1000 };

// One change. key undefined: `value` is a list whose items are put behind those of the list there;
// else value undefined: the key is removed.
typedef struct Change {
  struct Change *next;
  const Value *path; // keys from `graph` on
  size_t npath;
  Value key, value;
  bool fresh; // the context knew nothing under that key: what another put there is kept with it
} Change;

// A dict, set or list of a copy.
typedef struct Mark {
  Watcher watch;
  struct Mark *up; // NULL: `graph` itself
  Value key;       // in `up`
  Value self;
  struct Mark *whole; // the outermost list or tuple that it is in or is; NULL: in dicts alone
  struct KeptCopy *copy;
  const void *items, *slots; // its arrays in the copy's arena
  // What the context changed:
  struct Mark *next; // in copy->changed
  bool listed;
  bool replaced; // of a list: more than items put behind the others
  size_t had;    // of a list: how many items it had
  Dict *keys;    // of a dict: what was under each key, undefined: nothing
} Mark;

// What one context after the other works on.
typedef struct KeptCopy {
  struct KeptCopy *next_free, *next;
  Arena arena;
  Mark root;      // of a dict; the context sees its entries in a `graph` of its own
  Change *seen;   // the last change that it has; NULL: none
  Arena *used_by; // the arena of the context that works on it; NULL: none
  Mark *changed;
} KeptCopy;

// All of a run, guarded by Macros.lock.
typedef struct Keeping {
  Change *first, *last;
  KeptCopy *copies, *free;
} Keeping;

// --- values
// Where changes are recorded, and how many values they may still have together: lists that are in
// two places each are so many that nothing has room for them.
typedef struct Record {
  Arena *arena;
  Keeping *keeping;
  size_t left;
  bool lost; // something held itself, or was too much, and is not kept
} Record;

// A copy of everything that can be copied; other objects become none.
static Value keep(Record *r, Value v, unsigned depth) {
  Arena *a = r->arena;
  if (depth > DEEPEST || !r->left) {
    r->lost = true;
    r->left = 0;
    return val_none();
  }
  r->left--;
  if (v.kind == VAL_LIST || v.kind == VAL_TUPLE) {
    Value l = v.kind == VAL_LIST ? val_list(a, v.list->n) : val_tuple(a, v.list->n);
    for (size_t i = 0; i < v.list->n; i++)
      list_push(a, l.list, keep(r, v.list->items[i], depth + 1));
    return l;
  }
  if (v.kind == VAL_DICT || v.kind == VAL_SET) {
    Value d = v.kind == VAL_DICT ? val_dict(a) : val_set(a);
    DictEntry *e;
    for (size_t at = 0; (e = dict_next(v.dict, &at));)
      dict_set(a, d.dict, keep(r, e->key, depth + 1), keep(r, e->value, depth + 1));
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

// --- marks
// A template is about to change what a mark stands for.
static void changes(Watcher *w, const Value *key) {
  Mark *m = (Mark *)w;
  KeptCopy *c = m->copy;
  if (!c->used_by)
    return; // it is the copy itself that changes
  bool behind = m->whole == m && key;
  if (m->whole)
    m = m->whole;
  if (!m->listed) {
    m->listed = true;
    m->replaced = false;
    m->had = m->whole ? m->self.list->n : 0;
    m->keys = m->whole ? NULL : val_dict(c->used_by).dict;
    m->next = c->changed;
    c->changed = m;
  }
  if (m->whole) {
    m->replaced |= !behind;
  } else if (!dict_get(m->keys, *key)) {
    DictEntry *e = dict_entry(m->self.dict, *key);
    dict_set(c->used_by, m->keys, e ? e->key : *key, e ? e->value : val_undef(NULL));
  }
}

// Notes where the arrays of a list or dict are.
static void note_arrays(Mark *m) {
  bool list = val_is_seq(m->self);
  m->items = list ? (void *)m->self.list->items : (void *)m->self.dict->entries;
  m->slots = list ? NULL : m->self.dict->slots;
}

// Brings arrays that grew in a context's arena into the copy's.
static void own_arrays(Mark *m) {
  Arena *a = &m->copy->arena;
  if (val_is_seq(m->self)) {
    List *l = m->self.list;
    if (l->items != m->items) {
      Value *items = arena_alloc(a, l->cap * sizeof *items);
      memcpy(items, l->items, l->n * sizeof *items);
      l->items = items;
    }
  } else {
    Dict *d = m->self.dict;
    if (d->used && d->entries != m->items) {
      DictEntry *entries = arena_alloc(a, d->cap * sizeof *entries);
      memcpy(entries, d->entries, d->used * sizeof *entries);
      d->entries = entries;
    }
    if (d->slots && d->slots != m->slots) {
      uint32_t *slots = arena_alloc(a, d->nslots * sizeof *slots);
      memcpy(slots, d->slots, d->nslots * sizeof *slots);
      d->slots = slots;
    }
    if (!d->used && d->entries != m->items) // emptied, and perhaps grown since
      *d = (Dict){.watch = d->watch};
  }
  note_arrays(m);
}

// A copy of a recorded value with marks on all its lists and dicts. Texts and objects are shared.
static Value marked(KeptCopy *c, Mark *up, Value key, Value v) {
  bool seq = val_is_seq(v);
  if (!seq && v.kind != VAL_DICT && v.kind != VAL_SET)
    return v;
  Mark *m = arena_new(&c->arena, Mark);
  *m = (Mark){.watch = {changes}, .up = up, .key = key, .copy = c};
  m->whole = up->whole ? up->whole : seq ? m : NULL;
  if (seq) {
    m->self = v.kind == VAL_LIST ? val_list(&c->arena, v.list->n) : val_tuple(&c->arena, v.list->n);
    for (size_t i = 0; i < v.list->n; i++)
      list_push(&c->arena, m->self.list, marked(c, m, val_int((int64_t)i), v.list->items[i]));
    m->self.list->watch = &m->watch;
  } else {
    m->self = v.kind == VAL_DICT ? val_dict(&c->arena) : val_set(&c->arena);
    DictEntry *e;
    for (size_t at = 0; (e = dict_next(v.dict, &at));)
      dict_set(&c->arena, m->self.dict, e->key, marked(c, m, e->key, e->value));
    m->self.dict->watch = &m->watch;
  }
  note_arrays(m);
  return m->self;
}

// --- catching up
static void put_behind(KeptCopy *c, Mark *m, const List *more) {
  for (size_t i = 0; i < more->n; i++)
    list_push(&c->arena, m->self.list,
              marked(c, m, val_int((int64_t)m->self.list->n), more->items[i]));
  note_arrays(m);
}

static void put(KeptCopy *c, Mark *m, Value key, Value v, bool fresh) {
  DictEntry *e = dict_entry(m->self.dict, key);
  Value had = e ? e->value : val_undef(NULL);
  if (fresh && had.kind == VAL_DICT && v.kind == VAL_DICT) {
    DictEntry *each;
    for (size_t at = 0; (each = dict_next(v.dict, &at));)
      put(c, (Mark *)had.dict->watch, each->key, each->value, true);
  } else if (fresh && had.kind == VAL_LIST && v.kind == VAL_LIST) {
    put_behind(c, (Mark *)had.list->watch, v.list);
  } else {
    dict_set(&c->arena, m->self.dict, key, marked(c, m, key, v));
    dict_entry(m->self.dict, key)->key = key; // the one before may be of a context's arena
    note_arrays(m);
  }
}

static void apply(KeptCopy *c, const Change *ch) {
  Mark *m = &c->root;
  for (size_t i = 0; i < ch->npath; i++) {
    Value *next = m->self.kind == VAL_DICT ? dict_get(m->self.dict, ch->path[i]) : NULL;
    if (!next || (next->kind != VAL_DICT && next->kind != VAL_SET && next->kind != VAL_LIST))
      return; // another replaced it meanwhile
    m = (Mark *)(next->kind == VAL_LIST ? next->list->watch : next->dict->watch);
  }
  bool list = m->self.kind == VAL_LIST;
  if (list != (ch->key.kind == VAL_UNDEF))
    return;
  if (list)
    put_behind(c, m, ch->value.list);
  else if (ch->value.kind == VAL_UNDEF)
    dict_remove(m->self.dict, ch->key);
  else
    put(c, m, ch->key, ch->value, ch->fresh);
}

static void catch_up(Keeping *k, KeptCopy *c) {
  for (Change *ch = c->seen ? c->seen->next : k->first; ch; ch = ch->next) {
    apply(c, ch);
    c->seen = ch;
  }
}

// --- recording
// Nothing, once something is lost: a part of it would be a value that nobody made.
static void record(Record *r, const Mark *m, Change change) {
  if (r->lost)
    return;
  Arena *a = r->arena;
  Keeping *k = r->keeping;
  Change *ch = arena_new(a, Change);
  *ch = change;
  for (const Mark *at = m; at->up; at = at->up)
    ch->npath++;
  Value *path = arena_alloc(a, ch->npath * sizeof *path);
  size_t i = ch->npath;
  for (const Mark *at = m; at->up; at = at->up)
    path[--i] = keep(r, at->key, 0);
  ch->path = path;
  if (k->last)
    k->last->next = ch;
  else
    k->first = ch;
  k->last = ch;
}

// Whether what the mark stands for is still where it was, in the context's `graph`.
static bool is_in_place(const Mark *m, const Dict *graph) {
  if (!m->up)
    return true;
  if (!is_in_place(m->up, graph))
    return false;
  const Value *v = dict_get(m->up->up ? m->up->self.dict : graph, m->key);
  return v && v->kind == m->self.kind && v->dict == m->self.dict;
}

static void record_items(Record *r, const Mark *m, const List *now) {
  List more = {.items = now->items + m->had, .n = now->n - m->had};
  Value v = {.kind = VAL_LIST, .list = &more};
  if (more.n)
    record(r, m, (Change){.key = val_undef(NULL), .value = keep(r, v, 0)});
}

// What of `was`, undefined for nothing, became `now` under a key; a dict that took the place of
// another is compared with it, so that what others do to that one stays.
static void record_key(Record *r, const Mark *m, Value key, Value was, const Value *now) {
  if (!now || was.kind != now->kind || (was.kind != VAL_DICT && was.kind != VAL_LIST)) {
    if (now && was.kind == now->kind && val_eq(was, *now))
      return;
    Change ch = {.key = keep(r, key, 0), .fresh = was.kind == VAL_UNDEF};
    ch.value = now ? keep(r, *now, 0) : val_undef(NULL);
    record(r, m, ch);
    return;
  }
  if (was.dict == now->dict)
    return; // what changed in it is recorded with its own mark
  Mark *old = (Mark *)(was.kind == VAL_DICT ? was.dict->watch : was.list->watch);
  if (was.kind == VAL_LIST) {
    old->had = old->listed ? old->had : was.list->n;
    if (now->list->n >= old->had)
      record_items(r, old, now->list);
    else
      record(r, m, (Change){.key = keep(r, key, 0), .value = keep(r, *now, 0)});
    return;
  }
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(now->dict, &at));) {
    const Value *had = dict_get(was.dict, e->key);
    record_key(r, old, e->key, had ? *had : val_undef(NULL), &e->value);
  }
  for (size_t at = 0; (e = dict_next(was.dict, &at));)
    if (!dict_get(now->dict, e->key))
      record_key(r, old, e->key, e->value, NULL);
}

static void record_keys(Record *r, const Mark *m, const Dict *now, const Dict *others) {
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(m->keys, &at));)
    if (!others || !dict_get(others, e->key))
      record_key(r, m, e->key, e->value, dict_get(now, e->key));
}

static void record_list(Record *r, const Mark *m) {
  if (m->replaced)
    record(r, m->up, (Change){.key = keep(r, m->key, 0), .value = keep(r, m->self, 0)});
  else
    record_items(r, m, m->self.list);
}

// Takes back what the context changed, so that the copy gets it in its order among what others did.
static void take_back(Mark *m) {
  m->listed = false;
  if (!m->up)
    return; // it was done to the context's own dict
  if (m->whole) {
    if (!m->replaced)
      m->self.list->n = m->had;
    own_arrays(m);
    return;
  }
  Dict *d = m->self.dict;
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(m->keys, &at));)
    if (e->value.kind == VAL_UNDEF) {
      dict_remove(d, e->key);
    } else {
      dict_set(&m->copy->arena, d, e->key, e->value);
      dict_entry(d, e->key)->key = e->key; // the text may be of the context's arena
    }
  own_arrays(m);
}

static KeptCopy *new_copy(Macros *m) {
  KeptCopy *c = arena_new(&m->shared, KeptCopy);
  c->root = (Mark){.watch = {changes}, .self = val_dict(&c->arena), .copy = c};
  c->next = m->keeping->copies;
  m->keeping->copies = c;
  return c;
}

Value kept_open(Context *c, Value graph) {
  Macros *m = (Macros *)(uintptr_t)c->shared->macros;
  ContextState *s = c->state;
  s->graph = val_dict(c->arena);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(graph.dict, &at));)
    dict_set(c->arena, s->graph.dict, e->key, e->value);
  Work *work = work_lock(&m->lock);
  if (!m->keeping)
    m->keeping = arena_new(&m->shared, Keeping);
  KeptCopy *copy = m->keeping->free;
  if (copy)
    m->keeping->free = copy->next_free;
  else
    copy = new_copy(m);
  catch_up(m->keeping, copy);
  work_unlock(&m->lock, work);
  for (size_t at = 0; (e = dict_next(copy->root.self.dict, &at));)
    dict_set(c->arena, s->graph.dict, e->key, e->value);
  copy->used_by = c->arena;
  s->graph.dict->watch = &copy->root.watch;
  s->kept = copy;
  s->has_graph = true;
  return s->graph;
}

void context_keep(Context *c) {
  ContextState *s = c->state;
  if (!s->has_graph)
    return;
  Macros *m = (Macros *)(uintptr_t)c->shared->macros;
  KeptCopy *copy = s->kept;
  Dict *graph = s->graph.dict;
  graph->watch = NULL;
  copy->used_by = NULL;
  Record r = {.arena = &m->shared, .keeping = m->keeping, .left = MOST};
  Work *work = work_lock(&m->lock);
  for (Mark *at = copy->changed; at; at = at->next) {
    if (!is_in_place(at, graph))
      continue;
    if (at->whole)
      record_list(&r, at);
    else
      record_keys(&r, at, at->up ? at->self.dict : graph,
                  at->up ? NULL : m->graph.dict); // the project's own stays as it is
  }
  for (Mark *at = copy->changed; at; at = at->next)
    take_back(at);
  copy->changed = NULL;
  catch_up(m->keeping, copy);
  copy->next_free = m->keeping->free;
  m->keeping->free = copy;
  work_unlock(&m->lock, work);
  s->has_graph = false; // the next use sees what others brought meanwhile
  if (r.lost && c->shared->warn)
    c->shared->warn(c->shared->data, c->node, NULL, (Span){0},
                    STR("what the template put into `graph` nests without end, or has more than a "
                        "million values: it is not kept for other nodes"));
}

void kept_free(Macros *m) {
  for (KeptCopy *c = m->keeping ? m->keeping->copies : NULL; c; c = c->next)
    arena_free(&c->arena);
}

// Built once for all contexts of a run, on first use; empty while the project is being parsed. A
// context gets a dict of its own over it, for what templates put there.
Value graph_value(Context *c) {
  const Graph *g = c->shared->graph;
  if (c->kind == CONTEXT_PARSE || c->kind == CONTEXT_NAMES || !g)
    return val_dict(c->arena);
  if (c->state->has_graph)
    return c->state->graph;
  Macros *m = (Macros *)(uintptr_t)c->shared->macros; // its cached part has a lock of its own
  Work *work = work_lock(&m->lock);
  if (m->graph_of != g) {
    m->graph = graph_as_value(&m->shared, g);
    m->graph_of = g;
  }
  Value v = m->graph;
  work_unlock(&m->lock, work);
  return kept_open(c, v);
}
