// The methods of list, tuple, dict and set, and the views of a dict, as Python 3.11 has them.
#include "methods_seq.h"

#include "../interp.h"
#include "../ops_access.h"
#include "std.h"

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
static Value l_append(Eval *ev, const Value *v) {
  eval_step(ev, 1);
  list_push(eval_arena(ev), own_list_end(ev, v[0]), v[1]);
  return val_none();
}

static Value l_extend(Eval *ev, const Value *v) {
  List *l = own_list_end(ev, v[0]);
  Value more = ops_list(ev, v[1]);
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

static Value l_insert(Eval *ev, const Value *v) {
  List *l = own_list(ev, v[0]);
  eval_step(ev, 1);
  list_insert(eval_arena(ev), l, clamp(need_index(ev, v[1]), l->n), v[2]);
  return val_none();
}

static Value l_remove(Eval *ev, const Value *v) {
  List *l = own_list(ev, v[0]);
  for (size_t i = 0; i < l->n; i++)
    if (val_eq(l->items[i], v[1])) {
      list_remove(l, i);
      return val_none();
    }
  eval_fail(ev, "list.remove(x): x not in list");
}

static Value l_pop(Eval *ev, const Value *v) {
  List *l = own_list(ev, v[0]);
  int64_t i = need_index(ev, v[1]);
  if (!l->n)
    eval_fail(ev, "pop from empty list");
  if (i < 0)
    i += (int64_t)l->n;
  if (i < 0 || i >= (int64_t)l->n)
    eval_fail(ev, "pop index out of range");
  Value item = l->items[i];
  list_remove(l, (size_t)i);
  return item;
}

static Value l_clear(Eval *ev, const Value *v) {
  own_list(ev, v[0])->n = 0;
  return val_none();
}

static Value l_copy(Eval *ev, const Value *v) {
  const List *l = v[0].list;
  Value r = val_list(eval_arena(ev), l->n);
  for (size_t i = 0; i < l->n; i++)
    list_push(eval_arena(ev), r.list, l->items[i]);
  return r;
}

static Value l_reverse(Eval *ev, const Value *v) {
  List *l = own_list(ev, v[0]);
  for (size_t i = 0, j = l->n; i + 1 < j; i++) {
    Value t = l->items[i];
    l->items[i] = l->items[--j];
    l->items[j] = t;
  }
  return val_none();
}

static Value l_sort(Eval *ev, const Value *v) {
  List *l = own_list(ev, v[0]);
  // Sorted aside, so that a key function that looks at the list does no harm.
  Value copy = l_copy(ev, v);
  Value *keys = NULL;
  if (v[1].kind != VAL_NONE) {
    keys = arena_alloc(eval_arena(ev), (copy.list->n + 1) * sizeof *keys);
    for (size_t i = 0; i < copy.list->n; i++)
      keys[i] = eval_call(ev, v[1], &(Args){.pos = &copy.list->items[i], .npos = 1});
  }
  sort_values(ev, copy.list->items, keys, copy.list->n, val_truth(v[2]), false);
  l->n = 0;
  for (size_t i = 0; i < copy.list->n; i++)
    list_push(eval_arena(ev), l, copy.list->items[i]);
  return val_none();
}

static Value l_count(Eval *ev, const Value *v) {
  (void)ev;
  int64_t n = 0;
  for (size_t i = 0; i < v[0].list->n; i++)
    n += val_eq(v[0].list->items[i], v[1]);
  return val_int(n);
}

static Value l_index(Eval *ev, const Value *v) {
  const List *l = v[0].list;
  size_t n = l->n, from = clamp(need_index(ev, v[2]), n), to = clamp(need_index(ev, v[3]), n);
  for (size_t i = from; i < to; i++)
    if (val_eq(l->items[i], v[1]))
      return val_int((int64_t)i);
  if (v[0].kind == VAL_TUPLE)
    eval_fail(ev, "tuple.index(x): x not in tuple");
  Buf b = {.arena = eval_arena(ev)};
  val_repr(&b, v[1]);
  eval_fail(ev, "%.*s is not in list", STR_ARG(buf_str(&b)));
}

// clang-format off
const Native list_methods[] = {
    {"append",  l_append,  "self, object, /",             "puts it behind the others"
     "\n{% set a = [1, 2] %}\n{% do a.append(3) %}{{ a }}\n=> [1, 2, 3]"},
    {"clear",   l_clear,   "self",                        "takes everything out"
     "\n{% set a = [1, 2] %}\n{% do a.clear() %}{{ a }}\n=> []"},
    {"copy",    l_copy,    "self",                        "another list of the same items"
     "\n{{ [1, 2].copy() }}\n=> [1, 2]"},
    {"count",   l_count,   "self, value, /",              "how often the value is in it"
     "\n{{ [1, 2, 1].count(1) }}\n=> 2"},
    {"extend",  l_extend,  "self, iterable, /",           "puts all of these behind the others"
     "\n{% set a = [1, 2] %}\n{% do a.extend([3, 4]) %}{{ a }}\n=> [1, 2, 3, 4]"},
    {"index",   l_index,   "self, value, start=0, stop=9223372036854775807, /",
     "the place of the first such value; an error when there is none"
     "\n{{ ['a', 'b'].index('b') }}\n=> 1"},
    {"insert",  l_insert,  "self, index, object, /",      "puts it in front of the item at index"
     "\n{% set a = [1, 2] %}\n{% do a.insert(0, 9) %}{{ a }}\n=> [9, 1, 2]"},
    {"pop",     l_pop,     "self, index=-1, /",           "takes out the last item, or the one at index, and gives it"
     "\n{% set a = [1, 2] %}\n{{ a.pop() }} {{ a }}\n=> 2 [1]"},
    {"remove",  l_remove,  "self, value, /",              "takes out the first such value"
     "\n{% set a = [1, 2] %}\n{% do a.remove(1) %}{{ a }}\n=> [2]"},
    {"reverse", l_reverse, "self",                        "turns the list round"
     "\n{% set a = [1, 2] %}\n{% do a.reverse() %}{{ a }}\n=> [2, 1]"},
    {"sort",    l_sort,    "self, *, key=none, reverse=false", "puts the items in order"
     "\n{% set a = [2, 1] %}\n{% do a.sort() %}{{ a }}\n=> [1, 2]"},
    {0},
};

const Native tuple_methods[] = {
    {"count", l_count, "self, value, /", "how often the value is in it"},
    {"index", l_index, "self, value, start=0, stop=9223372036854775807, /",
     "the place of the first such value; an error when there is none"},
    {0},
};
// clang-format on

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

void dict_fill(Eval *ev, Dict *d, Value from, Value named) {
  DictEntry *e;
  if (from.kind == VAL_DICT)
    for (size_t at = 0; (e = dict_next(from.dict, &at));)
      set_entry(ev, d, e->key, e->value);
  else if (native_given(from) && from.kind == VAL_UNDEF)
    ops_undef_fail(ev, from);
  else if (native_given(from))
    fill_pairs(ev, d, from);
  for (size_t at = 0; (e = dict_next(named.dict, &at));)
    dict_set(eval_arena(ev), d, e->key, e->value);
}

// Whether update() with these arguments would leave the dict as it is.
static bool changes_nothing(const Dict *d, Value from, Value named) {
  if (named.dict->n || from.kind != VAL_DICT)
    return false;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(from.dict, &at));) {
    const Value *had = dict_get(d, e->key);
    if (!had || had->kind != e->value.kind || !val_eq(*had, e->value))
      return false;
  }
  return true;
}

