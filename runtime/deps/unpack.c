// Archives of packages. In: the bytes of a (compressed) tar. Out: files below one folder; whatever
// would lie outside of it, now or through a link, is an error.
#include "unpack.h"
#include "deps.h"

#include "../../compiler/base/fs.h"
#include "libarchive.h"
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_ENTRIES = 1000000, LONGEST_PATH = 4096, BLOCK = 1 << 16 };
#define MOST_BYTES ((int64_t)4 << 30)
#define TOO_LARGE "is more than 4 GiB, with what comes before it"

typedef struct Unpacking {
  Deps *d;
  const Require *require;
  Str folder;
  int root; // the folder, open
  struct archive *archive;
  char *block; // of BLOCK bytes: a piece of a file
  int64_t bytes;
  size_t entries;
  Links links; // made last, so that nothing is written through them
} Unpacking;

static bool fail(Unpacking *u, Str entry, const char *why) {
  Diag *f = deps_error(
      u->d, u->require, CODE_PACKAGE_ARCHIVE, "the archive of '%.*s' is not taken: %.*s%s%s",
      STR_ARG(url_shown(u->d->a, u->require->written)), STR_ARG(entry), entry.len ? " " : "", why);
  diag_hint(u->d->diags, f, "nothing of it was installed; ask whoever made it");
  return false;
}

// The path without "." parts. False: it leaves the folder.
static bool clean_path(Arena *a, Str path, Str *out) {
  if (path.len && path.ptr[0] == '/')
    return false;
  Buf b = {.arena = a};
  Str rest = path, part;
  while (rest.ptr && str_cut(&rest, '/', &part)) {
    if (!part.len || str_is(part, "."))
      continue;
    if (str_is(part, ".."))
      return false;
    buf_addf(&b, "%s%.*s", b.len ? "/" : "", STR_ARG(part));
  }
  *out = buf_str(&b);
  return true;
}

// Opens the folder of a path below the root, making what is missing. Links are not followed.
static int open_parent(Unpacking *u, Str path, bool whole, const char **name) {
  int dir = dup(u->root);
  Str rest = path, part;
  while (dir >= 0 && rest.ptr && str_cut(&rest, '/', &part)) {
    char *text = str_cstr(u->d->a, part);
    if (!rest.ptr && !whole) {
      *name = text;
      return dir;
    }
    mkdirat(dir, text, 0777);
    int next = openat(dir, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(dir);
    dir = next;
  }
  return dir;
}

// What it says of its size is looked at first: a few bytes can stand for gigabytes of zeros.
static bool write_file(Unpacking *u, struct archive_entry *e, Str path) {
  const char *name = NULL;
  int64_t size = libarchive.archive_entry_size(e);
  if (size < 0 || size > MOST_BYTES - u->bytes)
    return fail(u, path, TOO_LARGE);
  int dir = open_parent(u, path, false, &name);
  if (dir < 0 || !name)
    return fail(u, path, strerror(errno));
  unlinkat(dir, name, 0);
  mode_t mode = libarchive.archive_entry_perm(e) & 0111 ? 0777 : 0666;
  int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  close(dir);
  if (fd < 0)
    return fail(u, path, strerror(errno));
  bool good = true;
  for (la_ssize_t n; good && (n = libarchive.archive_read_data(u->archive, u->block, BLOCK));) {
    if (n < 0) {
      close(fd);
      return fail(u, path, libarchive.archive_error_string(u->archive));
    }
    u->bytes += n;
    good = u->bytes <= MOST_BYTES && write(fd, u->block, (size_t)n) == n;
  }
  if (close(fd) != 0)
    good = false;
  return good || fail(u, path, u->bytes > MOST_BYTES ? TOO_LARGE : strerror(errno));
}

static bool take_entry(Unpacking *u, struct archive_entry *e) {
  Arena *a = u->d->a;
  Str given = str_dup(a, str_c(libarchive.archive_entry_pathname(e))), path;
  if (++u->entries > MOST_ENTRIES)
    return fail(u, STR(""), "it holds more than a million files");
  if (given.len > LONGEST_PATH)
    return fail(u, str_sub(given, 0, 80), "begins a path that is too long");
  if (!clean_path(a, given, &path))
    return fail(u, given, "would be written outside of the package");
  if (!path.len)
    return true;
  if (libarchive.archive_entry_hardlink(e))
    return fail(u, path, "is a hard link");
  switch (libarchive.archive_entry_filetype(e)) {
  case AE_IFREG:
    return write_file(u, e, path);
  case AE_IFDIR: {
    int dir = open_parent(u, path, true, NULL);
    if (dir < 0)
      return fail(u, path, strerror(errno));
    close(dir);
    return true;
  }
  case AE_IFLNK: {
    links_add(a, &u->links, path, str_dup(a, str_c(libarchive.archive_entry_symlink(e))));
    return true;
  }
  default:
    return fail(u, path, "is neither a file, a folder nor a link");
  }
}

static bool make_link(Unpacking *u, Str path, Str target) {
  const char *name = NULL;
  int dir = open_parent(u, path, false, &name);
  if (dir < 0 || !name)
    return fail(u, path, strerror(errno));
  unlinkat(dir, name, 0);
  int bad = symlinkat(str_cstr(u->d->a, target), dir, name);
  close(dir);
  return !bad || fail(u, path, strerror(errno));
}

// Once all are known: where one leads depends on the others. The package is one folder of the
// archive.
static bool make_links(Unpacking *u) {
  Str bad;
  const char *why;
  if (!links_stay(u->d->a, &u->links, 1, &bad, &why))
    return fail(u, bad, why);
  for (size_t i = 0; i < u->links.n; i++)
    if (!make_link(u, u->links.entries[i].key, links_target(&u->links, i)))
      return false;
  return true;
}

bool deps_unpack(Deps *d, const Require *r, Str bytes, Str folder) {
  Unpacking u = {.d = d, .require = r, .folder = folder, .block = arena_alloc(d->a, BLOCK)};
  DbError error = {.at = -1};
  if (!libarchive_load(d->a, &error)) {
    Diag *f = deps_error(d, r, CODE_MISSING_LIBRARY, "%.*s", STR_ARG(error.message));
    diag_hint(d->diags, f, "%.*s", STR_ARG(error.hint));
    return false;
  }
  u.root = open(str_cstr(d->a, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  u.archive = libarchive.archive_read_new();
  if (u.root < 0 || !u.archive)
    return fail(&u, STR(""), strerror(errno));
  // Not all there are: for some libarchive starts a program, which the first bytes would choose.
  libarchive.archive_read_support_filter_gzip(u.archive);
  libarchive.archive_read_support_filter_bzip2(u.archive);
  libarchive.archive_read_support_filter_xz(u.archive);
  libarchive.archive_read_support_filter_zstd(u.archive);
  libarchive.archive_read_support_format_tar(u.archive);
  libarchive.archive_read_support_format_gnutar(u.archive);
  bool good = libarchive.archive_read_open_memory(u.archive, bytes.ptr, bytes.len) == ARCHIVE_OK;
  if (!good)
    fail(&u, STR(""), "it is not a tar archive");
  struct archive_entry *e;
  for (int code;
       good && (code = libarchive.archive_read_next_header(u.archive, &e)) != ARCHIVE_EOF;)
    good = code < ARCHIVE_WARN ? fail(&u, STR(""), libarchive.archive_error_string(u.archive))
                               : take_entry(&u, e);
  good = good && make_links(&u);
  libarchive.archive_read_free(u.archive);
  close(u.root);
  return good;
}
