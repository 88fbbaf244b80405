// See guard.h.
#include "guard.h"
#include "../../compiler/dialect/sql_look.h"
#include "../engine/util.h"
#include "../run/errors.h"
#include "../run/warehouse.h"

#include <ctype.h>

typedef struct Guard {
  StatementGuard calls;
  const Run *run;
  const Conn *conn;
  double seconds;
  bool read;  // the texts of hooks
  Buf before; // what on-run-start says, with the macros that it calls, in lower case
  Buf hooks;  // what the hooks of nodes say
  Map seen;   // names of macros that are in one of the two
} Guard;

// --- what hooks make

static void add_text(Guard *g, Buf *to, Str text);

// The macros of the project and its packages that a text names, each once.
static void add_macros(Guard *g, Buf *to, Str text) {
  const Graph *graph = g->run->graph;
  for (size_t i = 0; i < graph->nmacros; i++) {
    const MacroEntry *m = graph->macros[i];
    if (m->package->is_internal || str_find_word(text, m->name, 0) < 0 ||
        !map_add(to->arena, &g->seen, m->name))
      continue;
    Span span = m->macro->span;
    add_text(g, to, str_sub(m->macro->source->text, span.at, (size_t)span.at + span.len));
  }
}

static void add_text(Guard *g, Buf *to, Str text) {
  for (size_t i = 0; i < text.len; i++)
    buf_addc(to, (char)tolower((unsigned char)text.ptr[i]));
  buf_addc(to, '\n');
  add_macros(g, to, text);
}

static void add_hooks(Guard *g, const Node *n) {
  static const char *const keys[] = {"pre-hook", "post-hook"};
  for (size_t k = 0; k < 2; k++) {
    Value hooks = node_config(n, str_c(keys[k]));
    for (size_t i = 0; val_is_seq(hooks) && i < hooks.list->n; i++) {
      Value sql = val_get(hooks.list->items[i], STR("sql"));
      if (sql.kind == VAL_STR)
        add_text(g, &g->hooks, val_text(sql));
    }
  }
  Value header = node_config(n, STR("sql_header"));
  if (header.kind == VAL_STR)
    add_text(g, &g->hooks, val_text(header));
}

static void read_hooks(Guard *g) {
  const Graph *graph = g->run->graph;
  for (size_t i = 0; !g->read && i < graph->nnodes; i++)
    if (graph->nodes[i]->kind == NODE_OPERATION && !graph->nodes[i]->more->hook_end)
      add_text(g, &g->before, graph->nodes[i]->raw_code);
  for (size_t i = 0; !g->read && i < graph->nnodes; i++)
    if (graph->nodes[i]->kind != NODE_OPERATION)
      add_hooks(g, graph->nodes[i]);
  g->read = true;
}

static Str lower(Arena *a, Str text) {
  Buf out = {.arena = a};
  for (size_t i = 0; i < text.len; i++)
    buf_addc(&out, (char)tolower((unsigned char)text.ptr[i]));
  return buf_str(&out);
}

// A name of a statement without its schema: a schema that is not there stands for what is in it.
static Str last_part(Str sql, Str name) {
  ptrdiff_t at = str_find_word(sql, name, 0);
  size_t end = at < 0 ? sql.len : (size_t)at + name.len;
  while (end + 1 < sql.len && sql.ptr[end] == '.' && str_word_char(sql.ptr[end + 1])) {
    size_t start = ++end;
    while (end < sql.len && str_word_char(sql.ptr[end]))
      end++;
    name = str_sub(sql, start, end);
  }
  ptrdiff_t dot = str_rfind(name, STR("."));
  return str_sub(name, (size_t)(dot + 1), name.len);
}

