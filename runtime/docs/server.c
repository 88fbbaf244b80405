// The web server of `docs serve`. In: a folder, an address. Out: its files over HTTP. The protocol
// is libmicrohttpd's (0.9.71 or later), loaded at its first use; what may be read, under which
// names, and how long a client may take is decided here.
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../engine/library.h"
#include "../engine/util.h"

#define MHD_FUNCTIONS(X)                                                                           \
  X(MHD_start_daemon)                                                                              \
  X(MHD_stop_daemon)                                                                               \
  X(MHD_create_response_from_buffer)                                                               \
  X(MHD_create_response_from_fd)                                                                   \
  X(MHD_add_response_header)                                                                       \
  X(MHD_get_connection_info)                                                                       \
  X(MHD_lookup_connection_value)                                                                   \
  X(MHD_queue_response)                                                                            \
  X(MHD_destroy_response)

static struct { MHD_FUNCTIONS(LIBRARY_MEMBER) } mhd;

static bool mhd_load(Arena *a, DbError *error) {
  static const LibraryFunction functions[] = {
      MHD_FUNCTIONS(LIBRARY_FUNCTION){NULL, NULL}
  };
  static Library library = {.file = "libmicrohttpd.so.12",
                            .package = "libmicrohttpd12 (libmicrohttpd12t64)",
                            .functions = functions,
                            .table = &mhd};
  return library_load(&library, a, error);
}

// Seconds: to ask for something, from the connection or the last answer on, and to read the answer.
enum { ASK_S = 10, READ_S = 600, SILENT_S = 30 };
enum { MOST_CLIENTS = 512 };

// A client's connection. libmicrohttpd's own limit is one for silence, which a byte now and then
// passes.
typedef struct Client {
  struct Client *next;
  int socket;
  double until; // when it is cut
} Client;

struct DocsServer {
  struct MHD_Daemon *daemon;
  char root[PATH_MAX]; // without links
  Str host;            // as it was asked for
  unsigned port;
  pthread_mutex_t lock; // guards what follows, and that a socket is open while it is shut down
  pthread_cond_t change;
  Client *clients;
  bool ends;
  pthread_t cutter;
};

static double ask_s(void) { return seconds_or_test(ASK_S, "STARC_TEST_ASK"); }

// --- clients that take too long

// A moment later, or when there is somebody to cut at all.
static void cutter_waits(DocsServer *s) {
  static const double TICK_S = 0.25;
  if (s->clients)
    engine_cond_until(&s->change, &s->lock, engine_now() + TICK_S);
  else
    pthread_cond_wait(&s->change, &s->lock);
}

