// Equality and hashes as Python has them.
#ifndef STARC_VALUE_COMPARE_H
#define STARC_VALUE_COMPARE_H
#include "types.h"

bool val_eq(Value a, Value b);
// Hash consistent with val_eq. False: not hashable (list, dict, set).
bool val_hash(Value v, uint64_t *hash);

#endif
