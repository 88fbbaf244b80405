// A lineage graph while it is made: nodes, columns and inputs come in any order, columns when they
// are first named.
#ifndef STARC_LINEAGE_DRAFT_H
#define STARC_LINEAGE_DRAFT_H
#include "graph.h"

typedef struct LineageDraft LineageDraft;
typedef struct DraftNode DraftNode;
typedef struct DraftColumn DraftColumn;

// The nodes and types that are given to it must last as long as the graph, whose arena is a.
LineageDraft *draft_new(Arena *a);
// The node of this id, new or as it was made first. `what` is filled but for columns.
DraftNode *draft_node(LineageDraft *d, const LineageNode *what);
DraftNode *draft_find(const LineageDraft *d, Str id); // NULL: not there
// Sets why the node's columns are not known; the first reason stays.
void draft_unknown(DraftNode *n, Str why);
// Its column of that name, new ones behind the others. An empty name: its rows.
DraftColumn *draft_column(LineageDraft *d, DraftNode *n, Str name);
DraftColumn *draft_known_column(const DraftNode *n, Str name); // NULL: it has none of that name
// The column at a place among those with a name; NULL: it has fewer.
DraftColumn *draft_column_at(const DraftNode *n, size_t at);
Str draft_column_name(const DraftColumn *c);
void draft_column_type(DraftColumn *c, Str type);
void draft_column_unknown(DraftColumn *c, Str why); // the first reason stays
// What the relation is kept by has the column: a config's name. Each once.
void draft_column_key(LineageDraft *d, DraftColumn *c, Str config);
// `from` gets into `to`. Of two ways the stronger one is kept.
void draft_input(LineageDraft *d, DraftColumn *to, const DraftColumn *from, LineageStep step);
// The graph, in the draft's arena, in the order of nodes' making. The draft is used up.
LineageGraph *draft_close(LineageDraft *d);

#endif
