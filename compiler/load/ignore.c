// In: a package's .dbtignore, written as .gitignore is. Out: whether a file is left out.
#include "ignore.h"

#include "../base/fs.h"
#include "../graph/select.h"

void load_read_ignore(Load *load, const Package *p, Ignore *out) {
  Str path = fs_join(load->a, p->root, STR(".dbtignore")), text;
  *out = (Ignore){0};
  if (!fs_exists(path) || !fs_read(load->a, path, STR(".dbtignore"), &text, load->diags))
    return;
  for (Str line; str_cut(&text, '\n', &line);) {
    line = str_trim(line);
    if (line.len && line.ptr[0] != '#')
      vec_push(load->a, &out->patterns, line);
  }
}

// The path or a folder above it.
static bool matches(Str path, Str pattern, bool folder_only) {
  bool anchored = str_find(pattern, STR("/"), 0) >= 0;
  if (pattern.len && pattern.ptr[0] == '/')
    pattern = str_sub(pattern, 1, pattern.len);
  for (size_t i = 1; i <= path.len; i++) {
    if (i < path.len && path.ptr[i] != '/')
      continue;
    if (folder_only && i == path.len)
      break;
    Str here = str_sub(path, 0, i);
    ptrdiff_t slash = str_rfind(here, STR("/"));
    if (anchored ? select_path_glob(here, pattern)
                 : select_glob(str_sub(here, (size_t)(slash + 1), here.len), pattern))
      return true;
  }
  return false;
}

bool load_is_ignored(const Ignore *ignore, Str path) {
  bool out = false;
  for (size_t i = 0; i < ignore->patterns.n; i++) { // the last one that matches decides
    Str pattern = ignore->patterns.items[i];
    bool negated = pattern.ptr[0] == '!';
    if (negated)
      pattern = str_sub(pattern, 1, pattern.len);
    bool folder = str_ends(pattern, STR("/"));
    if (folder)
      pattern = str_sub(pattern, 0, pattern.len - 1);
    if (pattern.len && matches(path, pattern, folder))
      out = !negated;
  }
  return out;
}
