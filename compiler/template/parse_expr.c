// In: tokens. Out: the tree of one expression. Grammar, loosest first:
//   condition  or ("if" or ["else" condition])*
//   or         and ("or" and)*        and   not ("and" not)*        not   "not" not | compare
//   compare    sum (("==" "!=" "<" "<=" ">" ">=" "in" "not in") sum)*
//   sum        concat (("+"|"-") concat)*            concat  product ("~" product)*
//   product    power (("*" "/" "//" "%") power)*     power   unary ("**" unary)*   left to right
//   unary      ("-"|"+") unary-without-filters | primary, then postfix, filters, tests
#include "parse_expr.h"
#include "../base/map.h"
#include "../base/vec.h"
#include "parse.h"
#include "scope.h"

void parse_push(Parser *p, void *item) {
  vec_room(p->arena, p->stack, p->nstack, p->stack_cap);
  p->stack[p->nstack++] = item;
}

void *parse_copy_stack(Parser *p, size_t from, size_t *n) {
  *n = p->nstack - from;
  void **items = arena_alloc(p->arena, *n * sizeof *items);
  if (*n)
    memcpy(items, p->stack + from, *n * sizeof *items);
  p->nstack = from;
  return items;
}

static Expr *node(Parser *p, ExprKind kind, uint32_t at) {
  Expr *e = arena_alloc(p->arena, sizeof *e);
  e->kind = (uint8_t)kind;
  e->op = 0;
  e->constant = e->negated = false;
  e->at = e->mark = at;
  e->len = p->prev_end - at;
  return e;
}

static Expr *pair(Parser *p, ExprKind kind, Expr *l, Expr *r, uint32_t mark) {
  Expr *e = node(p, kind, l ? l->at : mark);
  e->l = l;
  e->r = r;
  e->mark = mark;
  e->constant = (!l || l->constant) && (!r || r->constant);
  return e;
}

static Expr *constant(Parser *p, Value v, uint32_t at) {
  Expr *e = node(p, EX_CONST, at);
  e->value = v;
  e->constant = true;
  return e;
}

// --- arguments
static bool all_constant(const ArgList *a) {
  if (!a)
    return true;
  bool all = (!a->star || a->star->constant) && (!a->starstar || a->starstar->constant);
  for (uint32_t i = 0; i < a->npos; i++)
    all &= a->pos[i]->constant;
  for (uint32_t i = 0; i < a->nkw; i++)
    all &= a->kw[i].value->constant;
  return all;
}

// Whether a keyword of this call, on the stack from `first` on, has the name. `seen` has those of a
// long call.
static bool is_repeated(Parser *p, Map *seen, size_t first, Str name) {
  enum { FEW = 8 };
  size_t n = p->nstack - first;
  if (n >= FEW) {
    while (seen->n < n)
      map_put(p->arena, seen, ((Keyword *)p->stack[first + seen->n])->name, p);
    return map_get(seen, name);
  }
  for (size_t i = first; i < p->nstack; i++)
    if (str_eq(((Keyword *)p->stack[i])->name, name))
      return true;
  return false;
}

static void keyword(Parser *p, Map *seen, size_t first) {
  Keyword *k = arena_new(p->arena, Keyword);
  Token name = p->tok;
  k->name = parse_text(p, name);
  if (is_repeated(p, seen, first, k->name))
    parse_fail(p, parse_span(&name), "keyword argument repeated: %.*s", STR_ARG(k->name));
  parse_advance(p);
  parse_advance(p);
  k->value = parse_expression(p);
  parse_push(p, k);
}

static void copy_keywords(Parser *p, ArgList *a, size_t first) {
  a->nkw = (uint32_t)(p->nstack - first);
  a->kw = arena_alloc(p->arena, a->nkw * sizeof *a->kw);
  for (uint32_t i = 0; i < a->nkw; i++)
    a->kw[i] = *(Keyword *)p->stack[first + i];
  p->nstack = first;
}