static Value d_update(Eval *ev, const Value *v) {
  if (!v[0].dict->frozen || !changes_nothing(v[0].dict, v[1], v[2]))
    dict_fill(ev, own_dict(ev, v[0]), v[1], v[2]);
  return val_none();
}

static Value d_get(Eval *ev, const Value *v) {
  ops_need_hashable(ev, v[1]);
  const Value *had = dict_get(v[0].dict, v[1]);
  return had ? *had : v[2];
}

static _Noreturn void key_error(Eval *ev, Value key) {
  Buf b = {.arena = eval_arena(ev)};
  val_repr(&b, key);
  eval_fail(ev, "KeyError: %.*s", STR_ARG(buf_str(&b)));
}

static Value d_pop(Eval *ev, const Value *v) {
  Dict *d = own_dict(ev, v[0]);
  ops_need_hashable(ev, v[1]);
  const Value *had = dict_get(d, v[1]);
  if (!had && !native_given(v[2]))
    key_error(ev, v[1]);
  if (!had)
    return v[2];
  Value r = *had;
  dict_remove(d, v[1]);
  return r;
}

static Value d_popitem(Eval *ev, const Value *v) {
  Dict *d = own_dict(ev, v[0]);
  if (!d->n)
    eval_fail(ev, "KeyError: 'popitem(): dictionary is empty'");
  size_t i = d->used;
  while (!dict_live(&d->entries[i - 1]))
    i--;
  Value kv[2] = {d->entries[i - 1].key, d->entries[i - 1].value};
  dict_remove(d, kv[0]);
  return tuple_of(eval_arena(ev), kv, 2);
}

