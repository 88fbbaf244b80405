// The files of --report. In: options, and what a report is made of. Out: files, one report on
// standard output; findings about what cannot be written. Leaves the forms to artifacts/.
#ifndef STARC_REPORTS_H
#define STARC_REPORTS_H
#include "../../compiler/artifacts/report.h"
#include "options.h"

// Whether a report goes to standard output.
bool reports_to_stdout(const RunOptions *o);

// Whether a report that goes there would stand among what the command prints for other programs.
bool reports_mix(const RunOptions *o);

// Whether a report of this FORM=FILE would go where one that is asked for already goes.
bool reports_clash(const RunOptions *o, Str word);

// Records an error for each file that could not be written when the work is done, by the way in
// which it will be. Makes the folders that are missing, and opens pipes, so that their readers
// wait.
bool reports_ready(const RunOptions *o, Diags *diags);

// Writes all that were asked for. `report` has its results, findings, command, exit code and root;
// the rest is filled in. False: recorded.
bool reports_write(const RunOptions *o, Report *report, Diags *diags);

#endif
