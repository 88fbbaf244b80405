// In: Python-like values. Out: containers, equality, hashing, text. Leaves to template/ops what can
// fail or call back into a template.
#include "value.h"

#include "../base/stack.h"
#include "../base/utf8.h"
#include "../base/vec.h"
#include "../base/work.h"
#include "bigint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Value val_func(Arena *a, const Native *native, const char *of, Value self) {
  Func *f = arena_new(a, Func);
  *f = (Func){.native = native, .of = of, .self = self};
  return (Value){.kind = VAL_FUNC, .func = f};
}

static Value answer(Eval *ev, const Value *v) {
  (void)ev;
  return v[0];
}

Value val_answer(Arena *a, const char *name, Value v) {
  Native *n = arena_new(a, Native);
  *n = (Native){name, answer, "self, *args, **kwargs", "the same whatever it is called with"};
  return val_func(a, n, NULL, v);
}

static Value sequence(Arena *a, ValueKind kind, size_t cap) {
  List *l = arena_new(a, List);
  if (cap) {
    l->items = arena_alloc(a, cap * sizeof *l->items);
    l->cap = cap;
  }
  return (Value){.kind = (uint8_t)kind, .list = l};
}

Value val_list(Arena *a, size_t cap) { return sequence(a, VAL_LIST, cap); }
Value val_tuple(Arena *a, size_t cap) { return sequence(a, VAL_TUPLE, cap); }
Value val_dict(Arena *a) { return (Value){.kind = VAL_DICT, .dict = arena_new(a, Dict)}; }
Value val_set(Arena *a) { return (Value){.kind = VAL_SET, .dict = arena_new(a, Dict)}; }

void list_push(Arena *a, List *l, Value v) { vec_push(a, l, v); }

void list_insert(Arena *a, List *l, size_t at, Value v) {
  list_push(a, l, v);
  memmove(l->items + at + 1, l->items + at, (l->n - 1 - at) * sizeof *l->items);
  l->items[at] = v;
}

void list_remove(List *l, size_t at) {
  memmove(l->items + at, l->items + at + 1, (l->n - 1 - at) * sizeof *l->items);
  l->n--;
}

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

// --- truth, equality, hash
bool val_truth(Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
  case VAL_NONE:
    return false;
  case VAL_BOOL:
    return v.b;
  case VAL_INT:
    return v.i != 0;
  case VAL_FLOAT:
    return v.f != 0;
  case VAL_STR:
    return v.len != 0;
  case VAL_LIST:
  case VAL_TUPLE:
    return v.list->n != 0;
  case VAL_DICT:
  case VAL_SET:
    return v.dict->n != 0;
  case VAL_OBJECT:
    if (v.obj->type->truth)
      return v.obj->type->truth(v.obj);
    return v.obj->type->len ? v.obj->type->len(v.obj) != 0 : true;
  case VAL_BIGINT:
  case VAL_FUNC:
    return true;
  }
  return true;
}

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

// How deep equality, hashing, printing and copying go into nested values before they give up:
// values can hold themselves, and nothing a template builds may overflow the stack. In a template
// that is an error; what leaves it is not as deep, also with what is put around it.
enum { DEEPEST = 1010 };
enum { MOST = 20000000 }; // containers in one value, where no work counts the time
static _Thread_local unsigned depth, visits;

static bool too_deep(void) {
  work_step();
  visits = depth ? visits + 1 : 0;
  if (depth < (work_now ? DEEPEST : 2 * DEEPEST) && (work_now || visits < MOST) && !stack_low())
    return false;
  work_over(WORK_DEEP);
  return true;
}

// Into a container: false when that is too deep.
static bool inside(void) {
  if (too_deep())
    return false;
  depth++;
  return true;
}

// The containers that this thread is printing, so that one that holds itself ends in "[...]". They
// are the thread's, as in Python: an object between two of them prints by its own function.
typedef struct Trail {
  const void *container;
  const struct Trail *up;
} Trail;
static _Thread_local const Trail *printing;

