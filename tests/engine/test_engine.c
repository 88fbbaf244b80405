// Runs one real engine through its whole interface. In: type, driver and key=value of a target.
// Out: "N passed, N failed". tests/engine/run.py starts the servers and calls this for each engine.
#include "runtime/engine/chdb.h"
#include "runtime/engine/engine.h"
#include "tests/unit/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool pg; // the engine is Postgres

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Rows as text: cells joined by '|', rows by newline.
typedef struct Text {
  Buf buf;
  Arena *arena;
  size_t rows, stop_after, columns;
  DbColumn column[32];
} Text;

static bool text_columns(void *data, const DbColumn *columns, size_t n) {
  Text *t = data;
  t->columns = n;
  for (size_t i = 0; i < n && i < 32; i++)
    t->column[i] = columns[i];
  return true;
}

static bool text_row(void *data, const Cell *cells, size_t n) {
  Text *t = data;
  t->rows++;
  if (t->buf.len < 100000) {
    for (size_t i = 0; i < n; i++) {
      buf_add(&t->buf, i ? STR("|") : STR(""));
      buf_add(&t->buf, cells[i].is_null ? STR("NULL") : cells[i].text);
    }
    buf_addc(&t->buf, '\n');
  }
  return !t->stop_after || t->rows < t->stop_after;
}

typedef struct Outcome {
  bool good;
  StmtResult result;
  DbError error;
  Text text;
} Outcome;

static Outcome run(Session *s, Arena *a, Stmt stmt, size_t stop_after) {
  Outcome o = {
      .text = {.buf = {.arena = a}, .arena = a, .stop_after = stop_after}
  };
  RowSink sink = {.data = &o.text, .columns = text_columns, .row = text_row};
  o.good = s->engine->exec(s, a, &stmt, &sink, &o.result, &o.error);
  return o;
}

static Outcome query(Session *s, Arena *a, const char *sql) {
  return run(s, a, (Stmt){.sql = str_c(sql)}, 0);
}

static void expect(Session *s, Arena *a, int line, const char *sql, const char *rows) {
  Outcome o = query(s, a, sql);
  bool same = o.good && str_eq(buf_str(&o.text.buf), str_c(rows));
  CHECK_SAYS(same, "line %d, %s: got %.*s%.*s, not %s", line, sql, STR_ARG(buf_str(&o.text.buf)),
             STR_ARG(o.error.message), rows);
}
#define EXPECT(sql, rows) expect(s, a, __LINE__, sql, rows)

static Outcome expect_error(Session *s, Arena *a, int line, const char *sql, const char *code,
                            ptrdiff_t at) {
  Outcome o = query(s, a, sql);
  bool right = !o.good && str_eq(o.error.code, str_c(code)) && o.error.at == at;
  CHECK_SAYS(right, "line %d, %s: %s %.*s at %td: %.*s", line, sql, o.good ? "good" : "failed",
             STR_ARG(o.error.code), o.error.at, STR_ARG(o.error.message));
  return o;
}
#define EXPECT_ERROR(sql, code, at) expect_error(s, a, __LINE__, sql, code, at)

static void test_rows(Session *s, Arena *a) {
  EXPECT("select 1", "1\n");
  EXPECT("select * from (select 1 as a, 'x' as b union all select 2, 'y') as both_rows order by 1",
         "1|x\n2|y\n");
  EXPECT("select 1 as a where 1 = 0", "");
  EXPECT("select null as a, '' as b, 'NULL' as c", "NULL||NULL\n");
  EXPECT("-- a comment; with a semicolon\nselect 'a;b' /* ; */;  ", "a;b\n");
  EXPECT("select 1; select 2 as b;", "1\n2\n");
  EXPECT("", "");
  EXPECT("  -- nothing\n ; ;", "");
  EXPECT("select 'd\xc3\xa9j\xc3\xa0 \xe2\x82\xac'", "d\xc3\xa9j\xc3\xa0 \xe2\x82\xac\n");
  if (pg) {
    EXPECT("select E'a\\tb\\\\c\\nd', '\\N', true, 1.50::numeric, array[1,2], '2024-02-29'::date",
           "a\tb\\c\nd|\\N|t|1.50|{1,2}|2024-02-29\n");
  } else {
    EXPECT("select 'a\\tb\\\\c\\nd', '\\\\N', true, toDecimal64('1.50', 2), [1,2], "
           "toDate('2024-02-29')",
           "a\tb\\c\nd|\\N|true|1.50|[1,2]|2024-02-29\n");
    EXPECT("select 'it''s', 'q\\'q', $x$a;'b$x$", "it's|q'q|a;'b\n");
  }
}

