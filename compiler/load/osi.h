// The semantic models and metrics of OSI documents.
#ifndef STARC_LOAD_OSI_H
#define STARC_LOAD_OSI_H
#include "internal.h"

// Makes nodes of them; when all models have their relations.
void load_osi(Load *l);

// Whether a semantic model or metric comes from one.
bool load_is_from_osi(const Load *l, const Node *n);

// osi_loss.c: warnings of what osi_document.json cannot hold; when the graph is linked.
void load_check_osi_loss(Load *l);

#endif
