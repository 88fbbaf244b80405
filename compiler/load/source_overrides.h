// Sources with `overrides:`.
#ifndef STARC_LOAD_SOURCE_OVERRIDES_H
#define STARC_LOAD_SOURCE_OVERRIDES_H
#include "internal.h"

// A source with `overrides:`.
typedef struct Override {
  const File *file;
  const PropSource *source;
  bool used;        // the package has this source
  bool *used_table; // by the override's tables
} Override;
typedef struct Overrides {
  Override **items;
  size_t n, cap;
  Map by_name; // "package source" -> Override
} Overrides;

// A table of a source as it holds, with the entries of its override, NULL where there is none.
typedef struct SourceTable {
  const File *file;
  const PropSource *source;
  const PropTable *table;
  const PropSource *over;
  const PropTable *table_over;
  const File *over_file, *columns_file, *tests_file; // where these are written
} SourceTable;

// All overrides of the project and its packages. False: two of one source, which is told.
void load_overrides(Load *load, Overrides *out);
// Puts what an override says in the place of what file, source and table say.
void load_override(Load *load, Overrides *all, SourceTable *t);
void load_unused_overrides(Load *load, const Overrides *all);

#endif
