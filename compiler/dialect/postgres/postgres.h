// What the files of Postgres' dialect share.
#ifndef STARC_DIALECT_POSTGRES_H
#define STARC_DIALECT_POSTGRES_H
#include "../../context/adapter.h"

extern const struct ProfileRules postgres_profile;
extern const struct ConfigRules postgres_config;
extern const struct LineageRules postgres_lineage;
extern const struct LoadSourceRules postgres_source;
extern const Dialect dialect_postgres;
extern const ColumnRules postgres_columns;
extern const Method postgres_methods[];
extern const NativeTable postgres_natives[];
void postgres_fixture_text(Eval *ev, Buf *out, Value v, Str type);

#endif
