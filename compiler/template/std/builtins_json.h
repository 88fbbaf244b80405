// JSON as Python's json module writes it, for filters and objects that need it.
#ifndef STARC_BUILTINS_JSON_H
#define STARC_BUILTINS_JSON_H
#include "std.h"

// json.dumps; indent < 0: on one line.
void json_dump(Eval *ev, Buf *out, Value v, bool sort_keys, int indent);

#endif
