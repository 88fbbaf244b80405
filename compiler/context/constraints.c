// Constraints of contracts as standard SQL has them. In: columns and constraints of a schema file.
// Out: the text of each column, of each constraint. A database that has others has methods of its
// own.
#include "constraints.h"
#include "../template/ops_access.h"
#include "adapter.h"
#include "evaluation.h"

Str dict_text(Arena *a, Value d, const char *key) {
  return text_or_empty(a, val_get(d, str_c(key)));
}

static Str name_list(Eval *ev, Value names) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  for (size_t i = 0; val_is_seq(names) && i < names.list->n; i++)
    buf_addf(&out, "%s%.*s", i ? ", " : "", STR_ARG(val_to_str(a, names.list->items[i])));
  return buf_str(&out);
}

// The table of a foreign key: a name, or a call of ref() or source().
static Str referenced(Eval *ev, Str to) {
  ptrdiff_t open = str_find(to, STR("("), 0);
  Str fn = str_trim(str_sub(to, 0, open < 0 ? 0 : (size_t)open)), out;
  if (!str_is(fn, "ref") && !str_is(fn, "source"))
    return to;
  Arena *a = eval_arena(ev);
  Diags diags = {0};
  diags_init(&diags);
  Source *src = arena_new(a, Source);
  *src =
      (Source){.path = STR("constraint"), .text = str_fmt(a, "{{ (%.*s).render() }}", STR_ARG(to))};
  Template *t = template_parse(a, src, &diags);
  EvalOptions o = context_options(context_of(ev), &diags);
  bool good = t && template_render(t, &o, &out);
  Str why = good || !diags.first ? STR("") : str_dup(a, diags.first->message);
  diags_free(&diags);
  if (!good)
    eval_fail_code(ev, CODE_CONFIG_VALUE, "the foreign key to %.*s: %.*s", STR_ARG(to),
                   STR_ARG(why));
  return out;
}

// Whether a foreign key says where it goes: one that does not is left out.
static bool has_end(Arena *a, Value c) {
  bool named = dict_text(a, c, "to").len && val_truth(val_get(c, STR("to_columns")));
  return named || dict_text(a, c, "expression").len;
}

// " references other (x)" of a foreign key: an expression, or to and to_columns.
static void references(Eval *ev, Buf *out, Value c) {
  Arena *a = eval_arena(ev);
  Str to = dict_text(a, c, "to"), expression = dict_text(a, c, "expression");
  if (to.len && val_truth(val_get(c, STR("to_columns"))))
    buf_addf(out, "references %.*s (%.*s)", STR_ARG(referenced(ev, to)),
             STR_ARG(name_list(ev, val_get(c, STR("to_columns")))));
  else
    buf_addf(out, "references %.*s", STR_ARG(expression));
}

static void column_constraint(Eval *ev, Buf *out, Value c) {
  Arena *a = eval_arena(ev);
  Str type = dict_text(a, c, "type"), expression = dict_text(a, c, "expression");
  size_t before = out->len;
  buf_adds(out, " ");
  if (str_is(type, "check") && expression.len)
    buf_addf(out, "check (%.*s)", STR_ARG(expression));
  else if (str_is(type, "not_null"))
    buf_adds(out, "not null");
  else if (str_is(type, "unique"))
    buf_adds(out, "unique");
  else if (str_is(type, "primary_key"))
    buf_adds(out, "primary key");
  else if (str_is(type, "foreign_key") && has_end(a, c))
    references(ev, out, c);
  else if (str_is(type, "custom") && expression.len)
    buf_add(out, expression);
  else
    out->len = before;
  bool used = str_is(type, "check") || str_is(type, "foreign_key") || str_is(type, "custom");
  if (out->len > before && !used && expression.len)
    buf_addf(out, " %.*s", STR_ARG(expression));
}

// "name type constraint ..": one column of the table.
static Str column_text(Eval *ev, Value column) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  Str name = dict_text(a, column, "name"), type = dict_text(a, column, "data_type");
  if (val_truth(val_get(column, STR("quote"))))
    dialect_double_quoted(&out, name);
  else
    buf_add(&out, name);
  buf_addf(&out, " %.*s", STR_ARG(type));
  Value constraints = val_get(column, STR("constraints"));
  for (size_t i = 0; val_is_seq(constraints) && i < constraints.list->n; i++)
    column_constraint(ev, &out, constraints.list->items[i]);
  return buf_str(&out);
}

