// Attributes, items, slices, iteration, length, and what undefined values say. In: values. Out:
// what is in them; Undefined where there is no such thing.
#include "ops_access.h"
#include "../base/program.h"
#include "../base/utf8.h"
#include "../value/bigint.h"
#include "interp.h"
#include "ops.h"

// --- undefined
Str ops_undef_message(Arena *a, Value v) {
  const Undef *u = v.undef;
  if (!u)
    return STR("the value is undefined");
  if (u->hint.len)
    return u->hint;
  if (!u->owner.len)
    return str_fmt(a, "'%.*s' is undefined", STR_ARG(u->name));
  return str_fmt(a, "'%.*s' has no attribute '%.*s'", STR_ARG(u->owner), STR_ARG(u->name));
}

static Str hint_of(Eval *ev, const Undef *u) {
  const Host *h = ev->opts.host;
  return u && !u->owner.len && u->name.len && h->hint ? h->hint(h->data, ev, u->name) : (Str){0};
}

static size_t keys_of(Arena *a, const Dict *d, const Str **out) {
  Str *names = arena_array(a, Str, d->n + 1);
  size_t n = 0, at = 0;
  for (const DictEntry *e; (e = dict_next((Dict *)(uintptr_t)d, &at));)
    if (e->key.kind == VAL_STR)
      names[n++] = val_text(e->key);
  *out = names;
  return n;
}

static _Noreturn void undef_fail(Eval *ev, Value v, Str otherwise) {
  Unknown what = {.hint = hint_of(ev, v.undef),
                  .otherwise = program_text(ev->arena, otherwise),
                  .lack = v.undef ? LACK_MACRO : LACK_NOTHING};
  const Undef *u = v.undef;
  if (u)
    what.name = u->name;
  if (u && u->of && u->of->type->names)
    what.n = u->of->type->names(ev->arena, u->of, &what.names);
  else if (u && u->in)
    what.n = keys_of(ev->arena, u->in, &what.names);
  eval_fail_unknown(ev, CODE_UNDEFINED_NAME, what, "%.*s",
                    STR_ARG(ops_undef_message(ev->arena, v)));
}

void ops_undef_fail(Eval *ev, Value v) { undef_fail(ev, v, (Str){0}); }

static bool is_plain_name(Value v) { return v.undef && !v.undef->owner.len && v.undef->name.len; }

void ops_undef_called(Eval *ev, Value v) {
  undef_fail(ev, v,
             is_plain_name(v) ? STR("a macro has a file in macros/, or comes with a package: "
                                    "run `starc deps`")
                              : (Str){0});
}

// What has something in it may be a package.
static _Noreturn void owner_undef_fail(Eval *ev, Value v) {
  if (ev->place && ev->place->kind == EX_ATTR && !v.undef->owner.len)
    ev->place = ev->place->of;
  undef_fail(ev, v,
             is_plain_name(v)
                 ? STR("if it is a package: put it into packages.yml, then run `starc deps`")
                 : (Str){0});
}

Value ops_missing(Eval *ev, Value v, Value key) {
  Arena *a = ev->arena;
  Undef *u = arena_new(a, Undef);
  u->owner = v.kind == VAL_NONE ? STR("None") : str_fmt(a, "%s object", val_type_name(v));
  if (key.kind == VAL_STR) {
    u->name = val_text(key);
    u->of = v.kind == VAL_OBJECT ? v.obj : NULL;
    u->in = v.kind == VAL_DICT ? v.dict : NULL;
  } else {
    Buf b = {.arena = a};
    val_repr(&b, key);
    u->hint = str_fmt(a, "%.*s has no element %.*s", STR_ARG(u->owner), STR_ARG(buf_str(&b)));
  }
  Value out = val_undef(u);
  if (ev->lenient)
    out.flags = VAL_LENIENT;
  return out;
}

// True: v is undefined and *out is what accessing it gives.
static bool of_undefined(Eval *ev, Value v) {
  if (v.kind != VAL_UNDEF)
    return false;
  if (!(v.flags & VAL_LENIENT))
    owner_undef_fail(ev, v);
  return true;
}

