// The scanner of SQL beside the databases' own: random texts made of awkward pieces. In: type,
// driver and key=value of a target, count=N and seed=N. Out: "N passed, N failed".
//
// ClickHouse has a function that runs its lexer over any text (normalizeQueryKeepNames): what it
// answers is made here of our tokens and must be the same, byte for byte. Postgres tells where a
// text is wrong: that place must be the start of one of our tokens, an open quote must be open for
// both, and a text of literals with statements around them must give as many results as we see.
#include "compiler/dialect/sql_look.h"
#include "runtime/engine/engine.h"
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>

// --- texts

static uint64_t state;
static size_t pick(size_t n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(state >> 33) % n;
}

static const char *const pieces[] = {
    "'",      "\"",     "`",        "\\",          "$",
    "$$",     "$a$",    "$b c$",    "$1$",         "''",
    "\"\"",   "e'",     "E'",       "x'",          "b'",
    "n'",     "u&'",    "U&\"",     "--",          "/*",
    "*/",     "//",     "#",        "# ",          "#!",
    "\n",     "\r",     " ",        "\t",          ";",
    "(",      ")",      "[",        "]",           "{",
    "}",      ",",      ".",        "..",          "::",
    ":",      "<",      ">",        "=",           "!",
    "|",      "@",      "-",        "+",           "*",
    "/",      "->",     "<=>",      "a",           "_",
    "é",      "1",      "0x1F",     "0b1",         "1_0",
    "1e",     "1.5",    ".5",       "e-3",         "0",
    "9",      "select", "x",        "uescape",     "'a'",
    "'b;'",   "‘",      "’",        "“",           "”",
    "−",      "\u00A0", "\u2009",   "\uFEFF",      "\\G",
    "$1",     "'a\\'",  "'a'\n'b'", "E'a'\n'\\''", "/* a /* b */ c */",
    "-- c\n", "?",      "%",        "^",           "&",
    "~"};

static Str soup(Arena *a) {
  Buf out = {.arena = a};
  for (size_t n = 1 + pick(12); n; n--)
    buf_add(&out, str_c(pieces[pick(COUNT(pieces))]));
  return buf_str(&out);
}

// Statements that Postgres takes, of literals and comments in which anything stands.
static Str good_text(Arena *a) {
  static const char *const inside[] = {";", "--", "/*", "*/", "\"", "`", "(", " a", "\n", "é", "#"};
  static const char *const frames[][2] = {
      {"'",            "'"     },
      {"E'\\'",        "\\\\'" },
      {"$$",           "$$"    },
      {"$q$",          "$q$"   },
      {"E'\\''\n'\\'", "'"     },
      {"U&'",          "'"     },
      {"'' -- '\n\n'", "'"     },
      {"e'''",         "''\\''"}
  };
  static const char *const between[] = {" ", "\n", " -- a;'\n", "-- '\r", "/* ; /* ' */ $$ */",
                                        "\r"};
  Buf out = {.arena = a};
  for (size_t n = 1 + pick(3); n; n--) {
    buf_adds(&out, "select");
    for (size_t k = 1 + pick(3); k; k--) {
      const char *const *frame = frames[pick(COUNT(frames))];
      buf_add(&out, str_c(between[pick(6)]));
      buf_add(&out, str_c(frame[0]));
      for (size_t i = pick(4); i; i--)
        buf_add(&out, str_c(inside[pick(COUNT(inside))]));
      buf_add(&out, str_c(frame[1]));
      buf_add(&out, k > 1 ? STR(",") : STR(""));
    }
    buf_add(&out, str_c(between[pick(6)]));
    buf_add(&out, n > 1 || pick(2) ? STR(";") : STR(""));
  }
  return buf_str(&out);
}

static void tell(const char *what, Str text, Str theirs, Str ours) {
  check_failed++;
  printf("%s\n  text   %.*s\n  theirs %.*s\n  ours   %.*s\n", what, STR_ARG(text), STR_ARG(theirs),
         STR_ARG(ours));
}

// --- rows

typedef struct Rows {
  Arena *arena;
  Str first;
  size_t results;
} Rows;
static bool one_result(void *data, const DbColumn *columns, size_t n) {
  (void)columns, (void)n;
  ((Rows *)data)->results++;
  return true;
}
static bool one_row(void *data, const Cell *cells, size_t n) {
  Rows *r = data;
  r->first = n ? str_dup(r->arena, cells[0].text) : (Str){0};
  return true;
}
static bool ask(Session *s, Arena *a, Str sql, Rows *rows, DbError *e) {
  StmtResult result;
  *rows = (Rows){.arena = a};
  *e = (DbError){.at = -1};
  RowSink sink = {.data = rows, .columns = one_result, .row = one_row};
  return s->engine->exec(s, a, &(Stmt){.sql = sql, .idempotent = true}, &sink, &result, e);
}

