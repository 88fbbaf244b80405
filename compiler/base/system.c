// In: what the callers want of the system. Out: the same on each; where a system cannot do a thing,
// what comes closest, or the word that it cannot. Nothing else in the program asks which one it is.
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#else
#include <linux/fs.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#endif

const char *system_error(int code, char *text, size_t room) {
#ifdef __GLIBC__
  return strerror_r(code, text, room);
#else
  if (strerror_r(code, text, room) != 0)
    snprintf(text, room, "error %d", code);
  return text;
#endif
}

static uint64_t machine_memory(void) {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

#ifdef __APPLE__

bool system_program(char *path, size_t room) {
  uint32_t n = (uint32_t)room;
  return _NSGetExecutablePath(path, &n) == 0;
}

bool system_pipe(int ends[2], size_t room) {
  (void)room;
  if (pipe(ends) != 0)
    return false;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return true;
}

static int memory_file(const char *name) {
  (void)name;
  char path[] = "/tmp/starc.XXXXXX";
  int fd = mkstemp(path);
  if (fd >= 0) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    unlink(path);
  }
  return fd;
}

void system_end_with(pid_t parent) { (void)parent; }

struct timespec system_mtime(const struct stat *st) {
  return st->st_mtimespec;
}

bool system_exchange(const char *one, const char *other) {
  return renamex_np(one, other, RENAME_SWAP) == 0;
}

size_t system_processors(void) {
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (size_t)online : 1;
}

uint64_t system_memory(void) { return machine_memory(); }

const char *system_stack(size_t *size) {
  const char *highest = pthread_get_stackaddr_np(pthread_self());
  *size = pthread_get_stacksize_np(pthread_self());
  return highest - *size;
}

void system_large_pages(void *memory, size_t size) {
  (void)memory;
  (void)size;
}

void system_cond_init(pthread_cond_t *cond) { pthread_cond_init(cond, NULL); }

void system_cond_until(pthread_cond_t *cond, pthread_mutex_t *lock, struct timespec at) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct timespec left = {at.tv_sec - now.tv_sec, at.tv_nsec - now.tv_nsec};
  if (left.tv_nsec < 0) {
    left.tv_sec--;
    left.tv_nsec += 1000000000;
  }
  if (left.tv_sec < 0)
    left = (struct timespec){0};
  pthread_cond_timedwait_relative_np(cond, lock, &left);
}

// There is no wait with an end: it looks every few milliseconds.
int system_signal(const sigset_t *set, int ms) {
  enum { STEP_MS = 20 };
  const struct timespec step = {0, STEP_MS * 1000000};
  int got;
  for (int waited = 0; ms >= 0; waited += STEP_MS) {
    sigset_t came;
    bool any = false;
    sigpending(&came);
    for (int s = 1; s < NSIG && !any; s++)
      any = sigismember(set, s) == 1 && sigismember(&came, s) == 1;
    if (any)
      break;
    if (waited >= ms)
      return -1;
    nanosleep(&step, NULL);
  }
  return sigwait(set, &got) == 0 ? got : -1;
}

int system_watch_open(void) {
  errno = ENOSYS;
  return -1;
}

bool system_watch_add(int watch, const char *folder) {
  (void)watch, (void)folder;
  return false;
}

void system_watch_clear(int watch) { (void)watch; }

bool system_is_remote(const char *path) {
  (void)path;
  return false;
}

#else

bool system_program(char *path, size_t room) {
  ssize_t n = readlink("/proc/self/exe", path, room);
  if (n <= 0 || (size_t)n == room)
    return false;
  path[n] = 0;
  return true;
}

bool system_pipe(int ends[2], size_t room) {
  if (pipe2(ends, O_CLOEXEC) != 0)
    return false;
  if (room)
    fcntl(ends[0], F_SETPIPE_SZ, (int)room); // as it is where that is not allowed
  return true;
}

static int memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

void system_end_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent)
    _exit(128 + SIGTERM);
}

struct timespec system_mtime(const struct stat *st) {
  return st->st_mtim;
}