// --- items and attributes
// A place in n items from a whole number, which may count from the end.
static bool place_in(Value key, size_t n, size_t *at) {
  if (key.kind != VAL_INT && key.kind != VAL_BOOL)
    return false;
  int64_t i = key.kind == VAL_BOOL ? key.b : key.i;
  i += i < 0 ? (int64_t)n : 0;
  *at = (size_t)i;
  return i >= 0 && i < (int64_t)n;
}

static bool item_of_text(Value v, Value key, Value *out) {
  Str s = val_text(v);
  size_t at;
  if (!place_in(key, utf8_count(s), &at))
    return false;
  size_t from = utf8_offset(s, at), to = from;
  utf8_next(s, &to);
  *out = val_str(str_sub(s, from, to));
  out->flags = v.flags & VAL_SAFE;
  return true;
}

static bool get_item(Eval *ev, Value v, Value key, Value *out) {
  size_t at;
  Value *found;
  switch ((ValueKind)v.kind) {
  case VAL_DICT:
    if ((found = dict_get(v.dict, key)))
      *out = *found;
    return found != NULL;
  case VAL_LIST:
  case VAL_TUPLE:
    if (!place_in(key, v.list->n, &at))
      return false;
    *out = v.list->items[at];
    return true;
  case VAL_STR:
    return item_of_text(v, key, out);
  case VAL_OBJECT:
    return v.obj->type->item && v.obj->type->item(ev, v.obj, key, out);
  default:
    return false;
  }
}

// Names with an underscore in front are private: the sandbox hides them.
static bool get_attr(Eval *ev, Value v, Str name, Value *out) {
  if (name.len && name.ptr[0] == '_')
    return false;
  if (v.kind == VAL_OBJECT)
    return v.obj->type->attr && v.obj->type->attr(ev, v.obj, name, out);
  return method_lookup(ev->arena, v, name, out);
}

Value ops_attr(Eval *ev, Value v, Str name) {
  Value out;
  if (of_undefined(ev, v))
    return v;
  if (get_attr(ev, v, name, &out) || get_item(ev, v, val_str(name), &out))
    return out;
  return ops_missing(ev, v, val_str(name));
}

Value ops_item(Eval *ev, Value v, Value key) {
  Value out;
  if (of_undefined(ev, v))
    return v;
  if (get_item(ev, v, key, &out) || (key.kind == VAL_STR && get_attr(ev, v, val_text(key), &out)))
    return out;
  return ops_missing(ev, v, key);
}

// --- slices
typedef struct Bounds {
  int64_t from, to, step;
} Bounds;

// A part of a slice; far numbers are drawn near. False: left out.
static bool bound(Eval *ev, Value v, int64_t *out) {
  const int64_t far = INT64_C(1) << 40;
  if (v.kind == VAL_NONE)
    return false;
  if (v.kind == VAL_UNDEF || (v.kind != VAL_INT && v.kind != VAL_BOOL && v.kind != VAL_BIGINT))
    eval_fail(ev, "slice indices must be integers or None or have an __index__ method");
  if (v.kind == VAL_BIGINT)
    *out = bigint_cmp(v, val_int(0)) < 0 ? -far : far;
  else
    *out = v.kind == VAL_BOOL ? v.b : v.i;
  *out = *out > far ? far : *out < -far ? -far : *out;
  return true;
}

static int64_t drawn(int64_t i, int64_t n, int64_t least, int64_t most) {
  i += i < 0 ? n : 0;
  return i < least ? least : i > most ? most : i;
}

static Bounds bounds(Eval *ev, Value from, Value to, Value step, int64_t n) {
  Bounds b = {.step = 1};
  bound(ev, step, &b.step);
  if (!b.step)
    eval_fail(ev, "slice step cannot be zero");
  bool back = b.step < 0;
  int64_t least = back ? -1 : 0, most = back ? n - 1 : n, i;
  b.from = bound(ev, from, &i) ? drawn(i, n, least, most) : back ? most : least;
  b.to = bound(ev, to, &i) ? drawn(i, n, least, most) : back ? least : most;
  return b;
}

