// In: a load's node, what the table has from earlier loads. Out: the plan of this one as a dict,
// and rows in a table. Leaves the connection to the source to Db.
#include "load_rows.h"
#include "../base/vec.h"
#include "../dialect/load_source.h"
#include "../graph/batch.h"
#include "../graph/load_node.h"
#include "ask.h"
#include "context.h"
#include "evaluation.h"
#include "internal.h"
#include "relation.h"

// A value of the cursor as SQL of the target, of the type of its column.
static Value cursor_literal(Context *c, Arena *a, Str text, Str type) {
  const Dialect *d = c->shared->dialect;
  return text.len ? val_str(d->source->less(a, text, d->load_rules->type(a, type), (Str){0}))
                  : val_none();
}

// What a column is ordered by as the source orders it.
static Str ordered(Context *c, Arena *a, Str column, Str type) {
  const Dialect *d = c->shared->dialect;
  Str by = d->source->ordered(a, column, d->load_rules->type(a, type));
  return by.len ? by : column;
}

static Value text_or_none(Arena *a, Str text) {
  return text.len ? val_str(str_dup(a, text)) : val_none();
}

static Value plan_value(Context *c, Arena *a, const LoadPlan *p) {
  const Dialect *d = c->shared->dialect;
  Value out = val_dict(a), columns = val_list(a, p->ncolumns);
  for (size_t i = 0; i < p->ncolumns; i++) {
    const LoadedColumn *of = &p->columns[i];
    Value column = val_dict(a);
    dict_sets(a, column.dict, STR("name"), val_str(str_dup(a, of->name)));
    dict_sets(a, column.dict, STR("type"), val_str(str_dup(a, of->type)));
    dict_sets(a, column.dict, STR("from_type"), val_str(str_dup(a, of->from_type)));
    dict_sets(a, column.dict, STR("nullable"), val_bool(of->nullable));
    dict_sets(a, column.dict, STR("is_key"), val_bool(of->is_key));
    list_push(a, columns.list, column);
  }
  dict_sets(a, out.dict, STR("columns"), columns);
  dict_sets(a, out.dict, STR("cursor"), text_or_none(a, p->cursor));
  Str order =
      p->cursor.len ? ordered(c, a, d->source->quoted(a, p->cursor), p->cursor_type) : (Str){0};
  dict_sets(a, out.dict, STR("cursor_order"), text_or_none(a, order));
  dict_sets(a, out.dict, STR("cursor_from"), text_or_none(a, p->from));
  dict_sets(a, out.dict, STR("cursor_last"), text_or_none(a, p->last));
  dict_sets(a, out.dict, STR("cursor_to"), text_or_none(a, p->to));
  dict_sets(a, out.dict, STR("from_sql"), cursor_literal(c, a, p->from, p->cursor_type));
  dict_sets(a, out.dict, STR("last_sql"), cursor_literal(c, a, p->last, p->cursor_type));
  dict_sets(a, out.dict, STR("more"), val_bool(p->more));
  dict_sets(a, out.dict, STR("estimate"), val_int(p->estimate));
  dict_sets(a, out.dict, STR("what"), text_or_none(a, p->what));
  return out;
}

// For who reports the load. A batch goes on with what the first one said.
static void keep_plan(Context *c, const LoadPlan *p) {
  Arena *a = c->arena;
  bool goes_on = val_is(c->loaded, VAL_DICT);
  if (!goes_on) {
    Value columns = val_list(a, p->ncolumns);
    c->loaded = val_dict(a);
    dict_sets(a, c->loaded.dict, STR("columns"), columns);
    dict_sets(a, c->loaded.dict, STR("bytes"), val_int(0));
    dict_sets(a, c->loaded.dict, STR("cursor"), text_or_none(a, p->cursor));
    dict_sets(a, c->loaded.dict, STR("cursor_from"), text_or_none(a, p->from));
    for (size_t i = 0; i < p->ncolumns; i++) {
      const LoadedColumn *of = &p->columns[i];
      Value d = val_dict(a);
      dict_sets(a, d.dict, STR("name"), val_str(str_dup(a, of->name)));
      dict_sets(a, d.dict, STR("type"), val_str(str_dup(a, of->type)));
      dict_sets(a, d.dict, STR("from_name"), val_str(str_dup(a, of->from_name)));
      dict_sets(a, d.dict, STR("from_type"), val_str(str_dup(a, of->from_type)));
      dict_sets(a, d.dict, STR("expression"), text_or_none(a, of->expression));
      list_push(a, columns.list, d);
    }
  }
  dict_sets(a, c->loaded.dict, STR("cursor_to"), text_or_none(a, p->to));
}

