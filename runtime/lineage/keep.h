// target/lineage.json of a run.
#ifndef STARC_LINEAGE_KEEP_H
#define STARC_LINEAGE_KEEP_H
#include "build.h"

// Whether a file is written: of a part of the project none is, since whoever reads it would take
// what is missing for what is not there.
bool lineage_is_kept(const Run *r);
// The lineage of what was checked; it is written into the target folder where it is kept. NULL:
// the run stopped, or the file could not be written, which is reported; of a check that is a
// warning, and no NULL.
LineageGraph *lineage_keep(LineageBuild *b, Run *r, const Checked *checked);
// A word about nodes that were not checked.
void lineage_tell_failed(Run *r, const Checked *checked);

#endif
