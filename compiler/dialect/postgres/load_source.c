// What Postgres is asked when rows are brought out of it.
#include "../load_source.h"
#include "postgres.h"

static Str quoted(Arena *a, Str name) {
  Buf b = {.arena = a};
  dialect_double_quoted(&b, name);
  return buf_str(&b);
}

// With standard_conforming_strings on, which every session has unless it was told otherwise.
static Str literal(Arena *a, Str text) {
  Buf b = {.arena = a};
  buf_addc(&b, '\'');
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\'')
      buf_addc(&b, '\'');
    buf_addc(&b, text.ptr[i]);
  }
  buf_addc(&b, '\'');
  return buf_str(&b);
}

static Str begin(Arena *a, Str snapshot) {
  Str share = snapshot.len
                  ? str_fmt(a, "; set transaction snapshot %.*s", STR_ARG(literal(a, snapshot)))
                  : (Str){0};
  return str_cat(a, STR("begin transaction isolation level repeatable read, read only"), share);
}

static Str relation(Arena *a, Str schema, Str table) {
  return str_fmt(a, "%.*s.%.*s", STR_ARG(quoted(a, schema)), STR_ARG(quoted(a, table)));
}

static Str columns(Arena *a, const LoadRules *types, Str schema, Str table) {
  return str_fmt(
      a,
      "select a.attname, %s, case when a.attnotnull then 't' else 'f' end, c.reltuples::bigint, "
      "case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then "
      "'foreign table' when 'p' then 'partitioned table' else 'table' end, "
      "case when exists (select 1 from pg_catalog.pg_index i where i.indrelid = c.oid and "
      "i.indisprimary and a.attnum = any (i.indkey)) then 't' else 'f' end "
      "from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid "
      "join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
      "where n.nspname = %.*s and c.relname = %.*s and c.relkind in ('r', 'p', 'v', 'm', 'f') "
      "and a.attnum > 0 and not a.attisdropped order by a.attnum",
      types->catalog_type, STR_ARG(literal(a, schema)), STR_ARG(literal(a, table)));
}

static Str tables(Arena *a, Str schema) {
  return str_fmt(
      a,
      "select c.relname, case c.relkind when 'v' then 'view' when 'm' then 'materialized "
      "view' when 'f' then 'foreign table' when 'p' then 'partitioned table' else "
      "'table' end from pg_catalog.pg_class c "
      "join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = %.*s "
      "and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition order by 1",
      STR_ARG(literal(a, schema)));
}

// Of views no more than their owner may.
static Str lockable(Arena *a, Str schema, Str table) {
  return str_fmt(
      a,
      "select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = "
      "c.relnamespace where n.nspname = %.*s and c.relname = %.*s and c.relkind in ('r', "
      "'p') and pg_catalog.has_table_privilege(c.oid, 'select')",
      STR_ARG(literal(a, schema)), STR_ARG(literal(a, table)));
}

static Str lock(Arena *a, Str schema, Str table) {
  return str_fmt(a, "lock table %.*s in access share mode", STR_ARG(relation(a, schema, table)));
}

// --- cursors

static bool is_money(const LoadType *t) { return str_starts(t->name, STR("money")); }

// Without an order that the others of its kind have, or without max().
static bool unordered(const LoadType *t) {
  return str_among_nocase(t->name, "\"char\" xml xid cid xid8");
}

// citext is compared without regard to case, and a name has no collation before 12.
static bool by_its_text(const LoadType *t) {
  return str_is(t->name, "name") || str_ends_nocase(t->name, STR("citext"));
}

static Str ordered(Arena *a, Str column, const LoadType *t) {
  switch (t->kind) {
  case LOAD_INT:
  case LOAD_FLOAT:
  case LOAD_DECIMAL:
  case LOAD_DATE:
  case LOAD_MOMENT:
  case LOAD_TIME:
    return unordered(t) ? (Str){0} : column;
  case LOAD_TEXT:
    return unordered(t) ? (Str){0}
                        : str_fmt(a, "(%.*s%s collate \"C\")", STR_ARG(column),
                                  by_its_text(t) ? "::text" : "");
  default:
    return (Str){0};
  }
}