static void test_columns(Session *s, Arena *a) {
  Outcome o =
      query(s, a,
            pg ? "select 1 as \"a b\", 'x'::varchar(7) as v, 1.5::numeric(9,2) as n, "
                 "array['x'] as l, now() as t where 1 = 0"
               : "select toInt32(1) as \"a b\", toNullable('x') as v, toDecimal64(1.5, 2) as n, "
                 "['x'] as l, toDateTime('2024-01-01 00:00:00', 'UTC') as t where 1 = 0");
  static const char *const names[] = {"a b", "v", "n", "l", "t"};
  static const char *const of_pg[] = {"integer", "character varying(7)", "numeric(9,2)", "text[]",
                                      "timestamp with time zone"};
  static const char *const of_ch[] = {"Int32", "Nullable(String)", "Decimal(18, 2)",
                                      "Array(String)", "DateTime('UTC')"};
  CHECK_SAYS(o.good && o.text.columns == 5 && o.text.rows == 0, "%zu columns, %.*s", o.text.columns,
             STR_ARG(o.error.message));
  for (size_t i = 0; i < 5 && o.text.columns == 5; i++) {
    CHECK_SAYS(str_eq(o.text.column[i].name, str_c(names[i])), "%.*s",
               STR_ARG(o.text.column[i].name));
    CHECK_SAYS(str_eq(o.text.column[i].type, str_c(pg ? of_pg[i] : of_ch[i])), "%.*s",
               STR_ARG(o.text.column[i].type));
  }
}

static void test_errors(Session *s, Arena *a) {
  if (pg) {
    EXPECT_ERROR("selec 1", "42601", 0);
    EXPECT_ERROR("select 1, nope", "42703", 10);
    EXPECT_ERROR("select '\xe2\x82\xac', nope", "42703", 14); // bytes, not characters
    EXPECT_ERROR("select 1; select nope", "42703", 17);
    EXPECT_ERROR("select * from nowhere", "42P01", 14);
    Outcome o = EXPECT_ERROR("select 1/0", "22012", -1);
    CHECK_SAYS(str_find(o.error.message, STR("division by zero"), 0) >= 0, "message");
    o = EXPECT_ERROR("select length(1)", "42883", 7);
    CHECK_SAYS(o.error.hint.len > 10, "no hint");
    o = EXPECT_ERROR("create temp table p (a int primary key); insert into p values (1), (1)",
                     "23505", -1);
    CHECK_SAYS(str_find(o.error.detail, STR("already exists"), 0) >= 0, "%.*s",
               STR_ARG(o.error.detail));
    o = query(s, a, "copy (select 1) to stdout");
    CHECK_SAYS(o.good, "%.*s", STR_ARG(o.error.message));
    o = query(s, a, "create temp table q (a int); copy q from stdin");
    CHECK_SAYS(!o.good, "copy from stdin in exec");
  } else {
    EXPECT_ERROR("selec 1", "62", 6);
    EXPECT_ERROR("select 1;\nselec 1", "62", 16);
    EXPECT_ERROR(" -- c\n selec 1", "62", 13);
    EXPECT_ERROR("select nope", "47", -1);
    EXPECT_ERROR("select * from nowhere", "60", -1);
    EXPECT_ERROR("select throwIf(number = 150000) from numbers(200000)", "395", -1);
    Outcome o = EXPECT_ERROR("insert into nowhere select 1", "60", -1);
    CHECK_SAYS(str_find(o.error.message, STR("DB::Exception"), 0) < 0, "%.*s",
               STR_ARG(o.error.message));
    o = query(s, a, "select 1 format CSV");
    if (strcmp(chdb_face(), "ADBC") == 0) // there it has no effect, and the rows are as without it
      CHECK_SAYS(o.good && str_is(buf_str(&o.text.buf), "1\n"), "own FORMAT by ADBC");
    else
      CHECK_SAYS(!o.good && o.error.hint.len, "own FORMAT");
  }
  Str nul = str_n("select 1\0", 9);
  Outcome o = run(s, a, (Stmt){.sql = nul}, 0);
  CHECK_SAYS(!o.good || !pg, "a NUL byte");
  EXPECT("select 5", "5\n"); // the session is still of use
}

