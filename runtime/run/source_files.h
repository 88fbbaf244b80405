// Files of sources that could not be read.
#ifndef STARC_RUN_SOURCE_FILES_H
#define STARC_RUN_SOURCE_FILES_H
#include "run.h"

// The source of files that an error of the database is about: of those that stand in the text which
// was sent, or whose location the message has. NULL: none. *hint: the cause and what to do, a
// constant or in the arena.
const Node *source_files_blamed(const Run *r, Arena *a, Str sql, const DbError *e, Str *hint);

// For a statement that names a column which is not there: what to write at the source of CSV files
// that it reads and that has no `format`, in the arena. Empty: it reads none.
Str source_files_unnamed(const Run *r, Arena *a, Str sql);

// Records the error where the source's YAML says the location. Returns it for notes.
Diag *source_files_diag(const Node *source, const DbError *e, Str hint, Diags *diags);

#endif
