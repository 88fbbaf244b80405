// Rows of a source that is open -> a statement of the target that takes rows.
#ifndef STARC_LOAD_STREAM_H
#define STARC_LOAD_STREAM_H
#include "source.h"

// Is told now and then, and at the end, how many rows have come, of about `all`.
typedef struct LoadTell {
  void (*moved)(void *data, const LoadCount *count, int64_t all);
  void *data;
} LoadTell;

// Brings n columns of a part of the rows into the statement `head` of a session: several sessions
// of the source read at once where its table is large, the rows wait in a queue of a few MB. False:
// *error; some rows may be in the table that the statement fills.
bool load_stream(LoadSource *s, LoadPart part, const LoadWanted *columns, size_t n, Session *to,
                 Arena *a, Str head, LoadTell tell, LoadCount *count, DbError *error);

#endif
