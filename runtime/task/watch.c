// --watch: a command again and again, each time for what was saved. In: a command that works on
// nodes. Out: its rounds, one after the other, each like the command run alone but for what it
// works on (run/rounds.h); a line before each says what was saved, one behind it what came of it.
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../run/files.h"
#include "../run/rounds.h"
#include "../run/signals.h"
#include "../run/watched.h"
#include "task.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

typedef struct Watch {
  RunOptions *o;
  RunOptions asked; // as the command line has it: each round starts from there
  Reporter *report;
  Rounds *rounds;
  Watched *files;
  Arena arena; // of the round
  Str root;    // of the project, absolute
  Str dotenv;  // the file of variables, there or not; empty: none is read
  size_t number;
  int code;         // of the last round
  RoundCounts came; // what came of it
  const char *told_polls;
} Watch;

__attribute__((format(printf, 4, 5))) static void say(Watch *w, EventKind kind, Level level,
                                                      const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Str text = str_vfmt(&w->arena, fmt, ap);
  va_end(ap);
  w->report->event(
      w->report->data,
      &(Event){.kind = kind, .level = level, .shown_with = level, .msg = text, .totals = true});
}

// --- what is watched

// The places of the project as it is now; where it cannot be opened, they stay. False: so it was.
static bool find_places(Watch *w) {
  Run r;
  Reporter silent = reporter_silent;
  RunOptions own = *w->o;
  own.rounds = NULL;
  bool open = run_open(&r, &own, &silent, OPEN_PROJECT);
  if (open) {
    Str log =
        own.log_path.len ? fs_absolute(&r.arena, own.log_path) : r.project->packages[0]->log_path;
    bool takes_env = r.project->level >= DBT_1_12; // also one that is first made meanwhile
    w->dotenv = w->o->dotenv.len || !takes_env ? w->o->dotenv : STR(".env");
    watched_places(w->files, r.project, log, w->dotenv);
    if (!w->root.len)
      w->root = str_c(memory_must(strdup(str_cstr(&r.arena, r.project->root))));
  }
  run_close(&r);
  watched_look(w->files);
  return open;
}

static void tell_polls(Watch *w) {
  const char *why = watched_polls(w->files);
  if (why && why != w->told_polls && !w->o->poll)
    say(w, EV_Watching, LEVEL_WARN, "Files are looked at every second: %s", why);
  w->told_polls = why;
}

// --- a round

static const char *done_word(const RunOptions *o) {
  return command_is(o, CMD_CHECK)     ? "checked"
         : command_is(o, CMD_COMPILE) ? "compiled"
         : command_is(o, CMD_TEST)    ? "passed"
                                      : "built";
}

// "3 built, 1 failed (orders), 2 skipped"
static Str came_of(Watch *w) {
  const RoundCounts *c = &w->came;
  Buf b = {.arena = &w->arena};
  if (!c->chosen) {
    buf_adds(&b, "the project cannot be read, nothing was done");
    return buf_str(&b);
  }
  if (!c->due) {
    buf_adds(&b, "nothing to do");
    return buf_str(&b);
  }
  buf_addf(&b, "%zu %s", c->good + c->warned, done_word(w->o));
  if (c->warned)
    buf_addf(&b, ", %zu of them with a warning", c->warned);
  if (c->bad)
    buf_addf(&b, ", %zu failed (%.*s)", c->bad, STR_ARG(c->failed));
  if (c->skipped)
    buf_addf(&b, ", %zu skipped", c->skipped);
  return buf_str(&b);
}

static void tell_round(Watch *w, double seconds) {
  if (w->number > 1)
    say(w, EV_WatchRound, w->code == EXIT_GOOD ? LEVEL_INFO : LEVEL_ERROR,
        "Round %zu: %.*s in %.2f s", w->number, STR_ARG(came_of(w)), seconds);
}

// Options and their values as they were given: those of the project file come over them.
static void take_options(Watch *w) {
  *w->o = w->asked;
  w->o->given = val_copy(&w->arena, w->asked.given, true);
  w->o->explicit_options = val_copy(&w->arena, w->asked.explicit_options, true);
  if (w->number > 1)
    w->o->found = NULL;
}

static int round_of(Watch *w, const Str *changed, size_t n) {
  int64_t from = clock_us();
  w->number++;
  take_options(w);
  find_places(w);
  rounds_begin(w->rounds, changed, n);
  signals_hold(false);
  w->code = w->o->command->task(w->o, w->report);
  signals_hold(true);
  w->came = rounds_end(w->rounds);
  if (w->code <= 128)
    tell_round(w, (double)(clock_us() - from) / 1e6);
  return w->code;
}

