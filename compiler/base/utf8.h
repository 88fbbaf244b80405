// Unicode text: decoding, case, classes. The only module that includes utf8proc.
#ifndef STARC_UTF8_H
#define STARC_UTF8_H
#include "buf.h"

// Decodes the code point at s[*at] and moves *at behind it. A byte that is not UTF-8 counts as one
// code point U+DC80+byte (Python's surrogateescape), so that every text can be walked.
uint32_t utf8_next(Str s, size_t *at);
void utf8_add(Buf *out, uint32_t cp);

// The first byte that is not valid UTF-8, or -1 when all is well.
ptrdiff_t utf8_invalid(Str s);

// Code points in s; the byte offset of code point number i (s.len when past the end).
size_t utf8_count(Str s);
size_t utf8_offset(Str s, size_t i);
bool utf8_ascii(Str s);

// Columns a terminal uses for s (wide characters count 2, combining ones 0).
size_t utf8_width(Str s);
// s, or what of it fits into `columns` of them with "…" behind it; nothing where there is no
// column.
Str utf8_fit(Arena *a, Str s, size_t columns);

// Writes s behind `col` columns of a line. Where `width` is not 0, it is broken at blanks so that
// no line is wider, if no single word is; each further line starts behind `indent` blanks. Returns
// the column behind it.
size_t utf8_wrap(Buf *out, Str s, size_t col, size_t indent, size_t width);

// s as a terminal may get it: control characters, and those that turn the order of what follows,
// are written as \x1b and \u202e; line ends, tabs and colours stay, and
// colours that it leaves set are taken back at its end. The same slice when there is none.
Str utf8_shown(Arena *a, Str s);

// The same without colours: of a text that is data, as a database's message, and not one's own.
Str utf8_plain(Arena *a, Str s);

// Python's str methods of the same names, on one code point.
bool utf8_isprintable(uint32_t cp);
bool utf8_isspace(uint32_t cp);
bool utf8_isalpha(uint32_t cp);
bool utf8_isdigit(uint32_t cp);   // str.isdigit: decimals and superscripts
bool utf8_isdecimal(uint32_t cp); // Nd
bool utf8_isnumeric(uint32_t cp);
bool utf8_islower(uint32_t cp);
bool utf8_isupper(uint32_t cp);
bool utf8_istitle(uint32_t cp);
bool utf8_ismark(uint32_t cp); // Mn, Mc: combines with the character before it
uint32_t utf8_tolower(uint32_t cp);
Str utf8_lower(Arena *a, Str s); // each code point of it
uint32_t utf8_toupper(uint32_t cp);
uint32_t utf8_totitle(uint32_t cp);

#endif
