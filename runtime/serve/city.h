// CityHash128 as it was in its version 1.0.2: the checksum of ClickHouse's compressed blocks. Later
// versions of CityHash, which packages have, give other numbers.
#ifndef STARC_SERVE_CITY_H
#define STARC_SERVE_CITY_H
#include "../../compiler/base/str.h"

typedef struct City128 {
  uint64_t low, high;
} City128;

City128 city_hash128(Str bytes);

#endif
