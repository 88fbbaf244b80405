// Postgres' types in a load (load_type.h): what its names mean, which of its types holds what
// another database has, and what COPY takes. Text that COPY itself refuses is left to it; what it
// would change without a word is found here: digits of a fraction, a time of a day, zones.
#include "../load_type.h"

#include "../load_cell.h"

// clang-format off
#define INT(n) {.kind = LOAD_INT, .bits = n}
#define UINT(n) {.kind = LOAD_INT, .bits = n, .is_unsigned = true}
#define TEXT {.kind = LOAD_TEXT}
#define OTHER {.kind = LOAD_OTHER}
#define MOMENT {.kind = LOAD_MOMENT, .precision = 6}
#define ZONED {.kind = LOAD_MOMENT, .precision = 6, .zoned = true}
// name, type, and whether each server has it: the types that are not here are their own database's.
static const struct {
  const char *name;
  LoadType type;
} types[] = {
    {"boolean", {.kind = LOAD_BOOL}}, {"bool", {.kind = LOAD_BOOL}},
    {"smallint", INT(16)}, {"int2", INT(16)}, {"integer", INT(32)}, {"int", INT(32)}, {"int4", INT(32)},
    {"bigint", INT(64)}, {"int8", INT(64)},
    {"oid", UINT(32)}, {"xid", UINT(32)}, {"cid", UINT(32)}, {"xid8", UINT(64)},
    {"real", {.kind = LOAD_FLOAT, .bits = 32}}, {"float4", {.kind = LOAD_FLOAT, .bits = 32}},
    {"double precision", {.kind = LOAD_FLOAT, .bits = 64}}, {"float8", {.kind = LOAD_FLOAT, .bits = 64}},
    {"numeric", {.kind = LOAD_DECIMAL, .precision = -1, .scale = -1}},
    {"decimal", {.kind = LOAD_DECIMAL, .precision = -1, .scale = -1}},
    {"money", {.kind = LOAD_DECIMAL, .precision = 19, .scale = 2}},
    {"text", TEXT}, {"character varying", TEXT}, {"varchar", TEXT}, {"character", TEXT}, {"char", TEXT},
    {"bpchar", TEXT}, {"name", TEXT}, {"\"char\"", TEXT}, {"xml", TEXT}, {"citext", TEXT},
    {"bytea", {.kind = LOAD_BYTES}}, {"uuid", {.kind = LOAD_UUID}}, {"date", {.kind = LOAD_DATE}},
    {"timestamp without time zone", MOMENT}, {"timestamp", MOMENT},
    {"timestamp with time zone", ZONED}, {"timestamptz", ZONED},
    {"time without time zone", {.kind = LOAD_TIME, .precision = 6}}, {"time", {.kind = LOAD_TIME, .precision = 6}},
    {"interval", {.kind = LOAD_INTERVAL, .precision = 6}},
    {"json", {.kind = LOAD_JSON}}, {"jsonb", {.kind = LOAD_JSON}},
};
// What each server has besides, as a text.
static const char *const others =
    "inet cidr macaddr macaddr8 bit tsvector tsquery int4range int8range numrange tsrange tstzrange daterange "
    "int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange "
    "point line lseg box path polygon circle jsonpath pg_lsn tid txid_snapshot pg_snapshot";
// clang-format on

// --- names of types

// "numeric(5,-2)" -> "numeric", 5, -2; "timestamp(3) without time zone" -> without the (3).
// INT_MIN: it is not given.
enum { NOT_GIVEN = -2147483647 };
static Str split(Arena *a, Str type, int given[2]) {
  ptrdiff_t open = str_find(type, STR("("), 0), shut = str_find(type, STR(")"), 0);
  given[0] = given[1] = NOT_GIVEN;
  if (open < 0 || shut < open)
    return type;
  Str rest = str_sub(type, (size_t)open + 1, (size_t)shut), part;
  for (size_t n = 0; n < 2 && str_cut(&rest, ',', &part); n++) {
    part = str_trim(part);
    bool minus = part.len && part.ptr[0] == '-';
    Str digits = str_sub(part, minus, part.len);
    int value = 0;
    for (size_t i = 0; i < digits.len && i < 8 && str_digit_char(digits.ptr[i]); i++)
      value = value * 10 + (digits.ptr[i] - '0');
    given[n] = minus ? -value : value;
  }
  return str_trim(
      str_cat(a, str_sub(type, 0, (size_t)open), str_sub(type, (size_t)shut + 1, type.len)));
}

