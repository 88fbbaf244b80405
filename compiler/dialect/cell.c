// What a type holds of a cell, and the text that the database is sent for it. Leaves the reading
// of numbers and moments to cell_read.c, the names of types to clickhouse_cells.c and
// postgres_cells.c.
#include "cell.h"

#include "../base/utf8.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static CellFit leave(Str text, Buf *out) {
  buf_add(out, text);
  return CELL_LEFT;
}

// --- numbers

// Order of two whole numbers that are written without zeros in front.
static int compare_whole(Str x, Str y) {
  bool minus = x.len && x.ptr[0] == '-', other = y.len && y.ptr[0] == '-';
  if (minus != other)
    return minus ? -1 : 1;
  int order = x.len != y.len ? (x.len < y.len ? -1 : 1) : str_cmp(x, y);
  return minus ? -order : order;
}

static CellFit fit_integer(const CellType *t, const CellNumber *n) {
  char text[CELL_DIGITS];
  Buf b = {.ptr = text, .cap = sizeof text};
  if (!cell_is_whole(n) || n->point > 100)
    return CELL_REFUSED;
  if (n->point < (long)t->most.len && (!n->negative || t->least.ptr[0] == '-'))
    return CELL_FITS;
  cell_number_print(&b, n);
  Str whole = buf_str(&b);
  return compare_whole(whole, t->least) < 0 || compare_whole(whole, t->most) > 0 ? CELL_REFUSED
                                                                                 : CELL_FITS;
}

// The digits and the power of ten of "d.ddde+x", without zeros at the end.
static size_t digits_of(const char *text, char *digits, long *point) {
  size_t n = 0;
  for (text += *text == '-'; *text && *text != 'e'; text++)
    if (*text != '.')
      digits[n++] = *text;
  *point = *text ? strtol(text + 1, NULL, 10) + 1 : 0;
  while (n && digits[n - 1] == '0')
    n--;
  return n;
}

static double parse_float(const CellType *t, const char *text) {
  return t->wide ? strtod(text, NULL) : (double)strtof(text, NULL);
}

// The same answer without printing where it is plain. False: it is not.
static bool quick_float32(const CellNumber *n, CellFit *fit) {
  static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  long behind = (long)n->n - n->point;
  int64_t digits = 0;
  if (n->n > 15 || behind > 15 || behind < -15)
    return false;
  for (size_t i = 0; i < n->n; i++)
    digits = digits * 10 + (n->digits[i] - '0');
  double unit = behind > 0 ? 1 / powers[behind] : powers[-behind];
  double value = behind > 0 ? (double)digits / powers[behind] : (double)digits * unit;
  float f = (float)value;
  double off = fabs((double)f - value), ulp = (double)nextafterf(f, INFINITY) - (double)f;
  // How far the nearest text with a digit less is from the float.
  int last = n->digits[n->n - 1] - '0';
  double down = fabs(value - last * unit - (double)f),
         up = fabs(value + (10 - last) * unit - (double)f);
  double shorter = (down < up ? down : up) / ulp;
  bool other = off > 0.55 * unit || shorter < 0.49;
  *fit = other ? CELL_CUT : CELL_FITS;
  return other || (off < 0.45 * unit && shorter > 0.51);
}

// Whether the float, printed with as many digits as the text has, is the text; and, in 32 bits,
// whether a shorter text would not be the same float: ClickHouse shows that one.
static CellFit fit_float(const CellType *t, const CellNumber *n) {
  char text[CELL_DIGITS + 16], shown[CELL_DIGITS + 16], digits[CELL_DIGITS + 16];
  long sure = t->wide ? 15 : 6, far = t->wide ? 300 : 36, point;
  CellFit fit;
  if (!n->n || ((long)n->n <= sure && labs(n->point) < far))
    return CELL_FITS; // also nan and inf
  if (!t->wide && quick_float32(n, &fit))
    return fit;
  snprintf(text, sizeof text, "0.%.*se%ld", (int)n->n, n->digits, n->point);
  double f = parse_float(t, text);
  if (isinf(f) || f == 0)
    return CELL_REFUSED;
  snprintf(shown, sizeof shown, "%.*e", (int)n->n - 1, f);
  size_t have = digits_of(shown, digits, &point);
  if (have != n->n || point != n->point || memcmp(digits, n->digits, have))
    return CELL_CUT;
  if (t->wide || (long)n->n <= sure)
    return CELL_FITS;
  snprintf(shown, sizeof shown, "%.*e", (int)n->n - 2, f);
  return parse_float(t, shown) == f ? CELL_CUT : CELL_FITS;
}

