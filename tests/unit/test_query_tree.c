// ClickHouse's query tree: the text as nodes, and what columns are made of. The texts are short
// answers of 26.5, changed where a hostile one is meant.
#include "../../compiler/base/buf.h"
#include "../../compiler/dialect/clickhouse/lineage.h"
#include "check.h"

static Arena arena;

static QueryTree tree_of(const char *text) {
  QueryTree t;
  const char *wrong = query_tree_read(&arena, str_c(text), &t);
  CHECK_SAYS(!wrong, "%s", wrong ? wrong : "");
  return t;
}

static const char joined[] =
    "QUERY id: 0\n"
    "  PROJECTION COLUMNS\n"
    "    a, result_type: Int8 Int64\n"
    "    two\n"
    "lines Enum8('x) = 1' = 1)\n"
    "  PROJECTION\n"
    "    LIST id: 1, nodes: 2\n"
    "      COLUMN id: 2, column_name: a, result_type: Int8, source_id: 9, result_type: Int64, "
    "source_id: 3\n"
    "      FUNCTION id: 4, function_name: f, function_type: ordinary, "
    "result_type: Enum8('x) = 1' = 1)\n"
    "        ARGUMENTS\n"
    "          LIST id: 5, nodes: 2\n"
    "            CONSTANT id: 6, constant_value: 'it\\'s, constant_value_type: ', "
    "constant_value_type: String\n"
    "            COLUMN id: 7, alias: v, column_name: two\n"
    "lines, result_type: Int8, source_id: 3\n"
    "  JOIN TREE\n"
    "    TABLE id: 3, alias: __table1, table_name: d.t, final: 1\n"
    "  ORDER BY\n"
    "    LIST id: 8, nodes: 1\n"
    "      SORT id: 9, sort_direction: ASCENDING, with_fill: 0\n"
    "        EXPRESSION ID\n"
    "          COLUMN id: 2, column_name: b, result_type: Int64, source_id: 99\n"
    "  SETTINGS max_threads=1\n";

static void test_nodes(void) {
  QueryTree t = tree_of(joined);
  const TreeNode *names = tree_child(&t, t.nodes, TREE_PROJECTION_COLUMNS);
  const TreeNode *list = tree_list(&t, t.nodes, TREE_PROJECTION);
  CHECK(tree_count(&t, names) == 2 && tree_count(&t, list) == 2);
  const TreeNode *line = tree_first(&t, names), *item = tree_first(&t, list);
  CHECK_STR(tree_type(item), "Int64");
  CHECK_STR(tree_name(line, tree_type(item)), "a, result_type: Int8");
  CHECK_STR(tree_name(line, (Str){0}), "a, result_type: Int8");
  line = tree_next(&t, line);
  CHECK_STR(tree_name(line, (Str){0}), "two\nlines");
  CHECK_STR(tree_name(line, tree_type(tree_next(&t, item))), "two\nlines");
  CHECK(!tree_next(&t, line) && line->nth == 1);
}

static void test_fields(void) {
  QueryTree t = tree_of(joined);
  const TreeNode *list = tree_list(&t, t.nodes, TREE_PROJECTION);
  const TreeNode *column = tree_first(&t, list), *function = tree_next(&t, column);
  CHECK_STR(tree_field(column, "column_name"), "a, result_type: Int8, source_id: 9");
  CHECK_STR(tree_field(column, "alias"), "");
  CHECK(tree_source(&t, column) == tree_by_id(&t, 3));
  CHECK_STR(tree_field(tree_source(&t, column), "table_name"), "d.t");
  CHECK_STR(tree_field(function, "function_name"), "f");
  const TreeNode *constant = tree_first(&t, tree_list(&t, function, TREE_ARGUMENTS)),
                 *two = tree_next(&t, constant);
  Str text;
  CHECK(tree_constant_text(&arena, constant, &text));
  CHECK_STR(text, "it's, constant_value_type: ");
  CHECK_STR(tree_field(two, "column_name"), "two\nlines");
  CHECK_STR(tree_field(two, "alias"), "v");
  const TreeNode *sort = tree_first(&t, tree_list(&t, t.nodes, TREE_ORDER_BY));
  const TreeNode *sorted = tree_first(&t, tree_first(&t, sort));
  CHECK(sorted && sorted->word == TREE_COLUMN && !tree_source(&t, sorted));
  CHECK(tree_by_id(&t, 2) == column && !tree_by_id(&t, 4000000000U));
  CHECK(tree_child(&t, t.nodes, TREE_SETTINGS) && !tree_parent(&t, t.nodes));
}

