// Whose value each node of a tree is a part of, from what its parent is a part of: so a loop over
// the nodes is enough. In: a tree and its sources. Out: the ways between the places of its queries.
#include "lineage_walk.h"

static bool is_query(const TreeNode *n) { return n->word == TREE_QUERY || n->word == TREE_UNION; }

// The node that n is an entry of a list of (what stands between them is LIST and `section`); or
// NULL.
static const TreeNode *listed_by(const Walk *w, const TreeNode *n, TreeWord section) {
  const TreeNode *list = tree_parent(&w->tree, n);
  const TreeNode *of = list && list->word == TREE_LIST ? tree_parent(&w->tree, list) : NULL;
  return of && of->word == section ? tree_parent(&w->tree, of) : NULL;
}

// --- parts of a query

// What stands in a section of a query decides which rows there are, in this way.
static const struct {
  TreeWord word;
  LineageStep step;
} sections[] = {
    {TREE_JOIN_TREE, STEP_JOIN  },
    {TREE_PREWHERE,  STEP_FILTER},
    {TREE_WHERE,     STEP_FILTER},
    {TREE_HAVING,    STEP_FILTER},
    {TREE_QUALIFY,   STEP_FILTER},
    {TREE_LIMIT,     STEP_FILTER},
    {TREE_OFFSET,    STEP_FILTER},
    {TREE_OTHER,     STEP_FILTER},
    {TREE_GROUP_BY,  STEP_GROUP },
    {TREE_LIMIT_BY,  STEP_GROUP },
    {TREE_ORDER_BY,  STEP_SORT  },
};

static Part part_of_section(Query *q, TreeWord word) {
  for (size_t i = 0; i < COUNT(sections); i++)
    if (sections[i].word == word)
      return (Part){.of = q->rows, .step = sections[i].step, .query = q};
  return (Part){.query = q}; // PROJECTION: each of its list is a part of its own
}

// An entry of a list: a column of a projection, an argument; else what the list is.
static Part part_of_entry(Walk *w, const TreeNode *n, Part up) {
  const TreeNode *of = listed_by(w, n, TREE_PROJECTION);
  if (of && up.query && is_query(of))
    return (Part){.of = n->nth < up.query->n ? up.query->columns + n->nth : 0, .query = up.query};
  of = listed_by(w, n, TREE_ARGUMENTS);
  if (!of || of->word != TREE_FUNCTION)
    return up;
  Part function = w->parts[walk_at(w, of)];
  if (function.taken && function.taken != n->nth + 1) // its rows count, its value does not
    return (Part){.of = ways_places(&w->ways, 1), .query = function.query};
  LineageStep step = clickhouse_argument_step(function.rule, n->nth, function.count);
  return (Part){
      .of = function.of, .step = step_at_least(function.step, step), .query = function.query};
}

static Part nobodys(Part up) { return (Part){.query = up.query}; }

// INTERPOLATE (x AS x + 1): what stands behind AS gets into the column x.
static Part part_of_interpolate(Walk *w, const TreeNode *n, Part up) {
  const TreeNode *interpolate = tree_parent(&w->tree, n);
  const TreeNode *first = tree_first(&w->tree, interpolate);
  if (n->nth != 1 || first->word != TREE_EXPRESSION || !up.query)
    return nobodys(up);
  Str name = str_trim(str_sub(first->text, STR("EXPRESSION").len, first->text.len));
  return (Part){
      .of = clickhouse_lineage_named(w, up.query, name), .step = STEP_COMPUTED, .query = up.query};
}

// What stands below a column is what a join makes it of. That of a table's column is the table's.
static Part part_of_column(const Walk *w, const TreeNode *column, Part up) {
  const TreeNode *source = tree_source(&w->tree, column);
  Place made = walk_source(w, column)->made;
  if (!source || (source->word != TREE_JOIN && source->word != TREE_ARRAY_JOIN))
    return nobodys(up);
  if (!made)
    return up;
  LineageStep step = source->word == TREE_ARRAY_JOIN ? STEP_COMPUTED : STEP_SAME;
  return (Part){.of = made, .step = step, .query = up.query};
}

