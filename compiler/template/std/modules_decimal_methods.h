// What decimals have as objects.
#ifndef STARC_MODULES_DECIMAL_METHODS_H
#define STARC_MODULES_DECIMAL_METHODS_H
#include "modules_decimal.h"

bool decimal_attr(Eval *ev, Object *o, Str name, Value *out);

#endif
