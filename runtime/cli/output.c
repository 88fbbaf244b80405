// In: events, findings, results of nodes, statements. Out: lines on the terminal and in the log
// file, secrets masked. Leaves what is said to the tasks.
#include "output.h"
#include "node_line.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/json.h"
#include "../../compiler/base/secret.h"
#include "../run/run.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error", "none"};

static Level level_of(Str name, Level otherwise) {
  for (int i = 0; i <= LEVEL_NONE; i++)
    if (str_eq_nocase(name, str_c(level_names[i])))
      return (Level)i;
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
    buf_addf(b, ".%06ld", t.tv_nsec / 1000);
}

// --- lines

static void write_masked(FILE *f, Str text) {
  Arena a = {0};
  text = secret_mask(&a, text);
  fwrite(text.ptr, 1, text.len, f);
  arena_free(&a);
}

typedef struct Line {
  Level level;
  const char *name, *code;
  Str msg, thread;
  Value data;
  const Node *node;
  const RunResult *result;
  bool totals; // Event.totals
} Line;

static void node_info(Json *j, const Node *n, const RunResult *result) {
  json_key(j, STR("node_info"));
  json_open_object(j);
  json_key_str(j, "materialized", node_materialized(n));
  json_key_str(j, "node_checksum", n->checksum);
  json_key_str(j, "node_name", n->name);
  json_key_str(j, "node_path", n->path);
  json_key(j, STR("node_relation"));
  json_open_object(j);
  json_key_str(j, "alias", n->alias);
  json_key_str(j, "database", n->database);
  json_key_str(j, "relation_name", n->relation_name);
  json_key_str(j, "schema", n->schema);
  json_close_object(j);
  json_key_str(j, "node_status", result ? run_status_names[result->status] : STR("started"));
  json_key_str(j, "resource_type", node_kind_names[n->kind]);
  json_key_str(j, "unique_id", n->id);
  json_close_object(j);
}

// One line of --log-format json: {"data": {...}, "info": {...}}, keys sorted as dbt's are.
static void json_line(Output *out, FILE *f, const Line *line) {
  Buf b = {0}, time = {0};
  Json j = {.out = &b};
  json_open_object(&j);
  json_key(&j, STR("data"));
  json_open_object(&j);
  size_t at = 0;
  for (DictEntry *e; line->data.kind == VAL_DICT && (e = dict_next(line->data.dict, &at));) {
    json_key(&j, val_text(e->key));
    json_value(&j, e->value);
  }
  if (line->node)
    node_info(&j, line->node, line->result);
  json_close_object(&j);
  json_key(&j, STR("info"));
  json_open_object(&j);
  json_key_str(&j, "category", STR(""));
  json_key_str(&j, "code", str_c(line->code));
  json_key(&j, STR("extra"));
  json_open_object(&j);
  json_close_object(&j);
  json_key_str(&j, "invocation_id", str_c(out->invocation_id));
  json_key_str(&j, "level", str_c(level_names[line->level]));
  json_key_str(&j, "msg", line->msg);
  json_key_str(&j, "name", str_c(line->name));
  json_key(&j, STR("pid"));
  json_int(&j, getpid());
  json_key_str(&j, "thread", line->thread.len ? line->thread : STR("MainThread"));
  add_time(&time, true, true);
  buf_addc(&time, 'Z');
  json_key_str(&j, "ts", buf_str(&time));
  json_close_object(&j);
  json_close_object(&j);
  buf_addc(&b, '\n');
  write_masked(f, buf_str(&b));
  buf_free(&b);
  buf_free(&time);
}

static void log_line(Output *out, const Line *line) {
  if (!out->log || line->level < out->log_level || !line->msg.len)
    return;
  if (out->log_json) {
    json_line(out, out->log, line);
  } else {
    Buf b = {0};
    add_time(&b, true, false);
    buf_addf(&b, " [%-5s] [%.*s]: %.*s\n", level_names[line->level],
             STR_ARG(line->thread.len ? line->thread : STR("MainThread")), STR_ARG(line->msg));
    write_masked(out->log, buf_str(&b));
    buf_free(&b);
  }
  fflush(out->log);
}

// The terminal's line: `shown` is the text as it looks there (colours, several lines).
static void show(Output *out, const Line *line, Str shown, bool bare) {
  Level least = out->options->quiet && !bare ? LEVEL_ERROR : out->level;
  bool totals = line->totals && !out->json && least == LEVEL_WARN;
  if (line->level >= least || totals || (bare && out->options->quiet)) {
    live_hide(&out->live);
    FILE *to = bare ? stdout : out->lines;
    if (out->json) {
      if (line->msg.len)
        json_line(out, to, line);
    } else {
      Buf b = {0};
      if (!bare && shown.len) { // an empty line is empty
        add_time(&b, false, false);
        buf_adds(&b, "  ");
      }
      buf_add(&b, shown);
      if (!shown.len || shown.ptr[shown.len - 1] != '\n')
        buf_addc(&b, '\n');
      write_masked(to, buf_str(&b));
      buf_free(&b);
    }
    live_show(&out->live);
    fflush(to);
  }
}