// --- ClickHouse

// The kinds of tokens as ClickHouse's function shows them: see normalized().
static bool is_literal(const SqlToken *t) {
  return (t->kind == SQL_NUMBER || t->kind == SQL_STRING) && !t->open;
}

// A sign behind a comma counts to the literal that may follow.
static bool is_sign(const Sql *s, const SqlToken *t) {
  return sql_is(s, t, "-") || sql_is(s, t, "+") || sql_is(s, t, "−");
}

// A token since ClickHouse 26.9.
static bool tilde;

// Where ClickHouse sees an error, and its function stops.
static bool is_error(const Sql *s, const SqlToken *t) {
  Str text = sql_text(s, t);
  static const char fine[] = "()[]{},;.+-*/%=<>?^:|@$";
  bool symbol = t->kind == SQL_SYMBOL && !(tilde && str_is(text, "~"));
  return t->open || (symbol && text.len == 1 && !strchr(fine, *text.ptr)) ||
         (symbol && strchr(".0123456789", *text.ptr) && text.len > 1);
}

// What the function makes of a text: one space for what means nothing, ? for a literal, ?.. for
// several with commas between.
static Str normalized(Arena *a, Str text) {
  Buf out = {.arena = a};
  Sql s = sql_open(&sql_clickhouse, text);
  size_t literals = 0;
  bool comma = false, space = false, quiet = false;
  for (SqlToken t; sql_next(&s, &t);) {
    if (t.kind == SQL_SPACE || (t.kind == SQL_COMMENT && !t.open)) {
      if (!quiet && !literals && out.len)
        buf_addc(&out, ' ');
      space |= !quiet && literals;
      quiet = true;
      continue;
    }
    quiet = false;
    if (is_literal(&t)) {
      if (!literals++)
        buf_addc(&out, '?');
      space = comma = false;
      continue;
    }
    if (literals && (sql_is(&s, &t, ",") || (comma && is_sign(&s, &t)))) {
      comma = true;
      continue;
    }
    buf_add(&out, literals > 1 ? STR("..") : STR(""));
    buf_add(&out, comma ? STR(",") : STR(""));
    buf_add(&out, space ? STR(" ") : STR(""));
    literals = 0;
    comma = space = false;
    if (is_error(&s, &t))
      return buf_str(&out);
    buf_add(&out, sql_text(&s, &t));
  }
  buf_add(&out, literals > 1 ? STR("..") : STR(""));
  buf_add(&out, literals && comma ? STR(",") : STR(""));
  buf_add(&out, literals && space ? STR(" ") : STR(""));
  return buf_str(&out);
}

static Str ch_literal(Arena *a, Str text) {
  Buf out = {.arena = a};
  buf_addc(&out, '\'');
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\'' || text.ptr[i] == '\\')
      buf_addc(&out, '\\');
    buf_addc(&out, text.ptr[i]);
  }
  buf_addc(&out, '\'');
  return buf_str(&out);
}

// Many texts in one statement; each answer as hex behind the one before.
static void clickhouse(Session *s, Arena *a, size_t count) {
  enum { TOGETHER = 500 };
  Str texts[TOGETHER];
  Rows rows;
  DbError e;
  tilde = ask(s, a, STR("select normalizeQueryKeepNames('~')"), &rows, &e) && rows.first.len;
  for (size_t done = 0; done < count; done += TOGETHER) {
    Buf sql = {.arena = a};
    buf_adds(&sql, "select arrayStringConcat(arrayMap(x -> hex(normalizeQueryKeepNames(x)), [");
    for (size_t i = 0; i < TOGETHER; i++) {
      texts[i] = soup(a);
      buf_add(&sql, i ? STR(",") : STR(""));
      buf_add(&sql, ch_literal(a, texts[i]));
    }
    buf_adds(&sql, "]), ' ')");
    if (!ask(s, a, buf_str(&sql), &rows, &e)) {
      tell("the statement failed", STR(""), e.message, STR(""));
      return;
    }
    Str rest = rows.first, hex;
    for (size_t i = 0; i < TOGETHER && str_cut(&rest, ' ', &hex); i++) {
      Str ours = normalized(a, texts[i]);
      Buf mine = {.arena = a}, theirs = {.arena = a};
      for (size_t k = 0; k < ours.len; k++)
        buf_addf(&mine, "%02X", (unsigned char)ours.ptr[k]);
      for (size_t k = 0; k + 1 < hex.len; k += 2)
        buf_addc(&theirs, (char)strtol((char[]){hex.ptr[k], hex.ptr[k + 1], 0}, NULL, 16));
      if (str_eq(buf_str(&mine), hex))
        check_passed++;
      else
        tell("tokens differ", texts[i], buf_str(&theirs), ours);
    }
  }
}

