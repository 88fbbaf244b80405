// Which version of an engine inside the process stands for a server, and what the server itself
// has where it was asked. Told once.
#ifndef STARC_CHECK_VERSIONS_H
#define STARC_CHECK_VERSIONS_H
#include "../run/run.h"

// The engine that nodes are looked at in, where it stands for a server.
void versions_of_place(Run *r, Conn *conn);
// The target, which answers; the run's target is its.
void versions_of_server(Run *r, Conn *conn);

#endif
