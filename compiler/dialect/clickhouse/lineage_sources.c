// What columns can belong to. In: the nodes of a tree. Out: for each query and union its places,
// for each table its relation, and the columns that joins make. What gets where is
// lineage_walk.c's.
#include "lineage_walk.h"

// The first query of a union, whose names are those of the union.
static const Query *first_of_union(const Walk *w, const TreeNode *n) {
  const TreeNode *list = tree_list(&w->tree, n, TREE_QUERIES);
  const TreeNode *first = list ? tree_first(&w->tree, list) : NULL;
  return first ? walk_source(w, first)->query : NULL;
}

// What is below n is noted already.
static void note_query(Walk *w, const TreeNode *n) {
  Query *q = arena_new(w->a, Query);
  const Query *first = n->word == TREE_UNION ? first_of_union(w, n) : NULL;
  q->node = n;
  q->cte = tree_field(n, "cte_name");
  q->mode = tree_field(n, "union_mode");
  q->names = first ? first->names : tree_child(&w->tree, n, TREE_PROJECTION_COLUMNS);
  q->n = q->names ? (first ? first->n : tree_count(&w->tree, q->names)) : 0;
  q->columns = ways_places(&w->ways, q->n);
  q->rows = ways_places(&w->ways, 2);
  q->such = q->rows + 1;
  walk_source(w, n)->query = q;
}

WaysRelation *clickhouse_lineage_relation(Walk *w, Str full) {
  const char *dot = full.len ? memchr(full.ptr, '.', full.len) : NULL;
  size_t at = dot ? (size_t)(dot - full.ptr) : 0;
  return dot ? ways_relation(&w->ways, str_sub(full, 0, at), str_sub(full, at + 1, full.len))
             : ways_relation(&w->ways, (Str){0}, full);
}

// The recursive CTE of that name around n.
static Query *recursive_around(const Walk *w, const TreeNode *n, Str name) {
  while ((n = tree_parent(&w->tree, n)))
    if (n->word == TREE_UNION && str_eq(walk_source(w, n)->query->cte, name))
      return walk_source(w, n)->query;
  return NULL;
}

static void note_table(Walk *w, const TreeNode *n) {
  Source *s = walk_source(w, n);
  const TreeNode *cte = tree_child(&w->tree, n, TREE_CTE_SUBQUERY);
  const TreeNode *query = cte ? tree_first(&w->tree, cte) : NULL;
  Str name = tree_field(n, "table_name"), temporary = tree_field(n, "temporary_table_name");
  if (query)
    s->query = walk_source(w, query)->query;
  else if (temporary.len)
    s->query = recursive_around(w, n, temporary);
  if (s->query || str_is(name, "system.one")) // a query without FROM reads it
    return;
  s->relation = clickhouse_lineage_relation(w, temporary.len ? temporary : name);
}

// Of these the rows do not come from a relation.
static const char generators[] = "numbers numbers_mt zeros zeros_mt values null generateRandom "
                                 "generateSeries generate_series primes one";

static void note_table_function(Walk *w, const TreeNode *n) {
  Source *s = walk_source(w, n);
  Str name = tree_field(n, "table_function_name"), of;
  const TreeNode *list = tree_list(&w->tree, n, TREE_ARGUMENTS);
  const TreeNode *first = list ? tree_first(&w->tree, list) : NULL;
  if (str_among(name, generators))
    return;
  if (str_is(name, "dictionary") && first && tree_constant_text(w->a, first, &of))
    s->relation = clickhouse_lineage_relation(w, of);
  else
    s->unknown =
        ways_unknown(&w->ways, str_fmt(w->a, "the table function %.*s() is read", STR_ARG(name)));
}

static void made_key(Buf *key, const TreeNode *join, Str name) {
  buf_addf(key, "%u,", join->id);
  buf_add(key, name);
}

Place clickhouse_lineage_made(const Walk *w, const TreeNode *join, Str name) {
  Buf key = {0};
  made_key(&key, join, name);
  const Place *made = map_get(&w->made, buf_str(&key));
  buf_free(&key);
  return made ? *made : 0;
}

// A column of USING or of ARRAY JOIN stands in the list of the join that it belongs to.
static void note_made(Walk *w, const TreeNode *n) {
  const TreeNode *list = tree_parent(&w->tree, n);
  const TreeNode *section = list ? tree_parent(&w->tree, list) : NULL;
  const TreeNode *join = section ? tree_parent(&w->tree, section) : NULL;
  if (!join || section->word != TREE_JOIN_EXPRESSION || join != tree_source(&w->tree, n))
    return;
  Buf key = {.arena = w->a};
  made_key(&key, join, tree_field(n, "column_name"));
  Source *s = walk_source(w, n);
  s->made = ways_places(&w->ways, 1);
  map_put(w->a, &w->made, buf_str(&key), &s->made);
}

void clickhouse_lineage_sources(Walk *w) {
  const TreeNode *nodes = w->tree.nodes;
  for (uint32_t i = w->tree.n; i-- > 0;)
    if (nodes[i].word == TREE_QUERY || nodes[i].word == TREE_UNION)
      note_query(w, &nodes[i]);
  for (uint32_t i = 0; i < w->tree.n; i++)
    if (nodes[i].word == TREE_TABLE)
      note_table(w, &nodes[i]);
    else if (nodes[i].word == TREE_TABLE_FUNCTION)
      note_table_function(w, &nodes[i]);
    else if (nodes[i].word == TREE_COLUMN)
      note_made(w, &nodes[i]);
}

// The types of a query's columns are those of what its projection lists, known where they say so.
void clickhouse_lineage_names(const Walk *w, const Query *q, Str *names) {
  const TreeNode *line = q->names ? tree_first(&w->tree, q->names) : NULL;
  const TreeNode *query = q->names ? tree_parent(&w->tree, q->names) : NULL;
  const TreeNode *list = query ? tree_list(&w->tree, query, TREE_PROJECTION) : NULL;
  const TreeNode *item = list ? tree_first(&w->tree, list) : NULL;
  for (uint32_t i = 0; line && i < q->n; i++, line = tree_next(&w->tree, line)) {
    names[i] = tree_name(line, item ? tree_type(item) : (Str){0});
    item = item ? tree_next(&w->tree, item) : NULL;
  }
}

static void fill_names(Walk *w, Query *q) {
  Str *names = arena_array(w->a, Str, q->n);
  Place *places = arena_array(w->a, Place, q->n);
  clickhouse_lineage_names(w, q, names);
  for (uint32_t i = q->n; i-- > 0;) { // of two with one name the first counts
    places[i] = q->columns + i;
    map_put(w->a, &q->by_name, names[i], &places[i]);
  }
}

Place clickhouse_lineage_named(Walk *w, Query *q, Str name) {
  if (q->n && !q->by_name.n)
    fill_names(w, q);
  const Place *place = map_get(&q->by_name, name);
  return place ? *place : 0;
}
