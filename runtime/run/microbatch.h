// A microbatch model: its batches, one after the other or side by side, as one result.
#ifndef STARC_MICROBATCH_H
#define STARC_MICROBATCH_H
#include "node_run.h"

// Reads --event-time-start and --event-time-end. False: they make no sense; reported.
bool microbatch_span(Run *r);
// Whether a node is run batch by batch: the strategy is microbatch, and its macro is not the
// project's own (unless the project says that that one knows batches).
bool microbatch_is(const Run *r, const Node *n);
// Runs it, on the worker's thread and on idle ones.
RunResult *microbatch_run(Worker *w, const Node *n);

#endif
