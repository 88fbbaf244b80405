// In: bytes. Out: letters.
#include "base64.h"

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