static void test_names(void) {
  static const char *const lines[][3] = {
      {"max(y) Date Int64",                    "",      "max(y) Date"   },
      {"z.k Array(Tuple(a Int8, `b )` Int8))", "",      "z.k"           },
      {"f('a b(', 'c') Enum8('(' = 1)",        "",      "f('a b(', 'c')"},
      {"a Int8",                               "Int16", "a"             },
      {"Int8",                                 "Int8",  "Int8"          },
      {" Int8",                                "Int8",  ""              },
      {"))))",                                 "",      "))))"          },
      {"a DateTime('UTC')",                    "",      "a"             },
  };
  for (size_t i = 0; i < COUNT(lines); i++) {
    TreeNode line = {.text = str_c(lines[i][0])};
    CHECK_STR(tree_name(&line, str_c(lines[i][1])), lines[i][2]);
  }
}

static const char *const marks[] = {"=", "+", "#", "?", "o", "&", "!", "g", "^"};

static void add_inputs(Buf *b, const LineageInput *inputs, size_t n) {
  for (size_t i = 0; i < n; i++)
    buf_addf(b, " %s%.*s%s%.*s.%.*s", marks[inputs[i].step], STR_ARG(inputs[i].schema),
             inputs[i].schema.len ? "." : "", STR_ARG(inputs[i].relation),
             STR_ARG(inputs[i].column));
}

static void add_lineage(Buf *b, const QueryLineage *l) {
  for (size_t i = 0; i < l->ncolumns; i++) {
    buf_addf(b, "%.*s:", STR_ARG(l->columns[i].name));
    add_inputs(b, l->columns[i].inputs, l->columns[i].n);
    buf_addf(b, "%s%.*s;", l->columns[i].unknown.len ? " unknown: " : "",
             STR_ARG(l->columns[i].unknown));
  }
  buf_adds(b, "rows:");
  add_inputs(b, l->rows, l->nrows);
  buf_addf(b, "%s%.*s", l->unknown.len ? " unknown: " : "", STR_ARG(l->unknown));
}

static Str lineage_of(const char *text, const char *stop) {
  QueryLineage l = clickhouse_lineage.read(&arena, str_c(text), str_c(stop));
  Buf b = {.arena = &arena};
  add_lineage(&b, &l);
  for (size_t i = 0; i < l.nctes; i++) {
    buf_addf(&b, "\n%.*s ", STR_ARG(l.ctes[i].name));
    add_lineage(&b, &l.ctes[i].lineage);
  }
  return buf_str(&b);
}

static void test_simple(void) {
  CHECK_STR(lineage_of(joined, ""), "a, result_type: Int8: =d.t.a, result_type: Int8, source_id: 9;"
                                    "two\nlines: +d.t.two\nlines;"
                                    "rows: unknown: where b is from is not said");
  CHECK_STR(lineage_of("QUERY id: 0\n", ""), "rows:");
}

#define CTE(indent, id, name, columns, table)                                                      \
  indent "QUERY id: " id ", is_subquery: 1, is_cte: 1, cte_name: " name "\n" indent                \
         "  PROJECTION COLUMNS\n" indent "    x Int8\n" indent "  PROJECTION\n" indent             \
         "    LIST id: " id "1, nodes: 1\n" indent "      " columns "\n" indent                    \
         "  JOIN TREE\n" table

