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
#include <string.h>
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

// --- PBKDF2 (RFC 8018), of one block

// The two halves of HMAC with its key taken in: each message begins with a copy.
typedef struct Hmac {
  SHA256_CTX inner, outer;
} Hmac;

static void hmac_key(Hmac *h, Str key) {
  unsigned char block[SHA256_CBLOCK] = {0}, pad[SHA256_CBLOCK];
  if (key.len > sizeof block)
    SHA256((const unsigned char *)key.ptr, key.len, block);
  else
    memcpy(block, key.ptr, key.len);
  for (size_t i = 0; i < sizeof pad; i++)
    pad[i] = block[i] ^ 0x36;
  SHA256_Init(&h->inner);
  SHA256_Update(&h->inner, pad, sizeof pad);
  for (size_t i = 0; i < sizeof pad; i++)
    pad[i] = block[i] ^ 0x5c;
  SHA256_Init(&h->outer);
  SHA256_Update(&h->outer, pad, sizeof pad);
}

static void hmac(const Hmac *h, const unsigned char *text, size_t n, unsigned char out[32]) {
  SHA256_CTX sum = h->inner;
  SHA256_Update(&sum, text, n);
  SHA256_Final(out, &sum);
  sum = h->outer;
  SHA256_Update(&sum, out, 32);
  SHA256_Final(out, &sum);
}

void hash_pbkdf2_sha256(Str password, Str salt, unsigned rounds, unsigned char out[32]) {
  static const unsigned char first[4] = {0, 0, 0, 1}; // the number of the block
  Hmac h;
  unsigned char u[32];
  hmac_key(&h, password);
  SHA256_CTX sum = h.inner;
  SHA256_Update(&sum, salt.ptr, salt.len);
  SHA256_Update(&sum, first, sizeof first);
  SHA256_Final(u, &sum);
  sum = h.outer;
  SHA256_Update(&sum, u, sizeof u);
  SHA256_Final(u, &sum);
  memcpy(out, u, sizeof u);
  for (unsigned i = 1; i < rounds; i++) {
    hmac(&h, u, sizeof u, u);
    for (size_t k = 0; k < sizeof u; k++)
      out[k] ^= u[k];
  }
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
