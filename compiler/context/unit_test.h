// What a unit test puts over the names of its model.
#ifndef STARC_CONTEXT_UNIT_TEST_H
#define STARC_CONTEXT_UNIT_TEST_H
#include "context.h"

// Puts the overrides of a unit test (macros, vars, env_vars) over the standard names.
void context_unit_test(Context *c, const UnitTest *u);

#endif
