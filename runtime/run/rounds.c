// What is due in a round of a watch. The nodes of the last round that could read the project are
// kept as the manifest has them, in memory: one that is the same text is the same, of the others
// `state:modified` tells, so a description that nobody persists is no change.
#include "rounds.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/graph/manifest_node.h"
#include "../../compiler/graph/state.h"
#include "../../compiler/project/globals.h"
#include "summary.h"

#include <stdlib.h>

// All of it lies in the arena.
typedef struct Kept {
  Arena arena;
  bool known;  // there was a round that could read the project
  Str globals; // what every node may read: variables, the target
  Map nodes;   // id -> Str *: as JSON of the manifest
  Map macros;  // id -> Str *: the text; starc's own are left out
  Map todo;    // ids of nodes that were chosen and are not done
} Kept;

// Warnings that were told.
typedef struct Told {
  Arena arena;
  Map texts;
} Told;

struct Rounds {
  Kept last, next;
  pthread_mutex_t lock; // of these two
  Told before, now;
  Map chosen; // ids, in next.arena
  Arena saved_arena;
  Map saved; // paths of files, since the last round that could read the project; in saved_arena
  RoundCounts counts;
};

enum { NAMED = 5 }; // failed nodes that are named

Rounds *rounds_new(void) {
  Rounds *rounds = memory_must(calloc(1, sizeof *rounds));
  pthread_mutex_init(&rounds->lock, NULL);
  return rounds;
}

void rounds_free(Rounds *rounds) {
  arena_free(&rounds->last.arena);
  arena_free(&rounds->next.arena);
  arena_free(&rounds->before.arena);
  arena_free(&rounds->now.arena);
  arena_free(&rounds->saved_arena);
  pthread_mutex_destroy(&rounds->lock);
  free(rounds);
}

void rounds_forget(Rounds *rounds) {
  arena_free(&rounds->next.arena);
  rounds->next = (Kept){0};
  rounds->chosen = (Map){0}; // lay in its arena
  rounds->counts = (RoundCounts){0};
}

void rounds_begin(Rounds *rounds, const Str *changed, size_t n) {
  rounds_forget(rounds);
  arena_free(&rounds->now.arena);
  rounds->now = (Told){0};
  for (size_t i = 0; i < n; i++)
    if (!map_get(&rounds->saved, changed[i]))
      map_add(&rounds->saved_arena, &rounds->saved, str_dup(&rounds->saved_arena, changed[i]));
}

RoundCounts rounds_end(Rounds *rounds) {
  if (rounds->next.known) {
    arena_free(&rounds->last.arena);
    rounds->last = rounds->next;
    rounds->next = (Kept){0};
    arena_free(&rounds->before.arena);
    rounds->before = rounds->now;
    rounds->now = (Told){0};
    arena_free(&rounds->saved_arena);
    rounds->saved = (Map){0}; // lay in it
  }
  return rounds->counts;
}

static bool told_before(Rounds *rounds, Str text) {
  pthread_mutex_lock(&rounds->lock);
  bool before = map_get(&rounds->before.texts, text);
  if (!map_get(&rounds->now.texts, text))
    map_add(&rounds->now.arena, &rounds->now.texts, str_dup(&rounds->now.arena, text));
  pthread_mutex_unlock(&rounds->lock);
  return before;
}

bool rounds_hide(Rounds *rounds, const Event *e) {
  static const EventKind again[] = {EV_MainReportVersion,    EV_FoundStats, EV_ConcurrencyLine,
                                    EV_FinishedRunningStats, EV_StatsLine,  EV_NothingToDo,
                                    EV_FindingsAbove};
  if (e->finding && e->level == LEVEL_WARN)
    return told_before(rounds, e->msg);
  for (size_t i = 0; rounds->last.known && i < COUNT(again); i++)
    if (again[i] == e->kind)
      return true;
  return false;
}

// --- the project as it is

// Variables, the target and the like, as text: where they change, every node may be another.
static Str globals_of(Arena *a, const Run *r) {
  Buf b = {.arena = a};
  val_print(&b, globals_target(a, r->project->target));
  for (size_t i = 0; i < r->project->npackages; i++) {
    const Package *p = r->project->packages[i];
    const Value all[] = {p->vars, p->vars_file, p->quoting, p->dispatch, p->flags};
    for (size_t k = 0; k < COUNT(all); k++) {
      buf_addc(&b, '\n');
      if (!val_is_absent(all[k]))
        val_print(&b, all[k]);
    }
  }
  return buf_str(&b);
}

