// See check.h. The order is that of the graph; what stands below a node that is wrong is looked at
// with the columns that its YAML gives, where it gives their types.
#include "check.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/dialect/sql_look.h"
#include "../engine/util.h"
#include "../run/jobs.h"
#include "../run/node_run.h"
#include "../run/summary.h"
#include "columns.h"
#include "exact.h"
#include "findings.h"
#include "guard.h"
#include "introspect.h"
#include "kinds.h"
#include "place.h"
#include "reads.h"
#include "semantics.h"
#include "sources.h"
#include "stale.h"
#include "temp.h"
#include "versions.h"

#include <string.h>

enum {
  WINDOW = 2000, // relations in one transaction: each holds a lock, and the server has few
  ANSWERS = 500  // nodes whose answers are kept: each has some kilobytes
};

typedef struct WatchLink {
  CheckWatch watch;
  const struct WatchLink *next;
} WatchLink;

struct Check {
  Run *run;
  Jobs all; // what may be looked at, with what it reads
  Jobs jobs;
  Map makers;             // relation name -> the node of `all` that makes it
  Map asked;              // unique id of a source -> Value *: its columns, or none
  CheckedNode **known;    // by Node.index: as it was found last; NULL: not looked at
  CheckedNode **earlier;  // by Node.index: as it was found before it was forgotten
  const Value **supposed; // by Node.index: the columns that it is to have; NULL: its own
  const Value **as_is;    // by Node.index: those of them that its table in the target has
  bool *stands;           // by Node.index: its relation is there
  Reads reads;
  size_t nstand, window;
  CheckedNode **unread; // looked at, and their columns were not asked for yet
  size_t nunread;
  WatchLink *watches;
  ResolvedWatch resolves;
  Arena answers;    // of those that are not read
  CheckedNode *now; // that is looked at
  bool *planned;    // by Node.index: a build plans its query
  bool *guessed;    // by Node.index: its columns come of rows that nobody was asked for
  Checked *out;
  CheckPlace place;
  CheckServer server;
  Introspect introspect;
  Worker worker;
  const Node **forgotten; // relations that are to go before anything else is made
  size_t nforgotten;
  Exact exact;
  bool refused; // by look_as_built
  bool lost;    // the place: nothing more can be found
};

static RunResult *look_once(Check *k, const Node *n, NodeAction action);
static const Node *prepare(Check *k, const Node *n);

// --- what a node reads

// The relation of a source or node, with these columns.
static bool make(Check *k, const Node *n, Value columns) {
  bool made = columns.kind == VAL_LIST && relation_make(&k->place, n, columns);
  k->stands[n->index] = made;
  k->nstand += made;
  if (made)
    exact_made(&k->exact, n, NULL);
  return made;
}

// [name, type] of the columns of a node that was looked at.
static Value as_list(Arena *a, const CheckedNode *c) {
  Value columns = val_list(a, c->ncolumns);
  for (size_t i = 0; i < c->ncolumns; i++) {
    Value pair = val_list(a, 2);
    list_push(a, pair.list, val_str(c->columns[i].name));
    list_push(a, pair.list, val_str(c->columns[i].type));
    list_push(a, columns.list, pair);
  }
  return columns;
}

// What stood before, and went with its transaction or an edit, is made again of its columns.
static void make_again(Check *k, const Node *n) {
  const CheckedNode *c = k->known[n->index];
  Arena a = {0};
  if (c && n->kind == NODE_FUNCTION) {
    prepare(k, n);
    look_once(k, n, ACTION_BUILD);
  } else if (c && c->ncolumns)
    make(k, n, as_list(&a, c));
  arena_free(&a);
}

// False: the columns of the source are not known.
static bool make_source(Check *k, const Node *source) {
  const Node *maker = map_get(&k->makers, source->relation_name); // a seed that is read as raw data
  Value *columns = map_get(&k->asked, source->id);
  if (columns && columns->kind != VAL_LIST)
    *columns = columns_of_files(&k->place, source);
  if (maker && !k->stands[maker->index])
    make_again(k, maker);
  return maker || !columns || server_has(&k->server, source) || make(k, source, *columns);
}

