// Filters over texts and numbers. In: any value, read as text where Jinja does. Out: text, numbers.
// Leaves HTML to builtins_html.c, wrapping to builtins_wrap.c, the table to builtins.c.
#include "../interp.h"
#include "../ops_access.h"
#include "std.h"
#include "std_text.h"

#include <math.h>
#include <stdio.h>

// soft_str(v): a text with its flag.
static Value soft(Eval *ev, Value v) { return v.kind == VAL_STR ? v : val_str(to_str(ev, v)); }

Value f_upper(Eval *ev, const Value *v) { return s_upper(ev, (Value[]){soft(ev, v[0])}); }
Value f_lower(Eval *ev, const Value *v) { return s_lower(ev, (Value[]){soft(ev, v[0])}); }
Value f_capitalize(Eval *ev, const Value *v) { return s_capitalize(ev, (Value[]){soft(ev, v[0])}); }
Value f_string(Eval *ev, const Value *v) { return soft(ev, v[0]); }
Value f_safe(Eval *ev, const Value *v) { return safe_str(to_str(ev, v[0])); }

static bool word_start(uint32_t c) {
  return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || utf8_isspace(c);
}

// The first character behind a separator in upper case, the rest of the word in lower case.
Value f_title(Eval *ev, const Value *v) {
  Value in = soft(ev, v[0]);
  Str s = val_text(in);
  Arena *a = eval_arena(ev);
  Buf b = {.arena = a};
  for (size_t at = 0; at < s.len;) {
    size_t from = at, end = at, first = at;
    bool separators = word_start(utf8_next(s, &at));
    first = end = at;
    while (at < s.len && word_start(utf8_next(s, &at)) == separators)
      end = at;
    at = end;
    buf_add(&b, str_upper(a, str_sub(s, from, first)));
    buf_add(&b, str_lower(a, str_sub(s, first, end)));
  }
  return str_value(&b, 0);
}

Value f_trim(Eval *ev, const Value *v) { return s_strip(ev, (Value[]){soft(ev, v[0]), v[1]}); }

Value f_center(Eval *ev, const Value *v) {
  return s_center(ev, (Value[]){soft(ev, v[0]), v[1], val_lit(" ")});
}

Value f_replace(Eval *ev, const Value *v) {
  return s_replace(ev, (Value[]){val_str(to_str(ev, v[0])), val_str(to_str(ev, v[1])),
                                 val_str(to_str(ev, v[2])),
                                 v[3].kind == VAL_NONE ? val_int(-1) : v[3]});
}

Value f_join(Eval *ev, const Value *v) {
  Value item, d = val_str(to_str(ev, v[1]));
  MadeText text = eval_text(ev);
  Iter it;
  ops_iter(ev, v[0], &it);
  for (size_t i = 0; iter_next(ev, &it, &item); i++) {
    eval_step(ev, 1);
    if (i)
      eval_text_add(ev, &text, d);
    eval_text_add(ev, &text, attr_of(ev, item, v[2], val_none()));
  }
  return eval_text_end(ev, &text, 0);
}

static bool word_char(uint32_t c) {
  return c == '_' || utf8_isalpha(c) || utf8_isnumeric(c) || utf8_isdecimal(c);
}

Value f_wordcount(Eval *ev, const Value *v) {
  Str s = to_str(ev, v[0]);
  int64_t n = 0;
  bool inside = false;
  for (size_t at = 0; at < s.len;) {
    bool word = word_char(utf8_next(s, &at));
    n += word && !inside;
    inside = word;
  }
  return val_int(n);
}

Value f_default(Eval *ev, const Value *v) {
  (void)ev;
  return v[0].kind == VAL_UNDEF || (val_truth(v[2]) && !val_truth(v[0])) ? v[1] : v[0];
}

Value f_format(Eval *ev, const Value *v) {
  bool named = v[2].dict->n > 0;
  if (named && v[1].list->n)
    eval_fail(ev, "can't handle positional and keyword arguments at the same time");
  return str_percent(ev, soft(ev, v[0]), named ? v[2] : v[1]);
}

// --- numbers
// math.trunc of a double as an int; false: infinite or not a number.
static bool whole_of(Eval *ev, double f, Value *out) {
  return bigint_from_double(eval_arena(ev), f, out);
}

