// Time zones, as pytz and datetime.timezone have them: what a zone is, and the instants seen in it.
#ifndef STARC_MODULES_PYTZ_H
#define STARC_MODULES_PYTZ_H
#include "std.h"

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

Value tzinfo_class(void);
Value timezone_class(void);
// The instant as seen in a zone: an aware datetime. micros: since 1970 UTC.
Value zone_from_utc(Arena *a, const TzInfo *tz, __int128 micros);
Value timezone_new(Arena *a, int64_t offset_seconds, Str name);
Str tz_abbr(Arena *a, const TzInfo *tz);
// The module itself.
Value module_pytz(Arena *a);

#endif
