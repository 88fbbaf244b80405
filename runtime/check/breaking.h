// What somebody who reads a node may miss: columns that are gone or have another type since an
// earlier state.
#ifndef STARC_CHECK_BREAKING_H
#define STARC_CHECK_BREAKING_H
#include "findings.h"

// Compares the columns of what was looked at with those of the folder of --state: of its
// catalog.json, else, by name, of the enforced contracts in its manifest. Without --state with what
// schemas.lock.json has of the nodes. A warning for each column, with who reads the node.
void breaking_find(Findings *f, const Checked *checked);

// Whether --state, where it is given, has what the columns are compared with. False: told.
bool breaking_can(Run *r);

#endif
