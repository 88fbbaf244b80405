// What the tasks tell the user, as data. cli/ fills the callbacks in and decides how it looks; they
// may be called from any thread.
#ifndef STARC_REPORT_H
#define STARC_REPORT_H
#include "../../compiler/artifacts/events.h"
#include "../../compiler/graph/result.h"

typedef enum NodePhase {
  PHASE_NONE, // not begun, or told to its end
  PHASE_STARTED,
  PHASE_COMPILING,
  PHASE_EXECUTING,
  PHASE_DONE
} NodePhase;

// How far a node is: every event about it says so.
typedef struct NodeState {
  NodePhase phase;
  RunStatus status;                // of PHASE_DONE
  int64_t started_us, finished_us; // since 1970; 0: not
} NodeState;

// A step of a node in a run.
typedef struct NodeStep {
  NodePhase phase;
  const Node *node;
  size_t index, total;     // index counts from 1 in the order of starting
  const RunResult *result; // PHASE_DONE
  Str thread;
  Str line;   // what a terminal shows at the end, empty: the common line
  bool quiet; // compiled only: no line of its own
} NodeStep;

// A message: its kind says name, code and level, and which keys its data has.
typedef struct Event {
  EventKind kind;
  Level level;              // LEVEL_OWN: that of the kind
  Level shown_with;         // the level by which a terminal shows it, LEVEL_OWN: its level
  Str msg;                  // of a step: made where it is shown
  const EventField *fields; // NULL: none
  const Diag *finding;      // NULL: none; shown with its place instead of msg
  const NodeStep *step;     // NULL: none
  const Node *node;         // NULL: none
  const Group *group;       // the node's, NULL: none
  NodeState state;          // the node's; PHASE_NONE: what is known of it
  Str thread;               // empty: "MainThread"
  bool bare;                // output asked for (ls, show, print): no time before it, shown if quiet
  bool totals;              // the end of a run: shown under --log-level warn too
  bool unseen;              // a terminal has it already, in another form: for JSON and the log file
  bool soon;                // its thread tells another one at once: the log may write them together
} Event;

typedef struct Reporter {
  void *data;
  bool colors;       // what is printed may have ANSI colours
  bool reads_fields; // else nobody reads Event.fields, and they may be left out
  // The project is known: where logs go and what this invocation is called.
  void (*opened)(void *data, Str root, Str log_dir, Str invocation_id);
  void (*event)(void *data, const Event *e);
  // A run of `total` nodes begins or ends (total 0): the live line's concern.
  void (*progress)(void *data, size_t total, unsigned workers);
  // A node that brings rows has brought so many; `all`: how many there are about, -1: not known.
  void (*moved)(void *data, const Node *n, int64_t rows, int64_t bytes, int64_t all);
  // Nothing runs, and something is waited for: what a terminal shows in place of the live line;
  // good: nothing is wrong. Without text: it is over.
  void (*waits)(void *data, Str text, bool good);
} Reporter;

// Says nothing: for reading a project before it is known whether its findings concern the user.
extern const Reporter reporter_silent;

#endif
