// See whole.h. A check leaves a run's graph with other schemas, so it has a run of its own, of
// which the columns stay.
#include "whole.h"
#include "../../compiler/base/fs.h"
#include "../run/signals.h"
#include "file.h"
#include "keep.h"
#include "stamp.h"

// No graph: the file is of another project, an older one, or there is none.
static LineageWhole of_file(Run *r) {
  Arena *a = &r->arena;
  Source *src = arena_new(a, Source);
  Str lock = fs_join(a, r->project->root, STR("schemas.lock.json"));
  LineageWhole whole = {.may_lack = !fs_exists(lock)};
  Diags ignored = {0};
  src->path = fs_join(a, r->project->target_dir, STR("lineage.json"));
  diags_init(&ignored);
  if (fs_exists(src->path) && fs_read(a, src->path, src->path, &src->text, &ignored) &&
      str_eq(lineage_file_stamp(src->text), lineage_stamp(a, r)))
    whole.graph = lineage_read(a, src, r->graph, &ignored);
  diags_free(&ignored);
  return whole;
}

// --- by a check

// The options of a check of everything.
static RunOptions all_of(const RunOptions *o) {
  RunOptions own = *o;
  own.select = own.models = own.exclude = own.args = own.reports = (Words){0};
  own.resource_types = own.exclude_resource_types = (Words){0};
  own.selector = (Str){0};
  own.rounds = NULL;
  own.update_sources = false;
  own.check_again = own.check || command_is(o, CMD_CHECK | CMD_LINEAGE | CMD_SYNC);
  own.check = !command_is(o, CMD_CHECK | CMD_LINEAGE | CMD_SYNC | CMD_LS); // it opens the target
  return own;
}

LineageGraph *lineage_of_check(Run *r, const bool *bits) {
  LineageGraph *g = NULL;
  Checked checked;
  Check *k = check_open(r, bits);
  LineageBuild *b = k ? lineage_begin(r, k) : NULL;
  if (k && check_nodes(k, bits, &checked))
    g = lineage_keep(b, r, &checked);
  check_close(k);
  diags_free(&r->diags); // what is wrong is the work of a plain check
  diags_init(&r->diags);
  return g;
}

static LineageGraph *check_all(Run *r) {
  const unsigned kinds = 1u << NODE_MODEL | 1u << NODE_SEED | 1u << NODE_SNAPSHOT |
                         1u << NODE_TEST | 1u << NODE_ANALYSIS | 1u << NODE_FUNCTION |
                         1u << NODE_SEMANTIC_MODEL | 1u << NODE_METRIC;
  bool *bits = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    bits[i] = kinds >> r->graph->nodes[i]->kind & 1;
  return lineage_of_check(r, bits);
}

// The graph's nodes are those of another run of the same project.
static void move_nodes(LineageGraph *g, const Graph *to) {
  for (uint32_t i = 0; i < g->nnodes; i++)
    g->nodes[i].node = map_get(&to->by_id, g->nodes[i].id);
}

static LineageWhole keep(Run *r, LineageWhole whole) {
  r->lineage = arena_new(&r->arena, LineageWhole);
  *r->lineage = whole;
  return whole;
}

LineageWhole lineage_anew(Run *r) {
  RunOptions own = all_of(r->options);
  Reporter silent = reporter_silent; // what is wrong with the project was told
  LineageGraph *g = NULL;
  Run *inner = arena_new(&r->arena, Run);
  run_say(r, EV_CheckNote, NULL,
          "looking at the columns of the project: target/lineage.json is not of what it is now");
  if (run_open(inner, &own, &silent, OPEN_GRAPH)) {
    inner->report = r->report;
    signals_watch(inner);
    g = check_all(inner);
  }
  if (g)
    move_nodes(g, r->graph);
  r->signal = r->signal ? r->signal : inner->signal;
  inner->errors = inner->warnings = 0;
  arena_adopt(&r->arena, &inner->arena); // the columns point into both
  arena_adopt(&r->arena, &inner->results_arena);
  run_close(inner);
  return keep(r, (LineageWhole){.graph = g});
}

const LineageGraph *lineage_known(Run *r) {
  return (r->lineage ? *r->lineage : keep(r, of_file(r))).graph;
}

LineageWhole lineage_whole(Run *r) { return lineage_known(r) ? *r->lineage : lineage_anew(r); }
