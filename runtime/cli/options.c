// The tables of commands and options. Only data and lookup; reading argv is arguments.c, showing
// them is help.c, man.c and completion.c.
#include "options.h"

#include <stddef.h>

#define TASK_BUILD "Build the warehouse"
#define TASK_LOOK "Look before you build"
#define TASK_START "Start and maintain a project"
#define TASK_HELP "Help"

const Command commands[] = {
    {CMD_BUILD,                                                   "build", "", TASK_BUILD, "", "Run seeds, models and tests in graph order.",
     "A test runs right after the models it reads; what stands below a failed node is skipped and "
     "names its cause.", 0, 0},
    {CMD_RUN,                                                         "run", "", TASK_BUILD, "", "Run models only.",
     "Builds the selected models as their materialization says.", 0, 0},
    {CMD_TEST,                                                         "test", "", TASK_BUILD, "", "Run tests on what is built.",
     "Runs generic and singular tests of the selected nodes.", 0, 0},
    {CMD_SEED,                                          "seed", "", TASK_BUILD, "", "Load CSV files into tables.",
     "Streams each file of seed-paths into a table.", 0, 0},
    {CMD_SNAPSHOT,                                                          "snapshot", "", TASK_BUILD, "", "Run snapshots.",
     "Records how rows change over time.", 0, 0},
    {CMD_FRESHNESS,                                                     "source freshness", "source snapshot-freshness|snapshot-freshness", TASK_BUILD,
     "", "Ask how old the newest rows of sources are.",
     "Compares the age of each selected source with its warn_after and error_after.", 0, 0},
    {CMD_OPERATION,                                                         "run-operation", "", TASK_BUILD, "[MACRO]",
     "Call one macro, or send one statement.", "Arguments of a macro are given as YAML or JSON with --args; a statement with --sql.", 0, 1},
    {CMD_CLONE,                                                         "clone", "", TASK_BUILD, "", "Make relations of another environment appear here.",
     "Needs --state with the other environment's manifest.json. A table becomes a table with the "
     "same rows where the "
     "database shares them (ClickHouse's MergeTree), else a view on the other one; what is here "
     "already is left alone "
     "without --full-refresh.", 0, 0},
    {CMD_RETRY, "retry", "", TASK_BUILD, "", "Run again what failed last time.",
     "Reads what the last run left in the target folder, also when it was killed, and does the "
     "same command again for the "
     "nodes that failed, were skipped or were not reached.", 0, 0},

    {CMD_PARSE,                                                          "parse", "", TASK_LOOK, "", "Read the project and write manifest.json.",
     "Needs no database.", 0, 0},
    {CMD_COMPILE,                                                    "compile", "", TASK_LOOK, "", "Render the SQL of models and tests.",
     "Writes target/compiled; with --select or --inline prints the SQL.", 0, 0},
    {CMD_LS,                                                         "ls", "list", TASK_LOOK, "", "List what a selection holds.", "Needs no database.", 0,
     0},
    {CMD_SHOW,                                                         "show", "", TASK_LOOK, "", "Print rows of a model or of a query.",
     "Runs the compiled SQL of --select or --inline with a limit and prints a table.", 0, 0},
    {CMD_DOCS_GENERATE,    "docs generate", "", TASK_LOOK, "",
     "Write the documentation page and catalog.json.", "The page target/index.html opens from a file, without a server.", 0, 0},
    {CMD_DOCS_SERVE,                                                          "docs serve", "", TASK_LOOK, "", "Serve the documentation page.",
     "A plain web server for the target folder.", 0, 0},

    {CMD_INIT,                                                    "init", "", TASK_START, "[NAME]", "Make a small project that builds at once.",
     "Writes the folder NAME with a project file, a profile, a seed and two models.", 0, 1},
    {CMD_DEBUG,                                                         "debug", "", TASK_START, "", "Check versions, files and the connection.",
     "Each failed check says what usually causes it.", 0, 0},
    {CMD_DEPS,                                                         "deps", "", TASK_START, "", "Put packages into place.",
     "Finds the packages of packages.yml and theirs, pins them in package-lock.yml and puts them "
     "into dbt_packages. Sources: a hub (STARC_HUB_URL), git, local folders, archives.", 0, 0},
    {CMD_LOCKS,             "locks", "", TASK_START, "[ID]", "Show who writes what at the target now.",
     "Two runs do not write a relation at the same time: the one that comes second waits. --remove "
     "takes away "
     "what dead runs left; with ids, those locks, whoever has them (on Postgres their session is "
     "ended).", 0, 64},
    {CMD_CLEAN,                                                          "clean", "", TASK_START, "", "Remove the folders of clean-targets.",
     "Refuses, and removes nothing, where one of them holds files of the project or lies outside "
     "of it. Never touches .starc, where the embedded warehouse lives.", 0, 0},

    {CMD_HELP,                                                "help", "", TASK_HELP, "[COMMAND|error]",
     "Show this, a command, or what an error means.", "An error or warning ends in its code, [unknown-ref] for one: help error unknown-ref explains "
     "it, help error lists all.", 0, 3},
    {CMD_VERSION,                                                         "version", "", TASK_HELP, "", "Show the version.", "", 0, 0},
    {CMD_COMPLETION,                                                         "completion", "", TASK_HELP, "bash|zsh|fish",
     "Print a completion script for a shell.", "For example: eval \"$(starc completion bash)\".", 1,
     1},
    {CMD_MAN,                        "man", "", TASK_HELP, "", "Print the manual page.",
     "For example: starc man | man -l -.", 0, 0},
    {CMD_REFERENCE,                                                          "reference", "", NULL, "[PAGE]", "Print a page of the reference as Markdown.",
     "Pages: cli, template, functions, config, profiles, errors.", 0, 1},
    {CMD_WORDS,                                               "completion-words", "", NULL, "selectors|targets|macros",
     "Print what a shell may offer for a value, one word a line.", "The completion scripts call it. It says nothing where the project cannot be read.", 1, 1},
    {0            },
};

