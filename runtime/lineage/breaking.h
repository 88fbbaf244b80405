// What somebody who reads a node may miss: columns that are gone or have another type since an
// earlier state.
#ifndef STARC_LINEAGE_BREAKING_H
#define STARC_LINEAGE_BREAKING_H
#include "../check/findings.h"
#include "graph.h"

// Compares the columns of what was looked at with those of the folder of --state: of its
// catalog.json, else, by name, of the enforced contracts in its manifest. Without --state with what
// schemas.lock.json has of the nodes. A warning for each column, with who reads it: by the columns
// of the project as it is (g, or NULL: then who reads the node may) and by what fails for want of
// it.
void breaking_find(Findings *f, const LineageGraph *g, const Checked *checked);

// Whether --state, where it is given, has what the columns are compared with. False: told.
bool breaking_can(Run *r);

#endif
