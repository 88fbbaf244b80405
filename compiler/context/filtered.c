// In: rendered SQL that holds relations read in part. Out: the same with each of them as the place
// where it stands needs it. Leaves making the filter to refs.c.
#include "filtered.h"

#include "../base/vec.h"

static const char head[] = "(select * from ";
static const char *const marks[] = {"_dbt_limit_subq_", "_dbt_et_filter_subq_"};

// --- printing

static void print_alias(Buf *out, const Dialect *d, const char *mark, Str identifier) {
  Arena a = {0}; // the alias is an identifier of its own: cut to what the database takes
  Str alias = str_fmt(&a, "%s%.*s", mark, STR_ARG(identifier));
  bool plain = !d->max_identifier || alias.len <= d->max_identifier;
  for (size_t i = 0; i < alias.len && plain; i++)
    plain = str_word_char(alias.ptr[i]) && !(alias.ptr[i] & 0x80);
  if (plain)
    buf_add(out, alias);
  else
    d->quote_name(out, d->max_identifier ? str_sub(alias, 0, d->max_identifier) : alias);
  arena_free(&a);
}

void filtered_print(Buf *out, const Dialect *d, Str name, Str filter, Str identifier, bool limit) {
  buf_add(out, str_c(head));
  buf_add(out, name);
  buf_add(out, filter);
  buf_adds(out, ") ");
  print_alias(out, d, marks[limit ? 0 : 1], identifier);
}

// --- finding

typedef enum Role {
  NAMED,    // the bare name
  READ,     // a subquery
  IN_LIST,  // a subquery that takes no alias: x in r
  QUALIFIER // the name by which it is read: r.column
} Role;

typedef struct Piece {
  size_t at, end;          // in the text
  Str name, filter, alias; // "s"."x", " where ..", _dbt_limit_subq_x
  Str last;                // of the name: "x"
  size_t plain;            // where the name stands in the plain text
  Role role;
  bool aliased;          // the user's alias follows
  bool quoted;           // it stands in '..': quotes are doubled
  size_t tail, tail_end; // a clause behind it that moves into it, in the plain text
} Piece;
typedef VEC(Piece) Pieces;

typedef struct Settle {
  Arena *arena;
  const Dialect *dialect;
  Str text;  // with the subqueries as they were printed
  Str plain; // with bare names instead
  Pieces pieces;
  bool joins; // several tables are read together
} Settle;

static size_t sub_end(Str text, size_t at, const SqlRules *rules, SqlToken *t) {
  Sql s = sql_open(rules, text);
  s.at = at;
  return sql_next(&s, t) ? t->end : at;
}

// The name at `at`: words and quoted names with points between. *last: where its last part starts.
static size_t name_end(const Settle *s, size_t at, size_t *last) {
  SqlToken t;
  for (size_t end = at;;) {
    *last = end;
    end = sub_end(s->text, end, s->dialect->sql, &t);
    if (t.kind != SQL_WORD && t.kind != SQL_NAME)
      return at;
    if (end >= s->text.len || s->text.ptr[end] != '.')
      return end;
    end++;
  }
}

// The piece whose alias starts behind the bracket at `close`.
static bool read_piece(const Settle *s, size_t from, size_t close, Piece *p) {
  ptrdiff_t at = str_rfind(str_sub(s->text, from, close), str_c(head));
  SqlToken alias;
  if (at < 0)
    return false;
  size_t start = from + (size_t)at + sizeof head - 1, last;
  size_t end = name_end(s, start, &last);
  if (end == start || end > close)
    return false;
  *p = (Piece){.at = from + (size_t)at,
               .name = str_sub(s->text, start, end),
               .last = str_sub(s->text, last, end),
               .filter = str_sub(s->text, end, close)};
  p->end = sub_end(s->text, close + 2, s->dialect->sql, &alias);
  p->alias = str_sub(s->text, close + 2, p->end);
  return true;
}

