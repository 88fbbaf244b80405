// Metrics, semantic models, saved queries.
#ifndef STARC_LOAD_SEMANTIC_H
#define STARC_LOAD_SEMANTIC_H
#include "internal.h"

// False: errors were recorded.
bool load_semantic(Load *l);

// A column's granularity in small letters; its dimension and entity with every key of the manifest,
// where they are dicts.
void semantic_column(Arena *a, Column *c);

// An entry in the older form as a node, whose links are made when all are there.
void semantic_add_model(Load *l, const File *f, const Prop *p);
void semantic_add_metric(Load *l, const File *f, const Prop *p);

#endif
