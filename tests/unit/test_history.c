// Records of runs: what is written is read, what is torn or foreign is passed over, how many are
// kept; the commit of a folder.
#include "compiler/base/fs.h"
#include "runtime/history/keep.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <unistd.h>

static Arena arena, *a = &arena;
static Diags diags;
static Str root;

static HistoryRun run_at(int64_t seconds, HistoryResult *results, size_t n) {
  return (HistoryRun){.invocation_id =
                          str_fmt(a, "00000000-0000-4000-8000-%012lld", (long long)seconds),
                      .command = STR("build"),
                      .selection = STR("--select \"x\""),
                      .target = STR("dev"),
                      .started_us = seconds * 1000000 + 7,
                      .seconds = 1.5,
                      .exit_code = 1,
                      .results = results,
                      .nresults = n};
}

static Str text_of(const HistoryRun *run) {
  Buf b = {.arena = a};
  history_text(&b, run);
  return buf_str(&b);
}

static void write_run(int64_t seconds, size_t keep) {
  HistoryResult results[] = {
      {.id = STR("model.shop.a"),
       .status = STR("success"),
       .seconds = (double)seconds,
       .rows = seconds,
       .failures = -1},
      {.id = STR("test.shop.t\"1"),
       .status = STR("fail"),
       .message = STR("Got 3"),
       .rows = -1,
       .failures = 3 },
  };
  HistoryRun run = run_at(seconds, results, COUNT(results));
  CHECK(history_keep(root, text_of(&run), &run, keep, &diags));
}

static History read_all(size_t per_node) {
  History h;
  HistoryAsk ask = {.root = root, .per_node = per_node};
  history_read(a, &ask, &h, &diags);
  return h;
}

static void test_kept_and_read(void) {
  for (int i = 1; i <= 5; i++)
    write_run(i, 3);
  History h = read_all(0);
  CHECK(h.nruns == 3 && h.runs[0]->started_us == 5000007 && h.runs[2]->started_us == 3000007);
  CHECK(h.runs[0]->passed == 1 && h.runs[0]->failed == 1 && h.runs[0]->n == 2);
  CHECK_STR(h.runs[0]->selection, "--select \"x\"");
  CHECK(!h.by_node.n);
  h = read_all(2);
  const HistoryResult *r = history_of(&h, STR("model.shop.a"));
  CHECK(r && r->rows == 5 && r->older && r->older->rows == 4 && !r->older->older);
  r = history_of(&h, STR("test.shop.t\"1"));
  CHECK(r && r->failures == 3 && r->rows == -1 && r->run == h.runs[0] && history_is_bad(r->status));
  CHECK_STR(r->message, "Got 3");
  CHECK(!diags.first);
}

static void test_what_changed(void) {
  const char *sums[] = {"", "aaaaaaaaaaaa", "bbbbbbbbbbbb", "bbbbbbbbbbbb", "", "bbbbbbbbbbbb"};
  const char *changed[] = {NULL, NULL, "2", "2", NULL, "2"};
  HistoryAsk ask = {.per_node = 99};
  for (int message = 0; message < 2; message++) {
    History h = {0};
    const char *why;
    for (int i = 0; i < (int)COUNT(sums); i++) {
      HistoryResult one = {.id = STR("model.shop.a"),
                           .status = STR("success"),
                           .message = message ? STR("it says") : STR(""),
                           .sum = str_c(sums[i]),
                           .rows = i,
                           .failures = -1};
      HistoryRun run = run_at(i, &one, 1);
      CHECK(history_add(a, &ask, &h, text_of(&run), &why));
      const HistoryResult *r = history_of(&h, STR("model.shop.a")), *since = history_changed(r);
      CHECK_STR(r->sum, sums[i]);
      CHECK(changed[i] ? since && since->rows == atoi(changed[i]) : !since);
    }
  }
  CHECK(!history_changed(NULL));
}

static void put(const char *name, Str text) {
  CHECK(fs_write(fs_join(a, fs_join(a, root, STR(HISTORY_FOLDER)), str_c(name)), text, &diags));
}