static Value d_setdefault(Eval *ev, const Value *v) {
  ops_need_hashable(ev, v[1]);
  const Value *had = dict_get(v[0].dict, v[1]);
  if (had)
    return *had;
  set_entry(ev, own_dict(ev, v[0]), v[1], v[2]);
  return v[2];
}

static Value d_clear(Eval *ev, const Value *v) {
  Dict *d = own_dict(ev, v[0]);
  size_t at = 0;
  for (DictEntry *e; d->watch && (e = dict_next(d, &at));)
    d->watch->changes(d->watch, &e->key);
  *d = (Dict){.watch = d->watch};
  return val_none();
}

static Value d_copy(Eval *ev, const Value *v) {
  Value r = v[0].kind == VAL_SET ? val_set(eval_arena(ev)) : val_dict(eval_arena(ev));
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v[0].dict, &at));)
    dict_set(eval_arena(ev), r.dict, e->key, e->value);
  return r;
}

static Value d_fromkeys(Eval *ev, const Value *v) {
  Value r = val_dict(eval_arena(ev)), key;
  Iter it;
  ops_iter(ev, v[0], &it);
  while (iter_next(ev, &it, &key))
    set_entry(ev, r.dict, key, v[1]);
  return r;
}

static Value d_items(Eval *ev, const Value *v) {
  return dict_view(eval_arena(ev), v[0].dict, "items");
}
static Value d_keys(Eval *ev, const Value *v) {
  return dict_view(eval_arena(ev), v[0].dict, "keys");
}
static Value d_values(Eval *ev, const Value *v) {
  return dict_view(eval_arena(ev), v[0].dict, "values");
}

