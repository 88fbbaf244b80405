// dialect/postgres/rule and its lineage: how the text of a resolved query is read, the forms of
// Postgres 12 to 18, and texts that no server sends. What the server makes of queries is in
// tests/e2e/test_lineage_postgres.py.
#include "check.h"
#include "compiler/base/buf.h"
#include "compiler/dialect/dialect.h"
#include "compiler/dialect/lineage.h"
#include "compiler/dialect/postgres/rule.h"

static Arena arena;

static RuleValue value_of(const char *text) {
  RuleValue v;
  size_t at = 0;
  const char *why;
  CHECK_SAYS(rule_read(&arena, str_c(text), &at, &v, &why), "%s", text);
  return v;
}

static const char *refusal(const char *text) {
  RuleValue v;
  size_t at = 0;
  const char *why = "";
  return rule_read(&arena, str_c(text), &at, &v, &why) ? "read" : why;
}

static void test_values(void) {
  RuleValue v =
      value_of(" {A :n 12 :minus -3 :yes true :no false :none <> :empty \"\" :next :next"
               " :bytes 4 [ 1 -2 ] :set (b 8 9) :name a\\ \\(b\\\\ :list (\"x\" \"q\\\"\")"
               " :sub {B}}");
  const RuleNode *node = rule_as_node(v);
  CHECK_STR(node->label, "A");
  CHECK(rule_int(node, STR("n")) == 12 && rule_int(node, STR("minus")) == -3);
  CHECK(rule_true(node, STR("yes")) && !rule_true(node, STR("no")) && !rule_true(node, STR("n")));
  CHECK(rule_value(node, STR("none")).kind == RULE_NONE);
  CHECK(rule_value(node, STR("absent")).kind == RULE_NONE);
  CHECK(rule_value(node, STR("empty")).kind == RULE_TEXT);
  CHECK_STR(rule_text(&arena, node, STR("next")), ":next");
  CHECK(rule_int(node, STR("bytes")) == 4 && rule_count(rule_value(node, STR("set"))) == 3);
  CHECK_STR(rule_text(&arena, node, STR("name")), "a (b\\");
  CHECK_STR(rule_as_text(&arena, rule_item(rule_value(node, STR("list")), 1)), "q\"");
  CHECK(rule_item(rule_value(node, STR("list")), 2).kind == RULE_NONE);
  CHECK_STR(rule_node(node, STR("sub"))->label, "B");
  CHECK(!rule_node(node, STR("n")) && !rule_int(node, STR("sub")) && !rule_node(NULL, STR("n")));
}

static void test_broken(void) {
  CHECK_STR(str_c(refusal("")), "nothing is there");
  CHECK_STR(str_c(refusal("({A :b")), "it ends too early");
  CHECK_STR(str_c(refusal("({A :b})")), "a bracket closes what is not open");
  CHECK_STR(str_c(refusal("({A :b 1)}")), "a bracket closes what is not open");
  CHECK_STR(str_c(refusal("({ :b 1})")), "a node without a label");
  CHECK_STR(str_c(refusal("({A {B}})")), "a value without a field");
  CHECK_STR(str_c(refusal(")")), "a bracket closes what is not open");
  CHECK(rule_int(rule_as_node(value_of("{A :n 99999999999}")), STR("n")) == 0);
  Buf deep = {.arena = &arena};
  for (int i = 0; i < 100000; i++)
    buf_addc(&deep, '(');
  CHECK_STR(str_c(refusal(buf_cstr(&deep))), "it is nested too deep");
}

static const char steps[][12] = {"same", "computed", "aggregated", "condition", "window",
                                 "join", "filter",   "group",      "sort"};

static void add_inputs(Buf *out, Str name, const LineageInput *inputs, size_t n, Str unknown) {
  buf_addf(out, "%.*s:", STR_ARG(name));
  for (size_t i = 0; i < n; i++)
    buf_addf(out, " %s %.*s.%.*s", steps[inputs[i].step], STR_ARG(inputs[i].relation),
             STR_ARG(inputs[i].column));
  if (unknown.len)
    buf_addf(out, " ! %.*s", STR_ARG(unknown));
  buf_addc(out, '\n');
}

