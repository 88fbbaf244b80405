// In: the text of a macro, snapshot or docs file. Out: its top-level named blocks. Works on text:
// only tags, comments, raw blocks and quotes are known, so that a wrong block is found by its own
// parse later, and text between blocks may be anything.
#include "blocks.h"
#include "lex.h"
#include "template.h"

typedef struct Opening { // an if or for that is open
  Str tag;
  Span span;
  struct Opening *up;
} Opening;

typedef struct Scanner {
  Arena *arena;
  const Source *src;
  Str s;
  size_t at;
  unsigned wanted;
  Diags *diags;
  Opening *open;
  Block *current; // open, or NULL
  Str current_tag;
  Block *first, **tail;
} Scanner;

// One {% tag %}.
typedef struct Tag {
  Str name;
  Span name_span, span;
  size_t rest; // behind the name
  bool trims_left, trims_right;
} Tag;

static const struct {
  Str tag;
  BlockKind kind;
} kinds[] = {
    {STR_INIT("macro"),           BLOCK_MACRO          },
    {STR_INIT("materialization"), BLOCK_MATERIALIZATION},
    {STR_INIT("test"),            BLOCK_TEST           },
    {STR_INIT("data_test"),       BLOCK_TEST           },
    {STR_INIT("snapshot"),        BLOCK_SNAPSHOT       },
    {STR_INIT("docs"),            BLOCK_DOCS           },
};

