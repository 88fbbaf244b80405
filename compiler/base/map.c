// In: names. Out: what was put under them, in the order they came. No removal: arenas forget whole.
#include "map.h"

enum { FEW = 8 }; // so many entries are looked through one by one and have no slots

static MapEntry *find_among_few(const Map *m, Str key) {
  for (size_t k = 0; k < m->n; k++)
    if (str_eq(m->entries[k].key, key))
      return &m->entries[k];
  return NULL;
}

// The slot of the key, or the free one where it would stand.
static size_t find_slot(const Map *m, Str key, uint64_t hash) {
  size_t i = hash & (m->nslots - 1);
  while (m->slots[i]) {
    MapEntry *e = &m->entries[m->slots[i] - 1];
    if (e->hash == hash && str_eq(e->key, key))
      return i;
    i = (i + 1) & (m->nslots - 1);
  }
  return i;
}

static MapEntry *find(const Map *m, Str key, uint64_t hash) {
  if (!m->nslots)
    return find_among_few(m, key);
  uint32_t slot = m->slots[find_slot(m, key, hash)];
  return slot ? &m->entries[slot - 1] : NULL;
}

void *map_get(const Map *m, Str key) {
  const MapEntry *e = find(m, key, m->nslots ? str_hash(key) : 0);
  return e ? e->value : NULL;
}

static void grow(Arena *a, Map *m) {
  size_t cap = m->cap ? m->cap * 2 : 4;
  m->entries = arena_grow(a, m->entries, m->cap * sizeof *m->entries, cap * sizeof *m->entries);
  m->cap = cap;
  if (cap <= FEW)
    return;
  arena_drop(a, m->slots, m->nslots * sizeof *m->slots);
  m->nslots = cap * 2;
  m->slots = arena_array(a, uint32_t, m->nslots);
  for (size_t k = 0; k < m->n; k++)
    m->slots[find_slot(m, m->entries[k].key, m->entries[k].hash)] = (uint32_t)k + 1;
}

void *map_put(Arena *a, Map *m, Str key, void *value) {
  uint64_t hash = str_hash(key);
  MapEntry *e = find(m, key, hash);
  if (e) {
    void *had = e->value;
    e->value = value;
    return had;
  }
  if (m->n == m->cap)
    grow(a, m);
  m->entries[m->n++] = (MapEntry){key, value, hash};
  if (m->nslots)
    m->slots[find_slot(m, key, hash)] = (uint32_t)m->n;
  return NULL;
}
