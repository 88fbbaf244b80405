// In: an open source. Out: its columns as they are in the target, its key, and the queries of a
// load's parts. Leaves the cursor to cursor.c. See source.h.
#include "files.h"
#include "source_parts.h"

#include "../../compiler/base/utf8.h"
#include "../../compiler/dialect/sql_look.h"

#include <stdlib.h>

// --- columns

typedef struct Found {
  Str name;
  const LoadType *type;
  bool nullable, is_key;
} Found;
typedef VEC(Found) FoundVec;

static bool no_such_table(LoadSource *s, DbError *error) {
  LoadRows rows;
  Str table = s->node->load->table, schema = load_schema(s);
  if (!load_ask(s, s->rules->tables(&s->arena, schema), &rows, error))
    return false;
  Str *names = arena_array(&s->arena, Str, rows.cells.n + 1);
  size_t n = 0;
  for (size_t i = 0; rows.width && i < rows.cells.n; i += rows.width)
    names[n++] = rows.cells.items[i];
  Str hint = n ? str_hint_for(&s->arena, table, names, n)
               : str_fmt(&s->arena,
                         "the schema '%.*s' has no tables that the user may see: is `schema:` in "
                         "`from:` right?",
                         STR_ARG(schema));
  load_wrong(s, error, "name", (Str){0}, hint,
             "the source has no table '%.*s' in the schema '%.*s'", STR_ARG(table),
             STR_ARG(schema));
  error->no_relation = true;
  return false;
}

int64_t load_whole_number(LoadSource *s, Str text) {
  return strtoll(str_cstr(&s->arena, text), NULL, 10);
}

// Whether a column of the source may have NULL, as far as its type says.
static bool takes_null(const LoadSource *s, const LoadType *t) {
  return !s->target->dialect->nullable || t->nullable;
}

static bool of_table(LoadSource *s, FoundVec *found, LoadPlan *plan, DbError *error) {
  const LoadRules *types = s->target->dialect->load_rules;
  LoadRows rows;
  Str table = s->node->load->table;
  if (!load_ask(s, s->rules->columns(&s->arena, types, load_schema(s), table), &rows, error))
    return false;
  if (!rows.cells.n)
    return no_such_table(s, error);
  for (size_t i = 0; i + rows.width <= rows.cells.n; i += rows.width) {
    const Str *cell = &rows.cells.items[i];
    const LoadType *t = types->type(&s->arena, cell[1]);
    bool nullable = !str_is(cell[2], "t") && takes_null(s, t);
    vec_push(&s->arena, found, ((Found){cell[0], t, nullable, str_is(cell[5], "t")}));
  }
  plan->estimate = load_whole_number(s, rows.cells.items[3]);
  plan->what = rows.cells.items[4];
  s->is_table = str_is(plan->what, "table");
  s->relation = s->rules->relation(&s->arena, load_schema(s), table);
  s->base = s->relation;
  return true;
}

// SQL that a person wrote, without a semicolon at its end, ready to stand in brackets: a comment at
// its end ends with the line. False: *error, at the key, or the column in it.
static bool sql_said(LoadSource *s, const char *key, Str column, Str *sql, DbError *error) {
  if (!sql->len)
    return true;
  SqlShape shape = sql_shape(s->target->dialect->sql, *sql);
  if (shape.empty || shape.second >= 0)
    return load_wrong(s, error, key, column, (Str){0}, "%s of '%.*s' has %s",
                      column.len ? "an expression" : key, STR_ARG(s->node->name),
                      shape.empty ? "no SQL in it" : "several statements");
  *sql = str_fmt(&s->arena, "%.*s\n", (int)shape.end, sql->ptr);
  return true;
}

// The columns of a query, or the type of an expression.
static bool described(LoadSource *s, Str query, LoadRows *rows, DbError *error) {
  return load_ask(s,
                  str_fmt(&s->arena, "select * from (%.*s) as starc_query limit 0", STR_ARG(query)),
                  rows, error);
}

