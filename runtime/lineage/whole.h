// The lineage of the whole project, for whoever asks about columns beside other work: from
// target/lineage.json where that is of the project as it is now, else of a check.
#ifndef STARC_LINEAGE_WHOLE_H
#define STARC_LINEAGE_WHOLE_H
#include "../run/run.h"
#include "graph.h"

typedef struct LineageWhole {
  const LineageGraph *graph;
  bool may_lack; // it is of the file, and without a lock file the target's tables may be others now
} LineageWhole;

// Of the file, else of a check in a run of its own, which writes the file where it may; that is
// told. Once a run. No graph: it could not begin or the run stopped, which is reported.
LineageWhole lineage_whole(Run *r);
// Of the file alone: nobody is asked. NULL: it is not of the project as it is now.
const LineageGraph *lineage_known(Run *r);
// Of a check, whatever the file says; from then on lineage_whole() gives that.
LineageWhole lineage_anew(Run *r);

// Checks these nodes (by Node.index) in this run and keeps the columns, without what the check says
// of them. NULL: it could not begin, which is reported, or the run stopped.
LineageGraph *lineage_of_check(Run *r, const bool *bits);

#endif