// A moment as each type of time can be read.
static Str second_text(Arena *a, int64_t at) {
  enum { LONG = 19 }; // "2024-01-31 12:00:00"
  Str text = batch_time_text(a, at);
  return str_sub(text, 0, text.len < LONG ? text.len : LONG);
}

Value load_rows_open(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  if (!c->node || c->node->kind != NODE_LOAD)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "adapter.starc_load_open() is for loads");
  Diags diags = {0};
  diags_init(&diags);
  LoadAsk asked = {.node = c->node,
                   .last = val_is(v[0], VAL_STR) ? val_text(v[0]) : (Str){0},
                   .again = val_truth(v[1]),
                   .whole = val_truth(v[2]),
                   .empty = c->shared->flags->empty,
                   .diags = &diags};
  if (c->shared->flags->sample) {
    asked.sample_from = second_text(a, c->shared->flags->sample_from);
    asked.sample_to = second_text(a, c->shared->flags->sample_to);
  }
  LoadPlan plan;
  DbError error = {.at = -1};
  bool good = c->db->load_open(c->db->data, a, &asked, &plan, &error);
  if (diags.errors) {
    diags_move(eval_options(ev)->diags, &diags);
    eval_abort(ev);
  }
  context_say_warnings(ev, &diags);
  if (!good)
    context_db_fail(ev, c, &error, (Str){0});
  keep_plan(c, &plan);
  return plan_value(c, a, &plan);
}

static LoadPart part_of(Eval *ev, Str word) {
  static const char *const words[] = {
      [LOAD_ALL] = "all", [LOAD_NEW] = "new", [LOAD_EDGE] = "edge", [LOAD_KEYS] = "keys"};
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_eq(word, str_c(words[i])))
      return (LoadPart)i;
  eval_fail_code(ev, CODE_WRONG_ARGUMENT, "a part of a load is all, new, edge or keys, not '%.*s'",
                 STR_ARG(word));
}

Value load_rows_bring(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  LoadPart part = part_of(ev, val_to_str(a, v[1]));
  Buf sql = {.arena = a};
  context_begin(ev, c);
  buf_add(&sql, str_c(c->shared->dialect->load[0]));
  relation_render(&sql, need_relation(ev, v[0], "adapter.starc_load_rows"));
  size_t n = val_is_seq(v[2]) ? v[2].list->n : 0;
  LoadWanted *columns = arena_array(a, LoadWanted, n + 1);
  for (size_t i = 0; i < n; i++) {
    const Value column = v[2].list->items[i];
    columns[i] = (LoadWanted){val_to_str(a, val_get(column, STR("name"))),
                              val_to_str(a, val_get(column, STR("type")))};
    buf_add(&sql, i ? STR(", ") : STR(" ("));
    c->shared->dialect->quote_name(&sql, columns[i].name);
  }
  buf_add(&sql, str_c(c->shared->dialect->load[1]));
  LoadCount count;
  DbError error = {.at = -1};
  if (!c->db->load_rows(c->db->data, a, buf_str(&sql), part, columns, n, &count, &error))
    context_db_fail(ev, c, &error, buf_str(&sql));
  if (val_is(c->loaded, VAL_DICT) && part != LOAD_KEYS)
    dict_sets(c->arena, c->loaded.dict, STR("bytes"),
              val_int(val_get(c->loaded, STR("bytes")).i + count.bytes));
  Value out = val_dict(a);
  dict_sets(a, out.dict, STR("rows"), val_int(count.rows));
  dict_sets(a, out.dict, STR("bytes"), val_int(count.bytes));
  return out;
}

// --- columns of the table that is there

Value load_rows_column(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str name = val_to_str(a, v[0]);
  LoadColumnConfig said = load_column_config(a, c->node, name);
  if (said.name.len)
    return val_str(said.name);
  return val_str(load_has_dlt_names(c->node) ? load_dlt_name(a, name) : name);
}

Value load_rows_ordered(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  return val_str(ordered(context_of(ev), a, val_to_str(a, v[0]), val_to_str(a, v[1])));
}

