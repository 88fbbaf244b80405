// In: names. Out: what was put under them, in the order they came. No removal: arenas forget whole.
#include "map.h"

static size_t find(const Map *m, Str key, uint64_t hash) {
  size_t i = hash & (m->nslots - 1);
  while (m->slots[i]) {
    MapEntry *e = &m->entries[m->slots[i] - 1];
    if (e->hash == hash && str_eq(e->key, key))
      return i;
    i = (i + 1) & (m->nslots - 1);
  }
  return i;
}

void *map_get(const Map *m, Str key) {
  if (!m->nslots)
    return NULL;
  uint32_t slot = m->slots[find(m, key, str_hash(key))];
  return slot ? m->entries[slot - 1].value : NULL;
}

static void grow(Arena *a, Map *m) {
  size_t cap = m->cap ? m->cap * 2 : 8;
  m->entries = arena_grow(a, m->entries, m->cap * sizeof *m->entries, cap * sizeof *m->entries);
  m->cap = cap;
  m->nslots = cap * 2;
  m->slots = arena_array(a, uint32_t, m->nslots);
  for (size_t k = 0; k < m->n; k++)
    m->slots[find(m, m->entries[k].key, m->entries[k].hash)] = (uint32_t)k + 1;
}

void *map_put(Arena *a, Map *m, Str key, void *value) {
  if (m->n == m->cap)
    grow(a, m);
  uint64_t hash = str_hash(key);
  size_t i = find(m, key, hash);
  if (m->slots[i]) {
    MapEntry *e = &m->entries[m->slots[i] - 1];
    void *had = e->value;
    e->value = value;
    return had;
  }
  m->entries[m->n] = (MapEntry){key, value, hash};
  m->slots[i] = (uint32_t)++m->n;
  return NULL;
}
