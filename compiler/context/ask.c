// Statements on their way to the database. In: SQL that a template or the adapter made. Out: the
// answer; where the database refuses, the evaluation ends with what it said. Leaves the connection
// to the Db of the context.
#include "ask.h"

#include "evaluation.h"

#include "../dialect/sql_look.h"
#include "adapter.h"
#include "filtered.h"
#include "internal.h"

// The map of a text, as far as it is known.
static SourceMap map_of(const Context *c, Str text) {
  SourceMap map = {.arena = c->arena};
  context_origin_of(c, text, 0, &map);
  return map;
}

// A statement as it is sent: relations that are read in part are put in.
static Str settled(Context *c, Str sql) {
  SourceMap map = map_of(c, sql);
  Str sent = filtered_settle(c->arena, c->shared->dialect, sql, &map);
  if (sent.ptr != sql.ptr)
    context_origin(c, sent, &map);
  return sent;
}

void context_note_failure(Context *c, const DbError *error, Str sql) {
  c->state->has_error = true;
  c->state->error = *error;
  c->state->failed_sql = str_dup(c->arena, sql);
  c->state->failed_map = map_of(c, sql);
}

void context_db_fail(Eval *ev, Context *c, const DbError *error, Str sql) {
  context_note_failure(c, error, sql);
  Str hint = error->hint.len ? error->hint : error->detail;
  if (hint.len)
    eval_fail_hint(ev, db_error_code(error), hint, "%.*s", STR_ARG(error->message));
  eval_fail_code(ev, db_error_code(error), "%.*s", STR_ARG(error->message));
}

void context_may_ask(Eval *ev, const Context *c) {
  if (c->asks_nothing && !c->state->listing)
    eval_fail_hint(ev, CODE_NO_INTROSPECT,
                   STR("leave the option out, or give the text another way to its answer: a "
                       "variable, say"),
                   "the text asks the database, and --no-introspect says that it must not");
}

void context_begin(Eval *ev, Context *c) {
  DbError error = {.at = -1};
  context_may_ask(ev, c);
  if (!c->shared->dialect->transactions || c->state->in_transaction)
    return;
  if (c->db->begin && !c->db->begin(c->db->data, &error))
    context_db_fail(ev, c, &error, STR("begin"));
  c->state->in_transaction = true;
}

// A statement that is nothing but "begin" or "commit" in a hook or template moves the state too.
static bool only_word(const Context *c, Str sql, const char *word) {
  const char *const words[] = {word, NULL};
  return c->shared->dialect->transactions && sql_only(c->shared->dialect->sql, sql, words);
}

static bool may_send(Eval *ev, const Context *c, Str sql, DbError *error) {
  return !c->watch || c->watch->may_send(c->watch->data, eval_arena(ev), sql, error);
}

void context_query(Eval *ev, Context *c, Str sql, bool with_begin, bool fetch, int64_t limit,
                   DbResult *out) {
  DbError error = {.at = -1};
  context_may_ask(ev, c);
  sql = settled(c, sql);
  if (with_begin)
    context_begin(ev, c);
  *out = (DbResult){.affected = -1};
  if (only_word(c, sql, "begin")) {
    context_begin(ev, c);
    out->code = out->message = STR("BEGIN");
    return;
  }
  if (only_word(c, sql, "commit")) {
    if (c->db->commit && !c->db->commit(c->db->data, &error))
      context_db_fail(ev, c, &error, sql);
    c->state->in_transaction = false;
    out->code = out->message = STR("COMMIT");
    return;
  }
  const AdapterRules *rules = c->shared->dialect->adapter;
  Str sent = rules->before_send
                 ? rules->before_send(eval_arena(ev), c->shared->project->target, sql)
                 : sql;
  if (!may_send(ev, c, sent, &error))
    context_db_fail(ev, c, &error, sql);
  if (!c->db->query(c->db->data, eval_arena(ev), sent, fetch, limit, out, &error))
    context_db_fail(ev, c, &error, sql);
  if (fetch && c->watch)
    c->watch->seen(c->watch->data, eval_arena(ev), sent, limit, out);
}

bool context_place(Eval *ev, Context *c, Str sql, DbPlace *place, DbResult *out) {
  DbError error = {.at = -1};
  context_may_ask(ev, c);
  sql = settled(c, sql);
  place->opened = c->state->in_transaction;
  *out = (DbResult){.affected = -1};
  if (!may_send(ev, c, sql, &error))
    context_db_fail(ev, c, &error, sql);
  bool good = c->db->place(c->db->data, eval_arena(ev), sql, place, out, &error);
  if (!good && !place->refused)
    context_db_fail(ev, c, &error, sql);
  return good;
}

void context_say_warnings(Eval *ev, Diags *d) {
  const ContextShared *s = context_of(ev)->shared;
  bool good = true;
  for (Diag *f = d->first; f; f = f->next) {
    bool goes_on =
        f->severity != SEV_WARNING || !s->warn_at || s->warn_at(s->data, context_of(ev)->node, f);
    if (!goes_on)
      f->severity = SEV_ERROR;
    good &= goes_on;
  }
  if (good) {
    diags_free(d);
    return;
  }
  diags_move(eval_options(ev)->diags, d);
  eval_abort(ev);
}