static CellFit fit_decimal(const CellType *t, const CellNumber *n) {
  if (n->nan || n->infinite)
    return t->strict || (n->infinite && t->precision) ? CELL_REFUSED : CELL_FITS;
  long behind = (long)n->n - n->point, before = n->point;
  if (!t->precision || !n->n)
    return CELL_FITS;
  return behind > t->scale || before > t->precision - t->scale ? CELL_REFUSED : CELL_FITS;
}

CellFit cell_holds_number(const CellType *t, const CellNumber *n) {
  return t->kind == CELL_INTEGER   ? fit_integer(t, n)
         : t->kind == CELL_FLOAT   ? fit_float(t, n)
         : t->kind == CELL_DECIMAL ? fit_decimal(t, n)
                                   : CELL_REFUSED;
}

// What is left of a number in a float.
static void float_becomes(const CellType *t, const CellNumber *n, CellSaid *said) {
  char text[CELL_DIGITS + 16];
  snprintf(text, sizeof text, "%s0.%.*se%ld", n->negative ? "-" : "", (int)n->n, n->digits,
           n->point);
  double f = parse_float(t, text);
  int digits = t->wide ? 15 : 6;
  do
    snprintf(said->becomes, sizeof said->becomes, "%.*g", digits, f);
  while (parse_float(t, said->becomes) != f && digits++ < 17);
}

static CellFit write_number(const CellType *t, Str text, bool loose, Buf *out, CellSaid *said) {
  CellNumber n;
  bool marks = false;
  if (!(loose ? cell_loose_number(text, &n, &marks) : cell_number(text, &n))) {
    // Postgres knows 0x1F and 1_000, which are numbers all the same.
    bool other = !t->strict && text.len && str_digit_char(text.ptr[0]);
    return other ? leave(text, out) : CELL_REFUSED;
  }
  CellFit fit = cell_holds_number(t, &n);
  if (fit == CELL_REFUSED)
    return fit;
  if (fit == CELL_CUT) {
    float_becomes(t, &n, said);
  } else if (loose && (marks || (n.more_zeros && t->kind == CELL_INTEGER))) {
    Buf b = {.ptr = said->becomes, .cap = sizeof said->becomes};
    fit = CELL_CUT;
    if (n.n + (size_t)labs(n.point) + 4 < sizeof said->becomes) {
      cell_number_print(&b, &n);
      said->becomes[b.len] = 0;
    }
  }
  bool as_it_is = n.plain && (t->kind != CELL_INTEGER || (n.whole_text && (n.n || !n.negative)));
  if (as_it_is || labs(n.point) > CELL_DIGITS)
    buf_add(out, text);
  else
    cell_number_print(out, &n);
  return fit;
}

// --- moments

// Seconds since 1970 of a moment of UTC (days: its day alone).
static int64_t seconds_since(const CellMoment *m) {
  int64_t y = m->year - (m->month <= 2), era = y / 400, of_era = y - era * 400;
  int64_t of_year = (153 * (m->month + (m->month > 2 ? -3 : 9)) + 2) / 5 + m->day - 1;
  int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  return ((days * 24 + m->hour) * 60 + m->minute) * 60 + m->second;
}

static CellMoment moved(const CellMoment *m, int64_t seconds) {
  CellMoment to = *m;
  int64_t days = seconds / 86400 - (seconds % 86400 < 0), rest = seconds - days * 86400;
  int64_t z = days + 719468, era = z / 146097 - (z % 146097 < 0), doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  to.day = (int)(doy - (153 * mp + 2) / 5 + 1);
  to.month = (int)(mp < 10 ? mp + 3 : mp - 9);
  to.year = (int)(yoe + era * 400 + (to.month <= 2));
  to.hour = (int)(rest / 3600);
  to.minute = (int)(rest / 60 % 60);
  to.second = (int)(rest % 60);
  to.offset = 0;
  return to;
}

