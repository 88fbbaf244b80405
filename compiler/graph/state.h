// An earlier run to compare with: its manifest, results and freshness, read from --state's folder.
#ifndef STARC_STATE_H
#define STARC_STATE_H
#include "graph.h"

typedef struct StateIndex {
  Str shown; // the folder, as the user gave it
  bool has_folder, has_manifest, has_results, has_sources, has_current;
  Map nodes;                 // unique id -> Value * (the node's dict in the earlier manifest)
  Map macros;                // unique id -> Value *
  Map results;               // unique id -> Value * (its run result)
  Map sources, current;      // unique id -> Value * (its freshness then, and in target/ now)
  Value args;                // what the earlier run was called with, a dict or undefined
  Str invocation;            // of the earlier run; empty: not told
  Str invocation_started_at; // of the earlier run, empty: not told
  Value metadata;            // of the earlier manifest, a dict or undefined
  bool as_written;    // schemas and databases are compared as written, not as what they came to
  Map changed_macros; // ids of macros of this project that are not what they were, or call one
} StateIndex;

// Reads what there is of manifest.json, run_results.json and sources.json in a folder, and
// sources.json of `current` (the target folder; may be empty). Files that are not there are not an
// error: what needs one says so. NULL: one was there and could not be read, or has a version that
// starc does not know; recorded.
StateIndex *state_load(Arena *a, Str dir, Str shown, Str current, Diags *diags);
// The same of run_results.json alone.
StateIndex *state_load_results(Arena *a, Str dir, Str shown, Diags *diags);
// The same with sources.json.
StateIndex *state_load_outcome(Arena *a, Str dir, Str shown, Diags *diags);
// Reads catalog.json of a folder: *catalog is the whole, in the arena, or undefined where there is
// no such file. False: as state_load.
bool state_load_catalog(Arena *a, Str dir, Str shown, Value *catalog, Diags *diags);

// Records that the state's `file` is needed for `what` and not there.
void state_missing(const StateIndex *s, Diags *diags, const char *what, const char *file);

// Looks through the macros once. Before any state_matches.
void state_compare_macros(StateIndex *s, Arena *a, const Graph *g);

// Whether a node is what state:WHAT says: one of state_words. *known is false for another word.
// Changes of an enforced contract that break its readers are recorded: as a warning, as an error
// for a model with versions.
bool state_matches(const StateIndex *s, Arena *a, const Graph *g, const Node *n, Str what,
                   Diags *diags, bool *known);

// Parts of a node that can be other than they were.
enum {
  STATE_BODY = 1 << 0,        // its text; of a seed, its rows
  STATE_CONFIG = 1 << 1,      // also keys that no state: asks for, as tags
  STATE_RELATION = 1 << 2,    // where it is
  STATE_MACROS = 1 << 3,      // one that it calls
  STATE_CONTRACT = 1 << 4,    //
  STATE_DESCRIPTION = 1 << 5, // its own or a column's, where it is not persisted too
  STATE_OTHER = 1 << 6, // something else that state:modified counts, or that is its definition
  STATE_PARTS = 7,      // how many there are
};
typedef struct StateChange {
  bool is_new;    // the earlier manifest has no such node
  bool modified;  // state:modified holds it
  unsigned parts; // of one that was there: bits as above
  Str breaks;     // what those who rely on its contract would trip over; empty: nothing
} StateChange;
// Compares a node with the earlier manifest's as state: does. Loads, which a manifest has not, are
// never new. Nothing is recorded. `breaks` is in the arena. Any thread, with an arena of its own.
StateChange state_change(const StateIndex *s, Arena *a, const Graph *g, const Node *n);
// The keys of config that differ between two dicts of a node: a list of {key, was, is}, rendered
// where that differs, else as written. What is absent is none.
Value state_config_changes(Arena *a, const Node *n, Value old, Value now);
// The same of what is neither text, config, columns nor description: an exposure's owner, a unit
// test's rows, a model's access.
Value state_definition_changes(Arena *a, const Node *n, Value old, Value now);
// 48 bits that are others when a node's text (of a seed and a unit test its checksum), or its
// config as written, is another: what state: compares of them, without macros, descriptions and
// columns. Never 0. Any thread.
uint64_t state_sum(const Node *n);
// Whether a macro's text is what it was; true of those that come with the program.
bool state_same_macro(const StateIndex *s, Arena *a, const MacroEntry *m);
// Records contracted models of the earlier manifest that are gone now.
void state_removed_contracts(const StateIndex *s, const Graph *g, Diags *diags);

// The words that state: knows, for messages.
extern const Str state_words[];
extern const size_t state_nwords;

#endif
