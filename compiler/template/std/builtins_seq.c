// Filters over lists and mappings: order, choice, grouping, lazy map and select. In: any iterable.
// Out: lists, generators, items. Leaves the table to builtins.c.
#include "../ops_access.h"
#include "methods_seq.h"
#include "std.h"
#include "std_text.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

// --- one item of many
Value f_first(Eval *ev, const Value *v) {
  Value item;
  Iter it;
  ops_iter(ev, v[0], &it);
  if (iter_next(ev, &it, &item))
    return item;
  return undef_hint(eval_arena(ev), STR("No first item, sequence was empty."));
}

Value f_last(Eval *ev, const Value *v) {
  Value back;
  if (!reversed(ev, v[0], &back))
    eval_fail(ev, "'%s' object is not reversible", val_type_name(v[0]));
  Value item = f_first(ev, &back);
  if (item.kind == VAL_UNDEF && item.undef && item.undef->hint.len)
    return undef_hint(eval_arena(ev), STR("No last item, sequence was empty."));
  return item;
}

Value f_random(Eval *ev, const Value *v) {
  int64_t n = ops_len(ev, v[0]);
  if (!n)
    return undef_hint(eval_arena(ev), STR("No random item, sequence was empty."));
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  unsigned seed = (unsigned)now.tv_nsec ^ (unsigned)(uintptr_t)v;
  Value item = ops_item(ev, v[0], val_int(rand_r(&seed) % n));
  if (item.kind == VAL_UNDEF)
    eval_fail(ev, "'%s' object is not subscriptable", val_type_name(v[0]));
  return item;
}

static Value extreme(Eval *ev, const Value *v, bool max) {
  Value best, best_key, item;
  bool fold = !val_truth(v[1]);
  Iter it;
  ops_iter(ev, v[0], &it);
  if (!iter_next(ev, &it, &best))
    return undef_hint(eval_arena(ev), STR("No aggregated item, sequence was empty."));
  best_key = attr_of(ev, best, v[2], val_none());
  best_key = fold ? fold_case(ev, best_key) : best_key;
  while (iter_next(ev, &it, &item)) {
    Value key = attr_of(ev, item, v[2], val_none());
    key = fold ? fold_case(ev, key) : key;
    int c = ops_compare(ev, key, best_key);
    if (max ? c > 0 : c < 0) {
      best = item;
      best_key = key;
    }
  }
  return best;
}
Value f_min(Eval *ev, const Value *v) { return extreme(ev, v, false); }
Value f_max(Eval *ev, const Value *v) { return extreme(ev, v, true); }

Value f_sum(Eval *ev, const Value *v) {
  Value item;
  Iter it;
  ops_iter(ev, v[0], &it);
  Value sum = v[2];
  if (sum.kind == VAL_STR)
    eval_fail(ev, "sum() can't sum strings [use ''.join(seq) instead]");
  while (iter_next(ev, &it, &item))
    sum = ops_binary(ev, OP_ADD, sum, attr_of(ev, item, v[1], val_none()));
  return sum;
}

Value f_length(Eval *ev, const Value *v) { return val_int(ops_len(ev, v[0])); }

Value f_list(Eval *ev, const Value *v) { return ops_list(ev, v[0]); }

Value f_is_list(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_LIST);
}

Value f_reverse(Eval *ev, const Value *v) {
  Value back;
  if (v[0].kind == VAL_STR) {
    Chars c = chars_of(eval_arena(ev), val_text(v[0]));
    for (size_t i = 0, j = c.n; i + 1 < j; i++) {
      uint32_t t = c.c[i];
      c.c[i] = c.c[--j];
      c.c[j] = t;
    }
    return chars_str(ev, c.c, c.n, v[0].flags);
  }
  if (reversed(ev, v[0], &back))
    return back;
  bool iterable = v[0].kind == VAL_SET || (v[0].kind == VAL_OBJECT && v[0].obj->type->iter);
  if (!iterable)
    eval_fail(ev, "argument must be iterable");
  Value l = ops_list(ev, v[0]);
  for (size_t i = 0, j = l.list->n; i + 1 < j; i++) {
    Value t = l.list->items[i];
    l.list->items[i] = l.list->items[--j];
    l.list->items[j] = t;
  }
  return l;
}

