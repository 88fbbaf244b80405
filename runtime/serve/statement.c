// See statement.h.
#include "statement.h"

#include "../../compiler/dialect/sql_look.h"

bool statement_uses(Str sql) {
  return str_eq_nocase(sql_first_word(&sql_clickhouse, sql), STR("use"));
}

bool statement_inserts(Str sql) {
  return str_eq_nocase(sql_main_verb(&sql_clickhouse, sql), STR("insert"));
}

bool statement_kills(Str sql, Str *id) {
  static const char *const head[] = {"kill", "query", "where", "query_id", "="};
  static const char *const tail[] = {"sync", "async", "format", NULL};
  Sql s = sql_open(&sql_clickhouse, sql);
  SqlToken t;
  for (size_t i = 0; i < COUNT(head); i++)
    if (!sql_solid(&s, &t) || !sql_is(&s, &t, head[i]))
      return false;
  if (!sql_solid(&s, &t) || t.kind != SQL_STRING || t.end - t.at < 3)
    return false;
  *id = str_sub(sql, t.at + 1, t.end - 1);
  if (memchr(id->ptr, '\\', id->len) || memchr(id->ptr, '\'', id->len))
    return false;
  for (bool format = false; sql_solid(&s, &t);) {
    if (!format && !sql_among(&s, &t, tail))
      return false;
    format = !format && sql_is(&s, &t, "format");
  }
  return true;
}

static int depth_of(const Sql *s, const SqlToken *t) {
  Str text = sql_text(s, t);
  if (t->kind != SQL_SYMBOL || text.len != 1)
    return 0;
  char c = text.ptr[0];
  return c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
}

// The last FORMAT outside of brackets that a name follows, behind which there is at most SETTINGS.
FormatClause statement_format(Str text) {
  Sql s = sql_open(&sql_clickhouse, text);
  FormatClause found = {.at = text.len, .end = text.len};
  SqlToken before = {0};
  int depth = 0;
  bool after = false; // a token that is part of neither came behind it
  bool format = false;
  for (SqlToken t; sql_solid(&s, &t); before = t) {
    depth += depth_of(&s, &t);
    bool name = format && !depth && (t.kind == SQL_WORD || t.kind == SQL_NAME);
    if (name)
      found = (FormatClause){.at = before.at, .end = t.end, .name = sql_text(&s, &t)};
    else if (found.name.len && !after && !depth && t.kind == SQL_WORD && sql_is(&s, &t, "settings"))
      after = true;
    else if (found.name.len && !after)
      found = (FormatClause){.at = text.len, .end = text.len};
    after = after && !name;
    format = !depth && t.kind == SQL_WORD && sql_is(&s, &t, "format");
  }
  return found;
}

// --- an INSERT and its data

// What of an INSERT stands before its data: where SETTINGS or FORMAT begin, and where the data do.
typedef struct InsertHead {
  size_t clauses, values, data; // values: of the word VALUES, 0: there is FORMAT
} InsertHead;

static size_t behind_blanks(Str text, size_t at) {
  while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t' || text.ptr[at] == '\f'))
    at++;
  if (at < text.len && text.ptr[at] == '\r')
    at++;
  return at < text.len && text.ptr[at] == '\n' ? at + 1 : at;
}

static bool insert_head(Str text, InsertHead *head) {
  Sql s = sql_open(&sql_clickhouse, text);
  int depth = 0;
  bool format = false;
  *head = (InsertHead){0};
  for (SqlToken t; sql_solid(&s, &t);) {
    depth += depth_of(&s, &t);
    if (depth || t.kind == SQL_STRING || t.kind == SQL_NUMBER)
      continue;
    if (format) {
      head->data = behind_blanks(text, t.end);
      return t.kind == SQL_WORD;
    }
    if (sql_is(&s, &t, "select") || sql_is(&s, &t, "with") || sql_is(&s, &t, "infile"))
      return false;
    bool values = t.kind == SQL_WORD && sql_is(&s, &t, "values");
    format = t.kind == SQL_WORD && sql_is(&s, &t, "format");
    if (!head->clauses && (format || values || sql_is(&s, &t, "settings")))
      head->clauses = t.at;
    if (!values)
      continue;
    head->values = t.at;
    head->data = t.end;
    return true;
  }
  return false;
}

bool statement_single(Str text, Str *sql) {
  SqlStatement one;
  size_t from = 0;
  InsertHead head;
  if (!sql_statement(&sql_clickhouse, text, &from, &one))
    return false;
  *sql = str_sub(text, one.at, text.len);
  if (statement_inserts(*sql) && insert_head(*sql, &head) && !head.values)
    return true; // in data of a format a semicolon ends nothing
  *sql = str_sub(text, one.at, one.end);
  return !sql_statement(&sql_clickhouse, text, &from, &one);
}

bool statement_data(Str text, size_t *at) {
  InsertHead head;
  bool found = statement_inserts(text) && insert_head(text, &head);
  *at = found ? head.data : 0;
  return found;
}

bool statement_from(Buf *out, Str head, const char *path) {
  InsertHead h;
  if (!insert_head(head, &h))
    return false;
  buf_add(out, str_sub(head, 0, h.clauses));
  buf_addf(out, "FROM INFILE '%s' ", path);
  buf_add(out, str_sub(head, h.clauses, h.values ? h.values : head.len));
  if (h.values)
    buf_adds(out, " FORMAT Values");
  return true;
}

void statement_into(Buf *out, Str sql, const char *path, Str otherwise) {
  FormatClause f = statement_format(sql);
  buf_add(out, str_sub(sql, 0, f.at));
  buf_addf(out, "\nINTO OUTFILE '%s' TRUNCATE FORMAT ", path);
  buf_add(out, f.name.len ? f.name : otherwise);
  buf_add(out, str_sub(sql, f.end, sql.len));
}