static bool of_query(LoadSource *s, Str query, FoundVec *found, LoadPlan *plan, DbError *error) {
  LoadRows rows;
  if (!described(s, query, &rows, error))
    return false;
  for (size_t i = 0; i < rows.columns.n; i++) {
    const LoadType *t = s->target->dialect->load_rules->type(&s->arena, rows.columns.items[i].type);
    vec_push(&s->arena, found, ((Found){rows.columns.items[i].name, t, takes_null(s, t), false}));
  }
  plan->estimate = -1;
  plan->what = STR("query");
  s->base = str_fmt(&s->arena, "(%.*s) as starc_query", STR_ARG(query));
  return true;
}

static bool type_of_expression(LoadSource *s, const Found *of, Str expression,
                               const LoadType **type, DbError *error) {
  LoadRows rows;
  Str query = str_fmt(&s->arena, "select %.*s as starc_value from %.*s", STR_ARG(expression),
                      STR_ARG(s->base));
  if (!described(s, query, &rows, error)) {
    return load_put_at(s, error, "columns", of->name);
  }
  *type = s->target->dialect->load_rules->type(
      &s->arena, rows.columns.n ? rows.columns.items[0].type : (Str){0});
  return true;
}

// A type that a person wrote says how values are kept: whether there is NULL beside them is known
// of the source's column, but not of an expression.
static Str type_said(LoadSource *s, const LoadColumnConfig *said, const Found *of) {
  const Dialect *d = s->shared->dialect;
  const LoadType *t = d->load_rules->type(&s->arena, said->type);
  bool takes_it = !d->nullable || t->nullable || t->kind == LOAD_ARRAY;
  return takes_it || !of->nullable || said->expression.len ? said->type
                                                           : d->nullable(&s->arena, said->type);
}

static bool bring(LoadSource *s, Found of, DbError *error) {
  Arena *a = &s->arena;
  const LoadRules *to = s->shared->dialect->load_rules;
  LoadColumnConfig said = load_column_config(a, s->node, of.name);
  if (said.omit)
    return true;
  Str expression = s->rules->quoted(a, of.name), why = {0};
  if (said.expression.len) {
    if (!sql_said(s, "columns", of.name, &said.expression, error))
      return false;
    expression = str_fmt(a, "(%.*s)", STR_ARG(said.expression));
    if (!type_of_expression(s, &of, expression, &of.type, error))
      return false;
    of.nullable = takes_null(s, of.type);
  }
  Brought b = {.nullable = of.nullable,
               .is_key = of.is_key,
               .given = said.type.len,
               .origin = of.name,
               .said = said.expression};
  b.column.name = said.name.len                 ? said.name
                  : load_has_dlt_names(s->node) ? load_dlt_name(a, of.name)
                                                : of.name;
  b.column.from = of.type;
  b.column.type =
      said.type.len ? type_said(s, &said, &of) : to->type_name(a, of.type, of.nullable, &why);
  if (!b.column.type.len)
    return load_wrong(
        s, error, "columns", of.name,
        str_fmt(a,
                "columns: {%.*s: {type: ..}} names one that holds it, {omit: true} leaves it out",
                STR_ARG(of.name)),
        "column '%.*s' is %.*s: %.*s", STR_ARG(of.name), STR_ARG(of.type->name), STR_ARG(why));
  b.expression = expression;
  for (size_t i = 0; i < s->columns.n; i++)
    if (str_eq(s->columns.items[i].column.name, b.column.name))
      return load_wrong(s, error, "columns", of.name,
                        STR("columns: {NAME: {name: ..}} renames one of them"),
                        "two columns would be named '%.*s' in the table", STR_ARG(b.column.name));
  vec_push(a, &s->columns, b);
  return true;
}

