// In: links and their targets. Out: whether all stay. Every other path is taken for what it says.
#include "links.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_HOPS = 256, LONGEST = 4096 };
enum { DEEPEST = 200 }; // folders in folders

typedef struct Walk {
  Arena *a;
  const Links *links;
  size_t top, hops; // links that may still be followed
} Walk;

void links_add(Arena *a, Links *l, Str path, Str target) {
  Str *t = arena_new(a, Str);
  *t = target;
  map_put(a, l, path, t);
}

Str links_target(const Links *l, size_t i) { return *(const Str *)l->entries[i].value; }

static size_t folders(Str path) {
  size_t n = path.len > 0;
  for (size_t i = 0; i < path.len; i++)
    n += path.ptr[i] == '/';
  return n;
}

static Str above(Str path) {
  ptrdiff_t slash = str_rfind(path, STR("/"));
  return str_sub(path, 0, slash < 0 ? 0 : (size_t)slash);
}

// Follows `target` from the folder *at on. False: it leaves, or goes in circles.
static bool follow(Walk *w, Str *at, Str target) {
  Str rest = target, part;
  if (!target.len || target.ptr[0] == '/' || !w->hops || !--w->hops)
    return false;
  while (rest.ptr && str_cut(&rest, '/', &part)) {
    if (!part.len || str_is(part, "."))
      continue;
    if (str_is(part, "..")) {
      if (folders(*at) <= w->top)
        return false;
      *at = above(*at);
      continue;
    }
    Str next = at->len ? fs_join(w->a, *at, part) : part;
    const Str *link = map_get(w->links, next);
    if (link && !follow(w, at, *link))
      return false;
    if (!link)
      *at = next;
    if (!w->hops)
      return false;
  }
  return true;
}

bool links_stay(Arena *a, const Links *l, size_t top, Str *bad, const char **why) {
  for (size_t i = 0; i < l->n; i++) {
    Walk w = {a, l, top, MOST_HOPS};
    Str at = above(l->entries[i].key);
    *bad = l->entries[i].key;
    if (folders(at) < top || !follow(&w, &at, links_target(l, i))) {
      *why = w.hops ? "is a link that points outside of the package"
                    : "is a link that leads to itself";
      return false;
    }
  }
  return true;
}

// --- those of a folder
static bool collect(Arena *a, Links *l, int dir, Str below, unsigned depth);

static bool take(Arena *a, Links *l, int dir, const char *name, Str below, unsigned depth) {
  Str path = below.len ? fs_join(a, below, str_dup(a, str_c(name))) : str_dup(a, str_c(name));
  struct stat st;
  if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  if (S_ISLNK(st.st_mode)) {
    char target[LONGEST];
    ssize_t n = readlinkat(dir, name, target, sizeof target);
    if (n > 0)
      links_add(a, l, path, str_dup(a, str_n(target, (size_t)n)));
    return n > 0;
  }
  if (!S_ISDIR(st.st_mode))
    return true;
  int next = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return next >= 0 && collect(a, l, next, path, depth + 1);
}

// Closes dir.
static bool collect(Arena *a, Links *l, int dir, Str below, unsigned depth) {
  DIR *d = fdopendir(dir);
  bool good = d && depth < DEEPEST;
  if (d && !good)
    errno = ENAMETOOLONG;
  for (struct dirent *e; good && (e = readdir(d));)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      good = take(a, l, dirfd(d), e->d_name, below, depth);
  if (d)
    closedir(d);
  else
    close(dir);
  return good;
}

bool links_collect(Arena *a, Links *l, Str folder, Diags *diags) {
  int dir = open(str_cstr(a, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir >= 0 && collect(a, l, dir, (Str){0}, 0))
    return true;
  diag_error(diags, CODE_FILE_ACCESS, folder, "cannot read the folder: %s", strerror(errno));
  return false;
}