static void *cut_main(void *data) {
  DocsServer *s = data;
  pthread_mutex_lock(&s->lock);
  while (!s->ends) {
    double now = engine_now();
    for (Client *c = s->clients; c; c = c->next)
      if (now >= c->until)
        shutdown(c->socket, SHUT_RDWR);
    cutter_waits(s);
  }
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

static void client_enters(DocsServer *s, struct MHD_Connection *connection, void **context) {
  const union MHD_ConnectionInfo *info =
      mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  Client *c = info ? calloc(1, sizeof *c) : NULL;
  *context = c;
  if (!c)
    return;
  *c = (Client){.next = s->clients, .socket = info->connect_fd, .until = engine_now() + ask_s()};
  s->clients = c;
  pthread_cond_signal(&s->change);
}

static void client_leaves(DocsServer *s, void **context) {
  Client **at = &s->clients;
  while (*at && *at != *context)
    at = &(*at)->next;
  if (*at)
    *at = (*at)->next;
  free(*context);
  *context = NULL;
}

static void client_event(void *data, struct MHD_Connection *connection, void **context,
                         enum MHD_ConnectionNotificationCode what) {
  DocsServer *s = data;
  pthread_mutex_lock(&s->lock);
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    client_enters(s, connection, context);
  else
    client_leaves(s, context);
  pthread_mutex_unlock(&s->lock);
}

// From now on the client has so long for what it does.
static void client_gets(DocsServer *s, struct MHD_Connection *connection, double seconds) {
  const union MHD_ConnectionInfo *info =
      mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  Client *c = info ? info->socket_context : NULL;
  pthread_mutex_lock(&s->lock);
  if (c)
    c->until = engine_now() + seconds;
  pthread_mutex_unlock(&s->lock);
}

static void answered(void *data, struct MHD_Connection *connection, void **state,
                     enum MHD_RequestTerminationCode how) {
  (void)state, (void)how;
  client_gets(data, connection, ask_s());
}

// --- the name that a client asks for

// A site that a browser shows can give its own name this machine's address, and read what is here
// as if it were its own (DNS rebinding): its requests still say that name. An address cannot be
// given away so.
static bool is_address(Arena *a, Str host) {
  unsigned char at[sizeof(struct in6_addr)];
  bool bracket = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
  const char *text = str_cstr(a, bracket ? str_sub(host, 1, host.len - 1) : host);
  return inet_pton(bracket ? AF_INET6 : AF_INET, text, at) == 1;
}

static Str without_port(Str host) {
  ptrdiff_t colon = str_rfind(host, STR(":")), bracket = str_rfind(host, STR("]"));
  return colon > bracket ? str_sub(host, 0, (size_t)colon) : host;
}

// Without a name it is no browser of today.
static bool is_our_name(const DocsServer *s, const char *asked) {
  if (!asked)
    return true;
  Arena a = {0};
  Str host = without_port(str_trim(str_c(asked)));
  bool ours =
      str_eq_nocase(host, STR("localhost")) || str_eq_nocase(host, s->host) || is_address(&a, host);
  arena_free(&a);
  return ours;
}

// --- answers

static const struct {
  const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"      },
    {".json", "application/json"              },
    {".js",   "text/javascript; charset=utf-8"},
    {".css",  "text/css; charset=utf-8"       },
    {".svg",  "image/svg+xml"                 },
    {".png",  "image/png"                     },
    {".jpg",  "image/jpeg"                    },
    {".jpeg", "image/jpeg"                    },
    {".gif",  "image/gif"                     },
    {".webp", "image/webp"                    },
    {".sql",  "text/plain; charset=utf-8"     },
    {".md",   "text/plain; charset=utf-8"     },
    {".txt",  "text/plain; charset=utf-8"     },
};

static const char *type_of(const char *path) {
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_ends(str_c(path), str_c(types[i].ending)))
      return types[i].type;
  return "application/octet-stream";
}

// The page is one file: nothing comes from elsewhere, and nothing leaves.
static const char policy[] =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

static void guard(struct MHD_Response *r) {
  mhd.MHD_add_response_header(r, "Content-Security-Policy", policy);
  mhd.MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
  mhd.MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *text) {
  struct MHD_Response *r = mhd.MHD_create_response_from_buffer(
      strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
  if (!r)
    return MHD_NO;
  mhd.MHD_add_response_header(r, "Content-Type", "text/plain; charset=utf-8");
  guard(r);
  if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
    mhd.MHD_add_response_header(r, "Allow", "GET, HEAD");
  enum MHD_Result done = mhd.MHD_queue_response(c, status, r);
  mhd.MHD_destroy_response(r);
  return done;
}

// The file that an address names: a plain one below the root, wherever links lead. -1: none.
static int open_file(const DocsServer *s, const char *address, char real[PATH_MAX], off_t *size) {
  char path[PATH_MAX];
  const char *name = strcmp(address, "/") == 0 ? "/index.html" : address;
  size_t n = strlen(s->root);
  if (*name != '/' || snprintf(path, sizeof path, "%s%s", s->root, name) >= (int)sizeof path ||
      !realpath(path, real) || strncmp(real, s->root, n) != 0 || real[n] != '/')
    return -1;
  struct stat st;
  int fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
    close(fd);
    return -1;
  }
  *size = fd < 0 ? 0 : st.st_size;
  return fd;
}