// The next closing bracket with one of the marks behind it; -1: none.
static ptrdiff_t next_mark(Str text, size_t from) {
  for (ptrdiff_t at; (at = str_find(text, STR(") "), from)) >= 0; from = (size_t)at + 1) {
    size_t alias = (size_t)at + 2;
    if (alias < text.len && strchr("\"`", text.ptr[alias]))
      alias++;
    for (size_t i = 0; i < 2; i++)
      if (str_starts(str_sub(text, alias, text.len), str_c(marks[i])))
        return at;
  }
  return -1;
}

static void find_pieces(Settle *s) {
  Buf plain = {.arena = s->arena};
  size_t from = 0, close;
  for (ptrdiff_t at; (at = next_mark(s->text, from)) >= 0;) {
    Piece p;
    close = (size_t)at;
    size_t done = s->pieces.n ? s->pieces.items[s->pieces.n - 1].end : 0;
    from = close + 1;
    if (!read_piece(s, done, close, &p))
      continue;
    buf_add(&plain, str_sub(s->text, done, p.at));
    p.plain = plain.len;
    buf_add(&plain, p.name);
    vec_push(s->arena, &s->pieces, p);
    from = p.end;
  }
  buf_add(&plain,
          str_sub(s->text, s->pieces.n ? s->pieces.items[s->pieces.n - 1].end : 0, s->text.len));
  s->plain = buf_str(&plain);
}

// --- what each is

// The lists of tables that the tokens are in, one level a bracket.
enum { DEEP = 64 };
typedef struct Walk {
  Sql sql;
  SqlToken before, before_that;
  bool tables[DEEP]; // FROM or JOIN was the last clause of this level
  size_t depth;
  bool shows; // the statement is SHOW, DESCRIBE ..: it reads no rows
  bool started;
  bool quoted;
} Walk;

static bool was(const Walk *w, const char *word) {
  return w->before.end && sql_is(&w->sql, &w->before, word);
}
static bool in_tables(const Walk *w) { return w->tables[w->depth < DEEP ? w->depth : DEEP - 1]; }

static bool table_comes(const Walk *w) {
  static const char *const reads[] = {"from", "join", "using", NULL};
  bool deletes = w->before_that.end && sql_is(&w->sql, &w->before_that, "delete");
  if (!w->before.end || w->shows || (deletes && was(w, "from")))
    return false;
  return sql_among(&w->sql, &w->before, reads) || (in_tables(w) && (was(w, ",") || was(w, "(")));
}

static void step(Walk *w, const SqlToken *t) {
  static const char *const tables[] = {"from", "join", NULL};
  static const char *const others[] = {
      "select",  "where", "prewhere", "group",     "order", "having", "limit",     "window",
      "qualify", "union", "except",   "intersect", "set",   "values", "returning", NULL};
  static const char *const no_rows[] = {"show", "truncate", "describe", "desc", NULL};
  bool holds = table_comes(w);
  if (!w->started)
    w->shows = sql_among(&w->sql, t, no_rows);
  w->started = true;
  if (sql_is(&w->sql, t, ";"))
    *w = (Walk){.sql = w->sql, .quoted = w->quoted};
  else if (sql_is(&w->sql, t, "(") && ++w->depth < DEEP)
    w->tables[w->depth] = holds;
  else if (sql_is(&w->sql, t, ")") && w->depth)
    w->depth--;
  else if (w->depth < DEEP && sql_among(&w->sql, t, tables))
    w->tables[w->depth] = true;
  else if (w->depth < DEEP && sql_among(&w->sql, t, others))
    w->tables[w->depth] = false;
  w->before_that = w->before;
  w->before = *t;
}

// From an opening bracket to the one that closes it. False: nothing does.
static bool to_closing(Sql *s, SqlToken *t) {
  size_t depth = 1;
  while (depth && sql_solid(s, t))
    depth = depth + sql_is(s, t, "(") - sql_is(s, t, ")");
  return !depth;
}

// Whether t goes on with a clause of a table: FINAL, SAMPLE 1/10 OFFSET 1/2, TABLESAMPLE m (1)
// REPEATABLE (2).
static bool goes_on(const Sql *s, const SqlToken *before, const SqlToken *t) {
  static const char *const numbers[] = {"sample", "offset", "/", NULL};
  if (sql_among(s, t, s->rules->table_clauses))
    return true;
  if (!before->end)
    return false;
  if (t->kind == SQL_NUMBER)
    return sql_among(s, before, numbers);
  if (sql_is(s, t, "/") || sql_is(s, t, "offset"))
    return before->kind == SQL_NUMBER;
  if (sql_is(s, t, "("))
    return before->kind == SQL_WORD && !sql_is(s, before, "final");
  return t->kind == SQL_WORD && sql_is(s, before, sql_is(s, t, "repeatable") ? ")" : "tablesample");
}

