// See remember.h.
#include "remember.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/graph/state.h"
#include "../history/keep.h"
#include "../history/warehouse.h"
#include "version.h"
#include "warehouse.h"

enum {
  REMEMBERED = CMD_BUILD | CMD_RUN | CMD_TEST | CMD_SEED | CMD_SNAPSHOT | CMD_FRESHNESS | CMD_AGES
};

static size_t kept_runs(const Run *r) {
  int64_t keep = r->project->packages[0]->history_keep;
  return keep > 0 ? (size_t)keep : 0;
}

// --- what was asked for, as one would write it

static void add_words(Buf *b, const char *option, const Words *words) {
  for (size_t i = 0; i < words->n; i++)
    buf_addf(b, "%s%s%.*s", !i && b->len ? " " : "", i ? " " : option, STR_ARG(words->items[i]));
}

static void add_text(Buf *b, const char *option, Str text) {
  if (text.len)
    buf_addf(b, "%s%s%.*s", b->len ? " " : "", option, STR_ARG(text));
}

static void add_flag(Buf *b, const char *option, bool set) {
  if (set)
    buf_addf(b, "%s%s", b->len ? " " : "", option);
}

static Str selection_of(Arena *a, const RunOptions *o) {
  Buf b = {.arena = a};
  add_words(&b, "--select ", &o->select);
  add_words(&b, "--exclude ", &o->exclude);
  add_text(&b, "--selector ", o->selector);
  add_words(&b, "--resource-type ", &o->resource_types);
  add_words(&b, "--exclude-resource-type ", &o->exclude_resource_types);
  add_flag(&b, "--full-refresh", o->full_refresh);
  add_flag(&b, "--empty", o->empty);
  add_text(&b, "--sample ", o->sample);
  add_text(&b, "--event-time-start ", o->event_time_start);
  add_text(&b, "--event-time-end ", o->event_time_end);
  return buf_str(&b);
}

// --- the record

// That a node is good, its status says.
static bool says_more(const RunResult *res) {
  return res->status != RUN_SUCCESS && res->status != RUN_PASS;
}

static Str sum_of(Arena *a, const Node *n) {
  return str_fmt(a, "%0*llx", HISTORY_SUM, (unsigned long long)state_sum(n));
}

static void fill_results(Run *r, HistoryRun *run) {
  run->results = arena_array(&r->arena, HistoryResult, r->nresults + 1);
  for (size_t i = 0; i < r->nresults; i++) {
    const RunResult *res = r->results[i];
    run->results[run->nresults++] =
        (HistoryResult){.run = run,
                        .id = res->node->id,
                        .status = run_status_names[res->status],
                        .message = says_more(res) ? res->message : STR(""),
                        .sum = sum_of(&r->arena, res->node),
                        .seconds = res->seconds,
                        .rows = res->rows,
                        .failures = res->failures};
  }
}

static HistoryRun record_of(Run *r, int code) {
  const RunOptions *o = r->options;
  HistoryRun run = {.invocation_id = r->project->invocation_id,
                    .command = o->retry ? STR("retry") : str_c(o->command->name),
                    .selection = o->retry ? str_fmt(&r->arena, "(%s)", o->command->name)
                                          : selection_of(&r->arena, o),
                    .version = STR(STARC_VERSION),
                    .target = r->project->target->name,
                    .database = str_c(r->dialect->type),
                    .commit = history_commit(&r->arena, r->project->root),
                    .started_us = r->started_us,
                    .seconds = (double)(clock_us() - r->started_us) / 1e6,
                    .exit_code = code};
  fill_results(r, &run);
  return run;
}

static void told_lost(Run *r, Diags *diags) {
  Buf why = {.arena = &r->arena};
  if (diags->first)
    diag_brief(&why, diags->first);
  run_say(r, EV_HistoryFailed, NULL,
          "this run is not kept in the run history: %.*s (--no-history asks for none)",
          STR_ARG(buf_str(&why)));
}

static bool keep(Run *r, Str text, const HistoryRun *run, Diags *diags) {
  const Project *p = r->project;
  DbError error = {.at = -1};
  if (!p->packages[0]->history_shared)
    return history_keep(p->root, text, run, kept_runs(r), diags);
  bool good = history_warehouse_keep(&r->arena, p->target, text, run, kept_runs(r), &error);
  if (!good)
    warehouse_diag(diags, &error);
  return good;
}

void run_remember(Run *r, int code) {
  const RunOptions *o = r->options;
  bool wanted = r->project && r->nresults && o->history && o->write_json && !o->dry_run;
  if (!wanted || !kept_runs(r) || !(command_is(o, REMEMBERED) || command_is(o, CMD_LOAD)))
    return;
  Diags diags;
  Buf text = {0};
  diags_init(&diags);
  HistoryRun run = record_of(r, code);
  history_text(&text, &run);
  if (!keep(r, buf_str(&text), &run, &diags))
    told_lost(r, &diags);
  buf_free(&text);
  diags_free(&diags);
}

bool run_history(Run *r, HistoryAsk *ask, History *out) {
  const Project *p = r->project;
  size_t kept = kept_runs(r);
  DbError error = {.at = -1};
  ask->root = p->root;
  ask->runs = !ask->runs || (kept && ask->runs > kept) ? kept : ask->runs;
  if (!p->packages[0]->history_shared) {
    history_read(&r->arena, ask, out, &r->diags);
    return true;
  }
  bool good = history_warehouse_read(&r->arena, p->target, ask, out, &error);
  if (!good)
    warehouse_diag(&r->diags, &error);
  return good;
}
