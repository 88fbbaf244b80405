// The scanner of SQL: tokens, statements, places, limits, with the rules of both databases.
#include "../../compiler/dialect/sql_look.h"
#include "check.h"

static Arena arena;

// The tokens of a text without spaces, as "w:select s:'a' .."; an open one has a !.
static Str tokens(const SqlRules *rules, const char *text) {
  static const char letters[] = " cwnsd.";
  Buf out = {.arena = &arena};
  Sql s = sql_open(rules, str_c(text));
  for (SqlToken t; sql_next(&s, &t);)
    if (t.kind != SQL_SPACE) {
      Str part = sql_text(&s, &t);
      buf_addf(&out, "%s%c%s%.*s", out.len ? "|" : "", letters[t.kind], t.open ? "!" : "",
               STR_ARG(part));
    }
  return buf_str(&out);
}
#define PG(text, want) CHECK_STR(tokens(&sql_postgres, text), want)
#define CH(text, want) CHECK_STR(tokens(&sql_clickhouse, text), want)

static void test_postgres(void) {
  PG("E'it\\'s; x';", "sE'it\\'s; x'|.;");
  PG("'a\\' b", "s'a\\'|wb");
  PG("te'a'", "wte|s'a'");
  PG("'a''b' \"c\"\"d\"", "s'a''b'|n\"c\"\"d\"");
  PG("E'a' -- c\n 'b\\'; c'", "sE'a' -- c\n 'b\\'; c'");
  PG("E'a' 'b\\'", "sE'a'|s'b\\'");
  PG("'a'\r/* */'b'", "s'a'|c/* */|s'b'");
  PG("u&'\\0061;' uescape '!' U&\"d;\"", "su&'\\0061;'|wuescape|s'!'|nU&\"d;\"");
  PG("b'1''0' X'1F'\n'2' n'x'", "sb'1'|s'0'|sX'1F'\n'2'|wn|s'x'");
  PG("$$;'$$ $a$ $b$ ; $a$ $a", "s$$;'$$|s$a$ $b$ ; $a$|.$|wa");
  PG("a$b$;$b$ $1 $1$ $$x", "wa$b$|.;|s!$b$ $1 $1$ $$x");
  PG("/* a /* ; */ ' */ ; -- '\r;", "c/* a /* ; */ ' */|.;|c-- '|.;");
  PG("1/*x", "d1|c!/*x");
  PG("a<-1 a @- 1 a::int b:=2 `", "wa|.<|.-|d1|wa|.@-|d1|wa|.::|wint|wb|.:=|d2|.`");
  PG("1.5e-3 .5 1_000 0x1F 1..2 1.e", "d1.5e-3|d.5|d1_000|d0x1F|d1|...|d2|d1.e");
  PG("'open", "s!'open");
  PG("\xC3\xA9t\xC3\xA9 # x", "w\xC3\xA9t\xC3\xA9|.#|wx");
}

static void test_clickhouse(void) {
  CH("# ;\n#! ;\n// ;\n-- ;\r;\n;", "c# ;|c#! ;|c// ;|c-- ;\r;|.;");
  CH("'a\\';' `b\\`;` \"c\\\";\" \"d\"\"\"", "s'a\\';'|n`b\\`;`|n\"c\\\";\"|n\"d\"\"\"");
  CH("/* /* ; */ ; */ 1", "c/* /* ; */ ; */|d1");
  CH("$a$;$a$ $1$;$1$ $x$ a$b $ $b c$", "s$a$;$a$|s$1$;$1$|w$x$|wa$b|.$|w$b|wc$");
  CH("x'0f' b'02' ;", "sx'0f'|s!b'02' ;");
  CH("x.1.1 +.5 1_0 0x_1 1abc 1.5a", "wx|..|d1|..|d1|.+|d.5|d1_0|w0x_1|w1abc|.1.5a");
  CH("{x:T} a->b a::T <=> \\G", ".{|wx|.:|wT|.}|wa|.->|wb|wa|.::|wT|.<=>|.\\G");
  CH("\xE2\x80\x98;\xE2\x80\x99 \xE2\x80\x9C"
     "a\xE2\x80\x9D\xC2\xA0\xE2\x88\x92",
     "s\xE2\x80\x98;\xE2\x80\x99|n\xE2\x80\x9C"
     "a\xE2\x80\x9D|.\xE2\x88\x92");
  CH("#x e'\\'", ".#|wx|we|s!'\\'");
}

