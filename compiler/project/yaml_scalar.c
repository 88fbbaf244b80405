// In: the text of a scalar. Out: its type and value by YAML 1.1 as PyYAML's safe loader has them:
// `yes` is a bool, 010 is eight, 1:30 is ninety, 1_000 is a thousand. Dates stay text, in the form
// that Python's str() gives them.
#include "yaml_scalar.h"
#include "../base/clock.h"
#include "../base/utf8.h"
#include "../value/bigint.h"

#include <math.h>
#include <stdlib.h>

// --- what a text looks like. Each scanner moves p and returns whether something was there.

static const char *skip_set(const char *p, const char *end, const char *set) {
  while (p < end && *p && strchr(set, *p))
    p++;
  return p;
}

static const char *skip_digits(const char *p, const char *end) {
  while (p < end && (str_digit_char(*p) || *p == '_'))
    p++;
  return p;
}

// ":" and one or two digits below 60, once or more; NULL when there is none.
static const char *skip_sexagesimal(const char *p, const char *end) {
  const char *from = p;
  while (p + 1 < end && *p == ':' && str_digit_char(p[1])) {
    bool two = p + 2 < end && str_digit_char(p[2]) && p[1] <= '5';
    p += two ? 3 : 2;
  }
  return p > from ? p : NULL;
}

static const char *skip_exponent(const char *p, const char *end) {
  if (end - p < 3 || (*p | 0x20) != 'e' || (p[1] != '-' && p[1] != '+') || !str_digit_char(p[2]))
    return p;
  for (p += 2; p < end && str_digit_char(*p);)
    p++;
  return p;
}

static bool one_of(const char *p, const char *end, const Str *words, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (str_eq(str_n(p, (size_t)(end - p)), words[i]))
      return true;
  return false;
}

static bool is_float(const char *p, const char *end) {
  static const Str inf[] = {STR_INIT(".inf"), STR_INIT(".Inf"), STR_INIT(".INF")};
  static const Str nan[] = {STR_INIT(".nan"), STR_INIT(".NaN"), STR_INIT(".NAN")};
  bool sign = *p == '-' || *p == '+';
  if (one_of(p + sign, end, inf, 3) || one_of(p, end, nan, 3))
    return true;
  if (*p == '.')
    return end - p > 1 && str_digit_char(p[1]) &&
           skip_exponent(skip_digits(p + 1, end), end) == end;
  p += sign;
  if (p >= end || !str_digit_char(*p))
    return false;
  p = skip_digits(p, end);
  if (p < end && *p == '.')
    return skip_exponent(skip_digits(p + 1, end), end) == end;
  p = skip_sexagesimal(p, end);
  return p && p < end && *p == '.' && skip_digits(p + 1, end) == end;
}

static bool is_int(const char *p, const char *end) {
  p += *p == '-' || *p == '+';
  if (p >= end || !str_digit_char(*p))
    return false;
  if (*p == '0') {
    if (p + 1 == end)
      return true;
    if (p[1] == 'b')
      return p + 2 < end && skip_set(p + 2, end, "01_") == end;
    if (p[1] == 'x')
      return p + 2 < end && skip_set(p + 2, end, "0123456789abcdefABCDEF_") == end;
    return skip_set(p + 1, end, "01234567_") == end;
  }
  p = skip_digits(p, end);
  return p == end || skip_sexagesimal(p, end) == end;
}

// A date and time taken apart. Fields that are not there stay -1.
typedef struct Stamp {
  int year, month, day, hour, minute, second, micros;
  char zone; // 0 none, 'Z', '+', '-'
  int zone_hour, zone_minute;
} Stamp;

// From `least` to `most` digits.
static const char *take_number(const char *p, const char *end, int least, int most, int *out) {
  int n = 0, v = 0;
  while (p && p + n < end && n < most && str_digit_char(p[n]))
    v = v * 10 + (p[n++] - '0');
  *out = v;
  return p && n >= least ? p + n : NULL;
}

static const char *take_char(const char *p, const char *end, char c) {
  return p && p < end && *p == c ? p + 1 : NULL;
}

static const char *take_fraction(const char *p, const char *end, Stamp *s) {
  if (!p || p >= end || *p != '.')
    return p;
  int unit = 100000;
  for (p++; p < end && str_digit_char(*p); p++, unit /= 10)
    s->micros += (*p - '0') * unit;
  return p;
}

static const char *take_zone(const char *p, const char *end, Stamp *s) {
  const char *q = p;
  while (q && q < end && (*q == ' ' || *q == '\t'))
    q++;
  if (!q || q >= end || (*q != 'Z' && *q != '+' && *q != '-'))
    return p;
  s->zone = *q++;
  if (s->zone == 'Z')
    return q;
  q = take_number(q, end, 1, 2, &s->zone_hour);
  if (q && q < end && *q == ':')
    q = take_number(q + 1, end, 2, 2, &s->zone_minute);
  return q;
}

