// Postgres: double quotes, three-part names, dbt's words for seed types. Strings only.
#include "dialect.h"

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
// In the order of CsvKind: text, integer, number, date, datetime, boolean.
static const char *const csv_types[] = {
    "text", "integer", "float8", "date", "timestamp without time zone", "boolean"};
static const char *const config_keys[] = {"unlogged", "indexes", NULL};

extern const Dialect dialect_postgres;
const Dialect dialect_postgres = {
    .type = "postgres",
    .parents = parents,
    .quote = '"',
    .database_in_names = true,
    .functions_in_schemas = true,
    .transactions = true,
    .quote_by_default = {true, true, true},
    .max_identifier = 63,
    .quote_name = dialect_double_quoted,
    .relation = relation,
    .csv_types = csv_types,
 // A text takes the type of the column: without a zone of its own that one drops the offset.
    .instant = {"'",    "+00:00'"     },
    .translate_type = translate_type,
    .config_keys = config_keys,
};
