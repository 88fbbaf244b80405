// datetime.date, datetime, time and timedelta: making, printing, reading attributes. In: arguments.
// Out: values. Leaves arithmetic to modules_dateops.c, zones to modules_pytz.c.
#include "modules_datetime.h"

#include "modules_calendar.h"
#include "modules_dateops.h"
#include "modules_pytz.h"
#include "named_tuple.h"
#include "std_text.h"

#include <math.h>
#include <sys/time.h>
#include <time.h>

enum { MICROS = 1000000 };
static const int64_t DAY = 86400;

// --- making
static Value moment_new(Arena *a, const ObjectType *t, Clock c, Value tz) {
  Moment *m = arena_new(a, Moment);
  *m = (Moment){.object = {t}, .c = c, .tz = tz};
  return val_obj(m);
}
Value datetime_new(Arena *a, Clock c, Value tz) { return moment_new(a, &datetime_type, c, tz); }

static Value date_new(Arena *a, Clock c) {
  c.hour = c.minute = c.second = c.micro = 0;
  return moment_new(a, &date_type, c, val_none());
}

static Value time_new(Arena *a, Clock c, Value tz) {
  c.year = 1900;
  c.month = c.day = 1;
  return moment_new(a, &time_type, c, tz);
}

Value delta_new(Arena *a, __int128 micros) {
  Delta *d = arena_new(a, Delta);
  *d = (Delta){{&timedelta_type}, micros};
  return val_obj(d);
}

void clock_check(Eval *ev, const Clock *c, bool date, bool time) {
  if (date && (c->year < 1 || c->year > 9999))
    eval_fail(ev, "year %lld is out of range", (long long)c->year);
  if (date && (c->month < 1 || c->month > 12))
    eval_fail(ev, "month must be in 1..12");
  if (date && (c->day < 1 || c->day > days_in_month(c->year, c->month)))
    eval_fail(ev, "day is out of range for month");
  if (time && (c->hour < 0 || c->hour > 23))
    eval_fail(ev, "hour must be in 0..23");
  if (time && (c->minute < 0 || c->minute > 59))
    eval_fail(ev, "minute must be in 0..59");
  if (time && (c->second < 0 || c->second > 59))
    eval_fail(ev, "second must be in 0..59");
  if (time && (c->micro < 0 || c->micro > 999999))
    eval_fail(ev, "microsecond must be in 0..999999");
}

static Value need_tz(Eval *ev, Value v) {
  if (v.kind != VAL_NONE && !val_is_type(v, &tzinfo_type))
    eval_fail(ev, "tzinfo argument must be None or of a tzinfo subclass, not type '%s'",
              val_type_name(v));
  return v;
}

static const char *const names[] = {"year",   "month",  "day",        "hour",
                                    "minute", "second", "microsecond"};

// The fields from..to of a Clock, in Python's order, from values; one that is not given stays.
static void read_fields(Eval *ev, Clock *c, const Value *v, size_t n, size_t first) {
  int64_t *fields[] = {&c->year, &c->month, &c->day, &c->hour, &c->minute, &c->second, &c->micro};
  for (size_t i = 0; i < n; i++)
    if (native_given(v[i]))
      *fields[first + i] = need_index(ev, v[i]);
}

static Value make_date(Eval *ev, const Value *v) {
  Clock c = {0};
  read_fields(ev, &c, v, 3, 0);
  clock_check(ev, &c, true, false);
  return date_new(eval_arena(ev), c);
}

static Value make_datetime(Eval *ev, const Value *v) {
  Clock c = {0};
  read_fields(ev, &c, v, 7, 0);
  clock_check(ev, &c, true, true);
  return datetime_new(eval_arena(ev), c, need_tz(ev, v[7]));
}

static Value make_time(Eval *ev, const Value *v) {
  Clock c = {0};
  read_fields(ev, &c, v, 4, 3);
  clock_check(ev, &c, false, true);
  return time_new(eval_arena(ev), c, need_tz(ev, v[4]));
}

