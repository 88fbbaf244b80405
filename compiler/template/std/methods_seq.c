// The methods of list, tuple, dict and set, and the views of a dict, as Python 3.11 has them.
#include "../interp.h"
#include "std.h"

#define L(name) static Value l_##name(Eval *ev, Value self, const Args *args)
#define D(name) static Value d_##name(Eval *ev, Value self, const Args *args)
#define S(name) static Value t_##name(Eval *ev, Value self, const Args *args)

static void need_thawed(Eval *ev, bool frozen, const char *what) {
  if (frozen)
    eval_fail_hint(ev, CODE_TEMPLATE_VALUE, STR("change a copy of it: x.copy()"),
                   "this %s belongs to the project and cannot be changed", what);
}

static List *own_list(Eval *ev, Value v) {
  need_thawed(ev, v.list->frozen, "list");
  if (v.list->watch)
    v.list->watch->changes(v.list->watch, NULL);
  return v.list;
}

// The same where items are only put behind the others.
static List *own_list_end(Eval *ev, Value v) {
  Value n = val_int((int64_t)v.list->n);
  need_thawed(ev, v.list->frozen, "list");
  if (v.list->watch)
    v.list->watch->changes(v.list->watch, &n);
  return v.list;
}

static Dict *own_dict(Eval *ev, Value v) {
  need_thawed(ev, v.dict->frozen, v.kind == VAL_SET ? "set" : "dict");
  return v.dict;
}

Value tuple_of(Arena *a, const Value *items, size_t n) {
  Value t = val_tuple(a, n);
  for (size_t i = 0; i < n; i++)
    list_push(a, t.list, items[i]);
  return t;
}

// --- streams
Value stream_new(Arena *a, const ObjectType *t, bool (*next)(Eval *, void *, Value *),
                 void *state) {
  Stream *s = arena_new(a, Stream);
  *s = (Stream){{t}, next, state};
  return val_obj(s);
}

static bool stream_next(Eval *ev, Iter *it, Value *out) {
  Stream *s = it->state;
  eval_check_stack(ev);
  eval_step(ev, 1);
  return s->next && s->next(ev, s->state, out);
}

bool stream_iter(Eval *ev, Object *o, Iter *it) {
  (void)ev;
  *it = (Iter){.next = stream_next, .over = val_obj(o), .left = -1, .state = o};
  return true;
}

static const ObjectType reverse_type = {.name = "list_reverseiterator", .iter = stream_iter};
static const ObjectType reverse_keys_type = {.name = "dict_reversekeyiterator",
                                             .iter = stream_iter};
static const ObjectType reverse_other_type = {.name = "reversed", .iter = stream_iter};

typedef struct Back {
  const List *list;
  size_t left;
} Back;

static bool back_next(Eval *ev, void *state, Value *out) {
  (void)ev;
  Back *b = state;
  if (b->left > b->list->n)
    b->left = 0;
  if (!b->left)
    return false;
  *out = b->list->items[--b->left];
  return true;
}

bool reversed(Eval *ev, Value v, Value *out) {
  bool object = v.kind == VAL_OBJECT &&
                (v.obj->type == &range_type || v.obj->type == &dict_keys_type ||
                 v.obj->type == &dict_values_type || v.obj->type == &dict_items_type ||
                 (v.obj->type->len && v.obj->type->item));
  if (!object && !val_is_seq(v) && v.kind != VAL_STR && v.kind != VAL_DICT && v.kind != VAL_UNDEF)
    return false;
  Back *b = arena_new(eval_arena(ev), Back);
  b->list = val_is_seq(v) ? v.list : ops_list(ev, v).list;
  for (size_t i = 0; v.kind == VAL_STR && i < b->list->n; i++)
    b->list->items[i].flags |= v.flags & VAL_SAFE;
  b->left = b->list->n;
  const ObjectType *type = v.kind == VAL_LIST   ? &reverse_type
                           : v.kind == VAL_DICT ? &reverse_keys_type
                                                : &reverse_other_type;
  *out = stream_new(eval_arena(ev), type, back_next, b);
  return true;
}

// --- list
L(append) {
  args_positional(ev, "list.append", args, 1, 1);
  eval_step(ev, 1);
  list_push(eval_arena(ev), own_list_end(ev, self), args->pos[0]);
  return val_none();
}

