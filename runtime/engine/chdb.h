// The ClickHouse that runs inside the process: loading it, and its calls, each in a thread of its
// line's own, so that what it can open is limited (confine.h). In: SQL. Out: results as it gives
// them, the same text by each of its faces (chdb_face.h). Leaves to clickhouse_embedded.c what they
// mean.
#ifndef STARC_CHDB_H
#define STARC_CHDB_H
#include "engine.h"

typedef struct ChdbLine ChdbLine;     // a connection and its thread
typedef struct ChdbResult ChdbResult; // the library's

// Whether this program's C library is the engine's; false: *error says what to use instead.
bool chdb_possible(Arena *a, DbError *error);

// Whether the machine gives the engine what it cannot be without: /proc, and open files, of which
// more are asked for where the limit can be raised. To be called before chdb_open. False: *error.
bool chdb_has_room(Arena *a, DbError *error);

// Loads the library once. It is never unloaded: its threads and static data outlive any dlclose.
// One caller at a time, as with chdb_open.
bool chdb_load(const Target *t, Arena *a, DbError *error);
// Where the library is, once it is loaded; empty: not known.
Str chdb_file(void);
// By what it is talked to, for people: "C functions" or "ADBC"; "": it is not loaded.
const char *chdb_face(void);
// Where `starc engine install` puts one, for all projects of the user: a folder below
// $XDG_DATA_HOME, else ~/.local/share; and in it the library, or that of the Python package, which
// has a second file beside its folder.
Str chdb_home(Arena *a);
#define CHDB_HOME_FILE "libchdb.so"
#define CHDB_HOME_WHEEL "chdb-core/chdb/_chdb.abi3.so"
// A file of configuration that the engine starts with, of its first connection; NULL: an empty one.
void chdb_configure(const char *file);
// From its first connection on the engine reaches the data folder alone, whatever the profile
// opens.
void chdb_keep_to_folder(void);
// Connects to the data folder. The first one decides what all can reach. NULL: it failed.
ChdbLine *chdb_open(const Target *t, const char *folder);
void chdb_close(ChdbLine *line);
// Whether files beyond those of the project, the profile and the system are out of reach.
bool chdb_is_limited(void);

// Runs a statement whole (`rows`: it answers with some); begins one that answers piece by piece;
// its next piece; ends it early. A result may be NULL (as a piece: there are no more), and belongs
// to the caller, who frees a stream after its pieces.
ChdbResult *chdb_query(ChdbLine *line, Str sql, bool rows);
ChdbResult *chdb_stream(ChdbLine *line, Str sql);
ChdbResult *chdb_next(ChdbLine *line, ChdbResult *stream);
void chdb_stop(ChdbLine *line, ChdbResult *stream);
void chdb_free(ChdbLine *line, ChdbResult *result);
// As chdb_query, with rows in this format where the statement names none.
ChdbResult *chdb_query_as(ChdbLine *line, Str sql, const char *form);
// Whether a statement can write its rows INTO OUTFILE, in any format.
bool chdb_pours(void);
// Whether each piece of a stream begins with the header again.
bool chdb_repeats_header(void);
// Whether a stream only ends early when its statement is killed from another connection, before
// chdb_stop.
bool chdb_stops_by_kill(void);
// To be called when a statement failed and its result is freed: what it left in the connection
// would come in front of the next one's answer.
void chdb_wash(ChdbLine *line);

// What went wrong, NULL: nothing did. A result that is NULL is a failure.
const char *chdb_problem(ChdbResult *result);
Str chdb_text(ChdbResult *result);
uint64_t chdb_written(ChdbResult *result);

// What a statement took in and gave out.
typedef struct ChdbCounts {
  uint64_t read_rows, read_bytes, written_rows, written_bytes, result_rows, result_bytes;
} ChdbCounts;
// All 0 where the engine does not tell.
ChdbCounts chdb_counts(ChdbResult *result);

#endif
