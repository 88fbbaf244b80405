// A CSV file, row by row, in memory that does not depend on its size. In: a path or a text. Out:
// the fields of each row, or what is wrong with the file and where. Quotes count at the start of a
// field and are doubled inside; a row ends with \n, \r\n or \r; line ends inside quotes become \n.
#ifndef STARC_CSV_H
#define STARC_CSV_H
#include "diag.h"

#include <stdio.h>

// A place in the file: a line's number and beginning, bytes into the line, how many bytes.
typedef struct CsvPlace {
  uint64_t line, line_at; // line 0: no place
  uint64_t at, len;
} CsvPlace;

typedef struct Csv {
  FILE *file;
  char delimiter;
  Arena *arena;
  char *in; // a piece of the file, of which [at, have) is not read yet
  size_t at, have;
  uint64_t before;  // bytes of the file before in[0]
  uint64_t line;    // number of the line being read, from 1
  uint64_t line_at; // where in the file it begins
  uint64_t end;     // where the field that was read last ends, its quotes with it
  Buf field;
  CsvPlace here;     // where the field stands that is handed on, or was last
  size_t fields;     // how many the last row had
  bool blank;        // it was an empty line
  Str trouble, hint; // what is wrong, empty: nothing
  CsvPlace bad;      // and where
} Csv;

// Opens the file and leaves out a byte-order mark. False: c->trouble says why; nothing to close.
bool csv_open(Csv *c, Arena *a, Str path, char delimiter);
// The same of a text, which must outlive the reader.
bool csv_open_text(Csv *c, Arena *a, Str text, char delimiter);
void csv_close(Csv *c);

// Called for each field of a row; the text is valid during the call.
typedef void CsvField(void *data, size_t column, Str text);

// Reads one row. False: the file has ended, or there is trouble. A row may be shorter than
// `ncolumns` (an empty line has one empty field); a longer one is trouble. 0: any number of fields.
bool csv_row(Csv *c, size_t ncolumns, CsvField *each, void *data);

// What a seed takes for no value: nothing but blanks, or the word null.
bool csv_is_null(Str text);

// The line of a place as a source for a finding, in the arena; NULL: it has no place. It moves the
// file: call it when all is read, and before csv_close.
const Source *csv_source(Csv *c, CsvPlace place, Str shown, Span *span);

#endif
