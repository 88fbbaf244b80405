// The text of a field -> a value, by the name of its type, as dbt's tables have it: what Python's
// clients make of the field, in a column of agate's. Spans, times of day and ranges become Python's
// text of them; arrays, maps, tuples and JSON become JSON text. What has values in it is read by
// cells_nested.c.
#include "cells.h"
#include "../../compiler/template/ops.h"
#include "../../compiler/value/bigint.h"
#include "../../compiler/value/json.h"
#include "cells_nested.h"

#include <stdlib.h>

struct CellReader {
  const char *prefix;
  CellRead *read;
};

// --- single values

Value field_text(Arena *a, Str type, Str s) {
  (void)type;
  return val_str(str_dup(a, s));
}

static Value int_cell(Arena *a, Str type, Str s) {
  char buf[32];
  if (s.len < 19) {
    memcpy(buf, s.ptr, s.len);
    buf[s.len] = 0;
    return val_int(strtoll(buf, NULL, 10));
  }
  Value v;
  return bigint_parse(a, s, 10, &v) ? v : field_text(a, type, s);
}

static Value decimal_cell(Arena *a, Str type, Str s) {
  Value v;
  return decimal_parse(a, s, &v) ? v : field_text(a, type, s);
}

// A Decimal of the digits that Python would print for the float. Of a Float32 Python has the
// double of the same value, with more digits: 0.1 is 0.10000000149011612.
static Value float_cell(Arena *a, Str type, Str s) {
  char *end, *t = str_cstr(a, s);
  double f = str_starts(type, STR("Float32")) ? (double)strtof(t, &end) : strtod(t, &end);
  return *end ? field_text(a, type, s) : decimal_cell(a, type, val_to_str(a, val_float(f)));
}

static Value bool_cell(Arena *a, Str type, Str s) {
  (void)a, (void)type;
  return val_bool(s.len && (s.ptr[0] == 't' || s.ptr[0] == 'T' || s.ptr[0] == '1'));
}

// --- dates and times

// The zone in "DateTime('Europe/Paris')"; empty: none, or one that is UTC under another name.
static Str zone_of(Str type) {
  static const char *const utc[] = {"UTC",     "Etc/UTC",       "UCT",  "Etc/UCT",  "GMT",
                                    "Etc/GMT", "Universal",     "Zulu", "Etc/Zulu", "Greenwich",
                                    "GMT0",    "Etc/Universal", NULL};
  ptrdiff_t open = str_find(type, STR("'"), 0);
  Str zone = open < 0 ? STR("") : str_sub(type, (size_t)open + 1, type.len);
  ptrdiff_t end = str_find(zone, STR("'"), 0);
  zone = end < 0 ? STR("") : str_sub(zone, 0, (size_t)end);
  for (size_t i = 0; utc[i]; i++)
    if (str_eq(zone, str_c(utc[i])))
      return STR("");
  return zone;
}

// Postgres' infinite times are the last and the first that Python has.
static Str finite(Arena *a, Str type, Str s) {
  bool last = str_is(s, "infinity"), date = str_starts(type, STR("date"));
  if (!last && !str_is(s, "-infinity"))
    return s;
  Str day = last ? STR("9999-12-31") : STR("0001-01-01");
  Str hour = last ? STR("T23:59:59.999999") : STR("T00:00:00");
  Str utc = str_is(type, "timestamp with time zone") ? STR("+00:00") : STR("");
  return date ? day : str_cat(a, str_cat(a, day, hour), utc);
}

static Value time_cell(Arena *a, Str type, Str s) {
  Value v;
  Str zone = zone_of(type);
  if (zone.len && datetime_in_zone(a, s, zone, &v))
    return v;
  return datetime_parse(a, str_dup(a, finite(a, type, s)), &v) ? v : field_text(a, type, s);
}

// "10:00:00.5+02" -> "10:00:00.500000+02:00"
static Value clock_cell(Arena *a, Str type, Str s) {
  (void)type;
  size_t end = 8;
  if (s.len < end)
    return field_text(a, type, s);
  Buf b = {.arena = a};
  buf_add(&b, str_starts(s, STR("24:")) ? STR("00:00:00") : str_sub(s, 0, end));
  if (end < s.len && s.ptr[end] == '.') {
    size_t from = end;
    while (++end < s.len && s.ptr[end] >= '0' && s.ptr[end] <= '9')
      ;
    buf_add(&b, str_sub(s, from, end));
    for (size_t places = end - from - 1; places < 6; places++)
      buf_addc(&b, '0');
  }
  buf_add(&b, str_sub(s, end, s.len));
  buf_add(&b, s.len - end == 3 ? STR(":00") : STR(""));
  return val_str(buf_str(&b));
}

