// In: a connection, nodes that ask for rows of theirs. Out: those rows, for the page.
#include "docs_rows.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/context/relation.h"
#include "../docs/chart.h"
#include "../run/worker.h"

enum { MOST_EXAMPLES = 100 };

static const char sample_text[] =
    "{%- set t = adapter.starc_macro('starc_get_sample')(starc_relation, starc_limit) -%}"
    "{%- do starc_names.extend(t.column_names) -%}"
    "{%- for row in t -%}{%- do starc_rows.append(row.values() | list) -%}{%- endfor -%}";

// How many rows are wanted of a node, by itself and by the exposures that read it.
static int64_t rows_wanted(const Node *n) {
  Value examples = val_get(n->docs, STR("rows"));
  int64_t wanted = val_is(examples, VAL_INT) && examples.i > 0 ? examples.i : 0;
  if (wanted > MOST_EXAMPLES)
    wanted = MOST_EXAMPLES;
  for (size_t i = 0; i <= n->nfeeds; i++) {
    const Node *by = i ? n->feeds[i - 1] : n;
    int64_t rows = chart_draws(by, n) ? chart_rows(by) : 0;
    wanted = rows > wanted ? rows : wanted;
  }
  return wanted;
}

static bool is_masked(const Node *n, Str column) {
  for (size_t i = 0; i < n->ncolumns; i++)
    if (str_eq_nocase(n->columns[i]->name, column))
      return val_truth(val_get(n->columns[i]->meta, STR("mask")));
  return false;
}

static void mask(const Node *n, Value names, Value rows) {
  for (size_t c = 0; c < names.list->n; c++) {
    if (!is_masked(n, val_text(names.list->items[c])))
      continue;
    for (size_t i = 0; i < rows.list->n; i++)
      rows.list->items[i].list->items[c] = val_lit("*****");
  }
}

static void read_rows(Run *r, Conn *conn, const Node *n, int64_t limit, Dict *found) {
  Arena *a = &r->arena;
  Context *c = arena_new(a, Context);
  Value names = val_list(a, 8), rows = val_list(a, 16), out;
  Diags ignored;
  diags_init(&ignored);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &conn->db);
  context_set(c, STR("starc_relation"), relation_of_node(a, &r->shared, n));
  context_set(c, STR("starc_limit"), val_int(limit + 1)); // one more tells that there are more
  context_set(c, STR("starc_names"), names);
  context_set(c, STR("starc_rows"), rows);
  bool good = context_eval(c, str_c(sample_text), &out, &ignored);
  context_settle(c, conn, false);
  if (good) {
    bool more = rows.list->n > (size_t)limit;
    rows.list->n -= more;
    mask(n, names, rows);
    Value all = val_dict(a);
    dict_sets(a, all.dict, STR("names"), names);
    dict_sets(a, all.dict, STR("rows"), rows);
    dict_sets(a, all.dict, STR("more"), val_bool(more));
    dict_sets(a, all.dict, STR("at"), val_str(artifact_time(a, clock_us())));
    dict_sets(a, found, n->id, all);
    for (size_t i = 0; i <= n->nfeeds; i++) {
      const Node *by = i ? n->feeds[i - 1] : n;
      if (chart_draws(by, n))
        chart_check(r->graph, by, names, &r->diags);
    }
  } else {
    run_tell(r, (Event){.kind = EV_Note, .level = LEVEL_WARN, .node = n},
             "%.*s: its rows are not in the page: %.*s", STR_ARG(n->name),
             STR_ARG(ignored.first ? ignored.first->message : STR("")));
  }
  diags_free(&ignored);
}

Value docs_rows(Run *r, Conn *conn, const bool *chosen) {
  Value found = val_dict(&r->arena);
  for (size_t i = 0; i < r->graph->nnodes && !run_stopped(r); i++) {
    const Node *n = r->graph->nodes[i];
    if (!n->relation_name.len || (chosen && !chosen[i]))
      continue;
    int64_t limit = rows_wanted(n);
    if (limit)
      read_rows(r, conn, n, limit, found.dict);
  }
  return found;
}
