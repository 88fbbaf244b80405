// Where nodes are looked at, when it is not the target itself: --check-target.
#ifndef STARC_CHECK_AIM_H
#define STARC_CHECK_AIM_H
#include "../run/run.h"

// The target that --check-target names, of the run's profile; the run's own without it. NULL:
// reported.
Target *aim_target(Run *r);

#endif
