// The few lines that a unit test needs: CHECK(cond) counts and tells, done() prints the last line.
#ifndef STARC_TEST_CHECK_H
#define STARC_TEST_CHECK_H
#include <stdbool.h>
#include <stdio.h>

static int check_passed, check_failed;

// Counts one check; says where and what when it does not hold. Evaluates cond once.
#define CHECK(cond)                                                                                \
  do {                                                                                             \
    if (cond) {                                                                                    \
      check_passed++;                                                                              \
    } else {                                                                                       \
      check_failed++;                                                                              \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #cond);                                            \
    }                                                                                              \
  } while (0)

// As CHECK, with the words of a printf that say more.
#define CHECK_SAYS(cond, ...)                                                                      \
  do {                                                                                             \
    if (cond) {                                                                                    \
      check_passed++;                                                                              \
    } else {                                                                                       \
      check_failed++;                                                                              \
      printf("%s:%d: %s: ", __FILE__, __LINE__, #cond);                                            \
      printf(__VA_ARGS__);                                                                         \
      printf("\n");                                                                                \
    }                                                                                              \
  } while (0)

// Counts one check whose own words tell what does not hold; gives `ok` back.
static inline bool check_count(bool ok) {
  check_passed += ok;
  check_failed += !ok;
  return ok;
}

// As CHECK, for a Str that must be `want`; shows both.
#define CHECK_STR(got, want)                                                                       \
  do {                                                                                             \
    Str check_got_ = (got), check_want_ = str_c(want);                                             \
    if (str_eq(check_got_, check_want_)) {                                                         \
      check_passed++;                                                                              \
    } else {                                                                                       \
      check_failed++;                                                                              \
      printf("%s:%d: got  %.*s\n    wanted %.*s\n", __FILE__, __LINE__, STR_ARG(check_got_),       \
             STR_ARG(check_want_));                                                                \
    }                                                                                              \
  } while (0)

// The runner's line; the value is main's.
static inline int check_done(void) {
  printf("%d passed, %d failed\n", check_passed, check_failed);
  return check_failed != 0;
}

#endif
