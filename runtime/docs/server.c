// The web server of `docs serve`. In: a folder, an address. Out: its files over HTTP. The protocol
// is libmicrohttpd's (0.9.71 or later), loaded at its first use; what may be read is decided here.
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../engine/library.h"

#define MHD_FUNCTIONS(X)                                                                           \
  X(MHD_start_daemon)                                                                              \
  X(MHD_stop_daemon)                                                                               \
  X(MHD_create_response_from_buffer)                                                               \
  X(MHD_create_response_from_fd)                                                                   \
  X(MHD_add_response_header)                                                                       \
  X(MHD_queue_response)                                                                            \
  X(MHD_destroy_response)

static struct { MHD_FUNCTIONS(LIBRARY_MEMBER) } mhd;

static bool mhd_load(Arena *a, DbError *error) {
  static const char *const names[] = {MHD_FUNCTIONS(LIBRARY_NAME) NULL};
  static Library library = {.file = "libmicrohttpd.so.12",
                            .package = "libmicrohttpd12 (libmicrohttpd12t64)",
                            .functions = names,
                            .table = &mhd};
  return library_load(&library, a, error);
}

struct DocsServer {
  struct MHD_Daemon *daemon;
  char root[PATH_MAX]; // without links
  unsigned port;
};

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
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (str_ends(str_c(path), str_c(types[i].ending)))
      return types[i].type;
  return "application/octet-stream";
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *text) {
  struct MHD_Response *r = mhd.MHD_create_response_from_buffer(
      strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
  if (!r)
    return MHD_NO;
  mhd.MHD_add_response_header(r, "Content-Type", "text/plain; charset=utf-8");
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
  mhd.MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
  enum MHD_Result done = mhd.MHD_queue_response(c, MHD_HTTP_OK, r);
  mhd.MHD_destroy_response(r);
  return done;
}

// A socket that listens at one of the addresses of a host; -1: errno says why the last one failed.
static int listen_at(const struct addrinfo *at) {
  int fd = -1, on = 1, why = 0;
  for (; at && fd < 0; at = at->ai_next) {
    fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0 || (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) &&
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
  s->daemon = mhd.MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, 0, NULL, NULL,
                                   request, s, MHD_OPTION_LISTEN_SOCKET, fd,
                                   MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_END);
  if (!s->daemon) {
    close(fd);
    diag_error(diags, CODE_DOCS_SERVER, STR("docs serve"), "the web server does not start");
    return NULL;
  }
  return s;
}

unsigned docs_server_port(const DocsServer *s) { return s->port; }

void docs_server_stop(DocsServer *s) { mhd.MHD_stop_daemon(s->daemon); } // closes the socket too
