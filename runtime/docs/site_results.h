// What earlier runs left, as the documentation page has it (site/src/data.ts: Last, Result).
#ifndef STARC_DOCS_SITE_RESULTS_H
#define STARC_DOCS_SITE_RESULTS_H
#include "../../compiler/graph/state.h"
#include "../../compiler/value/json.h"

// What of a folder's run_results.json, load_results.json and sources.json is about runs: a folder
// whose last command only compiled has no results. NULL: one of them cannot be read; recorded.
StateIndex *site_results_load(Arena *a, Str dir, Str shown, Diags *diags);

// Write the members `last` and `fresh` of an index entry, `history` of a detail: nothing where the
// outcome (may be NULL) has none of the node.
void site_result_last(Json *j, const StateIndex *outcome, Str id);
void site_result_history(Json *j, const StateIndex *outcome, Str id);

#endif
