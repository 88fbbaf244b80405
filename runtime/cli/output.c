// In: events. Out: lines on the terminal and in the log file, secrets masked. Leaves what is said
// to the tasks.
#include "output.h"
#include "node_line.h"
#include "otel.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/value/json.h"
#include "../run/files.h"
#include "../run/reports.h"
#include "../run/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *const level_names[] = {"", "debug", "info", "warn", "error", "none"};

static Level level_of(Str name, Level otherwise) {
  for (int i = LEVEL_DEBUG; i <= LEVEL_NONE; i++)
    if (str_eq_nocase(name, str_c(level_names[i])))
      return (Level)i;
  if (str_eq_nocase(name, STR("off")))
    return LEVEL_NONE;
  return otherwise;
}

// "12:34:56" or with microseconds, UTC.
static void add_time(Buf *b, bool micros, bool date) {
  struct timespec t;
  struct tm tm;
  clock_gettime(CLOCK_REALTIME, &t);
  gmtime_r(&t.tv_sec, &tm);
  if (date)
    buf_addf(b, "%04d-%02d-%02dT", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
  buf_addf(b, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
  if (micros)
    buf_addf(b, ".%06d", (int)(t.tv_nsec / 1000));
}

// --- lines

// Whom a text is for: people, a program that reads JSON, one that was asked for these very bytes.
typedef enum Form { FOR_PEOPLE, FOR_JSON, FOR_PROGRAMS } Form;

// Text as it may leave the program. `terminal`: a person sees it, and nobody else.
static Str masked(Arena *a, Str text, Form form, bool terminal) {
  text = secret_mask(a, text);
  if (form == FOR_PROGRAMS)
    return text;
  if (form == FOR_PEOPLE)
    text = utf8_shown(a, text);
  return terminal ? text
                  : workflow_unheard(a, text, form == FOR_JSON ? WORKFLOW_JSON : WORKFLOW_LINES);
}

// One call for a line: those of two programs that share a log file do not mix. What cannot be
// written leaves the stream with its error.
static void write_now(FILE *f, Str text) {
  fflush(f);
  for (ssize_t n; text.len && (n = write(fileno(f), text.ptr, text.len)) > 0;)
    text = str_sub(text, (size_t)n, text.len);
  if (text.len)
    fwrite(text.ptr, 1, text.len, f);
}

static void write_masked(FILE *f, Str text, Form form) {
  Arena a = {0};
  write_now(f, masked(&a, text, form, isatty(fileno(f))));
  arena_free(&a);
}

void output_text(FILE *f, Str text) {
  Arena a = {0};
  write_masked(f, utf8_plain(&a, secret_mask(&a, text)), FOR_PEOPLE);
  arena_free(&a);
}

// The words of an event. Colours in them are a macro's own wish, or come from elsewhere.
static Str words_of(Arena *a, const Event *e) {
  bool own = e->bare || e->kind == EV_JinjaLogInfo || e->kind == EV_JinjaLogDebug ||
             e->kind == EV_JinjaLogWarning;
  return own ? e->msg : utf8_plain(a, secret_mask(a, e->msg));
}

static Value find_field(const EventField *f, Str name) {
  for (; f && f->name; f++)
    if (str_eq(str_c(f->name), name))
      return f->value;
  return val_undef(NULL);
}

// Without the Z, as dbt has it; empty: it did not begin, or end.
static void json_moment(Json *j, Str key, int64_t us) {
  Arena a = {0};
  Str time = us ? artifact_time(&a, us) : STR("");
  json_key(j, key);
  json_str(j, str_sub(time, 0, time.len ? time.len - 1 : 0));
  arena_free(&a);
}

static Str node_status(const NodeState *s) {
  static const Str words[] = {
      [PHASE_NONE] = STR_INIT("None"),
      [PHASE_STARTED] = STR_INIT("started"),
      [PHASE_COMPILING] = STR_INIT("compiling"),
      [PHASE_EXECUTING] = STR_INIT("executing"),
  };
  return s->phase == PHASE_DONE ? run_status_names[s->status] : words[s->phase];
}

static void json_node(Json *j, const Event *e) {
  const Node *n = e->node;
  json_open_object(j);
  json_key_str(j, "materialized", node_materialized(n));
  json_key(j, STR("meta"));
  json_value(j, n->meta.kind == VAL_DICT ? n->meta : val_none());
  json_key_str(j, "node_checksum", n->checksum);
  json_moment(j, STR("node_finished_at"), e->state.finished_us);
  json_key_str(j, "node_name", n->name);
  json_key_str(j, "node_path", n->path);
  json_key(j, STR("node_relation"));
  json_open_object(j);
  json_key_str(j, "alias", n->alias);
  json_key_str(j, "database", n->database);
  json_key_str(j, "relation_name", n->relation_name);
  json_key_str(j, "schema", n->schema);
  json_close_object(j);
  json_moment(j, STR("node_started_at"), e->state.started_us);
  json_key_str(j, "node_status", node_status(&e->state));
  json_key_str(j, "resource_type", node_kind_names[n->kind]);
  json_key_str(j, "unique_id", n->id);
  json_close_object(j);
}

static void json_group(Json *j, const Group *g) {
  json_open_object(j);
  json_key_str(j, "name", g->name);
  json_key(j, STR("owner"));
  json_open_object(j);
  Arena a = {0};
  size_t at = 0;
  for (DictEntry *e; g->owner.kind == VAL_DICT && (e = dict_next(g->owner.dict, &at));) {
    json_key(j, val_text(e->key));
    json_str(j, val_to_str(&a, e->value)); // texts, as dbt has them
  }
  arena_free(&a);
  json_close_object(j);
  json_key_str(j, "package_name", g->package->name);
  json_close_object(j);
}

// One key of an event's data; nothing where it is left out.
static void json_field(Json *j, const Event *e, Str key, Str type) {
  Arena a = {0};
  Value v = str_is(type, "msg") ? val_str(e->msg) : find_field(e->fields, key);
  if (v.kind == VAL_UNDEF)
    v = event_empty(&a, type);
  if (str_is(type, "list") && v.kind == VAL_STR) { // a part of a finding: a list of one
    Value text = v;
    v = val_list(&a, 1);
    list_push(&a, v.list, text);
  }
  bool node = str_is(type, "node") && e->node, group = str_is(type, "group") && e->group;
  if (node || group || v.kind != VAL_UNDEF)
    json_key(j, key);
  if (node)
    json_node(j, e);
  else if (group)
    json_group(j, e->group);
  else if (v.kind != VAL_UNDEF)
    json_value(j, v);
  arena_free(&a);
}

// DBT_ENV_CUSTOM_ENV_NAME=value as NAME, in order of name.
static void json_extra(Json *j) {
  static const char prefix[] = "DBT_ENV_CUSTOM_ENV_";
  const size_t skip = sizeof prefix - 1;
  json_open_object(j);
  for (const char *last = NULL;;) {
    const char *next = NULL; // the least one above the last
    for (char **v = environ; *v; v++)
      if (!strncmp(*v, prefix, skip) && strchr(*v, '=') && (!last || strcmp(*v, last) > 0) &&
          (!next || strcmp(*v, next) < 0))
        next = *v;
    if (!(last = next))
      break;
    size_t n = strcspn(next + skip, "=");
    json_key(j, (Str){next + skip, n});
    json_str(j, str_c(next + skip + n + 1));
  }
  json_close_object(j);
}

static void json_info(Json *j, const Output *out, const Event *e) {
  const EventRow *row = event_row(e->kind);
  Buf time = {0};
  json_open_object(j);
  json_key_str(j, "category", STR(""));
  json_key_str(j, "code", str_c(row->code));
  json_key(j, STR("extra"));
  json_extra(j);
  json_key_str(j, "invocation_id", str_c(out->invocation_id));
  json_key_str(j, "level", str_c(level_names[e->level]));
  json_key_str(j, "msg", e->msg);
  json_key_str(j, "name", str_c(row->name));
  json_key(j, STR("pid"));
  json_int(j, getpid());
  json_key_str(j, "thread", e->thread.len ? e->thread : STR("MainThread"));
  add_time(&time, true, true);
  buf_addc(&time, 'Z');
  json_key_str(j, "ts", buf_str(&time));
  json_close_object(j);
  buf_free(&time);
}

// One line of --log-format json: {"data": {...}, "info": {...}}, keys sorted as dbt's are.
static void json_line(const Output *out, Buf *b, const Event *e) {
  Json j = {.out = b};
  const char *data = event_row(e->kind)->data;
  Str key, type;
  json_open_object(&j);
  json_key(&j, STR("data"));
  json_open_object(&j);
  while (event_next_key(&data, &key, &type))
    json_field(&j, e, key, type);
  json_close_object(&j);
  json_key(&j, STR("info"));
  json_info(&j, out, e);
  json_close_object(&j);
  buf_addc(b, '\n');
}

// --- the log

// An event's line, as it may leave the program; empty: it has none. Made before the lock is taken,
// for which all threads wait.
static Str log_line(const Output *out, Arena *a, const Event *e) {
  if (!out->log || e->level < out->log_level || (!e->msg.len && !out->log_json))
    return (Str){0};
  Buf b = {.arena = a};
  if (out->log_json) {
    json_line(out, &b, e);
  } else {
    add_time(&b, true, false);
    const char *level = level_names[e->level], *blanks = "     ";
    buf_addf(&b, " [%s%.*s] [%.*s]: ", level, (int)(strlen(blanks) - strnlen(level, 5)), blanks,
             STR_ARG(e->thread.len ? e->thread : STR("MainThread")));
    buf_add(&b, words_of(a, e));
    buf_addc(&b, '\n');
  }
  return masked(a, buf_str(&b), out->log_json ? FOR_JSON : FOR_PEOPLE, false);
}

static void write_held(Output *out) {
  if (out->held.len)
    write_now(out->log, buf_str(&out->held));
  out->held.len = 0;
}

// Writes a line, with those that were held back for it.
static void write_line(Output *out, Str line, bool soon) {
  enum { MOST = 1 << 16 };
  if (!line.len && !out->held.len)
    return;
  if (!soon && !out->held.len) {
    write_now(out->log, line);
    return;
  }
  buf_add(&out->held, line);
  if (!soon || out->held.len > MOST)
    write_held(out);
}

// --- the terminal

// Whether the terminal, or what reads its JSON lines, gets the event.
static bool is_wanted(const Output *out, const Event *e) {
  bool quiet = out->options->quiet;
  Level least = quiet && !e->bare ? LEVEL_ERROR : out->level;
  if ((e->bare && quiet) || (out->otel && e->kind == EV_CommandCompleted))
    return true;
  if (out->json)
    return e->level >= least;
  return !e->unseen && (e->shown_with >= least || (e->totals && least == LEVEL_WARN));
}

// The words of a line behind its time, broken at the width of a terminal. A secret in them is
// masked first: its parts would not be known again.
static void add_sentence(Buf *b, const Output *out, const Event *e, const char *color) {
  enum { CLOCK = 10 }; // columns of "12:34:56  "
  Arena a = {0};
  bool whole = e->bare || !out->terminal || str_find(e->msg, STR("\n"), 0) >= 0;
  if (color)
    buf_addf(b, "\033[%sm", color);
  if (whole)
    buf_add(b, words_of(&a, e));
  else
    utf8_wrap(b, secret_mask(&a, words_of(&a, e)), CLOCK, CLOCK, live_width());
  if (color)
    buf_adds(b, "\033[0m");
  arena_free(&a);
}

// A line as it looks on a terminal, with the time before it.
static void add_shown(Buf *b, Output *out, const Event *e) {
  const char *color = !out->color || e->bare    ? NULL
                      : e->level == LEVEL_WARN  ? "33"
                      : e->level == LEVEL_ERROR ? "31"
                                                : NULL;
  if (e->finding) { // as it is: its first line is a place that editors and people look for
    diag_print(b, e->finding, (DiagLook){out->color, out->terminal ? live_width() : 0});
    return;
  }
  if (!e->bare && (e->msg.len || e->step)) { // an empty line is empty
    add_time(b, false, false);
    buf_adds(b, "  ");
  }
  if (e->step)
    node_line(b, e->step, out->color, out->terminal ? live_width() : 0);
  else if (e->msg.len)
    add_sentence(b, out, e, color);
  if (!b->len || b->ptr[b->len - 1] != '\n')
    buf_addc(b, '\n');
}

// An event as records of OpenTelemetry: the last one of a command is its end, which counts what was
// found.
static void otel_line(Output *out, FILE *f, const Event *e) {
  Buf b = {0};
  Str id = str_c(out->invocation_id);
  if (e->kind == EV_CommandCompleted)
    otel_end(&b, id,
             &(OtelEnd){.command = str_c(out->options->command->name),
                        .target = out->options->target,
                        .started_us = out->started_us,
                        .ended_us = clock_us(),
                        .warnings = out->warnings,
                        .errors = out->errors});
  else if (e->msg.len && e->kind != EV_FindingsAbove)
    otel_message(&b, id, e->level, e->msg);
  write_masked(f, buf_str(&b), FOR_JSON);
  buf_free(&b);
}

// How many findings were left out since this was last told.
static void show_rest(Output *out) {
  if (!out->many.waiting)
    return;
  Buf b = {0};
  bool logged = out->log && out->log_level <= LEVEL_WARN;
  many_rest(&out->many, &b, logged ? "the log file has them all" : "--debug shows them all");
  live_hide(&out->live);
  write_masked(out->lines, buf_str(&b), FOR_PEOPLE);
  live_show(&out->live);
  buf_free(&b);
}

static void show(Output *out, const Event *e) {
  if (!is_wanted(out, e))
    return;
  bool counted = e->finding && !out->json && !out->otel && out->level > LEVEL_DEBUG;
  if (counted && !many_shows(&out->many, e->finding))
    return;
  if (!e->finding)
    show_rest(out);
  live_hide(&out->live);
  FILE *to = e->bare ? stdout : out->lines;
  if (out->otel) {
    otel_line(out, to, e);
  } else if (out->json) {
    Buf b = {0};
    json_line(out, &b, e);
    write_masked(to, buf_str(&b), FOR_JSON);
    buf_free(&b);
  } else {
    Buf b = {0};
    add_shown(&b, out, e);
    bool data = e->bare && e->kind != EV_DebugCmdOut && !isatty(fileno(to));
    write_masked(to, buf_str(&b), data ? FOR_PROGRAMS : FOR_PEOPLE);
    buf_free(&b);
  }
  live_show(&out->live);
  fflush(to);
}

// --- the callbacks

static void on_event(void *data, const Event *given) {
  Output *out = data;
  Event e = *given;
  Buf text = {0};
  const NodeStep *step = e.step;
  bool ends = step && step->phase == PHASE_DONE;
  if (ends) {
    node_line(&text, step, false, 0);
    e.msg = buf_str(&text);
  }
  Arena a = {0};
  Str line = log_line(out, &a, &e);
  pthread_mutex_lock(&out->lock);
  out->warnings += e.finding && e.level == LEVEL_WARN;
  out->errors += e.finding && e.level == LEVEL_ERROR;
  if (ends)
    live_node_ended(&out->live, e.node);
  else if (step)
    live_node_started(&out->live, e.node);
  e.step = ends ? step : NULL;
  show(out, &e);
  write_line(out, line, e.soon);
  pthread_mutex_unlock(&out->lock);
  arena_free(&a);
  buf_free(&text);
}

static void on_moved(void *data, const Node *n, int64_t rows, int64_t bytes, int64_t all) {
  Output *out = data;
  pthread_mutex_lock(&out->lock);
  live_node_moved(&out->live, n, rows, bytes, all);
  pthread_mutex_unlock(&out->lock);
}

static bool shows_live(const Output *out) {
  return out->terminal && !out->json && !out->otel && !out->options->quiet &&
         out->level <= LEVEL_WARN;
}

static void on_progress(void *data, size_t total, unsigned workers) {
  (void)workers;
  Output *out = data;
  if (total && shows_live(out))
    live_start(&out->live, &out->lock, total, out->color);
  else
    live_end(&out->live);
}

static void on_waits(void *data, Str text, bool good) {
  Output *out = data;
  pthread_mutex_lock(&out->lock);
  if (shows_live(out))
    live_wait(&out->live, text, out->color ? good ? "2" : "31" : NULL);
  pthread_mutex_unlock(&out->lock);
}

// What the options say: once from the command line, again when the project's flags are known.
static void settle(Output *out) {
  const RunOptions *o = out->options;
  const char *no_color = getenv("NO_COLOR");
  out->json = str_is(o->log_format, "json");
  out->otel = str_is(o->log_format, "otel");
  // JSON lines are one stream: the command's result is a line of it, as dbt has it.
  bool apart = reports_to_stdout(o) || (!out->json && !out->otel && run_prints_data(o));
  out->lines = apart ? stderr : stdout;
  bool fancy = live_possible(fileno(out->lines));
  out->color = o->use_colors_set ? o->use_colors : fancy && !(no_color && *no_color);
  out->reporter.colors = out->color && !out->json && !out->otel;
  out->log_json = out->json || str_is(o->log_format_file, "json");
  out->reporter.reads_fields = out->log_json;
  out->level = o->debug ? LEVEL_DEBUG : o->brief ? LEVEL_WARN : level_of(o->log_level, LEVEL_INFO);
  out->log_level = level_of(o->log_level_file, LEVEL_DEBUG);
}

// A log to write behind what it has. A pipe that nobody reads is no log, and no reason to wait.
static FILE *open_log(const char *name) {
  int fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
  if (fd < 0)
    return NULL;
  (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  (void)lseek(fd, 0, SEEK_END);
  FILE *f = fdopen(fd, "a");
  if (!f)
    close(fd);
  return f;
}

// starc.log in the log folder, for a dbt project dbt.log, since what reads it looks for that name;
// moved to starc.log.1 once it passes the limit.
static void on_opened(void *data, Str root, Str log_dir, Str invocation_id) {
  Output *out = data;
  Arena a = {0};
  settle(out);
  many_free(&out->many); // a round of a watch begins anew
  snprintf(out->invocation_id, sizeof out->invocation_id, "%.*s", STR_ARG(invocation_id));
  if (out->log || out->log_level == LEVEL_NONE) {
    arena_free(&a);
    return;
  }
  Diags ignored; // a log that cannot be written is no reason to stop
  diags_init(&ignored);
  bool dbt = fs_exists(fs_join(&a, root, STR("dbt_project.yml")));
  Str path = fs_join(&a, log_dir, dbt ? STR("dbt.log") : STR("starc.log"));
  if (fs_mkdirs(log_dir, &ignored)) {
    const char *name = str_cstr(&a, path);
    FILE *f = open_log(name);
    long size = f ? ftell(f) : 0;
    if (f && out->options->log_file_max_bytes > 0 && size > out->options->log_file_max_bytes) {
      fclose(f);
      rename(name, str_cstr(&a, str_cat(&a, path, STR(".1"))));
      f = open_log(name);
    }
    out->log = f;
  }
  if (out->log && !out->log_json)
    fprintf(out->log, "\n============================== %.*s ==============================\n",
            STR_ARG(invocation_id));
  diags_free(&ignored);
  arena_free(&a);
}

void output_init(Output *out, const RunOptions *o) {
  *out = (Output){.options = o, .started_us = clock_us()};
  pthread_mutex_init(&out->lock, NULL);
  out->terminal = live_possible(STDOUT_FILENO);
  out->reporter = (Reporter){.data = out,
                             .opened = on_opened,
                             .event = on_event,
                             .progress = on_progress,
                             .moved = on_moved,
                             .waits = on_waits};
  settle(out);
}

void output_free(Output *out) {
  live_end(&out->live);
  show_rest(out);
  many_free(&out->many);
  if (out->log) {
    write_held(out);
    fclose(out->log);
  }
  buf_free(&out->held);
  pthread_mutex_destroy(&out->lock);
}
