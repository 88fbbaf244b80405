// catalog.json: the columns that the database has.
#ifndef STARC_ARTIFACTS_CATALOG_H
#define STARC_ARTIFACTS_CATALOG_H
#include "../graph/graph.h"

// catalog.json, version 1, from the rows of the get_catalog macros: dicts with table_database,
// table_schema, table_name, table_type, table_comment, table_owner, column_name, column_index,
// column_type, column_comment (and stats:...). Rows of relations that no node has are left out.
// `chosen`: which nodes may be in it, by their index; NULL: all.
// The catalog's dict of nodes and sources, in `a`: {"nodes": {id: ...}, "sources": ...}.
Value catalog_value(Arena *a, const Graph *g, const bool *chosen, const Value *rows, size_t nrows);
// Writes such a dict. `errors` is a list of texts or empty.
bool catalog_write(const Graph *g, Value catalog, Value errors, Str path, Diags *diags);

#endif