// --- order
// The keys of a comma-separated list of attributes, as one list per item.
static Value multi_key(Eval *ev, Value item, Value attribute, bool fold) {
  Arena *a = eval_arena(ev);
  Value keys = val_list(a, 1);
  if (attribute.kind != VAL_STR) {
    Value k = attr_of(ev, item, attribute, val_none());
    list_push(a, keys.list, fold ? fold_case(ev, k) : k);
    return keys;
  }
  Str rest = val_text(attribute), part;
  if (!rest.ptr)
    rest = STR("");
  while (str_cut(&rest, ',', &part)) {
    Value k = attr_of(ev, item, val_str(part), val_none());
    list_push(a, keys.list, fold ? fold_case(ev, k) : k);
  }
  return keys;
}

Value f_sort(Eval *ev, const Value *v) {
  Value l = ops_list(ev, v[0]);
  Value *keys = arena_alloc(eval_arena(ev), (l.list->n + 1) * sizeof *keys);
  bool many = v[3].kind == VAL_STR && val_text(v[3]).len && memchr(v[3].s, ',', v[3].len);
  for (size_t i = 0; i < l.list->n; i++) {
    keys[i] = multi_key(ev, l.list->items[i], v[3], !val_truth(v[2]));
    if (!many)
      keys[i] = keys[i].list->items[0];
  }
  sort_values(ev, l.list->items, keys, l.list->n, val_truth(v[1]), true);
  return l;
}

Value f_dictsort(Eval *ev, const Value *v) {
  bool value = val_is_str(v[2], STR("value"));
  if (!value && !val_is_str(v[2], STR("key")))
    eval_fail(ev, "You can only sort by either \"key\" or \"value\"");
  if (v[0].kind == VAL_UNDEF)
    ops_undef_fail(ev, v[0]);
  if (v[0].kind != VAL_DICT)
    eval_fail(ev, "'%s' object has no attribute 'items'", val_type_name(v[0]));
  Value l = ops_list(ev, dict_view(eval_arena(ev), v[0].dict, "items"));
  Value *keys = arena_alloc(eval_arena(ev), (l.list->n + 1) * sizeof *keys);
  for (size_t i = 0; i < l.list->n; i++) {
    Value k = l.list->items[i].list->items[value];
    keys[i] = val_truth(v[1]) ? k : fold_case(ev, k);
  }
  sort_values(ev, l.list->items, keys, l.list->n, val_truth(v[3]), false);
  return l;
}

// --- unique
typedef struct Unique {
  Iter it;
  Value value, attribute;
  Dict seen;
  bool fold, started;
  bool undefined; // seen: they are all equal, and a Dict holds none
} Unique;

static bool unique_next(Eval *ev, Iter *it, Value *out) {
  Unique *u = it->state;
  if (!u->started)
    ops_iter(ev, u->value, &u->it);
  u->started = true;
  while (iter_next(ev, &u->it, out)) {
    Value key = attr_of(ev, *out, u->attribute, val_none());
    if (u->fold)
      key = fold_case(ev, key);
    ops_need_hashable(ev, key);
    eval_step(ev, 1);
    if (key.kind == VAL_UNDEF) {
      if (u->undefined)
        continue;
      return u->undefined = true;
    }
    if (dict_get(&u->seen, key))
      continue;
    dict_set(eval_arena(ev), &u->seen, key, val_none());
    return true;
  }
  return false;
}

Value f_unique(Eval *ev, const Value *v) {
  Unique *u = arena_new(eval_arena(ev), Unique);
  *u = (Unique){.value = v[0], .attribute = v[2], .fold = !val_truth(v[1])};
  return ops_generator(ev, "sync_do_unique", unique_next, u);
}

// --- groups: a pair (grouper, list) that also has these names
typedef struct Group {
  Object object;
  Value pair; // a tuple
} Group;