void val_forget_depth(void) {
  depth = 0;
  printing = NULL;
}

static bool eq_inside(Value a, Value b) {
  if (!inside())
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
  depth--;
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
  if (!inside())
    return false;
  bool ok = true;
  *hash = 0x345678;
  for (size_t i = 0; i < l->n && ok; i++) {
    uint64_t h = 0;
    ok = val_hash(l->items[i], &h);
    *hash = (*hash ^ h) * 0x100000001b3u;
  }
  depth--;
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

// --- text
// A float of at most six decimals: they are its shortest digits where another number of sixteen
// digits is too far away to be read as the same, below 2**33. False: it is none.
static bool print_decimals(Buf *out, double f) {
  double size = fabs(f), micros = size * 1e6;
  if (!(size == 0 || (size >= 1e-4 && size < 8e9)))
    return false;
  uint64_t n = (uint64_t)(micros + 0.5);
  if ((double)n / 1e6 != size)
    return false;
  char digits[32], *end = digits + snprintf(digits, sizeof digits, "%" PRIu64 ".%06u", n / 1000000,
                                            (unsigned)(n % 1000000));
  while (end[-1] == '0' && end[-2] != '.')
    end--;
  if (signbit(f))
    buf_addc(out, '-');
  buf_add(out, str_n(digits, (size_t)(end - digits)));
  return true;
}

// Python's repr of a float: the shortest digits that read back the same, exponent from 1e16 up and
// below 1e-4.
void val_print_float(Buf *out, double f) {
  if (isnan(f)) {
    buf_adds(out, "nan");
    return;
  }
  if (isinf(f)) {
    buf_add(out, f < 0 ? STR("-inf") : STR("inf"));
    return;
  }
  if (print_decimals(out, f))
    return;
  char digits[40];
  // 15 digits always read back, but for the smallest numbers, which have fewer; zeros are cut
  // below.
  for (int prec = fabs(f) < 2.3e-308 ? 0 : 14; prec <= 16; prec++) {
    snprintf(digits, sizeof digits, "%.*e", prec, f);
    if (strtod(digits, NULL) == f)
      break;
    // Below a power of two numbers lie closer than above it: there the next digit up may be in
    // reach where the nearest is not.
    char *last = strchr(digits, 'e') - 1;
    if (prec == 15 && *last < '9') {
      ++*last;
      if (strtod(digits, NULL) == f)
        break;
    }
  }
  char *e = strchr(digits, 'e');
  int exp = (int)strtol(e + 1, NULL, 10);
  *e = 0;
  bool negative = digits[0] == '-';
  char mant[32];
  size_t n = 0;
  for (char *p = digits + negative; *p; p++)
    if (*p != '.')
      mant[n++] = *p;
  while (n > 1 && mant[n - 1] == '0')
    n--;
  if (negative)
    buf_addc(out, '-');
  if (exp < -4 || exp >= 16) {
    buf_addc(out, mant[0]);
    if (n > 1) {
      buf_addc(out, '.');
      buf_add(out, str_n(mant + 1, n - 1));
    }
    buf_addf(out, "e%c%02d", exp < 0 ? '-' : '+', abs(exp));
    return;
  }
  if (exp < 0) {
    buf_adds(out, "0.");
    for (int i = -1; i > exp; i--)
      buf_addc(out, '0');
    buf_add(out, str_n(mant, n));
    return;
  }
  for (int i = 0; i <= exp; i++)
    buf_addc(out, (size_t)i < n ? mant[i] : '0');
  buf_addc(out, '.');
  if ((size_t)exp + 1 < n)
    buf_add(out, str_n(mant + exp + 1, n - (size_t)exp - 1));
  else
    buf_addc(out, '0');
}

void val_print_json_float(Buf *out, double f) {
  if (isnan(f))
    buf_adds(out, "NaN");
  else if (isinf(f))
    buf_add(out, f < 0 ? STR("-Infinity") : STR("Infinity"));
  else
    val_print_float(out, f);
}

static void repr_str(Buf *out, Str s) {
  bool single = memchr(s.ptr ? s.ptr : "", '\'', s.len),
       twice = memchr(s.ptr ? s.ptr : "", '"', s.len);
  char quote = single && !twice ? '"' : '\'';
  buf_addc(out, quote);
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    if (c == (uint32_t)quote || c == '\\')
      buf_addf(out, "\\%c", (char)c);
    else if (c == '\n')
      buf_adds(out, "\\n");
    else if (c == '\r')
      buf_adds(out, "\\r");
    else if (c == '\t')
      buf_adds(out, "\\t");
    else if (c >= 32 && c < 127)
      buf_addc(out, (char)c);
    else if (utf8_isprintable(c))
      utf8_add(out, c);
    else if (c < 0x100)
      buf_addf(out, "\\x%02x", c);
    else if (c < 0x10000)
      buf_addf(out, "\\u%04x", c);
    else
      buf_addf(out, "\\U%08x", c);
  }
  buf_addc(out, quote);
}

