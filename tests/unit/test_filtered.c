// Relations read in part, wherever they stand in a text: --empty, --sample, a microbatch's span.
#include "../../compiler/context/filtered.h"
#include "check.h"

static Arena arena;
static const Dialect *db;

// `text` with each @ as the relation s.x printed with a filter, settled.
static Str settled(const char *text, const char *filter, SourceMap *map) {
  Buf out = {.arena = &arena}, name = {.arena = &arena};
  db->relation(&name, &(Relation){.schema = STR("s"),
                                  .identifier = STR("x"),
                                  .quote_schema = true,
                                  .quote_identifier = true});
  for (; *text; text++)
    if (*text == '@')
      filtered_print(&out, db, buf_str(&name), str_c(filter), STR("x"), true);
    else
      buf_addc(&out, *text);
  return filtered_settle(&arena, db, buf_str(&out), map);
}
#define IS(text, want) CHECK_STR(settled(text, " where f", NULL), want)
#define PG "(select * from \"s\".\"x\" where f)"
#define CH "(select * from `s`.`x` where f)"

static void test_postgres(void) {
  db = dialect_find(STR("postgres"));
  IS("select * from @", "select * from " PG " _dbt_limit_subq_x");
  IS("select * from @ as a join @ b on true", "select * from " PG " as a join " PG " b on true");
  IS("from @ \"A\", @ where 1 = 1", "from " PG " \"A\", " PG " _dbt_limit_subq_x where 1 = 1");
  IS("from @ /* a */ -- b\n AS a (i, j) where", "from " PG " /* a */ -- b\n AS a (i, j) where");
  IS("select x.id from @ left join y on true", "select x.id from " PG " \"x\" left join y on true");
  IS("select count(X) from @", "select count(X) from " PG " \"x\"");
  IS("select @.id from @ where @.id > 1", "select \"x\".id from " PG " \"x\" where \"x\".id > 1");
  IS("from @ t tablesample bernoulli (10) repeatable (1) where",
     "from (select * from \"s\".\"x\" tablesample bernoulli (10) repeatable (1) where f) t  where");
  IS("insert into @ select * from @ t", "insert into \"s\".\"x\" select * from " PG " t");
  IS("delete from @ using @ u; select * from @",
     "delete from \"s\".\"x\" using " PG " u; select * from " PG " _dbt_limit_subq_x");
  IS("-- @\nselect '@' /* @ */", "-- \"s\".\"x\"\nselect '\"s\".\"x\"' /* \"s\".\"x\" */");
  IS("from (@ a cross join lateral (select * from @ b where b.i = a.i) c)",
     "from (" PG " a cross join lateral (select * from " PG " b where b.i = a.i) c)");
  IS("do $$begin insert into t select * from @ a; end$$",
     "do $$begin insert into t select * from " PG " a; end$$");
  IS("with x as (select * from @) select * from x order by 1",
     "with x as (select * from " PG " \"x\") select * from x order by 1");
  IS("select f(1, @), g from a, b", "select f(1, \"s\".\"x\"), g from a, b");
  CHECK_STR(settled("execute 'select * from @ a'", " where t < '1'", NULL),
            "execute 'select * from (select * from \"s\".\"x\" where t < ''1'') a'");
  CHECK_STR(settled("select (select * from t) _dbt_x", "", NULL),
            "select (select * from t) _dbt_x");
}

static void test_clickhouse(void) {
  db = dialect_find(STR("clickhouse"));
  IS("select * from @", "select * from " CH);
  IS("select * from @ final where a",
     "select * from (select * from `s`.`x` final where f)  where a");
  IS("from @ as a final sample 1/10 offset 1/2 array join b",
     "from (select * from `s`.`x` final sample 1/10 offset 1/2 where f) as a  array join b");
  IS("from @ any left join @ using (id) settings a = 1",
     "from " CH " `x` any left join " CH " `x` using (id) settings a = 1");
  IS("select x.id from @ array join y", "select x.id from " CH " `x` array join y");
  IS("where a global in @ and dictGet(@, 'b', 1)",
     "where a global in " CH " and dictGet(`s`.`x`, 'b', 1)");
  IS("show create table @; select * from @ limit 1",
     "show create table `s`.`x`; select * from " CH " limit 1");
}

// What stands around a relation keeps its place; the relation's own is the expression's.
static void test_map(void) {
  db = dialect_find(STR("postgres"));
  Source src = {.path = STR("m.sql"), .text = STR("from {{ r }} as a, b")};
  Str text = settled("from @ as a, b", " where f", NULL);
  Buf printed = {.arena = &arena};
  filtered_print(&printed, db, STR("\"s\".\"x\""), STR(" where f"), STR("x"), true);
  SourceMap map = {.arena = &arena};
  uint32_t len = (uint32_t)printed.len;
  source_map_add(&map, (SourceSpan){0, 5, &src, 0, 5, true, false, NULL, NULL});
  source_map_add(&map, (SourceSpan){5, len, &src, 8, 1, false, false, NULL, NULL});
  source_map_add(&map, (SourceSpan){5 + len, 8, &src, 12, 8, true, false, NULL, NULL});
  CHECK_STR(settled("from @ as a, b", " where f", &map), "from " PG " as a, b");
  const SourceSpan *b = source_map_find(&map, text.len - 1), *r = source_map_find(&map, 8);
  CHECK(b && b->literal && b->at + (text.len - 1 - b->out) == 19);
  CHECK(r && !r->literal && r->at == 8 && r->at_len == 1);
}

int main(void) {
  test_postgres();
  test_clickhouse();
  test_map();
  arena_free(&arena);
  return check_done();
}
