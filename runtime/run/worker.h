// What a worker thread keeps between nodes, and the contexts that it makes outside of them.
#ifndef STARC_WORKER_H
#define STARC_WORKER_H
#include "../../compiler/load/compile.h"
#include "run.h"

// What is done with a node.
typedef enum NodeAction {
  ACTION_COMPILE,
  ACTION_BUILD,
  ACTION_CLONE,
  ACTION_CHECK // check/check.h: its relation is made without rows
} NodeAction;

// What the database says of a query that it resolved.
typedef struct CheckDoubt {
  bool any;        // {'doubt': true}: a build may refuse it
  uint32_t nnamed; // {'named': 3}: the relations that it names
} CheckDoubt;

// What a worker thread keeps between nodes.
typedef struct Worker {
  Run *run;
  Conn *conn;
  NodeAction action;
  Arena arena; // of the node at hand
  unsigned number;
  struct Worker *all;       // the workers of the run, by number; NULL: this one is alone
  struct Pool *pool;        // where idle ones take a share of a node's work; NULL: nowhere
  Str thread;               // "Thread-1 (worker)"
  bool wrote;               // the node's text began a transaction of its own, which was committed
  bool deadlocked;          // the node failed because of a deadlock, which undid all it had done
  bool raced;               // the node failed because what it makes is there
  const Str *unless;        // ACTION_CHECK: a text that is not looked at again; NULL: none
  CheckDoubt doubt;         // ACTION_CHECK: what its materialization gave
  const AnswerWatch *watch; // of what texts ask while they are rendered, or NULL
  const ResolvedWatch *resolves; // ACTION_CHECK: of what materializations look at, or NULL
  Compiled *kept; // where a compiled text and its map stay, in the results arena; NULL: nowhere
} Worker;
void worker_init(Worker *w, Run *r, unsigned number);
void worker_free(Worker *w); // the connection stays with the run

// The worker's connection, made when first asked for.
Conn *worker_conn(Worker *w);

// Ends what a context left open: commits or rolls back.
void context_settle(Context *c, Conn *conn, bool commit);

// Renders a template text with a context as a native value. False: recorded.
bool context_eval(Context *c, Str text, Value *out, Diags *diags);

#endif
