// Fields in the text between two databases (load_type.h) -> what the one that gets them takes, or
// why it must not. The pieces from which a database makes its cells; runtime/load/lines.h runs
// them.
#ifndef STARC_LOAD_CELL_H
#define STARC_LOAD_CELL_H
#include "cell.h"
#include "load_type.h"

// Whether a field, without the escapes of its line, fits. False: *why says why not, in the arena or
// constant.
typedef bool LoadCheck(const LoadCell *c, Str text, Arena *a, Str *why);
// Appends what is sent in its place, without the escapes of a line.
typedef bool LoadWrite(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why);

// Marks of an array's text.
typedef struct LoadArray {
  char open, shut;           // [ and ]
  const char *null;          // NULL, null
  const char *truth[2];      // of false and true
  void (*quote)(Buf *, Str); // appends an item that is no number, in quotes
} LoadArray;

struct LoadCell {
  bool no_null;           // \N is refused
  LoadCheck *check;       // the field is sent as it is, if it fits; NULL: it needs no look
  LoadWrite *write;       // it is written anew; not beside check
  bool plain;             // what write appends holds nothing that a line has to escape
  Str type;               // the database's name of the type that is sent, for reasons
  const CellType *holds;  // of what load_write_held() asks
  long before, behind;    // digits of a decimal; behind: of a second, too; -1: any number
  Str least, most;        // the first and the last day or moment, as texts; empty: any
  const char *zone;       // what is written behind a moment: Z, +00
  const LoadArray *array; // how an array is written
  size_t depth;           // of its type
  const LoadType *leaf;   // what its items are sent as, in the innermost array
  const LoadCell *item;   // what becomes of them; NULL: they are as they are
};

// What fits by its text alone.
LoadCheck load_check_decimal, load_check_day, load_check_moment, load_check_utf8;
// Whether text has exactly c->behind bytes.
LoadCheck load_check_length;
// Whether a number of seconds in it has no more than c->behind digits behind its point.
LoadCheck load_check_fraction;
// \x6869 -> hi, and back.
LoadWrite load_write_bytes, load_write_hex;
// A moment that fits, and c->zone behind it.
LoadWrite load_write_moment;
// A day, and 00:00:00 behind it.
LoadWrite load_write_midnight;
// t, f -> 1, 0; true, false.
LoadWrite load_write_bit;
// Whatever c->holds holds exactly of it: what people ask for that is not the type's own.
LoadWrite load_write_held;
// An array's literal in the words of c->array.
LoadWrite load_write_array;
// Nothing but NULL: c->type cannot hold such values.
LoadWrite load_write_nothing;

// One step through the literal of an array: {1,NULL,"a b"}.
typedef enum ArrayStep {
  ARRAY_OPEN,
  ARRAY_SHUT,
  ARRAY_ITEM,
  ARRAY_NULL,
  ARRAY_END,
  ARRAY_BAD
} ArrayStep;
typedef struct ArrayWalk {
  Str text;
  size_t at, depth;
  bool behind_item; // an item ended: a comma or a brace follows
  bool begun;
  Str item; // of ARRAY_ITEM; in the arena where it was quoted with backslashes
} ArrayWalk;
ArrayStep load_array_step(ArrayWalk *w, Arena *a);

// Appends text with the escapes of a line.
void load_escape(Buf *out, Str text);
// Text without them. The same slice where there are none, else in the arena.
Str load_unescape(Arena *a, Str field);

#endif
