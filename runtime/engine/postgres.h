// What postgres_lock.c needs of a session beyond engine.h.
#ifndef STARC_ENGINE_POSTGRES_H
#define STARC_ENGINE_POSTGRES_H
#include "engine.h"

// The server process that the server named when the connection was made. Behind a pooler it is not
// the one that answers.
int pg_server_process(const Session *session);
// The server's version, 140005 for 14.5; 0: there is no connection.
int pg_server_number(const Session *session);
// Sends a statement without waiting for its answer, which is read and thrown away before the next
// statement. Nothing is sent on a connection that is gone.
void pg_post(Session *session, Str sql);
// The statements of postgres_lock.c that the connection has prepared; none when it is made anew.
typedef struct PgPrepared {
  bool guard, guard_of_rights, names;
  bool alone;  // locks are taken by messages of their own
  bool rights; // the guard compares rights
} PgPrepared;
PgPrepared *pg_prepared(Session *session);
// What a connection made anew in place of a lost one has to run first: a query that answers `t`, or
// the connection is given up with `lost` as the reason. Empty: nothing.
void pg_on_reconnect(Session *session, Str sql, Str lost);

#endif
