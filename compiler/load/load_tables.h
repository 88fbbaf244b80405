// Which tables a load has: those that its YAML names, and those that a pattern there stands for, by
// what its source has. In: the entry of `loads:`. Out: names with their YAML. Leaves the source to
// who listens behind ContextShared, and what a table's YAML says to loads.c.
#ifndef STARC_LOAD_TABLES_H
#define STARC_LOAD_TABLES_H
#include "internal.h"

typedef struct LoadTable {
  Str name;
  const Yaml *yaml; // its entry, or that of the pattern, or `all`
  bool listed;      // the source said that it is there
} LoadTable;

// The tables of a load in the order of its YAML, in the arena; *n of them, 0 also where something
// is wrong, which is recorded. `y` is its entry, `at` the place of its name.
LoadTable *load_tables(Load *load, const File *f, const Yaml *y, Str name, Span at, size_t *n);
// Whether its YAML has `all` or a pattern: its source may have tables that are not known here.
bool load_tables_may_come(const Yaml *y);
// A text of the YAML, rendered; empty: none, or an error was recorded.
Str load_yaml_text(Load *load, const File *f, const Yaml *y);
// Records an error at a place of the YAML.
Diag *load_yaml_wrong(Load *load, const Yaml *at, Code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
