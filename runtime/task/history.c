// history: what the last runs did. In: records of runs; names of nodes. Out: a line for each run,
// or for each result of the nodes; with --output json a list of objects.
#include "../history/history.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/value/json.h"
#include "../run/files.h"
#include "../run/remember.h"
#include "../run/table.h"
#include "task.h"

#include <langinfo.h>
#include <locale.h>
#include <time.h>
#include <unistd.h>

enum { WHEN = 16, COMMIT = 7, BARS = 24, MOST_COMMAND = 60, MOST_TARGET = 12 };

typedef struct Look {
  Run *run;
  History history;
  size_t width; // of the terminal; 0: no line is cut
  bool colors;
} Look;

// --- pieces of a line

static void pad(Buf *out, size_t from, size_t to) {
  while (from++ < to)
    buf_addc(out, ' ');
}

static void add_left(Buf *out, Arena *a, Str text, size_t columns) {
  text = utf8_fit(a, utf8_plain(a, text), columns);
  buf_add(out, text);
  pad(out, utf8_width(text), columns);
}

static void add_right(Buf *out, Str text, size_t columns) {
  pad(out, utf8_width(text), columns);
  buf_add(out, text);
}

static void add_colored(Buf *out, const Look *l, const char *color, Str text) {
  buf_addf(out, l->colors ? "\033[%sm%.*s\033[0m" : "%.0s%.*s", color, STR_ARG(text));
}

// The day and the minute, in the time of this machine.
static Str when(Arena *a, int64_t us) {
  time_t at = (time_t)(us / 1000000);
  struct tm t;
  char text[32] = "";
  if (us && localtime_r(&at, &t))
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &t);
  return str_dup(a, str_c(text));
}

static Str took(Arena *a, double seconds) {
  long whole = (long)seconds;
  if (seconds < 100)
    return str_fmt(a, "%.2fs", seconds);
  if (seconds < 3600)
    return str_fmt(a, "%ldm%02lds", whole / 60, whole % 60);
  return str_fmt(a, "%ldh%02ldm", whole / 3600, whole / 60 % 60);
}

static Str command_of(Arena *a, const HistoryRun *r) {
  return str_fmt(a, "%.*s%s%.*s", STR_ARG(r->command), r->selection.len ? " " : "",
                 STR_ARG(r->selection));
}

static const char *color_of(Str status) {
  return history_is_bad(status)                                ? "31"
         : str_is(status, "success") || str_is(status, "pass") ? "32"
                                                               : "33";
}

// --- runs

static bool is_shown(const RunOptions *o, const HistoryRun *r) {
  return !o->failed || r->failed || r->exit_code;
}

static size_t limit_of(const RunOptions *o) { return o->limit < 0 ? SIZE_MAX : (size_t)o->limit; }

// How wide columns are: of what is shown, as far as the terminal has room.
typedef struct Widths {
  size_t command, target;
  bool commit;
} Widths;

static void widen(size_t *width, Str text, size_t most) {
  size_t n = utf8_width(text);
  n = n > most ? most : n;
  *width = n > *width ? n : *width;
}

static Widths widths_of(const Look *l, HistoryRun *const *runs, size_t n, size_t rest) {
  Arena a = {0};
  Widths w = {.command = 7, .target = 6};
  for (size_t i = 0; i < n; i++) {
    widen(&w.command, command_of(&a, runs[i]), MOST_COMMAND);
    widen(&w.target, runs[i]->target, MOST_TARGET);
    w.commit |= runs[i]->commit.len > 0;
  }
  size_t fixed = WHEN + 2 + 2 + w.target + (w.commit ? 2 + COMMIT : 0) + 2 + rest;
  if (l->width && fixed + w.command > l->width)
    w.command = l->width > fixed + 7 ? l->width - fixed : 7;
  arena_free(&a);
  return w;
}