CellFit cell_holds_moment(const CellType *t, const CellMoment *m) {
  if (m->impossible)
    return CELL_REFUSED;
  CellMoment day = {.year = m->year, .month = m->month, .day = m->day};
  int64_t at = t->kind == CELL_MOMENT ? seconds_since(m) - m->offset * 60 : seconds_since(&day);
  if ((t->from || t->to) && (at < t->from || at > t->to))
    return CELL_REFUSED;
  if (t->kind == CELL_DATE)
    return m->hour || m->minute || m->second || m->fraction.len ? CELL_CUT : CELL_FITS;
  return (long)m->fraction.len > t->scale ? CELL_CUT : CELL_FITS;
}

// So many digits of a number, zeros in front; then a mark.
static void add_digits(Buf *out, int number, int digits, char mark) {
  char text[8];
  for (int i = digits; i > 0; number /= 10)
    text[--i] = (char)('0' + number % 10);
  text[digits] = mark;
  buf_add(out, str_n(text, (size_t)digits + (mark != 0)));
}

static void print_moment(Buf *out, const CellType *t, const CellMoment *m) {
  add_digits(out, m->year, 4, '-');
  add_digits(out, m->month, 2, '-');
  add_digits(out, m->day, 2, 0);
  if (t->kind == CELL_DATE)
    return;
  buf_addc(out, ' ');
  add_digits(out, m->hour, 2, ':');
  add_digits(out, m->minute, 2, ':');
  add_digits(out, m->second, 2, 0);
  size_t digits = m->fraction.len < (size_t)t->scale ? m->fraction.len : (size_t)t->scale;
  if (digits) {
    buf_addc(out, '.');
    buf_add(out, str_sub(m->fraction, 0, digits));
  }
  if (m->zoned && !t->with_zone.len)
    buf_addc(out, 'Z');
}

// Whether a text that is no moment is left to the database, which may know more forms. None of
// them is without a digit in ClickHouse.
static bool left_to_database(const CellType *t, Str text) {
  bool digit = false;
  for (size_t i = 0; i < text.len; i++)
    digit |= str_digit_char(text.ptr[i]);
  return digit || !t->strict;
}

static CellFit write_moment(const CellType *t, Str text, bool loose, Buf *out, CellSaid *said) {
  CellMoment m;
  bool good = cell_moment(text, &m);
  if (!good ||
      (t->kind == CELL_MOMENT && !m.mark && !m.timed)) { // 20240131 may be a number of seconds
    return left_to_database(t, text) ? leave(text, out) : CELL_REFUSED;
  }
  CellFit fit = cell_holds_moment(t, &m);
  if (t->with_zone.len && m.offset && !loose)
    fit = CELL_REFUSED;
  // Digits of a second go where the type was found, a time of day where it was given.
  if (fit == CELL_CUT && loose == (t->kind == CELL_DATE))
    fit = CELL_REFUSED;
  if (fit == CELL_REFUSED)
    return fit;
  if (m.offset && t->kind == CELL_MOMENT)
    m = moved(&m, seconds_since(&m) - m.offset * 60);
  if (m.year < 1 || m.year > 9999) // in UTC, which is written in four digits
    return leave(text, out);
  Buf b = {.ptr = said->becomes, .cap = sizeof said->becomes};
  if (fit == CELL_CUT) {
    print_moment(&b, t, &m);
    said->becomes[b.len] = 0;
  }
  print_moment(out, t, &m);
  return fit;
}

// Of ":SS" from s[*i] on. False: no such part, or it is 60 or more.
static bool sixtieth(Str s, size_t *i) {
  if (*i + 2 >= s.len || s.ptr[*i] != ':' || !str_digit_char(s.ptr[*i + 1]) ||
      !str_digit_char(s.ptr[*i + 2]))
    return false;
  *i += 3;
  return s.ptr[*i - 2] < '6';
}

