// One interface to every database. An engine is a const struct in a list; a session is one
// connection with one statement at a time. Drivers' types stay in the engine's own file.
#ifndef STARC_ENGINE_H
#define STARC_ENGINE_H
#include "../../compiler/context/db.h"
#include "../../compiler/project/profile.h"

#include <stdatomic.h>

typedef struct Session Session; // each engine embeds it as its first member

// One cell of a row; text is valid only during the call. is_null: SQL NULL.
typedef struct Cell {
  Str text; // the database's text form
  bool is_null;
} Cell;

// Where rows go, one at a time. Return false to stop (not an error): ClickHouse's statement is
// stopped, Postgres's where `cut` allows it, else its further rows are passed over.
typedef struct RowSink {
  void *data;
  // Before the rows of each result: a text of several statements can have several.
  bool (*columns)(void *data, const DbColumn *columns, size_t n);
  bool (*row)(void *data, const Cell *cells, size_t n);
  size_t most; // bytes that one row may have, 0: any number; more is an error
  bool cut;    // a statement that is stopped before its end, and so undone, loses nothing
} RowSink;

typedef struct Stmt {
  Str sql;
  bool idempotent; // may be sent again when a connection broke while it ran
  Str query_id;    // of an engine that names statements; else empty
  double timeout;  // seconds; 0: none
} Stmt;

typedef struct StmtResult {
  Str code, message, query_id;
  int64_t affected; // -1: not told
  double seconds;
} StmtResult;

typedef struct Engine {
  const char *type;      // "postgres", "clickhouse"
  const char *driver;    // "", "http", "embedded"
  bool names_statements; // each statement has an id that is given with it (Stmt.query_id)
  // Opens a session within the target's connect_timeout. NULL: *error says why, with a hint for
  // each usual failure (refused, host name, password, database missing, TLS, data folder locked).
  // Given up as soon as *stop is true; NULL: never.
  Session *(*open)(const Target *t, const atomic_bool *stop, Arena *a, DbError *error);
  // Runs stmt and streams its rows (sink may be NULL). Text in *result and *error is the arena's.
  // A connection lost before the statement was sent is reopened with back-off, unless the session
  // is `once`; a statement that may have run is never sent again unless it is idempotent.
  bool (*exec)(Session *s, Arena *a, const Stmt *stmt, const RowSink *sink, StmtResult *result,
               DbError *error);
  // Bulk insert: `head` is the statement ("copy t (a) from stdin", "insert into t (a)"), `read`
  // gives the next piece of the data (0: end, -1: failed). Data are lines of tab-separated cells,
  // \N for null, backslash escapes: COPY's text format and ClickHouse's TabSeparated alike.
  bool (*insert)(Session *s, Arena *a, Str head,
                 ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                 StmtResult *result, DbError *error);
  // Hands on the rows of a query as the lines that COPY gives, in pieces that may end anywhere.
  // `write` says false to stop; the session is of no more use then. NULL: the rows come by exec.
  bool (*extract)(Session *s, Arena *a, Str sql,
                  bool (*write)(void *data, const char *piece, size_t n), void *data,
                  StmtResult *result, DbError *error);
  // The one call allowed from another thread while exec or insert runs: asks the database to stop
  // the running statement, which then fails. Does nothing when none runs.
  void (*cancel)(Session *s);
  // Whether the session is inside a transaction. NULL: the database has none.
  bool (*in_transaction)(const Session *s);
  // Said between two nodes. NULL: it makes no difference.
  void (*next_node)(Session *s);
  bool (*version)(Session *s, Arena *a, Str *text, int64_t *number, DbError *error);
  void (*close)(Session *s);
  // lock.h: how runs agree on who writes a relation. NULL: no other process has the database.
  const struct EngineLocks *locks;
  // waits.h: statements that wait for work that may never end. NULL: there are none.
  const struct EngineWaits *waits;
} Engine;

struct Session {
  const Engine *engine;
  // Set by who opened it: a connection that is lost is never made anew, since what was held in it,
  // a transaction and its moment, is gone with it. Every later statement fails then.
  bool once;
};

extern const Engine *const engines[]; // ends with NULL
// The engine for a target; NULL: *error says which types and drivers there are.
const Engine *engine_for(const Target *t, Arena *a, DbError *error);

#endif
