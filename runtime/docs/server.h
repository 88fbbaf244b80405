// A web server for a folder of files, for `docs serve`.
#ifndef STARC_DOCS_SERVER_H
#define STARC_DOCS_SERVER_H
#include "../../compiler/base/diag.h"

typedef struct DocsServer DocsServer;

// Listens on host:port and answers GET and HEAD with the files below `folder` ("/" is index.html;
// no link leads out of it, folders are not listed), on a thread of its own, until docs_server_stop.
// port: 0 to 65535, 0 is a free one. The server is kept in `a`. NULL: recorded.
DocsServer *docs_server_start(Arena *a, Str folder, Str host, int64_t port, Diags *diags);
// Where it listens.
unsigned docs_server_port(const DocsServer *s);
// Lets answers under way end, and ends its thread.
void docs_server_stop(DocsServer *s);

#endif
