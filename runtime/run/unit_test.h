// The verdict of a unit test: rows that the model gave against rows that were expected.
#ifndef STARC_RUN_UNIT_TEST_H
#define STARC_RUN_UNIT_TEST_H
#include "../../compiler/base/buf.h"
#include "../../compiler/value/value.h"

// `names`: the columns of the test's statement, actual_or_expected among them; `rows`: sequences of
// as many values. The order of rows does not count. True: the sides agree; else *out gets a table
// of the rows that differ, "+++" a row too much, "---" one that is missing, "->" a row with cells
// that are "expected->actual".
bool unit_test_compare(Arena *a, Value names, Value rows, Buf *out);

#endif
