// What starc leaves in target/ for other programs: dbt's artifacts, key by key and in dbt's order,
// each replaced atomically, so that a full disk or a kill leaves the earlier file.
#ifndef STARC_ARTIFACTS_H
#define STARC_ARTIFACTS_H
#include "../base/fs.h"
#include "../context/context.h"
#include "../graph/result.h"
#include "../value/json.h"

// Results in the order they ended; `args` is a dict of the command's options and "which".
typedef struct Results {
  const RunResult *const *items;
  size_t n;
  double elapsed; // seconds of the whole run
  Value args;
} Results;

// manifest.json, version 12. Nodes are written one after the other, so memory does not grow with
// the project. `results` (or NULL) says what was compiled. False: recorded, an earlier file stays.
bool manifest_write(const Graph *g, const Results *results, Str path, Diags *diags);

// semantic_manifest.json: metrics and what they are made of.
bool semantic_manifest_write(const Graph *g, Str path, Diags *diags);

// osi_document.json: the same for other tools, in the form of the Open Semantic Interchange.
bool osi_document_write(const Graph *g, Str path, Diags *diags);

// graph_summary.json: ids, kinds and edges, a number for each node. `tests`: a second time with the
// edges that make nodes wait for tests, those that are needed.
bool graph_summary_write(const Graph *g, bool tests, Str path, Diags *diags);

// run_results.json, version 6.
bool run_results_write(const Project *p, const Results *r, Str path, Diags *diags);

// One source's freshness.
typedef struct Freshness {
  const Node *source;
  RunStatus status; // RUN_PASS, RUN_WARN, RUN_ERROR (stale), RUN_RUNTIME_ERROR
  SourceAge loaded;
  double seconds; // what the query took
  int64_t start_us, end_us;
  Str error; // RUN_RUNTIME_ERROR: the message
  Str thread;
  Value adapter_response; // dict
} Freshness;

// sources.json, version 3.
bool sources_write(const Project *p, const Freshness *items, size_t n, double elapsed, Str path,
                   Diags *diags);

// catalog.json, version 1, from the rows of the get_catalog macros: dicts with table_database,
// table_schema, table_name, table_type, table_comment, table_owner, column_name, column_index,
// column_type, column_comment (and stats:...). Rows of relations that no node has are left out.
// `chosen`: which nodes may be in it, by their index; NULL: all.
// The catalog's dict of nodes and sources, in `a`: {"nodes": {id: ...}, "sources": ...}.
Value catalog_value(Arena *a, const Graph *g, const bool *chosen, const Value *rows, size_t nrows);
// Writes such a dict. `errors` is a list of texts or empty.
bool catalog_write(const Graph *g, Value catalog, Value errors, Str path, Diags *diags);

// --- shared by the writers
// A file on its way: `json` writes into it, `scratch` is the writer's.
typedef struct Artifact {
  FsWriter file;
  Buf buffer;
  Json json;
  Arena scratch;
} Artifact;
// Opens `path` and the outermost object. False: recorded. It must not move while it is open.
bool artifact_open(Artifact *a, Str path, Diags *diags);
// Closes the object, frees, and puts the file in its place. `durable`: also past a power failure.
// False: recorded, an earlier file stays.
bool artifact_close(Artifact *a, bool durable, Diags *diags);
// "2026-01-31T12:00:00.123456Z" of microseconds since 1970; 0: an empty slice.
Str artifact_time(Arena *a, int64_t us);
// "2026-01-31T12:00:00+00:00", as Python prints it: an offset, no fraction where it is zero.
// sources.json has its moments so.
Str artifact_offset_time(Arena *a, int64_t us);
// Writes "metadata": {...} with the keys all artifacts share; the caller adds its own and closes.
void artifact_metadata(Json *j, const Project *p, Str schema);
// DBT_ENV_CUSTOM_ENV_* of the environment with the prefix cut, as dbt_metadata_envs.
Value artifact_envs(Arena *a);

#endif