static Value make_delta(Eval *ev, const Value *v) {
  static const char *const parts[] = {"days",    "seconds", "microseconds", "milliseconds",
                                      "minutes", "hours",   "weeks"};
  static const int64_t units[] = {86400000000, 1000000,    1,           1000,
                                  60000000,    3600000000, 604800000000};
  __int128 sum = 0;
  double rest = 0;
  for (size_t i = 0; i < 7; i++) {
    if (v[i].kind == VAL_FLOAT) {
      double whole, part = modf(v[i].f, &whole);
      if (!isfinite(v[i].f) || fabs(whole) > 1e15)
        eval_fail(ev, "timedelta component too large");
      sum += (__int128)whole * units[i];
      rest += part * (double)units[i];
    } else if (val_is_whole(v[i])) {
      sum += (__int128)need_int(ev, v[i], -1000000000000000, 1000000000000000, names[0]) * units[i];
    } else {
      eval_fail(ev, "unsupported type for timedelta %s component: %s", parts[i],
                val_type_name(v[i]));
    }
  }
  sum += (__int128)nearbyint(rest);
  __int128 most = (__int128)1000000000 * DAY * MICROS;
  if (sum >= most || sum <= -most)
    eval_fail(ev, "days=%lld; must have magnitude <= 999999999", (long long)(sum / DAY / MICROS));
  return delta_new(eval_arena(ev), sum);
}

// --- printing
static void print_time(Buf *out, const Clock *c) {
  buf_addf(out, "%02d:%02d:%02d", (int)c->hour, (int)c->minute, (int)c->second);
  if (c->micro)
    buf_addf(out, ".%06d", (int)c->micro);
}

static void print_moment(Buf *out, const Moment *m, char sep) {
  const Clock *c = &m->c;
  if (m->object.type != &time_type)
    buf_addf(out, "%04d-%02d-%02d", (int)c->year, (int)c->month, (int)c->day);
  if (m->object.type == &datetime_type)
    buf_addc(out, sep);
  if (m->object.type != &date_type)
    print_time(out, c);
  int64_t offset;
  if (moment_offset(m, &offset))
    offset_print(out, offset, true);
}

static void moment_str(const Object *o, Buf *out) { print_moment(out, (const Moment *)o, ' '); }

static void moment_repr(const Object *o, Buf *out) {
  const Moment *m = (const Moment *)o;
  const Clock *c = &m->c;
  buf_addf(out, "%s(", o->type->name);
  if (o->type != &time_type)
    buf_addf(out, "%d, %d, %d", (int)c->year, (int)c->month, (int)c->day);
  if (o->type != &date_type) {
    buf_addf(out, "%s%d, %d", o->type == &time_type ? "" : ", ", (int)c->hour, (int)c->minute);
    if (c->second || c->micro)
      buf_addf(out, ", %d", (int)c->second);
    if (c->micro)
      buf_addf(out, ", %d", (int)c->micro);
    if (m->tz.kind == VAL_OBJECT) {
      buf_adds(out, ", tzinfo=");
      val_repr(out, m->tz);
    }
  }
  buf_addc(out, ')');
}

// Days (rounded down), seconds and microseconds of a timedelta.
static void delta_parts(const Delta *d, int64_t *days, int64_t *seconds, int64_t *micros) {
  __int128 day = (__int128)DAY * MICROS, q = d->micros / day, r = d->micros % day;
  if (r < 0) {
    q--;
    r += day;
  }
  *days = (int64_t)q;
  *seconds = (int64_t)(r / MICROS);
  *micros = (int64_t)(r % MICROS);
}

