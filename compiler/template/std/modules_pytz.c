// Time zones: pytz's timezone(), localize() and normalize(), and datetime.timezone. In: a name,
// read from the system's compiled zone files. Out: tzinfo values. A zone's instances each stand for
// one of its offsets, as in pytz.
#include "modules_pytz.h"

#include "../ops_access.h"
#include "modules_datetime.h"

#include "../../base/map.h"
#include "../../base/sort.h"
#include "../../base/work.h"
#include "modules_calendar.h"
#include "std_text.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MICROS = 1000000, FILE_LIMIT = 1 << 20 };

const TzInfo tz_utc = {.object = {&tzinfo_type}, .kind = TZ_UTC, .now = {.abbr = STR_INIT("UTC")}};

static const char *const folders[] = {"/usr/share/zoneinfo/", "/usr/lib/zoneinfo/",
                                      "/usr/share/lib/zoneinfo/"};

// --- reading zone files (RFC 8536)
// A whole file into the arena; false: not there or no file of this kind.
static bool read_file(Arena *a, const char *path, Str *out) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  if (fd < 0)
    return false;
  bool ok = !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size < FILE_LIMIT;
  char *text = ok ? arena_alloc(a, (size_t)st.st_size + 1) : NULL;
  size_t n = 0;
  for (ssize_t got;
       ok && n < (size_t)st.st_size && (got = read(fd, text + n, (size_t)st.st_size - n)) > 0;)
    n += (size_t)got;
  close(fd);
  *out = str_n(text, n);
  return ok && n == (size_t)st.st_size;
}

static int64_t big_endian(const char *p, size_t n) {
  uint64_t v = (signed char)p[0] < 0 ? UINT64_MAX : 0;
  for (size_t i = 0; i < n; i++)
    v = v << 8 | (unsigned char)p[i];
  return (int64_t)v;
}

typedef struct Header {
  size_t isut, isstd, leap, times, types, chars, size; // size: of the data behind the header
} Header;

static bool read_header(Str s, size_t at, size_t width, Header *h) {
  if (s.len < at + 44 || memcmp(s.ptr + at, "TZif", 4) != 0)
    return false;
  size_t *fields[] = {&h->isut, &h->isstd, &h->leap, &h->times, &h->types, &h->chars};
  for (size_t i = 0; i < 6; i++)
    *fields[i] = (size_t)big_endian(s.ptr + at + 20 + 4 * i, 4) & 0xffffff;
  h->size =
      h->times * (width + 1) + h->types * 6 + h->chars + h->leap * (width + 4) + h->isstd + h->isut;
  return h->types > 0 && at + 44 + h->size <= s.len;
}

static void read_types(Arena *a, Zone *z, const char *p, const char *chars, size_t nchars) {
  for (size_t i = 0; i < z->ntypes; i++, p += 6) {
    int64_t offset = big_endian(p, 4);
    size_t at = (unsigned char)p[5];
    int64_t up = offset + 30; // pytz keeps whole minutes
    z->types[i].offset = (up >= 0 ? up / 60 : -((-up + 59) / 60)) * 60;
    z->types[i].dst = p[4] ? 3600 : 0;
    z->types[i].abbr =
        str_dup(a, at < nchars ? str_n(chars + at, strnlen(chars + at, nchars - at)) : STR(""));
  }
}

// How far summer time is ahead: of the standard offset in use before it.
static void measure_dst(Zone *z) {
  int64_t standard = z->types[z->first].offset;
  for (size_t i = 0; i < z->ntimes; i++) {
    ZoneType *t = &z->types[z->which[i]];
    if (!t->dst)
      standard = t->offset;
    else if (t->offset != standard)
      t->dst = t->offset - standard;
  }
}

