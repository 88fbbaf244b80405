// The two ways of an embedded ClickHouse, which clickhouse_embedded.c chooses between: the engine
// in this process, and that of the process that has the data folder.
#ifndef STARC_CLICKHOUSE_INSIDE_H
#define STARC_CLICKHOUSE_INSIDE_H
#include "clickhouse_common.h"
#include "lock.h"

// A session with the engine of this process, which has the folder (its real path): the session ends
// one data_folder_enter when it is closed, also where this fails. NULL: *error.
Session *ch_line_open(const Target *t, const char *folder, Arena *a, DbError *error);
extern const Engine engine_clickhouse_line; // has no open

// A session over HTTP with who listens on a socket of this machine, a path that stays. A statement
// that this one did not take ends with DbError.unsent, any number of times; what it has taken takes
// as long as it takes. `holder`: who that is, for errors. NULL: *error, also `unsent`.
Session *ch_socket_open(const Target *t, const char *socket, Str holder, const atomic_bool *stop,
                        Arena *a, DbError *error);

// The header of an answer to a statement that was not taken, as its process is about to end.
#define CH_ENDING "X-Starc-Ending"

// The path at which such a process stops a query, by the query_id in its address.
#define CH_STOP "/stop"

// As the embedded engine's open, but for who must have the folder itself: DbError.taken where
// another process has it.
Session *ch_embedded_own(const Target *t, Arena *a, DbError *error);

// The real path of the data folder of a session that the embedded engine opened; the session's.
Str ch_embedded_folder(const Session *session);

// What the database has of the relation's name and of those beside it. False: *error.
bool ch_find_names(const LockDb *db, Arena *a, const Lock *lock, LockFound *found, DbError *error);

// A failure for which a file was out of the engine's reach gets a hint how that is changed. Whether
// it is one.
bool ch_hint_files(DbError *e, Str hint);

#endif