ArgList *parse_args(Parser *p) {
  ArgList *a = arena_new(p->arena, ArgList);
  uint32_t open = p->tok.at;
  parse_expect(p, T_LPAREN);
  size_t from = p->nstack, kw_from = 0, n;
  bool keywords = false;
  Map seen = {0};
  for (bool comma = false; p->tok.kind != T_RPAREN; comma = true) {
    if (comma) {
      parse_expect(p, T_COMMA);
      if (p->tok.kind == T_RPAREN)
        break;
    }
    bool ok = true;
    if (p->tok.kind == T_MUL) {
      ok = !a->star && !a->starstar;
      parse_advance(p);
      Expr *e = parse_expression(p);
      a->star = ok ? e : a->star;
    } else if (p->tok.kind == T_POW) {
      ok = !a->starstar;
      parse_advance(p);
      Expr *e = parse_expression(p);
      a->starstar = ok ? e : a->starstar;
    } else if (p->tok.kind == T_NAME && parse_look(p).kind == T_ASSIGN) {
      ok = !a->starstar;
      if (!keywords) {
        a->pos = parse_copy_stack(p, from, &n);
        a->npos = (uint32_t)n;
        kw_from = p->nstack;
        keywords = true;
      }
      keyword(p, &seen, kw_from);
    } else {
      ok = !a->star && !a->starstar && !keywords;
      Expr *e = parse_expression(p);
      if (ok)
        parse_push(p, e);
    }
    if (p->tok.kind == T_COLON)
      parse_fail_hint(p, CODE_TEMPLATE_SYNTAX, parse_span(&p->tok),
                      "an argument is given with '=': name=value",
                      "invalid syntax for function call expression");
    if (!ok)
      parse_fail(p, (Span){open, 1}, "invalid syntax for function call expression");
  }
  parse_expect(p, T_RPAREN);
  if (keywords) {
    copy_keywords(p, a, kw_from);
  } else {
    a->pos = parse_copy_stack(p, from, &n);
    a->npos = (uint32_t)n;
  }
  return a;
}

// --- primaries
static Expr *strings(Parser *p) {
  Token first = p->tok;
  Str all = {0};
  for (bool joined = false; p->tok.kind == T_STRING; joined = true) {
    const char *error = NULL;
    Str s = str_n(p->lex.text.ptr + p->tok.at + 1, p->tok.len - 2);
    if (p->tok.escapes)
      s = lex_string(p->arena, parse_text(p, p->tok), &error);
    if (error)
      parse_fail(p, parse_span(&p->tok), "%s", error);
    all = joined ? str_cat(p->arena, all, s) : s;
    parse_advance(p);
  }
  return constant(p, val_str(all), first.at);
}

static Expr *number(Parser *p) {
  uint32_t at = p->tok.at;
  Value v = lex_number(p->arena, parse_text(p, p->tok), p->tok.kind == T_FLOAT);
  if (v.kind == VAL_UNDEF)
    parse_fail(p, parse_span(&p->tok), "the number is too big");
  parse_advance(p);
  return constant(p, v, at);
}

// The constants that are spelled as names.
static bool named_constant(Str s, Value *v) {
  if (str_is(s, "true") || str_is(s, "True"))
    *v = val_bool(true);
  else if (str_is(s, "false") || str_is(s, "False"))
    *v = val_bool(false);
  else if (str_is(s, "none") || str_is(s, "None"))
    *v = val_none();
  else
    return false;
  return true;
}

static Expr *name(Parser *p) {
  Token t = p->tok;
  Str s = parse_text(p, t);
  parse_advance(p);
  Value v;
  if ((s.len == 4 || s.len == 5) && named_constant(s, &v))
    return constant(p, v, t.at);
  Expr *e = node(p, EX_NAME, t.at);
  e->sym = scope_load(p, s);
  return e;
}

static Expr *sequence(Parser *p, ExprKind kind, size_t from, uint32_t at) {
  size_t n;
  Expr **items = parse_copy_stack(p, from, &n);
  Expr *e = node(p, kind, at);
  e->items = items;
  e->n = (uint32_t)n;
  e->constant = true;
  for (size_t i = 0; i < n; i++)
    e->constant &= items[i]->constant;
  return e;
}

