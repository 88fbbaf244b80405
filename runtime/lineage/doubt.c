// See doubt.h. Each node has the distance at which it is reached; nodes in doubt are added until
// there is no new one.
#include "doubt.h"
#include "../../compiler/base/utf8.h"
#include "tree.h"

enum { FAR = UINT32_MAX }; // not reached

typedef struct Doubter {
  const LineageGraph *g;
  LineageDoubts doubts;
  uint32_t *distance;        // by node
  const LineageNode **reads; // by node: why it is in doubt; else NULL
  uint32_t depth;            // of the question; 0: all
} Doubter;

// Why not all of a node's inputs are known, by itself or by one of its columns; else empty.
static Str why_of(const LineageGraph *g, const LineageNode *n) {
  Str why = n->unknown;
  for (uint32_t i = 0; i <= n->ncolumns && !why.len; i++)
    why = g->columns[n->rows + i].unknown;
  return why;
}

static void add_reached(Arena *a, Doubter *d, const LineageAsked *asked) {
  LineageWay way = asked->way;
  way.down = true;
  LineageVisits v = lineage_walk(a, d->g, asked->starts, asked->n, way);
  for (uint32_t i = 0; i < d->g->nnodes; i++)
    d->distance[i] = FAR;
  for (size_t i = 0; i < v.n; i++) {
    uint32_t *distance = &d->distance[d->g->columns[v.items[i].column].node];
    if (v.items[i].depth < *distance)
      *distance = v.items[i].depth;
  }
}

// The nearest one that it reads, of those that are reached or in doubt.
static const LineageNode *nearest_read(const Doubter *d, const Node *n) {
  const LineageNode *found = NULL;
  uint32_t least = d->depth ? d->depth : FAR;
  for (size_t i = 0; n && i < n->nneeds; i++) {
    const LineageNode *read = lineage_node(d->g, n->needs[i]->id);
    if (read && d->distance[read - d->g->nodes] < least) {
      found = read;
      least = d->distance[read - d->g->nodes];
    }
  }
  return found;
}

static bool add_doubts(Doubter *d) {
  bool more = false;
  for (uint32_t i = 0; i < d->g->nnodes; i++) {
    const LineageNode *n = &d->g->nodes[i];
    if (d->reads[i] || lineage_is_end(n) || !why_of(d->g, n).len)
      continue;
    d->reads[i] = nearest_read(d, n->node);
    if (!d->reads[i])
      continue;
    uint32_t distance = d->distance[d->reads[i] - d->g->nodes] + 1;
    d->distance[i] = distance < d->distance[i] ? distance : d->distance[i];
    more = true;
  }
  return more;
}

LineageDoubts lineage_doubts(Arena *a, const LineageGraph *g, const LineageAsked *asked) {
  Doubter d = {.g = g,
               .doubts.items = arena_array(a, LineageDoubt, g->nnodes + 1),
               .distance = arena_array(a, uint32_t, g->nnodes + 1),
               .reads = arena_array(a, const LineageNode *, g->nnodes + 1),
               .depth = asked->way.depth};
  add_reached(a, &d, asked);
  while (add_doubts(&d)) {
  }
  for (uint32_t i = 0; i < g->nnodes; i++)
    if (d.reads[i])
      d.doubts.items[d.doubts.n++] = (LineageDoubt){&g->nodes[i], d.reads[i]};
  return d.doubts;
}

Str lineage_doubt_shown(Arena *a, const LineageGraph *g, const LineageDoubt *doubt) {
  const LineageNode *n = doubt->node;
  Str why = why_of(g, n);
  bool of_it = str_starts(why, STR("it ")); // "it failed its check"
  Str shown = str_fmt(a, "%.*s reads %.*s%s%.*s", STR_ARG(lineage_node_shown(a, n)),
                      STR_ARG(doubt->reads->name), of_it ? " and" : ": ",
                      STR_ARG(of_it ? str_sub(why, 2, why.len) : why));
  return utf8_shown(a, shown);
}
