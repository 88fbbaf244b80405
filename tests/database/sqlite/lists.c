// The two lists of the program with one database more. They stand in for those of the library,
// which are not linked then.
#include "../../../runtime/engine/util.h"

extern const Dialect dialect_clickhouse, dialect_postgres, dialect_sqlite;
extern const Engine engine_sqlite;

const Dialect *const dialects[] = {&dialect_clickhouse, &dialect_postgres, &dialect_sqlite, NULL};
const Engine *const engines[] = {&engine_postgres, &engine_clickhouse_http,
                                 &engine_clickhouse_embedded, &engine_sqlite, NULL};
