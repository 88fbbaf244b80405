// What ClickHouse is asked when rows are brought out of it.
#include "../load_source.h"
#include "clickhouse.h"

static Str quoted(Arena *a, Str name) {
  Buf b = {.arena = a};
  dialect_clickhouse.quote_name(&b, name);
  return buf_str(&b);
}

static Str literal(Arena *a, Str text) {
  Buf b = {.arena = a};
  buf_addc(&b, '\'');
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\'' || text.ptr[i] == '\\')
      buf_addc(&b, '\\');
    buf_addc(&b, text.ptr[i]);
  }
  buf_addc(&b, '\'');
  return buf_str(&b);
}

// A query sees the parts that there were when it began; there is no moment for several.
static Str begin(Arena *a, Str snapshot) {
  (void)a, (void)snapshot;
  return (Str){0};
}

static Str relation(Arena *a, Str schema, Str table) {
  return str_fmt(a, "%.*s.%.*s", STR_ARG(quoted(a, schema)), STR_ARG(quoted(a, table)));
}

static Str columns(Arena *a, const LoadRules *types, Str schema, Str table) {
  Str s = literal(a, schema), t = literal(a, table);
  return str_fmt(
      a,
      "select a.name, %s, 'f', (select any(ifNull(toInt64(total_rows), -1)) from system.tables "
      "where "
      "database = %.*s and name = %.*s), (select any(if(engine like '%%View', 'view', 'table')) "
      "from "
      "system.tables where database = %.*s and name = %.*s), if(a.is_in_primary_key, 't', 'f') "
      "from system.columns as a where a.database = %.*s and a.table = %.*s and "
      "a.default_kind not in ('ALIAS', 'EPHEMERAL') order by a.position",
      types->catalog_type, STR_ARG(s), STR_ARG(t), STR_ARG(s), STR_ARG(t), STR_ARG(s), STR_ARG(t));
}

static Str tables(Arena *a, Str schema) {
  return str_fmt(a,
                 "select name, if(engine like '%%View', 'view', 'table') from system.tables where "
                 "database = %.*s "
                 "and not is_temporary and name not like '.inner%%' order by name",
                 STR_ARG(literal(a, schema)));
}

// --- cursors

static Str ordered(Arena *a, Str column, const LoadType *t) {
  (void)a;
  bool has = t->kind == LOAD_INT || t->kind == LOAD_FLOAT || t->kind == LOAD_DECIMAL ||
             t->kind == LOAD_DATE || t->kind == LOAD_MOMENT || t->kind == LOAD_TIME ||
             t->kind == LOAD_TEXT || t->kind == LOAD_UUID;
  return has ? column : (Str){0};
}

static Str cast(Arena *a, Str text, Str type) {
  return str_fmt(a, "cast(%.*s as %.*s)", STR_ARG(literal(a, text)), STR_ARG(type));
}

// A decimal of all digits before the point: what is less may have more of them than the type. Those
// behind it are as many: with more of them no other row of the column would be beyond.
static Str wide_decimal(Arena *a, const LoadType *t) {
  return str_fmt(a, "Decimal(76, %d)", t->scale);
}

static Str value_of(Arena *a, Str text, const LoadType *t) {
  switch (t->kind) {
  case LOAD_MOMENT: // the text is UTC's, whatever the column's zone is
    return str_fmt(a, "toDateTime64(%.*s, %d, 'UTC')", STR_ARG(literal(a, text)), t->precision);
  case LOAD_DECIMAL:
    return cast(a, text, wide_decimal(a, t));
  case LOAD_INT:
    return cast(a, load_at_least(t, text), t->bare);
  default:
    return cast(a, text, t->bare);
  }
}

