// docs serve: the target folder over HTTP.
#include "../../compiler/base/fs.h"
#include "../docs/server.h"
#include "../run/files.h"
#include "../run/run.h"
#include "task.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// Opens the page in the desktop's browser, where there is a desktop and somebody looks.
static void open_browser(const char *url) {
  if (!isatty(STDOUT_FILENO) || (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY")))
    return;
  pid_t child;
  char *words[] = {(char[]){"xdg-open"}, (char *)(uintptr_t)url, NULL};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (!posix_spawnp(&child, words[0], &quiet, NULL, words, environ))
    waitpid(child, NULL, 0);
  posix_spawn_file_actions_destroy(&quiet);
}

static int serve(Run *r) {
  Arena *a = &r->arena;
  const RunOptions *o = r->options;
  Str page = fs_join(a, r->project->target_dir, STR("index.html"));
  if (!fs_exists(page)) {
    Diag *d =
        diag_error(&r->diags, CODE_DOCS_SERVER,
                   str_fmt(a, "%.*s/index.html", STR_ARG(r->target_shown)), "there is no page yet");
    diag_hint(&r->diags, d, "`starc docs generate` makes it");
  } else if (o->port < 0 || o->port > 65535) {
    diag_error(&r->diags, CODE_OPTION_VALUE, STR("--port"), "must be between 0 and 65535, not %lld",
               (long long)o->port);
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, NULL); // before the server's thread starts
  DocsServer *server =
      r->diags.errors ? NULL
                      : docs_server_start(a, r->project->target_dir, o->host, o->port, &r->diags);
  if (!run_report(r) || !server)
    return EXIT_USAGE;
  bool everywhere = str_is(o->host, "0.0.0.0") || str_is(o->host, "::");
  bool bracket = !everywhere && str_find(o->host, STR(":"), 0) >= 0;
  Str host = everywhere ? STR("localhost") : o->host;
  char *url = str_cstr(a, str_fmt(a, "http://%s%.*s%s:%u", bracket ? "[" : "", STR_ARG(host),
                                  bracket ? "]" : "", docs_server_port(server)));
  run_print(r, str_fmt(a,
                       "Serving docs at %u\nTo access from your browser, navigate to: %s\n"
                       "Press Ctrl+C to exit.\n",
                       docs_server_port(server), url));
  if (o->browser)
    open_browser(url);
  int got;
  sigwait(&ends, &got);
  docs_server_stop(server);
  return EXIT_GOOD;
}

int task_docs_serve(RunOptions *o, Reporter *report) { return run_task(o, report, serve); }
