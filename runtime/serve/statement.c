// See statement.h.
#include "statement.h"

#include "../../compiler/dialect/sql_look.h"

bool statement_single(Str text, Str *sql) {
  SqlStatement one;
  size_t from = 0;
  if (!sql_statement(&sql_clickhouse, text, &from, &one))
    return false;
  *sql = str_sub(text, one.at, one.end);
  return statement_inserts(*sql) || !sql_statement(&sql_clickhouse, text, &from, &one);
}

bool statement_inserts(Str sql) {
  return str_eq_nocase(sql_main_verb(&sql_clickhouse, sql), STR("insert"));
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

void statement_into(Buf *out, Str sql, const char *path, Str otherwise) {
  FormatClause f = statement_format(sql);
  buf_add(out, str_sub(sql, 0, f.at));
  buf_addf(out, "\nINTO OUTFILE '%s' TRUNCATE FORMAT ", path);
  buf_add(out, f.name.len ? f.name : otherwise);
  buf_add(out, str_sub(sql, f.end, sql.len));
}
