// The web server of `docs serve`. In: a folder, an address. Out: its files over HTTP. The protocol
// is libmicrohttpd's (0.9.71 or later), loaded at its first use; what may be read, under which
// names, and how long a client may take is decided here.
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../engine/util.h"
#include "../serve/clients.h"
#include "../serve/listen.h"
#include "shell.h"

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

// Nothing comes from elsewhere, and nothing leaves.
#define POLICY(code)                                                                               \
  "default-src 'none'; script-src " code "; style-src " code "; worker-src blob:; "                \
  "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "          \
  "frame-ancestors 'none'"
static const char policy[] = POLICY("'self'");
// A page of another version has its code inside, and a policy of its own for that.
static const char policy_inside[] = POLICY("'self' 'unsafe-inline'");

static void guard_with(struct MHD_Response *r, const char *with) {
  mhd.MHD_add_response_header(r, "Content-Security-Policy", with);
  mhd.MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
  mhd.MHD_add_response_header(r, "X-Frame-Options", "DENY");
  mhd.MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
}

static void guard(struct MHD_Response *r) { guard_with(r, policy); }

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

static enum MHD_Result give(struct MHD_Connection *c, struct MHD_Response *r, const char *type,
                            const char *with) {
  if (!r)
    return MHD_NO;
  mhd.MHD_add_response_header(r, "Content-Type", type);
  mhd.MHD_add_response_header(r, "Cache-Control", "no-cache"); // docs generate may run meanwhile
  guard_with(r, with);
  enum MHD_Result done = mhd.MHD_queue_response(c, MHD_HTTP_OK, r);
  mhd.MHD_destroy_response(r);
  return done;
}

// One of the two files that the page's code is in.
static enum MHD_Result give_code(struct MHD_Connection *c, Str text, const char *type) {
  return give(c,
              mhd.MHD_create_response_from_buffer(text.len, (void *)(uintptr_t)text.ptr,
                                                  MHD_RESPMEM_PERSISTENT),
              type, policy);
}

// Sets *text to the page, linked to those two. False: it is of another version, or too large for
// that; `fd` is at its start.
static bool linked(int fd, off_t size, Buf *text) {
  Buf page = {0};
  char *to = buf_room(&page, (size_t)size);
  off_t n = 0;
  for (ssize_t got; n < size && (got = pread(fd, to + n, (size_t)(size - n), n)) > 0;)
    n += got;
  page.len = (size_t)n;
  bool good = shell_linked(text, buf_str(&page));
  buf_free(&page);
  return good;
}

static enum MHD_Result request(void *data, struct MHD_Connection *c, const char *address,
                               const char *method, const char *version, const char *body,
                               size_t *body_len, void **state) {
  (void)version, (void)body, (void)body_len, (void)state;
  DocsServer *s = data;
  clients_allow(&s->clients, c, READ_S);
  if (!listen_is_our_name(s->host, mhd.MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host")))
    return answer(c, MHD_HTTP_FORBIDDEN,
                  "not served under this name: use localhost, an address, or the name that "
                  "--host gives\n");
  if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
    return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
  if (str_ends(str_c(address), STR("/" SHELL_SCRIPT)))
    return give_code(c, shell_script(), "text/javascript; charset=utf-8");
  if (str_ends(str_c(address), STR("/" SHELL_STYLE)))
    return give_code(c, shell_style(), "text/css; charset=utf-8");
  char real[PATH_MAX];
  off_t size;
  int fd = open_file(s, address, real, &size);
  if (fd < 0)
    return answer(c, MHD_HTTP_NOT_FOUND, "there is no such file\n");
  bool page = strcmp(type_of(real), types[0].type) == 0;
  Buf text = {0};
  if (page && linked(fd, size, &text)) {
    close(fd);
    struct MHD_Response *r =
        mhd.MHD_create_response_from_buffer(text.len, (void *)text.ptr, MHD_RESPMEM_MUST_COPY);
    buf_free(&text);
    return give(c, r, type_of(real), policy);
  }
  struct MHD_Response *r = mhd.MHD_create_response_from_fd((size_t)size, fd);
  if (!r)
    close(fd);
  return give(c, r, type_of(real), page ? policy_inside : policy);
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
