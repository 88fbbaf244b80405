// What serve.c (connections) and query.c (requests) share.
#ifndef STARC_SERVE_INNER_H
#define STARC_SERVE_INNER_H
#include "clients.h"
#include "exchange.h"
#include "line.h"
#include "serve.h"
#include "sessions.h"

typedef struct Port {
  struct Port *next;
  Serve *serve;
  ServeListener listener;
  _Atomic(const ServeAccess *) access; // who may come now
  struct MHD_Daemon *daemon;
  Clients clients;
} Port;

struct Serve {
  ServeOptions options;
  Port *ports;
  ServeSessions sessions;
  atomic_bool gives_up; // queries are to be stopped
  atomic_size_t held;   // bytes of requests and answers that are kept
  ServeLine line;
  Exchanges exchanges;
};

typedef struct Query Query;

// A request, from its headers on. All are called by the thread of its connection.
Query *query_new(Port *port, struct MHD_Connection *connection, const char *method);
// After the headers: refuses it, answers what needs no body, or (MHD_YES without an answer) wants
// the body.
enum MHD_Result query_begin(Query *q, const char *path, const char *method);
// A piece of the body.
void query_body(Query *q, Str piece);
// After the body: the answer.
enum MHD_Result query_answer(Query *q);
// The connection is done with it.
void query_free(Query *q);

#endif