static Expr *list(Parser *p) {
  uint32_t at = p->tok.at;
  parse_expect(p, T_LBRACKET);
  size_t from = p->nstack;
  while (p->tok.kind != T_RBRACKET) {
    if (p->nstack > from)
      parse_expect(p, T_COMMA);
    if (p->tok.kind == T_RBRACKET)
      break;
    Expr *e = parse_expression(p);
    parse_push(p, e);
  }
  parse_expect(p, T_RBRACKET);
  return sequence(p, EX_LIST, from, at);
}

static Expr *dict(Parser *p) {
  uint32_t at = p->tok.at;
  parse_expect(p, T_LBRACE);
  size_t from = p->nstack;
  while (p->tok.kind != T_RBRACE) {
    if (p->nstack > from)
      parse_expect(p, T_COMMA);
    if (p->tok.kind == T_RBRACE)
      break;
    Expr *key = parse_expression(p);
    parse_expect(p, T_COLON);
    Expr *value = parse_expression(p);
    parse_push(p, key);
    parse_push(p, value);
  }
  parse_expect(p, T_RBRACE);
  Expr *e = sequence(p, EX_DICT, from, at);
  e->n /= 2;
  return e;
}

static _Noreturn void unexpected(Parser *p) {
  Str s = p->tok.kind == T_NAME ? parse_text(p, p->tok) : str_c(lex_describe(p->tok.kind));
  parse_fail(p, parse_span(&p->tok), "unexpected '%.*s'", STR_ARG(s));
}

static Expr *primary(Parser *p) {
  switch (p->tok.kind) {
  case T_NAME:
    return name(p);
  case T_STRING:
    return strings(p);
  case T_INT:
  case T_FLOAT:
    return number(p);
  case T_LPAREN: {
    uint32_t at = p->tok.at;
    parse_advance(p);
    Expr *e = parse_tuple(p, true, (Str){0}, true);
    parse_expect(p, T_RPAREN);
    if (e->kind == EX_TUPLE && e->at >= at) {
      e->at = at;
      e->len = p->prev_end - at;
    }
    return e;
  }
  case T_LBRACKET:
    return list(p);
  case T_LBRACE:
    return dict(p);
  default:
    unexpected(p);
  }
}

// --- what follows a primary
static Expr *slice_part(Parser *p) {
  if (p->tok.kind == T_COLON || p->tok.kind == T_RBRACKET || p->tok.kind == T_COMMA)
    return NULL;
  return parse_expression(p);
}

static Expr *subscript(Parser *p) {
  uint32_t at = p->tok.at;
  Expr *from = NULL, *to = NULL, *step = NULL;
  if (p->tok.kind != T_COLON) {
    from = parse_expression(p);
    if (p->tok.kind != T_COLON)
      return from;
  }
  parse_advance(p);
  to = slice_part(p);
  if (parse_skip(p, T_COLON))
    step = slice_part(p);
  Expr *e = node(p, EX_SLICE, at);
  e->from = from;
  e->to = to;
  e->step = step;
  e->constant = (!from || from->constant) && (!to || to->constant) && (!step || step->constant);
  return e;
}

static Expr *brackets(Parser *p, Expr *of) {
  uint32_t mark = p->tok.at;
  parse_advance(p);
  size_t from = p->nstack;
  while (p->tok.kind != T_RBRACKET) {
    if (p->nstack > from)
      parse_expect(p, T_COMMA);
    Expr *e = subscript(p);
    parse_push(p, e);
  }
  parse_expect(p, T_RBRACKET);
  Expr *arg = NULL;
  if (p->nstack == from + 1)
    arg = p->stack[--p->nstack];
  else
    arg = sequence(p, EX_TUPLE, from, mark);
  Expr *e = pair(p, EX_ITEM, of, arg, mark);
  return e;
}

static Expr *dot(Parser *p, Expr *of) {
  parse_advance(p);
  uint32_t mark = p->tok.at;
  if (p->tok.kind == T_NAME) {
    Str attr = parse_text(p, p->tok);
    parse_advance(p);
    Expr *e = node(p, EX_ATTR, of->at);
    e->of = of;
    e->attr = attr;
    e->mark = mark;
    e->constant = of->constant;
    return e;
  }
  if (p->tok.kind != T_INT)
    parse_fail(p, parse_span(&p->tok), "expected name or number");
  Expr *n = number(p);
  return pair(p, EX_ITEM, of, n, mark);
}

