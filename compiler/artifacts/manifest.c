// In: a linked graph. Out: manifest.json (schema v12), streamed. Leaves the shape of single nodes
// to graph/'s node_write.
#include "manifest.h"

#include "../base/memory.h"
#include "../base/parallel.h"

#include "../base/hash.h"
#include "../base/sort.h"
#include "../base/vec.h"
#include "../graph/manifest_node.h"
#include "../project/globals.h"
#include "artifact.h"

#include <stdlib.h>

// The part of the manifest that each kind stands in.
static const Str sections[NODE_KINDS] = {
    [NODE_MODEL] = STR_INIT("nodes"),
    [NODE_SEED] = STR_INIT("nodes"),
    [NODE_SNAPSHOT] = STR_INIT("nodes"),
    [NODE_TEST] = STR_INIT("nodes"),
    [NODE_ANALYSIS] = STR_INIT("nodes"),
    [NODE_OPERATION] = STR_INIT("nodes"),
    [NODE_SOURCE] = STR_INIT("sources"),
    [NODE_EXPOSURE] = STR_INIT("exposures"),
    [NODE_METRIC] = STR_INIT("metrics"),
    [NODE_SEMANTIC_MODEL] = STR_INIT("semantic_models"),
    [NODE_SAVED_QUERY] = STR_INIT("saved_queries"),
    [NODE_UNIT_TEST] = STR_INIT("unit_tests"),
    [NODE_FUNCTION] = STR_INIT("functions"),
};

typedef struct Lost {
  const Node *of;
  Node *test;
} Lost;

// The scratch arena is for the node at hand, forgotten after each.
typedef struct Writer {
  Artifact file;
  const Graph *graph;
  const RunResult **compiled; // by Node.index: what this run compiled, or NULL
  Lost *lost;                 // tests that are disabled because their target is, by what
  size_t nlost;               // they need
} Writer;

// Tests that are disabled because their target is stay among the nodes, as dbt has it.
static void lost_tests(Writer *w) {
  for (size_t i = 0; i < w->graph->ndisabled; i++) {
    const Node *n = w->graph->disabled[i];
    if (!n->lost_target)
      continue;
    json_key(&w->file.json, n->id);
    node_write(&w->file.json, &w->file.scratch, w->graph, n, NULL);
    arena_reset(&w->file.scratch);
  }
}

// A run of nodes as text, written by whichever thread is free; the parts of a round go into the
// file in their order. A round is small, so that memory is.
enum { PART = 64, PARTS_A_THREAD = 4 };

typedef struct Round {
  const Writer *w;
  const Node **nodes;
  size_t n, from; // from: the first of the round
  Buf *parts;
} Round;

static void write_node(const Writer *w, Json *j, Arena *scratch, const Node *n) {
  json_key(j, n->id);
  node_write(j, scratch, w->graph, n, w->compiled ? w->compiled[n->index] : NULL);
  arena_reset(scratch);
}

static void write_part(void *data, Arena *scratch, size_t part) {
  const Round *r = data;
  Json j = r->w->file.json;
  j.file = NULL;
  j.masked = true;
  j.remembers = true; // what nodes share is frozen and stays
  j.first[j.depth] = true;
  j.out = &r->parts[part];
  size_t first = r->from + part * PART;
  for (size_t i = first; i < first + PART && i < r->n; i++)
    write_node(r->w, &j, scratch, r->nodes[i]);
}

static void write_parallel(Writer *w, const Node **nodes, size_t n) {
  size_t threads = project_threads(w->graph->project), most = threads * PARTS_A_THREAD;
  Round r = {.w = w, .nodes = nodes, .n = n};
  r.parts = memory_must(calloc(most, sizeof *r.parts));
  for (; r.from < n; r.from += most * PART) {
    size_t left = (n - r.from + PART - 1) / PART, nparts = left < most ? left : most;
    parallel_for(nparts, threads, write_part, &r, NULL);
    for (size_t i = 0; i < nparts; i++) {
      json_members(&w->file.json, buf_str(&r.parts[i]));
      r.parts[i].len = 0;
    }
  }
  for (size_t i = 0; i < most; i++)
    buf_free(&r.parts[i]);
  free(r.parts);
}

