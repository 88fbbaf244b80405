// The source of a load while rows are brought out of it: sessions of another database at one moment
// of its data, what its columns become in the target, which rows are asked for. In: a node, the
// target's dialect, how far earlier loads came. Out: a plan, and queries for the stream. Leaves to
// stream.c the rows, and to the materialization what becomes of them.
#ifndef STARC_LOAD_SOURCE_SESSION_H
#define STARC_LOAD_SOURCE_SESSION_H
#include "../../compiler/context/context.h"
#include "../engine/engine.h"
#include "lines.h"

#include <pthread.h>

enum { LOAD_READERS = 4 }; // sessions that read a large table side by side, at most

typedef struct LoadSource LoadSource;

// Who has the source, so that another thread can cancel it. `has` is told of it before anything is
// asked, and of another one in its place where it has to be opened anew; it closes the one before.
typedef struct LoadOwner {
  void (*has)(void *data, LoadSource *s);
  void *data;
} LoadOwner;

// Opens the source that `ask` names and fills the plan, whose texts are the source's and last as
// long as it. False: ask->diags has an error, or *error does. `stop`: given up as soon as it is
// set. The source is the owner's, whatever came of it.
bool load_source_open(const ContextShared *shared, const LoadAsk *ask, const atomic_bool *stop,
                      LoadOwner owner, Arena *a, LoadPlan *plan, DbError *error);
void load_source_close(LoadSource *s);
void load_source_cancel(LoadSource *s); // whatever it runs; from any thread

// --- for the stream

// The query that gives n columns of a part, and what they are on their way, in the order of
// `wanted`: names that the plan has, types that may be wider or narrower than the plan's. In the
// source's arena.
Str load_source_query(LoadSource *s, LoadPart part, const LoadWanted *wanted, size_t n,
                      const LoadColumn **columns);
// Conditions that cut the rows of a query into *n pieces for several sessions, at least one; an
// empty condition is all rows. False: *error.
bool load_source_pieces(LoadSource *s, LoadPart part, Str pieces[LOAD_READERS], size_t *n,
                        DbError *error);
// About how many rows a part has, -1: not known.
int64_t load_source_estimate(const LoadSource *s, LoadPart part);
// What stands behind each query.
Str load_source_behind(LoadSource *s);
// A session for the i-th piece, at the moment of the first. NULL: *error. Not while another thread
// uses the source.
Session *load_source_session(LoadSource *s, size_t i, DbError *error);
const Engine *load_source_engine(const LoadSource *s);
// Once all is read: whether it is what it was when the source was opened, where no moment of the
// source itself sees to that. False: *error.
bool load_source_same(LoadSource *s, DbError *error);
// An error of the source is told at the place of its table in the YAML. One call at a time.
void load_source_failed(LoadSource *s, DbError *error);
// The error that a field cannot go where it is to go, at the place of its column in the YAML. Its
// row counts from the first one that came, 0: not known.
void load_source_bad(LoadSource *s, const LoadColumn *columns, size_t n, const LoadBad *bad,
                     Arena *a, DbError *error);

#endif
