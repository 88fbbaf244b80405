// ClickHouse's answer about the columns of a query: the statement that asks for its tree, and what
// the tree says of them. dialect.c has them in its table.
#ifndef STARC_CLICKHOUSE_LINEAGE_H
#define STARC_CLICKHOUSE_LINEAGE_H
#include "../lineage.h"
#include "query_tree.h"

extern const LineageRules clickhouse_lineage;

// Comparisons of a tree whose sides are of different kinds (compared.c).
const MixedTypes *clickhouse_mixed_types(Arena *a, const QueryTree *t, Str stop, size_t *n);

// What an answer says of a query beside where its columns come from.
typedef struct ResolvedQuery {
  bool plan_may_refuse; // it may still be refused when it is planned
  struct ResolvedColumn {
    Str name, type;
  } * columns; // NULL: a table of them may have other ones, or be refused in other words
  size_t ncolumns;
} ResolvedQuery;
ResolvedQuery clickhouse_resolved(Arena *a, Str answer);

// What decides how an argument gets into what a function gives.
typedef enum ArgumentRule {
  ARGUMENT_COMPUTED,
  ARGUMENT_SAME,       // the engine's own conversion
  ARGUMENT_AGGREGATED, // the first `values` of them, the others choose
  ARGUMENT_IF,         // the first one chooses
  ARGUMENT_MULTI_IF,   // condition, value, condition, value .., value
  ARGUMENT_CASE,       // what is compared, then as above
  ARGUMENT_NULL_IF,    // the second one chooses
  ARGUMENT_IN,         // the second one is a set that is joined with
  ARGUMENT_EXISTS,     // of a query only whether it has rows
  ARGUMENT_LOOKUP,     // relation, column, keys: a join with one row
  ARGUMENT_LOOKUP_OR,  // the same, and what stands for a missing row
  ARGUMENT_LOOKUP_KEY, // relation, keys: whether there is a row
  ARGUMENT_ROWS,       // a row for each element
  ARGUMENT_NONE        // its value does not depend on theirs: grouping()
} ArgumentRule;

typedef struct FunctionRule {
  ArgumentRule arguments;
  uint32_t values; // of ARGUMENT_AGGREGATED
} FunctionRule;

// The rule of a function with `count` arguments.
FunctionRule clickhouse_function_rule(const TreeNode *function, uint32_t count);
// How its argument `nth` of `count` gets into its value.
LineageStep clickhouse_argument_step(FunctionRule rule, uint32_t nth, uint32_t count);

#endif
