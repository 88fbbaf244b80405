// In: a for statement. Out: its rounds, and the `loop` object that the body may ask.
#include "loop.h"
#include "eval_expr.h"
#include "interp.h"
#include "ops_access.h"
#include "signature.h"

typedef struct Loop {
  Object object;
  const ForLoop *def;
  Frame *frame; // where the targets live
  Frame *outer; // where the statement stands
  Value over;
  Iter it;
  int64_t index0, length; // length -1: not known yet
  unsigned depth0;
  bool has_next, has_current, has_previous, has_changed;
  bool filtered_already; // the filter has been applied to what is left
  Value next, current, previous, changed;
} Loop;

static const ObjectType loop_type;

// The next item that the filter lets through.
static bool pull(Eval *ev, Loop *l, Value *out) {
  const ForLoop *d = l->def;
  while (iter_next(ev, &l->it, out)) {
    eval_tick(ev);
    if (!d->test || l->filtered_already)
      return true;
    eval_enter_scope(ev, l->frame, d->test_scope);
    eval_assign(ev, l->frame, d->test_target, *out);
    if (val_truth(eval_expr(ev, l->frame, d->test)))
      return true;
  }
  return false;
}

static bool peek(Eval *ev, Loop *l) {
  if (!l->has_next)
    l->has_next = pull(ev, l, &l->next);
  return l->has_next;
}

static bool advance(Eval *ev, Loop *l, Value *out) {
  if (l->has_next) {
    *out = l->next;
    l->has_next = false;
  } else if (!pull(ev, l, out)) {
    return false;
  }
  l->index0++;
  l->previous = l->current;
  l->has_previous = l->has_current;
  l->current = *out;
  l->has_current = true;
  return true;
}

static int64_t known_length(Loop *l) {
  Value v = l->over;
  if (l->def->test)
    return -1;
  if (val_is_seq(v))
    return (int64_t)v.list->n;
  if (v.kind == VAL_DICT || v.kind == VAL_SET)
    return (int64_t)v.dict->n;
  if (v.kind == VAL_OBJECT && v.obj->type->len)
    return v.obj->type->len(v.obj);
  return -1;
}

// The number of rounds. What has no length is read to its end first.
static int64_t length(Eval *ev, Loop *l) {
  if (l->length >= 0)
    return l->length;
  l->length = known_length(l);
  if (l->length >= 0)
    return l->length;
  Value rest = val_list(ev->arena, 8), v;
  while (pull(ev, l, &v))
    list_push(ev->arena, rest.list, v);
  l->length = (int64_t)rest.list->n + l->index0 + 1 + l->has_next;
  l->filtered_already = true;
  ops_iter(ev, rest, &l->it);
  return l->length;
}

static Flow rounds(Eval *ev, Loop *l) {
  const ForLoop *d = l->def;
  Value item;
  bool whole = false; // a round ran to the end of its body: jinja2 renders else where none did
  while (d->loop ? advance(ev, l, &item) : pull(ev, l, &item)) {
    eval_enter_scope(ev, l->frame, d->scope);
    if (d->loop)
      l->frame->slots[d->loop->slot] = val_obj(l);
    eval_assign(ev, l->frame, d->target, item);
    Flow flow = eval_body(ev, l->frame, d->body);
    if (flow == FLOW_BREAK)
      break;
    whole |= flow == FLOW_ON;
  }
  if (whole || !d->else_scope)
    return FLOW_ON;
  eval_enter_scope(ev, l->frame, d->else_scope);
  return eval_body(ev, l->frame, d->otherwise);
}

static Flow run(Eval *ev, Loop *l, const ForLoop *d, Frame *outer, Value over, unsigned depth0) {
  l->object.type = &loop_type;
  l->def = d;
  l->outer = outer;
  l->frame = d->fn ? eval_frame(ev, d->fn, outer) : outer;
  l->over = over;
  l->index0 = l->length = -1;
  l->depth0 = depth0;
  ev->place = d->iter;
  ops_iter(ev, over, &l->it);
  return rounds(ev, l);
}

Flow loop_run(Eval *ev, Frame *f, const Stmt *s) {
  const ForLoop *d = s->loop;
  Value over = eval_expr(ev, f, d->iter);
  if (d->loop)
    return run(ev, arena_new(ev->arena, Loop), d, f, over, 0);
  Loop local;
  arena_clear(&local, offsetof(Loop, next));
  return run(ev, &local, d, f, over, 0);
}