static bool ready(void *data, const Node *parent) {
  Check *k = data;
  if (k->stands[parent->index])
    return true;
  if (parent->kind == NODE_SOURCE)
    return make_source(k, parent);
  make_again(k, parent);
  return true;
}

// Makes what the node reads. A source whose columns are not known, else NULL.
static const Node *prepare(Check *k, const Node *n) {
  reads_begin(&k->reads);
  return reads_each(&k->reads, n, ready, k);
}

// --- windows

// Asks for the columns of what was looked at since, while it stands.
static void read_columns(Check *k) {
  if (!k->nunread)
    return;
  columns_read(&k->place, k->unread, k->nunread);
  for (const WatchLink *w = k->watches; w; w = w->next)
    w->watch.made(w->watch.data, &k->place, k->unread, k->nunread);
  for (size_t i = 0; i < k->nunread; i++)
    k->unread[i]->answers = NULL;
  k->nunread = 0;
  arena_reset(&k->answers);
}

// A transaction holds a lock for each relation that it made, until it ends: a new one begins, and
// what is read there is made again.
static bool new_window(Check *k) {
  read_columns(k);
  memset(k->stands, 0, k->run->graph->nnodes * sizeof *k->stands);
  k->nstand = 0;
  exact_forget(&k->exact);
  if (!place_renew(&k->place, k->all.nodes, k->all.n))
    return false;
  server_make(&k->server, &k->place);
  return true;
}

// Whether a server without room for more locks may have some for a shorter transaction.
static bool shorter(Check *k, const RunResult *res) {
  enum { SHORTEST = 16 };
  bool full = res->diag && res->diag->code == CODE_DATABASE_UNAVAILABLE && !k->place.folder.len;
  if (!full || k->nstand < SHORTEST)
    return false;
  k->window = k->nstand / 2;
  return true;
}

// --- what queries are resolved to

// Whether a build plans the text by itself. The text of a view it plans with what reads the view.
static bool plans(const Node *n) {
  Str made = node_materialized(n);
  bool view = n->kind == NODE_MODEL && str_among(made, "view ephemeral");
  return !view && (node_is_refable(n) || node_is_test(n));
}

static void find_planned(Check *k) {
  const Graph *g = k->run->graph;
  Node **order = graph_order(&k->run->arena, g);
  k->planned = arena_array(&k->run->arena, bool, g->nnodes + 1);
  for (size_t i = g->nnodes; i--;) { // children first
    const Node *n = order[i];
    bool planned = plans(n);
    for (size_t j = 0; !planned && j < n->nfeeds; j++)
      planned = k->planned[n->feeds[j]->index];
    k->planned[n->index] = planned;
  }
}

static bool resolved(void *data, Str sql, Str answer) {
  Check *k = data;
  Arena *a = &k->answers;
  CheckedAnswer *kept = arena_new(a, CheckedAnswer);
  *kept = (CheckedAnswer){str_dup(a, str_trim(sql)), str_dup(a, answer), k->now->answers};
  k->now->answers = kept;
  return k->planned[k->now->node->index];
}

Str checked_answer(const Run *r, const CheckedNode *c, Str text) {
  text = str_trim(str_sub(text, 0, sql_shape(r->dialect->sql, text).end));
  for (const CheckedAnswer *k = c->answers; k; k = k->next) {
    if (!str_starts(k->sql, text))
      continue;
    Str rest = str_trim(str_sub(k->sql, text.len, k->sql.len));
    if (!rest.len || str_eq_nocase(sql_first_word(r->dialect->sql, rest), STR("settings")))
      return k->text;
  }
  return (Str){0};
}

// --- nodes

// Whether the text of a model may be another one once its table is there (is_incremental()).
static bool has_second_text(const Node *n) {
  Str made = node_materialized(n);
  return n->kind == NODE_MODEL && !str_is(made, "view") && !str_is(made, "table");
}

// A copy of the node with another value of a key of its config.
static Node *with_config(Arena *a, const Node *n, const char *key, Value v) {
  Node *copy = arena_new(a, Node);
  *copy = *n;
  copy->config = val_copy(a, n->config, false);
  dict_sets(a, copy->config.dict, str_c(key), v);
  return copy;
}