static Part part_below(Walk *w, const TreeNode *n) {
  const TreeNode *parent = tree_parent(&w->tree, n);
  Part up = w->parts[walk_at(w, parent)];
  switch (parent->word) {
  case TREE_QUERY:
    return part_of_section(walk_source(w, parent)->query, n->word);
  case TREE_LIST:
    return part_of_entry(w, n, up);
  case TREE_COLUMN:
    return n->nth ? nobodys(up) : part_of_column(w, parent, up);
  case TREE_INTERPOLATE:
    return part_of_interpolate(w, n, up);
  case TREE_LAMBDA: // its arguments are no columns
    return n->word == TREE_ARGUMENTS ? nobodys(up) : up;
  case TREE_TABLE_FUNCTION:
    return nobodys(up);
  case TREE_FUNCTION:
    if (n->word == TREE_WINDOW)
      up.step = step_at_least(up.step, STEP_WINDOW);
    return up;
  default:
    return up;
  }
}

// --- what a node adds

static void add_columns(Walk *w, Place of, bool each, const Query *q, LineageStep step) {
  for (uint32_t i = 0; i < q->n; i++)
    ways_add(&w->ways, each ? of + i : of, q->columns + i, step);
}

// A source of FROM: its rows become those of the query around it.
static void add_from(Walk *w, Part part, const Source *s) {
  Query *q = part.query;
  Place such = s->query      ? s->query->such
               : s->relation ? ways_column(&w->ways, s->relation, (Str){0})
                             : s->unknown;
  if (!q)
    return;
  ways_add(&w->ways, q->such, such, STEP_SAME);
  ways_add(&w->ways, q->rows, s->query ? s->query->rows : s->unknown, STEP_SAME);
  if (part.crossed)
    ways_add(&w->ways, q->rows, such, STEP_JOIN);
}

// A query of a union: position by position. What EXCEPT takes away is in no value.
static void add_branch(Walk *w, const TreeNode *n, const TreeNode *of) {
  Query *u = walk_source(w, of)->query, *q = walk_source(w, n)->query;
  Query part = {.columns = q->columns, .n = q->n < u->n ? q->n : u->n};
  if (!n->nth || !str_starts(u->mode, STR("EXCEPT")))
    add_columns(w, u->columns, true, &part, STEP_SAME);
  if (!str_among(u->mode, "UNION_ALL UNION_DEFAULT"))
    add_columns(w, u->rows, false, q, STEP_GROUP);
  ways_add(&w->ways, u->rows, q->rows, STEP_SAME);
  ways_add(&w->ways, u->such, q->such, STEP_SAME);
}

// A subquery in an expression: its value, and which rows it has.
static void add_subquery(Walk *w, const TreeNode *n, Part part) {
  const Query *q = walk_source(w, n)->query;
  const TreeNode *function = listed_by(w, n, TREE_ARGUMENTS);
  bool exists = function && function->word == TREE_FUNCTION &&
                w->parts[walk_at(w, function)].rule.arguments == ARGUMENT_EXISTS;
  if (exists)
    ways_add(&w->ways, part.of, q->such, part.step);
  else
    add_columns(w, part.of, false, q,
                step_at_least(part.step, q->n > 1 ? STEP_COMPUTED : STEP_SAME)); // several: a tuple
  ways_add(&w->ways, part.of, q->rows, part.step);
}

static bool in_from(const TreeNode *parent) {
  return parent->word == TREE_JOIN_TREE || parent->word == TREE_TABLE_EXPRESSION ||
         parent->word == TREE_CTE_SUBQUERY;
}

static Part enter_query(Walk *w, const TreeNode *n, Part part) {
  Query *q = walk_source(w, n)->query;
  const TreeNode *parent = tree_parent(&w->tree, n);
  const TreeNode *of = parent ? listed_by(w, n, TREE_QUERIES) : NULL;
  if (of && of->word == TREE_UNION)
    add_branch(w, n, of);
  else if (parent && !in_from(parent))
    add_subquery(w, n, part);
  else if (parent && parent->word != TREE_CTE_SUBQUERY)
    add_from(w, part, walk_source(w, n));
  if (tree_field(n, "is_distinct").len)
    add_columns(w, q->rows, false, q, STEP_GROUP);
  return (Part){.query = q};
}

static Part enter_table(Walk *w, const TreeNode *n, Part part) {
  const Source *s = walk_source(w, n);
  if (in_from(tree_parent(&w->tree, n)))
    add_from(w, part, s);
  else if (s->relation) // x IN table
    ways_add(&w->ways, part.of, ways_column(&w->ways, s->relation, (Str){0}), part.step);
  return nobodys(part);
}

static Part enter_join(const Walk *w, const TreeNode *n, Part part) {
  part.crossed = n->word == TREE_CROSS_JOIN ||
                 (n->word == TREE_JOIN && !tree_child(&w->tree, n, TREE_JOIN_EXPRESSION));
  return part;
}

