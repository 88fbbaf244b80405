// Unit tests of runtime/lineage/: a graph that is drafted, and walks along it.
#include "check.h"
#include "runtime/lineage/draft.h"
#include "runtime/lineage/tree.h"

#include <stdio.h>

static Arena arena;
static LineageDraft *draft;

static DraftNode *node(const char *id, const char *kind) {
  return draft_node(draft, &(LineageNode){.id = str_c(id), .name = str_c(id), .kind = str_c(kind)});
}

static DraftColumn *column(const char *id, const char *name) {
  return draft_column(draft, draft_find(draft, str_c(id)), str_c(name));
}

// "raw.amount > stg.amount": the first one gets into the second.
static void input(const char *from, const char *from_column, const char *to, const char *to_column,
                  LineageStep step) {
  draft_input(draft, column(to, to_column), column(from, from_column), step);
}

// raw(amount, status) -> stg(amount, status) -> orders(total, n), which reads itself; stg is
// filtered by status.
static LineageGraph *small(void) {
  draft = draft_new(&arena);
  node("raw", "source");
  node("stg", "model");
  node("orders", "model");
  input("raw", "amount", "stg", "amount", STEP_COMPUTED);
  input("raw", "status", "stg", "status", STEP_SAME);
  input("raw", "status", "stg", "", STEP_FILTER);
  input("stg", "amount", "orders", "total", STEP_FILTER);
  input("stg", "amount", "orders", "total", STEP_AGGREGATED);
  input("orders", "total", "orders", "total", STEP_SAME);
  input("stg", "", "orders", "n", STEP_AGGREGATED);
  return draft_close(draft);
}

static uint32_t at(const LineageGraph *g, const char *id, const char *name) {
  return lineage_column(g, lineage_node(g, str_c(id)), str_c(name));
}

// What a walk finds: "stg.amount stg. raw.amount", the start left out.
static Str walk(const LineageGraph *g, const char *id, const char *name, LineageWay way) {
  Buf out = {.arena = &arena};
  uint32_t start = at(g, id, name);
  LineageVisits v = lineage_walk(&arena, g, &start, 1, way);
  for (size_t i = 1; i < v.n; i++) {
    const LineageColumn *c = &g->columns[v.items[i].column];
    buf_addf(&out, "%s%.*s.%.*s:%.*s", i > 1 ? " " : "", STR_ARG(g->nodes[c->node].id),
             STR_ARG(c->name), STR_ARG(lineage_steps[v.items[i].step]));
  }
  return buf_str(&out);
}

static void test_finding(void) {
  LineageGraph *g = small();
  CHECK(g->nnodes == 3 && g->ncolumns == 9);
  CHECK(lineage_node(g, STR("nothing")) == NULL);
  CHECK(at(g, "stg", "nothing") == LINEAGE_NONE);
  CHECK(at(g, "stg", "") == lineage_node(g, STR("stg"))->rows);
  CHECK_STR(g->columns[at(g, "stg", "status")].name, "status");
  const LineageColumn *total = &g->columns[at(g, "orders", "total")];
  CHECK(total->inputs.n == 2); // of two ways from stg.amount the stronger one
  CHECK(total->inputs.items[0].step == STEP_AGGREGATED);
  CHECK(lineage_is_end(&g->nodes[0]) && !lineage_is_end(&g->nodes[1]));
}

static void test_walks(void) {
  LineageGraph *g = small();
  CHECK_STR(walk(g, "orders", "total", (LineageWay){0}),
            "stg.amount:aggregated raw.amount:computed");
  CHECK_STR(walk(g, "orders", "total", (LineageWay){.depth = 1}), "stg.amount:aggregated");
  CHECK_STR(walk(g, "orders", "total", (LineageWay){.influence = true}),
            "stg.amount:aggregated raw.amount:computed stg.:rows raw.status:filter");
  CHECK_STR(walk(g, "orders", "n", (LineageWay){0}), "stg.:aggregated");
  CHECK_STR(walk(g, "raw", "status", (LineageWay){.down = true}), "stg.status:same");
  CHECK_STR(
      walk(g, "raw", "status", (LineageWay){.down = true, .influence = true}),
      "stg.:filter stg.status:same orders.n:aggregated stg.amount:rows orders.total:aggregated");
  CHECK_STR(walk(g, "orders", "total", (LineageWay){.down = true}), "");
}

