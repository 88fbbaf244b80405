// ClickHouse: backticks with backslash escapes, schema.name (the schema is the server's database),
// types as written. All of its answers, in one table.
#include "../../context/adapter.h"
#include "../../context/relation.h"
#include "../load_type.h"
#include "clickhouse.h"
#include "lineage.h"
#include "type_parts.h"

// Inside backticks ClickHouse reads backslash escapes, so both are escaped.
static void quote_name(Buf *out, Str name) {
  buf_addc(out, '`');
  for (size_t i = 0; i < name.len; i++) {
    if (name.ptr[i] == '`' || name.ptr[i] == '\\')
      buf_addc(out, '\\');
    buf_addc(out, name.ptr[i]);
  }
  buf_addc(out, '`');
}

static void relation(Buf *out, const Relation *r) {
  if (r->schema.len)
    quote_name(out, r->schema);
  if (r->schema.len && r->identifier.len)
    buf_addc(out, '.');
  if (r->identifier.len)
    quote_name(out, r->identifier);
}

static Str translate_type(Str type) {
  static const struct {
    const char *from, *to;
  } words[] = {
      {"string",    "String"  },
      {"timestamp", "DateTime"},
      {"float",     "Float32" },
      {"integer",   "Int32"   }
  };
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_eq_nocase(type, str_c(words[i].from)))
      return str_c(words[i].to);
  return type;
}

static const char *const parents[] = {NULL};
static const char *const texts[] = {"String", NULL}, *const booleans[] = {"Bool", NULL};
static const char *const integers[] = {"Int32",   "Int64",  "UInt64",  "Int128",
                                       "UInt128", "Int256", "UInt256", NULL};
static const char *const numbers[] = {"Float32", "Float64", NULL};
static const char *const dates[] = {"Date", "Date32", NULL};
static const char *const datetimes[] = {"DateTime", "DateTime64(3)", "DateTime64(6)",
                                        "DateTime64(9)", NULL};
static const char *const *const seed_types[] = {
    [SEED_TEXT] = texts, [SEED_INTEGER] = integers,   [SEED_NUMBER] = numbers,
    [SEED_DATE] = dates, [SEED_DATETIME] = datetimes, [SEED_BOOLEAN] = booleans};
static const char *const strategies[] = {
    "append", "delete+insert", "delete_insert", "insert_overwrite", "microbatch", "legacy", NULL};

static Str exact_number(Arena *a, long digits, long behind) {
  return str_fmt(a, "Decimal(%ld, %ld)", digits, behind);
}
static Str nullable(Arena *a, Str type) {
  Str inner, head = clickhouse_type_head(str_trim(type), &inner);
  if (str_is(head, "LowCardinality"))
    return str_fmt(a, "LowCardinality(%.*s)", STR_ARG(nullable(a, inner)));
  // What has NULL already, and what ClickHouse lets have none.
  static const char *const as_they_are =
      "Nullable Array Map Tuple Nested Variant Dynamic JSON AggregateFunction "
      "SimpleAggregateFunction";
  return str_among(head, as_they_are) ? type : str_fmt(a, "Nullable(%.*s)", STR_ARG(type));
}

// Of system.table_functions; file() is a function of values too.
static const char *const opens[] = {"arrowstream",
                                    "azureblobstorage",
                                    "azureblobstoragecluster",
                                    "cluster",
                                    "clusterallreplicas",
                                    "cosn",
                                    "deltalake",
                                    "deltalakeazure",
                                    "deltalakeazurecluster",
                                    "deltalakecluster",
                                    "deltalakelocal",
                                    "deltalakes3",
                                    "deltalakes3cluster",
                                    "executable",
                                    "file",
                                    "filecluster",
                                    "filesystem",
                                    "gcs",
                                    "hdfs",
                                    "hdfscluster",
                                    "hive",
                                    "hudi",
                                    "hudicluster",
                                    "iceberg",
                                    "icebergazure",
                                    "icebergazurecluster",
                                    "icebergcluster",
                                    "iceberghdfs",
                                    "iceberghdfscluster",
                                    "iceberglocal",
                                    "iceberglocalcluster",
                                    "icebergs3",
                                    "icebergs3cluster",
                                    "jdbc",
                                    "merge",
                                    "meilisearch",
                                    "mongodb",
                                    "mysql",
                                    "odbc",
                                    "oss",
                                    "paimon",
                                    "paimonazure",
                                    "paimonazurecluster",
                                    "paimoncluster",
                                    "paimonhdfs",
                                    "paimonhdfscluster",
                                    "paimonlocal",
                                    "paimons3",
                                    "paimons3cluster",
                                    "postgresql",
                                    "prometheusquery",
                                    "prometheusqueryrange",
                                    "redis",
                                    "remote",
                                    "remotesecure",
                                    "s3",
                                    "s3cluster",
                                    "sqlite",
                                    "url",
                                    "urlcluster",
                                    "ytsaurus",
                                    NULL};

static const char *const movable[] = {NULL};
static const ListedField listed[] = {LISTED_NAME,   LISTED_SCHEMA,    LISTED_TYPE,
                                     LISTED_ENGINE, LISTED_MVS,       LISTED_REFRESHABLE,
                                     LISTED_APPEND, LISTED_ON_CLUSTER};
static const AdapterRules adapter = {
    .object = {&adapter_type},
    .relation = RELATION_TYPE("ClickHouseRelation"),
    .column = &clickhouse_columns,
    .methods = clickhouse_methods,
    .natives = clickhouse_natives,
    .movable = movable,
    .other_kind = "table",
    .listed = listed,
    .nlisted = COUNT(listed),
    .read_listed = clickhouse_read_listed,
    .read_node = clickhouse_read_node,
    .relation_attr = clickhouse_relation_attr,
    .fixture_text = clickhouse_fixture_text,
    .before_send = clickhouse_with_password,
};

extern const Dialect dialect_clickhouse;
const Dialect dialect_clickhouse = {
    .type = "clickhouse",
    .title = "ClickHouse",
    .parents = parents,
    .sql = &sql_clickhouse,
    .wraps_limits = true,
    .quote = '`',
    .has_databases = false,
    .transactions = false,
    .replaces_at_once = true,
    .quote_by_default = {true, true,         true},
    .max_identifier = 0,
    .quote_name = quote_name,
    .relation = relation,
    .seed_types = seed_types,
    .cell_type = clickhouse_cell_type,
    .exact_number = exact_number,
    .nullable = nullable,
    .load = {"insert into ",    ") format TabSeparated"  },
    .strategies = strategies,
 // A text would be read in the zone of the column that it is compared with. DateTime's range and
  // its comparison with Date32 (26.5: off by the session's zone) leave DateTime64.
    .instant = {"toDateTime64('",    "', 6, 'UTC')"},
    .translate_type = translate_type,
    .profile = &clickhouse_profile,
    .config = &clickhouse_config,
    .adapter = &adapter,
    .opens = opens,
    .lineage = &clickhouse_lineage,
    .source = &clickhouse_source,
    .load_rules = &clickhouse_load,
};