// How many characters or bits a type takes.
static void finish_text(LoadType *t, Str head, int given) {
  bool has = given != NOT_GIVEN;
  t->bits = t->kind == LOAD_OTHER;
  t->padded = str_among_nocase(head, "character char bit") || (has && str_is(head, "bpchar"));
  t->alone = str_among_nocase(head, "name \"char\" xml");
  t->precision = has                        ? given
                 : t->padded                ? 1
                 : str_is(head, "name")     ? 63 // bytes
                 : str_is(head, "\"char\"") ? 4  // \200
                                            : 0;
}

static void finish(LoadType *t, Str head, const int given[2]) {
  if (t->kind == LOAD_TEXT || str_eq_nocase(head, STR("bit varying")) ||
      str_among_nocase(head, "bit varbit")) {
    finish_text(t, head, given[0]);
    return;
  }
  t->alone = (t->kind == LOAD_INTERVAL && !str_eq_nocase(head, STR("interval"))) ||
             (t->kind == LOAD_DECIMAL && str_is(head, "money"));
  if (given[0] == NOT_GIVEN)
    return;
  if (t->kind == LOAD_DECIMAL) {
    int scale = given[1] == NOT_GIVEN ? 0 : given[1];
    t->alone = scale < 0; // rounds to tens, hundreds ..
    // numeric(5,-2) has whole numbers of 7 digits, numeric(2,5) 0.00012.
    t->precision = scale < 0 ? given[0] - scale : scale > given[0] ? scale : given[0];
    t->scale = scale < 0 ? 0 : scale;
  } else if (t->kind == LOAD_MOMENT || t->kind == LOAD_TIME || t->kind == LOAD_INTERVAL) {
    t->precision = given[0];
  }
}

// "enum('sad', 'it''s')", as catalog_type writes it.
static void read_labels(Arena *a, LoadType *t, Str rest) {
  Str *labels = arena_array(a, Str, rest.len / 2 + 1);
  for (size_t i = 0; i < rest.len && rest.ptr[i] == '\''; i += i < rest.len ? 2 : 0) {
    Buf label = {.arena = a};
    for (i++; i < rest.len; i++) {
      if (rest.ptr[i] == '\'' && !(i + 1 < rest.len && rest.ptr[i + 1] == '\''))
        break;
      i += rest.ptr[i] == '\'';
      buf_addc(&label, rest.ptr[i]);
    }
    labels[t->nlabels++] = buf_str(&label);
    i++; // the quote; then a comma and a blank
  }
  t->labels = labels;
}

static const LoadType *array_of(Arena *a, Str name) {
  LoadType *t = arena_new(a, LoadType), *item = arena_new(a, LoadType);
  Str of = str_sub(name, 0, name.len - 2);
  *t = (LoadType){
      .kind = LOAD_ARRAY, .name = str_dup(a, name), .of = &postgres_load, .nullable = true};
  *item = *postgres_load.type(a, of);
  item->nullable = true;
  t->item = item;
  t->bare = t->name;
  t->own = item->own.len ? t->name : (Str){0};
  // An array of a domain that is one has literals as its items; boxes have semicolons between them.
  if (item->kind == LOAD_ARRAY)
    item->kind = LOAD_OTHER;
  if (str_is(of, "box"))
    t->kind = LOAD_OTHER;
  return t;
}

static const LoadType *type(Arena *a, Str given_name) {
  int given[2];
  Str name = str_trim(given_name);
  if (str_ends(name, STR("[]")))
    return array_of(a, name);
  LoadType *t = arena_new(a, LoadType);
  *t = (LoadType){
      .kind = LOAD_OTHER, .of = &postgres_load, .name = str_dup(a, name), .nullable = true};
  if (str_starts(name, STR("enum(")) && str_ends(name, STR(")"))) {
    t->kind = LOAD_ENUM;
    t->bare = t->own = t->name;
    read_labels(a, t, str_sub(t->name, 5, t->name.len - 1));
    return t;
  }
  Str head = split(a, name, given), whole = head;
  ptrdiff_t point = str_rfind(head, STR("."));
  if (str_starts(head, STR("interval")))
    head = STR("interval"); // interval day to second
  else if (point >= 0 && str_is(str_sub(head, (size_t)point + 1, head.len), "citext"))
    head = STR("citext"); // of an extension's schema
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_eq_nocase(head, str_c(types[i].name))) {
      LoadType known = types[i].type;
      known.of = t->of, known.name = t->name, known.nullable = true;
      *t = known;
    }
  finish(t, t->kind == LOAD_INTERVAL ? whole : head, given);
  t->bare = t->own = t->name;
  if ((t->kind == LOAD_MOMENT && t->zoned) || str_is(head, "money"))
    t->own = (Str){0}; // a text that depends on the session
  return t;
}

