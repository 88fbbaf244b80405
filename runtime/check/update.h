// starc check --update-sources: the target's section of schemas.lock.json anew.
#ifndef STARC_CHECK_UPDATE_H
#define STARC_CHECK_UPDATE_H
#include "check.h"
#include "lock.h"

// Asks the target for the sources of the project, or of the selection where one was given, and for
// what only a server has; the lock's section is made of it. A source that the target does not have
// is a warning. False: reported, and nothing is written.
bool update_sources(Run *r, SchemaLock *lock, const Node *const *nodes, size_t n);

// After the check: adds the columns of the nodes that are good, and writes the file. False:
// reported.
bool update_save(Run *r, const Checked *checked);

// After loads that may have made, widened or added columns: where the file has a section of this
// target, what it says of these sources becomes true again, which is told. What hinders that is a
// warning.
void update_loaded(Run *r, const Node *const *sources, size_t n);

#endif
