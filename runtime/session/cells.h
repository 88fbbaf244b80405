// Fields of a result's rows as the values that templates see. In: a type's name and the text of a
// field. Out: a value as dbt has it: numbers with a point are Decimal, arrays are JSON text.
#ifndef STARC_CELLS_H
#define STARC_CELLS_H
#include "../../compiler/value/value.h"

typedef struct CellReader CellReader;
// How fields of that type are read: "numeric(10,2)", "Nullable(UInt64)", "integer[]".
const CellReader *cell_reader(Str type);
// The value of one field, which is not NULL. Text is copied into the arena.
Value cell_value(const CellReader *r, Arena *a, Str type, Str text);

// --- between cells.c and cells_nested.c
typedef Value CellRead(Arena *a, Str type, Str s);
// A field that is in another one: what cell_value gives, but lists and dicts as they are.
CellRead field_item;
CellRead field_text;
bool field_is_text(Str type); // fields of the type are read as text

#endif
