// The text of a record: JSON lines, the run first, then each node. What is not known is left out.
#include "../../compiler/base/secret.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/graph/result.h"
#include "../../compiler/value/json.h"
#include "keep.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

bool history_is_bad(Str status) {
  return str_eq(status, run_status_names[RUN_ERROR]) ||
         str_eq(status, run_status_names[RUN_FAIL]) ||
         str_eq(status, run_status_names[RUN_RUNTIME_ERROR]);
}

// --- writing

static void put_text(Json *j, Str key, Str text) {
  if (!text.len)
    return;
  json_key(j, key);
  json_str(j, text);
}

static void put_int(Json *j, Str key, int64_t n) {
  json_key(j, key);
  json_int(j, n);
}

// At most `most` bytes of a text without its secrets, ending with a whole character.
static Str bounded(Arena *a, Str text, size_t most) {
  text = str_trim(secret_mask(a, text));
  if (text.len <= most)
    return text;
  while (most && ((unsigned char)text.ptr[most] & 0xC0) == 0x80)
    most--;
  return str_fmt(a, "%.*s...", STR_ARG(str_sub(text, 0, most)));
}

static Str moment(Arena *a, int64_t us) {
  time_t at = (time_t)(us / 1000000);
  struct tm t;
  char text[32];
  gmtime_r(&at, &t);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &t);
  return str_dup(a, str_c(text));
}

typedef struct Counts {
  size_t passed, warned, failed, skipped;
} Counts;

static void count(Counts *c, Str status) {
  if (history_is_bad(status))
    c->failed++;
  else if (str_eq(status, run_status_names[RUN_SKIPPED]))
    c->skipped++;
  else if (str_eq(status, run_status_names[RUN_WARN]) ||
           str_eq(status, run_status_names[RUN_PARTIAL]))
    c->warned++;
  else
    c->passed++;
}

static void put_head(Json *j, Arena *a, const HistoryRun *run) {
  Counts c = {0};
  for (size_t i = 0; i < run->nresults; i++)
    count(&c, run->results[i].status);
  json_open_object(j);
  put_int(j, STR("starc_history"), HISTORY_VERSION);
  put_text(j, STR("invocation_id"), run->invocation_id);
  put_text(j, STR("command"), run->command);
  put_text(j, STR("selection"), bounded(a, run->selection, HISTORY_SELECTION));
  put_text(j, STR("started_at"), moment(a, run->started_us));
  put_int(j, STR("started_us"), run->started_us);
  json_key(j, STR("seconds"));
  json_float(j, run->seconds);
  put_int(j, STR("exit_code"), run->exit_code);
  put_text(j, STR("version"), run->version);
  put_text(j, STR("target"), run->target);
  put_text(j, STR("database"), run->database);
  put_text(j, STR("commit"), run->commit);
  put_int(j, STR("passed"), (int64_t)c.passed);
  put_int(j, STR("warned"), (int64_t)c.warned);
  put_int(j, STR("failed"), (int64_t)c.failed);
  put_int(j, STR("skipped"), (int64_t)c.skipped);
  put_int(j, STR("nodes"), (int64_t)run->nresults);
  json_close_object(j);
}

void history_text(Buf *out, const HistoryRun *run) {
  Arena a = {0};
  Json j = {.out = out, .compact = true, .masked = true};
  put_head(&j, &a, run);
  buf_addc(out, '\n');
  for (size_t i = 0; i < run->nresults; i++) {
    const HistoryResult *r = &run->results[i];
    j = (Json){.out = out, .compact = true, .masked = true};
    json_open_object(&j);
    put_text(&j, STR("id"), r->id);
    put_text(&j, STR("status"), r->status);
    json_key(&j, STR("seconds"));
    json_float(&j, r->seconds);
    if (r->rows >= 0)
      put_int(&j, STR("rows"), r->rows);
    if (r->failures >= 0)
      put_int(&j, STR("failures"), r->failures);
    put_text(&j, STR("sum"), r->sum);
    put_text(&j, STR("message"), bounded(&a, r->message, HISTORY_MESSAGE));
    json_close_object(&j);
    buf_addc(out, '\n');
  }
  arena_free(&a);
}

// --- reading

static bool line_value(Arena *a, Str line, Value *out) {
  Source src = {.path = STR("record"), .text = line};
  Diags ignored;
  diags_init(&ignored);
  bool good = json_read(a, &src, out, &ignored) && out->kind == VAL_DICT;
  diags_free(&ignored);
  return good;
}

static Str text_at(Arena *a, Value v, Str key) {
  Value t = val_get(v, key);
  return t.kind == VAL_STR ? str_dup(a, val_text(t)) : (Str){0};
}

static int64_t int_at(Value v, Str key, int64_t otherwise) {
  Value n = val_get(v, key);
  return n.kind == VAL_INT ? n.i : otherwise;
}

static double float_at(Value v, Str key) {
  Value n = val_get(v, key);
  double f = n.kind == VAL_FLOAT ? n.f : n.kind == VAL_INT ? (double)n.i : 0;
  return f >= 0 && f < 1e12 ? f : 0; // nan too
}