static Zone *parse_zone(Arena *a, Str name, Str s) {
  Header h;
  size_t at = 0, width = 4;
  if (!read_header(s, 0, 4, &h))
    return NULL;
  if (s.ptr[4] >= '2') { // the second block has 64-bit times
    at = 44 + h.size;
    width = 8;
    if (!read_header(s, at, 8, &h))
      return NULL;
  }
  Zone *z = arena_new(a, Zone);
  z->name = str_dup(a, name);
  z->ntimes = h.times;
  z->ntypes = h.types;
  z->times = arena_array(a, int64_t, h.times + 1);
  z->which = arena_array(a, unsigned char, h.times + 1);
  z->types = arena_array(a, ZoneType, h.types);
  const char *p = s.ptr + at + 44;
  for (size_t i = 0; i < h.times; i++)
    z->times[i] = big_endian(p + i * width, width);
  p += h.times * width;
  for (size_t i = 0; i < h.times; i++)
    z->which[i] = (unsigned char)p[i] < h.types ? (unsigned char)p[i] : 0;
  p += h.times;
  read_types(a, z, p, p + h.types * 6, h.chars);
  while (z->first + 1 < z->ntypes && z->types[z->first].dst)
    z->first++;
  measure_dst(z);
  return z;
}

static bool safe_name(Str name) {
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr("/_+-", c);
    if (!ok || !c)
      return false;
  }
  return name.len && name.len < 80 && name.ptr[0] != '/' && !str_starts(name, STR("posix")) &&
         !str_starts(name, STR("right"));
}

// A file that lies beside the zone files; empty: there is none.
static Str beside(Arena *a, const char *name) {
  Str s = {0};
  for (size_t i = 0; i < COUNT(folders) && !s.len; i++)
    if (!read_file(a, str_fmt(a, "%s%s", folders[i], name).ptr, &s))
      s = (Str){0};
  return s;
}

static int by_name(const void *x, const void *y) {
  return str_cmp(val_text(*(const Value *)x), val_text(*(const Value *)y));
}

static Value in_order(Value list) {
  if (list.list->n)
    sort_items(list.list->items, list.list->n, sizeof(Value), by_name);
  return list;
}

// The names the system knows, from the index of its zones.
static Value all_names(Arena *a) {
  Value l = val_list(a, 600);
  Str s = beside(a, "tzdata.zi");
  for (Str line; s.ptr && str_cut(&s, '\n', &line);) {
    Str rest = line, word;
    if (!str_cut(&rest, ' ', &word) || (!str_is(word, "Z") && !str_is(word, "L")) || !rest.ptr)
      continue;
    if (str_is(word, "L") && !str_cut(&rest, ' ', &word))
      continue;
    if (rest.ptr && str_cut(&rest, ' ', &word) && !str_is(word, "Factory"))
      list_push(a, l.list, val_str(word));
  }
  return in_order(l);
}

// --- countries
// The lines of a table as lists of their columns, without comments.
static bool next_row(Str *table, Str columns[3]) {
  for (Str line; table->ptr && str_cut(table, '\n', &line);) {
    if (!line.len || line.ptr[0] == '#')
      continue;
    for (size_t i = 0; i < 3; i++)
      if (!line.ptr || !str_cut(&line, '\t', &columns[i]))
        columns[i] = STR("");
    return true;
  }
  return false;
}

// Names of countries, or lists of their zones, by the code of a country.
static Value countries(Arena *a, bool zones) {
  Str table = beside(a, zones ? "zone.tab" : "iso3166.tab"), columns[3];
  Value d = val_dict(a);
  while (next_row(&table, columns)) {
    if (zones && !dict_gets(d.dict, columns[0]))
      dict_sets(a, d.dict, columns[0], val_list(a, 2));
    if (zones)
      list_push(a, dict_gets(d.dict, columns[0])->list, val_str(columns[2]));
    else
      dict_sets(a, d.dict, columns[0], val_str(columns[1]));
  }
  return d;
}

// The zones of countries, and the names that are in use beside them.
static Value common_names(Arena *a) {
  static const char *const more[] = {"Canada/Atlantic",
                                     "Canada/Central",
                                     "Canada/Eastern",
                                     "Canada/Mountain",
                                     "Canada/Newfoundland",
                                     "Canada/Pacific",
                                     "GMT",
                                     "US/Alaska",
                                     "US/Arizona",
                                     "US/Central",
                                     "US/Eastern",
                                     "US/Hawaii",
                                     "US/Mountain",
                                     "US/Pacific",
                                     "UTC"};
  Value l = val_list(a, 450);
  Str table = beside(a, "zone.tab"), columns[3];
  while (next_row(&table, columns))
    list_push(a, l.list, val_str(columns[2]));
  for (size_t i = 0; i < COUNT(more); i++)
    list_push(a, l.list, str_c_value(more[i]));
  return in_order(l);
}

