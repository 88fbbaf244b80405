// lineage.json: a lineage graph for other programs, and read back. docs/lineage.md has its form.
#ifndef STARC_LINEAGE_FILE_H
#define STARC_LINEAGE_FILE_H
#include "../../compiler/base/diag.h"
#include "../../compiler/value/json.h"
#include "graph.h"

enum { LINEAGE_VERSION = 1 }; // of the form; a number more for what an older reader cannot read

// Writes it, replacing an earlier file at once. `type`: of the database; `stamp`: of the project
// (stamp.h). False: recorded.
bool lineage_write(const LineageGraph *g, const Project *p, Str type, Str stamp, Str path,
                   Diags *diags);
// The stamp in the head of such a text; empty: it has none.
Str lineage_file_stamp(Str text);
// Writes nodes[0..n) of it, by their place, as the member "nodes" of the object at hand.
void lineage_write_nodes(Json *j, const LineageGraph *g, const uint32_t *nodes, size_t n);
// Reads a text of that form; nodes of the project are found by their ids. `src` and all that is
// made last as long as the arena. NULL: it is none, or of another version, which is recorded with
// what to do.
LineageGraph *lineage_read(Arena *a, const Source *src, const Graph *project, Diags *diags);

#endif
