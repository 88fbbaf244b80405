// Rows of a query for people (fitted to the terminal) and programs (JSON, CSV).
#ifndef STARC_TABLE_H
#define STARC_TABLE_H
#include "../../compiler/value/json.h"
#include "run.h"

typedef struct Table {
  Arena *arena;
  int64_t limit; // < 0: all
  DbColumn *columns;
  size_t ncolumns;
  Cell *cells; // row after row
  size_t nrows, cap;
  size_t most; // bytes that the arena may hold
  bool over;   // it had more: there are further rows
} Table;

void table_init(Table *t, Arena *a, int64_t limit);
// Collects at most `limit` rows, and stops a query that has more.
RowSink table_sink(Table *t);
// Prints in the form of --output.
void table_show(Run *r, const Table *t, const Node *n, bool is_inline);
// As text within `width` columns; as JSON (a list of objects, numbers as numbers); as CSV.
size_t terminal_width(void);
void table_text(Buf *out, const Table *t, size_t width);
void table_json(Json *j, const Table *t);
void print_csv(Buf *out, const Table *t);

#endif