#define F(name) offsetof(RunOptions, name)
#define NOOP (-1)

// Accepted for the sake of callers; they change nothing here.
#define NOOP_FLAG(name, env)                                                                       \
  { name, "", "", OPT_FLAG, NULL, NULL, NULL, env, CMD_PROJECT, NOOP, "accepted, without effect" }
#define NOOP_TEXT(name, shorts, arg, env)                                                          \
  {                                                                                                \
    name, shorts, "", OPT_TEXT, arg, NULL, NULL, env, CMD_PROJECT, NOOP,                           \
        "accepted, without effect"                                                                 \
  }

#define C_FULL                                                                                     \
  (CMD_BUILD | CMD_RUN | CMD_SEED | CMD_COMPILE | CMD_SHOW | CMD_RETRY | CMD_DOCS_GENERATE |       \
   CMD_SNAPSHOT | CMD_TEST | CMD_CLONE)
#define C_REPORT                                                                                   \
  (CMD_BUILD | CMD_RUN | CMD_TEST | CMD_SEED | CMD_SNAPSHOT | CMD_CLONE | CMD_RETRY |              \
   CMD_FRESHNESS | CMD_COMPILE | CMD_PARSE | CMD_OPERATION | CMD_DOCS_GENERATE)
#define C_LOCKS (CMD_BUILD | CMD_RUN | CMD_TEST | CMD_SEED | CMD_SNAPSHOT | CMD_CLONE | CMD_RETRY)
#define C_EMPTY (CMD_BUILD | CMD_RUN | CMD_SNAPSHOT | CMD_COMPILE | CMD_SHOW | CMD_SEED)
#define C_EVENT_TIME (CMD_BUILD | CMD_RUN | CMD_COMPILE)
// The commands that read profiles.yml.
#define C_PROFILE                                                                                  \
  (CMD_NODES | CMD_PARSE | CMD_LS | CMD_OPERATION | CMD_FRESHNESS | CMD_DEBUG | CMD_RETRY |        \
   CMD_LOCKS)
#define C_TYPES (CMD_CLONE | CMD_BUILD | CMD_TEST | CMD_LS | CMD_RUN | CMD_SEED | CMD_COMPILE)

