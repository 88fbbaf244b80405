// check: every error of the project's SQL, and what could not be looked at and why.
#include "../check/check.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/program.h"
#include "../check/findings.h"
#include "../check/names.h"
#include "../check/sources.h"
#include "../check/update.h"
#include "../lineage/breaking.h"
#include "../lineage/keep.h"
#include "../lineage/listed.h"
#include "../lineage/mixed.h"
#include "../lineage/suppose.h"
#include "../lineage/unused.h"
#include "../run/files.h"
#include "../run/rounds.h"
#include "../run/signals.h"
#include "../run/summary.h"
#include "../run/warn.h"
#include "check.h"
#include "commands.h"
#include "task.h"

#include <stdio.h>

typedef struct Counts {
  size_t looked, left, below, unknown;
} Counts;

static Counts count(const Checked *checked) {
  Counts c = {0};
  for (size_t i = 0; i < checked->n; i++) {
    CheckState s = checked->nodes[i].state;
    c.looked += s == CHECK_GOOD || s == CHECK_WRONG;
    c.left += s == CHECK_LEFT;
    c.below += s == CHECK_PARENT;
    c.unknown += s == CHECK_UNKNOWN;
  }
  return c;
}

static void tell_source(Run *r, const Node *source, size_t n) {
  const SourceInfo *info = source->info;
  Span span;
  const Source *src = source_place(source, &span);
  Diag *d = diag_at(&r->diags, SEV_WARNING, CODE_UNKNOWN_COLUMNS, src, span,
                    "the columns of source '%.*s.%.*s' are not known: %zu node%s not checked",
                    STR_ARG(info->source_name), STR_ARG(source->name), n, n == 1 ? " is" : "s are");
  diag_hint(&r->diags, d,
            "`starc check --update-sources` asks the target for them; or give each its data_type");
}

// "model a, test b and 3 more read it"
static Str who_reads(Arena *a, const Node *source) {
  enum { NAMED = 4 };
  Buf b = {.arena = a};
  for (size_t i = 0; i < source->nfeeds && i < NAMED; i++)
    buf_addf(&b, "%s%.*s %.*s", i ? ", " : "", STR_ARG(node_kind_names[source->feeds[i]->kind]),
             STR_ARG(source->feeds[i]->name));
  if (source->nfeeds > NAMED)
    buf_addf(&b, " and %u more", source->nfeeds - NAMED);
  buf_addf(&b, "%s",
           !source->nfeeds       ? "nothing reads it"
           : source->nfeeds == 1 ? " reads it"
                                 : " read it");
  return buf_str(&b);
}

// left_out: how many nodes are not checked because of it.
static void tell_gone(Run *r, const Node *source, size_t left_out) {
  Arena *a = &r->arena;
  const SourceInfo *info = source->info;
  Str but = left_out
                ? str_fmt(a, ": %zu node%s not checked", left_out, left_out == 1 ? " is" : "s are")
                : (Str){0};
  Span span;
  const Source *src = source_place(source, &span);
  Diag *d = diag_at(&r->diags, SEV_WARNING, CODE_SOURCE_GONE, src, span,
                    "source '%.*s.%.*s' is not there: the target has no table %.*s%.*s",
                    STR_ARG(info->source_name), STR_ARG(source->name),
                    STR_ARG(source->relation_name), STR_ARG(but));
  const Node *load = source->nneeds ? source->needs[0] : NULL;
  if (load && load->kind == NODE_LOAD)
    diag_hint(&r->diags, d, "%.*s; a load fills it: %s load --select load:%.*s.%.*s",
              STR_ARG(who_reads(a, source)), program_name(), STR_ARG(load->load->load),
              STR_ARG(load->load->table));
  else
    diag_hint(&r->diags, d, "%.*s%s", STR_ARG(who_reads(a, source)),
              r->project->target->inside ? "" : "; a user without rights to it does not see it");
}

// A source whose columns nobody knows, or that is not there: told once, at its line.
static void find_sources(Findings *f, const Checked *checked) {
  Run *r = f->run;
  size_t *left_out = arena_array(&r->arena, size_t, r->graph->nnodes + 1); // by Node.index
  for (size_t i = 0; i < checked->n; i++)
    if (checked->nodes[i].state == CHECK_UNKNOWN)
      left_out[checked->nodes[i].because->index]++;
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *source = r->graph->nodes[i];
    size_t n = left_out[source->index];
    bool ignored = val_is_str(node_config(source, STR("drift")), STR("ignore"));
    bool gone = !ignored && map_get(&r->gone_sources, source->id);
    if (gone)
      tell_gone(r, source, n);
    else if (n && !map_get(&r->unread_sources, source->id))
      tell_source(r, source, n);
    if (gone || n)
      findings_take(f, source);
  }
}

// How many nodes have a finding that is an error.
static size_t count_wrong(const Checked *checked) {
  size_t n = 0;
  for (size_t i = 0; i < checked->n; i++)
    n += checked->nodes[i].state == CHECK_WRONG && checked->nodes[i].result->diag;
  return n;
}

static void tell_counts(Run *r, const Checked *checked) {
  Counts n = count(checked);
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  Buf left = {.arena = &r->arena};
  if (n.left)
    buf_addf(&left, ", %zu left out", n.left);
  if (n.below)
    buf_addf(&left, ", %zu below them not checked", n.below);
  if (n.unknown)
    buf_addf(&left, ", %zu not checked since they read unknown columns", n.unknown);
  run_say(r, EV_CheckDone, NULL, "Checked %zu of %zu nodes in %.2f s: %zu wrong%.*s", n.looked,
          checked->n, seconds, count_wrong(checked), STR_ARG(buf_str(&left)));
}

