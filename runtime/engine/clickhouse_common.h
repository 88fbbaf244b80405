// What both ClickHouse engines share: statements in a text, error texts, settings of a profile.
#ifndef STARC_CLICKHOUSE_COMMON_H
#define STARC_CLICKHOUSE_COMMON_H
#include "rows.h"
#include "util.h"

#define CH_FORMAT "TabSeparatedWithNamesAndTypes"

// One statement of a text. ClickHouse itself takes one at a time.
typedef struct ChPiece {
  Str sql;     // without the semicolon
  size_t at;   // where it starts in the whole text
  bool rows;   // by its first word it answers with rows
  bool whole;  // which come at once: no stream of it is to be had
  bool insert; // begins with INSERT
} ChPiece;

// Splits at semicolons outside of strings, quoted names, comments and heredocs; what holds nothing
// but white space and comments is left out. Data behind "INSERT ... FORMAT x" stay in one piece.
ChPiece *ch_split(Arena *a, Str sql, size_t *n);

// Reads "Code: 60. DB::Exception: text (NAME)" into *e: code, text, the place in the statement
// (`at`: where the statement starts in the whole text), a hint for what has a usual cure. Returns
// false.
bool ch_error(Arena *a, DbError *e, Str text, size_t at);

// The number in "Code: N."; 0 when there is none.
int ch_error_code(Str text);

// A name and a value as text, for SET or a query string.
typedef struct ChSetting {
  Str name, value;
} ChSetting;
// The adapter's defaults, then custom_settings of the target (they win). `version`: number of the
// server, for settings that old ones do not have.
ChSetting *ch_settings(Arena *a, const Target *t, int64_t version, size_t *n);

// 'text' and `name` with what is needed escaped.
void ch_quote(Buf *out, Str text);
void ch_quote_name(Buf *out, Str name);
// The name that a word of a statement is: with or without quotes; the arena's.
Str ch_name(Arena *a, Str word);

// "26.5.1.1" -> 26005001; 0 when it is no version.
int64_t ch_version_number(Str text);

// Engine.version of both engines.
bool ch_version(Session *s, Arena *a, Str *text, int64_t *number, DbError *error);

// `head` of an insert without its FORMAT clause: data are always sent as TabSeparated. from: what
// stands before that, where the data come from elsewhere than the text.
Str ch_insert_head(Arena *a, Str head, Str from);

#endif
