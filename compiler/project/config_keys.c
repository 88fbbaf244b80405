// The table of config keys: one row per key and the kinds it applies to, in the manifest's order.
#include "config.h"

enum {
  M = 1 << CONFIG_MODEL,
  S = 1 << CONFIG_SEED,
  N = 1 << CONFIG_SNAPSHOT,
  T = 1 << CONFIG_TEST,
  R = 1 << CONFIG_SOURCE,
  E = 1 << CONFIG_EXPOSURE,
  U = 1 << CONFIG_UNIT_TEST,
  Q = 1 << CONFIG_METRIC | 1 << CONFIG_SEMANTIC_MODEL | 1 << CONFIG_SAVED_QUERY,
  BUILT = M | S | N,
  NODES = BUILT | T,
  EVERY = NODES | R | E | U | Q,
  TEXTS = TYPE_STR | TYPE_LIST,
};

#define CH "clickhouse"
#define PG "postgres"

// clang-format off
const ConfigKey config_keys[] = {
    // name, alias, kinds, types, merge, default, adapter, words, documentation
    {"enabled", NULL, EVERY, TYPE_BOOL, MERGE_REPLACE, "true", NULL, NULL, "false: as if the node were not there"},
    {"alias", NULL, NODES, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "the relation's name; the node's own when absent"},
    {"schema", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "custom schema, given to generate_schema_name"},
    {"schema", NULL, T, TYPE_STR, MERGE_REPLACE, "dbt_test__audit", NULL, NULL, "schema of stored failures"},
    {"database", NULL, NODES, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "custom database"},
    {"event_time", NULL, R, TYPE_ANY, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row happened"},
    {"freshness", NULL, R, TYPE_DICT, MERGE_REPLACE, "{warn_after: {count: null, period: null}, error_after: {count: null, period: null}, filter: null}", NULL, NULL, "warn_after, error_after, filter"},
    {"loaded_at_field", NULL, R, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row was loaded"},
    {"loaded_at_query", NULL, R, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "query that says when the table was loaded"},
    {"meta", NULL, R, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "anything; adds up over the layers"},
    {"tags", NULL, NODES | E | R | U, TEXTS, MERGE_APPEND, "[]", NULL, NULL, "words to select by; add up over the layers"},
    {"group", NULL, Q, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "the group that owns it"},
    {"meta", NULL, EVERY & ~R, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "anything; adds up over the layers"},
    {"group", NULL, NODES, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "the group that owns the node"},
    {"static_analysis", NULL, NODES | R | U, TYPE_ANY, MERGE_REPLACE, "null", NULL, NULL, "accepted, without effect"},
    {"materialized", NULL, M, TYPE_STR, MERGE_REPLACE, "view", NULL, NULL, "view, table, incremental, ephemeral, or one of the project's own"},
    {"materialized", NULL, S, TYPE_STR, MERGE_REPLACE, "seed", NULL, "seed", "seed"},
    {"materialized", NULL, N, TYPE_STR, MERGE_REPLACE, "snapshot", NULL, NULL, "snapshot"},
    {"materialized", NULL, T, TYPE_STR, MERGE_REPLACE, "test", NULL, "test", "test"},
    {"severity", NULL, T, TYPE_STR, MERGE_REPLACE, "ERROR", NULL, "error warn", "error or warn"},
    {"store_failures", NULL, T, TYPE_BOOL, MERGE_REPLACE, "null", NULL, NULL, "keep the rows that failed"},
    {"store_failures_as", NULL, T, TYPE_STR, MERGE_REPLACE, "null", NULL, "table view ephemeral", "how they are kept"},
    {"where", NULL, T, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "rows of the relation that are tested"},
    {"limit", NULL, T, TYPE_INT, MERGE_REPLACE, "null", NULL, NULL, "most failing rows that are looked at"},
    {"fail_calc", NULL, T, TYPE_STR, MERGE_REPLACE, "count(*)", NULL, NULL, "what counts the failures"},
    {"warn_if", NULL, T, TYPE_STR, MERGE_REPLACE, "!= 0", NULL, NULL, "condition on the count for a warning"},
    {"error_if", NULL, T, TYPE_STR, MERGE_REPLACE, "!= 0", NULL, NULL, "condition on the count for an error"},
    {"incremental_strategy", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "how new rows come into an incremental model"},
    {"batch_size", NULL, BUILT, TYPE_ANY, MERGE_REPLACE, "null", NULL, "hour day month year", "microbatch"},
    {"lookback", NULL, BUILT, TYPE_ANY, MERGE_REPLACE, "1", NULL, NULL, "microbatch: batches that are done again"},
    {"begin", NULL, BUILT, TYPE_ANY, MERGE_REPLACE, "null", NULL, NULL, "microbatch: first moment"},
    {"persist_docs", NULL, BUILT, TYPE_DICT, MERGE_REPLACE, "{}", NULL, NULL, "{relation: bool, columns: bool}: descriptions become comments"},
    {"post-hook", "post_hook", BUILT, TEXTS | TYPE_DICT, MERGE_APPEND, "[]", NULL, NULL, "statements after the node; add up over the layers"},
    {"pre-hook", "pre_hook", BUILT, TEXTS | TYPE_DICT, MERGE_APPEND, "[]", NULL, NULL, "statements before the node; add up over the layers"},
    {"quoting", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "{database, schema, identifier: bool}"},
    {"column_types", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{}", NULL, NULL, "seeds: {column: type}"},
    {"full_refresh", NULL, BUILT, TYPE_BOOL, MERGE_REPLACE, "null", NULL, NULL, "overrides --full-refresh"},
    {"unique_key", NULL, BUILT, TEXTS, MERGE_REPLACE, "null", NULL, NULL, "column or columns that tell rows apart"},
    {"on_schema_change", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "ignore", NULL, NULL, "ignore, fail, append_new_columns, sync_all_columns"},
    {"on_configuration_change", NULL, BUILT, TYPE_STR, MERGE_REPLACE, "apply", NULL, "apply continue fail", "materialized views"},
    {"grants", NULL, BUILT, TYPE_DICT, MERGE_GRANTS, "{}", NULL, NULL, "{privilege: [grantee]}; +privilege adds"},
    {"packages", NULL, BUILT, TEXTS, MERGE_APPEND, "[]", NULL, NULL, "accepted, without effect"},
    {"docs", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{show: true, node_color: null}", NULL, NULL, "{show, node_color}"},
    {"contract", NULL, BUILT, TYPE_DICT, MERGE_UPDATE, "{enforced: false, alias_types: true}", NULL, NULL, "{enforced, alias_types}"},
    {"event_time", NULL, BUILT, TYPE_ANY, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row happened"},
    {"concurrent_batches", NULL, BUILT, TYPE_ANY, MERGE_REPLACE, "null", NULL, NULL, "microbatch: batches side by side"},
    {"access", NULL, M, TYPE_STR, MERGE_REPLACE, "protected", NULL, "private protected public", "who may ref() the model"},
    {"freshness", NULL, M, TYPE_DICT, MERGE_REPLACE, "null", NULL, NULL, "accepted, without effect"},
    {"delimiter", NULL, S, TYPE_STR, MERGE_REPLACE, ",", NULL, NULL, "what separates fields"},
    {"quote_columns", NULL, S, TYPE_BOOL, MERGE_REPLACE, "null", NULL, NULL, "quote column names"},
    {"strategy", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "timestamp or check"},
    {"target_schema", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "schema as it is"},
    {"target_database", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "database as it is"},
    {"updated_at", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "column that says when a row changed"},
    {"check_cols", NULL, N, TEXTS, MERGE_REPLACE, "null", NULL, NULL, "columns that are compared, or all"},
    {"snapshot_meta_column_names", NULL, N, TYPE_DICT, MERGE_REPLACE,
     "{dbt_valid_to: null, dbt_valid_from: null, dbt_scd_id: null, dbt_updated_at: null, dbt_is_deleted: null}", NULL, NULL, "own names of the added columns"},
    {"dbt_valid_to_current", NULL, N, TYPE_STR, MERGE_REPLACE, "null", NULL, NULL, "dbt_valid_to of rows that are valid"},
    {"hard_deletes", NULL, N, TYPE_STR, MERGE_REPLACE, NULL, NULL, "ignore invalidate new_record", "what becomes of rows that are gone"},
    {"invalidate_hard_deletes", NULL, N, TYPE_BOOL, MERGE_REPLACE, NULL, NULL, NULL, "the older form of hard_deletes"},
    {"sql_header", NULL, M | N, TYPE_STR, MERGE_REPLACE, NULL, NULL, NULL, "text before the create statement"},
    {"incremental_predicates", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "conditions on the rows of the target"},
    {"predicates", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "the older name of incremental_predicates"},
    {"merge_update_columns", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "columns a merge updates"},
    {"merge_exclude_columns", NULL, M, TEXTS, MERGE_REPLACE, NULL, NULL, NULL, "columns a merge leaves"},
    {"indexes", NULL, BUILT, TYPE_LIST, MERGE_REPLACE, NULL, NULL, NULL, "list of {columns, unique, type}; ClickHouse: {name, definition}"},
    {"unlogged", NULL, M | S, TYPE_BOOL, MERGE_REPLACE, NULL, PG, NULL, "an unlogged table"},
    {"engine", NULL, BUILT, TYPE_STR, MERGE_REPLACE, NULL, CH, NULL, "table engine, MergeTree() when absent"},
    {"order_by", NULL, BUILT, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "sorting key"},
    {"partition_by", NULL, BUILT, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "partition key"},
    {"primary_key", NULL, BUILT, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "primary key"},
    {"force_on_cluster", NULL, BUILT, TYPE_BOOL, MERGE_REPLACE, NULL, CH, NULL, "accepted, without effect"},
    {"disable_on_cluster", NULL, BUILT, TYPE_BOOL, MERGE_REPLACE, NULL, CH, NULL, "no ON CLUSTER for this relation"},
    {"sharding_key", NULL, M, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "distributed tables"},
    {"ttl", NULL, BUILT, TEXTS, MERGE_REPLACE, NULL, CH, NULL, "when rows expire"},
    {"settings", NULL, BUILT, TYPE_DICT, MERGE_REPLACE, NULL, CH, NULL, "settings of the table"},
    {"query_settings", NULL, BUILT, TYPE_DICT, MERGE_REPLACE, NULL, CH, NULL, "settings of the queries"},
    {"inserts_only", NULL, M, TYPE_BOOL, MERGE_REPLACE, NULL, CH, NULL, "plain inserts"},
    {"projections", NULL, M, TYPE_LIST, MERGE_REPLACE, NULL, CH, NULL, "list of {name, query}"},
    {"sql_security", NULL, M, TYPE_STR, MERGE_REPLACE, NULL, CH, "definer invoker", "views"},
    {"definer", NULL, M, TYPE_STR, MERGE_REPLACE, NULL, CH, NULL, "views"},
    {0},
};
// clang-format on

static bool is_named(const ConfigKey *k, Str name) {
  return str_eq(str_c(k->name), name) || (k->alias && str_eq(str_c(k->alias), name));
}

const ConfigKey *config_key(ConfigKind kind, Str name) {
  for (const ConfigKey *k = config_keys; k->name; k++)
    if (k->kinds & 1u << kind && is_named(k, name))
      return k;
  return NULL;
}
