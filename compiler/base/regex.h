// Regular expressions. The only module that includes PCRE2.
#ifndef STARC_REGEX_H
#define STARC_REGEX_H
#include "diag.h"

typedef struct Regex Regex;

enum { // Python's re flags
  REGEX_IGNORECASE = 2,
  REGEX_MULTILINE = 8,
  REGEX_DOTALL = 16,
  REGEX_VERBOSE = 64,
  REGEX_ASCII = 256
};

// A pattern in Python's syntax ((?P<n>..), \Z, named groups ...), compiled once: from a
// process-wide cache under a lock, never freed before exit. NULL: *error says why in Python's
// manner (arena text).
Regex *regex_cached(Arena *a, Str pattern, int flags, Str *error);

size_t regex_groups(const Regex *r);
// Name of group i or empty.
Str regex_group_name(const Regex *r, size_t i);

typedef struct RegexSpan {
  ptrdiff_t start, end; // bytes; -1: the group did not take part
} RegexSpan;
// REGEX_ADVANCE: as SEARCH, but no empty match at `from` (after an empty match there).
typedef enum RegexAnchor { REGEX_SEARCH, REGEX_MATCH, REGEX_FULLMATCH, REGEX_ADVANCE } RegexAnchor;
// 1 and spans[0..groups] (arena) on a match from byte `from`; 0 no match; -1 a match limit was hit
// (*error). Backtracking is limited, so a hostile pattern ends.
int regex_exec(const Regex *r, Str subject, size_t from, RegexAnchor how, Arena *a,
               RegexSpan **spans, Str *error);

#endif
