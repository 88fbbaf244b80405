// The columns of a project, and which of them are made of which. Plain data: draft.h makes one,
// build.h fills one from a check, file.h writes it and reads it back. Here are its form, finding in
// it, and walking along it.
//
//   const LineageNode *n = lineage_node(g, STR("model.shop.orders"));
//   uint32_t amount = lineage_column(g, n, STR("amount"));           // LINEAGE_NONE: it has none
//   LineageVisits up = lineage_walk(&a, g, &amount, 1, (LineageWay){.influence = true});
//   for (size_t i = 0; i < up.n; i++) ... g->columns[up.items[i].column] ...
#ifndef STARC_LINEAGE_GRAPH_H
#define STARC_LINEAGE_GRAPH_H
#include "../../compiler/base/map.h"
#include "../../compiler/dialect/lineage.h"
#include "../../compiler/graph/node.h"

enum {
  LINEAGE_NONE = UINT32_MAX, // no column
  LINEAGE_STEPS = STEP_SORT + 1,
  // Of a walk with influence: between a column and the rows of its own node. No edge has it.
  STEP_ROWS = LINEAGE_STEPS
};
// "same", "computed" ...; then "rows".
extern const Str lineage_steps[LINEAGE_STEPS + 1];
// Whether the input's value gets into the column; else it only has an influence.
static inline bool lineage_is_value(unsigned step) { return step <= STEP_AGGREGATED; }

typedef struct LineageEdge {
  uint32_t column; // the other end, of LineageGraph.columns
  uint32_t step;   // LineageStep
} LineageEdge;

typedef struct LineageEdges {
  const LineageEdge *items; // each column once
  uint32_t n;
} LineageEdges;

typedef struct LineageColumn {
  Str name;            // empty: the rows of its node as such
  Str type;            // as the database names it; empty: not told
  Str keys;            // configs of its node that name it, with a blank between: "unique_key ttl"
  Str unknown;         // why not all of its inputs are known; else empty
  uint32_t node;       // of LineageGraph.nodes
  LineageEdges inputs; // of the rows: what decides which rows there are, for all columns alike
  LineageEdges users;  // whose input it is
} LineageColumn;

typedef struct LineageNode {
  const Node *node; // NULL: no node of the project makes it, or the file that was read is older
  Str id;           // its unique id; of what no node makes: the relation's name
  Str name;         // for people: "orders", "orders.v2", of a source "raw.orders"
  Str kind;         // "model", "seed", "snapshot", "source" ..; "relation": no node makes it
  Str made;         // "table", "view", "ephemeral" ..; empty
  Str relation;     // in the database; empty: none
  Str description;
  Str unknown;        // why none of its columns' inputs are known; else empty
  uint32_t rows;      // of LineageGraph.columns: stands for its rows; its columns follow, in order
  uint32_t ncolumns;  // without that
  const Map *by_name; // its columns: name -> LineageColumn *
} LineageNode;

typedef struct LineageGraph {
  LineageNode *nodes; // those that were looked at, and what they read
  uint32_t nnodes;
  LineageColumn *columns;
  uint32_t ncolumns;
  Map by_id; // id -> LineageNode *
} LineageGraph;

// NULL: there is none of that id.
const LineageNode *lineage_node(const LineageGraph *g, Str id);
// A column of a node by its name, an empty one: its rows. LINEAGE_NONE: it has none.
uint32_t lineage_column(const LineageGraph *g, const LineageNode *n, Str name);
static inline const LineageNode *lineage_node_of(const LineageGraph *g, uint32_t column) {
  return &g->nodes[g->columns[column].node];
}
// Whether nothing in the project makes it: a source, a seed, a relation of nobody.
bool lineage_is_end(const LineageNode *n);
// Whether it is one of the database's: a model or the like, a source, a relation of nobody.
bool lineage_makes_relation(const LineageNode *n);
// Why the inputs of a column are not all known, by itself or by its node; else empty.
Str lineage_unknown(const LineageGraph *g, uint32_t column);

// How to walk. {0}: all that a column's value is made of.
typedef struct LineageWay {
  bool down;      // to what is made of it, in place of what it is made of
  bool influence; // also to what only decides which rows there are, or which value is taken
  uint32_t depth; // at most so many steps; 0: all
} LineageWay;

typedef struct LineageVisit {
  uint32_t column;
  uint32_t from;  // the visit that led to it; of a start itself
  uint32_t depth; // 0: a start
  uint32_t step;  // of the edge that led to it, or STEP_ROWS; of a start STEP_SAME
} LineageVisit;

typedef struct LineageVisits {
  LineageVisit *items;
  size_t n;
} LineageVisits;

// The next ones from a column, one step along the way: calls `each` for them.
void lineage_next(const LineageGraph *g, uint32_t column, LineageWay way,
                  void (*each)(void *data, LineageEdge next), void *data);
// All that can be reached, each column once, the nearest first. A column that is made of itself
// (an incremental model) ends nowhere else. With influence a column leads to the rows of its node.
LineageVisits lineage_walk(Arena *a, const LineageGraph *g, const uint32_t *starts, size_t n,
                           LineageWay way);

// How much of it is known.
typedef struct LineageCounts {
  size_t nodes, columns; // all
  size_t made, exact;    // columns that are no ends; those of them whose inputs are all known
} LineageCounts;
LineageCounts lineage_count(const LineageGraph *g);

#endif
