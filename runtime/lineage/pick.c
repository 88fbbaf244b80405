// See pick.h. In: columns by name, and the lineage graph. Out: a flag for each node. Steps are
// counted from node to node: between a column and the rows of its own node there is none.
#include "pick.h"
#include "../../compiler/base/vec.h"
#include "doubt.h"
#include "name.h"
#include "named.h"
#include "whole.h"

enum { FAR = UINT32_MAX };

typedef VEC(uint32_t) Places;

typedef struct Picker {
  Run *run;
  const LineageGraph *g;
  const ColumnCriterion *asked;
  bool *picked, *tests; // by Node.index
  Diags *diags;
} Picker;

// --- how far columns are

typedef struct Walk {
  Arena arena;
  const LineageGraph *g;
  uint32_t *far; // by column, in nodes
  Places now, next;
  uint32_t at;
} Walk;

static void reach(void *data, LineageEdge e) {
  Walk *w = data;
  bool same_node = e.step == STEP_ROWS;
  uint32_t far = w->at + !same_node;
  if (far >= w->far[e.column])
    return;
  w->far[e.column] = far;
  if (same_node)
    vec_push(&w->arena, &w->now, e.column);
  else
    vec_push(&w->arena, &w->next, e.column);
}

// The distance of each column from the starts, at most `depth`; FAR: it is not reached.
static void walk(Walk *w, const LineageGraph *g, const Places *starts, LineageWay way) {
  *w = (Walk){.g = g, .now = {0}};
  w->far = arena_array(&w->arena, uint32_t, g->ncolumns + 1);
  for (uint32_t i = 0; i < g->ncolumns; i++)
    w->far[i] = FAR;
  for (size_t i = 0; i < starts->n; i++) {
    w->far[starts->items[i]] = 0;
    vec_push(&w->arena, &w->now, starts->items[i]);
  }
  for (; w->now.n && w->at < way.depth; w->at++) {
    for (size_t i = 0; i < w->now.n; i++) // more come while it goes on
      if (w->far[w->now.items[i]] == w->at)
        lineage_next(g, w->now.items[i], way, reach, w);
    Places done = w->now;
    w->now = w->next;
    w->next = (Places){done.items, 0, done.cap};
  }
}

// --- nodes

static void pick_node(const Picker *p, const Node *n) {
  if (n)
    p->picked[n->index] = true;
}

static void add_test(const Picker *p, const LineageNode *n) {
  if (n->node && node_is_test(n->node))
    p->tests[n->node->index] = true;
}

// The tests that look at a column, one step from it.
static void add_tests(const Picker *p, uint32_t column) {
  LineageEdges users = p->g->columns[column].users;
  for (uint32_t i = 0; i < users.n; i++)
    add_test(p, lineage_node_of(p->g, users.items[i].column));
}

// The nodes of what was reached. What is not among the children need not be a test.
static void add_reached(const Picker *p, const Walk *w) {
  for (uint32_t i = 0; i < p->g->ncolumns; i++)
    if (w->far[i] != FAR) {
      pick_node(p, lineage_node_of(p->g, i)->node);
      add_tests(p, i);
    }
}

// Whether the columns that it reads are known, were it one that the graph has.
static bool has_columns(const Picker *p, const Node *n) {
  return lineage_node(p->g, n->id) != NULL;
}

// What reads a picked node and is not in the graph of columns: an exposure, a metric, a unit test.
static void add_others(const Picker *p, const Node *n, uint32_t depth) {
  for (size_t i = 0; depth && i < n->nfeeds; i++) {
    const Node *reader = n->feeds[i];
    if (has_columns(p, reader) || p->picked[reader->index])
      continue;
    pick_node(p, reader);
    add_others(p, reader, depth == FAR ? FAR : depth - 1);
  }
}

// Unit tests of the nodes look at all that their texts do.
static void add_unit_tests(const Picker *p) {
  const Graph *project = p->run->graph;
  for (size_t i = 0; i < project->nnodes; i++) {
    const Node *n = project->nodes[i];
    if (n->kind == NODE_UNIT_TEST && n->unit && n->unit->tested && !has_columns(p, n))
      p->tests[i] = p->picked[n->unit->tested->index];
  }
}

// --- both ways

static void pick_parents(const Picker *p, const Places *starts) {
  Walk w;
  walk(&w, p->g, starts, (LineageWay){.depth = p->asked->parents_depth});
  add_reached(p, &w);
  arena_free(&w.arena);
}

static uint32_t least_far(const Walk *w, const LineageNode *n) {
  uint32_t least = FAR;
  for (uint32_t i = n->rows; i <= n->rows + n->ncolumns; i++)
    least = w->far[i] < least ? w->far[i] : least;
  return least;
}

// Nodes that may read it, since what they read is not known.
static void pick_doubts(const Picker *p, const Places *starts) {
  Arena a = {0};
  uint32_t depth = p->asked->children_depth;
  LineageAsked asked = {
      .starts = starts->items,
      .n = (uint32_t)starts->n,
      .way = {.influence = true, .depth = depth == FAR ? 0 : depth}
  };
  LineageDoubts doubts = {0};
  if (depth)
    doubts = lineage_doubts(&a, p->g, &asked);
  for (size_t i = 0; i < doubts.n; i++)
    pick_node(p, doubts.items[i].node->node);
  arena_free(&a);
}

