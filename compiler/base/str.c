// In: slices. Out: comparisons, searches, copies in an arena. Leaves Unicode to utf8.
#include "str.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

int str_cmp(Str a, Str b) {
  size_t n = a.len < b.len ? a.len : b.len;
  int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return c ? c : (a.len > b.len) - (a.len < b.len);
}

int str_order(const void *a, const void *b) { return str_cmp(*(const Str *)a, *(const Str *)b); }

bool str_all_digits(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (!str_digit_char(s.ptr[i]))
      return false;
  return s.len > 0;
}

bool str_in_nocase(Str s, const char *const *words) {
  for (; *words; words++)
    if (str_eq_nocase(s, str_c(*words)))
      return true;
  return false;
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

static bool among(Str s, const char *words, bool (*same)(Str a, Str b)) {
  Str rest = str_c(words), one;
  while (str_cut(&rest, ' ', &one))
    if (same(s, one))
      return true;
  return false;
}

bool str_among(Str s, const char *words) { return among(s, words, str_eq); }
bool str_among_nocase(Str s, const char *words) { return among(s, words, str_eq_nocase); }

bool str_starts(Str s, Str prefix) {
  return s.len >= prefix.len && str_eq(str_n(s.ptr, prefix.len), prefix);
}

bool str_ends(Str s, Str suffix) {
  return s.len >= suffix.len && str_eq(str_n(s.ptr + s.len - suffix.len, suffix.len), suffix);
}

bool str_ends_nocase(Str s, Str suffix) {
  return s.len >= suffix.len &&
         str_eq_nocase(str_n(s.ptr + s.len - suffix.len, suffix.len), suffix);
}

ptrdiff_t str_find(Str s, Str needle, size_t from) {
  if (from > s.len || needle.len > s.len - from)
    return -1;
  if (!needle.len)
    return (ptrdiff_t)from;
  const char *p = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);
  return p ? p - s.ptr : -1;
}

// The first of eight bytes as the lowest of the number.
static uint64_t first_is_lowest(uint64_t eight) {
  return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(eight) : eight;
}

// Of eight bytes the first that is zero (and bytes behind it) has its highest bit set.
static uint64_t zeros(uint64_t eight) {
  return (eight - 0x0101010101010101U) & ~eight & 0x8080808080808080U;
}

size_t str_until(Str s, const char marks[4], uint64_t *all) {
  uint64_t eight, found, each[4];
  size_t at = 0;
  for (size_t i = 0; i < 4; i++)
    each[i] = 0x0101010101010101U * (unsigned char)marks[i];
  for (; s.len - at >= sizeof eight; at += sizeof eight) {
    memcpy(&eight, s.ptr + at, sizeof eight);
    *all |= eight;
    eight = first_is_lowest(eight);
    found = zeros(eight ^ each[0]) | zeros(eight ^ each[1]) | zeros(eight ^ each[2]) |
            zeros(eight ^ each[3]);
    if (found)
      return at + (size_t)__builtin_ctzll(found) / 8;
  }
  for (; at < s.len; at++) {
    char c = s.ptr[at];
    if (c == marks[0] || c == marks[1] || c == marks[2] || c == marks[3])
      break;
    *all |= (unsigned char)c;
  }
  return at;
}

ptrdiff_t str_rfind(Str s, Str needle) {
  if (needle.len > s.len)
    return -1;
  for (size_t i = s.len - needle.len + 1; i-- > 0;)
    if (!needle.len || memcmp(s.ptr + i, needle.ptr, needle.len) == 0)
      return (ptrdiff_t)i;
  return -1;
}

ptrdiff_t str_find_word(Str s, Str word, size_t from) {
  for (ptrdiff_t at; word.len && (at = str_find(s, word, from)) >= 0; from = (size_t)at + 1) {
    size_t end = (size_t)at + word.len;
    if ((!at || !str_word_char(s.ptr[at - 1])) && (end >= s.len || !str_word_char(s.ptr[end])))
      return at;
  }
  return -1;
}

bool str_holds(Str s, Str part) {
  uintptr_t from = (uintptr_t)s.ptr, at = (uintptr_t)part.ptr;
  return at >= from && at - from < s.len && part.len <= s.len - (at - from);
}

// How far two texts are the same around their bytes i and k, on a line.
static size_t same_around(Str a, size_t i, Str b, size_t k) {
  size_t left = 0, right = 0;
  while (left < i && left < k && a.ptr[i - left - 1] == b.ptr[k - left - 1] &&
         a.ptr[i - left - 1] != '\n')
    left++;
  while (i + right < a.len && k + right < b.len && a.ptr[i + right] == b.ptr[k + right] &&
         a.ptr[i + right] != '\n')
    right++;
  return str_trim(str_sub(a, i - left, i + right)).len;
}