// [-]HH:MM[:SS[.fraction]]; a day before it or a zone behind it would be lost.
static CellFit write_time(const CellType *t, Str text, Buf *out) {
  size_t i = text.len && text.ptr[0] == '-', digits = 0;
  CellMoment m;
  while (i < text.len && str_digit_char(text.ptr[i]))
    i++;
  bool good = sixtieth(text, &i) && (i == text.len || text.ptr[i] != ':' || sixtieth(text, &i));
  Str rest = str_sub(text, i, text.len);
  for (size_t k = 1; k < rest.len && rest.ptr[0] == '.' && str_digit_char(rest.ptr[k]); k++)
    digits = rest.ptr[k] == '0' ? digits : k;
  bool zone = str_find(rest, STR("+"), 0) >= 0 || str_find(rest, STR("-"), 0) >= 0;
  if (cell_moment(text, &m) || (long)digits > t->scale || (good && zone && t->with_zone.len))
    return CELL_REFUSED;
  if (!good) // ClickHouse counts on from 10:61:00
    return t->strict && (str_find(text, STR(":"), 0) >= 0 || !left_to_database(t, text))
               ? CELL_REFUSED
               : leave(text, out);
  buf_add(out, text);
  return CELL_FITS;
}

// --- words

// Words of both databases: Postgres takes their beginnings, too.
static CellFit write_boolean(Str text, Buf *out) {
  static const char *const yes[] = {"t",   "tr", "tru", "true",   "y",       "ye",
                                    "yes", "on", "1",   "enable", "enabled", NULL};
  static const char *const no[] = {"f",  "fa",  "fal", "fals",    "false",    "n", "no",
                                   "of", "off", "0",   "disable", "disabled", NULL};
  bool is = str_in_nocase(text, yes);
  if (!is && !str_in_nocase(text, no))
    return CELL_REFUSED;
  buf_add(out, is ? STR("true") : STR("false"));
  return CELL_FITS;
}

static CellFit write_text(const CellType *t, Str text, Buf *out) {
  if ((t->bytes && text.len > t->bytes) || (t->chars && utf8_count(text) > t->chars))
    return CELL_REFUSED;
  buf_add(out, text);
  return CELL_FITS;
}

static bool is_uuid(Str s) {
  size_t digits = 0, dashes = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '-')
      dashes += i == 8 || i == 13 || i == 18 || i == 23 ? 1 : 100;
    else if (str_digit_char(s.ptr[i]) || ((s.ptr[i] | 32) >= 'a' && (s.ptr[i] | 32) <= 'f'))
      digits++;
    else
      return false;
  }
  return digits == 32 && (!dashes || dashes == 4);
}

// Four numbers; ClickHouse takes zeros in front, which other readers do not.
static bool is_ipv4(Str s) {
  size_t parts = 0;
  for (size_t i = 0; i <= s.len; i++, parts++) {
    size_t from = i, n = 0;
    for (; i < s.len && str_digit_char(s.ptr[i]) && i - from < 3; i++)
      n = n * 10 + (size_t)(s.ptr[i] - '0');
    if (i == from || n > 255 || (i < s.len && s.ptr[i] != '.'))
      return false;
  }
  return parts == 4;
}

static bool is_ipv6(Str s) {
  char text[INET6_ADDRSTRLEN + 1];
  struct in6_addr to;
  if (s.len >= sizeof text)
    return false;
  memcpy(text, s.ptr, s.len);
  text[s.len] = 0;
  return inet_pton(AF_INET6, text, &to) == 1;
}

static bool is_word(const CellType *t, Str s) {
  for (size_t i = 0; i < t->nwords; i++)
    if (str_eq(t->words[i], s))
      return true;
  return false;
}

static CellFit pass(bool good, Str text, Buf *out) {
  if (good)
    buf_add(out, text);
  return good ? CELL_FITS : CELL_REFUSED;
}

// --- arrays, tuples, maps: each part is asked, and the text goes as it is

typedef struct Nested {
  Str text;
  size_t at;
  Buf part, out; // one part, and what would be sent for it alone
  CellSaid *said;
  CellFit fit;
  bool broken; // the form is left to the database
} Nested;

