// In: a Source. Out: a Template. Here: tokens, text and output, and lists of statements up to an
// end tag. Tags are read in parse_stmt.c, macros and their like in parse_macro.c, expressions in
// parse_expr.c; names are bound by scope.c when the end is reached. The first error ends the parse
// by longjmp.
#include "interp.h"
#include "parse_expr.h"
#include "parse_stmt.h"
#include "scope.h"

#include <stdio.h>

// --- errors and tokens
// Where the innermost open tag stands, when it is a part of this text.
static void note_open(Parser *p, Diag *d) {
  Str open = p->tags[p->ntags - 1], text = p->src->text;
  if (open.ptr < text.ptr || open.ptr >= text.ptr + text.len)
    return;
  Span span = {(uint32_t)(open.ptr - text.ptr), (uint32_t)open.len};
  diag_note(p->diags, d, p->src, span, "the '%.*s' that is open", STR_ARG(open));
}

__attribute__((format(printf, 5, 0))) static _Noreturn void
fail_with(Parser *p, Code code, Span span, const char *hint, const char *fmt, va_list ap) {
  Diag *d = diag_vat(p->diags, SEV_ERROR, code, p->src, span, fmt, ap);
  if (hint)
    diag_hint(p->diags, d, "%s", hint);
  if (p->blames_open && p->ntags)
    note_open(p, d);
  longjmp(p->fail, 1);
}

void parse_fail(Parser *p, Span span, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail_with(p, CODE_TEMPLATE_SYNTAX, span, NULL, fmt, ap);
}

void parse_fail_hint(Parser *p, Code code, Span span, const char *hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail_with(p, code, span, hint, fmt, ap);
}

static void next_token(Parser *p, Token *t) {
  lex_next(&p->lex, t);
  if (t->kind == T_EOF && p->lex.error)
    parse_fail_hint(p, CODE_TEMPLATE_SYNTAX, (Span){p->lex.error_at, p->lex.error_len},
                    p->lex.error_hint, "%s", p->lex.error);
}

void parse_advance(Parser *p) {
  p->prev_end = p->tok.at + p->tok.len;
  if (p->has_ahead) {
    p->tok = p->ahead;
    p->has_ahead = false;
  } else {
    next_token(p, &p->tok);
  }
}

Token parse_look(Parser *p) {
  if (!p->has_ahead) {
    next_token(p, &p->ahead);
    p->has_ahead = true;
  }
  return p->ahead;
}

void parse_expected(Parser *p, Str what) {
  if (p->tok.kind == T_EOF)
    parse_fail(p, parse_span(&p->tok), "unexpected end of template, expected '%.*s'.",
               STR_ARG(what));
  Str got = p->tok.kind == T_NAME ? parse_text(p, p->tok) : str_c(lex_describe(p->tok.kind));
  if (str_is(what, "end of print statement"))
    parse_fail_hint(p, CODE_TEMPLATE_SYNTAX, parse_span(&p->tok), "is a }} missing before this?",
                    "expected token '%.*s', got '%.*s'", STR_ARG(what), STR_ARG(got));
  bool assigns = p->tok.kind == T_ASSIGN && str_is(what, "end of statement block");
  parse_fail_hint(p, CODE_TEMPLATE_SYNTAX, parse_span(&p->tok),
                  assigns ? "values are compared with '=='" : NULL,
                  "expected token '%.*s', got '%.*s'", STR_ARG(what), STR_ARG(got));
}

void parse_expect(Parser *p, TokenKind k) {
  if (p->tok.kind != k)
    parse_expected(p, str_c(lex_describe(k)));
  parse_advance(p);
}

Token parse_expect_name(Parser *p) {
  Token t = p->tok;
  parse_expect(p, T_NAME);
  return t;
}

bool parse_skip(Parser *p, TokenKind k) {
  if (p->tok.kind != k)
    return false;
  parse_advance(p);
  return true;
}

bool parse_skip_word(Parser *p, Str word) {
  if (!parse_at_word(p, word))
    return false;
  parse_advance(p);
  return true;
}

void parse_expect_word(Parser *p, Str word) {
  if (!parse_skip_word(p, word))
    parse_expected(p, word);
}

void parse_too_deep(Parser *p) {
  if (p->depth > PARSE_NESTING)
    parse_fail_hint(p, CODE_NESTED_TOO_DEEP, parse_span(&p->tok), NULL, "nested more than %d deep",
                    PARSE_NESTING);
  parse_fail_hint(p, CODE_NESTED_TOO_DEEP, parse_span(&p->tok), NULL,
                  "nested too deeply for this thread's stack");
}

// --- the end of a body
static void describe_ends(Buf *out, const Str *ends) {
  for (size_t i = 0; ends[i].len; i++)
    buf_addf(out, "%s'%.*s'", i ? " or " : "", STR_ARG(ends[i]));
}

