// ref(), source(), this and their kin.
#ifndef STARC_CONTEXT_REFS_H
#define STARC_CONTEXT_REFS_H
#include "context.h"

// The value of `this` for the context's node: in a unit test the rows given for it.
Value refs_this(Eval *ev, Context *c);

// The span of time that a node reads: its batch's, that of --sample, or what both have in common
// (nothing, where from is not before to). False: all times.
bool context_span(const Context *c, int64_t *from, int64_t *to);

// The name under which an ephemeral node's text is put in front of what refers to it.
Str context_cte_name(Arena *a, const Node *n);
bool context_cte_is_plain(Str name); // false: it is written in quotes

#endif
