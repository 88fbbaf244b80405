// See external_place.h.
#include "external_place.h"

#include "../base/fs.h"
#include "../dialect/file_place.h"

static Str filled(Arena *a, const Node *n, Str text) {
  const Str names[][2] = {
      {STR_INIT("{name}"),       n->name  },
      {STR_INIT("{identifier}"), n->alias },
      {STR_INIT("{schema}"),     n->schema}
  };
  Buf out = {.arena = a};
  for (size_t i = 0, k; i < text.len; i += k < COUNT(names) ? names[k][0].len : 1) {
    for (k = 0; k < COUNT(names) && !str_starts(str_sub(text, i, text.len), names[k][0]); k++)
      ;
    if (k < COUNT(names))
      buf_add(&out, names[k][1]);
    else
      buf_addc(&out, text.ptr[i]);
  }
  return buf_str(&out);
}

Str external_place(Arena *a, const Node *n, Str root) {
  Value v = node_config(n, STR("location"));
  Str said = val_is(v, VAL_STR) ? filled(a, n, val_text(v)) : (Str){0};
  return !said.len || file_scheme(said) ? said : fs_absolute(a, fs_join(a, root, said));
}

bool external_has_parts(const Node *n) {
  Value by = node_config(n, STR("partition_by"));
  return val_is_seq(by) ? val_count(by) > 0 : val_is(by, VAL_STR) && val_text(by).len > 0;
}

static Str from(Str text, size_t at) { return str_sub(text, at, text.len); }

static bool is_number(Str s) {
  size_t i = 0;
  while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
    i++;
  return s.len && i == s.len;
}

// "{1..9}" or "{a,b}", without its braces, and then `rest`.
static bool choice_matches(Str inner, Str rest, Str path) {
  ptrdiff_t dots = str_find(inner, STR(".."), 0);
  if (dots > 0 && is_number(str_sub(inner, 0, (size_t)dots)) &&
      is_number(from(inner, (size_t)dots + 2))) { // any number: a range is not counted out
    for (size_t i = 1; i <= path.len && is_number(str_sub(path, 0, i)); i++)
      if (file_matches(rest, from(path, i)))
        return true;
    return false;
  }
  Str one;
  while (str_cut(&inner, ',', &one))
    if (str_starts(path, one) && file_matches(rest, from(path, one.len)))
      return true;
  return false;
}

bool file_matches(Str pattern, Str path) {
  while (pattern.len) {
    char c = pattern.ptr[0];
    if (c == '*') {
      bool deep = pattern.len > 1 && pattern.ptr[1] == '*';
      Str rest = from(pattern, deep ? 2 : 1);
      if (deep && rest.len && rest.ptr[0] == '/' && file_matches(from(rest, 1), path))
        return true;
      for (size_t i = 0; i <= path.len; i++) {
        if (file_matches(rest, from(path, i)))
          return true;
        if (i < path.len && path.ptr[i] == '/' && !deep)
          return false;
      }
      return false;
    }
    ptrdiff_t end = c == '{' ? str_find(pattern, STR("}"), 0) : -1;
    if (end > 0)
      return choice_matches(str_sub(pattern, 1, (size_t)end), from(pattern, (size_t)end + 1), path);
    if (!path.len || (c == '?' ? path.ptr[0] == '/' : path.ptr[0] != c))
      return false;
    pattern = from(pattern, 1);
    path = from(path, 1);
  }
  return !path.len;
}