// A function is made as in a build, since nothing runs it; its hooks are left out.
static const Node *without_hooks(Arena *a, const Node *n) {
  n = with_config(a, n, "pre-hook", val_list(a, 0));
  return with_config(a, n, "post-hook", val_list(a, 0));
}

// A copy of the node whose query gives the columns that are supposed, with the node's keys and
// contract. What is no model becomes one.
static const Node *as_supposed(Check *k, const Node *n) {
  Arena *a = &k->run->arena;
  Diags ignored = {0};
  Value given = *k->supposed[n->index], sql;
  Args args = {&given, 1, NULL, 0};
  Source *src = arena_new(a, Source);
  diags_init(&ignored);
  Node *copy = n->kind == NODE_MODEL ? with_config(a, n, "starc_supposed", val_bool(true))
                                     : with_config(a, n, "materialized", val_str(STR("table")));
  if (place_call(&k->place, a, STR("starc_check_supposed"), &args, &sql, &ignored)) {
    Str text = str_fmt(a, "{%% raw %%}%.*s{%% endraw %%}", STR_ARG(val_to_str(a, sql)));
    *src = (Source){.path = n->original_path, .text = text, .own = true};
    copy->kind = NODE_MODEL;
    copy->source = src;
    copy->raw_code = src->text;
    copy->body = template_parse(a, src, &ignored);
  }
  diags_free(&ignored);
  return copy;
}

// The text, as it is to be now. NULL: the place is lost.
static RunResult *look_once(Check *k, const Node *n, NodeAction action) {
  if (n->kind == NODE_FUNCTION)
    n = without_hooks(&k->run->arena, n);
  if (!place_next(&k->place))
    return NULL;
  k->worker.doubt = (CheckDoubt){0};
  if (k->supposed[n->index])
    n = as_supposed(k, n);
  RunResult *res = node_run(&k->worker, n, action);
  bool stays = res->status == RUN_SUCCESS && (node_is_refable(n) || n->kind == NODE_FUNCTION);
  if (stays && !k->stands[n->index]) {
    k->nstand++;
    exact_made(&k->exact, n, &k->worker.doubt);
  }
  k->stands[n->index] |= stays;
  return res;
}

// Whether more than the text is looked at then.
static bool later_run_asks(const Node *n) {
  return val_truth(node_config(n, STR("predicates"))) ||
         val_truth(node_config(n, STR("incremental_predicates")));
}

// What only a build's own look finds: a query is planned, a table is made of it. Over relations as
// a build makes them, since a plan computes with what stands in a view. All of it is undone.
static RunResult *look_as_built(Check *k, const Node *n, RunResult *res, bool later) {
  if (!place_hold(&k->place))
    return NULL;
  Arena *a = &k->run->arena;
  const Node *as = with_config(a, n, "starc_check_as_built", val_bool(true));
  if (!later && has_second_text(n))
    as = with_config(a, as, "full_refresh", val_bool(true));
  RunResult *built =
      exact_reads(&k->exact, n, later, true) == EXACT_NOT ? res : look_once(k, as, ACTION_CHECK);
  place_let_go(&k->place);
  k->refused = built && status_is_bad(built->status) && !guard_left(built);
  return !built || k->refused ? built : res;
}

// One of its texts.
static RunResult *look_through(Check *k, const Node *n, NodeAction action, bool later) {
  RunResult *res = look_once(k, n, action);
  if (res && !k->stands[n->index]) // a test
    place_asked(&k->place);
  bool asks = res && res->status == RUN_SUCCESS && exact_may_find(&k->exact, n, &k->worker.doubt);
  return asks ? look_as_built(k, n, res, later) : res;
}

// Its one text, or both.
static RunResult *look_at(Check *k, const Node *n) {
  CheckedNode *c = k->known[n->index];
  c->answers = NULL;
  k->now = c;
  NodeAction action = n->kind == NODE_FUNCTION ? ACTION_BUILD : ACTION_CHECK;
  RunResult *res = look_through(k, n, action, false), *second;
  if (!res || res->status != RUN_SUCCESS || !has_second_text(n))
    return res;
  k->worker.unless = later_run_asks(n) ? NULL : &res->compiled_code;
  second = look_through(k, n, action, true);
  k->worker.unless = NULL;
  c->later = second;
  place_asked(&k->place);
  return !second || second->status != RUN_SUCCESS ? second : res;
}

