// See share.h.
#include "share.h"

#include "../../compiler/base/memory.h"
#include "../engine/util.h"
#include "embedded.h"
#include "serve.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Share {
  Arena arena;
  const Target *target;
  const char *folder;
  int socket;
  Bell ends;
  pthread_t thread; // waits for the first who comes
  ServeUser user;
  ServeAccess access;
  const ServeBackend *backend; // of who came; NULL: nobody did
  Serve *serve;
} Share;

static struct {
  bool (*ask)(void *data, unsigned running, double seconds);
  void *data;
} stops;

void serve_share_stops(bool (*ask)(void *data, unsigned running, double seconds), void *data) {
  stops.ask = ask;
  stops.data = data;
}

// The web server is loaded when it is needed, which it mostly is not.
static bool let_in(Share *s) {
  DbError error = {.at = -1};
  data_folder_has_guests();
  s->user = (ServeUser){.name = STR("default"), .trusted = true};
  s->access = (ServeAccess){.users = &s->user, .nusers = 1};
  s->backend = serve_embedded_share(&s->arena, s->target, s->folder);
  ServeOptions options = {.backend = s->backend};
  s->serve = s->backend ? serve_start(&options, &s->arena, &error) : NULL;
  ServeListener listener = {
      .fd = s->socket, .access = &s->access, .host = STR("localhost"), .ours = true};
  return s->serve && serve_listen(s->serve, &listener, &s->arena, &error);
}

// Where it cannot be done the socket is closed, and others wait for the folder.
static void *wait_main(void *data) {
  Share *s = data;
  struct pollfd at[] = {
      {.fd = s->socket,  .events = POLLIN},
      {.fd = s->ends.fd, .events = POLLIN}
  };
  while (poll(at, 2, -1) < 0)
    ;
  if (!at[1].revents && let_in(s))
    s->socket = -1; // the server's
  else
    close(s->socket);
  return NULL;
}

static void *begin(const Target *t, const char *folder, int socket) {
  Share *s = memory_must(calloc(1, sizeof *s));
  s->target = t;
  s->folder = str_cstr(&s->arena, str_c(folder));
  s->socket = socket;
  bool bell = bell_open(&s->ends);
  if (bell && pthread_create(&s->thread, NULL, wait_main, s) == 0)
    return s;
  if (bell)
    bell_close(&s->ends);
  close(socket);
  arena_free(&s->arena);
  free(s);
  return NULL;
}

// Until all that others asked for is done, or is to be stopped.
static void drain(Serve *s) {
  static const double TICK_S = 0.02;
  double from = engine_now();
  serve_ending(s);
  for (unsigned n; (n = serve_running(s)) > 0;) {
    if (stops.ask && stops.ask(stops.data, n, engine_now() - from))
      return;
    serve_await(s, TICK_S);
  }
}

static void end(void *data) {
  Share *s = data;
  bell_ring(&s->ends);
  pthread_join(s->thread, NULL);
  if (s->serve) {
    drain(s->serve);
    serve_stop(s->serve, 0, NULL);
  }
  if (s->backend)
    serve_embedded_close(s->backend);
  bell_close(&s->ends);
  arena_free(&s->arena);
  free(s);
}

const FolderSharing serve_sharing = {.begin = begin, .end = end};
