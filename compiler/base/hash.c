// In: bytes. Out: hex digests and random ids. Wraps libcrypto; keeps nothing.
#include "hash.h"

#include "memory.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

// Looked up once: libcrypto would do so again for every digest, which costs more than a short one.
static EVP_MD *md5, *sha1, *sha256;
static pthread_once_t looked_up = PTHREAD_ONCE_INIT;

static void look_up(void) {
  md5 = EVP_MD_fetch(NULL, "MD5", NULL);
  sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
  sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void hex(Str s, EVP_MD *const *which, char *out) {
  pthread_once(&looked_up, look_up);
  const EVP_MD *md = *which;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  if (!EVP_Digest(s.ptr ? s.ptr : "", s.len, digest, &n, md, NULL))
    memory_none(); // the only reason
  for (unsigned i = 0; i < n; i++) {
    out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  out[2 * n] = 0;
}

void hash_md5_hex(Str s, char out[33]) { hex(s, &md5, out); }
void hash_sha256_hex(Str s, char out[65]) { hex(s, &sha256, out); }
void hash_sha1_hex(Str s, char out[41]) { hex(s, &sha1, out); }

void hash_uuid4(char out[37]) {
  unsigned char b[16];
  // From the kernel: libcrypto takes a millisecond to seed its own generator.
  if (getrandom(b, sizeof b, 0) != sizeof b)
    abort(); // no source of randomness: nothing sensible can follow
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  char *p = out;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      *p++ = '-';
    *p++ = "0123456789abcdef"[b[i] >> 4];
    *p++ = "0123456789abcdef"[b[i] & 15];
  }
  *p = 0;
}
