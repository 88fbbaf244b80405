// Locks in the data folder of an embedded database: a file for each relation that is being written,
// locked for its holder. In: a relation. Out: the lock is ours, or who has it. It ends with its
// process, whichever way that ends, so no sign of life is shown. All processes that come at the
// database can open the folder, whoever of them has the engine.
#include "clickhouse_inside.h"
#include "data_folder.h"
#include "lock.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCKS "starc.locks"

static Str locks_path(Arena *a, Session *session) {
  return fs_join(a, ch_embedded_folder(session), STR(LOCKS));
}

// By a hash of its name, which may be longer than a file's can be and hold anything.
static char *path_of(Arena *a, Session *session, const Lock *lock) {
  Str name = str_fmt(a, "%08llx", (unsigned long long)lock_key(lock->schema, lock->identifier));
  return str_cstr(a, fs_join(a, locks_path(a, session), name));
}

// --- the words in a file: relation, holder, since; a line each

static bool say_holder(int fd, const Lock *lock) {
  Arena a = {0};
  Str text = str_fmt(&a, "%.*s.%.*s\n%.*s\n%lld\n", STR_ARG(lock->schema),
                     STR_ARG(lock->identifier), STR_ARG(lock->who), (long long)time(NULL));
  bool good =
      pwrite(fd, text.ptr, text.len, 0) == (ssize_t)text.len && ftruncate(fd, (off_t)text.len) == 0;
  arena_free(&a);
  return good;
}

static LockHolder read_words(Arena *a, int fd) {
  char text[4096];
  ssize_t n = pread(fd, text, sizeof text, 0);
  Str rest = str_dup(a, str_n(text, n > 0 ? (size_t)n : 0)), since = {0};
  LockHolder h = {0};
  str_cut(&rest, '\n', &h.relation);
  str_cut(&rest, '\n', &h.who);
  str_cut(&rest, '\n', &since);
  h.since = strtoll(str_cstr(a, since), NULL, 10);
  return h;
}

// --- taking

// Whether the file that was locked is the one that stands under its name: its last holder removed
// it, maybe after it was opened here.
static bool stands(int fd, const char *path) {
  struct stat mine, there;
  return fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino &&
         mine.st_dev == there.st_dev;
}

static LockAnswer cannot(Arena *a, DbError *error, const char *path) {
  engine_fail(a, error, STR(""), "cannot make the file %s: %s", path, strerror(errno));
  return LOCK_CANNOT;
}

// The file, and the folder around it if that is not there yet; -1: errno.
static int open_file(Arena *a, Session *session, const char *path) {
  enum { FLAGS = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK };
  int fd = open(path, FLAGS, 0666);
  if (fd >= 0 || errno != ENOENT)
    return fd;
  mkdir(str_cstr(a, locks_path(a, session)), 0777); // another process may make it at this moment
  return open(path, FLAGS, 0666);
}

static LockAnswer take_file(Arena *a, Session *session, Lock *lock, DbError *error) {
  char *path = path_of(a, session, lock);
  for (;;) {
    int fd = open_file(a, session, path);
    if (fd < 0)
      return cannot(a, error, path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      close(fd);
      return LOCK_OTHERS;
    }
    if (!stands(fd, path)) {
      close(fd);
      continue;
    }
    lock->file = fd;
    if (say_holder(fd, lock))
      return LOCK_MINE;
    unlink(path);
    close(fd);
    return cannot(a, error, path);
  }
}

static void folder_give_back(const LockDb *db, Arena *a, Lock *lock) {
  if (db->session) // before it is let go: who opened it meanwhile finds out
    unlink(path_of(a, db->session, lock));
  close(lock->file);
}

static LockAnswer folder_take(const LockDb *db, Arena *a, Lock *lock, LockFound *found,
                              DbError *error) {
  LockAnswer answer = take_file(a, db->session, lock, error);
  lock->alone = answer == LOCK_MINE && data_folder_was_alone();
  if (answer != LOCK_MINE || lock->alone || !found || ch_find_names(db, a, lock, found, error))
    return answer;
  folder_give_back(db, a, lock);
  return LOCK_FAILED;
}

// --- looking

static bool is_held(int fd) {
  bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;
  if (!held)
    flock(fd, LOCK_UN);
  return held;
}

static bool folder_list(const LockDb *db, Arena *a, const Lock *lock,
                        void (*each)(void *data, const LockHolder *h), void *data, DbError *error) {
  (void)error;
  Str folder = locks_path(a, db->session);
  DIR *d = opendir(str_cstr(a, folder));
  const char *only = lock ? path_of(a, db->session, lock) : NULL;
  for (struct dirent *e; d && (e = readdir(d));) {
    char *path = str_cstr(a, fs_join(a, folder, str_c(e->d_name)));
    if (*e->d_name == '.' || (only && strcmp(path, only) != 0))
      continue;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); // whatever lies there
    if (fd < 0)
      continue;
    LockHolder h = read_words(a, fd);
    h.id = str_dup(a, str_c(e->d_name));
    h.key = strtoll(e->d_name, NULL, 16);
    h.dead = !is_held(fd);
    close(fd);
    each(data, &h);
  }
  if (d)
    closedir(d);
  return true;
}

// What a killed process left. A living one's cannot be taken from it.
static bool folder_remove(const LockDb *db, Arena *a, Str id, Str mark, bool *gone,
                          DbError *error) {
  (void)mark;
  bool named = id.len && !memchr(id.ptr, '/', id.len) && id.ptr[0] != '.';
  char *path = str_cstr(a, fs_join(a, locks_path(a, db->session), id));
  int fd = named ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
  *gone = false;
  if (fd < 0)
    return true;
  bool good = flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (good)
    *gone = stands(fd, path) && unlink(path) == 0;
  else
    engine_fail_hint(a, error, STR("end that process: the lock ends with it"),
                     "the lock '%.*s' is held by %.*s, which is alive", STR_ARG(id),
                     STR_ARG(read_words(a, fd).who));
  close(fd);
  return good;
}

static bool folder_refuses_twins(const Target *t) {
  (void)t;
  return true;
}

const EngineLocks locks_folder = {.take = folder_take,
                                  .refuses_twins = folder_refuses_twins,
                                  .leave = folder_give_back,
                                  .list = folder_list,
                                  .remove = folder_remove};
