// Decimals between the modules_decimal*.c files that make them. In: digits and numbers. Out: values
// that print, compare and calculate as Python's decimal module has them in its default context: 28
// digits, half to even.
#ifndef STARC_MODULES_DECIMAL_H
#define STARC_MODULES_DECIMAL_H
#include "std.h"

// Digits; exponents that are calculated with; those of the greatest and smallest number of Python.
enum { PRECISION = 28, EXP_LIMIT = 9999, EMAX = 999999, ETINY = -EMAX - PRECISION + 1 };

typedef struct Decimal {
  Object object;
  bool negative;
  char special; // 'I' infinity, 'N' not a number, 0
  Value coeff;  // >= 0
  int64_t exp;
} Decimal;

// decimal's ROUND_ constants, in the order of decimal_roundings' names.
typedef enum Rounding {
  ROUND_HALF_EVEN,
  ROUND_HALF_UP,
  ROUND_HALF_DOWN,
  ROUND_UP,
  ROUND_DOWN,
  ROUND_CEILING,
  ROUND_FLOOR,
  ROUND_05UP
} Rounding;

static inline const Decimal *dec(Value v) { return (const Decimal *)v.obj; }
static inline Value zero(void) { return val_int(0); }
static inline bool is_nan(const Decimal *d) { return d->special == 'N'; }
static inline bool is_zero(const Decimal *d) {
  return !d->special && d->coeff.kind == VAL_INT && !d->coeff.i;
}

// --- modules_decimal.c
Value decimal_new(Arena *a, bool negative, Value coeff, int64_t exp);
Value decimal_special(Arena *a, bool negative, char special);
// The same number with 28 digits at most.
Value decimal_rounded(Arena *a, bool negative, Value coeff, int64_t exp);
// The same number with that exponent; digits that are lost round the last one that is left.
Value decimal_to_exp(Arena *a, const Decimal *d, int64_t exp, Rounding r);
// A whole number or Decimal as Decimal. False: neither.
bool decimal_of(Arena *a, Value v, Value *out);
Value decimal_from_float(Arena *a, double f); // exactly
double decimal_double(const Decimal *d);
// <0, 0, >0; neither is NaN.
int decimal_compare(Arena *a, const Decimal *x, const Decimal *y);
// x op y for + - * / // % **; fails where Python's does.
Value decimal_arithmetic(Eval *ev, const char *op, const Decimal *x, const Decimal *y);
// "1.50", "1E+3"; eng: exponents are multiples of 3. `e`: the letter of the exponent.
void decimal_print(Buf *out, const Decimal *d, bool eng, char e);
Str coeff_digits(Arena *a, Value coeff);
// coeff * 10**by; a negative one cuts digits off, rounded half to even.
Value coeff_shifted(Arena *a, Value coeff, int64_t by);
Value power10(Arena *a, int64_t n);

#endif
