// The types of a table's columns: found from their values, given to them, told to templates.
#ifndef STARC_TABLE_TYPES_H
#define STARC_TABLE_TYPES_H
#include "table.h"

// Finds the type of each column from its values, and makes all values of a column of that type.
void table_settle(Arena *a, TableObj *t);

// v as a column of that type has it. False: it cannot be one.
bool table_cast(Arena *a, TableKind kind, Value v, Value *out);
Value table_kind_value(Arena *a, uint8_t kind); // a column's data_type

extern const char *const table_kinds[]; // by TableKind: "Integer", "Text" ...

#endif
