// A socket that listens, and the names by which a browser may reach it.
#ifndef STARC_SERVE_LISTEN_H
#define STARC_SERVE_LISTEN_H
#include "../../compiler/base/diag.h"

// Listens at one of the addresses of a host. -1: recorded with this code, under the names of the
// options that gave host and port.
int listen_open(Arena *a, Str host, int64_t port, const char *host_option, Code code, Diags *diags);
// The port it has.
unsigned listen_port(int fd);
// Whether only this machine reaches it.
bool listen_is_local(int fd);

// Whether what a client's Host header says (NULL: it has none) is localhost, an address, or `host`.
// A site that a browser shows can give its own name this machine's address, and read what is here
// as if it were its own (DNS rebinding): its requests still say that name. An address cannot be
// given away so, and without a name it is no browser of today.
bool listen_is_our_name(Str host, const char *asked);

#endif
