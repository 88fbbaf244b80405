// In: arguments and values of native functions. Out: numbers and texts read as Python reads them,
// sorted lists, attributes by path. Shared by builtins, methods, format and modules.
#include "std.h"
#include "../ops_access.h"
#include "std_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int64_t need_index(Eval *ev, Value v) {
  if (v.kind == VAL_INT)
    return v.i;
  if (v.kind == VAL_BOOL)
    return v.b;
  if (v.kind == VAL_BIGINT)
    return bigint_cmp(v, val_int(0)) < 0 ? INT64_MIN : INT64_MAX;
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(ev, v);
  eval_fail_code(ev, CODE_WRONG_ARGUMENT, "'%s' object cannot be interpreted as an integer",
                 val_type_name(v));
}

int64_t need_int(Eval *ev, Value v, int64_t least, int64_t most, const char *what) {
  int64_t i = need_index(ev, v);
  if (i < least || i > most)
    eval_fail(ev, "%s must be in %lld..%lld", what, (long long)least, (long long)most);
  return i;
}

double need_float(Eval *ev, Value v) {
  if (v.kind == VAL_FLOAT)
    return v.f;
  if (v.kind == VAL_BIGINT)
    return bigint_to_double(v);
  if (v.kind == VAL_INT || v.kind == VAL_BOOL)
    return (double)need_index(ev, v);
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(ev, v);
  eval_fail(ev, "must be real number, not %s", val_type_name(v));
}

Str need_str(Eval *ev, const char *fname, Value v) {
  if (v.kind != VAL_STR)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "%s() argument must be str, not %s", fname,
                   val_type_name(v));
  return val_text(v);
}

Str to_str(Eval *ev, Value v) { return val_to_str(eval_arena(ev), v); }

Value undef_hint(Arena *a, Str hint) {
  Undef *u = arena_new(a, Undef);
  u->hint = hint;
  return val_undef(u);
}

Value undef_attr(Arena *a, Value v, Str name) {
  Undef *u = arena_new(a, Undef);
  u->name = name;
  u->owner = v.kind == VAL_NONE ? STR("None") : str_fmt(a, "%s object", val_type_name(v));
  return val_undef(u);
}

// --- numbers from text
// Takes out the underscores between digits; false when one is anywhere else.
static bool drop_underscores(Arena *a, Str *s) {
  if (!s->len || !memchr(s->ptr, '_', s->len))
    return true;
  Buf b = {.arena = a};
  for (size_t i = 0; i < s->len; i++) {
    if (s->ptr[i] != '_') {
      buf_addc(&b, s->ptr[i]);
      continue;
    }
    bool fits = i && i + 1 < s->len && s->ptr[i - 1] != '_' && s->ptr[i - 1] != '+' &&
                s->ptr[i - 1] != '-' && s->ptr[i - 1] != '.' && s->ptr[i + 1] != '.';
    if (!fits)
      return false;
  }
  *s = buf_str(&b);
  return true;
}

// White space that Python's numbers allow around them: of ASCII only the usual six.
static bool number_space(uint32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || (c > 127 && utf8_isspace(c));
}

static Str strip_number(Str s) {
  size_t from = 0, to = s.len;
  for (size_t at = 0; at < s.len && number_space(utf8_next(s, &at));)
    from = at;
  for (size_t at = from; at < s.len;)
    if (!number_space(utf8_next(s, &at)))
      to = at;
  return from >= s.len ? (Str){s.ptr, 0} : str_sub(s, from, to);
}

