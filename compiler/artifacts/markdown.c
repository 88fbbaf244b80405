// In: results and problems. Out: a page of Markdown as GitHub shows it, for a job's summary: what
// came of it, what is wrong and where, changes that break readers, rows that tests found, slow
// nodes. A page stays far below the limit of 1 MiB. Text is escaped as entities of HTML, which no
// Markdown takes for its own.
#include "report.h"

#include "../base/vec.h"

enum { ROWS = 50, LONG = 600, TABLES = 10, LONG_TABLE = 4096, SLOW = 5 };

static const double slow_s = 1;

// What Markdown, a table and HTML take for their own; @ and # are people and issues.
static const Spelling spelled[] = {
    {'&',  "&amp;" },
    {'<',  "&lt;"  },
    {'>',  "&gt;"  },
    {'"',  "&quot;"},
    {'|',  "&#124;"},
    {'`',  "&#96;" },
    {'*',  "&#42;" },
    {'_',  "&#95;" },
    {'[',  "&#91;" },
    {']',  "&#93;" },
    {'\\', "&#92;" },
    {'~',  "&#126;"},
    {'@',  "&#64;" },
    {'#',  "&#35;" },
    {'$',  "&#36;" },
    {'\n', "<br>"  },
    {'\t', " "     },
    {0,    NULL    }
};

static void text(Buf *out, Arena *a, Str s) {
  buf_add_spelled(out, report_text(a, s, LONG), spelled);
}

static void code(Buf *out, Arena *a, Str s) {
  buf_adds(out, "<code>");
  text(out, a, s);
  buf_adds(out, "</code>");
}

static void counted(Buf *out, const char **comma, size_t n, const char *what, const char *many) {
  if (!n)
    return;
  buf_addf(out, "%s%zu %s", *comma, n, n == 1 ? what : many);
  *comma = ", ";
}

// --- what came of it

static void head(Buf *out, Arena *a, const Report *r) {
  bool bad = r->exit_code || r->counts[SEV_ERROR];
  buf_addf(out, "### %s ", bad ? "❌" : r->counts[SEV_WARNING] ? "⚠️" : "✅");
  text(out, a, str_fmt(a, "starc %.*s", STR_ARG(r->command)));
  const char *comma = ": ";
  counted(out, &comma, r->counts[SEV_ERROR], "error", "errors");
  counted(out, &comma, r->counts[SEV_WARNING], "warning", "warnings");
  if (!bad && !r->counts[SEV_WARNING])
    buf_adds(out, ": all good");
  buf_adds(out, "\n\n");
}

static void totals(Buf *out, const Report *r) {
  size_t good = 0, warned = 0, failed = 0, skipped = 0;
  for (size_t i = 0; i < r->results.n; i++) {
    RunStatus s = r->results.items[i]->status;
    bool is_good = s == RUN_SUCCESS || s == RUN_PASS || s == RUN_NOOP;
    good += is_good;
    warned += s == RUN_WARN;
    skipped += s == RUN_SKIPPED;
    failed += !is_good && s != RUN_WARN && s != RUN_SKIPPED;
  }
  const char *comma = "";
  counted(out, &comma, r->results.n, "node", "nodes");
  counted(out, &comma, good, "good", "good");
  counted(out, &comma, warned, "with a warning", "with warnings");
  counted(out, &comma, failed, "failed", "failed");
  counted(out, &comma, skipped, "skipped", "skipped");
  buf_addf(out, "%s %.1f s.\n", r->results.n ? ", in" : "Took", r->results.elapsed);
}

// --- problems

static void place(Buf *out, Arena *a, const Report *r, const Problem *p) {
  ProblemPlace at = problem_place(p);
  bool linked = r->link.len && p->path.len && p->path.ptr[0] != '/';
  if (linked) {
    buf_adds(out, "<a href=\"");
    buf_add_spelled(out, r->link, spelled_html);
    buf_add_spelled(out, report_uri(a, p->path), spelled_html);
    if (at.from.line)
      buf_addf(out, "#L%u", at.from.line);
    buf_adds(out, "\">");
  }
  Str file = p->path.len ? p->path : p->name;
  if (file.len)
    code(out, a, at.from.line ? str_fmt(a, "%.*s:%u", STR_ARG(file), at.from.line) : file);
  if (linked)
    buf_adds(out, "</a>");
  if (!p->node)
    return;
  buf_addf(out, "%s%.*s ", file.len ? "<br>" : "", STR_ARG(node_kind_names[p->node->kind]));
  text(out, a, p->node->name);
}

