// ls: the selected nodes, one a line, by unique id. Forms: selector, name, path, json.
#include "../../compiler/base/sort.h"
#include "../../compiler/graph/manifest_node.h"
#include "../../compiler/value/json.h"
#include "../lineage/whole.h"
#include "../run/files.h"
#include "../run/run.h"
#include "task.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b) {
  return str_cmp((*(const Node *const *)a)->id, (*(const Node *const *)b)->id);
}

static void add_fqn(Buf *out, const Node *n) {
  for (size_t i = 0; i < n->nfqn; i++)
    buf_addf(out, "%s%.*s", i ? "." : "", STR_ARG(n->fqn[i]));
}

static void form_selector(Buf *out, Run *r, const Node *n) {
  (void)r;
  Str kind = node_kind_names[n->kind];
  switch (n->kind) {
  case NODE_SOURCE:
    buf_addf(out, "source:%.*s.%.*s.%.*s", STR_ARG(n->package->name), STR_ARG(n->info->source_name),
             STR_ARG(n->name));
    break;
  case NODE_EXPOSURE:
  case NODE_METRIC:
  case NODE_SEMANTIC_MODEL:
  case NODE_SAVED_QUERY:
  case NODE_LOAD:
    buf_addf(out, "%.*s:%.*s.%.*s", STR_ARG(kind), STR_ARG(n->package->name), STR_ARG(n->name));
    break;
  case NODE_UNIT_TEST:
    buf_addf(out, "%.*s:%.*s.%.*s", STR_ARG(kind), STR_ARG(n->package->name),
             STR_ARG(node_unit_test_name(n)));
    break;
  default:
    add_fqn(out, n);
  }
}

static void form_name(Buf *out, Run *r, const Node *n) {
  (void)r;
  if (n->kind == NODE_SOURCE)
    buf_addf(out, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name));
  else
    buf_add(out, n->name);
  // A version stands behind the name: "fct.v1".
  if (n->kind == NODE_MODEL && n->nfqn) {
    Str last = n->fqn[n->nfqn - 1];
    if (!str_eq(last, n->name) && last.len > 1 && last.ptr[0] == 'v')
      buf_addf(out, ".%.*s", STR_ARG(last));
  }
}

static void form_path(Buf *out, Run *r, const Node *n) {
  (void)r;
  buf_add(out, n->original_path);
}

static const Str default_keys[] = {
    STR_INIT("alias"),         STR_INIT("name"),          STR_INIT("package_name"),
    STR_INIT("depends_on"),    STR_INIT("tags"),          STR_INIT("config"),
    STR_INIT("resource_type"), STR_INIT("source_name"),   STR_INIT("original_file_path"),
    STR_INIT("unique_id"),     STR_INIT("direct_parents")};

static bool by_default(Str key) {
  for (size_t i = 0; i < COUNT(default_keys); i++)
    if (str_eq(default_keys[i], key))
      return true;
  return false;
}

// "config.materialized" walks into dicts.
static Value walk(Value v, Str key) {
  Str part;
  while (str_cut(&key, '.', &part))
    v = val_get(v, part);
  return v;
}

// A column as the database has it, with what the YAML says of it.
static Value column_of(Arena *a, Value listed, const LineageColumn *c) {
  Value *known = dict_gets(listed.dict, c->name);
  Value column = known ? val_copy(a, *known, false) : val_dict(a);
  dict_sets(a, column.dict, STR("name"), val_str(c->name));
  if (val_get(column, STR("data_type")).kind != VAL_STR && c->type.len)
    dict_sets(a, column.dict, STR("data_type"), val_str(c->type));
  return column;
}

// The columns of a node with their types, in the database's order; behind them those that its YAML
// alone has.
static Value columns_of(Arena *a, const LineageGraph *g, const LineageNode *n, Value listed) {
  Value all = val_dict(a);
  for (uint32_t i = 1; i <= n->ncolumns; i++) {
    const LineageColumn *c = &g->columns[n->rows + i];
    dict_sets(a, all.dict, c->name, column_of(a, listed, c));
  }
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(listed.dict, &at));)
    if (!dict_gets(all.dict, val_text(e->key)))
      dict_set(a, all.dict, e->key, e->value);
  return all;
}

