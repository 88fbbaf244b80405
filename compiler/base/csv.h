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
  uint64_t before;   // bytes of the file before in[0]
  uint64_t to;       // where it ends to read: a row begins there
  bool part;         // one of several readers of the file, which share no place in it
  int failed;        // errno of a read that failed
  uint64_t line;     // number of the line being read, from 1
  uint64_t line_at;  // where in the file it begins
  uint64_t end;      // where the field that was read last ends, its quotes with it
  Buf field;         // that was read last, where it does not stand whole in `in`
  Str text;          // the same, wherever it stands
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

// --- parts of a file, for several readers. A part is rows of it, its lines are counted from 1.

// Where the next part begins. Reads ahead to find where rows begin, looking at quotes alone.
typedef struct CsvParts {
  Csv *whole;     // what was read of it is in no part
  bool single;    // one reader for all: of a small file, one that is no regular file ...
  bool over;      // all parts are taken
  uint64_t from;  // where the next one begins
  uint64_t ends;  // the file's bytes when they were counted
  uint64_t bytes; // of a part, at least
  char *in;       // a piece of the file
  size_t have;
  uint64_t before; // bytes of the file before in[0]
} CsvParts;

// The rest of a file whose first row was read, in parts. With STARC_TESTS=1 STARC_TEST_CSV_PART is
// the bytes of a part.
void csv_parts(CsvParts *p, Csv *whole);

// How many threads are to read parts at once; 0: the caller reads the rest as it is.
size_t csv_parts_readers(const CsvParts *p);

// Opens the next part for reading; false: there is none. One call at a time; what it opened may be
// read at once with other parts. *c is zeroed, or was a part before, whose memory (in `a`, which is
// its own) it uses again; with p->single it is the same *c each time, and read to its end before.
// It needs no csv_close.
bool csv_part_next(CsvParts *p, Csv *c, Arena *a);

// Takes up into `whole` that a part was read to its end, or to its trouble (whose text stays the
// part's): in the order of the parts, none behind trouble.
void csv_part_add(Csv *whole, const Csv *part);

// A place in the next part to be taken up, as one in the file.
CsvPlace csv_part_place(const Csv *whole, CsvPlace place);

// What a seed takes for no value: nothing but blanks, or the word null.
bool csv_is_null(Str text);

// The line of a place as a source for a finding, in the arena; NULL: it has no place. It moves the
// file: call it when all is read, and before csv_close.
const Source *csv_source(Csv *c, CsvPlace place, Str shown, Span *span);

#endif
