// ClickHouse's HTTP interface on sockets that listen. In: a backend, users, limits, sockets. Out:
// answers over HTTP (libmicrohttpd's, loaded when it is first needed), a line of each query. Each
// connection has a thread; what a client may take, in time and room, is limited here.
#ifndef STARC_SERVE_H
#define STARC_SERVE_H
#include "../engine/engine.h"
#include "access.h"
#include "backend.h"

typedef struct Serve Serve;

typedef struct ServeLimits {
  unsigned connections; // at once, of each listener
  unsigned queries;     // at once; more wait in line
  size_t body;          // bytes of a request, or an answer, that are kept in memory
  size_t held;          // bytes of all that are kept
} ServeLimits;

// A query that was answered, for the log.
typedef struct ServeLogged {
  Str user, query_id, sql;
  unsigned status;
  int code; // of its exception; 0: it went well
  double seconds;
  const ServeOutcome *outcome; // NULL: it was not run
} ServeLogged;

struct MHD_Connection;

// Pages below /docs/, for users who may read all. `give` answers GET and HEAD of an address, which
// begins with the "/" behind /docs, as libmicrohttpd's handlers do, from any thread. NULL: none.
typedef struct ServePages {
  int (*give)(void *data, struct MHD_Connection *connection, const char *address);
  void *data;
} ServePages;

typedef struct ServeOptions {
  const ServeBackend *backend;
  ServeLimits limits;                                // 0: the usual ones
  void (*log)(void *data, const ServeLogged *query); // from any thread; NULL: none
  void *log_data;
  const Str *origins; // of other sites, whose pages may ask: "https://x.example"; "*": any
  size_t norigins;
  ServePages pages;
} ServeOptions;

// A socket that listens, and who may come by it.
typedef struct ServeListener {
  int fd;                    // serve_stop closes it
  const ServeAccess *access; // stays the caller's; serve_let changes it
  Str host;                  // a name that Host may say, besides localhost and addresses
  bool ours;                 // who comes by it are processes of starc: no limit is theirs
} ServeListener;

// Begins to serve; nobody can come before serve_listen. NULL: *error.
Serve *serve_start(const ServeOptions *options, Arena *a, DbError *error);
// Lets clients in. False: *error, and the socket is still the caller's.
bool serve_listen(Serve *s, const ServeListener *listener, Arena *a, DbError *error);
// Lets nobody in any more; who asks on a connection that is there is told so. To be called once.
void serve_ending(Serve *s);
// From now on these users may come, but for processes of starc. Those before stay as they are until
// serve_stop: requests may be theirs.
void serve_let(Serve *s, const ServeAccess *access);
// How many queries run now.
unsigned serve_running(Serve *s);
// Waits until none runs, but not longer than so many seconds.
void serve_await(Serve *s, double seconds);
// serve_ending, where it was not called; queries that run have so many seconds to end, then they
// are stopped. Returns when all connections are closed. `hurry` (may be NULL) cuts the wait short.
void serve_stop(Serve *s, double seconds, const atomic_bool *hurry);

#endif
