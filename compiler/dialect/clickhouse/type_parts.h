// ClickHouse's names of types in parts: "Map(String, Tuple(a Int8))".
#ifndef STARC_DIALECT_CLICKHOUSE_TYPE_PARTS_H
#define STARC_DIALECT_CLICKHOUSE_TYPE_PARTS_H
#include "../../base/str.h"

// "Head(arguments)" -> both. The arguments of a type without them are empty.
Str clickhouse_type_head(Str type, Str *arguments);
// The text of the next argument, cut at a comma outside quotes and brackets. False: none is left.
bool clickhouse_type_argument(Str *rest, Str *out);
// The digits that a text begins with; 0: none.
long clickhouse_type_number(Str s);
// "'it\'s' = 1" -> it's, and 1 (the name where no number is given). False: it is no label.
bool clickhouse_type_label(Arena *a, Str text, Str *name, Str *number);

#endif