static Diag *wrong(Scanner *k, Span span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static Diag *wrong(Scanner *k, Span span, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(k->diags, SEV_ERROR, CODE_TEMPLATE_SYNTAX, k->src, span, fmt, ap);
  va_end(ap);
  return d;
}

static Span span(size_t from, size_t to) { return (Span){(uint32_t)from, (uint32_t)(to - from)}; }

// Moves behind the end marker, stepping over strings. False: there is none.
static bool skip_to(Scanner *k, Str end) {
  while (k->at < k->s.len) {
    char c = k->s.ptr[k->at];
    if (c == '\'' || c == '"') {
      size_t n = lex_quoted(k->s, k->at);
      if (!n)
        return false;
      k->at += n;
      continue;
    }
    if (c == end.ptr[0] && k->at + 1 < k->s.len && k->s.ptr[k->at + 1] == end.ptr[1]) {
      k->at += 2;
      return true;
    }
    k->at++;
  }
  return false;
}

static bool skip_expression(Scanner *k, size_t start) {
  k->at = start + 2;
  if (skip_to(k, STR("}}")))
    return true;
  wrong(k, span(start, start + 2), "this '{{' is never closed");
  return false;
}

static bool skip_comment(Scanner *k, size_t start) {
  ptrdiff_t end = str_find(k->s, STR("#}"), start + 2);
  if (end < 0) {
    wrong(k, span(start, start + 2), "Missing end of comment tag");
    return false;
  }
  k->at = (size_t)end + 2;
  return true;
}

// From the tag {% raw %} at `start` to behind its end.
static bool skip_raw(Scanner *k, size_t start, size_t len) {
  bool trims;
  for (ptrdiff_t i = (ptrdiff_t)(start + len); (i = str_find(k->s, STR("{%"), (size_t)i)) >= 0;
       i++) {
    size_t n = lex_bare_tag(k->s, (size_t)i, STR("endraw"), &trims);
    if (n) {
      k->at = (size_t)i + n;
      return true;
    }
  }
  wrong(k, span(start, start + len), "Missing end of raw directive");
  return false;
}

// --- blocks
static bool unclosed_block(Scanner *k) {
  Diag *d = wrong(k, k->current->head, "this %.*s block is never closed", STR_ARG(k->current_tag));
  diag_hint(k->diags, d, "end it with {%% end%.*s %%}", STR_ARG(k->current_tag));
  return false;
}

// materialization NAME, default | adapter='x': the adapter.
static Str adapter_of(Scanner *k, size_t from, size_t to) {
  ptrdiff_t at = str_find(str_sub(k->s, 0, to), STR("adapter"), from);
  if (at < 0)
    return STR("default");
  size_t i = (size_t)at + 7;
  i += lex_space(k->s, i);
  if (i >= to || k->s.ptr[i] != '=')
    return STR("default");
  i += 1 + lex_space(k->s, i + 1);
  size_t n = i < to && (k->s.ptr[i] == '\'' || k->s.ptr[i] == '"') ? lex_quoted(k->s, i) : 0;
  return n >= 2 ? str_sub(k->s, i + 1, i + n - 1) : STR("default");
}

static bool open_block(Scanner *k, const Tag *t, BlockKind kind) {
  if (k->open) {
    Diag *d = wrong(k, t->name_span, "a %.*s block cannot stand inside %.*s", STR_ARG(t->name),
                    STR_ARG(k->open->tag));
    diag_note(k->diags, d, k->src, k->open->span, "the %.*s that is open here",
              STR_ARG(k->open->tag));
    return false;
  }
  if (k->current) {
    Diag *d =
        wrong(k, t->name_span, "a %.*s block cannot start inside another block", STR_ARG(t->name));
    diag_note(k->diags, d, k->src, k->current->head, "this %.*s block is not closed before",
              STR_ARG(k->current_tag));
    return false;
  }
  size_t at = t->rest + lex_space(k->s, t->rest), n = lex_name(k->s, at);
  if (!n || at == t->rest) {
    wrong(k, t->name_span, "this %.*s block has no name", STR_ARG(t->name));
    return false;
  }
  Block *b = k->current = arena_new(k->arena, Block);
  size_t end = (size_t)t->span.at + t->span.len, body = end;
  b->kind = kind;
  b->name = str_sub(k->s, at, at + n);
  b->head = span(at, at + n);
  b->whole = t->span;
  if (kind == BLOCK_MATERIALIZATION)
    b->adapter = adapter_of(k, at + n, end);
  if (t->trims_right)
    body += lex_space(k->s, body);
  b->contents = span(body, body);
  k->current_tag = t->name;
  return true;
}

static void close_block(Scanner *k, const Tag *t) {
  Block *b = k->current;
  size_t end = t->span.at;
  if (t->trims_left)
    end -= lex_space_before(k->s, end);
  b->contents = end > b->contents.at ? span(b->contents.at, end) : (Span){b->contents.at, 0};
  b->whole = span(b->whole.at, (size_t)t->span.at + t->span.len);
  *k->tail = b;
  k->tail = &b->next;
  k->current = NULL;
}

static bool ends_current(const Scanner *k, const Tag *t) {
  return k->current && t->name.len == k->current_tag.len + 3 && str_starts(t->name, STR("end")) &&
         str_ends(t->name, k->current_tag);
}

// --- if and for, which no block may stand in
static void open_flow(Scanner *k, const Tag *t) {
  Opening *o = arena_new(k->arena, Opening);
  *o = (Opening){t->name, t->name_span, k->open};
  k->open = o;
}

static bool close_flow(Scanner *k, const Tag *t) {
  if (!k->open) {
    wrong(k, t->name_span, "%.*s without %.*s", STR_ARG(t->name),
          STR_ARG(str_sub(t->name, 3, t->name.len)));
    return false;
  }
  if (!str_ends(t->name, k->open->tag) || t->name.len != k->open->tag.len + 3) {
    Diag *d = wrong(k, t->name_span, "%.*s where end%.*s must come first", STR_ARG(t->name),
                    STR_ARG(k->open->tag));
    diag_note(k->diags, d, k->src, k->open->span, "opened here");
    return false;
  }
  k->open = k->open->up;
  return true;
}

static bool handle_tag(Scanner *k, const Tag *t) {
  if (str_is(t->name, "if") || str_is(t->name, "for")) {
    open_flow(k, t);
    return true;
  }
  if (str_is(t->name, "endif") || str_is(t->name, "endfor"))
    return close_flow(k, t);
  for (size_t i = 0; i < COUNT(kinds); i++)
    if ((k->wanted & 1u << kinds[i].kind) && str_eq(t->name, kinds[i].tag))
      return open_block(k, t, kinds[i].kind);
  if (ends_current(k, t))
    close_block(k, t);
  return true;
}

static bool read_tag(Scanner *k, size_t start) {
  bool trims;
  size_t raw = lex_bare_tag(k->s, start, STR("raw"), &trims);
  if (raw)
    return skip_raw(k, start, raw);
  Tag t = {0};
  size_t at = start + 2;
  if (at < k->s.len && (k->s.ptr[at] == '-' || k->s.ptr[at] == '+'))
    t.trims_left = k->s.ptr[at++] == '-';
  at += lex_space(k->s, at);
  size_t n = at < k->s.len && (k->s.ptr[at] < '0' || k->s.ptr[at] > '9') ? lex_name(k->s, at) : 0;
  if (!n) { // no tag of ours: its own parse will say what is wrong with it
    k->at = start + 2;
    return true;
  }
  t.name = str_sub(k->s, at, at + n);
  t.name_span = span(at, at + n);
  t.rest = k->at = at + n;
  if (!skip_to(k, STR("%}"))) {
    wrong(k, span(start, at + n), "this tag is never closed with '%%}'");
    return false;
  }
  t.span = span(start, k->at);
  t.trims_right = k->s.ptr[k->at - 3] == '-';
  return handle_tag(k, &t);
}

static bool scan(Scanner *k) {
  while (k->at + 1 < k->s.len) {
    const char *p = memchr(k->s.ptr + k->at, '{', k->s.len - 1 - k->at);
    if (!p)
      break;
    size_t at = (size_t)(p - k->s.ptr);
    k->at = at + 1;
    if (p[1] == '{'   ? !skip_expression(k, at)
        : p[1] == '#' ? !skip_comment(k, at)
        : p[1] == '%' ? !read_tag(k, at)
                      : false)
      return false;
  }
  return k->current ? unclosed_block(k) : true;
}

Block *template_blocks(Arena *arena, const Source *src, unsigned wanted, bool *ok, Diags *diags) {
  Scanner k = {.arena = arena, .src = src, .s = src->text, .wanted = wanted, .diags = diags};
  k.tail = &k.first;
  if (k.s.len >= UINT32_MAX) {
    wrong(&k, (Span){0}, "a template must be smaller than 4 GiB");
    *ok = false;
    return NULL;
  }
  *ok = scan(&k);
  return k.first;
}