static bool take_mark(Nested *n, char c) {
  while (n->at < n->text.len && n->text.ptr[n->at] == ' ')
    n->at++;
  bool here = n->at < n->text.len && n->text.ptr[n->at] == c;
  n->at += here;
  return here;
}

// Behind the quote, up to and with the one that closes.
static void quoted_part(Nested *n) {
  Str s = n->text;
  for (; n->at < s.len && s.ptr[n->at] != '\''; n->at++) {
    if (s.ptr[n->at] == '\\')
      n->at++;
    if (n->at < s.len)
      buf_addc(&n->part, s.ptr[n->at]);
  }
  n->broken |= n->at >= s.len;
  n->at++;
}

static void leaf(Nested *n, const CellType *t) {
  CellSaid said;
  n->part.len = 0;
  bool quoted = take_mark(n, '\'');
  size_t from = n->at;
  if (quoted) {
    quoted_part(n);
  } else {
    while (n->at < n->text.len && !strchr(",])}:", n->text.ptr[n->at]))
      buf_addc(&n->part, n->text.ptr[n->at++]);
  }
  if (n->broken || (!quoted && str_is(str_trim(buf_str(&n->part)), "NULL")))
    return;
  n->out.len = 0;
  CellFit fit = cell_write(t, buf_str(&n->part), false, &n->out, &said);
  if (fit == CELL_CUT && t->kind == CELL_DATE) // the text goes as it is, with the time in it
    fit = CELL_REFUSED;
  if (fit <= n->fit)
    return;
  n->fit = fit;
  *n->said = said;
  n->said->part = str_trim(str_sub(n->text, from, n->at - quoted));
}

static void nested_value(Nested *n, const CellType *t) {
  static const char open[] = {[CELL_ARRAY] = '[', [CELL_TUPLE] = '(', [CELL_MAP] = '{'};
  static const char shut[] = {[CELL_ARRAY] = ']', [CELL_TUPLE] = ')', [CELL_MAP] = '}'};
  if (t->kind < CELL_ARRAY) {
    leaf(n, t);
    return;
  }
  n->broken |= !take_mark(n, open[t->kind]);
  for (size_t i = 0; !n->broken && n->fit != CELL_REFUSED && !take_mark(n, shut[t->kind]); i++) {
    n->broken |= i && !take_mark(n, t->kind == CELL_MAP && i % 2 ? ':' : ',');
    n->broken |= n->at >= n->text.len || (t->kind == CELL_TUPLE && i >= t->nparts);
    if (!n->broken)
      nested_value(n, t->parts[i % t->nparts]);
  }
}

static CellFit write_nested(const CellType *t, Str text, Buf *out, CellSaid *said) {
  Nested n = {.text = text, .said = said};
  nested_value(&n, t);
  buf_free(&n.part);
  buf_free(&n.out);
  if (n.broken)
    n.fit = CELL_LEFT;
  return n.fit == CELL_REFUSED ? CELL_REFUSED : (buf_add(out, text), n.fit);
}

// What has one form only: it is sent as it is, or not at all.
static bool has_form(const CellType *t, Str text) {
  switch (t->kind) {
  case CELL_UUID:
    return is_uuid(text);
  case CELL_IPV4:
    return is_ipv4(text);
  case CELL_IPV6:
    return is_ipv6(text) || is_ipv4(text);
  default:
    return is_word(t, text);
  }
}

CellFit cell_write(const CellType *t, Str text, bool loose, Buf *out, CellSaid *said) {
  Str bare = str_trim(text);
  said->type = t;
  said->part = (Str){0};
  said->becomes[0] = 0;
  switch (t->kind) {
  case CELL_ANY:
    return leave(text, out);
  case CELL_INTEGER:
  case CELL_FLOAT:
  case CELL_DECIMAL:
    return write_number(t, bare, loose, out, said);
  case CELL_BOOLEAN:
    return write_boolean(bare, out);
  case CELL_DATE:
  case CELL_MOMENT:
    return write_moment(t, bare, loose, out, said);
  case CELL_TIME:
    return write_time(t, bare, out);
  case CELL_TEXT:
    return write_text(t, text, out);
  case CELL_ARRAY:
  case CELL_TUPLE:
  case CELL_MAP:
    return write_nested(t, bare, out, said);
  default:
    return pass(has_form(t, t->kind == CELL_ENUM ? text : bare), t->kind == CELL_ENUM ? text : bare,
                out);
  }
}