static const char *take_time(const char *p, const char *end, Stamp *s) {
  if (p && p < end && (*p | 0x20) == 't')
    p++;
  else if (p && p < end && (*p == ' ' || *p == '\t'))
    p = skip_set(p, end, " \t");
  else
    return NULL;
  p = take_number(p, end, 1, 2, &s->hour);
  p = take_number(take_char(p, end, ':'), end, 2, 2, &s->minute);
  p = take_number(take_char(p, end, ':'), end, 2, 2, &s->second);
  return take_zone(take_fraction(p, end, s), end, s);
}

static bool take_stamp(Str text, Stamp *s) {
  const char *p = text.ptr, *end = p + text.len;
  *s = (Stamp){.hour = -1};
  p = take_number(p, end, 4, 4, &s->year);
  const char *month = take_char(p, end, '-');
  p = take_number(month, end, 1, 2, &s->month);
  const char *day = take_char(p, end, '-');
  p = take_number(day, end, 1, 2, &s->day);
  if (p == end)
    return p && day - month == 3 && end - day == 2; // a bare date has two digits each
  return p && take_time(p, end, s) == end;
}

YamlTag yaml_resolve(Str s) {
  static const Str bools[] = {
      STR_INIT("yes"),   STR_INIT("Yes"),   STR_INIT("YES"),  STR_INIT("no"),   STR_INIT("No"),
      STR_INIT("NO"),    STR_INIT("true"),  STR_INIT("True"), STR_INIT("TRUE"), STR_INIT("false"),
      STR_INIT("False"), STR_INIT("FALSE"), STR_INIT("on"),   STR_INIT("On"),   STR_INIT("ON"),
      STR_INIT("off"),   STR_INIT("Off"),   STR_INIT("OFF"),
  };
  static const Str nulls[] = {STR_INIT("~"), STR_INIT("null"), STR_INIT("Null"), STR_INIT("NULL")};
  if (!s.len)
    return TAG_NULL;
  const char *p = s.ptr, *end = p + s.len;
  char c = *p;
  if (c == '<' || c == '=')
    return str_is(s, "<<") ? TAG_MERGE : str_is(s, "=") ? TAG_VALUE : TAG_STR;
  if (str_digit_char(c) || c == '-' || c == '+' || c == '.') {
    Stamp stamp;
    if (is_float(p, end))
      return TAG_FLOAT;
    if (is_int(p, end))
      return TAG_INT;
    return str_digit_char(c) && take_stamp(s, &stamp) ? TAG_TIMESTAMP : TAG_STR;
  }
  if (s.len > 5 || !strchr("yYnNtTfFoO~", c))
    return TAG_STR;
  if (one_of(p, end, bools, COUNT(bools)))
    return TAG_BOOL;
  return one_of(p, end, nulls, COUNT(nulls)) ? TAG_NULL : TAG_STR;
}

// --- values
static Str without_underscores(Arena *a, Str s) {
  char *p = arena_alloc(a, s.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != '_')
      p[n++] = s.ptr[i];
  p[n] = 0;
  return str_n(p, n);
}

static const char *sexagesimal(Str s, bool whole, double sign, Value *out) {
  double total = 0;
  int64_t ints = 0;
  for (Str part; str_cut(&s, ':', &part);) {
    char digits[64];
    if (!part.len || part.len >= sizeof digits || !str_digit_char(*part.ptr))
      return "is not a number";
    memcpy(digits, part.ptr, part.len);
    digits[part.len] = 0;
    char *end;
    double v = strtod(digits, &end);
    total = total * 60 + v;
    if (*end || memchr(digits, 'x', part.len) || (whole && memchr(digits, '.', part.len)) ||
        (whole && (total > 9e15 || v != floor(v))))
      return "is not a number";
    ints = whole ? ints * 60 + (int64_t)v : 0;
  }
  *out = whole ? val_int(sign < 0 ? -ints : ints) : val_float(sign * total);
  return NULL;
}

static const char *make_int(Arena *a, Str text, Value *out) {
  Str s = without_underscores(a, text);
  bool minus = s.len && s.ptr[0] == '-';
  Str digits = str_sub(s, s.len && (minus || s.ptr[0] == '+'), s.len);
  int base = 10;
  if (str_starts(digits, STR("0b")) || str_starts(digits, STR("0x"))) {
    base = digits.ptr[1] == 'b' ? 2 : 16;
    digits = str_sub(digits, 2, digits.len);
  } else if (digits.len > 1 && digits.ptr[0] == '0') {
    base = 8;
    digits = str_sub(digits, digits.ptr[1] == 'o' ? 2 : 1, digits.len);
  } else if (digits.len && memchr(digits.ptr, ':', digits.len)) {
    return sexagesimal(digits, true, minus ? -1 : 1, out);
  }
  if (!digits.len || digits.ptr[0] == '-' || digits.ptr[0] == '+')
    return "is not a whole number";
  if (base == 10 && digits.len < 19 &&
      skip_digits(digits.ptr, digits.ptr + digits.len) == digits.ptr + digits.len) {
    int64_t v = 0;
    for (size_t i = 0; i < digits.len; i++)
      v = v * 10 + (digits.ptr[i] - '0');
    *out = val_int(minus ? -v : v);
    return NULL;
  }
  Str signed_digits = minus ? str_cat(a, STR("-"), digits) : digits;
  return bigint_parse(a, signed_digits, base, out) ? NULL : "is not a whole number";
}