L(extend) {
  args_positional(ev, "list.extend", args, 1, 1);
  List *l = own_list_end(ev, self);
  Value more = ops_list(ev, args->pos[0]);
  eval_step(ev, more.list->n);
  for (size_t i = 0; i < more.list->n; i++)
    list_push(eval_arena(ev), l, more.list->items[i]);
  return val_none();
}

static size_t clamp(int64_t i, size_t n) {
  if (i < 0)
    i = i + (int64_t)n < 0 ? 0 : i + (int64_t)n;
  return i > (int64_t)n ? n : (size_t)i;
}

L(insert) {
  args_positional(ev, "list.insert", args, 2, 2);
  List *l = own_list(ev, self);
  eval_step(ev, 1);
  list_insert(eval_arena(ev), l, clamp(need_index(ev, args->pos[0]), l->n), args->pos[1]);
  return val_none();
}

L(remove) {
  args_positional(ev, "list.remove", args, 1, 1);
  List *l = own_list(ev, self);
  for (size_t i = 0; i < l->n; i++)
    if (val_eq(l->items[i], args->pos[0])) {
      list_remove(l, i);
      return val_none();
    }
  eval_fail(ev, "list.remove(x): x not in list");
}

L(pop) {
  args_positional(ev, "list.pop", args, 0, 1);
  List *l = own_list(ev, self);
  int64_t i = need_index(ev, arg_or(args, 0, val_int(-1)));
  if (!l->n)
    eval_fail(ev, "pop from empty list");
  if (i < 0)
    i += (int64_t)l->n;
  if (i < 0 || i >= (int64_t)l->n)
    eval_fail(ev, "pop index out of range");
  Value v = l->items[i];
  list_remove(l, (size_t)i);
  return v;
}

L(clear) {
  args_positional(ev, "list.clear", args, 0, 0);
  own_list(ev, self)->n = 0;
  return val_none();
}

L(copy) {
  args_positional(ev, "list.copy", args, 0, 0);
  Value r = val_list(eval_arena(ev), self.list->n);
  for (size_t i = 0; i < self.list->n; i++)
    list_push(eval_arena(ev), r.list, self.list->items[i]);
  return r;
}

L(reverse) {
  args_positional(ev, "list.reverse", args, 0, 0);
  List *l = own_list(ev, self);
  for (size_t i = 0, j = l->n; i + 1 < j; i++) {
    Value t = l->items[i];
    l->items[i] = l->items[--j];
    l->items[j] = t;
  }
  return val_none();
}

L(sort) {
  List *l = own_list(ev, self);
  if (args->npos)
    eval_fail(ev, "sort() takes no positional arguments");
  Value v[2] = {val_none(), val_bool(false)};
  args_bind(ev, "sort", args, PARAMS("key", "reverse"), 2, 0, v);
  // Sorted aside, so that a key function that looks at the list does no harm.
  Value copy = l_copy(ev, self, &(Args){0});
  Value *keys = NULL;
  if (v[0].kind != VAL_NONE) {
    keys = arena_alloc(eval_arena(ev), (copy.list->n + 1) * sizeof *keys);
    for (size_t i = 0; i < copy.list->n; i++)
      keys[i] = eval_call(ev, v[0], &(Args){.pos = &copy.list->items[i], .npos = 1});
  }
  sort_values(ev, copy.list->items, keys, copy.list->n, val_truth(v[1]), false);
  l->n = 0;
  for (size_t i = 0; i < copy.list->n; i++)
    list_push(eval_arena(ev), l, copy.list->items[i]);
  return val_none();
}

L(count) {
  args_positional(ev, "count", args, 1, 1);
  int64_t n = 0;
  for (size_t i = 0; i < self.list->n; i++)
    n += val_eq(self.list->items[i], args->pos[0]);
  return val_int(n);
}

L(index) {
  args_positional(ev, "index", args, 1, 3);
  size_t n = self.list->n, from = clamp(need_index(ev, arg_or(args, 1, val_int(0))), n),
         to = clamp(need_index(ev, arg_or(args, 2, val_int(INT64_MAX))), n);
  for (size_t i = from; i < to; i++)
    if (val_eq(self.list->items[i], args->pos[0]))
      return val_int((int64_t)i);
  if (self.kind == VAL_TUPLE)
    eval_fail(ev, "tuple.index(x): x not in tuple");
  Buf b = {.arena = eval_arena(ev)};
  val_repr(&b, args->pos[0]);
  eval_fail(ev, "%.*s is not in list", STR_ARG(buf_str(&b)));
}

