// Which columns the output columns of one query are made of, as the database that resolved the
// query tells it, and how it is asked. Each database's folder has its reader (Dialect.lineage); how
// nodes hang together is left to who asks.
#ifndef STARC_DIALECT_LINEAGE_H
#define STARC_DIALECT_LINEAGE_H
#include "../base/buf.h"

// How an input column gets into a result. Direct ones first: its value; then those that only
// decide which rows there are, or which of several values is taken. In the order of strength: of
// two ways from one input to one output, the lower one is kept.
typedef enum LineageStep {
  STEP_SAME,       // the value itself, renamed or not
  STEP_COMPUTED,   // an expression of it
  STEP_AGGREGATED, // an aggregate of it
  STEP_CONDITION,  // decides which value is taken: case, if, filter (where ..) of an aggregate
  STEP_WINDOW,     // partition by, order by of a window
  STEP_JOIN,       // joined on, also `in (select ..)`, exists
  STEP_FILTER,     // where, having, qualify, limit
  STEP_GROUP,      // grouped by, distinct
  STEP_SORT        // ordered by where a limit or an aggregate makes that matter, and elsewhere
} LineageStep;

// A column of a relation that the query reads.
typedef struct LineageInput {
  Str database; // empty on Postgres, which reads one
  Str schema;   // ClickHouse's database
  Str relation;
  Str column; // empty: of the relation's rows as such (count(*), exists)
  LineageStep step;
} LineageInput;

typedef struct LineageOutput {
  Str name;
  const LineageInput *inputs; // each relation's column once, sorted by relation, column
  size_t n;
  Str unknown; // why the way of this column cannot be told (a table function); else empty
} LineageOutput;

// A comparison that the database takes, whose sides are of different kinds: a number and a text.
typedef struct MixedTypes {
  Str left, right; // columns; empty: another expression
  Str left_type, right_type;
  Str cte; // that it stands in, of those where reading stops; empty: in none
} MixedTypes;

typedef struct QueryLineage {
  const LineageOutput *columns; // in the query's order
  size_t ncolumns;
  const LineageInput *rows; // what decides which rows there are, for all columns alike; once each
  size_t nrows;
  Str unknown; // why rows cannot be told whole; else empty. Without columns: nothing could be read
  const struct CteLineage *ctes; // where reading stopped, once each; those of ctes[i] are here too
  size_t nctes;
  const MixedTypes *mixed; // in the query and all below it
  size_t nmixed;
} QueryLineage;

// A CTE that stays a relation of its own: as an input it has its name and no schema, and what it is
// made of stands here. None of its rows' influence is in the query that reads it.
typedef struct CteLineage {
  Str name;
  QueryLineage lineage; // its own ctes are empty
} CteLineage;

struct Relation;
typedef struct LineageRules {
  // Writes the statement whose answer tells the columns of a query. `made` is the relation that was
  // made of it (Postgres: a view), `query` its text (ClickHouse).
  void (*ask)(Buf *out, const struct Relation *made, Str query);
  // Reads that answer: the one column of all its rows, a line each. A CTE whose name starts with
  // `stop` stays a relation; an empty one: all are looked through. The result is in the arena and
  // may point into the answer. Answers are not trusted: of what is no answer nothing is told, and
  // `unknown` says why.
  QueryLineage (*read)(Arena *a, Str answer, Str stop);
  // Of a database that tells it of a view: writes one statement for many. Its answer has rows of a
  // view's place among the n, from 0 on, and what ask() of it alone would get; a relation that is
  // no view has none. NULL: it is asked about each query.
  void (*ask_many)(Buf *out, const struct Relation *made, size_t n);
  bool mixes; // read() looks for comparisons of different types, which the database takes
} LineageRules;

#endif
