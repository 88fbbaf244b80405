// One node's work: compile, run its materialization or test, say what happened.
#ifndef STARC_NODE_RUN_H
#define STARC_NODE_RUN_H
#include "../../compiler/load/compile.h"
#include "worker.h"

// Compiles the node, and for ACTION_BUILD and ACTION_CLONE does what its kind asks for; a result in
// the run's results arena, which is added to no list. Of a microbatch model: the batch of n->batch.
// What a deadlock undid is done again. Takes no lock.
RunResult *node_run(Worker *w, const Node *n, NodeAction action);

// Writes a node's compiled text below target/compiled; the path is kept in the result.
void write_compiled(Run *r, RunResult *res);

// The one statement of a compiled text, without its semicolon. False: it has none, or
// more than one; *diags says so at its place.
bool node_statement(const Run *r, const Node *n, const Compiled *code, Str *out, Diags *diags);

#endif