// False: all that the node reads was as the database makes it. Who wants to know of what stood for
// it until now is told first.
static bool make_exact(Check *k, const Node *n) {
  if (!k->place.folder.len)
    read_columns(k);
  return exact_reads(&k->exact, n, false, false) == EXACT_NOW;
}

// Takes away what the node made before it was refused.
static void undo(Check *k, const Node *n) {
  Arena a = {0};
  Diags ignored = {0};
  Value relation = relation_of_node(&a, &k->run->shared, n), out;
  Args args = {&relation, 1, NULL, 0};
  diags_init(&ignored);
  if (node_is_refable(n) && !k->stands[n->index])
    place_call(&k->place, &a, STR("starc_check_undo"), &args, &out, &ignored);
  diags_free(&ignored);
  arena_free(&a);
}

// Whether looking at it does more with what it reads than to resolve names: the view writes into a
// table, the columns of a contract are those of a query that is run.
static bool asks_by_itself(const Check *k, const Node *n) {
  return k->place.folder.len ? str_is(node_materialized(n), "materialized_view")
                             : val_truth(val_get(node_config(n, STR("contract")), STR("enforced")));
}

// What is wrong because of how it was looked at is looked at again: a relation that only stood for
// another, too many of them.
static RunResult *look_closely(Check *k, const Node *n) {
  if (asks_by_itself(k, n))
    make_exact(k, n);
  k->refused = false;
  RunResult *res = look_at(k, n);
  if (!res || !status_is_bad(res->status) || k->refused || k->run->signal)
    return res;
  if (shorter(k, res) && new_window(k)) {
    prepare(k, n);
    return look_at(k, n);
  }
  bool parents = make_exact(k, n);
  // what another thing stands for: inside of views, elsewhere of all but views
  bool itself =
      !k->stands[n->index] && !k->place.folder.len != str_is(node_materialized(n), "view");
  if (itself)
    n = with_config(&k->run->arena, n, "starc_check_exact", val_bool(true));
  undo(k, n);
  return parents || itself ? look_at(k, n) : res;
}

// A source that the text names by hand is made when the engine inside misses it. False: none was.
static bool make_missed(Check *k, const RunResult *res) {
  const Graph *g = k->run->graph;
  if (!k->place.folder.len || res->diag->code != CODE_MISSING_RELATION)
    return false;
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *source = g->nodes[i];
    if (source->kind != NODE_SOURCE || k->stands[source->index])
      continue;
    Arena a = {0};
    Str name = str_fmt(&a, "%.*s.%.*s", STR_ARG(source->schema), STR_ARG(source->info->identifier));
    bool missed = str_find_word(res->diag->message, name, 0) >= 0;
    arena_free(&a);
    if (missed)
      return make_source(k, source) && k->stands[source->index];
  }
  return false;
}

static bool failed(const Check *k, const RunResult *res) {
  return res && status_is_bad(res->status) && !k->run->signal;
}

// Where a contract does not hold and that is silenced: what else the node has.
static RunResult *look_past(Check *k, const Node *n, RunResult *res) {
  if (!failed(k, res) || !res->diag || res->diag->code != CODE_CONTRACT_MISMATCH ||
      !finding_is_silenced(k->run, n, CODE_CONTRACT_MISMATCH))
    return res;
  Value none = val_dict(&k->run->arena);
  dict_sets(&k->run->arena, none.dict, STR("enforced"), val_bool(false));
  undo(k, n);
  RunResult *bare = look_closely(k, with_config(&k->run->arena, n, "contract", none));
  return bare && bare->status == RUN_SUCCESS ? res : bare;
}