static void add_run(Buf *out, Arena *a, const Widths *w, const HistoryRun *r) {
  add_left(out, a, when(a, r->started_us), WHEN);
  buf_adds(out, "  ");
  add_left(out, a, command_of(a, r), w->command);
  buf_adds(out, "  ");
  add_left(out, a, r->target, w->target);
  if (w->commit) {
    buf_adds(out, "  ");
    add_left(out, a, str_sub(r->commit, 0, COMMIT), COMMIT);
  }
}

static void add_heads(Buf *out, Arena *a, const Look *l, const Widths *w, const char *behind) {
  Buf b = {.arena = a};
  add_left(&b, a, STR("when"), WHEN);
  buf_adds(&b, "  ");
  add_left(&b, a, STR("command"), w->command);
  buf_adds(&b, "  ");
  add_left(&b, a, STR("target"), w->target);
  if (w->commit)
    buf_adds(&b, "  commit ");
  buf_addf(&b, "%s", behind);
  add_colored(out, l, "2", buf_str(&b));
  buf_addc(out, '\n');
}

// How many nodes there are of each outcome, and what else ended the run.
static Str outcome_of(Arena *a, const HistoryRun *r, bool colors) {
  const struct {
    size_t n;
    const char *word, *color;
  } parts[] = {
      {r->passed,  "good",    "32"},
      {r->warned,  "warned",  "33"},
      {r->failed,  "failed",  "31"},
      {r->skipped, "skipped", "33"}
  };
  Buf b = {.arena = a};
  for (size_t i = 0; i < COUNT(parts); i++)
    if (parts[i].n && colors)
      buf_addf(&b, "  \033[%sm%zu %s\033[0m", parts[i].color, parts[i].n, parts[i].word);
    else if (parts[i].n)
      buf_addf(&b, "  %zu %s", parts[i].n, parts[i].word);
  if (r->exit_code > 128)
    buf_adds(&b, "  stopped");
  else if (r->exit_code && !r->failed)
    buf_addf(&b, "  exit code %d", r->exit_code);
  return buf_str(&b);
}

static void runs_text(Buf *out, Arena *a, const Look *l, HistoryRun *const *runs, size_t n) {
  enum { TOOK = 9 };
  size_t outcome = 7;
  for (size_t i = 0; i < n; i++)
    widen(&outcome, outcome_of(a, runs[i], false), 60);
  Widths w = widths_of(l, runs, n, TOOK + outcome);
  add_heads(out, a, l, &w, "     took  nodes");
  for (size_t i = 0; i < n; i++) {
    add_run(out, a, &w, runs[i]);
    add_right(out, took(a, runs[i]->seconds), TOOK);
    buf_add(out, outcome_of(a, runs[i], l->colors));
    buf_addc(out, '\n');
  }
}

static void run_json(Json *j, const HistoryRun *r) {
  json_key_str(j, "invocation_id", r->invocation_id);
  json_key_str(j, "command", r->command);
  json_key_str(j, "selection", r->selection);
  json_key(j, STR("started_us"));
  json_int(j, r->started_us);
  json_key(j, STR("seconds"));
  json_float(j, r->seconds);
  json_key(j, STR("exit_code"));
  json_int(j, r->exit_code);
  json_key_str(j, "version", r->version);
  json_key_str(j, "target", r->target);
  json_key_str(j, "database", r->database);
  json_key_str(j, "commit", r->commit);
}

static void runs_json(Json *j, HistoryRun *const *runs, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const struct {
      const char *name;
      size_t n;
    } counts[] = {
        {"passed",  runs[i]->passed },
        {"warned",  runs[i]->warned },
        {"failed",  runs[i]->failed },
        {"skipped", runs[i]->skipped}
    };
    json_open_object(j);
    run_json(j, runs[i]);
    for (size_t k = 0; k < COUNT(counts); k++) {
      json_key(j, str_c(counts[k].name));
      json_int(j, (int64_t)counts[k].n);
    }
    json_close_object(j);
  }
}

// --- results of a node

typedef VEC(const HistoryResult *) Lines;