static Str less(Arena *a, Str text, const LoadType *t, Str lag) {
  if (t->kind == LOAD_INT && !load_is_whole(text)) // of a source that has other numbers
    return str_fmt(a, "cast(floor(greatest(%.*s, %.*s)) as %.*s)",
                   STR_ARG(cast(a, text, STR("Decimal(76, 20)"))),
                   STR_ARG(cast(a, load_least(t), STR("Decimal(76, 20)"))), STR_ARG(t->bare));
  Str value = value_of(a, text, t), by = literal(a, lag), v, l;
  if (!lag.len)
    return value;
  switch (t->kind) {
  case LOAD_INT: // numbers of 256 bits are not wrapped by those that are less
    v = cast(a, text, t->is_unsigned ? STR("UInt256") : STR("Int256"));
    l = cast(a, lag, t->is_unsigned ? STR("UInt256") : STR("Int256"));
    if (t->is_unsigned)
      return str_fmt(a, "cast(if(%.*s < %.*s, 0, %.*s - %.*s) as %.*s)", STR_ARG(v), STR_ARG(l),
                     STR_ARG(v), STR_ARG(l), STR_ARG(t->bare));
    return str_fmt(a, "cast(greatest(%.*s - %.*s, cast('%.*s' as Int256)) as %.*s)", STR_ARG(v),
                   STR_ARG(l), STR_ARG(load_least(t)), STR_ARG(t->bare));
  case LOAD_DECIMAL:
    return str_fmt(a, "(%.*s - %.*s)", STR_ARG(value), STR_ARG(cast(a, lag, wide_decimal(a, t))));
  case LOAD_DATE: // the whole day; a Date before 1970 would be one of 2149
    return str_fmt(a, "cast(greatest(toDate32(%.*s - interval %.*s), toDate32('%s')) as %.*s)",
                   STR_ARG(cast(a, text, STR("Date32"))), STR_ARG(by),
                   str_is(t->bare, "Date") ? "1970-01-01" : "1900-01-01", STR_ARG(t->bare));
  case LOAD_MOMENT:
  case LOAD_TIME:
    return str_fmt(a, "(%.*s - interval %.*s)", STR_ARG(value), STR_ARG(by));
  default:
    return str_fmt(a, "(%.*s - %.*s)", STR_ARG(value), STR_ARG(lag));
  }
}

static Str said(Arena *a, Str text, const LoadType *t) {
  return t->kind == LOAD_MOMENT ? str_fmt(a, "parseDateTime64BestEffort(%.*s, %d, 'UTC')",
                                          STR_ARG(literal(a, text)), t->precision)
                                : value_of(a, text, t);
}

// --- what stands behind, and files

// "a=1&b=2" of an address as the clause that a query has.
static Str behind(Arena *a, const LoadRules *types) {
  Str rest = str_c(types->settings ? types->settings : ""), one;
  Buf b = {.arena = a};
  while (rest.len && str_cut(&rest, '&', &one)) {
    ptrdiff_t eq = str_find(one, STR("="), 0);
    if (eq > 0)
      buf_addf(&b, "%s%.*s = %.*s", b.len ? ", " : " settings ", (int)eq, one.ptr,
               STR_ARG(literal(a, str_sub(one, (size_t)eq + 1, one.len))));
  }
  return b.len ? buf_str(&b) : (Str){0};
}

// Folders of a table format: their names end in what has them.
static Str lake(Str format) {
  static const Str names[][2] = {
      {STR_INIT("iceberg"),   STR_INIT("iceberg")  },
      {STR_INIT("delta"),     STR_INIT("deltaLake")},
      {STR_INIT("deltalake"), STR_INIT("deltaLake")},
      {STR_INIT("hudi"),      STR_INIT("hudi")     }
  };
  for (size_t i = 0; i < COUNT(names); i++)
    if (str_eq_nocase(format, names[i][0]))
      return names[i][1];
  return (Str){0};
}

static void function_name(Buf *b, const LoadFiles *f, Str in_lake) {
  bool url = str_starts(f->location, STR("http://")) || str_starts(f->location, STR("https://"));
  if (in_lake.len && str_is(in_lake, "hudi"))
    buf_add(b, in_lake);
  else if (in_lake.len)
    buf_addf(b, "%.*s%s", STR_ARG(in_lake), f->in_store || url ? "S3" : "Local");
  else
    buf_add(b, f->in_store ? STR("s3") : url ? STR("url") : STR("file"));
}