// --- the loop

static Str shown(const Watch *w, Str path) {
  size_t n = w->root.len;
  bool inside = str_starts(path, w->root) && path.len > n && path.ptr[n] == '/';
  return inside ? str_sub(path, n + 1, path.len) : path;
}

static void tell_saved(Watch *w, const Str *changed, size_t n) {
  enum { NAMED = 4 };
  Buf b = {.arena = &w->arena};
  for (size_t i = 0; i < n && i < NAMED; i++)
    buf_addf(&b, "%s%.*s", i ? ", " : "", STR_ARG(shown(w, changed[i])));
  if (n > NAMED)
    buf_addf(&b, " and %zu more", n - NAMED);
  say(w, EV_WatchSaved, LEVEL_INFO, "Saved: %.*s", STR_ARG(buf_str(&b)));
  Str users = fs_join(&w->arena, w->root, STR("starc_serve.yml"));
  for (size_t i = 0; i < n; i++) {
    Str name = shown(w, changed[i]);
    bool reads_env = w->dotenv.len && str_eq(changed[i], fs_absolute(&w->arena, w->dotenv));
    if (reads_env)
      say(w, EV_WatchSaved, LEVEL_WARN,
          "%.*s is read when starc starts: end the watch and start it again for its variables",
          STR_ARG(name));
    else if (str_eq(changed[i], users))
      say(w, EV_WatchSaved, LEVEL_INFO,
          "%.*s is read by `starc serve` alone: kill -HUP of its process lets it read the file "
          "again",
          STR_ARG(name));
  }
}

// "all good", "1 failed (orders)": how things stand, as long as nothing is saved.
static void show_state(Watch *w) {
  Str state = !w->came.chosen ? STR("the project cannot be read")
              : w->came.bad
                  ? str_fmt(&w->arena, "%zu failed (%.*s)", w->came.bad, STR_ARG(w->came.failed))
              : w->code ? STR("the last round failed")
                        : STR("all good");
  Str text = str_fmt(&w->arena, "watching, after round %zu: %.*s", w->number, STR_ARG(state));
  w->report->waits(w->report->data, text, w->code == EXIT_GOOD);
}

static void tell_waiting(Watch *w) {
  tell_polls(w);
  if (w->number == 1)
    say(w, EV_Watching, LEVEL_INFO, "Watching %.*s; Ctrl-C ends it", STR_ARG(w->root));
}

// Changes are copied: the files are looked at again before the round.
static void keep_changed(Watch *w, const Str **changed, size_t n) {
  Str *kept = arena_array(&w->arena, Str, n + 1);
  for (size_t i = 0; i < n; i++)
    kept[i] = str_dup(&w->arena, (*changed)[i]);
  *changed = kept;
}

// Until a signal ends it. The exit code.
static int go_on(Watch *w) {
  for (;;) {
    const Str *changed;
    size_t n;
    tell_waiting(w);
    show_state(w);
    int sig = watched_wait(w->files, &changed, &n);
    w->report->waits(w->report->data, STR(""), true);
    if (sig == SIGPIPE) // there is nobody to tell
      return 128 + sig;
    if (sig) {
      say(w, EV_Watching, LEVEL_INFO, "%s: the watch ends after %zu round%s", signals_said(sig),
          w->number, w->number == 1 ? "" : "s");
      return w->code == EXIT_GOOD ? EXIT_GOOD : EXIT_FAILED;
    }
    arena_free(&w->arena);
    keep_changed(w, &changed, n);
    tell_saved(w, changed, n);
    if (round_of(w, changed, n) > 128)
      return w->code;
  }
}

// A command line or a project that cannot be read at all is told as without a watch.
static int watch(Watch *w) {
  w->rounds = rounds_new();
  w->files = watched_new(w->o->poll);
  w->asked.rounds = w->rounds;
  *w->o = w->asked;
  bool opens = find_places(w);
  int code = round_of(w, NULL, 0);
  if (opens && code <= 128)
    code = go_on(w);
  watched_free(w->files);
  rounds_free(w->rounds);
  arena_free(&w->arena);
  return code;
}

int task_watch(RunOptions *o, Reporter *report) {
  Watch w = {.o = o, .asked = *o, .report = report};
  w.asked.check_again = command_is(o, CMD_CHECK) || o->check;
  int code = watch(&w);
  *o = w.asked;
  o->rounds = NULL;
  free((char *)w.root.ptr);
  return code;
}
