// Fields with values in them: JSON, arrays, ranges, maps, tuples.
#ifndef STARC_SESSION_CELLS_NESTED_H
#define STARC_SESSION_CELLS_NESTED_H
#include "cells.h"

CellRead field_json, field_array, field_range, field_nested;
// A value as JSON text.
Value field_json_text(Arena *a, Value v);
// A value as JSON can have it: a Decimal as float, a time with T between day and hour, all else
// that is no plain value as its text.
Value field_json_ready(Arena *a, Value v);

#endif
