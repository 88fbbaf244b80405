// Sources that drift: their columns and types in the target now, against schemas.lock.json and
// their YAML. In: sources. Out: findings at their lines, before any model runs.
#ifndef STARC_CHECK_DRIFT_H
#define STARC_CHECK_DRIFT_H
#include "../run/run.h"

typedef struct Drift {
  size_t compared;   // sources
  size_t blind;      // those whose columns neither the lock file nor YAML says
  size_t elsewhere;  // those that this connection cannot see: they are in another database
  size_t added;      // new columns
  bool of_lock;      // something is not as the lock file has it
  bool no_lock;      // there is none
  Str borrowed_from; // the target whose section of the lock file counts; empty: the run's own
} Drift;

// Who reads a column of a source, in words for a hint; an empty column: the source.
typedef struct DriftReaders {
  Str (*told)(void *data, const Node *source, Str column);
  void *data;
} DriftReaders;

// Asks the target and compares. Findings are in r->diags, as severe as the config `drift` of each
// source says; new columns are notes. False: it could not be done, which is there too.
bool drift_find(Run *r, const Node *const *sources, size_t n, DriftReaders readers, Drift *out);

struct SchemaLock;
// A note in r->diags for each difference between the lock file, as it was read, and the columns
// that were found: a dict of the target's answers (live_sources).
void drift_note(Run *r, const struct SchemaLock *lock, const Node *const *sources, size_t n,
                Value found);

#endif