// --- the callbacks

static void on_event(void *data, const Event *e) {
  Output *out = data;
  Line line = {.level = e->level,
               .name = e->name ? e->name : "Note",
               .code = e->code ? e->code : "Z000",
               .msg = e->msg,
               .data = e->data,
               .node = e->node,
               .totals = e->totals};
  Buf loud = {0};
  if (out->color && !e->bare && e->level >= LEVEL_WARN && e->msg.len)
    buf_addf(&loud, "\033[%sm%.*s\033[0m", e->level == LEVEL_WARN ? "33" : "31", STR_ARG(e->msg));
  pthread_mutex_lock(&out->lock);
  if (!e->file_only)
    show(out, &line, loud.len ? buf_str(&loud) : e->msg, e->bare);
  log_line(out, &line);
  pthread_mutex_unlock(&out->lock);
  buf_free(&loud);
}

static void on_finding(void *data, const Diag *d, const Node *node) {
  Output *out = data;
  Buf shown = {0}, plain = {0};
  diag_print(&shown, d, out->color && !out->json);
  diag_print(&plain, d, false);
  static const struct {
    Level level;
    const char *name, *code;
  } of[] = {
      [SEV_ERROR] = {LEVEL_ERROR, "MainEncounteredError", "Z002"},
      [SEV_WARNING] = {LEVEL_WARN,  "Warning",              "Z021"},
      [SEV_NOTE] = {LEVEL_INFO,  "Note",                 "Z050"},
  };
  Line line = {.level = of[d->severity].level,
               .name = of[d->severity].name,
               .code = of[d->severity].code,
               .msg = str_trim(buf_str(&plain)),
               .node = node};
  pthread_mutex_lock(&out->lock);
  // A finding is shown as it is: its first line is a place that editors and people look for.
  if (out->json || line.level >= (out->options->quiet ? LEVEL_ERROR : out->level)) {
    live_hide(&out->live);
    if (out->json)
      json_line(out, out->lines, &line);
    else
      write_masked(out->lines, buf_str(&shown));
    live_show(&out->live);
    fflush(out->lines);
  }
  log_line(out, &line);
  pthread_mutex_unlock(&out->lock);
  buf_free(&shown);
  buf_free(&plain);
}

typedef struct StatusLook {
  const char *color;
  Level level;
} StatusLook;

static const StatusLook looks[] = {
    [RUN_SUCCESS] = {"32", LEVEL_INFO },
      [RUN_ERROR] = {"31", LEVEL_ERROR},
    [RUN_SKIPPED] = {"33", LEVEL_INFO },
      [RUN_PARTIAL] = {"33", LEVEL_ERROR},
    [RUN_NOOP] = {"33", LEVEL_INFO },
      [RUN_PASS] = {"32", LEVEL_INFO },
    [RUN_WARN] = {"33", LEVEL_WARN },
      [RUN_FAIL] = {"31", LEVEL_ERROR},
    [RUN_RUNTIME_ERROR] = {"31", LEVEL_ERROR},
};

static const char *event_name(const Node *n, RunStatus s, const char **code) {
  if (s == RUN_SKIPPED)
    return *code = "Q034", "SkippingDetails";
  switch (n->kind) {
  case NODE_SEED:
    return *code = "Q016", "LogSeedResult";
  case NODE_SNAPSHOT:
    return *code = "Q015", "LogSnapshotResult";
  case NODE_TEST:
  case NODE_UNIT_TEST:
    return *code = "Q007", "LogTestResult";
  case NODE_FUNCTION:
    return *code = "Q047", "LogFunctionResult";
  case NODE_OPERATION:
    return *code = "E040", "LogHookEndLine";
  default:
    return *code = "Q012", "LogModelResult";
  }
}

static void on_node(void *data, const NodeEvent *e) {
  Output *out = data;
  Arena a = {0};
  Line line = {.level = LEVEL_DEBUG,
               .name = "NodeStart",
               .code = "Q024",
               .thread = e->thread,
               .node = e->node,
               .result = e->result,
               .data = val_dict(&a)};
  Buf text = {.arena = &a};
  pthread_mutex_lock(&out->lock);
  if (e->phase == PHASE_DONE && e->result) {
    const RunResult *r = e->result;
    line.level = looks[r->status].level;
    line.name = event_name(e->node, r->status, &line.code);
    dict_sets(&a, line.data.dict, STR("description"), val_str(e->node->name));
    dict_sets(&a, line.data.dict, STR("execution_time"), val_float(r->seconds));
    dict_sets(&a, line.data.dict, STR("index"), val_int((int64_t)e->index));
    dict_sets(&a, line.data.dict, STR("status"), val_str(run_status_names[r->status]));
    dict_sets(&a, line.data.dict, STR("total"), val_int((int64_t)e->total));
    Buf shown = {.arena = &a};
    node_line(&text, e, NULL, 0);
    node_line(&shown, e, out->color ? looks[r->status].color : NULL,
              out->terminal ? live_width() : 0);
    line.msg = buf_str(&text);
    live_node_ended(&out->live, e->node);
    show(out, &line, buf_str(&shown), false);
  } else {
    if (e->phase == PHASE_STARTED)
      live_node_started(&out->live, e->node);
    buf_addf(&text, "%s %.*s", e->phase == PHASE_STARTED ? "Began" : "Running",
             STR_ARG(e->node->id));
    line.msg = buf_str(&text);
  }
  log_line(out, &line);
  pthread_mutex_unlock(&out->lock);
  arena_free(&a);
}

