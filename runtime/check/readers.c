// See readers.h. In: the graph's edges. Out: nodes, and their names for a message.
#include "readers.h"

enum { MOST_NAMES = 5 };

Readers readers_of(Arena *a, const Node *source, Str column) {
  (void)column; // lineage will know
  Readers r = {.items = arena_array(a, const Node *, source->nfeeds + 1)};
  for (int exposures = 0; exposures < 2; exposures++)
    for (size_t i = 0; i < source->nfeeds; i++) {
      const Node *n = source->feeds[i];
      bool test = n->kind == NODE_TEST || n->kind == NODE_UNIT_TEST;
      if (!test && (n->kind == NODE_EXPOSURE) == exposures)
        r.items[r.n++] = n;
      r.tests += test && !exposures;
    }
  return r;
}

Str readers_text(Arena *a, const Readers *readers) {
  Buf out = {.arena = a};
  if (!readers->n && !readers->tests)
    return STR("nothing reads it");
  buf_adds(&out, "read by ");
  for (size_t i = 0; i < readers->n && i < MOST_NAMES; i++)
    buf_addf(&out, "%s%.*s", i ? ", " : "", STR_ARG(readers->items[i]->name));
  if (readers->n > MOST_NAMES)
    buf_addf(&out, " and %zu more", readers->n - MOST_NAMES);
  if (readers->tests)
    buf_addf(&out, "%s%zu test%s", readers->n ? ", and by " : "", readers->tests,
             readers->tests == 1 ? "" : "s");
  return buf_str(&out);
}