// What the last check knows of a node, where that is asked for. NULL: nothing.
static const LineageNode *lineage_of(Run *r, const Node *n) {
  const Words *keys = &r->options->output_keys;
  bool asked = !keys->n;
  for (size_t i = 0; i < keys->n; i++)
    asked |= str_find_word(keys->items[i], STR("columns"), 0) >= 0;
  const LineageGraph *g = asked ? lineage_known(r) : NULL;
  return g ? lineage_node(g, n->id) : NULL;
}

// A node as the manifest has it; where a check knows its columns with all of them and their types,
// and a model of dbt 1.12 with its direct parents, which are not there.
static Value listed(Arena *a, Run *r, const Node *n) {
  Value node = node_value(a, r->graph, n), columns = val_get(node, STR("columns"));
  const LineageNode *known = columns.kind == VAL_DICT ? lineage_of(r, n) : NULL;
  bool parents = n->kind == NODE_MODEL && r->project->level >= DBT_1_12;
  if (!known && !parents)
    return node;
  Value all = val_copy(a, node, false);
  if (known)
    dict_sets(a, all.dict, STR("columns"), columns_of(a, lineage_known(r), known, columns));
  if (parents)
    dict_sets(a, all.dict, STR("direct_parents"),
              val_get(val_get(node, STR("depends_on")), STR("nodes")));
  return all;
}

static void form_json(Buf *out, Run *r, const Node *n) {
  Arena a = {0};
  bool columns = lineage_of(r, n);
  Value node = listed(&a, r, n);
  Json j = {.out = out};
  json_open_object(&j);
  const Words *keys = &r->options->output_keys;
  size_t at = 0;
  for (DictEntry *e; !keys->n && (e = dict_next(node.dict, &at));)
    if (by_default(val_text(e->key)) || (columns && str_is(val_text(e->key), "columns"))) {
      json_key(&j, val_text(e->key));
      json_value(&j, e->value);
    }
  for (size_t i = 0; i < keys->n; i++) {
    Str rest = keys->items[i], key;
    while (str_cut(&rest, ' ', &key)) {
      Value v = key.len ? walk(node, key) : val_undef(NULL);
      if (v.kind == VAL_UNDEF)
        continue;
      json_key(&j, key);
      json_value(&j, v);
    }
  }
  json_close_object(&j);
  arena_free(&a);
}

static const struct {
  const char *name;
  void (*write)(Buf *out, Run *r, const Node *n);
} forms[] = {
    {"selector", form_selector},
    {"name",     form_name    },
    {"path",     form_path    },
    {"json",     form_json    }
};

static int list(Run *r) {
  unsigned all = r->options->command->kinds & ~(1u << NODE_ANALYSIS);
  const Words *types = &r->options->resource_types;
  for (size_t i = 0; i < types->n; i++) // "default" is all but analyses
    if (!str_is(types->items[i], "default"))
      all |= 1u << NODE_ANALYSIS;
  bool *bits = run_select(r, all);
  if (!bits)
    return EXIT_USAGE;
  const Node **nodes = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  size_t n = 0;
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[i])
      nodes[n++] = r->graph->nodes[i];
  sort_items(nodes, n, sizeof *nodes, by_id);
  void (*write)(Buf *, Run *, const Node *) = form_selector;
  for (size_t i = 0; i < COUNT(forms); i++)
    if (str_eq(r->options->output, str_c(forms[i].name)))
      write = forms[i].write;
  Buf line = {0};
  for (size_t i = 0; i < n; i++) {
    line.len = 0;
    write(&line, r, nodes[i]);
    run_print(r, buf_str(&line));
  }
  buf_free(&line);
  if (!n)
    run_say(r, EV_NoNodesSelected, NULL, "No nodes selected");
  return run_write_manifest(r) ? EXIT_GOOD : EXIT_FAILED;
}

int task_ls(RunOptions *o, Reporter *report) { return run_task(o, report, list); }
