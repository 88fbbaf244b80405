// A parsed template: Jinja2's language as dbt configures it. In: a Source. Out: an immutable tree
// that any number of threads can evaluate at once. Leaves evaluation to eval.h.
#ifndef STARC_TEMPLATE_H
#define STARC_TEMPLATE_H
#include "../base/diag.h"
#include "../value/value.h"

typedef struct Template Template;
typedef struct LateMacros LateMacros; // late.h: what the late macros of a project share

// Parses src->text. Everything lives in the arena; src must outlive the template. NULL: an error
// was recorded (the first one, at its place; Jinja's wording where Jinja has one).
Template *template_parse(Arena *arena, const Source *src, Diags *diags);

// A text without any of "{{ {% {#": rendering it is a copy.
bool template_is_plain(const Template *t);

// A macro, materialization or test in a parsed template. `name` is dbt's internal one:
// "m", "materialization_table_default", "test_unique".
typedef struct Macro {
  Object object; // so that a macro is a value: val_obj((void *)&m->object); calls need an Eval
  Str name;
  const Template *template;
  const Source *source;
  Span span;   // the whole block
  Span head;   // its name
  void *owner; // whoever registered it (context/: the MacroEntry); the evaluator passes it on
  const void *_Atomic ast; // the evaluator's own; NULL: not parsed yet
  const struct Late *late; // NULL: parsed with its template
} Macro;

// The macros defined at the top level of a template (in order). `*n` is their number. For
// {% materialization %} blocks also the supported_languages argument is accepted and ignored.
Macro *const *template_macros(const Template *t, size_t *n);

#endif
