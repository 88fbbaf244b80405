// Findings that only follow from others.
#ifndef STARC_LOAD_UNREAD_H
#define STARC_LOAD_UNREAD_H
#include "internal.h"

// Takes out the findings behind `before` that only follow from files that were not read, and says
// how many there were.
void load_drop_follow_ups(Load *load, const Diag *before);

#endif