// clang-format off
const Option options[] = {
    {"select", "s", "", OPT_WORDS, "SELECTOR", NULL, NULL, NULL, CMD_LS, F(select),
     "nodes to work on, in the selection grammar"},
    {"models", "m", "model", OPT_WORDS, "SELECTOR", NULL, NULL, NULL, CMD_LS, F(models),
     "as --select, models only"},
    {"select", "sm", "models|model", OPT_WORDS, "SELECTOR", NULL, NULL, NULL, CMD_SELECT & ~(unsigned)CMD_LS,
     F(select), "nodes to work on: names, +parents, children+, tag:x, path:x, ..."},
    {"select", "s", "", OPT_WORDS, "SELECTOR", NULL, NULL, NULL, CMD_CLEAN, NOOP,
     "accepted, without effect"},
    {"exclude", "", "", OPT_WORDS, "SELECTOR", NULL, NULL, NULL, CMD_SELECT, F(exclude),
     "nodes to leave out"},
    {"selector", "", "", OPT_TEXT, "NAME", NULL, NULL, NULL, CMD_SELECT, F(selector),
     "a selection defined in selectors.yml"},
    {"resource-type", "", "resource-types", OPT_WORDS, "TYPE", NULL, NULL, "RESOURCE_TYPES", C_TYPES,
     F(resource_types), "only nodes of these kinds: model, test, seed, source, ..."},
    {"exclude-resource-type", "", "exclude-resource-types", OPT_WORDS, "TYPE", NULL, NULL,
     "EXCLUDE_RESOURCE_TYPES", C_TYPES, F(exclude_resource_types), "no nodes of these kinds"},
    {"indirect-selection", "", "", OPT_CHOICE, "MODE", "eager|cautious|buildable|empty", "eager",
     "INDIRECT_SELECTION", CMD_PROJECT, F(indirect_selection),
     "which tests come with selected nodes: eager, cautious, buildable, empty"},

    {"full-refresh", "f", "", OPT_FLAG, NULL, NULL, "false", "FULL_REFRESH", C_FULL, F(full_refresh),
     "build incremental models and seeds from nothing"},
    {"empty", "", "", OPT_FLAG, NULL, NULL, "false", "EMPTY", C_EMPTY, F(empty),
     "read no rows from refs, sources and seeds: checks the SQL, builds empty tables; history stays"},
    {"sample", "", "", OPT_TEXT, "SPAN", NULL, NULL, "SAMPLE", CMD_BUILD | CMD_RUN, F(sample),
     "read of parents with an event_time the rows of a span: '3 days', '{start: .., end: ..}'"},
    {"event-time-start", "", "", OPT_TEXT, "TIME", NULL, NULL, "EVENT_TIME_START", C_EVENT_TIME,
     F(event_time_start), "microbatch models: from the batch of this moment (UTC), 2025-01-31 or 2025-01-31T12:00"},
    {"event-time-end", "", "", OPT_TEXT, "TIME", NULL, NULL, "EVENT_TIME_END", C_EVENT_TIME,
     F(event_time_end), "microbatch models: up to the batch before this moment (UTC)"},
    {"now", "", "", OPT_TEXT, "TIME", NULL, NULL, "STARC_NOW", CMD_PROJECT, F(now),
     "the moment (UTC) that counts as the start: run_started_at, the last batch, the end of --sample"},
    {"fail-fast", "x", "", OPT_FLAG, NULL, NULL, "false", "FAIL_FAST", CMD_PROJECT, F(fail_fast),
     "stop handing out nodes after the first failure"},
    {"wait", "", "", OPT_TEXT, "TIME", NULL, "10m", "STARC_WAIT", C_LOCKS, F(wait),
     "how long a node waits for another run that writes its relation: 30s, 10m, 1h; 0: not at all"},
    {"lock", "", "", OPT_FLAG, NULL, NULL, "true", "STARC_LOCK", C_LOCKS, F(locks),
     "keep two runs from writing one relation at the same time"},
    {"store-failures", "", "", OPT_FLAG, NULL, NULL, "false", "STORE_FAILURES", CMD_BUILD | CMD_TEST,
     F(store_failures), "keep the rows that tests found in tables"},
    {"failing-rows", "", "", OPT_INT, "N", NULL, "5", "STARC_FAILING_ROWS", CMD_BUILD | CMD_TEST,
     F(failing_rows), "how many of the rows that a test found are shown; 0: none"},
    {"threads", "", "", OPT_INT, "N", NULL, NULL, "STARC_THREADS", CMD_PROJECT, F(threads),
     "how many nodes run side by side (default: the target's threads)"},
    {"template-memory", "", "", OPT_INT, "MB", NULL, "2048", "STARC_TEMPLATE_MEMORY", CMD_PROJECT, F(template_memory),
     "how much memory the values and texts of templates may take, of one and of all that run at once"},
    {"template-time", "", "", OPT_INT, "SECONDS", NULL, "10", "STARC_TEMPLATE_TIME", CMD_PROJECT, F(template_time),
     "how long one template may work; that it waits for the database does not count"},
    {"vars", "", "", OPT_TEXT, "YAML", NULL, "{}", "STARC_VARS", CMD_PROJECT, F(vars),
     "values for var(): '{key: value}'"},
    {"defer", "", "", OPT_FLAG, NULL, NULL, "false", "DEFER|DEFER_TO_STATE", CMD_PROJECT, F(defer),
     "read unselected parents from the state's relations"},
    {"favor-state", "", "", OPT_FLAG, NULL, NULL, "false", "FAVOR_STATE|FAVOR_STATE_MODE", CMD_PROJECT, F(favor_state),
     "with --defer: also where a relation exists here"},
    {"state", "", "", OPT_TEXT, "DIR", NULL, NULL, "STATE|ARTIFACT_STATE_PATH", CMD_PROJECT, F(state),
     "folder with an earlier manifest.json, for state: and --defer"},
    {"defer-state", "", "", OPT_TEXT, "DIR", NULL, NULL, "DEFER_STATE", CMD_PROJECT, F(defer_state),
     "the same, for --defer alone"},
    {"warn-error", "", "", OPT_FLAG, NULL, NULL, "false", "WARN_ERROR", CMD_PROJECT, F(warn_error),
     "warnings are errors"},
    {"warn-error-options", "", "", OPT_TEXT, "YAML", NULL, "{}", "WARN_ERROR_OPTIONS", CMD_PROJECT,
     F(warn_error_options), "which warnings are errors: '{error: all, silence: [..]}'"},

    {"embedded", "", "", OPT_FLAG, NULL, NULL, "false", "STARC_EMBEDDED", C_PROFILE, F(embedded),
     "in place of a profile: a ClickHouse inside starc, in .starc/warehouse of the project"},
    {"allow-library", "", "", OPT_FLAG, NULL, NULL, "false", "STARC_ALLOW_LIBRARY", C_PROFILE, F(allow_library),
     "load the `library:` that a profiles.yml in the project's folder names: it runs as a part of starc"},
    {"allow-files", "", "", OPT_FLAG, NULL, NULL, "false", "STARC_ALLOW_FILES", C_PROFILE, F(allow_files),
     "take `file_access:` from a profiles.yml in the project's folder: files outside of it that the embedded engine opens"},
    {"target", "t", "", OPT_TEXT, "NAME", NULL, NULL, "TARGET", CMD_PROJECT, F(target),
     "which output of the profile to use"},
    {"profile", "", "", OPT_TEXT, "NAME", NULL, NULL, "PROFILE", CMD_PROJECT, F(profile),
     "which profile to use, in place of the project's"},
    {"profiles-dir", "", "", OPT_TEXT, "DIR", NULL, NULL, "PROFILES_DIR", CMD_PROJECT, F(profiles_dir),
     "where profiles.yml is"},
    {"project-dir", "", "", OPT_TEXT, "DIR", NULL, NULL, "PROJECT_DIR", CMD_PROJECT, F(project_dir),
     "where the project is (default: here or a folder above)"},
    {"target-path", "", "", OPT_TEXT, "DIR", NULL, NULL, "TARGET_PATH", CMD_PROJECT, F(target_path),
     "where artifacts are written (default: target)"},
    {"write-json", "", "", OPT_FLAG, NULL, NULL, "true", "WRITE_JSON", CMD_PROJECT, F(write_json),
     "write manifest.json and run_results.json"},
    {"report", "", "", OPT_REPORT, "FORM=FILE", NULL, NULL, "STARC_REPORT", C_REPORT, F(reports),
     "write what was done and found for another program; - is standard output; may be repeated"},
    {"junit", "", "", OPT_TEXT, "FILE", NULL, NULL, "STARC_JUNIT", C_REPORT, F(junit),
     "the same as --report junit=FILE"},

    {"output", "", "", OPT_CHOICE, "FORM", "selector|name|path|json", "selector", NULL, CMD_LS, F(output),
     "how each node is printed: selector, name, path, json"},
    {"output-keys", "", "", OPT_WORDS, "KEY", NULL, NULL, NULL, CMD_LS, F(output_keys),
     "keys of --output json, in this order"},
    {"output", "", "", OPT_CHOICE, "FORM", "text|json|csv", "text", NULL, CMD_SHOW | CMD_COMPILE | CMD_LOCKS, F(output),
     "how the result is printed: text, json, csv"},
    {"remove", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_LOCKS, F(remove),
     "remove the locks of dead runs, or those that are named"},
    {"output", "o", "", OPT_TEXT, "FILE", NULL, NULL, NULL, CMD_FRESHNESS, F(output),
     "where sources.json goes (default: target/sources.json)"},
    {"inline", "", "", OPT_TEXT, "SQL", NULL, NULL, NULL, CMD_SHOW | CMD_COMPILE, F(inline_sql),
     "a query, rendered like a model"},
    {"inline-direct", "", "", OPT_TEXT, "SQL", NULL, NULL, NULL, CMD_SHOW, F(inline_direct),
     "the same, sent as it is: braces are no template"},
    {"limit", "", "", OPT_INT, "N", NULL, "5", NULL, CMD_SHOW, F(limit), "how many rows; -1: all"},
    {"args", "", "", OPT_TEXT, "YAML", NULL, "{}", NULL, CMD_OPERATION, F(macro_args),
     "arguments of the macro: '{key: value}'"},
    {"sql", "", "", OPT_TEXT, "SQL", NULL, NULL, NULL, CMD_OPERATION, F(operation_sql),
     "a statement in place of a macro, rendered like a model"},
    {"show", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_BUILD | CMD_SEED, F(show),
     "print the first rows of loaded seeds"},
    {"compile", "", "", OPT_FLAG, NULL, NULL, "true", NULL, CMD_DOCS_GENERATE, F(write_catalog_compile),
     "compile the models first"},
    {"empty-catalog", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_DOCS_GENERATE, F(empty_catalog),
     "ask the database nothing"},
    {"static", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_DOCS_GENERATE, F(static_page),
     "accepted, without effect: the page is always one file"},
    {"host", "", "", OPT_TEXT, "HOST", NULL, "127.0.0.1", "HOST", CMD_DOCS_SERVE, F(host),
     "address to listen on"},
    {"port", "", "", OPT_INT, "PORT", NULL, "8080", NULL, CMD_DOCS_SERVE, F(port), "port to listen on"},
    {"browser", "", "", OPT_FLAG, NULL, NULL, "true", NULL, CMD_DOCS_SERVE, F(browser),
     "open a browser"},
    {"connection", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_DEBUG, F(connection),
     "check the connection only"},
    {"config-dir", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_DEBUG, F(config_dir),
     "print where profiles.yml is looked for"},
    {"type", "", "", OPT_CHOICE, "TYPE", "embedded|clickhouse|postgres", "embedded", NULL, CMD_INIT,
     F(init_type), "which database the new project uses: embedded, clickhouse, postgres"},
    {"clean-project-files-only", "", "", OPT_FLAG, NULL, NULL, "true", "CLEAN_PROJECT_FILES_ONLY", CMD_CLEAN,
     F(clean_project_files_only), "refuse to remove what lies outside the project"},
    {"lock", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_DEPS, F(lock),
     "write package-lock.yml only"},
    {"upgrade", "", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_DEPS, F(upgrade),
     "choose versions anew, whatever package-lock.yml says"},
    {"add-package", "", "", OPT_TEXT, "NAME@VERSION", NULL, NULL, NULL, CMD_DEPS, F(add_package),
     "put a package into packages.yml first"},
    {"source", "", "", OPT_CHOICE, "WHERE", "hub|git|local", "hub", NULL, CMD_DEPS, F(source),
     "where --add-package takes it from: hub, git, local"},

    {"quiet", "q", "", OPT_FLAG, NULL, NULL, "false", "QUIET", CMD_REPORTS, F(quiet),
     "show errors and asked-for output only"},
    {"brief", "", "", OPT_FLAG, NULL, NULL, "false", "STARC_BRIEF", CMD_REPORTS, F(brief),
     "show the live line, warnings, errors and the totals: --log-level warn"},
    {"debug", "d", "", OPT_FLAG, NULL, NULL, "false", "DEBUG", CMD_REPORTS, F(debug),
     "show what is done in detail, statements too"},
    {"print", "", "", OPT_FLAG, NULL, NULL, "true", "PRINT|!NO_PRINT", CMD_PROJECT, F(print), "show what print() says"},
    {"log-format", "", "", OPT_CHOICE, "FORM", "text|debug|json|otel|default", "default", "LOG_FORMAT",
     CMD_REPORTS, F(log_format), "form of lines on the terminal: text, debug, json, otel (what dbt-core reads of its parser)"},
    {"log-format-file", "", "", OPT_CHOICE, "FORM", "text|debug|json|default", "debug",
     "LOG_FORMAT_FILE", CMD_PROJECT, F(log_format_file), "form of lines in the log file"},
    {"log-level", "", "", OPT_CHOICE, "LEVEL", "debug|info|warn|error|none|off", "info", "LOG_LEVEL", CMD_REPORTS,
     F(log_level), "least level shown: debug, info, warn, error, none"},
    {"log-level-file", "", "", OPT_CHOICE, "LEVEL", "debug|info|warn|error|none|off", "debug",
     "LOG_LEVEL_FILE", CMD_PROJECT, F(log_level_file), "least level in the log file"},
    {"log-path", "", "", OPT_TEXT, "DIR", NULL, NULL, "LOG_PATH", CMD_PROJECT, F(log_path),
     "where the log file goes (default: logs)"},
    {"log-file-max-bytes", "", "", OPT_INT, "N", NULL, "10485760", "LOG_FILE_MAX_BYTES", CMD_PROJECT,
     F(log_file_max_bytes), "size at which the log file is put aside"},
    {"use-colors", "", "", OPT_FLAG, NULL, NULL, NULL, "USE_COLORS", CMD_REPORTS, F(use_colors),
     "colours (default: on a terminal, unless NO_COLOR is set)"},
    {"use-colors-file", "", "", OPT_FLAG, NULL, NULL, "false", "USE_COLORS_FILE", CMD_PROJECT,
     F(use_colors_file), "accepted, without effect: the log file has no colours"},
    {"printer-width", "", "", OPT_INT, "N", NULL, "80", "PRINTER_WIDTH", CMD_PROJECT, F(printer_width),
     "accepted, without effect but flags.PRINTER_WIDTH: lines have the width of the terminal"},
    {"help", "h", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_ALL, F(help), "show help"},
    {"version", "vV", "", OPT_FLAG, NULL, NULL, "false", NULL, CMD_ALL, F(version), "show the version"},
    {"introspect", "", "", OPT_FLAG, NULL, NULL, "true", "INTROSPECT", CMD_COMPILE | CMD_SHOW | CMD_DOCS_GENERATE,
     F(introspect), "let texts that are compiled ask the database"},
    {"version-check", "", "", OPT_FLAG, NULL, NULL, "true", "VERSION_CHECK", CMD_PROJECT, F(version_check),
     "refuse a project or package whose require-dbt-version does not fit"},
    {"invocation-id", "", "", OPT_TEXT, "UUID", NULL, NULL, "STARC_INVOCATION_ID", CMD_PROJECT, F(invocation_id),
     "the id of this run in artifacts, logs and comments of statements, in place of a new one"},
    {"packages-install-path", "", "", OPT_TEXT, "DIR", NULL, NULL, "STARC_PACKAGES_INSTALL_PATH", CMD_PROJECT, F(packages_path),
     "where packages are (default: packages-install-path of the project)"},
    {"maximum-seed-size-mib", "", "", OPT_INT, "N", NULL, "1", "MAXIMUM_SEED_SIZE_MIB", CMD_PROJECT, F(seed_mib),
     "a bigger seed counts as modified when its path changes, not its rows; 0: none is too big"},
    {"dbt-version", "", "", OPT_CHOICE, "VERSION", "1.11|1.12", NULL, "STARC_DBT_VERSION", CMD_PROJECT | CMD_VERSION,
     F(dbt_version), "which dbt to behave as (default: the newest of them that require-dbt-version of the project allows)"},
    {"inject-ephemeral-ctes", "", "", OPT_FLAG, NULL, NULL, "true", NULL, CMD_COMPILE, F(inject_ephemeral_ctes),
     "put ephemeral models into the text that reads them"},
    {"populate-cache", "", "", OPT_FLAG, NULL, NULL, "true", "POPULATE_CACHE", CMD_PROJECT, F(populate_cache),
     "read the list of existing relations first"},
    {"cache-selected-only", "", "", OPT_FLAG, NULL, NULL, "true", "CACHE_SELECTED_ONLY", CMD_PROJECT,
     F(cache_selected_only), "accepted, without effect: only schemas of selected nodes are looked into"},

    NOOP_FLAG("hints-enabled", "HINTS_ENABLED"),
    NOOP_FLAG("use-v2-parser", "USE_V2_PARSER"),
    NOOP_TEXT("v2-parser", "", "COMMAND", "V2_PARSER"),
    NOOP_FLAG("snowflake-projects-otel", "SNOWFLAKE_PROJECTS_OTEL"),
    {"skip-profile-setup", "s", "", OPT_FLAG, NULL, NULL, NULL, NULL, CMD_INIT, NOOP, "accepted, without effect"},
    {"skip-debug", "", "", OPT_FLAG, NULL, NULL, NULL, NULL, CMD_INIT, NOOP, "accepted, without effect"},
    NOOP_FLAG("partial-parse", "PARTIAL_PARSE"),
    NOOP_TEXT("partial-parse-file-path", "", "FILE", "PARTIAL_PARSE_FILE_PATH"),
    NOOP_FLAG("partial-parse-file-diff", "PARTIAL_PARSE_FILE_DIFF"),
    NOOP_FLAG("static-parser", "STATIC_PARSER"),
    NOOP_FLAG("use-experimental-parser", "USE_EXPERIMENTAL_PARSER"),
    NOOP_FLAG("send-anonymous-usage-stats", "SEND_ANONYMOUS_USAGE_STATS"),
    NOOP_FLAG("anonymous-usage-stats", NULL),
    {"single-threaded", "", "", OPT_FLAG, NULL, NULL, "false", "SINGLE_THREADED", CMD_PROJECT, F(single_threaded),
     "one node at a time, whatever --threads says"},
    NOOP_FLAG("use-fast-test-edges", "USE_FAST_TEST_EDGES"),
    NOOP_FLAG("log-cache-events", "LOG_CACHE_EVENTS"),
    NOOP_FLAG("macro-debugging", "MACRO_DEBUGGING"),
    NOOP_TEXT("record-timing-info", "r", "FILE", NULL),
    NOOP_TEXT("sqlparse", "", "YAML", "SQLPARSE"),
    NOOP_FLAG("show-all-deprecations", "SHOW_ALL_DEPRECATIONS"),
    NOOP_FLAG("upload-to-artifacts-ingest-api", "UPLOAD_TO_ARTIFACTS_INGEST_API"),
    NOOP_FLAG("show-resource-report", "SHOW_RESOURCE_REPORT"),
    NOOP_FLAG("export-saved-queries", "EXPORT_SAVED_QUERIES"),
    NOOP_FLAG("include-saved-query", "INCLUDE_SAVED_QUERY"),
    {0},
};
_Static_assert(sizeof options / sizeof *options <= MAX_OPTIONS, "a bit for each row");
// clang-format on

static bool listed(const char *list, Str name) {
  Str rest = str_c(list), part;
  if (!rest.len)
    return false;
  while (str_cut(&rest, '|', &part))
    if (str_eq(part, name))
      return true;
  return false;
}

const Command *command_find(Str name) {
  for (const Command *c = commands; c->name; c++)
    if (str_eq(str_c(c->name), name) || listed(c->aliases, name))
      return c;
  return NULL;
}

bool option_is_common(const Option *o) { return (o->commands & CMD_PROJECT) == CMD_PROJECT; }

const Option *option_find(Str name, unsigned bits) {
  for (const Option *o = options; o->name; o++)
    if (o->commands & bits && (str_eq(str_c(o->name), name) || listed(o->aliases, name)))
      return o;
  return NULL;
}

const Option *option_find_short(char letter, unsigned bits) {
  for (const Option *o = options; o->name; o++)
    if (o->commands & bits && letter && strchr(o->shorts, letter))
      return o;
  return NULL;
}