static void delta_str(const Object *o, Buf *out) {
  int64_t d, s, us;
  delta_parts((const Delta *)o, &d, &s, &us);
  if (d)
    buf_addf(out, "%lld day%s, ", (long long)d, d == 1 || d == -1 ? "" : "s");
  buf_addf(out, "%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
  if (us)
    buf_addf(out, ".%06d", (int)us);
}

static void delta_repr(const Object *o, Buf *out) {
  int64_t v[3];
  const char *labels[] = {"days", "seconds", "microseconds"};
  delta_parts((const Delta *)o, &v[0], &v[1], &v[2]);
  buf_adds(out, "datetime.timedelta(");
  bool any = false;
  for (size_t i = 0; i < 3; i++)
    if (v[i]) {
      buf_addf(out, "%s%s=%lld", any ? ", " : "", labels[i], (long long)v[i]);
      any = true;
    }
  buf_add(out, any ? STR(")") : STR("0)"));
}

bool moment_offset(const Moment *m, int64_t *micros) {
  if (m->object.type == &date_type || m->tz.kind != VAL_OBJECT)
    return false;
  const TzInfo *tz = (const TzInfo *)m->tz.obj;
  if (m->object.type == &time_type && tz->kind == TZ_ZONE)
    return false; // a zone's offset depends on the day
  *micros = tz->now.offset * MICROS;
  return true;
}

// --- functions of the classes
static Clock local_clock(double seconds, int64_t micros) {
  time_t t = (time_t)seconds;
  struct tm tm;
  localtime_r(&t, &tm);
  return (Clock){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                 tm.tm_min,         tm.tm_sec,     micros};
}

static __int128 now_micros(void) {
  struct timeval tv;
  gettimeofday(&tv, NULL);
  return (__int128)tv.tv_sec * MICROS + tv.tv_usec;
}

Value moment_in_range(Eval *ev, Value v) {
  if (moment(v)->c.year < 1 || moment(v)->c.year > 9999)
    eval_fail(ev, "date value out of range");
  return v;
}

static Value seen_from(Eval *ev, Value tz, __int128 micros) {
  if (tz.kind == VAL_NONE)
    return datetime_new(eval_arena(ev),
                        local_clock((double)(micros / MICROS), (int64_t)(micros % MICROS)), tz);
  return moment_in_range(
      ev, zone_from_utc(eval_arena(ev), (const TzInfo *)need_tz(ev, tz).obj, micros));
}

static Value c_now(Eval *ev, const Value *v) { return seen_from(ev, v[0], now_micros()); }
static Value c_utcnow(Eval *ev, const Value *v) {
  (void)v;
  return datetime_new(eval_arena(ev), clock_from_micros(now_micros()), val_none());
}
static Value c_datetime_today(Eval *ev, const Value *v) {
  (void)v;
  return seen_from(ev, val_none(), now_micros());
}
static Value c_date_today(Eval *ev, const Value *v) {
  return date_new(eval_arena(ev), moment(c_datetime_today(ev, v))->c);
}

// Seconds since 1970 as microseconds, rounded half to even.
static __int128 stamp_micros(Eval *ev, Value v) {
  double f = need_float(ev, v);
  if (isnan(f))
    eval_fail(ev, "cannot convert float NaN to integer");
  if (f < -62135596800.0 || f > 253402300799.0)
    eval_fail(ev, "year is out of range");
  double whole, part = modf(f, &whole);
  return (__int128)whole * MICROS + (__int128)nearbyint(part * 1e6);
}

static Value c_fromtimestamp(Eval *ev, const Value *v) {
  __int128 us = stamp_micros(ev, v[0]);
  if (v[1].kind != VAL_NONE)
    return seen_from(ev, v[1], us);
  Clock utc = clock_from_micros(us);
  return datetime_new(eval_arena(ev),
                      local_clock(floor((double)(us - utc.micro) / MICROS), utc.micro), val_none());
}
static Value c_date_fromtimestamp(Eval *ev, const Value *v) {
  Value at = c_fromtimestamp(ev, (Value[]){v[0], val_none()});
  return date_new(eval_arena(ev), moment(at)->c);
}
static Value c_utcfromtimestamp(Eval *ev, const Value *v) {
  return datetime_new(eval_arena(ev), clock_from_micros(stamp_micros(ev, v[0])), val_none());
}

static Clock from_ordinal(Eval *ev, Value days) {
  int64_t n = need_index(ev, days);
  Clock c = {0};
  if (n < 1 || n > 3652059)
    eval_fail(ev, "ordinal must be >= 1 and <= 3652059");
  civil_from_days(n - 719163, &c);
  return c;
}
// The day of an ISO year, week and weekday.
static Clock from_iso(Eval *ev, const Value *v) {
  int64_t year = need_index(ev, v[0]), week = need_index(ev, v[1]), day = need_index(ev, v[2]);
  if (year < 1 || year > 9999)
    eval_fail(ev, "Year is out of range: %lld", (long long)year);
  int64_t first = days_from_civil(year, 1, 4); // always in week 1
  Clock c = {.year = year, .month = 1, .day = 4}, last = {.year = year, .month = 12, .day = 28};
  int64_t y, weeks, d;
  iso_calendar(&last, &y, &weeks, &d);
  if (week < 1 || week > weeks)
    eval_fail(ev, "Invalid week: %lld", (long long)week);
  if (day < 1 || day > 7)
    eval_fail(ev, "Invalid weekday: %lld (range is [1, 7])", (long long)day);
  civil_from_days(first - weekday_of(&c) + (week - 1) * 7 + day - 1, &c);
  return c;
}
static Value c_date_fromisocalendar(Eval *ev, const Value *v) {
  return moment_in_range(ev, date_new(eval_arena(ev), from_iso(ev, v)));
}
static Value c_fromisocalendar(Eval *ev, const Value *v) {
  return moment_in_range(ev, datetime_new(eval_arena(ev), from_iso(ev, v), val_none()));
}

static Value c_date_fromordinal(Eval *ev, const Value *v) {
  return date_new(eval_arena(ev), from_ordinal(ev, v[0]));
}
static Value c_fromordinal(Eval *ev, const Value *v) {
  return datetime_new(eval_arena(ev), from_ordinal(ev, v[0]), val_none());
}

static Value offset_tz(Arena *a, bool has, int64_t micros) {
  if (!has)
    return val_none();
  return micros ? timezone_new(a, micros / MICROS, STR("")) : timezone_new(a, 0, STR("UTC"));
}

static Value c_strptime(Eval *ev, const Value *v) {
  Clock c;
  bool has;
  int64_t offset;
  clock_strptime(ev, need_str(ev, "strptime", v[0]), need_str(ev, "strptime", v[1]), &c, &has,
                 &offset);
  clock_check(ev, &c, true, true);
  return datetime_new(eval_arena(ev), c, offset_tz(eval_arena(ev), has, offset * MICROS));
}

// Reads a date, a time or both in ISO's form: the whole clock, and the offset as a timezone.
static Clock read_iso(Eval *ev, Value text, bool date, bool time, Value *tz) {
  Arena *a = eval_arena(ev);
  Str s = need_str(ev, "fromisoformat", text), body = s;
  if (!date) // as if it were of a day
    body = str_cat(a, STR("2000-01-01T"), str_starts(s, STR("T")) ? str_sub(s, 1, s.len) : s);
  Clock c;
  bool has_time, has;
  int64_t offset;
  if (!iso_read(body, &c, &has_time, &has, &offset) || (has_time && !time))
    eval_fail(ev, "Invalid isoformat string: '%.*s'", STR_ARG(s));
  clock_check(ev, &c, date, time);
  *tz = offset_tz(a, has, offset);
  return c;
}
static Value c_fromisoformat(Eval *ev, const Value *v) {
  Value tz;
  Clock c = read_iso(ev, v[0], true, true, &tz);
  return datetime_new(eval_arena(ev), c, tz);
}
static Value c_date_fromisoformat(Eval *ev, const Value *v) {
  Value tz;
  return date_new(eval_arena(ev), read_iso(ev, v[0], true, false, &tz));
}
static Value c_time_fromisoformat(Eval *ev, const Value *v) {
  Value tz;
  Clock c = read_iso(ev, v[0], false, true, &tz);
  return time_new(eval_arena(ev), c, tz);
}

static Value c_combine(Eval *ev, const Value *v) {
  if (!is_moment(v[0]) || val_is_type(v[0], &time_type))
    eval_fail(ev, "combine() argument 1 must be datetime.date, not %s", val_type_name(v[0]));
  if (!val_is_type(v[1], &time_type))
    eval_fail(ev, "combine() argument 2 must be datetime.time, not %s", val_type_name(v[1]));
  Clock c = moment(v[1])->c;
  c.year = moment(v[0])->c.year;
  c.month = moment(v[0])->c.month;
  c.day = moment(v[0])->c.day;
  return datetime_new(eval_arena(ev), c, native_given(v[2]) ? need_tz(ev, v[2]) : moment(v[1])->tz);
}

// --- methods
static Value m_date(Eval *ev, const Value *v) { return date_new(eval_arena(ev), moment(v[0])->c); }
static Value m_time(Eval *ev, const Value *v) {
  return time_new(eval_arena(ev), moment(v[0])->c, val_none());
}
static Value m_timetz(Eval *ev, const Value *v) {
  return time_new(eval_arena(ev), moment(v[0])->c, moment(v[0])->tz);
}

// v: the moment, n of its fields from `first` on, and where it has a clock tzinfo and fold.
static Value replaced(Eval *ev, const Value *v, size_t first, size_t n) {
  Moment *m = arena_new(eval_arena(ev), Moment);
  *m = *moment(v[0]);
  bool date = first == 0, time = first + n > 3;
  read_fields(ev, &m->c, v + 1, n, first);
  clock_check(ev, &m->c, date, time);
  if (time && native_given(v[n + 1]))
    m->tz = need_tz(ev, v[n + 1]);
  if (time && native_given(v[n + 2]))
    m->fold = (int)need_int(ev, v[n + 2], 0, 1, "fold");
  return val_obj(m);
}
static Value m_date_replace(Eval *ev, const Value *v) { return replaced(ev, v, 0, 3); }
static Value m_replace(Eval *ev, const Value *v) { return replaced(ev, v, 0, 7); }
static Value m_time_replace(Eval *ev, const Value *v) { return replaced(ev, v, 3, 4); }

static Value m_strftime(Eval *ev, const Value *v) {
  return val_str(moment_strftime(ev, moment(v[0]), need_str(ev, "strftime", v[1])));
}

static Value iso_text(Eval *ev, Value self, Str sep, Value spec) {
  static const char *const specs[] = {"auto",    "hours",        "minutes",
                                      "seconds", "milliseconds", "microseconds"};
  const Moment *m = moment(self);
  size_t s = 0;
  while (s < COUNT(specs) && !val_is_str(spec, str_c(specs[s])))
    s++;
  if (s == COUNT(specs))
    eval_fail(ev, "Unknown timespec value");
  Buf b = {.arena = eval_arena(ev)};
  if (m->object.type == &datetime_type)
    buf_addf(&b, "%04d-%02d-%02d%.*s", (int)m->c.year, (int)m->c.month, (int)m->c.day,
             STR_ARG(sep));
  s = s ? s : m->c.micro ? 5 : 3;
  buf_addf(&b, "%02d", (int)m->c.hour);
  if (s >= 2)
    buf_addf(&b, ":%02d", (int)m->c.minute);
  if (s >= 3)
    buf_addf(&b, ":%02d", (int)m->c.second);
  if (s == 4)
    buf_addf(&b, ".%03d", (int)m->c.micro / 1000);
  if (s == 5)
    buf_addf(&b, ".%06d", (int)m->c.micro);
  int64_t offset;
  if (moment_offset(m, &offset))
    offset_print(&b, offset, true);
  return str_value(&b, 0);
}

static Value m_date_isoformat(Eval *ev, const Value *v) { return val_str(to_str(ev, v[0])); }
static Value m_isoformat(Eval *ev, const Value *v) {
  return iso_text(ev, v[0], need_str(ev, "isoformat", v[1]), v[2]);
}
static Value m_time_isoformat(Eval *ev, const Value *v) {
  return iso_text(ev, v[0], STR("T"), v[1]);
}

static Value m_ctime(Eval *ev, const Value *v) {
  Str text = moment_strftime(ev, moment(v[0]), STR("%a %b %e %H:%M:%S "));
  return val_str(str_fmt(eval_arena(ev), "%.*s%04d", STR_ARG(text), (int)moment(v[0])->c.year));
}
static Value m_weekday(Eval *ev, const Value *v) {
  (void)ev;
  return val_int(weekday_of(&moment(v[0])->c));
}
static Value m_isoweekday(Eval *ev, const Value *v) {
  (void)ev;
  return val_int(weekday_of(&moment(v[0])->c) + 1);
}
static Value m_toordinal(Eval *ev, const Value *v) {
  (void)ev;
  const Clock *c = &moment(v[0])->c;
  return val_int(days_from_civil(c->year, c->month, c->day) + 719163);
}

static Value m_isocalendar(Eval *ev, const Value *v) {
  static const char *const parts[] = {"year", "week", "weekday"};
  static const NamedType type = {NAMED_TYPE("datetime.IsoCalendarDate"), parts, COUNT(parts)};
  int64_t y, w, d;
  iso_calendar(&moment(v[0])->c, &y, &w, &d);
  return named_new(eval_arena(ev), &type, (Value[]){val_int(y), val_int(w), val_int(d)});
}

// is_dst: -1 where it is not known.
static Value struct_time(Eval *ev, const Clock *c, int64_t is_dst) {
  static const char *const parts[] = {"tm_year", "tm_mon",  "tm_mday", "tm_hour", "tm_min",
                                      "tm_sec",  "tm_wday", "tm_yday", "tm_isdst"};
  static const NamedType type = {NAMED_TYPE("time.struct_time"), parts, COUNT(parts)};
  Value v[] = {val_int(c->year),       val_int(c->month),    val_int(c->day),
               val_int(c->hour),       val_int(c->minute),   val_int(c->second),
               val_int(weekday_of(c)), val_int(year_day(c)), val_int(is_dst)};
  return named_new(eval_arena(ev), &type, v);
}

static Value m_timetuple(Eval *ev, const Value *v) {
  const Moment *m = moment(v[0]);
  const TzInfo *tz = m->tz.kind == VAL_OBJECT ? (const TzInfo *)m->tz.obj : NULL;
  return struct_time(ev, &m->c, !tz || tz->kind == TZ_TIMEZONE ? -1 : tz->now.dst != 0);
}

// Microseconds since 1970 UTC; naive moments are local time.
static __int128 utc_micros(const Moment *m) {
  int64_t offset;
  if (moment_offset(m, &offset))
    return clock_micros(&m->c) - offset;
  struct tm tm = {.tm_year = (int)m->c.year - 1900,
                  .tm_mon = (int)m->c.month - 1,
                  .tm_mday = (int)m->c.day,
                  .tm_hour = (int)m->c.hour,
                  .tm_min = (int)m->c.minute,
                  .tm_sec = (int)m->c.second,
                  .tm_isdst = -1};
  return (__int128)mktime(&tm) * MICROS + m->c.micro;
}

static Value m_timestamp(Eval *ev, const Value *v) {
  (void)ev;
  return val_float((double)utc_micros(moment(v[0])) / 1e6);
}

static Value m_astimezone(Eval *ev, const Value *v) {
  __int128 us = utc_micros(moment(v[0]));
  if (v[1].kind != VAL_NONE)
    return seen_from(ev, v[1], us);
  time_t t = (time_t)(us / MICROS);
  struct tm tm;
  localtime_r(&t, &tm);
  Value tz = timezone_new(eval_arena(ev), tm.tm_gmtoff, str_dup(eval_arena(ev), str_c(tm.tm_zone)));
  return zone_from_utc(eval_arena(ev), (TzInfo *)tz.obj, us);
}

static Value m_utctimetuple(Eval *ev, const Value *v) {
  const Moment *m = moment(v[0]);
  Clock utc = m->tz.kind == VAL_OBJECT ? clock_from_micros(utc_micros(m)) : m->c;
  return struct_time(ev, &utc, 0);
}

static Value m_utcoffset(Eval *ev, const Value *v) {
  int64_t offset;
  return moment_offset(moment(v[0]), &offset) ? delta_new(eval_arena(ev), offset) : val_none();
}
static Value m_dst(Eval *ev, const Value *v) {
  Value self = v[0];
  if (moment(self)->tz.kind != VAL_OBJECT || ((TzInfo *)moment(self)->tz.obj)->kind == TZ_TIMEZONE)
    return val_none();
  return delta_new(eval_arena(ev), (__int128)((TzInfo *)moment(self)->tz.obj)->now.dst * MICROS);
}
static Value m_tzname(Eval *ev, const Value *v) {
  const Moment *m = moment(v[0]);
  return m->tz.kind == VAL_OBJECT ? val_str(tz_abbr(eval_arena(ev), (TzInfo *)m->tz.obj))
                                  : val_none();
}

static Value m_total_seconds(Eval *ev, const Value *v) {
  (void)ev;
  return val_float((double)((long double)((Delta *)v[0].obj)->micros / 1e6L));
}

// --- tables
// clang-format off
const Native date_functions[] = {
    {"today",           c_date_today,           "",                "the day of the local clock"},
    {"fromtimestamp",   c_date_fromtimestamp,   "timestamp, /",    "the local day of the seconds since 1970"},
    {"fromordinal",     c_date_fromordinal,     "ordinal, /",      "the day of so many days since the year 1"},
    {"fromisoformat",   c_date_fromisoformat,   "date_string, /",  "reads 2024-05-01"},
    {"fromisocalendar", c_date_fromisocalendar, "year, week, day", "the day of an ISO year, week and weekday"},
    {0},
};

const Native datetime_functions[] = {
    {"now",              c_now,              "tz=none",            "the local clock, or the clock of a zone"},
    {"utcnow",           c_utcnow,           "",                   "the clock of UTC, naive"},
    {"today",            c_datetime_today,   "",                   "the local clock"},
    {"fromtimestamp",    c_fromtimestamp,    "timestamp, tz=none",
     "the local clock, or a zone's, at the seconds since 1970"},
    {"utcfromtimestamp", c_utcfromtimestamp, "timestamp, /",       "the clock of UTC at the seconds since 1970, naive"},
    {"fromordinal",      c_fromordinal,      "ordinal, /",         "the day of so many days since the year 1"},
    {"strptime",         c_strptime,         "date_string, format, /", "reads a text by a format"},
    {"fromisoformat",    c_fromisoformat,    "date_string, /",     "reads 2024-05-01T12:30:00+02:00"},
    {"fromisocalendar",  c_fromisocalendar,  "year, week, day",    "the day of an ISO year, week and weekday"},
    {"combine",          c_combine,          "date, time, tzinfo=...", "the day of one and the clock of the other"},
    {0},
};

const Native time_functions[] = {
    {"fromisoformat", c_time_fromisoformat, "time_string, /", "reads 12:30:00+02:00"},
    {0},
};
// clang-format on

// clang-format off
const Native date_methods[] = {
    {"replace",     m_date_replace,   "self, year=..., month=..., day=...", "with other parts"},
    {"strftime",    m_strftime,       "self, format",                       "as text by a format"},
    {"isoformat",   m_date_isoformat, "self",                               "as 2024-05-01"},
    {"ctime",       m_ctime,          "self",                               "as Wed May  1 00:00:00 2024"},
    {"weekday",     m_weekday,        "self",                               "0 on Mondays"},
    {"isoweekday",  m_isoweekday,     "self",                               "1 on Mondays"},
    {"toordinal",   m_toordinal,      "self",                               "the days since the year 1"},
    {"isocalendar", m_isocalendar,    "self",                               "the ISO year, week and weekday"},
    {"timetuple",   m_timetuple,      "self",                               "the parts as time.struct_time"},
    {0},
};

const Native clock_methods[] = {
    {"utcoffset", m_utcoffset,      "self",                  "the zone's offset, or none"},
    {"dst",       m_dst,            "self",                  "what of it is summer time, or none"},
    {"tzname",    m_tzname,         "self",                  "the zone's name, or none"},
    {"isoformat", m_time_isoformat, "self, timespec='auto'", "as 12:30:00+02:00"},
    {"strftime",  m_strftime,       "self, format",          "as text by a format"},
    {"replace",   m_time_replace,   "self, hour=..., minute=..., second=..., microsecond=..., tzinfo=..., fold=...",
     "with other parts"},
    {0},
};

const Native datetime_methods[] = {
    {"date",         m_date,         "self",                           "its day"},
    {"time",         m_time,         "self",                           "its clock, without the zone"},
    {"timetz",       m_timetz,       "self",                           "its clock"},
    {"timestamp",    m_timestamp,    "self",                           "the seconds since 1970"},
    {"astimezone",   m_astimezone,   "self, tz=none",                  "the same instant on the clock of a zone"},
    {"utctimetuple", m_utctimetuple, "self",                           "the parts in UTC as time.struct_time"},
    {"isoformat",    m_isoformat,    "self, sep='T', timespec='auto'", "as 2024-05-01T12:30:00+02:00"},
    {"replace",      m_replace,      "self, year=..., month=..., day=..., hour=..., minute=..., second=..., microsecond=..., tzinfo=..., fold=...",
     "with other parts"},
    {0},
};

const Native timedelta_methods[] = {
    {"total_seconds", m_total_seconds, "self", "all of it in seconds"},
    {0},
};
// clang-format on

static bool find_method(Eval *ev, Object *o, const Native *table, Str name, Value *out) {
  const char *of = o->type->name + strlen("datetime.");
  return native_find(eval_arena(ev), table, of, name, val_obj(o), out);
}

static bool limit_of(Eval *ev, const ObjectType *t, Str name, Value *out) {
  Arena *a = eval_arena(ev);
  Clock least = {1, 1, 1, 0, 0, 0, 0}, most = {9999, 12, 31, 23, 59, 59, 999999};
  bool min = str_is(name, "min");
  if (str_is(name, "resolution"))
    *out = delta_new(a, t == &date_type ? (__int128)DAY * MICROS : 1);
  else if (!min && !str_is(name, "max"))
    return false;
  else if (t == &date_type)
    *out = date_new(a, min ? least : most);
  else
    *out = t == &time_type ? time_new(a, min ? least : most, val_none())
                           : datetime_new(a, min ? least : most, val_none());
  return true;
}

static bool moment_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Moment *m = (const Moment *)o;
  const ObjectType *t = o->type;
  const int64_t fields[] = {m->c.year,   m->c.month,  m->c.day,  m->c.hour,
                            m->c.minute, m->c.second, m->c.micro};
  size_t first = t == &time_type ? 3 : 0, last = t == &date_type ? 3 : 7;
  for (size_t i = first; i < last; i++)
    if (str_eq(name, str_c(names[i]))) {
      *out = val_int(fields[i]);
      return true;
    }
  if (t != &date_type && str_is(name, "tzinfo")) {
    *out = m->tz;
    return true;
  }
  if (t != &date_type && str_is(name, "fold")) {
    *out = val_int(m->fold);
    return true;
  }
  return (t == &datetime_type && find_method(ev, o, datetime_methods, name, out)) ||
         (t != &date_type && find_method(ev, o, clock_methods, name, out)) ||
         (t != &time_type && find_method(ev, o, date_methods, name, out)) ||
         find_method(ev, o,
                     t == &date_type   ? date_functions
                     : t == &time_type ? time_functions
                                       : datetime_functions,
                     name, out) ||
         limit_of(ev, t, name, out);
}

