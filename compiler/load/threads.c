// In: the files or nodes of a project. Out: each of them worked on, on several threads.
#include "threads.h"

#include "../base/parallel.h"

Diags *load_keep_diags(Arena *a, Diags *found) {
  if (!found->first) {
    diags_free(found);
    return NULL;
  }
  Diags *kept = arena_new(a, Diags);
  diags_move(kept, found);
  return kept;
}

typedef struct Crew {
  Load *load;
  size_t n;
  void (*fn)(Load *load, Arena *arena, size_t i);
} Crew;

enum { BATCH = 16 }; // a file is little work

static void work(void *data, Arena *arena, size_t batch) {
  const Crew *c = data;
  for (size_t i = batch * BATCH; i < (batch + 1) * BATCH && i < c->n; i++)
    c->fn(c->load, arena, i);
}

void load_parallel(Load *load, size_t n, void (*fn)(Load *load, Arena *arena, size_t i)) {
  Crew crew = {.load = load, .n = n, .fn = fn};
  parallel_for((n + BATCH - 1) / BATCH, project_threads(load->p), work, &crew, load->a);
}
