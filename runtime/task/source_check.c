// source check: what became of the columns of sources since schemas.lock.json was written.
#include "source_check.h"
#include "../../compiler/base/clock.h"
#include "../check/drift.h"
#include "../check/sources.h"
#include "../lineage/readers.h"
#include "../run/files.h"
#include "../run/signals.h"
#include "task.h"

// What the findings are about, where that is not plain.
static void tell_base(Run *r, const Drift *d) {
  if (d->no_lock)
    run_say(r, EV_CheckNote, NULL,
            "there is no schemas.lock.json: sources are compared with their YAML alone; "
            "`starc check --update-sources` writes it");
  else if (d->borrowed_from.len)
    run_say(r, EV_CheckNote, NULL,
            "schemas.lock.json has nothing of target %.*s: what it has of target %.*s counts",
            STR_ARG(r->project->target->name), STR_ARG(d->borrowed_from));
  if (d->elsewhere)
    run_say(r, EV_CheckNote, NULL, "%zu source%s not looked at: in another database", d->elsewhere,
            d->elsewhere == 1 ? " was" : "s were");
}

static Str counted(Arena *a, size_t n, const char *what) {
  return str_fmt(a, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void tell_counts(Run *r, const Drift *d, size_t errors, size_t warnings) {
  Arena *a = &r->arena;
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  Buf more = {.arena = a};
  if (d->added)
    buf_addf(&more, ", %.*s", STR_ARG(counted(a, d->added, "new column")));
  if (d->blind)
    buf_addf(&more, "; of %.*s no columns were known", STR_ARG(counted(a, d->blind, "source")));
  run_say(r, EV_CheckDone, NULL, "Compared %.*s in %.2f s: %.*s, %.*s%.*s",
          STR_ARG(counted(a, d->compared, "source")), seconds, STR_ARG(counted(a, errors, "error")),
          STR_ARG(counted(a, warnings, "warning")), STR_ARG(buf_str(&more)));
  if (d->of_lock)
    run_say(r, EV_CheckNote, NULL,
            "what changed on purpose is taken over by: `starc check --update-sources`");
}

static int check_sources(Run *r, const SourceList *sources) {
  Drift drift;
  size_t errors = r->errors, warnings = r->warnings;
  ReadersTold readers = {.run = r};
  bool done =
      drift_find(r, sources->items, sources->n, (DriftReaders){readers_tell, &readers}, &drift);
  if (done)
    tell_base(r, &drift);
  bool good = run_report(r);
  if (!done)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  tell_counts(r, &drift, r->errors - errors, r->warnings - warnings);
  return r->signal ? 128 + r->signal : good ? EXIT_GOOD : EXIT_FAILED;
}

// Those of the nodes that are sources, and those that they read; in the graph's order.
static SourceList selected_sources(Run *r, const bool *bits) {
  const Graph *g = r->graph;
  const Node **nodes = arena_array(&r->arena, const Node *, g->nnodes + 1);
  bool *wanted = arena_array(&r->arena, bool, g->nnodes + 1);
  size_t n = 0;
  for (size_t i = 0; i < g->nnodes; i++)
    if (bits[i])
      nodes[n++] = g->nodes[i];
  SourceList read = sources_of(r, nodes, n, false);
  for (size_t i = 0; i < read.n; i++)
    wanted[read.items[i]->index] = true;
  read.n = 0;
  for (size_t i = 0; i < g->nnodes; i++)
    if (wanted[i] || (bits[i] && g->nodes[i]->kind == NODE_SOURCE))
      read.items[read.n++] = g->nodes[i];
  return read;
}

int source_check_before(Run *r, const bool *bits) {
  SourceList sources = selected_sources(r, bits);
  return sources.n ? check_sources(r, &sources) : EXIT_GOOD;
}

static int source_check(Run *r) {
  const bool *bits = run_select(r, r->options->command->kinds);
  if (!bits)
    return EXIT_USAGE;
  signals_watch(r);
  SourceList sources = selected_sources(r, bits);
  if (sources.n)
    return check_sources(r, &sources);
  run_say(r, EV_NothingToDo, NULL, "Nothing to do: the selection holds no sources");
  return EXIT_GOOD;
}

int task_source_check(RunOptions *o, Reporter *report) { return run_task(o, report, source_check); }
