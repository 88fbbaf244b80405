// A node's body evaluated, its config merged.
#ifndef STARC_LOAD_NODES_H
#define STARC_LOAD_NODES_H
#include "internal.h"

// load->work.items[i], on any thread.
void load_evaluate(Load *load, Arena *arena, size_t i);

// The config of tests that say nothing, once for all: before load_evaluate.
void load_share_test_config(Load *load);

#endif