static bool expected_anywhere(const Parser *p, Str tag) {
  for (unsigned i = 0; i < p->nends; i++)
    for (size_t k = 0; p->ends[i][k].len; k++)
      if (str_eq(tag, p->ends[i][k]))
        return true;
  return false;
}

static const char *const known_tags[] = {
    "if",        "for",  "set",    "do",       "macro",   "call",       "filter",          "with",
    "block",     "raw",  "break",  "continue", "print",   "autoescape", "materialization", "test",
    "data_test", "docs", "import", "include",  "extends", "from"};

// tag {NULL}: the template ended.
void parse_fail_tag(Parser *p, Str tag, Span span) {
  Buf b = {.arena = p->arena};
  if (tag.ptr)
    buf_addf(&b, "Encountered unknown tag '%.*s'.", STR_ARG(tag));
  else
    buf_adds(&b, "Unexpected end of template.");
  if (p->nends) {
    if (tag.ptr && expected_anywhere(p, tag))
      buf_adds(&b, " You probably made a nesting mistake. Jinja is expecting this tag, but "
                   "currently looking for ");
    else
      buf_adds(&b, " Jinja was looking for the following tags: ");
    describe_ends(&b, p->ends[p->nends - 1]);
    buf_addc(&b, '.');
  }
  if (p->ntags)
    buf_addf(&b, " The innermost block that needs to be closed is '%.*s'.",
             STR_ARG(p->tags[p->ntags - 1]));
  Str candidates[COUNT(known_tags)];
  for (size_t i = 0; i < COUNT(known_tags); i++)
    candidates[i] = str_c(known_tags[i]);
  p->blames_open = true;
  Str near = tag.ptr ? str_nearest(tag, candidates, COUNT(known_tags)) : (Str){0};
  if (near.len)
    parse_fail_hint(p, CODE_UNKNOWN_TAG, span,
                    str_fmt(p->arena, "did you mean '%.*s'?", STR_ARG(near)).ptr, "%s",
                    buf_cstr(&b));
  if (str_starts(tag, STR("end")) && !p->ntags)
    parse_fail_hint(p, CODE_UNKNOWN_TAG, span, "no block is open here", "%s", buf_cstr(&b));
  parse_fail_hint(p, tag.ptr ? CODE_UNKNOWN_TAG : CODE_TEMPLATE_SYNTAX, span, NULL, "%s",
                  buf_cstr(&b));
}

static bool at_end(const Parser *p, const Str *ends) {
  if (p->tok.kind != T_NAME)
    return false;
  for (size_t i = 0; ends[i].len; i++)
    if (parse_at_word(p, ends[i]))
      return true;
  return false;
}

// --- building statements
Stmt *parse_new(Parser *p, StmtKind kind, uint32_t at) {
  Stmt *s = arena_new(p->arena, Stmt);
  s->kind = (uint8_t)kind;
  s->at = at;
  s->len = p->prev_end > at ? p->prev_end - at : 0;
  return s;
}

void parse_append(StmtList *l, Stmt *s) {
  *l->tail = s;
  l->tail = &s->next;
}

static void text_piece(Parser *p, StmtList *l, size_t from, size_t to) {
  if (from == to)
    return;
  Stmt *s = parse_new(p, ST_TEXT, (uint32_t)from);
  s->text = str_sub(p->lex.text, from, to);
  s->len = (uint32_t)(to - from);
  parse_append(l, s);
}

// Text of the template. CR LF and CR become LF: the pieces between are kept as they are in the
// source, so that a source map can point into them.
static void data(Parser *p, StmtList *l) {
  size_t from = p->tok.at, end = from + p->tok.len;
  const char *text = p->lex.text.ptr;
  for (const char *cr; p->has_cr && (cr = memchr(text + from, '\r', end - from));) {
    size_t at = (size_t)(cr - text);
    text_piece(p, l, from, at);
    from = at + 1;
    if (from < p->lex.text.len && text[from] == '\n')
      continue; // the LF is the start of the next piece, or of what was trimmed
    Stmt *s = parse_new(p, ST_TEXT, (uint32_t)at);
    s->text = STR("\n");
    s->len = 1;
    parse_append(l, s);
  }
  text_piece(p, l, from, end);
}

// Everything up to one of the end tags (whose name is then the current token) or the end.
static Stmt *subparse(Parser *p, const Str *ends) {
  Stmt *first = NULL;
  StmtList l = {NULL, &first};
  if (ends)
    p->ends[p->nends++] = ends;
  while (p->tok.kind != T_EOF) {
    if (p->tok.kind == T_DATA) {
      data(p, &l);
      parse_advance(p);
    } else if (p->tok.kind == T_VAR_BEGIN) {
      parse_advance(p);
      Expr *e = parse_tuple(p, true, (Str){0}, false);
      Stmt *s = parse_new(p, ST_OUTPUT, e->at);
      s->expr = e;
      parse_append(&l, s);
      parse_expect(p, T_VAR_END);
    } else {
      parse_advance(p);
      if (ends && at_end(p, ends)) {
        p->nends--;
        return first;
      }
      parse_statement(p, &l);
      parse_expect(p, T_BLOCK_END);
    }
  }
  if (ends)
    parse_fail_tag(p, (Str){0}, parse_span(&p->tok));
  return first;
}

