// What a file of the embedded ClickHouse can be talked to by: its own C functions (libchdb.so), or
// ADBC (_chdb.abi3.so, the engine of the Python package). One table of calls for each; chdb.c
// picks by what the file exports. All calls for one connection come from one thread at a time.
#ifndef STARC_CHDB_FACE_H
#define STARC_CHDB_FACE_H
#include "chdb.h"
#include "hand.h"

typedef struct ChdbFace {
  const char *name;  // for people: "C functions", "ADBC"
  const char *entry; // a symbol that only a file with this face exports
  // Finds what it calls in a loaded file. Gives the name that is missing, NULL: none.
  const char *(*bind)(void *(*find)(void *handle, const char *name), void *handle);
  // Connects, on the hand's thread; `folder` and `configuration` (NULL: none) are the same for all
  // connections of the process. NULL: it failed.
  void *(*connect)(Hand *hand, const char *folder, const char *configuration);
  void (*close)(Hand *hand, void *conn);
  // As chdb.h has them.
  ChdbResult *(*query)(Hand *hand, void *conn, Str sql, bool rows, const char *form);
  ChdbResult *(*stream)(Hand *hand, void *conn, Str sql);
  ChdbResult *(*next)(Hand *hand, void *conn, ChdbResult *stream);
  void (*stop)(Hand *hand, void *conn, ChdbResult *stream);
  void (*free)(Hand *hand, ChdbResult *result);
  const char *(*problem)(ChdbResult *result);
  Str (*text)(ChdbResult *result);
  uint64_t (*written)(ChdbResult *result);
  ChdbCounts (*counts)(ChdbResult *result); // NULL: there are none
  bool pours;                               // chdb_pours
  bool repeats_header;                      // each piece of a stream begins with the header
  bool stops_by_kill;                       // chdb_stops_by_kill
  bool leaves_output;                       // chdb_wash has something to do
} ChdbFace;

extern const ChdbFace chdb_face_c, chdb_face_adbc;

#endif
