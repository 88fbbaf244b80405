// In: two values, or one. Out: whether they are equal as in Python, a hash that agrees with it.
#include "compare.h"

#include "value.h"

#include "bigint.h"
#include "depth.h"

#include <math.h>

static bool is_int(Value v) { return v.kind == VAL_BOOL || v.kind == VAL_INT; }
static int64_t as_int(Value v) { return v.kind == VAL_BOOL ? v.b : v.i; }

// An int64 and a double are equal only if the double is that whole number exactly.
static bool int_eq_float(int64_t i, double f) {
  return f >= -9223372036854775808.0 && f < 9223372036854775808.0 && (double)(int64_t)f == f &&
         (int64_t)f == i;
}

static bool same_items(const List *a, const List *b) {
  if (a->n != b->n)
    return false;
  for (size_t i = 0; i < a->n; i++)
    if (!val_eq(a->items[i], b->items[i]))
      return false;
  return true;
}

static bool same_entries(const Dict *a, const Dict *b, bool values) {
  if (a->n != b->n)
    return false;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(a, &at));) {
    Value *other = dict_get(b, e->key);
    if (!other || (values && !val_eq(e->value, *other)))
      return false;
  }
  return true;
}

static bool eq_inside(Value a, Value b) {
  if (!val_enter())
    return false;
  bool eq = false;
  if (a.kind == VAL_OBJECT && a.obj->type->eq)
    eq = a.obj->type->eq(a.obj, b);
  else if (b.kind == VAL_OBJECT && b.obj->type->eq)
    eq = b.obj->type->eq(b.obj, a);
  else if (val_is_seq(a))
    eq = same_items(a.list, b.list);
  else
    eq = same_entries(a.dict, b.dict, a.kind == VAL_DICT);
  val_leave();
  return eq;
}

// Exactly: 2**70 + 2 is nearest to 2.0**70, and another number.
static bool bigint_eq_float(Value i, double f) {
  Arena a = {0};
  Value whole;
  bool same =
      bigint_to_double(i) == f && bigint_from_double(&a, f, &whole) && bigint_cmp(i, whole) == 0;
  arena_free(&a);
  return same;
}

bool val_eq(Value a, Value b) {
  if (is_int(a) && is_int(b))
    return as_int(a) == as_int(b);
  if (a.kind == VAL_FLOAT && is_int(b))
    return int_eq_float(as_int(b), a.f);
  if (b.kind == VAL_FLOAT && is_int(a))
    return int_eq_float(as_int(a), b.f);
  if (a.kind == VAL_BIGINT && b.kind == VAL_FLOAT)
    return bigint_eq_float(a, b.f);
  if (a.kind == VAL_FLOAT && b.kind == VAL_BIGINT)
    return bigint_eq_float(b, a.f);
  if ((a.kind == VAL_OBJECT && a.obj->type->eq) || (b.kind == VAL_OBJECT && b.obj->type->eq))
    return eq_inside(a, b);
  if (a.kind != b.kind)
    return false;
  switch ((ValueKind)a.kind) {
  case VAL_UNDEF:
  case VAL_NONE:
    return true;
  case VAL_BIGINT:
    return bigint_cmp(a, b) == 0;
  case VAL_FLOAT:
    return a.f == b.f;
  case VAL_STR:
    return str_eq(val_text(a), val_text(b));
  case VAL_LIST:
  case VAL_TUPLE:
    return a.list == b.list || eq_inside(a, b);
  case VAL_DICT:
  case VAL_SET:
    return a.dict == b.dict || eq_inside(a, b);
  case VAL_FUNC:
    return a.func == b.func ||
           (a.func->native->fn == b.func->native->fn && val_eq(a.func->self, b.func->self));
  case VAL_OBJECT:
    return a.obj == b.obj;
  case VAL_BOOL:
  case VAL_INT:
    break;
  }
  return false;
}

static uint64_t hash_int(int64_t i) {
  uint64_t h = (uint64_t)i * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 32);
}

static bool hash_tuple(const List *l, uint64_t *hash) {
  if (!val_enter())
    return false;
  bool ok = true;
  *hash = 0x345678;
  for (size_t i = 0; i < l->n && ok; i++) {
    uint64_t h = 0;
    ok = val_hash(l->items[i], &h);
    *hash = (*hash ^ h) * 0x100000001b3u;
  }
  val_leave();
  return ok;
}

bool val_hash(Value v, uint64_t *hash) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
  case VAL_NONE:
    *hash = 0x9b1a + v.kind;
    return true;
  case VAL_BOOL:
  case VAL_INT:
    *hash = hash_int(as_int(v));
    return true;
  case VAL_BIGINT:
    *hash = bigint_hash(v);
    return true;
  case VAL_FLOAT:
    if (v.f >= -9223372036854775808.0 && v.f < 9223372036854775808.0 &&
        (double)(int64_t)v.f == v.f) {
      *hash = hash_int((int64_t)v.f);
    } else {
      memcpy(hash, &v.f, sizeof *hash);
      *hash = hash_int((int64_t)*hash);
    }
    return true;
  case VAL_STR:
    *hash = str_hash(val_text(v));
    return true;
  case VAL_TUPLE:
    return hash_tuple(v.list, hash);
  case VAL_FUNC:
    *hash = hash_int((int64_t)(uintptr_t)v.func->native->fn);
    return true;
  case VAL_OBJECT:
    if (v.obj->type->unhashable)
      return false;
    *hash = v.obj->type->hash ? v.obj->type->hash(v.obj) : hash_int((int64_t)(uintptr_t)v.obj);
    return true;
  case VAL_LIST:
  case VAL_DICT:
  case VAL_SET:
    break;
  }
  return false;
}
