// The functions every template has: range, dict, lipsum, cycler, joiner, namespace. In: arguments.
// Out: a lazy range, a dict, text, or an object that remembers where it is.
#include "methods_seq.h"
#include "std.h"
#include "std_text.h"

#include <stdlib.h>
#include <time.h>

// --- range
static Value range_at(const Range *r, int64_t i) { return val_int(r->start + i * r->step); }

static bool range_item(Eval *ev, Object *o, Value key, Value *out) {
  Range *r = (Range *)o;
  if (!val_is_whole(key))
    return false;
  int64_t i = need_index(ev, key);
  if (i < 0)
    i += r->n;
  if (i < 0 || i >= r->n)
    return false;
  *out = range_at(r, i);
  return true;
}

static bool range_next(Eval *ev, Iter *it, Value *out) {
  (void)ev;
  Range *r = it->state;
  if ((int64_t)it->at >= r->n)
    return false;
  *out = range_at(r, (int64_t)it->at++);
  it->left--;
  return true;
}

static bool range_iter(Eval *ev, Object *o, Iter *it) {
  (void)ev;
  *it = (Iter){.next = range_next, .over = val_obj(o), .left = ((Range *)o)->n, .state = o};
  return true;
}

static int64_t range_len(const Object *o) { return ((const Range *)o)->n; }

static void range_repr(const Object *o, Buf *out) {
  const Range *r = (const Range *)o;
  buf_addf(out, "range(%lld, %lld", (long long)r->start, (long long)r->stop);
  if (r->step != 1)
    buf_addf(out, ", %lld", (long long)r->step);
  buf_addc(out, ')');
}

static bool range_eq(const Object *o, Value other) {
  if (!val_is_type(other, &range_type))
    return false;
  const Range *a = (const Range *)o, *b = (const Range *)other.obj;
  return a->n == b->n && (!a->n || (a->start == b->start && (a->n == 1 || a->step == b->step)));
}

static uint64_t range_hash(const Object *o) {
  const Range *r = (const Range *)o;
  return (uint64_t)(r->n * 31 + (r->n ? r->start : 0)) * 0x9E3779B97F4A7C15u;
}

// The place of v in the range, or -1.
static int64_t range_find(const Range *r, Value v) {
  if (v.kind == VAL_FLOAT && v.f == (double)(int64_t)v.f)
    v = val_int((int64_t)v.f);
  if (v.kind == VAL_BOOL)
    v = val_int(v.b);
  if (v.kind != VAL_INT)
    return -1;
  int64_t d = v.i - r->start;
  if (d % r->step)
    return -1;
  d /= r->step;
  return d >= 0 && d < r->n ? d : -1;
}

static bool range_contains(Eval *ev, Object *o, Value v) {
  (void)ev;
  return range_find((Range *)o, v) >= 0;
}

static Value range_count(Eval *ev, const Value *v) {
  (void)ev;
  return val_int(range_find((Range *)v[0].obj, v[1]) >= 0);
}

static Value range_index(Eval *ev, const Value *v) {
  int64_t at = range_find((Range *)v[0].obj, v[1]);
  if (at < 0)
    eval_fail(ev, "%.*s is not in range", STR_ARG(to_str(ev, v[1])));
  return val_int(at);
}

// clang-format off
const Native range_methods[] = {
    {"count", range_count, "self, value, /", "1 when the value is in it, else 0"},
    {"index", range_index, "self, value, /", "the place of the value in it"},
    {0},
};
// clang-format on

static bool range_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Range *r = (const Range *)o;
  if (str_is(name, "start"))
    *out = val_int(r->start);
  else if (str_is(name, "stop"))
    *out = val_int(r->stop);
  else if (str_is(name, "step"))
    *out = val_int(r->step);
  else
    return native_find(eval_arena(ev), range_methods, "range", name, val_obj(o), out);
  return true;
}

const ObjectType range_type = {.name = "range",
                               .attr = range_attr,
                               .item = range_item,
                               .iter = range_iter,
                               .len = range_len,
                               .repr = range_repr,
                               .eq = range_eq,
                               .hash = range_hash,
                               .contains = range_contains};

enum { RANGE_MAX = 100000 };