static const char *make_float(Arena *a, Str text, Value *out) {
  Str s = without_underscores(a, text);
  bool minus = s.len && s.ptr[0] == '-';
  Str rest = str_sub(s, s.len && (minus || s.ptr[0] == '+'), s.len);
  double sign = minus ? -1 : 1;
  if (str_eq_nocase(rest, STR(".inf"))) {
    *out = val_float(sign * (double)INFINITY);
    return NULL;
  }
  if (str_eq_nocase(rest, STR(".nan"))) {
    *out = val_float((double)NAN);
    return NULL;
  }
  if (rest.len && memchr(rest.ptr, ':', rest.len))
    return sexagesimal(rest, false, sign, out);
  if (memchr(s.ptr, 'x', s.len) || memchr(s.ptr, 'X', s.len))
    return "is not a number";
  char *end;
  double v =
      rest.len && (str_digit_char(rest.ptr[0]) || rest.ptr[0] == '.') ? strtod(rest.ptr, &end) : 0;
  if (!rest.len || !(str_digit_char(rest.ptr[0]) || rest.ptr[0] == '.') ||
      end != rest.ptr + rest.len || end == rest.ptr)
    return "is not a number";
  *out = val_float(sign * v);
  return NULL;
}

static const char *make_bool(Str text, Value *out) {
  static const Str yes[] = {STR_INIT("yes"), STR_INIT("true"), STR_INIT("on")};
  static const Str no[] = {STR_INIT("no"), STR_INIT("false"), STR_INIT("off")};
  for (size_t i = 0; i < 3; i++)
    if (str_eq_nocase(text, yes[i]) || str_eq_nocase(text, no[i])) {
      *out = val_bool(str_eq_nocase(text, yes[i]));
      return NULL;
    }
  return "is neither true nor false";
}

// The form of Python's str(): 2001-12-14 21:59:43.100000-05:00.
static const char *make_stamp(Arena *a, Str text, Value *out) {
  Stamp s;
  if (!take_stamp(text, &s))
    return "is not a date";
  if (s.year < 1 || s.month < 1 || s.month > 12 || s.day < 1 ||
      s.day > clock_days_in(s.year, s.month))
    return "is no day of the calendar";
  Buf b = {.arena = a};
  buf_addf(&b, "%04d-%02d-%02d", s.year, s.month, s.day);
  if (s.hour >= 0) {
    if (s.hour > 23 || s.minute > 59 || s.second > 59 || s.zone_hour > 23 || s.zone_minute > 59)
      return "is no time of the day";
    buf_addf(&b, " %02d:%02d:%02d", s.hour, s.minute, s.second);
    if (s.micros)
      buf_addf(&b, ".%06d", s.micros);
    bool utc = !s.zone_hour && !s.zone_minute;
    if (s.zone)
      buf_addf(&b, "%c%02d:%02d", s.zone == '-' && !utc ? '-' : '+', s.zone_hour, s.zone_minute);
  }
  *out = val_str(str_n(buf_cstr(&b), b.len));
  return NULL;
}

static int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (str_digit_char(c))
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static const char *make_binary(Arena *a, Str text, Value *out) {
  Buf b = {.arena = a};
  unsigned bits = 0, have = 0, digits = 0;
  for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
    int d = base64_digit(text.ptr[i]);
    if (d < 0)
      continue; // Python's decoder passes over other characters
    digits++;
    bits = (bits << 6 | (unsigned)d) & 0xFFFF;
    have += 6;
    if (have >= 8) {
      have -= 8;
      buf_addc(&b, (char)(bits >> have));
    }
  }
  if (digits % 4 == 1)
    return "is not base64";
  if (utf8_invalid(buf_str(&b)) >= 0)
    return "holds bytes that are not UTF-8 text";
  *out = val_str(buf_str(&b));
  return NULL;
}

const char *yaml_construct(Arena *a, YamlTag tag, Str text, Value *out) {
  switch (tag) {
  case TAG_NULL:
    *out = val_none();
    return NULL;
  case TAG_BOOL:
    return make_bool(text, out);
  case TAG_INT:
    return make_int(a, text, out);
  case TAG_FLOAT:
    return make_float(a, text, out);
  case TAG_TIMESTAMP:
    return make_stamp(a, text, out);
  case TAG_BINARY:
    return make_binary(a, text, out);
  case TAG_STR:
  case TAG_MERGE:
  case TAG_VALUE:
    break;
  }
  *out = val_str(text);
  return NULL;
}
