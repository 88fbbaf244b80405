// What decides which rows a query returns, and which relations its rows come from.
#include "rule_walk.h"

Place rows_place(Walk *w, Query *q) {
  if (!q->rows) {
    q->rows = ways_places(&w->ways, 1);
    vec_push(w->a, &w->rows_asked, q);
  }
  return q->rows;
}

Place base_place(Walk *w, Query *q) {
  if (!q->base) {
    q->base = ways_places(&w->ways, 1);
    vec_push(w->a, &w->base_asked, q);
  }
  return q->base;
}

// The query that stands in FROM, if it is looked into.
static Query *query_in(const Entry *e) {
  if (e->kind == ENTRY_SUBQUERY)
    return e->query;
  return e->cte && !e->cte->holder ? e->cte->query : NULL;
}

// What has rows of its own influences those of who reads it.
static void entry_rows(Walk *w, Query *q, Entry *e) {
  Query *sub = query_in(e);
  if (sub)
    walk_add(w, q->rows, rows_place(w, sub), STEP_SAME);
  expr_asked(w, rule_value(e->node, STR("tablesample")), q, q->rows, STEP_FILTER);
  expr_asked(w, rule_value(e->node, STR("functions")), q, q->rows, STEP_JOIN);
  expr_asked(w, rule_value(e->node, STR("tablefunc")), q, q->rows, STEP_JOIN);
  if (e->kind > ENTRY_GROUP || e->kind < 0 || e->kind == ENTRY_CTE + 1)
    walk_add(w, q->rows, unknown_place(w, "it reads something of an unknown kind"), STEP_SAME);
}

static void entry_base(Walk *w, Query *q, Entry *e) {
  Query *sub = query_in(e);
  Holder *holder = e->cte ? e->cte->holder : e->holder;
  if (sub || holder)
    walk_add(w, q->base, sub ? base_place(w, sub) : holder_rows(w, holder), STEP_SAME);
}

// Goes through what stands in FROM. What is done with each depends on whose place is being read.
static void from(Walk *w, Query *q, void (*each)(Walk *w, Query *q, Entry *e), bool conditions) {
  VEC(const RuleNode *) open = {0};
  vec_push(w->a, &open, rule_node(q->node, STR("jointree")));
  while (open.n && walk_step(w)) {
    const RuleNode *node = open.items[--open.n];
    if (!node)
      continue;
    bool joins = str_is(node->label, "JOINEXPR");
    RuleValue list = rule_value(node, STR("fromlist"));
    for (size_t i = 0; i < rule_count(list); i++)
      vec_push(w->a, &open, rule_as_node(rule_item(list, i)));
    vec_push(w->a, &open, rule_node(node, STR("larg")));
    vec_push(w->a, &open, rule_node(node, STR("rarg")));
    if (conditions)
      expr_asked(w, rule_value(node, STR("quals")), q, q->rows, joins ? STEP_JOIN : STEP_FILTER);
    Entry *entry = joins ? NULL : query_entry(q, rule_int(node, STR("rtindex")));
    if (entry)
      each(w, q, entry);
  }
  for (size_t k = 0; k < q->nbranches; k++)
    each(w, q, q->branches[k].entry);
}

// The columns of branches that are compared.
static void compared(Walk *w, Query *q) {
  for (size_t k = 0; k < q->nbranches; k++)
    for (size_t i = 0; q->branches[k].compared && i < q->nvisible && walk_step(w); i++)
      walk_add(w, q->rows, entry_place(w, q, q->branches[k].entry, (long)i + 1), STEP_GROUP);
}

void rows_read(Walk *w, Query *q) {
  query_fill(w, q);
  from(w, q, entry_rows, true);
  compared(w, q);
  expr_asked(w, rule_value(q->node, STR("havingQual")), q, q->rows, STEP_FILTER);
  expr_asked(w, rule_value(q->node, STR("limitOffset")), q, q->rows, STEP_FILTER);
  expr_asked(w, rule_value(q->node, STR("limitCount")), q, q->rows, STEP_FILTER);
  refs_asked(w, rule_value(q->node, STR("groupClause")), q, q->rows, STEP_GROUP);
  refs_asked(w, rule_value(q->node, STR("distinctClause")), q, q->rows, STEP_GROUP);
  refs_asked(w, rule_value(q->node, STR("sortClause")), q, q->rows, STEP_SORT);
  for (size_t i = 0; rule_true(q->node, STR("hasTargetSRFs")) && i < q->noutputs; i++)
    multipliers_asked(w, rule_value(q->outputs[i].node, STR("expr")), q, q->rows);
}

void base_read(Walk *w, Query *q) {
  query_fill(w, q);
  from(w, q, entry_base, false);
}