static void problem_row(Buf *out, Arena *a, const Report *r, const Problem *p) {
  static const char *const words[] = {"error", "warning", "note"};
  buf_addf(out, "| %s | ", words[p->severity]);
  place(out, a, r, p);
  buf_adds(out, " | ");
  text(out, a, p->message);
  if (p->again)
    buf_addf(out, "<br>and %zu more node%s", p->again, p->again == 1 ? "" : "s");
  if (p->hint.len) {
    buf_adds(out, "<br><i>");
    text(out, a, p->hint);
    buf_adds(out, "</i>");
  }
  if (p->code->word[0])
    buf_addf(out, " <code>%s</code>", p->code->word);
  buf_adds(out, " |\n");
}

// A change that breaks who reads a node is of more than this run.
static bool breaks(const Problem *p) {
  return p->code == code_row(CODE_BREAKING_CHANGE) || p->code == code_row(CODE_CONTRACT_BREAK);
}

static void problems(Buf *out, const Report *r, bool breaking, const char *heading) {
  size_t n = 0;
  for (size_t i = 0; i < r->nproblems; i++) {
    const Problem *p = &r->problems[i];
    if (breaks(p) != breaking || n++ >= ROWS)
      continue;
    Arena a = {0};
    if (n == 1)
      buf_addf(out, "\n%s| | Where | What |\n|---|---|---|\n", heading);
    problem_row(out, &a, r, p);
    arena_free(&a);
  }
  if (n > ROWS)
    buf_addf(out, "\nand %zu more, in the log.\n", n - ROWS);
}

// --- rows that tests found, slow nodes

static void fold(Buf *out, Arena *a, const char *what, Str name) {
  buf_addf(out, "\n<details><summary>%s", what);
  text(out, a, name);
  buf_adds(out, "</summary>\n\n");
}

static void failing_rows(Buf *out, const Report *r) {
  size_t n = 0;
  for (size_t i = 0; i < r->results.n && n < TABLES; i++) {
    const RunResult *res = r->results.items[i];
    if (!res->failing_rows.len)
      continue;
    Arena a = {0};
    n++;
    fold(out, &a, "Rows that the test found: ", res->node->name);
    buf_adds(out, "<pre>\n");
    buf_add_spelled(out, report_text(&a, res->failing_rows, LONG_TABLE), spelled_html);
    buf_adds(out, "\n</pre>\n\n</details>\n");
    arena_free(&a);
  }
}

// The slowest behind those of `before`, NULL: there is none.
static const RunResult *slower(const Report *r, const RunResult *const *before, size_t n) {
  const RunResult *most = NULL;
  for (size_t i = 0; i < r->results.n; i++) {
    const RunResult *res = r->results.items[i];
    bool told = res->seconds < slow_s;
    for (size_t k = 0; k < n; k++)
      told |= before[k] == res;
    if (!told && (!most || res->seconds > most->seconds))
      most = res;
  }
  return most;
}

static void slow_nodes(Buf *out, const Report *r) {
  const RunResult *slow[SLOW];
  size_t n = 0;
  while (n < SLOW && (slow[n] = slower(r, slow, n)))
    n++;
  if (!n)
    return;
  Arena a = {0};
  fold(out, &a, "Slowest nodes", STR(""));
  buf_adds(out, "| Node | Seconds | Rows |\n|---|--:|--:|\n");
  for (size_t i = 0; i < n; i++) {
    buf_addf(out, "| %.*s ", STR_ARG(node_kind_names[slow[i]->node->kind]));
    text(out, &a, slow[i]->node->name);
    buf_addf(out, " | %.1f | ", slow[i]->seconds);
    if (slow[i]->rows >= 0)
      buf_addf(out, "%lld", (long long)slow[i]->rows);
    buf_adds(out, " |\n");
  }
  buf_adds(out, "\n</details>\n");
  arena_free(&a);
}

void markdown_report(Buf *out, const Report *r) {
  Arena a = {0};
  head(out, &a, r);
  totals(out, r);
  problems(out, r, false, "");
  problems(out, r, true, "#### Changes that break readers\n\n");
  failing_rows(out, r);
  slow_nodes(out, r);
  buf_addc(out, '\n');
  arena_free(&a);
}
