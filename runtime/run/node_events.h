// The events of a node in a run: it starts, is compiled, executed, has ended.
#ifndef STARC_NODE_EVENTS_H
#define STARC_NODE_EVENTS_H
#include "run.h"

// Says a step. From any thread; the steps of one node come one after the other.
void run_step(Run *r, const NodeStep *s);

// One batch of a microbatch model begins (res NULL) or ended; index counts from 1. `shown`: which
// batch it is; msg: the line on a terminal, which has none for a start.
void run_batch_step(Run *r, const Node *n, Str shown, size_t index, size_t total,
                    const RunResult *res, Str msg);

// dbt's words for a node: "sql table model shop.orders".
Str node_described(Arena *a, const Node *n);

#endif
