// In: values. Out: one frozen value for all that are alike. Leaves equality as Python has it to
// value.c: here 1, 1.0 and True differ, and so do dicts of another order.
#include "intern.h"

static uint64_t mixed(uint64_t hash, uint64_t more) {
  hash = (hash ^ more) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

static bool add_hash(uint64_t *hash, Value v);

static bool add_items(uint64_t *hash, const List *l) {
  for (size_t i = 0; i < l->n; i++)
    if (!add_hash(hash, l->items[i]))
      return false;
  *hash = mixed(*hash, l->n);
  return true;
}

static bool add_entries(uint64_t *hash, const Dict *d) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));) {
    *hash = mixed(*hash, e->hash);
    if (!add_hash(hash, e->value))
      return false;
  }
  *hash = mixed(*hash, d->n);
  return true;
}

// False: the value holds what has no content of its own.
static bool add_hash(uint64_t *hash, Value v) {
  *hash = mixed(*hash, v.kind);
  switch ((ValueKind)v.kind) {
  case VAL_NONE:
    return true;
  case VAL_BOOL:
    *hash = mixed(*hash, v.b);
    return true;
  case VAL_INT:
  case VAL_FLOAT: // its bits
    *hash = mixed(*hash, (uint64_t)v.i);
    return true;
  case VAL_STR:
    *hash = mixed(*hash, str_hash(val_text(v)));
    return true;
  case VAL_LIST:
  case VAL_TUPLE:
    return add_items(hash, v.list);
  case VAL_DICT:
  case VAL_SET:
    return add_entries(hash, v.dict);
  case VAL_UNDEF:
  case VAL_BIGINT:
  case VAL_FUNC:
  case VAL_OBJECT:
    break;
  }
  return false;
}

static bool same(Value a, Value b);

static bool same_items(const List *a, const List *b) {
  bool is = a->n == b->n;
  for (size_t i = 0; is && i < a->n; i++)
    is = same(a->items[i], b->items[i]);
  return is;
}

static bool same_entries(const Dict *a, const Dict *b) {
  size_t at = 0, other = 0;
  bool is = a->n == b->n;
  for (DictEntry *e; is && (e = dict_next(a, &at));) {
    const DictEntry *o = dict_next(b, &other);
    is = o->hash == e->hash && same(e->key, o->key) && same(e->value, o->value);
  }
  return is;
}

// Of two values that have a hash.
static bool same(Value a, Value b) {
  if (a.kind != b.kind)
    return false;
  if (a.kind == VAL_STR)
    return a.flags == b.flags && str_eq(val_text(a), val_text(b));
  if (val_is_seq(a))
    return a.list == b.list || same_items(a.list, b.list);
  if (a.kind == VAL_DICT || a.kind == VAL_SET)
    return a.dict == b.dict || same_entries(a.dict, b.dict);
  return a.kind == VAL_NONE || (a.kind == VAL_BOOL ? a.b == b.b : a.i == b.i);
}

static InternSlot *slot_of(const Intern *in, uint64_t hash, Value v) {
  size_t i = hash & (in->nslots - 1);
  for (; in->slots[i].value.kind != VAL_UNDEF; i = (i + 1) & (in->nslots - 1))
    if (in->slots[i].hash == hash && same(in->slots[i].value, v))
      break;
  return &in->slots[i];
}

static void make_room(Intern *in) {
  Intern old = *in;
  in->nslots = old.nslots ? old.nslots * 2 : 64;
  in->slots = arena_array(&in->arena, InternSlot, in->nslots);
  for (size_t i = 0; i < old.nslots; i++)
    if (old.slots[i].value.kind != VAL_UNDEF)
      *slot_of(in, old.slots[i].hash, old.slots[i].value) = old.slots[i];
  arena_drop(&in->arena, old.slots, old.nslots * sizeof *old.slots);
}

bool intern(Intern *in, Value *v) {
  uint64_t hash = 0;
  if (!add_hash(&hash, *v))
    return false;
  pthread_mutex_lock(&in->lock);
  if (in->n * 2 >= in->nslots)
    make_room(in);
  InternSlot *slot = slot_of(in, hash, *v);
  if (slot->value.kind == VAL_UNDEF) {
    *slot = (InternSlot){hash, val_copy(&in->arena, *v, true)};
    val_freeze(slot->value);
    in->n++;
  }
  *v = slot->value;
  pthread_mutex_unlock(&in->lock);
  return true;
}
