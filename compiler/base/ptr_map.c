// In: addresses. Out: what was put under them. Open addressing, at most half full.
#include "ptr_map.h"

#include <stdint.h>

// Objects of an arena differ in the bits above its alignment: all bits go into the upper ones.
static size_t hash(const void *key) {
  uint64_t h = (uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);
  return (size_t)(h ^ h >> 32);
}

// The slot of the key, or the free one where it would stand.
static PtrSlot *find(const PtrMap *m, const void *key) {
  size_t i = hash(key) & (m->nslots - 1);
  while (m->slots[i].key && m->slots[i].key != key)
    i = (i + 1) & (m->nslots - 1);
  return &m->slots[i];
}

void *ptr_map_get(const PtrMap *m, const void *key) {
  return m->nslots && key ? find(m, key)->value : NULL;
}

static void grow(Arena *a, PtrMap *m) {
  PtrMap more = {.n = m->n, .nslots = m->nslots ? m->nslots * 2 : 16};
  more.slots = arena_array(a, PtrSlot, more.nslots);
  for (size_t i = 0; i < m->nslots; i++)
    if (m->slots[i].key)
      *find(&more, m->slots[i].key) = m->slots[i];
  arena_drop(a, m->slots, m->nslots * sizeof *m->slots);
  *m = more;
}

void *ptr_map_put(Arena *a, PtrMap *m, const void *key, void *value) {
  if (2 * m->n >= m->nslots)
    grow(a, m);
  PtrSlot *slot = find(m, key);
  void *had = slot->key ? slot->value : NULL;
  m->n += !slot->key;
  *slot = (PtrSlot){key, value};
  return had;
}