const Method list_methods[] = {
    {"append",  l_append },
    {"clear",   l_clear  },
    {"copy",    l_copy   },
    {"count",   l_count  },
    {"extend",  l_extend },
    {"index",   l_index  },
    {"insert",  l_insert },
    {"pop",     l_pop    },
    {"remove",  l_remove },
    {"reverse", l_reverse},
    {"sort",    l_sort   },
    {NULL,      NULL     },
};
const Method tuple_methods[] = {
    {"count", l_count},
    {"index", l_index},
    {NULL,    NULL   }
};

// --- dict
static void set_entry(Eval *ev, Dict *d, Value key, Value v) {
  ops_need_hashable(ev, key);
  eval_step(ev, 1);
  dict_set(eval_arena(ev), d, key, v);
}

static void fill_pairs(Eval *ev, Dict *d, Value pairs) {
  Iter it;
  Value item;
  ops_iter(ev, pairs, &it);
  for (size_t i = 0; iter_next(ev, &it, &item); i++) {
    Value probe = item;
    if (item.kind != VAL_STR && !val_is_seq(item) && item.kind != VAL_DICT &&
        item.kind != VAL_OBJECT && item.kind != VAL_SET)
      eval_fail(ev, "cannot convert dictionary update sequence element #%zu to a sequence", i);
    probe = ops_list(ev, item);
    if (probe.list->n != 2)
      eval_fail(ev, "dictionary update sequence element #%zu has length %zu; 2 is required", i,
                probe.list->n);
    set_entry(ev, d, probe.list->items[0], probe.list->items[1]);
  }
}

void dict_fill(Eval *ev, Dict *d, const char *fname, const Args *args) {
  if (args->npos > 1)
    eval_fail(ev, "%s expected at most 1 argument, got %zu", fname, args->npos);
  if (args->npos && args->pos[0].kind == VAL_UNDEF)
    ops_undef_fail(ev, args->pos[0]);
  if (args->npos && args->pos[0].kind == VAL_DICT) {
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(args->pos[0].dict, &at));)
      set_entry(ev, d, e->key, e->value);
  } else if (args->npos) {
    fill_pairs(ev, d, args->pos[0]);
  }
  for (size_t i = 0; i < args->nkw; i++)
    dict_sets(eval_arena(ev), d, args->kw[i].name, args->kw[i].value);
}

// Whether update() with these arguments would leave the dict as it is.
static bool changes_nothing(const Dict *d, const Args *args) {
  if (args->nkw || args->npos != 1 || args->pos[0].kind != VAL_DICT)
    return false;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(args->pos[0].dict, &at));) {
    const Value *had = dict_get(d, e->key);
    if (!had || had->kind != e->value.kind || !val_eq(*had, e->value))
      return false;
  }
  return true;
}

D(update) {
  if (self.dict->frozen && changes_nothing(self.dict, args))
    return val_none();
  dict_fill(ev, own_dict(ev, self), "update", args);
  return val_none();
}

D(get) {
  args_positional(ev, "dict.get", args, 1, 2);
  ops_need_hashable(ev, args->pos[0]);
  Value *v = dict_get(self.dict, args->pos[0]);
  return v ? *v : arg_or(args, 1, val_none());
}

static _Noreturn void key_error(Eval *ev, Value key) {
  Buf b = {.arena = eval_arena(ev)};
  val_repr(&b, key);
  eval_fail(ev, "KeyError: %.*s", STR_ARG(buf_str(&b)));
}

D(pop) {
  args_positional(ev, "dict.pop", args, 1, 2);
  Dict *d = own_dict(ev, self);
  ops_need_hashable(ev, args->pos[0]);
  Value *v = dict_get(d, args->pos[0]);
  if (!v && args->npos < 2)
    key_error(ev, args->pos[0]);
  if (!v)
    return args->pos[1];
  Value r = *v;
  dict_remove(d, args->pos[0]);
  return r;
}

