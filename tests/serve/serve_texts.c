// The HTTP of serve in front of a backend that only says texts: what can be run under sanitizers,
// which the engine cannot. usage: serve_texts [PORT [MIB [SOCKET]]]; any user is let in, and so
// much is kept of requests and answers (0: the usual). By the socket (a path) come processes of
// starc, for which it waits when it is to end. It answers
//   echo TEXT     TEXT
//   rows N        N lines; one that fails in the middle where N is odd
//   fail          an exception
//   sleep         nothing, until it is stopped
// and an INSERT with the number of bytes that came. SIGTERM ends it.
#include "compiler/base/memory.h"
#include "runtime/engine/util.h"
#include "runtime/serve/listen.h"
#include "runtime/serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct Line {
  atomic_bool stopped;
} Line;

static void *open_line(void *data, Buf *error) {
  (void)data, (void)error;
  return memory_must(calloc(1, sizeof(Line)));
}

static bool say(int into, Str text) {
  for (ssize_t put; text.len; text = str_sub(text, (size_t)put, text.len)) {
    put = write(into, text.ptr, text.len);
    if (put < 0 && errno != EINTR)
      return false;
    put = put < 0 ? 0 : put;
  }
  return true;
}

static long number(Str digits) {
  long n = 0;
  for (size_t i = 0; i < digits.len; i++)
    n = n * 10 + (digits.ptr[i] - '0');
  return n;
}

static void rows(Line *l, const ServeStatement *s, long n, ServeOutcome *outcome) {
  char line[64];
  for (long i = 0; i < n && !atomic_load(&l->stopped); i++) {
    if (n % 2 && i == n / 2) {
      buf_adds(&outcome->error, "Code: 395. DB::Exception: in the middle (FAILED)");
      return;
    }
    if (!say(s->into, str_n(line, (size_t)snprintf(line, sizeof line, "row %ld\n", i))))
      return;
  }
}

static void count_bytes(const ServeStatement *s) {
  char piece[4096], line[64];
  long total = 0;
  for (ssize_t got = 1; got > 0 || (got < 0 && errno == EINTR); total += got > 0 ? got : 0)
    got = read(s->from, piece, sizeof piece);
  say(s->into, str_n(line, (size_t)snprintf(line, sizeof line, "%ld\n", total)));
}

static void run(void *conn, const ServeStatement *s, ServeOutcome *outcome) {
  Line *l = conn;
  if (s->from >= 0)
    count_bytes(s);
  else if (str_starts(s->sql, STR("rows ")))
    rows(l, s, number(str_sub(s->sql, 5, s->sql.len)), outcome);
  else if (str_is(s->sql, "fail"))
    buf_adds(&outcome->error, "Code: 60. DB::Exception: nothing (UNKNOWN_TABLE)");
  else if (str_is(s->sql, "sleep"))
    while (!atomic_load(&l->stopped))
      usleep(10000);
  else
    say(s->into, str_starts(s->sql, STR("echo ")) ? str_sub(s->sql, 5, s->sql.len) : s->sql);
}

static void begin(void *conn) { atomic_store(&((Line *)conn)->stopped, false); }

static void stop(void *conn) { atomic_store(&((Line *)conn)->stopped, true); }

static int listen_on(const char *path) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
  bool good = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 8) == 0;
  return good ? fd : -1;
}

int main(int argc, char **argv) {
  Arena a = {0};
  Diags diags;
  DbError error = {.at = -1};
  sigset_t ends;
  diags_init(&diags);
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, NULL);
  signal(SIGPIPE, SIG_IGN);
  ServeBackend backend = {.version = STR("26.0"),
                          .timezone = STR("UTC"),
                          .open = open_line,
                          .begin = begin,
                          .run = run,
                          .stop = stop,
                          .close = free};
  ServeUser user = {.name = STR("default")};
  ServeAccess access = {.users = &user, .nusers = 1};
  ServeListener listener = {.fd = listen_open(&a, STR("127.0.0.1"), argc > 1 ? atol(argv[1]) : 0,
                                              "--bind", CODE_SERVE, &diags),
                            .access = &access};
  ServeUser process = {.name = STR("default"), .trusted = true};
  ServeAccess processes = {.users = &process, .nusers = 1};
  ServeListener ours = {
      .fd = argc > 3 ? listen_on(argv[3]) : -1, .access = &processes, .ours = true};
  static const Str origin = STR_INIT("https://page.example");
  ServeOptions options = {.backend = &backend,
                          .origins = &origin,
                          .norigins = 1,
                          .limits.held = argc > 2 ? (size_t)atol(argv[2]) << 20 : 0};
  Serve *serve = serve_start(&options, &a, &error);
  if (listener.fd < 0 || !serve || !serve_listen(serve, &listener, &a, &error) ||
      (argc > 3 && !serve_listen(serve, &ours, &a, &error)))
    return 1;
  printf("http://127.0.0.1:%u\n", listen_port(listener.fd));
  fflush(stdout);
  int got;
  sigwait(&ends, &got);
  serve_ending(serve);
  for (int i = 0; argc > 3 && i < 200 && serve_running(serve); i++)
    serve_await(serve, 0.1);
  serve_stop(serve, 1, NULL);
  diags_free(&diags);
  arena_free(&a);
  return 0;
}