Stmt *parse_body(Parser *p, const Str *ends) {
  parse_skip(p, T_COLON);
  parse_expect(p, T_BLOCK_END);
  return subparse(p, ends);
}

Stmt *parse_whole_body(Parser *p, const Str *ends) {
  Stmt *b = parse_body(p, ends);
  parse_advance(p);
  return b;
}

Place parse_place_enter(Parser *p, Function *fn) {
  Place was = {p->soft, p->branch, p->loops, p->fn};
  p->soft = p->branch = 0;
  if (fn) {
    fn->up = p->fn;
    fn->template = p->t;
    p->fn = fn;
    p->loops = 0;
  }
  return was;
}

void parse_place_leave(Parser *p, Place was) {
  p->soft = was.soft;
  p->branch = was.branch;
  p->loops = was.loops;
  p->fn = was.fn;
}

// --- the whole
// None of "{{ {% {# }} %} #}": Jinja is not asked at all, even the final newline stays.
static bool is_plain(Str s) {
  for (const char *at = s.ptr, *end = s.ptr + s.len; at && at < end; at++) {
    at = memchr(at, '{', (size_t)(end - at));
    if (!at)
      break;
    if (at + 1 < end && (at[1] == '{' || at[1] == '%' || at[1] == '#'))
      return false;
  }
  for (const char *at = s.ptr, *end = s.ptr + s.len; at && at < end; at++) {
    at = memchr(at, '}', (size_t)(end - at));
    if (!at)
      break;
    if (at > s.ptr && (at[-1] == '}' || at[-1] == '%' || at[-1] == '#'))
      return false;
  }
  return true;
}

static Str without_final_newline(Str s) {
  if (s.len && s.ptr[s.len - 1] == '\n')
    s.len -= 1 + (s.len > 1 && s.ptr[s.len - 2] == '\r');
  else if (s.len && s.ptr[s.len - 1] == '\r')
    s.len--;
  return s;
}

static void unknown_builtin(Parser *p) {
  Pending *k = &p->pending[0];
  Str near = parse_nearest_builtin(k->kind[0] == 'f', k->name);
  const char *hint = near.len ? str_fmt(p->arena, "did you mean '%.*s'?", STR_ARG(near)).ptr : NULL;
  parse_fail_hint(p, CODE_UNKNOWN_FILTER, k->span, hint, "No %s named '%.*s'.", k->kind,
                  STR_ARG(k->name));
}

Str parse_nearest_builtin(bool filter, Str name) {
  const Native *b = filter ? builtin_filters : builtin_tests;
  Str candidates[128];
  size_t n = 0;
  for (; b[n].name && n < 128; n++)
    candidates[n] = str_c(b[n].name);
  return str_nearest(name, candidates, n);
}

static Template *parse_all(Parser *p) {
  Template *t = p->t;
  lex_init(&p->lex, t->text);
  p->scopes_tail = &p->scopes;
  p->fn = &t->root;
  t->scope = scope_open(p, &t->root);
  parse_advance(p);
  t->body = subparse(p, NULL);
  scope_close(p);
  if (p->npending)
    unknown_builtin(p);
  scope_bind(p);
  return t;
}

Template *template_parse(Arena *arena, const Source *src, Diags *diags) {
  Template *t = arena_new(arena, Template);
  t->src = src;
  t->root.template = t;
  t->text = src->text;
  if (src->text.len >= UINT32_MAX) {
    diag_at(diags, SEV_ERROR, CODE_FILE_TOO_BIG, src, (Span){0},
            "a template must be smaller than 4 GiB");
    return NULL;
  }
  t->plain = is_plain(t->text);
  if (t->plain)
    return t;
  t->text = without_final_newline(src->text);
  Parser p;
  arena_clear(&p, offsetof(Parser, lex));
  p.has_cr = memchr(t->text.ptr, '\r', t->text.len) != NULL;
  p.stack_end = stack_end();
  p.arena = arena;
  p.src = src;
  p.diags = diags;
  p.t = t;
  if (setjmp(p.fail))
    return NULL; // the finding is recorded; half-built nodes belong to the arena
  return parse_all(&p);
}

bool template_is_plain(const Template *t) { return t->plain; }

Macro *const *template_macros(const Template *t, size_t *n) {
  *n = t->nmacros;
  return t->macros;
}