// A text as a value of the type, which is in UTC.
static Str value_of(Arena *a, Str text, const LoadType *t) {
  Str said = literal(a, text);
  switch (t->kind) {
  case LOAD_DECIMAL: // any digits: what is less may have more of them than the type
    return str_fmt(a, "%.*s::numeric%s", STR_ARG(said), is_money(t) ? "::money" : "");
  case LOAD_MOMENT:
    return t->zoned ? str_fmt(a, "(%.*s::timestamp at time zone 'UTC')", STR_ARG(said))
                    : str_fmt(a, "%.*s::timestamp", STR_ARG(said));
  case LOAD_TEXT:
    return str_fmt(a, "(%.*s::%.*s%s collate \"C\")", STR_ARG(said), STR_ARG(t->name),
                   by_its_text(t) ? "::text" : "");
  default:
    return str_fmt(a, "%.*s::%.*s", STR_ARG(said), STR_ARG(t->name));
  }
}

static Str less(Arena *a, Str text, const LoadType *t, Str lag) {
  Str by = literal(a, lag), said = literal(a, text), least = load_least(t);
  if (t->kind == LOAD_INT && !load_is_whole(text)) // of a source that has other numbers
    return str_fmt(a, "greatest(floor(%.*s::numeric), %.*s)::bigint::%.*s", STR_ARG(said),
                   STR_ARG(least), STR_ARG(t->name));
  Str value = value_of(a, t->kind == LOAD_INT ? load_at_least(t, text) : text, t);
  if (!lag.len)
    return value;
  switch (t->kind) {
  case LOAD_INT:
    return str_fmt(a, "greatest(%.*s::numeric - %.*s::numeric, %.*s)::bigint::%.*s", STR_ARG(said),
                   STR_ARG(by), STR_ARG(least), STR_ARG(t->name));
  case LOAD_DECIMAL:
    return str_fmt(a, "(%.*s::numeric - %.*s::numeric)%s", STR_ARG(said), STR_ARG(by),
                   is_money(t) ? "::money" : "");
  case LOAD_FLOAT:
    return str_fmt(a, "(%.*s::double precision - %.*s::double precision)", STR_ARG(said),
                   STR_ARG(by));
  case LOAD_DATE: // the whole day
    return str_fmt(a, "(%.*s - interval %.*s)::date", STR_ARG(value), STR_ARG(by));
  case LOAD_TIME: // not over midnight
    return str_fmt(a, "greatest(%.*s::interval - interval %.*s, interval '0')::time", STR_ARG(said),
                   STR_ARG(by));
  default:
    return str_fmt(a, "(%.*s - interval %.*s)", STR_ARG(value), STR_ARG(by));
  }
}

static Str said(Arena *a, Str text, const LoadType *t) {
  if (t->kind != LOAD_MOMENT) // the session is in UTC
    return value_of(a, text, t);
  return str_fmt(a, "(%.*s::timestamptz%s)", STR_ARG(literal(a, text)),
                 t->zoned ? "" : " at time zone 'UTC'");
}

// --- pieces

// Blocks: a scan of a range of them reads these alone (14 and newer; an older server reads the
// table as often as there are pieces, so there is one).
static Str units(Arena *a, Str schema, Str table) {
  return str_fmt(
      a,
      "select case when pg_catalog.current_setting('server_version_num')::int < 140000 then 0 else "
      "pg_catalog.pg_relation_size(%.*s::pg_catalog.regclass) / "
      "pg_catalog.current_setting('block_size')::bigint end",
      STR_ARG(literal(a, relation(a, schema, table))));
}

static Str piece(Arena *a, int64_t from, int64_t to) {
  Str above = str_fmt(a, "ctid >= '(%lld,0)'::tid", (long long)from);
  return to < 0 ? above
                : str_fmt(a, "%.*s and ctid < '(%lld,0)'::tid", STR_ARG(above), (long long)to);
}

const LoadSourceRules postgres_source = {
    .begin = begin,
    .lockable = lockable,
    .lock = lock,
    // pg_class is read at the moment of the transaction, the function tells what is there now.
    .moved = "select 1 from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid = l.relation "
             "where l.locktype = 'relation' and l.pid = pg_catalog.pg_backend_pid() and "
             "l.database = (select d.oid from pg_catalog.pg_database d where d.datname = "
             "pg_catalog.current_database()) and c.relfilenode <> 0 and c.relfilenode <> "
             "pg_catalog.pg_relation_filenode(c.oid) limit 1",
    .share = "select pg_catalog.pg_export_snapshot()",
    .default_schema = "public",
    .port = 5432,
    .pairs = true,
    .columns = columns,
    .tables = tables,
    .relation = relation,
    .quoted = quoted,
    .literal = literal,
    .ordered = ordered,
    .less = less,
    .said = said,
    .units = units,
    .piece = piece,
};
