// Slices of text: a pointer and a length, never owned by the slice, not NUL-terminated unless said.
#ifndef STARC_STR_H
#define STARC_STR_H
#include "arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Bytes, UTF-8 by convention. {NULL, 0} is a valid empty slice.
typedef struct Str {
  const char *ptr;
  size_t len;
} Str;

// A slice of a string literal, of a NUL-terminated string (NULL: empty), of a piece of memory.
#define STR(literal) ((Str){("" literal), sizeof(literal) - 1})
#define STR_INIT(literal)                                                                          \
  { ("" literal), sizeof(literal) - 1 } // for static initialisers
static inline Str str_c(const char *s) { return (Str){s, s ? strlen(s) : 0}; }
static inline Str str_n(const char *s, size_t n) { return (Str){s, n}; }

// For printf: "%.*s" with STR_ARG(s).
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

// Equality; order by bytes (<0, 0, >0); equality with A-Z folded to a-z.
static inline bool str_eq(Str a, Str b) {
  return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}
#define str_is(s, literal) str_eq((s), STR(literal))
int str_cmp(Str a, Str b);
int str_order(const void *a, const void *b); // the same for qsort, of an array of Str
bool str_eq_nocase(Str a, Str b);
// Whether s is one of words that are parted by one blank each.
bool str_among(Str s, const char *words);
bool str_among_nocase(Str s, const char *words);
// The same of a list that ends with NULL.
bool str_in_nocase(Str s, const char *const *words);

bool str_starts(Str s, Str prefix);
bool str_ends(Str s, Str suffix);
bool str_ends_nocase(Str s, Str suffix); // of names of files: ORDERS.SQL ends in .sql

// Byte offset of the first (last) occurrence of needle at or after `from`, or -1. An empty needle
// is found at `from` (at the end).
ptrdiff_t str_find(Str s, Str needle, size_t from);
ptrdiff_t str_rfind(Str s, Str needle);

// A letter, a digit, "_" or a byte above 127: what a name without quotes is made of.
static inline bool str_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (c & 0x80);
}
static inline bool str_digit_char(char c) { return c >= '0' && c <= '9'; }
// What a hexadecimal digit stands for; -1: it is none.
static inline int str_hex_char(char c) {
  if (str_digit_char(c))
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static inline bool str_space_char(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); } // ASCII
bool str_all_digits(Str s); // false of an empty text
// As str_find, of a whole word: no part of a longer one. An empty one is nowhere.
ptrdiff_t str_find_word(Str s, Str word, size_t from);
bool str_holds(Str s, Str part); // by where they lie in memory: `part` is a piece of s
// Where text[at, at + len) stands in s with the most of what is around it on its line. Returns how
// many bytes of the line are the same there, 0: it is nowhere.
size_t str_find_around(Str s, Str text, size_t at, size_t len, size_t *found);

// How many bytes of s come before the first that is one of four, s.len: none is. Adds the bits of
// those before it, and maybe of those behind, to *all: without ABOVE_ASCII they are ASCII.
size_t str_until(Str s, const char marks[4], uint64_t *all);
#define ABOVE_ASCII 0x8080808080808080U

// Bytes [from, to) of s; both are clamped to its length.
Str str_sub(Str s, size_t from, size_t to);

// Without ASCII white space at both ends. Most texts have none there.
Str str_trim_blanks(Str s);
static inline Str str_trim(Str s) {
  return s.len && s.ptr[0] > ' ' && s.ptr[s.len - 1] > ' ' ? s : str_trim_blanks(s);
}

// Copies: as a slice, as a NUL-terminated string; printf into the arena (also NUL-terminated).
Str str_dup(Arena *a, Str s);
char *str_cstr(Arena *a, Str s);
Str str_fmt(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
Str str_vfmt(Arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
// vsnprintf for texts of %s, %.*s, %d, %02d and %zu alone, at a fraction of its cost. Returns the
// length; -1: something else stands in fmt, or there is no room, and `out` holds nothing of use.
int str_plain_fmt(char *out, size_t room, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
Str str_cat(Arena *a, Str x, Str y);

// The part before the first `sep`, moving *rest behind it. Returns false when *rest is used up
// (rest->ptr == NULL). "a,,b" gives "a", "", "b"; "" gives one empty part.
bool str_cut(Str *rest, char sep, Str *part);
// Whether one of the parts of a list is this one; an empty list has none.
bool str_listed(Str list, char sep, Str part);

// 64-bit hash, well mixed, the same on every run (used for map order-free lookup only).
uint64_t str_hash(Str s);

// How many single edits (insert, delete, replace, swap of neighbours) turn a into b, case-folded;
// gives up and returns `limit + 1` when more than limit are needed.
size_t str_distance(Str a, Str b, size_t limit);

// The candidate nearest to `name`, or an empty slice when none is near enough to be worth
// suggesting: edits up to a third of the length of the name, else the one that shares the most
// parts with it ("stg_a_customer", "stg_b_customer"). Never `name` itself.
Str str_nearest(Str name, const Str *candidates, size_t n);

// May one more search be made among n names that a project made? Always among few of them. Among
// many the first searches of the process only, so that the time of very many mistakes in a large
// project stays in proportion to it. Asked before the names are collected.
bool str_may_search(size_t n);

// What to say of a name that is none of these: "did you mean 'x'?", else what there is where that
// is short enough to read, else an empty text. diag_nearest() and eval_fail_unknown() say it.
Str str_hint_for(Arena *a, Str name, const Str *names, size_t n);

#endif
