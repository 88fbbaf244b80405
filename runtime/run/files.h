// The artifacts that a run leaves in the target folder, and the end of a task.
#ifndef STARC_FILES_H
#define STARC_FILES_H
#include "run.h"

// Writes the reports that were asked for, then closes. Gives `code`, or EXIT_FAILED if it was good
// and a report cannot be written.
int run_end(Run *r, int code);
// A task: opens what the command needs, does the work, ends with its exit code.
int run_task(RunOptions *o, Reporter *report, int (*work)(Run *r));
bool run_write_manifest(Run *r);
bool run_write_results(Run *r);
// Whether compile prints the SQL: of a query, or of nodes that were named.
bool run_prints_compiled(const RunOptions *o);
// Whether what the command prints is for another program: ls | xargs, show --output json | jq.
bool run_prints_data(const RunOptions *o);

#endif
