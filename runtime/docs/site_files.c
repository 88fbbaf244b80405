// In: packed chunks of a page's data. Out: files beside the page, whose names say what is in them;
// those of an earlier page are removed when no page names them any more. What is in a chunk is
// site.c's; how a page reads one: site/src/store.ts.
#include "site_files.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/base/map.h"
#include "../engine/util.h"

#define CALLED "starc_chunk("
static const char folder_name[] = "data";
enum { MOST_INSIDE = 8 << 20, NUMBER = 4, HASH = 16 };

size_t site_files_limit(void) {
  return (size_t)number_or_test(MOST_INSIDE, "STARC_TEST_PAGE_BYTES");
}

bool site_files_write(Arena *a, Str folder, const Buf *chunks, size_t n, Str **names,
                      Diags *diags) {
  *names = arena_array(a, Str, n + 1);
  bool good = true;
  for (size_t i = 0; good && i < n; i++) {
    char hash[65];
    Buf text = {0};
    buf_addf(&text, CALLED "%zu,\"", i);
    buf_add(&text, buf_str(&chunks[i]));
    buf_adds(&text, "\");\n");
    hash_sha256_hex(buf_str(&text), hash);
    (*names)[i] = str_fmt(a, "%s/%0*zu-%.*s.js", folder_name, NUMBER, i, HASH, hash);
    good = fs_write_quick(fs_join(a, folder, (*names)[i]), buf_str(&text), diags);
    buf_free(&text);
  }
  return good;
}

static bool all_of(Str s, const char *letters) {
  for (size_t i = 0; i < s.len; i++)
    if (str_find(str_c(letters), str_sub(s, i, i + 1), 0) < 0)
      return false;
  return s.len > 0;
}

// NNNN-HASH.js, no folder before it.
static bool is_name(Str name) {
  Str number = {0};
  if (!str_ends(name, STR(".js")))
    return false;
  name = str_sub(name, 0, name.len - strlen(".js"));
  return str_cut(&name, '-', &number) && number.len >= NUMBER && name.len == HASH &&
         all_of(number, "0123456789") && all_of(name, "0123456789abcdef");
}

static bool is_ours(Arena *a, const FsEntry *file, bool *good, Diags *diags) {
  Str text;
  if (!is_name(file->rel))
    return false;
  *good = fs_read(a, file->path, file->path, &text, diags);
  return *good && str_starts(text, STR(CALLED));
}

bool site_files_remove_old(Arena *a, Str folder, const Str *names, size_t n, Diags *diags) {
  static const Str ending[] = {STR_INIT(".js")};
  Map wanted = {0};
  FsEntry *files;
  size_t nfiles;
  Str root = fs_join(a, folder, str_c(folder_name));
  for (size_t i = 0; i < n; i++)
    map_add(a, &wanted, fs_join(a, folder, names[i]));
  bool good = fs_walk(a, root, ending, 1, FS_LINKED_FILES, &files, &nfiles, diags);
  for (size_t i = 0; good && i < nfiles; i++)
    if (!map_get(&wanted, files[i].path) && is_ours(a, &files[i], &good, diags))
      good = fs_remove(files[i].path, diags);
  return good;
}
