// Columns as templates see them: dbt's Column.
#ifndef STARC_CONTEXT_COLUMN_H
#define STARC_CONTEXT_COLUMN_H
#include "internal.h"

typedef struct ColumnObj {
  Object object;
  const Dialect *dialect;
  Str name, dtype;
  Str whole_type; // as the database writes it, with all that dbt's fields leave out; may be empty
  Value char_size, precision, scale;
  bool nullable, low_cardinality; // where the type's text says it
} ColumnObj;
bool is_column(Value v);
Value column_new(Eval *ev, Arena *a, const Dialect *d, Str name, Str dtype, Value size,
                 Value precision, Value scale);
Value column_from_db(Eval *ev, Arena *a, const Dialect *d, const DbColumn *c);
Value column_class(const Dialect *d);
Str column_data_type(Arena *a, const ColumnObj *c);  // as dbt's Column gives it
Str column_whole_type(Arena *a, const ColumnObj *c); // for statements that make a column
bool column_can_expand(Eval *ev, const ColumnObj *from, const ColumnObj *to);
int64_t column_string_size(Eval *ev, const ColumnObj *c);
bool column_is_string(const ColumnObj *c);

bool column_attr(Eval *ev, Object *o, Str name, Value *out);
bool column_eq(const Object *o, Value other);
uint64_t column_hash(const Object *o);
bool column_in_words(Str type, const char *const *words); // one of them, in any case
Value column_size(Str digits);                            // a whole number, or none

// "numeric(10,2)": the word, and where both are known its sizes with the comma between.
Str column_sized(Arena *a, Str word, const char *comma, Value precision, Value scale);

#endif
