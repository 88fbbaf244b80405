// Slips of the pen in SQL that a database tells of as a syntax error, mostly a few words later.
#ifndef STARC_SLIPS_H
#define STARC_SLIPS_H
#include "../../compiler/base/str.h"

// Where the slip is in the text, and what to do about it (in the arena).
typedef struct SqlSlip {
  size_t at, len;
  Str hint;
} SqlSlip;

// A database stopped at byte `at` of the text. False: none of the usual slips is seen there.
bool sql_slip(Arena *a, Str sql, size_t at, SqlSlip *out);

// Behind a text in quotes or a comment that starts at i; i itself when none does.
size_t sql_skip_quoted(Str text, size_t i);

#endif
