// Any bytes as types and lines on their way between two databases: no crash, no hang; a row stays
// one row of as many fields, whatever its values are, or a field of it is refused. The first byte
// picks the databases; two lines follow, with the type of the first column there and here (empty:
// the one that holds it); the rest are lines. A second column goes as it is.
#include "../../compiler/dialect/dialect.h"
#include "../../compiler/dialect/load_cell.h"
#include "../../runtime/load/lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(Str text, char c) {
  size_t n = 0;
  for (size_t i = 0; i < text.len; i++)
    n += text.ptr[i] == c;
  return n;
}

static void bring(Arena *a, const LoadColumn *columns, size_t n, Str lines) {
  Buf out = {.arena = a};
  LoadBad bad = {.row = -1};
  int64_t rows = 0;
  size_t ends = count(lines, '\n'), open = lines.len && lines.ptr[lines.len - 1] != '\n';
  if (load_lines(columns, n, lines, &out, &rows, a, &bad)) {
    Str got = buf_str(&out);
    if (count(got, '\n') != ends || count(got, '\t') != count(lines, '\t') ||
        (size_t)rows != ends + open)
      abort();
  } else if (bad.row < 1 || (size_t)bad.row > ends + open || bad.column > n || bad.text.len > 200 ||
             !bad.why.len) {
    abort();
  }
}

// A literal ends, and closes what it opens.
static void walk(Arena *a, Str text) {
  ArrayWalk w = {.text = text};
  size_t steps = 0, depth = 0;
  for (ArrayStep step; (step = load_array_step(&w, a)) != ARRAY_END; steps++) {
    if (step == ARRAY_BAD)
      return;
    depth += step == ARRAY_OPEN;
    depth -= step == ARRAY_SHUT;
    if (steps > text.len || depth != w.depth)
      abort();
  }
  if (depth)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  Arena arena = {0}, *a = &arena;
  const LoadRules *rules[] = {dialect_find(STR("postgres"))->load_rules,
                              dialect_find(STR("clickhouse"))->load_rules};
  const LoadRules *from = rules[*data & 1], *to = rules[*data >> 1 & 1];
  Str rest = str_n((const char *)data + 1, size - 1), there = {0}, here = {0}, why = {0};
  str_cut(&rest, '\n', &there);
  str_cut(&rest, '\n', &here);
  const LoadType *t = from->type(a, there);
  Str name = here.len ? here : to->type_name(a, t, *data & 4, &why);
  if (!name.len && !why.len && !here.len)
    abort();
  load_select(a, from, to, STR("c"), t, name);
  LoadColumn columns[2] = {
      {STR("a"), t, name,               name.len ? to->cell(a, t,   name) : NULL},
      {STR("b"),        from->type(a,  STR("text")), STR("text"),         NULL}
  };
  bring(a, columns, 1, rest);
  bring(a, columns, 2, rest);
  walk(a, load_unescape(a, rest));
  arena_free(a);
  return 0;
}
