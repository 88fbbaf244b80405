// The connections of a run.
#ifndef STARC_RUN_SESSIONS_H
#define STARC_RUN_SESSIONS_H
#include "run.h"

// Before any is made; the engine is set when it is known.
void run_sessions_init(Run *r);

#endif