static void nodes_of(Writer *w, Str section) {
  const Node **nodes = memory_must(malloc((w->graph->nnodes + 1) * sizeof *nodes));
  size_t n = 0;
  for (size_t i = 0; i < w->graph->nnodes; i++)
    if (str_eq(sections[w->graph->nodes[i]->kind], section))
      nodes[n++] = w->graph->nodes[i];
  if (n > PART)
    write_parallel(w, nodes, n);
  else
    for (size_t i = 0; i < n; i++)
      write_node(w, &w->file.json, &w->file.scratch, nodes[i]);
  free(nodes);
}

static void node_section(Writer *w, Str section) {
  json_key(&w->file.json, section);
  json_open_object(&w->file.json);
  nodes_of(w, section);
  if (str_is(section, "nodes"))
    lost_tests(w);
  json_close_object(&w->file.json);
}

static void macros(Writer *w) {
  json_key(&w->file.json, STR("macros"));
  json_open_object(&w->file.json);
  for (size_t i = 0; i < w->graph->nmacros; i++) {
    json_key(&w->file.json, w->graph->macros[i]->id);
    macro_write(&w->file.json, &w->file.scratch, w->graph->macros[i]);
    arena_reset(&w->file.scratch);
  }
  json_close_object(&w->file.json);
}

static void docs(Writer *w) {
  Json *j = &w->file.json;
  json_key(j, STR("docs"));
  json_open_object(j);
  for (size_t i = 0; i < w->graph->ndocs; i++) {
    const DocBlock *d = w->graph->docs[i];
    json_key(j, d->id);
    json_open_object(j);
    json_key_str(j, "name", d->name);
    json_key_str(j, "resource_type", STR("doc"));
    json_key_str(j, "package_name", d->package->name);
    json_key_str(j, "path", d->path);
    json_key_str(j, "original_file_path", d->original_path);
    json_key_str(j, "unique_id", d->id);
    json_key_str(j, "block_contents", d->contents);
    json_close_object(j);
  }
  json_close_object(j);
}

static void groups(Writer *w) {
  Json *j = &w->file.json;
  json_key(j, STR("groups"));
  json_open_object(j);
  for (size_t i = 0; i < w->graph->ngroups; i++) {
    const Group *g = w->graph->groups[i];
    json_key(j, g->id);
    json_open_object(j);
    json_key_str(j, "name", g->name);
    json_key_str(j, "resource_type", STR("group"));
    json_key_str(j, "package_name", g->package->name);
    json_key_str(j, "path", g->path);
    json_key_str(j, "original_file_path", g->original_path);
    json_key_str(j, "unique_id", g->id);
    json_key(j, STR("owner"));
    json_value(j, owner_value(&w->file.scratch, g->owner));
    json_key(j, STR("description"));
    if (g->description.len)
      json_str(j, g->description);
    else
      json_null(j);
    json_key(j, STR("config"));
    json_value(j, g->config.kind == VAL_DICT ? g->config : val_dict(&w->file.scratch));
    json_close_object(j);
    arena_reset(&w->file.scratch);
  }
  json_close_object(j);
}

// The disabled nodes of one id.
typedef VEC(const Node *) Same;

// Disabled nodes: id -> list of all that would have it.
static void disabled(Writer *w) {
  Json *j = &w->file.json;
  Arena a = {0};
  Map ids = {0}; // in the order of their first nodes -> Same
  for (size_t i = 0; i < w->graph->ndisabled; i++) {
    const Node *n = w->graph->disabled[i];
    Same *same = map_get(&ids, n->id);
    if (!sections[n->kind].len || (!same && n->lost_target))
      continue;
    if (!same)
      map_put(&a, &ids, n->id, same = arena_new(&a, Same));
    vec_push(&a, same, n);
  }
  json_key(j, STR("disabled"));
  json_open_object(j);
  for (size_t i = 0; i < ids.n; i++) {
    const Same *same = ids.entries[i].value;
    json_key(j, ids.entries[i].key);
    json_open_array(j);
    for (size_t k = 0; k < same->n; k++) {
      node_write(j, &w->file.scratch, w->graph, same->items[k], NULL);
      arena_reset(&w->file.scratch);
    }
    json_close_array(j);
  }
  json_close_object(j);
  arena_free(&a);
}

