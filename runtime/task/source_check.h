// Sources are looked at before something is built: build --check-sources.
#ifndef STARC_SOURCE_CHECK_H
#define STARC_SOURCE_CHECK_H
#include "../run/run.h"

// Compares the sources that these nodes read (bits by Node.index) with what is known of them, and
// tells what was found. EXIT_GOOD: nothing is an error.
int source_check_before(Run *r, const bool *bits);

#endif
