// A reporter that nobody hears.
#include "report.h"

static void no_opened(void *data, Str root, Str dir, Str id) {
  (void)data, (void)root, (void)dir, (void)id;
}
static void no_event(void *data, const Event *e) { (void)data, (void)e; }
static void no_progress(void *data, size_t n, unsigned workers) {
  (void)data, (void)n, (void)workers;
}

static void no_moved(void *data, const Node *n, int64_t rows, int64_t bytes, int64_t all) {
  (void)data, (void)n, (void)rows, (void)bytes, (void)all;
}

static void no_waits(void *data, Str text, bool good) { (void)data, (void)text, (void)good; }

const Reporter reporter_silent = {.opened = no_opened,
                                  .event = no_event,
                                  .progress = no_progress,
                                  .moved = no_moved,
                                  .waits = no_waits};
