// In: a parsed template. Out: the arguments of a call of its as text, put together from the tree in
// the form that dbt gives them in a manifest: as an expression where dbt writes one, else as Jinja
// prints the nodes of its tree. Manifests of both are compared by it.
#include "written.h"
#include "ast.h"

static void put(Buf *out, const char *text) { buf_add(out, str_c(text)); }

typedef void Writer(Buf *out, const Expr *e);
static void as_text(Buf *out, const Expr *e);
static void as_tree(Buf *out, const Expr *e);

typedef struct OpWords {
  const char *text, *tree;
} OpWords;
static const OpWords op_words[] = {
    [OP_ADD] = {"+",      "Add"     },
    [OP_SUB] = {"-",      "Sub"     },
    [OP_MUL] = {"*",      "Mul"     },
    [OP_DIV] = {"/",      "Div"     },
    [OP_FLOORDIV] = {"//",     "FloorDiv"},
    [OP_MOD] = {"%",      "Mod"     },
    [OP_POW] = {"**",     "Pow"     },
    [OP_EQ] = {"==",     "eq"      },
    [OP_NE] = {"!=",     "ne"      },
    [OP_LT] = {"<",      "lt"      },
    [OP_LE] = {"<=",     "lteq"    },
    [OP_GT] = {">",      "gt"      },
    [OP_GE] = {">=",     "gteq"    },
    [OP_IN] = {"in",     "in"      },
    [OP_NOTIN] = {"not in", "notin"   },
};

static void joined(Buf *out, Expr *const *items, size_t n, const char *between, Writer *one) {
  for (size_t i = 0; i < n; i++) {
    put(out, i ? between : "");
    one(out, items[i]);
  }
}

// --- as Jinja prints a tree

static void tree_or_none(Buf *out, const Expr *e) {
  if (e)
    as_tree(out, e);
  else
    put(out, "None");
}

static void tree_list(Buf *out, Expr *const *items, size_t n) {
  put(out, "[");
  joined(out, items, n, ", ", as_tree);
  put(out, "]");
}

static void tree_args(Buf *out, const ArgList *args) {
  static const ArgList none;
  const ArgList *a = args ? args : &none;
  put(out, "args=");
  tree_list(out, a->pos, a->npos);
  put(out, ", kwargs=[");
  for (size_t i = 0; i < a->nkw; i++) {
    put(out, i ? ", Keyword(key=" : "Keyword(key=");
    val_repr(out, val_str(a->kw[i].name));
    put(out, ", value=");
    as_tree(out, a->kw[i].value);
    put(out, ")");
  }
  put(out, "], dyn_args=");
  tree_or_none(out, a->star);
  put(out, ", dyn_kwargs=");
  tree_or_none(out, a->starstar);
  put(out, ")");
}

// "NAME(FIRST=x, SECOND=y" and so on, for nodes made of one to three others.
static void tree_of(Buf *out, const char *name, const char *const fields[3],
                    const Expr *const parts[3]) {
  buf_addf(out, "%s(", name);
  for (size_t i = 0; i < 3 && fields[i]; i++) {
    buf_addf(out, "%s%s=", i ? ", " : "", fields[i]);
    tree_or_none(out, parts[i]);
  }
}

#define TREE(out, name, f1, f2, f3, ...)                                                           \
  tree_of(out, name, (const char *const[3]){f1, f2, f3}, (const Expr *const[3]){__VA_ARGS__})

static void tree_dict(Buf *out, const Expr *e) {
  put(out, "Dict(items=[");
  for (size_t i = 0; i < e->n; i++) {
    put(out, i ? ", " : "");
    TREE(out, "Pair", "key", "value", NULL, e->items[2 * i], e->items[2 * i + 1]);
    put(out, ")");
  }
  put(out, "])");
}

// `a == b` alone is a binary of the tree.
static size_t operands(const Expr *e, const Expr **first, Operand *one, const Operand **all) {
  *first = e->kind == EX_COMPARE ? e->first : e->l;
  *one = (Operand){(Op)e->op, e->kind == EX_COMPARE ? NULL : e->r};
  *all = e->kind == EX_COMPARE ? e->operands : one;
  return e->kind == EX_COMPARE ? e->nop : 1;
}

