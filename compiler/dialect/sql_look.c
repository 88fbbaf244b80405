// In: SQL and a database's rules. Out: places in it. All on the tokens of sql.h.
#include "sql_look.h"

// --- statements

// Whether a semicolon may end a statement here: psql's rule, which knows the bodies of functions
// between BEGIN ATOMIC and END and the brackets of CREATE RULE.
typedef struct Nesting {
  size_t brackets, blocks, words;
  bool creates, routine, begin; // begin: the last word is that; the name of a routine can be too
} Nesting;

static void nesting_word(Nesting *n, const Sql *s, const SqlToken *t) {
  static const char *const before[] = {"or", "replace", NULL};
  n->words++;
  if (n->words == 1)
    n->creates = sql_is(s, t, "create");
  else if (n->creates && !n->routine && !sql_among(s, t, before)) {
    n->routine = sql_is(s, t, "function") || sql_is(s, t, "procedure");
    n->creates = n->routine;
  }
  bool begin = n->begin;
  n->begin = n->routine && !n->brackets && sql_is(s, t, "begin");
  if (!n->routine || n->brackets)
    return;
  if ((begin && sql_is(s, t, "atomic")) || (n->blocks && sql_is(s, t, "case")))
    n->blocks++;
  else if (n->blocks && sql_is(s, t, "end"))
    n->blocks--;
}

static void nesting_step(Nesting *n, const Sql *s, const SqlToken *t) {
  if (t->kind == SQL_WORD && s->rules->atomic_bodies)
    nesting_word(n, s, t);
  else if (sql_is(s, t, "(") && s->rules->brackets_hold)
    n->brackets++;
  else if (sql_is(s, t, ")") && n->brackets)
    n->brackets--;
}

bool sql_statement(const SqlRules *rules, Str text, size_t *from, SqlStatement *out) {
  Sql s = sql_open(rules, text);
  Nesting n = {0};
  bool found = false;
  s.at = *from;
  *out = (SqlStatement){.at = *from, .end = text.len};
  for (SqlToken t; sql_solid(&s, &t);) {
    bool ends = sql_is(&s, &t, ";");
    if (ends && found && !n.brackets && !n.blocks) {
      out->end = t.at;
      break;
    }
    if (!found && !ends) {
      out->first = t.at;
      found = true;
    } else if (!found) {
      out->at = t.end;
    }
    nesting_step(&n, &s, &t);
  }
  *from = s.at;
  return found;
}

SqlShape sql_shape(const SqlRules *rules, Str text) {
  SqlShape out = {.empty = true, .end = text.len, .second = -1};
  SqlStatement one;
  size_t at = 0;
  if (!sql_statement(rules, text, &at, &one))
    return out;
  out.empty = false;
  out.end = one.end;
  if (sql_statement(rules, text, &at, &one))
    out.second = (ptrdiff_t)one.first;
  return out;
}

static bool moves_transaction(const SqlRules *rules, Str statement, SqlToken *word) {
  static const char *const alone[] = {"abort",   "begin",    "commit",    "end",
                                      "release", "rollback", "savepoint", NULL};
  static const char *const before[] = {"prepare", "start", NULL};
  Sql s = sql_open(rules, statement);
  SqlToken next;
  if (!sql_solid(&s, word))
    return false;
  return sql_among(&s, word, alone) ||
         (sql_among(&s, word, before) && sql_solid(&s, &next) && sql_is(&s, &next, "transaction"));
}

bool sql_moves_transaction(const SqlRules *rules, Str text, SqlToken *word) {
  SqlStatement one;
  for (size_t from = 0; sql_statement(rules, text, &from, &one);)
    if (moves_transaction(rules, str_sub(text, one.first, one.end), word)) {
      word->at += one.first;
      word->end += one.first;
      return true;
    }
  return false;
}

bool sql_makes_relation(const SqlRules *rules, Str text) {
  static const char *const between[] = {"or", "replace", "recursive", "unlogged", NULL};
  Sql s = sql_open(rules, text);
  SqlToken t;
  if (!sql_solid(&s, &t) || !sql_is(&s, &t, "create"))
    return false;
  bool more = sql_solid(&s, &t);
  while (more && sql_among(&s, &t, between))
    more = sql_solid(&s, &t);
  return more && (sql_is(&s, &t, "table") || sql_is(&s, &t, "view")) &&
         sql_shape(rules, text).second < 0;
}

