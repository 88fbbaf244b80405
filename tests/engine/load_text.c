// Types and rows between two databases, for tests that have both. usage:
//   load_text rules DATABASE                   its session, settings and expression of a type
//   load_text types FROM TO < columns          a line a column: type, nullable (1, 0), maybe the
//   type to have
//                                              -> type, expression that reads it (@c@), reason;
//                                              tabs between
//   load_text lines FROM TO COLUMNS < rows     COLUMNS: a file of such lines. The rows as TO takes
//   them
// Refused rows end it with code 1, and row, column, text and reason.
#include "compiler/dialect/dialect.h"
#include "runtime/load/lines.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Column {
  const LoadType *from;
  Str type, why;
} Column;

static Column read_column(Arena *a, const LoadRules *from, const LoadRules *to, Str line) {
  Str name = {0}, nullable = {0}, type = {0};
  Column c = {0};
  str_cut(&line, '\t', &name);
  str_cut(&line, '\t', &nullable);
  str_cut(&line, '\t', &type);
  c.from = from->type(a, name);
  c.type = type.len ? type : to->type_name(a, c.from, str_is(nullable, "1"), &c.why);
  return c;
}

static Str read_all(Arena *a, FILE *f) {
  Buf all = {.arena = a};
  for (size_t n; (n = fread(buf_room(&all, 65536), 1, 65536, f)) > 0;)
    all.len += n;
  return buf_str(&all);
}

static void print_types(Arena *a, const LoadRules *from, const LoadRules *to) {
  Str rest = read_all(a, stdin), line;
  while (str_cut(&rest, '\n', &line) && line.len) {
    Column c = read_column(a, from, to, line);
    Str read = load_select(a, from, to, STR("@c@"), c.from, c.type);
    printf("%.*s\t%.*s\t%.*s\n", STR_ARG(c.type), STR_ARG(read), STR_ARG(c.why));
  }
}

// The end of the last whole line, or 0.
static size_t whole_lines(const Buf *b) {
  const char *end = b->len ? memrchr(b->ptr, '\n', b->len) : NULL;
  return end ? (size_t)(end - b->ptr) + 1 : 0;
}

static int send_lines(Arena *a, const LoadColumn *columns, size_t n) {
  enum { PIECE = 256 * 1024 };
  Buf in = {0}, out = {0};
  Arena piece = {0};
  int64_t rows = 0;
  LoadBad bad;
  (void)a;
  for (;;) {
    ssize_t got = read(STDIN_FILENO, buf_room(&in, PIECE), PIECE);
    in.len += got > 0 ? (size_t)got : 0;
    size_t whole = got > 0 ? whole_lines(&in) : in.len;
    out.len = 0;
    int64_t before = rows;
    if (!load_lines(columns, n, str_n(in.ptr, whole), &out, &rows, &piece, &bad)) {
      printf("row %lld, column %zu, %.*s: %.*s\n", (long long)(before + bad.row), bad.column,
             STR_ARG(bad.text), STR_ARG(bad.why));
      return 1;
    }
    if (out.len && fwrite(out.ptr, 1, out.len, stdout) != out.len)
      return 2;
    if (got <= 0)
      break;
    memmove(in.ptr, in.ptr + whole, in.len - whole);
    in.len -= whole;
    arena_reset(&piece);
  }
  buf_free(&in);
  buf_free(&out);
  arena_free(&piece);
  return 0;
}

static int lines(Arena *a, const LoadRules *from, const LoadRules *to, const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return 2;
  Str rest = read_all(a, f), line;
  fclose(f);
  LoadColumn *columns = arena_array(a, LoadColumn, rest.len + 1);
  size_t n = 0;
  while (str_cut(&rest, '\n', &line) && line.len) {
    Column c = read_column(a, from, to, line);
    columns[n++] = (LoadColumn){STR("c"), c.from, c.type, to->cell(a, c.from, c.type)};
  }
  return send_lines(a, columns, n);
}

int main(int argc, char **argv) {
  Arena arena = {0}, *a = &arena;
  const char *what = argc > 1 ? argv[1] : "";
  const Dialect *from = argc > 2 ? dialect_find(str_c(argv[2])) : NULL;
  const Dialect *to = argc > 3 ? dialect_find(str_c(argv[3])) : from;
  int code = 0;
  if (!from || !to)
    return 2;
  if (strcmp(what, "rules") == 0)
    printf("%s\n%s\n%s\n", from->load_rules->session, from->load_rules->settings,
           from->load_rules->catalog_type);
  else if (strcmp(what, "types") == 0)
    print_types(a, from->load_rules, to->load_rules);
  else if (argc > 4)
    code = lines(a, from->load_rules, to->load_rules, argv[4]);
  arena_free(a);
  return code;
}
