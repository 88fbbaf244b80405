// Connections that take too long are cut: libmicrohttpd's own limit is one for silence, which a
// byte now and then passes. In: each connection's comings and goings, and how long it may take for
// what it does. Works from any thread.
#ifndef STARC_SERVE_CLIENTS_H
#define STARC_SERVE_CLIENTS_H
#include "http.h"

#include <pthread.h>

typedef struct Client Client;

typedef struct Clients {
  double ask_s;         // seconds to ask for something, from the connection or the last answer on
  pthread_mutex_t lock; // guards what follows, and that a socket is open while it is shut down
  pthread_cond_t change;
  Client *first;
  bool ends;
  pthread_t cutter;
} Clients;

// Starts its thread. False: none is to be had.
bool clients_start(Clients *c, double ask_s);
void clients_end(Clients *c);

// For MHD_OPTION_NOTIFY_CONNECTION, with the Clients as data.
void clients_event(void *data, struct MHD_Connection *connection, void **context,
                   enum MHD_ConnectionNotificationCode what);

// From now on the client has so many seconds for what it does; negative: any time, until the next
// call. clients_asks: it has been answered, and may ask again.
void clients_allow(Clients *c, struct MHD_Connection *connection, double seconds);
void clients_asks(Clients *c, struct MHD_Connection *connection);

// The socket of a connection; -1: not known.
int clients_socket(struct MHD_Connection *connection);

#endif