// Where ` or replace` goes into a statement that makes a view; its end: it has it. -1: no view.
static ptrdiff_t place_of_replace(const SqlRules *rules, Str statement) {
  Sql s = sql_open(rules, statement);
  SqlToken t, create;
  if (!sql_solid(&s, &create) || !sql_is(&s, &create, "create") || !sql_solid(&s, &t))
    return -1;
  bool replaces = sql_is(&s, &t, "or");
  if (replaces && !(sql_solid(&s, &t) && sql_is(&s, &t, "replace") && sql_solid(&s, &t)))
    return -1;
  if (sql_is(&s, &t, "recursive") && !sql_solid(&s, &t))
    return -1;
  if (!sql_is(&s, &t, "view"))
    return -1;
  return (ptrdiff_t)(replaces ? statement.len : create.end);
}

bool sql_or_replace_view(Buf *out, const SqlRules *rules, Str text) {
  ptrdiff_t place = -1;
  SqlStatement one;
  for (size_t at = 0; sql_statement(rules, text, &at, &one);) {
    ptrdiff_t here = place_of_replace(rules, str_sub(text, one.first, one.end));
    if (here >= 0 && place >= 0)
      return false;
    if (here >= 0)
      place = (ptrdiff_t)one.first + here;
    if (here >= 0 && (size_t)here == one.end - one.first)
      place = (ptrdiff_t)text.len;
  }
  if (place < 0)
    return false;
  buf_add(out, str_sub(text, 0, (size_t)place));
  if ((size_t)place < text.len)
    buf_adds(out, " or replace");
  buf_add(out, str_sub(text, (size_t)place, text.len));
  return true;
}

Str sql_first_word(const SqlRules *rules, Str text) {
  Sql s = sql_open(rules, text);
  SqlToken t;
  while (sql_solid(&s, &t))
    if (!sql_is(&s, &t, "("))
      return sql_text(&s, &t);
  return (Str){0};
}

Str sql_main_verb(const SqlRules *rules, Str text) {
  static const char *const verbs[] = {"select", "insert", "update", "delete",
                                      "merge",  "values", "table",  NULL};
  Str first = sql_first_word(rules, text);
  Sql s = sql_open(rules, text);
  SqlToken t;
  if (!str_among_nocase(first, "with"))
    return first;
  s.at = (size_t)(first.ptr - text.ptr) + first.len;
  for (size_t open = 0; sql_solid(&s, &t);) {
    if (sql_is(&s, &t, "("))
      open++;
    else if (sql_is(&s, &t, ")") && open)
      open--;
    else if (!open && sql_among(&s, &t, verbs))
      return sql_text(&s, &t);
  }
  return (Str){0};
}

bool sql_only(const SqlRules *rules, Str text, const char *const *words) {
  Sql s = sql_open(rules, text);
  SqlToken t;
  for (; *words; words++)
    if (!sql_solid(&s, &t) || !sql_is(&s, &t, *words))
      return false;
  while (sql_solid(&s, &t))
    if (!sql_is(&s, &t, ";"))
      return false;
  return true;
}

// --- places

static size_t skip_space(const SqlRules *rules, Str text, size_t at) {
  Sql s = sql_open(rules, text);
  SqlToken t;
  s.at = at;
  return sql_next(&s, &t) && t.kind == SQL_SPACE ? t.end : at;
}

size_t sql_place_of_ctes(const SqlRules *rules, Str text, bool *joins) {
  Sql s = sql_open(rules, text);
  SqlToken t, next;
  *joins = sql_solid(&s, &t) && sql_is(&s, &t, "with");
  if (!*joins)
    return skip_space(rules, text, 0);
  if (sql_solid(&s, &next) && sql_is(&s, &next, "recursive"))
    t = next;
  return skip_space(rules, text, t.end);
}

ptrdiff_t sql_unmatched(const SqlRules *rules, Str text) {
  enum { DEEP = 256 };
  size_t open[DEEP], n = 0;
  Sql s = sql_open(rules, text);
  for (SqlToken t; sql_solid(&s, &t);) {
    if (sql_is(&s, &t, "(") && n < DEEP)
      open[n++] = t.at;
    else if (sql_is(&s, &t, ")") && !n--)
      return (ptrdiff_t)t.at;
  }
  return n ? (ptrdiff_t)open[n - 1] : -1;
}