static Value as_names_set(Arena *a, Value list) {
  Value set = val_set(a);
  for (size_t i = 0; i < list.list->n; i++)
    dict_set(a, set.dict, list.list->items[i], val_none());
  return set;
}

// A dict that knows its codes in any case, and may be called with one.
typedef struct Countries {
  Object object;
  Value codes;
} Countries;

static bool countries_item(Eval *ev, Object *o, Value key, Value *out) {
  const Value *found = NULL;
  if (key.kind == VAL_STR)
    found = dict_gets(((Countries *)o)->codes.dict, str_upper(eval_arena(ev), val_text(key)));
  if (found)
    *out = *found;
  return found != NULL;
}
static Value countries_get(Eval *ev, const Value *v) {
  Value out;
  return countries_item(ev, v[0].obj, v[1], &out) ? out : v[2];
}
static Value countries_zones(Eval *ev, const Value *v) {
  Value out;
  if (!countries_item(ev, v[0].obj, v[1], &out))
    eval_fail(ev, "there is no country with the code '%s'",
              str_cstr(eval_arena(ev), to_str(ev, v[1])));
  return out;
}

// clang-format off
const Native country_methods[] = {
    {"get", countries_get, "self, key, default=none", "what is known of a country's code"},
    {0},
};
// clang-format on

static bool countries_attr(Eval *ev, Object *o, Str name, Value *out) {
  return native_find(eval_arena(ev), country_methods, "dict", name, val_obj(o), out) ||
         method_lookup(eval_arena(ev), ((Countries *)o)->codes, name, out);
}
static Value countries_call(Eval *ev, Object *o, const Args *args) {
  static const Native call = {"country_timezones", countries_zones, "self, iso3166_code",
                              "the names of a country's zones"};
  return native_call(ev, &(Func){.native = &call, .self = val_obj(o)}, args);
}
static bool countries_iter(Eval *ev, Object *o, Iter *it) {
  ops_iter(ev, ((Countries *)o)->codes, it);
  return true;
}
static int64_t countries_len(const Object *o) {
  return (int64_t)((const Countries *)o)->codes.dict->n;
}
#define COUNTRIES                                                                                  \
  .name = "dict", .attr = countries_attr, .item = countries_item, .iter = countries_iter,          \
  .len = countries_len, .mapping = true
static const ObjectType country_names_type = {COUNTRIES};
static const ObjectType country_zones_type = {COUNTRIES, .call = countries_call};

static Value countries_new(Arena *a, const ObjectType *type, bool zones) {
  Countries *c = arena_new(a, Countries);
  *c = (Countries){{type}, countries(a, zones)};
  return val_obj(c);
}

static Zone *load_zone(Arena *a, Str name) {
  Str s;
  for (size_t i = 0; i < COUNT(folders); i++)
    if (safe_name(name) && read_file(a, str_fmt(a, "%s%.*s", folders[i], STR_ARG(name)).ptr, &s))
      return parse_zone(a, name, s);
  return NULL;
}

// A zone that is read once in the life of the program. NULL: there is none of that name.
static const Zone *known_zone(Str name) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static Arena kept;
  static Map zones;
  Work *work = work_lock(&lock);
  Zone *z = map_get(&zones, name);
  if (!z && (z = load_zone(&kept, name)))
    map_put(&kept, &zones, z->name, z);
  work_unlock(&lock, work);
  return z;
}

// --- tzinfo values
static Value tz_new(Arena *a, TzInfo t) {
  TzInfo *p = arena_new(a, TzInfo);
  *p = t;
  p->object.type = &tzinfo_type;
  return val_obj(p);
}

Value timezone_new(Arena *a, int64_t offset, Str name) {
  return tz_new(a, (TzInfo){.kind = TZ_TIMEZONE, .now = {.offset = offset}, .name = name});
}

static Value zone_instance(Arena *a, const Zone *z, size_t type) {
  return tz_new(a, (TzInfo){.kind = TZ_ZONE, .zone = z, .now = z->types[type]});
}

