// The warehouse before the first node: connecting, schemas, and what is the matter with it, told
// once.
#ifndef STARC_WAREHOUSE_H
#define STARC_WAREHOUSE_H
#include "node_run.h"

// Whether an error is about the warehouse rather than a statement: no connection, no room, a lock,
// a limit, no right to write.
bool is_warehouse_error(const DbError *e);
// Records an error that belongs to no node; its place is the one that it has, if any.
Diag *warehouse_diag(Diags *d, const DbError *e);
// Reports a finding of a node, unless it is the trouble with the warehouse that was just told:
// then false.
bool warehouse_tell(Run *r, const Diag *d, const Node *n);

// Reports the findings of an evaluation outside of any node; of a trouble with the warehouse that
// alone, and once.
void warehouse_report(Run *r, const Context *c);

// Opens the connection; a target without a schema is an error at its line.
bool warehouse_open(Conn *c, Arena *a, DbError *error);
// A connection that is open. NULL: told once, or the run was stopped.
Conn *warehouse_connect(Run *r, const char *name);
// Makes the schemas of the nodes and fills the relation cache. False: reported.
bool warehouse_schemas(Run *r, Conn *conn, const Node *const *nodes, size_t n);
// The same with the schemas of the nodes made and the relation cache filled.
Conn *warehouse_prepare(Run *r, const Node *const *nodes, size_t n);
// Whether a worker has a connection, for PoolPlan.ready. The first one goes on without.
bool warehouse_worker(Worker *w);

#endif
