// Relations of the check that only stand for what a build makes: on ClickHouse a table without an
// engine of its own, on Postgres a view where a table is built. In: what a node reads. Out: the
// same with what a build makes in place of that, where somebody asks in a way that the two answer
// differently.
#ifndef STARC_CHECK_EXACT_H
#define STARC_CHECK_EXACT_H
#include "../run/worker.h"
#include "check.h"
#include "place.h"
#include "reads.h"

// The most relations of a plan: a hundred are 130 MB of the server's memory and up to 2 s, and five
// times as many ten times that, which no limit of time ends.
enum { EXACT_PLANNED = 100 };

typedef struct Exact {
  CheckPlace *place;
  CheckedNode *const *known; // by Node.index: as it was found last
  const bool *stands;        // by Node.index: its relation is there
  bool *built;               // by Node.index: it is as a build makes it, with all that it reads
  bool *doubt;               // by Node.index: of a view: what reads it may be refused
  uint32_t *size;            // by Node.index: relations that it comes to in a plan; 0: one
  uint32_t *now;             // the same, as it stands: with views that stand for tables
  Reads reads;
} Exact;

typedef enum ExactAnswer {
  EXACT_SAME, // all of it was
  EXACT_NOW,  // it is now
  EXACT_NOT   // it cannot be, or there is too much of it
} ExactAnswer;

void exact_init(Exact *e, CheckPlace *p, CheckedNode *const *known, const bool *stands);
// Nothing stands any more.
void exact_forget(Exact *e);
// The relation of a node was made: of its columns, or of a query that the database says that of.
void exact_made(Exact *e, const Node *n, const CheckDoubt *of);
// Whether a build plans the node's query and may refuse what was good so far, by what the database
// says of it and of the views that it reads. No plan is of too many relations, all views written
// out: the database does that without looking at the time, and may not come back.
bool exact_may_find(Exact *e, const Node *n, const CheckDoubt *of);
// Whether a question over what the node reads, as that stands, would have a plan of too many.
bool exact_too_many(Exact *e, const Node *n);
// Whether a statement names a relation that is already one of too many, also one that the node does
// not say it reads.
bool exact_names_large(const Exact *e, Str sql);
// Puts what a build makes in the place of what the node reads, and of its own relation if `own`.
// What was made of the earlier ones goes on with them, under other names. `for_now`: the next step
// undoes it.
ExactAnswer exact_reads(Exact *e, const Node *n, bool own, bool for_now);

#endif
