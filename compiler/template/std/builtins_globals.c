// The functions every template has: range, dict, lipsum, cycler, joiner, namespace. In: arguments.
// Out: a lazy range, a dict, text, or an object that remembers where it is.
#include "std.h"

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

static Value range_count(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "range.count", args, 1, 1);
  return val_int(range_find((Range *)self.obj, args->pos[0]) >= 0);
}

static Value range_index(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "range.index", args, 1, 1);
  int64_t at = range_find((Range *)self.obj, args->pos[0]);
  if (at < 0)
    eval_fail(ev, "%.*s is not in range", STR_ARG(to_str(ev, args->pos[0])));
  return val_int(at);
}

static bool range_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Range *r = (const Range *)o;
  if (str_is(name, "start"))
    *out = val_int(r->start);
  else if (str_is(name, "stop"))
    *out = val_int(r->stop);
  else if (str_is(name, "step"))
    *out = val_int(r->step);
  else if (str_is(name, "count"))
    *out = val_func(eval_arena(ev), "count", range_count, val_obj(o));
  else if (str_is(name, "index"))
    *out = val_func(eval_arena(ev), "index", range_index, val_obj(o));
  else
    return false;
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

static Value g_range(Eval *ev, Value self, const Args *args) {
  (void)self;
  args_positional(ev, "range", args, 1, 3);
  for (size_t i = 0; i < args->npos; i++)
    need_index(ev, args->pos[i]);
  bool one = args->npos == 1;
  Range *r = arena_new(eval_arena(ev), Range);
  r->object.type = &range_type;
  r->start = one ? 0 : need_index(ev, args->pos[0]);
  r->stop = need_index(ev, args->pos[!one]);
  r->step = args->npos > 2 ? need_index(ev, args->pos[2]) : 1;
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
static Value g_dict(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value d = val_dict(eval_arena(ev));
  dict_fill(ev, d.dict, "dict", args);
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

static Value g_namespace(Eval *ev, Value self, const Args *args) {
  Namespace *n = arena_new(eval_arena(ev), Namespace);
  n->object.type = &namespace_type;
  n->attrs = g_dict(ev, self, args);
  return val_obj(n);
}

// --- cycler and joiner
typedef struct Cycler {
  Object object;
  Value items; // a tuple
  size_t at;
} Cycler;

static Value cycler_next(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "next", args, 0, 0);
  Cycler *c = (Cycler *)self.obj;
  Value v = c->items.list->items[c->at];
  c->at = (c->at + 1) % c->items.list->n;
  return v;
}

static Value cycler_reset(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "reset", args, 0, 0);
  ((Cycler *)self.obj)->at = 0;
  return val_none();
}

static bool cycler_attr(Eval *ev, Object *o, Str name, Value *out) {
  Cycler *c = (Cycler *)o;
  if (str_is(name, "current"))
    *out = c->items.list->items[c->at];
  else if (str_is(name, "items"))
    *out = c->items;
  else if (str_is(name, "pos"))
    *out = val_int((int64_t)c->at);
  else if (str_is(name, "next"))
    *out = val_func(eval_arena(ev), "next", cycler_next, val_obj(o));
  else if (str_is(name, "reset"))
    *out = val_func(eval_arena(ev), "reset", cycler_reset, val_obj(o));
  else
    return false;
  return true;
}
static const ObjectType cycler_type = {.name = "Cycler", .attr = cycler_attr};

static Value g_cycler(Eval *ev, Value self, const Args *args) {
  (void)self;
  if (args->nkw)
    eval_fail(ev, "cycler() got an unexpected keyword argument '%.*s'", STR_ARG(args->kw[0].name));
  if (!args->npos)
    eval_fail(ev, "at least one item has to be provided");
  Cycler *c = arena_new(eval_arena(ev), Cycler);
  *c = (Cycler){.object = {&cycler_type}, .items = tuple_of(eval_arena(ev), args->pos, args->npos)};
  return val_obj(c);
}

typedef struct Joiner {
  Object object;
  Value sep;
  bool used;
} Joiner;

static Value joiner_call(Eval *ev, Object *o, const Args *args) {
  args_positional(ev, "joiner", args, 0, 0);
  Joiner *j = (Joiner *)o;
  bool first = !j->used;
  j->used = true;
  return first ? val_lit("") : j->sep;
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

static Value g_joiner(Eval *ev, Value self, const Args *args) {
  (void)self;
  Joiner *j = arena_new(eval_arena(ev), Joiner);
  *j = (Joiner){.object = {&joiner_type}, .sep = val_lit(", ")};
  args_bind(ev, "joiner", args, PARAMS("sep"), 1, 0, &j->sep);
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

static Value g_lipsum(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v[4] = {val_int(5), val_bool(true), val_int(20), val_int(100)};
  args_bind(ev, "lipsum", args, PARAMS("n", "html", "min", "max"), 4, 0, v);
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

// clang-format off
const Builtin builtin_globals[] = {
    {"cycler",    g_cycler,    1, -1, "cycler(*items)",
     "gives the items in turn: .next(), .current, .reset()"},
    {"dict",      g_dict,      0, -1, "dict(mapping, **items)",                  "a dict"},
    {"joiner",    g_joiner,    0, 1,  "joiner(sep=', ')",                        "empty at the first call, then sep"},
    {"lipsum",    g_lipsum,    0, 4,  "lipsum(n=5, html=true, min=20, max=100)", "filler text"},
    {"namespace", g_namespace, 0, -1, "namespace(**values)",
     "an object whose attributes can be set"},
    {"range",     g_range,     1, 3,  "range(start, stop, step=1)",              "whole numbers, at most 100,000"},
    {0},
};
// clang-format on

static Value dict_fromkeys(Eval *ev, Value self, const Args *args) {
  return method_find(dict_methods, STR("fromkeys"))->fn(ev, self, args);
}
static const Method dict_class_functions[] = {
    {"fromkeys", dict_fromkeys},
    {NULL,       NULL         }
};

bool builtin_global(Arena *a, Str name, Value *out) {
  for (const Builtin *b = builtin_globals; b->name; b++) {
    if (!str_eq(name, str_c(b->name)))
      continue;
    if (b->fn != g_dict) {
      *out = val_func(a, b->name, b->fn, val_none());
      return true;
    }
    static const Class dict_class = {{&class_type},        "dict", g_dict,
                                     dict_class_functions, NULL,   {NULL}};
    *out = val_obj((void *)&dict_class);
    return true;
  }
  return false;
}
