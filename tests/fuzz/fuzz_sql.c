// Any bytes as SQL of both databases: no crash, no hang; the tokens lie side by side and hold every
// byte; statements come in order and do not overlap; a query with a limit is still one statement.
#include "../../compiler/dialect/sql_look.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tokens(const SqlRules *rules, Str text) {
  Sql s = sql_open(rules, text);
  size_t at = 0;
  for (SqlToken t; sql_next(&s, &t); at = t.end)
    if (t.at != at || t.end <= t.at || t.end > text.len || (t.open && t.end != text.len))
      abort();
  if (at != text.len)
    abort();
}

static void check_statements(const SqlRules *rules, Str text) {
  SqlStatement one;
  size_t n = 0, last = 0;
  for (size_t at = 0; sql_statement(rules, text, &at, &one); n++, last = one.end)
    if (one.at < last || one.first < one.at || one.end <= one.first || one.end > at)
      abort();
  SqlShape shape = sql_shape(rules, text);
  if (shape.empty != (n == 0) || (shape.second >= 0) != (n > 1))
    abort();
}

static void check_looks(const SqlRules *rules, Str text) {
  bool joins;
  ptrdiff_t alone = sql_unmatched(rules, text);
  if (sql_place_of_ctes(rules, text, &joins) > text.len || alone >= (ptrdiff_t)text.len)
    abort();
  Str first = sql_first_word(rules, text);
  sql_only_place(rules, text, first);
  size_t twice_len;
  ptrdiff_t twice = sql_column_twice(rules, text, first, &twice_len);
  if (twice >= 0 && (!twice_len || (size_t)twice + twice_len > text.len))
    abort();
  Arena a = {0};
  Buf out = {.arena = &a};
  SqlPiece pieces[2];
  sql_limited(&out, rules, text, STR("1"), !rules->brackets_hold, pieces);
  bool open = false;
  Sql s = sql_open(rules, text);
  for (SqlToken t; sql_next(&s, &t);)
    open |= t.open;
  if (!open && !sql_shape(rules, text).empty && sql_shape(rules, text).second < 0 &&
      sql_unmatched(rules, text) < 0 && sql_shape(rules, buf_str(&out)).second >= 0)
    abort();
  arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const SqlRules *const all[] = {&sql_postgres, &sql_clickhouse};
  Str text = str_n((const char *)data, size);
  for (size_t i = 0; i < COUNT(all); i++) {
    check_tokens(all[i], text);
    check_statements(all[i], text);
    check_looks(all[i], text);
  }
  return 0;
}
