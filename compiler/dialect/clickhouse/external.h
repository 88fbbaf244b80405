// What the files of external models share: what the config says, and what is told of a wrong one.
#ifndef STARC_CLICKHOUSE_EXTERNAL_H
#define STARC_CLICKHOUSE_EXTERNAL_H
#include "../../context/context.h"

// A config key's text; empty: there is none.
Str external_text(const Node *n, const char *key);
// The dict by which a macro ends the node: the key, what is wrong with it, what to do (may be
// empty).
Value external_trouble(Arena *a, const char *key, Str message, Str hint);
// Whether what is at the location already may be replaced.
// The format of a file where the config says none, by the last part of its location: Parquet of a
// folder of partitions and of a name without an ending, CSV with its header. Empty: the engine
// knows it by the name.
Str external_format(Str name, bool parts);

bool external_replaces(const Context *c);

// The plan of a model whose location is in a bucket: like clickhouse_external()'s, but written in
// place, since a store shows an object once it is whole. `columns`: [name, type] of each, as text
// of a structure. A trouble where the config is wrong.
Value external_bucket(Arena *a, const Context *c, Str location, Str structure);

#endif
