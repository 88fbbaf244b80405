// serve: the embedded warehouse over ClickHouse's HTTP interface.
#include "../serve/serve.h"
#include "../../compiler/base/system.h"
#include "../docs/files.h"
#include "../run/files.h"
#include "../run/run.h"
#include "../run/warehouse.h"
#include "../serve/embedded.h"
#include "../serve/listen.h"
#include "../serve/log.h"
#include "../serve/share.h"
#include "serve_users.h"
#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

// How many seconds queries have to end, once the server is to end.
enum { DRAIN_S = 30 };

typedef struct Service {
  Run *run;
  ServeWho who;
  ServeLog log; // where --query-log asks for it
  const ServeBackend *backend;
  Serve *serve;
  const char *pages; // the folder with the project's page
  int fd;
  sigset_t ends;    // the signals that end it
  sigset_t signals; // those, and SIGHUP where files are read again
  bool terminal;    // it began at one
  bool ended;       // by one of them, before it began
} Service;

// --- before it starts

// Browsers let a page say who asks, so an origin is what they say: a scheme, a host, a port.
static void check_origins(Run *r) {
  const RunOptions *o = r->options;
  for (size_t i = 0; i < o->origins.n; i++) {
    Str origin = o->origins.items[i];
    ptrdiff_t colon = str_find(origin, STR("://"), 0);
    Str rest = colon > 0 ? str_sub(origin, (size_t)colon + 3, origin.len) : (Str){0};
    bool any = str_is(origin, "*");
    if (any && o->no_password)
      diag_error(
          &r->diags, CODE_SERVE, STR("--allow-origin"),
          "without a password, pages of every site that somebody here looks at could read the "
          "warehouse");
    if (any || (rest.len && !memchr(rest.ptr, '/', rest.len)))
      continue;
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--allow-origin"), "'%.*s' is no origin",
                         STR_ARG(origin));
    diag_hint(&r->diags, d, "a scheme and a host, and no path: https://app.example.com");
  }
}

static void check_options(Run *r) {
  check_origins(r);
  const RunOptions *o = r->options;
  const Target *t = r->project->target;
  if (o->port < 0 || o->port > 65535)
    diag_error(&r->diags, CODE_OPTION_VALUE, STR("--port"), "must be between 0 and 65535, not %lld",
               (long long)o->port);
  if (!t->inside) {
    Diag *d =
        diag_error(&r->diags, CODE_SERVE, STR("serve"),
                   "target %.*s is a server, which its clients ask themselves", STR_ARG(t->name));
    diag_hint(&r->diags, d,
              "serve is for a target with `driver: embedded`: --target names one, "
              "--embedded takes the project's own");
  }
}

// The library has signals of its own kind; ours are taken by system_signal alone.
static void block_signals(sigset_t *ends) {
  sigemptyset(ends);
  sigaddset(ends, SIGINT);
  sigaddset(ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, ends, NULL); // before the first thread starts
  signal(SIGPIPE, SIG_IGN); // a pipe or a client that is gone is an error to who writes
}

