// See warehouse.h. A row has the record's first line apart from the others, so that a list of runs
// reads little.
#include "warehouse.h"

#include "../../compiler/base/buf.h"
#include "../engine/engine.h"
#include "../engine/own_table.h"

#include <string.h>

enum { TIMEOUT_S = 60, SLACK = 10 }; // of the rows beyond `keep`, one in so many may stay

// A session with the target, and the names that statements have.
typedef struct Place {
  const Engine *engine;
  Session *session;
  const OwnTable *forms;
  const char *const *load; // the dialect's, around the names of columns
  Str table, schema;       // quoted
} Place;

static bool place_open(Place *p, Arena *a, const Target *t, DbError *error) {
  const Dialect *d = t->dialect;
  Relation r = {.database = d->has_databases ? t->database : (Str){0},
                .schema = t->schema,
                .identifier = STR(HISTORY_TABLE),
                .quote_database = true,
                .quote_schema = true,
                .quote_identifier = true};
  Buf table = {.arena = a}, schema = {.arena = a};
  *p = (Place){.engine = engine_for(t, a, error)};
  *error = p->engine ? (DbError){.at = -1} : *error;
  p->forms = own_table_of(t);
  d->relation(&table, &r);
  d->quote_name(&schema, t->schema);
  p->load = d->load;
  p->table = buf_str(&table);
  p->schema = buf_str(&schema);
  if (p->engine && p->forms)
    p->session = p->engine->open(t, NULL, a, error);
  return p->session != NULL;
}

static void place_close(Place *p) {
  if (p->session)
    p->engine->close(p->session);
}

static bool send(Place *p, Arena *a, Str sql, const RowSink *sink, DbError *error) {
  Stmt stmt = {.sql = sql, .timeout = TIMEOUT_S};
  StmtResult result;
  *error = (DbError){.at = -1};
  return p->engine->exec(p->session, a, &stmt, sink, &result, error);
}

// --- writing

static Str create_table(const Place *p, Arena *a) {
  const OwnTable *f = p->forms;
  return str_fmt(a,
                 "create table if not exists %.*s (invocation_id %s not null, started_us %s not "
                 "null, target %s not null, head %s not null, results %s not null)%s%s%s",
                 STR_ARG(p->table), f->text, f->number, f->text, f->text, f->text, f->behind[0],
                 *f->behind[0] ? "started_us, invocation_id" : "", f->behind[1]);
}

// The schema may not be there before the first model is.
static bool make_table(Place *p, Arena *a, DbError *error) {
  const char *const *wait = p->forms->wait_for;
  Str create = str_fmt(a, "%s%s%s%.*s", wait[0], *wait[0] ? HISTORY_TABLE : "", wait[1],
                       STR_ARG(create_table(p, a)));
  DbError first;
  if (send(p, a, create, NULL, error))
    return true;
  first = *error;
  if (send(p, a, str_cat(a, str_c(p->forms->schema), p->schema), NULL, error) &&
      send(p, a, create, NULL, error))
    return true;
  *error = first;
  return false;
}

static void add_cell(Buf *out, Str text, char end) {
  for (size_t i = 0; i < text.len; i++)
    switch (text.ptr[i]) {
    case '\\':
      buf_adds(out, "\\\\");
      break;
    case '\n':
      buf_adds(out, "\\n");
      break;
    case '\t':
      buf_adds(out, "\\t");
      break;
    case '\r':
      buf_adds(out, "\\r");
      break;
    default:
      buf_addc(out, text.ptr[i]);
    }
  buf_addc(out, end);
}

static Str row_of(Arena *a, Str text, const HistoryRun *run) {
  Str results = text, head;
  Buf row = {.arena = a};
  str_cut(&results, '\n', &head);
  add_cell(&row, run->invocation_id, '\t');
  buf_addf(&row, "%lld\t", (long long)run->started_us);
  add_cell(&row, run->target, '\t');
  add_cell(&row, head, '\t');
  add_cell(&row, results, '\n');
  return buf_str(&row);
}

