// What the files of ClickHouse's dialect share.
#ifndef STARC_DIALECT_CLICKHOUSE_H
#define STARC_DIALECT_CLICKHOUSE_H
#include "../../context/adapter.h"
#include "../../context/relation.h"

extern const struct ProfileRules clickhouse_profile;
extern const struct ConfigRules clickhouse_config;
extern const struct LoadSourceRules clickhouse_source;
extern const Dialect dialect_clickhouse;
extern const ColumnRules clickhouse_columns;
extern const Method clickhouse_methods[];
extern const NativeTable clickhouse_natives[];
// The methods for constraints, which are in a file of their own.
NativeFn clickhouse_constraints_columns, clickhouse_constraints_of_model;
extern const Native clickhouse_relation_methods[];
// Of rows that arrive while a table is filled (catch_up.c).
NativeFn clickhouse_catch_up;
// Of models whose rows are files (external.c).
NativeFn clickhouse_external, clickhouse_external_put;

// Whether an engine of databases exchanges tables.
bool clickhouse_exchanges(Str engine);
// Whether statements name the profile's cluster: not where the database replicates them itself.
bool clickhouse_on_cluster(const Target *t);
// A CREATE DICTIONARY with the profile's password where get_credentials() left its mark.
Str clickhouse_with_password(Arena *a, const Target *t, Str sql);

// Parts of AdapterRules.
void clickhouse_read_listed(Arena *a, const Value cells[LISTED_FIELDS], RelationObj *o);
void clickhouse_read_node(const ContextShared *s, const Node *n, RelationObj *o);
bool clickhouse_relation_attr(Arena *a, RelationObj *o, Str name, Value *out);
void clickhouse_fixture_text(Eval *ev, Buf *out, Value v, Str type);

#endif
