// What a user asked for, as plain data: filled by cli/ from the command line, the environment and
// the project's flags, read by the tasks.
#ifndef STARC_OPTIONS_H
#define STARC_OPTIONS_H
#include "../../compiler/value/value.h"

// A growable list of texts.
typedef struct Words {
  Str *items;
  size_t n, cap;
} Words;

typedef struct RunOptions RunOptions;
struct ColumnCriterion;
struct RunOptions {
  const struct Command *command; // NULL: none was given
  Words args;                    // what stands behind the command and belongs to no option

  // Where things are.
  Str project_dir, profiles_dir, profile, target, vars, target_path, log_path, state, defer_state;
  bool embedded;                          // in place of a profile
  bool allow_library;                     // named by a profile in the project's folder
  bool allow_files;                       // opened by it
  int64_t threads;                        // 0: the target's
  int64_t template_memory, template_time; // of each evaluation, at most: MiB, seconds
  bool single_threaded;

  // Which nodes.
  Words select, models, exclude, resource_types, exclude_resource_types;
  Str selector, indirect_selection;

  // How to build them.
  bool full_refresh, empty, fail_fast, store_failures, defer, favor_state, introspect;
  bool inject_ephemeral_ctes;
  Str sample;                           // "3 days" or "{start: .., end: ..}": the rows to read
  Str now;                              // what counts as the start of the run; empty: when it is
  Str event_time_start, event_time_end; // microbatch: the span to build, as written
  bool history;                         // the run is kept for `starc history`
  bool failed;                          // history: runs that failed alone
  bool locks;                           // a relation is written by one run at a time
  Str wait;                             // how long for another run: "10m"
  bool remove;                          // starc locks
  bool with_loads;                      // build: loads too, without a selection
  bool check_sources;                   // they are compared with what is known of them first
  bool check;                           // the selection is checked before anything is built
  bool check_again;                     // this process makes another check after this one
  bool warn_error;
  Str warn_error_options;
  bool populate_cache, cache_selected_only, write_json, write_catalog_compile;
  Words reports; // "FORM=FILE", as report_find() takes them

  Str invocation_id;  // empty: a new one
  Str packages_path;  // empty: the project's packages-install-path
  int64_t seed_mib;   // seeds up to this size are known by their rows, in MiB; 0: all
  bool version_check; // what `require-dbt-version` says counts
  Str dbt_version;    // the release of dbt to behave as: "1.11"; empty: as the project allows

  // What is shown and logged.
  bool quiet, brief, debug, print, use_colors, use_colors_file, show, help, version;
  int use_colors_set; // 0: by the terminal; 1: asked for or against
  int64_t printer_width, log_file_max_bytes;
  Str log_format, log_format_file, log_level, log_level_file;

  // For single commands.
  bool upstream, downstream, both, influence; // lineage: which way, and whether all of it
  int64_t depth;
  Str engine_from, engine_with;
  Str load_from, load_name, load_schema;
  Str lineage_file;
  Str output; // ls, show, compile: form; source freshness: file
  Words output_keys;
  Str inline_sql,
      inline_direct;    // show, compile: a query, rendered; show: one that is sent as it is
  int64_t failing_rows; // build, test: rows of a failed test that are shown; 0: none
  int64_t limit;        // show; < 0: all rows
  Str macro_args;       // run-operation --args
  Str operation_sql;    // run-operation --sql: a statement in place of a macro
  Str host;             // docs serve, serve
  int64_t port;
  Str results;    // docs generate: the folder of a run's results
  Str output_dir; // docs generate, diff: where the page goes; empty: the target folder, its diff/
  bool light;     // docs generate: a page without SQL
  bool hash_password; // serve
  Str users, query_log;
  Words origins;
  bool no_password, write, project_files; // serve
  bool browser, empty_catalog, static_page, connection, config_dir, clean_project_files_only;
  bool lock, upgrade;
  bool update_sources, offline; // check
  Words drops, retypes;         // what is supposed: NODE.COLUMN, NODE.COLUMN=TYPE
  bool unused;
  bool dry_run;      // sync, load: nothing is written
  bool watch, poll;  // go on after it with what is saved; look for that every second
  bool update_types; // sync
  Str check_target;
  Str add_package, source;
  Str init_type, init_example, init_from; // init: which start; the dbt project to look at

  // retry: the nodes to do again, by unique id, in place of a selection.
  bool retry;
  Words retry_ids;
  Value retry_batches; // of microbatch models among them: unique id -> {successful, failed}
  // Sets *out to what an earlier run was called with (the args of its run_results.json), but where
  // files are and what this command line says of threads and variables. False: *message says why.
  bool (*earlier)(Arena *a, const RunOptions *now, Value args, RunOptions *out, Str *message);

  struct Rounds
      *rounds; // of a watch: what the rounds before this one left; NULL: there is no watch

  struct Diags *found;     // before the run: what is wrong with the file .env; NULL: nothing
  Str dotenv;              // the file .env whose variables are set; empty: none
  bool profiles_by_dotenv; // one of them names the folder of profiles
  Words renamed; // variables of the environment under their older names: the old, the new, ...
  Words strange; // those that look like an option's and are none: the name, the nearest or empty
  Value explicit_options; // dict: names set by the command line or the environment
  Value given; // dict: every option's name in lower_case -> value, plus "which": run_results' args
  // Which nodes a `column:` of a selection picks: SelectColumns.pick of compiler/graph/select.h, of
  // a Run. NULL: nobody knows columns.
  bool (*pick_columns)(void *run, const struct ColumnCriterion *c, bool *picked, bool *tests,
                       struct Diags *diags);
  // Applies the project's `flags:` to what was not set otherwise; NULL: nobody does.
  void (*project_flags)(Arena *a, RunOptions *o, Value flags);
  // Reads another command line, as cli/arguments.h does. NULL: nobody does.
  bool (*parse)(Arena *a, int argc, char **argv, RunOptions *out, Str *message);
};

// How the program ends; anything above 128 is 128 + signal.
enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#endif