// The number of the stretch that holds a UTC time.
static size_t type_at(const Zone *z, int64_t seconds) {
  size_t from = 0, to = z->ntimes;
  while (from < to) {
    size_t mid = (from + to) / 2;
    if (z->times[mid] <= seconds)
      from = mid + 1;
    else
      to = mid;
  }
  return from ? z->which[from - 1] : z->first;
}

static int64_t floor_seconds(__int128 micros) {
  return (int64_t)(micros >= 0 ? micros / MICROS : -((-micros + MICROS - 1) / MICROS));
}

Value zone_from_utc(Arena *a, const TzInfo *tz, __int128 micros) {
  Value v = val_obj((void *)tz);
  if (tz->kind == TZ_ZONE)
    v = zone_instance(a, tz->zone, type_at(tz->zone, floor_seconds(micros)));
  int64_t offset = ((TzInfo *)v.obj)->now.offset;
  return datetime_new(a, clock_from_micros(micros + (__int128)offset * MICROS), v);
}

static Str utc_name(Arena *a, int64_t offset) {
  if (!offset)
    return STR("UTC");
  Buf b = {.arena = a};
  buf_adds(&b, "UTC");
  offset_print(&b, offset * MICROS, true);
  return buf_str(&b);
}

Str tz_abbr(Arena *a, const TzInfo *tz) {
  if (tz->kind == TZ_TIMEZONE)
    return tz->name.len ? tz->name : utc_name(a, tz->now.offset);
  return tz->kind == TZ_FIXED ? STR("None") : tz->now.abbr;
}

static void tz_str(const Object *o, Buf *out) {
  const TzInfo *tz = (const TzInfo *)o;
  Arena a = {0};
  if (tz->kind == TZ_ZONE)
    buf_add(out, tz->zone->name);
  else if (tz->kind == TZ_FIXED)
    buf_addf(out, "pytz.FixedOffset(%lld)", (long long)tz->now.offset / 60);
  else
    buf_add(out, tz_abbr(&a, tz));
  arena_free(&a);
}

static void tz_repr(const Object *o, Buf *out) {
  const TzInfo *tz = (const TzInfo *)o;
  Arena a = {0};
  if (tz->kind == TZ_UTC) {
    buf_adds(out, "<UTC>");
  } else if (tz->kind == TZ_FIXED) {
    tz_str(o, out);
  } else if (tz->kind == TZ_TIMEZONE && !tz->now.offset &&
             (!tz->name.len || str_is(tz->name, "UTC"))) {
    buf_adds(out, "datetime.timezone.utc");
  } else if (tz->kind == TZ_TIMEZONE) {
    buf_adds(out, "datetime.timezone(");
    val_repr(out, delta_new(&a, (__int128)tz->now.offset * MICROS));
    if (tz->name.len) {
      buf_adds(out, ", ");
      val_repr(out, val_str(tz->name));
    }
    buf_addc(out, ')');
  } else if (!tz->zone->ntimes) {
    buf_addf(out, "<StaticTzInfo '%.*s'>", STR_ARG(tz->zone->name));
  } else {
    buf_addf(out, "<DstTzInfo '%.*s' %.*s", STR_ARG(tz->zone->name), STR_ARG(tz->now.abbr));
    int64_t s = tz->now.offset;
    if (s >= 0)
      buf_addc(out, '+');
    val_print(out, delta_new(&a, (__int128)s * MICROS));
    buf_addf(out, " %s>", tz->now.dst ? "DST" : "STD");
  }
  arena_free(&a);
}

// --- methods
static Moment *naive(Eval *ev, Value v) {
  if (!val_is_type(v, &datetime_type))
    eval_fail(ev, "localize() needs a datetime, not %s", val_type_name(v));
  if (moment(v)->tz.kind != VAL_NONE)
    eval_fail(ev, "Not naive datetime (tzinfo is already set)");
  return moment(v);
}

