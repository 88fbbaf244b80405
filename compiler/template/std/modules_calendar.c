// Calendar arithmetic, strftime, strptime and ISO texts. In: fields or text. Out: text or fields.
// Years 1 to 9999 of the proleptic Gregorian calendar.
#include "modules_datetime.h"

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
static void directive(Eval *ev, Buf *b, const Moment *m, char d) {
  const Clock *c = &m->c;
  int64_t iy, iw, id, offset;
  int h12 = (int)(c->hour % 12 ? c->hour % 12 : 12), wd = weekday_of(c), yd = year_day(c);
  iso_calendar(c, &iy, &iw, &id);
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
      {'r', "%I:%M:%S %p"         }
  };
  for (size_t i = 0; i < COUNT(compound); i++)
    if (compound[i].d == d) {
      buf_add(b, moment_strftime(ev, m, str_c(compound[i].as)));
      return;
    }
  switch (d) {
  case 'a':
    buf_addf(b, "%.3s", weekdays[wd]);
    break;
  case 'A':
    buf_add(b, str_c(weekdays[wd]));
    break;
  case 'w':
    buf_addf(b, "%d", (wd + 1) % 7);
    break;
  case 'u':
    buf_addf(b, "%d", wd + 1);
    break;
  case 'd':
    buf_addf(b, "%02d", (int)c->day);
    break;
  case 'e':
    buf_addf(b, "%2d", (int)c->day);
    break;
  case 'b':
  case 'h':
    buf_addf(b, "%.3s", months[c->month - 1]);
    break;
  case 'B':
    buf_add(b, str_c(months[c->month - 1]));
    break;
  case 'm':
    buf_addf(b, "%02d", (int)c->month);
    break;
  case 'y':
    buf_addf(b, "%02d", (int)(c->year % 100));
    break;
  case 'Y':
    buf_addf(b, "%d", (int)c->year);
    break;
  case 'C':
    buf_addf(b, "%02d", (int)(c->year / 100));
    break;
  case 'H':
    buf_addf(b, "%02d", (int)c->hour);
    break;
  case 'k':
    buf_addf(b, "%2d", (int)c->hour);
    break;
  case 'I':
    buf_addf(b, "%02d", h12);
    break;
  case 'l':
    buf_addf(b, "%2d", h12);
    break;
  case 'p':
    buf_add(b, c->hour < 12 ? STR("AM") : STR("PM"));
    break;
  case 'P':
    buf_add(b, c->hour < 12 ? STR("am") : STR("pm"));
    break;
  case 'M':
    buf_addf(b, "%02d", (int)c->minute);
    break;
  case 'S':
    buf_addf(b, "%02d", (int)c->second);
    break;
  case 'f':
    buf_addf(b, "%06d", (int)c->micro);
    break;
  case 's':
    buf_addf(b, "%lld", (long long)(clock_micros(c) / 1000000));
    break;
  case 'j':
    buf_addf(b, "%03d", yd);
    break;
  case 'U':
    buf_addf(b, "%02d", (yd + 6 - (wd + 1) % 7) / 7);
    break;
  case 'W':
    buf_addf(b, "%02d", (yd + 6 - wd) / 7);
    break;
  case 'G':
    buf_addf(b, "%04d", (int)iy);
    break;
  case 'g':
    buf_addf(b, "%02d", (int)(iy % 100));
    break;
  case 'V':
    buf_addf(b, "%02d", (int)iw);
    break;
  case 'z':
    if (moment_offset(m, &offset))
      offset_print(b, offset, false);
    break;
  case 'Z':
    if (m->object.type != &date_type && m->tz.kind == VAL_OBJECT)
      buf_add(b, tz_abbr(eval_arena(ev), (TzInfo *)m->tz.obj));
    break;
  case 'n':
    buf_addc(b, '\n');
    break;
  case 't':
    buf_addc(b, '\t');
    break;
  case '%':
    buf_addc(b, '%');
    break;
  default:
    buf_addf(b, "%%%c", d);
  }
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

static void read_directive(Reader *r, char d) {
  static const char *const halves[] = {"am", "pm"};
  switch (d) {
  case 'Y':
    r->c.year = digits(r, 4);
    break;
  case 'y':
    r->c.year = field(r, 0, 99);
    r->c.year += r->c.year < 69 ? 2000 : 1900;
    break;
  case 'm':
    r->c.month = field(r, 1, 12);
    break;
  case 'd':
  case 'e':
    r->c.day = field(r, 1, 31);
    break;
  case 'H':
    r->c.hour = field(r, 0, 23);
    break;
  case 'I':
    r->hour12 = field(r, 1, 12);
    break;
  case 'M':
    r->c.minute = field(r, 0, 59);
    break;
  case 'S':
    r->c.second = field(r, 0, 61);
    break;
  case 'f':
    read_micros(r);
    break;
  case 'j':
    r->year_day = field(r, 1, 366);
    break;
  case 'b':
  case 'h':
    r->c.month = name(r, months, 12, false) + 1;
    break;
  case 'B':
    r->c.month = name(r, months, 12, true) + 1;
    break;
  case 'a':
    r->weekday = name(r, weekdays, 7, false);
    break;
  case 'A':
    r->weekday = name(r, weekdays, 7, true);
    break;
  case 'w':
    r->weekday = (field(r, 0, 6) + 6) % 7;
    break;
  case 'u':
    r->weekday = field(r, 1, 7) - 1;
    break;
  case 'p':
    r->pm = name(r, halves, 2, true);
    r->has_pm = true;
    break;
  case 'U':
  case 'W':
    r->week = field(r, 0, 53);
    r->week_kind = d;
    break;
  case 'V':
    r->week = field(r, 1, 53);
    r->week_kind = d;
    break;
  case 'G':
    r->iso_year = digits(r, 4);
    break;
  case 'z':
    read_offset(r);
    break;
  case 'Z':
    read_zone_name(r);
    break;
  case 'c':
    read_format(r, STR("%a %b %d %H:%M:%S %Y"));
    break;
  case 'x':
    read_format(r, STR("%m/%d/%y"));
    break;
  case 'X':
    read_format(r, STR("%H:%M:%S"));
    break;
  case '%':
    r->ok = r->at < r->text.len && r->text.ptr[r->at] == '%';
    r->at++;
    break;
  default:
    eval_fail(r->ev, "'%c' is a bad directive in format '%.*s'", d, STR_ARG(r->format));
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
