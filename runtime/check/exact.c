// See exact.h. Where a view stands for a table (Postgres), a view that reads it has to be made anew
// to read the table; where each relation has columns of its own (ClickHouse), what the node itself
// reads is enough.
#include "exact.h"
#include "../../compiler/context/relation.h"

enum { MOST = 64 }; // relations at once: each is made in the time of the node that asks

typedef struct Collecting {
  Exact *of;
  Arena *a;
  Value relations; // [relation, config, text of a view that is made anew or none], in that order
  size_t n;
} Collecting;

void exact_init(Exact *e, CheckPlace *p, CheckedNode *const *known, const bool *stands) {
  const Graph *g = p->run->graph;
  *e = (Exact){.place = p, .known = known, .stands = stands};
  e->built = arena_array(&p->run->arena, bool, g->nnodes + 1);
  e->doubt = arena_array(&p->run->arena, bool, g->nnodes + 1);
  e->size = arena_array(&p->run->arena, uint32_t, g->nnodes + 1);
  e->now = arena_array(&p->run->arena, uint32_t, g->nnodes + 1);
  reads_init(&e->reads, &p->run->arena, g);
}

void exact_forget(Exact *e) {
  for (size_t i = 0; i < e->place->run->graph->nnodes; i++)
    e->built[i] = false;
}

static bool is_view(const Node *n) { return str_is(node_materialized(n), "view"); }

static bool is_built(void *data, const Node *read) {
  const Exact *e = data;
  return e->built[read->index] || read->kind == NODE_FUNCTION;
}

// What the query of a node comes to.
typedef struct Sum {
  const uint32_t *sizes;
  const bool *doubts;
  uint64_t size;
  uint32_t n, most;
  bool doubt;
} Sum;

static bool add_read(void *data, const Node *read) {
  Sum *s = data;
  uint32_t size = s->sizes[read->index] ? s->sizes[read->index] : 1;
  s->size += size;
  s->n++;
  s->most = size > s->most ? size : s->most;
  s->doubt |= s->doubts[read->index];
  return true;
}

// `sizes`: of what it reads.
static Sum sum_of(Exact *e, const uint32_t *sizes, const Node *n, const CheckDoubt *of) {
  Sum s = {.sizes = sizes, .doubts = e->doubt, .doubt = of->any};
  reads_begin(&e->reads);
  reads_each(&e->reads, n, add_read, &s);
  if (of->nnamed > s.n) // some more than once
    s.size += (uint64_t)(of->nnamed - s.n) * s.most;
  s.size = s.size > EXACT_PLANNED ? EXACT_PLANNED + 1 : s.size;
  return s;
}

bool exact_may_find(Exact *e, const Node *n, const CheckDoubt *of) {
  if (e->place->folder.len || is_view(n) || n->kind == NODE_ANALYSIS || n->kind == NODE_SEED)
    return false;
  Sum s = sum_of(e, e->size, n, of);
  return s.doubt && s.size <= EXACT_PLANNED;
}

// As a relation of a schema.
static bool has_name(Str sql, Str name, char quote) {
  for (ptrdiff_t at = -1; (at = str_find_word(sql, name, (size_t)(at + 1))) >= 0;) {
    size_t before = (size_t)at;
    before -= before && sql.ptr[before - 1] == quote;
    if (before && sql.ptr[before - 1] == '.')
      return true;
  }
  return false;
}

bool exact_names_large(const Exact *e, Str sql) {
  const Run *r = e->place->run;
  for (size_t i = 0; i < r->graph->nnodes && !e->place->folder.len; i++)
    if (e->now[i] > EXACT_PLANNED && has_name(sql, r->graph->nodes[i]->alias, r->dialect->quote))
      return true;
  return false;
}

bool exact_too_many(Exact *e, const Node *n) {
  return !e->place->folder.len && sum_of(e, e->now, n, &(CheckDoubt){0}).size > EXACT_PLANNED;
}

void exact_made(Exact *e, const Node *n, const CheckDoubt *of) {
  Sum s = of && is_view(n) ? sum_of(e, e->size, n, of) : (Sum){.size = 1};
  e->size[n->index] = (uint32_t)s.size;
  e->now[n->index] = of ? (uint32_t)sum_of(e, e->now, n, of).size : 1;
  e->doubt[n->index] = s.doubt;
  reads_begin(&e->reads);
  e->built[n->index] =
      !of || n->kind == NODE_SEED || (is_view(n) && !reads_each(&e->reads, n, is_built, e));
}

static bool add(Collecting *c, const Node *n, Value text) {
  Value row = val_list(c->a, 3);
  list_push(c->a, row.list, relation_of_node(c->a, &c->of->place->run->shared, n));
  list_push(c->a, row.list, n->config);
  list_push(c->a, row.list, text);
  list_push(c->a, c->relations.list, row);
  return true;
}

// What a view reads stands before it. False: there is too much.
static bool collect(void *data, const Node *n) {
  Collecting *c = data;
  Exact *e = c->of;
  bool inside = e->place->folder.len;
  if (!node_is_refable(n) || !e->stands[n->index] || (!inside && e->built[n->index]))
    return true;
  if (++c->n > MOST && !inside)
    return false;
  if (inside || !is_view(n))
    return add(c, n, val_none());
  const CheckedNode *known = e->known[n->index];
  return known && known->result && !reads_each(&e->reads, n, collect, c) &&
         add(c, n, val_str(known->result->compiled_code));
}

static ExactAnswer put(Collecting *c, Value relations) {
  Diags ignored = {0};
  Value changed = val_none();
  Args args = {&relations, 1, NULL, 0};
  diags_init(&ignored);
  bool good = place_call(c->of->place, c->a, STR("starc_check_exact"), &args, &changed, &ignored);
  diags_free(&ignored);
  return !good ? EXACT_NOT : val_truth(changed) ? EXACT_NOW : EXACT_SAME;
}

// Where nothing is undone, each for itself: of those that cannot be, others can.
static ExactAnswer put_each(Collecting *c) {
  ExactAnswer all = EXACT_SAME;
  for (size_t i = 0; i < c->relations.list->n; i++) {
    Value one = val_list(c->a, 1);
    list_push(c->a, one.list, c->relations.list->items[i]);
    if (put(c, one) == EXACT_NOW)
      all = EXACT_NOW;
  }
  return all;
}

static bool note_built(void *data, const Node *read) {
  Exact *e = data;
  if (node_is_refable(read) && e->stands[read->index]) {
    e->built[read->index] = true;
    e->now[read->index] = e->size[read->index];
  }
  return true;
}

ExactAnswer exact_reads(Exact *e, const Node *n, bool own, bool for_now) {
  Arena a = {0};
  Collecting c = {.of = e, .a = &a, .relations = val_list(&a, 0)};
  reads_begin(&e->reads);
  bool good = !reads_each(&e->reads, n, collect, &c) && (!own || collect(&c, n));
  ExactAnswer answer = !good                  ? EXACT_NOT
                       : !c.relations.list->n ? EXACT_SAME
                       : e->place->folder.len ? put_each(&c)
                                              : put(&c, c.relations);
  if (answer != EXACT_NOT && !for_now) {
    reads_begin(&e->reads);
    reads_each(&e->reads, n, note_built, e);
  }
  arena_free(&a);
  return answer;
}
