// What the tasks tell the user, as data. cli/ fills the callbacks in and decides how it looks; they
// may be called from any thread.
#ifndef STARC_REPORT_H
#define STARC_REPORT_H
#include "../../compiler/graph/result.h"

typedef enum Level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_NONE } Level;

// A message with dbt's name and code of the event; data is a dict of the event's own keys or
// undefined.
typedef struct Event {
  Level level;
  const char *name, *code;
  Str msg;
  Value data;
  const Node *node; // NULL: none
  bool bare;        // output asked for (ls, show, print): no time before it, shown under --quiet
  bool totals;      // the end of a run: shown under --log-level warn too
  bool file_only;   // the terminal has it already, in another form
} Event;

typedef enum NodePhase { PHASE_STARTED, PHASE_COMPILING, PHASE_EXECUTING, PHASE_DONE } NodePhase;

// A step of a node in a run.
typedef struct NodeEvent {
  NodePhase phase;
  const Node *node;
  size_t index, total;     // index counts from 1 in the order of starting
  const RunResult *result; // PHASE_DONE
  Str thread;
} NodeEvent;

typedef struct Reporter {
  void *data;
  // The project is known: where logs go and what this invocation is called.
  void (*opened)(void *data, Str root, Str log_dir, Str invocation_id);
  void (*event)(void *data, const Event *e);
  void (*finding)(void *data, const Diag *d, const Node *node);
  void (*node)(void *data, const NodeEvent *e);
  // A statement begins (seconds < 0) or ended.
  void (*statement)(void *data, const Node *node, Str connection, Str sql, double seconds,
                    Str status);
  // A run of `total` nodes begins or ends (total 0): the live line's concern.
  void (*progress)(void *data, size_t total, unsigned workers);
} Reporter;

// Says nothing: for reading a project before it is known whether its findings concern the user. It
// has no callbacks for nodes and statements.
extern const Reporter reporter_silent;

#endif
