// Hooks of the run, and texts that are rendered and sent as they are.
#ifndef STARC_HOOKS_H
#define STARC_HOOKS_H
#include "run.h"

// Renders a node's text and sends it as it is; the result says how it went but its status.
// `response` (or NULL): what the database answered.
bool statement_run(Run *r, Conn *conn, Arena *a, const Node *n, RunResult *res, Value *response,
                   Diags *diags);

// on-run-start and on-run-end. False: one failed (it is among the results).
bool hooks_run(Run *r, bool at_end);

#endif
