// In: slices. Out: comparisons, searches, copies in an arena. Leaves Unicode to utf8.
#include "str.h"

#include <stdio.h>
#include <stdlib.h>

int str_cmp(Str a, Str b) {
  size_t n = a.len < b.len ? a.len : b.len;
  int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return c ? c : (a.len > b.len) - (a.len < b.len);
}

static unsigned char fold(char c) {
  return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq_nocase(Str a, Str b) {
  if (a.len != b.len)
    return false;
  for (size_t i = 0; i < a.len; i++)
    if (fold(a.ptr[i]) != fold(b.ptr[i]))
      return false;
  return true;
}

bool str_starts(Str s, Str prefix) {
  return s.len >= prefix.len && str_eq(str_n(s.ptr, prefix.len), prefix);
}

bool str_ends(Str s, Str suffix) {
  return s.len >= suffix.len && str_eq(str_n(s.ptr + s.len - suffix.len, suffix.len), suffix);
}

ptrdiff_t str_find(Str s, Str needle, size_t from) {
  if (from > s.len || needle.len > s.len - from)
    return -1;
  if (!needle.len)
    return (ptrdiff_t)from;
  const char *p = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);
  return p ? p - s.ptr : -1;
}

ptrdiff_t str_rfind(Str s, Str needle) {
  if (needle.len > s.len)
    return -1;
  for (size_t i = s.len - needle.len + 1; i-- > 0;)
    if (!needle.len || memcmp(s.ptr + i, needle.ptr, needle.len) == 0)
      return (ptrdiff_t)i;
  return -1;
}

Str str_sub(Str s, size_t from, size_t to) {
  if (to > s.len)
    to = s.len;
  if (from > to)
    from = to;
  return str_n(s.ptr ? s.ptr + from : NULL, to - from);
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Str str_trim(Str s) {
  while (s.len && is_space(s.ptr[0]))
    s.ptr++, s.len--;
  while (s.len && is_space(s.ptr[s.len - 1]))
    s.len--;
  return s;
}

char *str_cstr(Arena *a, Str s) {
  char *p = arena_alloc(a, s.len + 1);
  if (s.len)
    memcpy(p, s.ptr, s.len);
  p[s.len] = 0;
  return p;
}

Str str_dup(Arena *a, Str s) { return str_n(str_cstr(a, s), s.len); }

Str str_vfmt(Arena *a, const char *fmt, va_list ap) {
  va_list again;
  va_copy(again, ap);
  size_t room = (size_t)(a->end - a->next); // most texts fit where the arena stands
  int n = vsnprintf(a->next, room, fmt, ap);
  if (n < 0)
    n = 0;
  char *p = arena_alloc(a, (size_t)n + 1);
  if ((size_t)n >= room)
    vsnprintf(p, (size_t)n + 1, fmt, again);
  va_end(again);
  return str_n(p, (size_t)n);
}

Str str_fmt(Arena *a, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Str s = str_vfmt(a, fmt, ap);
  va_end(ap);
  return s;
}

Str str_cat(Arena *a, Str x, Str y) {
  char *p = arena_alloc(a, x.len + y.len + 1);
  if (x.len)
    memcpy(p, x.ptr, x.len);
  if (y.len)
    memcpy(p + x.len, y.ptr, y.len);
  p[x.len + y.len] = 0;
  return str_n(p, x.len + y.len);
}

bool str_cut(Str *rest, char sep, Str *part) {
  if (!rest->ptr)
    return false;
  const char *p = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
  if (!p) {
    *part = *rest;
    *rest = (Str){0};
    return true;
  }
  *part = str_n(rest->ptr, (size_t)(p - rest->ptr));
  *rest = str_n(p + 1, rest->len - part->len - 1);
  return true;
}

static uint64_t mix(uint64_t h) {
  h ^= h >> 32;
  h *= 0x9E3779B97F4A7C15u;
  h ^= h >> 29;
  return h;
}

static uint64_t eight_bytes(const char *p) {
  uint64_t w;
  memcpy(&w, p, sizeof w);
  return w;
}

// One to seven bytes, all of them: short ones overlap.
static uint64_t few_bytes(const char *p, size_t n) {
  if (n < 4)
    return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 |
           (uint64_t)(unsigned char)p[n - 1] << 16;
  uint32_t first, last;
  memcpy(&first, p, sizeof first);
  memcpy(&last, p + n - 4, sizeof last);
  return first | (uint64_t)last << 32;
}

uint64_t str_hash(Str s) {
  uint64_t h = 0x2545F4914F6CDD1Du ^ s.len;
  size_t at = 0;
  for (; s.len > at + 8; at += 8)
    h = mix(h ^ eight_bytes(s.ptr + at));
  if (s.len >= 8)
    h ^= eight_bytes(s.ptr + s.len - 8);
  else if (s.len)
    h ^= few_bytes(s.ptr, s.len);
  return mix(h);
}

// Optimal string alignment over three rows; names longer than ROW are not compared.
size_t str_distance(Str a, Str b, size_t limit) {
  enum { ROW = 256 };
  size_t rows[3][ROW + 1];
  size_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
  if (gap > limit || b.len > ROW)
    return limit + 1;
  size_t *before = rows[0], *prev = rows[1], *cur = rows[2];
  for (size_t j = 0; j <= b.len; j++)
    prev[j] = j;
  for (size_t i = 1; i <= a.len; i++) {
    cur[0] = i;
    size_t least = i;
    for (size_t j = 1; j <= b.len; j++) {
      size_t cost = fold(a.ptr[i - 1]) != fold(b.ptr[j - 1]);
      size_t d = prev[j - 1] + cost;
      if (prev[j] + 1 < d)
        d = prev[j] + 1;
      if (cur[j - 1] + 1 < d)
        d = cur[j - 1] + 1;
      if (i > 1 && j > 1 && fold(a.ptr[i - 1]) == fold(b.ptr[j - 2]) &&
          fold(a.ptr[i - 2]) == fold(b.ptr[j - 1]) && before[j - 2] + 1 < d)
        d = before[j - 2] + 1;
      cur[j] = d;
      if (d < least)
        least = d;
    }
    if (least > limit)
      return limit + 1;
    size_t *t = before;
    before = prev, prev = cur, cur = t;
  }
  return prev[b.len] > limit ? limit + 1 : prev[b.len];
}

Str str_nearest(Str name, const Str *candidates, size_t n) {
  size_t best = name.len < 4 ? 1 : (name.len + 2) / 3;
  if (best > 4)
    best = 4;
  Str found = {0};
  for (size_t i = 0; name.len && i < n; i++) { // nothing is near to an empty name
    size_t d = str_distance(name, candidates[i], best);
    bool alike = d < 2 || name.len > 5 ||
                 (candidates[i].len && fold(name.ptr[0]) == fold(candidates[i].ptr[0]));
    if (alike && d <= best && (!found.ptr || d < best)) {
      found = candidates[i];
      best = d;
    }
  }
  return found;
}
