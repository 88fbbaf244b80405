// Growable text. On the heap by default, or in an arena where a longjmp may pass over it.
#ifndef STARC_BUF_H
#define STARC_BUF_H
#include "str.h"

// {0} is an empty heap buffer; {.arena = a} grows in the arena and needs no buf_free.
typedef struct Buf {
  char *ptr;
  size_t len, cap;
  Arena *arena;
} Buf;

// Makes room for n more bytes and returns where they go, never NULL; the caller then adds to len.
char *buf_room(Buf *b, size_t n);

static inline void buf_add(Buf *b, Str s) {
  if (s.len) {
    memcpy(b->cap - b->len >= s.len ? b->ptr + b->len : buf_room(b, s.len), s.ptr, s.len);
    b->len += s.len;
  }
}
static inline void buf_addc(Buf *b, char c) {
  *(b->len < b->cap ? b->ptr + b->len : buf_room(b, 1)) = c;
  b->len++;
}
#define buf_adds(b, literal) buf_add((b), STR(literal))
void buf_addf(Buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_addvf(Buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

// What a writer puts in the place of a character; a table of them ends with c = 0.
typedef struct Spelling {
  char c;
  const char *as;
} Spelling;
extern const Spelling spelled_html[], spelled_xml[]; // of texts and attributes; XML has no &#39;
void buf_add_spelled(Buf *b, Str s, const Spelling *table);

// Names in a message, one call each with its place from 0 on: "a, b, c". Of many the first LISTED
// are written; buf_add_more, which is told how many there were, adds "... and 80 more".
enum { LISTED = 20 };
void buf_add_listed(Buf *b, size_t i, Str name);
void buf_add_more(Buf *b, size_t n);

// What it holds now; valid until the next addition.
static inline Str buf_str(const Buf *b) { return (Str){b->ptr ? b->ptr : "", b->len}; }

// The same, NUL-terminated (the NUL is not counted in len).
char *buf_cstr(Buf *b);

// Releases a heap buffer's memory and empties it.
void buf_free(Buf *b);

#endif
