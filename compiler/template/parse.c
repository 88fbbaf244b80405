// In: a Source. Out: a Template. Statements are read here, expressions in parse_expr.c; names are
// bound by scope.c when the end is reached. The first error ends the parse by longjmp.
#include "interp.h"

#include <stdio.h>

// --- errors and tokens
__attribute__((format(printf, 4, 0))) static _Noreturn void
fail_with(Parser *p, Span span, const char *hint, const char *fmt, va_list ap) {
  Diag *d = diag_vat(p->diags, SEV_ERROR, p->src, span, fmt, ap);
  if (hint)
    diag_hint(p->diags, d, "%s", hint);
  longjmp(p->fail, 1);
}

void parse_fail(Parser *p, Span span, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail_with(p, span, NULL, fmt, ap);
}

void parse_fail_hint(Parser *p, Span span, const char *hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail_with(p, span, hint, fmt, ap);
}

Str parse_text(const Parser *p, Token t) { return (Str){p->lex.text.ptr + t.at, t.len}; }

static Token next_token(Parser *p) {
  Token t = lex_next(&p->lex);
  if (p->lex.error)
    parse_fail(p, (Span){p->lex.error_at, p->lex.error_len}, "%s", p->lex.error);
  return t;
}

void parse_advance(Parser *p) {
  p->prev_end = p->tok.at + p->tok.len;
  if (p->has_ahead) {
    p->tok = p->ahead;
    p->has_ahead = false;
  } else {
    p->tok = next_token(p);
  }
}

Token parse_look(Parser *p) {
  if (!p->has_ahead) {
    p->ahead = next_token(p);
    p->has_ahead = true;
  }
  return p->ahead;
}

bool parse_at_word(const Parser *p, Str word) {
  return p->tok.kind == T_NAME && p->tok.len == word.len &&
         memcmp(p->lex.text.ptr + p->tok.at, word.ptr, word.len) == 0;
}

static _Noreturn void expected(Parser *p, Str what) {
  if (p->tok.kind == T_EOF)
    parse_fail(p, parse_span(&p->tok), "unexpected end of template, expected '%.*s'.",
               STR_ARG(what));
  Str got = p->tok.kind == T_NAME ? parse_text(p, p->tok) : str_c(lex_describe(p->tok.kind));
  parse_fail(p, parse_span(&p->tok), "expected token '%.*s', got '%.*s'", STR_ARG(what),
             STR_ARG(got));
}

