// A run is over: its record is written beside the earlier ones, and the oldest go. In: a run as
// plain data. Out: a file. Leaves what a record is to history.h, and whether one is wanted to who
// calls.
#ifndef STARC_HISTORY_KEEP_H
#define STARC_HISTORY_KEEP_H
#include "../../compiler/base/buf.h"
#include "history.h"

// The text of a record: a line for the run, one for each node. Secrets are masked. Counts and n are
// made from the results.
void history_text(Buf *out, const HistoryRun *run);

// Writes a record into the folder `root`/HISTORY_FOLDER, all or nothing, and removes the oldest
// beyond `keep` runs or HISTORY_MOST_MIB. Others may do the same at the same time. False: recorded.
bool history_keep(Str root, Str text, const HistoryRun *run, size_t keep, Diags *diags);

// The commit that a folder's repository is at, without starting git: empty where there is none.
Str history_commit(Arena *a, Str folder);

#endif