static void test_unknown(void) {
  draft = draft_new(&arena);
  node("raw", "source");
  draft_unknown(node("lost", "model"), STR("it failed its check"));
  node("half", "model");
  column("raw", "a");
  column("lost", "b");
  draft_column_unknown(column("half", "c"), STR("url(..)"));
  draft_column_unknown(column("half", "c"), STR("another reason"));
  input("raw", "a", "half", "d", STEP_SAME);
  LineageGraph *g = draft_close(draft);
  CHECK_STR(lineage_unknown(g, at(g, "lost", "b")), "it failed its check");
  CHECK_STR(lineage_unknown(g, at(g, "half", "c")), "url(..)");
  LineageCounts n = lineage_count(g);
  CHECK(n.nodes == 3 && n.columns == 4 && n.made == 3 && n.exact == 1);
}

// A long chain, and a column with many users: no recursion, each column once.
static void test_large(void) {
  enum { LENGTH = 100000, USERS = 50000 };
  draft = draft_new(&arena);
  node("wide", "model");
  DraftColumn *last = column("wide", "first");
  for (int i = 0; i < LENGTH; i++) {
    DraftColumn *next =
        draft_column(draft, draft_find(draft, STR("wide")), str_fmt(&arena, "c%d", i));
    draft_input(draft, next, last, STEP_SAME);
    last = next;
  }
  node("users", "model");
  for (int i = 0; i < USERS; i++)
    draft_input(draft,
                draft_column(draft, draft_find(draft, STR("users")), str_fmt(&arena, "u%d", i)),
                last, STEP_SAME);
  LineageGraph *g = draft_close(draft);
  uint32_t start = at(g, "wide", "first");
  LineageVisits v = lineage_walk(&arena, g, &start, 1, (LineageWay){.down = true});
  CHECK(v.n == 1 + LENGTH + USERS);
  CHECK(v.items[v.n - 1].depth == LENGTH + 1);
}

// a.x gets into b.x twice over: what is below it is drawn once, and the mark says so on any page.
static void test_a_branch_drawn_before_is_marked(void) {
  draft = draft_new(&arena);
  node("a", "seed");
  node("left", "model");
  node("right", "model");
  node("a_name_that_needs_room", "model");
  node("last", "model");
  input("a", "x", "left", "x", STEP_SAME);
  input("a", "x", "right", "x", STEP_SAME);
  input("left", "x", "a_name_that_needs_room", "x", STEP_AGGREGATED);
  input("right", "x", "a_name_that_needs_room", "x", STEP_AGGREGATED);
  input("a_name_that_needs_room", "x", "last", "x", STEP_SAME);
  const LineageGraph *g = draft_close(draft);
  uint32_t start = at(g, "a", "x");
  LineageAsked asked = {lineage_node(g, STR("a")), &start, 1, .down = true};
  static const size_t widths[] = {200, 80, 40, 20};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    Buf out = {.arena = &arena};
    lineage_tree(&out, g, &asked, widths[i]);
    Str text = buf_str(&out);
    CHECK(str_find(text, STR(" (see above)"), 0) >= 0);
    CHECK(str_find(text, STR("a_na"), 0) >= 0);
  }
}

// How often a column stands in the tree of m.a.
static int times_drawn(const LineageGraph *g, const char *name, uint32_t depth) {
  Buf out = {.arena = &arena};
  uint32_t start = at(g, "m", "a");
  lineage_tree(&out, g,
               &(LineageAsked){.node = lineage_node(g, STR("m")),
                               .starts = &start,
                               .n = 1,
                               .up = true,
                               .way = {.depth = depth}},
               100);
  int n = 0;
  for (ptrdiff_t i = -1; (i = str_find(buf_str(&out), str_c(name), (size_t)(i + 1))) >= 0;)
    n++;
  return n;
}

// What is met first by a long way, and cut there, is drawn again where it is nearer; what was drawn
// to its end is not.
static void test_depth_of_tree(void) {
  static const char *const edges[][2] = {
      {"a", "b"   },
      {"a", "c"   },
      {"b", "c"   },
      {"c", "d"   },
      {"d", "e"   },
      {"b", "b"   },
      {"a", "z"   },
      {"b", "z"   },
      {"z", "last"}
  };
  draft = draft_new(&arena);
  node("m", "model");
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
    input("m", edges[i][1], "m", edges[i][0], STEP_SAME);
  LineageGraph *g = draft_close(draft);
  CHECK(times_drawn(g, "m.e", 2) == 0);
  CHECK(times_drawn(g, "m.e", 3) == 1);
  CHECK(times_drawn(g, "m.d", 3) == 2);
  CHECK(times_drawn(g, "m.last", 3) == 1);
  CHECK(times_drawn(g, "m.e", 0) == 1 && times_drawn(g, "m.d", 0) == 1);
}

int main(void) {
  test_finding();
  test_walks();
  test_unknown();
  test_depth_of_tree();
  test_large();
  test_a_branch_drawn_before_is_marked();
  arena_free(&arena);
  return check_done();
}
