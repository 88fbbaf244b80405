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

static inline Moment *moment(Value v) { return (Moment *)v.obj; }
static inline bool is_moment(Value v) {
  return val_is_type(v, &datetime_type) || val_is_type(v, &date_type) || val_is_type(v, &time_type);
}

Value datetime_new(Arena *a, Clock c, Value tz);
Value delta_new(Arena *a, __int128 micros);
// Fails unless the fields are in Python's ranges.
void clock_check(Eval *ev, const Clock *c, bool date, bool time);
// The offset from UTC in microseconds; false: naive.
bool moment_offset(const Moment *m, int64_t *micros);
// Fails when the year left 1..9999.
Value moment_in_range(Eval *ev, Value v);
// The module itself.
Value module_datetime(Arena *a);

#endif
