// In: an opened project. Out: its graph, linked, and its macros. The order of the steps; each step
// is a file of this folder.
#include "internal.h"

#include "../base/clock.h"
#include "../graph/config_place.h"

#include <stdlib.h>
#include <time.h>

// --- the built-in generate_*_name macros need not be evaluated

static bool is_builtin(Load *l, const char *name) {
  for (size_t i = 0; i < l->p->npackages; i++) {
    const Package *p = l->p->packages[i];
    const MacroEntry *e = macros_find(l->macros, p, str_c(name));
    if (!e || !e->package->is_internal || !str_is(e->package->name, "dbt"))
      return false;
    Str none = {0};
    e = macros_dispatch(l->a, l->macros, l->shared->dialect, p, &none, 1, str_c(name), NULL);
    if (e && !e->package->is_internal)
      return false;
  }
  return true;
}

static void check_names(Load *l) {
  static const char *const names[] = {"generate_database_name", "generate_schema_name",
                                      "generate_alias_name",
                                      "generate_latest_version_pointer_alias"};
  for (int i = 0; i < 4; i++)
    l->plain_names[i] = is_builtin(l, names[i]);
}

// --- tests of what has been found so far

static const File *yaml_file(const Load *l, const Source *src) {
  return map_get(&l->file_of, str_n((const char *)&src, sizeof src));
}

static void index_files(Load *l) {
  for (size_t i = 0; i < l->files.n; i++) {
    File *f = &l->files.items[i];
    map_put(l->a, &l->file_of, str_n((const char *)&f->source, sizeof f->source), f);
  }
}

// A node by its package and name, as a key of a map.
static Str name_key(Arena *a, const Package *p, Str name) {
  return str_fmt(a, "%p %.*s", (const void *)p, STR_ARG(name));
}

// What a name may stand for, the first of each: place in l->work + 1 by name_key.
static Map named_work(Load *l) {
  Map all = {0};
  for (size_t i = 0; i < l->work.n; i++) {
    const Node *n = l->work.items[i].node;
    Str key = node_is_refable(n) ? name_key(l->a, n->package, n->name) : (Str){0};
    if (key.len && !map_get(&all, key))
      map_put(l->a, &all, key, (void *)(uintptr_t)(i + 1));
  }
  return all;
}

// What a test is made for when its section describes something that is not there.
static Node *nothing_named(Load *l, const File *f, NodeKind kind, Str name) {
  Node *n = load_node(l, kind, f->package, f, name);
  n->enabled = false;
  return n;
}

// Tests that stand under the section of another kind, a seed's under `models:`, say what they test
// all the same; those of a name that nothing has are nodes that lose their target when they are
// linked. The warning about the section comes with the other unused entries.
static void add_misplaced_tests(Load *l, const File *f, Map *named, size_t nwork) {
  static const PropKind kinds[] = {PROP_MODEL, PROP_SEED, PROP_SNAPSHOT};
  static const NodeKind nodes[] = {NODE_MODEL, NODE_SEED, NODE_SNAPSHOT};
  for (size_t k = 0; f->kind == FILE_YAML && k < 3; k++)
    for (size_t i = 0; i < f->props.nprops[kinds[k]]; i++) {
      const Prop *p = f->props.props[kinds[k]][i];
      if (load_prop_used(l, p, f->package))
        continue;
      if (!named->n) // few projects get here
        *named = named_work(l);
      size_t at = (uintptr_t)map_get(named, name_key(l->a, f->package, p->name));
      if (at > nwork)
        continue;
      Node *of = at ? l->work.items[at - 1].node : nothing_named(l, f, nodes[k], p->name);
      load_tests_of(l, of,
                    &(Tested){f, p->tests, p->ntests, p->columns, p->ncolumns, p->quote_columns});
    }
}

// Of nodes that one entry describes (nodes of one name, of which all but one are disabled) the
// first gets the tests: which are enabled is known once they are evaluated.
static bool first_of_entry(Load *l, Map *seen, const Work *w) {
  struct {
    const Prop *prop;
    const PropVersion *version;
  } *key = arena_alloc(l->a, sizeof *key);
  key->prop = w->prop;
  key->version = w->version;
  return !map_put(l->a, seen, str_n((const char *)key, sizeof *key), (void *)(uintptr_t)w->node);
}

// Tests of a node that turned out disabled go to the enabled one of its name.
static void attach_to_enabled(Load *l) {
  for (size_t i = 0; i < l->work.n; i++) {
    TestInfo *t = l->work.items[i].node->test;
    if (!t || !t->attached || t->attached->enabled)
      continue;
    for (size_t k = 0; k < l->work.n; k++) {
      Node *n = l->work.items[k].node;
      if (n->enabled && n->kind == t->attached->kind && n->package == t->attached->package &&
          str_eq(n->name, t->attached->name) && str_eq(n->version, t->attached->version))
        t->attached = n;
    }
  }
}

