// Seeds: a CSV file as a table whose rows are read when somebody asks for them.
#ifndef STARC_CONTEXT_SEED_H
#define STARC_CONTEXT_SEED_H
#include "internal.h"
#include "table.h"

// What the cells of a column need of its type.
typedef struct CellNeeds {
  // Bits of the dialect's types of that kind which hold every cell so far.
  uint16_t integer, number, date, datetime;
  bool gaps;           // there are empty cells
  bool fraction;       // numbers that are not whole
  bool finite;         // numbers that are not nan or inf
  bool words;          // nan or inf
  long before, behind; // digits before the point and behind it, at most
} CellNeeds;
void cell_needs_init(CellNeeds *n);
// The type that a column of the table would be given.
Str seed_type(Eval *ev, const TableObj *t, size_t column);
// A seed's file as a table: names and types now, rows when somebody asks for them.
TableObj *context_seed_table(Eval *ev, Context *c, const Node *n);
// load_seed_rows(model, table, relation) of adapters.
NativeFn seed_load_rows;
void context_seed_rows(Eval *ev, TableObj *t);

#endif
