// In: codes.def. Out: its rows, found by code or by word.
#include "codes.h"

// clang-format off
static const CodeRow rows[CODE_COUNT] = {
    [CODE_NONE] = {"", "", "", "", ""},
#define CODE(enumerator, word, meaning, cause, example, todo)                                      \
  [CODE_##enumerator] = {word, meaning, cause, example, todo},
#include "codes.def"
#undef CODE
};
// clang-format on

const CodeRow *code_row(Code code) { return &rows[code]; }

Code code_find(Str word, Str *near) {
  Str words[CODE_COUNT];
  for (int i = 1; i < CODE_COUNT; i++) {
    words[i - 1] = str_c(rows[i].word);
    if (str_eq(words[i - 1], word))
      return (Code)i;
  }
  *near = str_nearest(word, words, CODE_COUNT - 1);
  return CODE_NONE;
}
