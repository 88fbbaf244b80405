// modules.itertools: lazy sequences. In: iterables. Out: streams that can be gone through once.
#include "../ops_access.h"
#include "methods_seq.h"
#include "modules.h"
#include "std.h"

static const ObjectType count_type = {.name = "itertools.count", .iter = stream_iter};
static const ObjectType cycle_type = {.name = "itertools.cycle", .iter = stream_iter};
static const ObjectType repeat_type = {.name = "itertools.repeat", .iter = stream_iter};
static const ObjectType accumulate_type = {.name = "itertools.accumulate", .iter = stream_iter};
static const ObjectType chain_type = {.name = "itertools.chain", .iter = stream_iter};
static const ObjectType compress_type = {.name = "itertools.compress", .iter = stream_iter};
static const ObjectType islice_type = {.name = "itertools.islice", .iter = stream_iter};
static const ObjectType starmap_type = {.name = "itertools.starmap", .iter = stream_iter};
static const ObjectType tee_type = {.name = "itertools._tee", .iter = stream_iter};
static const ObjectType zip_longest_type = {.name = "itertools.zip_longest", .iter = stream_iter};
static const ObjectType product_type = {.name = "itertools.product", .iter = stream_iter};
static const ObjectType permutations_type = {.name = "itertools.permutations", .iter = stream_iter};
static const ObjectType combinations_type = {.name = "itertools.combinations", .iter = stream_iter};

// What all of them remember; each uses its part.
typedef struct State {
  Iter it, *its;
  size_t n, at;
  Value value, step, fn, *pools;
  int64_t left, every, skip;
  size_t *picks;
  bool started, done, repeat;
} State;

static State *state_new(Eval *ev) { return arena_new(eval_arena(ev), State); }

static Iter *iters(Eval *ev, const Value *of, size_t n) {
  Iter *its = arena_array(eval_arena(ev), Iter, n + 1);
  for (size_t i = 0; i < n; i++)
    ops_iter(ev, of[i], &its[i]);
  return its;
}

// --- endless
static bool count_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  *out = s->value;
  s->value = ops_binary(ev, OP_ADD, s->value, s->step);
  return true;
}
static Value i_count(Eval *ev, const Value *v) {
  for (size_t i = 0; i < 2; i++)
    if (!val_is_number(v[i]) && !val_is_type(v[i], &decimal_type))
      eval_fail(ev, "a number is required");
  State *s = state_new(ev);
  s->value = v[0];
  s->step = v[1];
  return stream_new(eval_arena(ev), &count_type, count_next, s);
}

static bool cycle_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  if (!s->done && iter_next(ev, &s->it, out)) {
    list_push(eval_arena(ev), s->value.list, *out);
    return true;
  }
  s->done = true;
  if (!s->value.list->n)
    return false;
  *out = s->value.list->items[s->at];
  s->at = (s->at + 1) % s->value.list->n;
  return true;
}
static Value i_cycle(Eval *ev, const Value *v) {
  State *s = state_new(ev);
  ops_iter(ev, v[0], &s->it);
  s->value = val_list(eval_arena(ev), 8);
  return stream_new(eval_arena(ev), &cycle_type, cycle_next, s);
}

static bool repeat_next(Eval *ev, void *data, Value *out) {
  (void)ev;
  State *s = data;
  if (!s->left)
    return false;
  s->left -= s->left > 0;
  *out = s->value;
  return true;
}
static Value i_repeat(Eval *ev, const Value *v) {
  State *s = state_new(ev);
  s->value = v[0];
  s->left = v[1].kind == VAL_NONE ? -1 : need_index(ev, v[1]);
  if (v[1].kind != VAL_NONE && s->left < 0)
    s->left = 0;
  return stream_new(eval_arena(ev), &repeat_type, repeat_next, s);
}