// The aware datetimes that a wall clock can mean: one or two, none in the hour that is skipped.
static size_t meanings(Eval *ev, const TzInfo *tz, const Clock *c, Value out[2]) {
  Arena *a = eval_arena(ev);
  __int128 wall = clock_micros(c);
  size_t n = 0;
  if ((c->year == 1 && c->month == 1) || (c->year == 9999 && c->month == 12))
    eval_fail(ev, "date value out of range"); // pytz looks a day to both sides
  for (int day = -1; day <= 1; day += 2) {
    size_t type = type_at(tz->zone, floor_seconds(wall + (__int128)day * 86400 * MICROS));
    __int128 utc = wall - (__int128)tz->zone->types[type].offset * MICROS;
    Value v = zone_from_utc(a, tz, utc);
    if (clock_micros(&moment(v)->c) != wall)
      continue;
    if (!n ||
        ((TzInfo *)moment(out[0])->tz.obj)->now.offset != ((TzInfo *)moment(v)->tz.obj)->now.offset)
      out[n++] = v;
  }
  return n;
}

static int64_t tz_offset(Value dt) { return ((TzInfo *)moment(dt)->tz.obj)->now.offset; }
static bool tz_dst(Value dt) { return ((TzInfo *)moment(dt)->tz.obj)->now.dst != 0; }

static Value localized(Eval *ev, const TzInfo *tz, Clock c, Value is_dst, int depth) {
  Value v[2];
  size_t n = meanings(ev, tz, &c, v);
  if (n == 1)
    return v[0];
  if (is_dst.kind == VAL_NONE)
    eval_fail(ev, "%s: %s", n ? "AmbiguousTimeError" : "NonExistentTimeError",
              to_str(ev, datetime_new(eval_arena(ev), c, val_none())).ptr);
  bool dst = val_truth(is_dst);
  if (!n && depth < 4) { // the hour that is skipped: the offset of six hours later or earlier
    __int128 six = (__int128)6 * 3600 * MICROS * (dst ? 1 : -1);
    Value near = localized(ev, tz, clock_from_micros(clock_micros(&c) + six), is_dst, depth + 1);
    return datetime_new(eval_arena(ev), c, moment(near)->tz);
  }
  if (!n)
    return datetime_new(eval_arena(ev), c, val_obj((void *)tz));
  if (tz_dst(v[0]) != tz_dst(v[1]))
    return tz_dst(v[0]) == dst ? v[0] : v[1];
  bool first_later = tz_offset(v[0]) < tz_offset(v[1]);
  return dst == first_later ? v[1] : v[0];
}

static Value m_localize(Eval *ev, const Value *v) {
  const TzInfo *tz = (TzInfo *)v[0].obj;
  Moment *m = naive(ev, v[1]);
  if (tz->kind != TZ_ZONE || !tz->zone->ntimes)
    return datetime_new(eval_arena(ev), m->c, v[0]);
  return localized(ev, tz, m->c, v[2], 0);
}

static Value m_normalize(Eval *ev, const Value *v) {
  int64_t offset;
  if (!val_is_type(v[1], &datetime_type) || !moment_offset(moment(v[1]), &offset))
    eval_fail(ev, "Naive time - no tzinfo set");
  return moment_in_range(ev, zone_from_utc(eval_arena(ev), (TzInfo *)v[0].obj,
                                           clock_micros(&moment(v[1])->c) - offset));
}

// The offset that a zone has at the naive wall clock of `when`, or the one that `tz` stands for.
static const TzInfo *tz_at(Eval *ev, const TzInfo *tz, Value when) {
  bool zone = tz->kind == TZ_ZONE && tz->zone->ntimes;
  if (!zone || !val_is_type(when, &datetime_type) || moment(when)->tz.kind != VAL_NONE)
    return tz;
  return (TzInfo *)moment(localized(ev, tz, moment(when)->c, val_bool(false), 0))->tz.obj;
}
static bool is_moving(const TzInfo *tz) { return tz->kind == TZ_ZONE && tz->zone->ntimes; }

static Value m_utcoffset(Eval *ev, const Value *v) {
  const TzInfo *tz = (TzInfo *)v[0].obj;
  if (v[1].kind == VAL_NONE && is_moving(tz))
    return val_none();
  return delta_new(eval_arena(ev), (__int128)tz_at(ev, tz, v[1])->now.offset * MICROS);
}

