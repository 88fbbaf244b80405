// Expressions of the tree -> values.
#ifndef STARC_EVAL_EXPR_H
#define STARC_EVAL_EXPR_H
#include "interp.h"

Value eval_expr(Eval *ev, Frame *f, const Expr *e);
void eval_assign(Eval *ev, Frame *f, const Expr *target, Value v);

// The filters of a block (its innermost has no input of its own) on a text.
Value eval_block_filter(Eval *ev, Frame *f, const Expr *e, Value text);
Value eval_escape(Eval *ev, Value v); // as text that is safe in HTML

#endif
