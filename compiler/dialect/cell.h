// What a column can hold, and cells of a file as texts that its database takes. In: the database's
// name of a type, the text of a cell. Out: the text to send, or why it must not be sent. Databases
// change some values without a word (300 is 44 in an Int8, 1.239 is 1.24 in a numeric(5,2)); here
// nothing is.
#ifndef STARC_CELL_H
#define STARC_CELL_H
#include "../base/buf.h"

// --- reading

enum {
  CELL_DIGITS = 128,
  CELL_DECIMAL_MOST = 76 // digits of ClickHouse's Decimal
};

// A number as its digits: 0.digits * 10^point.
typedef struct CellNumber {
  bool negative;
  bool nan, infinite; // a word and no digits
  bool whole_text;    // no point and no exponent were written
  bool plain;      // any database reads the text as it is: no plus, no exponent, no zero too many
  bool more_zeros; // zeros stand in front that a number has not: 007
  size_t n;        // digits, no zero first or last; 0: the number is 0
  long point;
  char digits[CELL_DIGITS];
} CellNumber;

// [+-]digits[.digits][e[+-]digits], nan, inf, infinity. False: no number, or too many digits.
bool cell_number(Str text, CellNumber *out);
// The same as dbt reads a column of a seed: "$1,234.50", "5%", "1_000". *marks: a $ or % stood
// there.
bool cell_loose_number(Str text, CellNumber *out, bool *marks);
bool cell_is_whole(const CellNumber *n);
// -1234.5 without an exponent.
void cell_number_print(Buf *out, const CellNumber *n);

// A day, and a time of it if there is one.
typedef struct CellMoment {
  int year, month, day, hour, minute, second;
  int offset;         // minutes east of UTC
  Str fraction;       // digits of a second, without zeros at the end
  char mark, between; // what stands between parts of the day (0: nothing), between day and time
  bool timed, seconds, zoned;
  bool two_digits; // in each part of the time
  bool impossible; // there is no such day or time
} CellMoment;

// YYYY-MM-DD (or / or . or nothing between), then [ T]HH:MM[:SS[.fraction]][Z|+HH[:MM]]. False: no
// such form.
bool cell_moment(Str text, CellMoment *out);

// --- what a type holds

typedef enum CellKind {
  CELL_ANY, // whatever the database makes of it
  CELL_INTEGER,
  CELL_FLOAT,
  CELL_DECIMAL,
  CELL_BOOLEAN,
  CELL_DATE,
  CELL_MOMENT,
  CELL_TIME,
  CELL_TEXT,
  CELL_UUID,
  CELL_IPV4,
  CELL_IPV6,
  CELL_ENUM,
  CELL_ARRAY, // [a, b], (a, b), {a: b}
  CELL_TUPLE,
  CELL_MAP
} CellKind;

typedef struct CellType CellType;
struct CellType {
  CellKind kind;
  Str name;      // the type without Nullable() and LowCardinality()
  bool nullable; // NULL needs nothing in its place
  bool strict; // a text that is not of the usual form is wrong; else the database knows more forms
  Str with_zone;    // the type that has a zone, where this one drops that of a cell; empty: it does
                    // not
  Str least, most;  // CELL_INTEGER
  bool wide;        // CELL_FLOAT: 64 bits
  long precision;   // CELL_DECIMAL: digits, 0: as many as there are
  long scale;       // CELL_DECIMAL, CELL_MOMENT, CELL_TIME: digits behind the point
  int64_t from, to; // CELL_DATE, CELL_MOMENT: seconds since 1970; both 0: any
  size_t bytes, chars;    // CELL_TEXT: at most; 0: any
  const Str *words;       // CELL_ENUM: names and numbers
  const CellType **parts; // of a CELL_ARRAY (1), CELL_MAP (2), CELL_TUPLE
  size_t nwords, nparts;
};

typedef enum CellFit {
  CELL_FITS,
  CELL_LEFT,   // it is sent as it is: the database knows more forms, and judges
  CELL_CUT,    // it is sent, and is a little less than what the file says
  CELL_REFUSED // nothing is to be sent
} CellFit;

// What was said of a cell.
typedef struct CellSaid {
  const CellType *type; // the one that refused it: a part's, within an array
  Str part;             // and the part of the cell
  char becomes[CELL_DIGITS];
} CellSaid;

// Appends the text to send. `loose`: numbers as dbt reads them, a moment's zone is turned to UTC.
CellFit cell_write(const CellType *t, Str text, bool loose, Buf *out, CellSaid *said);
// The same for what is read already, without the text.
CellFit cell_holds_number(const CellType *t, const CellNumber *n);
CellFit cell_holds_moment(const CellType *t, const CellMoment *m);
// A type like this one that holds the text, too; empty: none is known.
Str cell_wider(Arena *a, const CellType *t, Str text);
// "whole numbers from 0 to 255": what the type holds, in words.
Str cell_range(Arena *a, const CellType *t);

// The types of each database, in the arena; never NULL.
const CellType *clickhouse_cell_type(Arena *a, Str type);
const CellType *postgres_cell_type(Arena *a, Str type);

#endif