// int(v) for what is not a text. False: Python raises TypeError or ValueError.
static bool int_of(Eval *ev, Value v, Value *out) {
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(ev, v);
  if (val_is_whole(v)) {
    *out = v.kind == VAL_BOOL ? val_int(v.b) : v;
    return true;
  }
  if (v.kind == VAL_FLOAT) {
    if (isinf(v.f))
      eval_fail(ev, "cannot convert float infinity to integer");
    return whole_of(ev, v.f, out);
  }
  if (!val_is_type(v, &decimal_type))
    return false;
  Str s = to_str(ev, v);
  *out = decimal_whole(eval_arena(ev), v, s.ptr[0] == '-');
  if (str_ends(s, STR("Infinity")))
    eval_fail(ev, "cannot convert Infinity to integer");
  return out->kind != VAL_NONE;
}

// float(v). False: TypeError or ValueError.
static bool float_of(Eval *ev, Value v, double *out) {
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(ev, v);
  if (val_is_number(v)) {
    *out = need_float(ev, v);
    if (isinf(*out) && v.kind == VAL_BIGINT)
      eval_fail(ev, "int too large to convert to float");
    return true;
  }
  if (v.kind != VAL_STR && !val_is_type(v, &decimal_type))
    return false;
  return parse_float(eval_arena(ev), to_str(ev, v), out);
}

Value f_int(Eval *ev, const Value *v) {
  Value out;
  bool base = val_is_whole(v[2]);
  if (v[0].kind == VAL_STR) {
    if (base && parse_int(eval_arena(ev), val_text(v[0]), need_index(ev, v[2]), &out))
      return out;
  } else if (int_of(ev, v[0], &out)) {
    return out;
  }
  double f;
  return float_of(ev, v[0], &f) && whole_of(ev, f, &out) ? out : v[1];
}

Value f_float(Eval *ev, const Value *v) {
  double f;
  return float_of(ev, v[0], &f) ? val_float(f) : v[1];
}

Value f_abs(Eval *ev, const Value *v) {
  Value out;
  if (v[0].kind == VAL_FLOAT)
    return val_float(fabs(v[0].f));
  if (val_is_whole(v[0]))
    return bigint_cmp(v[0], val_int(0)) < 0 ? ops_negate(ev, v[0])
           : v[0].kind == VAL_BOOL          ? val_int(v[0].b)
                                            : v[0];
  if (val_is_type(v[0], &decimal_type) || val_is_type(v[0], &timedelta_type)) {
    Str s = to_str(ev, v[0]);
    out = v[0];
    v[0].obj->type->binary(ev, s.len && s.ptr[0] == '-' ? "neg" : "pos", v[0], val_none(), &out);
    return out;
  }
  if (v[0].kind == VAL_UNDEF)
    ops_undef_fail(ev, v[0]);
  eval_fail(ev, "bad operand type for abs(): '%s'", val_type_name(v[0]));
}

// Whole numbers to a negative count of digits, half to even.
static Value round_whole(Eval *ev, Value v, int64_t digits) {
  if (v.kind == VAL_BOOL)
    v = val_int(v.b);
  if (digits >= 0)
    return v;
  Arena *a = eval_arena(ev);
  Value unit, q, r, twice;
  if (digits < -100000 || !bigint_pow(a, val_int(10), (uint64_t)-digits, &unit))
    return val_int(0);
  if (!bigint_divmod(a, v, unit, &q, &r) || !bigint_mul(a, r, val_int(2), &twice))
    eval_fail(ev, "number too big");
  int c = bigint_cmp(twice, unit);
  bool odd = q.kind == VAL_INT ? q.i & 1 : false;
  if (q.kind == VAL_BIGINT) {
    Value half, bit;
    bigint_divmod(a, q, val_int(2), &half, &bit);
    odd = bit.i != 0;
  }
  if ((c > 0 || (c == 0 && odd)) && !bigint_add(a, q, val_int(1), &q))
    eval_fail(ev, "number too big");
  if (!bigint_mul(a, q, unit, &q))
    eval_fail(ev, "number too big");
  return q;
}

