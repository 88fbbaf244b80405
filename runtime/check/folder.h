// The folder of an engine inside: below $TMPDIR, held by a lock as long as the process lives, so
// that those of killed ones are known and removed.
#ifndef STARC_CHECK_FOLDER_H
#define STARC_CHECK_FOLDER_H
#include "../run/run.h"

// Makes one, and removes what killed checks of more than a minute ago left beside it. Empty:
// reported. *lock: closed when the folder has been removed.
Str folder_make(Run *r, int *lock);

#endif
