// The columns of what was checked, and what YAML says of columns that are not there.
#ifndef STARC_CHECK_COLUMNS_H
#define STARC_CHECK_COLUMNS_H
#include "check.h"
#include "place.h"

// Fills the columns of these nodes, whose relations stand in the place: one question for all.
void columns_read(CheckPlace *p, CheckedNode *const *nodes, size_t n);

// A warning, in the run's findings, for each column that the YAML of a checked node lists and its
// relation has not.
void columns_compare(Run *r, const Checked *checked);

#endif