static void test_tables(Session *s, Arena *a) {
  const char *setup[] = {
      "drop table if exists eng_t",
      pg ? "create table eng_t (a int, b text)"
         : "create table eng_t (a Int32, b Nullable(String)) engine MergeTree order by a",
      "insert into eng_t values (1, 'x'), (2, null), (3, 'a;b')"};
  Outcome o;
  for (size_t i = 0; i < 3; i++) {
    o = query(s, a, setup[i]);
    CHECK_SAYS(o.good, "%s: %.*s", setup[i], STR_ARG(o.error.message));
  }
  CHECK_SAYS(o.result.affected == 3, "%lld affected", (long long)o.result.affected);
  if (pg) {
    CHECK_SAYS(str_is(o.result.message, "INSERT 0 3") && str_is(o.result.code, "INSERT"), "%.*s",
               STR_ARG(o.result.message));
  }
  EXPECT("select a, b from eng_t order by a", "1|x\n2|NULL\n3|a;b\n");
  o = query(s, a, pg ? "delete from eng_t where a = 1" : "alter table eng_t delete where a = 1");
  CHECK_SAYS(o.good, "%.*s", STR_ARG(o.error.message));
  EXPECT("select count(*) from eng_t", "2\n"); // at once: mutations wait
}

static void test_stream(Session *s, Arena *a) {
  const char *many =
      pg ? "select i from generate_series(1, 300000) i" : "select number from numbers(300000)";
  Outcome o = query(s, a, many);
  CHECK_SAYS(o.good && o.text.rows == 300000, "%zu rows", o.text.rows);
  o = run(s, a, (Stmt){.sql = str_c(many)}, 5);
  CHECK_SAYS(o.good && o.text.rows == 5, "stopped after %zu rows", o.text.rows);
  double started = now();
  o = run(s, a,
          (Stmt){.sql = pg ? STR("select generate_series(1, 2000000000)")
                           : STR("select number from numbers(20000000000)"),
                 .idempotent = true},
          5);
  CHECK_SAYS(o.good && o.text.rows == 5 && now() - started < 20,
             "a stopped endless one took %.1f s", now() - started);
  EXPECT("select 6", "6\n");
}

// --- insert

typedef struct Feed {
  long left, fail_at;
  bool bad;
} Feed;

static ptrdiff_t feed(void *data, char *to, size_t room) {
  Feed *f = data;
  size_t n = 0;
  if (f->fail_at && f->left < f->fail_at)
    return -1;
  for (; f->left > 0 && room - n > 60; f->left--)
    n += (size_t)snprintf(to + n, room - n,
                          f->bad && f->left == 1 ? "x\ty\n" : "%ld\tt\\t\\n\\\\%ld\n", f->left,
                          f->left);
  return (ptrdiff_t)n;
}

static ptrdiff_t feed_small(void *data, char *to, size_t room) {
  static const char text[] = "1\t\\N\n2\t\\\\N\n3\t\n4\tno end";
  size_t *at = data;
  size_t n = sizeof text - 1 - *at < 3 ? sizeof text - 1 - *at : 3; // pieces end anywhere
  (void)room;
  memcpy(to, text + *at, n);
  *at += n;
  return (ptrdiff_t)n;
}

