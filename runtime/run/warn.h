// --warn-error and --warn-error-options: what becomes of a warning. In: the option's YAML or the
// project's flag. Out: a rule for each kind of finding.
#ifndef STARC_WARN_H
#define STARC_WARN_H
#include "run.h"

typedef enum WarnRule { WARN_SHOWN, WARN_ERROR, WARN_SILENT } WarnRule;

// Reads the option's text. False: it is not what it should be; recorded at its place in the text.
bool warn_read(Run *r, Str text);
// The same of the project's flag `warn_error_options`, which counts where no option was given.
bool warn_read_flags(Run *r);

// What becomes of a warning of this code.
WarnRule warn_rule(const Run *r, Code code);
// Whether a list names this very code, by its word: then warn_rule() is about errors of it too.
bool warn_names(const Run *r, Code code);
// Whether the warning of this code is made an error of.
bool run_warns_as_error(Run *r, Code code);
// dbt's event that a warning is told as.
EventKind warn_event(Code code);

// Words with one blank between them: dbt's names that no finding of starc has, and those of dbt v2
// alone.
extern const char warn_other_names[], warn_v2_names[];

#endif
