// Nodes from files: models, seeds, snapshots, singular tests, analyses, functions.
#ifndef STARC_LOAD_MODELS_H
#define STARC_LOAD_MODELS_H
#include "internal.h"

void load_nodes(Load *load);

// A node of a file, with id and fqn; the same without, for nodes not named after their file.
Node *load_node(Load *load, NodeKind kind, Package *p, const File *f, Str name);
Node *load_node_unnamed(Load *load, NodeKind kind, Package *p, const File *f, Str name);

// Puts it in load->work. The result is good until the next call.
Work *load_add_work(Load *load, Node *n, const File *f, ConfigKind kind);

// package, folders, name; room for one more.
Str *load_fqn(Arena *a, const Package *p, Str path, Str name, uint32_t *n);

// Where the entry of a node in a schema file has its name.
Span load_name_span(const Node *n);

#endif
