// In: results and findings. Out: one list of what is wrong, errors first, with places in the
// repository. Leaves how it looks to the forms.
#include "report.h"

#include "../base/fs.h"
#include "../base/ptr_map.h"
#include "../base/secret.h"
#include "../base/utf8.h"
#include "../base/vec.h"

// --- texts

// What XML, a terminal or a page cannot hold, or would show in another order.
static bool is_odd(uint32_t cp) {
  return (cp < 0x20 && cp != '\n' && cp != '\t') || (cp >= 0x7F && cp < 0xA0) ||
         (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) ||
         (cp & 0xFFFE) == 0xFFFE;
}

static bool is_no_text(uint32_t cp) { return cp >= 0xD800 && cp <= 0xDFFF; }

static Str cleaned(Arena *a, Str s) {
  const uint32_t replacement = 0xFFFD;
  Buf b = {.arena = a};
  for (size_t at = 0; at < s.len;) {
    uint32_t cp = utf8_next(s, &at);
    if (cp == '\r' && at < s.len && s.ptr[at] == '\n')
      continue;
    utf8_add(&b, cp == '\r' ? '\n' : is_no_text(cp) ? replacement : is_odd(cp) ? '?' : cp);
  }
  return buf_str(&b);
}

Str report_text(Arena *a, Str s, size_t most) {
  s = secret_mask(a, s);
  size_t to = most;
  while (to < s.len && to > 0 && ((unsigned char)s.ptr[to] & 0xC0) == 0x80)
    to--;
  Str text = cleaned(a, str_sub(s, 0, to));
  return s.len <= most ? text : str_fmt(a, "%.*s ... (%zu more bytes)", STR_ARG(text), s.len - to);
}

// --- places

Str report_path(Arena *a, const Report *r, Str file) {
  if (!file.len)
    return file;
  Str path = fs_join(a, r->root, file);
  if (!fs_exists(path))
    return (Str){0};
  path = fs_absolute(a, path);
  Str above = str_cat(a, r->repository, STR("/"));
  return secret_mask(a, str_starts(path, above) ? str_sub(path, above.len, path.len) : path);
}

Str report_uri(Arena *a, Str path) {
  Buf b = {.arena = a};
  if (path.len && path.ptr[0] == '/')
    buf_adds(&b, "file://");
  for (size_t i = 0; i < path.len; i++) {
    unsigned char c = (unsigned char)path.ptr[i];
    bool plain = c < 0x80 && (str_word_char((char)c) || memchr("-./~*", c, 5));
    plain ? buf_addc(&b, (char)c) : buf_addf(&b, "%%%02X", c);
  }
  return buf_str(&b);
}

ProblemPlace problem_place(const Problem *p) {
  ProblemPlace place = {0};
  if (!p->source)
    return place;
  place.from = source_locate(p->source, p->span.at);
  if (p->span.len)
    place.to = source_locate(p->source, (size_t)p->span.at + p->span.len);
  return place;
}

Str problem_words(Arena *a, const Problem *p) {
  bool outside = p->path.len && p->path.ptr[0] == '/';
  Str file = outside ? p->path : p->name;
  LineCol at = problem_place(p).from;
  if (!file.len)
    return file;
  return at.line ? str_fmt(a, "%.*s:%u: ", STR_ARG(file), at.line) : str_cat(a, file, STR(": "));
}

// --- problems

enum { LONG_MESSAGE = 16 << 10 };

typedef struct Gather {
  Arena *arena;
  Report *report;
  Map seen;     // what was said -> the Problem
  PtrMap diags; // findings that several results share
  VEC(Problem *) all;
} Gather;

// Two problems are the same one when they say the same of the same place and the same node.
static Str sameness(Arena *a, const Problem *p, const Node *n, Str file) {
  size_t at = p->source ? p->source->at + p->span.at : 0;
  return str_fmt(a, "%s %zu %u\n%.*s\n%.*s\n%.*s", p->code->word, at, p->span.len, STR_ARG(file),
                 STR_ARG(n ? n->id : STR("")), STR_ARG(p->message));
}

// The same trouble of another node, as on the terminal.
static Problem *same_trouble(const Gather *g, const Problem *p) {
  for (size_t i = 0; i < g->all.n; i++)
    if (diag_same_trouble(g->all.items[i]->diag, p->diag))
      return g->all.items[i];
  return NULL;
}

