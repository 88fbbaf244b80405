// completion-words: what a shell may offer for a value, one word a line. In: a kind (selectors,
// targets, macros) and the project. Out: words; nothing, and no message, where the project cannot
// be read, since a shell asks while the user types. Writes no file.
#include "../run/run.h"
#include "task.h"

typedef struct WordList {
  Run *run;
  Map seen; // a word is offered once
} WordList;

static void offer(WordList *w, Str word) {
  if (map_get(&w->seen, word))
    return;
  map_put(&w->run->arena, &w->seen, word, w);
  run_print(w->run, word);
}

static void offer_method(WordList *w, const char *method, Str value) {
  if (value.len)
    offer(w, str_fmt(&w->run->arena, "%s:%.*s", method, STR_ARG(value)));
}

static void offer_source(WordList *w, const Node *n) {
  Str source = n->info->source_name;
  offer_method(w, "source", source);
  offer_method(w, "source",
               str_fmt(&w->run->arena, "%.*s.%.*s", STR_ARG(source), STR_ARG(n->name)));
}

static void selectors(WordList *w) {
  const Graph *g = w->run->graph;
  for (size_t i = 0; i < g->nnodes; i++)
    if (g->nodes[i]->kind != NODE_SOURCE && g->nodes[i]->kind != NODE_OPERATION)
      offer(w, g->nodes[i]->name);
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *n = g->nodes[i];
    for (size_t k = 0; val_is_seq(n->tags) && k < n->tags.list->n; k++)
      if (val_is(n->tags.list->items[k], VAL_STR))
        offer_method(w, "tag", val_text(n->tags.list->items[k]));
    offer_method(w, "group", n->group);
    offer_method(w, "resource_type", node_kind_names[n->kind]);
    offer_method(w, "package", n->package->name);
    if (n->kind == NODE_SOURCE)
      offer_source(w, n);
    else if (n->kind == NODE_EXPOSURE || n->kind == NODE_METRIC)
      offer_method(w, n->kind == NODE_METRIC ? "metric" : "exposure", n->name);
    else if (n->kind == NODE_MODEL)
      offer_method(w, "config.materialized", node_materialized(n));
  }
  offer_method(w, "state", STR("new"));
  offer_method(w, "state", STR("modified"));
  offer_method(w, "result", STR("error"));
  offer_method(w, "result", STR("fail"));
}

static void targets(WordList *w) {
  const Profile *p = w->run->project->profile;
  for (size_t i = 0; p && i < p->ntargets; i++)
    offer(w, p->targets[i]->name);
}

// Those of the project by name, those of packages behind theirs.
static void macros(WordList *w) {
  const Run *r = w->run;
  for (size_t i = 0; i < r->graph->nmacros; i++) {
    const MacroEntry *m = r->graph->macros[i];
    if (m->package == r->project->packages[0])
      offer(w, m->name);
    else if (!m->package->is_internal)
      offer(w, str_fmt(&w->run->arena, "%.*s.%.*s", STR_ARG(m->package->name), STR_ARG(m->name)));
  }
}

static const struct {
  const char *name;
  int opens;
  void (*write)(WordList *w);
} kinds[] = {
    {"selectors", OPEN_GRAPH,   selectors},
    {"targets",   OPEN_PROJECT, targets  },
    {"macros",    OPEN_GRAPH,   macros   },
};

int task_words(RunOptions *o, Reporter *report) {
  Reporter silent = reporter_silent;
  for (size_t i = 0; i < COUNT(kinds); i++) {
    if (!str_eq(o->args.items[0], str_c(kinds[i].name)))
      continue;
    Run r;
    if (run_open(&r, o, &silent, kinds[i].opens)) {
      r.report = report;
      WordList w = {.run = &r};
      kinds[i].write(&w);
    }
    run_close(&r);
    return EXIT_GOOD;
  }
  return EXIT_USAGE;
}
