// Values of the rows of unit tests.
#ifndef STARC_CONTEXT_FIXTURE_VALUE_H
#define STARC_CONTEXT_FIXTURE_VALUE_H
#include "internal.h"

// adapter.starc_fixture_text(value, data_type): a list or mapping as the text of a value of the
// type; what fits no parts of the type as JSON.
NativeFn fn_fixture_text;

#endif