static void add_tests(Load *l) {
  size_t n = l->work.n; // tests are added behind
  Map seen = {0};
  for (size_t i = 0; i < n; i++) {
    const Work w = l->work.items[i];
    if (!w.prop || w.node->kind == NODE_ANALYSIS || w.node->kind == NODE_TEST ||
        w.node->kind == NODE_FUNCTION || !first_of_entry(l, &seen, &w))
      continue;
    const PropTest *tests = w.prop->tests;
    size_t ntests = w.prop->ntests, ncolumns;
    if (w.version && w.version->has_tests) {
      tests = w.version->tests;
      ntests = w.version->ntests;
    }
    const PropColumn *columns = load_columns_of(l->a, &w, &ncolumns);
    load_tests_of(l, w.node,
                  &(Tested){yaml_file(l, w.prop->src), tests, ntests, columns, ncolumns,
                            w.prop->quote_columns});
  }
  Map named = {0};
  for (size_t i = 0; i < l->files.n; i++)
    add_misplaced_tests(l, &l->files.items[i], &named, n);
}

// --- finishing

static void collect_findings(Load *l) {
  for (size_t i = 0; i < l->work.n; i++) {
    Work *w = &l->work.items[i];
    if (w->diags.first)
      diags_move(l->diags, &w->diags);
  }
}

static void set_patch_paths(Load *l) {
  for (size_t i = 0; i < l->work.n; i++) {
    Node *n = l->work.items[i].node;
    const File *f = n->patch_source ? yaml_file(l, n->patch_source) : NULL;
    if (f)
      n->patch_path =
          str_fmt(l->a, "%.*s://%.*s", STR_ARG(f->package->name), STR_ARG(f->original_path));
  }
}

// The file that a node stands in.
static const File *file_of_node(const Load *l, const Node *n) {
  for (size_t i = 0; i < l->files.n; i++)
    if (l->files.items[i].source && str_eq(l->files.items[i].source->path, n->source->path))
      return &l->files.items[i];
  return NULL;
}

static bool is_yaml_snapshot(const Load *l, const Node *n) {
  const File *f = n->kind == NODE_SNAPSHOT ? file_of_node(l, n) : NULL;
  return f && f->kind == FILE_YAML;
}

// A snapshot has a name in its file; any other node is the file.
static Span name_place(const Load *l, const Node *n, const Source **src) {
  const File *f = n->kind == NODE_SNAPSHOT ? file_of_node(l, n) : NULL;
  *src = f ? f->source : n->source;
  for (const Block *b = f ? f->blocks : NULL; b; b = b->next)
    if (str_eq(b->name, n->name))
      return b->head;
  if (f && f->kind == FILE_YAML && n->patch_source == f->source)
    return load_name_span(n);
  return (Span){0};
}

static Diag *two_of(Load *l, const Node *n, const Node *had, Severity sev, Code code,
                    const char *what) {
  const Source *src, *other;
  Span span = name_place(l, n, &src), other_span = name_place(l, had, &other);
  if (code == CODE_DUPLICATE_RELATION) { // what gives it its name, where somebody wrote that
    node_config_place(n, l->p->packages[0], STR("alias"), &src, &span);
    node_config_place(had, l->p->packages[0], STR("alias"), &other, &other_span);
  }
  Diag *d = diag_at(l->diags, sev, code, src, span, "there are two %s", what);
  diag_lack(l->diags, d, LACK_ENTRY, n->name); // a schema file may switch one off
  diag_note(l->diags, d, other, other_span, "the other one is here");
  return d;
}

// dbt allows it where the two build different relations; ref() then means one of them.
static void two_kinds(Load *l, const Node *n, const Node *had) {
  Severity sev = project_flag(l->p, "require_unique_project_resource_names") || n->kind == had->kind
                     ? SEV_ERROR
                     : SEV_WARNING;
  Diag *d = two_of(l, n, had, sev, CODE_SHARED_NAME,
                   str_fmt(l->a, "nodes named '%.*s': a %.*s and a %.*s", STR_ARG(n->name),
                           STR_ARG(node_kind_names[had->kind]), STR_ARG(node_kind_names[n->kind]))
                       .ptr);
  diag_part(l->diags, d, "resource_name", n->name);
  diag_part(l->diags, d, "package_name", n->package->name);
  diag_part(l->diags, d, "unique_id1", had->id);
  diag_part(l->diags, d, "unique_id2", n->id);
  if (sev == SEV_ERROR)
    return;
  diag_hint(l->diags, d, "ref('%.*s') means the %.*s: give one of them another name",
            STR_ARG(n->name), STR_ARG(node_kind_names[graph_meant(had, n)->kind]));
}