// What is read of a query, with the relations t (a, b) and u (c, d), as lines.
static Str lines_of(Str query, const char *stop) {
  Str answer = str_fmt(&arena,
                       "(%.*s) ({RELATION :relid 100 :schema \"s\" :name \"t\" :columns (\"a\" "
                       "\"b\")} {RELATION :relid 200 :schema \"s\" :name \"u\" :columns (\"c\" "
                       "\"d\")}) ()",
                       STR_ARG(query));
  QueryLineage q =
      dialect_find(STR("postgres"))->lineage->read(&arena, answer, str_c(stop ? stop : ""));
  Buf out = {.arena = &arena};
  for (size_t i = 0; i < q.ncolumns; i++)
    add_inputs(&out, q.columns[i].name, q.columns[i].inputs, q.columns[i].n, q.columns[i].unknown);
  add_inputs(&out, STR("rows"), q.rows, q.nrows, q.unknown);
  return buf_str(&out);
}
static Str lines(const char *query) { return lines_of(str_c(query), NULL); }

// clang-format off
#define QUERY "{QUERY :commandType 1 "
#define NAMES(list) ":eref {ALIAS :aliasname x :colnames (" list ")}"
#define ENTRY(names, kind, rest) "{RTE :alias <> " NAMES(names) " :rtekind " #kind " " rest "}"
#define T ENTRY("\"a\" \"b\"", 0, ":relid 100 :relkind r")
#define U ENTRY("\"c\" \"d\"", 0, ":relid 200 :relkind r")
#define VAR(no, att) "{VAR :varno " #no " :varattno " #att " :varlevelsup 0}"
#define COLUMN(name, ref, value) \
  "{TARGETENTRY :expr " value " :resname " name " :ressortgroupref " #ref " :resjunk false}"
#define FROM(list) ":jointree {FROMEXPR :fromlist (" list ") :quals <>} "
#define REF(n) "{RANGETBLREF :rtindex " #n "}"
#define BY(n) "({SORTGROUPCLAUSE :tleSortGroupRef " #n "})"

// Before 13 a column of a join is one of the join's own entry.
static void test_12(void) {
  CHECK_STR(lines(QUERY ":rtable (" T U ENTRY("\"a\" \"d\"", 2, ":joinaliasvars (" VAR(1, 1) VAR(2, 2) ")") ")"
                  " :jointree {FROMEXPR :fromlist ({JOINEXPR :larg " REF(1) " :rarg " REF(2)
                  " :quals {OPEXPR :args (" VAR(1, 2) VAR(2, 1) ")} :rtindex 3}) :quals <>} :targetList ("
                  COLUMN("a", 0, VAR(3, 1))
                  COLUMN("k", 0, "{CASE :args ({WHEN :expr " VAR(1, 2) " :result " VAR(3, 2) "})}") ")}"),
            "a: same t.a\nk: condition t.b computed u.d\nrows: join t.b join u.c\n");
}

// Since 16 kinds of nodes are named after their types, and rights stand apart.
static void test_16(void) {
  CHECK_STR(lines(QUERY ":rtable (" T ") :rteperminfos ({RTEPERMISSIONINFO :relid 100 :inh true}) " FROM(REF(1))
                  ":mergeTargetRelation 0 :targetList ("
                  COLUMN("k", 0, "{CASEEXPR :args ({CASEWHEN :expr " VAR(1, 2) " :result " VAR(1, 1) "}) :defresult "
                         "{COALESCEEXPR :args (" VAR(1, 1) ")}}") ")}"),
            "k: computed t.a condition t.b\nrows:\n");
}

// Since 18 what is grouped by is an entry of its own, which columns point to.
static void test_18(void) {
  CHECK_STR(lines(QUERY ":hasGroupRTE true :rtable (" T
                  ENTRY("\"x\" \"b\"", 9, ":groupexprs ({OPEXPR :args (" VAR(1, 1) ")} " VAR(1, 2) ")") ") "
                  FROM(REF(1)) ":targetList (" COLUMN("x", 1, VAR(2, 1)) COLUMN("b", 2, VAR(2, 2))
                  COLUMN("n", 0, "{AGGREF :args <> :aggstar true}") ") :groupClause " BY(1)
                  " :havingQual " VAR(2, 2) "}"),
            "x: computed t.a\nb: same t.b\nn: aggregated t.\nrows: group t.a filter t.b\n");
}