// --- one after the other
static bool accumulate_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  Value item;
  if (!s->started && s->repeat) { // an initial value comes first
    s->started = true;
    *out = s->value;
    return true;
  }
  if (!iter_next(ev, &s->it, &item))
    return false;
  if (!s->started)
    s->value = item;
  else if (s->fn.kind == VAL_NONE)
    s->value = ops_binary(ev, OP_ADD, s->value, item);
  else
    s->value = eval_call(ev, s->fn,
                         &(Args){
                             .pos = (Value[]){s->value, item},
                               .npos = 2
    });
  s->started = true;
  *out = s->value;
  return true;
}
static Value i_accumulate(Eval *ev, const Value *v) {
  State *s = state_new(ev);
  ops_iter(ev, v[0], &s->it);
  s->fn = v[1];
  s->value = v[2];
  s->repeat = v[2].kind != VAL_NONE;
  return stream_new(eval_arena(ev), &accumulate_type, accumulate_next, s);
}

static bool chain_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  for (; s->at < s->n; s->at++, s->started = false) {
    if (!s->started)
      ops_iter(ev, s->pools[s->at], &s->it);
    s->started = true;
    if (iter_next(ev, &s->it, out))
      return true;
  }
  return false;
}
static Value i_chain(Eval *ev, const Value *v) {
  (void)v;
  State *s = state_new(ev);
  s->n = v[0].list->n;
  s->pools = v[0].list->items;
  return stream_new(eval_arena(ev), &chain_type, chain_next, s);
}

static bool compress_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  Value wanted;
  while (iter_next(ev, &s->its[0], out) && iter_next(ev, &s->its[1], &wanted)) {
    eval_step(ev, 1);
    if (val_truth(wanted))
      return true;
  }
  return false;
}
static Value i_compress(Eval *ev, const Value *v) {
  State *s = state_new(ev);
  s->its = iters(ev, v, 2);
  return stream_new(eval_arena(ev), &compress_type, compress_next, s);
}

static bool islice_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  if (s->left == 0 || s->done)
    return false;
  for (; s->skip >= 0; s->skip--) {
    eval_step(ev, 1);
    if (s->left > 0)
      s->left--;
    s->done = !iter_next(ev, &s->it, out);
    if (s->done || (s->skip && s->left == 0))
      return !(s->done = true);
  }
  s->skip = s->every - 1;
  return true;
}
static int64_t slice_arg(Eval *ev, Value v, int64_t otherwise) {
  int64_t i = v.kind == VAL_NONE ? otherwise : need_index(ev, v);
  if (i < 0 && v.kind != VAL_NONE)
    eval_fail(ev, "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
  return i;
}
static Value i_islice(Eval *ev, const Value *v) {
  State *s = state_new(ev);
  bool one = !native_given(v[2]);
  int64_t start = one ? 0 : slice_arg(ev, v[1], 0), stop = slice_arg(ev, v[one ? 1 : 2], -1);
  s->every = slice_arg(ev, v[3], 1);
  if (!s->every)
    eval_fail(ev, "Step for islice() must be a positive integer or None.");
  ops_iter(ev, v[0], &s->it);
  s->skip = start;
  s->left = stop;
  s->done = stop >= 0 && start >= stop;
  return stream_new(eval_arena(ev), &islice_type, islice_next, s);
}

static bool starmap_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  Value item;
  if (!iter_next(ev, &s->it, &item))
    return false;
  Value list = ops_list(ev, item);
  *out = eval_call(ev, s->fn, &(Args){.pos = list.list->items, .npos = list.list->n});
  return true;
}
static Value i_starmap(Eval *ev, const Value *v) {
  State *s = state_new(ev);
  s->fn = v[0];
  ops_iter(ev, v[1], &s->it);
  return stream_new(eval_arena(ev), &starmap_type, starmap_next, s);
}

// --- side by side. The copies of tee share what was read so far.
typedef struct Tee {
  State *source;
  size_t at;
} Tee;