// Durations as eight heights, the oldest first, where the terminal can show them; without runs that
// skipped the node.
static void add_bars(Buf *out, const Lines *all) {
  double took[BARS], most = 0;
  size_t n = 0;
  for (size_t i = 0; i < all->n && n < BARS; i++) {
    if (str_is(all->items[i]->status, "skipped"))
      continue;
    took[n] = all->items[i]->seconds;
    most = took[n] > most ? took[n] : most;
    n++;
  }
  setlocale(LC_CTYPE, "");
  if (!isatty(STDOUT_FILENO) || n < 2 || most <= 0 || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
    return;
  buf_adds(out, "  ");
  while (n-- > 0)
    utf8_add(out, 0x2581 + (uint32_t)(took[n] / most * 7 + 0.5));
}

static Str number(Arena *a, int64_t n) {
  return n < 0 ? STR("") : str_fmt(a, "%lld", (long long)n);
}

// What went wrong, in a line: a database's words stand below one that says which model it was.
static void add_message(Buf *out, Arena *a, const Look *l, Str message) {
  Str rest = message, line, first;
  str_cut(&rest, '\n', &first);
  if (!str_cut(&rest, '\n', &line) || !str_trim(line).len)
    line = first;
  line = utf8_plain(a, str_trim(line));
  buf_addf(out, "    %.*s\n", STR_ARG(utf8_fit(a, line, l->width > 5 ? l->width - 5 : 200)));
}

static void end_line(Buf *out) {
  while (out->len && out->ptr[out->len - 1] == ' ')
    out->len--;
  buf_addc(out, '\n');
}

static void node_text(Buf *out, Arena *a, const Look *l, Str id, const Lines *all) {
  enum { NUMBER = 9, TOOK = 9 };
  size_t status_width = 6;
  HistoryRun **runs = arena_array(a, HistoryRun *, all->n + 1);
  for (size_t i = 0; i < all->n; i++)
    runs[i] = map_get(&l->history.by_invocation,
                      str_fmt(a, "%.*s %lld", STR_ARG(all->items[i]->run->invocation_id),
                              (long long)all->items[i]->run->started_us));
  for (size_t i = 0; i < all->n; i++)
    widen(&status_width, all->items[i]->status, 20);
  Widths w = widths_of(l, runs, all->n, 2 + status_width + TOOK + 2 * (NUMBER + 1));
  Buf behind = {.arena = a};
  buf_adds(&behind, "  ");
  add_left(&behind, a, STR("status"), status_width);
  buf_adds(&behind, "     took      rows  failures");
  add_colored(out, l, "1", utf8_plain(a, id));
  add_bars(out, all);
  buf_addc(out, '\n');
  add_heads(out, a, l, &w, buf_cstr(&behind));
  for (size_t i = 0; i < all->n; i++) {
    const HistoryResult *r = all->items[i];
    Buf status = {.arena = a};
    add_run(out, a, &w, r->run);
    buf_adds(out, "  ");
    add_left(&status, a, r->status, status_width);
    add_colored(out, l, color_of(r->status), buf_str(&status));
    add_right(out, took(a, r->seconds), TOOK);
    add_right(out, number(a, r->rows), NUMBER + 1);
    add_right(out, number(a, r->failures), NUMBER + 1);
    end_line(out);
    if (history_is_bad(r->status) && r->message.len)
      add_message(out, a, l, r->message);
  }
}

static void node_json(Json *j, const Lines *all) {
  for (size_t i = 0; i < all->n; i++) {
    const HistoryResult *r = all->items[i];
    json_open_object(j);
    json_key_str(j, "unique_id", r->id);
    json_key_str(j, "status", r->status);
    json_key(j, STR("execution_time"));
    json_float(j, r->seconds);
    json_key(j, STR("rows"));
    r->rows < 0 ? json_null(j) : json_int(j, r->rows);
    json_key(j, STR("failures"));
    r->failures < 0 ? json_null(j) : json_int(j, r->failures);
    json_key_str(j, "message", r->message);
    json_key(j, STR("run"));
    json_open_object(j);
    run_json(j, r->run);
    json_close_object(j);
    json_close_object(j);
  }
}

// "orders" of model.shop.orders, "unique_orders_id" of test.shop.unique_orders_id.5fe1a3.
static Str name_of(Str id) {
  Str rest = id, part = {0};
  for (int i = 0; i < 3; i++)
    if (!str_cut(&rest, '.', &part))
      return id;
  return part;
}

// The ids that a word means: itself, or those of this name. False: none, which is told.
static bool ids_of(Look *l, Str word, Words *ids) {
  Run *r = l->run;
  const Map *all = &l->history.by_node;
  Str *names = arena_array(&r->arena, Str, all->n + 1);
  size_t before = ids->n;
  for (size_t i = 0; i < all->n; i++) {
    names[i] = name_of(all->entries[i].key);
    if (str_eq(all->entries[i].key, word) || str_eq(names[i], word))
      vec_push(&r->arena, ids, all->entries[i].key);
  }
  if (ids->n > before)
    return true;
  Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "the run history has no node '%.*s'",
                       STR_ARG(word));
  if (!diag_nearest(&r->diags, d, word, names, all->n))
    diag_hint(&r->diags, d, "`starc history` lists the runs that are kept");
  return false;
}