static Expr *call(Parser *p, Expr *callee) {
  uint32_t mark = callee->kind == EX_ATTR ? callee->mark : callee->at;
  ArgList *args = parse_args(p);
  Expr *e = node(p, EX_CALL, callee->at);
  e->callee = callee;
  e->args = args;
  e->mark = mark;
  e->older = p->t->calls;
  p->t->calls = e;
  return e;
}

static Expr *postfix(Parser *p, Expr *e) {
  for (;;) {
    if (p->tok.kind == T_DOT)
      e = dot(p, e);
    else if (p->tok.kind == T_LBRACKET)
      e = brackets(p, e);
    else if (p->tok.kind == T_LPAREN)
      e = call(p, e);
    else
      return e;
  }
}

// "name" or "name.name" after | and is.
static Str dotted(Parser *p, Token *first) {
  *first = parse_expect_name(p);
  Str s = parse_text(p, *first);
  while (p->tok.kind == T_DOT) {
    parse_advance(p);
    Token t = parse_expect_name(p);
    s = str_fmt(p->arena, "%.*s.%.*s", STR_ARG(s), STR_ARG(parse_text(p, t)));
  }
  return s;
}

static void add_pending(Parser *p, const char *kind, Str s, Span span) {
  vec_room(p->arena, p->pending, p->npending, p->pending_cap);
  p->pending[p->npending++] = (Pending){kind, s, span};
}

static const Native *builtin(Parser *p, const char *kind, Str s, Token t) {
  const Native *b = kind[0] == 'f' ? builtin_filter(s) : builtin_test(s);
  if (b)
    return b;
  if (!p->soft)
    add_pending(p, kind, s, parse_span(&t));
  UnknownBuiltin *u = arena_new(p->arena, UnknownBuiltin);
  u->builtin.name = str_cstr(p->arena, s);
  return &u->builtin;
}

// Filters that Jinja does not compute when it compiles: they need the context or mark a value.
static bool folds(const Native *b) {
  static const char *const never[] = {"map",    "select",  "reject",  "selectattr", "rejectattr",
                                      "random", "as_text", "as_bool", "as_native",  "as_number"};
  for (size_t i = 0; i < COUNT(never); i++)
    if (strcmp(never[i], b->name) == 0)
      return false;
  return b->fn != NULL;
}

Expr *parse_filters(Parser *p, Expr *input, bool inline_first) {
  while (p->tok.kind == T_PIPE || inline_first) {
    if (!inline_first)
      parse_advance(p);
    inline_first = false;
    Token t;
    Str s = dotted(p, &t);
    ArgList *args = p->tok.kind == T_LPAREN ? parse_args(p) : NULL;
    Expr *e = node(p, EX_FILTER, input ? input->at : t.at);
    e->input = input;
    e->fargs = args;
    e->builtin = builtin(p, "filter", s, t);
    e->mark = t.at;
    e->constant = input && input->constant && all_constant(args) && folds(e->builtin);
    input = e;
  }
  return input;
}

static bool starts_test_argument(Parser *p) {
  switch (p->tok.kind) {
  case T_NAME:
    return !parse_at_word(p, STR("else")) && !parse_at_word(p, STR("or")) &&
           !parse_at_word(p, STR("and"));
  case T_STRING:
  case T_INT:
  case T_FLOAT:
  case T_LBRACKET:
  case T_LBRACE:
    return true;
  default:
    return false;
  }
}