static void tree_compare(Buf *out, const Expr *e) {
  const Expr *first;
  const Operand *all;
  Operand one;
  size_t n = operands(e, &first, &one, &all);
  TREE(out, "Compare", "expr", NULL, NULL, first);
  put(out, ", ops=[");
  for (size_t i = 0; i < n; i++) {
    buf_addf(out, "%sOperand(op='%s', expr=", i ? ", " : "", op_words[all[i].op].tree);
    as_tree(out, all[i].value);
    put(out, ")");
  }
  put(out, "])");
}

static void tree_binary(Buf *out, const Expr *e) {
  if (e->op >= OP_EQ) {
    tree_compare(out, e);
    return;
  }
  TREE(out, op_words[e->op].tree, "left", "right", NULL, e->l, e->r);
  put(out, ")");
}

static void tree_builtin(Buf *out, const Expr *e) {
  bool filter = e->kind == EX_FILTER;
  put(out, e->negated ? "Not(node=" : "");
  TREE(out, filter ? "Filter" : "Test", "node", NULL, NULL, e->input);
  buf_addf(out, ", name='%s', ", e->builtin->name);
  tree_args(out, e->fargs);
  put(out, e->negated ? ")" : "");
}

static void tree_leaf(Buf *out, const Expr *e) {
  if (e->kind == EX_CONST) {
    put(out, "Const(value=");
    val_repr(out, e->value);
    put(out, ")");
  } else {
    buf_addf(out, "Name(name='%.*s', ctx='load')", STR_ARG(e->sym->name->text));
  }
}

static void tree_sequence(Buf *out, const Expr *e) {
  put(out, e->kind == EX_LIST    ? "List(items="
           : e->kind == EX_TUPLE ? "Tuple(items="
                                 : "Concat(nodes=");
  tree_list(out, e->items, e->n);
  put(out, e->kind == EX_TUPLE ? ", ctx='load')" : ")");
}

static void tree_access(Buf *out, const Expr *e) {
  if (e->kind == EX_ATTR) {
    TREE(out, "Getattr", "node", NULL, NULL, e->of);
    buf_addf(out, ", attr='%.*s'", STR_ARG(e->attr));
  } else {
    TREE(out, "Getitem", "node", "arg", NULL, e->l, e->r);
  }
  put(out, ", ctx='load')");
}

static void as_tree(Buf *out, const Expr *e) {
  switch ((ExprKind)e->kind) {
  case EX_CONST:
  case EX_NAME:
    tree_leaf(out, e);
    return;
  case EX_LIST:
  case EX_TUPLE:
  case EX_CONCAT:
    tree_sequence(out, e);
    return;
  case EX_DICT:
    tree_dict(out, e);
    return;
  case EX_COMPARE:
    tree_compare(out, e);
    return;
  case EX_ATTR:
  case EX_ITEM:
    tree_access(out, e);
    return;
  case EX_FILTER:
  case EX_TEST:
    tree_builtin(out, e);
    return;
  case EX_CALL:
    TREE(out, "Call", "node", NULL, NULL, e->callee);
    put(out, ", ");
    tree_args(out, e->args);
    return;
  case EX_BINARY:
    tree_binary(out, e);
    return;
  case EX_AND:
  case EX_OR:
    TREE(out, e->kind == EX_AND ? "And" : "Or", "left", "right", NULL, e->l, e->r);
    break;
  case EX_NOT:
  case EX_NEG:
  case EX_POS:
    TREE(out,
         e->kind == EX_NOT   ? "Not"
         : e->kind == EX_NEG ? "Neg"
                             : "Pos",
         "node", NULL, NULL, e->l);
    break;
  case EX_COND:
    TREE(out, "CondExpr", "test", "expr1", "expr2", e->test, e->yes, e->no);
    break;
  case EX_SLICE:
    TREE(out, "Slice", "start", "stop", "step", e->from, e->to, e->step);
    break;
  case EX_NSREF:
    return;
  }
  put(out, ")");
}

// --- as an expression