// clang-format off
const Native dict_methods[] = {
    {"clear",      d_clear,      "self",                       "takes everything out"
     "\n{% set d = {'a': 1} %}\n{% do d.clear() %}{{ d }}\n=> {}"},
    {"copy",       d_copy,       "self",                       "another dict of the same entries"
     "\n{{ {'a': 1}.copy() }}\n=> {'a': 1}"},
    {"fromkeys",   d_fromkeys,   "iterable, value=none, /",    "a dict with these keys"
     "\n{{ {}.fromkeys(['a', 'b'], 0) }}\n=> {'a': 0, 'b': 0}"},
    {"get",        d_get,        "self, key, default=none, /", "the value of the key, or default"
     "\n{{ {'a': 1}.get('b', 0) }}\n=> 0"},
    {"items",      d_items,      "self",                       "its (key, value) pairs"
     "\n{{ {'a': 1}.items() | list }}\n=> [('a', 1)]"},
    {"keys",       d_keys,       "self",                       "its keys"
     "\n{{ {'a': 1}.keys() | list }}\n=> ['a']"},
    {"pop",        d_pop,        "self, key, default=..., /",  "takes the key out and gives its value, or default"
     "\n{% set d = {'a': 1} %}\n{{ d.pop('a') }} {{ d }}\n=> 1 {}"},
    {"popitem",    d_popitem,    "self",                       "takes out the last pair and gives it"
     "\n{{ {'a': 1}.popitem() }}\n=> ('a', 1)"},
    {"setdefault", d_setdefault, "self, key, default=none, /",
     "the value of the key, which becomes default where there is none"
     "\n{% set d = {'a': 1} %}\n{% do d.setdefault('b', 2) %}{{ d }}\n=> {'a': 1, 'b': 2}"},
    {"update",     d_update,     "self, mapping=..., /, **kwargs",
     "puts in the entries of a dict or of pairs, and the names given"
     "\n{% set d = {'a': 1} %}\n{% do d.update({'b': 2}) %}{{ d }}\n=> {'a': 1, 'b': 2}"},
    {"values",     d_values,     "self",                       "its values"
     "\n{{ {'a': 1}.values() | list }}\n=> [1]"},
    {0},
};
// clang-format on

// clang-format off
const Native dict_functions[] = {
    {"fromkeys", d_fromkeys, "iterable, value=none, /", "a dict with these keys"},
    {0},
};
// clang-format on

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

const ObjectType dict_keys_type = {.name = "dict_keys",
                                   .attr = view_attr,
                                   .iter = view_iter,
                                   .repr = view_repr,
                                   .len = view_len,
                                   .eq = view_eq,
                                   .contains = view_contains,
                                   .binary = view_binary};
const ObjectType dict_values_type = {.name = "dict_values",
                                     .attr = view_attr,
                                     .iter = view_iter,
                                     .repr = view_repr,
                                     .len = view_len,
                                     .eq = view_eq,
                                     .contains = view_contains,
                                     .binary = view_binary};
const ObjectType dict_items_type = {.name = "dict_items",
                                    .attr = view_attr,
                                    .iter = view_iter,
                                    .repr = view_repr,
                                    .len = view_len,
                                    .eq = view_eq,
                                    .contains = view_contains,
                                    .binary = view_binary};

Value dict_view(Arena *a, Dict *d, const char *which) {
  View *v = arena_new(a, View);
  v->object.type = *which == 'k'   ? &dict_keys_type
                   : *which == 'v' ? &dict_values_type
                                   : &dict_items_type;
  v->dict = d;
  return val_obj(v);
}

// --- set
static Value t_add(Eval *ev, const Value *v) {
  Dict *d = own_dict(ev, v[0]);
  if (!dict_get(d, v[1]))
    set_entry(ev, d, v[1], val_none());
  return val_none();
}

static Value t_discard(Eval *ev, const Value *v) {
  ops_need_hashable(ev, v[1]);
  dict_remove(own_dict(ev, v[0]), v[1]);
  return val_none();
}

static Value t_remove(Eval *ev, const Value *v) {
  ops_need_hashable(ev, v[1]);
  if (!dict_remove(own_dict(ev, v[0]), v[1]))
    key_error(ev, v[1]);
  return val_none();
}