static bool delta_limit(Eval *ev, Str name, Value *out) {
  __int128 most = (__int128)1000000000 * DAY * MICROS;
  if (str_is(name, "resolution"))
    *out = delta_new(eval_arena(ev), 1);
  else if (str_is(name, "max") || str_is(name, "min"))
    *out =
        delta_new(eval_arena(ev), str_is(name, "max") ? most - 1 : -most + (__int128)DAY * MICROS);
  else
    return false;
  return true;
}

static bool delta_attr(Eval *ev, Object *o, Str name, Value *out) {
  int64_t d, s, us;
  delta_parts((Delta *)o, &d, &s, &us);
  if (str_is(name, "days"))
    *out = val_int(d);
  else if (str_is(name, "seconds"))
    *out = val_int(s);
  else if (str_is(name, "microseconds"))
    *out = val_int(us);
  else
    return find_method(ev, o, timedelta_methods, name, out) || delta_limit(ev, name, out);
  return true;
}

static bool delta_truth(const Object *o) { return ((const Delta *)o)->micros != 0; }

static bool date_limit(Eval *ev, Str name, Value *out) {
  return limit_of(ev, &date_type, name, out);
}
static bool datetime_limit(Eval *ev, Str name, Value *out) {
  return limit_of(ev, &datetime_type, name, out);
}
static bool time_limit(Eval *ev, Str name, Value *out) {
  return limit_of(ev, &time_type, name, out);
}
const ObjectType datetime_type = {.name = "datetime.datetime",
                                  .attr = moment_attr,
                                  .str = moment_str,
                                  .repr = moment_repr,
                                  .eq = moment_eq,
                                  .hash = moment_hash,
                                  .binary = moment_binary};