// Once more where the target may know what the empty relations did not.
static RunResult *look_well(Check *k, const Node *n) {
  introspect_node(&k->introspect, n, false);
  if (semantics_is(n))
    return semantics_look(&k->place, n);
  RunResult *res = look_closely(k, n);
  while (failed(k, res) && res->diag && make_missed(k, res))
    res = look_closely(k, n);
  res = look_past(k, n, res);
  if (!failed(k, res) ||
      !(introspect_more(&k->introspect) || server_ask(&k->server, &k->place, res)))
    return res;
  introspect_node(&k->introspect, n, true);
  return look_closely(k, n);
}

// hint: empty, or what else to say.
static void leave(Check *k, RunResult *res, Str why, Str hint) {
  Arena *a = &k->run->arena;
  res->diag->code = CODE_NOT_CHECKED;
  res->diag->message =
      str_fmt(a, "'%.*s' is not checked: %.*s", STR_ARG(res->node->name), STR_ARG(why));
  res->diag->hint = hint;
}

static bool sure(void *data, const Node *parent) {
  Check *k = data;
  return !k->guessed[parent->index];
}

// Whether an error may be for want of a column that the rows of the target would make.
static bool may_lack_column(Code code) {
  return code != CODE_MISSING_FUNCTION && code != CODE_MISSING_RELATION;
}

static bool keeps_name(void *data, const Node *parent) {
  const Check *k = data;
  return !temp_renames(&k->place, parent);
}

// The relation whose project's name the error is about, where it has another one in the place:
// nobody knows whether the text is wrong. NULL: none.
static const Node *misnamed(Check *k, const Node *n, const Diag *d) {
  if (d->code != CODE_MISSING_RELATION && d->code != CODE_MISSING_COLUMN)
    return NULL;
  reads_begin(&k->reads);
  const Node *of = keeps_name(k, n) ? reads_each(&k->reads, n, keeps_name, k) : n;
  return of && str_find_word(d->message, k->place.project[of->index].name, 0) >= 0 ? of : NULL;
}

static void leave_misnamed(Check *k, RunResult *res, const Node *of) {
  Arena *a = &k->run->arena;
  Str name = k->place.project[of->index].name;
  leave(k, res,
        str_fmt(a,
                "several relations are named '%.*s', and the role of the check may create no "
                "schemas to tell them apart",
                STR_ARG(name)),
        STR("grant the role to create schemas in the database, or name another target with "
            "--check-target"));
}

// A node that failed because of what is not known, and is known where it is built, is left.
static void settle(Check *k, const Node *n, RunResult *res) {
  Str why = introspect_why(&k->introspect);
  reads_begin(&k->reads);
  const Node *parent = reads_each(&k->reads, n, sure, k);
  k->guessed[n->index] = why.len || parent;
  if (!res->diag || !status_is_bad(res->status))
    return;
  Arena *a = &k->run->arena;
  const Node *other = misnamed(k, n, res->diag);
  Str without = str_cat(a, STR("without them: "), res->diag->message);
  if (other)
    leave_misnamed(k, res, other);
  else if (res->diag->code == CODE_MISSING_FUNCTION &&
           (!k->server.known || server_lacks(&k->server, res->diag->message)))
    leave(k, res, res->diag->message,
          STR("starc check --update-sources asks the server what it has"));
  else if (why.len)
    leave(k, res, str_cat(a, STR("its text asks for rows of the target: "), why), without);
  else if (parent && may_lack_column(res->diag->code))
    leave(k, res,
          str_fmt(a, "the columns of '%.*s' come of rows of the target, which are not known",
                  STR_ARG(parent->name)),
          without);
}

// Of what is not checked there is a result too, for reports.
static void add_skipped(Check *k, const CheckedNode *c) {
  RunResult *res = result_new(k->run, c->node);
  res->status = RUN_SKIPPED;
  res->cause = c->because;
  result_add(k->run, res);
}

// Whether what reads the node can be looked at.
static bool stands(const CheckedNode *c) {
  bool looked =
      c->state == CHECK_WRONG || c->state == CHECK_LEFT || (c->state == CHECK_PARENT && c->result);
  return c->state == CHECK_GOOD || (looked && (c->stood_in || !node_is_refable(c->node)));
}

