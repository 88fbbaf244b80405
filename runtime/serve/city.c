// See city.h. Multiplications wrap around: they are of unsigned numbers.
#include "city.h"

static const uint64_t K0 = 0xc3a5c85c97cb3127, K1 = 0xb492b66fbe98f273, K2 = 0x9ae16a3b2f90404f,
                      K3 = 0xc949d7c7509e6557;

typedef City128 Pair; // two running sums

static uint64_t fetch64(const char *p) {
  uint64_t n = 0;
  for (int i = 7; i >= 0; i--)
    n = n << 8 | (unsigned char)p[i];
  return n;
}

static uint64_t fetch32(const char *p) {
  return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[1] << 8 |
         (uint64_t)(unsigned char)p[2] << 16 | (uint64_t)(unsigned char)p[3] << 24;
}

static uint64_t turn(uint64_t n, int by) { return by ? n >> by | n << (64 - by) : n; }
static uint64_t mix(uint64_t n) { return n ^ n >> 47; }

static uint64_t fold(uint64_t low, uint64_t high) {
  static const uint64_t MUL = 0x9ddfea08eb382d69;
  uint64_t a = mix((low ^ high) * MUL);
  return mix((high ^ a) * MUL) * MUL;
}

// Of at most 16 bytes.
static uint64_t of_few(const char *s, size_t n) {
  if (n > 8) {
    uint64_t a = fetch64(s), b = fetch64(s + n - 8);
    return fold(a, turn(b + n, (int)n)) ^ b;
  }
  if (n >= 4)
    return fold(n + (fetch32(s) << 3), fetch32(s + n - 4));
  if (!n)
    return K2;
  uint32_t y = (uint32_t)(unsigned char)s[0] + ((uint32_t)(unsigned char)s[n / 2] << 8);
  uint32_t z = (uint32_t)n + ((uint32_t)(unsigned char)s[n - 1] << 2);
  return mix(y * K2 ^ z * K3) * K2;
}

static Pair of_32(const char *s, uint64_t a, uint64_t b) {
  uint64_t w = fetch64(s), x = fetch64(s + 8), y = fetch64(s + 16), z = fetch64(s + 24);
  a += w;
  b = turn(b + a + z, 21);
  uint64_t c = a;
  a += x + y;
  b += turn(a, 44);
  return (Pair){a + z, b + c};
}

// Of less than 128 bytes.
static City128 murmur(const char *s, size_t n, City128 seed) {
  uint64_t a = seed.low, b = seed.high, c, d;
  if (n <= 16) {
    a = mix(a * K1) * K1;
    c = b * K1 + of_few(s, n);
    d = mix(a + (n >= 8 ? fetch64(s) : c));
  } else {
    c = fold(fetch64(s + n - 8) + K1, a);
    d = fold(b + n, c + fetch64(s + n - 16));
    a += d;
    for (ptrdiff_t left = (ptrdiff_t)n - 16; left > 0; left -= 16, s += 16) {
      a = (a ^ mix(fetch64(s) * K1) * K1) * K1;
      b ^= a;
      c = (c ^ mix(fetch64(s + 8) * K1) * K1) * K1;
      d ^= c;
    }
  }
  a = fold(a, c);
  b = fold(d, b);
  return (City128){a ^ b, fold(b, a)};
}

typedef struct Sums {
  Pair v, w;
  uint64_t x, y, z;
} Sums;

static void take_64(Sums *t, const char *s) {
  t->x = turn(t->x + t->y + t->v.low + fetch64(s + 16), 37) * K1;
  t->y = turn(t->y + t->v.high + fetch64(s + 48), 42) * K1;
  t->x ^= t->w.high;
  t->y ^= t->v.low;
  t->z = turn(t->z ^ t->w.low, 33);
  t->v = of_32(s, t->v.high * K1, t->x + t->w.low);
  t->w = of_32(s + 32, t->z + t->w.high, t->y);
  uint64_t x = t->x;
  t->x = t->z;
  t->z = x;
}

static City128 with_seed(const char *s, size_t n, City128 seed) {
  if (n < 128)
    return murmur(s, n, seed);
  Sums t = {.x = seed.low, .y = seed.high, .z = n * K1};
  t.v.low = turn(t.y ^ K1, 49) * K1 + fetch64(s);
  t.v.high = turn(t.v.low, 42) * K1 + fetch64(s + 8);
  t.w.low = turn(t.y + t.z, 35) * K1 + t.x;
  t.w.high = turn(t.x + fetch64(s + 88), 53) * K1;
  for (; n >= 128; s += 128, n -= 128) {
    take_64(&t, s);
    take_64(&t, s + 64);
  }
  t.y += turn(t.w.low, 37) * K0 + t.z;
  t.x += turn(t.v.low + t.z, 49) * K0;
  for (size_t done = 0; done < n;) { // the last ones, which may reach before s
    done += 32;
    const char *at = s + n - done;
    t.y = turn(t.y - t.x, 42) * K0 + t.v.high;
    t.w.low += fetch64(at + 16);
    t.x = turn(t.x, 49) * K0 + t.w.low;
    t.w.low += t.v.low;
    t.v = of_32(at, t.v.low, t.v.high);
  }
  t.x = fold(t.x, t.v.low);
  t.y = fold(t.y, t.w.low);
  return (City128){fold(t.x + t.v.high, t.w.high) + t.y, fold(t.x + t.w.high, t.y + t.v.high)};
}

City128 city_hash128(Str b) {
  if (b.len >= 16)
    return with_seed(b.ptr + 16, b.len - 16, (City128){fetch64(b.ptr) ^ K3, fetch64(b.ptr + 8)});
  if (b.len >= 8)
    return with_seed(NULL, 0,
                     (City128){fetch64(b.ptr) ^ b.len * K0, fetch64(b.ptr + b.len - 8) ^ K1});
  return with_seed(b.ptr, b.len, (City128){K0, K1});
}
