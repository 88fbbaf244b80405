// target/lineage.json beside what another command makes. In: that command's run, before it opens
// its target. Out: the file, of a check in a run of its own, since a run is good for little else
// after one; a line where there is no file. It never fails the command.
#include "lineage_beside.h"
#include "../../compiler/base/memory.h"
#include "../lineage/keep.h"
#include "../run/signals.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

typedef struct Listener {
  Run *of; // who is told that the user interrupts
  pthread_mutex_t lock;
  char *first; // the first error; NULL: none
} Listener;

static void listen(void *data, const Event *e) {
  Listener *l = data;
  Str rest = e->finding ? e->finding->message : e->msg, line = {0};
  if (e->kind == EV_Interrupted)
    run_event(l->of, *e);
  if (e->level < LEVEL_ERROR)
    return;
  str_cut(&rest, '\n', &line);
  pthread_mutex_lock(&l->lock);
  if (!l->first)
    l->first = memory_must(strndup(line.ptr, line.len));
  pthread_mutex_unlock(&l->lock);
}

static void check_all(Run *own, Run *r) {
  signals_watch(own);
  bool *bits = run_select(own, own->options->command->kinds);
  Check *k = bits ? check_open(own, bits) : NULL;
  LineageBuild *b = k ? lineage_begin(own, k) : NULL;
  Checked checked;
  if (k && check_nodes(k, bits, &checked) && lineage_keep(b, own, &checked))
    lineage_tell_failed(r, &checked);
  check_close(k);
}

int lineage_beside(Run *r, Str *why) {
  *why = (Str){0};
  if (!lineage_is_kept(r))
    return EXIT_GOOD;
  Run *own = memory_must(malloc(sizeof *own));
  Listener l = {.of = r, .lock = PTHREAD_MUTEX_INITIALIZER};
  Reporter report = reporter_silent;
  report.data = &l;
  report.event = listen;
  RunOptions options = *r->options;
  options.command = command_find(STR("lineage"));
  options.check = true; // this process opens the target afterwards
  if (run_open(own, &options, &report, OPEN_GRAPH))
    check_all(own, r);
  int code = own->signal ? 128 + own->signal : EXIT_GOOD;
  run_close(own);
  free(own);
  if (l.first)
    *why = str_dup(&r->arena, str_c(l.first));
  free(l.first);
  return code;
}