// --- the type that holds another one

// Whether each server has a type of this name.
static bool everywhere(Arena *a, const LoadType *t) {
  int given[2];
  Str head = split(a, t->name, given);
  if (t->kind == LOAD_OTHER)
    return str_among_nocase(head, others) || str_is(head, "bit varying") ||
           str_is(head, "time with time zone") || str_is(head, "timetz");
  return t->kind != LOAD_ENUM && !str_is(head, "money") && !str_ends_nocase(head, STR("citext"));
}

static Str int_name(const LoadType *t) {
  int needed = t->bits + t->is_unsigned;
  if (needed > 64)
    return t->bits == 64    ? STR("numeric(20,0)")
           : t->bits == 128 ? STR("numeric(39,0)")
           : t->is_unsigned ? STR("numeric(78,0)")
                            : STR("numeric(77,0)");
  return needed <= 16 ? STR("smallint") : needed <= 32 ? STR("integer") : STR("bigint");
}

static Str moment_name(Arena *a, const LoadType *t) {
  const char *zone = t->zoned ? "with" : "without";
  return t->precision > 6    ? STR("text")
         : t->precision == 6 ? str_fmt(a, "timestamp %s time zone", zone)
                             : str_fmt(a, "timestamp(%d) %s time zone", t->precision, zone);
}

static Str type_name(Arena *a, const LoadType *t, bool nullable, Str *why);

static Str array_name(Arena *a, const LoadType *t, Str *why) {
  if (t->item->kind == LOAD_ARRAY)
    return STR("jsonb"); // arrays in an array of Postgres' are all as long
  Str item = type_name(a, t->item, true, why);
  return item.len ? str_cat(a, item, STR("[]")) : item;
}

static Str foreign_name(Arena *a, const LoadType *t, Str *why) {
  switch (t->kind) {
  case LOAD_BOOL:
    return STR("boolean");
  case LOAD_INT:
    return int_name(t);
  case LOAD_FLOAT:
    return t->bits <= 32 ? STR("real") : STR("double precision");
  case LOAD_DECIMAL:
    return t->precision < 0
               ? STR("numeric")
               : str_fmt(a, "numeric(%d,%d)", t->precision, t->scale < 0 ? 0 : t->scale);
  case LOAD_BYTES:
    return STR("bytea");
  case LOAD_UUID:
    return STR("uuid");
  case LOAD_DATE:
    return STR("date");
  case LOAD_MOMENT:
    return moment_name(a, t);
  case LOAD_TIME: // another database's may be longer than a day
    return t->precision > 6 ? STR("text") : STR("interval");
  case LOAD_INTERVAL:
    return STR("interval");
  case LOAD_JSON: // a map may have a key twice, which jsonb drops
    return str_starts(t->bare, STR("Map(")) ? STR("json") : STR("jsonb");
  case LOAD_ARRAY:
    return array_name(a, t, why);
  case LOAD_OTHER:
    if (str_starts(t->bare, STR("AggregateFunction("))) {
      *why = STR("the state of an aggregate is known to its database alone: finalizeAggregation() "
                 "gives its value");
      return (Str){0};
    }
    return str_among_nocase(t->bare, "ipv4 ipv6") ? STR("inet") : STR("text");
  default:
    return STR("text");
  }
}

static Str type_name(Arena *a, const LoadType *t, bool nullable, Str *why) {
  (void)nullable; // NOT NULL is the column's
  if (t->kind == LOAD_ARRAY && t->of == &postgres_load)
    return array_name(a, t, why);
  if (t->of == &postgres_load && everywhere(a, t))
    return t->name;
  return foreign_name(a, t, why);
}

// --- reading

