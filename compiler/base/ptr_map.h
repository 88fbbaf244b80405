// Hash map from addresses to pointers: what is known of an object that stays where it is.
#ifndef STARC_PTR_MAP_H
#define STARC_PTR_MAP_H
#include "arena.h"

#include <stdbool.h>

typedef struct PtrSlot {
  const void *key; // NULL: the slot is free
  void *value;
} PtrSlot;

// {0} is an empty map. Memory is the arena's that is passed to ptr_map_put. Safe for many readers
// at once while nobody writes.
typedef struct PtrMap {
  PtrSlot *slots;
  size_t n, nslots; // nslots: a power of two, or 0
} PtrMap;

// The value of key, or NULL; NULL is no key.
void *ptr_map_get(const PtrMap *m, const void *key);

// Sets the value of key, which is not NULL. Returns the value it had, or NULL.
void *ptr_map_put(Arena *a, PtrMap *m, const void *key, void *value);

// For maps as sets: adds the key. False: it was there.
static inline bool ptr_map_add(Arena *a, PtrMap *m, const void *key) {
  return !ptr_map_put(a, m, key, m);
}

#endif
