// In: problems. Out: GitHub's workflow commands, a line each, which it shows beside the lines of a
// pull request. It shows so many of a kind in a step; the rest are counted in one line more.
#include "report.h"

enum { SHOWN = 10, LONG = 4096 };

// What a value of a command may not hold; in a property ':' and ',' part it.
static const Spelling in_message[] = {
    {'%',  "%25"},
    {'\r', "%0D"},
    {'\n', "%0A"},
    {0,    NULL }
};
static const Spelling in_property[] = {
    {'%',  "%25"},
    {'\r', "%0D"},
    {'\n', "%0A"},
    {':',  "%3A"},
    {',',  "%2C"},
    {0,    NULL }
};

static void property(Buf *out, const char **comma, const char *name, Str value) {
  buf_addf(out, "%s%s=", *comma, name);
  buf_add_spelled(out, value, in_property);
  *comma = ",";
}

static void number(Buf *out, const char *name, unsigned n) { buf_addf(out, ",%s=%u", name, n); }

// Columns of an end count only on the line of the start.
static void place(Buf *out, const char **comma, const Problem *p) {
  ProblemPlace at = problem_place(p);
  property(out, comma, "file", p->path);
  if (!at.from.line)
    return;
  number(out, "line", at.from.line);
  if (!at.to.line || at.to.line == at.from.line)
    number(out, "col", at.from.col);
  if (at.to.line)
    number(out, "endLine", at.to.line);
  if (at.to.line == at.from.line)
    number(out, "endColumn", at.to.col - 1);
}

// GitHub shows places of the repository alone: others stand in the text.
static bool in_repository(const Problem *p) { return p->path.len && p->path.ptr[0] != '/'; }

static void note(Buf *text, Arena *a, const Report *r, const Diag *n) {
  buf_addc(text, '\n');
  if (n->source) {
    LineCol at = source_locate(n->source, n->span.at);
    buf_addf(text, "%.*s:%u:%u: ", STR_ARG(report_path(a, r, n->source->path)), at.line, at.col);
  }
  buf_add(text, report_text(a, n->message, LONG));
}

static void message(Buf *out, Arena *a, const Report *r, const Problem *p) {
  Buf text = {.arena = a};
  buf_add(&text, problem_words(a, p));
  buf_add(&text, p->message);
  if (p->again)
    buf_addf(&text, "\nand %zu more node%s", p->again, p->again == 1 ? "" : "s");
  if (p->hint.len)
    buf_addf(&text, "\n%.*s", STR_ARG(p->hint));
  for (const Diag *n = p->diag ? p->diag->notes : NULL; n; n = n->next)
    note(&text, a, r, n);
  buf_add_spelled(out, report_text(a, buf_str(&text), LONG), in_message);
}

static void annotation(Buf *out, const Report *r, const Problem *p) {
  static const char *const words[] = {"error", "warning", "notice"};
  Arena a = {0};
  const char *comma = " ";
  buf_addf(out, "::%s", words[p->severity]);
  if (in_repository(p))
    place(out, &comma, p);
  Buf title = {.arena = &a};
  buf_addf(&title, "%s", p->code->word[0] ? p->code->word : "starc");
  if (p->node)
    buf_addf(&title, " in %.*s", STR_ARG(p->node->name));
  property(out, &comma, "title", report_text(&a, buf_str(&title), LONG));
  buf_adds(out, "::");
  message(out, &a, r, p);
  buf_addc(out, '\n');
  arena_free(&a);
}

static void more(Buf *out, size_t errors, size_t warnings) {
  if (!errors && !warnings)
    return;
  buf_adds(out, "::notice title=starc::");
  if (errors)
    buf_addf(out, "%zu more error%s", errors, errors == 1 ? "" : "s");
  if (warnings)
    buf_addf(out, "%s%zu more warning%s", errors ? " and " : "", warnings,
             warnings == 1 ? "" : "s");
  buf_addf(out, " in the log: GitHub shows %d of each in a step\n", SHOWN);
}

static size_t above(size_t n) { return n > SHOWN ? n - SHOWN : 0; }

void github_report(Buf *out, const Report *r) {
  size_t shown[SEV_NOTE + 1] = {[SEV_NOTE] = 1}; // the last line is one
  for (size_t i = 0; i < r->nproblems; i++)
    if (shown[r->problems[i].severity]++ < SHOWN)
      annotation(out, r, &r->problems[i]);
  more(out, above(r->counts[SEV_ERROR]), above(r->counts[SEV_WARNING]));
}
