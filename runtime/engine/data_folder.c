// See data_folder.h. The lock file says who has the folder: "4711 starc build", and a second line
// "shared" where others are let in.
#include "data_folder.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOCK_FILE "starc.lock"
#define SOCKET_FILE "starc.socket"
#define SHARED "shared"

// The one folder of this process, guarded by `lock`.
static struct {
  pthread_mutex_t lock;
  char *folder;      // real path; NULL: none
  int lock_fd;       // -1: none
  int socket;        // listens until it is handed on; -1: none
  void *sharing;     // FolderSharing's
  size_t users;      // data_folder_enter without data_folder_leave
  atomic_bool alone; // data_folder_was_alone
  atomic_bool met;   // others had, or may have had the folder since this process began
} process = {.lock = PTHREAD_MUTEX_INITIALIZER, .lock_fd = -1, .socket = -1};

static const FolderSharing *sharing;

void data_folder_share_by(const FolderSharing *how) { sharing = how; }

// --- the lock

static bool make_folders(Arena *a, Str path) {
  char *p = str_cstr(a, path);
  for (char *slash = strchr(p + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(p, 0777) && errno != EEXIST)
      return false;
    *slash = '/';
  }
  return mkdir(p, 0777) == 0 || errno == EEXIST;
}

// "starc build": the program and its command, without options (they may hold secrets).
static Str own_command(Arena *a) {
  FILE *f = fopen("/proc/self/cmdline", "re");
  char line[512];
  size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
  if (f)
    fclose(f);
  line[n] = 0;
  const char *slash = strrchr(line, '/');
  Str program = str_c(slash ? slash + 1 : line);
  size_t first = strlen(line) + 1;
  Str command = first < n && line[first] != '-' ? str_c(line + first) : STR("");
  return str_fmt(a, "%.*s%s%.*s", STR_ARG(program), command.len ? " " : "", STR_ARG(command));
}

static Str in_folder(Arena *a, const char *folder, const char *name) {
  return str_fmt(a, "%s/%s", folder, name);
}

// What the lock file says of who has the folder.
typedef struct Holder {
  int pid; // 0: not known
  Str command;
  bool shares;
} Holder;

static Holder read_holder(Arena *a, int fd) {
  char text[512];
  ssize_t n = pread(fd, text, sizeof text, 0);
  Str rest = str_dup(a, str_n(text, n > 0 ? (size_t)n : 0)), line = {0}, pid = {0};
  str_cut(&rest, '\n', &line);
  str_cut(&line, ' ', &pid);
  return (Holder){.pid = atoi(str_cstr(a, pid)),
                  .command = line.len ? line : STR("starc"),
                  .shares = str_is(str_trim(rest), SHARED)};
}

