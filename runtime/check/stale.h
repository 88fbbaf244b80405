// Errors that are only the other half of one above: a node is wrong, its relation has the columns
// that it had, and what reads it is right for those that it is to have. In: nodes as they were
// found. Out: the node above of which nobody knows the columns that count.
#ifndef STARC_CHECK_STALE_H
#define STARC_CHECK_STALE_H
#include "../../compiler/dialect/sql.h"
#include "check.h"
#include "reads.h"

typedef struct Stale {
  CheckedNode *const *known;    // by Node.index: as it was found last
  const Value *const *supposed; // by Node.index: columns that it is to have; NULL: its own
  const SqlRules *rules;
  Reads *reads;
} Stale;

// The node that n reads, also through others, whose own columns may take an error of n away: what
// an error is about that it names, or a type. NULL: the error stays, whatever is mended above.
const Node *stale_above(const Stale *s, const Node *n, const Diag *d);

// Whether a message of the database is about a column of that name.
bool message_names_column(Str message, Str column);

#endif
