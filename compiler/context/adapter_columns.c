// Columns of relations and of queries. In: relations, the tables that macros give. Out: columns,
// and what one relation lacks of another.
#include "adapter.h"
#include "column.h"
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

static Value fn_get_columns(Eval *ev, Value self, const Args *args) {
  (void)self;
  return adapter_columns(ev, context_of(ev),
                         adapter_one_relation(ev, "adapter.get_columns_in_relation", args));
}

static Value fn_get_columns_in_table(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"schema", "identifier"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.get_columns_in_table", args, names, 2, 2, v);
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

static Value fn_columns_of_query(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("sql"), val_undef(NULL));
  return adapter_query_columns(
      ev, context_of(ev),
      context_text_arg(ev, v, "adapter.get_column_schema_from_query", "the statement"));
}

static const ColumnObj *named_column(Value columns, Str name) {
  for (size_t i = 0; i < columns.list->n; i++)
    if (is_column(columns.list->items[i]) &&
        str_eq(((ColumnObj *)columns.list->items[i].obj)->name, name))
      return (ColumnObj *)columns.list->items[i].obj;
  return NULL;
}

// The columns of from_relation and to_relation; v: the two.
static void columns_of_both(Eval *ev, const char *fname, const Args *args, Value v[2], Value *from,
                            Value *to) {
  adapter_from_to(ev, fname, args, v);
  need_relation(ev, v[0], fname);
  need_relation(ev, v[1], fname);
  *from = adapter_column_list(ev, context_of(ev), v[0]);
  *to = adapter_column_list(ev, context_of(ev), v[1]);
}

static Value fn_get_missing_columns(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v[2], from, to;
  columns_of_both(ev, "adapter.get_missing_columns", args, v, &from, &to);
  Value missing = val_list(eval_arena(ev), 4);
  for (size_t i = 0; i < from.list->n; i++)
    if (is_column(from.list->items[i]) &&
        !named_column(to, ((ColumnObj *)from.list->items[i].obj)->name))
      list_push(eval_arena(ev), missing.list, from.list->items[i]);
  return missing;
}

static Value fn_expand_target_column_types(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Value v[2], from, to;
  columns_of_both(ev, "adapter.expand_target_column_types", args, v, &from, &to);
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

const Method adapter_methods_columns[] = {
    METHOD("get_columns_in_relation", GIVE_LIST, fn_get_columns),
    METHOD("get_columns_in_table", GIVE_LIST, fn_get_columns_in_table),
    METHOD("get_missing_columns", GIVE_LIST, fn_get_missing_columns),
    METHOD("get_column_schema_from_query", GIVE_LIST, fn_columns_of_query),
    METHOD("starc_fixture_text", REAL, fn_fixture_text),
    METHOD("expand_target_column_types", GIVE_NONE, fn_expand_target_column_types),
    {0},
};
