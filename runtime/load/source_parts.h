// load/'s own: what the files that know a source share. See source.h.
#ifndef STARC_LOAD_SOURCE_PARTS_H
#define STARC_LOAD_SOURCE_PARTS_H
#include "../../compiler/base/vec.h"
#include "../../compiler/dialect/load_source.h"
#include "../../compiler/graph/load_node.h"
#include "source.h"

// A column of the source that is brought.
typedef struct Brought {
  LoadColumn column; // as it is in the target
  Str expression;    // in the source's SQL
  Str origin;        // the source's column
  Str said;          // the expression in its place; empty: none
  bool nullable, is_key;
  bool given; // the type is one that a person wrote
} Brought;

// A file as it was before it was read.
typedef struct SeenFile {
  Str path;
  int64_t size;
  uint64_t inode;
  int64_t changed_ns;
} SeenFile;

struct LoadSource {
  Arena arena;
  const ContextShared *shared;
  const Node *node;
  const Target *target;
  const Engine *engine;
  const LoadSourceRules *rules;
  const atomic_bool *stop;
  pthread_mutex_t lock; // guards sessions, which another thread may cancel
  Session *sessions[LOAD_READERS];
  Str snapshot;       // the name of the first session's moment; empty: it has none
  Str relation, base; // the table; what rows are selected from
  Str where;          // the load's own condition
  Str until_said;     // what --sample leaves out at the end; empty: nothing
  bool empty, is_table, is_files;
  int64_t estimate; // of the table's rows, -1: not known
  LoadFiles files;
  VEC(SeenFile) seen; // of this machine
  bool locked;        // the table, since before the moment
  VEC(Brought) columns;
  VEC(size_t) keys; // of `columns`
  Str cursor;       // the expression that its rows are ordered by; empty: there is none
  const LoadType *cursor_type;
  // Expressions of the source; empty: none. `from` is beyond `last` where `start` is.
  Str cursor_from, cursor_last, cursor_until;
  bool cursor_starts; // `start` says something about `from`
};

// What a question was answered, in the source's arena.
typedef struct LoadRows {
  Arena *a;
  size_t width;
  VEC(Str) cells; // row by row; a NULL has no address
  VEC(DbColumn) columns;
} LoadRows;

// The schema that tables are looked for in.
Str load_schema(const LoadSource *s);
// Asks the first session. False: *error, at its place.
bool load_ask(LoadSource *s, Str sql, LoadRows *rows, DbError *error);
// Fills an error about a key of the config, at the entry of a column in it (`column` may be empty).
// False.
bool load_wrong(LoadSource *s, DbError *error, const char *key, Str column, Str hint,
                const char *fmt, ...) __attribute__((format(printf, 6, 7)));
// Puts an error at a key of the config. False.
bool load_put_at(LoadSource *s, DbError *error, const char *key, Str column);

int64_t load_whole_number(LoadSource *s, Str text);
// The cursor of a source whose columns, of these names, are known: which rows are new. False:
// *error.
bool load_cursor_fill(LoadSource *s, const LoadAsk *asked, const Str *names, size_t n,
                      LoadPlan *plan, DbError *error);
// The condition for rows beyond the last one.
Str load_cursor_new(LoadSource *s);
// The condition for the rows that the load is of, by its config and --sample; empty: all rows.
Str load_where(LoadSource *s);
// The columns, the key and the cursor of an open source.
bool load_plan_fill(LoadSource *s, const LoadAsk *asked, LoadPlan *plan, DbError *error);

#endif