static bool goes_on(const Bounds *b, int64_t i) { return b->step > 0 ? i < b->to : i > b->to; }

static Value slice_text(Eval *ev, Value v, const Bounds *b, size_t n) {
  Str s = val_text(v);
  Buf out = {.arena = ev->arena};
  eval_step(ev, n / 16);
  if (b->step == 1) {
    size_t from = utf8_offset(s, (size_t)b->from);
    Str rest = str_sub(s, from, s.len);
    size_t count = b->to > b->from ? (size_t)(b->to - b->from) : 0;
    Value r = val_str(str_sub(rest, 0, utf8_offset(rest, count)));
    r.flags = v.flags & VAL_SAFE;
    return r;
  }
  size_t *starts = arena_alloc(ev->arena, (n + 1) * sizeof *starts), k = 0;
  for (size_t at = 0; at < s.len; utf8_next(s, &at))
    starts[k++] = at;
  starts[k] = s.len;
  for (int64_t i = b->from; goes_on(b, i); i += b->step)
    buf_add(&out, str_sub(s, starts[i], starts[i + 1]));
  Value r = val_str(buf_str(&out));
  r.flags = v.flags & VAL_SAFE;
  return r;
}

static Value slice_range(Eval *ev, const Range *r, const Bounds *b) {
  Range *q = arena_new(ev->arena, Range);
  int64_t gap = b->step > 0 ? b->to - b->from : b->from - b->to;
  int64_t by = b->step > 0 ? b->step : -b->step;
  *q = *r;
  q->start = r->start + b->from * r->step;
  q->stop = r->start + b->to * r->step;
  q->step = r->step * b->step;
  q->n = gap > 0 ? (gap + by - 1) / by : 0;
  return val_obj(q);
}

Value ops_slice(Eval *ev, Value v, Value from, Value to, Value step) {
  if (of_undefined(ev, v))
    return v;
  if (v.kind == VAL_DICT)
    eval_fail(ev, "unhashable type: 'slice'");
  bool range = val_is_type(v, &range_type);
  Value list = v;
  if (v.kind == VAL_OBJECT && !range && v.obj->type->item && v.obj->type->iter && v.obj->type->len)
    list = ops_list(ev, v); // a sequence of another kind
  if (list.kind != VAL_STR && !val_is_seq(list) && !range)
    eval_fail(ev, "'%s' object is not subscriptable", val_type_name(v));
  int64_t n = ops_len(ev, list);
  Bounds b = bounds(ev, from, to, step, n);
  if (v.kind == VAL_STR)
    return slice_text(ev, v, &b, (size_t)n);
  if (range)
    return slice_range(ev, (const Range *)v.obj, &b);
  Value out = v.kind == VAL_LIST ? val_list(ev->arena, 4) : val_tuple(ev->arena, 4);
  for (int64_t i = b.from; goes_on(&b, i); i += b.step) {
    eval_step(ev, 1);
    list_push(ev->arena, out.list, list.list->items[i]);
  }
  if (v.kind == VAL_OBJECT && v.obj->type->slice)
    return v.obj->type->slice(ev->arena, out);
  return out;
}

// --- iteration
static bool list_next(Eval *ev, Iter *it, Value *out) {
  (void)ev;
  if (it->at >= it->over.list->n) // looked at each time: a loop may add to its list
    return false;
  *out = it->over.list->items[it->at++];
  return true;
}

static bool text_next(Eval *ev, Iter *it, Value *out) {
  (void)ev;
  Str s = val_text(it->over);
  size_t from = it->at;
  if (from >= s.len)
    return false;
  utf8_next(s, &it->at);
  *out = val_str(str_sub(s, from, it->at));
  return true;
}

static bool dict_keys_next(Eval *ev, Iter *it, Value *out) {
  bool set = it->over.kind == VAL_SET;
  if ((int64_t)it->over.dict->n != it->left)
    eval_fail(ev, "%s changed size during iteration", set ? "Set" : "dictionary");
  DictEntry *e = dict_next(it->over.dict, &it->at);
  if (e)
    *out = e->key;
  return e != NULL;
}

