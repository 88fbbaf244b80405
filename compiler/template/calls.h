// Which calls a template makes, found in its text.
#ifndef STARC_CALLS_H
#define STARC_CALLS_H
#include "template.h"

// No more than TEMPLATE_CALL_ARGS.
enum { TEMPLATE_CALL_ARGS = 8 };
typedef void TemplateCallFn(void *data, Str callee, const Str *args, size_t nargs, Span span);

// Of one that only calls: whether its tags are as dbt's static reader takes them: no blanks are
// cut, no raw block, no hooks among arguments, and of values only text, True, False and
// collections.
bool template_is_bare(const Template *t);

// Nothing but text and {{ name(..) }} of those names with constant arguments.
bool template_only_calls(const Template *t, const Str *names, size_t n);

// Calls fn for each call whose callee is a plain or dotted name ("ref", "dbt_utils.star",
// "adapter.dispatch"), outermost first, in source order. `nargs` positional constant-string
// arguments are given in args (others as empty slices with NULL ptr).
void template_calls(const Template *t, TemplateCallFn *fn, void *data);

// The same for calls of a plain name that are the whole of an output outside of any block:
// "{{ doc('x') }}", but not "{{ doc('x') | upper }}".
void template_plain_calls(const Template *t, TemplateCallFn *fn, void *data);

#endif
