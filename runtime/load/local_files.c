// See local_files.h.
#include "local_files.h"

#include "../../compiler/base/fs.h"

#include <errno.h>
#include <sys/stat.h>

bool load_is_address(Str location) { return str_find(location, STR("://"), 0) > 0; }

static bool wrong(LoadSource *s, DbError *error, Str hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static bool wrong(LoadSource *s, DbError *error, Str hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Str message = str_vfmt(&s->arena, fmt, ap);
  va_end(ap);
  const char *key = load_text(s->node, "files").len ? "files" : "name";
  return load_wrong(s, error, key, (Str){0}, hint, "%.*s", STR_ARG(message));
}

// --- what may be read

static bool is_below(Str path, Str top) {
  return str_starts(path, top) &&
         (path.len == top.len || path.ptr[top.len] == '/' || str_ends(top, STR("/")));
}

// A path without links is of the project, or below a folder that the target opens.
static bool is_open(LoadSource *s, Str real) {
  const Project *p = s->shared->project;
  const Target *t = p->target;
  if (t->any_file || is_below(real, fs_real(&s->arena, p->root)))
    return true;
  for (size_t i = 0; i < t->nfolders; i++)
    if (is_below(real, fs_real(&s->arena, t->folders[i])))
      return true;
  return false;
}

static bool may_read(LoadSource *s, Str path, DbError *error) {
  Arena *a = &s->arena;
  Str real = fs_real(a, path), shown = fs_absolute(a, path);
  if (is_open(s, real))
    return true;
  Str to = str_eq(real, shown) ? (Str){0} : str_fmt(a, " (which leads to %.*s)", STR_ARG(real));
  return wrong(
      s, error,
      str_fmt(a,
              "`file_access: [%.*s]` of the target in your ~/.dbt/profiles.yml opens it; a "
              "profiles.yml of the project needs --allow-files too",
              STR_ARG(fs_is_dir(real) ? real : fs_dirname(a, real))),
      "%.*s%.*s is outside of the project, whose files loads read", STR_ARG(shown), STR_ARG(to));
}

// --- which there are

// The folder before the first wildcard; without one, the whole but what is in an archive.
static Str fixed_part(Str location, bool *wild) {
  size_t at = 0;
  while (at < location.len && !strchr("*?{", location.ptr[at]))
    at++;
  *wild = at < location.len;
  ptrdiff_t inner = str_find(location, STR("::"), 0);
  if (inner > 0 && (size_t)inner <= at) {
    *wild = false;
    return str_trim(str_sub(location, 0, (size_t)inner));
  }
  ptrdiff_t slash = *wild ? str_rfind(str_sub(location, 0, at), STR("/")) : -1;
  return slash < 0 ? location : str_sub(location, 0, slash ? (size_t)slash : 1);
}

static bool can_read(LoadSource *s, Str path, bool wild, DbError *error) {
  struct stat st;
  if (stat(str_cstr(&s->arena, path), &st))
    return wrong(s, error, errno == ENOENT ? STR("check `path` and `files`") : (Str){0},
                 errno == ENOENT ? "there is no %s %.*s" : "the %s %.*s cannot be read: %s",
                 wild ? "folder" : "file", STR_ARG(path), strerror(errno));
  if (wild)
    return S_ISDIR(st.st_mode) ||
           wrong(s, error, STR("check `path` and `files`"), "%.*s is no folder", STR_ARG(path));
  if (S_ISDIR(st.st_mode))
    return wrong(s, error, STR("files: \"folder/*.csv\" names those that are in it"),
                 "%.*s is a folder, not a file", STR_ARG(path));
  return S_ISREG(st.st_mode) ||
         wrong(s, error, STR("write what comes out of it to a file first"),
               "%.*s is a pipe or a device: a load reads files more than once", STR_ARG(path));
}

static bool see(LoadSource *s, Str path, DbError *error) {
  struct stat st;
  if (stat(str_cstr(&s->arena, path), &st)) // in an archive
    return true;
  vec_push(&s->arena, &s->seen,
           ((SeenFile){path, st.st_size, (uint64_t)st.st_ino,
                       (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec}));
  return may_read(s, path, error);
}

bool load_local_look(LoadSource *s, int64_t *n, DbError *error) {
  bool wild;
  *n = -1;
  if (load_is_address(s->files.location))
    return true;
  Str fixed = fixed_part(s->files.location, &wild);
  LoadRows rows;
  if (!may_read(s, fixed, error) || !can_read(s, fixed, wild, error))
    return false;
  if (!wild) {
    *n = 1;
    return see(s, fixed, error);
  }
  if (!load_ask(s, s->rules->list_files(&s->arena, &s->files), &rows, error))
    return false;
  *n = (int64_t)rows.cells.n;
  for (size_t i = 0; i < rows.cells.n; i++)
    if (!see(s, rows.cells.items[i], error))
      return false;
  return *n || wrong(s, error, STR("check `path` and `files`; folders are no files"),
                     "no file is named like %.*s", STR_ARG(s->files.location));
}

// --- whether they stayed

bool load_local_same(LoadSource *s, DbError *error) {
  for (size_t i = 0; i < s->seen.n; i++) {
    const SeenFile *f = &s->seen.items[i];
    struct stat st;
    bool there = stat(str_cstr(&s->arena, f->path), &st) == 0;
    if (there && st.st_size == f->size && (uint64_t)st.st_ino == f->inode &&
        (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec == f->changed_ns)
      continue;
    return wrong(s, error,
                 STR("load it when it is whole: who writes it gives it its name last, by a rename"),
                 "%.*s %s while it was read", STR_ARG(f->path), there ? "changed" : "was removed");
  }
  LoadRows rows;
  bool wild = false;
  if (s->seen.n)
    fixed_part(s->files.location, &wild);
  if (!wild)
    return true;
  return load_ask(s, s->rules->list_files(&s->arena, &s->files), &rows, error) &&
         (rows.cells.n == s->seen.n ||
          wrong(s, error, STR("load them when all are there"),
                "a file came to %.*s while they were read", STR_ARG(s->files.location)));
}