D(popitem) {
  args_positional(ev, "dict.popitem", args, 0, 0);
  Dict *d = own_dict(ev, self);
  if (!d->n)
    eval_fail(ev, "KeyError: 'popitem(): dictionary is empty'");
  size_t i = d->used;
  while (!dict_live(&d->entries[i - 1]))
    i--;
  Value kv[2] = {d->entries[i - 1].key, d->entries[i - 1].value};
  dict_remove(d, kv[0]);
  return tuple_of(eval_arena(ev), kv, 2);
}

D(setdefault) {
  args_positional(ev, "dict.setdefault", args, 1, 2);
  ops_need_hashable(ev, args->pos[0]);
  Value *v = dict_get(self.dict, args->pos[0]), other = arg_or(args, 1, val_none());
  if (v)
    return *v;
  set_entry(ev, own_dict(ev, self), args->pos[0], other);
  return other;
}

D(clear) {
  args_positional(ev, "clear", args, 0, 0);
  Dict *d = own_dict(ev, self);
  size_t at = 0;
  for (DictEntry *e; d->watch && (e = dict_next(d, &at));)
    d->watch->changes(d->watch, &e->key);
  *d = (Dict){.watch = d->watch};
  return val_none();
}

D(copy) {
  args_positional(ev, "copy", args, 0, 0);
  Value r = self.kind == VAL_SET ? val_set(eval_arena(ev)) : val_dict(eval_arena(ev));
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(self.dict, &at));)
    dict_set(eval_arena(ev), r.dict, e->key, e->value);
  return r;
}

D(fromkeys) {
  (void)self;
  args_positional(ev, "fromkeys", args, 1, 2);
  Value r = val_dict(eval_arena(ev)), key;
  Iter it;
  ops_iter(ev, args->pos[0], &it);
  while (iter_next(ev, &it, &key))
    set_entry(ev, r.dict, key, arg_or(args, 1, val_none()));
  return r;
}

D(items) {
  args_positional(ev, "dict.items", args, 0, 0);
  return dict_view(eval_arena(ev), self.dict, "items");
}
D(keys) {
  args_positional(ev, "dict.keys", args, 0, 0);
  return dict_view(eval_arena(ev), self.dict, "keys");
}
D(values) {
  args_positional(ev, "dict.values", args, 0, 0);
  return dict_view(eval_arena(ev), self.dict, "values");
}

const Method dict_methods[] = {
    {"clear",      d_clear     },
    {"copy",       d_copy      },
    {"fromkeys",   d_fromkeys  },
    {"get",        d_get       },
    {"items",      d_items     },
    {"keys",       d_keys      },
    {"pop",        d_pop       },
    {"popitem",    d_popitem   },
    {"setdefault", d_setdefault},
    {"update",     d_update    },
    {"values",     d_values    },
    {NULL,         NULL        },
};

// --- views
typedef struct View {
  Object object;
  Dict *dict;
} View;

static Value view_item(Arena *a, const ObjectType *t, const DictEntry *e) {
  if (t == &dict_keys_type)
    return e->key;
  if (t == &dict_values_type)
    return e->value;
  return tuple_of(a, (Value[]){e->key, e->value}, 2);
}

static bool view_next(Eval *ev, Iter *it, Value *out) {
  View *v = it->state;
  if ((int64_t)v->dict->n != it->left)
    eval_fail(ev, "dictionary changed size during iteration");
  DictEntry *e = dict_next(v->dict, &it->at);
  if (!e)
    return false;
  *out = view_item(eval_arena(ev), v->object.type, e);
  return true;
}

static bool view_iter(Eval *ev, Object *o, Iter *it) {
  (void)ev;
  *it = (Iter){
      .next = view_next, .over = val_obj(o), .left = (int64_t)((View *)o)->dict->n, .state = o};
  return true;
}

static void view_repr(const Object *o, Buf *out) {
  const View *v = (const View *)o;
  Arena a = {0};
  Value l = val_list(&a, v->dict->n);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v->dict, &at));)
    list_push(&a, l.list, view_item(&a, o->type, e));
  buf_addf(out, "%s(", o->type->name);
  val_repr(out, l);
  buf_addc(out, ')');
  arena_free(&a);
}

static int64_t view_len(const Object *o) { return (int64_t)((const View *)o)->dict->n; }

