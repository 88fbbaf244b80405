// In: a tag, its name being the current token. Out: the statement, at the end of the list. The
// closing "%}" is the caller's.
#include "parse_stmt.h"
#include "interp.h"
#include "parse_expr.h"
#include "parse_macro.h"
#include "scope.h"

static void parse_if(Parser *p, StmtList *l) {
  static const Str middle[] = {STR_INIT("elif"), STR_INIT("else"), STR_INIT("endif"), {0}};
  static const Str end[] = {STR_INIT("endif"), {0}};
  p->soft++;
  Stmt *first = NULL, **hole = &first;
  for (;;) {
    uint32_t at = p->tok.at;
    parse_advance(p); // if, elif
    Expr *test = parse_tuple(p, false, (Str){0}, false);
    Stmt *s = parse_new(p, ST_IF, at);
    s->test = test;
    s->elif = first != NULL;
    *hole = s;
    p->branch++;
    s->body = parse_body(p, middle);
    p->branch--;
    hole = &s->otherwise;
    if (!parse_at_word(p, STR("elif")))
      break;
  }
  if (parse_at_word(p, STR("else"))) {
    parse_advance(p);
    p->branch++;
    *hole = parse_body(p, end);
    p->branch--;
  }
  parse_advance(p);
  p->soft--;
  parse_append(l, first);
}

static void parse_for(Parser *p, StmtList *l) {
  static const Str middle[] = {STR_INIT("endfor"), STR_INIT("else"), {0}};
  static const Str end[] = {STR_INIT("endfor"), {0}};
  uint32_t at = p->tok.at;
  parse_advance(p);
  Expr *target = parse_target(p, STR("in"), false);
  if (target->kind == EX_NAME && str_is(target->target, "loop"))
    parse_fail(p, (Span){target->at, target->len},
               "Can't assign to special loop variable in for-loop target");
  parse_expect_word(p, STR("in"));
  Expr *iter = parse_tuple(p, false, STR("recursive"), false);
  Stmt *s = parse_new(p, ST_FOR, at);
  ForLoop *f = s->loop = arena_new(p->arena, ForLoop);
  f->iter = iter;
  parse_append(l, s);
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
  const Name *loop = scope_intern(p, STR("loop"));
  uint32_t loads = loop->loads;
  p->loops++;
  f->body = parse_body(p, middle);
  p->loops--;
  if (recursive || loop->loads != loads)
    f->loop = scope_param(p, STR("loop"));
  scope_close(p);
  bool otherwise = parse_at_word(p, STR("else"));
  parse_advance(p);
  p->loops = was.loops;
  if (otherwise) {
    f->else_scope = scope_open(p, p->fn);
    f->otherwise = parse_whole_body(p, end);
    scope_close(p);
  }
  parse_place_leave(p, was);
}

static void parse_set(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("endset"), {0}};
  uint32_t at = p->tok.at;
  parse_advance(p);
  Expr *target = parse_target(p, (Str){0}, true);
  if (parse_skip(p, T_ASSIGN)) {
    Expr *value = parse_tuple(p, true, (Str){0}, false);
    Stmt *s = parse_new(p, ST_SET, at);
    s->value = value;
    s->target = scope_target(p, target);
    parse_append(l, s);
    return;
  }
  Stmt *s = parse_new(p, ST_SETBLOCK, at);
  unsigned soft = p->soft, branch = p->branch;
  p->soft = p->branch = 0;
  s->bscope = scope_open(p, p->fn);
  s->bfilter = parse_filters(p, NULL, false);
  s->bbody = parse_whole_body(p, end);
  scope_close(p);
  p->soft = soft;
  p->branch = branch;
  s->btarget = scope_target(p, target);
  parse_append(l, s);
}

static void parse_filter_block(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("endfilter"), {0}};
  Stmt *s = parse_new(p, ST_FILTER, p->tok.at);
  parse_advance(p);
  Place was = parse_place_enter(p, NULL);
  s->fscope = scope_open(p, p->fn);
  s->filter = parse_filters(p, NULL, true);
  s->fbody = parse_whole_body(p, end);
  scope_close(p);
  parse_place_leave(p, was);
  parse_append(l, s);
}