// The names of columns in a constant: 'a', or Tuple_('a', 'b').
static void add_looked_up(Walk *w, WaysRelation *r, const TreeNode *n, Part part) {
  Str s = tree_field(n, "constant_value"), name;
  if (tree_constant_text(w->a, n, &name)) {
    ways_add(&w->ways, part.of, ways_column(&w->ways, r, name), part.step);
    return;
  }
  part.step = step_at_least(part.step, STEP_COMPUTED);
  for (size_t at = 0; at < s.len;) {
    ptrdiff_t open = str_find(s, STR("'"), at);
    ptrdiff_t close = open < 0 ? -1 : str_find(s, STR("'"), (size_t)open + 1);
    if (close < 0)
      return;
    name = str_sub(s, (size_t)open + 1, (size_t)close);
    ways_add(&w->ways, part.of, ways_column(&w->ways, r, name), part.step);
    at = (size_t)close + 1;
  }
}

// dictGet(relation, column, keys ..), dictHas(relation, keys ..)
static void add_lookup(Walk *w, const TreeNode *n, const TreeNode *first, Part part) {
  bool by_key = part.rule.arguments == ARGUMENT_LOOKUP_KEY;
  bool or_default = part.rule.arguments == ARGUMENT_LOOKUP_OR;
  const TreeNode *second = first ? tree_next(&w->tree, first) : NULL;
  Str name;
  if (!first || !tree_constant_text(w->a, first, &name) ||
      (!by_key && (!second || second->word != TREE_CONSTANT))) {
    Str function = tree_field(n, "function_name");
    Str why = str_fmt(w->a, "%.*s() is called with a computed name", STR_ARG(function));
    ways_add(&w->ways, part.of, ways_unknown(&w->ways, why), STEP_SAME);
    return;
  }
  WaysRelation *r = clickhouse_lineage_relation(w, name);
  part.step = step_at_least(part.step, or_default ? STEP_COMPUTED : STEP_SAME);
  if (!by_key)
    add_looked_up(w, r, second, part);
  // Which keys it has.
  ways_add(&w->ways, part.of, ways_column(&w->ways, r, (Str){0}),
           step_at_least(part.step, STEP_JOIN));
}

// An aggregate of nothing is one of the rows: count(*), row_number().
static bool of_rows(const Walk *w, const TreeNode *first) {
  while (first && first->word == TREE_CONSTANT)
    first = tree_next(&w->tree, first);
  return !first;
}

// tupleElement(tuple(a, b), 2) is b. The number of the only argument of a tuple that is taken; 0:
// all of them are.
static uint32_t taken_of_tuple(const Walk *w, const TreeNode *tuple, const TreeNode *element) {
  if (!element || element->word != TREE_FUNCTION || tuple->nth ||
      !str_is(tree_field(tuple, "function_name"), "tuple") ||
      !str_is(tree_field(element, "function_name"), "tupleElement"))
    return 0;
  const TreeNode *which = tree_next(&w->tree, tuple);
  Str value = which ? tree_field(which, "constant_value") : (Str){0};
  ptrdiff_t number = str_starts(value, STR("UInt64_")) ? 0 : -1;
  for (size_t i = STR("UInt64_").len; number >= 0 && number < 1000 && i < value.len; i++)
    number = number * 10 + value.ptr[i] - '0';
  return number > 0 ? (uint32_t)number : 0;
}

static Part enter_function(Walk *w, const TreeNode *n, Part part) {
  const TreeNode *list = tree_list(&w->tree, n, TREE_ARGUMENTS);
  const TreeNode *first = list ? tree_first(&w->tree, list) : NULL;
  part.count = list ? tree_count(&w->tree, list) : 0;
  part.rule = clickhouse_function_rule(n, part.count);
  const TreeNode *around = listed_by(w, n, TREE_ARGUMENTS);
  part.taken = taken_of_tuple(w, n, around);
  if (part.taken) {
    part.step = w->parts[walk_at(w, around)].step;
    part.rule.arguments = ARGUMENT_SAME;
  }
  ArgumentRule rule = part.rule.arguments;
  if (rule == ARGUMENT_AGGREGATED && part.query && of_rows(w, first))
    ways_add(&w->ways, part.of, part.query->such, step_at_least(part.step, STEP_AGGREGATED));
  if (rule == ARGUMENT_LOOKUP || rule == ARGUMENT_LOOKUP_OR || rule == ARGUMENT_LOOKUP_KEY)
    add_lookup(w, n, first, part);
  if (rule == ARGUMENT_NONE)
    part.of = 0;
  if (rule == ARGUMENT_ROWS && part.of && part.query) {
    Place array = ways_places(&w->ways, 1);
    ways_add(&w->ways, part.of, array, part.step);
    ways_add(&w->ways, part.query->rows, array, STEP_JOIN);
    part.of = array;
    part.step = STEP_SAME;
  }
  return part;
}

