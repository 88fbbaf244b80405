// See child.h.
#include "child.h"
#include "../../compiler/base/buf.h"
#include "../../compiler/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// In the child: becomes the program, or ends as a shell would.
_Noreturn static void become(pid_t parent, char *const *argv, char **env, const int ends[2]) {
  system_end_with(parent);
  int none = open("/dev/null", O_RDONLY);
  if (none >= 0)
    dup2(none, 0);
  if (ends[0] == 1) // starc itself was started without one
    fcntl(1, F_SETFD, 0);
  if (dup2(ends[0], 1) < 0 || dup2(ends[1], 2) < 0)
    _exit(126);
  environ = env;
  execvp(argv[0], argv);
  _exit(errno == ENOENT ? 127 : 126);
}

// Both pipes until both are closed: a child that fills one that nobody reads would wait for ever.
static void read_both(struct pollfd pipes[2], Buf texts[2]) {
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (poll(pipes, 2, -1) < 0 && errno != EINTR)
      return;
    for (int i = 0; i < 2; i++) {
      char block[4096];
      if (pipes[i].fd < 0 || !pipes[i].revents)
        continue;
      ssize_t got = read(pipes[i].fd, block, sizeof block);
      if (got > 0 && texts[i].len < 1 << 20)
        buf_add(&texts[i], str_n(block, (size_t)got));
      if (got == 0 || (got < 0 && errno != EINTR))
        pipes[i].fd = -1; // poll leaves it out
    }
  }
}

static pid_t start(char *const *argv, char **env, const int ends[2]) {
  pid_t parent = getpid(), pid = fork();
  if (pid == 0)
    become(parent, argv, env, ends);
  return pid;
}

bool child_run(Arena *a, char *const *argv, char **env, Str *said, bool *missing) {
  int out[2] = {-1, -1}, err[2], status = -1;
  *missing = false;
  if (!system_pipe(out, 0) || !system_pipe(err, 0)) {
    *said = str_c(strerror(errno));
    if (out[0] >= 0) {
      close(out[0]);
      close(out[1]);
    }
    return false;
  }
  pid_t pid = start(argv, env, (const int[]){out[1], err[1]});
  int why = errno;
  close(out[1]);
  close(err[1]);
  Buf texts[2] = {{.arena = a}, {.arena = a}};
  if (pid > 0) {
    read_both(
        (struct pollfd[]){
            {.fd = out[0], .events = POLLIN},
            {.fd = err[0], .events = POLLIN}
    },
        texts);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
      ;
  } else {
    buf_add(&texts[1], str_c(strerror(why)));
  }
  close(out[0]);
  close(err[0]);
  *missing = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127;
  bool good = pid > 0 && status == 0;
  Str words = str_trim(buf_str(&texts[0])), complaint = str_trim(buf_str(&texts[1]));
  *said = !good && complaint.len ? complaint : words;
  return good;
}