// with e_b as (select x + 1 as x from e_a where y), e_a as (select t.x from t)
// select b.x from e_b as b cross join e_a as a
static const char ctes[] = "QUERY id: 0\n"
                           "  PROJECTION COLUMNS\n"
                           "    x Int8\n"
                           "  PROJECTION\n"
                           "    LIST id: 1, nodes: 1\n"
                           "      COLUMN id: 2, column_name: x, result_type: Int8, source_id: 3\n"
                           "  JOIN TREE\n"
                           "    CROSS JOIN id: 4\n"
                           "      TABLE EXPRESSION\n" //
    CTE("        ", "3", "e_b", "COLUMN id: 5, column_name: x, result_type: Int8, source_id: 6",
        CTE("            ", "6", "e_a",
            "COLUMN id: 7, column_name: x, result_type: Int8, source_id: 8",
            "                TABLE id: 8, table_name: d.t\n")) //
    "          WHERE\n"
    "            COLUMN id: 9, column_name: x, result_type: Int8, source_id: 6\n"
    "      TABLE EXPRESSION\n" //
    CTE("        ", "12", "e_a", "COLUMN id: 13, column_name: x, result_type: Int8, source_id: 14",
        "            TABLE id: 14, table_name: d.t\n");

static void test_ctes(void) {
  CHECK_STR(lineage_of(ctes, ""), "x: =d.t.x;rows: &d.t. !d.t.x");
  CHECK_STR(lineage_of(ctes, "e_"), "x: =e_b.x;rows: &e_a. &e_b.\n"
                                    "e_b x: =e_a.x;rows: !e_a.x\n"
                                    "e_a x: =d.t.x;rows:");
}

// Queries whose columns are each other's.
static void test_circles(void) {
  static const char text[] =
      "UNION id: 0, cte_name: r, union_mode: UNION_ALL\n"
      "  QUERIES\n"
      "    LIST id: 1, nodes: 2\n"
      "      QUERY id: 2\n"
      "        PROJECTION COLUMNS\n"
      "          a Int8\n"
      "          b Int8\n"
      "        PROJECTION\n"
      "          LIST id: 3, nodes: 2\n"
      "            COLUMN id: 4, column_name: b, result_type: Int8, source_id: 2\n"
      "            COLUMN id: 5, column_name: a, result_type: Int8, source_id: 6\n"
      "        JOIN TREE\n"
      "          TABLE id: 6, table_name: tmp.r, temporary_table_name: r\n"
      "      QUERY id: 7\n"
      "        PROJECTION COLUMNS\n"
      "          a Int8\n"
      "        PROJECTION\n"
      "          LIST id: 8, nodes: 9\n"
      "            COLUMN id: 9, column_name: c, result_type: Int8, source_id: 10\n"
      "            COLUMN id: 9, column_name: c, result_type: Int8, source_id: 9\n"
      "        JOIN TREE\n"
      "          TABLE id: 10, table_name: d.t\n";
  CHECK_STR(lineage_of(text, ""), "a: =d.t.c;b: =d.t.c;rows:");
  CHECK_STR(lineage_of(text, "r"), "a: =r.a;b: =r.b;rows:\nr a: =d.t.c;b: =d.t.c;rows:");
}

// No text is trusted: each piece of one, each byte changed.
static void test_broken(void) {
  static const char *const texts[] = {joined, ctes};
  for (size_t k = 0; k < COUNT(texts); k++)
    for (size_t i = 0; texts[k][i]; i++) {
      char *copy = str_cstr(&arena, str_n(texts[k], i));
      lineage_of(copy, "e_");
      copy = str_cstr(&arena, str_c(texts[k]));
      copy[i] = copy[i] == ' ' ? '\n' : ' ';
      lineage_of(copy, "e_");
    }
  CHECK_STR(lineage_of("", ""), "rows: unknown: the answer is not the tree of a query");
  CHECK_STR(lineage_of("  QUERY id: 0\n PROJECTION\n", ""),
            "rows: unknown: the answer is not the tree of a query");
  CHECK_STR(lineage_of("x\n", ""), "rows: unknown: the answer is not the tree of a query");
  CHECK_STR(lineage_of("LIST id: 1\n", ""), "rows: unknown: the answer is not the tree of a query");
}

