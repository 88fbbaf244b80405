// What the materialization of a load asks of its source: adapter.starc_load_open() and its kin.
#ifndef STARC_CONTEXT_LOAD_ROWS_H
#define STARC_CONTEXT_LOAD_ROWS_H
#include "../value/types.h"

// load_open(last, again): the plan as a dict.
Value load_rows_open(Eval *ev, const Value *v);
// load_rows(relation, part, columns): {rows, bytes}.
Value load_rows_bring(Eval *ev, const Value *v);

// load_column(name): what a column of the source is called in the table.
Value load_rows_column(Eval *ev, const Value *v);
// load_ordered(expression, type): what a column of the table is ordered by as its source orders it.
Value load_rows_ordered(Eval *ev, const Value *v);
// load_text_of(expression, type): the expression as a text that a cursor can be compared with.
Value load_rows_text(Eval *ev, const Value *v);
// load_change(was, now, was_nullable, now_nullable): "same": the column takes all that comes;
// "widened": it does as the other type; "other".
Value load_rows_change(Eval *ev, const Value *v);
// load_nullable(type): the type that takes NULL beside.
Value load_rows_nullable(Eval *ev, const Value *v);

#endif
