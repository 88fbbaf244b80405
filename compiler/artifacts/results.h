// run_results.json, sources.json and freshness.json: what a run did, and how old rows are.
#ifndef STARC_ARTIFACTS_RESULTS_H
#define STARC_ARTIFACTS_RESULTS_H
#include "../graph/result.h"
#include "../project/project.h"

// Results in the order they ended; `args` is a dict of the command's options and "which".
typedef struct Results {
  const RunResult *const *items;
  size_t n;
  double elapsed; // seconds of the whole run
  Value args;
} Results;

// run_results.json, version 6. Results of loads are left out: no program that reads dbt's artifacts
// knows of such nodes.
bool run_results_write(const Project *p, const Results *r, Str path, Diags *diags);
// load_results.json: those of loads, in the same shape.
bool load_results_write(const Project *p, const Results *r, Str path, Diags *diags);

// The freshness of a source or model.
typedef struct Freshness {
  const Node *node;
  RunStatus status; // RUN_PASS, RUN_WARN, RUN_ERROR (stale), RUN_RUNTIME_ERROR
  SourceAge loaded;
  double seconds; // what the query took
  int64_t start_us, end_us;
  Str error; // RUN_RUNTIME_ERROR: the message
  Str thread;
  Value adapter_response; // dict
  bool metadata;          // the database told it by itself, not a column
} Freshness;

// freshness.json, version 0 of dbt v2: sources and models; what could not be told is left out.
bool freshness_write(const Project *p, const Freshness *items, size_t n, double elapsed, Str path,
                     Diags *diags);

// sources.json, version 3; models are left out.
bool sources_write(const Project *p, const Freshness *items, size_t n, double elapsed, Str path,
                   Diags *diags);

// "2026-01-31T12:00:00+00:00", as Python prints it: an offset, no fraction where it is zero.
// sources.json has its moments so.
Str artifact_offset_time(Arena *a, int64_t us);

#endif
