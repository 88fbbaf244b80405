// ClickHouse's TabSeparatedWithNamesAndTypes, as it arrives piece by piece -> rows of a RowSink.
// Keeps one row in memory. Sees an exception that the server wrote in the middle of the rows.
#ifndef STARC_ROWS_H
#define STARC_ROWS_H
#include "engine.h"

typedef struct TsvReader {
  const RowSink *sink; // NULL: rows are only counted
  Arena *arena;        // for columns
  Str tag;             // HTTP: the server's tag around an exception; empty: it sends none
  DbColumn *columns;
  size_t ncolumns;
  uint64_t rows;
  bool stopped; // the sink wanted no more
  bool large;   // a line has more bytes than the sink takes
  bool odd;     // a line did not have as many cells as there are columns; it is in `error`
  Buf error;    // heap: the exception's text, from its first byte on
  // private
  Buf line, text, names, held;
  Cell *cells;
  int header; // header lines seen so far; 2: rows follow
  bool in_error;
} TsvReader;

void tsv_open(TsvReader *r, Arena *a, const RowSink *sink, Str tag);

// Takes the next bytes. False: nothing more is wanted (stopped, large or odd).
bool tsv_feed(TsvReader *r, Str piece);

// A new header comes next: of a further result set (columns are told anew), or of the next piece
// of the same one (`same`: it is skipped).
void tsv_header(TsvReader *r, bool same);

// After the last byte. `whole`: the transfer itself ended well. False: r->error, r->odd or
// r->large says why.
bool tsv_end(TsvReader *r, bool whole);

void tsv_close(TsvReader *r);

#endif