// Notes where the values of a text come from, from *at on, where they stand in it in this order.
static void follow(Eval *ev, Str text, Str value, size_t *at, SourceMap *map) {
  ptrdiff_t found = value.len ? str_find(text, value, *at) : -1;
  if (found < 0)
    return;
  context_origin_of(context_of(ev), value, (size_t)found, map);
  *at = (size_t)found + value.len;
}

static void follow_column(Eval *ev, Str text, Value column) {
  Arena *a = eval_arena(ev);
  SourceMap map = {.arena = a};
  size_t at = 0;
  follow(ev, text, dict_text(a, column, "name"), &at, &map);
  follow(ev, text, dict_text(a, column, "data_type"), &at, &map);
  Value constraints = val_get(column, STR("constraints"));
  for (size_t i = 0; i < val_count(constraints); i++)
    follow(ev, text, dict_text(a, constraints.list->items[i], "expression"), &at, &map);
  context_origin(context_of(ev), text, &map);
}

static void follow_constraint(Eval *ev, Str text, Value constraint) {
  Arena *a = eval_arena(ev);
  SourceMap map = {.arena = a};
  size_t at = 0;
  follow(ev, text, dict_text(a, constraint, "name"), &at, &map);
  follow(ev, text, dict_text(a, constraint, "expression"), &at, &map);
  context_origin(context_of(ev), text, &map);
}

Value constraints_columns(Eval *ev, Value columns, Str (*text)(Eval *ev, Value column)) {
  Arena *a = eval_arena(ev);
  if (columns.kind != VAL_DICT)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "render_raw_columns_constraints() takes the dict of a node's columns");
  Value all = val_list(a, columns.dict->n);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(columns.dict, &at));) {
    Str made = text(ev, e->value);
    follow_column(ev, made, e->value);
    list_push(a, all.list, val_str(made));
  }
  return all;
}

static Value fn_columns(Eval *ev, const Value *v) {
  return constraints_columns(ev, v[0], column_text);
}

static bool model_constraint(Eval *ev, Buf *out, Value c) {
  Arena *a = eval_arena(ev);
  Str type = dict_text(a, c, "type"), expression = dict_text(a, c, "expression"),
      name = dict_text(a, c, "name");
  Str columns = name_list(ev, val_get(c, STR("columns")));
  if (name.len)
    buf_addf(out, "constraint %.*s ", STR_ARG(name));
  if (str_is(type, "check") && expression.len)
    buf_addf(out, "check (%.*s)", STR_ARG(expression));
  else if (str_is(type, "unique") || str_is(type, "primary_key"))
    buf_addf(out, "%s%s%.*s (%.*s)", str_is(type, "unique") ? "unique" : "primary key",
             expression.len ? " " : "", STR_ARG(expression), STR_ARG(columns));
  else if (str_is(type, "foreign_key") && has_end(a, c)) {
    buf_addf(out, "foreign key (%.*s) ", STR_ARG(columns));
    references(ev, out, c);
  } else if (str_is(type, "custom") && expression.len)
    buf_add(out, expression);
  else
    return false;
  return true;
}

Value constraints_of_model(Eval *ev, Value given, bool (*text)(Eval *ev, Buf *out, Value c)) {
  Arena *a = eval_arena(ev);
  Value all = val_list(a, 4);
  Value list = val_is_absent(given) ? val_list(a, 0) : ops_list(ev, given);
  for (size_t i = 0; i < list.list->n; i++) {
    Buf out = {.arena = a};
    if (!text(ev, &out, list.list->items[i]))
      continue;
    Str made = buf_str(&out);
    follow_constraint(ev, made, list.list->items[i]);
    list_push(a, all.list, val_str(made));
  }
  return all;
}

static Value fn_model(Eval *ev, const Value *v) {
  return constraints_of_model(ev, v[0], model_constraint);
}

// clang-format off
const Method adapter_methods_constraints[] = {
    {{"render_raw_columns_constraints", fn_columns, "raw_columns",
      "the columns of a contract as SQL, with their constraints"}, REAL},
    {{"render_raw_model_constraints",   fn_model,   "raw_constraints", "the constraints of a contract as SQL"}, REAL},
    {{0}, REAL},
};
// clang-format on
