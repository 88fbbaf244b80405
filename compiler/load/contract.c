// In: a node with its columns and config. Out: the checksum of its contract, over the same text
// that dbt takes: Python's way to print the constraints.
#include "contract.h"

#include "../base/hash.h"
#include "../base/sort.h"

#include <stdlib.h>

static int by_name(const void *x, const void *y) {
  const Column *const *a = x, *const *b = y;
  return str_cmp((*a)->name, (*b)->name);
}

static void print_constraints(Buf *out, Value list, const char *type) {
  buf_addc(out, '[');
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++) {
    buf_addf(out, "%s%s(", i ? ", " : "", type);
    Value c = list.list->items[i];
    size_t at = 0, n = 0;
    for (DictEntry *e; val_is(c, VAL_DICT) && (e = dict_next(c.dict, &at)); n++) {
      buf_addf(out, "%s%.*s=", n ? ", " : "", STR_ARG(val_text(e->key)));
      if (val_is_str(e->key, STR("type")) && val_is(e->value, VAL_STR))
        buf_addf(out, "<ConstraintType.%.*s: '%.*s'>", STR_ARG(val_text(e->value)),
                 STR_ARG(val_text(e->value)));
      else
        val_repr(out, e->value);
    }
    buf_addc(out, ')');
  }
  buf_addc(out, ']');
}

void load_contract_checksum(Arena *a, Node *n) {
  if (n->kind != NODE_MODEL || !val_truth(val_get(n->contract, STR("enforced"))))
    return;
  Column **sorted = arena_array(a, Column *, n->ncolumns + 1);
  if (n->ncolumns)
    memcpy(sorted, n->columns, n->ncolumns * sizeof *sorted);
  sort_items(sorted, n->ncolumns, sizeof *sorted, by_name);
  Buf text = {.arena = a};
  for (size_t i = 0; i < n->ncolumns; i++) {
    buf_addf(&text, "|%.*s%.*s", STR_ARG(sorted[i]->name),
             STR_ARG(sorted[i]->data_type.len ? sorted[i]->data_type : STR("None")));
    print_constraints(&text, sorted[i]->constraints, "ColumnLevelConstraint");
  }
  Str kind = node_materialized(n);
  if (str_is(kind, "table") || str_is(kind, "incremental")) {
    buf_add(&text, kind);
    print_constraints(&text, n->constraints, "ModelLevelConstraint");
  }
  char hex[65];
  hash_sha256_hex(buf_str(&text), hex);
  dict_sets(a, n->contract.dict, STR("checksum"), val_str(str_dup(a, str_c(hex))));
}
