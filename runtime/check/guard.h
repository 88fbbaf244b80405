// What the statements of a check may not do, and what is no mistake of the project. In: each
// statement before it is sent, and its error. Out: for what a check leaves, an error of its own
// (DbError.not_checked): it opens what lies outside of the database, it moves the transaction that
// is rolled back, it takes long, or it names what hooks make.
#ifndef STARC_CHECK_GUARD_H
#define STARC_CHECK_GUARD_H
#include "check.h"
#include "place.h"

// From now on, until the connection is closed. When its transaction has begun, if it has one.
// False: reported.
bool guard_put(CheckPlace *p);

// Whether a statement that a text of the node sends does what no rollback undoes, or what reaches
// outside of the database: *error says so, and it is not sent.
bool guard_lasts(const Run *r, const Node *n, Arena *a, Str sql, DbError *error);

// Whether the finding of a node that failed says that it is left.
bool guard_left(const RunResult *res);

#endif
