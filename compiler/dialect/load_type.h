// Types of columns on their way from one database into another, and the text of their values in
// between. In: a database's names of types. Out: what a column holds, the type of the other
// database that holds it exactly, and what turns its text into the other's. Nothing is wrapped,
// rounded or cut on the way: what does not fit is refused with a reason.
//
// The text in between is that of Postgres' COPY: a line a row, tabs between fields, \N for NULL,
// backslash escapes (\b \f \n \r \t \v \\; \0 for a NUL byte; another character stands for itself).
// A field is
//   BOOL t, f | INT digits | FLOAT shortest digits, NaN, Infinity, -Infinity | DECIMAL digits, NaN,
//   Infinity | BYTES \x6869 (in a line \\x6869) | UUID | DATE 2024-02-29, 0044-03-15 BC, infinity |
//   MOMENT 2024-02-29 10:00:00.5, in UTC without a zone | TIME 10:00:00.5 | INTERVAL, ENUM, JSON,
//   TEXT, OTHER its text | ARRAY Postgres' literal, {1,NULL,"a b"}, with items of these forms.
#ifndef STARC_LOAD_TYPE_H
#define STARC_LOAD_TYPE_H
#include "../base/buf.h"

typedef enum LoadKind {
  LOAD_TEXT,
  LOAD_BOOL,
  LOAD_INT,
  LOAD_FLOAT,
  LOAD_DECIMAL,
  LOAD_BYTES,
  LOAD_UUID,
  LOAD_DATE,
  LOAD_MOMENT,
  LOAD_TIME,
  LOAD_INTERVAL,
  LOAD_JSON,
  LOAD_ENUM,
  LOAD_ARRAY,
  LOAD_OTHER // known as a text only
} LoadKind;

typedef struct LoadRules LoadRules;

typedef struct LoadType {
  LoadKind kind;
  int bits; // INT, FLOAT: their number; OTHER: 1 for a text of bits
  bool is_unsigned;
  int precision, scale; // DECIMAL: digits, and those behind the point, -1: any number of them.
                        // MOMENT, TIME, INTERVAL: precision is the number of digits of a second
                        // TEXT, and OTHER of bits: of characters, at most; 0: any number
  bool padded;          // TEXT, OTHER: a shorter value is filled up to `precision`
  bool alone;           // what it holds is told by nothing here: it is as wide as itself alone
  bool zoned;           // MOMENT: a point in time, and not what a clock on a wall shows
  // Of an item of an array, and of a type that has NULL in its name: whether it takes NULL. A
  // column of a database where NOT NULL is the column's is told apart by the catalog.
  bool nullable;
  const struct LoadType *item; // ARRAY
  const Str *labels;           // ENUM, where they are known
  size_t nlabels;
  Str name; // as its database writes it, or would
  Str bare; // without what makes it nullable, or is about storage alone
  Str own; // the type in whose own text, own(), its values arrive as they are; empty: there is none
  const LoadRules *of; // the rules of its database
} LoadType;

// What becomes of the fields of a column; load_cell.h, and runtime/load/lines.h, which calls it.
typedef struct LoadCell LoadCell;

// A database's answers. All of them may be called by several threads, each with its own arena.
// Texts and types that are given back are in the arena, or constant.
struct LoadRules {
  // What a session of a source is told once, so that the texts of values are as above: statements
  // with semicolons, or the empty text; a connection over HTTP sends `settings` with each statement
  // instead: "name=value&name=value".
  const char *session, *settings;
  // An expression over a row of the catalog's columns that gives the text for type(): of a domain
  // its base type, of an enum its labels. The row is named `a` in it: pg_attribute, system.columns.
  const char *catalog_type;
  // What a name of a type means; never NULL. What is not known is LOAD_OTHER.
  const LoadType *(*type)(Arena *a, Str type);
  // The type of this database that holds each value of t, and NULL if nullable. Empty: there is
  // none, and *why says so. A type of the same database keeps its name where each server knows it.
  Str (*type_name)(Arena *a, const LoadType *t, bool nullable, Str *why);
  // The expression that gives the column, a quoted name or an expression, as the text in between,
  // in a session that was told `session`. Used through load_select().
  Str (*select)(Arena *a, Str column, const LoadType *t);
  // The same in this database's own text: for a column of the type t->own in the same database.
  Str (*own)(Arena *a, Str column, const LoadType *t);
  // What turns the field of a column of type t into the text that this database takes for a column
  // of type type_name (which type_name() gave, or a person wrote). NULL: it is that text as it is.
  LoadCell *(*cell)(Arena *a, const LoadType *t, Str type_name);
};

// The expression that reads a column of type t, of from's, for a column of the type `type` of to's:
// select(), or own() where load_is_own(). To be used with to->cell(a, t, type).
Str load_select(Arena *a, const LoadRules *from, const LoadRules *to, Str column, const LoadType *t,
                Str type);
// Whether the texts of a column go from one database to the other in the own text of both.
bool load_is_own(const LoadRules *to, const LoadType *t, Str type);

// The least number that an INT of its size holds; a number of it as a text, or that one where it is
// below.
Str load_least(const LoadType *t);
Str load_at_least(const LoadType *t, Str number);
// Whether the text is a whole number: digits, and a minus in front.
bool load_is_whole(Str number);

extern const LoadRules clickhouse_load, postgres_load;

#endif
