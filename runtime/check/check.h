// What the database makes of the SQL of nodes, before anything is built. In: a run with its graph,
// the nodes that are looked at. Out: for each what was found. Nothing of the target is changed, no
// statement of a node is run: relations are made empty, each from its node's own query, so that
// what reads it is looked at with its real columns and types.
//
//   Check *k = check_open(r, bits);
//   if (k && check_nodes(k, bits, &found)) ...   // more than once, if there is more to look at
//   check_close(k);
#ifndef STARC_CHECK_NODES_H
#define STARC_CHECK_NODES_H
#include "../run/run.h"

typedef enum CheckState {
  CHECK_GOOD,
  CHECK_WRONG,   // the database refuses it, or its template fails: the result has the finding
  CHECK_PARENT,  // not checked: `because` is wrong or left, and its columns are not known; with a
                 // result it was refused, which may go when that is mended (stale.h)
  CHECK_UNKNOWN, // not checked: the columns of the source `because` are not known
  CHECK_LEFT,    // not checked: a finding of the run says why (guard.h)
  CHECK_STOPPED  // not reached
} CheckState;

// What the database resolved a query to that was looked at.
typedef struct CheckedAnswer {
  Str sql, text;
  const struct CheckedAnswer *next;
} CheckedAnswer;

typedef struct CheckedNode {
  const Node *node;
  CheckState state;
  const Node *because;     // or NULL
  bool made;               // its relation is of its own text, whatever else is wrong
  bool stood_in;           // it is wrong, and its relation has the columns that it last had
  bool asks;               // its text is made of rows of what it reads
  bool guessed;            // its columns come of rows of the target that are not known, or are
                           // those of its table in the target, as it is not selected
  RunResult *result;       // of what was looked at, else NULL; the run's
  const RunResult *later;  // of its text once its relation is there; NULL: it has no other
  const DbColumn *columns; // of its relation, in order, types as the database names them
  size_t ncolumns;         // 0: it has no relation, or it is not known
  // The latest first, while who watches is called; NULL: none, or the database is to be asked.
  const CheckedAnswer *answers;
} CheckedNode;

// Whether its columns are those that a build would make.
static inline bool checked_columns(const CheckedNode *c) {
  return (c->state == CHECK_GOOD || c->made) && c->ncolumns && !c->guessed;
}

// The answer about a text of the node, if settings alone stand behind it; empty: it is not there.
Str checked_answer(const Run *r, const CheckedNode *c, Str text);

typedef struct Checked {
  CheckedNode *nodes; // in the graph's order; in the run's arena
  size_t n;
} Checked;

struct CheckPlace;
typedef struct Check Check;

// Opens the place where nodes are looked at, and asks the target for the columns of sources. bits
// (by Node.index): all nodes that check_nodes will be asked for, and sources beside them. The
// graph's nodes may have other schemas afterwards (place.h): the run is good for nothing but
// telling what was found. NULL: it could not begin, which is reported. One thread uses it, and a
// run has one.
Check *check_open(Run *r, const bool *bits);
// Looks at the nodes of `bits` and at what they read. What was looked at before stays made, and is
// told as it was found then. False: the place was lost or the run stopped, which is reported; then
// there is only check_close.
bool check_nodes(Check *k, const bool *bits, Checked *out);
// Who wants to ask the place more about nodes (place_rows, place_call) is called during
// check_nodes, once for each whose relation was made, by then with its columns, and for each good
// one that makes none: with many at a time, while they and most of what they read stand there.
// After check_nodes they may be gone.
typedef struct CheckWatch {
  void (*made)(void *data, struct CheckPlace *p, CheckedNode *const *nodes, size_t n);
  void *data;
} CheckWatch;
void check_watch(Check *k, CheckWatch watch); // several may
// The node is another one now (edit.h): what was found of it and of all below it is forgotten, and
// looked at by the next check_nodes that is asked for it. What they read stays made.
void check_forget(Check *k, const Node *n);
// From the next check_nodes on a source, or a node that makes a relation, is looked at as if it had
// these [name, type] and no others. What was found of it and of all below it is forgotten.
void check_suppose(Check *k, const Node *n, Value columns);
// [name, type] of each column of a source, a list; none: they are not known. Of those that nodes
// read and those among the bits.
Value check_source_columns(const Check *k, const Node *source);
// Where to ask more of the database.
struct CheckPlace *check_place(Check *k);
// Leaves nothing behind. k may be NULL.
void check_close(Check *k);

#endif