Token parse_expect(Parser *p, TokenKind k) {
  Token t = p->tok;
  if (t.kind != k)
    expected(p, str_c(lex_describe(k)));
  parse_advance(p);
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

static void expect_word(Parser *p, Str word) {
  if (!parse_skip_word(p, word))
    expected(p, word);
}

void parse_enter(Parser *p) {
  if (++p->depth > PARSE_NESTING)
    parse_fail(p, parse_span(&p->tok), "nested more than %d deep", PARSE_NESTING);
  if (stack_low())
    parse_fail(p, parse_span(&p->tok), "nested too deeply for this thread's stack");
}

// --- the end of a body
static void describe_ends(Buf *out, const char *const *ends) {
  for (size_t i = 0; ends[i]; i++)
    buf_addf(out, "%s'%s'", i ? " or " : "", ends[i]);
}

static bool expected_anywhere(const Parser *p, Str tag) {
  for (unsigned i = 0; i < p->nends; i++)
    for (size_t k = 0; p->ends[i][k]; k++)
      if (str_eq(tag, str_c(p->ends[i][k])))
        return true;
  return false;
}

static const char *const known_tags[] = {
    "if",        "for",  "set",    "do",       "macro",   "call",       "filter",          "with",
    "block",     "raw",  "break",  "continue", "print",   "autoescape", "materialization", "test",
    "data_test", "docs", "import", "include",  "extends", "from"};

// tag {NULL}: the template ended.
static _Noreturn void fail_tag(Parser *p, Str tag, Span span) {
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
  Str candidates[sizeof known_tags / sizeof *known_tags];
  for (size_t i = 0; i < sizeof known_tags / sizeof *known_tags; i++)
    candidates[i] = str_c(known_tags[i]);
  Str near =
      tag.ptr ? str_nearest(tag, candidates, sizeof known_tags / sizeof *known_tags) : (Str){0};
  if (near.len)
    parse_fail_hint(p, span, str_fmt(p->arena, "did you mean '%.*s'?", STR_ARG(near)).ptr, "%s",
                    buf_cstr(&b));
  parse_fail(p, span, "%s", buf_cstr(&b));
}

static bool at_end(const Parser *p, const char *const *ends) {
  if (p->tok.kind != T_NAME)
    return false;
  for (size_t i = 0; ends[i]; i++)
    if (parse_at_word(p, str_c(ends[i])))
      return true;
  return false;
}

// --- building statements
typedef struct StmtList {
  Stmt *first, **tail;
} StmtList;

static Stmt *stmt(Parser *p, StmtKind kind, uint32_t at) {
  Stmt *s = arena_new(p->arena, Stmt);
  s->kind = (uint8_t)kind;
  s->at = at;
  s->len = p->prev_end > at ? p->prev_end - at : 0;
  return s;
}

static void append(StmtList *l, Stmt *s) {
  *l->tail = s;
  l->tail = &s->next;
}

static void text_piece(Parser *p, StmtList *l, size_t from, size_t to) {
  if (from == to)
    return;
  Stmt *s = stmt(p, ST_TEXT, (uint32_t)from);
  s->text = str_sub(p->lex.text, from, to);
  s->len = (uint32_t)(to - from);
  append(l, s);
}

// Text of the template. CR LF and CR become LF: the pieces between are kept as they are in the
// source, so that a source map can point into them.
static void data(Parser *p, StmtList *l, Token t) {
  size_t from = t.at, end = (size_t)t.at + t.len;
  const char *text = p->lex.text.ptr;
  for (const char *cr; from < end && (cr = memchr(text + from, '\r', end - from));) {
    size_t at = (size_t)(cr - text);
    text_piece(p, l, from, at);
    from = at + 1;
    if (from < p->lex.text.len && text[from] == '\n')
      continue; // the LF is the start of the next piece, or of what was trimmed
    Stmt *s = stmt(p, ST_TEXT, (uint32_t)at);
    s->text = STR("\n");
    s->len = 1;
    append(l, s);
  }
  text_piece(p, l, from, end);
}

static void statement(Parser *p, StmtList *l);

// Everything up to one of the end tags (whose name is then the current token) or the end.
static Stmt *subparse(Parser *p, const char *const *ends) {
  Stmt *first = NULL;
  StmtList l = {NULL, &first};
  if (ends)
    p->ends[p->nends++] = ends;
  while (p->tok.kind != T_EOF) {
    Token t = p->tok;
    if (t.kind == T_DATA) {
      data(p, &l, t);
      parse_advance(p);
    } else if (t.kind == T_VAR_BEGIN) {
      parse_advance(p);
      Expr *e = parse_tuple(p, true, (Str){0}, false);
      Stmt *s = stmt(p, ST_OUTPUT, e->at);
      s->expr = e;
      append(&l, s);
      parse_expect(p, T_VAR_END);
    } else {
      parse_advance(p);
      if (ends && at_end(p, ends)) {
        p->nends--;
        return first;
      }
      statement(p, &l);
      parse_expect(p, T_BLOCK_END);
    }
  }
  if (ends)
    fail_tag(p, (Str){0}, parse_span(&p->tok));
  return first;
}

// The rest of an opening tag, and the body up to an end tag, which stays the current token.
static Stmt *body(Parser *p, const char *const *ends) {
  parse_skip(p, T_COLON);
  parse_expect(p, T_BLOCK_END);
  return subparse(p, ends);
}

// The same, going past the end tag's name.
static Stmt *whole_body(Parser *p, const char *const *ends) {
  Stmt *b = body(p, ends);
  parse_advance(p);
  return b;
}

// What is true of a place and not of the scopes and functions inside it.
typedef struct Place {
  unsigned soft, branch, loops;
  Function *fn;
} Place;

static Place place_enter(Parser *p, Function *fn) {
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

static void place_leave(Parser *p, Place was) {
  p->soft = was.soft;
  p->branch = was.branch;
  p->loops = was.loops;
  p->fn = was.fn;
}

// --- statements; the current token is the tag's name
static void parse_if(Parser *p, StmtList *l) {
  static const char *const middle[] = {"elif", "else", "endif", NULL};
  static const char *const end[] = {"endif", NULL};
  p->soft++;
  Stmt *first = NULL, **hole = &first;
  for (;;) {
    uint32_t at = p->tok.at;
    parse_advance(p); // if, elif
    Expr *test = parse_tuple(p, false, (Str){0}, false);
    Stmt *s = stmt(p, ST_IF, at);
    s->test = test;
    s->elif = first != NULL;
    *hole = s;
    p->branch++;
    s->body = body(p, middle);
    p->branch--;
    hole = &s->otherwise;
    if (!parse_at_word(p, STR("elif")))
      break;
  }
  if (parse_at_word(p, STR("else"))) {
    parse_advance(p);
    p->branch++;
    *hole = body(p, end);
    p->branch--;
  }
  parse_advance(p);
  p->soft--;
  append(l, first);
}

static void parse_for(Parser *p, StmtList *l) {
  static const char *const middle[] = {"endfor", "else", NULL};
  static const char *const end[] = {"endfor", NULL};
  uint32_t at = p->tok.at;
  parse_advance(p);
  Expr *target = parse_target(p, STR("in"), false);
  if (target->kind == EX_NAME && str_is(target->target->text, "loop"))
    parse_fail(p, (Span){target->at, target->len},
               "Can't assign to special loop variable in for-loop target");
  expect_word(p, STR("in"));
  Expr *iter = parse_tuple(p, false, STR("recursive"), false);
  Stmt *s = stmt(p, ST_FOR, at);
  ForLoop *f = s->loop = arena_new(p->arena, ForLoop);
  f->iter = iter;
  append(l, s);
  // Whether it is recursive shows only behind the filter: both run in frames of their own then.
  Function *fn = arena_new(p->arena, Function);
  Place was = {p->soft, p->branch, p->loops, p->fn};
  fn->up = p->fn;
  fn->template = p->t;
  p->soft = p->branch = 0;
  bool filtered = parse_skip_word(p, STR("if"));
  if (filtered) {
    f->test_scope = scope_open(p, fn);
    f->target = scope_target(p, target);
    f->test = parse_expression(p);
    scope_close(p);
  }
  bool recursive = parse_skip_word(p, STR("recursive"));
  if (recursive)
    f->fn = p->fn = fn;
  else if (filtered)
    f->test_scope->fn = was.fn;
  f->scope = scope_open(p, p->fn);
  f->test_target = f->target;
  f->target = scope_target(p, target);
  uint32_t loads = p->loop->loads;
  p->loops++;
  f->body = body(p, middle);
  p->loops--;
  if (recursive || p->loop->loads != loads)
    f->loop = scope_param(p, STR("loop"));
  scope_close(p);
  bool otherwise = parse_at_word(p, STR("else"));
  parse_advance(p);
  p->loops = was.loops;
  if (otherwise) {
    f->else_scope = scope_open(p, p->fn);
    f->otherwise = whole_body(p, end);
    scope_close(p);
  }
  place_leave(p, was);
}

static void parse_set(Parser *p, StmtList *l) {
  static const char *const end[] = {"endset", NULL};
  uint32_t at = p->tok.at;
  parse_advance(p);
  Expr *target = parse_target(p, (Str){0}, true);
  if (parse_skip(p, T_ASSIGN)) {
    Expr *value = parse_tuple(p, true, (Str){0}, false);
    Stmt *s = stmt(p, ST_SET, at);
    s->value = value;
    s->target = scope_target(p, target);
    append(l, s);
    return;
  }
  Stmt *s = stmt(p, ST_SETBLOCK, at);
  unsigned soft = p->soft, branch = p->branch;
  p->soft = p->branch = 0;
  s->bscope = scope_open(p, p->fn);
  s->bfilter = parse_filters(p, NULL, false);
  s->bbody = whole_body(p, end);
  scope_close(p);
  p->soft = soft;
  p->branch = branch;
  s->btarget = scope_target(p, target);
  append(l, s);
}

static void check_params(Parser *p, MacroDef *m, Str name, Span span) {
  for (uint32_t i = 0; i < m->nparams; i++)
    if (str_eq(m->params[i], name))
      parse_fail(p, span, "duplicate argument '%.*s' in macro definition", STR_ARG(name));
}

// A type after a parameter (dict[str, int]): accepted and ignored.
static void type_name(Parser *p) {
  parse_enter(p);
  parse_expect(p, T_NAME);
  if (parse_skip(p, T_LBRACKET)) {
    for (bool more = false; p->tok.kind != T_RBRACKET; more = true) {
      if (more)
        parse_expect(p, T_COMMA);
      type_name(p);
    }
    parse_expect(p, T_RBRACKET);
  }
  parse_leave(p);
}

static void add_param(Parser *p, MacroDef *m, Str name, Expr *value, const Sym *sym) {
  uint32_t n = m->nparams;
  if ((n & (n - 1)) == 0) { // room for a power of two
    size_t cap = n ? n * 2 : 1;
    m->params = arena_grow(p->arena, m->params, n * sizeof *m->params, cap * sizeof *m->params);
    m->syms = arena_grow(p->arena, m->syms, n * sizeof *m->syms, cap * sizeof *m->syms);
    m->defaults =
        arena_grow(p->arena, m->defaults, n * sizeof *m->defaults, cap * sizeof *m->defaults);
  }
  m->params[n] = name;
  m->syms[n] = sym;
  m->defaults[n] = value;
  m->nparams++;
  if (str_is(name, "caller"))
    m->explicit_caller = true;
}

static void signature(Parser *p, MacroDef *m) {
  parse_expect(p, T_LPAREN);
  bool defaults = false;
  while (p->tok.kind != T_RPAREN) {
    if (m->nparams)
      parse_expect(p, T_COMMA);
    Span span;
    Str name = parse_target_name(p, &span);
    check_params(p, m, name, span);
    if (parse_skip(p, T_COLON))
      type_name(p);
    const Sym *sym = scope_param(p, name);
    Expr *value = NULL;
    if (parse_skip(p, T_ASSIGN)) {
      value = parse_expression(p);
      defaults = true;
    } else if (defaults) {
      parse_fail(p, parse_span(&p->tok), "non-default argument follows default argument");
    }
    add_param(p, m, name, value, sym);
  }
  parse_expect(p, T_RPAREN);
}

static bool has_param(const MacroDef *m, Str name) {
  for (uint32_t i = 0; i < m->nparams; i++)
    if (str_eq(m->params[i], name))
      return true;
  return false;
}

typedef struct Specials {
  uint32_t caller, kwargs, varargs;
} Specials;

static Specials specials(Parser *p) {
  return (Specials){p->caller->loads, p->kwargs->loads, p->varargs->loads};
}

// caller, kwargs and varargs are parameters when the body names them.
static void implicit_params(Parser *p, MacroDef *m, Specials before) {
  if (p->caller->loads != before.caller) {
    m->wants_caller = true;
    if (!m->explicit_caller)
      m->caller = scope_param(p, STR("caller"));
    for (uint32_t i = 0; i < m->nparams; i++)
      if (str_is(m->params[i], "caller") && !m->defaults[i])
        parse_fail(p, m->head,
                   "When defining macros or call blocks the special \"caller\" argument must be "
                   "omitted or be given a default.");
  }
  if (p->kwargs->loads != before.kwargs && !has_param(m, STR("kwargs"))) {
    m->wants_kwargs = true;
    m->kwargs = scope_param(p, STR("kwargs"));
  }
  if (p->varargs->loads != before.varargs && !has_param(m, STR("varargs"))) {
    m->wants_varargs = true;
    m->varargs = scope_param(p, STR("varargs"));
  }
}

static void macro_body(Parser *p, MacroDef *m, const char *const *end) {
  Specials before = specials(p);
  m->body = whole_body(p, end);
  implicit_params(p, m, before);
}

static Str internal_name(Parser *p, Str name) {
  return str_fmt(p->arena, "dbt_macro__%.*s", STR_ARG(name));
}

static void register_macro(Parser *p, MacroDef *m) {
  Macro *v = m->macro = arena_new(p->arena, Macro);
  v->object.type = &macro_type;
  v->name = m->name;
  v->template = p->t;
  v->source = p->src;
  v->span = m->span;
  v->head = m->head;
  v->ast = m;
  if (p->scope->parent)
    return; // inside something: known there only
  Template *t = p->t;
  if (t->nmacros == t->macros_cap) {
    size_t cap = t->macros_cap ? t->macros_cap * 2 : 4;
    t->macros =
        arena_grow(p->arena, t->macros, t->macros_cap * sizeof *t->macros, cap * sizeof *t->macros);
    t->macros_cap = cap;
  }
  t->macros[t->nmacros++] = v;
}

static void finish_macro(Parser *p, StmtList *l, MacroDef *m, uint32_t at) {
  uint32_t end = p->tok.at + p->tok.len; // the "%}" of the end tag
  uint32_t begin = at;
  while (begin > 0 && p->lex.text.ptr[begin] != '{')
    begin--;
  m->span = (Span){begin, end - begin};
  register_macro(p, m);
  Stmt *s = stmt(p, ST_MACRO, at);
  s->macro = m;
  s->msym = scope_store(p, internal_name(p, m->name));
  append(l, s);
}

// {% macro name(..) %}, {% test name(..) %}, {% data_test name(..) %}
static void parse_macro(Parser *p, StmtList *l) {
  static const char *const ends[][2] = {
      {"endmacro",     NULL},
      {"endtest",      NULL},
      {"enddata_test", NULL}
  };
  uint32_t at = p->tok.at;
  int kind = parse_at_word(p, STR("macro")) ? 0 : parse_at_word(p, STR("test")) ? 1 : 2;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  m->name = parse_target_name(p, &m->head);
  if (kind)
    m->name = str_fmt(p->arena, "test_%.*s", STR_ARG(m->name));
  Place was = place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  signature(p, m);
  macro_body(p, m, ends[kind]);
  scope_close(p);
  place_leave(p, was);
  finish_macro(p, l, m, at);
}

static void materialization_options(Parser *p, MacroDef *m, Str name, Str *adapter) {
  while (parse_skip(p, T_COMMA)) {
    Span span;
    Str option = parse_target_name(p, &span);
    if (str_is(option, "adapter")) {
      parse_expect(p, T_ASSIGN);
      Expr *value = parse_expression(p);
      if (value->kind != EX_CONST || value->value.kind != VAL_STR)
        parse_fail(p, (Span){value->at, value->len}, "adapter must be a string");
      *adapter = val_text(value->value);
    } else if (str_is(option, "supported_languages")) {
      const Sym *sym = scope_param(p, option);
      parse_expect(p, T_ASSIGN);
      add_param(p, m, option, parse_expression(p), sym);
    } else if (!str_is(option, "default")) {
      parse_fail_hint(p, span, "it takes default, adapter='..' and supported_languages=[..]",
                      "materialization '%.*s' received unknown argument '%.*s'.", STR_ARG(name),
                      STR_ARG(option));
    }
  }
}

static void parse_materialization(Parser *p, StmtList *l) {
  static const char *const end[] = {"endmaterialization", NULL};
  uint32_t at = p->tok.at;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  Str name = parse_target_name(p, &m->head), adapter = STR("default");
  Place was = place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  materialization_options(p, m, name, &adapter);
  m->name = str_fmt(p->arena, "materialization_%.*s_%.*s", STR_ARG(name), STR_ARG(adapter));
  macro_body(p, m, end);
  scope_close(p);
  place_leave(p, was);
  finish_macro(p, l, m, at);
}

static void parse_docs(Parser *p, StmtList *l) {
  static const char *const end[] = {"enddocs", NULL};
  uint32_t at = p->tok.at;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  m->name = str_fmt(p->arena, "dbt_docs__%.*s", STR_ARG(parse_target_name(p, &m->head)));
  Place was = place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  macro_body(p, m, end);
  scope_close(p);
  place_leave(p, was);
  finish_macro(p, l, m, at);
}

static void parse_call_block(Parser *p, StmtList *l) {
  static const char *const end[] = {"endcall", NULL};
  Token tag = p->tok;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  m->name = STR("caller");
  m->head = parse_span(&tag);
  // The signature belongs to the inside, the call between it and the body to the outside.
  Place was = place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  if (p->tok.kind == T_LPAREN)
    signature(p, m);
  Scope *inner = p->scope;
  Place inside = place_enter(p, NULL);
  scope_suspend(p);
  place_leave(p, was);
  Expr *call = parse_expression(p);
  if (call->kind != EX_CALL)
    parse_fail(p, parse_span(&tag), "expected call");
  Stmt *s = stmt(p, ST_CALL, tag.at);
  s->call = call;
  s->macro = m;
  scope_resume(p, inner);
  place_leave(p, inside);
  macro_body(p, m, end);
  scope_close(p);
  place_leave(p, was);
  append(l, s);
}

static void parse_filter_block(Parser *p, StmtList *l) {
  static const char *const end[] = {"endfilter", NULL};
  Stmt *s = stmt(p, ST_FILTER, p->tok.at);
  parse_advance(p);
  Place was = place_enter(p, NULL);
  s->fscope = scope_open(p, p->fn);
  s->filter = parse_filters(p, NULL, true);
  s->fbody = whole_body(p, end);
  scope_close(p);
  place_leave(p, was);
  append(l, s);
}

static void parse_autoescape(Parser *p, StmtList *l) {
  static const char *const end[] = {"endautoescape", NULL};
  Stmt *s = stmt(p, ST_AUTOESCAPE, p->tok.at);
  parse_advance(p);
  Place was = place_enter(p, NULL);
  s->fscope = scope_open(p, p->fn);
  s->filter = parse_expression(p);
  s->fbody = whole_body(p, end);
  scope_close(p);
  place_leave(p, was);
  append(l, s);
}

static void parse_with(Parser *p, StmtList *l) {
  static const char *const end[] = {"endwith", NULL};
  Stmt *s = stmt(p, ST_WITH, p->tok.at);
  parse_advance(p);
  size_t from = p->nstack, n;
  while (p->tok.kind != T_BLOCK_END) {
    if (p->nstack > from)
      parse_expect(p, T_COMMA);
    Expr *target = parse_target(p, (Str){0}, false);
    parse_expect(p, T_ASSIGN);
    Expr *value = parse_expression(p);
    parse_push(p, target);
    parse_push(p, value);
  }
  Expr **pairs = parse_copy_stack(p, from, &n);
  s->nwith = (uint32_t)(n / 2);
  s->with = arena_alloc(p->arena, s->nwith * sizeof *s->with);
  Place was = place_enter(p, NULL);
  s->wscope = scope_open(p, p->fn);
  for (uint32_t i = 0; i < s->nwith; i++)
    s->with[i] = (Assign){scope_target(p, pairs[2 * i]), pairs[2 * i + 1]};
  s->wbody = whole_body(p, end);
  scope_close(p);
  place_leave(p, was);
  append(l, s);
}

static bool only_space(const Stmt *s) {
  for (; s; s = s->next)
    if (s->kind != ST_TEXT || lex_space(s->text, 0) != s->text.len)
      return false;
  return true;
}

static void parse_block(Parser *p, StmtList *l) {
  static const char *const end[] = {"endblock", NULL};
  Token tag = p->tok;
  parse_advance(p);
  BlockDef *b = arena_new(p->arena, BlockDef);
  Token name = parse_expect(p, T_NAME);
  b->name = parse_text(p, name);
  b->scoped = parse_skip_word(p, STR("scoped"));
  b->required = parse_skip_word(p, STR("required"));
  if (p->tok.kind == T_SUB)
    parse_fail(p, parse_span(&p->tok),
               "Block names in Jinja have to be valid Python identifiers and may not contain "
               "hyphens, use an underscore instead.");
  for (BlockDef *k = p->t->blocks; k; k = k->next)
    if (str_eq(k->name, b->name))
      parse_fail(p, parse_span(&name), "block '%.*s' defined twice", STR_ARG(b->name));
  b->next = p->t->blocks;
  p->t->blocks = b;
  Place was = place_enter(p, &b->fn);
  b->scope = scope_open(p, &b->fn);
  if (!b->scoped)
    b->scope->isolate = b->scope;
  b->body = whole_body(p, end);
  scope_close(p);
  place_leave(p, was);
  if (b->required && !only_space(b->body))
    parse_fail(p, parse_span(&tag), "Required blocks can only contain comments or whitespace");
  parse_skip_word(p, b->name);
  Stmt *s = stmt(p, ST_BLOCK, tag.at);
  s->block = b;
  append(l, s);
}

static void parse_do(Parser *p, StmtList *l) {
  uint32_t at = p->tok.at;
  parse_advance(p);
  Expr *e = parse_tuple(p, true, (Str){0}, false);
  Stmt *s = stmt(p, ST_DO, at);
  s->expr = e;
  append(l, s);
}

static void parse_print(Parser *p, StmtList *l) {
  parse_advance(p);
  for (bool more = false; p->tok.kind != T_BLOCK_END; more = true) {
    if (more)
      parse_expect(p, T_COMMA);
    Expr *e = parse_expression(p);
    Stmt *s = stmt(p, ST_OUTPUT, e->at);
    s->expr = e;
    append(l, s);
  }
}

static void parse_jump(Parser *p, StmtList *l) {
  Token t = p->tok;
  bool is_break = parse_at_word(p, STR("break"));
  if (!p->loops)
    parse_fail(p, parse_span(&t),
               is_break ? "'break' outside loop" : "'continue' not properly in loop");
  parse_advance(p);
  append(l, stmt(p, is_break ? ST_BREAK : ST_CONTINUE, t.at));
}

// import, include, extends and from parse as in Jinja and fail when they are reached: there is
// nothing to load from.
static void context_words(Parser *p) {
  if (!parse_at_word(p, STR("with")) && !parse_at_word(p, STR("without")))
    return;
  Token next = parse_look(p);
  if (next.kind == T_NAME && str_is(parse_text(p, next), "context")) {
    parse_advance(p);
    parse_advance(p);
  }
}

static void no_loader(Parser *p, StmtList *l, Token tag) {
  Stmt *s = stmt(p, ST_FAIL, tag.at);
  s->len = tag.len;
  s->message = "no loader for this environment specified";
  s->hint = "macros are found by name in all macro files, there is nothing to import";
  append(l, s);
}

static void parse_import(Parser *p, StmtList *l) {
  Token tag = p->tok;
  parse_advance(p);
  parse_expression(p);
  expect_word(p, STR("as"));
  scope_store(p, parse_target_name(p, NULL));
  context_words(p);
  no_loader(p, l, tag);
}

static void parse_include(Parser *p, StmtList *l) {
  Token tag = p->tok;
  parse_advance(p);
  parse_expression(p);
  if (parse_at_word(p, STR("ignore"))) {
    Token next = parse_look(p);
    if (next.kind == T_NAME && str_is(parse_text(p, next), "missing")) {
      parse_advance(p);
      parse_advance(p);
    }
  }
  context_words(p);
  no_loader(p, l, tag);
}

static void parse_extends(Parser *p, StmtList *l) {
  Token tag = p->tok;
  if (p->scope->parent)
    parse_fail(p, parse_span(&tag), "cannot use extend from a non top-level scope");
  parse_advance(p);
  parse_expression(p);
  no_loader(p, l, tag);
}

static void parse_from(Parser *p, StmtList *l) {
  Token tag = p->tok;
  parse_advance(p);
  parse_expression(p);
  expect_word(p, STR("import"));
  for (bool more = false;; more = true) {
    if (more)
      parse_expect(p, T_COMMA);
    if (p->tok.kind != T_NAME)
      expected(p, STR("name"));
    Token first = p->tok;
    context_words(p);
    if (p->tok.at != first.at)
      break;
    Span span;
    Str name = parse_target_name(p, &span);
    if (name.ptr[0] == '_')
      parse_fail(p, span, "names starting with an underline can not be imported");
    if (parse_skip_word(p, STR("as")))
      name = parse_target_name(p, NULL);
    scope_store(p, name);
    Token after = p->tok;
    context_words(p);
    if (p->tok.at != after.at || p->tok.kind != T_COMMA)
      break;
  }
  no_loader(p, l, tag);
}

static const struct {
  Str tag;
  void (*parse)(Parser *p, StmtList *l);
} tags[] = {
    {STR_INIT("set"),             parse_set            },
    {STR_INIT("if"),              parse_if             },
    {STR_INIT("for"),             parse_for            },
    {STR_INIT("macro"),           parse_macro          },
    {STR_INIT("do"),              parse_do             },
    {STR_INIT("call"),            parse_call_block     },
    {STR_INIT("test"),            parse_macro          },
    {STR_INIT("data_test"),       parse_macro          },
    {STR_INIT("materialization"), parse_materialization},
    {STR_INIT("docs"),            parse_docs           },
    {STR_INIT("filter"),          parse_filter_block   },
    {STR_INIT("with"),            parse_with           },
    {STR_INIT("block"),           parse_block          },
    {STR_INIT("break"),           parse_jump           },
    {STR_INIT("continue"),        parse_jump           },
    {STR_INIT("print"),           parse_print          },
    {STR_INIT("autoescape"),      parse_autoescape     },
    {STR_INIT("import"),          parse_import         },
    {STR_INIT("include"),         parse_include        },
    {STR_INIT("extends"),         parse_extends        },
    {STR_INIT("from"),            parse_from           },
};

static void statement(Parser *p, StmtList *l) {
  Token t = p->tok;
  if (t.kind != T_NAME)
    parse_fail(p, parse_span(&t), "tag name expected");
  Str name = parse_text(p, t);
  for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
    if (str_eq(name, tags[i].tag)) {
      parse_enter(p);
      p->tags[p->ntags++] = name;
      tags[i].parse(p, l);
      p->ntags--;
      parse_leave(p);
      return;
    }
  fail_tag(p, name, parse_span(&t));
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
  parse_fail_hint(p, k->span, hint, "No %s named '%.*s'.", k->kind, STR_ARG(k->name));
}

Str parse_nearest_builtin(bool filter, Str name) {
  const Builtin *b = filter ? builtin_filters : builtin_tests;
  Str candidates[128];
  size_t n = 0;
  for (; b[n].name && n < 128; n++)
    candidates[n] = str_c(b[n].name);
  return str_nearest(name, candidates, n);
}

static Template *parse_body(Parser *p) {
  Template *t = p->t;
  lex_init(&p->lex, t->text);
  p->scopes_tail = &p->scopes;
  p->fn = &t->root;
  p->caller = scope_intern(p, STR("caller"));
  p->kwargs = scope_intern(p, STR("kwargs"));
  p->varargs = scope_intern(p, STR("varargs"));
  p->loop = scope_intern(p, STR("loop"));
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
    diag_at(diags, SEV_ERROR, src, (Span){0}, "a template must be smaller than 4 GiB");
    return NULL;
  }
  t->plain = is_plain(t->text);
  if (t->plain)
    return t;
  t->text = without_final_newline(src->text);
  Parser p;
  memset(&p, 0, offsetof(Parser, lex));
  p.arena = arena;
  p.src = src;
  p.diags = diags;
  p.t = t;
  if (setjmp(p.fail))
    return NULL; // the finding is recorded; half-built nodes belong to the arena
  return parse_body(&p);
}

bool template_is_plain(const Template *t) { return t->plain; }

Macro *const *template_macros(const Template *t, size_t *n) {
  *n = t->nmacros;
  return t->macros;
}

const Str *macro_params(const Macro *m, size_t *n) {
  const MacroDef *def = m->ast;
  *n = def->nparams;
  return def->params;
}
