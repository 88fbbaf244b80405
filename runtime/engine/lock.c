// What locks of every database share: times and names.
#include "lock.h"
#include "util.h"

double lock_dead_s(void) {
  enum { DEAD_S = 60 };
  return number_or_test(DEAD_S, "STARC_TEST_DEAD");
}

double lock_beat_s(void) { return lock_dead_s() / 6; }

// FNV-1a over both names, each ended by a NUL.
int64_t lock_key(Str schema, Str identifier) {
  const Str parts[] = {schema, identifier};
  uint32_t h = 2166136261u;
  for (size_t k = 0; k < 2; k++) {
    for (size_t i = 0; i < parts[k].len; i++)
      h = (h ^ (unsigned char)parts[k].ptr[i]) * 16777619u;
    h *= 16777619u;
  }
  return h;
}

Str lock_beside(Arena *a, Str identifier) {
  enum { WHOLE = 40 }; // bytes of a name that is never shortened for those beside it
  size_t n = WHOLE;
  if (identifier.len <= WHOLE)
    return str_cat(a, identifier, STR("__dbt"));
  while (n && ((unsigned char)identifier.ptr[n] & 0xC0) == 0x80) // not inside a character
    n--;
  return str_sub(identifier, 0, n);
}
