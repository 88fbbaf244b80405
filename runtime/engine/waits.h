// Statements that wait for work that the database does by itself, and that may never end: a disk
// without room, rows that it cannot be done for. In: a statement, a session beside the one that it
// runs in. Out: whether it can still end, or why not. session/statement_watch.c decides when.
#ifndef STARC_WAITS_H
#define STARC_WAITS_H
#include "engine.h"

// What a statement waits for, in one of the states that it can be in.
typedef enum WaitState {
  WAIT_FINE, // it is done, at work, or not known: wait
  WAIT_LONG, // nothing is at work on it; what it needs may come by itself, in minutes
  WAIT_STUCK // nothing is at work on it, and nothing will be: *error says why
} WaitState;

typedef struct EngineWaits {
  // Whether a statement, with all of its text, may wait so.
  bool (*may)(Arena *a, Str sql);
  // Looks at what it waits for. Also with WAIT_LONG *error says what is missing.
  WaitState (*look)(Session *beside, Arena *a, Str sql, DbError *error);
  // It was given up, or failed after `seconds`: what it left to be done is taken back, if it is
  // surely its own, so that it jams no later statement. Completes *error with what stays in the
  // way.
  void (*take_back)(Session *s, Arena *a, Str sql, double seconds, DbError *error);
} EngineWaits;

extern const EngineWaits waits_clickhouse;

#endif