static ptrdiff_t read_row(void *data, char *to, size_t room) {
  Str *rest = data;
  size_t n = rest->len < room ? rest->len : room;
  if (n)
    memcpy(to, rest->ptr, n);
  *rest = str_sub(*rest, n, rest->len);
  return (ptrdiff_t)n;
}

static bool insert_row(Place *p, Arena *a, Str row, DbError *error) {
  StmtResult result;
  Str head = str_fmt(a, "%s%.*s (invocation_id, started_us, target, head, results%s", p->load[0],
                     STR_ARG(p->table), p->load[1]);
  *error = (DbError){.at = -1};
  return p->engine->insert(p->session, a, head, read_row, &row, &result, error);
}

// A moment, of which a table has many fewer digits.
typedef struct Moment {
  char text[32];
} Moment;

static bool read_moment(void *data, const Cell *cells, size_t n) {
  Moment *to = data;
  if (n && !cells[0].is_null && cells[0].text.len < sizeof to->text) {
    memcpy(to->text, cells[0].text.ptr, cells[0].text.len);
    to->text[cells[0].text.len] = 0;
  }
  return true;
}

// Who has no right to delete leaves that to others.
static void prune(Place *p, Arena *a, size_t keep) {
  Moment newest_gone = {0};
  RowSink sink = {.data = &newest_gone, .row = read_moment};
  DbError ignored;
  for (int slack = 1; slack >= 0; slack--) {
    newest_gone.text[0] = 0;
    if (!send(p, a,
              str_fmt(a, "select started_us from %.*s order by started_us desc limit 1 offset %zu",
                      STR_ARG(p->table), keep + (slack ? keep / SLACK : 0)),
              &sink, &ignored) ||
        !newest_gone.text[0])
      return;
  }
  send(p, a,
       str_fmt(a, "%s%.*s%sstarted_us <= %s%s", p->forms->remove, STR_ARG(p->table),
               p->forms->condition, newest_gone.text, p->forms->removed),
       NULL, &ignored);
}

bool history_warehouse_keep(Arena *a, const Target *t, Str text, const HistoryRun *run, size_t keep,
                            DbError *error) {
  Place p;
  bool good = place_open(&p, a, t, error);
  if (good) {
    Str row = row_of(a, text, run);
    good = insert_row(&p, a, row, error) ||
           (error->no_relation && make_table(&p, a, error) && insert_row(&p, a, row, error));
    if (good)
      prune(&p, a, keep);
    else if (error->denied)
      error->hint = str_fmt(a,
                            "somebody with the right can send: %.*s; and let this user select "
                            "from, insert into and delete from it",
                            STR_ARG(create_table(&p, a)));
  }
  place_close(&p);
  return good;
}

// --- reading

typedef struct Reading {
  Arena *a;
  const HistoryAsk *ask;
  History *to;
  Buf record;
} Reading;

static bool read_record(void *data, const Cell *cells, size_t n) {
  Reading *r = data;
  const char *why;
  r->record.len = 0;
  for (size_t i = 0; i < n; i++) {
    buf_add(&r->record, cells[i].text);
    if (!i)
      buf_addc(&r->record, '\n');
  }
  if (!history_add(r->a, r->ask, r->to, buf_str(&r->record), &why))
    r->to->passed_over++;
  return !r->ask->runs || r->to->nruns < r->ask->runs;
}

bool history_warehouse_read(Arena *a, const Target *t, const HistoryAsk *ask, History *out,
                            DbError *error) {
  Place p;
  Arena scratch = {0};
  Reading reading = {.a = a, .ask = ask, .to = out};
  RowSink sink = {.data = &reading, .row = read_record, .cut = true};
  *out = (History){0};
  bool good = place_open(&p, a, t, error);
  if (good) {
    Str sql = str_fmt(&scratch, "select head%s from %.*s order by started_us desc",
                      ask->per_node ? ", results" : "", STR_ARG(p.table));
    if (ask->runs && !ask->target.len)
      sql = str_fmt(&scratch, "%.*s limit %zu", STR_ARG(sql), ask->runs);
    good = send(&p, a, sql, &sink, error) || error->no_relation;
  }
  place_close(&p);
  buf_free(&reading.record);
  arena_free(&scratch);
  return good;
}