static void on_statement(void *data, const Node *node, Str connection, Str sql, double seconds,
                         Str status) {
  Output *out = data;
  Arena a = {0};
  bool begins = seconds < 0;
  Line line = {.level = LEVEL_DEBUG,
               .name = begins ? "SQLQuery" : "SQLQueryStatus",
               .code = begins ? "E016" : "E017",
               .node = node,
               .data = val_dict(&a)};
  if (begins) {
    dict_sets(&a, line.data.dict, STR("conn_name"), val_str(connection));
    dict_sets(&a, line.data.dict, STR("sql"), val_str(sql));
    line.msg = str_fmt(&a, "On %.*s: %.*s", STR_ARG(connection), STR_ARG(sql));
  } else {
    dict_sets(&a, line.data.dict, STR("elapsed"), val_float(seconds));
    dict_sets(&a, line.data.dict, STR("status"), val_str(status));
    line.msg = str_fmt(&a, "SQL status: %.*s in %.3f seconds", STR_ARG(status), seconds);
  }
  pthread_mutex_lock(&out->lock);
  if (out->level == LEVEL_DEBUG)
    show(out, &line, line.msg, false);
  log_line(out, &line);
  pthread_mutex_unlock(&out->lock);
  arena_free(&a);
}

static void on_progress(void *data, size_t total, unsigned workers) {
  (void)workers;
  Output *out = data;
  bool wanted = out->terminal && !out->json && !out->options->quiet && out->level <= LEVEL_WARN;
  if (total && wanted)
    live_start(&out->live, &out->lock, total, out->color);
  else
    live_end(&out->live);
}

// What the options say: once from the command line, again when the project's flags are known.
// Whether what the command prints is for another program: ls | xargs, show --output json | jq.
static bool prints_data(const RunOptions *o) {
  return str_is(o->command, "ls") || str_is(o->command, "show") ||
         (str_is(o->command, "compile") && run_prints_compiled(o)) ||
         (str_is(o->command, "run-operation") && o->quiet);
}

static void settle(Output *out) {
  const RunOptions *o = out->options;
  const char *no_color = getenv("NO_COLOR");
  out->json = str_is(o->log_format, "json");
  // JSON lines are one stream: the command's result is a line of it, as dbt has it.
  bool apart = run_reports_to_stdout(o) || (!out->json && prints_data(o));
  out->lines = apart ? stderr : stdout;
  bool fancy = live_possible(fileno(out->lines));
  out->color = o->use_colors_set ? o->use_colors : fancy && !(no_color && *no_color);
  out->log_json = out->json || str_is(o->log_format_file, "json");
  out->level = o->debug ? LEVEL_DEBUG : o->brief ? LEVEL_WARN : level_of(o->log_level, LEVEL_INFO);
  out->log_level = level_of(o->log_level_file, LEVEL_DEBUG);
}

// starc.log in the log folder, for a dbt project dbt.log, since what reads it looks for that name;
// moved to starc.log.1 once it passes the limit.
static void on_opened(void *data, Str root, Str log_dir, Str invocation_id) {
  Output *out = data;
  Arena a = {0};
  settle(out);
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
    FILE *f = fopen(name, "ae");
    long size = f ? ftell(f) : 0;
    if (f && out->options->log_file_max_bytes > 0 && size > out->options->log_file_max_bytes) {
      fclose(f);
      rename(name, str_cstr(&a, str_cat(&a, path, STR(".1"))));
      f = fopen(name, "ae");
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
  *out = (Output){.options = o};
  pthread_mutex_init(&out->lock, NULL);
  out->terminal = live_possible(STDOUT_FILENO);
  settle(out);
  out->reporter = (Reporter){.data = out,
                             .opened = on_opened,
                             .event = on_event,
                             .finding = on_finding,
                             .node = on_node,
                             .statement = on_statement,
                             .progress = on_progress};
}

void output_free(Output *out) {
  live_end(&out->live);
  if (out->log)
    fclose(out->log);
  pthread_mutex_destroy(&out->lock);
}
