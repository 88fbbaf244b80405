// In: the tree of an expression and a frame. Out: its Value.
#include "eval_expr.h"
#include "call.h"
#include "interp.h"
#include "ops_access.h"
#include "signature.h"

// --- names
static Value undefined(const Eval *ev, const Undef *u) {
  Value v = val_undef(u);
  if (ev->lenient)
    v.flags = VAL_LENIENT;
  return v;
}

static __attribute__((noinline)) Value unknown_name(Eval *ev, const Name *n) {
  Undef *u = arena_new(ev->arena, Undef);
  u->name = n->text;
  return undefined(ev, u);
}

static __attribute__((noinline)) Value from_host(Eval *ev, const Expr *e) {
  const Host *h = ev->opts.host;
  const Name *n = e->sym->name;
  Value v;
  ev->place = e;
  if (h && h->lookup && h->lookup(h->data, ev, n->text, &v))
    return v;
  if (builtin_global(ev->arena, n->text, &v))
    return v;
  return unknown_name(ev, n);
}

static Value name(Eval *ev, Frame *f, const Expr *e) {
  const Sym *y = e->sym;
  if (!y->host) {
    Value v = *eval_slot(f, y);
    if (v.kind != VAL_UNDEF || !(v.flags & VAL_MISSING))
      return v;
    if (y->fallback == FALLBACK_UNDEFINED)
      return unknown_name(ev, y->name);
  }
  return from_host(ev, e);
}

// --- containers
static __attribute__((noinline)) Value sequence(Eval *ev, Frame *f, const Expr *e) {
  Value v = e->kind == EX_LIST ? val_list(ev->arena, e->n) : val_tuple(ev->arena, e->n);
  for (uint32_t i = 0; i < e->n; i++) {
    Value item = eval_expr(ev, f, e->items[i]);
    list_push(ev->arena, v.list, item);
  }
  return v;
}

static __attribute__((noinline)) Value dict(Eval *ev, Frame *f, const Expr *e) {
  Value d = val_dict(ev->arena);
  for (uint32_t i = 0; i < e->n; i++) {
    Value key = eval_expr(ev, f, e->items[2 * i]);
    Value value = eval_expr(ev, f, e->items[2 * i + 1]);
    ev->place = e->items[2 * i];
    if (key.kind != VAL_STR)
      ops_need_hashable(ev, key);
    dict_set(ev->arena, d.dict, key, value);
  }
  return d;
}

static __attribute__((noinline)) Value concat(Eval *ev, Frame *f, const Expr *e) {
  Value few[8], *parts = few;
  if (e->n > 8)
    parts = arena_alloc(ev->arena, e->n * sizeof *parts);
  for (uint32_t i = 0; i < e->n; i++)
    parts[i] = eval_expr(ev, f, e->items[i]);
  ev->place = e;
  return ops_concat(ev, parts, e->n);
}

// --- operators
static bool both_ints(Value l, Value r) { return l.kind == VAL_INT && r.kind == VAL_INT; }

static __attribute__((noinline)) Value binary(Eval *ev, Frame *f, const Expr *e) {
  Value l = eval_expr(ev, f, e->l);
  Value r = eval_expr(ev, f, e->r);
  if (both_ints(l, r)) {
    int64_t n;
    switch ((Op)e->op) {
    case OP_ADD:
      if (!__builtin_add_overflow(l.i, r.i, &n))
        return val_int(n);
      break;
    case OP_SUB:
      if (!__builtin_sub_overflow(l.i, r.i, &n))
        return val_int(n);
      break;
    case OP_EQ:
      return val_bool(l.i == r.i);
    case OP_NE:
      return val_bool(l.i != r.i);
    case OP_LT:
      return val_bool(l.i < r.i);
    case OP_LE:
      return val_bool(l.i <= r.i);
    case OP_GT:
      return val_bool(l.i > r.i);
    case OP_GE:
      return val_bool(l.i >= r.i);
    default:
      break;
    }
  }
  ev->place = e;
  return ops_binary(ev, (Op)e->op, l, r);
}

static __attribute__((noinline)) Value compare(Eval *ev, Frame *f, const Expr *e) {
  Value l = eval_expr(ev, f, e->first), result = val_bool(true);
  for (uint32_t i = 0; i < e->nop; i++) {
    Value r = eval_expr(ev, f, e->operands[i].value);
    ev->place = e;
    result = ops_binary(ev, e->operands[i].op, l, r);
    if (!val_truth(result))
      break;
    l = r;
  }
  return result;
}

