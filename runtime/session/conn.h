// Connections to the target. In: statements, from one thread each. Out: rows as Python's values,
// or an error with its place in the statement. Leaves what is told of a statement, and who may
// write what, to the callbacks that run/ fills in.
#ifndef STARC_CONN_H
#define STARC_CONN_H
#include "../../compiler/context/context.h"
#include "../engine/engine.h"

#include <pthread.h>

typedef struct Sessions Sessions;

// Looks at the statements of a connection.
typedef struct StatementGuard {
  void *data;
  // Whether a statement is not to be sent; *error says why then.
  bool (*refuses)(void *data, Arena *a, Str sql, DbError *error);
  // A statement failed: *error may become another one.
  void (*failed)(void *data, Arena *a, Str sql, DbError *error);
} StatementGuard;

// A connection: a session that is opened when first needed.
typedef struct Conn {
  Sessions *of;
  Db db;                     // for contexts
  Str name;                  // "main", "model.shop.a"
  const Node *node;          // whose statements these are, for the comment and the log
  Str comment;               // the rendered query comment, empty: none
  Str bad_comment;           // why it could not be made, which was told; no statement is sent then
  Session *session;          // guarded by lock where another thread cancels
  struct LoadSource *source; // of the load at hand, or NULL; likewise
  LoadCount loaded;          // by the statements of that load before the one at hand
  int64_t load_all;          // about how many rows it has in all, -1: not known
  bool begins;               // a transaction begins with the next statement, in one message
  bool fresh;                // nothing was sent since somebody said so
  bool idle;                 // for conn_take; guarded by Sessions.lock
  pthread_mutex_t lock;
  struct Held *held;           // lock_keeper.c's, of the lock that the node at hand has, or NULL
  struct LateLock *late;       // of a lock that is taken with a statement (SessionCalls), or NULL
  const StatementGuard *guard; // NULL: there is none
  struct Conn *next;           // Sessions.conns
} Conn;

// What sessions ask of those who use them. From any thread.
typedef struct SessionCalls {
  // A statement is sent, has ended, was refused.
  void (*sent)(const Conn *c, Str sql);
  void (*ended)(const Conn *c, Str status, double seconds, Str query_id);
  void (*refused)(const Conn *c, Str message);
  // A load has brought so many rows of about `all` (-1: not known); from a thread of its own.
  void (*moved)(const Conn *c, const LoadCount *count, int64_t all);
  void (*finding)(void *data, const Diag *d, const Node *n); // about the comment
  // Of a connection with a lock to take (Conn.late): what takes it within the message that a
  // statement is sent in, or empty; such a message was sent; before any other statement, which is
  // not sent where the answer is false.
  Str (*lock_along)(Conn *c, Arena *a);
  void (*lock_went_along)(Conn *c, bool good, const DbError *error);
  bool (*lock_now)(Conn *c, DbError *error);
} SessionCalls;

// The project's query-comment.
typedef struct QueryComment {
  const Template *template;
  bool off, append, is_default;
} QueryComment;

// What the connections of a run share.
struct Sessions {
  const Engine *engine;
  const ContextShared *context; // with the target, the dialect and the graph
  const SessionCalls *calls;
  void *data;              // of `calls`
  const atomic_bool *stop; // set: nothing more is sent
  size_t most;             // bytes that the rows of a statement may take where nobody says less
  QueryComment comment;
  pthread_mutex_t lock; // guards what follows
  Conn *conns;
  Arena texts;                  // that last as long as the connections
  struct LockKeeper *keeper;    // lock_keeper.c's, NULL: not needed yet
  struct StatementWatch *watch; // statement_watch.c's, likewise
};

void sessions_init(Sessions *s);   // what is in it already stays
void sessions_settle(Sessions *s); // gives back what locks are held; can still be cancelled
void sessions_close(Sessions *s);
void sessions_cancel(Sessions *s); // cancels every running statement; from any thread
bool sessions_stopped(const Sessions *s);
Str sessions_text(Sessions *s, Str text); // a copy in `texts`
const Target *sessions_target(const Sessions *s);

Conn *conn_new(Sessions *s, const char *name);     // registered; freed by sessions_close
Conn *conn_take(Sessions *s, const char *name);    // one that is idle, else a new one
void conn_leave(Conn *c);                          // it is idle from now on
void conn_for(Conn *c, const Node *n);             // what follows is done for n (NULL: for no node)
bool conn_open(Conn *c, Arena *a, DbError *error); // when it is not open yet
void conn_close(Conn *c);
void conn_cancel(Conn *c); // what it runs; from any thread
// Sends rows of a query as text to a sink.
bool conn_rows(Conn *c, Arena *a, Str sql, const RowSink *sink, DbError *error);

#endif
