// Nodes that are compiled and not run, on all threads.
#ifndef STARC_COMPILE_NODES_H
#define STARC_COMPILE_NODES_H
#include "node_run.h"

// One node with its events: index of total.
RunResult *compile_alone(Worker *w, const Node *n, size_t index, size_t total);
// Compiles all of them on all threads and adds their results in that order.
void compile_nodes(Run *r, const Node **nodes, size_t n);
// Makes them selected_resources of templates.
void compile_tell_selected(Run *r, const Node **nodes, size_t n);

#endif
