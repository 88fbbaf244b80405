// Values of the rows of unit tests.
#ifndef STARC_CONTEXT_FIXTURE_VALUE_H
#define STARC_CONTEXT_FIXTURE_VALUE_H
#include "internal.h"

// adapter.starc_fixture_text(value, data_type): a list or mapping as the text of a value of the
// type; what fits no parts of the type as JSON.
NativeFn fn_fixture_text;

bool fixture_is_nested(Value v);                     // a list or a mapping
Str fixture_plain(Eval *ev, Value v);                // a scalar as text, anything else as JSON
void fixture_quoted(Buf *out, char quote, Str text); // quotes and backslashes behind backslashes
void fixture_comma(Buf *out, bool needed);           // between two items

#endif
