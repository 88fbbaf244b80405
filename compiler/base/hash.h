// Digests that artifacts need. The only module that includes libcrypto.
#ifndef STARC_HASH_H
#define STARC_HASH_H
#include "str.h"

// Lower-case hex digests, NUL-terminated; safe from any thread.
void hash_md5_hex(Str s, char out[33]);
void hash_sha256_hex(Str s, char out[65]);
void hash_sha1_hex(Str s, char out[41]);
// PBKDF2 with HMAC-SHA-256: a sum of a password that takes long to make, `rounds` times two
// digests, so that who has the sum tries few passwords a second.
void hash_pbkdf2_sha256(Str password, Str salt, unsigned rounds, unsigned char out[32]);
// A random version-4 UUID.
void hash_uuid4(char out[37]);

#endif