// A result, and the finding that told it before it was one, which may not know the node.
static Problem *told_before(Gather *g, const Problem *p, Str file) {
  Arena *a = g->arena;
  if (diag_is_trouble(p->diag))
    return same_trouble(g, p);
  Str key = sameness(a, p, p->node, file);
  Problem *first = map_get(&g->seen, key);
  if (first || !p->node)
    return first;
  first = map_get(&g->seen, sameness(a, p, NULL, file));
  if (!first || first->node)
    return NULL;
  map_put(a, &g->seen, key, first);
  return first;
}

// What the finding names, where no file is so called.
static Str name_of(Arena *a, const Problem *p, Str file) {
  return p->path.len ? (Str){0} : report_text(a, file, LONG_MESSAGE);
}

static void add(Gather *g, Problem p, Str file) {
  Arena *a = g->arena;
  p.message = report_text(a, str_trim(p.message), LONG_MESSAGE);
  p.hint = report_text(a, p.hint, LONG_MESSAGE);
  Problem *first = told_before(g, &p, file);
  if (first) {
    first->again += first->node != p.node && first->result;
    first->result = first->result ? first->result : p.result;
    first->node = first->node ? first->node : p.node;
    return;
  }
  p.path = report_path(a, g->report, file);
  p.name = name_of(a, &p, file);
  Problem *kept = arena_new(a, Problem);
  *kept = p;
  map_put(a, &g->seen, sameness(a, &p, p.node, file), kept);
  vec_push(a, &g->all, kept);
}

static void add_diag(Gather *g, const Diag *d, Problem p) {
  p.code = code_row(d->code);
  p.message = d->message;
  p.hint = d->hint;
  p.diag = d;
  if (!ptr_map_add(g->arena, &g->diags, d))
    return; // one finding of several nodes, which says so itself
  Str file = d->source ? d->source->path : d->file;
  if (d->source && d->source->text.len) {
    p.source = d->source;
    p.span = d->span;
  }
  add(g, p, file.len || !p.node ? file : p.node->original_path);
}

const Diag *report_diag(Arena *a, const RunResult *res) {
  if (res->diag)
    return res->diag;
  const Node *n = res->node;
  const Source *made = n->source && n->source->made_by ? n->source : NULL;
  Diag *d = arena_new(a, Diag);
  *d = (Diag){.severity = res->status == RUN_WARN ? SEV_WARNING : SEV_ERROR,
              .code = node_is_test(n) ? CODE_TEST_FAILED : CODE_DATABASE_ERROR,
              .file = n->original_path,
              .message = res->message.len ? str_trim(res->message) : run_status_names[res->status]};
  if (made) {
    d->source = made->made_by;
    d->span = made->made_at;
    source_in_file(&d->source, &d->span);
  }
  return d;
}

static void add_result(Gather *g, const RunResult *res) {
  bool warns = res->status == RUN_WARN;
  if (!warns && res->status != RUN_ERROR && res->status != RUN_FAIL && res->status != RUN_PARTIAL &&
      res->status != RUN_RUNTIME_ERROR)
    return;
  add_diag(
      g, report_diag(g->arena, res),
      (Problem){.severity = warns ? SEV_WARNING : SEV_ERROR, .node = res->node, .result = res});
}

// An interrupt, an error that was told in lines alone.
static void add_bad_end(Gather *g) {
  const Report *r = g->report;
  const int by_signal = 128;
  if (!r->exit_code)
    return;
  for (size_t i = 0; i < g->all.n; i++)
    if (g->all.items[i]->severity == SEV_ERROR && r->exit_code < by_signal)
      return;
  Str said = r->exit_code > by_signal
                 ? str_fmt(g->arena, "interrupted by signal %d: what was not reached was not done",
                           r->exit_code - by_signal)
                 : str_fmt(g->arena, "ended with exit code %d", r->exit_code);
  add(g, (Problem){.severity = SEV_ERROR, .code = code_row(CODE_NONE), .message = said}, (Str){0});
}

void report_gather(Arena *a, Report *r) {
  Gather g = {.arena = a, .report = r};
  for (const ReportFinding *f = r->findings; f; f = f->next)
    add_diag(&g, f->diag, (Problem){.severity = f->diag->severity, .node = f->node});
  for (size_t i = 0; i < r->results.n; i++)
    add_result(&g, r->results.items[i]);
  add_bad_end(&g);
  r->problems = arena_array(a, Problem, g.all.n + 1);
  r->nproblems = 0;
  for (Severity s = SEV_ERROR; s <= SEV_NOTE; s++) {
    r->counts[s] = 0;
    for (size_t i = 0; i < g.all.n; i++)
      if (g.all.items[i]->severity == s) {
        r->problems[r->nproblems++] = *g.all.items[i];
        r->counts[s]++;
      }
  }
}
