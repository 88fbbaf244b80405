// A parsed template: Jinja2's language as dbt configures it. In: a Source. Out: an immutable tree
// that any number of threads can evaluate at once. Leaves evaluation to eval.h.
#ifndef STARC_TEMPLATE_H
#define STARC_TEMPLATE_H
#include "../base/diag.h"
#include "../value/value.h"

typedef struct Template Template;

// Parses src->text. Everything lives in the arena; src must outlive the template. NULL: an error
// was recorded (the first one, at its place; Jinja's wording where Jinja has one).
Template *template_parse(Arena *arena, const Source *src, Diags *diags);

// A text without any of "{{ {% {#": rendering it is a copy.
bool template_is_plain(const Template *t);

// Of one that only calls: whether its tags are as dbt's static reader takes them: no blanks are
// cut, no raw block, no hooks among arguments, and of values only text, True, False and
// collections.
bool template_is_bare(const Template *t);

// The keyword arguments of the first call of a name in the text, as a dict of texts (strings
// without quotes); empty: there is none.
Value template_written(Arena *a, const Template *t, Str name);

// Nothing but text and {{ name(..) }} of those names with constant arguments.
bool template_only_calls(const Template *t, const Str *names, size_t n);

// --- dbt's named blocks, found by a text-level scanner before anything is parsed as a template.
typedef enum BlockKind {
  BLOCK_MACRO,
  BLOCK_MATERIALIZATION, // {% materialization name, adapter='x' %} or default
  BLOCK_TEST,            // {% test name(..) %}, {% data_test name(..) %}
  BLOCK_SNAPSHOT,
  BLOCK_DOCS
} BlockKind;

typedef struct Block {
  BlockKind kind;
  Str name;      // as written: "my_macro"; for a materialization the bare name
  Str adapter;   // materialization: adapter name or "default", else empty
  Span whole;    // from the opening tag to the end of the closing one
  Span head;     // the name in the opening tag, for messages
  Span contents; // between the tags
  struct Block *next;
} Block;

// Finds the blocks of the wanted kinds (a bit set of 1 << BlockKind) at the top level of src.
// Knows comments, raw, quotes in tags. *ok is false when an error was recorded (unclosed or nested
// blocks, a block inside if/for). Text between blocks is not looked at.
Block *template_blocks(Arena *arena, const Source *src, unsigned wanted, bool *ok, Diags *diags);

// --- macros
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

// --- late macros: the text of each is parsed when it is first called, or asked for its parameters
typedef struct LateMacros LateMacros; // what those of a project share

LateMacros *late_macros_new(Arena *a);
void late_macros_free(LateMacros *all); // the trees; all itself is the arena's

// What is known of a late macro's text without parsing it.
typedef struct LateText {
  Str name;          // dbt's internal one
  Span head;         // its name in the text
  const char *calls; // what macro_calls gives: of each call its callee and its arguments, each
                     // ended by a NUL, then one more; another one ends the list. An argument is
                     // LATE_TEXT and a constant text, or LATE_OTHER.
} LateText;
enum { LATE_TEXT = '=', LATE_OTHER = '-' };

// A macro whose text, all of src, is known to be well-formed. src and the calls must outlive it.
Macro *macro_late(Arena *a, LateMacros *all, const Source *src, const LateText *text);

// The macros defined at the top level of a template (in order). `*n` is their number. For
// {% materialization %} blocks also the supported_languages argument is accepted and ignored.
Macro *const *template_macros(const Template *t, size_t *n);

// The names of a macro's parameters in order.
const Str *macro_params(const Macro *m, size_t *n);

// Whether the i-th parameter has a default.
bool macro_param_optional(const Macro *m, size_t i);

// --- what a template names, found without evaluating it
// Calls fn for each call whose callee is a plain or dotted name ("ref", "dbt_utils.star",
// "adapter.dispatch"), outermost first, in source order. `nargs` positional constant-string
// arguments are given in args (others as empty slices with NULL ptr).
// No more than TEMPLATE_CALL_ARGS.
enum { TEMPLATE_CALL_ARGS = 8 };
typedef void TemplateCallFn(void *data, Str callee, const Str *args, size_t nargs, Span span);
void template_calls(const Template *t, TemplateCallFn *fn, void *data);
// The same for a macro and the text it was parsed from; of a late one without the spans.
void macro_calls(const Macro *m, TemplateCallFn *fn, void *data);
// The same for calls of a plain name that are the whole of an output outside of any block:
// "{{ doc('x') }}", but not "{{ doc('x') | upper }}".
void template_plain_calls(const Template *t, TemplateCallFn *fn, void *data);

#endif