static Value m_tz_dst(Eval *ev, const Value *v) {
  const TzInfo *tz = (TzInfo *)v[0].obj;
  if (tz->kind == TZ_TIMEZONE || (v[1].kind == VAL_NONE && is_moving(tz)))
    return val_none();
  return delta_new(eval_arena(ev), (__int128)tz_at(ev, tz, v[1])->now.dst * MICROS);
}

static Value m_tzname(Eval *ev, const Value *v) {
  const TzInfo *tz = (TzInfo *)v[0].obj;
  if (v[1].kind == VAL_NONE && is_moving(tz))
    return val_str(tz->zone->name);
  return val_str(tz_abbr(eval_arena(ev), tz_at(ev, tz, v[1])));
}

// The wall clock of a time in UTC.
static Value m_fromutc(Eval *ev, const Value *v) {
  if (!val_is_type(v[1], &datetime_type))
    eval_fail(ev, "fromutc() argument must be a datetime, not %s", val_type_name(v[1]));
  __int128 micros = clock_micros(&moment(v[1])->c);
  return moment_in_range(ev, zone_from_utc(eval_arena(ev), (TzInfo *)v[0].obj, micros));
}

// clang-format off
const Native tz_methods[] = {
    {"localize",  m_localize,  "self, dt, is_dst=false",   "a naive datetime as one of this zone"},
    {"normalize", m_normalize, "self, dt, is_dst=false",   "a datetime on the clock of this zone"},
    {"utcoffset", m_utcoffset, "self, dt, is_dst=none, /", "the offset from UTC"},
    {"dst",       m_tz_dst,    "self, dt, is_dst=none, /", "what of it is summer time"},
    {"fromutc",   m_fromutc,   "self, dt, /",              "a datetime in UTC on the clock of this zone"},
    {"tzname",    m_tzname,    "self, dt, is_dst=none, /", "the short name"},
    {0},
};
// clang-format on

static bool tz_attr(Eval *ev, Object *o, Str name, Value *out) {
  const TzInfo *tz = (const TzInfo *)o;
  const Native *m = native_in(tz_methods, name);
  if (m && (tz->kind != TZ_TIMEZONE || (m->fn != m_localize && m->fn != m_normalize))) {
    *out = val_func(eval_arena(ev), m, "tzinfo", val_obj(o));
    return true;
  }
  if (!str_is(name, "zone") || tz->kind == TZ_TIMEZONE)
    return false;
  *out = tz->kind == TZ_ZONE  ? val_str(tz->zone->name)
         : tz->kind == TZ_UTC ? val_lit("UTC")
                              : val_none();
  return true;
}

static bool tz_eq(const Object *o, Value other) {
  if (!val_is_type(other, &tzinfo_type))
    return false;
  const TzInfo *a = (const TzInfo *)o, *b = (const TzInfo *)other.obj;
  return a == b || (a->kind == b->kind && a->now.offset == b->now.offset &&
                    (a->kind != TZ_ZONE ||
                     (str_eq(a->zone->name, b->zone->name) && str_eq(a->now.abbr, b->now.abbr))));
}

static uint64_t tz_hash(const Object *o) {
  return (uint64_t)((const TzInfo *)o)->now.offset * 31 + 7;
}

const ObjectType tzinfo_type = {.name = "datetime.tzinfo",
                                .attr = tz_attr,
                                .str = tz_str,
                                .repr = tz_repr,
                                .eq = tz_eq,
                                .hash = tz_hash};

// --- functions of the modules
bool datetime_in_zone(Arena *a, Str iso, Str zone, Value *out) {
  const Zone *z = known_zone(zone);
  Value wall;
  if (!z || !datetime_parse(a, iso, &wall) || !val_is_type(wall, &datetime_type))
    return false;
  Clock c = moment(wall)->c;
  // The offset of the instant if the clock were UTC's, and then that of the instant found with it.
  int64_t seconds = floor_seconds(clock_micros(&c));
  size_t type = type_at(z, seconds);
  type = type_at(z, seconds - z->types[type].offset);
  *out = datetime_new(a, c, zone_instance(a, z, type));
  return true;
}

