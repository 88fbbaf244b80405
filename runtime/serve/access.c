// See access.h.
#include "access.h"

#include "../../compiler/base/hash.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

void access_set_password(ServeUser *user, Str password) {
  user->sha256[0] = 0;
  if (password.len)
    hash_sha256_hex(password, user->sha256);
}

// Whether two texts of n bytes are the same, in the same time whatever they are.
static bool same(const char *a, const char *b, size_t n) {
  unsigned char different = 0;
  for (size_t i = 0; i < n; i++)
    different |= (unsigned char)(a[i] ^ b[i]);
  return !different;
}

// A name that nobody has costs the comparison of a hash, too.
const ServeUser *access_check(const ServeAccess *access, Str name, Str password) {
  static const ServeUser nobody = {.sha256 = "-"};
  const ServeUser *user = &nobody;
  char given[65] = "";
  for (size_t i = 0; i < access->nusers; i++)
    if (str_eq(access->users[i].name, name))
      user = &access->users[i];
  hash_sha256_hex(password, given);
  bool right = same(given, user->sha256, sizeof given) || !user->sha256[0];
  return right && user != &nobody ? user : NULL;
}

Str access_token(Arena *a) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
  enum { LENGTH = 26 }; // 130 bits
  unsigned char bytes[LENGTH];
  char text[LENGTH];
  if (getentropy(bytes, sizeof bytes) != 0)
    abort(); // no source of randomness: nothing sensible can follow
  for (size_t i = 0; i < sizeof bytes; i++)
    text[i] = letters[bytes[i] & 31];
  return str_dup(a, str_n(text, sizeof text));
}