static Lines results_of(Look *l, Str id) {
  Run *r = l->run;
  Lines all = {0};
  for (const HistoryResult *at = history_of(&l->history, id); at; at = at->older)
    if (all.n < limit_of(r->options) && (!r->options->failed || history_is_bad(at->status)))
      vec_push(&r->arena, &all, at);
  return all;
}

// --- the command

static void print(Run *r, Buf *out) {
  while (out->len && out->ptr[out->len - 1] == '\n')
    out->len--;
  run_print(r, buf_str(out));
}

static int show_nodes(Look *l) {
  Run *r = l->run;
  Words ids = {0};
  Buf out = {.arena = &r->arena};
  bool good = true, json = str_is(r->options->output, "json");
  Json j = {.out = &out, .indent = 2, .masked = true};
  for (size_t i = 0; i < r->options->args.n; i++)
    good &= ids_of(l, r->options->args.items[i], &ids);
  if (!run_report(r) || !good)
    return EXIT_USAGE;
  if (json)
    json_open_array(&j);
  for (size_t i = 0; i < ids.n; i++) {
    Lines all = results_of(l, ids.items[i]);
    if (json)
      node_json(&j, &all);
    else
      node_text(&out, &r->arena, l, ids.items[i], &all);
    if (!json && i + 1 < ids.n)
      buf_addc(&out, '\n');
  }
  if (json)
    json_close_array(&j);
  print(r, &out);
  return EXIT_GOOD;
}

static int show_runs(Look *l) {
  Run *r = l->run;
  Arena *a = &r->arena;
  HistoryRun **runs = arena_array(a, HistoryRun *, l->history.nruns + 1);
  size_t n = 0;
  Buf out = {.arena = a};
  for (size_t i = 0; i < l->history.nruns && n < limit_of(r->options); i++)
    if (is_shown(r->options, l->history.runs[i]))
      runs[n++] = l->history.runs[i];
  if (str_is(r->options->output, "json")) {
    Json j = {.out = &out, .indent = 2, .masked = true};
    json_open_array(&j);
    runs_json(&j, runs, n);
    json_close_array(&j);
  } else if (n) {
    runs_text(&out, a, l, runs, n);
  } else {
    buf_adds(&out, "no run is kept here");
    buf_addf(&out, "%s", r->options->failed && l->history.nruns ? " that failed" : "");
  }
  print(r, &out);
  return EXIT_GOOD;
}

static int history(Run *r) {
  Look l = {.run = r, .width = terminal_width(), .colors = r->report->colors};
  size_t each = r->options->failed ? SIZE_MAX : limit_of(r->options);
  HistoryAsk ask = {.per_node = r->options->args.n ? (each ? each : 1) : 0};
  run_history(r, &ask, &l.history);
  if (!run_report(r))
    return EXIT_FAILED;
  return r->options->args.n ? show_nodes(&l) : show_runs(&l);
}

int task_history(RunOptions *o, Reporter *report) { return run_task(o, report, history); }
