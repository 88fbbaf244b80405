// The places of columns: of a query, of a relation, of what stands in FROM; and the list of what is
// to be read for places that were asked for.
#include "rule_walk.h"

void walk_all(Walk *w) {
  for (;;) {
    if (!walk_step(w))
      return;
    if (w->jobs.n)
      expr_read(w, w->jobs.items[--w->jobs.n]);
    else if (w->rows_asked.n)
      rows_read(w, w->rows_asked.items[--w->rows_asked.n]);
    else if (w->base_asked.n)
      base_read(w, w->base_asked.items[--w->base_asked.n]);
    else
      return;
  }
}

Place unknown_place(Walk *w, const char *why) { return ways_unknown(&w->ways, str_c(why)); }

static Place new_place(Walk *w) { return ways_places(&w->ways, 1); }

Place output_place(Walk *w, Query *q, Output *output) {
  if (!output->place) {
    output->place = new_place(w);
    expr_asked(w, rule_value(output->node, STR("expr")), q, output->place, STEP_SAME);
  }
  return output->place;
}

Place column_place(Walk *w, Query *q, size_t i) {
  query_fill(w, q);
  return i < q->nvisible ? output_place(w, q, q->visible[i])
                         : unknown_place(w, "a column is in no query");
}

Place holder_rows(Walk *w, Holder *holder) {
  return holder->relation ? ways_column(&w->ways, holder->relation, (Str){0})
                          : unknown_place(w, "a relation has no name");
}

static const char *const system_columns[] = {"",     "ctid", "xmin",    "cmin",
                                             "xmax", "cmax", "tableoid"};

static Place holder_whole(Walk *w, Holder *holder) {
  if (holder->whole)
    return holder->whole;
  holder->whole = new_place(w);
  walk_add(w, holder->whole, holder_rows(w, holder), STEP_COMPUTED);
  for (size_t i = 0; i < rule_count(holder->columns); i++)
    if (rule_item(holder->columns, i).n)
      walk_add(w, holder->whole, holder_place(w, holder, (long)i + 1), STEP_COMPUTED);
  return holder->whole;
}

Place holder_place(Walk *w, Holder *holder, long number) {
  if (!holder->relation)
    return unknown_place(w, "a relation has no name");
  if (!number)
    return holder_whole(w, holder);
  Str name = {0};
  if (number > 0)
    name = rule_as_text(w->a, rule_item(holder->columns, (size_t)number - 1));
  else if (-number < (long)COUNT(system_columns))
    name = str_c(system_columns[-number]);
  return name.len ? ways_column(&w->ways, holder->relation, name)
                  : unknown_place(w, "a column has no name");
}

// `search` and `cycle` add columns behind those of the query, made of the columns that they list.
static Place added_column(Walk *w, Cte *cte, size_t extra) {
  const RuleNode *search = rule_node(cte->node, STR("search_clause"));
  RuleValue names = extra || !search ? rule_value(rule_node(cte->node, STR("cycle_clause")),
                                                  STR("cycle_col_list"))
                                     : rule_value(search, STR("search_col_list"));
  RuleValue all = rule_value(cte->node, STR("ctecolnames"));
  Place place = rule_count(names) ? new_place(w) : unknown_place(w, "a column is in no query");
  for (size_t k = 0; k < rule_count(names); k++)
    for (size_t i = 0; i < cte->query->nvisible && walk_step(w); i++)
      if (str_eq(rule_as_text(w->a, rule_item(all, i)), rule_as_text(w->a, rule_item(names, k))))
        walk_add(w, place, column_place(w, cte->query, i), STEP_COMPUTED);
  return place;
}

static Place cte_column(Walk *w, Cte *cte, size_t i) {
  if (cte->holder)
    return holder_place(w, cte->holder, (long)i + 1);
  query_fill(w, cte->query);
  return i < cte->query->nvisible ? column_place(w, cte->query, i)
                                  : added_column(w, cte, i - cte->query->nvisible);
}

// The function whose column it is: several stand side by side in `rows from (..)`.
static RuleValue function_of(const Entry *entry, size_t i) {
  RuleValue list = rule_value(entry->node, STR("functions"));
  for (size_t k = 0; k < rule_count(list); k++) {
    const RuleNode *f = rule_as_node(rule_item(list, k));
    long columns = rule_int(f, STR("funccolcount"));
    if (columns > 0 && i < (size_t)columns)
      return rule_value(f, STR("funcexpr"));
    i -= columns > 0 ? (size_t)columns : 0;
  }
  return (RuleValue){0}; // with ordinality
}

static void values_column(Walk *w, Query *q, const Entry *entry, size_t i, Place to) {
  RuleValue rows = rule_value(entry->node, STR("values_lists"));
  for (size_t k = 0; k < rule_count(rows) && walk_step(w); k++)
    expr_asked(w, rule_item(rule_item(rows, k), i), q, to, STEP_SAME);
}

static void united_column(Walk *w, Query *q, size_t i, Place to) {
  for (size_t k = 0; k < q->nbranches && walk_step(w); k++)
    if (q->branches[k].kept)
      walk_add(w, to, entry_place(w, q, q->branches[k].entry, (long)i + 1), STEP_SAME);
}

// Asks for what column i is made of.
static void column_asked(Walk *w, Query *q, const Entry *e, size_t i, Place to) {
  if (e->kind == ENTRY_JOIN)
    expr_asked(w, rule_item(rule_value(e->node, STR("joinaliasvars")), i), q, to, STEP_SAME);
  else if (e->kind == ENTRY_GROUP)
    expr_asked(w, rule_item(rule_value(e->node, STR("groupexprs")), i), q, to, STEP_SAME);
  else if (e->kind == ENTRY_VALUES)
    values_column(w, q, e, i, to);
  else if (e->kind == ENTRY_FUNCTION)
    expr_asked(w, function_of(e, i), q, to, STEP_COMPUTED);
  else if (e->kind == ENTRY_TABLEFUNC)
    expr_asked(w, rule_value(e->node, STR("tablefunc")), q, to, STEP_COMPUTED);
  else if (e->kind == ENTRY_UNITED)
    united_column(w, q, i, to);
  else
    walk_add(w, to, unknown_place(w, "it is read from something of an unknown kind"), STEP_SAME);
}

static Place one_column(Walk *w, Query *q, Entry *entry, size_t i) {
  if (entry->kind == ENTRY_SUBQUERY)
    return column_place(w, entry->query, i);
  if (entry->kind == ENTRY_CTE && entry->cte)
    return cte_column(w, entry->cte, i);
  if (i >= entry->ncolumns)
    return unknown_place(w, "a column is in no relation");
  if (!entry->columns[i]) {
    entry->columns[i] = new_place(w);
    column_asked(w, q, entry, i, entry->columns[i]);
  }
  return entry->columns[i];
}

Place entry_place(Walk *w, Query *q, Entry *entry, long number) {
  if (entry->kind == ENTRY_RELATION)
    return holder_place(w, entry->holder, number);
  if (number)
    return number > 0 ? one_column(w, q, entry, (size_t)number - 1)
                      : unknown_place(w, "a column is in no relation");
  if (!entry->whole) {
    entry->whole = new_place(w);
    for (size_t i = 0; i < entry->ncolumns && walk_step(w); i++)
      walk_add(w, entry->whole, one_column(w, q, entry, i), STEP_COMPUTED);
  }
  return entry->whole;
}