static void test_insert(Session *s, Arena *a) {
  Str head = pg ? STR("copy eng_t (a, b) from stdin") : STR("insert into eng_t (a, b) format CSV;");
  StmtResult r;
  DbError e;
  query(s, a, "truncate table eng_t");
  size_t at = 0;
  bool good = s->engine->insert(s, a, head, feed_small, &at, &r, &e);
  CHECK_SAYS(good && r.affected == 4, "%.*s, %lld rows", STR_ARG(e.message), (long long)r.affected);
  EXPECT("select a, b from eng_t order by a", "1|NULL\n2|\\N\n3|\n4|no end\n");
  Feed f = {.left = 500000};
  good = s->engine->insert(s, a, head, feed, &f, &r, &e);
  CHECK_SAYS(good && r.affected == 500000, "%.*s, %lld rows", STR_ARG(e.message),
             (long long)r.affected);
  EXPECT("select count(*), max(a) from eng_t", "500004|500000\n");
  EXPECT("select b from eng_t where a = 77777", "t\t\n\\77777\n");
  f = (Feed){.left = 3, .bad = true};
  good = s->engine->insert(s, a, head, feed, &f, &r, &e);
  CHECK_SAYS(!good && e.message.len, "bad data went in");
  f = (Feed){.left = 300000, .fail_at = 100000};
  good = s->engine->insert(s, a, head, feed, &f, &r, &e);
  CHECK_SAYS(!good, "a failing reader");
  f = (Feed){.left = 3};
  good = s->engine->insert(s, a, STR("insert into nowhere (a) "), feed, &f, &r, &e);
  CHECK_SAYS(!good && e.code.len, "insert into nothing: %.*s", STR_ARG(e.message));
  EXPECT("select 7", "7\n");
}

// --- cancel, timeouts, several sessions

typedef struct Later {
  Session *s;
  double after;
  atomic_bool done;
} Later;

// Asked before a statement begins, it stops none: so once more, much later.
static void *cancel_later(void *data) {
  Later *l = data;
  usleep((useconds_t)(l->after * 1e6));
  l->s->engine->cancel(l->s);
  for (double until = now() + 10; !l->done && now() < until;)
    usleep(20000);
  if (!l->done)
    l->s->engine->cancel(l->s);
  return NULL;
}

static void test_cancel(Session *s, Arena *a) {
  const char *endless[] = {
      pg ? "select pg_sleep(60)"
         : "select count() from numbers(1000000000000) where sipHash64(number) = 1",
      pg ? "select generate_series(1, 2000000000)" : "select number from numbers(2000000000000)",
      pg ? "insert into eng_t select generate_series(1, 2000000000)"
         : "insert into function null('a UInt64') select number from numbers(1000000000000) where "
           "sipHash64(number) > 1"};
  int missed = 0;
  for (size_t i = 0; i < 6; i++) {
    Later l = {.s = s, .after = i < 3 ? 0.4 : 0};
    pthread_t thread;
    double started = now();
    pthread_create(&thread, NULL, cancel_later, &l);
    Outcome o = query(s, a, endless[i % 3]);
    l.done = true;
    pthread_join(thread, NULL);
    bool quick = now() - started < 10;
    if (i < 3)
      CHECK_SAYS(!o.good && quick, "%s: %.1f s, %.*s", endless[i % 3], now() - started,
                 STR_ARG(o.error.message));
    else
      missed += o.good || !quick;
    EXPECT("select 8", "8\n");
  }
  CHECK_SAYS(missed < 3, "no early cancel stopped a statement");
  s->engine->cancel(s); // nothing runs
  EXPECT("select 9", "9\n");
}

static void test_timeout(Session *s, Arena *a) {
  double started = now();
  Outcome o = run(
      s, a,
      (Stmt){.sql =
                 pg ? STR("select pg_sleep(60)")
                    : STR("select count() from numbers(1000000000000) where sipHash64(number) = 1"),
             .timeout = 0.7},
      0);
  CHECK_SAYS(!o.good && now() - started < 15, "%.1f s", now() - started);
  EXPECT("select 10", "10\n");
}

typedef struct Worker {
  const Target *target;
  const Engine *engine;
  int number, done;
} Worker;

static void *work(void *data) {
  Worker *w = data;
  Arena arena = {0};
  DbError e;
  Session *s = w->engine->open(w->target, NULL, &arena, &e);
  for (int i = 0; s && i < 30; i++) {
    Str sql = str_fmt(&arena, "select %d", w->number * 1000 + i);
    Outcome o = run(s, &arena, (Stmt){.sql = sql}, 0);
    w->done +=
        o.good && str_eq(buf_str(&o.text.buf), str_fmt(&arena, "%d\n", w->number * 1000 + i));
  }
  if (s)
    w->engine->close(s);
  arena_free(&arena);
  return NULL;
}