static void test_statements(void) {
  struct {
    const SqlRules *rules;
    const char *text;
    int n;
  } cases[] = {
      {&sql_postgres,   " ; -- x\n /* ; */",                                                 0},
      {&sql_postgres,   "select 1; -- end;",                                                 1},
      {&sql_postgres,   ";;select 1;;select 2;",                                             2},
      {&sql_postgres,   "select E'it\\'s; x'",                                               1},
      {&sql_postgres,   "create rule r as on insert to t do (delete from a; delete from b)", 1},
      {&sql_postgres,
       "create or replace function f() returns int begin atomic select case when true then 1 end; "
       "select 2; end; select 3",                                                            2},
      {&sql_postgres,   "begin; select 1; end",                                              3},
      {&sql_clickhouse, "select 1 # ;\n; select 2",                                          2},
      {&sql_clickhouse, "select $a$;$a$; // ;",                                              1},
      {&sql_clickhouse, "select 'a\\'; b'",                                                  1},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    SqlStatement one;
    int n = 0;
    for (size_t at = 0; sql_statement(cases[i].rules, str_c(cases[i].text), &at, &one);)
      n++;
    if (n != cases[i].n)
      printf("%s: %d statements\n", cases[i].text, n);
    CHECK(n == cases[i].n);
  }
  SqlShape shape = sql_shape(&sql_postgres, STR("\nselect 1 ; /* a */ select 2"));
  CHECK(!shape.empty && shape.end == 10 && shape.second == 20);
  CHECK(sql_shape(&sql_postgres, STR("--")).empty);
}

static void test_places(void) {
  static const char *const begin[] = {"begin", NULL};
  bool joins;
  CHECK_STR(sql_first_word(&sql_clickhouse, STR("-- a\n# b\n((select 1))")), "select");
  CHECK_STR(sql_main_verb(&sql_clickhouse, STR("with 3 as q insert into a select q")), "insert");
  CHECK_STR(sql_main_verb(&sql_clickhouse, STR("with (insert) as q from a select q")), "select");
  CHECK_STR(sql_main_verb(&sql_postgres, STR("(WITH q(a) as (select 1) Delete from a)")), "Delete");
  CHECK_STR(sql_main_verb(&sql_postgres, STR("with q(a) as (select 1) Delete from a")), "Delete");
  CHECK_STR(sql_main_verb(&sql_postgres, STR("show insert")), "show");
  CHECK(sql_only(&sql_postgres, STR("-- a\nBEGIN /* x */;"), begin));
  CHECK(!sql_only(&sql_postgres, STR("begin x"), begin));
  SqlToken word;
  CHECK(sql_moves_transaction(&sql_postgres, STR("select 1; -- ;\n Commit work"), &word) &&
        word.at == 16 && word.end == 22);
  CHECK(sql_moves_transaction(&sql_postgres, STR("prepare transaction 'a'"), &word));
  CHECK(sql_moves_transaction(&sql_postgres, STR("create function begin() returns int as ''; end"),
                              &word));
  CHECK(!sql_moves_transaction(&sql_postgres,
                               STR("prepare a as select 1; select $$; commit$$, '; end'; create "
                                   "function f() begin atomic select 1; end"),
                               &word));
  CHECK(sql_place_of_ctes(&sql_postgres, STR(" select 1"), &joins) == 1 && !joins);
  CHECK(sql_place_of_ctes(&sql_postgres, STR("--\nwith/*a*/ recursive x"), &joins) == 23 && joins);
  CHECK(sql_unmatched(&sql_postgres, STR("a(b')')) (")) == 7);
  CHECK(sql_unmatched(&sql_postgres, STR("(a(b) -- )")) == 0);
  CHECK(sql_only_place(&sql_postgres, STR("'abs' /* abs */ Abs(absent)"), STR("abs")) == 16);
  CHECK(sql_only_place(&sql_postgres, STR("abs abs"), STR("abs")) == -1);
  static const char *const names[] = {"url", "s3", NULL};
  SqlToken call;
  CHECK(sql_calls(&sql_clickhouse, STR("'url(' -- s3(\n, url, s.`s3`(x), S3 /* */ (y)"), names,
                  false, &call));
  CHECK(call.at == 32 && call.end == 34);
  CHECK(sql_calls(&sql_clickhouse, STR("x, `s3` (y)"), names, false, &call) && call.at == 3);
  CHECK(sql_calls(&sql_clickhouse, STR("from \"Url\"(y)"), names, false, &call) && call.end == 10);
  CHECK(
      sql_calls(&sql_clickhouse, STR("from \xe2\x80\x9curl\xe2\x80\x9d(y)"), names, false, &call));
  CHECK(sql_calls(&sql_clickhouse, STR("from \"u\\x72l\"(y)"), names, false, &call));
  CHECK(!sql_calls(&sql_postgres, STR("x.s3(y)"), names, false, &call));
  CHECK(sql_calls(&sql_postgres, STR("x.s3(y)"), names, true, &call) && call.at == 2);
  CHECK(!sql_calls(&sql_clickhouse, STR("url, s3 x (y), surl(z) from url"), names, false, &call));
  CHECK(sql_copies_files(&sql_postgres, STR("select 1; COPY t (a) to program 'x'"), false, &call) &&
        call.at == 10);
  CHECK(sql_copies_files(&sql_postgres, STR("begin copy t from $$f$$; end"), true, &call));
  CHECK(!sql_copies_files(&sql_postgres, STR("begin copy t from $$f$$; end"), false, &call));
  CHECK(!sql_copies_files(&sql_postgres, STR("copy t to stdout; select 'copy', copy from 'f'"),
                          false, &call));
  CHECK(sql_only_place(&sql_postgres, STR("a NOT  like b"), STR("not like")) == 2);
  size_t len;
  CHECK(sql_column_twice(&sql_postgres, STR("select a, f(a, b), x \"A\" from t"), STR("a"), &len) ==
        19);
  CHECK(len == 5);
  CHECK(sql_column_twice(&sql_postgres, STR("with a as (select id, id) select distinct *, t.id"),
                         STR("id"), &len) == 45);
  CHECK(len == 4);
  CHECK(sql_column_twice(&sql_clickhouse, STR("select * from a"), STR("id"), &len) == 7 &&
        len == 1);
  CHECK(sql_column_twice(&sql_postgres, STR("select b from (select a, a)"), STR("a"), &len) == -1);
  CHECK(sql_column_twice(&sql_postgres, STR("select a, "), STR("a"), &len) == 7);
  CHECK(sql_column_twice(&sql_postgres, STR("((select a, a))"), STR("a"), &len) == -1);
}