// A node as the manifest has it, but for the moment at which its file was read.
static Str as_json(Arena *a, const Graph *g, const Node *n) {
  Node copy = *n;
  Buf b = {.arena = a};
  Json j = {.out = &b};
  Arena scratch = {0};
  copy.created_us = 0;
  node_write(&j, &scratch, g, &copy, NULL);
  arena_free(&scratch);
  return buf_str(&b);
}

static void keep(Arena *a, Map *m, Str id, Str text) {
  Str *kept = arena_new(a, Str);
  *kept = str_dup(a, text);
  map_put(a, m, str_dup(a, id), kept);
}

// Before anything runs: a check looks at nodes in another place.
static void keep_project(Kept *k, const Run *r) {
  const Graph *g = r->graph;
  Arena scratch = {0};
  k->known = true;
  k->globals = globals_of(&k->arena, r);
  for (size_t i = 0; i < g->nnodes; i++) {
    keep(&k->arena, &k->nodes, g->nodes[i]->id, as_json(&scratch, g, g->nodes[i]));
    arena_reset(&scratch);
  }
  for (size_t i = 0; i < g->nmacros; i++) {
    const MacroEntry *e = g->macros[i];
    Value text =
        e->package->is_internal ? val_none() : val_get(macro_value(&scratch, e), STR("macro_sql"));
    if (text.kind == VAL_STR)
      keep(&k->arena, &k->macros, e->id, val_text(text));
    arena_reset(&scratch);
  }
  arena_free(&scratch);
}

// --- what is not as it was

// Behind the "default__" or "postgres__" of a macro that is found by dispatch.
static Str plain_name(Str name) {
  ptrdiff_t at = str_find(name, STR("__"), 0);
  return at > 0 ? str_sub(name, (size_t)at + 2, name.len) : name;
}

// Whether a macro that is not what it was stands in for one of starc's, which builds nodes without
// being named by them. Where a relation is called otherwise then, its name tells.
static bool stands_in(const StateIndex *s, const MacroEntry *own) {
  for (size_t i = 0; i < s->changed_macros.n; i++) {
    const MacroEntry *e = s->changed_macros.entries[i].value;
    if (str_eq(plain_name(e->name), plain_name(own->name)))
      return !str_starts(plain_name(own->name), STR("generate_"));
  }
  return false;
}

static bool all_are_changed(const Graph *g, const StateIndex *s) {
  for (size_t i = 0; s->changed_macros.n && i < g->nmacros; i++)
    if (g->macros[i]->package->is_internal && stands_in(s, g->macros[i]))
      return true;
  return false;
}

static bool materialization_changed(const StateIndex *s, const Node *n) {
  Arena a = {0};
  Str start = str_fmt(&a, "materialization_%.*s_", STR_ARG(node_materialized(n)));
  bool found = false;
  for (size_t i = 0; i < s->changed_macros.n && !found; i++)
    found = str_starts(((const MacroEntry *)s->changed_macros.entries[i].value)->name, start);
  arena_free(&a);
  return found;
}

// The last round, as far as it is looked at: nodes are put in when they are asked for.
typedef struct Last {
  const Rounds *rounds;
  Run *run;
  StateIndex state;
} Last;

static void open_last(Last *l, const Rounds *rounds, Run *r) {
  Arena *a = &r->arena;
  *l = (Last){.rounds = rounds, .run = r};
  l->state.has_manifest = true;
  for (size_t i = 0; i < rounds->last.macros.n; i++) {
    const MapEntry *e = &rounds->last.macros.entries[i];
    Value *v = arena_new(a, Value);
    *v = val_dict(a);
    dict_sets(a, v->dict, STR("macro_sql"), val_str(*(const Str *)e->value));
    map_put(a, &l->state.macros, e->key, v);
  }
  state_compare_macros(&l->state, a, r->graph);
}

static bool matches(Last *l, Arena *a, const Node *n, const char *word) {
  bool known;
  Diags ignored; // what breaks a contract is told by who asks for it
  diags_init(&ignored);
  bool is = state_matches(&l->state, a, l->run->graph, n, str_c(word), &ignored, &known);
  diags_free(&ignored);
  return is;
}

// Seeds that are too large to be known by their rows.
static bool seed_saved(const Rounds *rounds, Arena *a, const Node *n) {
  if (n->kind != NODE_SEED || !str_is(n->checksum_name, "path"))
    return false;
  Str path = fs_join(a, n->package->root, n->original_path);
  return map_get(&rounds->saved, path) != NULL;
}

static bool differs(Value was, Value is, const char *key) {
  return !val_eq(val_get(was, str_c(key)), val_get(is, str_c(key)));
}

