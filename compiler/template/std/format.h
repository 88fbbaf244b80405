// Values as text by a format spec, as format() and str.format() write them.
#ifndef STARC_FORMAT_H
#define STARC_FORMAT_H
#include "std.h"

Str format_value(Eval *ev, Value v, Str spec);                      // format(v, spec)
Value str_format(Eval *ev, Value fmt, const Args *args, Value map); // map: format_map's, or none

// A number's digits ("12.50") under a spec's sign, filling, width and grouping.
Str format_digits(Eval *ev, bool negative, Str text, Str spec);

#endif