static Value round_common(Eval *ev, Value v, Value digits) {
  if (v.kind == VAL_FLOAT && digits.kind == VAL_NONE) {
    Value out;
    if (!whole_of(ev, nearbyint(v.f), &out))
      eval_fail(ev, "cannot convert float %s to integer", isnan(v.f) ? "NaN" : "infinity");
    return out;
  }
  if (v.kind == VAL_FLOAT) {
    double f = round_float(v.f, need_index(ev, digits));
    if (isinf(f) && !isinf(v.f))
      eval_fail(ev, "rounded value too large to represent");
    return val_float(f);
  }
  if (val_is_whole(v))
    return round_whole(ev, v, digits.kind == VAL_NONE ? 0 : need_index(ev, digits));
  if (val_is_type(v, &decimal_type)) {
    Value fn, a[1] = {digits};
    if (v.obj->type->attr(ev, v.obj, STR("__round__"), &fn))
      return eval_call(ev, fn, &(Args){.pos = a, .npos = 1});
  }
  eval_fail(ev, "type %s doesn't define __round__ method", val_type_name(v));
}

Value f_round(Eval *ev, const Value *v) {
  ops_need_hashable(ev, v[2]);
  if (val_is_str(v[2], STR("common")))
    return round_common(ev, v[0], v[1]);
  bool ceiling = val_is_str(v[2], STR("ceil"));
  if (!ceiling && !val_is_str(v[2], STR("floor")))
    eval_fail(ev, "method must be common, ceil or floor");
  Value unit = ops_binary(ev, OP_POW, val_int(10), v[1]);
  Value scaled = ops_binary(ev, OP_MUL, v[0], unit), whole;
  if (val_is_whole(scaled))
    whole = scaled;
  else if (val_is_type(scaled, &decimal_type))
    whole = decimal_whole(eval_arena(ev), scaled, ceiling);
  else if (!whole_of(ev, ceiling ? ceil(need_float(ev, scaled)) : floor(need_float(ev, scaled)),
                     &whole))
    eval_fail(ev, "cannot convert float %s to integer", isnan(scaled.f) ? "NaN" : "infinity");
  if (whole.kind == VAL_NONE)
    eval_fail(ev, "cannot convert %s to integer", to_str(ev, scaled).ptr);
  return ops_binary(ev, OP_DIV, whole, unit);
}

Value f_filesizeformat(Eval *ev, const Value *v) {
  static const char *const names[][8] = {
      {"kB",  "MB",  "GB",  "TB",  "PB",  "EB",  "ZB",  "YB" },
      {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
  };
  double bytes;
  if (!float_of(ev, v[0], &bytes))
    eval_fail(ev, "could not convert %s to float", val_type_name(v[0]));
  bool binary = val_truth(v[1]);
  double base = binary ? 1024 : 1000, unit = base;
  if (bytes == 1)
    return val_lit("1 Byte");
  if (bytes < base) {
    Value whole;
    if (!whole_of(ev, bytes, &whole))
      eval_fail(ev, "cannot convert float infinity to integer");
    return val_str(str_fmt(eval_arena(ev), "%.*s Bytes", STR_ARG(to_str(ev, whole))));
  }
  size_t i = 0;
  for (; i < 8; i++) {
    unit = pow(base, (double)i + 2);
    if (bytes < unit)
      break;
  }
  if (isnan(bytes))
    i = 8;
  i = i > 7 ? 7 : i;
  char text[400];
  snprintf(text, sizeof text, "%.1f",
           isnan(bytes) ? fabs(bytes) : base * bytes / unit); // no "-nan"
  return val_str(str_fmt(eval_arena(ev), "%s %s", text, names[binary][i]));
}

// --- native mode: a mark on the text says how the finished value is read
static Value marked(Eval *ev, Value v, uint8_t mark) {
  if (!ev->native)
    return v;
  Value text = val_str(to_str(ev, v));
  text.flags = mark;
  return text;
}
Value f_as_text(Eval *ev, const Value *v) { return marked(ev, v[0], VAL_AS_TEXT); }
Value f_as_bool(Eval *ev, const Value *v) { return marked(ev, v[0], VAL_AS_BOOL); }
Value f_as_native(Eval *ev, const Value *v) { return marked(ev, v[0], VAL_AS_NATIVE); }
Value f_as_number(Eval *ev, const Value *v) { return marked(ev, v[0], VAL_AS_NUMBER); }