// Whether the tokens from t on spell `name`, with other spaces or none where it has some.
static bool spells(Sql s, SqlToken t, Str name) {
  Sql want = sql_open(s.rules, name);
  SqlToken w;
  bool more = true;
  for (bool any = false; sql_solid(&want, &w); any = true) {
    if (any)
      more = sql_solid(&s, &t);
    if (!more || !str_eq_nocase(sql_text(&s, &t), sql_text(&want, &w)))
      return false;
  }
  return name.len > 0;
}

ptrdiff_t sql_only_place(const SqlRules *rules, Str text, Str name) {
  ptrdiff_t found = -1;
  Sql s = sql_open(rules, text);
  for (SqlToken t; sql_solid(&s, &t);) {
    if (!spells(s, t, name))
      continue;
    if (found >= 0)
      return -1;
    found = (ptrdiff_t)t.at;
  }
  return found;
}

// --- columns of one name

// An item of a select list: its bytes, and what its column is called.
typedef struct SelectItem {
  size_t at, end;
  SqlToken last;
} SelectItem;

// The next item; *t is the token that it starts with, then the one that ended it. False: there is
// none, or the list ended with *ended.
static bool select_item(Sql *s, SqlToken *t, SelectItem *item, bool *ended) {
  static const char *const ends[] = {"from",  "where",     "group",  "having", "order", "limit",
                                     "union", "intersect", "except", "window", ";",     NULL};
  *item = (SelectItem){.at = t->at};
  int depth = 0;
  do {
    depth += sql_is(s, t, "(") || sql_is(s, t, "[");
    depth -= sql_is(s, t, ")") || sql_is(s, t, "]");
    *ended = depth < 0 || (!depth && sql_among(s, t, ends));
    if (*ended || (!depth && sql_is(s, t, ",")))
      break;
    item->end = t->end;
    item->last = *t;
    *ended = true; // should the text be at its end
  } while (sql_solid(s, t));
  return item->end > item->at;
}

static bool is_named(const Sql *s, const SqlToken *t, Str name) {
  Str text = sql_text(s, t);
  if (t->kind == SQL_NAME && text.len > 2)
    text = str_sub(text, 1, text.len - 1);
  return (t->kind == SQL_NAME || t->kind == SQL_WORD) && str_eq_nocase(text, name);
}

// Behind the first `select` outside of brackets: *t is the first token of its list.
static bool enter_select(Sql *s, SqlToken *t) {
  static const char *const quantifiers[] = {"distinct", "all", NULL};
  int depth = 0;
  while (sql_solid(s, t)) {
    depth += sql_is(s, t, "(");
    depth -= sql_is(s, t, ")");
    if (!depth && sql_is(s, t, "select"))
      return sql_solid(s, t) && (!sql_among(s, t, quantifiers) || sql_solid(s, t));
  }
  return false;
}

ptrdiff_t sql_column_twice(const SqlRules *rules, Str text, Str name, size_t *len) {
  Sql s = sql_open(rules, text);
  SqlToken t;
  SelectItem item, found = {0};
  size_t n = 0;
  bool ended = !enter_select(&s, &t);
  while (!ended && n < 2 && select_item(&s, &t, &item, &ended)) {
    if (is_named(&s, &item.last, name) || sql_is(&s, &item.last, "*")) {
      found = item;
      n++;
    }
    ended = ended || !sql_solid(&s, &t);
  }
  *len = found.end - found.at;
  return n ? (ptrdiff_t)found.at : -1;
}

// Whether a token can name one of these, with quotes or without. A name with an escape in it, which
// nobody writes without a reason, can be any.
static bool may_name(const Sql *s, const SqlToken *t, const char *const *names) {
  Str text = sql_text(s, t);
  if (t->kind != SQL_NAME || t->open)
    return sql_among(s, t, names);
  size_t quote = (unsigned char)text.ptr[0] < 128 ? 1 : strlen("\xe2\x80\x9c");
  text = str_sub(text, quote, text.len - quote);
  return str_in_nocase(text, names) ||
         (s->rules->backslash_names && str_find(text, STR("\\"), 0) >= 0);
}

