// In: bytes, letters. Out: the other.
#include "base64.h"

#include <string.h>

const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const char base64_url_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64_add(Buf *out, Str s, const char *letters) {
  for (size_t i = 0; i < s.len; i += 3) {
    size_t n = s.len - i < 3 ? s.len - i : 3;
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; k++)
      bits = bits << 8 | (k < n ? (unsigned char)s.ptr[i + k] : 0);
    for (size_t k = 0; k < 4; k++)
      buf_addc(out, k <= n ? letters[bits >> (18 - 6 * k) & 63] : '=');
  }
}

static int letter_value(char c) {
  const char *at = c ? strchr(base64_letters, c) : NULL;
  return at ? (int)(at - base64_letters) : -1;
}

bool base64_read(Buf *out, Str text) {
  unsigned bits = 0;
  int nbits = 0;
  size_t i = 0;
  for (; i < text.len && letter_value(text.ptr[i]) >= 0; i++) {
    bits = bits << 6 | (unsigned)letter_value(text.ptr[i]);
    nbits += 6;
    if (nbits < 8)
      continue;
    nbits -= 8;
    buf_addc(out, (char)(bits >> nbits & 255));
  }
  for (int pad = 0; i < text.len && pad < 2 && text.ptr[i] == '='; pad++)
    i++;
  return i == text.len;
}
