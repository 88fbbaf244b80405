// The web server of `docs serve`. In: a folder, an address. Out: its files over HTTP. The protocol
// is libmicrohttpd's (0.9.71 or later), loaded at its first use; what may be read, under which
// names, is files.c's; how long a client may take is decided here.
#include "server.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../engine/util.h"
#include "../serve/clients.h"
#include "../serve/listen.h"
#include "files.h"

// Seconds: to ask for something, from the connection or the last answer on, and to read the answer.
enum { ASK_S = 10, READ_S = 600, SILENT_S = 30 };
enum { MOST_CLIENTS = 512 };

struct DocsServer {
  struct MHD_Daemon *daemon;
  char root[PATH_MAX]; // without links
  Str host;            // as it was asked for
  unsigned port;
  Clients clients;
};

static double ask_s(void) { return number_or_test(ASK_S, "STARC_TEST_ASK"); }

static void answered(void *data, struct MHD_Connection *connection, void **state,
                     enum MHD_RequestTerminationCode how) {
  (void)state, (void)how;
  DocsServer *s = data;
  clients_asks(&s->clients, connection);
}

static enum MHD_Result request(void *data, struct MHD_Connection *c, const char *address,
                               const char *method, const char *version, const char *body,
                               size_t *body_len, void **state) {
  (void)version, (void)body, (void)body_len, (void)state;
  DocsServer *s = data;
  clients_allow(&s->clients, c, READ_S);
  if (!listen_is_our_name(s->host, mhd.MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host")))
    return docs_files_say(c, MHD_HTTP_FORBIDDEN,
                          "not served under this name: use localhost, an address, or the name that "
                          "--host gives\n");
  if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
    return docs_files_say(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
  return docs_files_give(&(DocsFiles){.root = s->root}, c, address);
}

// Starts the two threads of the server. False: none runs, and the socket is still the caller's.
static bool start(DocsServer *s, int fd) {
  if (!clients_start(&s->clients, ask_s()))
    return false;
  s->daemon = mhd.MHD_start_daemon(
      MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, 0, NULL, NULL, request, s,
      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CLIENTS, MHD_OPTION_NOTIFY_CONNECTION,
      clients_event, (void *)&s->clients, MHD_OPTION_NOTIFY_COMPLETED, answered, (void *)s,
      MHD_OPTION_END);
  if (!s->daemon)
    clients_end(&s->clients);
  return s->daemon != NULL;
}

DocsServer *docs_server_start(Arena *a, Str folder, Str host, int64_t port, Diags *diags) {
  DbError error = {.at = -1};
  DocsServer *s = arena_new(a, DocsServer);
  if (!mhd_load(a, &error)) {
    Diag *d =
        diag_error(diags, CODE_MISSING_LIBRARY, STR("docs serve"), "%.*s", STR_ARG(error.message));
    diag_hint(diags, d, "%.*s", STR_ARG(error.hint));
    return NULL;
  }
  if (!realpath(str_cstr(a, folder), s->root)) {
    diag_error(diags, CODE_FILE_ACCESS, folder, "cannot read the folder: %s", strerror(errno));
    return NULL;
  }
  int fd = listen_open(a, host, port, "--host", CODE_DOCS_SERVER, diags);
  if (fd < 0)
    return NULL;
  s->port = listen_port(fd);
  s->host = str_dup(a, host);
  if (!start(s, fd)) {
    close(fd);
    diag_error(diags, CODE_DOCS_SERVER, STR("docs serve"), "the web server does not start");
    return NULL;
  }
  return s;
}

unsigned docs_server_port(const DocsServer *s) { return s->port; }

void docs_server_stop(DocsServer *s) {
  mhd.MHD_stop_daemon(s->daemon); // closes the socket too
  clients_end(&s->clients);
}