static Expr *test(Parser *p, Expr *input) {
  parse_advance(p); // is
  bool negated = parse_skip_word(p, STR("not"));
  Token t;
  Str s = dotted(p, &t);
  ArgList *args = NULL;
  if (p->tok.kind == T_LPAREN) {
    args = parse_args(p);
  } else if (starts_test_argument(p)) {
    if (parse_at_word(p, STR("is")))
      parse_fail(p, parse_span(&p->tok), "You cannot chain multiple tests with is");
    parse_enter(p);
    Expr *arg = postfix(p, primary(p));
    parse_leave(p);
    args = arena_new(p->arena, ArgList);
    args->pos = arena_new(p->arena, Expr *);
    args->pos[0] = arg;
    args->npos = 1;
  }
  Expr *e = node(p, EX_TEST, input->at);
  e->input = input;
  e->fargs = args;
  e->builtin = builtin(p, "test", s, t);
  e->mark = t.at;
  e->negated = negated;
  e->constant = input->constant && all_constant(args) && e->builtin->fn;
  return e;
}

static Expr *filters_and_tests(Parser *p, Expr *e) {
  for (;;) {
    if (p->tok.kind == T_PIPE)
      e = parse_filters(p, e, false);
    else if (p->tok.kind == T_NAME && parse_at_word(p, STR("is")))
      e = test(p, e);
    else if (p->tok.kind == T_LPAREN)
      e = call(p, e);
    else
      return e;
  }
}

static Expr *unary(Parser *p, bool filters) {
  Expr *e;
  if (p->tok.kind == T_SUB || p->tok.kind == T_ADD) {
    Token t = p->tok;
    parse_enter(p);
    parse_advance(p);
    Expr *of = unary(p, false);
    e = node(p, t.kind == T_SUB ? EX_NEG : EX_POS, t.at);
    e->l = of;
    e->r = NULL;
    e->constant = of->constant;
    parse_leave(p);
  } else {
    e = primary(p);
  }
  e = postfix(p, e);
  return filters ? filters_and_tests(p, e) : e;
}

// --- binary operators, by climbing
enum { P_OR, P_AND, P_NOT, P_COMPARE, P_SUM, P_CONCAT, P_PRODUCT, P_POWER, P_UNARY };

static const struct {
  uint8_t level, op;
} binaries[T_SEMICOLON + 1] = {
    [T_EQ] = {P_COMPARE, OP_EQ      },
      [T_NE] = {P_COMPARE, OP_NE      },
    [T_LT] = {P_COMPARE, OP_LT      },
      [T_LE] = {P_COMPARE, OP_LE      },
    [T_GT] = {P_COMPARE, OP_GT      },
      [T_GE] = {P_COMPARE, OP_GE      },
    [T_ADD] = {P_SUM,     OP_ADD     },
      [T_SUB] = {P_SUM,     OP_SUB     },
    [T_TILDE] = {P_CONCAT,  0          },
      [T_MUL] = {P_PRODUCT, OP_MUL     },
    [T_DIV] = {P_PRODUCT, OP_DIV     },
      [T_FLOORDIV] = {P_PRODUCT, OP_FLOORDIV},
    [T_MOD] = {P_PRODUCT, OP_MOD     },
      [T_POW] = {P_POWER,   OP_POW     },
};

static Expr *binary(Parser *p, int level);

// The comparison operator at the current token; goes past it.
static bool comparison(Parser *p, Op *op) {
  if (p->tok.kind == T_NAME) {
    if (parse_at_word(p, STR("in"))) {
      *op = OP_IN;
    } else if (parse_at_word(p, STR("not"))) {
      Token next = parse_look(p);
      if (next.kind != T_NAME || !str_is(parse_text(p, next), "in"))
        return false;
      parse_advance(p);
      *op = OP_NOTIN;
    } else {
      return false;
    }
  } else if (binaries[p->tok.kind].level == P_COMPARE) {
    *op = (Op)binaries[p->tok.kind].op;
  } else {
    return false;
  }
  parse_advance(p);
  return true;
}

