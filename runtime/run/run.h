// One invocation: the project, what contexts share, connections, results. Tasks are functions on
// it. In: RunOptions and a Reporter. Out: an exit code, artifacts, events.
#ifndef STARC_RUN_H
#define STARC_RUN_H
#include "../../compiler/artifacts/report.h"
#include "../../compiler/load/load.h"
#include "../session/conn.h"
#include "command.h"
#include "pool.h"

#include <pthread.h>

typedef struct Run Run;

struct Run {
  RunOptions *options;
  Reporter *report;
  Arena arena; // until run_close; this thread only
  Diags diags;
  ProjectOptions project_options;
  Project *project;
  Flags flags;
  ContextShared shared;
  Sessions sessions;
  Loaded loaded;
  Graph *graph;
  const Dialect *dialect;
  struct StateIndex *state, *defer_state; // of --state and --defer-state, NULL: not given
  struct SchemaLock *schema_lock;         // check/lock.h's, NULL: not read yet
  Map gone_sources;                       // unique ids: the target has no such table
  Map unread_sources; // unique ids: of files that the engine could not read, which was told
  struct LineageWhole *lineage;   // lineage/whole.h's, NULL: not read yet
  struct CheckVersions *versions; // check/versions.h's, NULL: not asked yet
  Str target_shown; // the target folder as shown: relative to the project where it is inside

  PoolStop stop;        // set by a signal
  _Atomic int signal;   // which
  pthread_mutex_t lock; // guards results and their arena
  Arena results_arena;
  RunResult **results;
  size_t nresults, results_cap;
  ReportFinding *findings, *last_finding; // those of --report; in results_arena
  int64_t started_us;
  bool has_event_span; // --event-time-start and -end
  int64_t event_from, event_to;
  int journal;        // journal.h's file, -1: none
  int journal_folder; // the target folder, as long as its journal is this run's; 0: it is not
  Str journal_path;   // empty: none

  Value warn_options;      // --warn-error-options as a dict once it was needed, else undefined
  bool hook_unrendered;    // an on-run-start hook is not even a statement
  bool summarized;         // graph_summary.json is written
  size_t errors, warnings; // of the findings that were reported, for the last line
  bool profile_failed;     // an error of profiles.yml was reported
  Diag told;               // the trouble with the warehouse that was reported last: code and hint
  bool told_fewer;         // so many threads found no connection
  bool told_others;        // that other processes' statements are waited for
  int ended_by;            // the signal that was there before that
  NodeState *states;       // by Node.index, once the graph is there
  NodeState other_state;   // of a node that is not in the graph (--inline)
  EventKind error_kind;    // what an error is told as that is no node's

  // Locks (node_lock.h).
  double wait_s;        // --wait in seconds
  Str own_name;         // who this run is, to others: "starc build ana@laptop:4711"
  atomic_bool gives_up; // --fail-fast and a node failed: who waits for a lock is left out
  atomic_bool no_locks; // there are none for this user on this server, which was told
};

// --- opening and closing
// Reads the project (and, with OPEN_GRAPH, loads its graph; with OPEN_FILES, neither profile nor
// packages). False: findings were reported; leave
// with EXIT_USAGE. Warnings are reported either way (errors with --warn-error).
bool run_open(Run *r, RunOptions *o, Reporter *report, OpenLevel level);
void run_close(Run *r);
// Reports and forgets the findings so far. False if one was an error.
bool run_report(Run *r);
// Reports a finding that no result holds, and keeps it for --report. From any thread.
void run_finding(Run *r, const Diag *d, const Node *n);
// Keeps a finding for --report that was told in other words.
void run_keep_finding(Run *r, const Diag *d, const Node *n);
// The nodes of the command line's selection (kinds: bits of 1 << NodeKind). NULL: reported.
bool *run_select(Run *r, unsigned kinds);
// Sets up ref() for --defer, or clone's look at the earlier run (`always`). False: reported.
bool run_defer(Run *r, bool always);
// How many workers the options and the target ask for, at least one.
unsigned run_threads(const Run *r);
// Whether an interrupt came.
bool run_stopped(const Run *r);

// --- talking
// An event as it is: its level, its node's group and how far the node is are filled in.
void run_event(Run *r, Event e);
// One whose text is written as printf does, under the name that the program was called by.
void run_tell(Run *r, Event e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
// The common one: a kind, and what its data has (EVENT_FIELDS, or NULL).
void run_say(Run *r, EventKind kind, const EventField *fields, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// A blank line, shown with what stands below it, which has this level.
void run_blank(Run *r, Level below);
// A finding as an event of this kind.
void run_tell_finding(Run *r, EventKind kind, const Diag *d, const Node *n);
// Output that was asked for, as an event of the kind (print: EV_PrintEvent).
void run_print_as(Run *r, EventKind kind, Str text);
void run_print(Run *r, Str text);
// How many nodes are about to be worked on. unseen: a terminal does not show it.
void run_tell_work(Run *r, size_t nodes, unsigned threads, bool unseen);
// How far a node is. Written by the thread that runs it only.
NodeState *run_node_state(Run *r, const Node *n);

// --- results
RunResult *result_new(Run *r, const Node *n); // in results_arena; not in the list yet
void result_add(Run *r, RunResult *res);
Str result_text(Run *r, Str s); // a copy that lives as long as results
Value result_value(Run *r, Value v);

// --- paths
Str run_path(Arena *a, const Run *r, const char *folder, const Node *n); // absolute
Str run_shown(Arena *a, const Run *r, Str path); // relative to the project where it is inside
#endif
