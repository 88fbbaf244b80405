// The newest moment of one source or model, and what its limits say of it. In: a worker and a node
// with limits of freshness. Out: its Freshness.
#ifndef STARC_NEWEST_H
#define STARC_NEWEST_H
#include "../../compiler/artifacts/results.h"
#include "../run/worker.h"

// Asks the database. `changed`: what last_modified_read() found. What cannot be told is in *diags,
// and f->status is RUN_RUNTIME_ERROR. Texts and values outlive the worker's arena.
void newest_ask(Worker *w, const Node *n, const Map *changed, Freshness *f, Diags *diags);

#endif
