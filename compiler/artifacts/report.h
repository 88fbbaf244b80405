// Reports for other programs: what a command did and found, in the form that they read. A form is a
// row of report_forms and a function; `--report FORM=FILE` asks for it. In: results, findings,
// where the project lies. Leaves files and standard output to runtime/.
#ifndef STARC_REPORT_FORMS_H
#define STARC_REPORT_FORMS_H
#include "../base/workflow.h"
#include "results.h"

// A finding that belongs to no result, with the node that it is about or NULL.
typedef struct ReportFinding {
  const Diag *diag;
  const Node *node;
  struct ReportFinding *next;
} ReportFinding;

// What is wrong: a finding, or a result that is not good.
typedef struct Problem {
  Severity severity;
  const CodeRow *code;     // never NULL; CODE_NONE's where nothing has a page
  Str message, hint;       // as report_text() gives them
  Str path;                // report_path() of its file; empty: none
  Str name;                // where there is no such file: what is named, as an option; or empty
  const Source *source;    // where it lies in the file; NULL: nowhere
  Span span;               // in source
  const Node *node;        // or NULL
  const RunResult *result; // of a finding NULL
  const Diag *diag;        // the whole finding; NULL: nobody recorded one
  size_t again;            // how many more nodes a lost connection hit
} Problem;

// What a report is made of. The caller fills in all but the problems.
typedef struct Report {
  Results results;
  const ReportFinding *findings; // in order of time
  Str command;                   // "build"; empty: the command line was not understood
  int exit_code;
  Str root;       // the project's folder, absolute and without links
  Str repository; // the folder that paths count from, likewise: root or a folder above
  Str link;       // in front of a path: the page of that file on the web; empty: there is none

  Problem *problems; // errors first; report_gather()
  size_t nproblems, counts[SEV_NOTE + 1];
} Report;

// Collects the problems, in the arena. Each node has its own; a lost connection, and a finding
// that several results share, count once. A bad end that nobody explains is a problem too.
void report_gather(Arena *a, Report *r);

// What is the matter with a result that is not good, as a finding: its own, or one made in the
// arena, of a test at its entry in the YAML.
const Diag *report_diag(Arena *a, const RunResult *res);

// Line and column, from 1 on, of the first character and of that behind the last. from.line 0: the
// problem has no place in a file; to.line 0: it has no length.
typedef struct ProblemPlace {
  LineCol from, to;
} ProblemPlace;
ProblemPlace problem_place(const Problem *p);

// Where it lies, to stand in front of the message: "/etc/x.yml:3: ", "--vars: "; of the arena or
// the problem. Empty: its path is in the repository, which has a field of its own; or nowhere.
Str problem_words(Arena *a, const Problem *p);

// The path from the repository of a file that findings name as seen from the project's folder;
// absolute where it lies outside; secrets masked. Empty: there is no such file (an option).
Str report_path(Arena *a, const Report *r, Str file);

// Such a path as a part of a URL; an absolute one as a URL.
Str report_uri(Arena *a, Str path);

// A text that any form can hold: secrets masked, lines ended by \n, what is no UTF-8 as U+FFFD,
// control characters and those that turn the order of a text as '?'; cut behind `most` bytes.
Str report_text(Arena *a, Str s, size_t most);

// Writes the whole report.
typedef void ReportWriter(Buf *out, const Report *r);

typedef struct ReportForm {
  const char *name, *doc;
  ReportWriter *write;
  WorkflowText text; // HEARD: its reader finds it among other lines
} ReportForm;
extern const ReportForm report_forms[]; // ends with name NULL

// Reads "FORM=FILE" into the form and the file ("-": standard output). NULL: *message says what is
// wrong, with the nearest form.
const ReportForm *report_find(Arena *a, Str word, Str *file, Str *message);

ReportWriter junit_report, github_report, sarif_report, markdown_report;

#endif
