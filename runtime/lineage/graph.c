// See graph.h.
#include "graph.h"

const Str lineage_steps[] = {
    [STEP_SAME] = STR_INIT("same"),
    [STEP_COMPUTED] = STR_INIT("computed"),
    [STEP_AGGREGATED] = STR_INIT("aggregated"),
    [STEP_CONDITION] = STR_INIT("condition"),
    [STEP_WINDOW] = STR_INIT("window"),
    [STEP_JOIN] = STR_INIT("join"),
    [STEP_FILTER] = STR_INIT("filter"),
    [STEP_GROUP] = STR_INIT("group"),
    [STEP_SORT] = STR_INIT("sort"),
    [STEP_ROWS] = STR_INIT("rows"),
};

const LineageNode *lineage_node(const LineageGraph *g, Str id) { return map_get(&g->by_id, id); }

uint32_t lineage_column(const LineageGraph *g, const LineageNode *n, Str name) {
  if (!name.len)
    return n->rows;
  const LineageColumn *c = map_get(n->by_name, name);
  return c ? (uint32_t)(c - g->columns) : LINEAGE_NONE;
}

bool lineage_makes_relation(const LineageNode *n) {
  return str_among(n->kind, "model seed snapshot source relation");
}

bool lineage_is_end(const LineageNode *n) {
  return str_among(n->kind, "source seed relation function load");
}

Str lineage_unknown(const LineageGraph *g, uint32_t column) {
  Str of_node = lineage_node_of(g, column)->unknown;
  return of_node.len ? of_node : g->columns[column].unknown;
}

static void next_edges(LineageEdges edges, bool influence,
                       void (*each)(void *data, LineageEdge next), void *data) {
  for (uint32_t i = 0; i < edges.n; i++)
    if (influence || lineage_is_value(edges.items[i].step))
      each(data, edges.items[i]);
}

void lineage_next(const LineageGraph *g, uint32_t column, LineageWay way,
                  void (*each)(void *data, LineageEdge next), void *data) {
  const LineageColumn *c = &g->columns[column];
  const LineageNode *n = &g->nodes[c->node];
  next_edges(way.down ? c->users : c->inputs, way.influence, each, data);
  bool is_rows = column == n->rows;
  if (!way.influence || way.down != is_rows)
    return;
  if (!is_rows && g->columns[n->rows].inputs.n)
    each(data, (LineageEdge){n->rows, STEP_ROWS});
  for (uint32_t i = 0; is_rows && i < n->ncolumns; i++)
    each(data, (LineageEdge){n->rows + 1 + i, STEP_ROWS});
}

typedef struct Walker {
  LineageVisits visits;
  bool *seen; // by column
  uint32_t from;
} Walker;

static void visit(void *data, LineageEdge next) {
  Walker *w = data;
  if (w->seen[next.column])
    return;
  w->seen[next.column] = true;
  uint32_t depth = w->visits.items[w->from].depth + 1;
  w->visits.items[w->visits.n++] = (LineageVisit){next.column, w->from, depth, next.step};
}

LineageVisits lineage_walk(Arena *a, const LineageGraph *g, const uint32_t *starts, size_t n,
                           LineageWay way) {
  Walker w = {.visits.items = arena_array(a, LineageVisit, g->ncolumns + 1),
              .seen = arena_array(a, bool, g->ncolumns + 1)};
  for (size_t i = 0; i < n; i++)
    if (!w.seen[starts[i]]) {
      w.seen[starts[i]] = true;
      w.visits.items[w.visits.n] = (LineageVisit){starts[i], (uint32_t)w.visits.n, 0, STEP_SAME};
      w.visits.n++;
    }
  for (size_t i = 0; i < w.visits.n; i++) {
    w.from = (uint32_t)i;
    if (!way.depth || w.visits.items[i].depth < way.depth)
      lineage_next(g, w.visits.items[i].column, way, visit, &w);
  }
  return w.visits;
}

LineageCounts lineage_count(const LineageGraph *g) {
  LineageCounts c = {.nodes = g->nnodes};
  for (uint32_t i = 0; i < g->ncolumns; i++) {
    if (!g->columns[i].name.len)
      continue;
    bool made = !lineage_is_end(lineage_node_of(g, i));
    c.columns++;
    c.made += made;
    c.exact += made && !lineage_unknown(g, i).len;
  }
  return c;
}
