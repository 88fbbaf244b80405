// In: an opened project. Out: its graph, linked, and its macros. The order of the steps; each step
// is a file of this folder.
#include "load.h"

#include "../base/clock.h"
#include "../base/sort.h"
#include "access.h"
#include "catalogs.h"
#include "config_values.h"
#include "deprecated.h"
#include "docs.h"
#include "duplicates.h"
#include "exposures.h"
#include "external_places.h"
#include "files.h"
#include "hooks.h"
#include "loads.h"
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

static void collect_findings(Load *load) {
  for (size_t i = 0; i < load->work.n; i++) {
    Work *w = &load->work.items[i];
    if (w->diags)
      diags_move(load->diags, w->diags);
  }
}

static void set_patch_paths(Load *load) {
  for (size_t i = 0; i < load->work.n; i++) {
    Node *n = load->work.items[i].node;
    const File *f = n->patch_source ? load_file_of(load, n->patch_source) : NULL;
    if (f)
      n->patch_path =
          str_fmt(load->a, "%.*s://%.*s", STR_ARG(f->package->name), STR_ARG(f->original_path));
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

static void fill_graph(Load *load) {
  for (size_t i = 0; i < load->work.n; i++) {
    Node *n = load->work.items[i].node;
    vec_push(load->a, &load->nodes, n);
    val_freeze(n->constraints); // versions share them
    if (n->test && n->test->attached)
      n->group = n->test->attached->group;
  }
  load_check_duplicates(load);
  Arena scratch = {0};
  Sorted *order = arena_array(&scratch, Sorted, load->nodes.n + 1);
  for (size_t i = 0; i < load->nodes.n; i++)
    order[i] = (Sorted){load->nodes.items[i], i};
  sort_items(order, load->nodes.n, sizeof *order, by_place);
  for (size_t i = 0; i < load->nodes.n; i++)
    graph_add(load->a, load->g, order[i].node);
  arena_free(&scratch);
}

static ConfigKind config_kind(const Load *load, const Node *n) {
  if (n->kind == NODE_ANALYSIS && config_of_analyses(load->p) == CONFIG_ANALYSIS)
    return CONFIG_ANALYSIS;
  static const ConfigKind kinds[NODE_KINDS] = {
      CONFIG_MODEL,       CONFIG_SEED,      CONFIG_SNAPSHOT, CONFIG_TEST,   CONFIG_MODEL,
      CONFIG_MODEL,       CONFIG_SOURCE,    CONFIG_EXPOSURE, CONFIG_METRIC, CONFIG_SEMANTIC_MODEL,
      CONFIG_SAVED_QUERY, CONFIG_UNIT_TEST, CONFIG_FUNCTION, CONFIG_LOAD};
  return kinds[n->kind];
}

static void check_unused_config(Load *load) {
  Arena scratch = {0};
  ConfigFqn *all = arena_array(&scratch, ConfigFqn, load->nodes.n + 1);
  for (size_t i = 0; i < load->nodes.n; i++) {
    const Node *n = load->nodes.items[i];
    all[i] = (ConfigFqn){config_kind(load, n), n->fqn, n->nfqn};
  }
  config_check_unused(load->p, all, load->nodes.n, load->diags);
  arena_free(&scratch);
}

static void init_globals(Load *load) {
  load->globals = arena_array(load->a, Globals, load->p->npackages + 1);
  for (size_t i = 0; i < load->p->npackages; i++) {
    globals_init(load->a, &load->globals[i], load->p);
    load->globals[i].package = load->p->packages[i];
    load->globals[i].vars_as_written = true;
  }
}

bool load_project(Arena *a, Project *p, ContextShared *shared, Loaded *out, Diags *diags) {
  Load load = {.a = a, .p = p, .shared = shared, .diags = diags, .shared_values = INTERN_INIT};
  load.no_dict = val_dict(a);
  load.no_list = val_list(a, 0);
  val_freeze(load.no_dict);
  val_freeze(load.no_list);
  load.now_us = clock_us();
  size_t before = diags->errors;
  const Diag *last = diags->last;
  load.g = graph_new(a, p);
  load.macros = macros_new(a, p);
  out->graph = load.g;
  out->macros = load.macros;
  shared->macros = load.macros;
  init_globals(&load);

  load_list_files(&load);
  load_read_files(&load);
  load_index_files(&load);
  load_macros(&load);
  shared->graph = load.g; // doc() reads its docs blocks; nodes come later
  load_docs(&load);
  load_macro_patches(&load);
  load_macro_depends(&load);
  load_props(&load);
  load_groups(&load);
  load_selectors(&load);
  load_plain_names(&load);
  load_nodes(&load);
  load_hooks(&load);
  load_tests(&load);
  load_sources(&load);
  load_loads(&load);
  load_fixtures(&load);
  load_exposures(&load);
  load_share_test_config(&load);
  load_parallel(&load, load.work.n, load_evaluate);
  arena_adopt(a, &load.shared_values.arena);
  load_move_tests(&load);
  set_patch_paths(&load);
  collect_findings(&load);
  load_check_config(&load);
  load_unused_props(&load);
  bool semantic = load_semantic(&load);
  fill_graph(&load);
  load_check_source_config(&load);
  load_check_external_places(&load);
  load_check_access(&load);
  check_unused_config(&load);
  load_link_loads(&load);
  if (graph_link(a, load.g, diags)) {
    load_check_batches(&load);
    load_unit_tests(&load);
  }
  load_check_deprecated(&load);
  load_check_blanks(&load);
  load_check_catalogs(&load);
  load_check_spines(&load);
  if (semantic)
    load_check_semantic(&load);
  if (diags->errors == before)
    load_check_osi_loss(&load);
  load_drop_follow_ups(&load, last);
  arena_drop(a, load.work.items, load.work.cap * sizeof *load.work.items);
  return diags->errors == before;
}
