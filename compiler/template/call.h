// Calls of macros, call blocks and all else that can be called.
#ifndef STARC_CALL_H
#define STARC_CALL_H
#include "interp.h"

typedef struct ArgBuf { // the arguments of one call
  Args args;
  Value pos[6];
  Kwarg kw[4];
} ArgBuf;
extern const ObjectType macro_type, closure_type;

// Evaluates arguments behind `first` (NULL: none). caller: added as a keyword unless undefined.
void call_args(Eval *ev, Frame *f, const ArgList *list, const Value *first, const Value *caller,
               ArgBuf *b);
Value call_value(Eval *ev, Value callee, const Args *args);

// A macro or call block as a value that knows the frame it was made in.
Value call_closure(Eval *ev, const MacroDef *m, Frame *up);

#endif
