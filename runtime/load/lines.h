// Lines of rows from one database -> the lines that another one takes. In: whole lines in the text
// between two databases (compiler/dialect/load_type.h), and what each column's fields become. Out:
// lines for COPY or TabSeparated, or the first field that cannot go. Leaves to others where lines
// come from and go to.
#ifndef STARC_LOAD_LINES_H
#define STARC_LOAD_LINES_H
#include "../../compiler/dialect/load_type.h"

typedef struct LoadColumn {
  Str name;
  const LoadType *from;
  Str type;             // the destination's
  const LoadCell *cell; // of the destination's rules; NULL: its fields go as they are
} LoadColumn;

typedef struct LoadBad {
  size_t column; // n, the number of columns: it is the line that has too many or too few fields
  Str text;      // without escapes, in the arena, its first 200 bytes
  Str why;       // in the arena, or constant
  int64_t row;   // of the piece, from 1 on
} LoadBad;

// Rewrites whole lines: appends them to `out`, and adds their number to *rows. A last line without
// its end counts. False: *bad says which field stopped it; what was appended is of no use then.
// `a` is for what is needed meanwhile, and *bad: it can be reset after each call. Several threads
// may call it, for pieces, buffers and arenas of their own.
bool load_lines(const LoadColumn *columns, size_t n, Str lines, Buf *out, int64_t *rows, Arena *a,
                LoadBad *bad);

#endif
