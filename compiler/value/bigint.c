// In: whole numbers of any size. Out: their sums, products, quotients, text. Sign and magnitude;
// the magnitude is GMP limbs in an arena. Leaves operator spelling and errors to template/ops.
#include "bigint.h"

#include "../base/memory.h"

#include <gmp.h>
#include <math.h>
#include <stdlib.h>

struct BigInt {
  bool negative;
  mp_size_t n; // limbs in use, the highest one not 0
  mp_limb_t d[];
};

enum { LIMB = GMP_NUMB_BITS, MAX_LIMBS = BIGINT_MAX_BITS / GMP_NUMB_BITS };

// A number as sign and limbs, wherever they are. n 0: zero.
typedef struct Num {
  bool negative;
  mp_size_t n;
  const mp_limb_t *d;
  mp_limb_t small;
} Num;

static const Num *load(Num *x, Value v) {
  if (v.kind == VAL_BIGINT) {
    *x = (Num){.negative = v.big->negative, .n = v.big->n, .d = v.big->d};
    return x;
  }
  int64_t i = v.kind == VAL_BOOL ? v.b : v.i;
  x->negative = i < 0;
  x->small = i < 0 ? 0 - (mp_limb_t)i : (mp_limb_t)i;
  x->n = i != 0;
  x->d = &x->small;
  return x;
}

static mp_size_t used(const mp_limb_t *d, mp_size_t n) {
  while (n && !d[n - 1])
    n--;
  return n;
}

static BigInt *alloc(Arena *a, mp_size_t limbs) {
  BigInt *b = arena_alloc(a, sizeof *b + (size_t)limbs * sizeof(mp_limb_t));
  *b = (BigInt){.n = limbs};
  return b;
}

// The value of a number whose limbs are final: an int when it fits. False: too big.
static bool finish(BigInt *b, bool negative, Value *out) {
  b->n = used(b->d, b->n);
  b->negative = negative && b->n;
  if (b->n > MAX_LIMBS)
    return false;
  if (!b->n)
    *out = val_int(0);
  else if (b->n == 1 && b->d[0] <= (mp_limb_t)INT64_MAX + negative)
    *out = val_int(negative ? (int64_t)(0 - b->d[0]) : (int64_t)b->d[0]);
  else
    *out = (Value){.kind = VAL_BIGINT, .big = b};
  return true;
}

static int cmp_magnitude(const Num *x, const Num *y) {
  if (x->n != y->n)
    return x->n < y->n ? -1 : 1;
  return x->n ? mpn_cmp(x->d, y->d, x->n) : 0;
}

static bool add(Arena *a, const Num *x, const Num *y, bool flip, Value *out) {
  bool yneg = y->negative != flip;
  if (cmp_magnitude(x, y) < 0) {
    const Num *t = x;
    bool tneg = x->negative;
    BigInt *b = alloc(a, y->n + 1);
    if (!t->n)
      mpn_copyi(b->d, y->d, y->n), b->d[y->n] = 0;
    else if (tneg == yneg)
      b->d[y->n] = mpn_add(b->d, y->d, y->n, t->d, t->n);
    else
      mpn_sub(b->d, y->d, y->n, t->d, t->n), b->d[y->n] = 0;
    return finish(b, yneg, out);
  }
  BigInt *b = alloc(a, x->n + 1);
  if (!y->n) {
    if (x->n)
      mpn_copyi(b->d, x->d, x->n);
    b->d[x->n] = 0;
  } else if (x->negative == yneg)
    b->d[x->n] = mpn_add(b->d, x->d, x->n, y->d, y->n);
  else
    mpn_sub(b->d, x->d, x->n, y->d, y->n), b->d[x->n] = 0;
  return finish(b, x->negative, out);
}

bool bigint_add(Arena *a, Value x, Value y, Value *out) {
  Num nx, ny;
  return add(a, load(&nx, x), load(&ny, y), false, out);
}

bool bigint_sub(Arena *a, Value x, Value y, Value *out) {
  Num nx, ny;
  return add(a, load(&nx, x), load(&ny, y), true, out);
}

bool bigint_mul(Arena *a, Value x, Value y, Value *out) {
  Num nx, ny;
  const Num *p = load(&nx, x), *q = load(&ny, y);
  if (!p->n || !q->n) {
    *out = val_int(0);
    return true;
  }
  if (p->n < q->n) {
    const Num *t = p;
    p = q, q = t;
  }
  if (p->n + q->n > MAX_LIMBS + 1)
    return false;
  BigInt *b = alloc(a, p->n + q->n);
  mpn_mul(b->d, p->d, p->n, q->d, q->n);
  return finish(b, p->negative != q->negative, out);
}

bool bigint_divmod(Arena *a, Value x, Value y, Value *quot, Value *rem) {
  Num nx, ny;
  const Num *p = load(&nx, x), *q = load(&ny, y);
  if (!q->n)
    return false;
  Value whole, rest;
  if (cmp_magnitude(p, q) < 0) {
    whole = val_int(0);
    rest = x.kind == VAL_BOOL ? val_int(x.b) : x;
  } else {
    BigInt *w = alloc(a, p->n - q->n + 1), *r = alloc(a, q->n);
    mpn_tdiv_qr(w->d, r->d, 0, p->d, p->n, q->d, q->n);
    if (!finish(w, p->negative != q->negative, &whole) || !finish(r, p->negative, &rest))
      return false;
  }
  // Python rounds down: the rest has the divisor's sign.
  bool none = rest.kind == VAL_INT && !rest.i;
  if (!none && p->negative != q->negative)
    if (!bigint_sub(a, whole, val_int(1), &whole) || !bigint_add(a, rest, y, &rest))
      return false;
  *quot = whole;
  *rem = rest;
  return true;
}

