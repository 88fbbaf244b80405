// Config keys that only ClickHouse has.
#include "../../project/config.h"
#include "clickhouse.h"

// clang-format off
static const ConfigKey keys[] = {
    // name, kinds, types; MERGE_REPLACE unless said
    {"engine",                 CONFIG_OF_TABLES, TYPE_STR,     .doc = "table engine, MergeTree() when absent"},
    {"order_by",               CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "sorting key"},
    {"partition_by",           CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "partition key; external models: columns, a folder for each of their values"},
    {"primary_key",            CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "primary key"},
    {"force_on_cluster",       CONFIG_OF_BUILT,  TYPE_BOOL,    .doc = "accepted, without effect"},
    {"disable_on_cluster",     CONFIG_OF_TABLES, TYPE_BOOL | CONFIG_WORD,.values = "true false",
     .doc = "no ON CLUSTER for this relation"},
    {"sharding_key",           CONFIG_OF_MODELS, CONFIG_TEXTS, .doc = "distributed tables"},
    {"ttl",                    CONFIG_OF_TABLES, CONFIG_TEXTS, .doc = "when rows expire"},
    {"settings",               CONFIG_OF_TABLES, TYPE_DICT,    .doc = "settings of the table, or of the query that writes an external model"},
    {"query_settings",         CONFIG_OF_TABLES, TYPE_DICT,    .doc = "settings of the queries"},
    {"inserts_only",           CONFIG_OF_MODELS, TYPE_BOOL,    .doc = "plain inserts"},
    {"projections",            CONFIG_OF_MODELS, TYPE_LIST,    .doc = "list of {name, query}"},
    {"sql_security",           CONFIG_OF_MODELS, TYPE_STR,     .doc = "views: definer or invoker"},
    {"definer",                CONFIG_OF_MODELS, TYPE_STR,
     .doc = "views: the user whose rights a view with sql_security definer has"},
    {"catchup",                CONFIG_OF_MODELS, TYPE_BOOL,
     .doc = "materialized views: false leaves out the rows that came before"},
    {"refreshable",            CONFIG_OF_MODELS, TYPE_ANY,
     .doc = "materialized views: {interval, randomize, depends_on, depends_on_validation, append}"},
    {"mv_on_schema_change",    CONFIG_OF_MODELS, TYPE_STR,     .values = "ignore fail append_new_columns sync_all_columns",
     .doc = "tables that materialized views write into"},
    {"repopulate_from_mvs_on_full_refresh",CONFIG_OF_MODELS, TYPE_BOOL,
     .doc = "tables that materialized views write into: filled from their queries"},
    {"fields",                 CONFIG_OF_MODELS, TYPE_LIST,    .doc = "dictionaries: list of [name, type]"},
    {"layout",                 CONFIG_OF_MODELS, TYPE_STR,     .doc = "dictionaries: how it is kept"},
    {"lifetime",               CONFIG_OF_MODELS, TYPE_ANY,     .doc = "dictionaries: seconds between loads"},
    {"range",                  CONFIG_OF_MODELS, TYPE_STR,
     .doc = "dictionaries: min and max columns of a range layout"},
    {"source_type",            CONFIG_OF_MODELS, TYPE_STR,     .doc = "dictionaries: clickhouse or http"},
    {"url",                    CONFIG_OF_MODELS, TYPE_STR,     .doc = "dictionaries: source_type http"},
    {"format",                 CONFIG_OF_MODELS, TYPE_STR,     .doc = "dictionaries: source_type http; external models: the file's"},
    {"table",                  CONFIG_OF_MODELS, TYPE_STR,     .doc = "dictionaries: a table in place of the query"},
    {"update_field",           CONFIG_OF_MODELS, TYPE_STR,
     .doc = "dictionaries: column that says what to load again"},
    {"update_lag",             CONFIG_OF_MODELS, TYPE_ANY,     .doc = "dictionaries: seconds before the last load"},
    {"connection_overrides",   CONFIG_OF_MODELS, TYPE_DICT,
     .doc = "dictionaries: {user, password, database, host, port}"},
    {0},
};
// clang-format on

// What the adapter's config class declares, in its order.
static const char *const order[] = {
    "engine", "force_on_cluster", "order_by", "partition_by", "sharding_key", "ttl", NULL};

const ConfigRules clickhouse_config = {.keys = keys, .n = COUNT(keys) - 1, .order = order};
