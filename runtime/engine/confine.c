// See confine.h. The kernel takes its three calls by number only: the C library has no functions.
// On other systems than Linux no thread can be limited.
#include "confine.h"

#include "../../compiler/base/arena.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

// The first interface by which files can be moved from one folder to another.
enum { LEAST_ABI = 2 };

// Rights by the interface that brought them. TRUNCATE came with the third one.
static const uint64_t truncates = 1ull << 14;
static const uint64_t reads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t writes = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                               LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                               LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |
                               LANDLOCK_ACCESS_FS_REFER;
static const uint64_t nobodys = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                LANDLOCK_ACCESS_FS_MAKE_BLOCK;
// What can be said of a single file.
static const uint64_t of_files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

static long interface(void) {
  return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t newer(void) { return interface() > LEAST_ABI ? truncates : 0; }

bool confine_possible(void) { return interface() >= LEAST_ABI; }

int confine_new(void) {
  if (!confine_possible())
    return -1;
  struct landlock_ruleset_attr all = {.handled_access_fs = reads | writes | nobodys | newer()};
  return (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
}

static void allow(int rules, int fd, ConfineRights rights) {
  struct stat st;
  if (fd < 0)
    return;
  struct landlock_path_beneath_attr rule = {.allowed_access = reads, .parent_fd = fd};
  if (rights == CONFINE_WRITE)
    rule.allowed_access |= writes | newer();
  if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
    rule.allowed_access &= of_files | newer();
  syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(fd);
}

void confine_allow(int rules, const char *path, ConfineRights rights) {
  allow(rules, open(path, O_PATH | O_CLOEXEC), rights);
}

void confine_allow_inner(int rules, const char *folder, ConfineRights rights) {
  DIR *dir = opendir(folder);
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (e->d_name[0] != '.')
      allow(rules, openat(dirfd(dir), e->d_name, O_PATH | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY),
            rights);
  if (dir)
    closedir(dir);
}

void confine_allow_system(int rules) {
  static const char *const read[] = {
      "/usr",
      "/lib",
      "/lib64",
      "/etc/ld.so.cache",
      "/etc/ssl",
      "/etc/pki",
      "/etc/ca-certificates",
      "/etc/hosts",
      "/etc/host.conf",
      "/etc/resolv.conf",
      "/etc/nsswitch.conf",
      "/etc/gai.conf",
      "/etc/services",
      "/etc/localtime",
      "/etc/timezone",
      "/proc/cpuinfo",
      "/proc/meminfo",
      "/proc/stat",
      "/proc/loadavg",
      "/proc/uptime",
      "/proc/self/cgroup",
      "/proc/self/stat",
      "/proc/self/statm",
      "/proc/self/status",
      "/proc/sys/vm",
      "/sys/devices/system",
      "/sys/fs/cgroup",
      "/dev/random",
      "/dev/urandom",
      "/dev/zero",
  };
  for (size_t i = 0; i < COUNT(read); i++)
    confine_allow(rules, read[i], CONFINE_READ);
  confine_allow(rules, "/dev/null", CONFINE_WRITE);
}

// The kernel wants to know first that no program gets more rights by being started.
bool confine_enter(int rules) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

#else

bool confine_possible(void) { return false; }
int confine_new(void) { return -1; }
void confine_allow(int rules, const char *path, ConfineRights rights) {
  (void)rules;
  (void)path;
  (void)rights;
}
void confine_allow_inner(int rules, const char *folder, ConfineRights rights) {
  confine_allow(rules, folder, rights);
}
void confine_allow_system(int rules) { (void)rules; }
bool confine_enter(int rules) { return rules < 0; }

#endif