// Two nodes that ref() could not tell apart, or of one id.
static void check_duplicates(Load *l, const Node *n) {
  if (n->unread) // its config() may switch it off, or give it another name
    return;
  const Node *had = map_put(l->a, &l->by_id, n->id, (void *)(uintptr_t)n);
  if (had && is_yaml_snapshot(l, n) && is_yaml_snapshot(l, had))
    return; // described twice, which is told
  if (had) {
    two_of(l, n, had, SEV_ERROR, CODE_DUPLICATE_MODEL,
           str_fmt(l->a, "%.*s named '%.*s'", STR_ARG(node_kind_plurals[n->kind]), STR_ARG(n->name))
               .ptr);
    return;
  }
  if (!node_is_refable(n))
    return;
  Str key = str_fmt(l->a, "ref/%.*s.%.*s%s%.*s", STR_ARG(n->package->name), STR_ARG(n->name),
                    n->version.len ? ".v" : "", STR_ARG(n->version));
  had = map_put(l->a, &l->by_id, key, (void *)(uintptr_t)n);
  if (had)
    two_kinds(l, n, had);
}

static void check_relation(Load *l, const Node *n) {
  if (!n->relation_name.len || !node_is_refable(n) || n->unread)
    return;
  Str key = str_fmt(l->a, "relation/%.*s", STR_ARG(n->relation_name));
  const Node *had = map_put(l->a, &l->by_id, key, (void *)(uintptr_t)n);
  if (had && !str_eq(had->id, n->id))
    two_of(l, n, had, SEV_ERROR, CODE_DUPLICATE_RELATION,
           str_fmt(l->a, "nodes that build the relation %.*s: '%.*s' and '%.*s'",
                   STR_ARG(n->relation_name), STR_ARG(had->name), STR_ARG(n->name))
               .ptr);
}

// The view of a latest version stands beside the nodes: it takes no other's name, not its model's
// either. Called once all nodes have theirs.
static void check_pointer(Load *l, const Node *n) {
  if (!n->pointer.len || n->unread)
    return;
  Str relation = load_pointer_relation(l, l->a, n);
  const Node *had = map_put(l->a, &l->by_id, str_fmt(l->a, "relation/%.*s", STR_ARG(relation)),
                            (void *)(uintptr_t)n);
  if (!had)
    return;
  const Source *src = n->source, *other = had->source;
  Span span = {0}, other_span = {0};
  Str key = STR("latest_version_pointer");
  if (!node_config_place(n, l->p->packages[0], key, &src, &span))
    node_config_place(n, l->p->packages[0], STR("alias"), &src, &span);
  Diag *d =
      diag_at(l->diags, SEV_ERROR, CODE_DUPLICATE_RELATION, src, span,
              "the view of the latest version of '%.*s' would take the place of %.*s, which "
              "%s%.*s%s builds",
              STR_ARG(n->name), STR_ARG(relation), had == n ? "the version itself" : "'",
              STR_ARG(had == n ? STR("") : node_versioned_name(l->a, had)), had == n ? "" : "'");
  if (had != n) {
    node_config_place(had, l->p->packages[0], STR("alias"), &other, &other_span);
    diag_note(l->diags, d, other, other_span, "the other one is here");
  }
  diag_hint(l->diags, d,
            "give the view another name, latest_version_pointer: {alias: ...}, or switch it off, "
            "{enabled: false}");
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
    if (n->test && n->test->attached) {
      n->group = n->test->attached->group;
    }
    if (n->enabled) {
      check_duplicates(l, n);
      check_relation(l, n);
    }
  }
  for (size_t i = 0; i < l->nodes.n; i++)
    if (l->nodes.items[i]->enabled)
      check_pointer(l, l->nodes.items[i]);
  Sorted *order = arena_array(l->a, Sorted, l->nodes.n + 1);
  for (size_t i = 0; i < l->nodes.n; i++)
    order[i] = (Sorted){l->nodes.items[i], i};
  qsort(order, l->nodes.n, sizeof *order, by_place);
  for (size_t i = 0; i < l->nodes.n; i++)
    graph_add(l->a, l->g, order[i].node);
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
  ConfigFqn *all = arena_array(l->a, ConfigFqn, l->nodes.n + 1);
  for (size_t i = 0; i < l->nodes.n; i++) {
    const Node *n = l->nodes.items[i];
    all[i] = (ConfigFqn){config_kind(l, n), n->fqn, n->nfqn};
  }
  config_check_unused(l->p, all, l->nodes.n, l->diags);
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
  index_files(&l);
  load_macros(&l);
  shared->graph = l.g; // doc() reads its docs blocks; nodes come later
  load_docs(&l);
  load_macro_patches(&l);
  load_macro_depends(&l);
  load_props(&l);
  load_groups(&l);
  load_selectors(&l);
  check_names(&l);
  load_nodes(&l);
  load_hooks(&l);
  add_tests(&l);
  load_sources(&l);
  load_fixtures(&l);
  load_exposures(&l);
  bool semantic = load_semantic(&l);
  load_share_test_config(&l);
  load_parallel(&l, l.work.n, load_evaluate);
  arena_adopt(a, &l.shared_values.arena);
  attach_to_enabled(&l);
  set_patch_paths(&l);
  collect_findings(&l);
  load_check_config(&l);
  load_unused_props(&l);
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
  load_check_osi(&l);
  load_check_spines(&l);
  if (semantic)
    load_check_semantic(&l);
  load_drop_follow_ups(&l, last);
  arena_drop(a, l.work.items, l.work.cap * sizeof *l.work.items);
  return diags->errors == before;
}
