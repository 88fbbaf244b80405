// Macros whose text is parsed when they are first called, or asked for their parameters.
#ifndef STARC_LATE_H
#define STARC_LATE_H
#include "calls.h"

struct MacroDef; // ast.h

// What is known of a late macro's text without parsing it.
typedef struct LateText {
  Str name;          // dbt's internal one
  Span head;         // its name in the text
  const char *calls; // what macro_calls gives: of each call its callee and its arguments, each
                     // ended by a NUL, then one more; another one ends the list. An argument is
                     // LATE_TEXT and a constant text, or LATE_OTHER.
} LateText;
enum { LATE_TEXT = '=', LATE_OTHER = '-' };

// A macro's parameters and body, parsed now if they are not yet. NULL: the stack has no room for
// it.
const struct MacroDef *macro_def(const Macro *m);

LateMacros *late_macros_new(Arena *a);
void late_macros_free(LateMacros *all); // the trees; all itself is the arena's

// A macro whose text, all of src, is known to be well-formed. src and the calls must outlive it.
Macro *macro_late(Arena *a, LateMacros *all, const Source *src, const LateText *text);

// The names of a macro's parameters in order.
const Str *macro_params(const Macro *m, size_t *n);

// Whether the i-th parameter has a default.
bool macro_param_optional(const Macro *m, size_t i);

// template_calls for a macro and the text it was parsed from; of a late one without the spans.
void macro_calls(const Macro *m, TemplateCallFn *fn, void *data);

#endif