static Value t_pop(Eval *ev, const Value *v) {
  Dict *d = own_dict(ev, v[0]);
  size_t at = 0;
  DictEntry *e = dict_next(d, &at);
  if (!e)
    eval_fail(ev, "KeyError: 'pop from an empty set'");
  Value element = e->key;
  dict_remove(d, element);
  return element;
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

static Value copied(Eval *ev, Value set) { return d_copy(ev, &set); }

static void combine(Eval *ev, Value into, const List *with, SetOp op) {
  for (size_t i = 0; i < with->n; i++) {
    Value other = copied(ev, as_set(ev, with->items[i]));
    if (op == UNION) {
      merge(ev, into.dict, other.dict);
    } else if (op != SYMMETRIC) {
      keep(into.dict, other.dict, op == INTERSECTION);
    } else {
      Value mine = copied(ev, into);
      keep(into.dict, other.dict, false);
      keep(other.dict, mine.dict, false);
      merge(ev, into.dict, other.dict);
    }
  }
}

// v[1]: the others as *others took them, of SYMMETRIC the one there is.
static const List *others_of(const Value *v, SetOp op, List *one) {
  *one = (List){.items = (Value *)(uintptr_t)&v[1], .n = 1};
  return op == SYMMETRIC ? one : v[1].list;
}
static Value set_op(Eval *ev, const Value *v, SetOp op) {
  List one;
  Value into = copied(ev, v[0]);
  combine(ev, into, others_of(v, op, &one), op);
  return into;
}
static Value set_change(Eval *ev, const Value *v, SetOp op) {
  List one;
  own_dict(ev, v[0]);
  combine(ev, v[0], others_of(v, op, &one), op);
  return val_none();
}

static Value t_union(Eval *ev, const Value *v) { return set_op(ev, v, UNION); }
static Value t_update(Eval *ev, const Value *v) { return set_change(ev, v, UNION); }
static Value t_intersection(Eval *ev, const Value *v) { return set_op(ev, v, INTERSECTION); }
static Value t_intersection_update(Eval *ev, const Value *v) {
  return set_change(ev, v, INTERSECTION);
}
static Value t_difference(Eval *ev, const Value *v) { return set_op(ev, v, DIFFERENCE); }
static Value t_difference_update(Eval *ev, const Value *v) { return set_change(ev, v, DIFFERENCE); }
static Value t_symmetric_difference(Eval *ev, const Value *v) { return set_op(ev, v, SYMMETRIC); }
static Value t_symmetric_difference_update(Eval *ev, const Value *v) {
  return set_change(ev, v, SYMMETRIC);
}

static Value t_issubset(Eval *ev, const Value *v) {
  return val_bool(dict_within(v[0].dict, as_set(ev, v[1]).dict));
}
static Value t_issuperset(Eval *ev, const Value *v) {
  return val_bool(dict_within(as_set(ev, v[1]).dict, v[0].dict));
}
static Value t_isdisjoint(Eval *ev, const Value *v) {
  Value copy = copied(ev, v[0]);
  keep(copy.dict, as_set(ev, v[1]).dict, true);
  return val_bool(!copy.dict->n);
}

// clang-format off
const Native set_methods[] = {
    {"add",                         t_add,                         "self, elem, /", "puts it in"},
    {"clear",                       d_clear,                       "self",        "takes everything out"},
    {"copy",                        d_copy,                        "self",        "another set of the same elements"},
    {"difference",                  t_difference,                  "self, *others", "what is in none of the others"},
    {"difference_update",           t_difference_update,           "self, *others",
     "takes out what is in one of the others"},
    {"discard",                     t_discard,                     "self, elem, /", "takes it out where it is in it"},
    {"intersection",                t_intersection,                "self, *others", "what is in all of the others"},
    {"intersection_update",         t_intersection_update,         "self, *others",
     "takes out what is not in all of the others"},
    {"isdisjoint",                  t_isdisjoint,                  "self, other, /", "nothing is in both"},
    {"issubset",                    t_issubset,                    "self, other, /", "all of it is in the other"},
    {"issuperset",                  t_issuperset,                  "self, other, /", "all of the other is in it"},
    {"pop",                         t_pop,                         "self",        "takes out one element and gives it"},
    {"remove",                      t_remove,                      "self, elem, /",
     "takes it out; an error when it is not in it"},
    {"symmetric_difference",        t_symmetric_difference,        "self, other, /", "what is in one of the two"},
    {"symmetric_difference_update", t_symmetric_difference_update, "self, other, /",
     "makes it what is in one of the two"},
    {"union",                       t_union,                       "self, *others",
     "what is in it or in one of the others"},
    {"update",                      t_update,                      "self, *others", "puts in what is in the others"},
    {0},
};
// clang-format on
