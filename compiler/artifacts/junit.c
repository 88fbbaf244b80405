// In: results and findings. Out: a JUnit report. A result is a test case, the class name being its
// kind and folder; an error that belongs to no node is a test case too; other findings are the
// suite's output. Text that XML cannot hold is replaced.
#include "report.h"

#include "../base/secret.h"
#include "results.h"

// XML text; control characters that XML 1.0 forbids as '?'.
static void xml(Buf *out, Arena *a, Str s) {
  s = secret_mask(a, s);
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c < 32 && c != '\n' && c != '\t')
      buf_addc(out, '?');
    else
      buf_add_spelled(out, str_sub(s, i, i + 1), spelled_xml);
  }
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

static void result_text(Buf *out, Arena *a, const RunResult *r) {
  const char *tag = r->status == RUN_SKIPPED ? "skipped"
                    : is_failure(r->status)  ? "failure"
                                             : "error";
  buf_addf(out, ">\n    <%s message=\"", tag);
  if (r->status == RUN_SKIPPED && r->cause)
    xml(out, a, str_fmt(a, "%.*s failed", STR_ARG(r->cause->id)));
  else
    xml(out, a, r->message.len || !r->diag ? r->message : r->diag->message);
  buf_adds(out, "\">");
  if (r->diag)
    finding_text(out, a, r->diag);
  buf_addf(out, "</%s>\n  </testcase>\n", tag);
}

static void result_case(Buf *out, Arena *a, const RunResult *r) {
  const Node *n = r->node;
  buf_adds(out, "  <testcase classname=\"");
  xml(out, a, node_kind_names[n->kind]);
  for (size_t i = 0; i + 1 < n->nfqn; i++) {
    buf_addc(out, '.');
    xml(out, a, n->fqn[i]);
  }
  buf_adds(out, "\" name=\"");
  xml(out, a, n->name);
  buf_adds(out, "\" file=\"");
  xml(out, a, n->original_path);
  buf_addf(out, "\" time=\"%.3f\"", r->seconds);
  if (is_failure(r->status) || is_error(r->status) || r->status == RUN_SKIPPED)
    result_text(out, a, r);
  else
    buf_adds(out, "/>\n");
}

static void finding_case(Buf *out, Arena *a, const Diag *d) {
  Str file = d->source ? d->source->path : d->file;
  buf_addf(out, "  <testcase classname=\"%s\" name=\"", code_row(d->code)->word);
  xml(out, a, file.len ? file : d->message);
  if (d->source) {
    LineCol at = source_locate(d->source, d->span.at);
    buf_addf(out, ":%u:%u", at.line, at.col);
  }
  buf_adds(out, "\" file=\"");
  xml(out, a, file);
  buf_adds(out, "\" time=\"0.000\">\n    <error message=\"");
  xml(out, a, d->message);
  buf_adds(out, "\">");
  finding_text(out, a, d);
  buf_adds(out, "</error>\n  </testcase>\n");
}

static void suite_head(Buf *out, const Results *r, const Diag *findings) {
  size_t tests = r->n, failures = 0, errors = 0, skipped = 0;
  for (size_t i = 0; i < r->n; i++) {
    failures += is_failure(r->items[i]->status);
    errors += is_error(r->items[i]->status);
    skipped += r->items[i]->status == RUN_SKIPPED;
  }
  for (const Diag *d = findings; d; d = d->next) {
    tests += d->severity == SEV_ERROR;
    errors += d->severity == SEV_ERROR;
  }
  buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  buf_addf(out,
           "<testsuite name=\"starc\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
           "skipped=\"%zu\" time=\"%.3f\">\n",
           tests, failures, errors, skipped, r->elapsed);
}

static void suite_output(Buf *out, Arena *a, const Diag *findings) {
  bool any = false;
  for (const Diag *d = findings; d; d = d->next) {
    if (d->severity == SEV_ERROR)
      continue;
    if (!any)
      buf_adds(out, "  <system-out>");
    any = true;
    finding_text(out, a, d);
    arena_reset(a);
  }
  if (any)
    buf_adds(out, "</system-out>\n");
}

void junit_report(Buf *out, const Results *r, const Diag *findings) {
  Arena a = {0};
  suite_head(out, r, findings);
  for (const Diag *d = findings; d; d = d->next)
    if (d->severity == SEV_ERROR) {
      finding_case(out, &a, d);
      arena_reset(&a);
    }
  for (size_t i = 0; i < r->n; i++) {
    result_case(out, &a, r->items[i]);
    arena_reset(&a);
  }
  suite_output(out, &a, findings);
  buf_adds(out, "</testsuite>\n");
  arena_free(&a);
}
