// What arrives while a table is filled, so that each row is there once: views catch what comes from
// a moment on, and what came before is read by the numbers of its blocks. The moment is one when no
// insert was under way, so that each block is on one side of it. In: steps, which send statements.
// Out: a table with its rows, and views that go on.
#ifndef STARC_CLICKHOUSE_CATCH_UP_H
#define STARC_CLICKHOUSE_CATCH_UP_H
#include "../../base/buf.h"

// The highest block of a partition: an insert that is committed later has a higher one.
typedef struct CatchBlock {
  Str database, table, partition;
  int64_t highest;
} CatchBlock;

// Those of all tables that feed the views, a table's one behind the other.
typedef struct CatchBlocks {
  const CatchBlock *items;
  size_t n;
} CatchBlocks;

typedef struct CatchSteps {
  void *data;
  void (*watch)(void *data);     // creates the views: they write from now on
  void (*unwatch)(void *data);   // takes them away, with all that they wrote
  size_t (*sources)(void *data); // how many tables feed them that keep rows in parts; asked once
  CatchBlocks (*blocks)(void *data); // of those tables, now
  bool (*busy)(void *data);          // whether an insert that ends in one of them is under way
  bool (*wrote)(void *data); // the views wrote what cannot be taken away; NULL: all of it can
  // Does one of the inserts, of rows up to these blocks. False: a part that it read is a merge of
  // older and newer rows, which cannot be told apart. `last`: it has to do, or does not return.
  bool (*insert)(void *data, size_t index, CatchBlocks up_to, bool last);
} CatchSteps;

typedef struct Caught {
  CatchBlocks up_to; // what came before the views
  bool clean;        // false: inserts never paused, so a row may be missing or there twice
} Caught;

enum { CATCH_TRIES = 100 };

// Creates the views at such a moment; where there is none in all tries, the last one counts.
Caught catch_begin(const CatchSteps *s);
// The same, then so many inserts of what came before. Where one meets a merged part, all begins
// again.
Caught catch_up(const CatchSteps *s, size_t inserts);

// What a part of older and newer rows is told by.
extern const char catch_merged[];
// The setting by which a query sees the rows up to the blocks only; empty: there are none.
Str catch_setting(Arena *a, CatchBlocks up_to);

#endif
