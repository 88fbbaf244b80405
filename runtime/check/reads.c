// See reads.h.
#include "reads.h"
#include "semantics.h"

void reads_init(Reads *r, Arena *a, const Graph *g) {
  *r = (Reads){.seen = arena_array(a, uint32_t, g->nnodes + 1), .walk = 1};
}

void reads_begin(Reads *r) { r->walk++; }

bool reads_first(Reads *r, const Node *n) {
  if (r->seen[n->index] == r->walk)
    return false;
  r->seen[n->index] = r->walk;
  return true;
}

static bool is_through(const Node *n) {
  return str_is(node_materialized(n), "ephemeral") || semantics_is(n);
}

const Node *reads_each(Reads *r, const Node *n, bool (*each)(void *data, const Node *read),
                       void *data) {
  const Node *found = NULL;
  for (size_t i = 0; i < n->nneeds && !found; i++) {
    const Node *read = n->needs[i];
    if (!reads_first(r, read))
      continue;
    if (is_through(read))
      found = reads_each(r, read, each, data);
    else if (!each(data, read))
      found = read;
  }
  return found;
}
