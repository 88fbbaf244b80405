// How a table of starc's own is written in a database. In: a target. Out: pieces of statements. Who
// keeps the table knows its columns.
#ifndef STARC_OWN_TABLE_H
#define STARC_OWN_TABLE_H
#include "../../compiler/project/profile.h"

typedef struct OwnTable {
  const char *type;        // the target's
  const char *schema;      // makes a schema; its quoted name follows
  const char *wait_for[2]; // around the table's plain name, before the statement that makes it; may
                           // be empty
  const char *text, *number; // types of columns
  const char *behind[2];     // around the columns of its order, behind its columns; may be empty
  const char *remove, *condition, *removed; // a statement that deletes, around table and condition
} OwnTable;

// Of the target's database; NULL: it has none. Const data.
const OwnTable *own_table_of(const Target *t);

#endif