static __attribute__((noinline)) Value unary(Eval *ev, Frame *f, const Expr *e) {
  Value v = eval_expr(ev, f, e->l);
  ev->place = e;
  return e->kind == EX_NEG ? ops_negate(ev, v) : ops_plus(ev, v);
}

static __attribute__((noinline)) Value condition(Eval *ev, Frame *f, const Expr *e) {
  if (val_truth(eval_expr(ev, f, e->test)))
    return eval_expr(ev, f, e->yes);
  if (e->no)
    return eval_expr(ev, f, e->no);
  static const Undef no_else = {
      .hint =
          STR_INIT("the inline if-expression evaluated to false and no else section was defined.")};
  return undefined(ev, &no_else);
}

// --- access
static Value slice_end(Eval *ev, Frame *f, const Expr *e) {
  return e ? eval_expr(ev, f, e) : val_none();
}

static __attribute__((noinline)) Value item(Eval *ev, Frame *f, const Expr *e) {
  Value v = eval_expr(ev, f, e->l);
  if (e->r->kind == EX_SLICE) {
    Value from = slice_end(ev, f, e->r->from), to = slice_end(ev, f, e->r->to);
    Value step = slice_end(ev, f, e->r->step);
    ev->place = e;
    return ops_slice(ev, v, from, to, step);
  }
  Value key = eval_expr(ev, f, e->r);
  ev->place = e;
  return ops_item(ev, v, key);
}

static __attribute__((noinline)) Value attribute(Eval *ev, Frame *f, const Expr *e) {
  Value v = eval_expr(ev, f, e->of);
  ev->place = e;
  return ops_attr(ev, v, e->attr);
}

static __attribute__((noinline)) Value call(Eval *ev, Frame *f, const Expr *e) {
  ArgBuf b;
  Value callee = eval_expr(ev, f, e->callee);
  call_args(ev, f, e->args, NULL, NULL, &b);
  ev->place = e;
  return call_value(ev, callee, &b.args);
}

// --- filters and tests
static const struct {
  const char *name;
  uint8_t flag;
} markers[] = {
    {"as_text",   VAL_AS_TEXT                  },
    {"as_native", VAL_AS_NATIVE                },
    {"as_bool",   VAL_AS_BOOL | VAL_AS_NATIVE  },
    {"as_number", VAL_AS_NUMBER | VAL_AS_NATIVE}
};

// In native mode as_text and its like turn a value into a text that remembers what it stands for.
static bool mark(Eval *ev, const Native *b, Value v, Value *out) {
  for (size_t i = 0; i < COUNT(markers); i++)
    if (strcmp(markers[i].name, b->name) == 0) {
      *out = val_str(val_to_str(ev->arena, v));
      out->flags = markers[i].flag;
      return true;
    }
  return false;
}

static _Noreturn void no_builtin(Eval *ev, const Expr *e, bool filter) {
  Str near = parse_nearest_builtin(filter, str_c(e->builtin->name));
  Str hint = near.len ? str_fmt(ev->arena, "did you mean '%.*s'?", STR_ARG(near)) : (Str){0};
  eval_fail_hint(ev, CODE_UNKNOWN_FILTER, hint, "No %s named '%s' found.",
                 filter ? "filter" : "test", e->builtin->name);
}

static __attribute__((noinline)) Value apply(Eval *ev, Frame *f, const Expr *e, Value input) {
  const Native *b = e->builtin;
  bool filter = e->kind == EX_FILTER;
  ArgBuf args;
  if (!b->fn) {
    ev->place = e;
    no_builtin(ev, e, filter);
  }
  call_args(ev, f, e->fargs, &input, NULL, &args);
  ev->place = e;
  Value v;
  if (ev->native && filter && b->name[0] == 'a' && mark(ev, b, input, &v))
    return v;
  eval_check_stack(ev);
  v = native_call(ev, &(Func){.native = b}, &args.args);
  ev->place = e;
  return e->negated ? val_bool(!val_truth(v)) : v;
}

Value eval_block_filter(Eval *ev, Frame *f, const Expr *e, Value text) {
  return apply(ev, f, e, e->input ? eval_block_filter(ev, f, e->input, text) : text);
}