static int tell(Findings *f, const Checked *checked) {
  Run *r = f->run;
  bool good = findings_tell(f);
  tell_counts(r, checked);
  findings_tell_kinds(f);
  return r->signal ? 128 + r->signal : good ? EXIT_GOOD : EXIT_FAILED;
}

static void find(Findings *f, const Names *names, const LineageGraph *g, const Checked *checked) {
  findings_take(f, NULL); // what cannot be removed is told with the rest
  find_sources(f, checked);
  findings_of_left(f, checked);
  findings_of_nodes(f, names, checked);
  names_tell(names, f);
  listed_find(f, g);
  breaking_find(f, g, checked);
}

static int check_selected(Run *r, const bool *bits) {
  Checked checked;
  Findings found;
  Names names;
  signals_watch(r);
  findings_init(&found, r);
  names_init(&names, r);
  Check *k = check_open(r, bits);
  if (k)
    names_watch(&names, k);
  bool checks = k && command_is(r->options, CMD_CHECK), keeps = checks && lineage_is_kept(r);
  bool mixes = r->dialect->lineage && r->dialect->lineage->mixes;
  if (!checks) // of a build nobody waits for what would not stop it
    mixes = k && mixes && warn_rule(r, CODE_MIXED_TYPES) == WARN_ERROR;
  LineageBuild *lineage = k && (keeps || mixes) ? lineage_begin(r, k) : NULL;
  bool good = k && check_nodes(k, bits, &checked);
  const LineageGraph *g = good && keeps ? lineage_keep(lineage, r, &checked) : NULL;
  check_close(k);
  if (!good)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  mixed_find(lineage, &found);
  find(&found, &names, g, &checked); // against the lock file as it was
  if (r->options->update_sources && !r->signal && !update_save(r, &checked))
    return EXIT_USAGE;
  int code = tell(&found, &checked);
  return code == EXIT_GOOD && keeps && !g ? EXIT_FAILED : code;
}

static int check(Run *r) {
  const RunOptions *o = r->options;
  unsigned kinds = o->command->kinds | (o->unused ? 1u << NODE_SOURCE : 0);
  bool *bits = run_select(r, kinds);
  if (bits && o->unused && suppose_is_asked(o)) {
    diag_error(&r->diags, CODE_OPTION_VALUE, STR("--unused"),
               "it does not go with --drop or --retype");
    run_report(r);
    return EXIT_USAGE;
  }
  if (bits && str_is(o->output, "json") && !o->unused && !suppose_is_asked(o)) {
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--output"),
                         "json is the form of answers to --drop, --retype and --unused");
    diag_hint(&r->diags, d, "--log-format json gives findings as objects, one a line");
    run_report(r);
    return EXIT_USAGE;
  }
  if (bits && suppose_is_asked(o))
    return suppose_check(r, bits);
  if (bits && o->unused)
    return unused_check(r, bits);
  return bits && breaking_can(r) ? check_selected(r, bits) : EXIT_USAGE;
}

int task_check(RunOptions *o, Reporter *report) { return run_task(o, report, check); }

// --- before something is built

// Of what the command works on, what can be checked.
static bool *select_checked(Run *r) {
  unsigned kinds = command_find(STR("check"))->kinds;
  bool *bits = run_select(r, r->options->command->kinds);
  for (size_t i = 0; bits && i < r->graph->nnodes; i++)
    bits[i] = bits[i] && kinds & 1u << r->graph->nodes[i]->kind;
  return bits;
}

// What was good, or not reached, is not done.
static void skip_rest(Run *r, Str why) {
  for (size_t i = 0; i < r->nresults; i++) {
    RunResult *res = r->results[i];
    bool told = res->status == RUN_SKIPPED && (res->cause || res->message.len);
    if (told || status_is_bad(res->status))
      continue;
    res->status = RUN_SKIPPED;
    res->message = why;
  }
}

int check_stops(Run *r, const char *option, int code) {
  const char *what = code == EXIT_FAILED ? "found errors" : "could not look at everything";
  run_tell(r, (Event){.kind = EV_CheckDone, .level = LEVEL_ERROR, .totals = true},
           "Nothing was built: %s %s", option, what);
  skip_rest(r, str_fmt(&r->arena, "Skipped: %s %s", option, what));
  run_write_results(r);
  return code;
}

static int check_first(Run *r) {
  const bool *bits = select_checked(r);
  int code = bits ? check_selected(r, bits) : EXIT_USAGE;
  return code == EXIT_GOOD || !bits ? code : check_stops(r, "--check", code);
}

int check_before(RunOptions *o, Reporter *report, char id[CHECK_ID]) {
  Run r;
  RunOptions own = *o; // a check takes no locks, and the project's flags are set once more
  int code = run_open(&r, &own, report, o->command->opens) ? check_first(&r) : EXIT_USAGE;
  if (code == EXIT_GOOD) { // the rest is told by who goes on
    own.reports.n = 0;
    r.errors = r.warnings = 0;
    o->found = NULL;
    int len = snprintf(id, CHECK_ID, "%.*s", STR_ARG(r.project->invocation_id));
    o->invocation_id = str_n(id, (size_t)len);
  }
  code = run_end(&r, code);
  if (o->rounds && code == EXIT_GOOD)
    rounds_forget(o->rounds);
  return code;
}
