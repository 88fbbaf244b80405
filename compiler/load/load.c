// In: an opened project. Out: its graph, linked, and its macros. The order of the steps; each step
// is a file of this folder.
#include "load.h"

#include "../base/clock.h"
#include "access.h"
#include "catalogs.h"
#include "config_values.h"
#include "deprecated.h"
#include "docs.h"
#include "duplicates.h"
#include "exposures.h"
#include "files.h"
#include "hooks.h"
#include "macros.h"
#include "microbatch.h"
#include "models.h"
#include "node_names.h"
#include "nodes.h"
#include "osi.h"
#include "props.h"
#include "semantic.h"
#include "semantic_check.h"
#include "sources.h"
#include "tests.h"
#include "threads.h"
#include "unit_tests.h"
#include "unread.h"

#include <stdlib.h>
#include <time.h>

// --- finishing

static void collect_findings(Load *l) {
  for (size_t i = 0; i < l->work.n; i++) {
    Work *w = &l->work.items[i];
    if (w->diags)
      diags_move(l->diags, w->diags);
  }
}

static void set_patch_paths(Load *l) {
  for (size_t i = 0; i < l->work.n; i++) {
    Node *n = l->work.items[i].node;
    const File *f = n->patch_source ? load_file_of(l, n->patch_source) : NULL;
    if (f)
      n->patch_path =
          str_fmt(l->a, "%.*s://%.*s", STR_ARG(f->package->name), STR_ARG(f->original_path));
  }
}

typedef struct Sorted {
  Node *node;
  size_t seq;
} Sorted;

static int by_place(const void *x, const void *y) {
  const Sorted *a = x, *b = y;
  if (a->node->package->index != b->node->package->index)
    return a->node->package->index < b->node->package->index ? -1 : 1;
  if (a->node->kind != b->node->kind)
    return a->node->kind < b->node->kind ? -1 : 1;
  return a->seq < b->seq ? -1 : 1;
}

static void fill_graph(Load *l) {
  for (size_t i = 0; i < l->work.n; i++) {
    Node *n = l->work.items[i].node;
    vec_push(l->a, &l->nodes, n);
    val_freeze(n->constraints); // versions share them
    if (n->test && n->test->attached)
      n->group = n->test->attached->group;
  }
  load_check_duplicates(l);
  Arena scratch = {0};
  Sorted *order = arena_array(&scratch, Sorted, l->nodes.n + 1);
  for (size_t i = 0; i < l->nodes.n; i++)
    order[i] = (Sorted){l->nodes.items[i], i};
  qsort(order, l->nodes.n, sizeof *order, by_place);
  for (size_t i = 0; i < l->nodes.n; i++)
    graph_add(l->a, l->g, order[i].node);
  arena_free(&scratch);
}

static ConfigKind config_kind(const Load *l, const Node *n) {
  if (n->kind == NODE_ANALYSIS && config_of_analyses(l->p) == CONFIG_ANALYSIS)
    return CONFIG_ANALYSIS;
  static const ConfigKind kinds[NODE_KINDS] = {
      CONFIG_MODEL,       CONFIG_SEED,      CONFIG_SNAPSHOT, CONFIG_TEST,   CONFIG_MODEL,
      CONFIG_MODEL,       CONFIG_SOURCE,    CONFIG_EXPOSURE, CONFIG_METRIC, CONFIG_SEMANTIC_MODEL,
      CONFIG_SAVED_QUERY, CONFIG_UNIT_TEST, CONFIG_FUNCTION};
  return kinds[n->kind];
}

static void check_unused_config(Load *l) {
  Arena scratch = {0};
  ConfigFqn *all = arena_array(&scratch, ConfigFqn, l->nodes.n + 1);
  for (size_t i = 0; i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    all[i] = (ConfigFqn){config_kind(l, n), n->fqn, n->nfqn};
  }
  config_check_unused(l->p, all, l->nodes.n, l->diags);
  arena_free(&scratch);
}

static void init_globals(Load *l) {
  l->globals = arena_array(l->a, Globals, l->p->npackages + 1);
  for (size_t i = 0; i < l->p->npackages; i++) {
    globals_init(&l->globals[i], l->p);
    l->globals[i].package = l->p->packages[i];
    l->globals[i].vars_as_written = true;
  }
}

bool load_project(Arena *a, Project *p, ContextShared *shared, Loaded *out, Diags *diags) {
  Load l = {.a = a, .p = p, .shared = shared, .diags = diags, .shared_values = INTERN_INIT};
  l.no_dict = val_dict(a);
  l.no_list = val_list(a, 0);
  val_freeze(l.no_dict);
  val_freeze(l.no_list);
  l.now_us = clock_us();
  size_t before = diags->errors;
  const Diag *last = diags->last;
  l.g = graph_new(a, p);
  l.macros = macros_new(a, p);
  out->graph = l.g;
  out->macros = l.macros;
  shared->macros = l.macros;
  init_globals(&l);

  load_list_files(&l);
  load_read_files(&l);
  load_index_files(&l);
  load_macros(&l);
  shared->graph = l.g; // doc() reads its docs blocks; nodes come later
  load_docs(&l);
  load_macro_patches(&l);
  load_macro_depends(&l);
  load_props(&l);
  load_groups(&l);
  load_selectors(&l);
  load_plain_names(&l);
  load_nodes(&l);
  load_hooks(&l);
  load_tests(&l);
  load_sources(&l);
  load_fixtures(&l);
  load_exposures(&l);
  load_share_test_config(&l);
  load_parallel(&l, l.work.n, load_evaluate);
  arena_adopt(a, &l.shared_values.arena);
  load_move_tests(&l);
  set_patch_paths(&l);
  collect_findings(&l);
  load_check_config(&l);
  load_unused_props(&l);
  bool semantic = load_semantic(&l);
  fill_graph(&l);
  load_check_access(&l);
  check_unused_config(&l);
  if (graph_link(a, l.g, diags)) {
    load_check_batches(&l);
    load_unit_tests(&l);
  }
  load_check_deprecated(&l);
  load_check_blanks(&l);
  load_check_catalogs(&l);
  load_check_spines(&l);
  if (semantic)
    load_check_semantic(&l);
  if (diags->errors == before)
    load_check_osi_loss(&l);
  load_drop_follow_ups(&l, last);
  arena_drop(a, l.work.items, l.work.cap * sizeof *l.work.items);
  return diags->errors == before;
}
