// Expressions of a template.
#ifndef STARC_PARSE_EXPR_H
#define STARC_PARSE_EXPR_H
#include "parse.h"

Expr *parse_expression(Parser *p);
Expr *parse_no_condition(Parser *p); // without inline if

// "a, b": a tuple, or one expression. ends_in: ends before "in" or "recursive".
Expr *parse_tuple(Parser *p, bool condition, Str end_word, bool parens);

// What can be assigned to; its names are bound later, by scope_target.
Expr *parse_target(Parser *p, Str end_word, bool with_namespace);
Str parse_target_name(Parser *p, Span *span);

// "a | b(c)" on input (may be NULL); inline_first: starts with the name, without "|".
Expr *parse_filters(Parser *p, Expr *input, bool inline_first);
ArgList *parse_args(Parser *p);
void *parse_copy_stack(Parser *p, size_t from, size_t *n); // pops items [from..) into the arena
void parse_push(Parser *p, void *item);

#endif