// The place of a query's column. What it is not known by may be a part of one: t.a of t.
static Place column_of_query(Walk *w, Query *q, Str name, LineageStep *step) {
  Place place = clickhouse_lineage_named(w, q, name);
  ptrdiff_t dot;
  for (int parts = 0; !place && parts < 8 && (dot = str_rfind(name, STR("."))) > 0; parts++) {
    name = str_sub(name, 0, (size_t)dot);
    place = clickhouse_lineage_named(w, q, name);
    *step = step_at_least(*step, STEP_COMPUTED);
  }
  return place;
}

// What was folded keeps the names that an ARRAY JOIN had before it gave its columns others
// (isNull(n) of what is never NULL): it is one of them.
static Place one_of_array_join(Walk *w, const TreeNode *join) {
  const TreeNode *list = tree_list(&w->tree, join, TREE_JOIN_EXPRESSION);
  const TreeNode *made = list ? tree_first(&w->tree, list) : NULL;
  Place place = made ? ways_places(&w->ways, 1) : 0;
  for (; made; made = tree_next(&w->tree, made))
    ways_add(&w->ways, place, walk_source(w, made)->made, STEP_COMPUTED);
  return place;
}

// What has no columns that are known: a table function, the one row of no FROM, a lambda.
static bool without_columns(TreeWord word) {
  return word == TREE_TABLE || word == TREE_TABLE_FUNCTION || word == TREE_LAMBDA;
}

// The place that a column names, *step: how it is in it. 0: of no column (a lambda's argument, a
// generated row).
static Place column_place(Walk *w, const TreeNode *n, Part part, LineageStep *step) {
  const TreeNode *source = tree_source(&w->tree, n);
  const Source *s = source ? walk_source(w, source) : NULL;
  Str name = tree_field(n, "column_name");
  Place place = 0;
  if (source && s->relation)
    return ways_column(&w->ways, s->relation, name);
  if (source && !s->query && without_columns(source->word))
    return s->unknown;
  if (source && s->query)
    place = column_of_query(w, s->query, name, step);
  else if (source && source->word == TREE_INTERPOLATE && part.query)
    place = clickhouse_lineage_named(w, part.query, name);
  else if (source)
    place = clickhouse_lineage_made(w, source, name);
  if (!place && source && source->word == TREE_ARRAY_JOIN)
    place = one_of_array_join(w, source);
  if (place || tree_first(&w->tree, n))
    return place;
  return ways_unknown(&w->ways, str_fmt(w->a, "where %.*s is from is not said", STR_ARG(name)));
}

static Part enter_column(Walk *w, const TreeNode *n, Part part) {
  Place made = walk_source(w, n)->made;
  if (made && part.query) { // in the list of its join
    ways_add(&w->ways, part.query->rows, made, STEP_JOIN);
  } else if (part.of) {
    LineageStep step = part.step;
    Place from = column_place(w, n, part, &step);
    ways_add(&w->ways, part.of, from, step);
  }
  return part;
}

static Part enter(Walk *w, const TreeNode *n, Part part) {
  switch (n->word) {
  case TREE_QUERY:
  case TREE_UNION:
    return enter_query(w, n, part);
  case TREE_TABLE:
  case TREE_TABLE_FUNCTION:
    return enter_table(w, n, part);
  case TREE_JOIN:
  case TREE_CROSS_JOIN:
  case TREE_ARRAY_JOIN:
    return enter_join(w, n, part);
  case TREE_FUNCTION:
    return enter_function(w, n, part);
  case TREE_COLUMN:
    return enter_column(w, n, part);
  default:
    return part;
  }
}

void clickhouse_lineage_walk(Walk *w) {
  w->parts[0] = enter_query(w, &w->tree.nodes[0], (Part){0});
  for (uint32_t i = 1; i < w->tree.n; i++) {
    const TreeNode *n = &w->tree.nodes[i];
    w->parts[i] = enter(w, n, part_below(w, n));
  }
}
