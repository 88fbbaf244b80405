// The table of config keys that every database has: one row per key and the kinds it applies to, in
// the manifest's order.
#include "config.h"

enum {
  MODEL = 1 << CONFIG_MODEL,
  M = CONFIG_OF_MODELS,
  S = 1 << CONFIG_SEED,
  N = 1 << CONFIG_SNAPSHOT,
  T = 1 << CONFIG_TEST,
  R = 1 << CONFIG_SOURCE,
  E = 1 << CONFIG_EXPOSURE,
  U = 1 << CONFIG_UNIT_TEST,
  Q = 1 << CONFIG_METRIC | 1 << CONFIG_SEMANTIC_MODEL | 1 << CONFIG_SAVED_QUERY,
  F = 1 << CONFIG_FUNCTION,
  L = 1 << CONFIG_LOAD,
  BUILT = CONFIG_OF_BUILT,
  NODES = BUILT | T,
  EVERY = NODES | R | E | U | Q | L,
  SAVED = 1 << CONFIG_SAVED_QUERY,
  TEXTS = CONFIG_TEXTS,
  WORD = CONFIG_WORD,
};

// clang-format off
const ConfigKey config_keys[] = {
    // name, kinds, types; MERGE_REPLACE, of every database and every release of dbt unless said
    {"enabled",                EVERY,     TYPE_BOOL, .fallback = "true", .doc = "false: as if the node were not there"},
    {"alias",                  NODES | L, TYPE_STR,  .fallback = "null",
     .doc = "the relation's name; the node's own when absent"},
    {"schema",                 BUILT,     TYPE_STR,  .fallback = "null",
     .doc = "custom schema, given to generate_schema_name"},
    {"schema",                 L,         TYPE_STR,  .fallback = "null",
     .doc = "loads: the schema as it is, as that of a source; the load's name when absent"},
    {"database",               L,         TYPE_STR,  .fallback = "null", .doc = "loads: the database as it is"},
    {"schema",                 T,         TYPE_STR,  .fallback = "dbt_test__audit", .doc = "schema of stored failures"},
    {"database",               NODES,     TYPE_STR,  .fallback = "null", .doc = "custom database"},
    {"event_time",             R,         TYPE_ANY,  .fallback = "null", .doc = "column that says when a row happened"},
    {"freshness",              R,         TYPE_DICT,
     .fallback = "{warn_after: {count: null, period: null}, error_after: {count: null, period: null}, filter: null}",
     .doc = "warn_after, error_after, filter"},
    {"loaded_at_field",        R,         TYPE_STR,  .fallback = "null",
     .doc = "column that says when a row was loaded"},
    {"loaded_at_query",        R,         TYPE_STR,  .fallback = "null",
     .doc = "query that says when the table was loaded"},
    {"drift",                  R,         TYPE_STR,  .values = "error warn ignore",
     .doc = "starc source check: how bad it is when a column is gone or has another type; ignore: not looked at"},
    {"meta",                   R,         TYPE_DICT, .merge = MERGE_UPDATE, .fallback = "{}",
     .doc = "anything; adds up over the layers"},
    {"tags",                   NODES | U | L, TEXTS,     .merge = MERGE_APPEND, .fallback = "[]",
     .doc = "words to select by; add up over the layers"},
    {"tags",                   E | R,     TEXTS,     .fallback = "[]", .doc = "words to select by"},
    {"group",                  Q,         TYPE_STR,  .fallback = "null", .doc = "the group that owns it"},
    {"meta",                   E,         TYPE_DICT, .fallback = "{}", .doc = "anything"},
    {"meta",                   (EVERY & ~(R | E)) | 1 << CONFIG_GROUP, TYPE_DICT, .merge = MERGE_UPDATE,
     .fallback = "{}", .doc = "anything; adds up over the layers"},
    {"group",                  NODES,     TYPE_STR,  .fallback = "null", .doc = "the group that owns the node"},
    {"export_as",              SAVED,     WORD,      .fallback = "null", .values = "table view cache",
     .doc = "saved queries: how exports are made"},
    {"schema",                 SAVED,     TYPE_STR,  .fallback = "null", .doc = "saved queries: where exports go"},
    {"cache",                  SAVED,     TYPE_DICT, .merge = MERGE_UPDATE, .fallback = "{enabled: false}",
     .doc = "saved queries: {enabled}"},
    {"static_analysis",        NODES | R | U, TYPE_ANY,  .fallback = "null", .doc = "accepted, without effect"},
    {"materialized",           M,         TYPE_STR,  .fallback = "view",
     .doc = "view, table, incremental, ephemeral, or one of the project's own"},
    {"materialized",           S,         TYPE_STR,  .fallback = "seed", .values = "seed", .doc = "seed"},
    {"materialized",           N,         TYPE_STR,  .fallback = "snapshot", .doc = "snapshot"},
    {"materialized",           F,         TYPE_STR,  .fallback = "function", .doc = "function"},
    {"materialized",           T,         TYPE_STR,  .fallback = "test", .values = "test", .doc = "test"},
    {"materialized",           L,         TYPE_STR,  .fallback = "load", .doc = "load, or one of the project's own"},
    {"severity",               T,         WORD,      .fallback = "ERROR", .values = "error warn",
     .doc = "error or warn"},
    {"store_failures",         T,         TYPE_BOOL, .fallback = "null", .doc = "keep the rows that failed"},
    {"store_failures_as",      T,         TYPE_STR,  .fallback = "null",
     .doc = "how they are kept: table, view or ephemeral"},
    {"sql_header",             T,         TYPE_ANY,  .fallback = "null", .since = DBT_1_12,
     .doc = "with the flag require_sql_header_in_test_configs: text before the query of the test"},
    {"where",                  T,         TYPE_STR,  .fallback = "null", .doc = "rows of the relation that are tested"},
    {"limit",                  T,         TYPE_INT,  .fallback = "null", .doc = "most failing rows that are looked at"},
    {"fail_calc",              T,         TYPE_STR,  .fallback = "count(*)", .doc = "what counts the failures"},
    {"warn_if",                T,         TYPE_STR,  .fallback = "!= 0", .doc = "condition on the count for a warning"},
    {"error_if",               T,         TYPE_STR,  .fallback = "!= 0", .doc = "condition on the count for an error"},
    {"incremental_strategy",   BUILT,     TYPE_STR,  .fallback = "null",
     .doc = "how new rows come into an incremental model"},
    {"batch_size",             BUILT,     TYPE_ANY,  .fallback = "null", .values = "hour day month year",
     .doc = "microbatch"},
    {"lookback",               BUILT,     TYPE_ANY,  .fallback = "1", .doc = "microbatch: batches that are done again"},
    {"begin",                  BUILT,     TYPE_ANY,  .fallback = "null", .doc = "microbatch: first moment"},
    {"persist_docs",           BUILT | L, TYPE_DICT, .fallback = "{}",
     .doc = "{relation: bool, columns: bool}: descriptions become comments"},
    {"post-hook",              BUILT | L, TEXTS | TYPE_DICT, .alias = "post_hook", .merge = MERGE_APPEND,
     .fallback = "[]", .doc = "statements after the node; add up over the layers"},
    {"pre-hook",               BUILT | L, TEXTS | TYPE_DICT, .alias = "pre_hook", .merge = MERGE_APPEND,
     .fallback = "[]", .doc = "statements before the node; add up over the layers"},
    {"quoting",                BUILT,     TYPE_DICT, .merge = MERGE_UPDATE, .fallback = "{}",
     .doc = "{database, schema, identifier: bool}"},
    {"column_types",           BUILT,     TYPE_DICT, .merge = MERGE_UPDATE, .fallback = "{}",
     .doc = "seeds: {column: type}"},
    {"full_refresh",           BUILT | L, TYPE_BOOL, .fallback = "null", .doc = "overrides --full-refresh"},
    {"check",                  NODES | R, TYPE_DICT, .merge = MERGE_UPDATE,
     .doc = "{ignore: [code]}: findings of starc check that are not told of the node; a later list replaces an "
            "earlier one"},
    {"unique_key",             BUILT,     TEXTS,     .fallback = "null",
     .doc = "column or columns that tell rows apart"},
    {"on_schema_change",       BUILT,     TYPE_STR,  .fallback = "ignore",
     .doc = "ignore, fail, append_new_columns, sync_all_columns"},
    {"on_configuration_change", BUILT,     TYPE_STR,  .fallback = "apply", .values = "apply continue fail",
     .doc = "materialized views"},
    {"grants",                 BUILT | L, TYPE_DICT, .merge = MERGE_GRANTS, .fallback = "{}",
     .doc = "{privilege: [grantee]}; +privilege adds"},
    {"packages",               BUILT,     TEXTS,     .merge = MERGE_APPEND, .fallback = "[]",
     .doc = "accepted, without effect"},
    {"docs",                   BUILT | L, TYPE_DICT, .merge = MERGE_UPDATE,
     .fallback = "{show: true, node_color: null}", .doc = "{show, node_color}"},
    {"contract",               BUILT,     TYPE_DICT, .merge = MERGE_UPDATE,
     .fallback = "{enforced: false, alias_types: true}", .doc = "{enforced, alias_types}"},
    {"event_time",             BUILT,     TYPE_ANY,  .fallback = "null", .doc = "column that says when a row happened"},
    {"concurrent_batches",     BUILT,     TYPE_ANY,  .fallback = "null", .doc = "microbatch: batches side by side"},
    {"access",                 MODEL,     TYPE_STR,  .fallback = "protected", .values = "private protected public",
     .doc = "who may ref() the model"},
    {"freshness",              MODEL,     TYPE_DICT, .fallback = "null",
     .doc = "warn_after, error_after, filter: how old its rows may be (starc freshness); build_after has no effect"},
    {"loaded_at_field",        MODEL,     TYPE_STR,  .doc = "column that says when a row was loaded"},
    {"loaded_at_query",        MODEL,     TYPE_STR,  .doc = "query that says when the model's table was loaded"},
    {"on_error",               MODEL,     TYPE_STR,  .fallback = "null", .values = "continue skip_children",
     .since = DBT_1_12,
     .doc = "what becomes of the nodes below when the model fails: skip_children (the default), or continue: they run"},
    {"latest_version_pointer", MODEL,     TYPE_DICT | TYPE_BOOL, .merge = MERGE_UPDATE,
     .fallback = "{enabled: null, alias: null}", .since = DBT_1_12,
     .doc = "{enabled, alias}: a view under the name of the model that reads its latest version"},
    {"type",                   F,         TYPE_STR,  .fallback = "scalar", .values = "scalar aggregate table",
     .doc = "functions: what the function is"},
    {"volatility",             F,         TYPE_STR,  .fallback = "null",
     .values = "deterministic stable non-deterministic",
     .doc = "functions: whether the same arguments give the same result"},
    {"runtime_version",        F,         TYPE_ANY,  .fallback = "null", .doc = "functions in Python"},
    {"entry_point",            F,         TYPE_STR,  .fallback = "null", .doc = "functions in Python"},
    {"snowflake",              F,         TYPE_DICT, .fallback = "{quote_args: true}", .since = DBT_1_12,
     .doc = "functions: accepted, without effect"},
    {"delimiter",              S,         TYPE_STR,  .fallback = ",", .doc = "what separates fields"},
    {"quote_columns",          S,         TYPE_BOOL, .fallback = "null", .doc = "quote column names"},
    {"strategy",               N,         TYPE_STR,  .fallback = "null", .doc = "timestamp or check"},
    {"target_schema",          N,         TYPE_STR,  .fallback = "null", .doc = "schema as it is"},
    {"target_database",        N,         TYPE_STR,  .fallback = "null", .doc = "database as it is"},
    {"updated_at",             N,         TYPE_STR,  .fallback = "null", .doc = "column that says when a row changed"},
    {"check_cols",             N,         TEXTS,     .fallback = "null", .doc = "columns that are compared, or all"},
    {"snapshot_meta_column_names", N,         TYPE_DICT,
     .fallback = "{dbt_valid_to: null, dbt_valid_from: null, dbt_scd_id: null, dbt_updated_at: null, dbt_is_deleted: "
                 "null}",
     .doc = "own names of the added columns"},
    {"dbt_valid_to_current",   N,         TYPE_STR,  .fallback = "null", .doc = "dbt_valid_to of rows that are valid"},
    {"hard_deletes",           N,         TYPE_STR,  .values = "ignore invalidate new_record",
     .doc = "what becomes of rows that are gone"},
    {"invalidate_hard_deletes", N,         TYPE_BOOL, .doc = "the older form of hard_deletes"},
    {"sql_header",             M | N,     TYPE_STR,  .doc = "text before the create statement"},
    {"incremental_predicates", M,         TEXTS,     .doc = "conditions on the rows of the target"},
    {"predicates",             M,         TEXTS,     .doc = "the older name of incremental_predicates"},
    {"merge_update_columns",   M,         TEXTS,     .doc = "columns a merge updates"},
    {"merge_exclude_columns",  M,         TEXTS,     .doc = "columns a merge leaves"},
    {"indexes",                BUILT | L, TYPE_LIST,
     .doc = "list of {columns, unique, type}; ClickHouse: {name, definition}"},
    {"mode",                   L,         TYPE_STR,  .fallback = "replace", .values = "append replace merge",
     .doc = "loads: what new rows are to the table: added to it, put in its place, or put in place of those with their key"},
    {"key",                    L,         TEXTS,     .fallback = "null", .doc = "loads: column or columns that tell rows apart, for merge"},
    {"cursor",                 L,         TYPE_STR | TYPE_DICT, .fallback = "null",
     .doc = "loads: {column, lag, start}: only rows from where the last load ended are brought"},
    {"query",                  L,         TYPE_STR,  .doc = "loads: a query of the source in place of the table"},
    {"files",                  L,         TYPE_STR,  .doc = "loads of files: their names below the path, * and ? and {a,b} stand for more; TABLE.* when absent"},
    {"format",                 L,         TYPE_STR,  .doc = "loads of files: ClickHouse's name of their format; found out when absent"},
    {"structure",              L,         TYPE_STR,  .doc = "loads of files: their columns as 'id Int64, name String'; found out when absent"},
    {"where",                  L,         TYPE_STR,  .doc = "loads: which rows, in the source's SQL"},
    {"columns",                L,         TYPE_DICT | TYPE_LIST, .merge = MERGE_UPDATE,
     .doc = "loads: {column: {type, name, expression, omit}}: how it arrives"},
    {"batch",                  L,         TYPE_INT,
     .doc = "loads: rows after which what came is kept: a load that is cut off goes on there. Needs a cursor"},
    {"deleted_at",             L,         TYPE_STR,  .doc = "loads: column that is set in rows that are gone, for merge"},
    {"deletes",                L,         TYPE_STR,  .fallback = "ignore", .values = "ignore compare",
     .doc = "loads: compare: rows whose key the source has no more are taken away, for merge"},
    {"on_drift",               L,         TYPE_STR,  .fallback = "apply", .values = "apply fail ignore",
     .doc = "loads: what is done when the source's columns are others than the table's"},
    {"naming",                 L,         TYPE_STR,  .values = "plain dlt",
     .doc = "loads: dlt: names as dlt makes them, after the prefix"},
    {"prefix",                 L,         TYPE_STR,  .doc = "loads: text before the names of tables"},
    {"load",                   R,         TYPE_STR,  .doc = "the load that fills the table: LOAD or LOAD.TABLE"},
    {0},
};
// clang-format on

static bool is_named(const ConfigKey *k, Str name) {
  return str_eq(str_c(k->name), name) || (k->alias && str_eq(str_c(k->alias), name));
}

static const ConfigKey *find(const ConfigKey *k, ConfigKind kind, Str name) {
  for (; k->name; k++)
    if (k->kinds & 1u << kind && is_named(k, name))
      return k;
  return NULL;
}

const ConfigKey *config_key(ConfigKind kind, Str name, const Target *t) {
  const ConfigKey *found = find(config_keys, kind, name);
  if (!found && t && t->dialect)
    found = find(t->dialect->config->keys, kind, name);
  for (size_t i = 0; !found && dialects[i]; i++)
    found = find(dialects[i]->config->keys, kind, name);
  return found;
}

const Dialect *config_key_owner(const ConfigKey *k) {
  for (size_t i = 0; dialects[i]; i++) {
    const ConfigRules *rules = dialects[i]->config;
    if ((uintptr_t)k - (uintptr_t)rules->keys < rules->n * sizeof *k)
      return dialects[i];
  }
  return NULL;
}