static bool known_columns(LoadSource *s, const FoundVec *found, DbError *error) {
  size_t n;
  Str *named = load_columns_named(&s->arena, s->node, &n);
  Str *names = arena_array(&s->arena, Str, found->n + 1);
  for (size_t i = 0; i < found->n; i++)
    names[i] = found->items[i].name;
  for (size_t i = 0; i < n; i++) {
    bool there = false;
    for (size_t k = 0; k < found->n && !there; k++)
      there = str_eq(names[k], named[i]);
    if (!there)
      return load_wrong(
          s, error, "columns", named[i], str_hint_for(&s->arena, named[i], names, found->n),
          "the source of '%.*s' has no column '%.*s'", STR_ARG(s->node->name), STR_ARG(named[i]));
  }
  return true;
}

static bool set_keys(LoadSource *s, DbError *error) {
  Value keys = node_config(s->node, STR("key"));
  for (size_t i = 0; val_is_seq(keys) && i < keys.list->n; i++) {
    Str name = val_to_str(&s->arena, keys.list->items[i]);
    size_t k = 0;
    Str *names = arena_array(&s->arena, Str, s->columns.n + 1);
    for (; k < s->columns.n && !str_eq(s->columns.items[k].column.name, name); k++)
      names[k] = s->columns.items[k].column.name;
    if (k == s->columns.n)
      return load_wrong(s, error, "key", (Str){0},
                        str_hint_for(&s->arena, name, names, s->columns.n),
                        "the key '%.*s' of '%.*s' is no column of the table", STR_ARG(name),
                        STR_ARG(s->node->name));
    s->columns.items[k].is_key = true;
    vec_push(&s->arena, &s->keys, k);
  }
  return true;
}

// The column that says which rows are gone.
static bool check_flag(LoadSource *s, const FoundVec *found, DbError *error) {
  Str flag = load_text(s->node, "deleted_at");
  Str *names = arena_array(&s->arena, Str, found->n + 1);
  for (size_t i = 0; i < found->n; i++) {
    names[i] = found->items[i].name;
    if (!str_eq(names[i], flag))
      continue;
    return !load_column_config(&s->arena, s->node, flag).omit ||
           load_wrong(s, error, "columns", flag, STR("it says which rows are gone: keep it"),
                      "'%.*s', the deleted_at of '%.*s', is left out", STR_ARG(flag),
                      STR_ARG(s->node->name));
  }
  return !flag.len ||
         load_wrong(s, error, "deleted_at", (Str){0},
                    str_hint_for(&s->arena, flag, names, found->n),
                    "deleted_at of '%.*s' is '%.*s', and the source has no such column",
                    STR_ARG(s->node->name), STR_ARG(flag));
}

// --- queries

static Str condition(LoadSource *s, LoadPart part) {
  Arena *a = &s->arena;
  const Str c = s->cursor, from = s->cursor_from, last = s->cursor_last;
  if (part == LOAD_KEYS || !from.len)
    return (Str){0};
  if (part == LOAD_NEW && last.len)
    return load_cursor_new(s);
  if (part == LOAD_EDGE && last.len)
    return str_fmt(a, "(%.*s >= %.*s and %.*s <= %.*s or %.*s is null)", STR_ARG(c), STR_ARG(from),
                   STR_ARG(c), STR_ARG(last), STR_ARG(c));
  return str_fmt(a, "(%.*s >= %.*s or %.*s is null)", STR_ARG(c), STR_ARG(from), STR_ARG(c));
}

static const Brought *brought_as(const LoadSource *s, Str name) {
  for (size_t i = 0; i < s->columns.n; i++)
    if (str_eq(s->columns.items[i].column.name, name))
      return &s->columns.items[i];
  return NULL;
}

static Str batch_condition(LoadSource *s, LoadPart part) {
  if (!s->cursor_until.len || part == LOAD_KEYS || part == LOAD_EDGE)
    return (Str){0};
  return str_fmt(&s->arena, "(%.*s <= %.*s or %.*s is null)", STR_ARG(s->cursor),
                 STR_ARG(s->cursor_until), STR_ARG(s->cursor));
}

