// One run at a time writes a relation. Around the work on a node: the lock of its relation is
// taken, or waited for; what the run knew of the relation is then read anew, or, where it knew of
// none, met by what makes it. How a lock is taken is engine/lock.h's.
//
// Why no two runs wait for each other: a node takes one lock, as the first thing it does and
// outside of a transaction, so who waits holds nothing. All that a node writes has a name of its
// own made from the relation's ("orders__dbt_tmp"), so one lock is enough. Hooks of the run have
// one lock of their own, taken while no node runs.
//
// Without a lock: views on ClickHouse, which one statement puts in the place of what is there;
// tests that store no rows; what runs in memory only; the embedded database, whose folder belongs
// to one process.
#ifndef STARC_NODE_LOCK_H
#define STARC_NODE_LOCK_H
#include "../engine/lock.h"
#include "node_run.h"

typedef struct LateLock LateLock;

typedef struct NodeLock {
  Conn *conn; // that holds it; NULL: none is held
  Lock lock;
  LateLock *late; // of one that waits for a statement, until node_lock_after
  bool unread;    // what is there was not asked: the run knew of nothing when it began
} NodeLock;

// Reads --wait, and who this run is to others. False: reported.
bool node_lock_options(Run *r);
// Takes the lock of what `n` writes. NULL: go on (also where none is needed or possible); else the
// node is over: its result is an error that names who has the lock, or what went wrong.
RunResult *node_lock_take(Worker *w, const Node *n, NodeAction action, NodeLock *out);
void node_lock_leave(NodeLock *l);
// Where nothing stood when the run began, and what makes the relation is refused if that is no
// longer so, it is not asked again. True: it was refused (`res`) and has been asked now, so that
// the node is done again.
bool node_lock_twin(Worker *w, const Node *n, const NodeLock *l, const RunResult *res);

// Most nodes that make a relation do it by one statement. Where it may be so, the lock is taken by
// the message that this statement is sent in, and ends with it; or as usual, before any other. The
// work that was done until then went by what the run knew: where that proves to be no longer so, or
// the lock is another's, the node is done again, with the lock from its beginning.

// True: the node may begin without its lock, which is taken as said above.
bool node_lock_later(Worker *w, const Node *n, NodeAction action, NodeLock *out);
// After such a node: its result, `res` or that the lock was not to be had. NULL: it is done again,
// by node_lock_take. Nothing is held any more.
RunResult *node_lock_after(Worker *w, NodeLock *l, RunResult *res);
// Its text is compiled: what is sent now makes the relation.
void node_lock_executes(Conn *c);
// SessionCalls. What takes the lock within a message; empty: it goes by node_lock_now.
Str node_lock_along(Conn *c, Arena *a);
// Such a message was sent.
void node_lock_went_along(Conn *c, bool good, const DbError *error);
// Before any other statement. False: the node is over, or done again.
bool node_lock_now(Conn *c, DbError *error);
// Before the work on a node is done again, for the `times`th time, since it was rolled back: what
// the run knows of the relation is read anew, after a pause that keeps it off the others' steps.
bool node_lock_again(Worker *w, const Node *n, int times);
// The same for the hooks of the run, once a run and connection. False: the finding is in *diags.
bool hooks_lock_take(Run *r, Conn *conn, NodeLock *out, Diags *diags);

// A pause that ends early when the run is stopped.
void run_nap(const Run *r, double seconds);
// The relation's name, for people.
Str lock_relation(Arena *a, const Lock *l);
// How a holder is shown: name and since when.
void lock_holder_text(Buf *out, const LockHolder *h);
// A connection as engine/lock.h wants it.
LockDb lock_db(Conn *c);

#endif
