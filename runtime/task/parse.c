// parse: the graph and the manifest, without a database.
#include "../run/files.h"
#include "../run/run.h"
#include "task.h"

static int parse(Run *r) { return run_write_manifest(r) ? EXIT_GOOD : EXIT_FAILED; }

int task_parse(RunOptions *o, Reporter *report) { return run_task(o, report, parse); }
