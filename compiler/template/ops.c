// Operators between values: arithmetic as Python's, comparison, membership, `~`. In: values. Out: a
// value, or an error in Python's words. Leaves access and iteration to ops_access.c.
#include "ops.h"
#include "eval_expr.h"
#include "ops_access.h"

#include "../value/bigint.h"
#include "interp.h"

#include <math.h>

static const char *const spellings[] = {
    [OP_ADD] = "+", [OP_SUB] = "-",  [OP_MUL] = "*", [OP_DIV] = "/", [OP_FLOORDIV] = "//",
    [OP_MOD] = "%", [OP_POW] = "**", [OP_EQ] = "==", [OP_NE] = "!=", [OP_LT] = "<",
    [OP_LE] = "<=", [OP_GT] = ">",   [OP_GE] = ">=", [OP_IN] = "in", [OP_NOTIN] = "not in",
};

static int sign(Value v) { return bigint_cmp(v, val_int(0)); }

static _Noreturn void unsupported(Eval *ev, Op op, Value l, Value r) {
  if (op >= OP_LT && op <= OP_GE)
    eval_fail(ev, "'%s' not supported between instances of '%s' and '%s'", spellings[op],
              val_type_name(l), val_type_name(r));
  eval_fail(ev, "unsupported operand type(s) for %s: '%s' and '%s'",
            op == OP_POW ? "** or pow()" : spellings[op], val_type_name(l), val_type_name(r));
}

// An object on either side may know the operator.
static bool object_binary(Eval *ev, Op op, Value l, Value r, Value *out) {
  const char *s = spellings[op];
  return (l.kind == VAL_OBJECT && l.obj->type->binary && l.obj->type->binary(ev, s, l, r, out)) ||
         (r.kind == VAL_OBJECT && r.obj->type->binary && r.obj->type->binary(ev, s, l, r, out));
}

// --- numbers
static double as_double(Eval *ev, Value v) {
  if (v.kind == VAL_FLOAT)
    return v.f;
  double f = v.kind == VAL_BIGINT ? bigint_to_double(v) : v.kind == VAL_BOOL ? v.b : (double)v.i;
  if (isinf(f))
    eval_fail(ev, "int too large to convert to float");
  return f;
}

static bool is_exact(Value v) { // as a double
  int64_t most = INT64_C(1) << 53;
  return v.kind == VAL_BOOL || (v.kind == VAL_INT && v.i <= most && v.i >= -most);
}

static int64_t bits(Arena *a, Value v) {
  Buf b = {.arena = a};
  bigint_print(&b, v, 2);
  return (int64_t)b.len;
}

// The quotient as the nearest double: 70 bits or more of it as a whole number, with one bit below
// that says whether there is a rest.
static Value true_divide(Eval *ev, Value l, Value r) {
  Arena *a = ev->arena;
  if (!sign(r))
    eval_fail(ev, "division by zero");
  if (is_exact(l) && is_exact(r))
    return val_float(as_double(ev, l) / as_double(ev, r));
  if (!sign(l))
    return val_float(sign(r) < 0 ? -0.0 : 0.0);
  int64_t shift = 70 - (bits(a, l) - bits(a, r));
  Value power, q, rest, top = l, low = r;
  bool ok = bigint_pow(a, val_int(2), (uint64_t)(shift < 0 ? -shift : shift), &power) &&
            bigint_mul(a, shift < 0 ? r : l, power, shift < 0 ? &low : &top) &&
            bigint_divmod(a, top, low, &q, &rest);
  if (ok && sign(rest)) {
    ok = bigint_mul(a, q, val_int(2), &q) && bigint_add(a, q, val_int(1), &q);
    shift++;
  }
  double f = ok ? ldexp(bigint_to_double(q), (int)-shift) : (double)INFINITY;
  if (isinf(f))
    eval_fail(ev, "integer division result too large for a float");
  return val_float(f);
}

static Value float_divmod(Eval *ev, double x, double y, Op op) {
  if (y == 0)
    eval_fail(ev, op == OP_MOD ? "float modulo" : "float floor division by zero");
  double mod = fmod(x, y), div = (x - mod) / y;
  if (mod == 0) {
    mod = copysign(0, y);
  } else if ((y < 0) != (mod < 0)) {
    mod += y;
    div -= 1;
  }
  double whole = div == 0 ? copysign(0, x / y) : floor(div);
  if (div - whole > 0.5)
    whole += 1;
  return val_float(op == OP_MOD ? mod : whole);
}

static Value float_power(Eval *ev, double x, double y) {
  if (x == 0 && y < 0)
    eval_fail(ev, "0.0 cannot be raised to a negative power");
  if (x < 0 && isfinite(x) && isfinite(y) && y != floor(y))
    eval_fail(ev, "complex numbers are not supported");
  double f = pow(x, y);
  if (isinf(f) && isfinite(x) && isfinite(y))
    eval_fail(ev, "(34, 'Numerical result out of range')");
  return val_float(f);
}

