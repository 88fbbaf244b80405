// The list of engines, and nothing else: a program can be linked with another one.
#include "util.h"

const Engine *const engines[] = {&engine_postgres, &engine_clickhouse_http,
                                 &engine_clickhouse_embedded, NULL};
