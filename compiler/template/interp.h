// The evaluator's own: what runs while a template is evaluated, and eval.c's part for the others
// (eval_expr, call, loop, ops). In: a tree and a Host. Out: text or a Value.
#ifndef STARC_INTERP_H
#define STARC_INTERP_H
#include "../base/work.h"
#include "parse.h"

#include <setjmp.h>

enum {
  VAL_MISSING = 0x80, // flag of a VAL_UNDEF in a slot: nothing set yet
  VAL_LENIENT = 0x40, // flag of a VAL_UNDEF: can be accessed and called (made by lenient text)
  // Flags of a VAL_STR in native mode: what as_text, as_native, as_bool, as_number marked.
  VAL_AS_TEXT = 2,
  VAL_AS_NATIVE = 4,
  VAL_AS_BOOL = 8,
  VAL_AS_NUMBER = 16,
  VAL_MARKED = VAL_AS_TEXT | VAL_AS_NATIVE | VAL_AS_BOOL | VAL_AS_NUMBER
};

// The values of one run of a Function. In the arena: a call block may outlive the macro around it.
typedef struct Frame {
  Value *slots;
  struct Frame *up;
  const Function *fn;
} Frame;

// A macro (or call block, or loop) that is running.
typedef struct Call {
  struct Call *up;
  const Macro *macro; // NULL: a call block or another thing with no name of its own
  bool catches;       // return() ends it
  int level;          // macros running, this one included
  jmp_buf *returns;
  Value result; // of return()
  // The caller's state.
  const Expr *place;
  Span stmt_place;
  const Source *src;
  const CallSite *site; // the same for source maps, made when the first one needs it
} Call;

// A long text made by joining, with room behind it: `x = x + y` in a loop goes on in place.
typedef struct Joined {
  char *text;
  size_t used, room;
} Joined;

enum { JOINED = 4 };

struct Eval {
  uint64_t fuel; // steps left until the next check
  Buf out;
  Arena *arena;
  const Expr *place;    // what is being evaluated
  Span stmt_place;      // when place is NULL
  const char *unjoined; // the kind of what a call block gave that is no text, or NULL
  size_t unjoined_at;   // in `out`
  Span unjoined_place;
  const Source *src;
  Call *calls;
  unsigned depth, max_depth;
  bool lenient; // of the running code
  bool native;  // template_render_native
  bool autoescape;
  unsigned captures;   // texts being made for a value; 0: output is the result
  Origins *origins;    // NULL: nobody asks where texts come from
  SourceMap spans;     // of `out`, while somebody asks
  Str root;            // the text that the template itself was parsed from
  List *parts;         // native: the parts of the result
  uint64_t steps_left; // after this fuel
  size_t max_output;
  Work work; // what it may take
  EvalOptions opts;
  jmp_buf *fail;
  const char *stack_end; // no deeper than this
  Joined joined[JOINED]; // the latest ones
  unsigned next_joined;
};

enum { FUEL = 4096 }; // steps between checks

// --- eval.c
void eval_refuel(Eval *ev);
static inline void eval_tick(Eval *ev) {
  if (--ev->fuel == 0)
    eval_refuel(ev);
}
typedef enum Flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE } Flow;
Flow eval_body(Eval *ev, Frame *f, const Stmt *s);
void eval_enter_scope(Eval *ev, Frame *f, const Scope *s);
Frame *eval_frame(Eval *ev, const Function *fn, Frame *up);
// Forgets what was written behind `from`.
void eval_cut(Eval *ev, size_t from);
// Text is captured: what is written from here to eval_captured goes into its result.
static inline size_t eval_capture(Eval *ev) {
  ev->captures++;
  return ev->out.len;
}
Value eval_captured(Eval *ev, size_t from);
void eval_drop_capture(Eval *ev, size_t from);
// Fails when the text of the evaluation, or a single one of n bytes, would be too big.
void eval_check_size(Eval *ev, uint64_t n);
// Writes a value as text, escaped when autoescape is on.
void eval_write(Eval *ev, Value v);
// Notes that a text was joined of n values, whose texts end in it at `ends`: it comes from where
// they come from.
void eval_note_joined(Eval *ev, Str joined, const Value *of, const size_t *ends, size_t n);

// Fails when the stack is nearly used up.
void eval_stack_fail(Eval *ev) __attribute__((noreturn));
static inline void eval_check_stack(Eval *ev) {
  if ((const char *)__builtin_frame_address(0) < ev->stack_end)
    eval_stack_fail(ev);
}

static inline Value *eval_slot(Frame *f, const Sym *y) {
  for (unsigned n = y->up; n; n--)
    f = f->up;
  return &f->slots[y->slot];
}

#endif
