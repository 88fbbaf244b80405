// A CSV file, row by row, in memory that does not depend on its size. In: a path or a text. Out:
// the fields of each row, or what is wrong with the file and where. Quotes count at the start of a
// field and are doubled inside; a row ends with \n, \r\n or \r; line ends inside quotes become \n.
#ifndef STARC_CSV_H
#define STARC_CSV_H
#include "diag.h"

#include <stdio.h>

typedef struct Csv {
  FILE *file;
  char delimiter;
  Arena *arena;
  char *in; // a piece of the file, of which [at, have) is not read yet
  size_t at, have;
  uint64_t before;  // bytes of the file before in[0]
  uint64_t line;    // number of the line being read, from 1
  uint64_t line_at; // where in the file it begins
  Buf field;
  // What is wrong, empty: nothing. Then its place: the line's number and beginning, bytes into it.
  Str trouble, hint;
  uint64_t bad_line, bad_line_at;
  size_t bad_at, bad_len;
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

// The whole number that a text stands for, in room: "+1,007" -> 1007, "100.00" -> 100, "1e2" ->
// 100. False: there is a fraction, or no number, or no room.
bool csv_whole(Str text, char *room, size_t size, Str *out);

// The line of the trouble as a source for a finding, in the arena; NULL: it has no place. Call it
// before csv_close.
const Source *csv_trouble_source(Csv *c, Str shown, Span *span);

#endif
