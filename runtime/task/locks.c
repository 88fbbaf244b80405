// locks: who writes what at the target now, and what dead runs left. In: the target, and with
// --remove locks to take away. Out: a row for each lock, in the form of --output.
#include "../engine/lock.h"
#include "../run/files.h"
#include "../run/node_lock.h"
#include "../run/signals.h"
#include "../run/table.h"
#include "../run/warehouse.h"
#include "task.h"

#include "../../compiler/base/vec.h"

#include <time.h>

typedef VEC(LockHolder) Holders;

typedef struct Looking {
  Run *run;
  Holders all;
} Looking;

static void keep(void *data, const LockHolder *h) {
  Looking *l = data;
  Arena *a = &l->run->arena;
  LockHolder kept = *h;
  kept.who = str_dup(a, h->who);
  kept.id = str_dup(a, h->id);
  kept.mark = str_dup(a, h->mark);
  kept.relation = str_dup(a, h->relation);
  vec_push(a, &l->all, kept);
}

// The node whose relation it is; NULL: none of this project.
static const Node *node_of(const Run *r, const LockHolder *h) {
  Arena a = {0};
  const Node *found = NULL;
  for (size_t i = 0; i < r->graph->nnodes && !found; i++) {
    const Node *n = r->graph->nodes[i];
    Lock l = {.schema = n->schema, .identifier = n->alias};
    if (n->kind == NODE_SOURCE || !n->alias.len)
      continue;
    if (h->relation.len ? str_eq(h->relation, lock_relation(&a, &l))
                        : h->key == lock_key(n->schema, n->alias))
      found = n;
  }
  arena_free(&a);
  return found;
}

static Str since_text(Arena *a, int64_t since, bool for_people) {
  if (for_people && since)
    return str_fmt(a, "%lld s", (long long)(time(NULL) > since ? time(NULL) - since : 0));
  struct tm t;
  time_t at = (time_t)since;
  gmtime_r(&at, &t);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &t);
  return since ? str_dup(a, str_c(text)) : STR("");
}

static void print_table(Run *r, const Table *t) {
  Buf b = {.arena = &r->arena};
  if (str_is(r->options->output, "json")) {
    Json j = {.out = &b, .indent = 2};
    json_open_object(&j);
    json_key(&j, STR("locks"));
    table_json(&j, t);
    json_close_object(&j);
  } else if (str_is(r->options->output, "csv")) {
    print_csv(&b, t);
  } else if (t->nrows) {
    table_text(&b, t, terminal_width());
  } else {
    buf_adds(&b, "no run writes anything here now");
  }
  run_print(r, buf_str(&b));
}

// For people without the node, which is known by its relation: the table fits a terminal.
static void show(Run *r, const Holders *all) {
  enum { COLUMNS = 6, NODE = 2 };
  Arena *a = &r->arena;
  bool for_people = !str_is(r->options->output, "json") && !str_is(r->options->output, "csv");
  const char *names[COLUMNS] = {"id",   "relation", "node", "holder", for_people ? "for" : "since",
                                "state"};
  Table t;
  table_init(&t, a, -1);
  RowSink sink = table_sink(&t);
  DbColumn columns[COLUMNS];
  size_t n_columns = 0;
  for (size_t i = 0; i < COLUMNS; i++)
    if (i != NODE || !for_people)
      columns[n_columns++] = (DbColumn){str_c(names[i]), STR("text")};
  sink.columns(sink.data, columns, n_columns);
  for (size_t i = 0; i < all->n; i++) {
    const LockHolder *h = &all->items[i];
    const Node *n = node_of(r, h);
    Lock of = {.schema = n ? n->schema : STR(""), .identifier = n ? n->alias : STR("")};
    Str relation = h->relation.len ? h->relation : n ? lock_relation(a, &of) : STR("");
    Str cells[COLUMNS] = {h->id,
                          relation,
                          n ? n->id : STR(""),
                          h->who,
                          since_text(a, h->since, for_people),
                          h->dead ? STR("dead") : STR("alive")};
    Cell row[COLUMNS];
    n_columns = 0;
    for (size_t k = 0; k < COLUMNS; k++)
      if (k != NODE || !for_people)
        row[n_columns++] = (Cell){cells[k], !cells[k].len};
    sink.row(sink.data, row, n_columns);
  }
  print_table(r, &t);
}

static bool failed(Run *r, const DbError *e) {
  warehouse_diag(&r->diags, e);
  return run_report(r) && false;
}

static bool remove_one(Run *r, const LockDb *db, Str id, Str mark) {
  DbError error = {.at = -1};
  bool gone = false;
  if (!r->sessions.engine->locks->remove(db, &r->arena, id, mark, &gone, &error))
    return failed(r, &error);
  if (gone) {
    run_say(r, EV_LockRemoved, NULL, "removed: %.*s", STR_ARG(id));
    return true;
  }
  Diag *d =
      diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "there is no lock '%.*s'", STR_ARG(id));
  diag_hint(&r->diags, d, "`starc locks` lists them, with their ids");
  return run_report(r) && false;
}

// Those that are named, else those of dead runs.
static bool remove_locks(Run *r, const LockDb *db, const Holders *all) {
  const Words *ids = &r->options->args;
  bool good = true;
  size_t dead = 0;
  for (size_t i = 0; i < ids->n; i++)
    good &= remove_one(r, db, ids->items[i], STR(""));
  for (size_t i = 0; !ids->n && i < all->n; i++)
    if (all->items[i].dead && ++dead)
      good &= remove_one(r, db, all->items[i].id, all->items[i].mark);
  if (!ids->n && !dead)
    run_say(r, EV_LockRemoved, NULL, "no lock of a dead run%s",
            all->n ? "; a live one is removed by its id" : "");
  return good;
}

static int locks(Run *r) {
  const EngineLocks *engine = r->sessions.engine->locks;
  if (!engine) {
    run_print(
        r, STR("no locks: the folder of the embedded database belongs to one process at a time"));
    return EXIT_GOOD;
  }
  signals_watch(r);
  Conn *c = warehouse_connect(r, "locks");
  if (!c)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  Looking l = {.run = r};
  LockDb db = lock_db(c);
  DbError error = {.at = -1};
  if (!engine->list(&db, &r->arena, NULL, keep, &l, &error))
    return failed(r, &error) ? EXIT_GOOD : EXIT_FAILED;
  if (r->options->remove)
    return remove_locks(r, &db, &l.all) ? EXIT_GOOD : EXIT_FAILED;
  show(r, &l.all);
  return EXIT_GOOD;
}

int task_locks(RunOptions *o, Reporter *report) { return run_task(o, report, locks); }