static Str replacing(const char *text) {
  Buf out = {.arena = &arena};
  return sql_or_replace_view(&out, &sql_postgres, str_c(text)) ? buf_str(&out) : STR("");
}

static bool makes(const char *text) { return sql_makes_relation(&sql_postgres, str_c(text)); }

static void test_makes_relation(void) {
  CHECK(makes("/* a */ create table b as (select ';');"));
  CHECK(makes("create OR replace recursive view b as select 1"));
  CHECK(makes("create unlogged table b (a int)"));
  CHECK(!makes("create table a as select 1; insert into a select 2"));
  CHECK(!makes("create temporary table a as select 1"));
  CHECK(!makes("create materialized view a as select 1"));
  CHECK(!makes("create index concurrently table on view (a)"));
  CHECK(!makes("create database table"));
  CHECK(!makes("select 'create table a'"));
  CHECK(!makes(""));
}

static void test_views(void) {
  CHECK_STR(replacing("-- create view\ncreate view a as select 1"),
            "-- create view\ncreate or replace view a as select 1");
  CHECK_STR(
      replacing("set x = 'create view';CREATE /*a*/ recursive VIEW a as (select 1); grant b"),
      "set x = 'create view';CREATE or replace /*a*/ recursive VIEW a as (select 1); grant b");
  CHECK_STR(replacing("create or  replace view a as select 1;"),
            "create or  replace view a as select 1;");
  CHECK_STR(replacing("create view a as select 1; create view b as select 1"), "");
  CHECK_STR(replacing("create temp view a as select 1"), "");
  CHECK_STR(replacing("create materialized view a as select 1"), "");
  CHECK_STR(replacing("do $$ create view a as select 1 $$"), "");
  CHECK_STR(replacing("create"), "");
}

static Str limited(const SqlRules *rules, const char *text, bool always) {
  Buf out = {.arena = &arena};
  SqlPiece pieces[2];
  sql_limited(&out, rules, str_c(text), STR("5"), always, pieces);
  return buf_str(&out);
}

static void test_limits(void) {
  const SqlRules *pg = &sql_postgres, *ch = &sql_clickhouse;
  CHECK_STR(limited(pg, "select 1 -- limit", false), "select 1 -- limit\n  limit 5");
  CHECK_STR(limited(pg, "select 1;\n-- x", false), "select 1\n  limit 5");
  CHECK_STR(limited(pg, "select (select 1 limit 1)", false),
            "select (select 1 limit 1)\n  limit 5");
  CHECK_STR(limited(pg, "select 1 limit 2", false),
            "select * from (\nselect 1 limit 2\n) as starc_limited\n  limit 5");
  CHECK_STR(limited(pg, "select a from t for update", false),
            "select * from (\nselect a from t for update\n) as starc_limited\n  limit 5");
  CHECK_STR(limited(pg, "with x as (insert into t values (1) returning a) select a from x", false),
            "with x as (insert into t values (1) returning a) select a from x\n  limit 5");
  CHECK_STR(limited(pg, "with x as (delete from t returning a) select a from x limit 1", false),
            "with x as (delete from t returning a) select a from x limit 1");
  CHECK_STR(limited(pg, "with x as (select 1) insert into t select * from x", false),
            "with x as (select 1) insert into t select * from x");
  CHECK_STR(limited(pg, "show search_path", false), "show search_path");
  CHECK_STR(limited(ch, "-- a\nshow tables", true), "-- a\nshow tables");
  CHECK_STR(limited(ch, "select format('{}', a) from t format JSON settings a = 1;", true),
            "select * from (\nselect format('{}', a) from t  settings a = 1\n) as "
            "starc_limited\n  limit 5");
}

int main(void) {
  test_postgres();
  test_clickhouse();
  test_statements();
  test_places();
  test_makes_relation();
  test_views();
  test_limits();
  arena_free(&arena);
  return check_done();
}