// Numbers that point nowhere, relations that there are not, what no version has.
static void test_untrue(void) {
  CHECK_STR(lines("{QUERY :commandType 2}"), "rows: ! the view's rule cannot be read: it is not one of a query\n");
  CHECK_STR(lines("{A"), "rows: ! the view's rule cannot be read: a bracket closes what is not open\n");
  CHECK_STR(lines(QUERY ":rtable (" T ") :targetList (" COLUMN("x", 7, VAR(1, 9)) COLUMN("y", -1, VAR(-4, 1))
                  COLUMN("z", 0, VAR(8, 1)) COLUMN("v", 0, VAR(1, -9)) "3 (4))}"),
            "x: ! a column has no name\ny: ! a column belongs to no relation\nz: ! a column belongs to no relation\n"
            "v: ! a column has no name\n:\n:\nrows:\n");
  CHECK_STR(lines(QUERY ":rtable (" ENTRY("\"a\"", 0, ":relid 300") ") :targetList (" COLUMN("x", 0, VAR(1, 1)) ")}"),
            "x: ! a relation has no name\nrows:\n");
  CHECK_STR(lines(QUERY ":rtable (" ENTRY("\"a\"", 77, "") ") " FROM(REF(1)) ":targetList ("
                  COLUMN("x", 0, VAR(1, 1)) ")}"),
            "x: ! it is read from something of an unknown kind\nrows: ! it reads something of an unknown kind\n");
}

// A CTE and a join that read themselves, as no server makes them: they end.
static void test_circular(void) {
  CHECK_STR(lines(QUERY ":cteList ({COMMONTABLEEXPR :ctename c :ctequery " QUERY
                  ":rtable (" ENTRY("\"a\"", 6, ":ctename c :ctelevelsup 1") ") " FROM(REF(1))
                  ":targetList (" COLUMN("a", 1, VAR(1, 1)) ") :sortClause " BY(1) "}}) :rtable ("
                  ENTRY("\"a\"", 6, ":ctename c :ctelevelsup 0")
                  ENTRY("\"a\"", 2, ":joinaliasvars (" VAR(2, 1) ")") ") " FROM(REF(1) REF(2))
                  ":targetList (" COLUMN("a", 0, VAR(1, 1)) COLUMN("b", 0, VAR(2, 1)) ")}"),
            "a:\nb:\nrows:\n");
}

// Queries in queries, expressions in expressions.
static void test_deep(void) {
  enum { LEVELS = 1000, OPERATORS = 20000 };
  Buf query = {.arena = &arena};
  for (int i = 0; i < LEVELS; i++)
    buf_adds(&query, QUERY ":rtable ({RTE " NAMES("\"a\"") " :rtekind 1 :subquery ");
  buf_adds(&query, QUERY ":rtable (" T ") " FROM(REF(1)) ":targetList (" COLUMN("a", 0, VAR(1, 1)) ")}");
  for (int i = 0; i < LEVELS; i++)
    buf_adds(&query, "}) " FROM(REF(1)) ":targetList (" COLUMN("a", 0, VAR(1, 1)) ")}");
  CHECK_STR(lines_of(buf_str(&query), NULL), "a: same t.a\nrows:\n");
  Buf sum = {.arena = &arena};
  buf_adds(&sum, QUERY ":rtable (" T ") " FROM(REF(1)) ":targetList ({TARGETENTRY :expr ");
  for (int i = 0; i < OPERATORS; i++)
    buf_adds(&sum, "{OPEXPR :args (");
  buf_adds(&sum, VAR(1, 1));
  for (int i = 0; i < OPERATORS; i++)
    buf_adds(&sum, ")}");
  buf_adds(&sum, " :resname s :resjunk false})}");
  CHECK_STR(lines_of(buf_str(&sum), NULL), "s: computed t.a\nrows:\n");
}
// clang-format on

static void test_question(void) {
  Relation made = {.schema = STR("a'b\\"), .identifier = STR("v\"w")};
  Buf out = {.arena = &arena};
  dialect_find(STR("postgres"))->lineage->ask(&out, &made, (Str){0});
  CHECK(str_find(buf_str(&out), STR("E'\"a''b\\\\\".\"v\"\"w\"')"), 0) > 0);
  out.len = 0;
  dialect_find(STR("postgres"))->lineage->ask_many(&out, (Relation[]){made, made}, 2);
  CHECK(str_find(buf_str(&out), STR("(1, pg_catalog.to_regclass(E'"), 0) > 0);
}

int main(void) {
  test_values();
  test_broken();
  test_12();
  test_16();
  test_18();
  test_untrue();
  test_circular();
  test_deep();
  test_question();
  arena_free(&arena);
  return check_done();
}
