// An evaluation as the natives of the context see it. In: what a call was given. Out: the context,
// texts, the values of macros that the adapter calls.
#include "evaluation.h"

#include "../template/ops.h"
#include "macros_parts.h"

Context *context_of(Eval *ev) { return eval_host_data(ev); }

Value context_macro(Eval *ev, const Context *c, Str name) {
  MacroEntry *e = macros_find_anywhere(c->shared->macros, name);
  if (!e)
    eval_fail_code(ev, CODE_UNKNOWN_MACRO,
                   "the adapter needs a macro named '%.*s', and there is none", STR_ARG(name));
  return macro_entry_value(e);
}

Value context_call_macro(Eval *ev, Context *c, const char *name, const Kwarg *kw, size_t nkw) {
  Args args = {NULL, 0, kw, nkw};
  return eval_call(ev, context_macro(ev, c, str_c(name)), &args);
}

Str context_text_arg(Eval *ev, Value v, const char *fname, const char *what) {
  if (v.kind == VAL_UNDEF && v.undef && v.undef->name.len)
    eval_fail_hint(ev, CODE_WRONG_ARGUMENT,
                   str_fmt(eval_arena(ev), "text stands in quotes: '%.*s'", STR_ARG(v.undef->name)),
                   "%s() takes text as %s, and '%.*s' is undefined", fname, what,
                   STR_ARG(v.undef->name));
  if (v.kind != VAL_STR)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "%s() takes text as %s, not %s", fname, what,
                   val_type_name(v));
  return val_text(v);
}

Str text_or_empty(Arena *a, Value v) { return val_is_absent(v) ? STR("") : val_to_str(a, v); }
