// See draft.h. Columns are numbered when all are there; users are the inputs turned round.
#include "draft.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/base/vec.h"

#include <stdlib.h>

struct DraftColumn {
  Str name, type, unknown, keys;
  DraftNode *node;
  uint32_t at; // in its node; 0: the rows
  VEC(struct DraftInput {
    const DraftColumn *from;
    LineageStep step;
  })
  inputs;
};

struct DraftNode {
  LineageNode what;
  VEC(DraftColumn *) columns; // the rows first
  Map by_name;
};

struct LineageDraft {
  Arena *a;
  VEC(DraftNode *) nodes;
  Map by_id;
};

LineageDraft *draft_new(Arena *a) {
  LineageDraft *d = arena_new(a, LineageDraft);
  d->a = a;
  return d;
}

static DraftColumn *add_column(LineageDraft *d, DraftNode *n, Str name) {
  DraftColumn *c = arena_new(d->a, DraftColumn);
  *c = (DraftColumn){.name = name, .node = n, .at = (uint32_t)n->columns.n};
  vec_push(d->a, &n->columns, c);
  return c;
}

DraftNode *draft_find(const LineageDraft *d, Str id) { return map_get(&d->by_id, id); }

DraftNode *draft_node(LineageDraft *d, const LineageNode *what) {
  DraftNode *n = draft_find(d, what->id);
  if (n)
    return n;
  n = arena_new(d->a, DraftNode);
  n->what = *what;
  add_column(d, n, (Str){0});
  map_put(d->a, &d->by_id, what->id, n);
  vec_push(d->a, &d->nodes, n);
  return n;
}

void draft_unknown(DraftNode *n, Str why) {
  if (!n->what.unknown.len)
    n->what.unknown = why;
}

DraftColumn *draft_known_column(const DraftNode *n, Str name) {
  return name.len ? map_get(&n->by_name, name) : n->columns.items[0];
}

DraftColumn *draft_column(LineageDraft *d, DraftNode *n, Str name) {
  DraftColumn *c = draft_known_column(n, name);
  if (c)
    return c;
  c = add_column(d, n, str_dup(d->a, name));
  map_put(d->a, &n->by_name, c->name, c);
  return c;
}

DraftColumn *draft_column_at(const DraftNode *n, size_t at) {
  return at + 1 < n->columns.n ? n->columns.items[at + 1] : NULL;
}

Str draft_column_name(const DraftColumn *c) { return c->name; }

void draft_column_type(DraftColumn *c, Str type) { c->type = type; }

void draft_column_unknown(DraftColumn *c, Str why) {
  if (!c->unknown.len)
    c->unknown = why;
}

void draft_column_key(LineageDraft *d, DraftColumn *c, Str config) {
  if (!c->keys.len)
    c->keys = str_dup(d->a, config);
  else if (!str_listed(c->keys, ' ', config))
    c->keys = str_fmt(d->a, "%.*s %.*s", STR_ARG(c->keys), STR_ARG(config));
}

void draft_input(LineageDraft *d, DraftColumn *to, const DraftColumn *from, LineageStep step) {
  vec_push(d->a, &to->inputs, ((struct DraftInput){from, step}));
}

// --- the graph

static int by_column(const void *a, const void *b) {
  const LineageEdge *x = a, *y = b;
  if (x->column != y->column)
    return x->column < y->column ? -1 : 1;
  return (x->step > y->step) - (x->step < y->step);
}

static uint32_t number(const DraftColumn *c) { return c->node->what.rows + c->at; }

// The inputs by number, each once by its strongest step.
static LineageEdges number_inputs(Arena *a, const DraftColumn *c) {
  LineageEdge *edges = arena_array(a, LineageEdge, c->inputs.n);
  uint32_t n = 0;
  for (size_t i = 0; i < c->inputs.n; i++)
    edges[i] = (LineageEdge){number(c->inputs.items[i].from), c->inputs.items[i].step};
  if (c->inputs.n > 1)
    sort_items(edges, c->inputs.n, sizeof *edges, by_column);
  for (size_t i = 0; i < c->inputs.n; i++)
    if (!n || edges[i].column != edges[n - 1].column)
      edges[n++] = edges[i];
  return (LineageEdges){edges, n};
}

static void number_columns(LineageDraft *d, LineageGraph *g) {
  g->nodes = arena_array(d->a, LineageNode, d->nodes.n + 1);
  for (size_t i = 0; i < d->nodes.n; i++) {
    DraftNode *n = d->nodes.items[i];
    n->what.rows = g->ncolumns;
    n->what.ncolumns = (uint32_t)n->columns.n - 1;
    n->what.by_name = &n->by_name;
    g->ncolumns += (uint32_t)n->columns.n;
    g->nodes[g->nnodes++] = n->what;
    map_put(d->a, &g->by_id, n->what.id, &g->nodes[i]);
  }
}

static void fill_columns(LineageDraft *d, LineageGraph *g) {
  g->columns = arena_array(d->a, LineageColumn, g->ncolumns + 1);
  LineageColumn *to = g->columns;
  for (uint32_t i = 0; i < g->nnodes; i++) {
    DraftNode *n = d->nodes.items[i];
    for (size_t k = 0; k < n->columns.n; k++) {
      const DraftColumn *c = n->columns.items[k];
      *to++ = (LineageColumn){.name = c->name,
                              .type = c->type,
                              .unknown = c->unknown,
                              .keys = c->keys,
                              .node = i,
                              .inputs = number_inputs(d->a, c)};
    }
    for (size_t k = 0; k < n->by_name.n; k++) {
      const DraftColumn *c = n->by_name.entries[k].value;
      n->by_name.entries[k].value = &g->columns[number(c)];
    }
  }
}

// The inputs turned round: first how many users each column has, then they.
static void fill_users(Arena *a, LineageGraph *g) {
  size_t total = 0;
  for (uint32_t i = 0; i < g->ncolumns; i++)
    for (uint32_t k = 0; k < g->columns[i].inputs.n; k++, total++)
      g->columns[g->columns[i].inputs.items[k].column].users.n++;
  LineageEdge *edges = arena_array(a, LineageEdge, total), **next;
  next = arena_array(a, LineageEdge *, g->ncolumns + 1);
  for (uint32_t i = 0; i < g->ncolumns; i++) {
    g->columns[i].users.items = next[i] = edges;
    edges += g->columns[i].users.n;
  }
  for (uint32_t i = 0; i < g->ncolumns; i++)
    for (uint32_t k = 0; k < g->columns[i].inputs.n; k++) {
      const LineageEdge *input = &g->columns[i].inputs.items[k];
      *next[input->column]++ = (LineageEdge){i, input->step};
    }
}

LineageGraph *draft_close(LineageDraft *d) {
  LineageGraph *g = arena_new(d->a, LineageGraph);
  number_columns(d, g);
  fill_columns(d, g);
  fill_users(d->a, g);
  return g;
}
