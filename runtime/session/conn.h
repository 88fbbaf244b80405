// What conn.c, comment.c and seed_stream.c share.
#ifndef STARC_CONN_H
#define STARC_CONN_H
#include "../run/run.h"

// Reads the project's query-comment setting. False: findings recorded.
bool comment_init(Run *r);
// Whether the project's comment can stand in a comment. False: reported.
bool comment_check(Run *r);
// Renders the comment for a node (NULL: the connection's own statements) into c->comment.
void comment_for(Conn *c, const Node *n);

// Streams a CSV file into the statement `head` (a COPY or INSERT without data): constant memory.
bool seed_stream(Conn *c, Arena *a, Str head, const CsvLoad *load, int64_t *rows, DbError *error);

#endif
