// base/hash: digests of known texts, and ids that are random.
#include "compiler/base/hash.h"

#include "check.h"

int main(void) {
  char md5[33], sha1[41], sha256[65], id[37], other[37];
  hash_md5_hex(STR(""), md5);
  CHECK_STR(str_c(md5), "d41d8cd98f00b204e9800998ecf8427e");
  hash_md5_hex(STR("hello"), md5);
  CHECK_STR(str_c(md5), "5d41402abc4b2a76b9719d911017c592");
  hash_md5_hex((Str){0}, md5);
  CHECK_STR(str_c(md5), "d41d8cd98f00b204e9800998ecf8427e");
  hash_sha1_hex(STR("hello"), sha1);
  CHECK_STR(str_c(sha1), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
  hash_sha256_hex(STR("hello"), sha256);
  CHECK_STR(str_c(sha256), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  hash_uuid4(id);
  hash_uuid4(other);
  CHECK(strlen(id) == 36 && id[14] == '4' && strchr("89ab", id[19]));
  CHECK(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
  CHECK(strcmp(id, other) != 0);
  return check_done();
}