// A clock's text as microseconds: "-04:05:06.7", "100:34:56". False: not in that form.
static bool clock_micros(Str s, __int128 *out) {
  bool negative = str_starts(s, STR("-"));
  __int128 parts[4] = {0}; // hours, minutes, seconds, their millionths
  size_t part = 0, places = 0;
  for (size_t i = negative || str_starts(s, STR("+")); i < s.len; i++) {
    char c = s.ptr[i];
    if ((c == ':' && part < 2) || (c == '.' && part == 2))
      part++;
    else if (c < '0' || c > '9' || parts[part] > INT32_MAX)
      return false;
    else if (part < 3 || places++ < 6)
      parts[part] = parts[part] * 10 + (c - '0');
  }
  for (; places < 6; places++)
    parts[3] *= 10;
  *out = ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000000 + parts[3];
  *out = negative ? -*out : *out;
  return part >= 2;
}

// "1 year 2 mons -3 days 04:05:06.7" as psycopg2 counts: a year has 365 days, a month 30.
static bool span_micros(Arena *a, Str s, __int128 *out) {
  static const struct {
    const char *word;
    int days;
  } units[] = {
      {"year", 365},
      {"mon",  30 },
      {"day",  1  }
  };
  const __int128 day = (__int128)86400 * 1000000;
  *out = 0;
  for (Str word, unit; s.ptr && str_cut(&s, ' ', &word);) {
    __int128 part = 0;
    char *end, *digits = str_cstr(a, word);
    long long n = strtoll(digits, &end, 10);
    if (!*end && s.ptr && str_cut(&s, ' ', &unit)) {
      for (size_t i = 0; i < 3 && !part; i++)
        part = str_starts(unit, str_c(units[i].word)) ? n * units[i].days * day : 0;
      if (!part && n)
        return false;
    } else if (!clock_micros(word, &part)) {
      return false;
    }
    *out += part;
  }
  return true;
}

static Value span_cell(Arena *a, Str type, Str s) {
  __int128 micros;
  Value v;
  if (!span_micros(a, s, &micros) || !timedelta_of(a, micros, &v))
    return field_text(a, type, s);
  return val_str(val_to_str(a, v));
}

// --- by type

// A type's first letters say how its text is read; the longer prefix stands first.
static const CellReader readers[] = {
    {"interval",   span_cell   },
    {"Interval",   int_cell    },
    {"int4range",  field_range },
    {"int8range",  field_range },
    {"numrange",   field_range },
    {"daterange",  field_range },
    {"tsrange",    field_range },
    {"tstzrange",  field_range },
    {"int",        int_cell    },
    {"Int",        int_cell    },
    {"UInt",       int_cell    },
    {"bigint",     int_cell    },
    {"smallint",   int_cell    },
    {"oid",        int_cell    },
    {"numeric",    decimal_cell},
    {"Decimal",    decimal_cell},
    {"double",     float_cell  },
    {"real",       float_cell  },
    {"float",      float_cell  },
    {"Float",      float_cell  },
    {"BFloat16",   float_cell  },
    {"bool",       bool_cell   },
    {"Bool",       bool_cell   },
    {"datetime",   time_cell   },
    {"date",       time_cell   },
    {"Date",       time_cell   },
    {"timestamp",  time_cell   },
    {"time",       clock_cell  },
    {"Time",       span_cell   },
    {"json",       field_json  },
    {"JSON",       field_json  },
    {"Object(",    field_json  },
    {"Array(",     field_nested},
    {"Map(",       field_nested},
    {"Tuple(",     field_nested},
    {"Nested(",    field_nested},
    {"Point",      field_nested},
    {"Ring",       field_nested},
    {"LineString", field_nested},
    {"MultiLineS", field_nested},
    {"Polygon",    field_nested},
    {"MultiPolyg", field_nested},
};
static const CellReader text_reader = {"", field_text}, array_reader = {"[]", field_array};

// The type of the values that a type with a wrapper has.
static Str inner_type(Str type) {
  static const char *const wrappers[] = {"Nullable(", "LowCardinality(", NULL};
  for (size_t i = 0; wrappers[i]; i++)
    if (str_starts(type, str_c(wrappers[i])) && str_ends(type, STR(")")))
      return inner_type(str_sub(type, strlen(wrappers[i]), type.len - 1));
  ptrdiff_t comma = str_find(type, STR(", "), 0);
  if (str_starts(type, STR("SimpleAggregateFunction(")) && comma > 0)
    return inner_type(str_sub(type, (size_t)comma + 2, type.len - 1));
  return type;
}

const CellReader *cell_reader(Str type) {
  type = inner_type(type);
  if (str_ends(type, STR("[]")))
    return &array_reader;
  for (size_t i = 0; i < COUNT(readers); i++)
    if (str_starts(type, str_c(readers[i].prefix)))
      return &readers[i];
  return &text_reader;
}

bool field_is_text(Str type) { return cell_reader(type) == &text_reader; }

Value field_item(Arena *a, Str type, Str s) {
  return cell_reader(type)->read(a, inner_type(type), s);
}

Value cell_value(const CellReader *r, Arena *a, Str type, Str text) {
  Value v = r->read(a, inner_type(type), text);
  if (v.kind == VAL_FLOAT) // of JSON
    return decimal_cell(a, type, val_to_str(a, v));
  return v.kind == VAL_DICT || val_is_seq(v) ? field_json_text(a, v) : v;
}
