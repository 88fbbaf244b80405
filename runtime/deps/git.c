// Packages out of git repositories, by the git program: one commit is fetched, without its history
// and without leaving the URL (which may hold a token) in the folder.
#include "internal.h"

#include "../../compiler/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// The environment for git: it must not ask for a password that nobody can type.
static char **git_env(Arena *a) {
  size_t n = 0, kept = 0;
  while (environ[n])
    n++;
  char **env = arena_array(a, char *, n + 3);
  for (size_t i = 0; i < n; i++)
    if (!str_starts(str_c(environ[i]), STR("GIT_DIR=")) &&
        !str_starts(str_c(environ[i]), STR("GIT_WORK_TREE=")) &&
        !str_starts(str_c(environ[i]), STR("GIT_INDEX_FILE=")) &&
        !str_starts(str_c(environ[i]), STR("LC_ALL=")))
      env[kept++] = environ[i];
  if (!getenv("GIT_TERMINAL_PROMPT"))
    env[kept++] = str_cstr(a, STR("GIT_TERMINAL_PROMPT=0"));
  env[kept++] = str_cstr(a, STR("LC_ALL=C"));
  env[kept] = NULL;
  return env;
}

// Runs git in a folder. Its two outputs come back as one text. False: it failed; `*missing`: it
// could not be started.
static bool git(Deps *d, Str dir, const char *const *words, Str *said, bool *missing) {
  char *argv[16];
  size_t n = 0;
  argv[n++] = str_cstr(d->a, STR("git"));
  argv[n++] = str_cstr(d->a, STR("-C"));
  argv[n++] = str_cstr(d->a, dir);
  while (*words && n < 15)
    argv[n++] = str_cstr(d->a, str_c(*words++));
  argv[n] = NULL;
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) {
    *said = str_c(strerror(errno));
    return false;
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out[1], 1);
  posix_spawn_file_actions_adddup2(&files, out[1], 2);
  pid_t pid;
  int failed = posix_spawnp(&pid, "git", &files, NULL, argv, git_env(d->a));
  posix_spawn_file_actions_destroy(&files);
  close(out[1]);
  Buf b = {.arena = d->a};
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

static bool git_failed(Deps *d, const Require *r, Str revision, Str said, bool missing) {
  if (missing) {
    Diag *f = deps_error(d, r, CODE_PACKAGE_GIT, "the program git is needed for '%.*s'",
                         STR_ARG(url_shown(d->a, r->written)));
    diag_hint(d->diags, f, "install git");
    return false;
  }
  ptrdiff_t line = str_rfind(said, STR("\n"));
  ptrdiff_t fatal = str_find(said, STR("fatal: "), 0);
  if (fatal >= 0)
    said = str_sub(said, (size_t)fatal + 7, said.len);
  else if (line >= 0)
    said = str_sub(said, (size_t)line + 1, said.len);
  Str first = said;
  str_cut(&said, '\n', &first);
  Diag *f = deps_error(d, r, CODE_PACKAGE_GIT, "git cannot get %.*s of '%.*s': %.*s",
                       STR_ARG(revision), STR_ARG(url_shown(d->a, r->written)), STR_ARG(first));
  diag_hint(
      d->diags, f,
      "check the address, the revision and your access; or put the package's folder into %.*s "
      "by hand",
      STR_ARG(fs_basename(d->install)));
  return false;
}

bool git_checkout(Deps *d, const Require *r, Str revision, Str *folder, Str *commit) {
  Str key = str_fmt(d->a, "git %.*s %.*s", STR_ARG(r->what), STR_ARG(revision));
  Str *known = map_get(&d->fetched, key);
  if (known) {
    *folder = known[0];
    *commit = known[1];
    return true;
  }
  if (r->what.ptr[0] == '-' || (revision.len && revision.ptr[0] == '-')) {
    deps_error(d, r, CODE_PACKAGE_GIT, "a git address or revision cannot start with '-'");
    return false;
  }
  *folder = deps_folder(d);
  if (!folder->len)
    return false;
  const char *url = str_cstr(d->a, r->what), *rev = str_cstr(d->a, revision);
  Str said;
  bool missing = false;
  if (!git(d, *folder, (const char *const[]){"init", "-q", NULL}, &said, &missing) ||
      !git(d, *folder,
           (const char *const[]){"fetch", "-q", "--depth", "1", "--no-tags", "--", url, rev, NULL},
           &said, &missing) ||
      !git(d, *folder, (const char *const[]){"checkout", "-q", "--detach", "FETCH_HEAD", NULL},
           &said, &missing) ||
      !git(d, *folder, (const char *const[]){"rev-parse", "HEAD", NULL}, commit, &missing))
    return git_failed(d, r, revision, said, missing);
  Str *both = arena_array(d->a, Str, 2);
  both[0] = *folder;
  both[1] = *commit = str_dup(d->a, *commit);
  map_put(d->a, &d->fetched, key, both);
  map_put(d->a, &d->fetched, str_fmt(d->a, "git %.*s %.*s", STR_ARG(r->what), STR_ARG(*commit)),
          both);
  return fs_remove(fs_join(d->a, *folder, STR(".git")), d->diags);
}
