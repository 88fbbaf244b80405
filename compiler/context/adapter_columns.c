// Columns of relations and of queries. In: relations, the tables that macros give. Out: columns,
// and what one relation lacks of another.
#include "adapter_columns.h"
#include "../template/ops_access.h"
#include "adapter.h"
#include "ask.h"
#include "column.h"
#include "evaluation.h"
#include "fixture_value.h"
#include "relation.h"

Value adapter_columns(Eval *ev, Context *c, Value relation) {
  return context_call_macro(ev, c, "get_columns_in_relation",
                            (Kwarg[]){
                                {STR("relation"), relation}
  },
                            1);
}

Value adapter_column_list(Eval *ev, Context *c, Value relation) {
  return ops_list(ev, adapter_columns(ev, c, relation));
}

static Value fn_get_columns(Eval *ev, const Value *v) {
  need_relation(ev, v[0], "adapter.get_columns_in_relation");
  return adapter_columns(ev, context_of(ev), v[0]);
}

static Value fn_get_columns_in_table(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  const Target *t = c->shared->project->target;
  RelationObj *o =
      relation_of_schema(a, c->shared, t ? t->database : STR(""), text_or_empty(a, v[0]));
  o->r.identifier = text_or_empty(a, v[1]);
  o->is_set[2] = true;
  return adapter_columns(ev, c, relation_obj_value(o));
}

// The columns of a query, from the types the database gives to an empty result.
Value adapter_query_columns(Eval *ev, Context *c, Str sql) {
  Arena *a = eval_arena(ev);
  DbResult r;
  context_query(ev, c, sql, false, true, 0, &r);
  Value all = val_list(a, r.ncolumns);
  for (size_t i = 0; i < r.ncolumns; i++)
    list_push(a, all.list, column_from_db(ev, a, c->shared->dialect, &r.columns[i]));
  return all;
}

static Value fn_columns_of_query(Eval *ev, const Value *v) {
  return adapter_query_columns(
      ev, context_of(ev),
      context_text_arg(ev, v[0], "adapter.get_column_schema_from_query", "the statement"));
}

static const ColumnObj *named_column(Value columns, Str name) {
  for (size_t i = 0; i < columns.list->n; i++)
    if (is_column(columns.list->items[i]) &&
        str_eq(((ColumnObj *)columns.list->items[i].obj)->name, name))
      return (ColumnObj *)columns.list->items[i].obj;
  return NULL;
}

// v: from_relation and to_relation, whose columns are asked for.
static void columns_of_both(Eval *ev, const char *fname, const Value *v, Value *from, Value *to) {
  need_relation(ev, v[0], fname);
  need_relation(ev, v[1], fname);
  *from = adapter_column_list(ev, context_of(ev), v[0]);
  *to = adapter_column_list(ev, context_of(ev), v[1]);
}

static Value fn_get_missing_columns(Eval *ev, const Value *v) {
  Value from, to;
  columns_of_both(ev, "adapter.get_missing_columns", v, &from, &to);
  Value missing = val_list(eval_arena(ev), 4);
  for (size_t i = 0; i < from.list->n; i++)
    if (is_column(from.list->items[i]) &&
        !named_column(to, ((ColumnObj *)from.list->items[i].obj)->name))
      list_push(eval_arena(ev), missing.list, from.list->items[i]);
  return missing;
}

static Value fn_expand_target_column_types(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Value from, to;
  columns_of_both(ev, "adapter.expand_target_column_types", v, &from, &to);
  for (size_t i = 0; i < to.list->n; i++) {
    if (!is_column(to.list->items[i]))
      continue;
    const ColumnObj *have = (ColumnObj *)to.list->items[i].obj;
    const ColumnObj *want = named_column(from, have->name);
    if (!want || !column_can_expand(ev, have, want))
      continue;
    Value size = val_int(column_string_size(ev, want));
    Value type = val_str(c->shared->dialect->adapter->column->string_type(a, size));
    context_call_macro(ev, c, "alter_column_type",
                       (Kwarg[]){
                           {STR("relation"),        v[1]               },
                           {STR("column_name"),     val_str(have->name)},
                           {STR("new_column_type"), type               }
    },
                       3);
  }
  return val_none();
}

// clang-format off
const Method adapter_methods_columns[] = {
    {{"get_columns_in_relation",      fn_get_columns,                "relation",
      "the columns of a relation"
     "\n{{ adapter.get_columns_in_relation(ref('orders')) | map(attribute='name') | join(', ') }}\n=> order_id, amount"}, GIVE_LIST},
    {{"get_columns_in_table",         fn_get_columns_in_table,       "schema, identifier",
      "the columns of a table"
     "\n{{ adapter.get_columns_in_table('analytics', 'orders') | length }}\n=> 2"}, GIVE_LIST},
    {{"get_missing_columns",          fn_get_missing_columns,        "from_relation, to_relation",
      "the columns of one that the other has not"
     "\n{{ adapter.get_missing_columns(ref('orders'), ref('orders')) }}\n=> []"}, GIVE_LIST},
    {{"get_column_schema_from_query", fn_columns_of_query,           "sql", "the columns of a query"
     "\n{{ adapter.get_column_schema_from_query('select 1 as n')[0].dtype }}\n=> UInt8"}, GIVE_LIST},
    {{"starc_fixture_text",           fn_fixture_text,               "value, data_type",
      "a value of a unit test's row as SQL"}, REAL},
    {{"expand_target_column_types",   fn_expand_target_column_types, "from_relation, to_relation",
      "makes text columns as wide as those of the other"
     "\n{{ adapter.expand_target_column_types(ref('orders'), ref('orders')) }}\n=> None"}, GIVE_NONE},
    {{0}, REAL},
};
// clang-format on
