// Slips of the pen in SQL that a database tells of as a syntax error, mostly a few words later.
#ifndef STARC_SLIPS_H
#define STARC_SLIPS_H
#include "../../compiler/dialect/sql.h"

// Where the slip is in the text, and what to do about it (in the arena).
typedef struct SqlSlip {
  size_t at, len;
  Str hint;
} SqlSlip;

// A database stopped at byte `at` of the text. False: none of the usual slips is seen there.
bool sql_slip(Arena *a, const SqlRules *rules, Str sql, size_t at, SqlSlip *out);

#endif
