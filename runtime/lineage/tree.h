// A column's lineage as a tree of lines for a terminal.
#ifndef STARC_LINEAGE_TREE_H
#define STARC_LINEAGE_TREE_H
#include "../../compiler/base/buf.h"
#include "graph.h"

// What is asked for: columns of one node, or its rows.
typedef struct LineageAsked {
  const LineageNode *node;
  const uint32_t *starts; // all of its columns, or the one that was named
  uint32_t n;
  bool whole;    // the node was named, not a column
  bool up, down; // which ways are shown
  LineageWay way;
} LineageAsked;

// Lines of at most `width` columns, if their names allow it.
void lineage_tree(Buf *out, const LineageGraph *g, const LineageAsked *asked, size_t width);
// How people name a node: "orders"; with its kind what makes no relation: "semantic model orders".
Str lineage_node_shown(Arena *a, const LineageNode *n);
// How people name a column: "orders.amount", "rows of orders", "metric revenue".
Str lineage_shown(Arena *a, const LineageGraph *g, uint32_t column);
// What YAML says of it; empty: nothing.
Str lineage_description(const LineageGraph *g, uint32_t column);

#endif
