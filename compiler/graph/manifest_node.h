// Nodes, macros and the whole graph as the dicts that dbt's manifest has of them: one place for
// their keys, which templates read, artifacts/ writes and an earlier state is compared in.
#ifndef STARC_MANIFEST_NODE_H
#define STARC_MANIFEST_NODE_H
#include "../value/json.h"
#include "graph.h"
#include "result.h"

// A node as dbt's dict of it (manifest.json's shape and order of keys): `model` in templates, the
// entries of `graph`, and what artifacts/ writes. Built new in the arena at each call.
Value node_value(Arena *a, const Graph *g, const Node *n);
// The same with what compiling it in this run gave (res may be NULL).
Value node_value_compiled(Arena *a, const Graph *g, const Node *n, const RunResult *res);
// That dict as JSON, written without the values in between. `scratch`: for what it needs meanwhile.
void node_write(Json *j, Arena *scratch, const Graph *g, const Node *n, const RunResult *res);
// The node of a result as hooks at the end read it: node_value_compiled's, but a unit test is a
// model of its own with the tested one's text, as dbt runs it.
Value node_value_of_result(Arena *a, const Graph *g, const RunResult *res);
// A macro in the same two ways.
Value macro_value(Arena *a, const MacroEntry *e);
void macro_write(Json *j, Arena *scratch, const MacroEntry *e);
// Where a model is, as the semantic layer wants it: {alias, schema_name, database, relation_name}.
Value node_relation_value(Arena *a, const Node *model);
// A group's or exposure's owner: {email, name, ...}, the two that dbt always writes first.
Value owner_value(Arena *a, Value owner);
// `graph` in templates: a dict of nodes, sources, groups and so on by id. Frozen.
Value graph_as_value(Arena *a, const Graph *g);

#endif
