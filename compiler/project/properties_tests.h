// The data tests under a thing of a schema file.
#ifndef STARC_PROPERTIES_TESTS_H
#define STARC_PROPERTIES_TESTS_H
#include "properties_parts.h"

// `data_tests:` or `tests:` of a dict. *given (may be NULL): one of them is there.
void prop_tests(PropReader *r, const Yaml *y, PropTest **tests, size_t *n, bool *given);

#endif
