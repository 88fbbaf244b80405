// Ctrl-C, SIGTERM, the end of the terminal, the end of who reads the output.
#ifndef STARC_SIGNALS_H
#define STARC_SIGNALS_H
#include "run.h"

// From here on Ctrl-C and SIGTERM set run->stop and cancel statements; a second one leaves at once.
// Commands that build are stopped too, as by SIGPIPE, once the reader of their output is gone.
void signals_watch(Run *r);
void signals_end(Run *r);

// Between runs: waits until `fd` can be read (-1: there is none), or so many milliseconds have
// passed (negative: there is no limit). 0: so it was; else the signal that ends the program,
// SIGPIPE where nobody reads its output any more.
int signals_wait(int fd, int ms);
// What the user did, "Ctrl-C" for one.
const char *signals_said(int number);
// Whether such a signal waits for signals_watch() or signals_wait() from here on, or ends the
// program on the spot, as before any of them.
void signals_hold(bool hold);

#endif
