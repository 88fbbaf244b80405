// Results and seeds as templates see them: tables, rows and columns like agate's.
#ifndef STARC_CONTEXT_TABLE_H
#define STARC_CONTEXT_TABLE_H
#include "context.h"

typedef enum TableKind {
  KIND_NULL, // no value seen
  KIND_INTEGER,
  KIND_NUMBER,
  KIND_BOOLEAN,
  KIND_DATE,
  KIND_DATETIME,
  KIND_TEXT
} TableKind;
typedef struct TableObj {
  Object object;
  size_t ncolumns, nrows;
  Str *names;
  uint8_t *kinds;          // TableKind
  struct CellNeeds *needs; // seeds, by column; else NULL
  Value *rows;             // Row objects
  size_t rows_cap;
  // A seed's file: rows are read when somebody asks for them.
  Str path;
  char delimiter;
  bool unread;
} TableObj;
extern const ObjectType table_type;
TableObj *table_new(Arena *a, const Str *names, size_t ncolumns);
void table_add_row(Arena *a, TableObj *t, Value cells);     // cells: a tuple or list
Value *table_place(TableObj *t, size_t row, size_t column); // where a cell is kept

TableObj *need_table(Eval *ev, Value v, const char *fname);
// The cells of a row as a list or tuple value; fails for anything but a Row.
Value row_cells(Eval *ev, Value row);
// Position of a column by its name, case-folded; -1: none.
ptrdiff_t table_column(const TableObj *t, Str name);
Value table_cell(const TableObj *t, size_t row, ptrdiff_t column);       // none when column < 0
Value table_cell_named(const TableObj *t, size_t row, const char *name); // none: no such column

// A column by name or position; fails when there is none.
size_t table_need_column(Eval *ev, const TableObj *t, Value key);
// Methods of tables that are in table_join.c and table_print.c.
NativeFn table_join, table_merge, table_pivot, table_homogenize;
NativeFn table_print, table_print_csv, table_structure;

// A query result as an agate-like table.
Value table_value(Arena *a, const DbResult *r);

#endif
