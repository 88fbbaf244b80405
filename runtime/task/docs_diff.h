// docs diff: what docs generate needs besides to show what changed since --state.
#ifndef STARC_TASK_DOCS_DIFF_H
#define STARC_TASK_DOCS_DIFF_H
#include "../docs/site_diff.h"
#include "../run/run.h"

#define DOCS_DIFF_FOLDER "diff" // in the target folder

// The nodes of lineage.json of a folder, in r->arena; none where there is no such file that can be
// read.
Value docs_lineage(Run *r, Str dir);

// Reads what stands beside the manifest of --state. False: there is no manifest, or a file that
// cannot be read; reported.
bool docs_diff_open(Run *r, SiteThen *then);
// Whether --state is the target folder itself: its lineage.json is left as it is then.
bool docs_diff_in_target(const Run *r);
// Compares with what is known now: a catalog as catalog_value makes it, nodes of lineage.json.
SiteDiff *docs_diff_compare(Run *r, SiteThen *then, Value catalog, Value lineage);
// Prints what is new, changed and gone, in a few lines, and where the page is. chosen: which nodes
// the page has, by index; NULL: all, and what is gone.
void docs_diff_tell(Run *r, const SiteDiff *d, const bool *chosen, Str folder);

#endif
