// Dates and times between the modules_*.c files that make them. In: calendar fields. Out: values
// that print, compare and calculate as Python's datetime module has them.
#ifndef STARC_MODULES_DATETIME_H
#define STARC_MODULES_DATETIME_H
#include "std.h"

// Calendar and clock fields; a date uses the first three, a time the last four.
typedef struct Clock {
  int64_t year, month, day, hour, minute, second, micro;
} Clock;

// date, datetime and time share one struct; the type says which.
typedef struct Moment {
  Object object;
  Clock c;
  Value tz; // none or a TzInfo; never of a date
  int fold;
} Moment;

// Beyond 64 bits, and aligned as all that stands in an arena.
typedef __int128 DeltaMicros __attribute__((aligned(8)));

typedef struct Delta {
  Object object;
  DeltaMicros micros;
} Delta;

// One stretch of a zone: its offset from UTC, whether it is summer time, its abbreviation.
typedef struct ZoneType {
  int64_t offset; // seconds, whole minutes as pytz rounds them
  int64_t dst;
  Str abbr;
} ZoneType;

typedef struct Zone {
  Str name;
  size_t ntimes, ntypes;
  int64_t *times;       // seconds since 1970, ascending
  unsigned char *which; // type from times[i] on
  ZoneType *types;
  size_t first; // the type before all times
} Zone;

typedef enum TzKind { TZ_UTC, TZ_FIXED, TZ_ZONE, TZ_TIMEZONE } TzKind;

typedef struct TzInfo {
  Object object;
  TzKind kind;
  const Zone *zone; // TZ_ZONE
  ZoneType now;     // the offset this instance stands for
  Str name;         // TZ_TIMEZONE: given name or empty
} TzInfo;

extern const ObjectType tzinfo_type;
extern const TzInfo tz_utc;

static inline Moment *moment(Value v) { return (Moment *)v.obj; }
static inline bool is_moment(Value v) {
  return val_is_type(v, &datetime_type) || val_is_type(v, &date_type) || val_is_type(v, &time_type);
}

// --- calendar (modules_calendar.c)
int64_t days_from_civil(int64_t y, int64_t m, int64_t d); // since 1970-01-01
void civil_from_days(int64_t days, Clock *c);
int days_in_month(int64_t y, int64_t m);
int weekday_of(const Clock *c); // Monday is 0
int year_day(const Clock *c);   // from 1
void iso_calendar(const Clock *c, int64_t *year, int64_t *week, int64_t *day);
__int128 clock_micros(const Clock *c); // since 1970-01-01
Clock clock_from_micros(__int128 micros);
// strftime; fields of a date or time that it lacks are as Python fills them.
Str moment_strftime(Eval *ev, const Moment *m, Str format);
// Reads text by a strptime format into *c; *offset in seconds when %z was there.
void clock_strptime(Eval *ev, Str text, Str format, Clock *c, bool *has_offset, int64_t *offset);
// ISO text of date and time; false: not in that form. has_time: there was a time part.
bool iso_read(Str s, Clock *c, bool *has_time, bool *has_offset, int64_t *offset_micros);
// "+02:00", "-03:30:15"; with colons or without.
void offset_print(Buf *out, int64_t micros, bool colons);

// --- makers (modules_datetime.c)
Value datetime_new(Arena *a, Clock c, Value tz);
Value delta_new(Arena *a, __int128 micros);
// Fails unless the fields are in Python's ranges.
void clock_check(Eval *ev, const Clock *c, bool date, bool time);
// The offset from UTC in microseconds; false: naive.
bool moment_offset(const Moment *m, int64_t *micros);
// Fails when the year left 1..9999.
Value moment_in_range(Eval *ev, Value v);

// --- comparing and calculating (modules_dateops.c)
bool moment_eq(const Object *o, Value other);
uint64_t moment_hash(const Object *o);
bool delta_eq(const Object *o, Value other);
uint64_t delta_hash(const Object *o);
bool moment_binary(Eval *ev, const char *op, Value l, Value r, Value *out);

// --- zones (modules_pytz.c)
Value tzinfo_class(void);
Value timezone_class(void);
// The instant as seen in a zone: an aware datetime. micros: since 1970 UTC.
Value zone_from_utc(Arena *a, const TzInfo *tz, __int128 micros);
Value timezone_new(Arena *a, int64_t offset_seconds, Str name);
Str tz_abbr(Arena *a, const TzInfo *tz);

#endif
