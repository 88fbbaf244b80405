// Calendar arithmetic, strftime, strptime and ISO texts. In: fields or text. Out: text or fields.
// Years 1 to 9999 of the proleptic Gregorian calendar.
#include "modules_calendar.h"

#include "modules_datetime.h"
#include "modules_pytz.h"

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};

int64_t days_from_civil(int64_t y, int64_t m, int64_t d) {
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void civil_from_days(int64_t z, Clock *c) {
  z += 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  c->day = doy - (153 * mp + 2) / 5 + 1;
  c->month = mp < 10 ? mp + 3 : mp - 9;
  c->year = yoe + era * 400 + (c->month <= 2);
}

static bool leap(int64_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }

int days_in_month(int64_t y, int64_t m) {
  return m == 2 ? 28 + leap(y) : m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

int weekday_of(const Clock *c) {
  return (int)(((days_from_civil(c->year, c->month, c->day) + 3) % 7 + 7) % 7);
}

int year_day(const Clock *c) {
  return (int)(days_from_civil(c->year, c->month, c->day) - days_from_civil(c->year, 1, 1)) + 1;
}

// The Monday that week 1 of an ISO year starts on, in days since 1970.
static int64_t iso_start(int64_t year) {
  int64_t first = days_from_civil(year, 1, 1), wd = ((first + 3) % 7 + 7) % 7;
  return first - wd + (wd > 3 ? 7 : 0);
}

void iso_calendar(const Clock *c, int64_t *year, int64_t *week, int64_t *day) {
  int64_t days = days_from_civil(c->year, c->month, c->day);
  *year = days < iso_start(c->year)        ? c->year - 1
          : days >= iso_start(c->year + 1) ? c->year + 1
                                           : c->year;
  *week = (days - iso_start(*year)) / 7 + 1;
  *day = weekday_of(c) + 1;
}

__int128 clock_micros(const Clock *c) {
  __int128 s = (__int128)days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
               c->minute * 60 + c->second;
  return s * 1000000 + c->micro;
}

Clock clock_from_micros(__int128 micros) {
  Clock c;
  __int128 day = (__int128)86400 * 1000000;
  __int128 days = micros / day, rest = micros % day;
  if (rest < 0) {
    days--;
    rest += day;
  }
  civil_from_days((int64_t)days, &c);
  c.micro = (int64_t)(rest % 1000000);
  int64_t s = (int64_t)(rest / 1000000);
  c.hour = s / 3600;
  c.minute = s / 60 % 60;
  c.second = s % 60;
  return c;
}

void offset_print(Buf *out, int64_t micros, bool colons) {
  const char *sep = colons ? ":" : "";
  buf_addc(out, micros < 0 ? '-' : '+');
  int64_t us = micros < 0 ? -micros : micros, s = us / 1000000;
  buf_addf(out, "%02d%s%02d", (int)(s / 3600), sep, (int)(s / 60 % 60));
  if (s % 60 || us % 1000000)
    buf_addf(out, "%s%02d", sep, (int)(s % 60));
  if (us % 1000000)
    buf_addf(out, ".%06d", (int)(us % 1000000));
}

// --- strftime
typedef enum Field {
  YEAR,
  SHORT_YEAR,
  CENTURY,
  MONTH,
  DAY,
  HOUR,
  HOUR12,
  MINUTE,
  SECOND,
  MICRO,
  STAMP, // seconds since 1970
  YEAR_DAY,
  SUNDAYS, // weeks that begin on Sundays
  MONDAYS,
  ISO_YEAR,
  SHORT_ISO_YEAR,
  ISO_WEEK,
  FROM_SUNDAY, // weekdays: 0 is Sunday
  FROM_MONDAY, // 1 is Monday
  FIELDS
} Field;

static void fields_of(const Clock *c, int64_t f[FIELDS]) {
  int64_t id;
  int wd = weekday_of(c), yd = year_day(c);
  memcpy(f,
         (int64_t[FIELDS]){[YEAR] = c->year,
                           [SHORT_YEAR] = c->year % 100,
                           [CENTURY] = c->year / 100,
                           [MONTH] = c->month,
                           [DAY] = c->day,
                           [HOUR] = c->hour,
                           [HOUR12] = c->hour % 12 ? c->hour % 12 : 12,
                           [MINUTE] = c->minute,
                           [SECOND] = c->second,
                           [MICRO] = c->micro,
                           [STAMP] = (int64_t)(clock_micros(c) / 1000000),
                           [YEAR_DAY] = yd,
                           [SUNDAYS] = (yd + 6 - (wd + 1) % 7) / 7,
                           [MONDAYS] = (yd + 6 - wd) / 7,
                           [FROM_SUNDAY] = (wd + 1) % 7,
                           [FROM_MONDAY] = wd + 1},
         FIELDS * sizeof *f);
  iso_calendar(c, &f[ISO_YEAR], &f[ISO_WEEK], &id);
  f[SHORT_ISO_YEAR] = f[ISO_YEAR] % 100;
}

// Directives that are numbers: letter, width, what fills it, field.
static const struct {
  char d, width, fill;
  Field field;
} written[] = {
    {'w', 1, '0', FROM_SUNDAY   },
    {'u', 1, '0', FROM_MONDAY   },
    {'d', 2, '0', DAY           },
    {'e', 2, ' ', DAY           },
    {'m', 2, '0', MONTH         },
    {'y', 2, '0', SHORT_YEAR    },
    {'Y', 1, '0', YEAR          },
    {'C', 2, '0', CENTURY       },
    {'H', 2, '0', HOUR          },
    {'k', 2, ' ', HOUR          },
    {'I', 2, '0', HOUR12        },
    {'l', 2, ' ', HOUR12        },
    {'M', 2, '0', MINUTE        },
    {'S', 2, '0', SECOND        },
    {'f', 6, '0', MICRO         },
    {'s', 1, '0', STAMP         },
    {'j', 3, '0', YEAR_DAY      },
    {'U', 2, '0', SUNDAYS       },
    {'W', 2, '0', MONDAYS       },
    {'g', 2, '0', SHORT_ISO_YEAR},
    {'G', 4, '0', ISO_YEAR      },
    {'V', 2, '0', ISO_WEEK      },
};

// Directives that stand for others.
static const struct {
  char d;
  const char *as;
} compound[] = {
    {'c', "%a %b %e %H:%M:%S %Y"},
    {'x', "%m/%d/%y"            },
    {'X', "%H:%M:%S"            },
    {'D', "%m/%d/%y"            },
    {'F', "%Y-%m-%d"            },
    {'T', "%H:%M:%S"            },
    {'R', "%H:%M"               },
    {'r', "%I:%M:%S %p"         },
};

static bool write_number(Buf *b, const Clock *c, char d) {
  int64_t f[FIELDS];
  for (size_t i = 0; i < COUNT(written); i++)
    if (written[i].d == d) {
      fields_of(c, f);
      buf_addf(b, written[i].fill == '0' ? "%0*lld" : "%*lld", written[i].width,
               (long long)f[written[i].field]);
      return true;
    }
  return false;
}

static void write_text(Eval *ev, Buf *b, const Moment *m, char d) {
  const char *day = weekdays[weekday_of(&m->c)], *month = months[m->c.month - 1];
  bool morning = m->c.hour < 12;
  int64_t offset;
  if (d == 'a' || d == 'A')
    buf_add(b, str_n(day, d == 'a' ? 3 : strlen(day)));
  else if (d == 'b' || d == 'h' || d == 'B')
    buf_add(b, str_n(month, d == 'B' ? strlen(month) : 3));
  else if (d == 'p' || d == 'P')
    buf_add(b, d == 'p' ? (morning ? STR("AM") : STR("PM")) : morning ? STR("am") : STR("pm"));
  else if (d == 'n' || d == 't' || d == '%')
    buf_addc(b, d == 'n' ? '\n' : d == 't' ? '\t' : '%');
  else if (d == 'z' && moment_offset(m, &offset))
    offset_print(b, offset, false);
  else if (d == 'Z' && m->object.type != &date_type && m->tz.kind == VAL_OBJECT)
    buf_add(b, tz_abbr(eval_arena(ev), (TzInfo *)m->tz.obj));
  else if (d != 'z' && d != 'Z')
    buf_addf(b, "%%%c", d);
}

static void directive(Eval *ev, Buf *b, const Moment *m, char d) {
  for (size_t i = 0; i < COUNT(compound); i++)
    if (compound[i].d == d) {
      buf_add(b, moment_strftime(ev, m, str_c(compound[i].as)));
      return;
    }
  if (!write_number(b, &m->c, d))
    write_text(ev, b, m, d);
}

Str moment_strftime(Eval *ev, const Moment *m, Str format) {
  Buf b = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < format.len; i++) {
    if (format.ptr[i] != '%' || i + 1 >= format.len) {
      buf_addc(&b, format.ptr[i]);
      continue;
    }
    char d = format.ptr[++i];
    if (d == ':' && i + 1 < format.len && format.ptr[i + 1] == 'z') {
      int64_t offset;
      i++;
      if (moment_offset(m, &offset))
        offset_print(&b, offset, true);
    } else if (d == '-' && i + 1 < format.len) { // glibc's flag: without padding
      Buf one = {.arena = eval_arena(ev)};
      directive(ev, &one, m, format.ptr[++i]);
      size_t skip = 0;
      while (skip + 1 < one.len && (one.ptr[skip] == '0' || one.ptr[skip] == ' '))
        skip++;
      buf_add(&b, str_sub(buf_str(&one), skip, one.len));
    } else {
      directive(ev, &b, m, d);
    }
  }
  return buf_str(&b);
}

// --- strptime
typedef struct Reader {
  Eval *ev;
  Str text, format;
  size_t at;
  Clock c;
  int64_t hour12, year_day, week, weekday, iso_year, offset;
  bool pm, has_pm, has_offset, ok;
  char week_kind;
} Reader;

static int64_t digits(Reader *r, size_t most) {
  int64_t n = 0;
  size_t from = r->at;
  while (r->at < r->text.len && r->at - from < most && r->text.ptr[r->at] >= '0' &&
         r->text.ptr[r->at] <= '9')
    n = n * 10 + (r->text.ptr[r->at++] - '0');
  if (r->at == from)
    r->ok = false;
  return n;
}

// The two-digit number of a field, or one digit when two would leave its range.
static int64_t field(Reader *r, int64_t least, int64_t most) {
  size_t from = r->at;
  int64_t n = digits(r, most > 99 ? 3 : most > 9 ? 2 : 1);
  if (n > most && r->at - from > 1) {
    r->at = from;
    n = digits(r, most > 99 ? 2 : 1);
  }
  if (n < least || n > most)
    r->ok = false;
  return n;
}

static int64_t name(Reader *r, const char *const *names, size_t n, bool whole) {
  for (size_t i = 0; i < n; i++) {
    Str s = str_c(names[i]);
    s.len = whole ? s.len : 3;
    if (str_eq_nocase(str_sub(r->text, r->at, r->at + s.len), s)) {
      r->at += s.len;
      return (int64_t)i;
    }
  }
  r->ok = false;
  return 0;
}

static void read_micros(Reader *r) {
  size_t from = r->at;
  r->c.micro = digits(r, 6);
  for (size_t n = r->at - from; n < 6; n++)
    r->c.micro *= 10;
}

static void read_offset(Reader *r) {
  r->has_offset = true;
  if (r->at < r->text.len && r->text.ptr[r->at] == 'Z') {
    r->at++;
    return;
  }
  char sign = r->at < r->text.len ? r->text.ptr[r->at++] : 0;
  if (sign != '+' && sign != '-') {
    r->ok = false;
    return;
  }
  int64_t s = digits(r, 2) * 3600;
  if (r->at < r->text.len && r->text.ptr[r->at] == ':')
    r->at++;
  s += digits(r, 2) * 60;
  if (r->at < r->text.len && r->text.ptr[r->at] == ':') {
    r->at++;
    s += digits(r, 2);
  }
  r->offset = sign == '-' ? -s : s;
}

static void read_format(Reader *r, Str format);

static void read_zone_name(Reader *r) {
  static const char *const names[] = {"utc", "gmt"};
  name(r, names, COUNT(names), true);
}

// Directives that are numbers in a range: letter, least, greatest, field of Reader, what is added.
#define AT(member) offsetof(Reader, member)
static const struct {
  char d;
  int16_t least, most;
  size_t field;
  int8_t add;
} read_numbers[] = {
    {'m', 1, 12,  AT(c.month),  0 },
    {'d', 1, 31,  AT(c.day),    0 },
    {'e', 1, 31,  AT(c.day),    0 },
    {'H', 0, 23,  AT(c.hour),   0 },
    {'I', 1, 12,  AT(hour12),   0 },
    {'M', 0, 59,  AT(c.minute), 0 },
    {'S', 0, 61,  AT(c.second), 0 },
    {'j', 1, 366, AT(year_day), 0 },
    {'u', 1, 7,   AT(weekday),  -1},
    {'U', 0, 53,  AT(week),     0 },
    {'W', 0, 53,  AT(week),     0 },
    {'V', 1, 53,  AT(week),     0 },
};
static const char *const halves[] = {"am", "pm"};
// Directives that are names: letter, the names, whether whole, field of Reader, what is added.
static const struct {
  char d;
  const char *const *names;
  uint8_t n;
  bool whole;
  size_t field;
  int8_t add;
} read_names[] = {
    {'b', months,   12, false, AT(c.month), 1},
    {'h', months,   12, false, AT(c.month), 1},
    {'B', months,   12, true,  AT(c.month), 1},
    {'a', weekdays, 7,  false, AT(weekday), 0},
    {'A', weekdays, 7,  true,  AT(weekday), 0},
};
#undef AT

static int64_t *field_at(Reader *r, size_t field) { return (int64_t *)(void *)((char *)r + field); }

static bool read_plain(Reader *r, char d) {
  for (size_t i = 0; i < COUNT(read_numbers); i++)
    if (read_numbers[i].d == d) {
      int64_t n = field(r, read_numbers[i].least, read_numbers[i].most);
      *field_at(r, read_numbers[i].field) = n + read_numbers[i].add;
      if (d == 'U' || d == 'W' || d == 'V')
        r->week_kind = d;
      return true;
    }
  for (size_t i = 0; i < COUNT(read_names); i++)
    if (read_names[i].d == d) {
      int64_t n = name(r, read_names[i].names, read_names[i].n, read_names[i].whole);
      *field_at(r, read_names[i].field) = n + read_names[i].add;
      return true;
    }
  return false;
}

static void read_compound(Reader *r, char d) {
  if (d == 'c')
    read_format(r, STR("%a %b %d %H:%M:%S %Y"));
  else if (d == 'x')
    read_format(r, STR("%m/%d/%y"));
  else if (d == 'X')
    read_format(r, STR("%H:%M:%S"));
  else
    eval_fail(r->ev, "'%c' is a bad directive in format '%.*s'", d, STR_ARG(r->format));
}

static void read_directive(Reader *r, char d) {
  if (read_plain(r, d))
    return;
  switch (d) {
  case 'Y':
    r->c.year = digits(r, 4);
    break;
  case 'G':
    r->iso_year = digits(r, 4);
    break;
  case 'y':
    r->c.year = field(r, 0, 99);
    r->c.year += r->c.year < 69 ? 2000 : 1900;
    break;
  case 'w':
    r->weekday = (field(r, 0, 6) + 6) % 7;
    break;
  case 'p':
    r->pm = name(r, halves, 2, true);
    r->has_pm = true;
    break;
  case 'f':
    read_micros(r);
    break;
  case 'z':
    read_offset(r);
    break;
  case 'Z':
    read_zone_name(r);
    break;
  case '%':
    r->ok = r->at < r->text.len && r->text.ptr[r->at] == '%';
    r->at++;
    break;
  default:
    read_compound(r, d);
  }
}

static void read_format(Reader *r, Str f) {
  for (size_t i = 0; i < f.len && r->ok; i++) {
    char c = f.ptr[i];
    if (c == '%') {
      if (++i >= f.len)
        eval_fail(r->ev, "stray %% in format '%.*s'", STR_ARG(f));
      read_directive(r, f.ptr[i]);
    } else if (c == ' ' || (c >= 9 && c <= 13)) { // any amount of white space, at least one
      size_t from = r->at;
      while (r->at < r->text.len &&
             (r->text.ptr[r->at] == ' ' || (r->text.ptr[r->at] >= 9 && r->text.ptr[r->at] <= 13)))
        r->at++;
      r->ok = r->at > from;
      while (i + 1 < f.len && (f.ptr[i + 1] == ' ' || (f.ptr[i + 1] >= 9 && f.ptr[i + 1] <= 13)))
        i++;
    } else {
      r->ok = r->at < r->text.len && (r->text.ptr[r->at] | 32) == (c | 32);
      r->at++;
    }
  }
}

static void resolve_day(Reader *r) {
  int64_t days = -1;
  if (r->week_kind == 'V' && r->iso_year && r->weekday >= 0) {
    days = iso_start(r->iso_year) + (r->week - 1) * 7 + r->weekday;
  } else if (r->week_kind && r->week_kind != 'V' && r->weekday >= 0) {
    int64_t first = days_from_civil(r->c.year, 1, 1), wd = ((first + 3) % 7 + 7) % 7;
    int64_t day = r->weekday;
    if (r->week_kind == 'U') {
      wd = (wd + 1) % 7;
      day = (day + 1) % 7;
    }
    int64_t zero = (7 - wd) % 7;
    days = first + (r->week ? zero + 7 * (r->week - 1) + day : day - wd);
  } else if (r->year_day) {
    days = days_from_civil(r->c.year, 1, 1) + r->year_day - 1;
  }
  if (days != -1)
    civil_from_days(days, &r->c);
}

void clock_strptime(Eval *ev, Str text, Str format, Clock *c, bool *has_offset, int64_t *offset) {
  Reader r = {.ev = ev, .text = text, .format = format, .hour12 = -1, .weekday = -1, .ok = true};
  r.c = (Clock){1900, 1, 1, 0, 0, 0, 0};
  read_format(&r, format);
  if (!r.ok)
    eval_fail(ev, "time data '%.*s' does not match format '%.*s'", STR_ARG(text), STR_ARG(format));
  if (r.at < text.len)
    eval_fail(ev, "unconverted data remains: %.*s", STR_ARG(str_sub(text, r.at, text.len)));
  if (r.hour12 >= 0)
    r.c.hour = r.hour12 % 12 + (r.has_pm && r.pm ? 12 : 0);
  resolve_day(&r);
  *c = r.c;
  *has_offset = r.has_offset;
  *offset = r.offset;
}

// --- ISO texts
static bool iso_digits(Str s, size_t *at, size_t n, int64_t *out) {
  *out = 0;
  for (size_t i = 0; i < n; i++, ++*at) {
    if (*at >= s.len || s.ptr[*at] < '0' || s.ptr[*at] > '9')
      return false;
    *out = *out * 10 + (s.ptr[*at] - '0');
  }
  return true;
}

static bool iso_sep(Str s, size_t *at, char sep, bool wanted) {
  bool there = *at < s.len && s.ptr[*at] == sep;
  if (there && wanted)
    ++*at;
  return there == wanted;
}

static bool iso_date(Str s, size_t *at, Clock *c) {
  if (!iso_digits(s, at, 4, &c->year))
    return false;
  bool dashes = *at < s.len && s.ptr[*at] == '-';
  *at += dashes;
  if (*at < s.len && s.ptr[*at] == 'W') {
    int64_t week, day = 1;
    ++*at;
    if (!iso_digits(s, at, 2, &week) || week < 1 || week > 53)
      return false;
    if (*at < s.len && (dashes ? s.ptr[*at] == '-' : s.ptr[*at] >= '0' && s.ptr[*at] <= '9')) {
      *at += dashes;
      if (!iso_digits(s, at, 1, &day) || day < 1 || day > 7)
        return false;
    }
    civil_from_days(iso_start(c->year) + (week - 1) * 7 + day - 1, c);
    return true;
  }
  return iso_digits(s, at, 2, &c->month) && iso_sep(s, at, '-', dashes) &&
         iso_digits(s, at, 2, &c->day);
}

static bool iso_fraction(Str s, size_t *at, int64_t *micro) {
  if (*at >= s.len || (s.ptr[*at] != '.' && s.ptr[*at] != ','))
    return true;
  ++*at;
  size_t n = 0;
  *micro = 0;
  for (; *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9'; ++*at, n++)
    *micro = n < 6 ? *micro * 10 + (s.ptr[*at] - '0') : *micro;
  for (size_t i = n; i < 6; i++)
    *micro *= 10;
  return n > 0;
}

// hh[:mm[:ss[.ffffff]]]
static bool iso_clock(Str s, size_t *at, int64_t *h, int64_t *m, int64_t *sec, int64_t *micro) {
  *m = *sec = *micro = 0;
  if (!iso_digits(s, at, 2, h))
    return false;
  bool colon = *at < s.len && s.ptr[*at] == ':';
  if (!colon && (*at >= s.len || s.ptr[*at] < '0' || s.ptr[*at] > '9'))
    return true;
  *at += colon;
  if (!iso_digits(s, at, 2, m))
    return false;
  bool more = *at < s.len && (colon ? s.ptr[*at] == ':' : s.ptr[*at] >= '0' && s.ptr[*at] <= '9');
  if (!more)
    return true;
  *at += colon;
  return iso_digits(s, at, 2, sec) && iso_fraction(s, at, micro);
}

bool iso_read(Str s, Clock *c, bool *has_time, bool *has_offset, int64_t *offset) {
  size_t at = 0;
  *c = (Clock){0};
  *has_time = *has_offset = false;
  *offset = 0;
  if (!iso_date(s, &at, c))
    return false;
  if (at == s.len)
    return true;
  *has_time = true;
  utf8_next(s, &at); // any one character parts date and time
  if (!iso_clock(s, &at, &c->hour, &c->minute, &c->second, &c->micro))
    return false;
  if (at == s.len)
    return true;
  *has_offset = true;
  char sign = s.ptr[at++];
  if (sign == 'Z')
    return at == s.len;
  int64_t h, m, sec, micro;
  if ((sign != '+' && sign != '-') || !iso_clock(s, &at, &h, &m, &sec, &micro) || at != s.len)
    return false;
  *offset = ((h * 60 + m) * 60 + sec) * 1000000 + micro;
  *offset = sign == '-' ? -*offset : *offset;
  return true;
}