static Value p_timezone(Eval *ev, const Value *v) {
  if (v[0].kind == VAL_NONE)
    eval_fail(ev, "UnknownTimeZoneError: None");
  Str name = need_str(ev, "timezone", v[0]);
  Arena *a = eval_arena(ev);
  if (str_eq_nocase(name, STR("UTC")))
    return val_obj((void *)&tz_utc);
  Zone *z = load_zone(a, name);
  if (!z) { // names are known in any case
    Value names = all_names(a);
    for (size_t i = 0; i < names.list->n && !z; i++)
      if (str_eq_nocase(name, val_text(names.list->items[i])))
        z = load_zone(a, val_text(names.list->items[i]));
    if (!z) {
      Str *list = arena_array(a, Str, names.list->n + 1);
      for (size_t i = 0; i < names.list->n; i++)
        list[i] = val_text(names.list->items[i]);
      eval_fail_unknown(ev, CODE_TEMPLATE_VALUE,
                        (Unknown){.name = name, .names = list, .n = names.list->n},
                        "UnknownTimeZoneError: '%.*s'", STR_ARG(name));
    }
  }
  return zone_instance(a, z, z->first);
}

static Value p_fixed(Eval *ev, const Value *v) {
  int64_t minutes = need_int(ev, v[0], -1439, 1439, "absolute offset");
  if (!minutes)
    return val_obj((void *)&tz_utc);
  return tz_new(eval_arena(ev), (TzInfo){.kind = TZ_FIXED, .now = {.offset = minutes * 60}});
}

// clang-format off
const Native pytz_functions[] = {
    {"timezone",    p_timezone, "zone",       "the time zone of that name"},
    {"FixedOffset", p_fixed,    "minutes, /", "a zone that is always so far from UTC"},
    {0},
};
// clang-format on

static Value make_timezone(Eval *ev, const Value *v) {
  if (!val_is_type(v[0], &timedelta_type))
    eval_fail(ev, "timezone() argument 1 must be datetime.timedelta, not %s", val_type_name(v[0]));
  int64_t s = floor_seconds(((Delta *)v[0].obj)->micros);
  if (s <= -86400 || s >= 86400)
    eval_fail(ev, "offset must be a timedelta strictly between -timedelta(hours=24) and "
                  "timedelta(hours=24).");
  return timezone_new(eval_arena(ev), s, need_str(ev, "timezone", v[1]));
}

static bool timezone_constant(Eval *ev, Str name, Value *out) {
  if (!str_is(name, "utc"))
    return false;
  *out = timezone_new(eval_arena(ev), 0, STR("UTC"));
  return true;
}

Value timezone_class(void) {
  static const Native make = {"timezone", make_timezone, "offset, name=''",
                              "a zone that is always so far from UTC"};
  static const Class c = {.object = {&class_type},
                          .name = "datetime.timezone",
                          .make = &make,
                          .constant = timezone_constant};
  return val_obj((void *)&c);
}
Value tzinfo_class(void) {
  static const Class c = {.object = {&class_type}, .name = "datetime.tzinfo"};
  return val_obj((void *)&c);
}

// pytz as a module: its lists are read when they are asked for.
static bool pytz_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  Arena *a = eval_arena(ev);
  if (native_find(a, pytz_functions, "pytz", name, val_none(), out))
    return true;
  if (str_is(name, "utc") || str_is(name, "UTC"))
    *out = val_obj((void *)&tz_utc);
  else if (str_is(name, "all_timezones"))
    *out = all_names(a);
  else if (str_is(name, "all_timezones_set"))
    *out = as_names_set(a, all_names(a));
  else if (str_is(name, "common_timezones"))
    *out = common_names(a);
  else if (str_is(name, "common_timezones_set"))
    *out = as_names_set(a, common_names(a));
  else if (str_is(name, "country_names"))
    *out = countries_new(a, &country_names_type, false);
  else if (str_is(name, "country_timezones"))
    *out = countries_new(a, &country_zones_type, true);
  else
    return false;
  return true;
}

static bool pytz_item(Eval *ev, Object *o, Value key, Value *out) {
  return key.kind == VAL_STR && pytz_attr(ev, o, val_text(key), out);
}

Value module_pytz(Arena *a) {
  static const ObjectType type = {.name = "dict", .attr = pytz_attr, .item = pytz_item};
  Object *o = arena_new(a, Object);
  o->type = &type;
  return val_obj(o);
}
