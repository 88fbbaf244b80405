// Where a password stands in what a person wrote, and where none does.
#include "check.h"
#include "compiler/base/address.h"
#include "compiler/base/secret.h"

static Arena arena;

static void shown(const char *text, const char *expected) {
  CHECK_STR(address_shown(&arena, str_c(text)), expected);
}

static void test_passwords(void) {
  shown("postgres://app:s3cret@host:5432/shop?sslmode=require", "postgres://app:*****");
  shown("postgres://app:a/b?c@d@host/shop", "postgres://app:*****");
  shown("--from=postgres://app@host/shop?password=s3cret&schema=a",
        "--from=postgres://app@host/shop?password=*****");
  shown("postgres://app:s3cret", "postgres://app:*****");
  shown("host=h user=app password='a b' dbname=shop", "host=h user=app password='*****");
  shown("--from=host = h password = s3cret", "--from=host = h password = *****");
}

static void test_none(void) {
  static const char *const plain[] = {
      "postgres://app@host:5432,other:5432/shop?sslkey=/home/app/key",
      "postgres://app@[::1]:5432/shop",
      "https://host:8443/path/file.csv",
      "select * from t where user='a' and password='b' and host='c'",
      "select * from url('https://u:p@host/x')",
      "{url: \"https://u:p@host/x\"}",
      "key=value",
      "--vars=password: x",
      "host",
      "",
  };
  for (size_t i = 0; i < COUNT(plain); i++)
    shown(plain[i], plain[i]);
}

static void test_words(void) {
  char program[] = "starc", address[] = "postgres://app:p%40ss-word@host/app", other[] = "host:5";
  char *words[] = {program, address, other};
  address_hide_words(3, words);
  CHECK_STR(str_c(address), "postgres://app:********************");
  CHECK_STR(secret_mask(&arena, STR("p@ss-word and p%40ss-word")), "***** and *****");
  address_hide(STR("postgres://postgres:postgres@host/shop"));
  CHECK_STR(secret_mask(&arena, STR("postgres")), "postgres");
}

int main(void) {
  test_passwords();
  test_none();
  test_words();
  arena_free(&arena);
  return check_done();
}
