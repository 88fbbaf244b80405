// dbt's selection grammar: --select, --exclude, --selector -> a set of nodes.
#ifndef STARC_SELECT_H
#define STARC_SELECT_H
#include "graph.h"

// One `column:` criterion: the columns that a text names, and how far along them.
typedef struct ColumnCriterion {
  Str text;               // "orders.amount"
  bool parents, children; // also the nodes that they are made from, that read them
  uint32_t parents_depth, children_depth;
  const Source *src; // where it stands in selectors.yml, or NULL
  Span span;
} ColumnCriterion;

// Who knows columns; compiler/ does not.
typedef struct SelectColumns {
  // Sets picked[i] for each node Graph.nodes[i] of the criterion, and tests[i] for the tests that
  // look at one of its columns, picked or not. False: recorded in diags, or the run stopped.
  bool (*pick)(void *data, const ColumnCriterion *c, bool *picked, bool *tests, Diags *diags);
  void *data;
} SelectColumns;

typedef struct Selection {
  Str *select, *exclude; // each one argument as typed (may hold spaces and commas)
  size_t nselect, nexclude;
  Str selector; // --selector name, empty: none
  Str *resource_types, *exclude_resource_types;
  size_t nresource_types, nexclude_resource_types;
  Str indirect;                   // eager (default), cautious, buildable, empty
  const struct StateIndex *state; // comparison with an earlier manifest, NULL: none
  const SelectColumns *columns;   // NULL: method `column` is an error
} Selection;

// bits[i] is true when Graph.nodes[i] is selected (arena). `kinds`: bit set of 1 << NodeKind the
// command works on, applied last. NULL: an error was recorded (unknown method with the nearest
// name, bad syntax, unknown selector). A criterion that matches nothing gets dbt's warning.
bool *select_nodes(Arena *a, const Graph *g, const Selection *s, unsigned kinds, Diags *diags);

// Checks every definition of selectors.yml, selected or not. False: errors were recorded.
bool select_check_selectors(Arena *a, const Graph *g, Diags *diags);

// selectors.yml's definitions in the shape the manifest has: name -> {name, definition, ...}, with
// text turned into its parts and names of other selectors into what they say.
Value select_selectors_value(Arena *a, const Yaml *selectors);

// Python's fnmatch.fnmatchcase: * ? [seq] [!seq] over the whole text.
bool select_glob(Str text, Str pattern);

// Whether a text has *, ? or [].
bool select_has_wildcard(Str s);

// The same for paths: * ? [seq] stay within a folder, ** as a whole part is any number of folders.
bool select_path_glob(Str path, Str pattern);

#endif
