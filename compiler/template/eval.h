// Evaluation: a template or macro + a host -> text or a Value. Inside, an error unwinds by longjmp
// to the public entry that started the evaluation; only arena memory may live across it.
#ifndef STARC_EVAL_H
#define STARC_EVAL_H
#include "sourcemap.h"
#include "template.h"

// Where the names that a template does not define itself come from, and who is told what happens.
typedef struct Host {
  void *data;
  // A name not set in the template: true and *out, or false (then Undefined). Called for each
  // use; must be fast (a hash lookup).
  bool (*lookup)(void *data, Eval *ev, Str name, Value *out);
  // A macro is about to run; depth 1 is a macro called by the template itself. May be NULL.
  void (*enter)(void *data, Eval *ev, const Macro *m, int depth);
  // A macro ended. May be NULL.
  void (*leave)(void *data, Eval *ev, const Macro *m);
  // What to say of a name that lookup does not know (str_hint_for); empty: nothing. May be NULL.
  Str (*hint)(void *data, Eval *ev, Str name);
} Host;

typedef struct EvalLimits {
  uint64_t steps; // evaluator steps; 0: as many as there is time for
  size_t output;  // bytes of text in all buffers of one evaluation; 0: an eighth of the memory
  unsigned calls; // macro recursion; 0: 500
} EvalLimits;

// What an evaluation may take at most, of the whole process: memory for its values and texts, and
// time of its own work (not of the databases and files that it waits for). Set before the first.
enum { EVAL_MEMORY = 2048, EVAL_TIME = 10 }; // MiB and seconds where nothing is set
void eval_allow(unsigned mib, unsigned seconds);

typedef struct EvalOptions {
  const Host *host;
  Arena *arena; // results and all that the evaluation allocates
  Diags *diags;
  bool lenient;         // undefined names may be accessed and called without an error (dbt's
                        // parse-time context of model text); macro bodies are always strict
  SourceMap *map;       // filled for the rendered text when not NULL
  Origins *origins;     // the maps of texts, those that the evaluation makes with them, by which it
                        // follows texts; NULL: it does not, but for `map`
  const Source *source; // what findings are about, NULL: the template's own (texts that are equal
                        // may share a template)
  EvalLimits limits;
} EvalOptions;

// Renders to text. False: an error was recorded, with notes for the call sites of macros.
bool template_render(const Template *t, const EvalOptions *o, Str *out);

// Renders as Jinja's NativeEnvironment with dbt's rules: one expression keeps its value's type
// (constants stay text), several parts are joined as text; as_number, as_bool, as_native apply.
bool template_render_native(const Template *t, const EvalOptions *o, Value *out);

// Calls a macro from C. With Args {0} for none.
bool eval_macro(const Macro *m, const Args *args, const EvalOptions *o, Value *out);

// --- for native functions and hosts, while an evaluation runs
// Ends the evaluation with an error at the place being evaluated: an operation that cannot work on
// its values (CODE_TEMPLATE_VALUE).
_Noreturn void eval_fail(Eval *ev, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// The same with an error of another kind.
_Noreturn void eval_fail_code(Eval *ev, Code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
// The same, with a hint line.
_Noreturn void eval_fail_hint(Eval *ev, Code code, Str hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// A name that was looked for in vain: among which it may be meant (str_hint_for), and where a file
// could have said it (diag_lack). `hint` takes the place of the nearest name where it is not empty,
// `otherwise` where there is none.
typedef struct Unknown {
  Str name;
  const Str *names;
  size_t n;
  Lack lack;
  Str hint, otherwise;
} Unknown;
_Noreturn void eval_fail_unknown(Eval *ev, Code code, Unknown what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// The same for an error that `diags` of the options already holds.
_Noreturn void eval_abort(Eval *ev);

Arena *eval_arena(Eval *ev);
void *eval_host_data(Eval *ev);
const EvalOptions *eval_options(Eval *ev);
// Counts n steps against the limit: for native loops whose length a template chooses.
void eval_step(Eval *ev, uint64_t n);
// The place being evaluated now: for messages and for capturing where ref() was written. *src is
// the template's or macro's source.
Span eval_place(Eval *ev, const Source **src);
// The place in the outermost template (not inside a macro) that led here.
Span eval_outer_place(Eval *ev, const Source **src);
// How many macros are running.
int eval_depth(Eval *ev);

// Calls anything callable. Fails (does not return) when it is not.
Value eval_call(Eval *ev, Value callee, const Args *args);
// Ends the running macro with a value: dbt's return().
_Noreturn void eval_return(Eval *ev, Value v);
// Calls fn(data) and catches an evaluation error: false, and the finding is taken out of the diags
// again and given as text in *message (for try_or_compiler_error and the like).
bool eval_try(Eval *ev, void (*fn)(Eval *ev, void *data), void *data, Str *message);
// A text that a native puts together of others: it comes from where they come from.
typedef struct MadeText {
  Buf out;
  SourceMap map;
} MadeText;
MadeText eval_text(Eval *ev);
// Adds a value as text.
void eval_text_add(Eval *ev, MadeText *t, Value v);
Value eval_text_end(Eval *ev, MadeText *t, uint8_t flags);

// Parses and renders a text as a template within the running evaluation (dbt's render()). Path and
// text of the source are copied to where findings about them last.
Str eval_render_text(Eval *ev, Source src);
// The same of a source that outlives the evaluation's findings. map: filled when not NULL.
Str eval_render_source(Eval *ev, const Source *src, SourceMap *map);

#endif