Str load_source_query(LoadSource *s, LoadPart part, const LoadWanted *wanted, size_t n,
                      const LoadColumn **columns) {
  Arena *a = &s->arena;
  const LoadRules *from = s->target->dialect->load_rules, *to = s->shared->dialect->load_rules;
  LoadColumn *out = arena_array(a, LoadColumn, n + 1);
  Buf sql = {.arena = a};
  buf_adds(&sql, "select ");
  for (size_t i = 0; i < n; i++) {
    const Brought *b = brought_as(s, wanted[i].name);
    if (!b)
      continue; // asked for by a materialization of the project's own; the target tells
    out[i] = b->column;
    out[i].type = str_dup(a, wanted[i].type);
    out[i].cell = to->cell(a, b->column.from, out[i].type);
    Str select = load_select(a, from, to, b->expression, b->column.from, out[i].type);
    buf_addf(&sql, "%s%.*s", i ? ", " : "", STR_ARG(select));
  }
  buf_addf(&sql, " from %.*s", STR_ARG(s->base));
  Str kept = s->where.len ? str_fmt(a, "(%.*s)", STR_ARG(s->where)) : (Str){0};
  Str conditions[] = {part == LOAD_KEYS ? kept : load_where(s), condition(s, part),
                      batch_condition(s, part),
                      s->empty && part != LOAD_KEYS ? STR("1 = 0") : (Str){0}};
  bool any = false;
  for (size_t i = 0; i < COUNT(conditions); i++)
    if (conditions[i].len) {
      buf_addf(&sql, "%s%.*s", any ? " and " : " where ", STR_ARG(conditions[i]));
      any = true;
    }
  if (!any)
    buf_adds(&sql, " where 1 = 1");
  *columns = out;
  return buf_str(&sql);
}

int64_t load_source_estimate(const LoadSource *s, LoadPart part) {
  return part == LOAD_ALL && !s->where.len && !s->until_said.len && !s->cursor_from.len
             ? s->estimate
             : -1;
}

Str load_source_behind(LoadSource *s) {
  return s->rules->behind ? s->rules->behind(&s->arena, s->target->dialect->load_rules) : (Str){0};
}

bool load_source_pieces(LoadSource *s, LoadPart part, Str pieces[LOAD_READERS], size_t *n,
                        DbError *error) {
  enum { WORTH = 2048 }; // units of a piece, at least
  LoadRows rows;
  pieces[0] = (Str){0};
  *n = 1;
  if (part != LOAD_ALL || !s->is_table || !s->rules->units || !s->snapshot.len)
    return true;
  Str sql = s->rules->units(&s->arena, load_schema(s), s->node->load->table);
  if (!load_ask(s, sql, &rows, error))
    return false;
  int64_t units = rows.cells.n ? load_whole_number(s, rows.cells.items[0]) : 0;
  int64_t most = units / WORTH < LOAD_READERS ? units / WORTH : LOAD_READERS;
  if (most < 2)
    return true;
  for (int64_t i = 0; i < most; i++)
    pieces[i] =
        s->rules->piece(&s->arena, units * i / most, i + 1 < most ? units * (i + 1) / most : -1);
  *n = (size_t)most;
  return true;
}

// A value as it stands in a message: its first characters, none that moves the line.
static Str shown(Arena *a, Str value) {
  enum { MOST = 60 };
  Buf out = {.arena = a};
  size_t at = 0;
  for (int i = 0; at < value.len && i < MOST; i++) {
    uint32_t cp = utf8_next(value, &at);
    utf8_add(&out, utf8_isprintable(cp) ? cp : '?');
  }
  if (at < value.len)
    buf_adds(&out, "..");
  return buf_str(&out);
}

// Which value it is, and in which row where that is known.
static Str which(Arena *a, const LoadBad *bad, bool null) {
  Str value = shown(a, bad->text);
  if (null)
    return bad->row ? str_fmt(a, "; row %lld has one", (long long)bad->row) : (Str){0};
  return bad->row ? str_fmt(a, "; row %lld has '%.*s'", (long long)bad->row, STR_ARG(value))
                  : str_fmt(a, "; a row has '%.*s'", STR_ARG(value));
}

