// Generic tests.
#ifndef STARC_LOAD_TESTS_H
#define STARC_LOAD_TESTS_H
#include "internal.h"

// What a schema file says of tests: of the whole, and of its columns.
typedef struct Tested {
  const File *yaml;
  const PropTest *tests;
  size_t ntests;
  const PropColumn *columns;
  size_t ncolumns;
  Value quote_columns;
} Tested;

// The tests of a node (with its version) or of a source table.
void load_tests_of(Load *load, Node *target, const Tested *tested);

// The tests of all nodes made so far, and of entries that stand under the section of another kind.
void load_tests(Load *load);

// Tests of a node that turned out disabled go to the enabled one of its name.
void load_move_tests(Load *load);

#endif