static bool view_eq(const Object *o, Value other) {
  if (other.kind == VAL_OBJECT && other.obj == o)
    return true;
  const Dict *d = ((const View *)o)->dict;
  bool keys = o->type == &dict_keys_type;
  if (other.kind == VAL_SET && keys) {
    size_t at = 0, same = 0;
    for (DictEntry *e; (e = dict_next(d, &at));)
      same += dict_get(other.dict, e->key) != NULL;
    return same == d->n && d->n == other.dict->n;
  }
  if (other.kind != VAL_OBJECT || other.obj->type != o->type || o->type == &dict_values_type)
    return false;
  const Dict *x = ((const View *)other.obj)->dict;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));) {
    Value *v = dict_get(x, e->key);
    if (!v || (!keys && !val_eq(*v, e->value)))
      return false;
  }
  return d->n == x->n;
}

static bool view_contains(Eval *ev, Object *o, Value v) {
  const Dict *d = ((View *)o)->dict;
  if (o->type == &dict_keys_type) {
    ops_need_hashable(ev, v);
    return dict_get(d, v) != NULL;
  }
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));)
    if (val_eq(view_item(eval_arena(ev), o->type, e), v))
      return true;
  return false;
}

// keys() - other, items() - other: the only set operator that templates can spell.
static bool view_binary(Eval *ev, const char *op, Value l, Value r, Value *out) {
  if (strcmp(op, "-") != 0 || l.kind != VAL_OBJECT ||
      (l.obj->type != &dict_keys_type && l.obj->type != &dict_items_type))
    return false;
  Value items = ops_list(ev, l), drop = ops_list(ev, r);
  *out = val_set(eval_arena(ev));
  for (size_t i = 0; i < items.list->n; i++) {
    bool there = false;
    for (size_t j = 0; j < drop.list->n && !there; j++)
      there = val_eq(items.list->items[i], drop.list->items[j]);
    if (!there)
      set_entry(ev, out->dict, items.list->items[i], val_none());
  }
  return true;
}

static bool view_attr(Eval *ev, Object *o, Str name, Value *out) {
  if (!str_is(name, "mapping"))
    return false;
  (void)ev;
  *out = (Value){.kind = VAL_DICT, .dict = ((View *)o)->dict};
  return true;
}

#define VIEW(which)                                                                                \
  const ObjectType dict_##which##_type = {.name = "dict_" #which,                                  \
                                          .attr = view_attr,                                       \
                                          .iter = view_iter,                                       \
                                          .repr = view_repr,                                       \
                                          .len = view_len,                                         \
                                          .eq = view_eq,                                           \
                                          .contains = view_contains,                               \
                                          .binary = view_binary}
VIEW(keys);
VIEW(values);
VIEW(items);

Value dict_view(Arena *a, Dict *d, const char *which) {
  View *v = arena_new(a, View);
  v->object.type = *which == 'k'   ? &dict_keys_type
                   : *which == 'v' ? &dict_values_type
                                   : &dict_items_type;
  v->dict = d;
  return val_obj(v);
}

// --- set
S(add) {
  args_positional(ev, "set.add", args, 1, 1);
  Dict *d = own_dict(ev, self);
  if (!dict_get(d, args->pos[0]))
    set_entry(ev, d, args->pos[0], val_none());
  return val_none();
}

S(discard) {
  args_positional(ev, "set.discard", args, 1, 1);
  ops_need_hashable(ev, args->pos[0]);
  dict_remove(own_dict(ev, self), args->pos[0]);
  return val_none();
}

S(remove) {
  args_positional(ev, "set.remove", args, 1, 1);
  ops_need_hashable(ev, args->pos[0]);
  if (!dict_remove(own_dict(ev, self), args->pos[0]))
    key_error(ev, args->pos[0]);
  return val_none();
}

S(pop) {
  args_positional(ev, "set.pop", args, 0, 0);
  Dict *d = own_dict(ev, self);
  size_t at = 0;
  DictEntry *e = dict_next(d, &at);
  if (!e)
    eval_fail(ev, "KeyError: 'pop from an empty set'");
  Value v = e->key;
  dict_remove(d, v);
  return v;
}