static Expr *compare(Parser *p, Expr *first) {
  Op op;
  uint32_t mark = p->tok.at;
  if (!comparison(p, &op))
    return first;
  Expr *right = binary(p, P_SUM);
  uint32_t next_mark = p->tok.at;
  Op next;
  if (!comparison(p, &next)) {
    Expr *e = pair(p, EX_BINARY, first, right, mark);
    e->op = (uint8_t)op;
    return e;
  }
  Operand *operands = NULL;
  size_t n = 0, cap = 0;
  bool all = first->constant;
  for (bool more = true;; more = comparison(p, &next)) {
    vec_room(p->arena, operands, n, cap);
    operands[n++] = (Operand){op, right};
    all &= right->constant;
    if (!more)
      break;
    op = next;
    right = binary(p, P_SUM);
  }
  Expr *e = node(p, EX_COMPARE, first->at);
  e->first = first;
  e->operands = operands;
  e->nop = (uint32_t)n;
  e->mark = next_mark;
  e->constant = all;
  return e;
}

static Expr *concat(Parser *p, Expr *first) {
  size_t from = p->nstack;
  uint32_t mark = p->tok.at;
  parse_push(p, first);
  while (parse_skip(p, T_TILDE)) {
    Expr *e = binary(p, P_PRODUCT);
    parse_push(p, e);
  }
  Expr *e = sequence(p, EX_CONCAT, from, first->at);
  e->mark = mark;
  return e;
}

static Expr *logic(Parser *p, Expr *left, ExprKind kind, int level) {
  uint32_t mark = p->tok.at;
  parse_advance(p);
  Expr *right = binary(p, level + 1);
  return pair(p, kind, left, right, mark);
}

static Expr *negation(Parser *p) {
  Token t = p->tok;
  parse_enter(p);
  parse_advance(p);
  Expr *of = binary(p, P_NOT);
  Expr *e = node(p, EX_NOT, t.at);
  e->l = of;
  e->r = NULL;
  e->constant = of->constant;
  parse_leave(p);
  return e;
}

// An operand and all operators after it that bind at least as tightly as `level`.
static Expr *binary(Parser *p, int level) {
  Expr *left;
  if (level <= P_NOT && p->tok.kind == T_NAME && parse_at_word(p, STR("not")))
    left = negation(p);
  else
    left = unary(p, true);
  for (;;) {
    TokenKind k = p->tok.kind;
    if (k == T_NAME) {
      if (level <= P_OR && parse_at_word(p, STR("or")))
        left = logic(p, left, EX_OR, P_OR);
      else if (level <= P_AND && parse_at_word(p, STR("and")))
        left = logic(p, left, EX_AND, P_AND);
      else if (level <= P_COMPARE &&
               (parse_at_word(p, STR("in")) || parse_at_word(p, STR("not")))) {
        Expr *e = compare(p, left);
        if (e == left)
          return left;
        left = e;
      } else {
        return left;
      }
      continue;
    }
    int l = binaries[k].level;
    if (!l || l < level)
      return left;
    if (l == P_COMPARE) {
      left = compare(p, left);
    } else if (l == P_CONCAT) {
      left = concat(p, left);
    } else {
      uint32_t mark = p->tok.at;
      parse_advance(p);
      Expr *right = l == P_POWER ? unary(p, true) : binary(p, l + 1);
      left = pair(p, EX_BINARY, left, right, mark);
      left->op = binaries[k].op;
    }
  }
}

Expr *parse_no_condition(Parser *p) {
  parse_enter(p);
  Expr *e = binary(p, P_OR);
  parse_leave(p);
  return e;
}

Expr *parse_expression(Parser *p) {
  parse_enter(p);
  size_t pending = p->npending;
  Expr *e = binary(p, P_OR);
  while (p->tok.kind == T_NAME && parse_at_word(p, STR("if"))) {
    p->npending = pending; // inside a condition, unknown filters are not an error yet
    p->soft++;
    uint32_t mark = p->tok.at;
    parse_advance(p);
    Expr *test_expr = parse_no_condition(p);
    Expr *no = parse_skip_word(p, STR("else")) ? parse_expression(p) : NULL;
    Expr *yes = e;
    e = node(p, EX_COND, yes->at);
    e->test = test_expr;
    e->yes = yes;
    e->no = no;
    e->mark = mark;
    e->constant = yes->constant && test_expr->constant && no && no->constant;
    p->soft--;
  }
  parse_leave(p);
  return e;
}

