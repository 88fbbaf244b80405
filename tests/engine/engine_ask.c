// Statements through the embedded engine, for a test that compares its faces. usage: engine_ask
// FOLDER. In: statements, a NUL between them. Out: what each answers (names, types, rows, count, or
// code, place and text of its error), a NUL behind each.
#include "runtime/engine/engine.h"

#include <stdio.h>

static bool columns(void *data, const DbColumn *columns, size_t n) {
  for (size_t i = 0; i < n; i++)
    buf_addf(data, "%.*s %.*s;", STR_ARG(columns[i].name), STR_ARG(columns[i].type));
  buf_addc(data, '\n');
  return true;
}

static bool row(void *data, const Cell *cells, size_t n) {
  for (size_t i = 0; i < n; i++) {
    buf_add(data, cells[i].is_null ? STR("\\N") : cells[i].text);
    buf_addc(data, '|');
  }
  buf_addc(data, '\n');
  return true;
}

// NUL bytes of values would be taken for the end of the answer.
static void print(Str text) {
  for (size_t i = 0; i < text.len; i++)
    putchar(text.ptr[i] ? text.ptr[i] : '0');
  putchar(0);
}

static void ask(Session *s, Arena *a, Str sql) {
  Buf out = {.arena = a};
  RowSink sink = {.data = &out, .columns = columns, .row = row};
  StmtResult result;
  DbError e = {.at = -1};
  if (s->engine->exec(s, a, &(Stmt){.sql = sql}, &sink, &result, &e))
    buf_addf(&out, "= %lld", (long long)result.affected);
  else
    buf_addf(&out, "! %.*s at %td: %.*s", STR_ARG(e.code), e.at, STR_ARG(e.message));
  print(buf_str(&out));
}

int main(int argc, char **argv) {
  Arena arena = {0}, *a = &arena;
  Target t = {.name = STR("t"), .type = STR("clickhouse"), .driver = STR("embedded"), .threads = 1};
  DbError e = {.at = -1};
  if (argc != 2)
    return 2;
  t.keys = val_dict(a);
  dict_sets(a, t.keys.dict, STR("path"), val_str(str_c(argv[1])));
  const Engine *engine = engine_for(&t, a, &e);
  Session *s = engine ? engine->open(&t, NULL, a, &e) : NULL;
  if (!s) {
    fprintf(stderr, "%.*s\n", STR_ARG(e.message));
    return 1;
  }
  Buf all = {.arena = a};
  for (size_t n; (n = fread(buf_room(&all, 65536), 1, 65536, stdin)) > 0;)
    all.len += n;
  Str rest = buf_str(&all), one;
  while (str_cut(&rest, '\0', &one))
    ask(s, a, one);
  s->engine->close(s);
  arena_free(a);
  return 0;
}
