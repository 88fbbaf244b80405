// See own_table.h.
#include "own_table.h"

// clang-format off
static const OwnTable tables[] = {
    {.type = "postgres", .schema = "create schema if not exists ",
     // two that make a table at once wait for each other: `if not exists` alone lets both try
     .wait_for = {"select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('", "')); "},
     .text = "text", .number = "bigint", .behind = {"", ""},
     .remove = "delete from ", .condition = " where ", .removed = ""},
    {.type = "clickhouse", .schema = "create database if not exists ",
     .wait_for = {"", ""},
     .text = "String", .number = "Int64", .behind = {" engine = MergeTree order by (", ")"},
     .remove = "alter table ", .condition = " delete where ", .removed = " settings mutations_sync = 1"},
};
// clang-format on

const OwnTable *own_table_of(const Target *t) {
  for (size_t i = 0; i < COUNT(tables); i++)
    if (str_eq(t->type, str_c(tables[i].type)))
      return &tables[i];
  return NULL;
}
