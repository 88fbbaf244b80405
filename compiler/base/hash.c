// In: bytes. Out: hex digests and random ids. Wraps libcrypto; keeps nothing.
//
// The plain functions of each digest, not EVP: EVP loads its providers and reads a configuration
// file for the first digest, which is a millisecond of every command. Linked from the archive they
// need nothing else of libcrypto, whose 25,000 relocations would be another one (Makefile). They
// are deprecated for who wants to choose digests at run time; these three are what dbt's artifacts
// have.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "hash.h"

#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

static void hex(const unsigned char *digest, size_t n, char *out) {
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  out[2 * n] = 0;
}

void hash_md5_hex(Str s, char out[33]) {
  unsigned char digest[MD5_DIGEST_LENGTH];
  MD5_CTX sum;
  MD5_Init(&sum);
  MD5_Update(&sum, s.ptr, s.len);
  MD5_Final(digest, &sum);
  hex(digest, sizeof digest, out);
}

void hash_sha256_hex(Str s, char out[65]) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256_CTX sum;
  SHA256_Init(&sum);
  SHA256_Update(&sum, s.ptr, s.len);
  SHA256_Final(digest, &sum);
  hex(digest, sizeof digest, out);
}

void hash_sha1_hex(Str s, char out[41]) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA_CTX sum;
  SHA1_Init(&sum);
  SHA1_Update(&sum, s.ptr, s.len);
  SHA1_Final(digest, &sum);
  hex(digest, sizeof digest, out);
}

void hash_uuid4(char out[37]) {
  unsigned char b[16];
  // From the kernel: libcrypto takes a millisecond to seed its own generator.
  if (getentropy(b, sizeof b) != 0)
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
