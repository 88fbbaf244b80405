// What answers the queries of serve, behind one face: HTTP knows no engine, and is tested and
// fuzzed with another one. In: a statement with its settings. Out: bytes into a pipe, and how it
// ended.
#ifndef STARC_SERVE_BACKEND_H
#define STARC_SERVE_BACKEND_H
#include "../../compiler/base/buf.h"

typedef struct ServePair {
  Str name, value;
} ServePair;

// A table that comes with a request and is there for its statement alone.
typedef struct ServeExternal {
  Str name, structure, format, data; // structure: "id UInt8, name String"
} ServeExternal;

// A statement to run. The texts stay as they are until it has ended.
typedef struct ServeStatement {
  Str sql;                   // one statement, without a semicolon, an INSERT with its data
  Str format;                // of its answer, where it names none
  Str database;              // that names without one mean; empty: the connection's
  const ServePair *settings; // of this statement
  const ServePair *params;   // what {name:Type} stands for
  const ServeExternal *externals;
  size_t nsettings, nparams, nexternals;
  size_t role;  // the number of the rights it has
  int readonly; // as the setting: 0; 2: nothing is changed but settings; 1: nor those
  bool keeps;   // the connection is a session: settings are put back behind the statement
  bool trusted; // it may be anything
  int from;     // where the data of an INSERT come from (sql ends in its FORMAT); -1: none
  int into;     // where the answer is written; its end is the caller's to close
} ServeStatement;

// How it ended.
typedef struct ServeOutcome {
  Buf error; // heap: "Code: 60. DB::Exception: ...", as the engine says it; empty: all is well
  uint64_t read_rows, read_bytes, written_rows, written_bytes, result_rows, result_bytes;
} ServeOutcome;

typedef struct ServeBackend {
  void *data;
  Str version, timezone; // of the engine
  // A connection, on which one statement runs at a time. NULL: *error (heap) says why, as in
  // ServeOutcome. From any thread.
  void *(*open)(void *data, Buf *error);
  // Before each `run`, by who may call `stop`: a stop of the statement before is forgotten.
  void (*begin)(void *conn);
  // Runs a statement to its end.
  void (*run)(void *conn, const ServeStatement *s, ServeOutcome *outcome);
  // Asks it to end early. From any thread, while the connection is open; nothing, if none runs.
  void (*stop)(void *conn);
  void (*close)(void *conn);
} ServeBackend;

#endif
