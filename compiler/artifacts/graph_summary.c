// In: a linked graph. Out: graph_summary.json, which is there to be looked at: nothing reads it.

#include "graph_summary.h"

#include "../graph/test_edges.h"
#include "artifact.h"

// An edge to the node number `to`, in the list of the one that it leaves.
typedef struct Edge {
  uint32_t to;
  struct Edge *next;
} Edge;

typedef struct Out {
  const Graph *graph;
  Artifact file;
  Arena arena;  // of the test edges
  Edge **extra; // by Node.index
} Out;

static void successors(Out *o, const Node *n) {
  Json *j = &o->file.json;
  const Edge *extra = o->extra ? o->extra[n->index] : NULL;
  if (!n->nfeeds && !extra)
    return;
  json_key(j, STR("succ"));
  json_open_array(j);
  for (size_t i = 0; i < n->nfeeds; i++)
    json_int(j, n->feeds[i]->index);
  for (; extra; extra = extra->next)
    json_int(j, extra->to);
  json_close_array(j);
}

static void section(Out *o, Str name) {
  Json *j = &o->file.json;
  json_key(j, name);
  json_open_object(j);
  for (size_t i = 0; i < o->graph->nnodes; i++) {
    const Node *n = o->graph->nodes[i];
    json_key(j, str_fmt(&o->file.scratch, "%u", n->index));
    json_open_object(j);
    json_key_str(j, "name", n->id);
    json_key_str(j, "type", node_kind_names[n->kind]);
    successors(o, n);
    json_close_object(j);
    arena_reset(&o->file.scratch);
  }
  json_close_object(j);
}

static void test_edge(void *data, const Node *test, const Node *node) {
  Out *o = data;
  Edge *e = arena_new(&o->arena, Edge);
  *e = (Edge){node->index, o->extra[test->index]};
  o->extra[test->index] = e;
}

// What is built can wait; of the other kinds dbt's file has no such edges either.
static void add_test_edges(Out *o) {
  enum {
    BUILT = 1u << NODE_MODEL | 1u << NODE_SEED | 1u << NODE_SNAPSHOT | 1u << NODE_ANALYSIS |
            1u << NODE_OPERATION
  };
  const Graph *g = o->graph;
  bool *waits = arena_array(&o->arena, bool, g->nnodes + 1);
  for (size_t i = 0; i < g->nnodes; i++)
    waits[i] = 1u << g->nodes[i]->kind & BUILT;
  o->extra = arena_array(&o->arena, Edge *, g->nnodes + 1);
  graph_test_edges(&o->arena, g, (const Node *const *)g->nodes, g->nnodes, waits, test_edge, o);
}

bool graph_summary_write(const Graph *g, bool tests, Str path, Diags *diags) {
  Out o = {.graph = g};
  if (!artifact_open(&o.file, path, diags))
    return false;
  json_key_str(&o.file.json, "_invocation_id", g->project->invocation_id);
  section(&o, STR("linked"));
  if (tests) {
    add_test_edges(&o);
    section(&o, STR("with_test_edges"));
  }
  arena_free(&o.arena);
  return artifact_close(&o.file, false, diags);
}