// --- the loop object
static Value no_item(Eval *ev, const char *hint) {
  Undef *u = arena_new(ev->arena, Undef);
  u->hint = str_c(hint);
  return val_undef(u);
}

static Value cycle(Eval *ev, const Value *v) {
  const Loop *l = (const Loop *)v[0].obj;
  const List *items = v[1].list;
  if (!items->n)
    eval_fail(ev, "no items for cycling given");
  return items->items[(size_t)l->index0 % items->n];
}

static Value changed(Eval *ev, const Value *v) {
  (void)ev;
  Loop *l = (Loop *)v[0].obj;
  if (l->has_changed && val_eq(l->changed, v[1]))
    return val_bool(false);
  l->changed = v[1];
  l->has_changed = true;
  return val_bool(true);
}

// clang-format off
const Native loop_methods[] = {
    {"cycle",   cycle,   "self, *items",  "one of the items, another at each round"},
    {"changed", changed, "self, *values", "whether they are others than at the last round"},
    {0},
};
// clang-format on

typedef enum Attr {
  A_INDEX,
  A_INDEX0,
  A_REVINDEX,
  A_REVINDEX0,
  A_FIRST,
  A_LAST,
  A_LENGTH,
  A_PREVITEM,
  A_NEXTITEM,
  A_DEPTH,
  A_DEPTH0
} Attr;

static const Str attrs[] = {
    STR_INIT("index"),    STR_INIT("index0"), STR_INIT("revindex"), STR_INIT("revindex0"),
    STR_INIT("first"),    STR_INIT("last"),   STR_INIT("length"),   STR_INIT("previtem"),
    STR_INIT("nextitem"), STR_INIT("depth"),  STR_INIT("depth0"),
};

static Value read_attr(Eval *ev, Loop *l, Attr a) {
  switch (a) {
  case A_INDEX:
    return val_int(l->index0 + 1);
  case A_INDEX0:
    return val_int(l->index0);
  case A_REVINDEX:
    return val_int(length(ev, l) - l->index0);
  case A_REVINDEX0:
    return val_int(length(ev, l) - l->index0 - 1);
  case A_FIRST:
    return val_bool(l->index0 == 0);
  case A_LAST:
    return val_bool(!peek(ev, l));
  case A_LENGTH:
    return val_int(length(ev, l));
  case A_PREVITEM:
    return l->has_previous ? l->previous : no_item(ev, "there is no previous item");
  case A_NEXTITEM:
    return peek(ev, l) ? l->next : no_item(ev, "there is no next item");
  case A_DEPTH:
    return val_int(l->depth0 + 1);
  case A_DEPTH0:
    break;
  }
  return val_int(l->depth0);
}

static bool attr(Eval *ev, Object *o, Str name, Value *out) {
  for (size_t i = 0; i < COUNT(attrs); i++)
    if (str_eq(name, attrs[i])) {
      *out = read_attr(ev, (Loop *)o, (Attr)i);
      return true;
    }
  return native_find(ev->arena, loop_methods, "loop", name, val_obj(o), out);
}

static Value again(Eval *ev, const Value *v) {
  const Loop *l = (const Loop *)v[0].obj;
  if (!l->def->fn)
    eval_fail(ev, "The loop must have the 'recursive' marker to be called recursively.");
  if (++ev->depth > ev->max_depth)
    eval_fail_code(ev, CODE_NESTED_TOO_DEEP, "the loop calls itself more than %u deep",
                   ev->max_depth);
  size_t from = eval_capture(ev);
  run(ev, arena_new(ev->arena, Loop), l->def, l->outer, v[1], l->depth0 + 1);
  ev->depth--;
  return eval_captured(ev, from);
}

static Value recurse(Eval *ev, Object *o, const Args *args) {
  static const Native call = {"loop", again, "self, iterable",
                              "the body again, over other items, as text"};
  return native_call(ev, &(Func){.native = &call, .self = val_obj(o)}, args);
}

static void repr(const Object *o, Buf *out) {
  const Loop *l = (const Loop *)o;
  int64_t n = l->length >= 0 ? l->length : known_length((Loop *)(uintptr_t)l);
  buf_addf(out, "<LoopContext %lld/%lld>", (long long)l->index0 + 1, (long long)n);
}

static int64_t len(const Object *o) {
  const Loop *l = (const Loop *)o;
  return l->length >= 0 ? l->length : known_length((Loop *)(uintptr_t)l);
}

static bool truth(const Object *o) { return len(o) != 0; }

static const ObjectType loop_type = {
    .name = "LoopContext", .attr = attr, .call = recurse, .repr = repr, .truth = truth, .len = len};