// `as`: the format; empty: what the files say.
static Str read_files(Arena *a, const LoadFiles *f, Str as, Str structure) {
  Str in_lake = lake(as);
  Buf b = {.arena = a};
  function_name(&b, f, in_lake);
  buf_addf(&b, "(%.*s", STR_ARG(literal(a, f->location)));
  if (f->in_store && f->key_id.len)
    buf_addf(&b, ", %.*s, %.*s", STR_ARG(literal(a, f->key_id)), STR_ARG(literal(a, f->secret)));
  else if (f->in_store)
    buf_adds(&b, ", NOSIGN");
  if (f->in_store && f->session_token.len)
    buf_addf(&b, ", %.*s", STR_ARG(literal(a, f->session_token)));
  if (in_lake.len)
    as = (Str){0}; // its metadata say it
  if (as.len || structure.len)
    buf_addf(&b, ", %.*s", STR_ARG(literal(a, as.len ? as : STR("auto"))));
  if (structure.len)
    buf_addf(&b, ", %.*s", STR_ARG(literal(a, structure)));
  buf_addc(&b, ')');
  return buf_str(&b);
}

static void setting(Arena *a, Buf *b, Str name, Value v) {
  Str text = v.kind == VAL_STR    ? literal(a, val_text(v))
             : v.kind == VAL_BOOL ? val_truth(v) ? STR("1") : STR("0")
                                  : val_to_str(a, v);
  buf_addf(b, "%.*s = %.*s", STR_ARG(name), STR_ARG(text));
}

// No table function but those of lakes takes settings: a query around it does.
static Str files_with(Arena *a, const LoadFiles *f) {
  Str table = read_files(a, f, f->format, f->structure);
  if (f->settings.kind != VAL_DICT || !f->settings.dict->n)
    return table;
  Buf b = {.arena = a};
  size_t at = 0;
  const char *before = " settings ";
  buf_addf(&b, "(select * from %.*s", STR_ARG(table));
  for (DictEntry *e; (e = dict_next(f->settings.dict, &at)); before = ", ") {
    buf_addf(&b, "%s", before);
    setting(a, &b, val_to_str(a, e->key), e->value);
  }
  buf_addc(&b, ')');
  return buf_str(&b);
}

static Str list_files(Arena *a, const LoadFiles *f) {
  Str table = read_files(a, f, STR("One"), STR("one UInt8"));
  return str_fmt(a, "select _path from %.*s", STR_ARG(table));
}

// The formats of names: where the columns of all files can be the table's. It takes the first line
// of a .csv for a row where all columns are texts, or where there is no other line; elsewhere that
// line is always a header.
static const struct {
  const char *end, *format;
} formats[] = {
    {".csv",     "CSVWithNames"},
    {".tsv",     "TSVWithNames"},
    {".jsonl",   "JSONEachRow" },
    {".ndjson",  "JSONEachRow" },
    {".parquet", "Parquet"     },
};

static Str format_of(Str name) {
  static const char *const packed[] = {".gz",  ".zst", ".xz",   ".bz2",
                                       ".lz4", ".br",  ".lzma", ".snappy"};
  for (size_t i = 0; i < COUNT(packed); i++)
    if (str_ends(name, str_c(packed[i]))) {
      name.len -= strlen(packed[i]);
      break;
    }
  for (size_t i = 0; i < COUNT(formats); i++)
    if (str_ends(name, str_c(formats[i].end)))
      return str_c(formats[i].format);
  return (Str){0};
}

// In other formats columns have no names, or the library does not know how.
static const char *all_columns(const LoadFiles *f) {
  for (size_t i = 0; i < COUNT(formats) && !f->structure.len; i++)
    if (str_eq(f->format, str_c(formats[i].format)))
      return "set schema_inference_mode = 'union'";
  return NULL;
}

// The format One reads nothing of a file. A server is not asked: it lists none.
static Str count_files(Arena *a, const LoadFiles *f) {
  if (!f->in_store && str_starts(f->location, STR("http")))
    return (Str){0};
  Str table = read_files(a, f, STR("One"), STR("one UInt8"));
  return str_fmt(a, "select count() from %.*s", STR_ARG(table));
}

const LoadSourceRules clickhouse_source = {
    .behind = behind,
    .files = files_with,
    .count_files = count_files,
    .list_files = list_files,
    .format_of = format_of,
    .all_columns = all_columns,
    .paths_are_tables = "use `default`", // which lies over the files of the working directory
    // 500 are minutes of waiting for a server that is not there
    .files_session = "set s3_retry_attempts = 4, http_max_tries = 3",
    .begin = begin,
    .default_schema = "default",
    .port = 8123,
    .columns = columns,
    .tables = tables,
    .relation = relation,
    .quoted = quoted,
    .literal = literal,
    .ordered = ordered,
    .less = less,
    .said = said,
};
