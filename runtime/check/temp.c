// See temp.h.
#include "temp.h"
#include "../run/warehouse.h"
#include "../run/worker.h"

bool temp_ask(CheckPlace *p) {
  Run *r = p->run;
  Arena *a = &r->arena;
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &p->conn->db);
  Value out = val_none();
  Args none = {0};
  if (!context_call(c, STR("starc_check_temp_schema"), &none, &out, &r->diags)) {
    warehouse_report(r, c);
    return false;
  }
  if (out.kind == VAL_STR)
    p->temp = val_text(out);
  return true;
}

// The name of a node's relation: a source's is its identifier.
static Str *name_of(Node *n) { return n->kind == NODE_SOURCE ? &n->info->identifier : &n->alias; }

// The name, with a number behind it where it is taken.
static Str free_name(Arena *a, Map *taken, Str name, size_t most) {
  Str own = name;
  for (size_t k = 2; !map_add(a, taken, own); k++) {
    Str end = str_fmt(a, "_%zu", k);
    size_t keep = most && name.len + end.len > most ? most - end.len : name.len;
    own = str_cat(a, str_sub(name, 0, keep), end);
  }
  return own;
}

void temp_names(CheckPlace *p) {
  Arena *a = &p->run->arena;
  const Graph *g = p->run->graph;
  Map taken = {0}, made = {0}; // names; relation name -> the name that it has here
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *n = g->nodes[i];
    if (!n->schema.len || !(node_is_refable(n) || n->kind == NODE_SOURCE))
      continue;
    const Str *same = map_get(&made, n->relation_name); // a source may name what a seed makes
    Str *name = name_of(n), first = name->len ? *name : n->name;
    *name = same ? *same : free_name(a, &taken, first, p->run->dialect->max_identifier);
    if (!same)
      map_put(a, &made, n->relation_name, name);
  }
}
