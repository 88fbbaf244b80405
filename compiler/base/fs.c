// In: paths. Out: contents, lists of files, files replaced all at once. Every failure is recorded
// with the path and the system's reason.
#include "fs.h"

#include "memory.h"
#include "sort.h"
#include "system.h"
#include "vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
  int code;
  const char *hint;
} hints[] = {
    {ENOSPC,  "the disk is full: make room and run it again"                         },
    {EROFS,   "the file system is read-only"                                         },
    {EACCES,  "check the rights of the file and of its folders"                      },
    {EPERM,   "check the rights of the file and of its folders"                      },
    {ENOTDIR, "a folder of this path is a file: move it away, or choose another path"},
    {EDQUOT,  "the disk quota is used up"                                            },
    {EMFILE,  "too many files are open: raise the limit (ulimit -n)"                 },
    {EFBIG,   "a file that is read whole may have 1 GiB"                             },
    {ELOOP,   "links to folders lead to each other: take some out"                   },
};

static bool failed(Diags *diags, Str shown, const char *what) {
  int code = errno;
  char reason[128];
  Diag *f = diag_error(diags, CODE_FILE_ACCESS, shown, "%s: %s", what,
                       system_error(code, reason, sizeof reason));
  for (size_t i = 0; i < COUNT(hints); i++)
    if (hints[i].code == code)
      diag_hint(diags, f, "%s", hints[i].hint);
  errno = code;
  return false;
}

// --- paths
Str fs_join(Arena *a, Str dir, Str name) {
  if (!dir.len || (name.len && name.ptr[0] == '/'))
    return str_dup(a, name);
  if (!name.len)
    return str_dup(a, dir);
  bool slash = dir.ptr[dir.len - 1] == '/';
  return str_fmt(a, "%.*s%s%.*s", STR_ARG(dir), slash ? "" : "/", STR_ARG(name));
}

Str fs_dirname(Arena *a, Str path) {
  ptrdiff_t slash = str_rfind(path, STR("/"));
  if (slash < 0)
    return STR(".");
  return slash ? str_dup(a, str_sub(path, 0, (size_t)slash)) : STR("/");
}

Str fs_basename(Str path) {
  ptrdiff_t slash = str_rfind(path, STR("/"));
  return str_sub(path, (size_t)(slash + 1), path.len);
}

static Str working_dir(Arena *a) {
  char *cwd = getcwd(NULL, 0);
  Str s = str_dup(a, cwd ? str_c(cwd) : STR("/"));
  free(cwd);
  return s;
}

Str fs_absolute(Arena *a, Str path) {
  if (!path.len || path.ptr[0] != '/')
    path = fs_join(a, working_dir(a), path);
  Buf out = {.arena = a};
  for (Str part; str_cut(&path, '/', &part);) {
    if (!part.len || str_is(part, "."))
      continue;
    if (str_is(part, "..")) {
      while (out.len && out.ptr[--out.len] != '/')
        ;
      continue;
    }
    buf_addc(&out, '/');
    buf_add(&out, part);
  }
  if (!out.len)
    buf_addc(&out, '/');
  return str_n(buf_cstr(&out), out.len);
}

Str fs_real(Arena *a, Str path) {
  char *real = realpath(str_cstr(a, path), NULL);
  Str out = real ? str_dup(a, str_c(real)) : fs_absolute(a, path);
  free(real);
  return out;
}

Str fs_real_part(Arena *a, Str path) {
  Str there = path;
  while (there.len > 1 && !fs_exists(there))
    there = fs_dirname(a, there);
  Str rest = str_sub(path, there.len, path.len), real = fs_real(a, there);
  return str_cat(a, real.len == 1 && rest.len ? (Str){0} : real, rest);
}

bool fs_is_below(Str path, Str folder) {
  return str_starts(path, folder) && path.len > folder.len && path.ptr[folder.len] == '/';
}