// f(f(f(..(a)..))), a thousand levels.
static void test_deep(void) {
  Buf b = {.arena = &arena};
  int levels = 1000, indent = 6;
  buf_adds(&b, "QUERY id: 0\n  PROJECTION COLUMNS\n    a Int8\n  PROJECTION\n    LIST id: 1\n");
  for (int i = 0; i < levels; i++, indent += 6) {
    buf_addf(&b, "%*sFUNCTION id: 5, function_name: f, function_type: ordinary\n", indent, "");
    buf_addf(&b, "%*sARGUMENTS\n%*sLIST id: 6\n", indent + 2, "", indent + 4, "");
  }
  buf_addf(&b, "%*sCOLUMN id: 7, column_name: a, result_type: Int8, source_id: 8\n", indent, "");
  buf_adds(&b, "  JOIN TREE\n    TABLE id: 8, table_name: d.t\n");
  CHECK_STR(lineage_of(buf_cstr(&b), ""), "a: +d.t.a;rows:");
}

// Many outputs of many inputs: said to be too many, not looked at one by one.
static void test_many(void) {
  Buf b = {.arena = &arena};
  enum { MANY = 9000 };
  buf_adds(&b, "QUERY id: 0\n  PROJECTION COLUMNS\n");
  for (int i = 0; i < MANY; i++)
    buf_addf(&b, "    c%d Int8\n", i);
  buf_adds(&b, "  PROJECTION\n    LIST id: 1\n");
  for (int i = 0; i < MANY; i++)
    buf_adds(&b, "      COLUMN id: 2, column_name: z, result_type: Int8, source_id: 5000\n");
  buf_adds(&b, "  JOIN TREE\n    QUERY id: 5000\n      PROJECTION COLUMNS\n        z Int8\n"
               "      PROJECTION\n        LIST id: 6\n          FUNCTION id: 7\n"
               "            ARGUMENTS\n              LIST id: 8\n");
  for (int i = 0; i < MANY; i++)
    buf_addf(&b, "                COLUMN id: 9, column_name: c%d, source_id: 10000\n", i);
  buf_adds(&b, "      JOIN TREE\n        TABLE id: 10000, table_name: d.t\n");
  QueryLineage l = clickhouse_lineage.read(&arena, buf_str(&b), (Str){0});
  CHECK(l.ncolumns == MANY && l.columns[0].n == MANY && !l.columns[0].unknown.len);
  CHECK_STR(l.columns[MANY - 1].unknown,
            "the query has too many columns that depend on each other");
}

// Many nodes below one long line, and a name of many parts: each is looked at a few times only.
static void test_long(void) {
  Buf b = {.arena = &arena};
  enum { LONG = 200000, MANY = 4000 };
  buf_adds(&b, "UNION id: 0, alias: ");
  for (int i = 0; i < LONG; i++)
    buf_adds(&b, ", ");
  buf_adds(&b, ", cte_name: r, union_mode: UNION_DISTINCT\n  QUERIES\n    LIST id: 1\n");
  buf_adds(&b,
           "      QUERY id: 2\n        PROJECTION COLUMNS\n          a Int8\n        PROJECTION\n"
           "          LIST id: 3\n            COLUMN id: 4, column_name: b");
  for (int i = 0; i < LONG; i++)
    buf_adds(&b, ".b");
  buf_adds(&b, ", result_type: Int8, source_id: 2\n");
  for (int i = 0; i < MANY; i++)
    buf_adds(&b, "      QUERY id: 5\n        JOIN TREE\n"
                 "          TABLE id: 6, table_name: t.r, temporary_table_name: r\n");
  QueryLineage l = clickhouse_lineage.read(&arena, buf_str(&b), (Str){0});
  CHECK(l.ncolumns == 1 && str_starts(l.columns[0].unknown, STR("where b.b.b")));
}

