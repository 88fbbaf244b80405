// A session with Postgres, shared by the files that open it, run statements in it and read its
// errors: postgres_connect.c, postgres.c, postgres_error.c, postgres_types.c.
#ifndef STARC_ENGINE_POSTGRES_SESSION_H
#define STARC_ENGINE_POSTGRES_SESSION_H
#include "library.h"
#include "postgres.h"
#include "util.h"

#include <libpq-fe.h>
#include <pthread.h>

// The functions of libpq used here.
#define PQ_FUNCTIONS(X)                                                                            \
  X(PQbackendPID)                                                                                  \
  X(PQcancel)                                                                                      \
  X(PQclear)                                                                                       \
  X(PQcmdStatus)                                                                                   \
  X(PQcmdTuples)                                                                                   \
  X(PQconnectPoll)                                                                                 \
  X(PQconnectStartParams)                                                                          \
  X(PQconsumeInput)                                                                                \
  X(PQerrorMessage)                                                                                \
  X(PQescapeIdentifier)                                                                            \
  X(PQfinish)                                                                                      \
  X(PQflush)                                                                                       \
  X(PQfmod)                                                                                        \
  X(PQfname)                                                                                       \
  X(PQfreeCancel)                                                                                  \
  X(PQfreemem)                                                                                     \
  X(PQftype)                                                                                       \
  X(PQgetCancel)                                                                                   \
  X(PQgetCopyData)                                                                                 \
  X(PQgetResult)                                                                                   \
  X(PQgetisnull)                                                                                   \
  X(PQgetlength)                                                                                   \
  X(PQgetvalue)                                                                                    \
  X(PQisBusy)                                                                                      \
  X(PQnfields)                                                                                     \
  X(PQparameterStatus)                                                                             \
  X(PQputCopyData)                                                                                 \
  X(PQputCopyEnd)                                                                                  \
  X(PQresultErrorField)                                                                            \
  X(PQresultErrorMessage)                                                                          \
  X(PQresultStatus)                                                                                \
  X(PQsendQuery)                                                                                   \
  X(PQserverVersion)                                                                               \
  X(PQsetNoticeReceiver)                                                                           \
  X(PQsetSingleRowMode)                                                                            \
  X(PQsetnonblocking)                                                                              \
  X(PQsocket)                                                                                      \
  X(PQstatus)                                                                                      \
  X(PQtransactionStatus)

// libpq's functions, by their own names; filled by pg_load_library.
extern struct PgLibrary { PQ_FUNCTIONS(LIBRARY_MEMBER) } pq;

// Loads libpq, once. False: *error says what is missing.
bool pg_load_library(Arena *a, DbError *error);

// A connection's way to be told to stop.
typedef struct Canceller Canceller;

typedef struct Pg {
  Session base;
  PGconn *conn;
  Arena arena;                    // connection parameters, role
  const char **names, **values;   // of PQconnectStartParams, ended by NULL
  Str role, host, user, database; // as shown in messages
  double connect_timeout;
  int retries;
  Bell stop;
  const atomic_bool *opening; // ends the wait for a first connection; NULL once there is one
  pthread_mutex_t lock;       // guards canceller and running
  Canceller *canceller;
  bool running;
  bool heard;               // a notice came: the server does something
  bool in_txn;              // after the last statement; survives the connection
  bool posted;              // an answer is to be read that nobody waits for
  PgPrepared prepared;      // postgres_lock.c's
  char *first, *first_lost; // pg_on_reconnect's texts, or NULL
} Pg;

// --- postgres_connect.c

// Reads a target's keys into the parameters of the connection, which live in the session's arena.
void pg_read_target(Pg *s, const Target *t);
// Connects, in up to `retries` more attempts where the failure may pass. False: *error says why,
// and s->conn is NULL.
bool pg_connect(Pg *s, Arena *a, DbError *error, int retries);
// Closes the connection, if there is one; s->conn is NULL then.
void pg_forget(Pg *s);
// Waits until the socket is ready for poll's `events`; `until` by engine_now, 0: without limit.
// 1 ready, 0 the time is over, -1 asked to stop.
int pg_wait(Pg *s, short events, double until);
// Asks the server to stop what it does, and waits up to 3 seconds for its answer. False: none came.
bool pg_ask_to_stop(Pg *s);
// The same without waiting, from any thread; with s->lock held.
void pg_start_cancel(Pg *s);

// --- postgres_types.c

// The name of a type as SQL has it, by the number and the modifier that libpq tells of a column.
Str pg_type_name(Arena *a, Oid oid, int mod);

// --- postgres_error.c

// What a failed statement's result tells, with its byte in the text. In the arena.
void pg_statement_failed(Arena *a, DbError *e, Str sql, const PGresult *r);

#endif
