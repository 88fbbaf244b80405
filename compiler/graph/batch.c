// See batch.h. Dates are counted in the proleptic Gregorian calendar; nothing here asks the clock
// or the time zone of the machine.
#include "batch.h"

#include "../base/clock.h"
static const int64_t SECOND = 1000000, HOUR = 3600 * SECOND, DAY = 24 * HOUR;

static const Str size_names[] = {STR_INIT("hour"), STR_INIT("day"), STR_INIT("month"),
                                 STR_INIT("year")};

bool batch_size_parse(Str name, BatchSize *out) {
  for (int i = BATCH_HOUR; i <= BATCH_YEAR; i++)
    if (str_eq(name, size_names[i])) {
      *out = (BatchSize)i;
      return true;
    }
  return false;
}

// --- the calendar

typedef struct Date {
  int64_t year;
  int month, day; // from 1
} Date;

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

// Days since 1970-01-01; years start in March, so that the leap day is the last.
static int64_t days_of(Date d) {
  int64_t y = d.month <= 2 ? d.year - 1 : d.year, era = floor_div(y, 400), of_era = y - era * 400;
  int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static Date date_of(int64_t at) {
  int64_t days = floor_div(at, DAY) + 719468, era = floor_div(days, 146097);
  int64_t d = days - era * 146097, y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
  int64_t of_year = d - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
  Date out = {.year = y + era * 400,
              .month = (int)(m < 10 ? m + 3 : m - 9),
              .day = (int)(of_year - (153 * m + 2) / 5 + 1)};
  out.year += out.month <= 2;
  return out;
}

// --- reading

// `n` digits at *at, which moves behind them.
static bool digits(Str s, size_t *at, size_t n, int64_t *out) {
  *out = 0;
  for (size_t end = *at + n; *at < end; (*at)++) {
    if (*at >= s.len || s.ptr[*at] < '0' || s.ptr[*at] > '9')
      return false;
    *out = *out * 10 + (s.ptr[*at] - '0');
  }
  return true;
}

static bool symbol(Str s, size_t *at, char c) {
  bool there = *at < s.len && s.ptr[*at] == c;
  *at += there;
  return there;
}

static bool read_fraction(Str s, size_t *at, int64_t *micros) {
  size_t n = 0;
  int64_t scale = SECOND;
  for (; *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9'; (*at)++, n++)
    if (scale > 1) {
      scale /= 10;
      *micros += (s.ptr[*at] - '0') * scale;
    }
  return n > 0;
}

static bool read_clock(Str s, size_t *at, int64_t *out) {
  int64_t h, m = 0, sec = 0, micros = 0;
  if (!digits(s, at, 2, &h))
    return false;
  if (symbol(s, at, ':') && !digits(s, at, 2, &m))
    return false;
  if (symbol(s, at, ':') && !digits(s, at, 2, &sec))
    return false;
  if (symbol(s, at, '.') && !read_fraction(s, at, &micros))
    return false;
  *out = h * HOUR + m * 60 * SECOND + sec * SECOND + micros;
  return h < 24 && m < 60 && sec < 60;
}

static bool read_offset(Str s, size_t *at, int64_t *out) {
  int64_t h = 0, m = 0;
  *out = 0;
  if (*at == s.len || symbol(s, at, 'Z') || symbol(s, at, 'z'))
    return true;
  bool minus = s.ptr[*at] == '-';
  if (!symbol(s, at, '-') && !symbol(s, at, '+'))
    return false;
  if (!digits(s, at, 2, &h))
    return false;
  symbol(s, at, ':');
  if (*at < s.len && !digits(s, at, 2, &m))
    return false;
  *out = (h * HOUR + m * 60 * SECOND) * (minus ? -1 : 1);
  return h < 24 && m < 60;
}

bool batch_time_parse(Str text, int64_t *out) {
  Str s = str_trim(text);
  size_t at = 0;
  int64_t y, m, d, clock = 0, offset;
  if (!digits(s, &at, 4, &y) || !symbol(s, &at, '-') || !digits(s, &at, 2, &m) ||
      !symbol(s, &at, '-') || !digits(s, &at, 2, &d) || y < 1 || m < 1 || m > 12 || d < 1 ||
      d > clock_days_in(y, (int)m))
    return false;
  if (at < s.len && (symbol(s, &at, 'T') || symbol(s, &at, 't') || symbol(s, &at, ' ')) &&
      !read_clock(s, &at, &clock))
    return false;
  if (!read_offset(s, &at, &offset) || at != s.len)
    return false;
  *out = days_of((Date){y, (int)m, (int)d}) * DAY + clock - offset;
  return true;
}

// --- batches

int64_t batch_floor(int64_t at, BatchSize size) {
  if (size == BATCH_HOUR || size == BATCH_DAY) {
    int64_t unit = size == BATCH_HOUR ? HOUR : DAY;
    return floor_div(at, unit) * unit;
  }
  Date d = date_of(at);
  return days_of((Date){d.year, size == BATCH_MONTH ? d.month : 1, 1}) * DAY;
}

int64_t batch_move(int64_t at, BatchSize size, int64_t by) {
  int64_t start = batch_floor(at, size);
  if (size == BATCH_HOUR || size == BATCH_DAY)
    return start + by * (size == BATCH_HOUR ? HOUR : DAY);
  Date d = date_of(start);
  int64_t months = d.year * 12 + (d.month - 1) + by * (size == BATCH_MONTH ? 1 : 12);
  return days_of((Date){floor_div(months, 12), (int)(months - floor_div(months, 12) * 12) + 1, 1}) *
         DAY;
}

int64_t batch_shift(int64_t at, BatchSize size, int64_t by) {
  if (size == BATCH_HOUR || size == BATCH_DAY)
    return at + by * (size == BATCH_HOUR ? HOUR : DAY);
  Date d = date_of(at);
  int64_t months = d.year * 12 + (d.month - 1) + by * (size == BATCH_MONTH ? 1 : 12);
  int64_t of_day = at - floor_div(at, DAY) * DAY;
  d.year = floor_div(months, 12);
  d.month = (int)(months - d.year * 12) + 1;
  if (d.day > clock_days_in(d.year, d.month))
    d.day = clock_days_in(d.year, d.month);
  return days_of(d) * DAY + of_day;
}

int64_t batch_ceiling(int64_t at, BatchSize size) {
  int64_t start = batch_floor(at, size);
  return start == at ? at : batch_move(at, size, 1);
}

Str batch_shown(Arena *a, int64_t start, BatchSize size) {
  Date d = date_of(start);
  Str year = str_fmt(a, "%04lld", (long long)d.year);
  if (size == BATCH_YEAR)
    return year;
  Str month = str_fmt(a, "%.*s-%02d", STR_ARG(year), d.month);
  if (size == BATCH_MONTH)
    return month;
  Str day = str_fmt(a, "%.*s-%02d", STR_ARG(month), d.day);
  if (size == BATCH_DAY)
    return day;
  int64_t hour = (start - floor_div(start, DAY) * DAY) / HOUR;
  return str_fmt(a, "%.*sT%02lld", STR_ARG(day), (long long)hour);
}

static Str time_text(Arena *a, int64_t at, char between, const char *offset) {
  Date d = date_of(at);
  int64_t t = at - floor_div(at, DAY) * DAY, micros = t % SECOND;
  Str fraction = micros ? str_fmt(a, ".%06lld", (long long)micros) : STR("");
  return str_fmt(a, "%04lld-%02d-%02d%c%02lld:%02lld:%02lld%.*s%s", (long long)d.year, d.month,
                 d.day, between, (long long)(t / HOUR), (long long)(t / SECOND / 60 % 60),
                 (long long)(t / SECOND % 60), STR_ARG(fraction), offset);
}

Str batch_time_text(Arena *a, int64_t at) { return time_text(a, at, ' ', ""); }

Str batch_time_iso(Arena *a, int64_t at) { return time_text(a, at, 'T', "+00:00"); }

Batch batch_of(Arena *a, int64_t start, int64_t end, BatchSize size) {
  Batch b = {.start = start, .end = end, .shown = batch_shown(a, start, size)};
  Buf id = {.arena = a};
  for (size_t i = 0; i < b.shown.len; i++)
    if (b.shown.ptr[i] != '-')
      buf_addc(&id, b.shown.ptr[i]);
  b.id = buf_str(&id);
  return b;
}

// Where the first batch starts. One that ends exactly now is still looked back over.
static int64_t first_start(const BatchSpan *s, int64_t end) {
  if (s->has_from)
    return batch_floor(s->from, s->size);
  if (!s->incremental)
    return batch_floor(s->begin, s->size);
  int64_t back = s->lookback + (end == batch_floor(end, s->size));
  return batch_move(end, s->size, -back);
}

Batch *batches_make(Arena *a, const BatchSpan *s, size_t *n) {
  int64_t end = batch_ceiling(s->has_to ? s->to : s->now, s->size);
  int64_t start = first_start(s, end);
  size_t count = 1;
  for (int64_t at = batch_move(start, s->size, 1); at < end; at = batch_move(at, s->size, 1))
    count++;
  Batch *all = arena_array(a, Batch, count);
  for (size_t i = 0; i < count; i++) {
    int64_t next = batch_move(start, s->size, 1);
    all[i] = batch_of(a, start, i + 1 == count ? end : next, s->size);
    start = next;
  }
  *n = count;
  return all;
}

bool node_is_microbatch(const Node *n) {
  Value strategy = node_config(n, STR("incremental_strategy"));
  return n->kind == NODE_MODEL && str_is(node_materialized(n), "incremental") &&
         val_is(strategy, VAL_STR) && str_is(val_text(strategy), "microbatch");
}
