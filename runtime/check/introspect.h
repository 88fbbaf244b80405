// What texts ask the database while they are rendered (run_query, get_column_values): the empty
// relations first, and the target itself where the text needs rows. In: a question and its empty
// answer. Out: the target's answer, or why there is none. A question over views that come to too
// many relations is not sent.
#ifndef STARC_CHECK_INTROSPECT_H
#define STARC_CHECK_INTROSPECT_H
#include "exact.h"
#include "server.h"

typedef struct Introspect {
  AnswerWatch watch; // for Worker.watch
  CheckServer *server;
  CheckPlace *place;
  Exact *exact;
  const Node *node; // at hand
  Conn *live;       // NULL: not open
  Target *own;      // the run's, while it is asked
  Target reader;    // the same, where nothing can be written
  bool tried;       // to open it
  bool wants_all;   // of the node at hand: also answers of one row are the target's
  bool has_empty;   // of the node: an answer was empty, and the target was not asked
  bool unanswered;  // of the node: the target has no answer
  bool has_none;    // of the node: the target's answer has no rows either
  bool asked;       // of the node: a question names a relation that it reads
  Str why;          // of that
} Introspect;

void introspect_init(Introspect *in, CheckServer *server, CheckPlace *place, Exact *exact);
// A node is begun. wants_all: it failed with the answers of empty relations.
void introspect_node(Introspect *in, const Node *n, bool wants_all);
// Whether a node that failed may be good with answers of the target.
bool introspect_more(const Introspect *in);
// Why the text of the node may be another one in a build; empty: nothing says so.
Str introspect_why(const Introspect *in);
// Whether the text of the node is made of rows of what it reads.
bool introspect_asked(const Introspect *in);
void introspect_close(Introspect *in);

#endif