static Value g_range(Eval *ev, const Value *v) {
  bool one = !native_given(v[1]);
  int64_t first = need_index(ev, v[0]);
  Range *r = arena_new(eval_arena(ev), Range);
  *r = (Range){.object = {&range_type}, .start = one ? 0 : first};
  r->stop = one ? first : need_index(ev, v[1]);
  r->step = need_index(ev, v[2]);
  if (!r->step)
    eval_fail(ev, "range() arg 3 must not be zero");
  __int128 gap = r->step > 0 ? (__int128)r->stop - r->start : (__int128)r->start - r->stop;
  __int128 by = r->step > 0 ? r->step : -(__int128)r->step;
  __int128 n = gap > 0 ? (gap + by - 1) / by : 0;
  if (n > RANGE_MAX)
    eval_fail(ev, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).",
              RANGE_MAX);
  r->n = (int64_t)n;
  return val_obj(r);
}

// --- dict and namespace
static Value g_dict(Eval *ev, const Value *v) {
  Value d = val_dict(eval_arena(ev));
  dict_fill(ev, d.dict, v[0], v[1]);
  return d;
}

typedef struct Namespace {
  Object object;
  Value attrs;
} Namespace;

static bool ns_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev;
  Value *v = dict_gets(((Namespace *)o)->attrs.dict, name);
  if (v)
    *out = *v;
  return v != NULL;
}
static bool ns_set(Eval *ev, Object *o, Str name, Value v) {
  dict_sets(eval_arena(ev), ((Namespace *)o)->attrs.dict, name, v);
  return true;
}
static void ns_repr(const Object *o, Buf *out) {
  buf_adds(out, "<Namespace ");
  val_repr(out, ((const Namespace *)o)->attrs);
  buf_addc(out, '>');
}
const ObjectType namespace_type = {
    .name = "Namespace", .attr = ns_attr, .set_attr = ns_set, .repr = ns_repr};

static Value g_namespace(Eval *ev, const Value *v) {
  Namespace *n = arena_new(eval_arena(ev), Namespace);
  *n = (Namespace){.object = {&namespace_type}, .attrs = g_dict(ev, v)};
  return val_obj(n);
}

// --- cycler and joiner
typedef struct Cycler {
  Object object;
  Value items; // a tuple
  size_t at;
} Cycler;

static Value cycler_next(Eval *ev, const Value *v) {
  (void)ev;
  Cycler *c = (Cycler *)v[0].obj;
  Value item = c->items.list->items[c->at];
  c->at = (c->at + 1) % c->items.list->n;
  return item;
}

static Value cycler_reset(Eval *ev, const Value *v) {
  (void)ev;
  ((Cycler *)v[0].obj)->at = 0;
  return val_none();
}

// clang-format off
const Native cycler_methods[] = {
    {"next",  cycler_next,  "self", "the current item; the one behind it is the next current one"},
    {"reset", cycler_reset, "self", "begins with the first item again"},
    {0},
};
// clang-format on

static bool cycler_attr(Eval *ev, Object *o, Str name, Value *out) {
  Cycler *c = (Cycler *)o;
  if (str_is(name, "current"))
    *out = c->items.list->items[c->at];
  else if (str_is(name, "items"))
    *out = c->items;
  else if (str_is(name, "pos"))
    *out = val_int((int64_t)c->at);
  else
    return native_find(eval_arena(ev), cycler_methods, "cycler", name, val_obj(o), out);
  return true;
}
static const ObjectType cycler_type = {.name = "Cycler", .attr = cycler_attr};

static Value g_cycler(Eval *ev, const Value *v) {
  if (!v[0].list->n)
    eval_fail(ev, "at least one item has to be provided");
  Cycler *c = arena_new(eval_arena(ev), Cycler);
  *c = (Cycler){.object = {&cycler_type}, .items = v[0]};
  return val_obj(c);
}

typedef struct Joiner {
  Object object;
  Value sep;
  bool used;
} Joiner;

static Value joiner_next(Eval *ev, const Value *v) {
  (void)ev;
  Joiner *j = (Joiner *)v[0].obj;
  bool first = !j->used;
  j->used = true;
  return first ? val_lit("") : j->sep;
}

static Value joiner_call(Eval *ev, Object *o, const Args *args) {
  static const Native call = {"joiner", joiner_next, "self",
                              "nothing at first, then the separator"};
  return native_call(ev, &(Func){.native = &call, .self = val_obj(o)}, args);
}
static bool joiner_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev;
  Joiner *j = (Joiner *)o;
  if (str_is(name, "sep"))
    *out = j->sep;
  else if (str_is(name, "used"))
    *out = val_bool(j->used);
  else
    return false;
  return true;
}
static const ObjectType joiner_type = {.name = "Joiner", .attr = joiner_attr, .call = joiner_call};