// --- in words

static Str float_range(const CellType *t) {
  return t->wide ? STR("numbers of 15 digits up to 1.8e308")
                 : STR("numbers of 6 digits up to 3.4e38");
}

static Str decimal_range(Arena *a, const CellType *t) {
  return t->precision
             ? str_fmt(a, "numbers with at most %ld digits before the point and %ld behind it",
                       t->precision - t->scale, t->scale)
             : STR("numbers");
}

static Str day_text(Arena *a, const CellType *t, int64_t at) {
  CellMoment m = moved(&(CellMoment){0}, at);
  Buf b = {.arena = a};
  print_moment(&b, t, &m);
  return buf_str(&b);
}

static Str moment_range(Arena *a, const CellType *t) {
  Buf b = {.arena = a};
  buf_add(&b, t->kind == CELL_DATE ? STR("days") : STR("times"));
  if (t->from || t->to)
    buf_addf(&b, " from %.*s to %.*s", STR_ARG(day_text(a, t, t->from)),
             STR_ARG(day_text(a, t, t->to)));
  if (t->kind != CELL_DATE && !t->scale)
    buf_adds(&b, " in whole seconds");
  else if (t->kind != CELL_DATE)
    buf_addf(&b, " with at most %ld digits of a second", t->scale);
  if (t->with_zone.len)
    buf_adds(&b, " and no zone");
  return buf_str(&b);
}

static Str enum_range(Arena *a, const CellType *t) {
  enum { SHOWN = 16 };
  Buf b = {.arena = a};
  for (size_t i = 0; i < t->nwords && i < SHOWN; i += 2) // behind each name stands its number
    buf_addf(&b, "%s'%.*s'", i ? ", " : "", STR_ARG(t->words[i]));
  if (t->nwords > SHOWN)
    buf_addf(&b, " and %zu more", (t->nwords - SHOWN) / 2);
  return buf_str(&b);
}

// Decimal(5, 2) and 1.239 -> Decimal(6, 3).
static Str wider_decimal(Arena *a, const CellType *t, Str text) {
  CellNumber n;
  ptrdiff_t open = str_find(t->name, STR("("), 0);
  if (open < 0 || !cell_number(text, &n) || n.nan || n.infinite)
    return (Str){0};
  long behind = (long)n.n - n.point, before = n.point;
  behind = behind > t->scale ? behind : t->scale;
  before = before > t->precision - t->scale ? before : t->precision - t->scale;
  return before + behind > CELL_DECIMAL_MOST
             ? (Str){0}
             : str_fmt(a, "%.*s(%ld, %ld)", (int)open, t->name.ptr, before + behind, behind);
}

Str cell_wider(Arena *a, const CellType *t, Str text) {
  CellMoment m;
  bool moment = t->kind == CELL_MOMENT && cell_moment(text, &m) && !m.impossible;
  if (t->kind == CELL_DECIMAL)
    return wider_decimal(a, t, text);
  return moment && m.offset ? t->with_zone : (Str){0};
}

Str cell_range(Arena *a, const CellType *t) {
  switch (t->kind) {
  case CELL_INTEGER:
    return str_fmt(a, "whole numbers from %.*s to %.*s", STR_ARG(t->least), STR_ARG(t->most));
  case CELL_FLOAT:
    return float_range(t);
  case CELL_DECIMAL:
    return decimal_range(a, t);
  case CELL_BOOLEAN:
    return STR("true and false");
  case CELL_DATE:
  case CELL_MOMENT:
  case CELL_TIME:
    return moment_range(a, t);
  case CELL_TEXT:
    return t->bytes ? str_fmt(a, "at most %zu bytes", t->bytes)
                    : str_fmt(a, "at most %zu characters", t->chars);
  case CELL_ENUM:
    return enum_range(a, t);
  case CELL_UUID:
    return STR("32 hexadecimal digits");
  case CELL_IPV4:
  case CELL_IPV6:
    return STR("addresses");
  default:
    return t->name;
  }
}
