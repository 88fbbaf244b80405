// What the files share that walk a resolved query (rule.h) and say what its columns are made of
// (../lineage.h). query: what a query holds, by number and name; expr: what an expression is made
// of; column: what stands in FROM; rows: what decides the rows; lineage: the whole.
//
// Each column of a query, each of what stands in FROM, what decides a query's rows is a place
// (../ways.h), which gets its ways once: where a place is first asked for, what is to be read for
// it is put on a list. Nothing calls itself, so queries may nest as they like and read themselves.
// The text comes from a server and is not trusted: numbers may point anywhere.
#ifndef STARC_DIALECT_POSTGRES_RULE_WALK_H
#define STARC_DIALECT_POSTGRES_RULE_WALK_H
#include "../ways.h"
#include "rule.h"

// What columns belong to that are inputs: a relation, or a CTE where reading stops.
typedef struct Holder {
  WaysRelation *relation; // NULL: nobody gave it a name
  RuleValue columns;      // names in order of their number; dropped ones are empty
  Place whole;            // all of them, once asked for
} Holder;

struct Query;
typedef struct Cte {
  const RuleNode *node;
  Str name;
  struct Query *query;
  Holder *holder; // where reading stops; else NULL
} Cte;

enum EntryKind { // :rtekind of versions 12 to 18
  ENTRY_RELATION,
  ENTRY_SUBQUERY,
  ENTRY_JOIN,
  ENTRY_FUNCTION,
  ENTRY_TABLEFUNC,
  ENTRY_VALUES,
  ENTRY_CTE,
  ENTRY_NOTHING = 8, // FROM was optimised away
  ENTRY_GROUP,
  ENTRY_UNITED = 100 // of ours: the branches of a set operation, side by side
};

// What stands in FROM: an entry of the range table.
typedef struct Entry {
  const RuleNode *node;
  long kind;           // ENTRY_...
  Holder *holder;      // of a relation
  struct Query *query; // of a subquery
  Cte *cte;            // NULL: there is none
  Place *columns;      // of others; 0: not asked for yet
  size_t ncolumns;
  Place whole; // the row
} Entry;

typedef struct Output {
  const RuleNode *node;
  Place place;
} Output;

// A branch of a set operation.
typedef struct Branch {
  Entry *entry;
  bool compared; // rows are taken or left by all its columns: union, intersect, except
  bool kept;     // its rows can be in the result: not those behind except
} Branch;

typedef struct Query {
  const RuleNode *node;
  struct Query *outer;
  bool filled; // what follows is there
  Entry *entries;
  size_t nentries;
  Output *outputs;
  size_t noutputs;
  Output **visible; // those that are columns
  size_t nvisible;
  Output **by_ref; // by :ressortgroupref up to noutputs; NULL: none
  Cte *ctes;
  Map cte_names;
  Branch *branches;
  size_t nbranches;
  Entry united;
  Place rows; // what decides its rows
  Place base; // the relations that they come from, each with the column ""
} Query;

// An expression that is to be read for a place.
typedef struct Job {
  RuleValue value;
  Query *query;
  Place to;
  LineageStep step; // of what is around it
} Job;

typedef struct Walk {
  Arena *a;      // for the work
  Str stop;      // how CTEs begin that stay relations
  Map relations; // oid as it is written -> Holder
  Map functions; // oid -> Place that is unknown: those that may read by themselves
  Map stops;     // name -> Holder
  Ways ways;
  VEC(Job) jobs;
  VEC(Query *) rows_asked, base_asked; // whose places have no ways yet
  VEC(Cte *) stopped;                  // CTEs where reading stopped, of each name one
  size_t budget;                       // steps left
} Walk;

// One step of work. False: no more may be made, and what was found is not whole.
static inline bool walk_step(Walk *w) { return w->budget && w->budget--; }
// Reads all that was asked for, and what that asks for.
void walk_all(Walk *w);
static inline void walk_add(Walk *w, Place to, Place from, LineageStep step) {
  if (walk_step(w))
    ways_add(&w->ways, to, from, step);
}

// query

// A query of a QUERY node; of NULL, one that holds nothing. It is filled where it is looked at.
Query *query_open(Walk *w, const RuleNode *node, Query *outer);
void query_fill(Walk *w, Query *q);
// The query so many levels outward, or NULL.
Query *query_outward(Walk *w, Query *q, long levels);
Entry *query_entry(const Query *q, long number);           // counted from 1; NULL: there is none
Output *query_ref(const Query *q, const RuleNode *clause); // whom a SORTGROUPCLAUSE names, or NULL

// Places; 0: nothing

Place unknown_place(Walk *w, const char *why);
Place output_place(Walk *w, Query *q, Output *output);
// Column i, from 0 on, of what a query returns.
Place column_place(Walk *w, Query *q, size_t i);
// Column `number`, from 1 on, of what stands in FROM; 0: the row.
Place entry_place(Walk *w, Query *q, Entry *entry, long number);
Place rows_place(Walk *w, Query *q);
Place base_place(Walk *w, Query *q);
// A column of a relation, by its number; the relation as such.
Place holder_place(Walk *w, Holder *holder, long number);
Place holder_rows(Walk *w, Holder *holder);

// Reading for a place

// Puts an expression on the list.
void expr_asked(Walk *w, RuleValue value, Query *q, Place to, LineageStep step);
// The outputs that a list of SORTGROUPCLAUSE names.
void refs_asked(Walk *w, RuleValue clauses, Query *q, Place to, LineageStep step);
// The arguments of functions that return several rows, where these stand among the columns.
void multipliers_asked(Walk *w, RuleValue value, Query *q, Place to);
void expr_read(Walk *w, Job job);
void rows_read(Walk *w, Query *q);
void base_read(Walk *w, Query *q);
#endif
