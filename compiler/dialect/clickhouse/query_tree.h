// The text of ClickHouse's EXPLAIN QUERY TREE as nodes. In: its lines, which are not trusted. Out:
// all nodes in the order of the text, each with its parent, so a pass over all of them needs no
// recursion. What a node means is left to lineage.c and others.
//
//   for (const TreeNode *n = tree_first(t, up); n; n = tree_next(t, n))
//     if (n->word == TREE_FUNCTION && str_is(tree_field(n, "function_name"), "equals")) ...
#ifndef STARC_CLICKHOUSE_QUERY_TREE_H
#define STARC_CLICKHOUSE_QUERY_TREE_H
#include "../../base/str.h"

// What a line starts with. Nodes have an id; sections name what is below them in their parent.
typedef enum TreeWord {
  TREE_OTHER, // of a later version
  TREE_QUERY,
  TREE_UNION,
  TREE_TABLE,
  TREE_TABLE_FUNCTION,
  TREE_JOIN,
  TREE_CROSS_JOIN,
  TREE_ARRAY_JOIN,
  TREE_COLUMN,
  TREE_FUNCTION,
  TREE_CONSTANT,
  TREE_LAMBDA,
  TREE_LIST,
  TREE_SORT,
  TREE_WINDOW, // as a node, and the section of a function that holds it
  TREE_INTERPOLATE,
  TREE_IDENTIFIER, // not resolved: only below a table function
  TREE_MATCHER,
  TREE_PROJECTION_COLUMNS, // sections from here on
  TREE_PROJECTION,
  TREE_JOIN_TREE,
  TREE_PREWHERE,
  TREE_WHERE,
  TREE_GROUP_BY,
  TREE_HAVING,
  TREE_QUALIFY,
  TREE_ORDER_BY,
  TREE_LIMIT_BY,
  TREE_LIMIT,
  TREE_OFFSET,
  TREE_SETTINGS,
  TREE_WITH,
  TREE_CORRELATED_COLUMNS,
  TREE_ARGUMENTS,
  TREE_PARAMETERS,
  TREE_EXPRESSION,
  TREE_TABLE_EXPRESSION, // also of the left and of the right
  TREE_JOIN_EXPRESSION,  // also in the plural
  TREE_QUERIES,
  TREE_CTE_SUBQUERY,
  TREE_PARTITION_BY,
  TREE_FRAME,
  TREE_FILL,
  TREE_NAME // a line below PROJECTION COLUMNS: a name, a blank, a type
} TreeWord;

#define TREE_NO_ID UINT32_MAX

typedef struct TreeNode {
  Str text; // its line, without what stands before its word
  TreeWord word;
  uint32_t id;     // TREE_NO_ID of sections
  uint32_t parent; // place in QueryTree.nodes; the root's is its own, 0
  uint32_t end;    // the place behind all that is below it
  uint32_t nth;    // among its parent's children, from 0 on
} TreeNode;

typedef struct QueryTree {
  const TreeNode *nodes; // n of them, a node before what is below it; [0] is the root
  uint32_t n;
  const uint32_t *by_id; // place + 1 of the first node with an id, 0: none
  uint32_t nids;
} QueryTree;

// Reads the text; nodes point into it and stand in the arena. NULL: done; else why not, in words.
const char *query_tree_read(Arena *a, Str text, QueryTree *out);

// What stands behind "key: " in a node's line; empty: nothing does. Names may hold anything, also
// ", key: ": the last result_type, source_id, constant_value_type of a line are its own.
Str tree_field(const TreeNode *n, const char *key);
// The type of what a node gives: of a column, function or constant; else empty.
Str tree_type(const TreeNode *n);
// The text that a constant stands for where it is one ('it\'s' -> it's); false: it is another
// thing.
bool tree_constant_text(Arena *a, const TreeNode *n, Str *out);
// The first node with this id; NULL: none.
const TreeNode *tree_by_id(const QueryTree *t, uint32_t id);
// The node that a column belongs to; NULL: none is named, or it is not there.
const TreeNode *tree_source(const QueryTree *t, const TreeNode *column);
const TreeNode *tree_parent(const QueryTree *t, const TreeNode *n); // NULL of the root
const TreeNode *tree_first(const QueryTree *t, const TreeNode *n);  // its first child, or NULL
const TreeNode *tree_next(const QueryTree *t, const TreeNode *n);   // the next one, or NULL
// The first child with this word, or NULL.
const TreeNode *tree_child(const QueryTree *t, const TreeNode *n, TreeWord word);
// The list of a function's arguments, of a projection ..: of child `word` of n the LIST; or NULL.
const TreeNode *tree_list(const QueryTree *t, const TreeNode *n, TreeWord word);
uint32_t tree_count(const QueryTree *t, const TreeNode *n); // its children

// The name of a column in a line of PROJECTION COLUMNS. `type`: where it is known, else empty.
Str tree_name(const TreeNode *line, Str type);

#endif
