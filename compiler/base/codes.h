// The kinds of findings: a stable word each, which is shown with the finding, silences it and opens
// its page (`starc help error WORD`). In: codes.def. Leaves the findings themselves to diag.h.
#ifndef STARC_CODES_H
#define STARC_CODES_H
#include "buf.h"

typedef enum Code {
  CODE_NONE, // a note: it has no page
#define CODE(enumerator, word, meaning, cause, example, todo) CODE_##enumerator,
#include "codes.def"
#undef CODE
  CODE_COUNT
} Code;

typedef struct CodeRow {
  const char *word;    // "unknown-ref"
  const char *meaning; // one line
  const char *cause, *example, *todo;
} CodeRow;

// The row of a code; all of its texts are empty for CODE_NONE.
const CodeRow *code_row(Code code);

// The code of a word, CODE_NONE if there is none; *near is then the nearest word or empty.
Code code_find(Str word, Str *near);

#endif
