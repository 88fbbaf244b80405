// starc sync: the columns of what was checked, into schema files. In: a check. Out: the plan of
// additions; files written, or shown.
#ifndef STARC_SYNC_H
#define STARC_SYNC_H
#include "../check/check.h"
#include "../lineage/graph.h"
#include "plan.h"

// The nodes of `bits` with their columns, of what was checked; those of packages are left out, and
// how many these are is told. In the run's arena.
typedef struct SyncNodes {
  SyncNode *items;
  size_t n;
} SyncNodes;
SyncNodes sync_nodes(Run *r, const Check *k, const Checked *checked, const bool *bits);

// Gives each column that is the same value as another one above it the description of that.
void sync_inherit(Run *r, const LineageGraph *g, SyncNodes *nodes);

// Asks the database which names of types mean the same, of those that the files and the relations
// have; while the check is open.
void sync_types(SyncPlan *p, Check *k, const SyncNodes *nodes);

// Writes the files of the plan, or with --dry-run prints what would be. *changed: how many there
// are. False: one cannot be written, which is reported; the others are.
bool sync_write(SyncPlan *p, size_t *changed);

#endif
