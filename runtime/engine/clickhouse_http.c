// ClickHouse over HTTP. In the making.
#include "util.h"

static Session *http_open(const Target *t, Arena *a, DbError *error) {
  (void)t;
  engine_fail(a, error, STR(""), "driver http is not there yet: use driver: embedded");
  return NULL;
}

const Engine engine_clickhouse_http = {.type = "clickhouse", .driver = "http", .open = http_open};
