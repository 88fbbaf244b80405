// Digests that artifacts need. The only module that includes libcrypto.
#ifndef STARC_HASH_H
#define STARC_HASH_H
#include "str.h"

// Lower-case hex digests, NUL-terminated; safe from any thread.
void hash_md5_hex(Str s, char out[33]);
void hash_sha256_hex(Str s, char out[65]);
void hash_sha1_hex(Str s, char out[41]);
// A random version-4 UUID.
void hash_uuid4(char out[37]);

#endif
