// Insertion-ordered hash map from text to pointer. Keys are not copied: they must outlive the map.
#ifndef STARC_MAP_H
#define STARC_MAP_H
#include "str.h"

typedef struct MapEntry {
  Str key;
  void *value;
  uint64_t hash;
} MapEntry;

// {0} is an empty map. entries[0..n) in order of insertion, for iteration. Memory is the arena's
// that is passed to map_put. Safe for many readers at once while nobody writes.
typedef struct Map {
  MapEntry *entries;
  size_t n, cap;
  uint32_t *slots; // index into entries + 1; 0 is free
  size_t nslots;   // a power of two
} Map;

// The value of key, or NULL.
void *map_get(const Map *m, Str key);

// Sets key to value (replacing; its place in the order stays). Returns the value it had, or NULL.
void *map_put(Arena *a, Map *m, Str key, void *value);

// For maps as sets: adds the key. False: it was there.
static inline bool map_add(Arena *a, Map *m, Str key) { return !map_put(a, m, key, m); }

#endif
