// What natives of the context need of the evaluation that calls them: its context, its arguments as
// text, macros called from C.
#ifndef STARC_CONTEXT_EVALUATION_H
#define STARC_CONTEXT_EVALUATION_H
#include "context.h"

Context *context_of(Eval *ev);
// The macro of that bare name as dbt's adapters find it: the project's own, then a package's, then
// the built-in one. Fails when there is none.
Value context_macro(Eval *ev, const Context *c, Str name);
// Calls it, as dbt's adapters do: arguments by their names.
Value context_call_macro(Eval *ev, Context *c, const char *name, const Kwarg *kw, size_t nkw);
// A text argument; fails naming the function and argument when it is not text.
Str context_text_arg(Eval *ev, Value v, const char *fname, const char *what);
// The text of v, or empty for none and undefined.
Str text_or_empty(Arena *a, Value v);

#endif