bool parse_int(Arena *a, Str s, int64_t base, Value *out) {
  s = strip_number(s);
  if (base != 0 && (base < 2 || base > 36))
    return false;
  bool sign = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  size_t at = sign;
  char prefix = s.len > at + 1 && s.ptr[at] == '0' ? (char)(s.ptr[at + 1] | 32) : 0;
  int64_t of = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 0;
  if (of && (base == of || base == 0)) {
    Str rest = str_sub(s, at + 2, s.len);
    if (rest.len > 1 && rest.ptr[0] == '_')
      rest = str_sub(rest, 1, rest.len);
    s = str_cat(a, s.ptr[0] == '-' ? STR("-") : STR(""), rest);
    base = of;
    sign = s.len && s.ptr[0] == '-';
    if (s.len > sign && (s.ptr[sign] == '-' || s.ptr[sign] == '+'))
      return false;
  } else if (base == 0) {
    base = 10;
    if (s.len > at + 1 && s.ptr[at] == '0' &&
        strspn(str_cstr(a, str_sub(s, at, s.len)), "0_") != s.len - at)
      return false;
  }
  if (!s.len || s.ptr[s.len - 1] == '_' || !drop_underscores(a, &s))
    return false;
  // The whole numbers of everyday size, without the limbs.
  return bigint_parse(a, s, (int)base, out);
}

static bool is_word(Str s, const char *w) { return str_eq_nocase(s, str_c(w)); }

bool parse_float(Arena *a, Str s, double *out) {
  s = strip_number(s);
  if (!drop_underscores(a, &s))
    return false;
  bool sign = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  Str body = str_sub(s, sign, s.len);
  if (is_word(body, "inf") || is_word(body, "infinity") || is_word(body, "nan")) {
    double f = is_word(body, "nan") ? (double)NAN : (double)INFINITY;
    *out = sign && s.ptr[0] == '-' ? -f : f;
    return true;
  }
  size_t i = 0, digits = 0;
  for (; i < body.len && body.ptr[i] >= '0' && body.ptr[i] <= '9'; i++)
    digits++;
  if (i < body.len && body.ptr[i] == '.')
    for (i++; i < body.len && body.ptr[i] >= '0' && body.ptr[i] <= '9'; i++)
      digits++;
  if (!digits)
    return false;
  if (i < body.len && (body.ptr[i] | 32) == 'e') {
    i++;
    if (i < body.len && (body.ptr[i] == '-' || body.ptr[i] == '+'))
      i++;
    size_t from = i;
    while (i < body.len && body.ptr[i] >= '0' && body.ptr[i] <= '9')
      i++;
    if (i == from)
      return false;
  }
  if (i != body.len)
    return false;
  *out = strtod(str_cstr(a, s), NULL);
  return true;
}

double round_float(double f, int64_t digits) {
  if (!isfinite(f) || f == 0 || digits > 330)
    return f;
  char text[720];
  if (digits >= 0) {
    snprintf(text, sizeof text, "%.*f", (int)digits, f);
    return strtod(text, NULL);
  }
  if (digits < -310)
    return copysign(0, f);
  snprintf(text, sizeof text, "%.17e", f);
  int exp = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
  int64_t keep = exp + 1 + digits; // significant digits that stay
  if (keep < 0)
    return copysign(0, f);
  if (keep == 0) { // between 0 and one unit of the last place kept; a tie goes to 0
    double unit = pow(10, (double)-digits);
    return copysign(fabs(f) > unit / 2 ? unit : 0, f);
  }
  snprintf(text, sizeof text, "%.*e", (int)keep - 1, f);
  return strtod(text, NULL);
}

// --- sorting
typedef struct Sorter {
  Eval *ev;
  bool reverse, wrapped;
} Sorter;

// The right one must come first.
static bool swapped(const Sorter *s, Value left, Value right) {
  if (s->wrapped && val_eq(left, right))
    return false;
  return s->reverse ? ops_compare(s->ev, left, right) < 0 : ops_compare(s->ev, right, left) < 0;
}