bool sql_calls(const SqlRules *rules, Str text, const char *const *names, bool in_schemas,
               SqlToken *name) {
  Sql s = sql_open(rules, text);
  bool named = false, dot = false;
  for (SqlToken t; sql_solid(&s, &t);) {
    if (named && sql_is(&s, &t, "("))
      return true;
    named = (!dot || in_schemas) && may_name(&s, &t, names);
    dot = sql_is(&s, &t, ".");
    if (named)
      *name = t;
  }
  return false;
}

// Whether a COPY, behind its first word, ends in FROM or TO and a file or a program.
static bool names_file(Sql s) {
  static const char *const before[] = {"from", "to", NULL};
  SqlToken t;
  for (bool named = false; sql_solid(&s, &t) && !sql_is(&s, &t, ";");) {
    if (named && (t.kind == SQL_STRING || sql_is(&s, &t, "program")))
      return true;
    named = sql_among(&s, &t, before);
  }
  return false;
}

bool sql_copies_files(const SqlRules *rules, Str text, bool body, SqlToken *word) {
  static const char *const openers[] = {"begin", "else", "loop", "then", NULL};
  Sql s = sql_open(rules, text);
  for (bool starts = true; sql_solid(&s, word);) {
    if (starts && sql_is(&s, word, "copy") && names_file(s))
      return true;
    starts = sql_is(&s, word, ";") || (body && sql_among(&s, word, openers));
  }
  return false;
}

// --- limits

// What is seen of a statement: whether it is a query, what a limit cannot follow or what brackets
// cannot hold, and where a FORMAT clause stands that only the outermost query may have.
typedef struct Query {
  bool select, ends, writes;
  size_t format_at, format_end; // equal: there is none
} Query;

// FORMAT and a name at the end of a statement or before its settings.
static void look_for_format(Query *q, Sql s, const SqlToken *t) {
  SqlToken name, after;
  if (sql_is(&s, t, "format") && sql_solid(&s, &name) && name.kind == SQL_WORD &&
      (!sql_solid(&s, &after) || sql_is(&s, &after, "settings"))) {
    q->format_at = t->at;
    q->format_end = name.end;
  }
}

static Query look_at_query(const SqlRules *rules, Str text) {
  static const char *const queries[] = {"select", "with", "values", "table", "from", NULL};
  static const char *const ends[] = {"limit", "offset", "fetch", "for", NULL};
  static const char *const writes[] = {"insert", "update", "delete", "merge", NULL};
  static const char *const locks[] = {"for", "key", NULL};
  Sql s = sql_open(rules, text);
  SqlToken t, before = {0};
  Str first = sql_first_word(rules, text);
  Query q = {0};
  size_t depth = 0;
  for (; sql_solid(&s, &t); before = t) {
    if (t.at == (size_t)(first.ptr - text.ptr))
      q.select = sql_among(&s, &t, queries);
    depth += sql_is(&s, &t, "(");
    depth -= depth && sql_is(&s, &t, ")");
    q.ends |= !depth && sql_among(&s, &t, ends);
    if (!sql_among(&s, &t, writes) || (before.end && sql_among(&s, &before, locks)))
      continue;
    q.select &= depth > 0; // with x as (..) insert ..
    q.writes |= before.end && sql_is(&s, &before, "(");
  }
  for (s = sql_open(rules, text); rules->formats && sql_solid(&s, &t);)
    look_for_format(&q, s, &t);
  return q;
}

static void add_piece(Buf *out, Str text, SqlPiece *piece) {
  *piece = (SqlPiece){text, out->len};
  buf_add(out, text);
}

void sql_limited(Buf *out, const SqlRules *rules, Str text, Str limit, bool always,
                 SqlPiece pieces[2]) {
  SqlShape shape = sql_shape(rules, text);
  text = shape.second < 0 ? str_sub(text, 0, shape.end) : text;
  Query q = look_at_query(rules, text);
  bool around = (always || q.ends) && !q.writes;
  if (!q.select || shape.second >= 0 || (q.ends && !around)) {
    add_piece(out, text, &pieces[0]);
    pieces[1] = (SqlPiece){0};
    return;
  }
  if (around)
    buf_adds(out, "select * from (\n");
  add_piece(out, str_sub(text, 0, q.format_at), &pieces[0]);
  add_piece(out, str_sub(text, q.format_end, text.len), &pieces[1]);
  if (around)
    buf_adds(out, "\n) as starc_limited");
  buf_addf(out, "\n  limit %.*s", STR_ARG(limit));
}
