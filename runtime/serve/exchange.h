// A query in flight: a thread in which the backend runs it, and the pipe by which its answer comes.
// In: a statement. Out: bytes, then how it ended. Stops it when who asked is gone.
#ifndef STARC_SERVE_EXCHANGE_H
#define STARC_SERVE_EXCHANGE_H
#include "backend.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

typedef struct Exchange Exchange;

// All that are in flight, so that one can be cancelled by its id.
typedef struct Exchanges {
  pthread_mutex_t lock; // guards what follows
  Exchange *first;
} Exchanges;

// Starts a statement on a connection, which stays the caller's; fed: its data come by
// exchange_write. `id` and `owner` (whose it is) stay as long as the exchange. NULL: no pipe or
// thread is to be had.
Exchange *exchange_start(Exchanges *all, Str id, Str owner, const ServeBackend *backend, void *conn,
                         const ServeStatement *s, bool fed);
// Whether there was one of this id, and of this owner (empty: anybody's); reading its answer stops
// it, within a moment. From any thread.
bool exchange_cancel(Exchanges *all, Str id, Str owner);

// Data for it. Waits while there is no room; what it does not want any more is passed over.
void exchange_write(Exchange *x, Str data);
// There are no more.
void exchange_written(Exchange *x);

// The next bytes of the answer, when there are some. 0: it has ended. -1: the client (a socket, -1:
// there is none) has gone, or *given_up is true; the statement is stopped.
ssize_t exchange_read(Exchange *x, char *to, size_t room, int client, const atomic_bool *given_up);

// Waits for the end; what is left of the answer is thrown away. The outcome lives as long as x.
const ServeOutcome *exchange_end(Exchange *x);

// Stops the statement if it still runs, and waits for its end. The outcome lives as long as x.
const ServeOutcome *exchange_stop(Exchange *x);
// The same, and lets go of it. NULL is fine.
void exchange_free(Exchange *x);

#endif