// By number: not each C library has a function for it.
bool system_exchange(const char *one, const char *other) {
  return syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0;
}

size_t system_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return (size_t)CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (size_t)online : 1;
}

// What a file of a control group says: a number of bytes, or "max".
static uint64_t memory_of_group(const char *path) {
  char text[32] = "";
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 0;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  return n > 0 ? strtoull(text, NULL, 10) : 0;
}

// The groups above this process's own limit it, too. Inside a container its own is all it sees.
static uint64_t least_of_groups(char *path, const char *file) {
  static const char root[] = "/sys/fs/cgroup";
  uint64_t least = 0;
  for (;;) {
    size_t n = strlen(path);
    strcat(path, file);
    uint64_t most = memory_of_group(path);
    if (most && (!least || most < least))
      least = most;
    path[n] = 0;
    char *slash = strrchr(path, '/');
    if (n <= sizeof root - 1 || !slash)
      return least;
    *slash = 0;
  }
}

// "0::/user.slice/x": the process's place in the one tree of groups of version 2.
static uint64_t memory_of_groups(void) {
  char line[2048], path[4096];
  uint64_t least = memory_of_group("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  FILE *file = fopen("/proc/self/cgroup", "re");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "0::", 3) != 0)
      continue;
    snprintf(path, sizeof path - 32, "/sys/fs/cgroup%s", line + 3);
    uint64_t most = least_of_groups(path, "/memory.max");
    if (most && (!least || most < least))
      least = most;
  }
  if (file)
    fclose(file);
  return least;
}

uint64_t system_memory(void) {
  uint64_t machine = machine_memory(), group = memory_of_groups();
  return group && (!machine || group < machine) ? group : machine;
}

const char *system_stack(size_t *size) {
  pthread_attr_t attr;
  void *lowest = NULL;
  if (pthread_getattr_np(pthread_self(), &attr) != 0)
    return NULL;
  if (pthread_attr_getstack(&attr, &lowest, size) != 0)
    lowest = NULL;
  pthread_attr_destroy(&attr);
  return lowest;
}

void system_large_pages(void *memory, size_t size) { (void)madvise(memory, size, MADV_HUGEPAGE); }

void system_cond_init(pthread_cond_t *cond) {
  pthread_condattr_t clock;
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_cond_init(cond, &clock);
  pthread_condattr_destroy(&clock);
}

void system_cond_until(pthread_cond_t *cond, pthread_mutex_t *lock, struct timespec at) {
  pthread_cond_timedwait(cond, lock, &at);
}

int system_signal(const sigset_t *set, int ms) {
  const struct timespec most = {ms / 1000, ms % 1000 * 1000000L};
  return ms < 0 ? sigwaitinfo(set, NULL) : sigtimedwait(set, NULL, &most);
}

int system_watch_open(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

bool system_watch_add(int watch, const char *folder) {
  return inotify_add_watch(watch, folder,
                           IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE |
                               IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                               IN_ONLYDIR) >= 0;
}

void system_watch_clear(int watch) {
  char events[4096];
  while (read(watch, events, sizeof events) > 0)
    ;
}

// By the numbers that statfs(2) lists: NFS, SMB in three versions, 9P, FUSE (sshfs, and what
// virtual machines share their host's folders by), Ceph, AFS, VirtualBox, Coda, Lustre.
bool system_is_remote(const char *path) {
  static const uint32_t kinds[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42,
                                   0x01021997, 0x65735546, 0x00c36400, 0x5346414f,
                                   0x786f4256, 0x73757245, 0x0bd00bd0};
  struct statfs fs;
  if (statfs(path, &fs) != 0)
    return false;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if ((uint32_t)fs.f_type == kinds[i])
      return true;
  return false;
}

#endif

int system_memory_file(const char *name, const char *bytes, size_t n) {
  int fd = memory_file(name);
  for (ssize_t put; fd >= 0 && n; bytes += put, n -= (size_t)put) {
    put = write(fd, bytes, n);
    if (put < 0 && errno != EINTR) {
      close(fd);
      return -1;
    }
    put = put < 0 ? 0 : put;
  }
  return fd;
}
