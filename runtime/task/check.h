// --check and --check-sources of the commands that build. In: their options. Out: whether the
// selection is without errors; nothing was sent to the target that changes it.
#ifndef STARC_TASK_CHECK_H
#define STARC_TASK_CHECK_H
#include "../run/run.h"

// An option looked at what was to be built, and found errors (EXIT_FAILED) or could not look: says
// that nothing is built, in results too. Those that are not bad and have no cause become skipped.
// Returns the code.
int check_stops(Run *r, const char *option, int code);

// Opens the project, checks what the command would work on and tells what was found. EXIT_GOOD: the
// command goes on, in a run of its own; o then has the id of this invocation, which stands in `id`.
// Else it ends with the code: results and reports say that nothing was done.
enum { CHECK_ID = 40 };
int check_before(RunOptions *o, Reporter *report, char id[CHECK_ID]);

#endif