static enum MHD_Result request(void *data, struct MHD_Connection *c, const char *address,
                               const char *method, const char *version, const char *body,
                               size_t *body_len, void **state) {
  (void)version, (void)body, (void)body_len, (void)state;
  client_gets(data, c, READ_S);
  if (!is_our_name(data, mhd.MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host")))
    return answer(c, MHD_HTTP_FORBIDDEN,
                  "not served under this name: use localhost, an address, or the name that "
                  "--host gives\n");
  if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
    return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
  char real[PATH_MAX];
  off_t size;
  int fd = open_file(data, address, real, &size);
  if (fd < 0)
    return answer(c, MHD_HTTP_NOT_FOUND, "there is no such file\n");
  struct MHD_Response *r = mhd.MHD_create_response_from_fd((size_t)size, fd);
  if (!r) {
    close(fd);
    return MHD_NO;
  }
  mhd.MHD_add_response_header(r, "Content-Type", type_of(real));
  mhd.MHD_add_response_header(r, "Cache-Control", "no-cache"); // docs generate may run meanwhile
  guard(r);
  enum MHD_Result done = mhd.MHD_queue_response(c, MHD_HTTP_OK, r);
  mhd.MHD_destroy_response(r);
  return done;
}

// A socket that listens at one of the addresses of a host; -1: errno says why the last one failed.
static int listen_at(const struct addrinfo *at) {
  int fd = -1, on = 1, why = 0;
  for (; at && fd < 0; at = at->ai_next) {
    fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (fd < 0 || (!fcntl(fd, F_SETFD, FD_CLOEXEC) &&
                   !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) &&
                   !bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, SOMAXCONN)))
      continue;
    why = errno;
    close(fd);
    fd = -1;
  }
  if (fd < 0 && why)
    errno = why;
  return fd;
}

static unsigned port_of(int fd) {
  struct sockaddr_storage at = {0};
  socklen_t len = sizeof at;
  getsockname(fd, (struct sockaddr *)&at, &len);
  return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                        : ((struct sockaddr_in *)&at)->sin_port);
}

// Opens the socket. -1: recorded.
static int open_socket(Arena *a, Str host, int64_t port, Diags *diags) {
  struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
  char *service = str_cstr(a, str_fmt(a, "%lld", (long long)port));
  int code = getaddrinfo(str_cstr(a, host), service, &want, &found);
  if (code) {
    Diag *d =
        diag_error(diags, CODE_DOCS_SERVER, STR("--host"),
                   "'%.*s' is no address of this machine: %s", STR_ARG(host), gai_strerror(code));
    diag_hint(diags, d, "127.0.0.1: this machine alone; 0.0.0.0: whoever reaches it");
    return -1;
  }
  int fd = listen_at(found);
  freeaddrinfo(found);
  if (fd < 0) {
    Diag *d =
        diag_error(diags, CODE_DOCS_SERVER, STR("--port"), "cannot listen on %.*s, port %s: %s",
                   STR_ARG(host), service, strerror(errno));
    diag_hint(diags, d, "--port takes another one, 0 any that is free");
  }
  return fd;
}

static void end_cutter(DocsServer *s) {
  pthread_mutex_lock(&s->lock);
  s->ends = true;
  pthread_cond_signal(&s->change);
  pthread_mutex_unlock(&s->lock);
  pthread_join(s->cutter, NULL);
}

// Starts the two threads of the server. False: none runs, and the socket is still the caller's.
static bool start(DocsServer *s, int fd) {
  engine_cond_init(&s->change);
  pthread_mutex_init(&s->lock, NULL);
  if (pthread_create(&s->cutter, NULL, cut_main, s))
    return false;
  s->daemon = mhd.MHD_start_daemon(
      MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, 0, NULL, NULL, request, s,
      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CLIENTS, MHD_OPTION_NOTIFY_CONNECTION,
      client_event, (void *)s, MHD_OPTION_NOTIFY_COMPLETED, answered, (void *)s, MHD_OPTION_END);
  if (!s->daemon)
    end_cutter(s);
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
  int fd = open_socket(a, host, port, diags);
  if (fd < 0)
    return NULL;
  s->port = port_of(fd);
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
  end_cutter(s);
}