Str fs_home(Arena *a) {
  const char *home = getenv("HOME");
  if (home && *home)
    return str_dup(a, str_c(home));
  char room[4096];
  struct passwd entry, *found = NULL;
  if (getpwuid_r(getuid(), &entry, room, sizeof room, &found) == 0 && found)
    return str_dup(a, str_c(found->pw_dir));
  return STR("/");
}

// --- asking
static bool stat_path(Str path, struct stat *st) {
  Arena scratch = {0};
  bool ok = stat(str_cstr(&scratch, path), st) == 0;
  int code = errno;
  arena_free(&scratch);
  errno = code;
  return ok;
}

bool fs_exists(Str path) {
  struct stat st;
  return stat_path(path, &st);
}

bool fs_is_dir(Str path) {
  struct stat st;
  return stat_path(path, &st) && S_ISDIR(st.st_mode);
}

// --- reading
enum { MOST_BYTES = 1 << 30 };

// Reads until the end, in as few calls as the size promises; files that grow or lie about their
// size (/proc) are read all the same.
static bool read_all(Arena *a, int fd, size_t expected, Str *text) {
  size_t cap = expected + 1, len = 0;
  char *p = arena_alloc(a, cap);
  for (;;) {
    if (len > MOST_BYTES) {
      errno = EFBIG;
      return false;
    }
    if (len + 1 >= cap) {
      p = arena_grow(a, p, cap, cap * 2 + 4096);
      cap = cap * 2 + 4096;
    }
    ssize_t n = read(fd, p + len, cap - 1 - len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    if (n == 0)
      break;
    len += (size_t)n;
    if (len == expected && expected) { // one more call tells the end without growing
      char more;
      ssize_t m = read(fd, &more, 1);
      if (m <= 0)
        break;
      p = arena_grow(a, p, cap, cap * 2 + 4096);
      cap = cap * 2 + 4096;
      p[len++] = more;
    }
  }
  p[len] = 0;
  *text = str_n(p, len);
  return true;
}

static bool no_file(Diags *diags, Str shown) {
  Diag *f = diag_error(diags, CODE_FILE_ACCESS, shown,
                       "cannot read it: it is a pipe, a socket or a device");
  diag_hint(diags, f, "put a file in its place");
  errno = EINVAL;
  return false;
}

bool fs_read(Arena *a, Str path, Str shown, Str *text, Diags *diags) {
  char *name = str_cstr(a, path);
  int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); // a pipe is no reason to wait
  if (fd < 0)
    return failed(diags, shown, "cannot open the file");
  struct stat st;
  bool ok = fstat(fd, &st) == 0;
  if (ok && S_ISDIR(st.st_mode)) {
    errno = EISDIR;
    ok = false;
  }
  if (ok && !S_ISREG(st.st_mode)) {
    close(fd);
    return no_file(diags, shown);
  }
  if (ok && st.st_size > (off_t)MOST_BYTES) {
    errno = EFBIG;
    ok = false;
  }
  ok = ok && read_all(a, fd, (size_t)st.st_size, text);
  int code = errno;
  close(fd);
  errno = code;
  return ok || failed(diags, shown, "cannot read the file");
}

// --- writing
bool fs_mkdirs(Str path, Diags *diags) {
  Arena scratch = {0};
  char *p = str_cstr(&scratch, path);
  bool ok = true;
  for (size_t i = 1; ok && i <= path.len; i++) {
    if (i < path.len && p[i] != '/')
      continue;
    p[i] = 0;
    ok = mkdir(p, 0777) == 0 || errno == EEXIST || errno == EISDIR;
    if (i < path.len)
      p[i] = '/';
  }
  if (ok && path.len && !fs_is_dir(path)) {
    errno = ENOTDIR;
    ok = false;
  }
  int code = errno;
  arena_free(&scratch);
  errno = code;
  return ok || failed(diags, path, "cannot make the folder");
}

// The mode a replacement gets: the old file's, or what the umask leaves of rw for all.
static mode_t new_mode(const char *path) {
  struct stat st;
  if (stat(path, &st) == 0)
    return st.st_mode & 07777;
  return 0; // as open() made it
}