static void take_tail(Piece *p, Sql s, SqlToken t) {
  SqlToken before = {0};
  p->tail = t.at;
  for (bool more = true; more && goes_on(&s, &before, &t); more = sql_solid(&s, &t)) {
    if (sql_is(&s, &t, "(") && !to_closing(&s, &t))
      return;
    p->tail_end = t.end;
    before = t;
  }
}

// What follows the name of a table that is read: an alias, clauses of a table.
static void look_behind(Piece *p, Sql s) {
  SqlToken t;
  if (!sql_solid(&s, &t))
    return;
  bool as = sql_is(&s, &t, "as");
  bool word = t.kind == SQL_WORD && !sql_among(&s, &t, s.rules->after_table) &&
              !sql_among(&s, &t, s.rules->table_clauses);
  p->aliased = as || word || t.kind == SQL_NAME;
  if ((as && !sql_solid(&s, &t)) || (p->aliased && !sql_solid(&s, &t)))
    return;
  if (p->aliased && sql_is(&s, &t, "(") && !(to_closing(&s, &t) && sql_solid(&s, &t)))
    return;
  take_tail(p, s, t);
}

static void decide(Settle *s, Walk *w, Piece *p) {
  Sql behind = w->sql;
  behind.at = p->plain + p->name.len;
  Sql next = behind;
  SqlToken t;
  p->quoted = w->quoted;
  if (sql_solid(&next, &t) && sql_is(&next, &t, ".")) {
    p->role = QUALIFIER;
  } else if (table_comes(w)) {
    p->role = READ;
    s->joins |= was(w, ",");
    look_behind(p, behind);
  } else if (was(w, "in")) {
    p->role = IN_LIST;
  }
}

static void walk(Settle *s, Str text, size_t from, bool quoted, size_t *next);

// A string may hold SQL: a body in $$, a query for another server.
static void walk_token(Settle *s, Walk *w, const SqlToken *t, size_t *next) {
  const Pieces *all = &s->pieces;
  Str text = sql_text(&w->sql, t);
  if (t->kind == SQL_STRING && *next < all->n && all->items[*next].plain < t->end) {
    ptrdiff_t dollar = str_starts(text, STR("$")) ? str_find(text, STR("$"), 1) : -1;
    size_t open = dollar >= 0 ? (size_t)dollar + 1 : 1;
    walk(s, str_sub(s->plain, 0, t->end - open), t->at + open, dollar < 0, next);
  }
  while (*next < all->n && all->items[*next].plain < t->end)
    (*next)++; // in a comment: its name
}

static void walk(Settle *s, Str text, size_t from, bool quoted, size_t *next) {
  Walk w = {.sql = sql_open(s->dialect->sql, text), .quoted = quoted};
  w.sql.at = from;
  for (SqlToken t; *next < s->pieces.n && sql_next(&w.sql, &t);) {
    Piece *p = &s->pieces.items[*next];
    if (p->plain == t.at) {
      decide(s, &w, p);
      (*next)++;
      w.sql.at = p->plain + p->name.len;
      t.kind = SQL_NAME;
      t.end = w.sql.at;
    } else {
      walk_token(s, &w, &t, next);
    }
    if (t.kind != SQL_SPACE && t.kind != SQL_COMMENT)
      step(&w, &t);
  }
}

// --- writing

static Str bare(Str name) {
  bool quotes = name.len > 1 && strchr("\"`", name.ptr[0]);
  return quotes ? str_sub(name, 1, name.len - 1) : name;
}

