// See osi_expression.h. One pass of the scanner gives the tokens; which of them belong together is
// looked up in their list.
#include "osi_expression.h"

#include "../base/vec.h"
#include "../dialect/sql.h"

#include <stdlib.h>

// The SQL of documents is no database's own.
static const char *const operators[] = {"::", NULL};
static const SqlRules ansi = {.backquotes = true,
                              .high_words = true,
                              .escaped = "",
                              .plain = "",
                              .bits = "",
                              .operator_chars = "",
                              .operators = operators};

typedef struct Tokens {
  Sql sql;
  VEC(SqlToken) all;
} Tokens;

// Tokens from `from` up to `to`.
typedef struct Part {
  size_t from, to;
} Part;

static Tokens tokens_of(Arena *a, Str text) {
  Tokens t = {.sql = sql_open(&ansi, text)};
  for (SqlToken one; sql_solid(&t.sql, &one);)
    vec_push(a, &t.all, one);
  return t;
}

static bool is(const Tokens *t, size_t i, const char *word) {
  return i < t->all.n && sql_is(&t->sql, &t->all.items[i], word);
}

static Str text_of(const Tokens *t, Part p) {
  if (p.from >= p.to)
    return (Str){0};
  return str_sub(t->sql.text, t->all.items[p.from].at, t->all.items[p.to - 1].end);
}

// How deep brackets and CASE stand behind token i, which is at `depth`.
static int deeper(const Tokens *t, size_t i, int depth) {
  if (is(t, i, "(") || is(t, i, "[") || is(t, i, "case"))
    return depth + 1;
  return is(t, i, ")") || is(t, i, "]") || is(t, i, "end") ? depth - 1 : depth;
}

// The token that closes what token i opens; the end of the list where nothing does.
static size_t closing(const Tokens *t, size_t i) {
  int depth = 0;
  for (; i < t->all.n; i++)
    if ((depth = deeper(t, i, depth)) == 0)
      break;
  return i;
}

// Without the brackets around it: as many as a person would write.
static Part bare(const Tokens *t, Part p) {
  enum { LAYERS = 64 };
  for (int i = 0;
       i < LAYERS && p.to - p.from > 2 && is(t, p.from, "(") && closing(t, p.from) == p.to - 1; i++)
    p = (Part){p.from + 1, p.to - 1};
  return p;
}

static bool has_comma(const Tokens *t, Part p) {
  int depth = 0;
  for (size_t i = p.from; i < p.to; i++) {
    if (!depth && is(t, i, ","))
      return true;
    depth = deeper(t, i, depth);
  }
  return false;
}

// --- aggregates

// SUM(CASE WHEN a condition THEN 1 ELSE 0 END) counts what is true.
static bool is_count_of_true(const Tokens *t, Part p, Part *condition) {
  static const char *const last[] = {"then", "1", "else", "0", "end"};
  enum { LAST = COUNT(last), FIRST = 2 };
  if (p.to - p.from <= FIRST + LAST || !is(t, p.from, "case") || !is(t, p.from + 1, "when") ||
      closing(t, p.from) != p.to - 1)
    return false;
  *condition = (Part){p.from + FIRST, p.to - LAST};
  for (size_t i = 0; i < LAST; i++)
    if (!str_eq_nocase(text_of(t, (Part){condition->to + i, condition->to + i + 1}),
                       str_c(last[i])))
      return false;
  for (size_t i = condition->from; i < condition->to; i++)
    if (is(t, i, "when"))
      return false;
  return true;
}

static bool call(const Tokens *t, Part p, OsiExpression *out) {
  static const struct {
    const char *name, *agg;
  } names[] = {
      {"sum",    "sum"    },
      {"avg",    "average"},
      {"min",    "min"    },
      {"max",    "max"    },
      {"count",  "count"  },
      {"median", "median" },
  };
  Part of = {p.from + 2, p.to - 1}, condition;
  if (p.to - p.from < 4 || !is(t, p.from + 1, "(") || closing(t, p.from + 1) != p.to - 1)
    return false;
  for (size_t i = 0; i < COUNT(names) && !out->agg; i++)
    if (is(t, p.from, names[i].name))
      out->agg = names[i].agg;
  if (is(t, p.from, "count") && is(t, of.from, "distinct")) {
    out->agg = "count_distinct";
    of.from++;
  } else if (is(t, p.from, "sum") && is_count_of_true(t, of, &condition)) {
    out->agg = "sum_boolean";
    of = condition;
  }
  out->of = is(t, of.from, "*") ? STR("1") : text_of(t, of);
  return out->agg && out->of.len && !is(t, of.from, "distinct") && !has_comma(t, of);
}

// PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY amount)
static bool percentile(Arena *a, const Tokens *t, Part p, OsiExpression *out) {
  enum { SHARE = 2, WITHIN = 4, OPEN = 6, OF = 9, LEAST = 11 };
  out->discrete = is(t, p.from, "percentile_disc");
  size_t n = p.to - p.from, at = p.from;
  if (n < LEAST || !(out->discrete || is(t, at, "percentile_cont")) || !is(t, at + 1, "(") ||
      t->all.items[at + SHARE].kind != SQL_NUMBER || !is(t, at + SHARE + 1, ")") ||
      !is(t, at + WITHIN, "within") || !is(t, at + WITHIN + 1, "group") ||
      closing(t, at + OPEN) != p.to - 1 || !is(t, at + OPEN + 1, "order") ||
      !is(t, at + OPEN + 2, "by"))
    return false;
  Part of = {at + OF, p.to - 1};
  of.to -= is(t, of.to - 1, "asc");
  out->share = strtod(str_cstr(a, text_of(t, (Part){at + SHARE, at + SHARE + 1})), NULL);
  out->agg = out->share == 0.5 && !out->discrete ? "median" : "percentile";
  out->of = text_of(t, of);
  for (size_t i = of.from; i < of.to; i++)
    if (is(t, i, "desc") || is(t, i, "nulls"))
      return false;
  return out->of.len && !has_comma(t, of);
}

// --- ratios

// What binds less than a division does, so that the whole is no division.
static bool is_weaker(const Tokens *t, size_t i, bool first) {
  static const char *const fine[] = {"/", "*", "%", ".", "::", "(", ")", "[", "]", NULL};
  static const char *const words[] = {"and",     "or",   "not",   "is",      "in",
                                      "between", "like", "ilike", "similar", NULL};
  const SqlToken *one = &t->all.items[i];
  if (one->kind == SQL_WORD)
    return sql_among(&t->sql, one, words);
  if (one->kind != SQL_SYMBOL)
    return false;
  for (size_t k = 0; fine[k]; k++)
    if (sql_is(&t->sql, one, fine[k]))
      return false;
  bool sign = is(t, i, "-") || is(t, i, "+");
  return !sign || !(first || is(t, i - 1, "/") || is(t, i - 1, "*") || is(t, i - 1, "%"));
}

// The division that is done last; the end of the part where the whole is none.
static size_t division(const Tokens *t, Part p) {
  size_t found = p.to;
  int depth = 0;
  for (size_t i = p.from; i < p.to; i++) {
    if (!depth && is_weaker(t, i, i == p.from))
      return p.to;
    if (!depth && is(t, i, "/"))
      found = i;
    else if (!depth && i > p.from && (is(t, i, "*") || is(t, i, "%")))
      found = p.to;
    depth = deeper(t, i, depth);
  }
  return found > p.from && found + 1 < p.to ? found : p.to;
}

OsiExpression osi_expression(Arena *a, Str text) {
  Tokens t = tokens_of(a, text);
  Part all = bare(&t, (Part){0, t.all.n});
  OsiExpression out = {.kind = OSI_AGGREGATE};
  if (call(&t, all, &out))
    return out;
  out = (OsiExpression){.kind = OSI_AGGREGATE};
  if (percentile(a, &t, all, &out))
    return out;
  size_t at = division(&t, all);
  if (at == all.to)
    return (OsiExpression){.kind = OSI_OTHER};
  return (OsiExpression){.kind = OSI_RATIO,
                         .over = text_of(&t, bare(&t, (Part){all.from, at})),
                         .under = text_of(&t, bare(&t, (Part){at + 1, all.to}))};
}

// --- datasets in front of names

Str osi_unquoted(Str name) {
  bool quoted = name.len > 1 && (name.ptr[0] == '"' || name.ptr[0] == '`') &&
                name.ptr[name.len - 1] == name.ptr[0];
  return quoted ? str_sub(name, 1, name.len - 1) : name;
}

size_t osi_qualifiers(Arena *a, Str text, OsiQualifier **out) {
  Tokens t = tokens_of(a, text);
  size_t n = 0;
  *out = arena_array(a, OsiQualifier, t.all.n + 1);
  for (size_t i = 0; i + 1 < t.all.n; i++) {
    const SqlToken *one = &t.all.items[i];
    bool name = one->kind == SQL_WORD || one->kind == SQL_NAME;
    if (name && is(&t, i + 1, ".") && !(i && is(&t, i - 1, ".")))
      (*out)[n++] = (OsiQualifier){osi_unquoted(text_of(&t, (Part){i, i + 1})), one->at,
                                   t.all.items[i + 1].end};
  }
  return n;
}

Str osi_unqualified(Arena *a, Str text, Str dataset) {
  OsiQualifier *all;
  size_t n = osi_qualifiers(a, text, &all), from = 0;
  Buf out = {.arena = a};
  for (size_t i = 0; i < n; i++) {
    if (!str_eq_nocase(all[i].name, dataset))
      continue;
    buf_add(&out, str_sub(text, from, all[i].at));
    from = all[i].end;
  }
  buf_add(&out, str_sub(text, from, text.len));
  return buf_str(&out);
}
