// Ctrl-C, SIGTERM, the end of the terminal, the end of who reads the output.
#ifndef STARC_SIGNALS_H
#define STARC_SIGNALS_H
#include "run.h"

// From here on Ctrl-C and SIGTERM set run->stop and cancel statements; a second one leaves at once.
// Commands that build are stopped too, as by SIGPIPE, once the reader of their output is gone.
void signals_watch(Run *r);
void signals_end(Run *r);

#endif
