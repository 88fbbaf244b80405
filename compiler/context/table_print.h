// Tables as text.
#ifndef STARC_TABLE_PRINT_H
#define STARC_TABLE_PRINT_H
#include "table.h"

Str table_csv(Eval *ev, TableObj *t); // as CSV text with a head line

void table_str(const Object *o, Buf *out); // its columns and their types

#endif