static size_t count_at(Value v, Str key) {
  int64_t n = int_at(v, key, 0);
  return n > 0 ? (size_t)n : 0;
}

static bool read_head(Arena *a, Str line, HistoryRun *run, const char **why) {
  Value v;
  if (!line_value(a, line, &v) || int_at(v, STR("starc_history"), 0) < 1) {
    *why = "it is no record of a run";
    return false;
  }
  if (int_at(v, STR("starc_history"), 0) > HISTORY_VERSION) {
    *why = "a newer starc wrote it";
    return false;
  }
  *run = (HistoryRun){
      .invocation_id = text_at(a, v, STR("invocation_id")),
      .command = text_at(a, v, STR("command")),
      .selection = text_at(a, v, STR("selection")),
      .version = text_at(a, v, STR("version")),
      .target = text_at(a, v, STR("target")),
      .database = text_at(a, v, STR("database")),
      .commit = text_at(a, v, STR("commit")),
      .started_us = int_at(v, STR("started_us"), 0),
      .seconds = float_at(v, STR("seconds")),
      .exit_code = (int)int_at(v, STR("exit_code"), 0),
      .passed = count_at(v, STR("passed")),
      .warned = count_at(v, STR("warned")),
      .failed = count_at(v, STR("failed")),
      .skipped = count_at(v, STR("skipped")),
      .n = count_at(v, STR("nodes")),
  };
  return true;
}

// Where a status is one that starc knows, its text is the table's and takes no room.
static Str status_at(Arena *a, Value v) {
  Value t = val_get(v, STR("status"));
  for (int i = RUN_SUCCESS; t.kind == VAL_STR && i <= RUN_RUNTIME_ERROR; i++)
    if (str_eq(val_text(t), run_status_names[i]))
      return run_status_names[i];
  return text_at(a, v, STR("status"));
}

// The id that a line begins with, without reading it; empty: it begins otherwise.
static Str id_of_line(Str line) {
  Str begin = STR("{\"id\":\"");
  if (!str_starts(line, begin))
    return (Str){0};
  ptrdiff_t end = str_find(line, STR("\""), begin.len);
  Str id = end > 0 ? str_sub(line, begin.len, (size_t)end) : (Str){0};
  return str_find(id, STR("\\"), 0) < 0 ? id : (Str){0};
}

// Whether a node's result is asked for; *first: its newest, if there is one.
static bool is_wanted(const HistoryAsk *ask, const History *h, Str id,
                      const HistoryResult **first) {
  *first = id.len ? map_get(&h->by_node, id) : NULL;
  return id.len &&
         (*first ? (*first)->n < ask->per_node : !ask->nodes || map_get(ask->nodes, id) != NULL);
}

static bool is_newer(const HistoryResult *r, const HistoryResult *than) {
  return r->run->started_us > than->run->started_us;
}

// Records come newest first, so a result nearly always goes behind the oldest.
static void link_result(Arena *a, History *h, HistoryResult *r) {
  HistoryResult *first = map_get(&h->by_node, r->id), *at = first;
  if (!first || is_newer(r, first)) {
    r->older = first;
    r->oldest = first ? first->oldest : r;
    r->n = first ? first->n + 1 : 1;
    map_put(a, &h->by_node, first ? first->id : r->id, r);
    return;
  }
  if (!is_newer(r, first->oldest))
    at = first->oldest;
  while (at->older && !is_newer(r, at->older))
    at = (HistoryResult *)at->older;
  r->older = at->older;
  at->older = r;
  first->oldest = r->older ? first->oldest : r;
  first->n++;
}

static bool is_sum(Str s) {
  size_t n = 0;
  while (n < s.len && str_hex_char(s.ptr[n]) >= 0)
    n++;
  return n == HISTORY_SUM && n == s.len;
}

static Str sum_at(Arena *a, Value v) {
  Value sum = val_get(v, STR("sum"));
  return sum.kind == VAL_STR && is_sum(val_text(sum)) ? str_dup(a, val_text(sum)) : (Str){0};
}

// A line of a node. False: it is none. `scratch` is emptied.
static bool read_line(Arena *a, Arena *scratch, Str line, HistoryResult *out) {
  Value v;
  if (!line_value(scratch, line, &v) || val_get(v, STR("id")).kind != VAL_STR)
    return false;
  *out = (HistoryResult){.id = text_at(scratch, v, STR("id")),
                         .status = status_at(a, v),
                         .message = text_at(a, v, STR("message")),
                         .sum = sum_at(a, v),
                         .seconds = float_at(v, STR("seconds")),
                         .rows = int_at(v, STR("rows"), -1),
                         .failures = int_at(v, STR("failures"), -1)};
  return true;
}

static bool take(Str *line, Str begin) {
  if (!str_starts(*line, begin))
    return false;
  *line = str_sub(*line, begin.len, line->len);
  return true;
}

static bool take_int(Str *line, Str key, int64_t *out) {
  char *end;
  if (!take(line, key))
    return true; // it is left out
  errno = 0;
  *out = strtoll(line->ptr, &end, 10);
  bool good = !errno && str_digit_char(line->ptr[0]) && end <= line->ptr + line->len;
  *line = good ? str_sub(*line, (size_t)(end - line->ptr), line->len) : *line;
  return good;
}

