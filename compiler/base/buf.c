// In: pieces of text. Out: one contiguous text. Ends when memory is exhausted.
#include "buf.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

char *buf_room(Buf *b, size_t n) {
  if (b->ptr && b->cap - b->len >= n)
    return b->ptr + b->len;
  size_t cap = b->cap ? b->cap * 2 : 64;
  if (n > SIZE_MAX / 4 - b->len)
    memory_none();
  while (cap - b->len < n)
    cap *= 2;
  if (b->arena) {
    b->ptr = arena_grow(b->arena, b->ptr, b->cap, cap);
  } else {
    b->ptr = memory_must(realloc(b->ptr, cap));
  }
  b->cap = cap;
  return b->ptr + b->len;
}

void buf_addvf(Buf *b, const char *fmt, va_list ap) {
  if (!b->cap)
    buf_room(b, 1);
  size_t room = b->cap - b->len; // most texts fit
  int n = str_plain_fmt(b->ptr + b->len, room, fmt, ap);
  if (n >= 0) {
    b->len += (size_t)n;
    return;
  }
  va_list again;
  va_copy(again, ap);
  n = vsnprintf(b->ptr + b->len, room, fmt, ap);
  if (n > 0) {
    if ((size_t)n >= room)
      vsnprintf(buf_room(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
    b->len += (size_t)n;
  }
  va_end(again);
}

void buf_addf(Buf *b, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  buf_addvf(b, fmt, ap);
  va_end(ap);
}

char *buf_cstr(Buf *b) {
  *buf_room(b, 1) = 0;
  return b->ptr;
}

void buf_free(Buf *b) {
  if (!b->arena)
    free(b->ptr);
  *b = (Buf){.arena = b->arena};
}

const Spelling spelled_html[] = {
    {'&',  "&amp;"},
    {'<',  "&lt;" },
    {'>',  "&gt;" },
    {'\'', "&#39;"},
    {'"',  "&#34;"},
    {0,    NULL   },
};
const Spelling spelled_xml[] = {
    {'&', "&amp;" },
    {'<', "&lt;"  },
    {'>', "&gt;"  },
    {'"', "&quot;"},
    {0,   NULL    },
};

void buf_add_listed(Buf *b, size_t i, Str name) {
  if (i < LISTED)
    buf_addf(b, "%s%.*s", i ? ", " : "", STR_ARG(name));
}

void buf_add_more(Buf *b, size_t n) {
  if (n > LISTED)
    buf_addf(b, " ... and %zu more", n - LISTED);
}

void buf_add_spelled(Buf *b, Str s, const Spelling *table) {
  size_t from = 0;
  for (size_t i = 0; i < s.len; i++) {
    const Spelling *row = table;
    while (row->c && row->c != s.ptr[i])
      row++;
    if (!row->c)
      continue;
    buf_add(b, str_sub(s, from, i));
    buf_add(b, str_c(row->as));
    from = i + 1;
  }
  buf_add(b, str_sub(s, from, s.len));
}