Value eval_escape(Eval *ev, Value v) {
  Value s = val_str(val_to_str(ev->arena, v));
  s.flags = VAL_SAFE;
  if (v.kind == VAL_STR && (v.flags & VAL_SAFE))
    return v;
  static const struct {
    char c;
    Str text;
  } entities[] = {
      {'&',  STR_INIT("&amp;")},
      {'<',  STR_INIT("&lt;") },
      {'>',  STR_INIT("&gt;") },
      {'\'', STR_INIT("&#39;")},
      {'"',  STR_INIT("&#34;")}
  };
  Buf out = {.arena = ev->arena};
  size_t from = 0;
  for (size_t i = 0; i < s.len; i++)
    for (size_t k = 0; k < 5; k++)
      if (s.s[i] == entities[k].c) {
        buf_add(&out, str_n(s.s + from, i - from));
        buf_add(&out, entities[k].text);
        from = i + 1;
      }
  if (!from)
    return s;
  buf_add(&out, str_n(s.s + from, s.len - from));
  eval_check_size(ev, out.len);
  Value safe = val_str(buf_str(&out));
  safe.flags = VAL_SAFE;
  return safe;
}

// --- assignment
static void unpack(Eval *ev, Frame *f, const Expr *target, Value v) {
  Iter it;
  Value item;
  uint32_t n = 0;
  if (v.kind != VAL_UNDEF && !val_is_seq(v) && v.kind != VAL_STR && v.kind != VAL_DICT &&
      v.kind != VAL_SET && v.kind != VAL_OBJECT)
    eval_fail(ev, "cannot unpack non-iterable %s object", val_type_name(v));
  Value *items = arena_alloc(ev->arena, target->n * sizeof *items);
  ops_iter(ev, v, &it);
  while (iter_next(ev, &it, &item)) {
    if (n == target->n)
      eval_fail(ev, "too many values to unpack (expected %u)", target->n);
    items[n++] = item;
  }
  if (n < target->n)
    eval_fail(ev, "not enough values to unpack (expected %u, got %u)", target->n, n);
  for (uint32_t i = 0; i < n; i++)
    eval_assign(ev, f, target->items[i], items[i]);
}

void eval_assign(Eval *ev, Frame *f, const Expr *target, Value v) {
  if (target->kind == EX_NAME) {
    *eval_slot(f, target->sym) = v;
    return;
  }
  ev->place = target;
  if (target->kind == EX_TUPLE) {
    unpack(ev, f, target, v);
    return;
  }
  Value ns = name(ev, f, target->of);
  ev->place = target;
  if (ns.kind != VAL_OBJECT || !ns.obj->type->set_attr ||
      !ns.obj->type->set_attr(ev, ns.obj, target->attr, v))
    eval_fail_hint(ev, CODE_TEMPLATE_VALUE, STR("make it with namespace()"),
                   "cannot assign attribute on non-namespace object");
}

// --- the switch
Value eval_expr(Eval *ev, Frame *f, const Expr *e) {
  eval_tick(ev);
  if (e->kind == EX_NAME) // most are, or are constants: what is checked first is guessed best
    return name(ev, f, e);
  if (e->kind == EX_CONST)
    return e->value;
  eval_check_stack(ev);
  switch ((ExprKind)e->kind) {
  case EX_LIST:
  case EX_TUPLE:
    return sequence(ev, f, e);
  case EX_DICT:
    return dict(ev, f, e);
  case EX_CONCAT:
    return concat(ev, f, e);
  case EX_BINARY:
    return binary(ev, f, e);
  case EX_COMPARE:
    return compare(ev, f, e);
  case EX_AND: {
    Value v = eval_expr(ev, f, e->l);
    return val_truth(v) ? eval_expr(ev, f, e->r) : v;
  }
  case EX_OR: {
    Value v = eval_expr(ev, f, e->l);
    return val_truth(v) ? v : eval_expr(ev, f, e->r);
  }
  case EX_NOT:
    return val_bool(!val_truth(eval_expr(ev, f, e->l)));
  case EX_NEG:
  case EX_POS:
    return unary(ev, f, e);
  case EX_COND:
    return condition(ev, f, e);
  case EX_ATTR:
    return attribute(ev, f, e);
  case EX_ITEM:
    return item(ev, f, e);
  case EX_CALL:
    return call(ev, f, e);
  case EX_FILTER:
  case EX_TEST:
    return apply(ev, f, e, eval_expr(ev, f, e->input));
  case EX_CONST: // above
  case EX_NAME:
  case EX_SLICE:
  case EX_NSREF:
    break;
  }
  ev->place = e;
  eval_fail(ev, "a slice can only stand alone in brackets");
}
