// Config keys that only ClickHouse has.
#include "../../project/config.h"
#include "clickhouse.h"

// clang-format off
static const ConfigKey keys[] = {
    // name, kinds, types; MERGE_REPLACE unless said
    {"engine",                 CONFIG_OF_TABLES, TYPE_STR,     .doc = "Table engine, MergeTree() when absent",
     .example = "materialized='table', engine='ReplacingMergeTree(updated_at)', order_by='order_id'",
     .more = "guides/clickhouse.md#engine-order-partitions"},
    {"order_by",               CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "Sorting key",
     .example = "materialized='table', order_by=['customer_id', 'ordered_at']",
     .more = "guides/clickhouse.md#engine-order-partitions"},
    {"partition_by",           CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "Partition key; external models: columns, a folder for each of their values",
     .example = "materialized='table', order_by='order_id', partition_by='toYYYYMM(ordered_at)'",
     .more = "guides/clickhouse.md#engine-order-partitions"},
    {"primary_key",            CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "Primary key",
     .example = "materialized='table', order_by=['customer_id', 'ordered_at'], primary_key='customer_id'",
     .more = "guides/clickhouse.md#engine-order-partitions"},
    {"force_on_cluster",       CONFIG_OF_BUILT,  TYPE_BOOL,    .doc = "Accepted, without effect",
     .example = "force_on_cluster=true",
     .more = "guides/clickhouse.md#clusters-and-replicas", .server = true},
    {"disable_on_cluster",     CONFIG_OF_TABLES, TYPE_BOOL | CONFIG_WORD,.values = "true false",
     .doc = "No ON CLUSTER for this relation",
     .example = "disable_on_cluster=true",
     .more = "guides/clickhouse.md#clusters-and-replicas", .server = true},
    {"sharding_key",           CONFIG_OF_MODELS, CONFIG_TEXTS, .doc = "Distributed tables, of a profile with cluster: which shard a row goes to",
     .example = "materialized='distributed_table', sharding_key='cityHash64(customer_id)'",
     .more = "guides/clickhouse.md#clusters-and-replicas", .server = true},
    {"ttl",                    CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "When rows expire",
     .example = "materialized='table', order_by='order_id', ttl='ordered_at + interval 90 day'",
     .more = "guides/clickhouse.md#engine-order-partitions"},
    {"settings",               CONFIG_OF_TABLES, TYPE_DICT,    .doc = "Settings of the table, or of the query that writes an external model",
     .example = "materialized='table', order_by='order_id', settings={'index_granularity': 1024}",
     .more = "guides/clickhouse.md#engine-order-partitions"},
    {"query_settings",         CONFIG_OF_TABLES, TYPE_DICT,    .doc = "Settings of the queries",
     .example = "materialized='table', query_settings={'max_threads': 2}",
     .more = "guides/clickhouse.md#memory-of-the-embedded-engine"},
    {"inserts_only",           CONFIG_OF_MODELS, TYPE_BOOL,    .doc = "Incremental models: rows are only added, as with the strategy append",
     .example = "materialized='incremental', inserts_only=true",
     .more = "guides/clickhouse.md#incremental"},
    {"projections",            CONFIG_OF_MODELS, TYPE_LIST,    .doc = "List of {name, query}",
     .example = "materialized='table', order_by='order_id',\n"
                "  projections=[{'name': 'by_customer', 'query': 'select customer_id, sum(amount) group by customer_id'}]",
     .more = "guides/clickhouse.md#engine-order-partitions"},
    {"sql_security",           CONFIG_OF_MODELS, TYPE_STR,     .doc = "Views: with whose rights they read, definer or invoker",
     .example = "materialized='view', sql_security='invoker'",
     .more = "compatibility.md#clickhouse"},
    {"definer",                CONFIG_OF_MODELS, TYPE_STR,
     .doc = "Views: the user whose rights a view with sql_security definer has",
     .example = "materialized='view', sql_security='definer', definer='default'",
     .more = "compatibility.md#clickhouse"},
    {"catchup",                CONFIG_OF_MODELS, TYPE_BOOL,
     .doc = "Materialized views: false leaves out the rows that came before",
     .example = "materialized='materialized_view', catchup=false",
     .more = "guides/clickhouse.md#materialized-views"},
    {"refreshable",            CONFIG_OF_MODELS, TYPE_ANY,
     .doc = "Materialized views: {interval, randomize, depends_on, depends_on_validation, append}",
     .example = "materialized='materialized_view', refreshable={'interval': 'EVERY 1 HOUR'}",
     .more = "guides/clickhouse.md#materialized-views"},
    {"mv_on_schema_change",    CONFIG_OF_MODELS, TYPE_STR,     .values = "ignore fail append_new_columns sync_all_columns",
     .doc = "Tables that materialized views write into: what is done when columns come or go",
     .example = "materialized='table', mv_on_schema_change='append_new_columns'",
     .more = "guides/clickhouse.md#materialized-views"},
    {"repopulate_from_mvs_on_full_refresh",CONFIG_OF_MODELS, TYPE_BOOL,
     .doc = "Tables that materialized views write into: filled from their queries",
     .example = "materialized='table', repopulate_from_mvs_on_full_refresh=true",
     .more = "guides/clickhouse.md#materialized-views"},
    {"fields",                 CONFIG_OF_MODELS, TYPE_LIST,    .doc = "Dictionaries: list of [name, type]",
     .example = "materialized='dictionary', primary_key='order_id', layout='hashed()', lifetime=300,\n"
                "  fields=[['order_id', 'UInt64'], ['amount', 'Float64']]",
     .more = "guides/clickhouse.md#dictionaries"},
    {"layout",                 CONFIG_OF_MODELS, TYPE_STR,     .doc = "Dictionaries: how it is kept",
     .example = "materialized='dictionary', primary_key='order_id', layout='flat()', lifetime=300,\n"
                "  fields=[['order_id', 'UInt64'], ['amount', 'Float64']]",
     .more = "guides/clickhouse.md#dictionaries"},
    {"lifetime",               CONFIG_OF_MODELS, TYPE_ANY,     .doc = "Dictionaries: seconds between loads",
     .example = "materialized='dictionary', primary_key='order_id', layout='hashed()', lifetime='MIN 60 MAX 120',\n"
                "  fields=[['order_id', 'UInt64'], ['amount', 'Float64']]",
     .more = "guides/clickhouse.md#dictionaries"},
    {"range",                  CONFIG_OF_MODELS, TYPE_STR,
     .doc = "Dictionaries: min and max columns of a range layout",
     .example = "materialized='dictionary', primary_key='order_id', layout='range_hashed()', lifetime=300,\n"
                "  range='min valid_from max valid_to',\n"
                "  fields=[['order_id', 'UInt64'], ['valid_from', 'Date'], ['valid_to', 'Date'], ['amount', 'Float64']]",
     .more = "guides/clickhouse.md#dictionaries"},
    {"source_type",            CONFIG_OF_MODELS, TYPE_STR,     .doc = "Dictionaries: clickhouse or http",
     .example = "materialized='dictionary', primary_key='code', layout='complex_key_hashed()', lifetime=300,\n"
                "  fields=[['code', 'String'], ['name', 'String']],\n"
                "  source_type='http', url='https://example.com/countries.tsv', format='TabSeparated'",
     .more = "guides/clickhouse.md#dictionaries"},
    {"url",                    CONFIG_OF_MODELS, TYPE_STR,     .doc = "Dictionaries of source_type http: where it is read from",
     .example = "materialized='dictionary', primary_key='code', layout='complex_key_hashed()', lifetime=300,\n"
                "  fields=[['code', 'String'], ['name', 'String']],\n"
                "  source_type='http', url='https://example.com/countries.tsv', format='TabSeparated'",
     .more = "guides/clickhouse.md#dictionaries"},
    {"format",                 CONFIG_OF_MODELS, TYPE_STR,     .doc = "Dictionaries: source_type http; external models: the file's",
     .example = "materialized='external', location='out/orders.csv', format='CSVWithNames'",
     .more = "files.md#models-that-are-files"},
    {"table",                  CONFIG_OF_MODELS, TYPE_STR,     .doc = "Dictionaries: a table in place of the query",
     .example = "materialized='dictionary', primary_key='order_id', layout='hashed()', lifetime=300,\n"
                "  fields=[['order_id', 'UInt64'], ['amount', 'Float64']], table='orders_to_keep'",
     .more = "guides/clickhouse.md#dictionaries"},
    {"update_field",           CONFIG_OF_MODELS, TYPE_STR,
     .doc = "Dictionaries: column that says what to load again",
     .example = "materialized='dictionary', primary_key='order_id', layout='hashed()', lifetime=300,\n"
                "  fields=[['order_id', 'UInt64'], ['amount', 'Float64']], update_field='updated_at'",
     .more = "guides/clickhouse.md#dictionaries"},
    {"update_lag",             CONFIG_OF_MODELS, TYPE_ANY,     .doc = "Dictionaries: seconds before the last load",
     .example = "materialized='dictionary', primary_key='order_id', layout='hashed()', lifetime=300,\n"
                "  fields=[['order_id', 'UInt64'], ['amount', 'Float64']], update_field='updated_at', update_lag=15",
     .more = "guides/clickhouse.md#dictionaries"},
    {"connection_overrides",   CONFIG_OF_MODELS, TYPE_DICT,
     .doc = "Dictionaries: {user, password, database, host, port}",
     .example = "materialized='dictionary', primary_key='order_id', layout='hashed()', lifetime=300,\n"
                "  fields=[['order_id', 'UInt64'], ['amount', 'Float64']], connection_overrides={'user': 'reader'}",
     .more = "guides/clickhouse.md#dictionaries"},
    {0},
};
// clang-format on

// What the adapter's config class declares, in its order.
static const char *const order[] = {
    "engine", "force_on_cluster", "order_by", "partition_by", "sharding_key", "ttl", NULL};

// External models.
static const char *const alone[] = {"location", "overwrite", "endpoint",      "region",
                                    "key_id",   "secret",    "session_token", NULL};

const ConfigRules clickhouse_config = {
    .keys = keys, .n = COUNT(keys) - 1, .order = order, .alone = alone};