const ObjectType date_type = {.name = "datetime.date",
                              .attr = moment_attr,
                              .str = moment_str,
                              .repr = moment_repr,
                              .eq = moment_eq,
                              .hash = moment_hash,
                              .binary = moment_binary};
const ObjectType time_type = {.name = "datetime.time",
                              .attr = moment_attr,
                              .str = moment_str,
                              .repr = moment_repr,
                              .eq = moment_eq,
                              .hash = moment_hash,
                              .binary = moment_binary};
const ObjectType timedelta_type = {.name = "datetime.timedelta",
                                   .attr = delta_attr,
                                   .str = delta_str,
                                   .repr = delta_repr,
                                   .truth = delta_truth,
                                   .eq = delta_eq,
                                   .hash = delta_hash,
                                   .binary = moment_binary};

// clang-format off
const Native datetime_makers[] = {
    {"date",      make_date,     "year, month, day",                                               "a day"},
    {"datetime",  make_datetime, "year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=none, fold=0",
     "a day and a clock"},
    {"time",      make_time,     "hour=0, minute=0, second=0, microsecond=0, tzinfo=none, fold=0", "a clock"},
    {"timedelta", make_delta,    "days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0",
     "a span of time"},
    {0},
};

static const Class classes[] = {
    {{&class_type}, "datetime.date", &datetime_makers[0], date_functions, date_limit, {date_methods}},
    {{&class_type}, "datetime.datetime", &datetime_makers[1], datetime_functions, datetime_limit,
     {datetime_methods, date_methods, clock_methods}},
    {{&class_type}, "datetime.time", &datetime_makers[2], time_functions, time_limit, {clock_methods}},
    {{&class_type}, "datetime.timedelta", &datetime_makers[3], NULL, delta_limit, {timedelta_methods}},
};
// clang-format on

