// Ctrl-C, SIGTERM and the end of the terminal.
#ifndef STARC_SIGNALS_H
#define STARC_SIGNALS_H
#include "run.h"

// From here on Ctrl-C and SIGTERM set run->stop and cancel statements; a
// second one leaves at once.
void signals_watch(Run *r);
void signals_end(Run *r);

#endif
