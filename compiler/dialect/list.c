// The list of databases, and nothing else: a program can be linked with another one.
#include "dialect.h"

extern const Dialect dialect_clickhouse, dialect_postgres;

const Dialect *const dialects[] = {&dialect_clickhouse, &dialect_postgres, NULL};
