// See serve.h: sockets, connections, start and end. A request is query.c's.
#include "inner.h"

#include "../../compiler/base/memory.h"
#include "../engine/util.h"

#include <stdlib.h>
#include <unistd.h>

enum { HEADERS_MOST = 1 << 20 };
enum { CONNECTIONS = 1024, QUERIES = 32, BODY_MOST = 256 << 20, HELD_MOST = 1 << 30 };
// Seconds: to ask for something; to send the body; without a byte.
enum { ASK_S = 30, BODY_S = 600, SILENT_S = 30 };

unsigned serve_running(Serve *s) { return line_running(&s->line); }

void serve_await(Serve *s, double seconds) { line_await(&s->line, seconds, NULL); }

void serve_let(Serve *s, const ServeAccess *access) {
  for (Port *p = s->ports; p; p = p->next)
    if (!p->listener.ours)
      atomic_store(&p->access, access);
}

// --- requests

static void completed(void *data, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode how) {
  (void)how;
  Port *port = data;
  query_free(*state);
  *state = NULL;
  clients_asks(&port->clients, connection);
}

static enum MHD_Result handle(void *data, struct MHD_Connection *c, const char *path,
                              const char *method, const char *version, const char *body,
                              size_t *body_len, void **state) {
  (void)version;
  Port *port = data;
  if (!*state) {
    *state = query_new(port, c, method);
    clients_allow(&port->clients, c, port->listener.ours ? -1 : BODY_S);
    return query_begin(*state, path, method);
  }
  if (!*body_len)
    return query_answer(*state);
  query_body(*state, str_n(body, *body_len));
  *body_len = 0;
  return MHD_YES;
}

// --- start and stop

Serve *serve_start(const ServeOptions *options, Arena *a, DbError *error) {
  if (!mhd_load(a, error))
    return NULL;
  Serve *s = memory_must(calloc(1, sizeof *s));
  s->options = *options;
  ServeLimits *limits = &s->options.limits;
  limits->connections = limits->connections ? limits->connections : CONNECTIONS;
  limits->queries = limits->queries ? limits->queries : QUERIES;
  limits->body = limits->body ? limits->body : BODY_MOST;
  limits->held = limits->held ? limits->held : HELD_MOST;
  serve_sessions_init(&s->sessions, options->backend);
  pthread_mutex_init(&s->exchanges.lock, NULL);
  line_init(&s->line, limits->queries);
  return s;
}

bool serve_listen(Serve *s, const ServeListener *listener, Arena *a, DbError *error) {
  enum { STACK = 256 * 1024 };
  Port *p = memory_must(calloc(1, sizeof *p));
  p->serve = s;
  p->listener = *listener;
  atomic_init(&p->access, listener->access);
  bool cuts = clients_start(&p->clients, number_or_test(ASK_S, "STARC_TEST_ASK"));
  if (cuts)
    p->daemon = mhd.MHD_start_daemon(
        MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
            MHD_USE_ITC,
        0, NULL, NULL, handle, p, MHD_OPTION_LISTEN_SOCKET, listener->fd,
        MHD_OPTION_CONNECTION_TIMEOUT, listener->ours ? 0U : (unsigned)SILENT_S,
        MHD_OPTION_CONNECTION_LIMIT, s->options.limits.connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MOST, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)STACK, MHD_OPTION_NOTIFY_CONNECTION, clients_event, (void *)&p->clients,
        MHD_OPTION_NOTIFY_COMPLETED, completed, (void *)p, MHD_OPTION_END);
  if (!p->daemon) {
    if (cuts)
      clients_end(&p->clients);
    free(p);
    return engine_fail(a, error, STR(""), "the web server does not start");
  }
  p->next = s->ports;
  s->ports = p;
  return true;
}

void serve_ending(Serve *s) {
  for (Port *p = s->ports; p; p = p->next) {
    int fd = mhd.MHD_quiesce_daemon(p->daemon);
    if (fd >= 0)
      close(fd);
  }
  line_end(&s->line);
}

void serve_stop(Serve *s, double seconds, const atomic_bool *hurry) {
  if (!s->line.ends)
    serve_ending(s);
  line_await(&s->line, seconds, hurry);
  atomic_store(&s->gives_up, true);
  while (s->ports) {
    Port *p = s->ports;
    s->ports = p->next;
    mhd.MHD_stop_daemon(p->daemon);
    clients_end(&p->clients);
    free(p);
  }
  serve_sessions_end(&s->sessions);
  pthread_mutex_destroy(&s->exchanges.lock);
  line_free(&s->line);
  free(s);
}
