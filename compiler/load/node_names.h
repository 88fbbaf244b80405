// What a node is called in the database.
#ifndef STARC_LOAD_NODE_NAMES_H
#define STARC_LOAD_NODE_NAMES_H
#include "internal.h"

// Sets load->plain_names: which of the generate_*_name macros are the built-in ones.
void load_plain_names(Load *load);

// Database, schema, alias and relation name from the config.
void load_names(Load *load, Arena *a, Node *n, Diags *diags);

// The relation of the view that n->pointer names.
Str load_pointer_relation(Load *load, Arena *a, const Node *n);

#endif
