// In: the columns of an open source, what its YAML says of a cursor, how far an earlier load came.
// Out: from where to where rows are asked for, as expressions of the source and as texts for the
// target. See source.h.
#include "source_parts.h"

// --- which column

// What kind of order values have. Those of two types of one kind are ordered alike.
typedef enum Order {
  ORDER_NONE,
  ORDER_NUMBER,
  ORDER_MOMENT,
  ORDER_CLOCK,
  ORDER_TEXT,
  ORDER_ID
} Order;

static Order order_of(const LoadType *t) {
  switch (t->kind) {
  case LOAD_INT:
  case LOAD_FLOAT:
  case LOAD_DECIMAL:
    return ORDER_NUMBER;
  case LOAD_DATE:
  case LOAD_MOMENT:
    return ORDER_MOMENT;
  case LOAD_TIME:
  case LOAD_INTERVAL:
    return ORDER_CLOCK;
  case LOAD_TEXT:
    return ORDER_TEXT;
  case LOAD_UUID:
    return ORDER_ID;
  default:
    return ORDER_NONE;
  }
}

// Whether the target orders the column's values as the source does. What it makes of a type by
// itself keeps the order; databases differ in that of UUIDs.
static bool same_order(LoadSource *s, const Brought *b) {
  const LoadRules *to = s->shared->dialect->load_rules;
  Order order = order_of(b->column.from);
  if (order == ORDER_ID)
    return to == b->column.from->of && order_of(to->type(&s->arena, b->column.type)) == order;
  return !b->given || order_of(to->type(&s->arena, b->column.type)) == order;
}

// Whether rows can be told by a column of its type.
static bool can_be_cursor(LoadSource *s, Str name, const Brought *b, DbError *error) {
  const LoadType *t = b->column.from;
  s->cursor_type = t;
  s->cursor = s->rules->ordered(&s->arena, s->rules->quoted(&s->arena, name), t);
  if (!s->cursor.len || (order_of(t) == ORDER_ID && !same_order(s, b)))
    return load_wrong(s, error, "cursor", (Str){0},
                      STR("a number, a day, a time or a text that grows with each change is one; "
                          "without a cursor all rows come"),
                      "the cursor of '%.*s' is '%.*s', and no row is told as new by its type, %.*s",
                      STR_ARG(s->node->name), STR_ARG(name), STR_ARG(t->name));
  return same_order(s, b) ||
         load_wrong(s, error, "columns", name,
                    STR("keep the type that it has without `type:`, or one that is ordered alike"),
                    "the cursor '%.*s' is %.*s, and would be in another order as %.*s",
                    STR_ARG(name), STR_ARG(t->name), STR_ARG(b->column.type));
}

static const Brought *cursor_column(LoadSource *s, Str name, const Str *names, size_t n,
                                    DbError *error) {
  bool there = false;
  for (size_t i = 0; i < n; i++)
    there |= str_eq(names[i], name);
  LoadColumnConfig said = load_column_config(&s->arena, s->node, name);
  if (!there) {
    load_wrong(s, error, "cursor", (Str){0}, str_hint_for(&s->arena, name, names, n),
               "the cursor of '%.*s' is '%.*s', and the source has no such column",
               STR_ARG(s->node->name), STR_ARG(name));
    return NULL;
  }
  for (size_t i = 0; i < s->columns.n && !said.omit && !said.expression.len; i++) {
    const Brought *b = &s->columns.items[i];
    Str wanted = said.name.len                 ? said.name
                 : load_has_dlt_names(s->node) ? load_dlt_name(&s->arena, name)
                                               : name;
    if (str_eq(b->column.name, wanted))
      return can_be_cursor(s, name, b, error) ? b : NULL;
  }
  load_wrong(s, error, "columns", name, STR("it says which rows are new: keep it in the table"),
             "the cursor '%.*s' is left out or made from an expression", STR_ARG(name));
  return NULL;
}

// --- start and lag

// An error about one of the cursor's own keys.
static bool put_at(LoadSource *s, DbError *error, const char *key) {
  return load_put_at(s, error, "cursor", str_c(key));
}

// The text of `start` or `lag`, empty: it is not there. False: it is no text and no number.
static bool said_of(LoadSource *s, Value cursor, const char *key, Str *out, DbError *error) {
  Value v = val_get(cursor, str_c(key));
  *out = (Str){0};
  if (val_is_absent(v))
    return true;
  if (val_is(v, VAL_BOOL) || val_is_seq(v) || val_is(v, VAL_DICT))
    return load_wrong(s, error, "cursor", str_c(key), (Str){0}, "the %s of '%.*s' is no value", key,
                      STR_ARG(s->node->name));
  *out = str_trim(val_to_str(&s->arena, v));
  return out->len || load_wrong(s, error, "cursor", str_c(key), (Str){0},
                                "the %s of '%.*s' is empty", key, STR_ARG(s->node->name));
}

