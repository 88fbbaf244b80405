// Texts by their characters, as Python's str has them: case, pieces, blank ends, HTML escapes.
#ifndef STARC_STD_TEXT_H
#define STARC_STD_TEXT_H
#include "std.h"

// A str value from a finished arena buffer; `flags` as of the value it was made from.
Value str_value(Buf *b, uint8_t flags);

// Characters of a text as an array.
typedef struct Chars {
  uint32_t *c;
  size_t n;
} Chars;
Chars chars_of(Arena *a, Str s);
Value chars_str(Eval *ev, const uint32_t *c, size_t n, uint8_t flags);
// What changes case, with the expansions one character can have ("ß" -> "SS").
Str str_upper(Arena *a, Str s);
Str str_lower(Arena *a, Str s);
void buf_title(Buf *out, uint32_t cp); // one character in title case
bool char_cased(uint32_t cp);
// Python's str.splitlines and split(None), strip.
Value str_splitlines(Arena *a, Str s, bool keepends);
Value str_split_space(Arena *a, Str s, int64_t most);
Str str_strip_space(Str s);
Value html_escape(Eval *ev, Value v); // markupsafe.escape

#endif
