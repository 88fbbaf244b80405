// What dialects share. In: a type's name. Out: its table of answers. Leaves the list to list.c, the
// answers to the folder of each database.
#include "dialect.h"

const Dialect *dialect_find(Str type) {
  for (size_t i = 0; dialects[i]; i++)
    if (str_eq(str_c(dialects[i]->type), type))
      return dialects[i];
  return NULL;
}

void dialect_double_quoted(Buf *out, Str name) {
  buf_addc(out, '"');
  for (size_t i = 0; i < name.len; i++) {
    if (name.ptr[i] == '"')
      buf_addc(out, '"');
    buf_addc(out, name.ptr[i]);
  }
  buf_addc(out, '"');
}