// --- what need not be asked again

#define ONE_TABLE(id) "TABLE id: " #id ", alias: __table1, table_name: d.t" #id "\n"

// A query of two tables that are joined on columns of these types, by that line and function.
static Str joined_on(const char *join, const char *function, const char *left, const char *right) {
  Buf b = {.arena = &arena};
  buf_adds(&b,
           "QUERY id: 0\n  PROJECTION COLUMNS\n    a Int8\n  PROJECTION\n    LIST id: 1, nodes: 1\n"
           "      COLUMN id: 2, column_name: a, result_type: Int8, source_id: 3\n  JOIN TREE\n");
  buf_addf(&b, "    JOIN id: 4, %s\n", join);
  buf_adds(&b,
           "      LEFT TABLE EXPRESSION\n        " ONE_TABLE(
               3) "      RIGHT TABLE EXPRESSION\n        " ONE_TABLE(5) "      JOIN EXPRESSION\n");
  buf_addf(
      &b,
      "        FUNCTION id: 6, function_name: %s, function_type: ordinary, result_type: UInt8\n"
      "          ARGUMENTS\n            LIST id: 7, nodes: 2\n"
      "              COLUMN id: 8, column_name: a, result_type: %s, source_id: 5\n"
      "              COLUMN id: 9, column_name: a, result_type: %s, source_id: 3\n",
      function, left, right);
  return buf_str(&b);
}

static bool may_refuse(Str answer) { return clickhouse_resolved(&arena, answer).plan_may_refuse; }

static void test_plans_of_joins(void) {
  const char *left = "strictness: ALL, kind: LEFT";
  CHECK(!may_refuse(joined_on(left, "equals", "Int8", "Int8")));
  CHECK(
      !may_refuse(joined_on(left, "equals", "Nullable(Decimal(9, 2))", "Nullable(Decimal(9, 2))")));
  CHECK(may_refuse(joined_on(left, "equals", "Int8", "String")));
  CHECK(may_refuse(joined_on(left, "equals", "Map(Int8, Int8)", "Map(Int8, Int8)")));
  CHECK(may_refuse(joined_on(left, "less", "Int8", "Int8")));
  CHECK(may_refuse(joined_on("strictness: ASOF, kind: LEFT", "equals", "Int8", "Int8")));
  CHECK(may_refuse(
      joined_on("strictness: ALL, kind: LEFT, locality: GLOBAL", "equals", "Int8", "Int8")));
}