static bool nothing_next(Eval *ev, Iter *it, Value *out) {
  (void)ev, (void)it, (void)out;
  return false;
}

void ops_iter(Eval *ev, Value v, Iter *it) {
  *it = (Iter){.over = v, .left = -1};
  switch ((ValueKind)v.kind) {
  case VAL_LIST:
  case VAL_TUPLE:
    it->next = list_next;
    return;
  case VAL_STR:
    it->next = text_next;
    return;
  case VAL_DICT:
  case VAL_SET:
    it->next = dict_keys_next;
    it->left = (int64_t)v.dict->n;
    return;
  case VAL_UNDEF:
    it->next = nothing_next;
    return;
  case VAL_OBJECT:
    if (v.obj->type->iter && v.obj->type->iter(ev, v.obj, it))
      return;
    break;
  default:
    break;
  }
  eval_fail(ev, "'%s' object is not iterable", val_type_name(v));
}

Value ops_list(Eval *ev, Value v) {
  size_t n = val_is_seq(v) ? v.list->n : v.kind == VAL_DICT || v.kind == VAL_SET ? v.dict->n : 8;
  Value l = val_list(ev->arena, n), item;
  Iter it;
  ops_iter(ev, v, &it);
  while (iter_next(ev, &it, &item)) {
    eval_tick(ev);
    list_push(ev->arena, l.list, item);
  }
  return l;
}

int64_t ops_len(Eval *ev, Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
    return 0;
  case VAL_STR:
    return (int64_t)utf8_count(val_text(v));
  case VAL_LIST:
  case VAL_TUPLE:
    return (int64_t)v.list->n;
  case VAL_DICT:
  case VAL_SET:
    return (int64_t)v.dict->n;
  case VAL_OBJECT:
    if (v.obj->type->len)
      return v.obj->type->len(v.obj);
    break;
  default:
    break;
  }
  eval_fail(ev, "object of type '%s' has no len()", val_type_name(v));
}

// The part of a value that makes it unhashable.
static Value unhashable_part(Value v) {
  uint64_t h;
  for (bool found = v.kind == VAL_TUPLE; found;) {
    found = false;
    for (size_t i = 0; i < v.list->n && !found; i++)
      if (!val_hash(v.list->items[i], &h)) {
        v = v.list->items[i];
        found = v.kind == VAL_TUPLE && v.list->n;
        break;
      }
  }
  return v;
}

void ops_need_hashable(Eval *ev, Value v) {
  uint64_t h;
  if (v.kind == VAL_STR || val_hash(v, &h))
    return;
  Value part = v.kind == VAL_TUPLE ? unhashable_part(v) : v;
  eval_fail(ev, "unhashable type: '%s'",
            part.kind == VAL_OBJECT ? part.obj->type->unhashable : val_type_name(part));
}

// --- generators
typedef struct Generator {
  Object object;
  const char *name;
  Iter it;
  bool running;
} Generator;

static bool generator_next(Eval *ev, Iter *it, Value *out) {
  Generator *g = it->state;
  eval_check_stack(ev);
  eval_tick(ev);
  if (g->running)
    eval_fail(ev, "generator already executing");
  g->running = true;
  bool more = g->it.next(ev, &g->it, out);
  g->running = false;
  return more;
}

static bool generator_iter(Eval *ev, Object *o, Iter *it) {
  (void)ev;
  *it = (Iter){.next = generator_next, .over = val_obj(o), .left = -1, .state = o};
  return true;
}

static void generator_repr(const Object *o, Buf *out) {
  buf_addf(out, "<generator object %s at 0x%llx>", ((const Generator *)o)->name,
           (unsigned long long)(uintptr_t)o);
}

static const ObjectType generator_type = {
    .name = "generator", .iter = generator_iter, .repr = generator_repr};

Value ops_generator(Eval *ev, const char *name, bool (*next)(Eval *, Iter *, Value *),
                    void *state) {
  Generator *g = arena_new(ev->arena, Generator);
  *g = (Generator){.object = {&generator_type}, .name = name};
  g->it = (Iter){.next = next, .state = state, .left = -1};
  return val_obj(g);
}
