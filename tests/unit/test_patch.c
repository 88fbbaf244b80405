// base/patch: pieces come to their places in any order, and the difference is what diff -u says.
#include "../../compiler/base/patch.h"
#include "check.h"

static Arena arena;

enum { MOST = 3 };

typedef struct Piece {
  size_t at, drop;
  const char *text; // NULL: no more pieces
  unsigned order;
} Piece;

static const struct {
  const char *text;
  Piece pieces[MOST];
  const char *after;
  const char *diff; // without its head
} cases[] = {
  // at each end, and in the middle
    {"a\nb\n",                      {{0, 0, "x\n", 0}},                   "x\na\nb\n", "@@ -1,2 +1,3 @@\n+x\n a\n b\n"                                                            },
    {"a\nb\n",                      {{4, 0, "x\n", 0}},                   "a\nb\nx\n", "@@ -1,2 +1,3 @@\n a\n b\n+x\n"                                                            },
    {"a\nb\n",                      {{2, 0, "x\n", 0}},                   "a\nx\nb\n", "@@ -1,2 +1,3 @@\n a\n+x\n b\n"                                                            },
    {"a\nb\n",                      {{1, 0, " x", 0}},                    "a x\nb\n",  "@@ -1,2 +1,2 @@\n-a\n+a x\n b\n"                                                          },
    {"a\nb\n",                      {{2, 1, "c", 0}},                     "a\nc\n",    "@@ -1,2 +1,2 @@\n a\n-b\n+c\n"                                                            },
 // nothing at all, and what has no end of line
    {"",                            {{0, 0, "x\n", 0}},                   "x\n",       "@@ -0,0 +1,1 @@\n+x\n"                                                                    },
    {"a",
     {{1, 0, "\nx", 0}},
     "a\nx",                                                                           "@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+x\n\\ No newline at end of file\n"},
 // two at one place by their order, then by their making; whatever is added first
    {"a\n",                         {{2, 0, "y\n", 2}, {2, 0, "x\n", 1}}, "a\nx\ny\n", "@@ -1,1 +1,3 @@\n a\n+x\n+y\n"                                                            },
    {"a\n",                         {{2, 0, "x\n", 1}, {2, 0, "y\n", 1}}, "a\nx\ny\n", "@@ -1,1 +1,3 @@\n a\n+x\n+y\n"                                                            },
    {"a b c\n",                     {{4, 1, "z", 0}, {0, 1, "x", 0}},     "x b z\n",   "@@ -1,1 +1,1 @@\n-a b c\n+x b z\n"                                                        },
 // what is dropped goes over ends of lines
    {"a: 'x\n  y\n  z'\nb\n",
     {{3, 11, "w", 0}},
     "a: w\nb\n",                                                                      "@@ -1,4 +1,2 @@\n-a: 'x\n-  y\n-  z'\n+a: w\n b\n"                                        },
    {"a\nb\nc\n",                   {{1, 1, "", 0}},                      "ab\nc\n",   "@@ -1,3 +1,2 @@\n-a\n-b\n+ab\n c\n"                                                       },
    {"a\nb\nc\n",                   {{1, 2, "", 0}, {3, 1, ",", 0}},      "a,c\n",     "@@ -1,3 +1,1 @@\n-a\n-b\n-c\n+a,c\n"                                                      },
 // changes near each other stand together, others apart
    {"1\n2\n3\n4\n5\n6\n7\n8\n",
     {{0, 1, "x", 0}, {14, 1, "y", 0}},
     "x\n2\n3\n4\n5\n6\n7\ny\n",                                                       "@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"                                },
    {"1\n2\n3\n4\n5\n6\n7\n8\n9\n",
     {{0, 1, "x", 0}, {16, 1, "y", 0}},
     "x\n2\n3\n4\n5\n6\n7\n8\ny\n",                                                    "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n"               },
};

static void test_cases(void) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Patch p = {.arena = &arena};
    Buf after = {.arena = &arena}, diff = {.arena = &arena};
    Str text = str_c(cases[i].text);
    for (size_t k = 0; k < MOST && cases[i].pieces[k].text; k++) {
      const Piece *piece = &cases[i].pieces[k];
      patch_add(&p, piece->at, piece->drop, str_c(piece->text), piece->order);
    }
    patch_sort(&p);
    patch_apply(&p, text, &after);
    patch_diff(&p, text, (PatchDiff){STR("a/x"), STR("b/x"), false}, &diff);
    CHECK_STR(buf_str(&after), cases[i].after);
    Str head = STR("--- a/x\n+++ b/x\n");
    CHECK(str_starts(buf_str(&diff), head));
    CHECK_STR(str_sub(buf_str(&diff), head.len, diff.len), cases[i].diff);
  }
}

static void test_no_pieces(void) {
  Patch p = {.arena = &arena};
  Buf after = {.arena = &arena}, diff = {.arena = &arena};
  patch_sort(&p);
  patch_apply(&p, STR("a\r\nb"), &after);
  patch_diff(&p, STR("a\r\nb"), (PatchDiff){0}, &diff);
  CHECK_STR(buf_str(&after), "a\r\nb");
  CHECK(!diff.len);
}

static void test_colors(void) {
  Patch p = {.arena = &arena};
  Buf diff = {.arena = &arena};
  patch_add(&p, 0, 1, STR("b"), 0);
  patch_diff(&p, STR("a\n"), (PatchDiff){STR("a"), STR("b"), true}, &diff);
  CHECK_STR(buf_str(&diff), "\033[1m--- a\n+++ b\033[0m\n\033[36m@@ -1,1 +1,1 @@\033[0m\n"
                            "\033[31m-a\033[0m\n\033[32m+b\033[0m\n");
}

int main(void) {
  test_cases();
  test_no_pieces();
  test_colors();
  arena_free(&arena);
  return check_done();
}
