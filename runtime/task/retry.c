// retry: what the last run left, and its command again for the nodes that are not done. In: the
// journal of a run that was killed, else run_results.json. Out: the exit code of the command.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/graph/state.h"
#include "../run/files.h"
#include "../run/journal.h"
#include "task.h"

typedef struct Retry {
  Run run;
  Value args; // the earlier command's options
  Words ids;
  Value batches;  // of microbatch models: unique id -> {successful, failed}
  size_t known;   // nodes the earlier run told of
  Str hook;       // of on-run-start or on-run-end, that failed; empty: none
  bool handed_on; // to the earlier command's task, which writes the reports
} Retry;

static bool is_operation(Str id) { return str_starts(id, STR("operation.")); }

// Whether a status asks for another try.
static bool again(Value status, bool warn_too) {
  static const char *const bad[] = {"error", "fail", "skipped", "runtime error", "partial success"};
  for (size_t i = 0; i < COUNT(bad); i++)
    if (val_is_str(status, str_c(bad[i])))
      return true;
  return status.kind != VAL_STR || (warn_too && val_is_str(status, STR("warn")));
}

static void add_id(Retry *t, Str id) {
  Arena *a = &t->run.arena;
  vec_push(a, &t->ids, id);
}

static void take_journal(Retry *t, const JournalRead *j) {
  t->args = j->args;
  t->known = j->wanted.n;
  t->batches = j->batches;
  for (size_t i = 0; i < j->wanted.n; i++) {
    const Value *line = map_get(&j->done, j->wanted.items[i]);
    if (!line || again(val_get(*line, STR("status")), t->run.options->warn_error))
      add_id(t, j->wanted.items[i]);
  }
}

static void take_results(Retry *t, const StateIndex *s) {
  t->args = s->args;
  t->known = s->results.n;
  t->batches = val_dict(&t->run.arena);
  for (size_t i = 0; i < s->results.n; i++) {
    Str id = s->results.entries[i].key;
    const Value *res = s->results.entries[i].value;
    Value status = val_get(*res, STR("status"));
    bool bad = again(status, t->run.options->warn_error);
    if (bad && is_operation(id) && !val_is_str(status, STR("skipped")))
      t->hook = str_sub(id, (size_t)str_rfind(id, STR(".")) + 1, id.len);
    if (bad && !is_operation(id))
      add_id(t, id);
    Value batches = val_get(*res, STR("batch_results"));
    if (batches.kind == VAL_DICT)
      dict_sets(&t->run.arena, t->batches.dict, id, batches);
  }
}

// False: reported.
static bool read_earlier(Retry *t) {
  Run *r = &t->run;
  const RunOptions *o = r->options;
  Str shown = o->state.len ? o->state : r->target_shown;
  Str dir = o->state.len ? fs_join(&r->arena, r->project->root, o->state) : r->project->target_dir;
  JournalRead journal;
  if (!journal_read(&r->arena, dir, shown, &journal, &r->diags))
    return run_report(r) && false;
  if (journal.found) {
    take_journal(t, &journal);
    return true;
  }
  const StateIndex *s = state_load_results(&r->arena, dir, shown, &r->diags);
  if (!s)
    return run_report(r) && false;
  if (!s->has_results) {
    Diag *d = diag_error(&r->diags, CODE_STATE_MISSING, STR(""),
                         "there is no run to retry: '%.*s' has no %s", STR_ARG(shown),
                         "run_results.json");
    diag_hint(&r->diags, d,
              "run a command first, `starc build` for one, or name the folder of its "
              "artifacts with --state");
    return run_report(r) && false;
  }
  take_results(t, s);
  return true;
}

static void nothing_left(Retry *t, const Command *c) {
  Run *r = &t->run;
  if (!t->hook.len) {
    Str which = c->retry != RETRY_WHOLE ? str_fmt(&r->arena, "all %zu nodes of the last", t->known)
                                        : STR("the last");
    run_say(r, EV_NothingToRetry, NULL, "Nothing to retry: %.*s `starc %s` went well",
            STR_ARG(which), c->name);
    return;
  }
  Diag *d = diag_warn(&r->diags, CODE_NOTHING_TO_RETRY, STR(""),
                      "no node is left to retry, but the hook %.*s failed", STR_ARG(t->hook));
  diag_hint(&r->diags, d, "hooks run around nodes: `starc %s` does both again", c->name);
  run_report(r);
}

// Artifacts hold no secrets: what --vars said under such a name has to be said again.
static bool has_its_secrets(Run *r, Value vars) {
  bool said_again = val_is(r->options->explicit_options, VAL_DICT) &&
                    dict_gets(r->options->explicit_options.dict, STR("vars"));
  size_t at = 0;
  for (DictEntry *e; !said_again && vars.kind == VAL_DICT && (e = dict_next(vars.dict, &at));) {
    if (e->key.kind != VAL_STR || !secret_named(val_text(e->key)))
      continue;
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--vars"),
                         "the last run was given the secret '%.*s', which no artifact holds",
                         STR_ARG(val_text(e->key)));
    diag_hint(&r->diags, d, "give it again: `starc retry --vars '{%.*s: ...}'`",
              STR_ARG(val_text(e->key)));
    return run_report(r);
  }
  return true;
}

static int hand_on(Retry *t, RunOptions *then, Reporter *report) {
  t->handed_on = true;
  return then->command->task(then, report);
}

// The earlier command again, for the nodes that are left.
static int again_for(Retry *t, RunOptions *then, Reporter *report) {
  Run *r = &t->run;
  const Command *c = then->command;
  if (c->retry == RETRY_NOT) {
    diag_error(&r->diags, CODE_NOTHING_TO_RETRY, STR(""),
               "the last run was `starc %s`, which has nothing to retry", c->name);
    run_report(r);
    return EXIT_USAGE;
  }
  if (!t->ids.n) {
    nothing_left(t, c);
    return c->retry == RETRY_RESULTS ? hand_on(t, then, report) : EXIT_GOOD;
  }
  if (c->retry != RETRY_WHOLE)
    run_say(r, EV_RetryLine, NULL, "Retrying %zu of %zu node%s of `starc %s`", t->ids.n, t->known,
            t->known == 1 ? "" : "s", c->name);
  return hand_on(t, then, report);
}

static int go(Retry *t, Reporter *report) {
  Run *r = &t->run;
  RunOptions then;
  Str message = {0};
  r->report = report;
  if (!read_earlier(t))
    return EXIT_USAGE;
  if (!r->options->earlier(&r->arena, r->options, t->args, &then, &message)) {
    diag_error(&r->diags, CODE_NOTHING_TO_RETRY, STR(""), "cannot retry: %.*s", STR_ARG(message));
    run_report(r);
    return EXIT_USAGE;
  }
  if (!has_its_secrets(r, then.vars.len ? val_get(t->args, STR("vars")) : val_none()))
    return EXIT_USAGE;
  then.retry = true;
  then.retry_ids = t->ids;
  then.retry_batches = t->batches;
  return again_for(t, &then, report);
}

int task_retry(RunOptions *o, Reporter *report) {
  Retry t = {0};
  Reporter silent = reporter_silent; // until it is known that the project opens: then all is said
  int code = EXIT_USAGE;
  if (run_open(&t.run, o, &silent, OPEN_PROJECT)) {
    code = go(&t, report);
  } else { // once more, to be heard
    run_close(&t.run);
    run_open(&t.run, o, report, OPEN_PROJECT);
  }
  if (!t.handed_on)
    return run_end(&t.run, code);
  run_close(&t.run);
  return code;
}
