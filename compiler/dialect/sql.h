// The one scanner of SQL: a text and a database's lexical rules -> tokens, as that database itself
// would cut them (Postgres' scan.l, ClickHouse's Lexer.cpp). Every byte belongs to one token, so a
// caller can copy what it does not change. Leaves grammar to sql_look.h and to the database.
//
//   Sql s = sql_open(dialect->sql, text);
//   for (SqlToken t; sql_solid(&s, &t);)
//     if (sql_is(&s, &t, "from")) ...
#ifndef STARC_SQL_H
#define STARC_SQL_H
#include "../base/str.h"

typedef enum SqlKind {
  SQL_SPACE,
  SQL_COMMENT,
  SQL_WORD,   // a key word or a name without quotes
  SQL_NAME,   // a name in quotes
  SQL_STRING, // any text in quotes: '..', E'..', $tag$..$tag$, x'..'
  SQL_NUMBER,
  SQL_SYMBOL // a bracket, a semicolon, an operator, a byte that means nothing
} SqlKind;

typedef struct SqlToken {
  SqlKind kind;
  size_t at, end;
  bool open; // a string, name or comment that nothing closes: it goes to the end of the text
} SqlToken;

// What differs between databases. `operators`: those of more than one byte, longest first, ended by
// NULL; with operator_chars they are any run of these (Postgres).
typedef struct SqlRules {
  bool backslash; // in '..' it escapes the next byte (Postgres: standard_conforming_strings off)
  bool backslash_names; // in "..", also
  bool backquotes;      // `..` is a name
  bool joins_strings;   // 'a' and 'b' on two lines are one string
  bool high_words;      // bytes above 127 are letters
  bool heredocs;        // $tag$ opens a string only where it is closed too; $ starts a word
  bool slash_comments;  // // and "# ", "#!" start a comment
  bool return_ends;     // a carriage return ends a -- comment
  bool typographic;     // quotes, spaces and the minus of typeset text are read
  bool formats;         // FORMAT and a name may end a query
  bool brackets_hold;   // a semicolon in ( ) ends no statement: create rule .. do (a; b)
  bool atomic_bodies;   // nor one in begin atomic .. end
  const char *escaped, *plain, *bits; // letters before a quote: E'..'; U&'..'; x'..' of digits only
  const char *operator_chars;
  const char *const *operators;
  const char *const *after_table;   // words that follow a table and are no alias of it
  const char *const *table_clauses; // what follows a table and no subquery: FINAL, TABLESAMPLE
} SqlRules;

extern const SqlRules sql_postgres, sql_clickhouse;

typedef struct Sql {
  const SqlRules *rules;
  Str text;
  size_t at;
  SqlToken last; // the last one that is neither space nor comment; its end is 0 before the first
} Sql;

Sql sql_open(const SqlRules *rules, Str text);

// The next token. False: the text is at its end.
bool sql_next(Sql *s, SqlToken *t);

// The next token that is neither space nor comment.
bool sql_solid(Sql *s, SqlToken *t);

// What a token says, as a slice of the text.
static inline Str sql_text(const Sql *s, const SqlToken *t) {
  return str_sub(s->text, t->at, t->end);
}

// A word or symbol of that spelling, in any case.
bool sql_is(const Sql *s, const SqlToken *t, const char *word);

// A word of a list that NULL ends.
bool sql_among(const Sql *s, const SqlToken *t, const char *const *words);

#endif
