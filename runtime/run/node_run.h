// One node's work: compile, run its materialization or test, say what happened.
#ifndef STARC_NODE_RUN_H
#define STARC_NODE_RUN_H
#include "../../compiler/load/compile.h"
#include "run.h"

typedef enum NodeAction { ACTION_COMPILE, ACTION_BUILD, ACTION_CLONE } NodeAction;

// What a worker thread keeps between nodes.
typedef struct Worker {
  Run *run;
  Conn *conn;
  NodeAction action;
  Arena arena; // of the node at hand
  unsigned number;
  struct Worker *all; // the workers of the run, by number; NULL: this one is alone
  struct Pool *pool;  // where idle ones take a share of a node's work; NULL: nowhere
  Str thread;         // "Thread-1 (worker)"
  bool wrote;         // the node's text began a transaction of its own, which was committed
  bool deadlocked;    // the node failed because of a deadlock, which undid all it had done
  Compiled *kept;     // where a compiled text and its map stay, in the results arena; NULL: nowhere
} Worker;
void worker_init(Worker *w, Run *r, unsigned number);
void worker_free(Worker *w); // the connection stays with the run

// Does the node and fills a result (in the run's results arena). Adds it to no list.
RunResult *node_run(Worker *w, const Node *n, NodeAction action);
// The same, of a microbatch model only the batch of n->batch.
RunResult *node_run_once(Worker *w, const Node *n, NodeAction action);
// The worker's connection, made when first asked for.
Conn *worker_conn(Worker *w);

// Ends what a context left open: commits or rolls back.
void context_settle(Context *c, Conn *conn, bool commit);

// hooks.c: renders a node's text and sends it as it is; the result says how it went but its status.
// `response` (or NULL): what the database answered.
bool statement_run(Run *r, Conn *conn, Arena *a, const Node *n, RunResult *res, Value *response,
                   Diags *diags);

// Renders a template text with a context as a native value. False: recorded.
bool context_eval(Context *c, Str text, Value *out, Diags *diags);

// Writes a node's compiled text below target/compiled; the path is kept in the result.
void write_compiled(Run *r, RunResult *res);

// errors.c: turns a failed evaluation's findings into the result's: a database error is shown at
// the model's own line where that can be found. `code` and `map` may be NULL.
void result_fail(Run *r, RunResult *res, Diags *diags, const Context *c, const Compiled *code);
// A statement that failed.
typedef struct Failure {
  const DbError *error;
  Str sql;
  const Compiled *code; // the node's compiled text, part of the statement, or NULL
  const Advice *said;   // what a macro advises, or NULL
  Str hook;             // "pre-hook": `code` is one, and the whole statement; else empty
  const SourceMap *map; // of `sql`, or NULL
} Failure;
// A database's error at the node's own line where that can be found. The finding is in the run's
// results arena.
Diag *database_diag(Run *r, const Node *n, const Failure *failure);

// node_run.c: the one statement of a compiled text, without its semicolon. False: it has none, or
// more than one; *diags says so at its place.
bool node_statement(const Run *r, const Node *n, const Compiled *code, Str *out, Diags *diags);

// The next text in quotes of a message, at or after *at, which is moved behind it. False: none.
bool next_quoted(Str message, size_t *at, Str *name);

// hooks.c: on-run-start and on-run-end. False: one failed (it is among the results).
bool hooks_run(Run *r, bool at_end);

// summary.c
void summary_print(Run *r);
// dbt's events for the end of source freshness, which a terminal has in its last line.
void summary_finished(Run *r, double seconds);
void summary_stale(Run *r, const RunResult *res);
bool status_is_bad(RunStatus s);

#endif