void load_source_bad(LoadSource *s, const LoadColumn *columns, size_t n, const LoadBad *bad,
                     Arena *a, DbError *error) {
  if (bad->column >= n) {
    load_wrong(s, error, "name", (Str){0}, (Str){0}, "a row of the source cannot be read: %.*s",
               STR_ARG(bad->why));
    return;
  }
  const LoadColumn *c = &columns[bad->column];
  const LoadType any = {.kind = LOAD_TEXT};
  Str why, text = s->shared->dialect->load_rules->type_name(a, &any, false, &why);
  bool null = str_find(bad->why, STR("no NULL"), 0) >= 0;
  bool bytes = str_find(bad->why, STR("bytea"), 0) >= 0; // it is a text, and no text can be
  Str cure = null    ? STR("expression: \"coalesce(..)\"}} gives it a value")
             : bytes ? STR("type: bytea}} keeps its bytes")
                     : str_fmt(a, "type: %.*s}} keeps it as text", STR_ARG(text));
  load_wrong(s, error, "columns", c->name,
             str_fmt(a, "columns: {%.*s: {%.*s, {omit: true} leaves it out", STR_ARG(c->name),
                     STR_ARG(cure)),
             "column '%.*s' of '%.*s' (%.*s): %.*s%.*s", STR_ARG(c->name), STR_ARG(s->node->name),
             STR_ARG(c->type), STR_ARG(bad->why), STR_ARG(which(a, bad, null)));
  error->message = str_dup(a, error->message);
  error->brief = error->message;
}

// --- the whole

bool load_plan_fill(LoadSource *s, const LoadAsk *asked, LoadPlan *plan, DbError *error) {
  FoundVec found = {0};
  Str query = load_text(s->node, "query");
  int64_t nfiles = -1;
  s->where = load_text(s->node, "where");
  if (!sql_said(s, "query", (Str){0}, &query, error) ||
      !sql_said(s, "where", (Str){0}, &s->where, error))
    return false;
  if (s->is_files && !query.len && !load_files_look(s, &nfiles, error))
    return false;
  if (s->is_files && !query.len)
    query = str_cat(&s->arena, STR("select * from "), s->rules->files(&s->arena, &s->files));
  if (!(query.len ? of_query(s, query, &found, plan, error) : of_table(s, &found, plan, error)) ||
      !known_columns(s, &found, error))
    return false;
  if (nfiles >= 0)
    plan->what = str_fmt(&s->arena, "%lld file%s", (long long)nfiles, nfiles == 1 ? "" : "s");
  for (size_t i = 0; i < found.n; i++)
    if (!bring(s, found.items[i], error))
      return false;
  if (!s->columns.n)
    return load_wrong(s, error, "columns", (Str){0}, (Str){0}, "'%.*s' brings no column",
                      STR_ARG(s->node->name));
  Str *names = arena_array(&s->arena, Str, found.n + 1);
  for (size_t i = 0; i < found.n; i++)
    names[i] = found.items[i].name;
  if (!set_keys(s, error) || !check_flag(s, &found, error) ||
      !load_cursor_fill(s, asked, names, found.n, plan, error))
    return false;
  LoadedColumn *columns = arena_array(&s->arena, LoadedColumn, s->columns.n);
  for (size_t i = 0; i < s->columns.n; i++) {
    const Brought *b = &s->columns.items[i];
    columns[i] = (LoadedColumn){.name = b->column.name,
                                .type = b->column.type,
                                .from_name = b->origin,
                                .expression = str_trim(b->said),
                                .from_type = b->column.from->name,
                                .nullable = b->nullable,
                                .is_key = b->is_key};
  }
  s->estimate = plan->estimate;
  plan->columns = columns;
  plan->ncolumns = s->columns.n;
  return true;
}