static bool group_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev;
  const List *l = ((Group *)o)->pair.list;
  bool grouper = str_is(name, "grouper");
  if (!grouper && !str_is(name, "list"))
    return method_lookup(eval_arena(ev), ((Group *)o)->pair, name, out);
  *out = l->items[!grouper];
  return true;
}
static bool group_item(Eval *ev, Object *o, Value key, Value *out) {
  *out = ops_item(ev, ((Group *)o)->pair, key);
  return out->kind != VAL_UNDEF;
}
static bool group_iter(Eval *ev, Object *o, Iter *it) {
  ops_iter(ev, ((Group *)o)->pair, it);
  return true;
}
static int64_t group_len(const Object *o) { return (int64_t)((const Group *)o)->pair.list->n; }
static void group_repr(const Object *o, Buf *out) { val_repr(out, ((const Group *)o)->pair); }
static bool group_eq(const Object *o, Value other) {
  if (val_is_type(other, o->type))
    other = ((Group *)other.obj)->pair;
  return val_eq(((const Group *)o)->pair, other);
}
static bool group_binary(Eval *ev, const char *op, Value l, Value r, Value *out) {
  Value pl = l.kind == VAL_OBJECT && l.obj->type->attr == group_attr ? ((Group *)l.obj)->pair : l;
  Value pr = r.kind == VAL_OBJECT && r.obj->type->attr == group_attr ? ((Group *)r.obj)->pair : r;
  static const char *const names[] = {"+", "-", "*", "/", "//", "%", "**"};
  static const char *const orders[] = {"<", "<=", ">", ">="};
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcmp(op, names[i])) {
      *out = ops_binary(ev, (Op)(OP_ADD + i), pl, pr);
      return true;
    }
  for (size_t i = 0; i < COUNT(orders); i++)
    if (!strcmp(op, orders[i])) {
      *out = ops_binary(ev, (Op)(OP_LT + i), pl, pr);
      return true;
    }
  return false;
}

static const ObjectType group_type = {.name = "_GroupTuple",
                                      .attr = group_attr,
                                      .item = group_item,
                                      .iter = group_iter,
                                      .len = group_len,
                                      .repr = group_repr,
                                      .eq = group_eq,
                                      .unhashable = "list",
                                      .binary = group_binary};

Value f_groupby(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  bool fold = !val_truth(v[3]);
  Value l = ops_list(ev, v[0]), out = val_list(a, 8);
  size_t n = l.list->n;
  Value *keys = arena_alloc(a, (n + 1) * sizeof *keys);
  for (size_t i = 0; i < n; i++) {
    Value k = attr_of(ev, l.list->items[i], v[1], v[2]);
    keys[i] = fold ? fold_case(ev, k) : k;
  }
  sort_values(ev, l.list->items, keys, n, false, false);
  Value last = val_none();
  Group *g = NULL;
  for (size_t i = 0; i < n; i++) {
    Value raw = attr_of(ev, l.list->items[i], v[1], v[2]), key = fold ? fold_case(ev, raw) : raw;
    if (!g || !val_eq(key, last)) {
      g = arena_new(a, Group);
      g->object.type = &group_type;
      g->pair = tuple_of(a, (Value[]){raw, val_list(a, 4)}, 2);
      list_push(a, out.list, val_obj(g));
      last = key;
    }
    list_push(a, g->pair.list->items[1].list, l.list->items[i]);
  }
  return out;
}

// --- batch and slice
typedef struct Batches {
  Iter it;
  Value value, fill, held; // held: the first item of the next batch
  int64_t size;
  bool started, holding, done;
} Batches;

// As Jinja's loop: a batch is given out when the item after it arrives.
static bool batch_next(Eval *ev, Iter *it, Value *out) {
  Batches *b = it->state;
  Arena *a = eval_arena(ev);
  if (!b->started)
    ops_iter(ev, b->value, &b->it);
  b->started = true;
  if (b->done)
    return false;
  *out = val_list(a, 4);
  if (b->holding)
    list_push(a, out->list, b->held);
  b->holding = false;
  while (iter_next(ev, &b->it, &b->held)) {
    if ((int64_t)out->list->n == b->size) {
      b->holding = true;
      return true;
    }
    list_push(a, out->list, b->held);
  }
  b->done = true;
  if (!out->list->n)
    return false;
  while (b->fill.kind != VAL_NONE && (int64_t)out->list->n < b->size) {
    eval_step(ev, 1);
    list_push(a, out->list, b->fill);
  }
  return true;
}

Value f_batch(Eval *ev, const Value *v) {
  Batches *b = arena_new(eval_arena(ev), Batches);
  *b = (Batches){.value = v[0], .fill = v[2], .size = -1};
  if (val_is_whole(v[1]))
    b->size = need_index(ev, v[1]);
  else if (v[1].kind == VAL_FLOAT && v[1].f == floor(v[1].f) && fabs(v[1].f) < 1e15)
    b->size = (int64_t)v[1].f;
  return ops_generator(ev, "do_batch", batch_next, b);
}