static bool tee_next(Eval *ev, void *data, Value *out) {
  Tee *t = data;
  State *s = t->source;
  Value item;
  if (t->at == s->value.list->n) {
    if (!iter_next(ev, &s->it, &item))
      return false;
    list_push(eval_arena(ev), s->value.list, item);
  }
  *out = s->value.list->items[t->at++];
  return true;
}
static Value i_tee(Eval *ev, const Value *v) {
  int64_t n = need_int(ev, v[1], 0, 10000, "n");
  State *s = state_new(ev);
  ops_iter(ev, v[0], &s->it);
  s->value = val_list(eval_arena(ev), 8);
  Value out = val_tuple(eval_arena(ev), (size_t)n);
  for (int64_t i = 0; i < n; i++) {
    Tee *t = arena_new(eval_arena(ev), Tee);
    t->source = s;
    list_push(eval_arena(ev), out.list, stream_new(eval_arena(ev), &tee_type, tee_next, t));
  }
  return out;
}

static bool zip_longest_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  bool any = false;
  *out = val_tuple(eval_arena(ev), s->n);
  for (size_t i = 0; i < s->n; i++) {
    Value item = s->value;
    if (!s->picks[i]) {
      if (iter_next(ev, &s->its[i], &item)) {
        any = true;
      } else {
        s->picks[i] = 1;
        item = s->value;
      }
    }
    list_push(eval_arena(ev), out->list, item);
  }
  return any;
}
static Value i_zip_longest(Eval *ev, const Value *v) {
  State *s = state_new(ev);
  s->value = v[1];
  s->n = v[0].list->n;
  s->its = iters(ev, v[0].list->items, s->n);
  s->picks = arena_array(eval_arena(ev), size_t, s->n + 1);
  return stream_new(eval_arena(ev), &zip_longest_type, zip_longest_next, s);
}

// --- choices. picks[i] is the place in pool i of the i-th item.
static Value picked(Eval *ev, const State *s) {
  Value t = val_tuple(eval_arena(ev), s->n);
  for (size_t i = 0; i < s->n; i++)
    list_push(eval_arena(ev), t.list, s->pools[i].list->items[s->picks[i]]);
  return t;
}

static bool product_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  if (s->done)
    return false;
  if (s->started) {
    size_t i = s->n;
    while (i > 0 && ++s->picks[i - 1] == s->pools[i - 1].list->n)
      s->picks[--i] = 0;
    if (!i) {
      s->done = true;
      return false;
    }
  }
  s->started = true;
  *out = picked(ev, s);
  return true;
}
static Value i_product(Eval *ev, const Value *v) {
  const List *of = v[0].list;
  size_t repeat = (size_t)need_int(ev, v[1], 0, 1000, "repeat");
  State *s = state_new(ev);
  s->n = of->n * repeat;
  s->pools = arena_array(eval_arena(ev), Value, s->n + 1);
  s->picks = arena_array(eval_arena(ev), size_t, s->n + 1);
  for (size_t i = 0; i < of->n; i++) {
    Value l = ops_list(ev, of->items[i]);
    for (size_t k = 0; k < repeat; k++)
      s->pools[k * of->n + i] = l;
    s->done |= !l.list->n && repeat;
  }
  return stream_new(eval_arena(ev), &product_type, product_next, s);
}

// The next choice in order of places: of permutations when no place may come twice but order
// counts, of combinations when places ascend (repeat: may be equal).
static bool used_before(const State *s, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (s->picks[k] == s->picks[i])
      return true;
  return false;
}

static bool permutation_step(Eval *ev, State *s, size_t pool) {
  size_t i = s->n;
  while (i > 0) {
    do {
      eval_step(ev, 1);
      s->picks[i - 1]++;
    } while (s->picks[i - 1] < pool && used_before(s, i - 1));
    if (s->picks[i - 1] < pool)
      break;
    i--;
  }
  if (!i)
    return false;
  for (; i < s->n; i++)
    for (s->picks[i] = 0; used_before(s, i);)
      s->picks[i]++;
  return true;
}

