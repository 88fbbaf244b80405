// Kinds of nodes that make nothing which others read: data tests, unit tests, analyses. Their
// queries are views in a schema of the check's own.
#ifndef STARC_CHECK_KINDS_H
#define STARC_CHECK_KINDS_H
#include "place.h"

bool kind_is_unread(const Node *n);

// Gives them the schema p->test_schema; what stands in for the inputs of a unit test asks for
// columns where its input is. When the graph's nodes have the schemas of the check.
void kinds_put(const CheckPlace *p);

#endif