// A folder without room, a process without threads: no node is wrong, and none can be looked at.
static bool out_of_order(Check *k, const RunResult *res) {
  if (!k->place.folder.len || !res->diag || res->diag->code != CODE_DATABASE_UNAVAILABLE)
    return false;
  Run *r = k->run;
  Diag *d = diag_error(&r->diags, CODE_DATABASE_UNAVAILABLE, (Str){0},
                       "the check cannot go on: %.*s", STR_ARG(res->diag->message));
  diag_hint(&r->diags, d, "it works in a folder below %.*s, or where TMPDIR says",
            STR_ARG(fs_dirname(&r->arena, k->place.folder)));
  run_report(r);
  return k->lost = true;
}

// The columns with which what stands below a node is looked at when it is wrong.
static Value columns_to_go_on(const Check *k, const Node *n) {
  const CheckedNode *earlier = k->earlier[n->index];
  if (k->supposed[n->index])
    return *k->supposed[n->index];
  if (earlier && checked_columns(earlier))
    return as_list(&k->run->arena, earlier);
  return columns_it_had(k->run, n);
}

// Whether it was looked at with the columns of its table in the target, and not its own.
static bool is_as_is(const Check *k, const Node *n) {
  return k->as_is[n->index] && k->supposed[n->index] == k->as_is[n->index];
}

// What was found of a node. An error that may go when a node above is mended is none: the node is
// not checked because of that one.
static void judge(Check *k, CheckedNode *c, RunResult *res) {
  const Node *n = c->node;
  Stale stale = {k->known, k->supposed, k->run->dialect->sql, &k->reads};
  settle(k, n, res);
  bool wrong = status_is_bad(res->status), left = wrong && guard_left(res);
  c->because = wrong && !left && res->diag ? stale_above(&stale, n, res->diag) : NULL;
  c->guessed = k->guessed[n->index] || is_as_is(k, n);
  c->asks = introspect_asked(&k->introspect);
  c->result = res;
  c->state = c->because ? CHECK_PARENT : !wrong ? CHECK_GOOD : left ? CHECK_LEFT : CHECK_WRONG;
  if (c->because) {
    res->diag = NULL;
    res->cause = c->because;
  }
  if (left || c->because)
    res->status = RUN_SKIPPED;
  result_add(k->run, res);
  if (res->diag) {
    res->diag->message = place_names(&k->place, &k->run->arena, res->diag->message);
    res->diag->hint = place_names(&k->place, &k->run->arena, res->diag->hint);
  }
}

static PoolVerdict work(void *data, unsigned worker, size_t job) {
  Check *k = data;
  const Node *n = k->jobs.nodes[job];
  CheckedNode *c = &k->out->nodes[job];
  (void)worker;
  if (c->state != CHECK_STOPPED) // looked at before
    return stands(c) ? POOL_GOOD : POOL_FAILED;
  if (k->nstand >= k->window && !k->place.folder.len && !new_window(k)) {
    k->lost = true;
    return POOL_STOP;
  }
  c->because = prepare(k, n);
  if (c->because) {
    c->state = CHECK_UNKNOWN;
    add_skipped(k, c);
    return POOL_FAILED;
  }
  RunResult *res = look_well(k, n);
  if (!res || k->run->signal) {
    k->lost |= !res;
    return POOL_STOP;
  }
  if (out_of_order(k, res))
    return POOL_STOP;
  judge(k, c, res);
  if (c->state != CHECK_GOOD)
    undo(k, n); // what a second look left
  c->made = k->stands[n->index];
  if (c->state != CHECK_GOOD && node_is_refable(n))
    c->stood_in = c->made || make(k, n, columns_to_go_on(k, n));
  if (k->stands[n->index] || (c->state == CHECK_GOOD && (kind_is_unread(n) || semantics_is(n))))
    k->unread[k->nunread++] = c;
  else
    c->answers = NULL;
  if (k->nunread >= ANSWERS && k->place.folder.len)
    read_columns(k);
  return stands(c) ? POOL_GOOD : POOL_FAILED;
}

