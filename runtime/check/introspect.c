// See introspect.h. A list without rows is asked for at once, since columns may come of it; one row
// of nothing (max() of no rows) only when the node fails with it. Nothing but queries is sent to
// the target, on Postgres in a transaction that may not write, elsewhere in a session that may not.
#include "introspect.h"
#include "../../compiler/dialect/sql_look.h"
#include "guard.h"
#include "live.h"

// What a query of an empty relation gives: no rows, or one of nulls and zeros.
static bool is_empty(const DbResult *r) {
  if (r->nrows != 1 || !val_is_seq(r->rows[0]))
    return !r->nrows;
  const List *row = r->rows[0].list;
  for (size_t i = 0; i < row->n; i++)
    if (val_truth(row->items[i]))
      return false;
  return true;
}

// Between the two the run's target is its own, as one that is only read.
static void begin_asking(Introspect *in) {
  Run *r = in->server->run;
  server_swap(in->server);
  in->own = r->project->target;
  in->reader = *in->own;
  in->reader.reads_only = true;
  r->project->target = &in->reader;
}

static void end_asking(Introspect *in) {
  in->server->run->project->target = in->own;
  server_swap(in->server);
}

static bool is_query(const Run *r, Str sql) {
  SqlShape shape = sql_shape(r->dialect->sql, sql);
  return !shape.empty && shape.second < 0 &&
         str_among_nocase(sql_main_verb(r->dialect->sql, sql), "select values show");
}

static void give_up(Introspect *in, Str why) {
  in->unanswered = true;
  in->why = result_text(in->server->run, why);
}

static void open_live(Introspect *in) {
  Run *r = in->server->run;
  DbError error = {.at = -1};
  in->tried = true;
  if (r->options->offline)
    in->why = STR("--offline asks nobody");
  else if (r->project->target->inside)
    in->why = STR("the target is inside starc, which has one warehouse open at a time");
  else if (!(in->live = live_open(r, &error)))
    in->why = result_text(r, error.message);
}

// With the run's target being its own.
static void ask_live(Introspect *in, Arena *a, Str sql, int64_t limit, DbResult *out) {
  Run *r = in->server->run;
  DbError error = {.at = -1};
  DbResult answer = {.affected = -1};
  if (!in->tried)
    open_live(in);
  if (!in->live) {
    in->unanswered = true;
    return;
  }
  Db *db = &in->live->db;
  bool reads = r->dialect->transactions;
  bool good =
      (!reads || db->query(db->data, a, STR("begin read only"), false, 0, &answer, &error)) &&
      db->query(db->data, a, sql, true, limit, &answer, &error);
  if (!good)
    give_up(in, error.message);
  else if (is_empty(&answer))
    in->has_none = true;
  if (good)
    *out = answer;
  if (reads)
    db->query(db->data, a, STR("rollback"), false, 0, &answer, &error);
}

// Whether a statement names relations of the check, of which those that the node reads, or one of
// the others, come to too many once all views are written out. Whatever the statement does with
// them: a view of it is only read by the next one, a block runs what it has as text.
static bool names_too_many(Introspect *in, Arena *a, Str sql) {
  if (str_eq(place_names(in->place, a, sql), sql))
    return false;
  return exact_too_many(in->exact, in->node) || exact_names_large(in->exact, sql);
}

// Whether a question names a relation that the node reads, as templates write it.
static bool asks_of_reads(const Introspect *in, Arena *a, Str sql) {
  Str named = place_names(in->place, a, sql);
  for (size_t i = 0; i < in->node->nneeds; i++) {
    Str name = in->node->needs[i]->relation_name;
    if (name.len && (str_find(sql, name, 0) >= 0 || str_find(named, name, 0) >= 0))
      return is_query(in->server->run, sql);
  }
  return false;
}

static bool may_send(void *data, Arena *a, Str sql, DbError *error) {
  Introspect *in = data;
  if (guard_lasts(in->server->run, in->node, a, sql, error))
    return false;
  if (!names_too_many(in, a, sql))
    return true;
  error->not_checked = true;
  error->message = error->brief = str_fmt(
      a, "'%.*s' is not checked: its text asks over views that come to more than %d relations",
      STR_ARG(in->node->name), EXACT_PLANNED);
  error->hint = STR("a database writes all of them out before it answers, in a build too: "
                    "a table in between ends that");
  return false;
}

static void seen(void *data, Arena *a, Str sql, int64_t limit, DbResult *out) {
  Introspect *in = data;
  in->asked = in->asked || asks_of_reads(in, a, sql);
  if (!is_empty(out) || !is_query(in->server->run, sql))
    return;
  if (out->nrows && !in->wants_all) {
    in->has_empty = true;
    return;
  }
  Str named = place_names(in->place, a, sql);
  begin_asking(in);
  ask_live(in, a, named, limit, out);
  end_asking(in);
}

void introspect_init(Introspect *in, CheckServer *server, CheckPlace *place, Exact *exact) {
  *in = (Introspect){
      .watch = {in, may_send, seen},
        .server = server, .place = place, .exact = exact
  };
}

void introspect_node(Introspect *in, const Node *n, bool wants_all) {
  in->node = n;
  in->wants_all = wants_all;
  in->has_empty = in->unanswered = in->has_none = in->asked = false;
}

bool introspect_more(const Introspect *in) { return in->has_empty; }

Str introspect_why(const Introspect *in) {
  return in->unanswered ? in->why : in->has_none ? STR("it has none yet") : (Str){0};
}

bool introspect_asked(const Introspect *in) { return in->asked; }

void introspect_close(Introspect *in) {
  if (!in->live)
    return;
  begin_asking(in);
  conn_close(in->live);
  end_asking(in);
}
