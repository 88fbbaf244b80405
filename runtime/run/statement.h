// How many statements a compiled text holds: quotes and comments are known, nothing else.
#ifndef STARC_STATEMENT_H
#define STARC_STATEMENT_H
#include "../../compiler/base/str.h"

typedef struct Statement {
  bool empty;       // white space and comments only
  size_t end;       // behind the first statement, without its semicolon
  ptrdiff_t second; // where another one starts, -1: there is none
} Statement;

// backslash: a backslash escapes the next character in '' (ClickHouse). Dollar quotes ($x$..$x$)
// are read as Postgres does.
Statement statement_look(Str sql, bool backslash);

#endif
