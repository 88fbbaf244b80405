// Checks a project, then again after each edit, in one process. In: the command line of a check; on
// stdin lines of the unique id of a model and a file with its new text. Out: a line for each check:
// "taken", "wrong" or "reload" (of an edit), how many nodes were looked at and are wrong, then what
// each that is wrong says; on stderr the milliseconds.
#include "../../runtime/check/edit.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../runtime/check/check.h"
#include "../../runtime/cli/arguments.h"

#include <stdio.h>

static void add_below(bool *bits, const Node *n) {
  if (bits[n->index])
    return;
  bits[n->index] = true;
  for (size_t i = 0; i < n->nfeeds; i++)
    add_below(bits, n->feeds[i]);
}

static bool look(Run *r, Check *k, const bool *bits, const char *what) {
  Checked checked;
  int64_t from = clock_us();
  size_t before = r->nresults, wrong = 0;
  if (!check_nodes(k, bits, &checked))
    return false;
  fprintf(stderr, "%.1f ms\n", (double)(clock_us() - from) / 1e3);
  for (size_t i = 0; i < checked.n; i++)
    wrong += checked.nodes[i].state == CHECK_WRONG;
  printf("%s: %zu looked at, %zu wrong\n", what, r->nresults - before, wrong);
  for (size_t i = 0; i < checked.n; i++)
    if (checked.nodes[i].state == CHECK_WRONG)
      printf("%.*s: %.*s\n", STR_ARG(checked.nodes[i].node->name),
             STR_ARG(checked.nodes[i].result->diag->message));
  return true;
}

static bool edit(Run *r, Check *k, const char *id, const char *file) {
  static const char *const words[] = {
      [EDIT_TAKEN] = "taken", [EDIT_WRONG] = "wrong", [EDIT_RELOAD] = "reload"};
  Node *n = map_get(&r->graph->by_id, str_c(id));
  Str text;
  if (!n || !fs_read(&r->arena, str_c(file), str_c(file), &text, &r->diags))
    return false;
  int64_t from = clock_us();
  Edit e = edit_node(r, n, text);
  if (e != EDIT_TAKEN)
    return printf("%s\n", words[e]) > 0;
  check_forget(k, n);
  fprintf(stderr, "%.1f ms to take it, ", (double)(clock_us() - from) / 1e3);
  bool *bits = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  add_below(bits, n);
  return look(r, k, bits, words[e]);
}

int main(int argc, char **argv) {
  Arena arena = {0};
  RunOptions o = {0};
  Str message = {0};
  Run r;
  Reporter silent = reporter_silent;
  char id[512], file[4096];
  if (!options_parse(&arena, argc, argv, &o, &message) || !run_open(&r, &o, &silent, OPEN_GRAPH))
    return 2;
  bool *bits = run_select(&r, o.command->kinds);
  Check *k = check_open(&r, bits);
  bool good = k && look(&r, k, bits, "all");
  while (good && scanf("%511s %4095s", id, file) == 2)
    good = edit(&r, k, id, file);
  check_close(k);
  run_close(&r);
  arena_free(&arena);
  return good ? 0 : 1;
}