static Str select(Arena *a, Str column, const LoadType *t) {
  const LoadType *leaf = t->kind == LOAD_ARRAY ? t->item : t;
  bool array = t->kind == LOAD_ARRAY;
  if (leaf->kind == LOAD_MOMENT && leaf->zoned) // of an array in the session's zone, which is UTC
    return str_fmt(a, array ? "(%.*s)::timestamp without time zone[]" : "(%.*s) at time zone 'UTC'",
                   STR_ARG(column));
  if (leaf->kind == LOAD_DECIMAL && str_starts(leaf->name, STR("money")))
    return str_fmt(a, "(%.*s)::numeric%s", STR_ARG(column), array ? "[]" : "");
  return column;
}

static Str own(Arena *a, Str column, const LoadType *t) {
  (void)a, (void)t;
  return column;
}

// --- writing

static void quote(Buf *out, Str text) {
  buf_addc(out, '"');
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '"' || text.ptr[i] == '\\')
      buf_addc(out, '\\');
    buf_addc(out, text.ptr[i]);
  }
  buf_addc(out, '"');
}

static void quote_json(Buf *out, Str text) {
  buf_addc(out, '"');
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '"' || c == '\\')
      buf_addc(out, '\\');
    if ((unsigned char)c < ' ')
      buf_addf(out, "\\u%04x", c);
    else
      buf_addc(out, c);
  }
  buf_addc(out, '"');
}

static const LoadArray braces = {
    '{', '}', "NULL", {"f", "t"},
       quote
};
static const LoadArray brackets = {
    '[', ']', "null", {"false", "true"},
       quote_json
};

static const LoadType *leaf_of(const LoadType *t) {
  while (t->kind == LOAD_ARRAY && t->item)
    t = t->item;
  return t;
}

static bool has_digits(Str type) { return str_find(type, STR("("), 0) >= 0; }

static bool same_type(const LoadType *t, const LoadType *to) {
  return t->of == to->of && str_eq(t->name, to->name);
}

// Of a text's length; of a time without a zone, to which the session's would be added.
static void cell_of_text(Arena *a, LoadCell *c, const LoadType *t, const LoadType *to) {
  int given[2];
  bool time = t->kind == LOAD_TIME || t->kind == LOAD_MOMENT || t->kind == LOAD_DATE;
  Str head = split(a, to->name, given);
  if (same_type(t, to))
    return;
  if (to->kind == LOAD_TEXT && (to->precision || to->alone)) {
    if (to->padded && !has_digits(to->name))
      c->holds = postgres_cell_type(a, STR("character(1)"));
    c->write = load_write_held;
  } else if (time && (str_is(head, "timetz") || str_is(head, "time with time zone"))) {
    c->write = load_write_nothing;
  } else if (t->of != to->of &&
             (t->kind == LOAD_TEXT || t->kind == LOAD_OTHER || t->kind == LOAD_ENUM)) {
    c->check = load_check_utf8;
  }
}

// A time of a day, or a number of days and hours.
static void cell_of_time(LoadCell *c, const LoadType *t, const LoadType *to) {
  bool moment = t->kind == LOAD_MOMENT || t->kind == LOAD_DATE;
  bool inside = t->of == to->of && t->precision <= to->precision &&
                (t->kind == to->kind || (t->kind == LOAD_TIME && to->kind == LOAD_INTERVAL));
  c->behind = to->precision;
  if (same_type(t, to))
    return;
  if (to->alone || moment) // interval year: what of it is cut is not seen in the text
    c->write = load_write_nothing;
  else if (!inside && to->kind == LOAD_TIME)
    c->write = load_write_held;
  else if (!inside)
    c->check = load_check_fraction;
}