static void test_parallel(const Engine *engine, const Target *t) {
  Worker w[8];
  pthread_t threads[8];
  for (int i = 0; i < 8; i++) {
    w[i] = (Worker){t, engine, i, 0};
    pthread_create(&threads[i], NULL, work, &w[i]);
  }
  for (int i = 0; i < 8; i++) {
    pthread_join(threads[i], NULL);
    CHECK_SAYS(w[i].done == 30, "session %d: %d of 30", i, w[i].done);
  }
}

static void test_transactions(Session *s, Arena *a) {
  if (!s->engine->in_transaction)
    return;
  CHECK_SAYS(!s->engine->in_transaction(s), "at first");
  query(s, a, "begin");
  CHECK_SAYS(s->engine->in_transaction(s), "after begin");
  query(s, a, "truncate table eng_t");
  query(s, a, "select nope");
  CHECK_SAYS(s->engine->in_transaction(s), "a failed one is still open");
  query(s, a, "rollback");
  CHECK_SAYS(!s->engine->in_transaction(s), "after rollback");
  EXPECT("select count(*) > 0 from eng_t", "t\n");
}

static void test_version(Session *s, Arena *a) {
  Str text;
  int64_t number = 0;
  DbError e;
  CHECK_SAYS(s->engine->version(s, a, &text, &number, &e) && number >= 150000 && text.len > 3,
             "%lld", (long long)number);
  double started = now();
  for (int i = 0; i < 200; i++)
    query(s, a, "select 1");
  printf("version %.*s (%lld), %.2f ms a statement\n", STR_ARG(text), (long long)number,
         (now() - started) * 5);
}

static void test_same_target_twice(const Engine *engine, const Target *t, Arena *a) {
  DbError e;
  for (int i = 0; i < 3; i++) { // the last session closes, and the target opens again
    Session *s = engine->open(t, NULL, a, &e);
    CHECK_SAYS(s != NULL, "%.*s", STR_ARG(e.message));
    if (!s)
      return;
    EXPECT("select 3", "3\n");
    engine->close(s);
  }
}

static Target make_target(Arena *a, int argc, char **argv) {
  Target t = {.name = STR("t"), .type = str_c(argv[1]), .driver = str_c(argv[2]), .threads = 1};
  t.keys = val_dict(a);
  for (int i = 3; i < argc; i++) {
    Str value = str_c(argv[i]), key;
    str_cut(&value, '=', &key);
    if (str_is(key, "password"))
      t.password = secret_make(value);
    else if (str_is(key, "schema"))
      t.schema = value;
    else if (str_is(key, "database"))
      t.database = value;
    else
      dict_sets(a, t.keys.dict, key,
                str_is(key, "port") ? val_int(strtol(value.ptr, NULL, 10)) : val_str(value));
  }
  return t;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    printf("usage: test_engine TYPE DRIVER key=value...\n");
    return 2;
  }
  Arena arena = {0}, *a = &arena;
  DbError e = {0};
  Target t = make_target(a, argc, argv);
  const Engine *engine = engine_for(&t, a, &e);
  Session *s = engine ? engine->open(&t, NULL, a, &e) : NULL;
  if (!s) {
    printf("%.*s\nhint: %.*s\n0 passed, 1 failed\n", STR_ARG(e.message), STR_ARG(e.hint));
    return 1;
  }
  pg = str_is(t.type, "postgres");
  test_rows(s, a);
  test_columns(s, a);
  test_errors(s, a);
  test_tables(s, a);
  test_stream(s, a);
  test_insert(s, a);
  test_transactions(s, a);
  test_cancel(s, a);
  test_timeout(s, a);
  test_parallel(engine, &t);
  test_version(s, a);
  query(s, a, "drop table if exists eng_t");
  engine->close(s);
  test_same_target_twice(engine, &t, a);
  arena_free(a);
  return check_done();
}
