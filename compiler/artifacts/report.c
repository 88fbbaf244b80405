// In: FORM=FILE. Out: the form's row and the file. The forms are written in files of their own.
#include "report.h"

// clang-format off
const ReportForm report_forms[] = {
    {"github", "GitHub's annotations: errors and warnings at their lines", github_report, WORKFLOW_HEARD},
    {"junit",  "JUnit's XML: a case per node and test", junit_report, WORKFLOW_MARKUP},
    {"markdown", "a page for $GITHUB_STEP_SUMMARY, which is added to", markdown_report, WORKFLOW_MARKUP},
    {"sarif", "SARIF 2.1.0, for code scanning", sarif_report, WORKFLOW_JSON},
    {NULL, NULL, NULL, WORKFLOW_HEARD},
};
// clang-format on

static Str form_names(Arena *a, Str *names, size_t *n) {
  Buf all = {.arena = a};
  for (*n = 0; report_forms[*n].name; ++*n) {
    names[*n] = str_c(report_forms[*n].name);
    buf_addf(&all, "%s%s", *n ? ", " : "", report_forms[*n].name);
  }
  return buf_str(&all);
}

const ReportForm *report_find(Arena *a, Str word, Str *file, Str *message) {
  enum { MOST = 32 };
  Str names[MOST], name = {0};
  size_t n;
  Str all = form_names(a, names, &n);
  *file = word;
  bool parted = str_find(word, STR("="), 0) > 0 && str_cut(file, '=', &name);
  if (!parted || !file->len) {
    *message = str_fmt(a,
                       "FORM=FILE is needed, not '%.*s': the form is one of %.*s, and - as file "
                       "is standard output",
                       STR_ARG(word), STR_ARG(all));
    return NULL;
  }
  for (size_t i = 0; i < n; i++)
    if (str_eq(names[i], name))
      return &report_forms[i];
  Str near = str_nearest(name, names, n);
  *message = str_fmt(a, "no report has the form '%.*s': %s%.*s%s", STR_ARG(name),
                     near.len ? "did you mean '" : "it is one of ", STR_ARG(near.len ? near : all),
                     near.len ? "'?" : "");
  return NULL;
}