static Holder holder_of(Arena *a, const char *folder) {
  int fd = open(str_cstr(a, in_folder(a, folder, LOCK_FILE)), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  Holder h = fd < 0 ? (Holder){0} : read_holder(a, fd);
  if (fd >= 0)
    close(fd);
  return h;
}

bool data_folder_is_shared(const char *real) {
  Arena a = {0};
  bool shares = holder_of(&a, real).shares;
  arena_free(&a);
  return shares;
}

Str data_folder_holder(Arena *a, const char *real) {
  Holder h = holder_of(a, real);
  return h.pid > 0 ? str_fmt(a, "process %d (%.*s)", h.pid, STR_ARG(h.command)) : (Str){0};
}

static void fail_locked(Arena *a, DbError *error, const char *folder, int fd) {
  Holder h = read_holder(a, fd);
  if (h.pid <= 0)
    engine_fail_hint(a, error, STR("wait for it to end"),
                     "the data folder %s is in use by another starc", folder);
  else
    engine_fail_hint(a, error, str_fmt(a, "wait for it to end, or stop it: kill %d", h.pid),
                     "the data folder %s is in use by process %d (%.*s)", folder, h.pid,
                     STR_ARG(h.command));
  error->taken = true;
}

static bool say_who(int fd, bool shares) {
  Arena a = {0};
  Str text = str_fmt(&a, "%d %.*s\n%s", (int)getpid(), STR_ARG(own_command(&a)),
                     shares ? SHARED "\n" : "");
  bool written = pwrite(fd, text.ptr, text.len, 0) == (ssize_t)text.len &&
                 ftruncate(fd, (off_t)text.len) == 0; // it is read meanwhile
  arena_free(&a);
  return written;
}

// --- the socket

// A path that a socket's address has room for: the folder's own, or through a descriptor of it.
static bool socket_path(const char *folder, char *path, size_t room, int *dir) {
  struct sockaddr_un at;
  *dir = -1;
  int n = snprintf(path, room, "%s/" SOCKET_FILE, folder);
  if (n > 0 && (size_t)n < room && (size_t)n < sizeof at.sun_path)
    return true;
#ifdef __linux__ // elsewhere no path leads through a descriptor
  *dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  n = snprintf(path, room, SYSTEM_FD_FOLDER "/%d/" SOCKET_FILE, *dir);
  return *dir >= 0 && n > 0 && (size_t)n < room;
#else
  return false;
#endif
}

bool data_folder_socket(const char *real, char *path, size_t room, int *dir) {
  if (socket_path(real, path, room, dir) && access(path, F_OK) == 0)
    return true;
  if (*dir >= 0)
    close(*dir);
  *dir = -1;
  return false;
}

static void remove_socket(const char *folder) {
  Arena a = {0};
  unlink(str_cstr(&a, in_folder(&a, folder, SOCKET_FILE)));
  arena_free(&a);
}

// Without one, where the file system or the system has none for it, others wait for the folder.
static int open_socket(const char *folder) {
  enum { WAITING = 128 };
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int dir;
  remove_socket(folder);
  if (!socket_path(folder, at.sun_path, sizeof at.sun_path, &dir))
    return -1;
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  bool good = fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fchmod(fd, 0600) == 0 &&
              bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && chmod(at.sun_path, 0600) == 0 &&
              listen(fd, WAITING) == 0;
  if (dir >= 0)
    close(dir);
  if (good)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

// --- the folder

// process.lock is held.
static void end_sharing(const char *folder) {
  if (process.sharing || process.socket >= 0)
    remove_socket(folder);
  if (process.socket >= 0)
    close(process.socket);
  process.socket = -1;
  if (process.sharing)
    sharing->end(process.sharing);
  process.sharing = NULL;
}

static FolderAnswer lock_folder(Arena *a, const char *folder, DbError *error) {
  int fd = open(str_cstr(a, in_folder(a, folder, LOCK_FILE)),
                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) {
    engine_fail_hint(a, error, STR("choose another `path` in profiles.yml"),
                     "cannot write in the data folder %s: %s", folder, strerror(errno));
    return FOLDER_FAILED;
  }
  if (flock(fd, LOCK_EX | LOCK_NB)) {
    fail_locked(a, error, folder, fd);
    close(fd);
    return FOLDER_OTHERS;
  }
  process.lock_fd = fd;
  process.socket = sharing ? open_socket(folder) : -1;
  if (say_who(fd, process.socket >= 0))
    return FOLDER_MINE;
  engine_fail(a, error, STR(""), "cannot write in the data folder %s: %s", folder, strerror(errno));
  end_sharing(folder);
  close(fd);
  process.lock_fd = -1;
  return FOLDER_FAILED;
}

// process.lock is held.
static FolderAnswer enter(Arena *a, const char *real, DbError *error) {
  if (process.folder) {
    if (strcmp(process.folder, real) == 0)
      return FOLDER_MINE;
    engine_fail(a, error, STR(""),
                "the embedded ClickHouse holds one data folder at a time: %s is open, %s cannot be "
                "opened",
                process.folder, real);
    return FOLDER_FAILED;
  }
  FolderAnswer answer = lock_folder(a, real, error);
  if (answer == FOLDER_OTHERS)
    atomic_store(&process.met, true);
  if (answer != FOLDER_MINE)
    return answer;
  process.folder = memory_must(strdup(real));
  atomic_store(&process.alone, !atomic_load(&process.met));
  return FOLDER_MINE;
}

FolderAnswer data_folder_enter(Arena *a, Str path, const char **real, DbError *error) {
  if (!make_folders(a, path)) {
    engine_fail_hint(a, error, STR("choose another `path` in profiles.yml"),
                     "cannot make the data folder %.*s: %s", STR_ARG(path), strerror(errno));
    return FOLDER_FAILED;
  }
  char *found = realpath(str_cstr(a, path), NULL);
  if (!found) {
    engine_fail(a, error, STR(""), "cannot open the data folder %.*s: %s", STR_ARG(path),
                strerror(errno));
    return FOLDER_FAILED;
  }
  *real = str_cstr(a, str_c(found));
  free(found);
  pthread_mutex_lock(&process.lock);
  FolderAnswer answer = enter(a, *real, error);
  process.users += answer == FOLDER_MINE;
  pthread_mutex_unlock(&process.lock);
  return answer;
}

void data_folder_opened(const Target *t) {
  pthread_mutex_lock(&process.lock);
  if (process.socket >= 0)
    process.sharing = sharing->begin(t, process.folder, process.socket);
  process.socket = -1;
  pthread_mutex_unlock(&process.lock);
}

void data_folder_share_no_more(void) {
  pthread_mutex_lock(&process.lock);
  if (process.folder)
    end_sharing(process.folder);
  pthread_mutex_unlock(&process.lock);
}

void data_folder_leave(void (*closed)(void *data, size_t left), void *data) {
  pthread_mutex_lock(&process.lock);
  if (process.users == 1)
    end_sharing(process.folder);
  closed(data, --process.users);
  if (!process.users) {
    close(process.lock_fd); // gives the lock back
    process.lock_fd = -1;
    atomic_store(&process.met, true);
    free(process.folder);
    process.folder = NULL;
  }
  pthread_mutex_unlock(&process.lock);
}

bool data_folder_was_alone(void) { return atomic_load(&process.alone); }

void data_folder_has_guests(void) { atomic_store(&process.alone, false); }