static void text_call(Buf *out, const Expr *e) {
  const ArgList *a = e->args;
  as_text(out, e->callee);
  put(out, "(");
  joined(out, a->pos, a->npos, ", ", as_text);
  for (size_t i = 0; i < a->nkw; i++) {
    buf_addf(out, "%s%.*s=", i + a->npos ? ", " : "", STR_ARG(a->kw[i].name));
    as_text(out, a->kw[i].value);
  }
  bool before = a->npos + a->nkw > 0;
  if (a->star) {
    put(out, before ? ", *" : "*");
    as_text(out, a->star);
  }
  if (a->starstar) {
    put(out, before || a->star ? ", **" : "**");
    as_text(out, a->starstar);
  }
  put(out, ")");
}

static void text_dict(Buf *out, const Expr *e) {
  put(out, "{");
  for (size_t i = 0; i < e->n; i++) {
    put(out, i ? ", " : "");
    as_text(out, e->items[2 * i]);
    put(out, ": ");
    as_text(out, e->items[2 * i + 1]);
  }
  put(out, "}");
}

static void text_sequence(Buf *out, const Expr *e) {
  bool list = e->kind == EX_LIST, tuple = e->kind == EX_TUPLE;
  put(out, list ? "[" : tuple ? "(" : "");
  joined(out, e->items, e->n, list || tuple ? ", " : " ~ ", as_text);
  put(out, list ? "]" : !tuple ? "" : e->n == 1 ? ",)" : ")");
}

static void text_pair(Buf *out, const Expr *l, const char *between, const Expr *r) {
  as_text(out, l);
  put(out, between);
  as_text(out, r);
}

static void text_compare(Buf *out, const Expr *e) {
  const Expr *first;
  const Operand *all;
  Operand one;
  size_t n = operands(e, &first, &one, &all);
  as_text(out, first);
  for (size_t i = 0; i < n; i++) {
    buf_addf(out, " %s ", op_words[all[i].op].text);
    as_text(out, all[i].value);
  }
}

// What dbt does not write as an expression, it leaves to Jinja.
static void text_test(Buf *out, Expr e) {
  put(out, e.negated ? "not " : "");
  e.negated = false;
  as_tree(out, &e);
}

static void as_text(Buf *out, const Expr *e) {
  switch ((ExprKind)e->kind) {
  case EX_CONST:
    val_repr(out, e->value);
    return;
  case EX_NAME:
    buf_add(out, e->sym->name->text);
    return;
  case EX_LIST:
  case EX_TUPLE:
  case EX_CONCAT:
    text_sequence(out, e);
    return;
  case EX_DICT:
    text_dict(out, e);
    return;
  case EX_CALL:
    text_call(out, e);
    return;
  case EX_BINARY:
    if (e->op < OP_EQ)
      as_tree(out, e);
    else
      text_compare(out, e);
    return;
  case EX_COMPARE:
    text_compare(out, e);
    return;
  case EX_AND:
  case EX_OR:
    text_pair(out, e->l, e->kind == EX_AND ? " and " : " or ", e->r);
    return;
  case EX_NOT:
  case EX_NEG:
    put(out, e->kind == EX_NOT ? "not " : "-");
    as_text(out, e->l);
    return;
  case EX_ATTR:
    as_text(out, e->of);
    buf_addf(out, ".%.*s", STR_ARG(e->attr));
    return;
  case EX_ITEM:
    text_pair(out, e->l, "[", e->r);
    put(out, "]");
    return;
  case EX_TEST:
    text_test(out, *e);
    return;
  default:
    as_tree(out, e);
  }
}

// --- calls

// The first call of the name in the text that spells it out; NULL: none.
static const Expr *first_call(const Template *t, Str name) {
  const Expr *first = NULL;
  for (const Expr *e = t->calls; e; e = e->older)
    if (e->callee->kind == EX_NAME && str_eq(e->callee->sym->name->text, name) &&
        (!first || e->at < first->at))
      first = e;
  return first;
}

Value template_written(Arena *a, const Template *t, Str name) {
  Value out = val_dict(a);
  const Expr *call = first_call(t, name);
  for (size_t i = 0; call && i < call->args->nkw; i++) {
    const Keyword *k = &call->args->kw[i];
    Buf text = {.arena = a};
    if (k->value->kind == EX_CONST && k->value->value.kind == VAL_STR)
      buf_add(&text, val_text(k->value->value));
    else
      as_text(&text, k->value);
    dict_sets(a, out.dict, str_dup(a, k->name), val_str(buf_str(&text)));
  }
  return out;
}