// The relation, function or type that an error misses; empty: it misses none.
static Str missed(Arena *a, Str sql, const DbError *e) {
  bool any = e->no_relation || e->no_function || e->unknown_type.len;
  Str name = e->unknown_type;
  size_t at = 0;
  if (!any)
    return name;
  if (!name.len && e->no_function)
    name = engine_word(e->message, "function ", "(");
  if (!name.len && !next_quoted(e->brief.len ? e->brief : e->message, &at, &name))
    name = e->name;
  return lower(a, last_part(sql, str_trim(name)));
}

static const char *made_by(Guard *g, Str name) {
  read_hooks(g);
  return str_find_word(buf_str(&g->before), name, 0) >= 0  ? "on-run-start"
         : str_find_word(buf_str(&g->hooks), name, 0) >= 0 ? "a hook"
                                                           : NULL;
}

// --- statements

// "'orders' is not checked: "
static Str begin_of(const Guard *g, Arena *a) {
  const Node *n = g->conn->node;
  return n ? str_fmt(a, "'%.*s' is not checked: ", STR_ARG(n->name)) : STR("not checked: ");
}

static void leave(DbError *error, Str why, Str hint) {
  *error = (DbError){.at = error->at,
                     .message = why,
                     .brief = why,
                     .hint = hint,
                     .name = error->name,
                     .not_checked = true};
}

// What opens the outside by itself.
static bool opens(const Guard *g, Arena *a, Str sql, DbError *error) {
  const Dialect *d = g->run->dialect;
  SqlToken call;
  if (!d->opens || !sql_calls(d->sql, sql, d->opens, false, &call))
    return false;
  Str name = str_sub(sql, call.at, call.end);
  error->at = (ptrdiff_t)call.at;
  leave(error,
        str_fmt(a, "%.*sit reads %.*s(..) by itself", STR_ARG(begin_of(g, a)), STR_ARG(name)),
        STR("a source that is described with its columns stands for it in a check: "
            "{{ source(..) }}"));
  return true;
}

// What a run does outside of a transaction or with one of its own.
static const char in_a_hook[] =
    "what a run does with transactions of its own can stand in a hook, which a check does not run";

// What would be sent outside of the check's transaction, or would end it: nothing undoes that.
static bool leaves_transaction(const Guard *g, Arena *a, Str sql, DbError *error) {
  const Dialect *d = g->run->dialect;
  const Conn *c = g->conn;
  SqlToken word;
  if (!d->transactions)
    return false;
  if (!c->session || !c->of->engine->in_transaction(c->session)) {
    leave(error, str_cat(a, begin_of(g, a), STR("the transaction of the check has ended")),
          (Str){0});
    return true;
  }
  if (!sql_moves_transaction(d->sql, sql, &word))
    return false;
  error->at = (ptrdiff_t)word.at;
  leave(error,
        str_fmt(a, "%.*sit sends '%.*s', and a check is one transaction that is rolled back",
                STR_ARG(begin_of(g, a)), STR_ARG(str_sub(sql, word.at, word.end))),
        str_c(in_a_hook));
  return true;
}

// --- what lasts

// What is looked for in a text; in a block and in what that has as text too.
typedef struct Lasting {
  const Dialect *dialect;
  bool calls; // also functions
  Str found;  // the function or the word
} Lasting;

// Without the quotes of a string: '..', $tag$..$tag$.
static Str inner(Str string) {
  size_t quote = 1;
  if (string.len && string.ptr[0] == '$')
    while (quote < string.len && string.ptr[quote++] != '$') {
    }
  return string.len < 2 * quote ? (Str){0} : str_sub(string, quote, string.len - quote);
}

static bool finds(Lasting *l, Str text, bool body, int depth) {
  const Dialect *d = l->dialect;
  SqlToken t;
  bool found = sql_copies_files(d->sql, text, body, &t) ||
               (l->calls && sql_calls(d->sql, text, d->lasts, d->functions_in_schemas, &t));
  if (found)
    l->found = str_sub(text, t.at, t.end);
  if (found || (!body && !str_eq_nocase(sql_first_word(d->sql, text), STR("do"))))
    return found;
  Sql s = sql_open(d->sql, text);
  while (depth && sql_solid(&s, &t))
    if (t.kind == SQL_STRING && finds(l, inner(sql_text(&s, &t)), true, depth - 1))
      return true;
  return false;
}

