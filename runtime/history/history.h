// What earlier runs of a project did: a record an invocation, kept beyond `starc clean`. Here: its
// form, and what reads it. In: the records of a folder or of a table. Out:
// runs, newest first, and the results of each node. Leaves writing to keep.h.
#ifndef STARC_HISTORY_H
#define STARC_HISTORY_H
#include "../../compiler/base/diag.h"
#include "../../compiler/base/map.h"

enum {
  HISTORY_VERSION = 1,      // of a record; a newer one is passed over with a warning
  HISTORY_KEPT = 100,       // invocations, where the project says nothing
  HISTORY_SUM = 12,         // hexadecimal digits
  HISTORY_MESSAGE = 500,    // bytes of a message that are kept
  HISTORY_SELECTION = 2000, // likewise of a selection
  HISTORY_MOST_MIB = 256    // all records of a folder together
};
#define HISTORY_FOLDER ".starc/history" // in the project's folder

typedef struct HistoryRun HistoryRun;
typedef struct HistoryResult HistoryResult;

// What a node did in a run.
struct HistoryResult {
  const HistoryRun *run;
  const HistoryResult *older; // of the same node, in the run before in which it was; NULL: none
  Str id;                     // "model.shop.orders"
  Str status;                 // one of run_status_names (graph/result.h): success, error, pass ...
  Str message;                // masked, at most HISTORY_MESSAGE bytes; empty: none
  Str sum; // of what the node was made of, HISTORY_SUM digits; empty: not known (before starc
           // 0.1.0)
  double seconds;
  int64_t rows, failures; // -1: not known
  // Of a node's newest: the oldest, and how many there are.
  HistoryResult *oldest;
  size_t n;
};

// An invocation.
struct HistoryRun {
  Str invocation_id, command, selection, version, target, database; // empty: not known
  Str commit;         // of the project's folder, 40 or 64 hexadecimal digits; empty: none
  int64_t started_us; // since 1970
  double seconds;
  int exit_code;                             // above 128: 128 + signal
  size_t passed, warned, failed, skipped, n; // n: all nodes
  HistoryResult *results;                    // those that were asked for
  size_t nresults;
};

// What is wanted of all that is kept.
typedef struct HistoryAsk {
  Str root;    // the project's folder
  Str target;  // runs of this target alone; empty: of any
  size_t runs; // so many, the newest; 0: all
  size_t
      per_node; // results of each node, the newest; 0: none, and only the records' heads are read
  const Map *nodes; // results of these unique ids alone; NULL: of all
} HistoryAsk;

typedef struct History {
  HistoryRun **runs; // newest first
  size_t nruns, cap;
  Map by_node;        // unique id -> its newest HistoryResult, the others by `older`
  Map by_invocation;  // invocation id and start -> HistoryRun
  size_t passed_over; // records that could not be read
} History;

// Reads what a project's folder has; all memory is the arena's. Whatever cannot be read is passed
// over, and told as one warning; a folder that is not there has nothing.
void history_read(Arena *a, const HistoryAsk *ask, History *out, Diags *diags);

// Adds one record, `text`, to what was read, unless it is there. Records are best given newest
// first: then per_node counts right. False: it is none that can be read; *why says it (static).
bool history_add(Arena *a, const HistoryAsk *ask, History *h, Str text, const char **why);

// The newest result of a node; NULL: none was read.
const HistoryResult *history_of(const History *h, Str id);

// The first of the results that were read in which a node was made of what it is made of in
// `newest`, where a result before that had another sum. NULL: no change is known.
const HistoryResult *history_changed(const HistoryResult *newest);

// Whether a status is a failure: error, fail, runtime error.
bool history_is_bad(Str status);

#endif
