// `graph` in templates, with what they put into it.
#ifndef STARC_CONTEXT_KEPT_H
#define STARC_CONTEXT_KEPT_H
#include "context.h"

Value graph_value(Context *c);
// A dict of this context over the project's graph, with what templates put there so far.
Value kept_open(Context *c, Value graph);
void kept_free(Macros *m);

// What the templates of this context put into `graph` is there for those that come after: called
// when an evaluation is over.
void context_keep(Context *c);

#endif
