// In: results and findings. Out: a JUnit report. A result is a test case, the class name being its
// kind and folder; an error that belongs to no node is a test case too; other findings are the
// suite's output.
#include "report.h"

enum { LONG_ATTRIBUTE = 4096, LONG_TEXT = 64 << 10 };

// Text of an element, or of an attribute, whose lines would be joined.
static void xml(Buf *out, Arena *a, Str s) {
  buf_add_spelled(out, report_text(a, s, LONG_TEXT), spelled_xml);
}
static void attribute(Buf *out, Arena *a, Str s) {
  static const Spelling spelled[] = {
      {'&',  "&amp;" },
      {'<',  "&lt;"  },
      {'>',  "&gt;"  },
      {'"',  "&quot;"},
      {'\n', "&#10;" },
      {'\t', "&#9;"  },
      {0,    NULL    }
  };
  buf_add_spelled(out, report_text(a, s, LONG_ATTRIBUTE), spelled);
}

static bool is_failure(RunStatus s) { return s == RUN_FAIL; }
static bool is_error(RunStatus s) {
  return s == RUN_ERROR || s == RUN_RUNTIME_ERROR || s == RUN_PARTIAL;
}

static void finding_text(Buf *out, Arena *a, const Diag *d) {
  Buf text = {.arena = a};
  diag_print(&text, d, DIAG_PLAIN);
  xml(out, a, buf_str(&text));
}

static void add_line(Buf *out, Arena *a, const char *head, Str text) {
  if (!text.len)
    return;
  buf_addf(out, "%s", head);
  xml(out, a, text);
  buf_addc(out, '\n');
}

// What a test found, and where there is more of it.
static void found_text(Buf *out, Arena *a, const RunResult *r) {
  finding_text(out, a, report_diag(a, r));
  if (!node_is_test(r->node) || !(is_failure(r->status) || r->status == RUN_WARN))
    return;
  add_line(out, a, "rows that it found:\n", r->failing_rows);
  add_line(out, a, "compiled: ", r->compiled_path);
  add_line(out, a, "rows are kept in: ", r->node->relation_name);
}

static void result_text(Buf *out, Arena *a, const RunResult *r) {
  const char *tag = r->status == RUN_SKIPPED ? "skipped"
                    : is_failure(r->status)  ? "failure"
                                             : "error";
  buf_addf(out, ">\n    <%s message=\"", tag);
  if (r->status == RUN_SKIPPED && r->cause)
    attribute(out, a, str_fmt(a, "%.*s failed", STR_ARG(r->cause->id)));
  else
    attribute(out, a, r->message.len || !r->diag ? r->message : r->diag->message);
  buf_adds(out, "\">");
  if (r->status != RUN_SKIPPED)
    found_text(out, a, r);
  else if (r->diag)
    finding_text(out, a, r->diag);
  buf_addf(out, "</%s>\n  </testcase>\n", tag);
}

// Nothing in JUnit's XML stands for a warning.
static void warning_text(Buf *out, Arena *a, const RunResult *r) {
  buf_adds(out, ">\n    <system-out>");
  found_text(out, a, r);
  buf_adds(out, "</system-out>\n  </testcase>\n");
}

static void result_case(Buf *out, Arena *a, const RunResult *r) {
  const Node *n = r->node;
  buf_adds(out, "  <testcase classname=\"");
  attribute(out, a, node_kind_names[n->kind]);
  for (size_t i = 0; i + 1 < n->nfqn; i++) {
    buf_addc(out, '.');
    attribute(out, a, n->fqn[i]);
  }
  buf_adds(out, "\" name=\"");
  attribute(out, a, n->name);
  buf_adds(out, "\" file=\"");
  attribute(out, a, n->original_path);
  buf_addf(out, "\" time=\"%.3f\"", r->seconds);
  if (is_failure(r->status) || is_error(r->status) || r->status == RUN_SKIPPED)
    result_text(out, a, r);
  else if (r->status == RUN_WARN)
    warning_text(out, a, r);
  else
    buf_adds(out, "/>\n");
}

// A file, else the first line of what is said; of a bad end the command.
static Str case_name(const Report *r, const Problem *p, Str file) {
  Str said = p->message, line = {0};
  if (file.len || !p->diag)
    return file.len ? file : r->command;
  str_cut(&said, '\n', &line);
  return line;
}

// An error that belongs to no node, or a bad end of the whole.
static void problem_case(Buf *out, Arena *a, const Report *r, const Problem *p) {
  Str file = !p->diag ? (Str){0} : p->source ? p->source->path : p->diag->file;
  buf_addf(out, "  <testcase classname=\"%s\" name=\"", p->diag ? p->code->word : "starc");
  attribute(out, a, case_name(r, p, file));
  ProblemPlace at = problem_place(p);
  if (at.from.line)
    buf_addf(out, ":%u:%u", at.from.line, at.from.col);
  buf_addc(out, '"');
  if (p->path.len) { // what is named may be no file, as an option
    buf_adds(out, " file=\"");
    attribute(out, a, file);
    buf_addc(out, '"');
  }
  buf_adds(out, " time=\"0.000\">\n    <error message=\"");
  attribute(out, a, p->message);
  buf_adds(out, "\">");
  if (p->diag)
    finding_text(out, a, p->diag);
  buf_adds(out, "</error>\n  </testcase>\n");
}

// Errors that no result has are cases of their own, other findings the output.
static bool is_case(const Problem *p) { return !p->result && p->severity == SEV_ERROR; }
static bool is_output(const Problem *p) {
  return !p->result && p->severity != SEV_ERROR && p->diag;
}

static void suite_head(Buf *out, const Report *r) {
  size_t tests = r->results.n, failures = 0, errors = 0, skipped = 0;
  for (size_t i = 0; i < r->results.n; i++) {
    failures += is_failure(r->results.items[i]->status);
    errors += is_error(r->results.items[i]->status);
    skipped += r->results.items[i]->status == RUN_SKIPPED;
  }
  for (size_t i = 0; i < r->nproblems; i++) {
    tests += is_case(&r->problems[i]);
    errors += is_case(&r->problems[i]);
  }
  buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  buf_addf(out,
           "<testsuite name=\"starc\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
           "skipped=\"%zu\" time=\"%.3f\">\n",
           tests, failures, errors, skipped, r->results.elapsed);
}

static void suite_output(Buf *out, Arena *a, const Report *r) {
  bool any = false;
  for (size_t i = 0; i < r->nproblems; i++) {
    if (!is_output(&r->problems[i]))
      continue;
    if (!any)
      buf_adds(out, "  <system-out>");
    any = true;
    finding_text(out, a, r->problems[i].diag);
    arena_reset(a);
  }
  if (any)
    buf_adds(out, "</system-out>\n");
}

void junit_report(Buf *out, const Report *r) {
  Arena a = {0};
  suite_head(out, r);
  for (size_t i = 0; i < r->nproblems; i++)
    if (is_case(&r->problems[i])) {
      problem_case(out, &a, r, &r->problems[i]);
      arena_reset(&a);
    }
  for (size_t i = 0; i < r->results.n; i++) {
    result_case(out, &a, r->results.items[i]);
    arena_reset(&a);
  }
  suite_output(out, &a, r);
  buf_adds(out, "</testsuite>\n");
  arena_free(&a);
}
