// The end of a run.
#ifndef STARC_SUMMARY_H
#define STARC_SUMMARY_H
#include "run.h"

// Failures with their places and what to do about each, then the totals.
void summary_print(Run *r);
// dbt's events for the end of source freshness, which a terminal has in its last line.
void summary_finished(Run *r, double seconds);
void summary_stale(Run *r, const RunResult *res);
// Whether the node failed, or was left out because another one did.
bool status_is_bad(RunStatus s);

#endif