static Value float_arithmetic(Eval *ev, Op op, double x, double y) {
  switch (op) {
  case OP_ADD:
    return val_float(x + y);
  case OP_SUB:
    return val_float(x - y);
  case OP_MUL:
    return val_float(x * y);
  case OP_DIV:
    if (y == 0)
      eval_fail(ev, "float division by zero");
    return val_float(x / y);
  case OP_POW:
    return float_power(ev, x, y);
  default:
    return float_divmod(ev, x, y, op);
  }
}

static bool int_divide(Eval *ev, Op op, Value l, Value r, Value *out) {
  Value rest;
  if (!sign(r))
    eval_fail(ev, op == OP_MOD ? "integer modulo by zero" : "integer division or modulo by zero");
  bool ok = bigint_divmod(ev->arena, l, r, out, &rest);
  if (op == OP_MOD)
    *out = rest;
  return ok;
}

static bool int_power(Eval *ev, Value l, Value r, Value *out) {
  if (sign(r) < 0) {
    *out = float_power(ev, as_double(ev, l), as_double(ev, r));
    return true;
  }
  uint64_t n = r.kind == VAL_BIGINT ? UINT64_MAX : r.kind == VAL_BOOL ? r.b : (uint64_t)r.i;
  return bigint_pow(ev->arena, l, n, out);
}

static Value arithmetic(Eval *ev, Op op, Value l, Value r) {
  if (l.kind == VAL_FLOAT || r.kind == VAL_FLOAT)
    return float_arithmetic(ev, op, as_double(ev, l), as_double(ev, r));
  Value out;
  bool ok;
  eval_step(ev, l.kind == VAL_BIGINT || r.kind == VAL_BIGINT ? 16 : 1);
  switch (op) {
  case OP_ADD:
    ok = bigint_add(ev->arena, l, r, &out);
    break;
  case OP_SUB:
    ok = bigint_sub(ev->arena, l, r, &out);
    break;
  case OP_MUL:
    ok = bigint_mul(ev->arena, l, r, &out);
    break;
  case OP_DIV:
    return true_divide(ev, l, r);
  case OP_POW:
    ok = int_power(ev, l, r, &out);
    break;
  default:
    ok = int_divide(ev, op, l, r, &out);
  }
  if (!ok)
    eval_fail(ev, "the number would have more than %d bits", BIGINT_MAX_BITS);
  return out;
}

// --- texts and lists
enum { LONG_TEXT = 4096 };

// left and right as one text. A left that was itself joined is not copied again: right is put
// behind it, unless something else is there already. Whoever has the shorter text keeps it.
static Str join_texts(Eval *ev, Str left, Str right) {
  size_t n = left.len + right.len;
  if (left.len < LONG_TEXT) {
    eval_step(ev, n / 64);
    return str_cat(ev->arena, left, right);
  }
  Joined *j = NULL;
  for (size_t i = 0; i < JOINED && !j; i++)
    if (ev->joined[i].text == left.ptr && ev->joined[i].used == left.len)
      j = &ev->joined[i];
  if (!j || j->room < n + 1) {
    eval_step(ev, n / 64);
    size_t room = j ? 2 * n : n + 1;
    j = j ? j : &ev->joined[ev->next_joined++ % JOINED];
    j->text = memcpy(arena_alloc(ev->arena, room), left.ptr, left.len);
    j->room = room;
  }
  if (right.len)
    memcpy(j->text + left.len, right.ptr, right.len);
  j->text[n] = 0;
  j->used = n;
  eval_step(ev, right.len / 64);
  return str_n(j->text, n);
}

static Value add_texts(Eval *ev, Value l, Value r) {
  if ((l.flags | r.flags) & VAL_SAFE) { // Markup escapes what it is joined with
    l = l.flags & VAL_SAFE ? l : eval_escape(ev, l);
    r = r.flags & VAL_SAFE ? r : eval_escape(ev, r);
  }
  eval_check_size(ev, (uint64_t)l.len + r.len);
  Value v = val_str(join_texts(ev, val_text(l), val_text(r)));
  if (ev->origins)
    eval_note_joined(ev, val_text(v), (Value[]){l, r}, (size_t[]){l.len, v.len}, 2);
  v.flags = l.flags & VAL_SAFE;
  return v;
}

static void append_all(Eval *ev, List *to, const List *from) {
  eval_step(ev, from->n);
  for (size_t i = 0; i < from->n; i++)
    list_push(ev->arena, to, from->items[i]);
}

