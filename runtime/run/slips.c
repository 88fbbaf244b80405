// In: SQL as it was sent and where the database stopped. Out: the slip that stands there or right
// before. Leaves its place in the model's file to errors.c.
#include "slips.h"

#include <string.h>

typedef struct Token {
  size_t at, len;
  Str word; // empty: no word and no name in quotes
} Token;

// The token where the database stopped and those before it, the last one first.
enum { BACK = 3 };
typedef struct Near {
  Str sql;
  Token stop, back[BACK];
  size_t n;
} Near;

static Near read_near(const SqlRules *rules, Str sql, size_t at) {
  Near near = {.sql = sql};
  Sql scan = sql_open(rules, sql);
  for (SqlToken s; sql_solid(&scan, &s);) {
    Token t = {s.at, s.end - s.at, s.kind == SQL_SYMBOL ? (Str){0} : sql_text(&scan, &s)};
    if (s.end > at) {
      near.stop = t;
      return near;
    }
    memmove(near.back + 1, near.back, (BACK - 1) * sizeof *near.back);
    near.back[0] = t;
    near.n += near.n < BACK;
  }
  return near;
}

static const Str keywords[] = {
    STR_INIT("select"), STR_INIT("from"),     STR_INIT("where"), STR_INIT("group"),
    STR_INIT("order"),  STR_INIT("having"),   STR_INIT("limit"), STR_INIT("join"),
    STR_INIT("union"),  STR_INIT("distinct"), STR_INIT("left"),  STR_INIT("inner"),
};
enum { NKEYWORDS = COUNT(keywords) };

static bool is_keyword(Str word) {
  for (size_t i = 0; i < NKEYWORDS; i++)
    if (str_eq_nocase(word, keywords[i]))
      return true;
  return false;
}

static bool is_char(const Near *near, const Token *t, char c) {
  return t->len == 1 && near->sql.ptr[t->at] == c;
}

// "a, b, from": also where the database took the keyword for a name.
static bool comma_before_keyword(Arena *a, const Near *near, SqlSlip *out) {
  (void)a;
  const Token *back = near->back;
  bool ends = is_keyword(near->stop.word) || is_char(near, &near->stop, ')');
  const Token *comma = near->n > 0 && ends && is_char(near, &back[0], ',') ? &back[0]
                       : near->n > 1 && is_keyword(back[0].word) && is_char(near, &back[1], ',')
                           ? &back[1]
                           : NULL;
  if (!comma)
    return false;
  *out = (SqlSlip){comma->at, comma->len, STR("nothing follows this comma: take it out")};
  return true;
}

// "frm x": the word at the stop or the one before, which was taken for a name. Not "orders".
static bool wrong_keyword(Arena *a, const Near *near, SqlSlip *out) {
  const Token *words[] = {&near->stop, &near->back[0]};
  for (size_t i = 0; i < (near->n ? 2 : 1); i++) {
    Str word = words[i]->word, meant = {0};
    for (size_t k = 0; k < NKEYWORDS && word.len > 2 && !is_keyword(word); k++)
      if (str_distance(word, keywords[k], 1) == 1 && word.len < keywords[k].len + 1)
        meant = keywords[k];
    if (!meant.len)
      continue;
    *out = (SqlSlip){words[i]->at, word.len, str_fmt(a, "did you mean '%.*s'?", STR_ARG(meant))};
    return true;
  }
  return false;
}

// Two names without a comma, the second on a line of its own.
static bool comma_missing(Arena *a, const Near *near, SqlSlip *out) {
  (void)a;
  const Token *stop = &near->stop, *before = &near->back[0];
  if (!near->n || !stop->word.len || is_keyword(stop->word) || is_keyword(before->word) ||
      (!before->word.len && !is_char(near, before, ')')))
    return false;
  size_t end = before->at + before->len;
  if (str_find(str_sub(near->sql, end, stop->at), STR("\n"), 0) < 0)
    return false;
  *out = (SqlSlip){stop->at, stop->len, STR("is a comma missing at the end of the line above?")};
  return true;
}

// "{ ref('x') }"
static bool one_brace(Arena *a, const Near *near, SqlSlip *out) {
  (void)a;
  const Token *tokens[] = {&near->stop, &near->back[0], &near->back[1], &near->back[2]};
  for (size_t i = 0; i <= near->n; i++)
    if (is_char(near, tokens[i], '{')) {
      *out = (SqlSlip){tokens[i]->at, 1, STR("a template has two braces: {{ ... }}")};
      return true;
    }
  return false;
}

// "name as "n from "x" y": quotes that end where those of something else begin.
static bool quotes_meet(Arena *a, const Near *near, SqlSlip *out) {
  (void)a;
  const Token *quoted = &near->back[0];
  if (!near->n || !quoted->word.len || str_word_char(quoted->word.ptr[0]) || !near->stop.word.len ||
      quoted->at + quoted->len != near->stop.at)
    return false;
  *out = (SqlSlip){quoted->at, quoted->len,
                   STR("do the quotes that open here end where they should?")};
  return true;
}

bool sql_slip(Arena *a, const SqlRules *rules, Str sql, size_t at, SqlSlip *out) {
  Near near = read_near(rules, sql, at);
  return near.stop.len && (one_brace(a, &near, out) || quotes_meet(a, &near, out) ||
                           comma_before_keyword(a, &near, out) || wrong_keyword(a, &near, out) ||
                           comma_missing(a, &near, out));
}