enum { LONGEST = 1 << 28 }; // what a doubling of lists would print is longer: no template needs it

static bool enter(Trail *t, const void *container) {
  for (const Trail *p = printing; p; p = p->up)
    if (p->container == container)
      return false;
  *t = (Trail){container, printing};
  printing = t;
  return true;
}

static void leave(const Trail *t) { printing = t->up; }

static void repr_list(Buf *out, Value v) {
  bool tuple = v.kind == VAL_TUPLE;
  Trail t;
  if (!enter(&t, v.list)) {
    buf_add(out, tuple ? STR("(...)") : STR("[...]"));
    return;
  }
  buf_addc(out, tuple ? '(' : '[');
  for (size_t i = 0; i < v.list->n; i++) {
    if (i)
      buf_adds(out, ", ");
    val_repr(out, v.list->items[i]);
  }
  if (tuple && v.list->n == 1)
    buf_addc(out, ',');
  buf_addc(out, tuple ? ')' : ']');
  leave(&t);
}

static void repr_dict(Buf *out, Value v) {
  Trail t;
  if (v.kind == VAL_SET && !v.dict->n) {
    buf_adds(out, "set()");
    return;
  }
  if (!enter(&t, v.dict)) {
    buf_adds(out, "{...}");
    return;
  }
  buf_addc(out, '{');
  size_t at = 0;
  bool first = true;
  for (DictEntry *e; (e = dict_next(v.dict, &at)); first = false) {
    if (!first)
      buf_adds(out, ", ");
    val_repr(out, e->key);
    if (v.kind == VAL_DICT) {
      buf_adds(out, ": ");
      val_repr(out, e->value);
    }
  }
  buf_addc(out, '}');
  leave(&t);
}

static void repr_kind(Buf *out, Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
    buf_adds(out, "Undefined");
    break;
  case VAL_NONE:
    buf_adds(out, "None");
    break;
  case VAL_BOOL:
    buf_add(out, v.b ? STR("True") : STR("False"));
    break;
  case VAL_INT:
    buf_addf(out, "%lld", (long long)v.i);
    break;
  case VAL_BIGINT:
    bigint_print(out, v, 10);
    break;
  case VAL_FLOAT:
    val_print_float(out, v.f);
    break;
  case VAL_STR:
    if (v.flags & VAL_SAFE)
      buf_adds(out, "Markup(");
    repr_str(out, val_text(v));
    if (v.flags & VAL_SAFE)
      buf_addc(out, ')');
    break;
  case VAL_LIST:
  case VAL_TUPLE:
    repr_list(out, v);
    break;
  case VAL_DICT:
  case VAL_SET:
    repr_dict(out, v);
    break;
  case VAL_FUNC:
    buf_addf(out, "<function %s>", v.func->native->name);
    break;
  case VAL_OBJECT:
    if (v.obj->type->repr)
      v.obj->type->repr(v.obj, out);
    else
      buf_addf(out, "<%s object>", v.obj->type->name);
    break;
  }
}