// Digits, and some behind a point where the type has them.
static bool is_number(Str text, bool whole) {
  bool point = false, digit = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '.' && !point && !whole)
      point = true;
    else if (str_digit_char(c))
      digit = true;
    else
      return false;
  }
  return digit;
}

// A day, a moment or a time of day that a lag can be tried on.
static Str some_time(const LoadType *t) {
  return t->kind == LOAD_TIME   ? STR("12:00:00")
         : t->kind == LOAD_DATE ? STR("2024-06-01")
                                : STR("2024-06-01 00:00:00");
}

static bool check_lag(LoadSource *s, Str lag, DbError *error) {
  Arena *a = &s->arena;
  const LoadType *t = s->cursor_type;
  Order order = order_of(t);
  const char *as = order == ORDER_NUMBER                           ? "lag: 100"
                   : order == ORDER_MOMENT || order == ORDER_CLOCK ? "lag: 1 hour"
                                                                   : NULL;
  bool good = !lag.len || (order == ORDER_NUMBER ? is_number(lag, t->kind == LOAD_INT)
                                                 : as && !is_number(lag, false));
  if (good && lag.len && order != ORDER_NUMBER) {
    LoadRows rows;
    Str some = some_time(t);
    Str sql = str_fmt(a, "select case when %.*s <= %.*s then 1 else 0 end",
                      STR_ARG(s->rules->less(a, some, t, lag)),
                      STR_ARG(s->rules->less(a, some, t, (Str){0})));
    if (!load_ask(s, sql, &rows, error))
      return put_at(s, error, "lag");
    good = rows.cells.n && str_is(rows.cells.items[0], "1");
  }
  return good || load_wrong(s, error, "cursor", STR("lag"),
                            as ? str_fmt(a, "as in %s", as) : STR("leave it out"),
                            "'%.*s' is no lag of the cursor of '%.*s', which is %.*s", STR_ARG(lag),
                            STR_ARG(s->node->name), STR_ARG(t->name));
}

// *out: what `start` says, as an expression of the source, which reads it.
static bool read_start(LoadSource *s, Str start, Str *out, DbError *error) {
  LoadRows rows;
  *out = (Str){0};
  if (!start.len)
    return true;
  *out = s->rules->said(&s->arena, start, s->cursor_type);
  return load_ask(s, str_cat(&s->arena, STR("select "), *out), &rows, error) ||
         put_at(s, error, "start");
}

// --- from where to where

Str load_cursor_new(LoadSource *s) {
  Arena *a = &s->arena;
  Str c = s->cursor, new = str_fmt(a, "%.*s > %.*s", STR_ARG(c), STR_ARG(s->cursor_last));
  return s->cursor_starts ? str_fmt(a, "(%.*s and %.*s >= %.*s)", STR_ARG(new), STR_ARG(c),
                                    STR_ARG(s->cursor_from))
                          : new;
}

static Str greatest(Arena *a, Str one, Str other) {
  return str_fmt(a, "greatest(%.*s, %.*s)", STR_ARG(one), STR_ARG(other));
}

Str load_where(LoadSource *s) {
  Arena *a = &s->arena;
  Str where = s->where.len ? str_fmt(a, "(%.*s)", STR_ARG(s->where)) : (Str){0};
  if (!s->until_said.len)
    return where;
  return str_fmt(a, "%.*s%s(%.*s < %.*s or %.*s is null)", STR_ARG(where), where.len ? " and " : "",
                 STR_ARG(s->cursor), STR_ARG(s->until_said), STR_ARG(s->cursor));
}

// --sample, of a cursor that is a time: a table that is new begins where it does, like with
// `start`.
static void sample(LoadSource *s, const LoadAsk *asked, bool is_new, Str *start) {
  Arena *a = &s->arena;
  bool date = s->cursor_type->kind == LOAD_DATE;
  if (!asked->sample_to.len || !(date || s->cursor_type->kind == LOAD_MOMENT))
    return;
  size_t len = date ? 10 : asked->sample_to.len;
  Str from = s->rules->said(a, str_sub(asked->sample_from, 0, len), s->cursor_type);
  s->until_said = s->rules->said(a, str_sub(asked->sample_to, 0, len), s->cursor_type);
  if (is_new)
    *start = start->len ? greatest(a, *start, from) : from;
}