static void test_torn_and_foreign(void) {
  HistoryResult one = {
      .id = STR("model.shop.a"), .status = STR("success"), .rows = -1, .failures = -1};
  HistoryRun run = run_at(9, &one, 1);
  Str whole = text_of(&run);
  put("20260101T000000.000001Z-torn.jsonl", str_sub(whole, 0, whole.len - 5));
  put("20260101T000000.000002Z-empty.jsonl", STR(""));
  put("20260101T000000.000003Z-newer.jsonl", STR("{\"starc_history\":2}\n"));
  put("20260101T000000.000004Z-foreign.jsonl", STR("<html>\n"));
  put("notes.txt", STR("not looked at"));
  History h = read_all(9);
  CHECK(h.nruns == 3 && h.passed_over == 4);
  CHECK(diags.first && diags.first->severity == SEV_WARNING && !diags.first->next);
}

static void test_every_cut_is_whole_or_nothing(void) {
  HistoryResult one = {
      .id = STR("model.shop.a"), .status = STR("success"), .rows = 1, .failures = -1};
  HistoryRun run = run_at(9, &one, 1);
  Str whole = text_of(&run);
  HistoryAsk ask = {.per_node = 9};
  for (size_t n = 0; n <= whole.len; n++) {
    History h = {0};
    const char *why = NULL;
    bool good = history_add(a, &ask, &h, str_sub(whole, 0, n), &why);
    CHECK(good == (n == whole.len) && (good || why) && h.nruns == good);
  }
}

static void test_order_and_twice(void) {
  HistoryAsk ask = {.per_node = 9, .target = STR("dev")};
  History h = {0};
  const char *why;
  const int order[] = {4, 2, 9, 2, 7};
  for (size_t i = 0; i < COUNT(order); i++) {
    HistoryResult one = {
        .id = STR("model.shop.a"), .status = STR("success"), .rows = order[i], .failures = -1};
    HistoryRun run = run_at(order[i], &one, 1);
    CHECK(history_add(a, &ask, &h, text_of(&run), &why));
    run.target = STR("prod");
    run.started_us++;
    CHECK(history_add(a, &ask, &h, text_of(&run), &why));
  }
  CHECK(h.nruns == 4 && h.runs[0]->started_us == 9000007);
  int64_t seen[5] = {0};
  size_t n = 0;
  for (const HistoryResult *r = history_of(&h, STR("model.shop.a")); r && n < 5; r = r->older)
    seen[n++] = r->rows;
  CHECK(n == 4 && seen[0] == 9 && seen[1] == 7 && seen[2] == 4 && seen[3] == 2);
}

#define SHA "0123456789abcdef0123456789abcdef01234567"

static void test_commit(void) {
  Str git = fs_join(a, root, STR(".git"));
  CHECK(fs_write(fs_join(a, git, STR("HEAD")), STR("ref: refs/heads/a/b\n"), &diags));
  CHECK(!history_commit(a, root).len);
  CHECK(fs_write(fs_join(a, git, STR("packed-refs")),
                 STR("# pack-refs\n" SHA " refs/heads/a/b\n^" SHA "\n"), &diags));
  CHECK_STR(history_commit(a, fs_join(a, root, STR("below/it"))), SHA);
  CHECK(fs_write(fs_join(a, git, STR("refs/heads/a/b")),
                 STR("ff23456789abcdef0123456789abcdef01234567\n"), &diags));
  CHECK_STR(history_commit(a, root), "ff23456789abcdef0123456789abcdef01234567");
  Str tree = fs_join(a, root, STR("tree")), own = fs_join(a, git, STR("worktrees/tree"));
  CHECK(
      fs_write(fs_join(a, tree, STR(".git")), str_fmt(a, "gitdir: %.*s\n", STR_ARG(own)), &diags));
  CHECK(fs_write(fs_join(a, own, STR("HEAD")), STR("ref: refs/heads/a/b\n"), &diags));
  CHECK(fs_write(fs_join(a, own, STR("commondir")), STR("../..\n"), &diags));
  CHECK_STR(history_commit(a, tree), "ff23456789abcdef0123456789abcdef01234567");
  CHECK(fs_write(fs_join(a, own, STR("HEAD")), STR(SHA "\n"), &diags));
  CHECK_STR(history_commit(a, tree), SHA);
}

int main(void) {
  char folder[] = "/tmp/test_history.XXXXXX";
  diags_init(&diags);
  if (!mkdtemp(folder))
    return 1;
  root = str_c(folder);
  test_kept_and_read();
  test_what_changed();
  test_torn_and_foreign();
  test_every_cut_is_whole_or_nothing();
  test_order_and_twice();
  test_commit();
  fs_remove(root, &diags);
  diags_free(&diags);
  arena_free(a);
  return check_done();
}