// Told after its cause: that of the cause is the cause.
static void skip(void *data, size_t job, size_t cause) {
  Check *k = data;
  CheckedNode *c = &k->out->nodes[job];
  if (cause == POOL_NONE || c->state != CHECK_STOPPED)
    return;
  const CheckedNode *above = &k->out->nodes[cause];
  c->state = above->state == CHECK_UNKNOWN ? CHECK_UNKNOWN : CHECK_PARENT;
  c->because = above->because ? above->because : above->node;
  add_skipped(k, c);
}

static void look(Check *k) {
  Run *r = k->run;
  PoolPlan plan = {.njobs = k->jobs.n,
                   .edges = k->jobs.edges,
                   .nedges = k->jobs.nedges,
                   .weights = k->jobs.weights,
                   .workers = 1,
                   .data = k,
                   .work = work,
                   .skip = skip};
  r->report->progress(r->report->data, k->jobs.n, 1);
  pool_run(&plan, &r->stop);
  r->report->progress(r->report->data, 0, 0);
}

// --- the whole

// With what is read: it stands nowhere else.
static const bool *with_parents(Run *r, const bool *bits) {
  const Graph *g = r->graph;
  Node **order = graph_order(&r->arena, g);
  bool *all = arena_array(&r->arena, bool, g->nnodes + 1);
  for (size_t i = 0; i < g->nnodes; i++)
    all[i] = bits[i] && g->nodes[i]->kind != NODE_SOURCE;
  for (size_t i = g->nnodes; i--;) // children first
    for (size_t j = 0; all[order[i]->index] && j < order[i]->nneeds; j++) {
      const Node *parent = order[i]->needs[j];
      all[parent->index] |=
          node_is_refable(parent) || parent->kind == NODE_FUNCTION || semantics_is(parent);
    }
  return all;
}

// Of all nodes, and of the sources among the bits.
static bool ask_sources(Check *k, const bool *bits) {
  const Graph *g = k->run->graph;
  const Node **nodes = arena_array(&k->run->arena, const Node *, k->all.n + g->nnodes + 1);
  size_t n = 0;
  for (; n < k->all.n; n++)
    nodes[n] = k->all.nodes[n];
  for (size_t i = 0; i < g->nnodes; i++)
    if (bits[i] && g->nodes[i]->kind == NODE_SOURCE)
      nodes[n++] = g->nodes[i];
  return sources_ask(k->run, nodes, n, &k->asked);
}

// What fills the table of a source and is not selected is not run: the table stays as it is.
static void keep_tables(Check *k, const bool *bits) {
  const Graph *g = k->run->graph;
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *source = g->nodes[i], *maker = map_get(&k->makers, source->relation_name);
    const Value *columns = map_get(&k->asked, source->id);
    if (source->kind == NODE_SOURCE && maker && !bits[maker->index] && columns &&
        columns->kind == VAL_LIST)
      k->supposed[maker->index] = k->as_is[maker->index] = columns;
  }
}

Check *check_open(Run *r, const bool *bits) {
  Check *k = arena_new(&r->arena, Check);
  size_t n = r->graph->nnodes + 1;
  *k = (Check){.run = r, .window = (size_t)number_or_test(WINDOW, "STARC_TEST_WINDOW")};
  k->known = arena_array(&r->arena, CheckedNode *, n);
  k->earlier = arena_array(&r->arena, CheckedNode *, n);
  k->supposed = arena_array(&r->arena, const Value *, n);
  k->as_is = arena_array(&r->arena, const Value *, n);
  k->unread = arena_array(&r->arena, CheckedNode *, n);
  k->stands = arena_array(&r->arena, bool, n);
  reads_init(&k->reads, &r->arena, r->graph);
  k->guessed = arena_array(&r->arena, bool, n);
  k->forgotten = arena_array(&r->arena, const Node *, n);
  find_planned(k);
  jobs_make(&k->all, r, with_parents(r, bits), false);
  r->shared.write = NULL; // target/run is of what was sent to the target
  bool good = place_init(&k->place, r);
  good = good && ask_sources(k, bits);
  if (good)
    server_know(&k->server, r);
  if (!good || !place_open(&k->place) || !place_schemas(&k->place, k->all.nodes, k->all.n)) {
    place_close(&k->place);
    return NULL;
  }
  if (k->place.folder.len && !k->server.target->inside)
    versions_of_place(r, k->place.conn);
  for (size_t i = 0; i < k->all.n; i++)
    if (node_is_refable(k->all.nodes[i]))
      map_put(&r->arena, &k->makers, k->all.nodes[i]->relation_name,
              (Node *)(uintptr_t)k->all.nodes[i]);
  keep_tables(k, bits);
  server_make(&k->server, &k->place);
  introspect_init(&k->introspect, &k->server, &k->place, &k->exact);
  exact_init(&k->exact, &k->place, k->known, k->stands);
  worker_init(&k->worker, r, 0);
  k->worker.conn = k->place.conn;
  k->worker.watch = &k->introspect.watch;
  k->resolves = (ResolvedWatch){k, resolved};
  k->worker.resolves = &k->resolves;
  return k;
}