static void parse_autoescape(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("endautoescape"), {0}};
  Stmt *s = parse_new(p, ST_AUTOESCAPE, p->tok.at);
  parse_advance(p);
  Place was = parse_place_enter(p, NULL);
  s->fscope = scope_open(p, p->fn);
  s->filter = parse_expression(p);
  s->fbody = parse_whole_body(p, end);
  scope_close(p);
  parse_place_leave(p, was);
  parse_append(l, s);
}

static void parse_with(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("endwith"), {0}};
  Stmt *s = parse_new(p, ST_WITH, p->tok.at);
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
  Place was = parse_place_enter(p, NULL);
  s->wscope = scope_open(p, p->fn);
  for (uint32_t i = 0; i < s->nwith; i++)
    s->with[i] = (Assign){scope_target(p, pairs[2 * i]), pairs[2 * i + 1]};
  s->wbody = parse_whole_body(p, end);
  scope_close(p);
  parse_place_leave(p, was);
  parse_append(l, s);
}

static bool only_space(const Stmt *s) {
  for (; s; s = s->next)
    if (s->kind != ST_TEXT || lex_space(s->text, 0) != s->text.len)
      return false;
  return true;
}

static void parse_block(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("endblock"), {0}};
  Token tag = p->tok;
  parse_advance(p);
  BlockDef *b = arena_new(p->arena, BlockDef);
  Token name = parse_expect_name(p);
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
  Place was = parse_place_enter(p, &b->fn);
  b->scope = scope_open(p, &b->fn);
  if (!b->scoped)
    b->scope->isolate = b->scope;
  b->body = parse_whole_body(p, end);
  scope_close(p);
  parse_place_leave(p, was);
  if (b->required && !only_space(b->body))
    parse_fail(p, parse_span(&tag), "Required blocks can only contain comments or whitespace");
  parse_skip_word(p, b->name);
  Stmt *s = parse_new(p, ST_BLOCK, tag.at);
  s->block = b;
  parse_append(l, s);
}

static void parse_do(Parser *p, StmtList *l) {
  uint32_t at = p->tok.at;
  parse_advance(p);
  Expr *e = parse_tuple(p, true, (Str){0}, false);
  Stmt *s = parse_new(p, ST_DO, at);
  s->expr = e;
  parse_append(l, s);
}

static void parse_print(Parser *p, StmtList *l) {
  parse_advance(p);
  for (bool more = false; p->tok.kind != T_BLOCK_END; more = true) {
    if (more)
      parse_expect(p, T_COMMA);
    Expr *e = parse_expression(p);
    Stmt *s = parse_new(p, ST_OUTPUT, e->at);
    s->expr = e;
    parse_append(l, s);
  }
}

static void parse_jump(Parser *p, StmtList *l) {
  Token t = p->tok;
  bool is_break = parse_at_word(p, STR("break"));
  if (!p->loops)
    parse_fail(p, parse_span(&t),
               is_break ? "'break' outside loop" : "'continue' not properly in loop");
  parse_advance(p);
  parse_append(l, parse_new(p, is_break ? ST_BREAK : ST_CONTINUE, t.at));
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
  Stmt *s = parse_new(p, ST_FAIL, tag.at);
  s->len = tag.len;
  s->message = "no loader for this environment specified";
  s->hint = "macros are found by name in all macro files, there is nothing to import";
  parse_append(l, s);
}

static void parse_import(Parser *p, StmtList *l) {
  Token tag = p->tok;
  parse_advance(p);
  parse_expression(p);
  parse_expect_word(p, STR("as"));
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
  parse_expect_word(p, STR("import"));
  for (bool more = false;; more = true) {
    if (more)
      parse_expect(p, T_COMMA);
    if (p->tok.kind != T_NAME)
      parse_expected(p, STR("name"));
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

void parse_statement(Parser *p, StmtList *l) {
  if (p->tok.kind != T_NAME)
    parse_fail(p, parse_span(&p->tok), "tag name expected");
  Str name = parse_text(p, p->tok);
  for (size_t i = 0; i < COUNT(tags); i++)
    if (str_eq(name, tags[i].tag)) {
      parse_enter(p);
      p->tags[p->ntags++] = name;
      tags[i].parse(p, l);
      p->ntags--;
      parse_leave(p);
      return;
    }
  parse_fail_tag(p, name, parse_span(&p->tok));
}
