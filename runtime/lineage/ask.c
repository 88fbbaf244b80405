// See ask.h. A database that tells it of a view is asked about many at once; where there is no view
// of a query, one is made. Another is asked about each query.
#include "ask.h"
#include "../run/run.h"

enum { MOST_AT_ONCE = 100 };

typedef struct Asking {
  CheckPlace *place;
  const LineageRules *rules;
  const LineageQuestion *questions;
  LineageAnswer *answer;
  void *data;
  const size_t *batch; // numbers of questions
  size_t nbatch;
  bool *answered; // by number of the question
  Arena texts;    // of a batch
} Asking;

static void give(Asking *k, size_t i, Str text) {
  Arena a = {0};
  QueryLineage of = k->rules->read(&a, text, STR("__dbt__cte__"));
  k->answered[i] = true;
  k->answer(k->data, i, &of);
  arena_free(&a);
}

static void refuse(Asking *k, size_t i, const DbError *error) {
  Str first = error->brief.len ? error->brief : error->message, line = {0};
  str_cut(&first, '\n', &line);
  Arena a = {0};
  QueryLineage of = {.unknown = str_fmt(&a, "the database does not tell it: %.*s", STR_ARG(line))};
  k->answered[i] = true;
  k->answer(k->data, i, &of);
  arena_free(&a);
}

// --- of texts

static bool take_line(void *data, const Cell *cells, size_t n) {
  Buf *text = data;
  if (n && !cells[0].is_null)
    buf_add(text, cells[0].text);
  buf_addc(text, '\n');
  return true;
}

static void ask_text(Asking *k, size_t i) {
  if (k->questions[i].answer.len) {
    give(k, i, k->questions[i].answer);
    return;
  }
  Arena a = {0};
  Buf sql = {.arena = &a}, text = {0};
  k->rules->ask(&sql, NULL, k->questions[i].query);
  DbError error;
  RowSink sink = {.data = &text, .row = take_line};
  if (place_rows(k->place, &a, buf_str(&sql), &sink, &error))
    give(k, i, buf_str(&text));
  else
    refuse(k, i, &error);
  buf_free(&text);
  arena_free(&a);
}

// --- of views

// A row: the place in the batch, the answer.
static bool take_answer(void *data, const Cell *cells, size_t n) {
  Asking *k = data;
  size_t at = 0;
  for (size_t i = 0; n == 2 && i < cells[0].text.len && str_digit_char(cells[0].text.ptr[i]); i++)
    at = at * 10 + (size_t)(cells[0].text.ptr[i] - '0');
  if (n == 2 && at < k->nbatch && !k->answered[k->batch[at]])
    give(k, k->batch[at], cells[1].text);
  return true;
}

// Asks about the views of these questions; what `sql` holds is sent before, in the same message.
static bool ask_views(Asking *k, const size_t *batch, const Str *views, size_t n, Buf *sql,
                      DbError *error) {
  Arena a = {0};
  Relation *made = arena_array(&a, Relation, n + 1);
  for (size_t i = 0; i < n; i++)
    made[i] = (Relation){.schema = k->questions[batch[i]].schema, .identifier = views[i]};
  k->rules->ask_many(sql, made, n);
  k->batch = batch;
  k->nbatch = n;
  RowSink sink = {.data = k, .row = take_answer};
  bool good = place_rows(k->place, &k->texts, buf_str(sql), &sink, error);
  arena_free(&a);
  return good;
}

static void add_view(Asking *k, Buf *sql, const LineageQuestion *q, Str name) {
  Relation made = {
      .schema = q->schema, .identifier = name, .quote_schema = true, .quote_identifier = true};
  buf_adds(sql, "create view ");
  k->place->run->dialect->relation(sql, &made);
  buf_adds(sql, " as ");
  buf_add(sql, q->query);
  buf_adds(sql, "\n;\n");
}

// Of queries without a view: views that are made, asked about and undone. False: one is refused.
static bool ask_new(Asking *k, const size_t *batch, size_t n, DbError *error) {
  Buf sql = {0};
  Str names[MOST_AT_ONCE];
  for (size_t i = 0; i < n; i++) {
    names[i] = str_fmt(&k->texts, "starc_lineage_%zu", i);
    add_view(k, &sql, &k->questions[batch[i]], names[i]);
  }
  bool good = ask_views(k, batch, names, n, &sql, error);
  place_asked(k->place);
  buf_free(&sql);
  return good;
}

static void ask_made(Asking *k, const size_t *batch, size_t n) {
  DbError error;
  Buf sql = {0};
  Str names[MOST_AT_ONCE];
  for (size_t i = 0; i < n; i++)
    names[i] = k->questions[batch[i]].view;
  ask_views(k, batch, names, n, &sql, &error); // what is refused is asked anew
  buf_free(&sql);
}

static void ask_anew(Asking *k, const size_t *batch, size_t n) {
  DbError error;
  bool good = ask_new(k, batch, n, &error);
  for (size_t i = 0; i < n && !run_stopped(k->place->run); i++)
    if (!k->answered[batch[i]] && (good || n == 1 || !ask_new(k, batch + i, 1, &error)))
      refuse(k, batch[i], &error);
}

// Those that are not answered yet, many at a time.
static void ask_all_views(Asking *k, size_t n, bool made,
                          void (*ask)(Asking *k, const size_t *batch, size_t n)) {
  size_t batch[MOST_AT_ONCE], nbatch = 0;
  for (size_t i = 0; i < n && !run_stopped(k->place->run); i++) {
    if (!k->answered[i] && (!made || k->questions[i].view.len))
      batch[nbatch++] = i;
    if (nbatch && (nbatch == MOST_AT_ONCE || i + 1 == n)) {
      ask(k, batch, nbatch);
      nbatch = 0;
      arena_reset(&k->texts);
    }
  }
}

bool lineage_ask(CheckPlace *p, const LineageQuestion *questions, size_t n, LineageAnswer *answer,
                 void *data) {
  Arena a = {0};
  Asking k = {.place = p,
              .rules = p->run->dialect->lineage,
              .questions = questions,
              .answer = answer,
              .data = data,
              .answered = arena_array(&a, bool, n + 1)};
  if (!k.rules) {
    QueryLineage none = {.unknown = STR("this database does not tell it")};
    for (size_t i = 0; i < n; i++)
      answer(data, i, &none);
  } else if (k.rules->ask_many) {
    ask_all_views(&k, n, true, ask_made);
    ask_all_views(&k, n, false, ask_anew);
  } else {
    for (size_t i = 0; i < n && !run_stopped(p->run); i++)
      ask_text(&k, i);
  }
  arena_free(&k.texts);
  arena_free(&a);
  return !run_stopped(p->run);
}
