// What the tree of a query says of its columns. In: the text of EXPLAIN QUERY TREE. Out: a
// QueryLineage. lineage_walk.h says how.
#include "lineage_walk.h"

typedef struct Named {
  Str name;
  Query *query;
  uint32_t group;
} Named;

typedef VEC(Named) Nameds;

static QueryLineage read_lineage(Walk *w, const Query *q, uint32_t group) {
  LineageOutput *columns = arena_array(w->a, LineageOutput, q->n);
  Str *names = arena_array(w->a, Str, q->n);
  clickhouse_lineage_names(w, q, names);
  for (uint32_t i = 0; i < q->n; i++) {
    LineageOutput *out = &columns[i];
    out->name = names[i];
    out->inputs = ways_inputs(&w->ways, q->columns + i, group, &out->n, &out->unknown);
  }
  QueryLineage lineage = {.columns = columns, .ncolumns = q->n};
  lineage.rows = ways_inputs(&w->ways, q->rows, group, &lineage.nrows, &lineage.unknown);
  return lineage;
}

// A CTE is printed once for each time it is read: all of them are the one relation.
static void stop_at(Walk *w, Query *q, Str name, uint32_t group) {
  WaysRelation *r = ways_relation(&w->ways, (Str){0}, name);
  Str *names = arena_array(w->a, Str, q->n);
  clickhouse_lineage_names(w, q, names);
  for (uint32_t i = 0; i < q->n; i++)
    ways_stop(&w->ways, q->columns + i, ways_column(&w->ways, r, names[i]), group);
  ways_stop(&w->ways, q->such, ways_column(&w->ways, r, (Str){0}), group);
  ways_stop(&w->ways, q->rows, 0, group);
}

// The CTEs whose name starts with `stop`, once each, in the order of the text.
static Nameds find_ctes(Walk *w, Str stop) {
  Nameds ctes = {0};
  Map groups = {0};
  for (uint32_t i = 0; stop.len && i < w->tree.n; i++) {
    Query *q = w->sources[i].query;
    if (!q || q->node != &w->tree.nodes[i]) // a table that stands for a query
      continue;
    Str name = q->cte;
    if (!str_starts(name, stop))
      continue;
    const Named *known = map_get(&groups, name);
    uint32_t group = known ? known->group : (uint32_t)ctes.n + 1;
    stop_at(w, q, name, group);
    if (known)
      continue;
    Named *cte = arena_new(w->a, Named);
    *cte = (Named){name, q, group};
    map_put(w->a, &groups, name, cte);
    vec_push(w->a, &ctes, *cte);
  }
  return ctes;
}

static QueryLineage read(Arena *a, Str answer, Str stop) {
  Walk w = {.a = a, .ways = {.a = a}};
  const char *wrong = query_tree_read(a, answer, &w.tree);
  if (wrong)
    return (QueryLineage){.unknown = str_c(wrong)};
  w.sources = arena_array(a, Source, w.tree.n);
  w.parts = arena_array(a, Part, w.tree.n);
  clickhouse_lineage_sources(&w);
  clickhouse_lineage_walk(&w);
  Nameds found = find_ctes(&w, stop);
  ways_close(&w.ways);
  CteLineage *ctes = arena_array(a, CteLineage, found.n);
  for (size_t i = 0; i < found.n; i++)
    ctes[i] = (CteLineage){found.items[i].name,
                           read_lineage(&w, found.items[i].query, found.items[i].group)};
  QueryLineage lineage = read_lineage(&w, w.sources[0].query, 0);
  lineage.ctes = ctes;
  lineage.nctes = found.n;
  lineage.mixed = clickhouse_mixed_types(a, &w.tree, stop, &lineage.nmixed);
  return lineage;
}

// More passes would rewrite the query, none resolves nothing. Rows of a bare EXPLAIN are no stream
// (26.5, in process). The query may end with a comment.
static void ask(Buf *out, const struct Relation *made, Str query) {
  (void)made;
  buf_adds(out, "select * from (explain query tree passes = 1 ");
  buf_add(out, query);
  buf_adds(out, "\n)");
}

const LineageRules clickhouse_lineage = {.ask = ask, .read = read, .mixes = true};