// Where the bytes go in the end: the file that a link points to, so that the link stays.
static char *real_target(const char *path) {
  char *real = realpath(path, NULL);
  return real ? real : memory_must(strdup(path));
}

static int open_temp(FsWriter *w) {
  static atomic_uint serial;
  size_t room = strlen(w->path) + 48;
  w->temp = memory_must(malloc(room));
  for (int attempt = 0; attempt < 100; attempt++) {
    snprintf(w->temp, room, "%s.%ld-%u.tmp", w->path, (long)getpid(), atomic_fetch_add(&serial, 1));
    int fd = open(w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

// Whether something stands at the path that is no file and no folder: a device, a pipe, a socket.
static bool is_special(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

// A device or a pipe that stands at the path gets the bytes itself; it is never replaced. A pipe
// that nobody reads is an error (ENXIO) and not a wait.
static int open_special(const char *path) {
  int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd >= 0)
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

static void forget(FsWriter *w) {
  free(w->path);
  free(w->temp);
  *w = (FsWriter){0};
}

bool fs_writer_open(FsWriter *w, Str path, Diags *diags) {
  *w = (FsWriter){0};
  Arena scratch = {0};
  w->path = real_target(str_cstr(&scratch, path));
  bool special = is_special(w->path);
  int fd = special ? open_special(w->path) : open_temp(w);
  if (fd < 0 && errno == ENOENT && !special) {
    bool made = fs_mkdirs(fs_dirname(&scratch, path), diags);
    free(w->temp);
    w->temp = NULL;
    if (!made) {
      arena_free(&scratch);
      forget(w);
      return false;
    }
    fd = open_temp(w);
  }
  arena_free(&scratch);
  if (fd < 0) {
    int code = errno;
    failed(diags, path, "cannot write the file");
    forget(w);
    errno = code;
    return false;
  }
  w->file = memory_must(fdopen(fd, "w"));
  mode_t mode = special ? 0 : new_mode(w->path);
  if (mode)
    (void)!fchmod(fd, mode);
  return true;
}

void fs_writer_abort(FsWriter *w) {
  if (w->file)
    fclose(w->file);
  if (w->temp)
    unlink(w->temp);
  forget(w);
}

// The new name itself must survive a power cut too.
static void sync_folder(const char *path) {
  Arena scratch = {0};
  int fd = open(str_cstr(&scratch, fs_dirname(&scratch, str_c(path))),
                O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  arena_free(&scratch);
}

static bool finish(FsWriter *w, bool sync, Diags *diags) {
  bool ok = !ferror(w->file) && fflush(w->file) == 0 &&
            (!sync || !w->temp || fsync(fileno(w->file)) == 0);
  int code = errno;
  ok = fclose(w->file) == 0 && ok;
  w->file = NULL;
  if (ok && w->temp) {
    ok = rename(w->temp, w->path) == 0;
    code = errno;
  }
  if (!ok) {
    errno = code;
    failed(diags, str_c(w->path), "cannot write the file");
    fs_writer_abort(w);
    errno = code;
    return false;
  }
  if (sync && w->temp)
    sync_folder(w->path);
  forget(w);
  return true;
}

bool fs_writer_commit(FsWriter *w, Diags *diags) { return finish(w, true, diags); }
bool fs_writer_commit_quick(FsWriter *w, Diags *diags) { return finish(w, false, diags); }

static bool write_whole(Str path, Str text, bool sync, Diags *diags) {
  FsWriter w;
  if (!fs_writer_open(&w, path, diags))
    return false;
  if (text.len)
    fwrite(text.ptr, 1, text.len, w.file); // a failure shows in ferror
  return finish(&w, sync, diags);
}

bool fs_write(Str path, Str text, Diags *diags) { return write_whole(path, text, true, diags); }

// Whether it is the place that takes no new file (it is mounted, its folder is read-only, no longer
// name fits), and not the disk that is full.
static bool takes_no_new_file(int code) {
  static const int codes[] = {EBUSY, EACCES, EPERM, EROFS, EXDEV, ENAMETOOLONG};
  for (size_t i = 0; i < COUNT(codes); i++)
    if (code == codes[i])
      return true;
  return false;
}

static bool fill(Str path, Str text, Diags *diags) {
  Arena scratch = {0};
  int fd = open(str_cstr(&scratch, path), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  arena_free(&scratch);
  bool good = fd >= 0;
  for (size_t at = 0; good && at < text.len;) {
    ssize_t n = write(fd, text.ptr + at, text.len - at);
    good = n > 0;
    at += good ? (size_t)n : 0;
  }
  good = good && ftruncate(fd, (off_t)text.len) == 0;
  int code = errno;
  if (fd >= 0)
    close(fd);
  errno = code;
  return good || failed(diags, path, "cannot write the file");
}

bool fs_write_in_place(Str path, Str text, Diags *diags) {
  Diags first;
  diags_init(&first);
  bool good = fs_write(path, text, &first);
  int code = errno;
  if (!good && !takes_no_new_file(code)) {
    diags_move(diags, &first);
    return false;
  }
  diags_free(&first);
  return good || fill(path, text, diags);
}

// Whether the file holds just this text.
static bool holds(Str path, Str text) {
  Arena scratch = {0};
  int fd = open(str_cstr(&scratch, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  arena_free(&scratch);
  if (fd < 0)
    return false;
  struct stat st;
  bool same = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == text.len;
  char piece[16384];
  for (size_t at = 0; same && at < text.len;) {
    ssize_t got = read(fd, piece, sizeof piece);
    same = got > 0 && (size_t)got <= text.len - at && !memcmp(piece, text.ptr + at, (size_t)got);
    at += same ? (size_t)got : 0;
  }
  close(fd);
  return same;
}

// To make a file costs many times what it costs to read one, and most runs compile what the one
// before did.
bool fs_write_quick(Str path, Str text, Diags *diags) {
  return holds(path, text) || write_whole(path, text, false, diags);
}

// --- removing
static bool remove_entry(int dir, const char *name);

static bool remove_folder(int dir, const char *name) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return false;
  DIR *d = fdopendir(fd);
  if (!d) {
    close(fd);
    return false;
  }
  bool ok = true;
  for (struct dirent *e; ok && (e = readdir(d));)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      ok = remove_entry(dirfd(d), e->d_name);
  int code = errno;
  closedir(d);
  errno = code;
  return ok && unlinkat(dir, name, AT_REMOVEDIR) == 0;
}

static bool remove_entry(int dir, const char *name) {
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
    return true;
  if (errno != EISDIR && errno != EPERM)
    return false;
  return remove_folder(dir, name);
}

bool fs_remove(Str path, Diags *diags) {
  Arena scratch = {0};
  while (path.len > 1 && path.ptr[path.len - 1] == '/')
    path.len--; // a slash at the end would follow a link
  bool ok = remove_entry(AT_FDCWD, str_cstr(&scratch, path));
  int code = errno;
  arena_free(&scratch);
  errno = code;
  return ok || failed(diags, path, "cannot remove it");
}

// --- walking
// The folders above the one being read: a link back to one of them is a loop.
typedef struct Above {
  dev_t dev;
  ino_t ino;
  const struct Above *up;
  unsigned depth;
} Above;

enum { DEEPEST = 200 };      // folders in folders; past it nothing is looked at
enum { MOST_LINKED = 1000 }; // links to folders in one walk: those of each other have no end

typedef struct Walk {
  Arena *arena;
  Str root;
  const Str *exts;
  size_t nexts;
  FsLinks links;
  size_t linked; // links to folders that were followed
  FsEntry *items;
  size_t n, cap;
  Diags *diags;
  bool ok;
} Walk;

static bool wanted(const Walk *w, Str name) {
  for (size_t i = 0; i < w->nexts; i++)
    if (str_ends_nocase(name, w->exts[i]))
      return true;
  return !w->nexts;
}

static void add_file(Walk *w, Str rel, const struct stat *st) {
  struct timespec at = system_mtime(st);
  vec_room(w->arena, w->items, w->n, w->cap);
  w->items[w->n++] = (FsEntry){
      .rel = rel, .size = st->st_size, .mtime_ns = (int64_t)at.tv_sec * 1000000000 + at.tv_nsec};
}

static bool loops(const Above *up, const struct stat *st) {
  for (; up; up = up->up)
    if (up->dev == st->st_dev && up->ino == st->st_ino)
      return true;
  return false;
}

static bool is_link(int dir, const char *name) {
  struct stat st;
  return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

static Str below(Walk *w, Str rel, Str name) {
  return rel.len ? str_fmt(w->arena, "%.*s/%.*s", STR_ARG(rel), STR_ARG(name))
                 : str_dup(w->arena, name);
}

static void walk_folder(Walk *w, int fd, Str rel, const Above *up);

static void walk_entry(Walk *w, int dir, const struct dirent *e, Str rel, const Above *up) {
  Str name = str_c(e->d_name);
  bool maybe_folder = e->d_type == DT_DIR || e->d_type == DT_LNK || e->d_type == DT_UNKNOWN;
  if (name.ptr[0] == '.' || (!maybe_folder && !wanted(w, name)))
    return;
  if (e->d_type == DT_DIR) {
    int fd = openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
      walk_folder(w, fd, below(w, rel, name), up);
    else
      w->ok = failed(w->diags, below(w, rel, name), "cannot read the folder");
    return;
  }
  struct stat st;
  if (fstatat(dir, e->d_name, &st, 0) != 0)
    return; // gone meanwhile, or a link to nothing
  if (S_ISREG(st.st_mode) && wanted(w, name)) {
    add_file(w, below(w, rel, name), &st);
  } else if (S_ISDIR(st.st_mode) && !loops(up, &st) &&
             (w->links == FS_LINKED_FOLDERS || !is_link(dir, e->d_name))) {
    if (w->linked++ >= MOST_LINKED) {
      errno = ELOOP;
      w->ok = w->ok && failed(w->diags, below(w, rel, name), "cannot read the folder");
      return;
    }
    int fd = openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
      walk_folder(w, fd, below(w, rel, name), up);
  }
}

// Owns fd.
static void walk_folder(Walk *w, int fd, Str rel, const Above *up) {
  struct stat st;
  DIR *d = NULL;
  unsigned depth = up ? up->depth + 1 : 0;
  if (depth > DEEPEST || fstat(fd, &st) != 0 || loops(up, &st) || !(d = fdopendir(fd))) {
    close(fd);
    return;
  }
  Above here = {st.st_dev, st.st_ino, up, depth};
  for (struct dirent *e; (e = readdir(d));)
    walk_entry(w, dirfd(d), e, rel, &here);
  closedir(d);
}

static int by_rel(const void *x, const void *y) {
  return str_cmp(((const FsEntry *)x)->rel, ((const FsEntry *)y)->rel);
}

bool fs_walk(Arena *a, Str root, const Str *exts, size_t nexts, FsLinks links, FsEntry **out,
             size_t *n, Diags *diags) {
  Walk w = {.arena = a,
            .root = root,
            .exts = exts,
            .nexts = nexts,
            .links = links,
            .diags = diags,
            .ok = true};
  *out = NULL;
  *n = 0;
  int fd = open(str_cstr(a, root), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT || failed(diags, root, "cannot read the folder");
  walk_folder(&w, fd, (Str){0}, NULL);
  if (w.n)
    sort_items(w.items, w.n, sizeof *w.items, by_rel);
  for (size_t i = 0; i < w.n; i++)
    w.items[i].path = fs_join(a, root, w.items[i].rel);
  *out = w.items;
  *n = w.n;
  return w.ok;
}
