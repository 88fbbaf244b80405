// A run is over: its results become a record of the run history. In: a run, and how it ends. Out: a
// record beside those of earlier runs. Leaves its form and place to history/.
#ifndef STARC_REMEMBER_H
#define STARC_REMEMBER_H
#include "../history/history.h"
#include "run.h"

// Keeps what this run did, as `history:` of the project and --history say. A run without results
// leaves nothing. What goes wrong is told once, as a warning: the exit code stays as it is.
void run_remember(Run *r, int code);

// Reads what is kept, of the place that `history:` of the project names: its folder, or the target,
// which is connected to then. ask->root is filled in, and the project's `keep` bounds ask->runs.
// All memory is the run's. False: it cannot be read, which is recorded.
bool run_history(Run *r, HistoryAsk *ask, History *out);

#endif
