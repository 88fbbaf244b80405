// What earlier runs left, as the documentation page has it (site/src/data.ts: Last, Result).
#ifndef STARC_DOCS_SITE_RESULTS_H
#define STARC_DOCS_SITE_RESULTS_H
#include "../../compiler/graph/state.h"
#include "../../compiler/value/json.h"
#include "../history/history.h"

// What of a folder's run_results.json, load_results.json and sources.json is about runs: a folder
// whose last command only compiled has no results. NULL: one of them cannot be read; recorded.
StateIndex *site_results_load(Arena *a, Str dir, Str shown, Diags *diags);

// What is known of earlier runs.
typedef struct SiteResults {
  const History *kept;       // the run history; NULL: none, or results were given
  const StateIndex *outcome; // a folder's artifacts, for what the history has not; NULL: none
} SiteResults;

// Write the members `last`, `fresh` and `changed` of an index entry, `history` of a detail, newest
// first: nothing where neither has anything of the node. `a`: for texts on the way.
void site_result_last(Json *j, Arena *a, const SiteResults *s, Str id);
void site_result_history(Json *j, Arena *a, const SiteResults *s, Str id);

#endif
