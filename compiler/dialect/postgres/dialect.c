// Postgres' answers, in one table: double quotes, three-part names, dbt's words for seed types.
#include "../../context/adapter.h"
#include "../load_type.h"
#include "postgres.h"

static void part(Buf *out, Str name, bool quoted, bool *first) {
  if (!name.len)
    return;
  if (!*first)
    buf_addc(out, '.');
  *first = false;
  if (quoted)
    dialect_double_quoted(out, name);
  else
    buf_add(out, name);
}

static void relation(Buf *out, const Relation *r) {
  bool first = true;
  part(out, r->database, r->quote_database, &first);
  part(out, r->schema, r->quote_schema, &first);
  part(out, r->identifier, r->quote_identifier, &first);
}

static Str translate_type(Str type) {
  return str_eq_nocase(type, STR("string")) ? STR("TEXT") : type;
}

static const char *const parents[] = {NULL};
static const char *const texts[] = {"text", NULL}, *const booleans[] = {"boolean", NULL};
static const char *const integers[] = {"integer", "bigint", "numeric", NULL};
static const char *const numbers[] = {"float8", "numeric", NULL};
static const char *const dates[] = {"date", NULL};
static const char *const datetimes[] = {"timestamp without time zone", NULL};
static const char *const *const seed_types[] = {
    [SEED_TEXT] = texts, [SEED_INTEGER] = integers,   [SEED_NUMBER] = numbers,
    [SEED_DATE] = dates, [SEED_DATETIME] = datetimes, [SEED_BOOLEAN] = booleans};
static const char *const strategies[] = {"append", "delete+insert", "merge", "microbatch", NULL};

// Sequences, locks and large objects' files; dblink, http and adminpack; other sessions, the log.
static const char *const lasts[] = {
    "dblink",
    "dblink_connect",
    "dblink_connect_u",
    "dblink_exec",
    "dblink_open",
    "dblink_send_query",
    "http",
    "http_delete",
    "http_get",
    "http_head",
    "http_patch",
    "http_post",
    "http_put",
    "lo_export",
    "nextval",
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_cancel_backend",
    "pg_copy_logical_replication_slot",
    "pg_copy_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_file_rename",
    "pg_file_unlink",
    "pg_file_write",
    "pg_log_backend_memory_contexts",
    "pg_logical_emit_message",
    "pg_promote",
    "pg_reload_conf",
    "pg_replication_slot_advance",
    "pg_rotate_logfile",
    "pg_stat_reset",
    "pg_stat_reset_shared",
    "pg_stat_reset_single_table_counters",
    "pg_stat_statements_reset",
    "pg_switch_wal",
    "pg_terminate_backend",
    "pg_try_advisory_lock",
    "pg_try_advisory_lock_shared",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
    "setval",
    NULL,
};
static const char *const movable[] = {"table", "view", NULL};
static const ListedField listed[] = {LISTED_DATABASE, LISTED_NAME, LISTED_SCHEMA, LISTED_TYPE};
static const AdapterRules adapter = {
    .object = {&adapter_type},
    .relation = RELATION_TYPE("PostgresRelation"),
    .column = &postgres_columns,
    .methods = postgres_methods,
    .natives = postgres_natives,
    .movable = movable,
    .other_kind = "external",
    .listed = listed,
    .nlisted = COUNT(listed),
    .fixture_text = postgres_fixture_text,
};

const Dialect dialect_postgres = {
    .type = "postgres",
    .title = "Postgres",
    .parents = parents,
    .sql = &sql_postgres,
    .quote = '"',
    .has_databases = true,
    .functions_in_schemas = true,
    .transactions = true,
    .lasts = lasts,
    .batches_apart = true,
    .subquery_alias = true,
    .quote_by_default = {true, true, true},
    .max_identifier = 63,
    .quote_name = dialect_double_quoted,
    .relation = relation,
    .seed_types = seed_types,
    .cell_type = postgres_cell_type,
    .load = {"copy ",    ") from stdin" },
    .strategies = strategies,
 // A text takes the type of the column: without a zone of its own that one drops the offset.
    .instant = {"'",    "+00:00'"    },
    .translate_type = translate_type,
    .profile = &postgres_profile,
    .config = &postgres_config,
    .adapter = &adapter,
    .lineage = &postgres_lineage,
    .source = &postgres_source,
    .load_rules = &postgres_load,
};
