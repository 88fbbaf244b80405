// See folder.h. The lock is of the kernel (flock): it ends with the process, however that ends.
#include "folder.h"
#include "../../compiler/base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BEGIN "starc-check-"
#define LOCK "check.lock"

static Str temp_folder(void) {
  const char *tmp = getenv("TMPDIR");
  return str_c(tmp && *tmp ? tmp : "/tmp");
}

// Whether nobody has the folder: its lock is there, of this user, old, and free.
static bool is_left(Arena *a, Str folder) {
  enum { YOUNG_S = 60 };
  struct stat st;
  int fd = open(str_cstr(a, fs_join(a, folder, STR(LOCK))), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  bool left = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == getuid() &&
              time(NULL) - st.st_mtime > YOUNG_S && flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (fd >= 0)
    close(fd);
  return left;
}

static void remove_left(void) {
  Arena a = {0};
  Diags ignored = {0};
  diags_init(&ignored);
  DIR *dir = opendir(str_cstr(&a, temp_folder()));
  for (struct dirent *e; dir && (e = readdir(dir));) {
    Str folder = fs_join(&a, temp_folder(), str_c(e->d_name));
    if (strncmp(e->d_name, BEGIN, strlen(BEGIN)) == 0 && is_left(&a, folder))
      fs_remove(folder, &ignored);
  }
  if (dir)
    closedir(dir);
  diags_free(&ignored);
  arena_free(&a);
}

// The folder that stays for the next check of this process; by one thread.
static struct {
  char path[PATH_MAX]; // empty: there is none
  int lock;
} kept;

static void remove_kept(void) {
  Diags ignored = {0};
  diags_init(&ignored);
  if (*kept.path)
    fs_remove(str_c(kept.path), &ignored);
  diags_free(&ignored);
}

static void empty(Run *r, Str folder) {
  DIR *dir = opendir(str_cstr(&r->arena, folder));
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && strcmp(e->d_name, LOCK))
      fs_remove(fs_join(&r->arena, folder, str_c(e->d_name)), &r->diags);
  if (dir)
    closedir(dir);
}

void folder_leave(Run *r, Str folder, int lock, bool again) {
  static bool asked;
  if (again && folder.len < sizeof kept.path) {
    empty(r, folder);
    memcpy(kept.path, folder.ptr, folder.len);
    kept.path[folder.len] = 0;
    kept.lock = lock;
    if (!asked)
      atexit(remove_kept); // where nobody takes it
    asked = true;
    return;
  }
  fs_remove(folder, &r->diags);
  if (lock >= 0)
    close(lock);
}

Str folder_make(Run *r, int *lock) {
  Arena *a = &r->arena;
  if (*kept.path) {
    Str path = str_dup(a, str_c(kept.path));
    *lock = kept.lock;
    *kept.path = 0;
    return path;
  }
  remove_left();
  char *path = str_cstr(a, str_fmt(a, "%.*s/" BEGIN "XXXXXX", STR_ARG(temp_folder())));
  *lock = -1;
  if (mkdtemp(path)) {
    *lock =
        open(str_cstr(a, fs_join(a, str_c(path), STR(LOCK))), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) == 0)
      return str_c(path);
  }
  int why = errno;
  rmdir(path);
  Diag *d = diag_error(&r->diags, CODE_FILE_ACCESS, str_c(path),
                       "cannot make a folder for the check: %s", strerror(why));
  diag_hint(&r->diags, d, "TMPDIR names the folder that it is made in");
  run_report(r);
  return (Str){0};
}
