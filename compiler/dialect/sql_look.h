// Questions about SQL that need its tokens and no grammar: where statements end, what a statement
// starts with, which bracket is alone, whether a query ends in a limit of its own.
#ifndef STARC_SQL_LOOK_H
#define STARC_SQL_LOOK_H
#include "../base/buf.h"
#include "sql.h"

// One statement of a text, without its semicolon.
typedef struct SqlStatement {
  size_t at, end; // from the first byte of the search to the semicolon or the end of the text
  size_t first;   // where its first token starts, behind space and comments
} SqlStatement;

// The next statement at or after *from, which is moved behind its semicolon. Space, comments and
// semicolons alone are no statement. False: there is none.
bool sql_statement(const SqlRules *rules, Str text, size_t *from, SqlStatement *out);

// How many statements a text holds: none, one, or where the second starts.
typedef struct SqlShape {
  bool empty;       // white space and comments only
  size_t end;       // behind the first statement, without its semicolon
  ptrdiff_t second; // where another one starts, -1: there is none
} SqlShape;
SqlShape sql_shape(const SqlRules *rules, Str text);

// The first word; brackets before it are skipped. Empty: the text starts with something else.
Str sql_first_word(const SqlRules *rules, Str text);

// What a query does behind its WITH: "select", "insert"; without WITH its first word.
Str sql_main_verb(const SqlRules *rules, Str text);

// The statement is those words and nothing else (NULL ends them).
bool sql_only(const SqlRules *rules, Str text, const char *const *words);

// Makes the one `create view` of a text replace a view that is there; other statements may stand
// around it. False: there is none, or several, or it makes another kind of thing.
bool sql_or_replace_view(Buf *out, const SqlRules *rules, Str text);

// The first word of the first statement that begins or ends a transaction or a part of one, or
// keeps a place in it to go back to. False: the text has none.
bool sql_moves_transaction(const SqlRules *rules, Str text, SqlToken *word);

// Whether the text is one statement, and makes a table or a view that is not temporary.
bool sql_makes_relation(const SqlRules *rules, Str text);

// Where CTEs are put in: before the query, or (*joins) behind the WITH [RECURSIVE] that is there.
size_t sql_place_of_ctes(const SqlRules *rules, Str text, bool *joins);

// The first closing bracket that nothing opened, else the last one that nothing closes; -1: none.
ptrdiff_t sql_unmatched(const SqlRules *rules, Str text);

// The only place of a word, operator or dotted name among the tokens; -1: none, or several.
ptrdiff_t sql_only_place(const SqlRules *rules, Str text, Str name);

// What makes the second column of a name in the result of a query: an item of its select list or a
// `*` that may bring it. *len: of the item. -1: that is not seen.
ptrdiff_t sql_column_twice(const SqlRules *rules, Str text, Str name, size_t *len);

// The first call of one of these functions, in any case, with quotes or without (NULL ends them). A
// name behind a dot is a relation's, or `in_schemas` a function's too. False: there is none.
bool sql_calls(const SqlRules *rules, Str text, const char *const *names, bool in_schemas,
               SqlToken *name);

// The first COPY of a text that reads or writes a file of the server, or a program there: *word is
// its first word. body: the text is a block, whose statements also follow words of its own. False:
// there is none.
bool sql_copies_files(const SqlRules *rules, Str text, bool body, SqlToken *word);

// A piece of a text that stands in another one, at byte `at`.
typedef struct SqlPiece {
  Str text;
  size_t at;
} SqlPiece;

// Adds at most `limit` rows of a statement (its semicolon is left out). A limit is appended, as dbt
// does; a query that ends in what nothing can follow, or has a limit of its own, is put in
// brackets first; what is no query is left as it is. always: brackets in any case.
// pieces: of the statement, as they stand in `out`.
void sql_limited(Buf *out, const SqlRules *rules, Str text, Str limit, bool always,
                 SqlPiece pieces[2]);

#endif
