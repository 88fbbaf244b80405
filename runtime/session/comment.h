// The comment in front of each statement: dbt's JSON about who sends it, the project's own text, or
// none. In: the project's query-comment. Out: text for conn.c.
#ifndef STARC_COMMENT_H
#define STARC_COMMENT_H
#include "conn.h"

// Reads the project's setting. False: findings recorded.
bool comment_init(Sessions *s, Arena *a, Diags *diags);
// Whether the project's comment can stand in a comment. False: recorded, or told as a finding.
bool comment_check(Sessions *s, Diags *diags);
// Renders the comment for a node (NULL: the connection's own statements) into c->comment.
void comment_for(Conn *c, const Node *n);

#endif
