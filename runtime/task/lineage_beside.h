// lineage.json beside what a command makes.
#ifndef STARC_TASK_LINEAGE_BESIDE_H
#define STARC_TASK_LINEAGE_BESIDE_H
#include "../run/run.h"

// Checks the project in a run of its own and writes target/lineage.json, where the whole project is
// looked at. Before r opens its target. *why: where that failed, the first line of the error; else
// empty. Gives EXIT_GOOD, or the code to end with since the user interrupted.
int lineage_beside(Run *r, Str *why);

#endif