static Value add(Eval *ev, Value l, Value r) {
  if (l.kind == VAL_STR && r.kind == VAL_STR)
    return add_texts(ev, l, r);
  if (val_is_seq(l) && l.kind == r.kind) {
    size_t n = l.list->n + r.list->n;
    eval_check_size(ev, n * sizeof(Value));
    Value v = l.kind == VAL_LIST ? val_list(ev->arena, n) : val_tuple(ev->arena, n);
    append_all(ev, v.list, l.list);
    append_all(ev, v.list, r.list);
    return v;
  }
  if (l.kind == VAL_STR || val_is_seq(l))
    eval_fail(ev, "can only concatenate %s (not \"%s\") to %s", val_type_name(l), val_type_name(r),
              val_type_name(l));
  unsupported(ev, OP_ADD, l, r);
}

static Value repeat(Eval *ev, Value s, Value n) {
  if (n.kind == VAL_BIGINT)
    eval_fail(ev, "cannot fit 'int' into an index-sized integer");
  uint64_t each = s.kind == VAL_STR ? s.len : s.list->n * sizeof(Value);
  uint64_t times = sign(n) <= 0 || !each ? 0 : n.kind == VAL_BOOL ? 1 : (uint64_t)n.i;
  eval_check_size(ev, times > UINT64_MAX / 2 / (each + 1) ? UINT64_MAX / 2 : each * times);
  eval_step(ev, each * times / 16);
  if (s.kind != VAL_STR) {
    Value v = s.kind == VAL_LIST ? val_list(ev->arena, 4) : val_tuple(ev->arena, 4);
    for (uint64_t i = 0; i < times; i++)
      for (size_t k = 0; k < s.list->n; k++)
        list_push(ev->arena, v.list, s.list->items[k]);
    return v;
  }
  Buf b = {.arena = ev->arena};
  buf_room(&b, each * times + 1);
  for (uint64_t i = 0; i < times; i++)
    buf_add(&b, val_text(s));
  Value v = val_str(buf_str(&b));
  v.flags = s.flags & VAL_SAFE;
  return v;
}

static Value set_minus(Eval *ev, Value l, Value r) {
  Value v = val_set(ev->arena);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(l.dict, &at));)
    if (!dict_get(r.dict, e->key))
      dict_set(ev->arena, v.dict, e->key, val_none());
  return v;
}

// --- order
static bool holds(Op op, int c) {
  return op == OP_LT ? c < 0 : op == OP_LE ? c <= 0 : op == OP_GT ? c > 0 : c >= 0;
}

// <0, 0, >0 for a whole number and a float that is a number.
static int compare_mixed(Arena *a, Value i, double f) {
  if (isinf(f))
    return f > 0 ? -1 : 1;
  Value whole;
  bigint_from_double(a, trunc(f), &whole);
  int c = bigint_cmp(i, whole);
  return c ? c : f > trunc(f) ? -1 : f < trunc(f);
}

static bool order_numbers(Eval *ev, Op op, Value l, Value r) {
  if (val_is_whole(l) && val_is_whole(r))
    return holds(op, bigint_cmp(l, r));
  if (l.kind != VAL_FLOAT)
    return !isnan(r.f) && holds(op, compare_mixed(ev->arena, l, r.f));
  if (r.kind != VAL_FLOAT)
    return !isnan(l.f) && holds(op, -compare_mixed(ev->arena, r, l.f));
  return op == OP_LT ? l.f < r.f : op == OP_LE ? l.f <= r.f : op == OP_GT ? l.f > r.f : l.f >= r.f;
}

static bool order_sets(Op op, const Dict *l, const Dict *r) {
  if (op == OP_GT || op == OP_GE)
    return order_sets(op == OP_GT ? OP_LT : OP_LE, r, l);
  return dict_within(l, r) && (op == OP_LE || l->n < r->n);
}

static bool order(Eval *ev, Op op, Value l, Value r) {
  Value out;
  eval_check_stack(ev);
  eval_step(ev, 1);
  if (val_is_number(l) && val_is_number(r))
    return order_numbers(ev, op, l, r);
  if (l.kind == VAL_STR && r.kind == VAL_STR)
    return holds(op, str_cmp(val_text(l), val_text(r)));
  if (val_is_seq(l) && l.kind == r.kind) {
    for (size_t i = 0; i < l.list->n && i < r.list->n; i++)
      if (!val_eq(l.list->items[i], r.list->items[i]))
        return order(ev, op, l.list->items[i], r.list->items[i]);
    return holds(op, l.list->n < r.list->n ? -1 : l.list->n > r.list->n);
  }
  if (l.kind == VAL_SET && r.kind == VAL_SET)
    return order_sets(op, l.dict, r.dict);
  if (object_binary(ev, op, l, r, &out))
    return val_truth(out);
  if (l.kind == VAL_UNDEF)
    ops_undef_fail(ev, l);
  if (r.kind == VAL_UNDEF)
    ops_undef_fail(ev, r);
  unsupported(ev, op, l, r);
}

