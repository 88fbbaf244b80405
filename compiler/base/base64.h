// Bytes as base64.
#ifndef STARC_BASE64_H
#define STARC_BASE64_H
#include "buf.h"

extern const char base64_letters[], base64_url_letters[]; // the 64 of each alphabet

// Adds s with its padding.
void base64_add(Buf *out, Str s, const char *letters);

// Adds the bytes that a text of base64_letters stands for, with or without padding, up to
// what is none of them. False: there is such.
bool base64_read(Buf *out, Str text);

#endif