// What Postgres itself would change without a word, or COPY takes in a form that is not the
// field's.
static LoadCell cell_of(Arena *a, const LoadType *t, const LoadType *to) {
  LoadCell c = {.type = to->name, .before = -1, .behind = -1, .least = STR(""), .zone = ""};
  c.holds = postgres_cell_type(a, to->name);
  switch (to->kind) {
  case LOAD_TEXT:
  case LOAD_OTHER:
  case LOAD_ENUM:
    cell_of_text(a, &c, t, to);
    break;
  case LOAD_TIME:
  case LOAD_INTERVAL:
    cell_of_time(&c, t, to);
    break;
  case LOAD_BYTES:
    c.write = t->kind == LOAD_BYTES ? NULL : load_write_hex;
    break;
  case LOAD_INT:
    if (t->kind == LOAD_BOOL)
      c.write = load_write_bit;
    else if (t->kind != LOAD_INT || t->bits + t->is_unsigned > to->bits + to->is_unsigned)
      c.write = load_write_held;
    break;
  case LOAD_FLOAT:
    if (t->kind != LOAD_FLOAT || t->bits > to->bits)
      c.write = load_write_held;
    break;
  case LOAD_DECIMAL:
    c.before = to->precision < 0 ? -1 : to->precision - to->scale,
    c.behind = to->precision < 0 ? -1 : to->scale;
    if (to->alone && to->scale == 0 && !same_type(t, to)) {
      c.write = load_write_nothing; // numeric(5,-2)
    } else if (t->kind == LOAD_DECIMAL || t->kind == LOAD_INT) {
      bool narrower = to->precision >= 0 && (t->precision < 0 || t->scale > to->scale ||
                                             t->precision - t->scale > to->precision - to->scale);
      c.check = narrower ? load_check_decimal : NULL;
    } else {
      c.write = load_write_held;
    }
    break;
  case LOAD_DATE:
    c.write = t->kind == LOAD_DATE ? NULL : load_write_held;
    break;
  case LOAD_MOMENT:
    c.behind = to->precision;
    if (t->kind == LOAD_DATE) {
      c.write = load_write_moment;
      c.zone = to->zoned ? " 00:00:00+00" : "";
    } else if (t->kind != LOAD_MOMENT) {
      c.write = load_write_held;
    } else if (to->zoned) {
      c.write = load_write_moment;
      c.zone = "+00";
    } else if (t->precision > to->precision) {
      c.check = load_check_moment;
    }
    break;
  default:
    break;
  }
  return c;
}

static LoadCell *cell(Arena *a, const LoadType *t, Str name) {
  const LoadType *to = type(a, name);
  if (load_is_own(&postgres_load, t, name))
    return NULL;
  LoadCell *c = arena_new(a, LoadCell);
  bool json = t->kind == LOAD_ARRAY && to->kind == LOAD_JSON;
  if (t->kind == LOAD_ARRAY && (to->kind == LOAD_ARRAY || json)) {
    LoadCell *item = arena_new(a, LoadCell);
    const LoadType *leaf = json ? leaf_of(t) : leaf_of(to);
    *item =
        cell_of(a, leaf_of(t),
                json && leaf->kind != LOAD_BOOL ? type(a, foreign_name(a, leaf, &(Str){0})) : leaf);
    *c = (LoadCell){.type = to->name,
                    .array = json ? &brackets : &braces,
                    .leaf = leaf,
                    .item = item,
                    .write = item->check || item->write || json ? load_write_array : NULL};
  } else {
    *c = cell_of(a, t, to);
  }
  c->plain = c->write == load_write_moment || c->write == load_write_bit;
  return c->check || c->write ? c : NULL;
}

const LoadRules postgres_load = {
    .session =
        "set datestyle to ISO; set intervalstyle to postgres; set timezone to 'UTC'; "
        "set bytea_output to hex; set extra_float_digits to 3; set client_encoding to 'UTF8'",
    .settings = "",
    .catalog_type =
        "(with recursive base(oid, mod, arrays) as ("
        "select a.atttypid, a.atttypmod, '' union all "
        "select case when t.typtype = 'd' then t.typbasetype else t.typelem end, "
        "case when t.typtype = 'd' and t.typtypmod >= 0 then t.typtypmod else b.mod end, "
        "case when t.typtype = 'd' then b.arrays else b.arrays || '[]' end "
        "from base as b join pg_catalog.pg_type as t on t.oid = b.oid "
        "where t.typtype = 'd' or (t.typelem <> 0 and t.typlen = -1 and t.typcategory = 'A')) "
        "select case when t.typtype = 'e' then 'enum(' || coalesce((select string_agg('''' || "
        "replace(e.enumlabel, '''', '''''') || '''', ', ' order by e.enumsortorder) "
        "from pg_catalog.pg_enum as e where e.enumtypid = t.oid), '') || ')' "
        "else pg_catalog.format_type(b.oid, b.mod) end || b.arrays "
        "from base as b join pg_catalog.pg_type as t on t.oid = b.oid "
        "where not (t.typtype = 'd' or (t.typelem <> 0 and t.typlen = -1 and t.typcategory = "
        "'A')))",
    .type = type,
    .type_name = type_name,
    .select = select,
    .own = own,
    .cell = cell,
};