static bool has_terminal(void) {
  int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static bool open_socket(Service *s, Arena *a) {
  Run *r = s->run;
  const RunOptions *o = r->options;
  s->fd = listen_open(a, o->host, o->port, "--bind", CODE_SERVE, &r->diags);
  if (s->fd < 0 || listen_is_local(s->fd) || !o->no_password)
    return s->fd >= 0;
  Diag *d = diag_error(&r->diags, CODE_SERVE, STR("--bind"),
                       "without a password only this machine may be let in, and %.*s is reached by "
                       "others",
                       STR_ARG(o->host));
  diag_hint(&r->diags, d, "leave out --no-password");
  close(s->fd);
  return false;
}

// Whether who has the folder serves it, which has no end that is to be waited for.
static bool is_served(Service *s, Arena *a) {
  char *real = realpath(
      str_cstr(a, target_str(s->run->project->target, STR("path"), STR(".starc/warehouse"))), NULL);
  bool served = real && str_ends(data_folder_holder(a, real), STR(" serve)"));
  free(real);
  return served;
}

// The engine of a process that has the folder cannot be given the rights of clients: its end is
// waited for, and nobody can come meanwhile. False: *error, or a signal came.
static bool open_warehouse(Service *s, Arena *a, DbError *error) {
  enum { PAUSE_MS = 200 };
  Run *r = s->run;
  ServeEmbedded how = {.rights = s->who.users.rights, .project_files = r->options->project_files};
  for (bool told = false;; told = true) {
    *error = (DbError){.at = -1};
    s->backend = serve_embedded_open(a, r->project->target, &how, error);
    if (s->backend || !error->taken || is_served(s, a))
      return s->backend;
    if (s->fd >= 0)
      close(s->fd);
    s->fd = -1;
    if (!told)
      run_tell(r, (Event){.kind = EV_LockWaiting, .level = LEVEL_WARN}, "waits: %.*s",
               STR_ARG(error->message));
    s->ended = system_signal(&s->ends, PAUSE_MS) > 0;
    if (s->ended)
      return false;
  }
}

// The page of the project, as docs generate left it last: the folder need not be there yet.
static int give_page(void *data, struct MHD_Connection *connection, const char *address) {
  const Service *s = data;
  char root[PATH_MAX];
  if (!realpath(s->pages, root))
    *root = '\0'; // then there is no page
  return docs_files_give(&(DocsFiles){.root = root, .page_only = true}, connection, address);
}

static bool start(Service *s, Arena *a) {
  Run *r = s->run;
  DbError error = {.at = -1};
  if (open_warehouse(s, a, &error) && s->fd < 0 && !open_socket(s, a)) {
    serve_embedded_close(s->backend);
    return false;
  }
  s->pages = str_cstr(a, r->project->target_dir);
  ServeOptions options = {
      .backend = s->backend,
      .log = r->options->query_log.len ? serve_log_query : NULL,
      .log_data = &s->log,
      .origins = r->options->origins.items,
      .norigins = r->options->origins.n,
      .pages = {give_page, s}
  };
  s->serve = s->backend ? serve_start(&options, a, &error) : NULL;
  ServeListener listener = {.fd = s->fd, .access = &s->who.users.access, .host = r->options->host};
  if (s->serve && serve_listen(s->serve, &listener, a, &error))
    return true;
  if (!s->ended)
    warehouse_diag(&r->diags, &error);
  if (s->fd >= 0)
    close(s->fd);
  if (s->serve)
    serve_stop(s->serve, 0, NULL);
  if (s->backend)
    serve_embedded_close(s->backend);
  return false;
}

// --- while it runs

static void tell(Service *s, Arena *a) {
  const RunOptions *o = s->run->options;
  bool everywhere = str_is(o->host, "0.0.0.0") || str_is(o->host, "::");
  bool bracket = !everywhere && str_find(o->host, STR(":"), 0) >= 0;
  Str host = everywhere ? STR("localhost") : o->host;
  run_print(
      s->run,
      str_fmt(a,
              "Serving %.*s at http://%s%.*s%s:%u (ClickHouse %.*s, %.*s)\n"
              "%.*s\nPress Ctrl+C to exit.\n",
              STR_ARG(target_str(s->run->project->target, STR("path"), STR(".starc/warehouse"))),
              bracket ? "[" : "", STR_ARG(host), bracket ? "]" : "", listen_port(s->fd),
              STR_ARG(s->backend->version), STR_ARG(s->who.may), STR_ARG(s->who.told)));
}

// SIGHUP means that files have changed, where there are any. It also comes when the terminal goes,
// which ends the process as ever.
static void block_hangup(Service *s) {
  s->signals = s->ends;
  if (!s->who.file.len && !s->run->options->query_log.len)
    return;
  sigaddset(&s->signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
  s->terminal = has_terminal();
}

static void log_failed(Service *s) {
  diag_error(&s->run->diags, CODE_SERVE, STR("--query-log"), "%.*s cannot be opened: %s",
             STR_ARG(s->run->options->query_log), strerror(errno));
}

static bool open_log(Service *s) {
  Str path = s->run->options->query_log;
  if (!path.len || serve_log_open(&s->log, path))
    return true;
  log_failed(s);
  return false;
}

static void read_again(Service *s) {
  if (s->run->options->query_log.len && !serve_log_again(&s->log)) {
    log_failed(s);
    run_report(s->run);
  }
  if (!s->who.file.len)
    return;
  const ServeAccess *access = serve_who_again(s->run, &s->who);
  if (access)
    serve_let(s->serve, access);
  bool good = run_report(s->run) && access;
  run_print(s->run, good ? s->who.told : STR("Who may come stays as it was."));
}

static void await_end(Service *s) {
  for (;;) {
    int got = system_signal(&s->signals, -1);
    if (got == SIGHUP && s->terminal == has_terminal())
      read_again(s);
    else if (got >= 0)
      return;
  }
}

typedef struct Hurry {
  sigset_t ends;
  atomic_bool hurry, over;
} Hurry;

// A second signal cuts the wait short.
static void *hurry_main(void *data) {
  enum { TICK_MS = 100 };
  Hurry *h = data;
  while (!atomic_load(&h->over))
    if (system_signal(&h->ends, TICK_MS) > 0)
      atomic_store(&h->hurry, true);
  return NULL;
}

// What other processes do here has as long as the queries of clients.
static bool hurries(void *data, unsigned running, double seconds) {
  (void)running;
  return seconds >= DRAIN_S || atomic_load(&((Hurry *)data)->hurry);
}

static void drain(Service *s) {
  Hurry h = {.ends = s->ends};
  pthread_t thread;
  unsigned running = serve_running(s->serve);
  if (running)
    run_print(s->run, str_fmt(&s->run->arena, "Ending: %u %s still %s; once more stops %s.",
                              running, running == 1 ? "query" : "queries",
                              running == 1 ? "runs" : "run", running == 1 ? "it" : "them"));
  bool watched = pthread_create(&thread, NULL, hurry_main, &h) == 0;
  serve_ending(s->serve);
  serve_share_stops(hurries, &h);
  data_folder_share_no_more();
  serve_share_stops(NULL, NULL);
  serve_stop(s->serve, DRAIN_S, &h.hurry);
  atomic_store(&h.over, true);
  if (watched)
    pthread_join(thread, NULL);
}

static int serve(Run *r) {
  Arena *a = &r->arena;
  Service s = {.run = r, .fd = -1};
  check_options(r);
  block_signals(&s.ends);
  bool runs = serve_who(r, &s.who) && !r->diags.errors;
  block_hangup(&s);
  runs = runs && open_log(&s) && open_socket(&s, a) && start(&s, a);
  if (s.ended)
    return EXIT_GOOD;
  if (!run_report(r) || !runs)
    return EXIT_USAGE;
  tell(&s, a);
  await_end(&s);
  drain(&s);
  serve_embedded_close(s.backend);
  if (r->options->query_log.len)
    serve_log_close(&s.log);
  return EXIT_GOOD;
}

int task_serve(RunOptions *o, Reporter *report) {
  return o->hash_password ? serve_hash_password(o, report) : run_task(o, report, serve);
}
