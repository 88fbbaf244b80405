// Postgres' answers, in one table: double quotes, three-part names, dbt's words for seed types.
#include "../../context/adapter.h"
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
};
