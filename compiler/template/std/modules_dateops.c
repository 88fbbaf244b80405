// Comparing dates and calculating with them. In: an operator's spelling and two values. Out: the
// result, or "not supported".
#include "modules_dateops.h"

#include "modules_calendar.h"
#include "modules_datetime.h"

#include <math.h>

static bool is_delta(Value v) { return val_is_type(v, &timedelta_type); }
static __int128 micros(Value v) { return ((const Delta *)v.obj)->micros; }

// Where a moment stands for comparison; time of day has no date.
static __int128 instant(const Moment *m) {
  int64_t offset = 0;
  moment_offset(m, &offset);
  return clock_micros(&m->c) - offset;
}

static bool aware(const Moment *m) {
  int64_t offset;
  return moment_offset(m, &offset);
}

bool moment_eq(const Object *o, Value other) {
  if (!val_is_type(other, o->type))
    return false;
  const Moment *a = (const Moment *)o, *b = moment(other);
  return aware(a) == aware(b) && instant(a) == instant(b);
}

uint64_t moment_hash(const Object *o) {
  uint64_t h = (uint64_t)instant((const Moment *)o) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 32);
}

bool delta_eq(const Object *o, Value other) {
  return is_delta(other) && micros(other) == ((const Delta *)o)->micros;
}

uint64_t delta_hash(const Object *o) {
  uint64_t h = (uint64_t)((const Delta *)o)->micros * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 32);
}

static bool ordered(const char *op, int c, Value *out) {
  if (op[0] == '<')
    *out = val_bool(op[1] ? c <= 0 : c < 0);
  else if (op[0] == '>')
    *out = val_bool(op[1] ? c >= 0 : c > 0);
  else
    return false;
  return true;
}

static Value moved(Eval *ev, Value v, __int128 by) {
  const Moment *m = moment(v);
  Arena *a = eval_arena(ev);
  bool date = m->object.type == &date_type;
  if (date) { // whole days only, rounded down
    __int128 day = (__int128)86400 * 1000000, whole = by / day;
    if (by % day < 0)
      whole--;
    by = whole * day;
  }
  __int128 us = clock_micros(&m->c) + by;
  if (us < (__int128)-62135596800 * 1000000 || us >= (__int128)253402300800 * 1000000)
    eval_fail(ev, "date value out of range");
  Moment *r = arena_new(a, Moment);
  *r = *m;
  r->c = clock_from_micros(us);
  return val_obj(r);
}

static bool two_moments(Eval *ev, const char *op, Value l, Value r, Value *out) {
  if (l.obj->type != r.obj->type)
    return false;
  const Moment *a = moment(l), *b = moment(r);
  bool minus = !strcmp(op, "-") && l.obj->type != &time_type;
  if (!minus && op[0] != '<' && op[0] != '>')
    return false;
  if (aware(a) != aware(b))
    eval_fail(ev,
              minus ? "can't subtract offset-naive and offset-aware datetimes"
                    : "can't compare offset-naive and offset-aware %ss",
              l.obj->type == &time_type ? "time" : "datetime");
  // Within one time zone object the wall clocks are compared, as Python does.
  bool same = a->tz.kind == VAL_OBJECT && b->tz.kind == VAL_OBJECT && a->tz.obj == b->tz.obj;
  __int128 d = same ? clock_micros(&a->c) - clock_micros(&b->c) : instant(a) - instant(b);
  if (!minus)
    return ordered(op, d < 0 ? -1 : d > 0, out);
  *out = delta_new(eval_arena(ev), d);
  return true;
}

static __int128 floor_div(__int128 x, __int128 y) {
  __int128 q = x / y;
  return q - (x % y && (x < 0) != (y < 0));
}

static __int128 round_div(__int128 x, __int128 y) { // half to even
  __int128 q = floor_div(x, y), r = x - q * y, twice = 2 * r;
  bool up = y > 0 ? twice > y || (twice == y && q % 2) : twice < y || (twice == y && q % 2);
  return q + up;
}

static Value checked(Eval *ev, __int128 us) {
  __int128 most = (__int128)1000000000 * 86400 * 1000000;
  if (us >= most || us <= -most)
    eval_fail(ev, "days=%lld; must have magnitude <= 999999999", (long long)(us / 86400 / 1000000));
  return delta_new(eval_arena(ev), us);
}

static bool two_deltas(Eval *ev, const char *op, Value l, Value r, Value *out) {
  __int128 a = micros(l), b = micros(r);
  if (!strcmp(op, "+") || !strcmp(op, "-")) {
    *out = checked(ev, op[0] == '+' ? a + b : a - b);
    return true;
  }
  bool div = !strcmp(op, "/"), whole = !strcmp(op, "//"), mod = !strcmp(op, "%");
  if (!div && !whole && !mod)
    return ordered(op, a < b ? -1 : a > b, out);
  if (!b)
    eval_fail(ev, "integer division or modulo by zero");
  __int128 q = floor_div(a, b);
  *out = div     ? val_float((double)a / (double)b)
         : whole ? val_int((int64_t)q)
                 : delta_new(eval_arena(ev), a - q * b);
  return true;
}

static bool scaled(Eval *ev, const char *op, Value d, Value n, Value *out) {
  __int128 us = micros(d);
  bool mul = !strcmp(op, "*"), div = !strcmp(op, "/"), whole = !strcmp(op, "//");
  if (n.kind == VAL_FLOAT && (mul || div)) {
    if (div && n.f == 0)
      eval_fail(ev, "division by zero");
    long double f = mul ? (long double)us * n.f : (long double)us / n.f;
    if (!isfinite((double)f) || fabsl(f) > 8.64e22L)
      eval_fail(ev, "timedelta too large");
    *out = checked(ev, (__int128)rintl(f));
    return true;
  }
  if (!val_is_whole(n) || (!mul && !div && !whole))
    return false;
  int64_t k = need_int(ev, n, -1000000000000000, 1000000000000000, "factor");
  if (!mul && !k)
    eval_fail(ev, "integer division or modulo by zero");
  *out = checked(ev, mul ? us * k : div ? round_div(us, k) : floor_div(us, k));
  return true;
}

bool moment_binary(Eval *ev, const char *op, Value l, Value r, Value *out) {
  bool neg = !strcmp(op, "neg");
  if (neg || !strcmp(op, "pos")) {
    if (is_delta(l))
      *out = delta_new(eval_arena(ev), neg ? -micros(l) : micros(l));
    return is_delta(l);
  }
  if (is_delta(l) && is_delta(r))
    return two_deltas(ev, op, l, r, out);
  if (is_moment(l) && is_moment(r))
    return two_moments(ev, op, l, r, out);
  bool plus = !strcmp(op, "+"), minus = !strcmp(op, "-");
  if (is_moment(l) && is_delta(r) && (plus || minus) && l.obj->type != &time_type) {
    *out = moved(ev, l, minus ? -micros(r) : micros(r));
    return true;
  }
  if (is_delta(l) && is_moment(r) && plus && r.obj->type != &time_type) {
    *out = moved(ev, r, micros(l));
    return true;
  }
  if (is_delta(l) && !is_moment(r))
    return scaled(ev, op, l, r, out);
  return is_delta(r) && !is_moment(l) && !strcmp(op, "*") && scaled(ev, op, r, l, out);
}