// Nodes with a hook that names it.
static void pick_hooks(const Picker *p, uint32_t column) {
  const Node *n = lineage_node_of(p->g, column)->node;
  size_t at = 0;
  for (NamedBy by; n && named_next(n, p->g->columns[column].name, &at, &by);)
    if (by.node->kind != NODE_OPERATION)
      pick_node(p, by.node);
}

static void pick_children(const Picker *p, const Places *starts) {
  Walk w;
  uint32_t depth = p->asked->children_depth;
  walk(&w, p->g, starts, (LineageWay){.down = true, .influence = true, .depth = depth});
  add_reached(p, &w);
  for (uint32_t i = 0; i < p->g->nnodes; i++) {
    const LineageNode *n = &p->g->nodes[i];
    uint32_t far = least_far(&w, n);
    if (far != FAR && n->node)
      add_others(p, n->node, depth == FAR ? FAR : depth - far);
  }
  for (size_t i = 0; depth && i < starts->n; i++)
    pick_hooks(p, starts->items[i]);
  arena_free(&w.arena);
  pick_doubts(p, starts);
}

static void pick_from(const Picker *p, const Places *starts) {
  for (size_t i = 0; i < starts->n; i++) {
    pick_node(p, lineage_node_of(p->g, starts->items[i])->node);
    add_tests(p, starts->items[i]);
  }
  if (p->asked->parents)
    pick_parents(p, starts);
  if (p->asked->children)
    pick_children(p, starts);
  add_unit_tests(p);
}

// --- names

// What a text says: a column of a node, or a pattern.
typedef struct Named {
  const LineageNode *node; // NULL: only the pattern
  Str column;              // of it; may be a pattern
  bool wild;
} Named;

static bool refuse_bare(const Picker *p, const LineageNode *n) {
  Diag *d = diag_error(p->diags, CODE_SELECTOR_SYNTAX, (Str){0}, "'column:%.*s' names no column",
                       STR_ARG(p->asked->text));
  diag_hint(p->diags, d, "write column:%.*s.COLUMN, or column:%.*s.* for all of them",
            STR_ARG(n->name), STR_ARG(n->name));
  return false;
}

// Looked up in the project, before anything is asked. False: recorded.
static bool read_name(Arena *a, const Picker *p, Named *out) {
  const LineageGraph *names = lineage_names(a, p->run->graph);
  *out = (Named){.wild = select_has_wildcard(p->asked->text)};
  if (!lineage_find(names, p->asked->text, &out->node, &out->column, p->diags))
    return false;
  if (!out->node && !out->wild) {
    lineage_not_found(names, p->asked->text, p->diags);
    return false;
  }
  return !out->node || out->column.len || refuse_bare(p, out->node);
}

// All columns that fit: of the node, or those whose whole name does (raw.*.email).
static void find_matching(Arena *a, const Picker *p, const Named *named, Places *starts) {
  for (uint32_t i = 0; i < p->g->ncolumns; i++) {
    const LineageNode *n = lineage_node_of(p->g, i);
    Str name = p->g->columns[i].name;
    if (!name.len || str_is(n->kind, "test") || (named->node && !str_eq(named->node->id, n->id)))
      continue;
    Arena scratch = {0};
    Str whole = str_fmt(&scratch, "%.*s.%.*s", STR_ARG(n->name), STR_ARG(name));
    if (named->node ? select_glob(name, named->column) || str_eq(name, named->column)
                    : select_glob(whole, p->asked->text))
      vec_push(a, starts, i);
    arena_free(&scratch);
  }
}

// False: the node's columns are known, and it is none of them; recorded.
static bool find_starts(Arena *a, const Picker *p, const Named *named, Places *starts) {
  const LineageNode *known = named->node ? lineage_node(p->g, named->node->id) : NULL;
  if (named->wild) {
    find_matching(a, p, named, starts);
    return true;
  }
  if (!known) { // a source that nothing reads
    pick_node(p, named->node->node);
    return true;
  }
  uint32_t at = lineage_find_column(p->g, known, named->column, p->diags);
  if (at != LINEAGE_NONE)
    vec_push(a, starts, at);
  return at != LINEAGE_NONE;
}

// What a file lacks that may be older than the tables of the target is looked for once more.
static bool find_well(Arena *a, Picker *p, bool may_lack, const Named *named, Places *starts) {
  Diags *diags = p->diags, unsure = {0};
  diags_init(&unsure);
  p->diags = may_lack ? &unsure : diags;
  bool good = find_starts(a, p, named, starts);
  p->diags = diags;
  if (!good && may_lack) {
    p->g = lineage_anew(p->run).graph;
    good = p->g && find_starts(a, p, named, starts);
  }
  diags_free(&unsure);
  return good;
}

// What was found is told where the criterion stands.
static void place_findings(const Picker *p, const Diag *before) {
  Diag *d = before ? before->next : p->diags->first;
  for (; d && p->asked->src; d = d->next) {
    d->source = p->asked->src;
    d->span = p->asked->span;
  }
}

bool pick_columns(void *run, const ColumnCriterion *c, bool *picked, bool *tests, Diags *diags) {
  Picker p = {.run = run, .asked = c, .picked = picked, .tests = tests, .diags = diags};
  Arena a = {0};
  Named named;
  Places starts = {0};
  const Diag *before = diags->last;
  bool good = read_name(&a, &p, &named);
  if (good) {
    LineageWhole whole = lineage_whole(run);
    p.g = whole.graph;
    good = p.g && find_well(&a, &p, whole.may_lack, &named, &starts);
  }
  if (good && starts.n)
    pick_from(&p, &starts);
  place_findings(&p, before);
  arena_free(&a);
  return good;
}