// Whether a token outside the pieces is the name, as the database compares names.
static bool says(const Settle *s, const Sql *sql, const SqlToken *t, Str name) {
  Str text = sql_text(sql, t);
  if (t->kind == SQL_NAME)
    return str_eq(bare(text), name);
  bool folds = s->dialect->sql->high_words;
  return t->kind == SQL_WORD && (folds ? str_eq_nocase(text, name) : str_eq(text, name));
}

// Whether the rest of the text says the relation's own name, as in "x.id" or "count(x)".
static bool mentioned(const Settle *s, const Piece *p) {
  Sql sql = sql_open(s->dialect->sql, s->plain);
  const Piece *here = s->pieces.items, *end = here + s->pieces.n;
  for (SqlToken t; sql_solid(&sql, &t);) {
    while (here < end && here->plain + here->name.len <= t.at)
      here++;
    bool inside = here < end && t.at >= here->plain;
    if (inside ? here->role == QUALIFIER && str_eq(here->last, p->last)
               : says(s, &sql, &t, bare(p->last)))
      return true;
  }
  return false;
}

static void add_quoted(Buf *out, Str text, bool doubled) {
  for (size_t i = 0; i < text.len; i++) {
    if (doubled && text.ptr[i] == '\'')
      buf_addc(out, '\'');
    buf_addc(out, text.ptr[i]);
  }
}

static void write_piece(const Settle *s, Buf *out, const Piece *p) {
  if (p->role == NAMED || p->role == QUALIFIER) {
    buf_add(out, p->role == NAMED ? p->name : p->last);
    return;
  }
  buf_add(out, str_c(head));
  buf_add(out, p->name);
  if (p->tail_end)
    buf_addf(out, " %.*s", (int)(p->tail_end - p->tail), s->plain.ptr + p->tail);
  add_quoted(out, p->filter, p->quoted);
  buf_addc(out, ')');
  if (p->role == IN_LIST || p->aliased)
    return;
  bool own = mentioned(s, p);
  if (own || s->dialect->subquery_alias || s->joins) {
    buf_addc(out, ' ');
    buf_add(out, own || !s->dialect->subquery_alias ? p->last : p->alias);
  }
}

static void copy(const Settle *s, Buf *out, SourceMap *to, const SourceMap *map, size_t from,
                 size_t end) {
  if (map)
    source_map_copy(to, out->len, map, from, end);
  buf_add(out, str_sub(s->text, from, end));
}

static Str write(const Settle *s, SourceMap *map) {
  Buf out = {.arena = s->arena};
  SourceMap to = {.arena = s->arena};
  size_t at = 0;
  for (size_t i = 0; i < s->pieces.n; i++) {
    const Piece *p = &s->pieces.items[i];
    copy(s, &out, &to, map, at, p->at);
    size_t start = out.len;
    write_piece(s, &out, p);
    const SourceSpan *of = map ? source_map_find(map, p->at) : NULL;
    SourceSpan span = of ? *of : (SourceSpan){0};
    span.out = (uint32_t)start;
    span.len = of ? (uint32_t)(out.len - start) : 0;
    span.literal = false;
    source_map_add(&to, span);
    at = p->end;
    if (p->tail_end) { // it went inside: what stands before it stays
      size_t shift = p->end - (p->plain + p->name.len);
      Str before = str_sub(s->text, at, p->tail + shift);
      copy(s, &out, &to, map, at, at + before.len);
      at = p->tail_end + shift;
    }
  }
  copy(s, &out, &to, map, at, s->text.len);
  if (map)
    *map = to;
  return buf_str(&out);
}

// Whether tables are joined anywhere; ARRAY JOIN joins none.
static bool joined(const SqlRules *rules, Str text) {
  Sql s = sql_open(rules, text);
  bool array = false;
  for (SqlToken t; sql_solid(&s, &t); array = sql_is(&s, &t, "array"))
    if (!array && sql_is(&s, &t, "join"))
      return true;
  return false;
}

Str filtered_settle(Arena *a, const Dialect *d, Str text, SourceMap *map) {
  Settle s = {.arena = a, .dialect = d, .text = text};
  if (next_mark(text, 0) < 0)
    return text;
  find_pieces(&s);
  s.joins = joined(d->sql, s.plain);
  size_t next = 0;
  walk(&s, s.plain, 0, false, &next);
  return write(&s, map);
}
