// ServeSessions of clients: a connection that lasts from one request to the next, under the user's
// name for it. In: names. Out: the backend's connections, each lent to one request at a time. Works
// from any thread.
#ifndef STARC_SERVE_SESSIONS_H
#define STARC_SERVE_SESSIONS_H
#include "backend.h"

#include <pthread.h>

typedef struct ServeSession ServeSession;

typedef struct ServeSessions {
  const ServeBackend *backend;
  pthread_mutex_t lock; // guards the list
  ServeSession *first;
  size_t n;
} ServeSessions;

typedef enum SessionFound {
  SESSION_LENT,
  SESSION_LOCKED,  // another request has it
  SESSION_MISSING, // it must be there, and is not
  SESSION_MANY,    // there are too many
  SESSION_FAILED   // *error (heap) says why there is no connection
} SessionFound;

void serve_sessions_init(ServeSessions *s, const ServeBackend *backend);
// Lends the session of this name, or (`must`: only if it is there) makes it.
SessionFound serve_sessions_take(ServeSessions *s, Str name, bool must, ServeSession **session,
                                 Buf *error);
void *session_connection(const ServeSession *session);
// Gives it back; it ends when nobody takes it for so many seconds. 0: at once.
void serve_sessions_give(ServeSessions *s, ServeSession *session, double seconds);
// Ends those that nobody took for too long.
void serve_sessions_expire(ServeSessions *s);
// Ends all; none may be lent.
void serve_sessions_end(ServeSessions *s);

#endif
