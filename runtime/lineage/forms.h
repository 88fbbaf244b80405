// Lineage for other programs: JSON, Mermaid's diagrams, OpenLineage's events.
#ifndef STARC_LINEAGE_FORMS_H
#define STARC_LINEAGE_FORMS_H
#include "../../compiler/project/profile.h"
#include "../../compiler/value/json.h"
#include "tree.h"

// `asked`: what was asked for; NULL: the whole graph.
typedef void LineageForm(Buf *out, const LineageGraph *g, const LineageAsked *asked,
                         const Project *p, const Target *target);

// What is reached, each column once: {node, column, upstream, downstream}; of the whole graph its
// nodes as in lineage.json.
LineageForm lineage_json;
// A flowchart: a box for each node, arrows between columns.
LineageForm lineage_mermaid;
// Lines of JSON: a run event for each node that is made, a dataset event for each other relation.
LineageForm lineage_openlineage;

// Which nodes are reached, by their place.
bool *lineage_reached(Arena *a, const LineageGraph *g, const LineageAsked *asked);

#endif