static int by_id(const void *a, const void *b) {
  const Node *const *x = a, *const *y = b;
  return str_cmp((*x)->id, (*y)->id);
}

// Tests without a target are nobody's children in the graph, but in dbt's child_map.
static int by_need(const void *x, const void *y) {
  uintptr_t a = (uintptr_t)((const Lost *)x)->of, b = (uintptr_t)((const Lost *)y)->of;
  return (a > b) - (a < b);
}

// Which lost tests need what.
static void index_lost(Writer *w, Arena *a) {
  size_t cap = 0;
  Node *const *disabled = w->graph->disabled;
  for (size_t i = 0; i < w->graph->ndisabled; i++)
    cap += disabled[i]->lost_target ? disabled[i]->nneeds : 0;
  w->lost = arena_array(a, Lost, cap);
  for (size_t i = 0; i < w->graph->ndisabled; i++)
    for (size_t k = 0; disabled[i]->lost_target && k < disabled[i]->nneeds; k++)
      w->lost[w->nlost++] = (Lost){disabled[i]->needs[k], disabled[i]};
  sort_items(w->lost, w->nlost, sizeof *w->lost, by_need);
}

// The first of the lost tests that need n, and how many do.
static const Lost *lost_of(const Writer *w, const Node *n, size_t *count) {
  const Lost key = {n, NULL}, *end = w->lost + w->nlost;
  const Lost *at = w->nlost ? bsearch(&key, w->lost, w->nlost, sizeof *w->lost, by_need) : NULL;
  *count = 0;
  while (at && at > w->lost && at[-1].of == n)
    at--;
  while (at && at + *count < end && at[*count].of == n)
    ++*count;
  return at;
}

static void neighbours_of(Writer *w, const Node *n, bool parents) {
  Json *j = &w->file.json;
  size_t count = 0, nlost = 0, most = parents ? n->nneeds : n->nfeeds;
  const Lost *lost = parents ? NULL : lost_of(w, n, &nlost);
  Node **sorted = arena_array(&w->file.scratch, Node *, most + nlost + 1);
  for (size_t i = 0; i < most; i++) {
    Node *other = parents ? n->needs[i] : n->feeds[i];
    if (sections[other->kind].len) // loads have a file of their own
      sorted[count++] = other;
  }
  for (size_t i = 0; i < nlost; i++)
    sorted[count++] = lost[i].test;
  sort_items(sorted, count, sizeof(Node *), by_id);
  json_key(j, n->id);
  json_open_array(j);
  for (size_t k = 0; k < count; k++)
    json_str(j, sorted[k]->id);
  json_close_array(j);
  arena_reset(&w->file.scratch);
}

// parent_map and child_map: every node's neighbours, sorted by id as dbt does.
static void neighbours(Writer *w, Str name, bool parents) {
  Json *j = &w->file.json;
  json_key(j, name);
  json_open_object(j);
  for (size_t i = 0; i < w->graph->nnodes; i++) {
    const Node *n = w->graph->nodes[i];
    if (sections[n->kind].len)
      neighbours_of(w, n, parents);
  }
  for (size_t i = 0; i < w->graph->ndisabled; i++)
    if (w->graph->disabled[i]->lost_target)
      neighbours_of(w, w->graph->disabled[i], parents);
  json_close_object(j);
}

typedef VEC(Str) Ids;

