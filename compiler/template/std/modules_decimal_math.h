// Roots, powers and logarithms of decimals: 28 digits, correctly rounded but for ties past 50
// digits.
#ifndef STARC_MODULES_DECIMAL_MATH_H
#define STARC_MODULES_DECIMAL_MATH_H
#include "modules_decimal.h"

Value decimal_sqrt(Eval *ev, const Decimal *d);
Value decimal_exp(Eval *ev, const Decimal *d);
Value decimal_ln(Eval *ev, const Decimal *d);
Value decimal_log10(Eval *ev, const Decimal *d);
Value decimal_power(Eval *ev, const Decimal *x, const Decimal *y);

#endif
