// The folder of an engine inside: below $TMPDIR, held by a lock as long as the process lives, so
// that those of killed ones are known and removed.
#ifndef STARC_CHECK_FOLDER_H
#define STARC_CHECK_FOLDER_H
#include "../run/run.h"

// Makes one, and removes what killed checks of more than a minute ago left beside it. Empty:
// reported. *lock: of folder_leave().
Str folder_make(Run *r, int *lock);
// Removes it. `again`: this process makes one more, and an engine may only open what was there when
// it was opened first: the folder stays, empty, and is the next one.
void folder_leave(Run *r, Str folder, int lock, bool again);

#endif
