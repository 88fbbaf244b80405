// In: keys and values. Out: dicts and sets in the order of insertion.
#include "dict.h"

#include "value.h"

#include "../base/vec.h"
#include "../base/work.h"

Value val_dict(Arena *a) { return (Value){.kind = VAL_DICT, .dict = arena_new(a, Dict)}; }
Value val_set(Arena *a) { return (Value){.kind = VAL_SET, .dict = arena_new(a, Dict)}; }

// --- dicts: linear search up to SMALL entries, open addressing over entry numbers above
enum { SMALL = 8 };

// Most keys are texts.
static bool is_key(const DictEntry *e, Value key, uint64_t hash) {
  if (e->hash != hash)
    return false;
  if (e->key.kind == VAL_STR && key.kind == VAL_STR)
    return str_eq(val_text(e->key), val_text(key));
  return dict_live(e) && val_eq(e->key, key);
}

static DictEntry *find(const Dict *d, Value key, uint64_t hash) {
  if (!d->slots) {
    for (size_t i = 0; i < d->used; i++) {
      DictEntry *e = &d->entries[i];
      if (is_key(e, key, hash))
        return e;
    }
    return NULL;
  }
  for (size_t i = hash & (d->nslots - 1); d->slots[i]; i = (i + 1) & (d->nslots - 1)) {
    DictEntry *e = &d->entries[d->slots[i] - 1];
    if (is_key(e, key, hash))
      return e;
  }
  return NULL;
}

DictEntry *dict_entry(const Dict *d, Value key) {
  uint64_t hash;
  return d->n && val_hash(key, &hash) ? find(d, key, hash) : NULL;
}

Value *dict_get(const Dict *d, Value key) {
  DictEntry *e = dict_entry(d, key);
  return e ? &e->value : NULL;
}

Value *dict_gets(const Dict *d, Str key) {
  DictEntry *e = d->n ? find(d, val_str(key), str_hash(key)) : NULL;
  return e ? &e->value : NULL;
}

static void add_slot(Dict *d, size_t index) {
  size_t i = d->entries[index].hash & (d->nslots - 1);
  while (d->slots[i])
    i = (i + 1) & (d->nslots - 1);
  d->slots[i] = (uint32_t)index + 1;
}

static void make_slots(Arena *a, Dict *d) {
  if (d->cap <= SMALL)
    return;
  d->nslots = 16;
  while (d->nslots < d->cap * 2)
    d->nslots *= 2;
  d->slots = arena_array(a, uint32_t, d->nslots);
  for (size_t i = 0; i < d->used; i++)
    add_slot(d, i);
}

void dict_reserve(Arena *a, Dict *d, size_t n) {
  if (d->cap >= n || d->used)
    return;
  d->entries = arena_alloc(a, n * sizeof *d->entries);
  d->cap = n;
  make_slots(a, d);
}

void dict_start(Arena *a, Dict *d, const Dict *from) {
  if (!from->used)
    return;
  dict_reserve(a, d, from->used + 4);
  memcpy(d->entries, from->entries, from->used * sizeof *d->entries);
  d->used = from->used;
  d->n = from->n;
  if (d->slots && d->nslots == from->nslots)
    memcpy(d->slots, from->slots, d->nslots * sizeof *d->slots);
  else
    for (size_t i = 0; d->slots && i < d->used; i++)
      add_slot(d, i);
}

// Makes room for one more entry: drops removed ones, or doubles.
static void make_room(Arena *a, Dict *d) {
  size_t live = 0;
  for (size_t i = 0; i < d->used; i++)
    if (dict_live(&d->entries[i]))
      d->entries[live++] = d->entries[i];
  d->used = live;
  if (live * 4 >= d->cap * 3) {
    size_t cap = d->cap ? d->cap * 2 : 4;
    d->entries = arena_grow(a, d->entries, d->cap * sizeof *d->entries, cap * sizeof *d->entries);
    d->cap = cap;
  }
  make_slots(a, d);
}

void dict_set(Arena *a, Dict *d, Value key, Value v) {
  uint64_t hash;
  if (!val_hash(key, &hash))
    return; // callers that take keys from templates check first
  if (d->watch)
    d->watch->changes(d->watch, &key);
  DictEntry *e = find(d, key, hash);
  if (e) {
    e->value = v;
    return;
  }
  if (d->used == d->cap)
    make_room(a, d);
  d->entries[d->used] = (DictEntry){key, v, hash};
  if (d->slots)
    add_slot(d, d->used);
  d->used++;
  d->n++;
}

void dict_sets(Arena *a, Dict *d, Str key, Value v) { dict_set(a, d, val_str(key), v); }

bool dict_remove(Dict *d, Value key) {
  uint64_t hash;
  if (!val_hash(key, &hash))
    return false;
  DictEntry *e = find(d, key, hash);
  if (!e)
    return false;
  if (d->watch)
    d->watch->changes(d->watch, &key);
  *e = (DictEntry){.key = {.kind = VAL_UNDEF}};
  d->n--;
  if (!d->n) {
    d->used = 0;
    if (d->slots)
      memset(d->slots, 0, d->nslots * sizeof *d->slots);
  }
  return true;
}

DictEntry *dict_next(const Dict *d, size_t *at) {
  while (*at < d->used) {
    DictEntry *e = &d->entries[(*at)++];
    if (dict_live(e))
      return e;
  }
  return NULL;
}

bool dict_within(const Dict *d, const Dict *of) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));)
    if (!dict_get(of, e->key))
      return false;
  return true;
}

Value val_get(Value d, Str key) {
  Value *v = d.kind == VAL_DICT ? dict_gets(d.dict, key) : NULL;
  return v ? *v : val_undef(NULL);
}
