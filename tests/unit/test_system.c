// base/system: what the system does, asked for in one way. Runs on each system that the program is
// built for.
#include "compiler/base/system.h"

#include "check.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double now(clockid_t clock) {
  struct timespec t = {0};
  CHECK(clock_gettime(clock, &t) == 0);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  CHECK(f && fputs(text, f) >= 0);
  if (f)
    fclose(f);
}

static void files(const char *folder) {
  char one[128], other[128], text[8] = "";
  struct stat st = {0};
  snprintf(one, sizeof one, "%s/one", folder);
  snprintf(other, sizeof other, "%s/other", folder);
  put(one, "1");
  put(other, "2");
  if (system_exchange(one, other)) { // not on every file system
    FILE *f = fopen(one, "r");
    CHECK(f && fgets(text, sizeof text, f) && strcmp(text, "2") == 0);
    if (f)
      fclose(f);
  }
  CHECK(stat(one, &st) == 0);
  CHECK(llabs((long long)(system_mtime(&st).tv_sec - time(NULL))) < 60);
  unlink(one);
  unlink(other);
  CHECK(!system_exchange(one, other));
}

static void pipes(void) {
  int ends[2];
  char got[8] = "";
  CHECK(system_pipe(ends, 1 << 16));
  CHECK(fcntl(ends[0], F_GETFD) & FD_CLOEXEC && fcntl(ends[1], F_GETFD) & FD_CLOEXEC);
  CHECK(write(ends[1], "hello", 5) == 5 && read(ends[0], got, sizeof got) == 5);
  CHECK(memcmp(got, "hello", 5) == 0);
  char path[64];
  snprintf(path, sizeof path, SYSTEM_FD_FOLDER "/%d", ends[0]);
  CHECK(access(path, R_OK) == 0);
  close(ends[0]);
  close(ends[1]);
}

static void waits(void) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t cond;
  struct timespec at;
  system_cond_init(&cond);
  clock_gettime(CLOCK_MONOTONIC, &at);
  double from = now(CLOCK_MONOTONIC);
  at.tv_nsec += 100 * 1000 * 1000;
  at.tv_sec += at.tv_nsec / 1000000000;
  at.tv_nsec %= 1000000000;
  pthread_mutex_lock(&lock);
  system_cond_until(&cond, &lock, at);
  CHECK(now(CLOCK_MONOTONIC) - from > 0.09);
  system_cond_until(&cond, &lock, (struct timespec){0}); // long over
  pthread_mutex_unlock(&lock);
  pthread_cond_destroy(&cond);
}

static void signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  double from = now(CLOCK_MONOTONIC);
  CHECK(system_signal(&set, 100) < 0);
  CHECK(now(CLOCK_MONOTONIC) - from > 0.09);
  kill(getpid(), SIGUSR2);
  CHECK(system_signal(&set, 5000) == SIGUSR2);
  kill(getpid(), SIGUSR1);
  CHECK(system_signal(&set, -1) == SIGUSR1);
}

int main(void) {
  char path[4096], text[128], folder[] = "/tmp/starc-system-XXXXXX";
  size_t size = 0;
  CHECK(system_program(path, sizeof path) && access(path, X_OK) == 0);
  CHECK(!system_program(path, 3));
  CHECK(strcmp(system_error(2, text, sizeof text), "No such file or directory") == 0);
  CHECK(system_processors() >= 1);
  const char *lowest = system_stack(&size), *here = __builtin_frame_address(0);
  CHECK(!lowest || (here > lowest && here < lowest + size));
  CHECK(now(SYSTEM_CLOCK_CHEAP) > 0 && now(SYSTEM_CLOCK_ASLEEP_TOO) > 0);
  CHECK(mkdtemp(folder) != NULL);
  files(folder);
  rmdir(folder);
  pipes();
  waits();
  signals();
  return check_done();
}