static bool tuple_ends(Parser *p, Str end_word) {
  return p->tok.kind == T_VAR_END || p->tok.kind == T_BLOCK_END || p->tok.kind == T_RPAREN ||
         (end_word.len && parse_at_word(p, end_word));
}

Expr *parse_tuple(Parser *p, bool condition, Str end_word, bool parens) {
  size_t from = p->nstack;
  uint32_t at = p->tok.at;
  bool is_tuple = false;
  for (;;) {
    if (p->nstack > from)
      parse_expect(p, T_COMMA);
    if (tuple_ends(p, end_word))
      break;
    Expr *e = condition ? parse_expression(p) : parse_no_condition(p);
    if (p->tok.kind != T_COMMA && !is_tuple)
      return e; // nothing else is on the stack
    parse_push(p, e);
    if (p->tok.kind != T_COMMA)
      break;
    is_tuple = true;
  }
  if (!is_tuple && !parens) {
    Str got = p->tok.kind == T_NAME ? parse_text(p, p->tok) : str_c(lex_describe(p->tok.kind));
    parse_fail(p, parse_span(&p->tok), "Expected an expression, got '%.*s'", STR_ARG(got));
  }
  return sequence(p, EX_TUPLE, from, at);
}

// --- targets of assignments
static _Noreturn void cannot_assign(Parser *p, Span span, const char *what) {
  parse_fail(p, span, "can't assign to '%s'", what);
}

Str parse_target_name(Parser *p, Span *span) {
  Token t = parse_expect_name(p);
  Str s = parse_text(p, t);
  Value v;
  if (named_constant(s, &v))
    cannot_assign(p, parse_span(&t), "name");
  if (span)
    *span = parse_span(&t);
  return s;
}

static _Noreturn void not_a_target(Parser *p) {
  static const struct {
    TokenKind kind;
    const char *what;
  } bad[] = {
      {T_STRING,   "const"},
      {T_INT,      "const"},
      {T_FLOAT,    "const"},
      {T_LBRACE,   "dict" },
      {T_LBRACKET, "list" }
  };
  for (size_t i = 0; i < COUNT(bad); i++)
    if (p->tok.kind == bad[i].kind)
      cannot_assign(p, parse_span(&p->tok), bad[i].what);
  unexpected(p);
}

static Expr *simple_target(Parser *p, bool with_namespace) {
  if (p->tok.kind == T_LPAREN) {
    parse_enter(p);
    parse_advance(p);
    Expr *e = parse_target(p, (Str){0}, false);
    parse_expect(p, T_RPAREN);
    parse_leave(p);
    return e;
  }
  if (p->tok.kind != T_NAME)
    not_a_target(p);
  uint32_t at = p->tok.at;
  Str s = parse_text(p, p->tok);
  Value v;
  if (named_constant(s, &v))
    cannot_assign(p, parse_span(&p->tok), "const");
  parse_advance(p);
  Expr *e = node(p, EX_NAME, at);
  e->target = s;
  if (!with_namespace || p->tok.kind != T_DOT)
    return e;
  parse_advance(p);
  Token attr = parse_expect_name(p);
  Expr *ns = node(p, EX_NSREF, at);
  ns->of = e;
  ns->attr = parse_text(p, attr);
  ns->mark = attr.at;
  return ns;
}

Expr *parse_target(Parser *p, Str end_word, bool with_namespace) {
  size_t from = p->nstack;
  uint32_t at = p->tok.at;
  bool is_tuple = false;
  for (;;) {
    if (p->nstack > from)
      parse_expect(p, T_COMMA);
    if (tuple_ends(p, end_word) || p->tok.kind == T_ASSIGN)
      break;
    Expr *e = simple_target(p, with_namespace);
    if (p->tok.kind != T_COMMA && !is_tuple)
      return e;
    parse_push(p, e);
    if (p->tok.kind != T_COMMA)
      break;
    is_tuple = true;
  }
  if (!is_tuple) {
    Str got = str_c(lex_describe(p->tok.kind));
    parse_fail(p, parse_span(&p->tok), "Expected an expression, got '%.*s'", STR_ARG(got));
  }
  return sequence(p, EX_TUPLE, from, at);
}
