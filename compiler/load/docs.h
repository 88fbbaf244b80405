// Docs blocks and descriptions.
#ifndef STARC_LOAD_DOCS_H
#define STARC_LOAD_DOCS_H
#include "internal.h"

void load_docs(Load *load);

// A description with its doc() calls carried out; *blocks: ids of the docs blocks used (a list).
Str load_description(Load *load, Arena *a, const Package *p, const Source *src, Str text,
                     Value *blocks, Diags *diags);

// The same for a node: one that is disabled keeps its description as written.
Str load_description_of(Load *load, Arena *a, Node *n, const Source *src, Str text, Diags *diags);

// A list of dicts, each with its `description` rendered: arguments, the parts of semantic models.
Value load_described(Load *load, const File *f, Value list);

#endif
