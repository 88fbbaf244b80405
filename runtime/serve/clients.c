// See clients.h.
#include "clients.h"

#include "../engine/util.h"

#include <math.h>
#include <stdlib.h>
#include <sys/socket.h>

struct Client {
  struct Client *next;
  int socket;
  double until; // when it is cut
};

// A moment later, or when there is somebody to cut at all.
static void wait_a_moment(Clients *c) {
  static const double TICK_S = 0.25;
  if (c->first)
    engine_cond_until(&c->change, &c->lock, engine_now() + TICK_S);
  else
    pthread_cond_wait(&c->change, &c->lock);
}

static void *cut_main(void *data) {
  Clients *c = data;
  pthread_mutex_lock(&c->lock);
  while (!c->ends) {
    double now = engine_now();
    for (Client *one = c->first; one; one = one->next)
      if (now >= one->until)
        shutdown(one->socket, SHUT_RDWR);
    wait_a_moment(c);
  }
  pthread_mutex_unlock(&c->lock);
  return NULL;
}

bool clients_start(Clients *c, double ask_s) {
  *c = (Clients){.ask_s = ask_s};
  engine_cond_init(&c->change);
  pthread_mutex_init(&c->lock, NULL);
  return pthread_create(&c->cutter, NULL, cut_main, c) == 0;
}

void clients_end(Clients *c) {
  pthread_mutex_lock(&c->lock);
  c->ends = true;
  pthread_cond_signal(&c->change);
  pthread_mutex_unlock(&c->lock);
  pthread_join(c->cutter, NULL);
}

int clients_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

static void enters(Clients *c, struct MHD_Connection *connection, void **context) {
  Client *one = calloc(1, sizeof *one);
  *context = one;
  if (!one)
    return;
  *one = (Client){c->first, clients_socket(connection), engine_now() + c->ask_s};
  c->first = one;
  pthread_cond_signal(&c->change);
}

static void leaves(Clients *c, void **context) {
  Client **at = &c->first;
  while (*at && *at != *context)
    at = &(*at)->next;
  if (*at)
    *at = (*at)->next;
  free(*context);
  *context = NULL;
}

void clients_event(void *data, struct MHD_Connection *connection, void **context,
                   enum MHD_ConnectionNotificationCode what) {
  Clients *c = data;
  pthread_mutex_lock(&c->lock);
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    enters(c, connection, context);
  else
    leaves(c, context);
  pthread_mutex_unlock(&c->lock);
}

void clients_allow(Clients *c, struct MHD_Connection *connection, double seconds) {
  const union MHD_ConnectionInfo *info =
      mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  Client *one = info ? info->socket_context : NULL;
  pthread_mutex_lock(&c->lock);
  if (one)
    one->until = seconds < 0 ? INFINITY : engine_now() + seconds;
  pthread_mutex_unlock(&c->lock);
}

void clients_asks(Clients *c, struct MHD_Connection *connection) {
  clients_allow(c, connection, c->ask_s);
}
