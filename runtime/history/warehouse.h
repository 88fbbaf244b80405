// Records of runs in a table of the target, so that machines share them. In: a target, a record.
// Out: a row for each run; runs again. Leaves what a record is to history.h.
#ifndef STARC_HISTORY_WAREHOUSE_H
#define STARC_HISTORY_WAREHOUSE_H
#include "../../compiler/context/db.h"
#include "../../compiler/project/profile.h"
#include "history.h"

#define HISTORY_TABLE "starc_history" // in the target's schema

// Adds a record to the table, which is made where there is none, as one row, and deletes the rows
// of the oldest runs beyond `keep` once there are a tenth more. Has a session of its own, outside
// of any transaction of the run. False: *error says why, with the statements that somebody with
// more rights can send.
bool history_warehouse_keep(Arena *a, const Target *t, Str text, const HistoryRun *run, size_t keep,
                            DbError *error);

// Reads what the table has, as history_read does; ask->root is not looked at. No table: no runs.
// False: *error says why.
bool history_warehouse_read(Arena *a, const Target *t, const HistoryAsk *ask, History *out,
                            DbError *error);

#endif