static void group_map(Writer *w) {
  Json *j = &w->file.json;
  json_key(j, STR("group_map"));
  json_open_object(j);
  Arena a = {0};
  Map members = {0}; // name of a group -> Ids
  for (size_t i = 0; i < w->graph->nnodes; i++) {
    const Node *n = w->graph->nodes[i];
    Ids *ids = n->group.len ? map_get(&members, n->group) : NULL;
    if (n->group.len && !ids)
      map_put(&a, &members, n->group, ids = arena_new(&a, Ids));
    if (ids)
      vec_push(&a, ids, n->id);
  }
  for (size_t i = 0; i < w->graph->ngroups; i++) {
    const Ids *ids = map_get(&members, w->graph->groups[i]->name);
    json_key(j, w->graph->groups[i]->name);
    json_open_array(j);
    for (size_t k = 0; ids && k < ids->n; k++)
      json_str(j, ids->items[k]);
    json_close_array(j);
  }
  json_close_object(j);
  arena_free(&a);
}

static void metadata(Writer *w) {
  Json *j = &w->file.json;
  const Project *p = w->graph->project;
  char project_id[33];
  hash_md5_hex(p->packages[0]->name, project_id);
  artifact_metadata(j, p, STR("manifest/v12"));
  json_key_str(j, "project_name", p->packages[0]->name);
  json_key_str(j, "project_id", str_c(project_id));
  json_key(j, STR("user_id"));
  json_null(j);
  json_key(j, STR("send_anonymous_usage_stats"));
  json_bool(j, false);
  json_key(j, STR("adapter_type"));
  if (p->target)
    json_str(j, p->target->type);
  else
    json_null(j);
  const Dialect *d = p->target ? dialect_find(p->target->type) : NULL;
  json_key(j, STR("quoting"));
  json_open_object(j);
  static const char *const parts[] = {"database", "schema", "identifier"};
  for (size_t i = 0; i < 3; i++) {
    Value asked = val_get(p->packages[0]->quoting, str_c(parts[i]));
    json_key(j, str_c(parts[i]));
    json_bool(j, asked.kind == VAL_BOOL ? asked.b : !d || d->quote_by_default[i]);
  }
  json_key(j, STR("column"));
  json_null(j);
  json_close_object(j);
  Str started = artifact_time(&w->file.scratch, p->started_us);
  json_key_str(j, "run_started_at",
               str_cat(&w->file.scratch, str_sub(started, 0, started.len - 1), STR("+00:00")));
  json_close_object(j);
  arena_reset(&w->file.scratch);
}

// Where the graph has the node: an inline query is in no graph.
static void index_results(Writer *w, const Results *results) {
  if (!results || !results->n)
    return;
  w->compiled = memory_must(calloc(w->graph->nnodes, sizeof *w->compiled));
  for (size_t i = 0; i < results->n; i++) {
    const Node *n = results->items[i]->node;
    if (n->index < w->graph->nnodes && w->graph->nodes[n->index] == n)
      w->compiled[n->index] = results->items[i];
  }
}

bool manifest_write(const Graph *g, const Results *results, Str path, Diags *diags) {
  Writer w = {.graph = g};
  if (!artifact_open(&w.file, path, diags))
    return false;
  Arena lost = {0};
  index_lost(&w, &lost);
  index_results(&w, results);
  metadata(&w);
  node_section(&w, STR("nodes"));
  node_section(&w, STR("sources"));
  macros(&w);
  docs(&w);
  node_section(&w, STR("exposures"));
  node_section(&w, STR("metrics"));
  groups(&w);
  json_key(&w.file.json, STR("selectors"));
  json_value(&w.file.json,
             g->selectors.kind == VAL_DICT ? g->selectors : val_dict(&w.file.scratch));
  disabled(&w);
  neighbours(&w, STR("parent_map"), true);
  neighbours(&w, STR("child_map"), false);
  group_map(&w);
  node_section(&w, STR("saved_queries"));
  node_section(&w, STR("semantic_models"));
  node_section(&w, STR("unit_tests"));
  node_section(&w, STR("functions"));
  free(w.compiled);
  arena_free(&lost);
  return artifact_close(&w.file, false, diags);
}