static void fill_known(Check *k, Checked *out) {
  *out =
      (Checked){.n = k->jobs.n, .nodes = arena_array(&k->run->arena, CheckedNode, k->jobs.n + 1)};
  for (size_t i = 0; i < k->jobs.n; i++) {
    CheckedNode **known = &k->known[k->jobs.nodes[i]->index], *c = &out->nodes[i];
    *c = *known ? **known : (CheckedNode){.node = k->jobs.nodes[i], .state = CHECK_STOPPED};
    *known = c;
  }
  k->out = out;
}

// A transaction begins anew: nobody knows how long ago the last one did. False: reported.
static bool clear_forgotten(Check *k) {
  bool any = k->nforgotten;
  for (size_t i = 0; i < k->nforgotten && k->place.folder.len; i++) {
    Arena a = {0};
    Diags ignored = {0};
    Value relation = relation_of_node(&a, &k->run->shared, k->forgotten[i]), out;
    Args args = {&relation, 1, NULL, 0};
    diags_init(&ignored);
    place_call(&k->place, &a, STR("starc_check_drop"), &args, &out, &ignored);
    diags_free(&ignored);
    arena_free(&a);
  }
  k->nforgotten = 0;
  return !any || k->place.folder.len || new_window(k);
}

bool check_nodes(Check *k, const bool *bits, Checked *out) {
  if (!clear_forgotten(k))
    return false;
  jobs_make(&k->jobs, k->run, with_parents(k->run, bits), false);
  fill_known(k, out);
  look(k);
  if (k->lost)
    return false;
  read_columns(k);
  return !k->place.lost;
}

void check_watch(Check *k, CheckWatch watch) {
  WatchLink *w = arena_new(&k->run->arena, WatchLink);
  *w = (WatchLink){watch, k->watches};
  k->watches = w;
}

static void forget(Check *k, const Node *n) {
  if (!reads_first(&k->reads, n))
    return;
  if (k->known[n->index])
    k->earlier[n->index] = k->known[n->index];
  k->known[n->index] = NULL;
  if (k->stands[n->index])
    k->forgotten[k->nforgotten++] = n;
  k->stands[n->index] = false;
  for (size_t i = 0; i < n->nfeeds; i++)
    forget(k, n->feeds[i]);
}

void check_forget(Check *k, const Node *n) {
  reads_begin(&k->reads);
  forget(k, n);
}

// A source and the node that fills its table are one relation.
void check_suppose(Check *k, const Node *n, Value columns) {
  const Graph *g = k->run->graph;
  Value *kept = arena_new(&k->run->arena, Value);
  *kept = columns;
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *same = g->nodes[i];
    if (same != n && !(n->relation_name.len && str_eq(same->relation_name, n->relation_name)))
      continue;
    if (same->kind == NODE_SOURCE)
      map_put(&k->run->arena, &k->asked, same->id, kept);
    else
      k->supposed[same->index] = kept;
    check_forget(k, same);
  }
}

Value check_source_columns(const Check *k, const Node *source) {
  const Value *columns = map_get(&k->asked, source->id);
  return columns ? *columns : val_none();
}

CheckPlace *check_place(Check *k) { return &k->place; }

void check_close(Check *k) {
  if (!k)
    return;
  worker_free(&k->worker);
  arena_free(&k->answers);
  introspect_close(&k->introspect);
  place_close(&k->place);
}