// --- Postgres

static bool starts_token(Str text, size_t at, bool *open) {
  Sql s = sql_open(&sql_postgres, text);
  *open = false;
  for (SqlToken t; sql_next(&s, &t);)
    if (t.at == at) {
      *open = t.open;
      return true;
    }
  return at == text.len;
}

// Where the first token is that nothing closes; -1: all are closed.
static ptrdiff_t first_open(Str text) {
  Sql s = sql_open(&sql_postgres, text);
  for (SqlToken t; sql_next(&s, &t);)
    if (t.open)
      return (ptrdiff_t)t.at;
  return -1;
}

// A list that the grammar follows for long: soup between commas.
static Str soup_list(Arena *a) {
  Buf out = {.arena = a};
  buf_adds(&out, "select 1");
  for (size_t n = 1 + pick(3); n; n--)
    buf_addf(&out, ", %.*s", STR_ARG(soup(a)));
  return buf_str(&out);
}

static void postgres_soup(Session *s, Arena *a) {
  Rows rows;
  DbError e;
  Str text = soup_list(a);
  bool good = ask(s, a, text, &rows, &e), open;
  ptrdiff_t ours = first_open(text);
  bool unclosed = str_find(e.message, STR("unterminated"), 0) >= 0;
  if (good ? ours >= 0 : e.at < 0 && ours >= 0 && unclosed)
    tell("open for us alone", text, e.message, STR(""));
  else if (str_find(e.message, STR("invalid Unicode"), 0) >= 0)
    check_passed++; // its place is inside a string
  else if (!good && e.at >= 0 && !starts_token(text, (size_t)e.at, &open))
    tell("no token starts there", text, e.message, str_sub(text, (size_t)e.at, text.len));
  else if (!good && unclosed && e.at != ours)
    tell("what is open differs", text, e.message, str_fmt(a, "%td, not %td", ours, e.at));
  else
    check_passed++;
}

static void postgres_good(Session *s, Arena *a) {
  Rows rows;
  DbError e;
  Str text = good_text(a);
  SqlStatement one;
  size_t n = 0;
  for (size_t at = 0; sql_statement(&sql_postgres, text, &at, &one);)
    n++;
  if (!ask(s, a, text, &rows, &e))
    tell("it is no good text", text, e.message, STR(""));
  else if (rows.results != n)
    tell("statements", text, str_fmt(a, "%zu", rows.results), str_fmt(a, "%zu", n));
  else
    check_passed++;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    printf("usage: test_scanner TYPE DRIVER key=value...\n");
    return 2;
  }
  Arena arena = {0}, *a = &arena;
  Target t = {.name = STR("t"), .type = str_c(argv[1]), .driver = str_c(argv[2]), .threads = 1};
  t.keys = val_dict(a);
  size_t count = 500;
  state = 1;
  for (int i = 3; i < argc; i++) {
    Str value = str_c(argv[i]), key;
    str_cut(&value, '=', &key);
    if (str_is(key, "count"))
      count = strtoul(value.ptr, NULL, 10);
    else if (str_is(key, "seed"))
      state = strtoul(value.ptr, NULL, 10);
    else if (str_is(key, "password"))
      t.password = secret_make(value);
    else if (str_is(key, "schema"))
      t.schema = value;
    else if (str_is(key, "database"))
      t.database = value;
    else
      dict_sets(a, t.keys.dict, key,
                str_is(key, "port") ? val_int(strtol(value.ptr, NULL, 10)) : val_str(value));
  }
  DbError e = {0};
  const Engine *engine = engine_for(&t, a, &e);
  Session *s = engine ? engine->open(&t, NULL, a, &e) : NULL;
  if (!s) {
    printf("%.*s\n0 passed, 1 failed\n", STR_ARG(e.message));
    return 1;
  }
  if (str_is(t.type, "postgres"))
    for (size_t i = 0; i < count; i++) {
      Arena each = {0};
      if (i % 4)
        postgres_soup(s, &each);
      else
        postgres_good(s, &each);
      arena_free(&each);
    }
  else
    clickhouse(s, a, count);
  engine->close(s);
  arena_free(a);
  return check_done();
}
