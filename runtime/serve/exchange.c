// See exchange.h.
#include "exchange.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct Exchange {
  Exchanges *all;
  Exchange *next; // of all
  Str id, owner;
  const ServeBackend *backend;
  void *conn;
  ServeStatement statement;
  ServeOutcome outcome; // the thread's until it is joined
  pthread_t thread;
  int from, into; // ends of the pipe; from: -1 closed
  int feed, eats; // of the one for data: ours, the backend's; -1: there is none
  bool joined;
  atomic_bool cancelled;
};

// Its end of the pipe is closed when all is written, so that the reader sees the end. What is left
// of its data is read, so that who writes them is never left waiting.
static void *run_main(void *data) {
  Exchange *x = data;
  char rest[16 * 1024];
  x->backend->run(x->conn, &x->statement, &x->outcome);
  close(x->into);
  for (ssize_t got = x->eats >= 0; got > 0 || (got < 0 && errno == EINTR);)
    got = read(x->eats, rest, sizeof rest);
  return NULL;
}

static void enter(Exchange *x) {
  pthread_mutex_lock(&x->all->lock);
  x->next = x->all->first;
  x->all->first = x;
  pthread_mutex_unlock(&x->all->lock);
}

static void leave(Exchange *x) {
  pthread_mutex_lock(&x->all->lock);
  Exchange **at = &x->all->first;
  while (*at != x)
    at = &(*at)->next;
  *at = x->next;
  pthread_mutex_unlock(&x->all->lock);
}

bool exchange_cancel(Exchanges *all, Str id, Str owner) {
  bool found = false;
  pthread_mutex_lock(&all->lock);
  for (Exchange *x = all->first; x; x = x->next)
    if (str_eq(x->id, id) && (!owner.len || str_eq(x->owner, owner))) {
      atomic_store(&x->cancelled, true);
      found = true;
    }
  pthread_mutex_unlock(&all->lock);
  return found;
}

Exchange *exchange_start(Exchanges *all, Str id, Str owner, const ServeBackend *backend, void *conn,
                         const ServeStatement *s, bool fed) {
  enum { ROOM = 1 << 20, STACK = 512 * 1024 };
  int ends[2], data[2] = {-1, -1};
  if (!system_pipe(ends, ROOM))
    return NULL;
  if (fed && !system_pipe(data, ROOM)) {
    close(ends[0]);
    close(ends[1]);
    return NULL;
  }
  Exchange *x = memory_must(calloc(1, sizeof *x));
  *x = (Exchange){.all = all,
                  .id = id,
                  .owner = owner,
                  .backend = backend,
                  .conn = conn,
                  .statement = *s,
                  .from = ends[0],
                  .into = ends[1],
                  .eats = data[0],
                  .feed = data[1]};
  x->statement.into = x->into;
  x->statement.from = x->eats;
  backend->begin(conn);
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, STACK);
  int failed = pthread_create(&x->thread, &attr, run_main, x);
  pthread_attr_destroy(&attr);
  if (!failed) {
    enter(x);
    return x;
  }
  exchange_written(x);
  if (x->eats >= 0)
    close(x->eats);
  close(ends[0]);
  close(ends[1]);
  free(x);
  return NULL;
}

void exchange_write(Exchange *x, Str data) {
  for (ssize_t put; data.len; data = str_sub(data, (size_t)put, data.len)) {
    put = write(x->feed, data.ptr, data.len);
    if (put < 0 && errno != EINTR)
      return;
    put = put < 0 ? 0 : put;
  }
}

void exchange_written(Exchange *x) {
  if (x->feed >= 0)
    close(x->feed);
  x->feed = -1;
}

static void join(Exchange *x) {
  if (!x->joined)
    pthread_join(x->thread, NULL);
  x->joined = true;
}

// Who writes into the pipe gets an error from now on, and is told to stop.
static void stop(Exchange *x) {
  if (x->from >= 0)
    close(x->from);
  x->from = -1;
  if (!x->joined)
    x->backend->stop(x->conn);
}

#ifdef POLLRDHUP
enum { GONE = POLLRDHUP | POLLHUP | POLLERR };
#define ASK_GONE POLLRDHUP
#else
enum { GONE = POLLHUP | POLLERR };
#define ASK_GONE 0
#endif

ssize_t exchange_read(Exchange *x, char *to, size_t room, int client, const atomic_bool *given_up) {
  enum { TICK_MS = 250 };
  if (x->from < 0)
    return -1;
  for (;;) {
    struct pollfd at[] = {
        {.fd = x->from, .events = POLLIN  },
        {.fd = client,  .events = ASK_GONE}
    };
    int n = poll(at, 2, TICK_MS);
    bool gone = n > 0 && at[1].revents & GONE;
    if (gone || atomic_load(given_up) || atomic_load(&x->cancelled)) {
      stop(x);
      return -1;
    }
    if (n <= 0 || !at[0].revents)
      continue;
    ssize_t got = read(x->from, to, room);
    if (got >= 0 || errno != EINTR)
      return got < 0 ? 0 : got;
  }
}

const ServeOutcome *exchange_end(Exchange *x) {
  char rest[16 * 1024];
  while (x->from >= 0) {
    ssize_t got = read(x->from, rest, sizeof rest);
    if (got > 0 || (got < 0 && errno == EINTR))
      continue;
    close(x->from);
    x->from = -1;
  }
  join(x);
  return &x->outcome;
}

const ServeOutcome *exchange_stop(Exchange *x) {
  exchange_written(x);
  stop(x);
  join(x);
  return &x->outcome;
}

void exchange_free(Exchange *x) {
  if (!x)
    return;
  leave(x);
  exchange_stop(x);
  if (x->eats >= 0)
    close(x->eats);
  buf_free(&x->outcome.error);
  free(x);
}