Value load_rows_text(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const LoadRules *rules = context_of(ev)->shared->dialect->load_rules;
  return val_str(rules->select(a, val_to_str(a, v[0]), rules->type(a, val_to_str(a, v[1]))));
}

static Str nullable(Arena *a, const Dialect *d, Str type) {
  const LoadType *t = d->load_rules->type(a, type);
  bool takes_it = !d->nullable || t->nullable || t->kind == LOAD_ARRAY;
  return takes_it ? type : d->nullable(a, type);
}

// Of texts and of bits.
static bool holds_text(const LoadType *wide, const LoadType *narrow) {
  if (wide->alone || wide->bits != narrow->bits)
    return false;
  if (wide->padded) // bits that are filled up are others
    return narrow->padded && !wide->bits && narrow->precision <= wide->precision;
  return !wide->precision || (narrow->precision && narrow->precision <= wide->precision);
}

static int digits_of(const LoadType *t) {
  return t->bits <= 8     ? 3
         : t->bits <= 16  ? 5
         : t->bits <= 32  ? 10
         : t->bits <= 64  ? 19 + t->is_unsigned
         : t->bits <= 128 ? 39
                          : 78;
}

// Whether each value of a type is one of another, which has as many or more of them.
static bool holds(Arena *a, const Dialect *d, const LoadType *wide, const LoadType *narrow) {
  if (wide->kind == LOAD_ARRAY && narrow->kind == LOAD_ARRAY)
    return (wide->item->nullable || !narrow->item->nullable) &&
           holds(a, d, wide->item, narrow->item);
  if (str_eq(nullable(a, d, wide->name), nullable(a, d, narrow->name)))
    return true;
  if (wide->kind == LOAD_INT && narrow->kind == LOAD_INT)
    return wide->is_unsigned == narrow->is_unsigned
               ? wide->bits >= narrow->bits
               : !wide->is_unsigned && wide->bits > narrow->bits;
  if (wide->alone)
    return false;
  if (wide->kind == LOAD_DECIMAL && narrow->kind == LOAD_INT)
    return wide->scale < 0 || wide->precision - wide->scale >= digits_of(narrow);
  if (wide->kind == LOAD_DECIMAL && narrow->kind == LOAD_DECIMAL)
    return wide->scale < 0 || (narrow->scale >= 0 && wide->scale >= narrow->scale &&
                               wide->precision - wide->scale >= narrow->precision - narrow->scale);
  if (wide->kind != narrow->kind)
    return false;
  if (wide->kind == LOAD_FLOAT)
    return wide->bits >= narrow->bits;
  if (wide->kind == LOAD_MOMENT || wide->kind == LOAD_TIME || wide->kind == LOAD_INTERVAL)
    return wide->zoned == narrow->zoned && wide->precision >= narrow->precision;
  return (wide->kind == LOAD_TEXT || (wide->kind == LOAD_OTHER && wide->bits)) &&
         holds_text(wide, narrow);
}

// What a column was and what comes for it now: {kind, type, nullable}, of which type its column has
// to be for both.
Value load_rows_change(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Dialect *d = context_of(ev)->shared->dialect;
  const LoadRules *rules = d->load_rules;
  Str was_type = val_to_str(a, v[0]), now_type = val_to_str(a, v[1]);
  const LoadType *was = rules->type(a, was_type), *now = rules->type(a, now_type);
  bool was_null = val_truth(v[2]), now_null = val_truth(v[3]);
  if (d->nullable) { // the types say it themselves
    was_null = was->nullable;
    now_null = now->nullable;
  }
  bool stays = str_eq(was_type, now_type) || holds(a, d, was, now),
       grows = !stays && holds(a, d, now, was);
  bool same = stays && (was_null || !now_null);
  Str type = stays ? was_type : now_type;
  if (!same && was_null != now_null && (was_null || now_null))
    type = nullable(a, d, type);
  Value out = val_dict(a);
  dict_sets(a, out.dict, STR("kind"),
            same             ? val_lit("same")
            : stays || grows ? val_lit("widened")
                             : val_lit("other"));
  dict_sets(a, out.dict, STR("type"), val_str(str_dup(a, type)));
  dict_sets(a, out.dict, STR("nullable"), val_bool(was_null || now_null));
  return out;
}

Value load_rows_nullable(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  return val_str(nullable(a, context_of(ev)->shared->dialect, val_to_str(a, v[0])));
}
