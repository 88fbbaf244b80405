// Work on many things at once: parallel_for(n, threads, one_of_them, data, arena);
#ifndef STARC_PARALLEL_H
#define STARC_PARALLEL_H
#include "arena.h"

// How many threads can work at the same time: the processors this process may use, no more than a
// container's share of them (cpu.max of cgroup v2, cpu.cfs_quota_us of v1). At least 1.
size_t parallel_cores(void);

// Calls fn(data, scratch, i) for each i below n, on up to `threads` threads of a large stack, also
// where that is one: templates nest deeply. `scratch` is the thread's own arena; what it holds
// belongs to `keep` afterwards, or is freed when that is NULL. fn must bear to be called by several
// threads at once; the order is not told.
void parallel_for(size_t n, size_t threads, void (*fn)(void *data, Arena *scratch, size_t i),
                  void *data, Arena *keep);

#endif