static Value as_set(Eval *ev, Value v) {
  if (v.kind == VAL_SET)
    return v;
  Value r = val_set(eval_arena(ev)), item;
  Iter it;
  ops_iter(ev, v, &it);
  while (iter_next(ev, &it, &item))
    set_entry(ev, r.dict, item, val_none());
  return r;
}

// Keeps in d what is (not) in other.
static void keep(Dict *d, const Dict *other, bool wanted) {
  for (size_t i = 0; i < d->used; i++)
    if (dict_live(&d->entries[i]) && (dict_get(other, d->entries[i].key) != NULL) != wanted)
      dict_remove(d, d->entries[i].key);
}

static void merge(Eval *ev, Dict *d, const Dict *other) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(other, &at));)
    if (!dict_get(d, e->key))
      set_entry(ev, d, e->key, val_none());
}

typedef enum SetOp { UNION, INTERSECTION, DIFFERENCE, SYMMETRIC } SetOp;

static void combine(Eval *ev, Value into, const Args *args, SetOp op) {
  for (size_t i = 0; i < args->npos; i++) {
    Value other = d_copy(ev, as_set(ev, args->pos[i]), &(Args){0});
    if (op == UNION) {
      merge(ev, into.dict, other.dict);
    } else if (op != SYMMETRIC) {
      keep(into.dict, other.dict, op == INTERSECTION);
    } else {
      Value mine = d_copy(ev, into, &(Args){0});
      keep(into.dict, other.dict, false);
      keep(other.dict, mine.dict, false);
      merge(ev, into.dict, other.dict);
    }
  }
}

static Value set_op(Eval *ev, Value self, const Args *args, const char *name, SetOp op,
                    bool place) {
  size_t most = op == SYMMETRIC ? 1 : SIZE_MAX;
  args_positional(ev, name, args, op == SYMMETRIC, most);
  if (place)
    own_dict(ev, self);
  Value into = place ? self : d_copy(ev, self, &(Args){0});
  combine(ev, into, args, op);
  return place ? val_none() : into;
}

S(union) { return set_op(ev, self, args, "set.union", UNION, false); }
S(update) { return set_op(ev, self, args, "set.update", UNION, true); }
S(intersection) { return set_op(ev, self, args, "set.intersection", INTERSECTION, false); }
S(intersection_update) {
  return set_op(ev, self, args, "set.intersection_update", INTERSECTION, true);
}
S(difference) { return set_op(ev, self, args, "set.difference", DIFFERENCE, false); }
S(difference_update) { return set_op(ev, self, args, "set.difference_update", DIFFERENCE, true); }
S(symmetric_difference) {
  return set_op(ev, self, args, "set.symmetric_difference", SYMMETRIC, false);
}
S(symmetric_difference_update) {
  return set_op(ev, self, args, "set.symmetric_difference_update", SYMMETRIC, true);
}

S(issubset) {
  args_positional(ev, "set.issubset", args, 1, 1);
  return val_bool(dict_within(self.dict, as_set(ev, args->pos[0]).dict));
}
S(issuperset) {
  args_positional(ev, "set.issuperset", args, 1, 1);
  return val_bool(dict_within(as_set(ev, args->pos[0]).dict, self.dict));
}
S(isdisjoint) {
  args_positional(ev, "set.isdisjoint", args, 1, 1);
  Value copy = d_copy(ev, self, &(Args){0});
  keep(copy.dict, as_set(ev, args->pos[0]).dict, true);
  return val_bool(!copy.dict->n);
}

const Method set_methods[] = {
    {"add",                         t_add                        },
    {"clear",                       d_clear                      },
    {"copy",                        d_copy                       },
    {"difference",                  t_difference                 },
    {"difference_update",           t_difference_update          },
    {"discard",                     t_discard                    },
    {"intersection",                t_intersection               },
    {"intersection_update",         t_intersection_update        },
    {"isdisjoint",                  t_isdisjoint                 },
    {"issubset",                    t_issubset                   },
    {"issuperset",                  t_issuperset                 },
    {"pop",                         t_pop                        },
    {"remove",                      t_remove                     },
    {"symmetric_difference",        t_symmetric_difference       },
    {"symmetric_difference_update", t_symmetric_difference_update},
    {"union",                       t_union                      },
    {"update",                      t_update                     },
    {NULL,                          NULL                         },
};
