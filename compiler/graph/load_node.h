// What a node of a load says: names as dlt makes them, the config of its columns, places in its
// YAML. Nothing is asked of a database.
#ifndef STARC_LOAD_NODE_H
#define STARC_LOAD_NODE_H
#include "node.h"

// As dlt's naming convention snake_case: words apart by one _, small letters, no digit first, no _
// last. In the arena.
Str load_dlt_name(Arena *a, Str name);
// Whether its names are made so.
bool load_has_dlt_names(const Node *n);
// A key of its config as text; empty: it is none.
Str load_text(const Node *n, const char *key);

// Whether a table of a source is starc's own: it says how far loads are, is a lock, or on its way
// to another table.
bool load_is_own_table(Str table);

// What `columns:` says of one.
typedef struct LoadColumnConfig {
  Str type, name, expression; // empty: not said
  bool omit;
} LoadColumnConfig;
// Of a column of the source; where `columns:` is a list, those that it does not name are left out.
LoadColumnConfig load_column_config(Arena *a, const Node *n, Str column);
// The names that `columns:` has; *n of them, in the arena.
Str *load_columns_named(Arena *a, const Node *n, size_t *count);

// Where a key of the config of the table is written, else the load's, else the table's name; within
// `columns:` the entry of that column (`column` empty: none).
const Yaml *load_place(const Node *n, Str key, Str column);

#endif