typedef struct Slices {
  Value value, slices, fill;
  const List *list;
  int64_t n, at;
  size_t offset;
} Slices;

static bool slice_next(Eval *ev, Iter *it, Value *out) {
  Slices *s = it->state;
  Arena *a = eval_arena(ev);
  if (!s->list) {
    s->list = ops_list(ev, s->value).list;
    s->n = need_index(ev, s->slices);
    if (!s->n)
      eval_fail(ev, "integer division or modulo by zero");
  }
  if (s->at >= s->n)
    return false;
  int64_t n = (int64_t)s->list->n, each = n / s->n, extra = n % s->n, i = s->at++;
  int64_t start = (int64_t)s->offset + i * each;
  s->offset += i < extra;
  int64_t end = (int64_t)s->offset + (i + 1) * each;
  *out = val_list(a, (size_t)(end - start) + 1);
  for (int64_t k = start; k < end; k++)
    list_push(a, out->list, s->list->items[k]);
  if (s->fill.kind != VAL_NONE && i >= extra)
    list_push(a, out->list, s->fill);
  return true;
}

Value f_slice(Eval *ev, const Value *v) {
  Slices *s = arena_new(eval_arena(ev), Slices);
  *s = (Slices){.value = v[0], .slices = v[1], .fill = v[2]};
  return ops_generator(ev, "sync_do_slice", slice_next, s);
}

// --- map, select, reject
typedef struct Lazy {
  Args args; // without the value
  Value value;
  Iter it;
  const Native *fn;
  Value name, attribute, otherwise;
  bool started, done, by_attr, wanted, mapping, named;
} Lazy;

// Calls a filter or test on one item with the arguments that stood behind its name.
static Value apply(Eval *ev, const Lazy *l, Value item) {
  enum { FEW = 8 };
  Value few[FEW], *pos = few;
  if (l->args.npos + 1 > FEW)
    pos = arena_array(eval_arena(ev), Value, l->args.npos + 1);
  pos[0] = item;
  for (size_t i = 0; i < l->args.npos; i++)
    pos[i + 1] = l->args.pos[i];
  return native_call(ev, &(Func){.native = l->fn},
                     &(Args){pos, l->args.npos + 1, l->args.kw, l->args.nkw});
}

static void drop_args(Lazy *l, size_t n) {
  l->args.pos += n;
  l->args.npos -= n;
}

static const Native *named(Eval *ev, Value name, bool filter) {
  if (name.kind != VAL_STR) {
    ops_need_hashable(ev, name);
    eval_fail_code(ev, CODE_UNKNOWN_FILTER, "No %s named %.*s.", filter ? "filter" : "test",
                   STR_ARG(to_str(ev, name)));
  }
  const Native *b = filter ? builtin_filter(val_text(name)) : builtin_test(val_text(name));
  if (!b)
    eval_fail_code(ev, CODE_UNKNOWN_FILTER, "No %s named '%.*s'.", filter ? "filter" : "test",
                   STR_ARG(val_text(name)));
  return b;
}

static void start_map(Eval *ev, Lazy *l) {
  if (!l->args.npos && l->args.nkw) {
    const Value *attribute = NULL;
    for (size_t i = 0; i < l->args.nkw; i++) {
      Str name = l->args.kw[i].name;
      if (str_is(name, "attribute"))
        attribute = &l->args.kw[i].value;
      else if (str_is(name, "default"))
        l->otherwise = l->args.kw[i].value;
    }
    if (attribute)
      for (size_t i = 0; i < l->args.nkw; i++) {
        Str name = l->args.kw[i].name;
        if (!str_is(name, "attribute") && !str_is(name, "default"))
          eval_fail_code(ev, CODE_WRONG_ARGUMENT, "Unexpected keyword argument '%.*s'",
                         STR_ARG(name));
      }
    if (attribute) {
      l->attribute = *attribute;
      l->by_attr = true;
      return;
    }
  }
  if (!l->args.npos)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "map requires a filter argument");
  l->name = l->args.pos[0]; // looked up at the first item, as Jinja does
  drop_args(l, 1);
}