static bool lasts(const Run *r, Str sql, bool calls, Str *found) {
  enum { DEEP = 3 }; // a block, a text that it runs, what that has as text
  Lasting l = {r->dialect, calls, {0}};
  bool any = r->dialect->lasts && finds(&l, sql, false, DEEP);
  *found = l.found;
  return any;
}

static void leave_lasting(Arena *a, Str begin, Str found, Str sql, DbError *error) {
  error->at = found.ptr - sql.ptr;
  leave(error,
        str_fmt(a,
                "%.*sit runs '%.*s', which no rollback undoes or which reaches outside of the "
                "database",
                STR_ARG(begin), STR_ARG(found)),
        STR("what a run does once can stand in a hook, which a check does not run"));
}

bool guard_lasts(const Run *r, const Node *n, Arena *a, Str sql, DbError *error) {
  Str found;
  if (!lasts(r, sql, true, &found))
    return false;
  leave_lasting(a, str_fmt(a, "'%.*s' is not checked: ", STR_ARG(n->name)), found, sql, error);
  return true;
}

static bool refuses(void *data, Arena *a, Str sql, DbError *error) {
  const Guard *g = data;
  Str found;
  if (opens(g, a, sql, error) || leaves_transaction(g, a, sql, error))
    return true;
  if (!lasts(g->run, sql, false, &found))
    return false;
  leave_lasting(a, begin_of(g, a), found, sql, error);
  return true;
}

static void failed(void *data, Arena *a, Str sql, DbError *error) {
  Guard *g = data;
  Str name = missed(a, sql, error);
  const char *maker = name.len ? made_by(g, name) : NULL;
  if (error->timed_out)
    leave(
        error, str_fmt(a, "%.*sit took longer than %g s", STR_ARG(begin_of(g, a)), g->seconds),
        STR("something is run while the query is only looked at: a subquery that gives one value, "
            "or a macro's query"));
  else if (error->locked)
    leave(error, str_cat(a, begin_of(g, a), STR("another session has locked what it reads")),
          STR("who it is: select pid, query from pg_stat_activity where state <> 'idle'"));
  else if (error->no_memory)
    leave(
        error, str_cat(a, begin_of(g, a), STR("it needs more memory than a check may have")),
        STR("something is run while the query is only looked at: a subquery that gives one value, "
            "or a macro's query"));
  else if (error->alone)
    leave(error,
          str_cat(a, begin_of(g, a), STR("it cannot be done in a transaction, as a check is one")),
          str_c(in_a_hook));
  else if (maker)
    leave(error,
          str_fmt(a,
                  "'%.*s' is made by %s, which a check does not run: what needs it is not checked",
                  STR_ARG(name), maker),
          (Str){0});
}

bool guard_put(CheckPlace *p) {
  enum { LIMIT_S = 10 };
  Run *r = p->run;
  Arena *a = &r->arena;
  Guard *g = arena_new(a, Guard);
  *g = (Guard){
      .calls = {g, refuses, failed},
      .run = r,
      .conn = p->conn,
      .before.arena = a,
      .hooks.arena = a
  };
  g->seconds = number_or_test(LIMIT_S, "STARC_TEST_CHECK_LIMIT");
  Value limit = val_int((int64_t)(g->seconds * 1000)), out;
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &p->conn->db);
  Args args = {&limit, 1, NULL, 0};
  if (context_call(c, STR("starc_check_limits"), &args, &out, &r->diags)) {
    p->conn->guard = &g->calls;
    return true;
  }
  warehouse_report(r, c);
  return false;
}

// --- what was left

bool guard_left(const RunResult *res) { return res->diag && res->diag->code == CODE_NOT_CHECKED; }