void sort_values(Eval *ev, Value *items, Value *keys, size_t n, bool reverse, bool wrapped) {
  Sorter s = {ev, reverse, wrapped};
  Arena *a = eval_arena(ev);
  Value *by = keys ? keys : items;
  uint32_t *order = arena_alloc(a, (n + 1) * sizeof *order),
           *other = arena_alloc(a, (n + 1) * sizeof *other);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  for (size_t width = 1; width < n; width *= 2) {
    eval_step(ev, n);
    for (size_t from = 0; from < n; from += 2 * width) {
      size_t mid = from + width < n ? from + width : n;
      size_t to = from + 2 * width < n ? from + 2 * width : n;
      size_t l = from, r = mid, out = from;
      while (l < mid && r < to)
        other[out++] = swapped(&s, by[order[l]], by[order[r]]) ? order[r++] : order[l++];
      while (l < mid)
        other[out++] = order[l++];
      while (r < to)
        other[out++] = order[r++];
    }
    uint32_t *t = order;
    order = other, other = t;
  }
  Value *sorted = arena_alloc(a, (n + 1) * sizeof *sorted);
  for (size_t i = 0; i < n; i++)
    sorted[i] = items[order[i]];
  if (n)
    memcpy(items, sorted, n * sizeof *items);
}

// --- attributes
static Value path_part(Arena *a, Str part) {
  bool digits = part.len > 0;
  for (size_t at = 0; at < part.len && digits;)
    digits = utf8_isdigit(utf8_next(part, &at));
  Value i;
  return digits && bigint_parse(a, part, 10, &i) ? i : val_str(part);
}

static Value step(Eval *ev, Value item, Value part, Value otherwise) {
  item = ops_item(ev, item, part);
  return item.kind == VAL_UNDEF && otherwise.kind != VAL_NONE ? otherwise : item;
}

Value attr_of(Eval *ev, Value item, Value attribute, Value otherwise) {
  if (attribute.kind == VAL_NONE)
    return item;
  if (attribute.kind != VAL_STR)
    return step(ev, item, attribute, otherwise);
  Str rest = val_text(attribute), part;
  if (!rest.ptr)
    rest = STR("");
  while (str_cut(&rest, '.', &part))
    item = step(ev, item, path_part(eval_arena(ev), part), otherwise);
  return item;
}

Value fold_case(Eval *ev, Value v) {
  return v.kind == VAL_STR ? val_str(str_lower(eval_arena(ev), val_text(v))) : v;
}

// --- classes as values
// A method of the instances as a function of the class: datetime.strftime(moment, format).
typedef struct Unbound {
  Object object;
  const Native *method;
} Unbound;

static Value call_unbound(Eval *ev, Object *o, const Args *args) {
  const Native *m = ((const Unbound *)o)->method;
  Value fn;
  Args rest = *args;
  if (!args->npos || args->pos[0].kind != VAL_OBJECT || !args->pos[0].obj->type->attr ||
      !args->pos[0].obj->type->attr(ev, args->pos[0].obj, str_c(m->name), &fn))
    eval_fail(ev, "%s() called on the class needs an object of it as its first argument", m->name);
  rest.pos++;
  rest.npos--;
  return eval_call(ev, fn, &rest);
}
static void unbound_repr(const Object *o, Buf *out) {
  buf_addf(out, "<function %s>", ((const Unbound *)o)->method->name);
}
static const ObjectType unbound_type = {
    .name = "function", .call = call_unbound, .repr = unbound_repr};

static bool class_attr(Eval *ev, Object *o, Str name, Value *out) {
  Class *c = (Class *)o;
  if (c->functions && native_find(eval_arena(ev), c->functions, c->name, name, val_none(), out))
    return true;
  for (size_t i = 0; i < COUNT(c->methods) && c->methods[i]; i++) {
    const Native *m = native_in(c->methods[i], name);
    if (!m)
      continue;
    Unbound *u = arena_new(eval_arena(ev), Unbound);
    *u = (Unbound){{&unbound_type}, m};
    *out = val_obj(u);
    return true;
  }
  return c->constant && c->constant(ev, name, out);
}

static Value class_call(Eval *ev, Object *o, const Args *args) {
  Class *c = (Class *)o;
  if (!c->make)
    eval_fail(ev, "cannot create '%s' instances", c->name);
  return native_call(ev, &(Func){.native = c->make}, args);
}

static void class_repr(const Object *o, Buf *out) {
  buf_addf(out, "<class '%s'>", ((const Class *)o)->name);
}

const ObjectType class_type = {
    .name = "type", .attr = class_attr, .call = class_call, .repr = class_repr};
