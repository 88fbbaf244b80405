// Any bytes as a record of a run: no crash, no hang; what is read is read the same way in part, and
// what is written of it reads back.
#include "../../runtime/history/keep.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

// Each result hangs below its node, the newest first, and belongs to its run.
static void walk(const History *h, size_t most) {
  for (size_t i = 0; i < h->by_node.n; i++) {
    size_t n = 0;
    const HistoryResult *changed = history_changed(h->by_node.entries[i].value);
    must(!changed || (changed->sum.len == HISTORY_SUM && changed->older));
    for (const HistoryResult *r = h->by_node.entries[i].value; r; r = r->older) {
      must(++n <= most && r->run && str_eq(r->id, h->by_node.entries[i].key));
      must(!r->older || r->older->run->started_us <= r->run->started_us);
    }
  }
}

static void write_and_read(Arena *a, HistoryRun *run) {
  Buf text = {.arena = a};
  History h = {0};
  HistoryAsk ask = {.per_node = SIZE_MAX};
  const char *why = NULL;
  history_text(&text, run);
  must(history_add(a, &ask, &h, buf_str(&text), &why));
  must(h.nruns == 1 && h.runs[0]->n == run->nresults && h.runs[0]->started_us == run->started_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena a = {0};
  Str text = str_n((const char *)data, size);
  const size_t most[] = {0, 1, SIZE_MAX};
  for (size_t i = 0; i < COUNT(most); i++) {
    History h = {0};
    HistoryAsk ask = {.per_node = most[i]};
    const char *why = NULL;
    bool good = history_add(&a, &ask, &h, text, &why);
    must(good == (h.nruns == 1) && (good || why));
    must(good == history_add(&a, &ask, &h, text, &why) &&
         h.nruns == good); // once more is nothing more
    walk(&h, most[i]);
    if (good && most[i])
      write_and_read(&a, h.runs[0]);
  }
  arena_free(&a);
  return 0;
}
