// Work on many files or nodes at once.
#ifndef STARC_LOAD_THREADS_H
#define STARC_LOAD_THREADS_H
#include "internal.h"

// Calls fn(data, arena, i) for i in [0, n) on all threads. `arena` is the thread's own; what is
// made there lives as long as load->a.
void load_parallel(Load *load, size_t n, void (*fn)(Load *load, Arena *arena, size_t i));

// What one piece of the work found, to be joined in order afterwards. NULL: nothing.
Diags *load_keep_diags(Arena *a, Diags *found);

#endif