static bool take_sum(Arena *a, Str *line, Str *out) {
  if (!take(line, STR(",\"sum\":\"")))
    return true; // it is left out
  Str sum = str_sub(*line, 0, HISTORY_SUM);
  bool good = is_sum(sum) && line->len > sum.len && line->ptr[sum.len] == '"';
  if (good) {
    *out = str_dup(a, sum);
    *line = str_sub(*line, sum.len + 1, line->len);
  }
  return good;
}

// A line that history_text() wrote of a node without a message, which most are, at a tenth of what
// reading any JSON takes. False: it has another form. Behind a line stands a newline.
static bool read_plain_line(Arena *a, Str line, Str id, HistoryResult *out) {
  char *end;
  line = str_sub(line, STR("{\"id\":\"").len + id.len, line.len);
  *out = (HistoryResult){.id = id, .rows = -1, .failures = -1};
  if (!take(&line, STR("\",\"status\":\"")))
    return false;
  for (int i = RUN_SUCCESS; i <= RUN_RUNTIME_ERROR && !out->status.len; i++)
    if (take(&line, run_status_names[i]))
      out->status = run_status_names[i];
  if (!out->status.len || !take(&line, STR("\",\"seconds\":")) || !line.len ||
      !str_digit_char(line.ptr[0]))
    return false;
  out->seconds = strtod(line.ptr, &end);
  if (end > line.ptr + line.len || !(out->seconds < 1e12))
    return false;
  line = str_sub(line, (size_t)(end - line.ptr), line.len);
  return take_int(&line, STR(",\"rows\":"), &out->rows) &&
         take_int(&line, STR(",\"failures\":"), &out->failures) && take_sum(a, &line, &out->sum) &&
         str_is(line, "}");
}

// Lines that end; what stands behind the last newline was cut off.
static size_t lines_of(Str text) {
  size_t n = 0;
  for (const char *p = text.ptr, *end = p ? p + text.len : p;
       p && (p = memchr(p, '\n', (size_t)(end - p))); p++)
    n++;
  return n;
}

// They are linked when all are there: until then the array moves.
static void read_results(Arena *a, const HistoryAsk *ask, History *h, Str lines, HistoryRun *run) {
  Arena scratch = {0};
  size_t cap = 0;
  Str line;
  while (str_cut(&lines, '\n', &line) && lines.ptr) {
    Str id = id_of_line(line);
    HistoryResult r;
    const HistoryResult *first;
    if (id.len && !is_wanted(ask, h, id, &first))
      continue;
    arena_reset(&scratch);
    if (!(id.len && read_plain_line(a, line, id, &r)) &&
        !(read_line(a, &scratch, line, &r) && is_wanted(ask, h, r.id, &first)))
      continue;
    r.id = first ? first->id : str_dup(a, r.id);
    r.run = run;
    vec_room(a, run->results, run->nresults, cap);
    run->results[run->nresults++] = r;
  }
  arena_free(&scratch);
  const HistoryResult *first;
  for (size_t i = 0; i < run->nresults; i++) // a foreign record may name a node twice
    if (is_wanted(ask, h, run->results[i].id, &first))
      link_result(a, h, &run->results[i]);
}

// Its place is behind those that are newer.
static void put_run(Arena *a, History *h, HistoryRun *run) {
  vec_room(a, h->runs, h->nruns, h->cap);
  size_t at = h->nruns++;
  for (; at && h->runs[at - 1]->started_us < run->started_us; at--)
    h->runs[at] = h->runs[at - 1];
  h->runs[at] = run;
}

bool history_add(Arena *a, const HistoryAsk *ask, History *h, Str text, const char **why) {
  HistoryRun *run = arena_new(a, HistoryRun);
  Str rest = text, head;
  if (!str_cut(&rest, '\n', &head) || !rest.ptr) {
    *why = "it is cut off";
    return false;
  }
  if (!read_head(a, head, run, why))
    return false;
  if (ask->per_node && lines_of(rest) != run->n) {
    *why = "it is cut off";
    return false;
  }
  Str key = str_fmt(a, "%.*s %lld", STR_ARG(run->invocation_id), (long long)run->started_us);
  if ((ask->target.len && !str_eq(ask->target, run->target)) || map_get(&h->by_invocation, key))
    return true;
  map_put(a, &h->by_invocation, key, run);
  put_run(a, h, run);
  if (ask->per_node)
    read_results(a, ask, h, rest, run);
  return true;
}

const HistoryResult *history_of(const History *h, Str id) { return map_get(&h->by_node, id); }

const HistoryResult *history_changed(const HistoryResult *newest) {
  const HistoryResult *first = newest;
  if (!newest || !newest->sum.len)
    return NULL;
  for (const HistoryResult *r = newest->older; r; r = r->older)
    if (r->sum.len && !str_eq(r->sum, newest->sum))
      return first;
    else if (r->sum.len)
      first = r;
  return NULL;
}
