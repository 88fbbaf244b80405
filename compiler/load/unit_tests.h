// Unit tests.
#ifndef STARC_LOAD_UNIT_TESTS_H
#define STARC_LOAD_UNIT_TESTS_H
#include "internal.h"

// Indexes the fixtures. Two of one name are told.
void load_fixtures(Load *load);

// The rows of a unit test's `given` and `expect`, from YAML, fixtures and seeds, put into n->extra.
// False: something is wrong with them, which was recorded.
bool load_unit_rows(Load *load, const File *f, Node *n);

// The versions of its model that the test is for, into out (room for all); none: no versions.
bool load_unit_versions(Load *load, const File *f, const Node *n, const PropVersion **out,
                        size_t *nout);

// After linking: resolves inputs.
void load_unit_tests(Load *load);

#endif
