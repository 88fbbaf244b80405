// A failure of a node as the user should see it: at the line of what made the statement.
#ifndef STARC_ERRORS_H
#define STARC_ERRORS_H
#include "../../compiler/load/compile.h"
#include "run.h"

// Turns a failed evaluation's findings into the result's: a database error is shown at
// the model's own line where that can be found. `code` and `map` may be NULL.
void result_fail(Run *r, RunResult *res, Diags *diags, const Context *c, const Compiled *code);
// A statement that failed.
typedef struct Failure {
  const DbError *error;
  Str sql;
  const Compiled *code; // the node's compiled text, part of the statement, or NULL
  const Advice *said;   // what a macro advises, or NULL
  Str hook;             // "pre-hook": `code` is one, and the whole statement; else empty
  const SourceMap *map; // of `sql`, or NULL
} Failure;
// A database's error at the node's own line where that can be found. The finding is in the run's
// results arena.
Diag *database_diag(Run *r, const Node *n, const Failure *failure);

// The next text in quotes of a message, at or after *at, which is moved behind it. False: none.
bool next_quoted(Str message, size_t *at, Str *name);

// A copy in the results arena, with its notes and sources.
Diag *result_diag(Run *r, const Diag *d);

#endif
