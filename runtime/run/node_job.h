// A node as a job of a run: under its lock, batch by batch, with the view that points to it.
#ifndef STARC_NODE_JOB_H
#define STARC_NODE_JOB_H
#include "node_run.h"

// The same as node_run, as the whole that a command asks for: alone on its relation; a microbatch
// model with all its batches.
RunResult *node_job(Worker *w, const Node *n, NodeAction action);

#endif
