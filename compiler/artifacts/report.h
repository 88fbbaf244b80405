// Reports for other programs: what a command did and found, in the form that they read. A form is a
// row of report_forms and a function; `--report FORM=FILE` asks for it.
#ifndef STARC_REPORT_FORMS_H
#define STARC_REPORT_FORMS_H
#include "results.h"

// Writes the whole report. `findings`: those that belong to no result, chained by next.
typedef void ReportWriter(Buf *out, const Results *r, const Diag *findings);

typedef struct ReportForm {
  const char *name, *doc;
  ReportWriter *write;
} ReportForm;
extern const ReportForm report_forms[]; // ends with name NULL

// Reads "FORM=FILE" into the form and the file ("-": standard output). NULL: *message says what is
// wrong, with the nearest form.
const ReportForm *report_find(Arena *a, Str word, Str *file, Str *message);

ReportWriter junit_report;

#endif