size_t str_find_around(Str s, Str text, size_t at, size_t len, size_t *found) {
  Str piece = str_sub(text, at, at + len);
  size_t best = 0;
  for (ptrdiff_t k = 0; piece.len && (k = str_find(s, piece, (size_t)k)) >= 0; k++) {
    size_t same = same_around(text, at, s, (size_t)k);
    if (same <= best)
      continue;
    best = same;
    *found = (size_t)k;
  }
  return best;
}

Str str_sub(Str s, size_t from, size_t to) {
  if (to > s.len)
    to = s.len;
  if (from > to)
    from = to;
  return str_n(s.ptr ? s.ptr + from : NULL, to - from);
}

Str str_trim_blanks(Str s) {
  while (s.len && str_space_char(s.ptr[0]))
    s.ptr++, s.len--;
  while (s.len && str_space_char(s.ptr[s.len - 1]))
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

// Decimal digits of n, at the end of `room`. Returns where they start.
static char *digits_of(uint64_t n, char *end) {
  do
    *--end = (char)('0' + n % 10);
  while (n /= 10);
  return end;
}

// The text of one directive, *fmt behind its '%'; `room` has the text of a number. False: not one
// of those that are known here.
static bool plain_directive(const char **fmt, va_list *ap, char room[24], Str *out) {
  const char *f = *fmt;
  if (f[0] == 's' || (f[0] == '.' && f[1] == '*' && f[2] == 's')) {
    int most = f[0] == 's' ? -1 : va_arg(*ap, int);
    const char *text = va_arg(*ap, const char *);
    if (!text)
      return false;
    *out = str_n(text, most < 0 ? strlen(text) : strnlen(text, (size_t)most));
    *fmt = f + (f[0] == 's' ? 1 : 3);
    return true;
  }
  if (f[0] == 'd') {
    int n = va_arg(*ap, int);
    char *from = digits_of(n < 0 ? -(uint64_t)n : (uint64_t)n, room + 24);
    if (n < 0)
      *--from = '-';
    *out = str_n(from, (size_t)(room + 24 - from));
    *fmt = f + 1;
    return true;
  }
  if (f[0] == '0' && f[1] >= '1' && f[1] <= '9' && f[2] == 'd') { // %02d
    int n = va_arg(*ap, int), width = f[1] - '0';
    char *from = digits_of((uint64_t)(n < 0 ? 0 : n), room + 24);
    while (room + 24 - from < width)
      *--from = '0';
    *out = str_n(from, (size_t)(room + 24 - from));
    *fmt = f + 3;
    return n >= 0;
  }
  if (f[0] != 'z' || f[1] != 'u')
    return false;
  char *from = digits_of(va_arg(*ap, size_t), room + 24);
  *out = str_n(from, (size_t)(room + 24 - from));
  *fmt = f + 2;
  return true;
}

// The next piece of a text: what stands up to a '%', or a directive's text.
static bool plain_piece(const char **fmt, va_list *ap, char room[24], Str *out) {
  *out = str_n(*fmt, strcspn(*fmt, "%"));
  *fmt += out->len;
  if (out->len)
    return true;
  ++*fmt;
  return plain_directive(fmt, ap, room, out);
}

int str_plain_fmt(char *out, size_t room, const char *fmt, va_list ap) {
  va_list args;
  va_copy(args, ap);
  size_t len = 0;
  char number[24];
  bool fits = room && room <= INT_MAX;
  for (Str piece; fits && *fmt; len += piece.len) {
    fits = plain_piece(&fmt, &args, number, &piece) && piece.len < room - len;
    if (!fits)
      break;
    memcpy(out + len, piece.ptr, piece.len);
  }
  va_end(args);
  if (!fits)
    return -1;
  out[len] = 0;
  return (int)len;
}

Str str_vfmt(Arena *a, const char *fmt, va_list ap) {
  size_t room = (size_t)(a->end - a->next); // most texts fit where the arena stands
  int n = str_plain_fmt(a->next, room, fmt, ap);
  if (n >= 0)
    return str_n(arena_alloc(a, (size_t)n + 1), (size_t)n);
  va_list again;
  va_copy(again, ap);
  n = vsnprintf(a->next, room, fmt, ap);
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

bool str_listed(Str list, char sep, Str part) {
  Str one;
  while (list.len && str_cut(&list, sep, &one))
    if (str_eq(one, part))
      return true;
  return false;
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
  // What is the same at both ends takes no edit.
  while (a.len && b.len && fold(a.ptr[a.len - 1]) == fold(b.ptr[b.len - 1]))
    a.len--, b.len--;
  while (a.len && b.len && fold(*a.ptr) == fold(*b.ptr))
    a = str_sub(a, 1, a.len), b = str_sub(b, 1, b.len);
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

// By edits, up to a third of the name; of a short name two only where the first letter is right.
static Str nearest_by_edits(Str name, const Str *candidates, size_t n) {
  enum { MOST = 12 }; // of a very long name
  size_t best = name.len < 4 ? 1 : (name.len + 2) / 3;
  best = best < MOST ? best : MOST;
  Str found = {0};
  for (size_t i = 0; i < n; i++) {
    size_t d = str_distance(name, candidates[i], best);
    bool alike = d < 2 || name.len > 5 ||
                 (candidates[i].len && fold(name.ptr[0]) == fold(candidates[i].ptr[0]));
    if (alike && d <= best && (!found.ptr || d < best) && !str_eq(name, candidates[i])) {
      found = candidates[i];
      best = d;
    }
  }
  return found;
}

enum { PARTS = 16 };

// The parts of a name between '_' and '.', without empty ones; *letters: their bytes in all.
static size_t parts_of(Str name, Str parts[PARTS], size_t *letters) {
  size_t n = 0, from = 0;
  *letters = 0;
  for (size_t i = 0; i <= name.len && n < PARTS; i++) {
    if (i < name.len && name.ptr[i] != '_' && name.ptr[i] != '.')
      continue;
    if (i > from)
      parts[n++] = str_sub(name, from, i);
    *letters += i - from;
    from = i + 1;
  }
  return n;
}

static bool same_part(Str a, Str b) { return str_distance(a, b, a.len > 4) <= (a.len > 4); }

// How much of two names is the same parts, in percent of the longer; 0: too little to be meant.
static size_t shared_parts(Str a, Str b) {
  enum { MOST = 70, HALF = 50 }; // half is enough where one name has all parts of the other
  Str x[PARTS], y[PARTS];
  size_t letters_x, letters_y, nx = parts_of(a, x, &letters_x), ny = parts_of(b, y, &letters_y);
  size_t longer = letters_x > letters_y ? letters_x : letters_y, shared = 0, same = 0;
  for (size_t i = 0; i < nx; i++)
    for (size_t k = 0; k < ny; k++)
      if (y[k].len && same_part(x[i], y[k])) {
        shared += (x[i].len < y[k].len ? x[i].len : y[k].len) - !str_eq_nocase(x[i], y[k]);
        same++;
        y[k].len = 0; // a part is the same as one
        break;
      }
  size_t percent = longer ? shared * 100 / longer : 0;
  return percent >= (same == nx || same == ny ? HALF : MOST) ? percent : 0;
}

static Str nearest_by_parts(Str name, const Str *candidates, size_t n) {
  size_t best = 0;
  Str found = {0};
  for (size_t i = 0; i < n; i++) {
    size_t share = str_eq(name, candidates[i]) ? 0 : shared_parts(name, candidates[i]);
    if (share > best) {
      found = candidates[i];
      best = share;
    }
  }
  return found;
}

bool str_may_search(size_t n) {
  enum { FEW = 256, ALL = 2000000 }; // names: of one search, of all of the process
  static _Atomic size_t looked_at;
  return n <= FEW || atomic_fetch_add(&looked_at, n) + n <= ALL;
}

Str str_nearest(Str name, const Str *candidates, size_t n) {
  if (!name.len) // nothing is near to an empty name
    return (Str){0};
  Str found = nearest_by_edits(name, candidates, n);
  return found.ptr ? found : nearest_by_parts(name, candidates, n);
}

// "a, b and c"; empty when they are too many or too long to help.
static Str listed(Arena *a, const Str *names, size_t n) {
  enum { FEW = 12, LINE = 100 };
  Str all = {0};
  for (size_t i = 0; i < n && n <= FEW && all.len <= LINE; i++)
    all = i ? str_fmt(a, "%.*s%s%.*s", STR_ARG(all), i + 1 == n ? " and " : ", ", STR_ARG(names[i]))
            : names[i];
  return all.len <= LINE ? all : (Str){0};
}

Str str_hint_for(Arena *a, Str name, const Str *names, size_t n) {
  Str near = str_nearest(name, names, n);
  if (near.len)
    return str_fmt(a, "did you mean '%.*s'?", STR_ARG(near));
  Str all = listed(a, names, n);
  return all.len ? str_fmt(a, "there %s %.*s", n == 1 ? "is only" : "are", STR_ARG(all)) : all;
}