// Up to which cursor a batch goes, as a text; empty: there are no more rows than one has.
static bool batch_until(LoadSource *s, Str *until, DbError *error) {
  Arena *a = &s->arena;
  Value batch = node_config(s->node, STR("batch"));
  *until = (Str){0};
  if (!val_is(batch, VAL_INT))
    return true;
  Buf sql = {.arena = a};
  const LoadRules *types = s->target->dialect->load_rules;
  Str last = types->select(a, STR("max(starc_cursor)"), s->cursor_type), c = s->cursor;
  buf_addf(
      &sql,
      "select count(*), %.*s from (select %.*s as starc_cursor from %.*s where %.*s is not null",
      STR_ARG(last), STR_ARG(c), STR_ARG(s->base), STR_ARG(c));
  Str where = load_where(s);
  if (where.len)
    buf_addf(&sql, " and %.*s", STR_ARG(where));
  if (s->cursor_last.len)
    buf_addf(&sql, " and %.*s", STR_ARG(load_cursor_new(s)));
  else if (s->cursor_from.len)
    buf_addf(&sql, " and %.*s >= %.*s", STR_ARG(c), STR_ARG(s->cursor_from));
  buf_addf(&sql, " order by 1 limit %lld) as starc_batch", (long long)batch.i);
  LoadRows rows;
  if (!load_ask(s, buf_str(&sql), &rows, error))
    return false;
  if (rows.cells.n > 1 && load_whole_number(s, rows.cells.items[0]) == batch.i)
    *until = rows.cells.items[1];
  return true;
}

// Where the source is now, and from where it is asked.
static bool ask_ends(LoadSource *s, LoadRows *rows, DbError *error) {
  Arena *a = &s->arena;
  const LoadRules *types = s->target->dialect->load_rules;
  Str most = str_fmt(a, "max(%.*s)", STR_ARG(s->cursor)), end = s->cursor_last;
  if (end.len) // never back, though the rows there are gone: those that come anew are no news
    most = str_fmt(a, "case when %.*s > %.*s then %.*s else %.*s end", STR_ARG(most), STR_ARG(end),
                   STR_ARG(most), STR_ARG(end));
  Str text = types->select(a, most, s->cursor_type);
  Str before = s->cursor_from.len ? types->select(a, s->cursor_from, s->cursor_type) : STR("null");
  Buf sql = {.arena = a};
  buf_addf(&sql, "select %.*s, %.*s from %.*s", STR_ARG(text), STR_ARG(before), STR_ARG(s->base));
  Str where = load_where(s);
  if (where.len)
    buf_addf(&sql, " where %.*s", STR_ARG(where));
  buf_add(&sql, load_source_behind(s));
  return load_ask(s, buf_str(&sql), rows, error) || load_put_at(s, error, "cursor", (Str){0});
}

bool load_cursor_fill(LoadSource *s, const LoadAsk *asked, const Str *names, size_t n,
                      LoadPlan *plan, DbError *error) {
  Arena *a = &s->arena;
  Value cursor = node_config(s->node, STR("cursor"));
  if (!val_is(cursor, VAL_DICT))
    return true;
  const Brought *b =
      cursor_column(s, val_to_str(a, val_get(cursor, STR("column"))), names, n, error);
  Str lag, start, said;
  if (!b || !said_of(s, cursor, "lag", &lag, error) ||
      !said_of(s, cursor, "start", &start, error) || !check_lag(s, lag, error) ||
      !read_start(s, start, &said, error))
    return false;
  Str last = asked->again ? (Str){0} : asked->last;
  sample(s, asked, !last.len, &said);
  s->cursor_from = said;
  s->cursor_starts = said.len;
  if (last.len) {
    s->cursor_last = s->rules->less(a, last, s->cursor_type, (Str){0});
    Str back = s->rules->less(a, last, s->cursor_type, lag);
    s->cursor_from = said.len ? greatest(a, back, said) : back;
  }
  LoadRows rows;
  if (!ask_ends(s, &rows, error))
    return false;
  plan->cursor = b->column.name;
  plan->cursor_type = b->column.type;
  plan->to = !s->empty && rows.cells.n && rows.cells.items[0].len ? rows.cells.items[0] : last;
  plan->from = rows.cells.n > 1 ? rows.cells.items[1] : (Str){0};
  plan->last = last;
  Str until = {0};
  if (!asked->whole && !asked->empty && !batch_until(s, &until, error))
    return false;
  plan->more = until.len && !str_eq(until, plan->to);
  if (plan->more)
    plan->to = until;
  // Of a source that has no moment for several statements, what comes meanwhile is for the next
  // load.
  if ((plan->more || !s->rules->share) && plan->to.len)
    s->cursor_until = s->rules->less(a, plan->to, s->cursor_type, (Str){0});
  return true;
}