Value module_datetime(Arena *a) {
  Value d = val_dict(a);
  for (size_t i = 0; i < COUNT(classes); i++)
    dict_sets(a, d.dict, str_c(classes[i].name + strlen("datetime.")),
              val_obj((void *)&classes[i]));
  dict_sets(a, d.dict, STR("tzinfo"), tzinfo_class());
  dict_sets(a, d.dict, STR("timezone"), timezone_class());
  return d;
}

Value datetime_utc(Arena *a, int64_t micros) {
  return datetime_new(a, clock_from_micros(micros), val_obj((void *)&tz_utc));
}

bool datetime_parse(Arena *a, Str iso, Value *out) {
  Clock c;
  bool has_time, has;
  int64_t offset;
  iso = str_trim(iso);
  if (!iso_read(iso, &c, &has_time, &has, &offset) || c.year < 1 || c.month < 1 || c.month > 12 ||
      c.day < 1 || c.day > days_in_month(c.year, c.month) || c.hour > 23 || c.minute > 59 ||
      c.second > 59)
    return false;
  *out = has_time ? datetime_new(a, c, offset_tz(a, has, offset)) : date_new(a, c);
  return true;
}

bool timedelta_of(Arena *a, __int128 micros, Value *out) {
  __int128 most = (__int128)1000000000 * DAY * MICROS;
  *out = micros < most && micros > -most ? delta_new(a, micros) : val_none();
  return out->kind == VAL_OBJECT;
}

bool moment_copy(Arena *a, Value v, Value *out) {
  if (!val_is_type(v, &datetime_type) && !val_is_type(v, &date_type))
    return false;
  Value tz = moment(v)->tz;
  if (tz.kind == VAL_OBJECT && tz.obj != &tz_utc.object)
    return false;
  Moment *m = arena_new(a, Moment);
  *m = *moment(v);
  *out = val_obj(m);
  return true;
}
