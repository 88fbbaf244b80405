// Which commit a folder's repository is at, read from the files of .git: HEAD, the branch that it
// names, packed-refs. In: a folder. Out: the commit's name, or nothing, where there is no
// repository or it keeps its branches in another way. git itself is not started.
#include "../../compiler/base/fs.h"
#include "keep.h"

static Str read_file(Arena *a, Str folder, Str name) {
  Diags ignored;
  Str text = {0}, path = fs_join(a, folder, name);
  diags_init(&ignored);
  if (!fs_read(a, path, path, &text, &ignored))
    text = (Str){0};
  diags_free(&ignored);
  return str_trim(text);
}

static bool is_commit(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (str_hex_char(s.ptr[i]) < 0)
      return false;
  return s.len == 40 || s.len == 64;
}

// The folder .git, or the one that a file of this name says (a worktree, a submodule).
static Str git_folder(Arena *a, Str folder) {
  for (Str at = fs_absolute(a, folder);; at = fs_dirname(a, at)) {
    Str git = fs_join(a, at, STR(".git")), begin = STR("gitdir:");
    if (fs_is_dir(git))
      return git;
    Str said = fs_exists(git) ? read_file(a, at, STR(".git")) : (Str){0};
    if (str_starts(said, begin))
      return fs_absolute(a, fs_join(a, at, str_trim(str_sub(said, begin.len, said.len))));
    if (str_is(at, "/") || str_eq(at, fs_dirname(a, at)))
      return (Str){0};
  }
}

static Str packed(Arena *a, Str git, Str ref) {
  Str rest = read_file(a, git, STR("packed-refs")), line;
  while (str_cut(&rest, '\n', &line)) {
    Str name = line, commit;
    if (str_cut(&name, ' ', &commit) && is_commit(commit) && str_eq(str_trim(name), ref))
      return commit;
  }
  return (Str){0};
}

Str history_commit(Arena *a, Str folder) {
  Arena scratch = {0};
  Str git = git_folder(&scratch, folder), begin = STR("ref:"), found = {0};
  Str head = git.len ? read_file(&scratch, git, STR("HEAD")) : (Str){0};
  if (str_starts(head, begin)) {
    Str ref = str_trim(str_sub(head, begin.len, head.len));
    Str common = read_file(&scratch, git, STR("commondir"));
    Str shared = common.len ? fs_absolute(&scratch, fs_join(&scratch, git, common)) : git;
    head = str_starts(ref, STR("refs/")) && str_find(ref, STR(".."), 0) < 0
               ? read_file(&scratch, git, ref)
               : (Str){0};
    if (!is_commit(head) && ref.len)
      head = read_file(&scratch, shared, ref);
    if (!is_commit(head))
      head = packed(&scratch, shared, ref);
  }
  if (is_commit(head))
    found = str_dup(a, head);
  arena_free(&scratch);
  return found;
}
