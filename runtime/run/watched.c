// In: a project's folders. Out: the files that changed since they were looked at last. A picture of
// all files (when written, how long, which inode) is compared with the one before: what an editor
// moves into place, a checkout of another branch and a new folder are all the same to it.
#include "watched.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/base/system.h"
#include "../../compiler/base/vec.h"
#include "../engine/util.h"
#include "options.h"
#include "signals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUIET_MS = 200, POLL_MS = 1000, BREATH_MS = 20 };
static const double longest_s = 2; // that changes are waited for to come to an end

// Which files of a folder count.
typedef enum Kind {
  OF_PROJECT, // the project's own: YAML, what is ignored
  OF_SOURCES  // what nodes, macros and descriptions are made of
} Kind;

typedef struct Place {
  Str path;
  int depth; // of folders below it that are looked into
  Kind kind;
  bool is_file; // it is one file
} Place;

typedef struct Stamp {
  struct timespec written;
  off_t size;
  ino_t inode;
} Stamp;

// Everything lies in the arena.
typedef struct Picture {
  Arena arena;
  Map files;   // absolute path -> Stamp *
  Map folders; // that were looked into
} Picture;

struct Watched {
  Arena arena; // of the places
  VEC(Place) places;
  Words left; // folders that are not looked into: what starc writes
  Picture last;
  Words changed;
  int fd;
  const char *polls;
};

Watched *watched_new(bool polls) {
  Watched *w = memory_must(calloc(1, sizeof *w));
  w->fd = polls ? -1 : system_watch_open();
  w->polls = polls             ? "--poll"
             : w->fd >= 0      ? NULL
             : errno == ENOSYS ? "this system tells of no changes"
                               : "the system has no watch to give (too many programs watch files)";
  return w;
}

static void stop_telling(Watched *w, const char *why) {
  if (w->fd >= 0)
    close(w->fd);
  w->fd = -1;
  w->polls = why;
}

void watched_free(Watched *w) {
  if (w->fd >= 0)
    close(w->fd);
  arena_free(&w->arena);
  arena_free(&w->last.arena);
  free(w);
}

// --- places

static void add(Watched *w, Str path, int depth, Kind kind, bool is_file) {
  Place p = {fs_absolute(&w->arena, path), depth, kind, is_file};
  vec_push(&w->arena, &w->places, p);
}

static void add_paths(Watched *w, const Package *p, const Str *paths, size_t n) {
  enum { ALL = 256 };
  for (size_t i = 0; i < n; i++)
    add(w, fs_join(&w->arena, p->root, paths[i]), ALL, OF_SOURCES, false);
}

static void add_package(Watched *w, const Package *p) {
  add(w, p->root, 0, OF_PROJECT, false);
  add_paths(w, p, p->model_paths, p->nmodel_paths);
  add_paths(w, p, p->seed_paths, p->nseed_paths);
  add_paths(w, p, p->test_paths, p->ntest_paths);
  add_paths(w, p, p->macro_paths, p->nmacro_paths);
  add_paths(w, p, p->snapshot_paths, p->nsnapshot_paths);
  add_paths(w, p, p->analysis_paths, p->nanalysis_paths);
  add_paths(w, p, p->docs_paths, p->ndocs_paths);
  add_paths(w, p, p->schema_paths, p->nschema_paths);
  add_paths(w, p, p->function_paths, p->nfunction_paths);
  add_paths(w, p, p->osi_paths, p->nosi_paths);
  add_paths(w, p, p->load_paths, p->nload_paths);
}

// A package that comes or goes is a folder with a project file.
static void add_packages(Watched *w, const Project *p) {
  Str given = p->options->packages_path;
  Str folder = given.len ? given : p->packages[0]->packages_path;
  Str path = fs_join(&w->arena, p->root, folder);
  add(w, path, 1, OF_PROJECT, false);
  vec_push(&w->arena, &w->left, fs_absolute(&w->arena, path));
}

void watched_places(Watched *w, const Project *p, Str log_dir, Str env) {
  arena_free(&w->arena);
  memset(&w->places, 0, sizeof w->places);
  w->left = (Words){0};
  vec_push(&w->arena, &w->left, str_dup(&w->arena, p->target_dir));
  vec_push(&w->arena, &w->left, fs_absolute(&w->arena, fs_join(&w->arena, p->root, log_dir)));
  for (size_t i = 0; i < p->npackages; i++)
    if (!p->packages[i]->is_internal)
      add_package(w, p->packages[i]);
  add_packages(w, p);
  if (p->profile && p->profile->path.len)
    add(w, p->profile->path, 0, OF_PROJECT, true);
  if (env.len)
    add(w, env, 0, OF_PROJECT, true);
  for (size_t i = 0; w->fd >= 0 && i < w->places.n; i++)
    if (system_is_remote(str_cstr(&w->arena, w->places.items[i].path)))
      stop_telling(w, "the project is on a file system that tells of no changes from elsewhere");
}

// --- a picture

static bool counts(Str name, Kind kind) {
  static const char *const ends[] = {".yml", ".yaml", ".sql",   ".csv",    ".md",
                                     ".py",  ".json", ".jinja", ".jinja2", ".j2"};
  if (str_is(name, ".dbtignore"))
    return kind == OF_PROJECT;
  if (!name.len || name.ptr[0] == '.')
    return false;
  for (size_t i = 0; i < (kind == OF_PROJECT ? 2 : COUNT(ends)); i++)
    if (str_ends_nocase(name, str_c(ends[i])))
      return true;
  return false;
}

static void tell_folder(Watched *w, Picture *p, Str path) {
  if (w->fd < 0 || system_watch_add(w->fd, str_cstr(&p->arena, path)))
    return;
  if (errno == ENOSPC)
    stop_telling(w, "the system watches no more folders for this user (a bigger number in "
                    "/proc/sys/fs/inotify/max_user_watches would let it)");
}

