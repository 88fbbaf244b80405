// Values as text: Python's str() and repr().
#ifndef STARC_VALUE_PRINT_H
#define STARC_VALUE_PRINT_H
#include "types.h"

// Python's str(v) and repr(v). Undefined prints nothing (str) or "Undefined" (repr).
void val_print(Buf *out, Value v);
void val_repr(Buf *out, Value v);
Str val_to_str(Arena *a, Value v); // str(v), in the arena unless v is a string already
void val_print_float(Buf *out, double f);
void val_print_json_float(Buf *b, double f); // the same; NaN and Infinity as Python's json has them

#endif
