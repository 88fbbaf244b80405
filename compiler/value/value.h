// What templates and YAML compute with: Python's values as Jinja sees them. Values are 16 bytes,
// passed by value; what they point to lives in an arena and is never freed alone.
// Operations that can fail (arithmetic, attribute access, calls) are in template/ops.h.
#ifndef STARC_VALUE_H
#define STARC_VALUE_H
#include "compare.h"
#include "dict.h"
#include "list.h"
#include "print.h"
#include "types.h"

Value val_func(Arena *a, const Native *native, const char *of, Value self);
// A function of that name that gives v, whatever it is called with.
Value val_answer(Arena *a, const char *name, Value v);

// --- what needs no evaluation
bool val_truth(Value v);
// Python's name of the type: "int", "str", "NoneType", ...
const char *val_type_name(Value v);
// After a longjmp out of the middle of any of these.
void val_forget_depth(void);
// A deep copy of lists, tuples, dicts and sets into the arena, not frozen. `texts`: strings too.
Value val_copy(Arena *a, Value v, bool texts);
// Marks v and all it holds as frozen.
void val_freeze(Value v);

#endif
