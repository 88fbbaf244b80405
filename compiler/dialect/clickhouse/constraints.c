// Columns and constraints of contracts on ClickHouse, which has checks alone. In: columns and
// constraints of a schema file. Out: their text; a warning for each that is left out.
#include "../../context/constraints.h"
#include "../../context/adapter.h"
#include "../../context/evaluation.h"
#include "clickhouse.h"

static void unsupported(Eval *ev, Value constraint) {
  Context *c = context_of(ev);
  Str type = dict_text(eval_arena(ev), constraint, "type");
  Value quiet = val_get(constraint, STR("warn_unsupported"));
  if (c->shared->warn && (val_is_absent(quiet) || val_truth(quiet)))
    c->shared->warn(
        c->shared->data, c->node, NULL, (Span){0},
        str_fmt(eval_arena(ev),
                "the constraint '%.*s' is not supported here on ClickHouse: it is left out "
                "(warn_unsupported: false silences this)",
                STR_ARG(type)));
}

static Str column_text(Eval *ev, Value column) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  Str type = dict_text(a, column, "data_type"), codec = dict_text(a, column, "codec");
  Str ttl = dict_text(a, column, "ttl");
  context_of(ev)->shared->dialect->quote_name(&out, dict_text(a, column, "name"));
  buf_addf(&out, " %.*s", STR_ARG(type));
  if (codec.len)
    buf_addf(&out, " CODEC(%.*s)", STR_ARG(codec));
  if (ttl.len)
    buf_addf(&out, " TTL %.*s", STR_ARG(ttl));
  Value constraints = val_get(column, STR("constraints"));
  for (size_t i = 0; val_is_seq(constraints) && i < constraints.list->n; i++)
    unsupported(ev, constraints.list->items[i]);
  return buf_str(&out);
}

Value clickhouse_constraints_columns(Eval *ev, const Value *v) {
  return constraints_columns(ev, v[0], column_text);
}

static bool model_text(Eval *ev, Buf *out, Value c) {
  Arena *a = eval_arena(ev);
  Str name = dict_text(a, c, "name"), expression = dict_text(a, c, "expression");
  if (!str_is(dict_text(a, c, "type"), "check")) {
    unsupported(ev, c);
    return false;
  }
  if (!name.len)
    eval_fail_code(ev, CODE_MISSING_KEY, "ClickHouse needs a name for the check constraint '%.*s'",
                   STR_ARG(expression));
  buf_addf(out, "CONSTRAINT %.*s CHECK (%.*s)", STR_ARG(name), STR_ARG(expression));
  return true;
}

Value clickhouse_constraints_of_model(Eval *ev, const Value *v) {
  return constraints_of_model(ev, v[0], model_text);
}