// The nearest folder above that is there: it tells when the next one comes.
static void tell_above(Watched *w, Picture *p, Str path) {
  do
    path = fs_dirname(&p->arena, path);
  while (path.len > 1 && !fs_is_dir(path));
  tell_folder(w, p, path);
}

static void keep(Picture *p, Str path, const struct stat *st) {
  Stamp *s = arena_new(&p->arena, Stamp);
  *s = (Stamp){system_mtime(st), st->st_size, st->st_ino};
  map_put(&p->arena, &p->files, path, s);
}

// A file that is reached through a link changes in another folder.
static void look_at_file(Watched *w, Picture *p, Str path) {
  struct stat st;
  const char *name = str_cstr(&p->arena, path);
  if (stat(name, &st) != 0 || !S_ISREG(st.st_mode))
    return;
  keep(p, path, &st);
  if (lstat(name, &st) == 0 && S_ISLNK(st.st_mode))
    tell_folder(w, p, fs_dirname(&p->arena, fs_real(&p->arena, path)));
}

static bool is_left(const Watched *w, Str path) {
  for (size_t i = 0; i < w->left.n; i++)
    if (str_eq(w->left.items[i], path))
      return true;
  return false;
}

static void look_into(Watched *w, Picture *p, Str folder, int depth, Kind kind);

static void look_at(Watched *w, Picture *p, Str folder, const struct dirent *e, int depth,
                    Kind kind) {
  Str name = str_c(e->d_name);
  Str path = fs_join(&p->arena, folder, str_dup(&p->arena, name));
  struct stat st;
  bool is_folder = e->d_type == DT_DIR;
  if (e->d_type == DT_UNKNOWN)
    is_folder = lstat(str_cstr(&p->arena, path), &st) == 0 && S_ISDIR(st.st_mode);
  if (!is_folder && counts(name, kind))
    look_at_file(w, p, path);
  else if (is_folder && depth > 0 && name.ptr[0] != '.' && !is_left(w, path))
    look_into(w, p, path, depth - 1, kind);
}

// Told of before it is read: what comes meanwhile is told, or seen.
static void look_into(Watched *w, Picture *p, Str folder, int depth, Kind kind) {
  Str key = str_fmt(&p->arena, "%d%.*s", (int)kind, STR_ARG(folder));
  if (!map_add(&p->arena, &p->folders, key))
    return;
  DIR *dir = opendir(str_cstr(&p->arena, folder));
  if (!dir) {
    tell_above(w, p, folder);
    return;
  }
  tell_folder(w, p, folder);
  for (const struct dirent *e; (e = readdir(dir));)
    if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
      look_at(w, p, folder, e, depth, kind);
  closedir(dir);
}

static Picture picture(Watched *w) {
  Picture p = {0};
  for (size_t i = 0; i < w->places.n; i++) {
    const Place *place = &w->places.items[i];
    if (!place->is_file) {
      look_into(w, &p, place->path, place->depth, place->kind);
      continue;
    }
    look_at_file(w, &p, place->path);
    tell_above(w, &p, place->path);
  }
  return p;
}

static bool same(const Stamp *a, const Stamp *b) {
  return a && b && a->written.tv_sec == b->written.tv_sec &&
         a->written.tv_nsec == b->written.tv_nsec && a->size == b->size && a->inode == b->inode;
}

static int by_path(const void *a, const void *b) {
  return str_cmp(*(const Str *)a, *(const Str *)b);
}

// In order of path, in the arena of the later one.
static Words differences(const Picture *was, Picture *is) {
  Words found = {0};
  for (size_t i = 0; i < is->files.n; i++) {
    const MapEntry *e = &is->files.entries[i];
    if (!same(map_get(&was->files, e->key), e->value))
      vec_push(&is->arena, &found, e->key);
  }
  for (size_t i = 0; i < was->files.n; i++)
    if (!map_get(&is->files, was->files.entries[i].key))
      vec_push(&is->arena, &found, str_dup(&is->arena, was->files.entries[i].key));
  sort_items(found.items, found.n, sizeof *found.items, by_path);
  return found;
}

void watched_look(Watched *w) {
  arena_free(&w->last.arena);
  w->changed = (Words){0};
  w->last = picture(w);
}

// --- waiting

// The picture when no more of it changes.
static int settle(Watched *w, Picture *now) {
  double from = engine_now();
  for (;;) {
    int sig = signals_wait(-1, QUIET_MS);
    if (sig)
      return sig;
    Picture next = picture(w);
    bool still = !differences(now, &next).n;
    arena_free(&now->arena);
    *now = next;
    if (still || engine_now() - from > longest_s)
      return 0;
  }
}

int watched_wait(Watched *w, const Str **changed, size_t *n) {
  for (int sig = 0;;) {
    if (w->fd >= 0)
      system_watch_clear(w->fd);
    Picture now = picture(w);
    bool differs = differences(&w->last, &now).n > 0;
    if (differs)
      sig = settle(w, &now);
    Words found = differences(&w->last, &now);
    if (sig || !found.n) {
      arena_free(&now.arena);
    } else {
      arena_free(&w->last.arena);
      w->last = now;
      w->changed = found;
      *changed = found.items;
      *n = found.n;
      return 0;
    }
    if (!sig)
      sig = signals_wait(w->fd, w->fd < 0 ? POLL_MS : -1);
    if (!sig && w->fd >= 0)
      sig = signals_wait(-1, BREATH_MS); // of what writes without end
    if (sig)
      return sig;
  }
}

const char *watched_polls(const Watched *w) { return w->polls; }
