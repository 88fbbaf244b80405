// Whole numbers past 64 bits, as Python's int has them. The only module that includes gmp.h (its
// mpn layer, which allocates nothing by itself, so that numbers can live in arenas).
#ifndef STARC_BIGINT_H
#define STARC_BIGINT_H
#include "value.h"

// The biggest number it will make, in bits: past it an operation fails, so that 9**9**9 in a
// template is an error and not a hang.
enum { BIGINT_MAX_BITS = 1 << 20 };

// Each returns false when the result would be too big (or, for division, the divisor is 0).
// Arguments are VAL_INT, VAL_BIGINT or VAL_BOOL; results are VAL_INT whenever they fit.
bool bigint_add(Arena *a, Value x, Value y, Value *out);
bool bigint_sub(Arena *a, Value x, Value y, Value *out);
bool bigint_mul(Arena *a, Value x, Value y, Value *out);
bool bigint_divmod(Arena *a, Value x, Value y, Value *quot, Value *rem); // floor, as Python
bool bigint_pow(Arena *a, Value x, uint64_t y, Value *out);

int bigint_cmp(Value x, Value y);                        // <0, 0, >0
double bigint_to_double(Value x);                        // nearest; infinite when out of range
bool bigint_from_double(Arena *a, double f, Value *out); // truncates; false: inf or nan

// Digits of `base` (2 to 36, lower case), a sign allowed, no white space, no underscores.
bool bigint_parse(Arena *a, Str digits, int base, Value *out);
void bigint_print(Buf *out, Value x, int base);
uint64_t bigint_hash(Value x);

#endif
