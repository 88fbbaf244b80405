// What reads columns, and no query of a database tells it: exposures, unit tests, metrics of
// measures, saved queries; and what a relation is kept by.
#ifndef STARC_LINEAGE_OTHERS_H
#define STARC_LINEAGE_OTHERS_H
#include "../run/run.h"
#include "draft.h"

// Adds them to what a check made of the project. nodes: by Node.index, NULL: not in the graph; of
// what reads nothing in it nothing is added.
void lineage_add_others(LineageDraft *d, const Run *r, DraftNode **nodes);

#endif
