// The description of a column that is the same value all the way: that of the nearest column above
// that has one. Of several that it may come from (a union) all must say the same.
#include "../../compiler/project/yaml.h"
#include "sync.h"

enum { DEEPEST = 1000 };

typedef enum Known { KNOWN_NOT, KNOWN_BUSY, KNOWN } Known;

typedef struct Inherit {
  const LineageGraph *graph;
  Str *texts;   // by column of the graph
  Known *known; // likewise
} Inherit;

// As the file has it, which doc() of another file may be.
static Str own_text(const LineageGraph *g, uint32_t column) {
  const LineageNode *of = lineage_node_of(g, column);
  Str name = g->columns[column].name;
  for (size_t i = 0; of->node && i < of->node->ncolumns; i++) {
    const Column *c = of->node->columns[i];
    if (c->yaml && str_eq_nocase(c->name, name))
      return yaml_str(yaml_get(c->yaml, STR("description")));
  }
  return (Str){0};
}

static Str text_above(Inherit *h, uint32_t column, unsigned depth);

static Str text_of(Inherit *h, uint32_t column, unsigned depth) {
  if (h->known[column] == KNOWN)
    return h->texts[column];
  if (h->known[column] == KNOWN_BUSY || depth > DEEPEST)
    return (Str){0};
  h->known[column] = KNOWN_BUSY;
  Str text = own_text(h->graph, column);
  h->texts[column] = text.len ? text : text_above(h, column, depth);
  h->known[column] = KNOWN;
  return h->texts[column];
}

static Str text_above(Inherit *h, uint32_t column, unsigned depth) {
  const LineageEdges *inputs = &h->graph->columns[column].inputs;
  Str text = {0};
  if (lineage_unknown(h->graph, column).len)
    return text;
  for (uint32_t i = 0; i < inputs->n; i++) {
    LineageEdge edge = inputs->items[i];
    if (!lineage_is_value(edge.step) || edge.column == column)
      continue;
    Str above = edge.step == STEP_SAME ? text_of(h, edge.column, depth + 1) : (Str){0};
    if (!above.len || (text.len && !str_eq(text, above)))
      return (Str){0};
    text = above;
  }
  return text;
}

void sync_inherit(Run *r, const LineageGraph *g, SyncNodes *nodes) {
  Inherit h = {.graph = g,
               .texts = arena_array(&r->arena, Str, (size_t)g->ncolumns + 1),
               .known = arena_array(&r->arena, Known, (size_t)g->ncolumns + 1)};
  for (size_t i = 0; i < nodes->n; i++) {
    const LineageNode *n = lineage_node(g, nodes->items[i].node->id);
    for (size_t k = 0; n && k < nodes->items[i].n; k++) {
      SyncColumn *c = &nodes->items[i].columns[k];
      uint32_t column = lineage_column(g, n, c->name);
      if (column != LINEAGE_NONE)
        c->description = text_above(&h, column, 0);
    }
  }
}
