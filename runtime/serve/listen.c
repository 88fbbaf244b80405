// See listen.h.
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

// -1: errno says why the last one failed.
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

unsigned listen_port(int fd) {
  struct sockaddr_storage at = {0};
  socklen_t len = sizeof at;
  getsockname(fd, (struct sockaddr *)&at, &len);
  return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                        : ((struct sockaddr_in *)&at)->sin_port);
}

bool listen_is_local(int fd) {
  struct sockaddr_storage at = {0};
  socklen_t len = sizeof at;
  getsockname(fd, (struct sockaddr *)&at, &len);
  if (at.ss_family == AF_INET)
    return ntohl(((struct sockaddr_in *)&at)->sin_addr.s_addr) >> 24 == 127;
  return at.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&at)->sin6_addr);
}

int listen_open(Arena *a, Str host, int64_t port, const char *host_option, Code code,
                Diags *diags) {
  struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
  char *service = str_cstr(a, str_fmt(a, "%lld", (long long)port));
  int failed = getaddrinfo(str_cstr(a, host), service, &want, &found);
  if (failed) {
    Diag *d =
        diag_error(diags, code, str_c(host_option), "'%.*s' is no address of this machine: %s",
                   STR_ARG(host), gai_strerror(failed));
    diag_hint(diags, d, "127.0.0.1: this machine alone; 0.0.0.0: whoever reaches it");
    return -1;
  }
  int fd = listen_at(found);
  freeaddrinfo(found);
  if (fd < 0) {
    Diag *d = diag_error(diags, code, STR("--port"), "cannot listen on %.*s, port %s: %s",
                         STR_ARG(host), service, strerror(errno));
    diag_hint(diags, d, "--port takes another one, 0 any that is free");
  }
  return fd;
}

// --- names

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

bool listen_is_our_name(Str host, const char *asked) {
  if (!asked)
    return true;
  Arena a = {0};
  Str name = without_port(str_trim(str_c(asked)));
  bool ours =
      str_eq_nocase(name, STR("localhost")) || str_eq_nocase(name, host) || is_address(&a, name);
  arena_free(&a);
  return ours;
}
