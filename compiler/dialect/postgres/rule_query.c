// What a QUERY node holds, found by number and by name. A query within is opened when its entry or
// its CTE is, a level at a time where it is asked for.
#include "rule_walk.h"

// A relation that nobody gave a name: its columns have those that the query knows.
static Holder *nameless(Walk *w, const RuleNode *entry) {
  Holder *h = arena_new(w->a, Holder);
  h->columns = rule_value(rule_node(entry, STR("eref")), STR("colnames"));
  return h;
}

static Holder *relation_of(Walk *w, const RuleNode *entry) {
  Str oid = rule_text(w->a, entry, STR("relid"));
  Holder *h = map_get(&w->relations, oid);
  if (!h)
    map_put(w->a, &w->relations, oid, h = nameless(w, entry));
  return h;
}

static Holder *stop_at(Walk *w, Cte *cte) {
  Holder *h = map_get(&w->stops, cte->name);
  if (h)
    return h;
  h = arena_new(w->a, Holder);
  *h = (Holder){.relation = ways_relation(&w->ways, (Str){0}, cte->name),
                .columns = rule_value(cte->node, STR("ctecolnames"))};
  map_put(w->a, &w->stops, cte->name, h);
  vec_push(w->a, &w->stopped, cte);
  return h;
}

static void open_ctes(Walk *w, Query *q) {
  RuleValue list = rule_value(q->node, STR("cteList"));
  q->ctes = arena_array(w->a, Cte, rule_count(list));
  for (size_t i = 0; i < rule_count(list); i++) {
    Cte *cte = &q->ctes[i];
    cte->node = rule_as_node(rule_item(list, i));
    cte->name = rule_text(w->a, cte->node, STR("ctename"));
    map_put(w->a, &q->cte_names, cte->name, cte);
  }
}

// The CTE that an entry names, with its query.
static Cte *cte_of(Walk *w, Query *q, const RuleNode *entry) {
  Query *holder = query_outward(w, q, rule_int(entry, STR("ctelevelsup")));
  Cte *cte = holder ? map_get(&holder->cte_names, rule_text(w->a, entry, STR("ctename"))) : NULL;
  if (!cte || cte->query)
    return cte;
  cte->query = query_open(w, rule_node(cte->node, STR("ctequery")), holder);
  if (w->stop.len && str_starts(cte->name, w->stop))
    cte->holder = stop_at(w, cte);
  return cte;
}

static void open_entry(Walk *w, Query *q, Entry *e) {
  e->kind = rule_int(e->node, STR("rtekind"));
  if (e->kind == ENTRY_RELATION)
    e->holder = relation_of(w, e->node);
  else if (e->kind == ENTRY_SUBQUERY)
    e->query = query_open(w, rule_node(e->node, STR("subquery")), q);
  else if (e->kind == ENTRY_CTE)
    e->cte = cte_of(w, q, e->node);
  e->ncolumns = rule_count(rule_value(rule_node(e->node, STR("eref")), STR("colnames")));
  if (e->kind != ENTRY_RELATION)
    e->columns = arena_array(w->a, Place, e->ncolumns);
}

Entry *query_entry(const Query *q, long number) {
  return number > 0 && (size_t)number <= q->nentries ? &q->entries[number - 1] : NULL;
}

static void open_outputs(Walk *w, Query *q) {
  RuleValue list = rule_value(q->node, STR("targetList"));
  q->noutputs = rule_count(list);
  q->outputs = arena_array(w->a, Output, q->noutputs);
  q->visible = arena_array(w->a, Output *, q->noutputs);
  q->by_ref = arena_array(w->a, Output *, q->noutputs + 1);
  for (size_t i = 0; i < q->noutputs; i++) {
    Output *t = &q->outputs[i];
    t->node = rule_as_node(rule_item(list, i));
    if (!rule_true(t->node, STR("resjunk")))
      q->visible[q->nvisible++] = t;
    long ref = rule_int(t->node, STR("ressortgroupref"));
    if (ref > 0 && (size_t)ref <= q->noutputs)
      q->by_ref[ref] = t;
  }
}

Output *query_ref(const Query *q, const RuleNode *clause) {
  long ref = rule_int(clause, STR("tleSortGroupRef"));
  return ref > 0 && (size_t)ref <= q->noutputs ? q->by_ref[ref] : NULL;
}

typedef struct Side {
  const RuleNode *node;
  bool compared, kept;
} Side;

enum { UNION = 1, EXCEPT = 3 };

// The branches of a tree of set operations, from left to right.
static void open_branches(Walk *w, Query *q) {
  VEC(Side) open = {0};
  VEC(Branch) found = {0};
  vec_push(w->a, &open, ((Side){rule_node(q->node, STR("setOperations")), false, true}));
  while (open.n) {
    Side side = open.items[--open.n];
    if (!side.node)
      continue;
    Entry *entry = query_entry(q, rule_int(side.node, STR("rtindex")));
    if (entry)
      vec_push(w->a, &found, ((Branch){entry, side.compared, side.kept}));
    long op = rule_int(side.node, STR("op"));
    bool compared = side.compared || op != UNION || !rule_true(side.node, STR("all"));
    vec_push(w->a, &open,
             ((Side){rule_node(side.node, STR("rarg")), compared, side.kept && op != EXCEPT}));
    vec_push(w->a, &open, ((Side){rule_node(side.node, STR("larg")), compared, side.kept}));
  }
  q->branches = found.items;
  q->nbranches = found.n;
  q->united = (Entry){.kind = ENTRY_UNITED,
                      .columns = arena_array(w->a, Place, q->nvisible),
                      .ncolumns = q->nvisible};
}

Query *query_open(Walk *w, const RuleNode *node, Query *outer) {
  Query *q = arena_new(w->a, Query);
  *q = (Query){.node = node, .outer = outer};
  return q;
}

void query_fill(Walk *w, Query *q) {
  if (q->filled)
    return;
  q->filled = true;
  open_ctes(w, q);
  RuleValue list = rule_value(q->node, STR("rtable"));
  q->nentries = rule_count(list);
  q->entries = arena_array(w->a, Entry, q->nentries);
  for (size_t i = 0; i < q->nentries; i++) {
    q->entries[i].node = rule_as_node(rule_item(list, i));
    open_entry(w, q, &q->entries[i]);
  }
  open_outputs(w, q);
  open_branches(w, q);
}

Query *query_outward(Walk *w, Query *q, long levels) {
  for (; q && levels > 0 && walk_step(w); levels--)
    q = q->outer;
  return levels ? NULL : q;
}