void val_repr(Buf *out, Value v) {
  if (out->len > LONGEST) {
    work_over(WORK_LONG);
    return;
  }
  if (!inside()) {
    buf_adds(out, "...");
    return;
  }
  repr_kind(out, v);
  depth--;
}

void val_print(Buf *out, Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
    break;
  case VAL_STR:
    buf_add(out, val_text(v));
    break;
  case VAL_INT: {
    char digits[24], *p = digits + sizeof digits;
    uint64_t n = v.i < 0 ? 0 - (uint64_t)v.i : (uint64_t)v.i;
    do
      *--p = (char)('0' + n % 10);
    while (n /= 10);
    if (v.i < 0)
      *--p = '-';
    buf_add(out, str_n(p, (size_t)(digits + sizeof digits - p)));
    break;
  }
  case VAL_OBJECT:
    if (v.obj->type->str) {
      v.obj->type->str(v.obj, out);
      break;
    }
    val_repr(out, v);
    break;
  default:
    val_repr(out, v);
  }
}

Str val_to_str(Arena *a, Value v) {
  if (v.kind == VAL_STR)
    return val_text(v);
  Buf b = {.arena = a};
  val_print(&b, v);
  return buf_str(&b);
}

const char *val_type_name(Value v) {
  static const char *const names[] = {
      [VAL_UNDEF] = "Undefined", [VAL_NONE] = "NoneType", [VAL_BOOL] = "bool",
      [VAL_INT] = "int",         [VAL_BIGINT] = "int",    [VAL_FLOAT] = "float",
      [VAL_STR] = "str",         [VAL_LIST] = "list",     [VAL_TUPLE] = "tuple",
      [VAL_DICT] = "dict",       [VAL_SET] = "set",       [VAL_FUNC] = "function",
  };
  if (v.kind == VAL_OBJECT)
    return v.obj->type->name;
  return v.kind == VAL_STR && (v.flags & VAL_SAFE) ? "Markup" : names[v.kind];
}

static Value copy_items(Arena *a, Value v, bool texts) {
  Value c = sequence(a, v.kind, v.list->n);
  for (size_t i = 0; i < v.list->n; i++)
    list_push(a, c.list, val_copy(a, v.list->items[i], texts));
  return c;
}

static Value copy_entries(Arena *a, Value v, bool texts) {
  Value c = {.kind = v.kind, .dict = arena_new(a, Dict)};
  size_t at = 0;
  dict_reserve(a, c.dict, v.dict->n);
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    dict_set(a, c.dict, val_copy(a, e->key, texts), val_copy(a, e->value, texts));
  return c;
}

Value val_copy(Arena *a, Value v, bool texts) {
  if (v.kind == VAL_STR && texts) {
    Value c = val_str(str_dup(a, val_text(v)));
    c.flags = v.flags;
    return c;
  }
  bool seq = val_is_seq(v);
  if (!seq && v.kind != VAL_DICT && v.kind != VAL_SET)
    return v;
  if (!inside())
    return val_none();
  Value c = seq ? copy_items(a, v, texts) : copy_entries(a, v, texts);
  depth--;
  return c;
}

void val_freeze(Value v) {
  if (val_is_seq(v) && !v.list->frozen) {
    v.list->frozen = true;
    for (size_t i = 0; i < v.list->n; i++)
      val_freeze(v.list->items[i]);
  } else if ((v.kind == VAL_DICT || v.kind == VAL_SET) && !v.dict->frozen) {
    v.dict->frozen = true;
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      val_freeze(e->value);
  }
}