static void start_select(Eval *ev, Lazy *l) {
  if (l->by_attr) {
    if (!l->args.npos)
      eval_fail_code(ev, CODE_WRONG_ARGUMENT, "Missing parameter for attribute name");
    l->attribute = l->args.pos[0];
    drop_args(l, 1);
  }
  l->otherwise = val_none();
  if (!l->args.npos)
    return;
  l->name = l->args.pos[0]; // looked up at the first item, as Jinja does
  l->named = true;
  drop_args(l, 1);
}

static bool lazy_start(Eval *ev, Lazy *l) {
  if (l->started)
    return !l->done;
  l->started = true;
  l->done = !val_truth(l->value);
  if (l->done)
    return false;
  if (l->mapping)
    start_map(ev, l);
  else
    start_select(ev, l);
  ops_iter(ev, l->value, &l->it);
  return true;
}

static bool map_next(Eval *ev, Iter *it, Value *out) {
  Lazy *l = it->state;
  Value item;
  if (!lazy_start(ev, l) || !iter_next(ev, &l->it, &item)) {
    l->done = true;
    return false;
  }
  eval_step(ev, 1);
  if (l->by_attr) {
    *out = attr_of(ev, item, l->attribute, l->otherwise);
    return true;
  }
  if (!l->fn)
    l->fn = named(ev, l->name, true);
  *out = apply(ev, l, item);
  return true;
}

Value f_map(Eval *ev, const Value *v) {
  Lazy *l = arena_new(eval_arena(ev), Lazy);
  *l = (Lazy){.args = native_args(ev, v[1], v[2]), .value = v[0], .mapping = true};
  l->otherwise = val_none();
  return ops_generator(ev, "sync_do_map", map_next, l);
}

static bool select_next(Eval *ev, Iter *it, Value *out) {
  Lazy *l = it->state;
  if (!lazy_start(ev, l))
    return false;
  while (iter_next(ev, &l->it, out)) {
    eval_step(ev, 1);
    Value v = l->by_attr ? attr_of(ev, *out, l->attribute, val_none()) : *out;
    if (l->named && !l->fn)
      l->fn = named(ev, l->name, false);
    if (val_truth(l->fn ? apply(ev, l, v) : v) == l->wanted)
      return true;
  }
  l->done = true;
  return false;
}

static Value lazy_select(Eval *ev, const Value *v, bool by_attr, bool wanted) {
  Lazy *l = arena_new(eval_arena(ev), Lazy);
  *l = (Lazy){.args = native_args(ev, v[1], v[2]), .value = v[0], .by_attr = by_attr};
  l->wanted = wanted;
  return ops_generator(ev, "select_or_reject", select_next, l);
}
Value f_select(Eval *ev, const Value *v) { return lazy_select(ev, v, false, true); }
Value f_reject(Eval *ev, const Value *v) { return lazy_select(ev, v, false, false); }
Value f_selectattr(Eval *ev, const Value *v) { return lazy_select(ev, v, true, true); }
Value f_rejectattr(Eval *ev, const Value *v) { return lazy_select(ev, v, true, false); }

// --- mappings and attributes
static bool items_next(Eval *ev, Iter *it, Value *out) {
  Value *state = it->state; // value, then the iterator once started
  if (state[0].kind == VAL_UNDEF)
    return false;
  if (state[0].kind != VAL_DICT)
    eval_fail(ev, "Can only get item pairs from a mapping.");
  Iter *inner = (Iter *)(void *)state[1].obj;
  if (!inner) {
    inner = arena_new(eval_arena(ev), Iter);
    ops_iter(ev, dict_view(eval_arena(ev), state[0].dict, "items"), inner);
    state[1].obj = (Object *)(void *)inner;
  }
  return iter_next(ev, inner, out);
}

Value f_items(Eval *ev, const Value *v) {
  Value *state = arena_array(eval_arena(ev), Value, 2);
  state[0] = v[0];
  state[1] = (Value){.kind = VAL_OBJECT};
  return ops_generator(ev, "do_items", items_next, state);
}

Value f_attr(Eval *ev, const Value *v) {
  Value out;
  Str name = to_str(ev, v[1]);
  if (v[0].kind == VAL_UNDEF)
    ops_undef_fail(ev, v[0]);
  bool there = !str_starts(name, STR("_")) &&
               (v[0].kind == VAL_OBJECT
                    ? v[0].obj->type->attr && v[0].obj->type->attr(ev, v[0].obj, name, &out)
                    : method_lookup(eval_arena(ev), v[0], name, &out));
  return there ? out : undef_attr(eval_arena(ev), v[0], name);
}
