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
      "select a.name, %s, 'f', (select any(toInt64(ifNull(total_rows, -1))) from system.tables "
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

static Str less(Arena *a, Str text, const LoadType *t, Str lag) {
  Str value = str_fmt(a, "cast(%.*s as %.*s)", STR_ARG(literal(a, text)), STR_ARG(t->name));
  if (!lag.len)
    return value;
  bool time = t->kind == LOAD_MOMENT || t->kind == LOAD_DATE;
  return time ? str_fmt(a, "(%.*s - interval %.*s)", STR_ARG(value), STR_ARG(literal(a, lag)))
              : str_fmt(a, "(%.*s - %.*s)", STR_ARG(value), STR_ARG(lag));
}

const LoadSourceRules clickhouse_source = {
    .begin = begin,
    .default_schema = "default",
    .columns = columns,
    .tables = tables,
    .relation = relation,
    .quoted = quoted,
    .literal = literal,
    .less = less,
};