// What a query has beside a column, and whether a plan may refuse that.
static void test_plans(void) {
  static const struct {
    const char *more;
    bool may;
  } cases[] = {
      {"  JOIN TREE\n    " ONE_TABLE(3),                                                       false},
      {"  JOIN TREE\n    TABLE id: 3, table_name: d.t, final: 1\n",                            true },
      {"  JOIN TREE\n    TABLE_FUNCTION id: 3, alias: x, table_function_name: numbers\n",      true },
      {"  JOIN TREE\n    CROSS_JOIN id: 3\n",                                                  true },
      {"  WHERE\n    FUNCTION id: 4, function_name: in, function_type: ordinary, result_type: "
       "UInt8\n",                                                                       true },
      {"  WHERE\n    FUNCTION id: 4, function_name: globalNotIn, function_type: ordinary\n",   true },
      {"  WHERE\n    FUNCTION id: 4, function_name: min, function_type: aggregate\n",          false},
      {"  WHERE\n    FUNCTION id: 4, function_name: min, function_type: window\n",             true },
      {"  ORDER BY\n    LIST id: 4, nodes: 1\n      SORT id: 5, sort_direction: ASCENDING, "
       "with_fill: 0\n",                                                                false},
      {"  ORDER BY\n    LIST id: 4, nodes: 1\n      SORT id: 5, sort_direction: ASCENDING, "
       "with_fill: 1\n",                                                                true },
      {"  ORDER BY\n    LIST id: 4, nodes: 1\n      SORT id: 5, collator: de, with_fill: 0\n",
       true                                                                                         },
      {"  LIMIT\n    CONSTANT id: 4, constant_value: UInt64_1, constant_value_type: UInt64\n",
       false                                                                                        },
      {"  LIMIT BY\n    LIST id: 4, nodes: 0\n",                                               true },
      {"  QUALIFY\n    LIST id: 4, nodes: 0\n",                                                true },
      {"  SETTINGS join_use_nulls=1\n",                                                        true },
      {"  SOMETHING NEW\n    LIST id: 4, nodes: 0\n",                                          true },
      {"  JOIN TREE\n    QUERY id: 3, alias: q, is_subquery: 1\n      PROJECTION\n        LIST id: "
       "4, nodes: 1\n"
       "          CONSTANT id: 5, constant_value: 'x', constant_value_type: String\n",  true },
      {"  JOIN TREE\n    QUERY id: 3, is_group_by_all: 1\n",                                   true },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    Str answer =
        str_fmt(&arena,
                "QUERY id: 0, is_distinct: 1\n  PROJECTION COLUMNS\n    a Int8\n  PROJECTION\n"
                "    LIST id: 1, nodes: 1\n      COLUMN id: 2, column_name: a, result_type: Int8, "
                "source_id: 3\n%s",
                cases[i].more);
    CHECK_SAYS(may_refuse(answer) == cases[i].may, "%s", cases[i].more);
  }
  CHECK(may_refuse(STR("UNION id: 0, union_mode: UNION_ALL\n")) && may_refuse(STR("")));
}

// "a Int8, b String"; empty: a table is made of the query.
static Str columns_of(const char *names, const char *types) {
  Buf b = {.arena = &arena}, out = {.arena = &arena};
  buf_addf(&b, "QUERY id: 0\n  PROJECTION COLUMNS\n%s  PROJECTION\n    LIST id: 1\n%s", names,
           types);
  ResolvedQuery q = clickhouse_resolved(&arena, buf_str(&b));
  for (size_t i = 0; i < q.ncolumns; i++)
    buf_addf(&out, "%s%.*s %.*s", i ? ", " : "", STR_ARG(q.columns[i].name),
             STR_ARG(q.columns[i].type));
  return buf_str(&out);
}

static void test_columns(void) {
#define COLUMN_OF(type) "      COLUMN id: 2, column_name: x, result_type: " type ", source_id: 3\n"
  CHECK_STR(columns_of("    a b Array(Array(String))\n    c Nullable(Decimal(9, 2))\n",
                       COLUMN_OF("Array(Array(String))") COLUMN_OF("Nullable(Decimal(9, 2))")),
            "a b Array(Array(String)), c Nullable(Decimal(9, 2))");
  CHECK_STR(columns_of("    a Int8\n    a Int8\n", COLUMN_OF("Int8") COLUMN_OF("Int8")), "");
  CHECK_STR(columns_of("    n.a Int8\n", COLUMN_OF("Int8")), "");
  CHECK_STR(columns_of("    a Int8\n", COLUMN_OF("Int16")), "");
  CHECK_STR(columns_of("    a Int8\n", COLUMN_OF("Int8") COLUMN_OF("Int8")), "");
  CHECK_STR(columns_of("    a Nullable(Nothing)\n", COLUMN_OF("Nullable(Nothing)")), "");
  CHECK_STR(columns_of("    a LowCardinality(UInt8)\n", COLUMN_OF("LowCardinality(UInt8)")), "");
  CHECK_STR(columns_of("    a Tuple(x Int8)\n", COLUMN_OF("Tuple(x Int8)")), "");
}

int main(void) {
  test_plans_of_joins();
  test_plans();
  test_columns();
  test_nodes();
  test_fields();
  test_names();
  test_simple();
  test_ctes();
  test_circles();
  test_broken();
  test_deep();
  test_many();
  test_long();
  arena_free(&arena);
  return check_done();
}