int ops_compare(Eval *ev, Value l, Value r) {
  if (order(ev, OP_LT, l, r))
    return -1;
  return val_eq(l, r) ? 0 : order(ev, OP_LT, r, l);
}

// --- membership
bool ops_in(Eval *ev, Value needle, Value hay) {
  Iter it;
  Value v;
  if (hay.kind == VAL_STR) {
    if (needle.kind != VAL_STR)
      eval_fail(ev, "'in <string>' requires string as left operand, not %s", val_type_name(needle));
    return str_find(val_text(hay), val_text(needle), 0) >= 0;
  }
  if (hay.kind == VAL_DICT || hay.kind == VAL_SET) {
    ops_need_hashable(ev, needle);
    return dict_get(hay.dict, needle) != NULL;
  }
  bool object = hay.kind == VAL_OBJECT;
  if (object && hay.obj->type->contains)
    return hay.obj->type->contains(ev, hay.obj, needle);
  if (!val_is_seq(hay) && hay.kind != VAL_UNDEF && !(object && hay.obj->type->iter))
    eval_fail(ev, "argument of type '%s' is not iterable", val_type_name(hay));
  ops_iter(ev, hay, &it);
  while (iter_next(ev, &it, &v)) {
    eval_step(ev, 1);
    if (val_eq(v, needle))
      return true;
  }
  return false;
}

// --- entries
Value ops_binary(Eval *ev, Op op, Value l, Value r) {
  Value out;
  if (op == OP_EQ || op == OP_NE)
    return val_bool(val_eq(l, r) == (op == OP_EQ));
  if (op == OP_IN || op == OP_NOTIN)
    return val_bool(ops_in(ev, l, r) == (op == OP_IN));
  if (op >= OP_LT)
    return val_bool(order(ev, op, l, r));
  if (val_is_number(l) && val_is_number(r))
    return arithmetic(ev, op, l, r);
  if (op == OP_MOD && l.kind == VAL_STR)
    return str_percent(ev, l, r);
  if (l.kind == VAL_UNDEF)
    ops_undef_fail(ev, l);
  if (r.kind == VAL_UNDEF)
    ops_undef_fail(ev, r);
  if (object_binary(ev, op, l, r, &out))
    return out;
  if (op == OP_ADD)
    return add(ev, l, r);
  if (op == OP_MUL && (l.kind == VAL_STR || val_is_seq(l)) && val_is_whole(r))
    return repeat(ev, l, r);
  if (op == OP_MUL && (r.kind == VAL_STR || val_is_seq(r)) && val_is_whole(l))
    return repeat(ev, r, l);
  if (op == OP_MUL && (l.kind == VAL_STR || val_is_seq(l)))
    eval_fail(ev, "can't multiply sequence by non-int of type '%s'", val_type_name(r));
  if (op == OP_SUB && l.kind == VAL_SET && r.kind == VAL_SET)
    return set_minus(ev, l, r);
  unsupported(ev, op, l, r);
}

static Value unary(Eval *ev, Value v, bool negative) {
  Value out;
  if (v.kind == VAL_FLOAT)
    return negative ? val_float(-v.f) : v;
  if (val_is_whole(v))
    return arithmetic(ev, negative ? OP_SUB : OP_ADD, val_int(0), v);
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(ev, v);
  if (v.kind == VAL_OBJECT && v.obj->type->binary &&
      v.obj->type->binary(ev, negative ? "neg" : "pos", v, val_none(), &out))
    return out;
  eval_fail(ev, "bad operand type for unary %c: '%s'", negative ? '-' : '+', val_type_name(v));
}

Value ops_negate(Eval *ev, Value v) { return unary(ev, v, true); }
Value ops_plus(Eval *ev, Value v) { return unary(ev, v, false); }

Value ops_concat(Eval *ev, const Value *v, size_t n) {
  Buf b = {.arena = ev->arena};
  bool is_long = n && v[0].kind == VAL_STR && v[0].len >= LONG_TEXT;
  size_t before = is_long ? v[0].len : 0;
  size_t few[8] = {0}, *ends = n > 8 ? arena_array(ev->arena, size_t, n) : few;
  ends[0] = before;
  for (size_t i = is_long; i < n; i++) {
    if (v[i].kind == VAL_STR)
      eval_check_size(ev, before + b.len + v[i].len);
    val_print(&b, v[i]);
    ends[i] = before + b.len;
  }
  eval_check_size(ev, before + b.len);
  if (!is_long)
    eval_step(ev, b.len / 64);
  Str joined = is_long ? join_texts(ev, val_text(v[0]), buf_str(&b)) : buf_str(&b);
  if (ev->origins && n)
    eval_note_joined(ev, joined, v, ends, n);
  return val_str(joined);
}