bool bigint_pow(Arena *a, Value x, uint64_t y, Value *out) {
  Value r = val_int(1), base = x.kind == VAL_BOOL ? val_int(x.b) : x;
  bool tiny = base.kind == VAL_INT && base.i >= -1 && base.i <= 1;
  if (tiny) {
    *out = !y || base.i == 1 ? val_int(1) : !base.i ? val_int(0) : val_int(y & 1 ? -1 : 1);
    return true;
  }
  if (y > BIGINT_MAX_BITS)
    return false;
  while (y) {
    if ((y & 1) && !bigint_mul(a, r, base, &r))
      return false;
    y >>= 1;
    if (y && !bigint_mul(a, base, base, &base))
      return false;
  }
  *out = r;
  return true;
}

int bigint_cmp(Value x, Value y) {
  Num nx, ny;
  const Num *p = load(&nx, x), *q = load(&ny, y);
  if (p->negative != q->negative)
    return p->negative ? -1 : 1;
  int c = cmp_magnitude(p, q);
  return p->negative ? -c : c;
}

// The highest 64 bits decide, with one sticky bit for the rest; ldexp rounds half to even through
// the conversion of a 64-bit number whose lowest bit is sticky.
double bigint_to_double(Value x) {
  Num nx;
  const Num *p = load(&nx, x);
  if (!p->n)
    return 0;
  int top = __builtin_clzll(p->d[p->n - 1]);
  mp_limb_t high = p->d[p->n - 1] << top;
  bool rest = false;
  if (p->n > 1) {
    if (top)
      high |= p->d[p->n - 2] >> (LIMB - top);
    rest = top ? (p->d[p->n - 2] << top) != 0 : p->d[p->n - 2] != 0;
    for (mp_size_t i = 0; !rest && i < p->n - 2; i++)
      rest = p->d[i] != 0;
  }
  double f = ldexp((double)(high | rest), (int)((p->n - 1) * LIMB - top));
  return p->negative ? -f : f;
}

bool bigint_from_double(Arena *a, double f, Value *out) {
  if (isnan(f) || isinf(f))
    return false;
  int exp;
  double m = frexp(fabs(f), &exp); // f = m * 2**exp, m in [0.5, 1)
  if (exp <= 63) {
    *out = val_int((int64_t)f);
    return true;
  }
  uint64_t bits = (uint64_t)ldexp(m, 64);
  int shift = exp - 64;
  mp_size_t low = shift < 0 ? 0 : shift / LIMB;
  BigInt *b = alloc(a, low + 2);
  memset(b->d, 0, (size_t)b->n * sizeof *b->d);
  if (shift < 0) {
    b->d[0] = bits >> -shift;
  } else {
    int by = shift % LIMB;
    b->d[low] = bits << by;
    b->d[low + 1] = by ? bits >> (LIMB - by) : 0;
  }
  return finish(b, f < 0, out);
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
}

bool bigint_parse(Arena *a, Str s, int base, Value *out) {
  bool negative = s.len && s.ptr[0] == '-';
  size_t from = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  while (from + 1 < s.len && s.ptr[from] == '0')
    from++;
  size_t n = s.len - from;
  if (!n || n > BIGINT_MAX_BITS)
    return false;
  unsigned char *digits = arena_alloc(a, n);
  for (size_t i = 0; i < n; i++) {
    int d = digit_of(s.ptr[from + i]);
    if (d >= base)
      return false;
    digits[i] = (unsigned char)d;
  }
  int bits = 1;
  while ((1 << bits) < base)
    bits++;
  BigInt *b = alloc(a, (mp_size_t)(n * (size_t)bits / LIMB + 2));
  b->n = mpn_set_str(b->d, digits, n, base);
  return finish(b, negative, out);
}

void bigint_print(Buf *out, Value x, int base) {
  Num nx;
  const Num *p = load(&nx, x);
  if (!p->n) {
    buf_addc(out, '0');
    return;
  }
  size_t room = mpn_sizeinbase(p->d, p->n, base) + 1;
  // mpn_get_str spoils its input and wants room for one digit more.
  mp_limb_t few[64], *limbs = few;
  if (p->n + 1 > 64)
    limbs = memory_must(malloc(((size_t)p->n + 1) * sizeof *limbs));
  mpn_copyi(limbs, p->d, p->n);
  if (p->negative)
    buf_addc(out, '-');
  unsigned char *text = (unsigned char *)buf_room(out, room + 1);
  size_t n = mpn_get_str(text, base, limbs, p->n), skip = 0;
  while (skip + 1 < n && !text[skip])
    skip++;
  for (size_t i = skip; i < n; i++)
    text[i - skip] = (unsigned char)"0123456789abcdefghijklmnopqrstuvwxyz"[text[i]];
  out->len += n - skip;
  if (limbs != few)
    free(limbs);
}

uint64_t bigint_hash(Value x) {
  double f = bigint_to_double(x); // a float that equals it must have its hash
  uint64_t h;
  memcpy(&h, &f, sizeof h);
  h *= 0x9E3779B97F4A7C15u;
  return h ^ (h >> 32);
}