static bool combination_step(State *s, size_t pool) {
  size_t i = s->n;
  while (i > 0 && s->picks[i - 1] == (s->repeat ? pool - 1 : pool - s->n + i - 1))
    i--;
  if (!i)
    return false;
  s->picks[i - 1]++;
  for (; i < s->n; i++)
    s->picks[i] = s->picks[i - 1] + !s->repeat;
  return true;
}

static bool choice_next(Eval *ev, void *data, Value *out) {
  State *s = data;
  size_t pool = s->pools[0].list->n;
  if (s->done)
    return false;
  if (s->started && !(s->every ? permutation_step(ev, s, pool) : combination_step(s, pool))) {
    s->done = true;
    return false;
  }
  s->started = true;
  *out = picked(ev, s);
  return true;
}

// v: iterable and r.
static Value choices(Eval *ev, const Value *v, const ObjectType *t, bool order, bool repeat) {
  Value pool = ops_list(ev, v[0]);
  int64_t r = v[1].kind == VAL_NONE ? (int64_t)pool.list->n : need_int(ev, v[1], 0, 1000000, "r");
  State *s = state_new(ev);
  s->done = repeat ? r && !pool.list->n : (size_t)r > pool.list->n;
  s->n = s->done ? 0 : (size_t)r;
  s->every = order;
  s->repeat = repeat;
  s->pools = arena_array(eval_arena(ev), Value, s->n + 1);
  s->picks = arena_array(eval_arena(ev), size_t, s->n + 1);
  s->pools[0] = pool;
  for (size_t i = 0; i < s->n; i++) {
    s->pools[i] = pool;
    s->picks[i] = repeat ? 0 : i;
  }
  return stream_new(eval_arena(ev), t, choice_next, s);
}
static Value i_permutations(Eval *ev, const Value *v) {
  return choices(ev, v, &permutations_type, true, false);
}
static Value i_combinations(Eval *ev, const Value *v) {
  return choices(ev, v, &combinations_type, false, false);
}
static Value i_combinations_with_replacement(Eval *ev, const Value *v) {
  return choices(ev, v, &combinations_type, false, true);
}

// clang-format off
const Native itertools_functions[] = {
    {"count",                         i_count,                         "start=0, step=1", "numbers without end"},
    {"cycle",                         i_cycle,                         "iterable, /",     "the items over and over"},
    {"repeat",                        i_repeat,                        "object, times=none",
     "the object without end, or so many times"},
    {"accumulate",                    i_accumulate,                    "iterable, func=none, *, initial=none",
     "running sums, or what func makes of two"},
    {"chain",                         i_chain,                         "*iterables",
     "the items of one behind those of the other"},
    {"compress",                      i_compress,                      "data, selectors",
     "the items whose selector is true"},
    {"islice",                        i_islice,                        "iterable, start, stop=..., step=1, /",
     "some of the items; of one number the first so many"},
    {"starmap",                       i_starmap,                       "function, iterable, /",
     "what the function gives for each item's parts"},
    {"tee",                           i_tee,                           "iterable, n=2, /",
     "n iterators over the same items"},
    {"zip_longest",                   i_zip_longest,                   "*iterables, fillvalue=none",
     "side by side, up to the longest one"},
    {"product",                       i_product,                       "*iterables, repeat=1",
     "each item of one with each of the others"},
    {"permutations",                  i_permutations,                  "iterable, r=none",
     "choices of r items in each order"},
    {"combinations",                  i_combinations,                  "iterable, r",
     "choices of r items in their order"},
    {"combinations_with_replacement", i_combinations_with_replacement, "iterable, r",
     "choices of r items, each as often as it comes"},
    {0},
};
// clang-format on

Value module_itertools(Arena *a) { return module_of(a, itertools_functions, "itertools"); }
