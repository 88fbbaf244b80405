// What the files of ClickHouse's lineage share. In: a tree. Three passes over its nodes, without
// recursion: what each query and each table is (lineage_sources.c), whose value each node is a part
// of (lineage_walk.c), what that makes of the columns (lineage.c, by ways.h).
#ifndef STARC_CLICKHOUSE_LINEAGE_WALK_H
#define STARC_CLICKHOUSE_LINEAGE_WALK_H
#include "../ways.h"
#include "lineage.h"

// A query or union. Its columns are n places side by side.
typedef struct Query {
  const TreeNode *node;
  const TreeNode *names; // PROJECTION COLUMNS of it, of the first query of a union; or NULL
  Place columns, rows;
  Place such; // its rows as such, which count(*) counts
  uint32_t n;
  Str cte, mode; // of its line: cte_name, union_mode
  Map by_name;   // filled when first asked: name -> the place, as a Place *
} Query;

// What a column can belong to.
typedef struct Source {
  Query *query;
  WaysRelation *relation;
  Place unknown; // a table function that reads who knows what
  Place made;    // of a column that a join makes
} Source;

// Whose value a node is a part of.
typedef struct Part {
  Place of; // 0: nobody's
  LineageStep step;
  Query *query; // that it stands in
  FunctionRule rule;
  uint32_t count; // of a function: its arguments
  uint32_t taken; // of a tuple of which one is taken: its number; else 0
  bool crossed;   // in a join without a condition
} Part;

typedef struct Walk {
  Arena *a;
  QueryTree tree;
  Ways ways;
  Source *sources; // by node
  Part *parts;     // by node
  Map made;        // "id of the join, name" -> Place *
} Walk;

static inline uint32_t walk_at(const Walk *w, const TreeNode *n) {
  return (uint32_t)(n - w->tree.nodes);
}
static inline Source *walk_source(const Walk *w, const TreeNode *n) {
  return &w->sources[walk_at(w, n)];
}
static inline LineageStep step_at_least(LineageStep a, LineageStep b) { return a > b ? a : b; }

// Fills Walk.sources.
void clickhouse_lineage_sources(Walk *w);
// A relation by its full name, database.name; without a dot the database is not known.
WaysRelation *clickhouse_lineage_relation(Walk *w, Str full);
// Fills names[0..q->n) with the names of a query's columns.
void clickhouse_lineage_names(const Walk *w, const Query *q, Str *names);
// The place of a query's column by its name; 0: it has none of that name.
Place clickhouse_lineage_named(Walk *w, Query *q, Str name);
// The place of a column that an ARRAY JOIN or USING makes; 0: it makes none of that name.
Place clickhouse_lineage_made(const Walk *w, const TreeNode *join, Str name);

// Adds all ways.
void clickhouse_lineage_walk(Walk *w);

#endif
