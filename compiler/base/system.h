// What is not the same on Linux with glibc, Linux with musl and macOS, in one place: other files
// are written once, to POSIX, and ask here for the rest. Every function can be called from any
// thread.
#ifndef STARC_SYSTEM_H
#define STARC_SYSTEM_H
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

// A clock that only goes forward and costs next to nothing, exact to some milliseconds; and one
// that goes on while the machine sleeps.
#ifdef __APPLE__
#define SYSTEM_CLOCK_CHEAP CLOCK_MONOTONIC_RAW_APPROX
#define SYSTEM_CLOCK_ASLEEP_TOO CLOCK_MONOTONIC
#else
#define SYSTEM_CLOCK_CHEAP CLOCK_MONOTONIC_COARSE
#define SYSTEM_CLOCK_ASLEEP_TOO CLOCK_BOOTTIME
#endif

// The path of the running program. False: it is not known, or has no room.
bool system_program(char *path, size_t room);

// Two ends of a pipe, which programs that are started do not get; room: how many bytes it should
// hold, 0: as many as usual. False: errno says why there is none.
bool system_pipe(int ends[2], size_t room);

// A file in memory, which ends with its last descriptor, of these bytes; name: for people. -1:
// errno says why there is none. Programs that are started do not get it.
int system_memory_file(const char *name, const char *bytes, size_t n);

// For a process just forked off: it gets SIGTERM when the thread that forked it ends, and ends at
// once where `parent` is gone already. Stays over exec. macOS has no such thing: nothing happens.
void system_end_with(pid_t parent);

// A folder in which a program opens its own descriptors by their numbers.
#ifdef __linux__
#define SYSTEM_FD_FOLDER "/proc/self/fd"
#else
#define SYSTEM_FD_FOLDER "/dev/fd"
#endif

// What errno's number means, in `text` or in memory that stays.
const char *system_error(int code, char *text, size_t room);

// When a file was last written to.
struct timespec system_mtime(const struct stat *st);

// Two paths change their places in one step. False: the system or the file system cannot do it.
bool system_exchange(const char *one, const char *other);

// How many processors this process may use, at least 1.
size_t system_processors(void);

// How many bytes of memory this process may come to use: the machine's, or what its control group
// is allowed where that is less. 0: not known.
uint64_t system_memory(void);

// The lowest address of the calling thread's stack, and how long the stack is in bytes. NULL: not
// known.
const char *system_stack(size_t *size);

// A wish: this memory in large pages.
void system_large_pages(void *memory, size_t size);

// A condition that is waited for on CLOCK_MONOTONIC: with the lock, until `at` at the latest.
void system_cond_init(pthread_cond_t *cond);
void system_cond_until(pthread_cond_t *cond, pthread_mutex_t *lock, struct timespec at);

// Takes one of the set's signals, which all threads block: its number; -1: none came within so many
// milliseconds (negative: waits for ever), or the wait was cut off.
int system_signal(const sigset_t *set, int ms);

// Tells that something right in a folder was made, changed, moved or removed. A descriptor that can
// be read then; -1: the system has nothing of the kind (macOS), or none to give away (errno).
int system_watch_open(void);

// Adds a folder, once more without effect. False: it cannot be watched. ENOSPC: no further folder
// can.
bool system_watch_add(int watch, const char *folder);

// Forgets what it has told so far.
void system_watch_clear(int watch);

// Whether a path lies where others may change files without this system being told: on another
// machine, or a host's folder inside a guest. False too where nobody knows.
bool system_is_remote(const char *path);

#endif
