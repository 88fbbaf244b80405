// See child.h.
#include "child.h"
#include "../../compiler/base/buf.h"
#include "../../compiler/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool child_run(Arena *a, char *const *argv, char **env, Str *said, bool *missing) {
  int out[2];
  if (!system_pipe(out, 0)) {
    *said = str_c(strerror(errno));
    return false;
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out[1], 1);
  posix_spawn_file_actions_adddup2(&files, out[1], 2);
  pid_t pid;
  int failed = posix_spawnp(&pid, argv[0], &files, NULL, argv, env);
  posix_spawn_file_actions_destroy(&files);
  close(out[1]);
  Buf b = {.arena = a};
  int status = -1;
  if (!failed) {
    char block[4096];
    for (ssize_t got; (got = read(out[0], block, sizeof block)) > 0 || (got < 0 && errno == EINTR);)
      if (got > 0 && b.len < 1 << 20)
        buf_add(&b, str_n(block, (size_t)got));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
      ;
  }
  close(out[0]);
  *missing = failed == ENOENT || (WIFEXITED(status) && WEXITSTATUS(status) == 127);
  *said = str_trim(buf_str(&b));
  return !failed && status == 0;
}
