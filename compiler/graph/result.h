// What happened to a node: plain data that runtime/ fills and artifacts/ reads.
#ifndef STARC_RESULT_H
#define STARC_RESULT_H
#include "node.h"

typedef enum RunStatus {
  RUN_SUCCESS,
  RUN_ERROR,
  RUN_SKIPPED,
  RUN_PARTIAL,
  RUN_NOOP, // models, seeds, snapshots, hooks
  RUN_PASS,
  RUN_WARN,
  RUN_FAIL,
  RUN_RUNTIME_ERROR // tests, freshness
} RunStatus;
extern const Str run_status_names[]; // dbt's words

// How fresh a source is, as it was asked.
typedef struct SourceAge {
  int64_t max_loaded_us, snapshotted_us; // since 1970, UTC
  double age;                            // seconds
} SourceAge;

typedef struct RunResult {
  const Node *node;
  RunStatus status;
  int64_t compile_start_us, compile_end_us, execute_start_us, execute_end_us; // since 1970; 0: not
  double seconds;
  Str thread;             // "Thread-1 (worker)"
  Str message;            // empty: null
  int64_t failures;       // -1: null
  Str failing_rows;       // of a test: the first rows that it found, as a table; empty: none
  Str loaded_rows;        // of a seed, with --show: its first rows, in the same form
  int64_t rows;           // rows affected, -1: unknown
  Value adapter_response; // dict
  Value loaded; // of a load whose source answered: {columns, bytes, cursor ..}; else undefined
  bool compiled;
  Str compiled_code;    // with CTEs injected
  Str compiled_path;    // relative to the project
  Str build_path;       // of the statement that was run, relative to the project
  Str relation_name;    // empty: null
  Value extra_ctes;     // list of {id, sql}
  Value keys_to;        // of foreign keys: the text in `to` -> the relation's name; may be none
  const Str *macro_ids; // called directly in this run, beyond those that parsing saw
  size_t nmacro_ids;
  Diag *diag;             // the error with its place, or NULL
  const char *failed_in;  // "Database", "Compilation": which kind of error, or NULL
  Value batches;          // microbatch: {successful, failed}, lists of (start, end); else undefined
  const Node *cause;      // skipped: the node that failed
  const SourceAge *fresh; // of a source that answered, else NULL
} RunResult;

#endif
