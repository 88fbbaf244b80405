// What a node's config and its entry in a schema file say of it.
#ifndef STARC_LOAD_NODE_FIELDS_H
#define STARC_LOAD_NODE_FIELDS_H
#include "internal.h"

// Whether it is enabled; tags, meta, docs, group, access, contract, which repeat the config.
void load_config_fields(Arena *a, Node *n);

// Description, columns and what else stands beside `config:` in w->prop.
void load_apply_patch(Load *load, Arena *a, Work *w);

// The columns of a node's patch; for a version those of the model it includes, then its own.
const PropColumn *load_columns_of(Arena *a, const Work *w, size_t *n);

// The columns of an entry as those of the node `of`.
Column **load_columns(Load *load, Arena *a, const Node *of, const Source *src, const PropColumn *cs,
                      size_t n, Diags *diags);

// Both lists, each tag once.
Value load_sorted_tags(Arena *a, Value x, Value y);

#endif
