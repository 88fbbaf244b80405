// In: {% macro %}, {% test %}, {% materialization %}, {% docs %} and {% call %}. Out: what has
// parameters and a body of its own: a MacroDef, and but for a call block a Macro of the template.
#include "parse_macro.h"
#include "../base/vec.h"
#include "call.h"
#include "interp.h"
#include "parse_expr.h"
#include "scope.h"

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

// A name, and how often it had been read before a body.
typedef struct Special {
  const Name *name;
  uint32_t loads;
} Special;

typedef struct Specials {
  Special caller, kwargs, varargs;
} Specials;

static Special special(Parser *p, Str text) {
  const Name *n = scope_intern(p, text);
  return (Special){n, n->loads};
}

static bool is_read(Special s) { return s.name->loads != s.loads; }

// caller, kwargs and varargs are parameters when the body names them.
static void implicit_params(Parser *p, MacroDef *m, Specials before) {
  if (is_read(before.caller)) {
    m->wants_caller = true;
    if (!m->explicit_caller)
      m->caller = scope_param(p, STR("caller"));
    for (uint32_t i = 0; i < m->nparams; i++)
      if (str_is(m->params[i], "caller") && !m->defaults[i])
        parse_fail(p, m->head,
                   "When defining macros or call blocks the special \"caller\" argument must be "
                   "omitted or be given a default.");
  }
  if (is_read(before.kwargs) && !has_param(m, STR("kwargs"))) {
    m->wants_kwargs = true;
    m->kwargs = scope_param(p, STR("kwargs"));
  }
  if (is_read(before.varargs) && !has_param(m, STR("varargs"))) {
    m->wants_varargs = true;
    m->varargs = scope_param(p, STR("varargs"));
  }
}

static void macro_body(Parser *p, MacroDef *m, const Str *end) {
  Specials before = {special(p, STR("caller")), special(p, STR("kwargs")),
                     special(p, STR("varargs"))};
  m->body = parse_whole_body(p, end);
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
  vec_room(p->arena, t->macros, t->nmacros, t->macros_cap);
  t->macros[t->nmacros++] = v;
}

static void finish_macro(Parser *p, StmtList *l, MacroDef *m, uint32_t at) {
  uint32_t end = p->tok.at + p->tok.len; // the "%}" of the end tag
  uint32_t begin = at;
  while (begin > 0 && p->lex.text.ptr[begin] != '{')
    begin--;
  m->span = (Span){begin, end - begin};
  register_macro(p, m);
  Stmt *s = parse_new(p, ST_MACRO, at);
  s->macro = m;
  s->msym = scope_store(p, internal_name(p, m->name));
  parse_append(l, s);
}

// {% macro name(..) %}, {% test name(..) %}, {% data_test name(..) %}
void parse_macro(Parser *p, StmtList *l) {
  static const Str ends[][2] = {
      {STR_INIT("endmacro"),     {0}},
      {STR_INIT("endtest"),      {0}},
      {STR_INIT("enddata_test"), {0}}
  };
  uint32_t at = p->tok.at;
  int kind = parse_at_word(p, STR("macro")) ? 0 : parse_at_word(p, STR("test")) ? 1 : 2;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  m->name = parse_target_name(p, &m->head);
  if (kind)
    m->name = str_fmt(p->arena, "test_%.*s", STR_ARG(m->name));
  Place was = parse_place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  signature(p, m);
  macro_body(p, m, ends[kind]);
  scope_close(p);
  parse_place_leave(p, was);
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
      parse_fail_hint(p, CODE_WRONG_ARGUMENT, span,
                      "it takes default, adapter='..' and supported_languages=[..]",
                      "materialization '%.*s' received unknown argument '%.*s'.", STR_ARG(name),
                      STR_ARG(option));
    }
  }
}

void parse_materialization(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("endmaterialization"), {0}};
  uint32_t at = p->tok.at;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  Str name = parse_target_name(p, &m->head), adapter = STR("default");
  Place was = parse_place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  materialization_options(p, m, name, &adapter);
  m->name = str_fmt(p->arena, "materialization_%.*s_%.*s", STR_ARG(name), STR_ARG(adapter));
  macro_body(p, m, end);
  scope_close(p);
  parse_place_leave(p, was);
  finish_macro(p, l, m, at);
}

void parse_docs(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("enddocs"), {0}};
  uint32_t at = p->tok.at;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  m->name = str_fmt(p->arena, "dbt_docs__%.*s", STR_ARG(parse_target_name(p, &m->head)));
  Place was = parse_place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  macro_body(p, m, end);
  scope_close(p);
  parse_place_leave(p, was);
  finish_macro(p, l, m, at);
}

void parse_call_block(Parser *p, StmtList *l) {
  static const Str end[] = {STR_INIT("endcall"), {0}};
  Token tag = p->tok;
  parse_advance(p);
  MacroDef *m = arena_new(p->arena, MacroDef);
  m->name = STR("caller");
  m->head = parse_span(&tag);
  // The signature belongs to the inside, the call between it and the body to the outside.
  Place was = parse_place_enter(p, &m->fn);
  m->scope = scope_open(p, &m->fn);
  if (p->tok.kind == T_LPAREN)
    signature(p, m);
  Scope *inner = p->scope;
  Place inside = parse_place_enter(p, NULL);
  scope_suspend(p);
  parse_place_leave(p, was);
  Expr *call = parse_expression(p);
  if (call->kind != EX_CALL)
    parse_fail(p, parse_span(&tag), "expected call");
  Stmt *s = parse_new(p, ST_CALL, tag.at);
  s->call = call;
  s->macro = m;
  scope_resume(p, inner);
  parse_place_leave(p, inside);
  macro_body(p, m, end);
  scope_close(p);
  parse_place_leave(p, was);
  parse_append(l, s);
}
