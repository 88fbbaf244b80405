// When relations were last changed, as the database itself knows it. In: nodes without a column
// that says it. Out: for each two moments, or why it cannot be told. One question for all of them:
// dbt's macro get_relation_last_modified.
#ifndef STARC_LAST_MODIFIED_H
#define STARC_LAST_MODIFIED_H
#include "../run/worker.h"

typedef struct LastModified {
  Value changed, now; // moments; changed is none where there are no rows
  Str why;            // it cannot be told; empty: it can
  bool missing;       // since there is no such relation
} LastModified;

// Asks for all these nodes in a connection of the main thread. What is found is kept in *found by
// unique id, in the run's arena; nothing where the question failed: then last_modified_ask() says
// of each node why.
void last_modified_read(Run *r, Conn *conn, const Node *const *nodes, size_t n, Map *found);

// Of one node, in a context that asks: what was found before, else asked for now. False: *diags
// says why not.
bool last_modified_ask(Context *c, const Node *n, const Map *found, LastModified *out,
                       Diags *diags);

#endif