static Value g_joiner(Eval *ev, const Value *v) {
  Joiner *j = arena_new(eval_arena(ev), Joiner);
  *j = (Joiner){.object = {&joiner_type}, .sep = v[0]};
  return val_obj(j);
}

// --- lipsum: filler text, other words at each call as in Jinja
static const char *const filler[] = {"amber",  "basin",  "cedar",   "delta",   "ember",  "fable",
                                     "grove",  "harbor", "island",  "jasper",  "kernel", "lumen",
                                     "meadow", "north",  "orchard", "pebble",  "quiet",  "river",
                                     "summit", "timber", "umber",   "valley",  "willow", "yonder",
                                     "zephyr", "along",  "beneath", "carries", "drifts", "finds"};

static void sentence_text(Buf *b, unsigned *seed, int64_t words) {
  for (int64_t i = 0, start = 1; i < words; i++) {
    const char *w = filler[(size_t)rand_r(seed) % COUNT(filler)];
    buf_addf(b, "%s%c%s", i ? " " : "", start ? w[0] - 32 : w[0], w + 1);
    start = i + 1 < words && rand_r(seed) % 12 == 0;
    if (start || i + 1 == words)
      buf_addc(b, '.');
    else if (rand_r(seed) % 6 == 0)
      buf_addc(b, ',');
  }
}

static Value g_lipsum(Eval *ev, const Value *v) {
  int64_t n = need_int(ev, v[0], INT64_MIN, 10000, "n"), min = need_int(ev, v[2], 0, 10000, "min"),
          max = need_int(ev, v[3], 0, 10000, "max");
  bool html = val_truth(v[1]);
  if (n > 0 && min >= max)
    eval_fail(ev, "empty range for randrange() (%lld, %lld, %lld)", (long long)min, (long long)max,
              (long long)(max - min));
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  unsigned seed = (unsigned)now.tv_nsec;
  Buf b = {.arena = eval_arena(ev)};
  for (int64_t i = 0; i < n; i++) {
    int64_t words = min + rand_r(&seed) % (max - min);
    eval_step(ev, (uint64_t)words + 1);
    buf_add(&b, !i ? STR("") : html ? STR("\n") : STR("\n\n"));
    buf_add(&b, html ? STR("<p>") : STR(""));
    sentence_text(&b, &seed, words);
    buf_add(&b, html ? STR("</p>") : STR(""));
  }
  return str_value(&b, html ? VAL_SAFE : 0);
}

enum { DICT = 1 }; // its row

// clang-format off
const Native builtin_globals[] = {
    {"cycler",    g_cycler,    "*items",                    "gives the items in turn: .next(), .current, .reset()"
     "\n{% set turn = cycler('a', 'b') %}\n{{ turn.next() }}{{ turn.next() }}{{ turn.next() }}\n=> aba"},
    {"dict",      g_dict,      "mapping=..., /, **kwargs",  "a dict: of a mapping or of pairs, and of the names given"
     "\n{{ dict(a=1, b=2) }}\n=> {'a': 1, 'b': 2}"},
    {"joiner",    g_joiner,    "sep=', '",                  "empty at the first call, then sep"
     "\n{% set comma = joiner(', ') %}\n{% for c in ['id', 'name'] %}{{ comma() }}{{ c }}{% endfor %}\n=> id, name"},
    {"lipsum",    g_lipsum,    "n=5, html=true, min=20, max=100", "filler text"
     "\n{{ lipsum(n=1, html=false) is string }}\n=> True"},
    {"namespace", g_namespace, "mapping=..., /, **kwargs",  "an object whose attributes can be set; made as a dict is"
     "\n{% set ns = namespace(n=0) %}\n{% for i in range(3) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}\n=> 3"},
    {"range",     g_range,     "start, stop=..., step=1, /",
     "whole numbers below stop, at most 100,000; of one number those from 0"
     "\n{{ range(1, 4) | list }}\n=> [1, 2, 3]"},
    {0},
};
// clang-format on

bool builtin_global(Arena *a, Str name, Value *out) {
  const Native *n = native_in(builtin_globals, name);
  if (!n)
    return false;
  static const Class dict_class = {.object = {&class_type},
                                   .name = "dict",
                                   .make = &builtin_globals[DICT],
                                   .functions = dict_functions};
  *out = n->fn == g_dict ? val_obj((void *)&dict_class) : val_func(a, n, NULL, val_none());
  return true;
}
