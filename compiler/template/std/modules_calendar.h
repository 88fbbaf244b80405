// The calendar's own arithmetic and texts: days of months and weeks, strftime, strptime, ISO text.
#ifndef STARC_MODULES_CALENDAR_H
#define STARC_MODULES_CALENDAR_H
#include "modules_datetime.h"

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

#endif
