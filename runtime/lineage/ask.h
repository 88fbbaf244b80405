// Asks the database that a check is made in what queries are made of. In: queries, and the views
// that were made of them. Out: what the dialect reads from the answers (dialect/lineage.h).
#ifndef STARC_LINEAGE_ASK_H
#define STARC_LINEAGE_ASK_H
#include "../../compiler/dialect/dialect.h"
#include "../../compiler/dialect/lineage.h"
#include "../check/place.h"

typedef struct LineageQuestion {
  Str query;
  Str schema; // of the check's own, where a view of the query may be made
  Str view;   // in that schema, made of the query; empty: there is none
  Str answer; // what the database said of the query before; empty: it is asked
} LineageQuestion;

// Told once for each question that was answered; *of lasts only as long as the call.
typedef void LineageAnswer(void *data, size_t question, const QueryLineage *of);

// Asks all, in few messages where the database can. A question that it refuses is answered by no
// columns and the reason. False: the place is lost, or the run stopped.
bool lineage_ask(CheckPlace *p, const LineageQuestion *questions, size_t n, LineageAnswer *answer,
                 void *data);

#endif