// Two texts of one node that are not the same. How old the rows of a source may be says nothing of
// its readers.
static bool modified(Last *l, Arena *a, const Node *n, Str text) {
  Source src = {.path = n->id, .text = text};
  Value was = val_none(), is = node_value(a, l->run->graph, n);
  Diags ignored;
  diags_init(&ignored);
  bool read = json_read(a, &src, &was, &ignored);
  diags_free(&ignored);
  map_put(&l->run->arena, &l->state.nodes, n->id, &was);
  bool other = !read || differs(was, is, "relation_name");
  if (!other && n->kind == NODE_SOURCE)
    other = matches(l, a, n, "modified.relation") || matches(l, a, n, "modified.configs") ||
            differs(was, is, "external");
  else if (!other)
    other = matches(l, a, n, "modified");
  map_put(&l->run->arena, &l->state.nodes, n->id, NULL);
  return other;
}

// Whether one of the macros that a node names, or that its materialization is, is another now.
static bool macros_changed(const Last *l, const Node *n) {
  const Map *changed = &l->state.changed_macros;
  for (size_t i = 0; changed->n && i < n->nmacro_ids; i++)
    if (map_get(changed, n->macro_ids[i]))
      return true;
  return changed->n && materialization_changed(&l->state, n);
}

static bool changed(Last *l, Arena *a, const Node *n) {
  const Str *was = map_get(&l->rounds->last.nodes, n->id);
  if (!was || macros_changed(l, n) || seed_saved(l->rounds, a, n))
    return true;
  const Str *is = map_get(&l->rounds->next.nodes, n->id);
  return !str_eq(*was, *is) && modified(l, a, n, *was);
}

// --- what is due

static void mark_due(Last *l, bool *due) {
  const Graph *g = l->run->graph;
  Arena scratch = {0};
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *n = g->nodes[i];
    due[n->index] = map_get(&l->rounds->last.todo, n->id) || changed(l, &scratch, n);
    arena_reset(&scratch);
  }
  arena_free(&scratch);
}

static void leave_due(Last *l, bool *bits) {
  Run *r = l->run;
  const Graph *g = r->graph;
  bool *due = arena_array(&r->arena, bool, g->nnodes + 1);
  Node **order = graph_order(&r->arena, g);
  mark_due(l, due);
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *n = order[i];
    for (size_t k = 0; k < n->nneeds; k++)
      due[n->index] |= due[n->needs[k]->index];
  }
  for (size_t i = 0; i < g->nnodes; i++)
    bits[i] = bits[i] && due[i];
}

void rounds_select(Run *r, bool *bits) {
  Rounds *rounds = r->options->rounds;
  const Kept *last = &rounds->last;
  Kept *next = &rounds->next;
  rounds_forget(rounds);
  keep_project(next, r);
  if (last->known && str_eq(last->globals, next->globals)) {
    Last l;
    open_last(&l, rounds, r);
    if (!all_are_changed(r->graph, &l.state))
      leave_due(&l, bits);
  }
  rounds->counts.chosen = true;
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[i]) {
      rounds->counts.due++;
      map_add(&next->arena, &rounds->chosen, str_dup(&next->arena, r->graph->nodes[i]->id));
    }
}

// --- what became of it

static bool is_done(const RunResult *res) {
  return !status_is_bad(res->status) && res->status != RUN_SKIPPED;
}

// A check has results of nodes that those that were chosen read, too: only what is wrong with them
// counts.
static void count(Rounds *rounds, Buf *failed, const RunResult *res) {
  RoundCounts *c = &rounds->counts;
  bool bad = status_is_bad(res->status) && res->status != RUN_SKIPPED;
  bool chosen = map_get(&rounds->chosen, res->node->id);
  c->skipped += chosen && res->status == RUN_SKIPPED;
  c->warned += chosen && res->status == RUN_WARN;
  c->good += chosen && is_done(res) && res->status != RUN_WARN;
  if (!bad)
    return;
  if (c->bad < NAMED)
    buf_addf(failed, "%s%.*s", c->bad ? ", " : "", STR_ARG(res->node->name));
  c->bad++;
}

void rounds_keep(Run *r) {
  Rounds *rounds = r->options->rounds;
  Kept *next = &rounds->next;
  if (!rounds->counts.chosen)
    return;
  Map done = {0};
  Buf failed = {.arena = &next->arena};
  for (size_t i = 0; i < r->nresults; i++) {
    const RunResult *res = r->results[i];
    count(rounds, &failed, res);
    if (is_done(res))
      map_add(&r->arena, &done, res->node->id);
  }
  if (rounds->counts.bad > NAMED)
    buf_addf(&failed, " and %zu more", rounds->counts.bad - NAMED);
  rounds->counts.failed = buf_str(&failed);
  for (size_t i = 0; i < rounds->chosen.n; i++)
    if (!map_get(&done, rounds->chosen.entries[i].key))
      map_add(&next->arena, &next->todo, rounds->chosen.entries[i].key);
}
