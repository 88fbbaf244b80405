// In: compiled SQL. Out: where its first statement ends and whether another one follows.
#include "statement.h"

#include <ctype.h>

// Behind the quoted text that starts at `at`; s.len when it is not closed.
static size_t skip_quoted(Str s, size_t at, bool backslash) {
  char q = s.ptr[at++];
  for (; at < s.len; at++) {
    if (s.ptr[at] == '\\' && backslash && q != '"')
      at++;
    else if (s.ptr[at] == q && at + 1 < s.len && s.ptr[at + 1] == q)
      at++;
    else if (s.ptr[at] == q)
      return at + 1;
  }
  return s.len;
}

// Behind $tag$ ... $tag$, or behind the $ when none starts there.
static size_t skip_dollar(Str s, size_t at) {
  size_t end = at + 1;
  while (end < s.len && (isalnum((unsigned char)s.ptr[end]) || s.ptr[end] == '_'))
    end++;
  if (end >= s.len || s.ptr[end] != '$')
    return at + 1;
  Str tag = str_sub(s, at, end + 1);
  ptrdiff_t close = str_find(s, tag, end + 1);
  return close < 0 ? s.len : (size_t)close + tag.len;
}

static size_t skip_comment(Str s, size_t at) {
  bool line = s.ptr[at] == '-';
  ptrdiff_t end = str_find(s, line ? STR("\n") : STR("*/"), at + 2);
  return end < 0 ? s.len : (size_t)end + (line ? 1 : 2);
}

static bool starts_comment(Str s, size_t at) {
  return at + 1 < s.len &&
         ((s.ptr[at] == '-' && s.ptr[at + 1] == '-') || (s.ptr[at] == '/' && s.ptr[at + 1] == '*'));
}

Statement statement_look(Str s, bool backslash) {
  Statement out = {.empty = true, .end = s.len, .second = -1};
  bool ended = false;
  for (size_t at = 0; at < s.len;) {
    char c = s.ptr[at];
    if (starts_comment(s, at)) {
      at = skip_comment(s, at);
    } else if (isspace((unsigned char)c)) {
      at++;
    } else if (c == ';') {
      if (!ended && !out.empty)
        out.end = at;
      ended |= !out.empty;
      at++;
    } else if (ended) {
      out.second = (ptrdiff_t)at;
      return out;
    } else {
      out.empty = false;
      at = c == '\'' || c == '"' || c == '`' ? skip_quoted(s, at, backslash)
           : c == '$'                        ? skip_dollar(s, at)
                                             : at + 1;
    }
  }
  return out;
}
