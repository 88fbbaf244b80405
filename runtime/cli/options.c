// The table of options. Only data and lookup; reading argv is arguments.c, showing them is help.c
// and completion.c.
#include "options.h"
#include "../deps/lock.h"
#include "../task/example.h"

#include "../../compiler/project/profile.h"

#include <stddef.h>

#define F(name) offsetof(RunOptions, name)
#define NOOP (-1)

// Accepted for the sake of callers; they change nothing here.
#define WITHOUT_EFFECT "accepted, without effect"
#define NOOP_FLAG(name, env)                                                                       \
  {                                                                                                \
    name, OPT_FLAG, CMD_PROJECT, NOOP, NULL, NULL, NULL, NULL, NULL, env, WITHOUT_EFFECT, NULL,    \
        NULL                                                                                       \
  }
#define NOOP_TEXT(name, shorts, arg, env)                                                          \
  {                                                                                                \
    name, OPT_TEXT, CMD_PROJECT, NOOP, shorts, NULL, arg, NULL, NULL, env, WITHOUT_EFFECT, NULL,   \
        NULL                                                                                       \
  }

#define C_FULL                                                                                     \
  (CMD_BUILD | CMD_RUN | CMD_SEED | CMD_COMPILE | CMD_SHOW | CMD_RETRY | CMD_DOCS_GENERATE |       \
   CMD_SNAPSHOT | CMD_TEST | CMD_CLONE | CMD_LOAD)
#define C_LOCKS                                                                                    \
  (CMD_BUILD | CMD_RUN | CMD_TEST | CMD_SEED | CMD_SNAPSHOT | CMD_CLONE | CMD_RETRY | CMD_LOAD)
#define C_CHECK (CMD_BUILD | CMD_RUN | CMD_TEST | CMD_SEED | CMD_SNAPSHOT)
#define C_WATCH (C_CHECK | CMD_COMPILE | CMD_CHECK)
#define C_EMPTY (CMD_BUILD | CMD_RUN | CMD_SNAPSHOT | CMD_COMPILE | CMD_SHOW | CMD_SEED | CMD_LOAD)
#define C_EVENT_TIME (CMD_BUILD | CMD_RUN | CMD_COMPILE)
// The commands that read profiles.yml.
#define C_PROFILE                                                                                  \
  (CMD_NODES | CMD_PARSE | CMD_LS | CMD_OPERATION | CMD_FRESHNESS | CMD_AGES | CMD_DEBUG |         \
   CMD_RETRY | CMD_LOCKS | CMD_SOURCE_CHECK | CMD_SERVE)
#define C_TYPES                                                                                    \
  (CMD_CLONE | CMD_BUILD | CMD_TEST | CMD_LS | CMD_RUN | CMD_SEED | CMD_COMPILE | CMD_AGES)

// clang-format off
const Option options[] = {
    // name, kind, commands, field; in the order of the long help
    {"select",                 OPT_WORDS,  CMD_LS, F(select), .shorts = "s", .arg = "SELECTOR",
     .help = "nodes to work on, in the selection grammar"},
    {"models",                 OPT_WORDS,  CMD_LS, F(models), .shorts = "m", .aliases = "model", .arg = "SELECTOR",
     .help = "as --select, models only"},
    {"select",                 OPT_WORDS,  CMD_SELECT & ~(CommandSet)CMD_LS, F(select), .shorts = "sm",
     .aliases = "models|model", .arg = "SELECTOR",
     .help = "nodes to work on: names, +parents, children+, tag:x, path:x, ..."},
    {"select",                 OPT_WORDS,  CMD_CLEAN, NOOP, .shorts = "s", .arg = "SELECTOR",
     .help = WITHOUT_EFFECT},
    {"exclude",                OPT_WORDS,  CMD_SELECT, F(exclude), .arg = "SELECTOR", .help = "nodes to leave out"},
    {"selector",               OPT_TEXT,   CMD_SELECT, F(selector), .arg = "NAME",
     .help = "a selection defined in selectors.yml"},
    {"resource-type",          OPT_WORDS,  C_TYPES, F(resource_types), .aliases = "resource-types", .arg = "TYPE",
     .env = "RESOURCE_TYPES", .help = "only nodes of these kinds: model, test, seed, source, ..."},
    {"exclude-resource-type",  OPT_WORDS,  C_TYPES, F(exclude_resource_types), .aliases = "exclude-resource-types",
     .arg = "TYPE", .env = "EXCLUDE_RESOURCE_TYPES", .help = "no nodes of these kinds"},
    {"indirect-selection",     OPT_CHOICE, CMD_PROJECT, F(indirect_selection), .arg = "MODE",
     .choices = "eager|cautious|buildable|empty", .otherwise = "eager", .env = "INDIRECT_SELECTION",
     .help = "which tests come with selected nodes: eager, cautious, buildable, empty"},

    {"full-refresh",           OPT_FLAG,   C_FULL, F(full_refresh), .shorts = "f", .otherwise = "false",
     .env = "FULL_REFRESH", .help = "build incremental models and seeds from nothing"},
    {"empty",                  OPT_FLAG,   C_EMPTY, F(empty), .otherwise = "false", .env = "EMPTY",
     .help = "read no rows from refs, sources and seeds: checks the SQL, builds empty tables; history stays"},
    {"sample",                 OPT_TEXT,   CMD_BUILD | CMD_RUN | CMD_LOAD, F(sample), .arg = "SPAN", .env = "SAMPLE",
     .help = "read of parents with an event_time, and of loads with a cursor of a time, the rows of a span: '3 days', '{start: .., end: ..}'"},
    {"event-time-start",       OPT_TEXT,   C_EVENT_TIME, F(event_time_start), .arg = "TIME", .env = "EVENT_TIME_START",
     .help = "microbatch models: from the batch of this moment (UTC), 2025-01-31 or 2025-01-31T12:00"},
    {"event-time-end",         OPT_TEXT,   C_EVENT_TIME, F(event_time_end), .arg = "TIME", .env = "EVENT_TIME_END",
     .help = "microbatch models: up to the batch before this moment (UTC)"},
    {"now",                    OPT_TEXT,   CMD_PROJECT, F(now), .arg = "TIME", .env = "STARC_NOW",
     .help = "the moment (UTC) that counts as the start: run_started_at, the last batch, the end of --sample"},
    {"fail-fast",              OPT_FLAG,   CMD_PROJECT, F(fail_fast), .shorts = "x", .otherwise = "false",
     .env = "FAIL_FAST", .help = "stop handing out nodes after the first failure"},
    {"wait",                   OPT_TEXT,   C_LOCKS, F(wait), .arg = "TIME", .otherwise = "10m", .env = "STARC_WAIT",
     .help = "how long a node waits for another run that writes its relation: 30s, 10m, 1h; 0: not at all"},
    {"lock",                   OPT_FLAG,   C_LOCKS, F(locks), .otherwise = "true", .env = "STARC_LOCK",
     .help = "keep two runs from writing one relation at the same time"},
    {"with-loads",             OPT_FLAG,   CMD_BUILD | CMD_RETRY, F(with_loads), .otherwise = "false", .env = "STARC_WITH_LOADS",
     .help = "run loads too, where the selection does not name nodes"},
    {"check-sources",          OPT_FLAG,   CMD_BUILD | CMD_RUN, F(check_sources), .otherwise = "false",
     .env = "STARC_CHECK_SOURCES",
     .help = "look at the columns of the sources first (starc source check), and build nothing if something is wrong"},
    {"check",                  OPT_FLAG,   C_CHECK, F(check), .otherwise = "false", .env = "STARC_CHECK",
     .help = "look at the SQL of the selection first (starc check), and build nothing if it has errors"},
    {"watch",                  OPT_FLAG,   C_WATCH, F(watch), .otherwise = "false",
     .help = "go on: with each save, the same for what changed and what stands below it, until Ctrl-C"},
    {"poll",                   OPT_FLAG,   C_WATCH, F(poll), .otherwise = "false", .env = "STARC_POLL",
     .help = "with --watch: look at the files every second, where the system does not tell of changes"},
    {"store-failures",         OPT_FLAG,   CMD_BUILD | CMD_TEST, F(store_failures), .otherwise = "false",
     .env = "STORE_FAILURES", .help = "keep the rows that tests found in tables"},
    {"failing-rows",           OPT_INT,    CMD_BUILD | CMD_TEST, F(failing_rows), .arg = "N", .otherwise = "5",
     .env = "STARC_FAILING_ROWS", .help = "how many of the rows that a test found are shown; 0: none"},
    {"threads",                OPT_INT,    CMD_PROJECT, F(threads), .arg = "N", .env = "STARC_THREADS",
     .help = "how many nodes run side by side (default: the target's threads)"},
    {"template-memory",        OPT_INT,    CMD_PROJECT, F(template_memory), .arg = "MB", .otherwise = "2048",
     .env = "STARC_TEMPLATE_MEMORY",
     .help = "how much memory the values and texts of templates may take, of one and of all that run at once"},
    {"template-time",          OPT_INT,    CMD_PROJECT, F(template_time), .arg = "SECONDS", .otherwise = "10",
     .env = "STARC_TEMPLATE_TIME",
     .help = "how long one template may work; that it waits for the database does not count"},
    {"vars",                   OPT_TEXT,   CMD_PROJECT, F(vars), .arg = "YAML", .otherwise = "{}", .env = "STARC_VARS",
     .help = "values for var(): '{key: value}'"},
    {"defer",                  OPT_FLAG,   CMD_PROJECT, F(defer), .otherwise = "false", .env = "DEFER|DEFER_TO_STATE",
     .help = "read unselected parents from the state's relations"},
    {"favor-state",            OPT_FLAG,   CMD_PROJECT, F(favor_state), .otherwise = "false",
     .env = "FAVOR_STATE|FAVOR_STATE_MODE", .help = "with --defer: also where a relation exists here"},
    {"state",                  OPT_TEXT,   CMD_PROJECT, F(state), .arg = "DIR", .env = "STATE|ARTIFACT_STATE_PATH",
     .help = "folder with an earlier manifest.json, for state: and --defer"},
    {"defer-state",            OPT_TEXT,   CMD_PROJECT, F(defer_state), .arg = "DIR", .env = "DEFER_STATE",
     .help = "the same, for --defer alone"},
    {"warn-error",             OPT_FLAG,   CMD_PROJECT, F(warn_error), .otherwise = "false", .env = "WARN_ERROR",
     .help = "warnings are errors"},
    {"warn-error-options",     OPT_TEXT,   CMD_PROJECT, F(warn_error_options), .arg = "YAML", .otherwise = "{}",
     .env = "WARN_ERROR_OPTIONS", .help = "which warnings are errors: '{error: all, silence: [..]}'"},

    {"embedded",               OPT_FLAG,   C_PROFILE, F(embedded), .otherwise = "false", .env = "STARC_EMBEDDED",
     .help = "in place of a profile: a ClickHouse inside starc, in .starc/warehouse of the project"},
    {"allow-library",          OPT_FLAG,   C_PROFILE, F(allow_library), .otherwise = "false",
     .env = "STARC_ALLOW_LIBRARY",
     .help = "load the `library:` that a profiles.yml in the project's folder names: it runs as a part of starc"},
    {"allow-files",            OPT_FLAG,   C_PROFILE, F(allow_files), .otherwise = "false", .env = "STARC_ALLOW_FILES",
     .help = "take `file_access:` from a profiles.yml in the project's folder: files outside of it that the embedded "
             "engine opens"},
    {"target",                 OPT_TEXT,   CMD_PROJECT, F(target), .shorts = "t", .arg = "NAME", .env = "TARGET",
     .help = "which output of the profile to use"},
    {"profile",                OPT_TEXT,   CMD_PROJECT, F(profile), .arg = "NAME", .env = "PROFILE",
     .help = "which profile to use, in place of the project's"},
    {"profiles-dir",           OPT_TEXT,   CMD_PROJECT, F(profiles_dir), .arg = "DIR", .env = "PROFILES_DIR",
     .help = "where profiles.yml is"},
    {"project-dir",            OPT_TEXT,   CMD_PROJECT, F(project_dir), .arg = "DIR", .env = "PROJECT_DIR",
     .help = "where the project is (default: here or a folder above)"},
    {"target-path",            OPT_TEXT,   CMD_PROJECT, F(target_path), .arg = "DIR", .env = "TARGET_PATH",
     .help = "where artifacts are written (default: target)"},
    {"write-json",             OPT_FLAG,   CMD_PROJECT, F(write_json), .otherwise = "true", .env = "WRITE_JSON",
     .help = "write manifest.json and run_results.json"},
    {"report",                 OPT_REPORT, CMD_PROJECT, F(reports), .arg = "FORM=FILE", .env = "STARC_REPORT",
     .help = "write what was done and found for another program; - is standard output; may be repeated"},
    {"junit",                  OPT_REPORT, CMD_PROJECT, F(reports), .arg = "FILE", .env = "STARC_JUNIT",
     .help = "the same as --report junit=FILE"},

    {"output",                 OPT_CHOICE, CMD_LS, F(output), .arg = "FORM", .choices = "selector|name|path|json",
     .otherwise = "selector", .help = "how each node is printed: selector, name, path, json"},
    {"output-keys",            OPT_WORDS,  CMD_LS, F(output_keys), .arg = "KEY",
     .help = "keys of --output json, in this order"},
    {"output",                 OPT_CHOICE, CMD_SHOW | CMD_COMPILE | CMD_LOCKS, F(output), .arg = "FORM",
     .choices = "text|json|csv", .otherwise = "text", .help = "how the result is printed: text, json, csv"},
    {"remove",                 OPT_FLAG,   CMD_LOCKS, F(remove), .otherwise = "false",
     .help = "remove the locks of dead runs, or those that are named"},
    {"output",                 OPT_CHOICE, CMD_LINEAGE, F(output), .arg = "FORM",
     .choices = "text|json|mermaid|openlineage", .otherwise = "text",
     .help = "how it is printed: text, json, mermaid, openlineage"},
    {"upstream",               OPT_FLAG,   CMD_LINEAGE, F(upstream), .otherwise = "false",
     .help = "what it is made of; so it is without one of these three"},
    {"downstream",             OPT_FLAG,   CMD_LINEAGE, F(downstream), .otherwise = "false",
     .help = "what is made of it"},
    {"both",                   OPT_FLAG,   CMD_LINEAGE, F(both), .otherwise = "false", .help = "both ways"},
    {"influence",              OPT_FLAG,   CMD_LINEAGE, F(influence), .otherwise = "false",
     .help = "also what only decides which rows there are, or which value is taken"},
    {"depth",                  OPT_INT,    CMD_LINEAGE, F(depth), .arg = "N", .otherwise = "0",
     .help = "at most so many steps; 0: all, and of a node without a column one"},
    {"from",                   OPT_TEXT,   CMD_LOAD_INIT, F(load_from), .arg = "ADDRESS",
     .help = "the database: postgres://user@host:5432/database?schema=public"},
    {"name",                   OPT_TEXT,   CMD_LOAD_INIT, F(load_name), .arg = "NAME",
     .help = "what the load is called (default: as the database)"},
    {"schema",                 OPT_TEXT,   CMD_LOAD_INIT, F(load_schema), .arg = "NAME",
     .help = "the schema that its tables go to (default: raw_ and the load's name)"},
    {"from",                   OPT_TEXT,   CMD_ENGINE, F(engine_from), .arg = "FILE",
     .help = "install: this libchdb.so, or wheel of chdb-core, in place of a registry's"},
    {"with",                   OPT_CHOICE, CMD_ENGINE, F(engine_with), .arg = "CLIENT", .choices = "npm|pip|uv",
     .help = "install: fetch it with npm (libchdb), pip or uv (chdb-core) (default: the first that is there)"},
    {"file",                   OPT_TEXT,   CMD_LINEAGE, F(lineage_file), .arg = "FILE",
     .help = "a lineage.json to read, in place of asking the database"},
    {"output",                 OPT_TEXT,   CMD_FRESHNESS, F(output), .shorts = "o", .arg = "FILE",
     .help = "where sources.json goes (default: target/sources.json)"},
    {"inline",                 OPT_TEXT,   CMD_SHOW | CMD_COMPILE, F(inline_sql), .arg = "SQL",
     .help = "a query, rendered like a model"},
    {"inline-direct",          OPT_TEXT,   CMD_SHOW, F(inline_direct), .arg = "SQL",
     .help = "the same, sent as it is: braces are no template"},
    {"limit",                  OPT_INT,    CMD_SHOW, F(limit), .arg = "N", .otherwise = "5",
     .help = "how many rows; -1: all"},
    {"args",                   OPT_TEXT,   CMD_OPERATION, F(macro_args), .arg = "YAML", .otherwise = "{}",
     .help = "arguments of the macro: '{key: value}'"},
    {"sql",                    OPT_TEXT,   CMD_OPERATION, F(operation_sql), .arg = "SQL",
     .help = "a statement in place of a macro, rendered like a model"},
    {"show",                   OPT_FLAG,   CMD_BUILD | CMD_SEED, F(show), .otherwise = "false",
     .help = "print the first rows of loaded seeds"},
    {"compile",                OPT_FLAG,   CMD_DOCS_GENERATE, F(write_catalog_compile), .otherwise = "true",
     .help = "compile the models first"},
    {"empty-catalog",          OPT_FLAG,   CMD_DOCS_GENERATE, F(empty_catalog), .otherwise = "false",
     .help = "ask the database nothing"},
    {"static",                 OPT_FLAG,   CMD_DOCS_GENERATE, F(static_page), .otherwise = "false",
     .help = "accepted, without effect: the page is always one file"},
    {"host",                   OPT_TEXT,   CMD_DOCS_SERVE, F(host), .arg = "HOST", .otherwise = "127.0.0.1",
     .env = "HOST", .help = "address to listen on"},
    {"port",                   OPT_INT,    CMD_DOCS_SERVE, F(port), .arg = "PORT", .otherwise = "8080",
     .help = "port to listen on"},
    {"port",                   OPT_INT,    CMD_SERVE, F(port), .arg = "PORT", .otherwise = "8123",
     .help = "port to listen on; 0: any that is free"},
    {"bind",                   OPT_TEXT,   CMD_SERVE, F(host), .arg = "HOST", .otherwise = "127.0.0.1",
     .help = "address to listen on"},
    {"write",                  OPT_FLAG,   CMD_SERVE, F(write), .otherwise = "false",
     .help = "let clients change the warehouse, not only read it"},
    {"project-files",          OPT_FLAG,   CMD_SERVE, F(project_files), .otherwise = "false",
     .help = "builds that go through it open files of the project; clients are refused them by name"},
    {"no-password",            OPT_FLAG,   CMD_SERVE, F(no_password), .otherwise = "false",
     .help = "let in whoever is on this machine"},
    {"users",                  OPT_TEXT,   CMD_SERVE, F(users), .arg = "FILE",
     .help = "who may come: a file of YAML (otherwise starc_serve.yml of the project, if there is one)"},
    {"query-log",              OPT_TEXT,   CMD_SERVE, F(query_log), .arg = "FILE",
     .help = "a line of JSON for each query of a client, added to this file; -: to standard output"},
    {"allow-origin",           OPT_TEXTS,  CMD_SERVE, F(origins), .arg = "ORIGIN",
     .help = "let pages of this site ask: https://app.example.com; may be repeated; *: of any"},
    {"hash-password",          OPT_FLAG,   CMD_SERVE, F(hash_password), .otherwise = "false",
     .help = "read a password from standard input, print the hash of it for that file, and end"},
    {"browser",                OPT_FLAG,   CMD_DOCS_SERVE, F(browser), .otherwise = "true", .help = "open a browser"},
    {"connection",             OPT_FLAG,   CMD_DEBUG, F(connection), .otherwise = "false",
     .help = "check the connection only"},
    {"config-dir",             OPT_FLAG,   CMD_DEBUG, F(config_dir), .otherwise = "false",
     .help = "print where profiles.yml is looked for"},
    {"type",                   OPT_CHOICE, CMD_INIT, F(init_type), .arg = "TYPE",
     .choose = profile_start_types, .otherwise = "embedded",
     .help = "which database the new project uses: embedded, clickhouse, postgres"},
    {"example",                OPT_CHOICE, CMD_INIT, F(init_example), .arg = "EXAMPLE", .choose = example_choices,
     .lone = "list", .help = "write this commented project; list, or nothing, says which there are"},
    {"clean-project-files-only", OPT_FLAG,   CMD_CLEAN, F(clean_project_files_only), .otherwise = "true",
     .env = "CLEAN_PROJECT_FILES_ONLY", .help = "refuse to remove what lies outside the project"},
    {"dry-run",                OPT_FLAG,   CMD_LOAD, F(dry_run), .otherwise = "false",
     .help = "say which tables would be brought, how, and with which types; nothing is written"},
    {"dry-run",                OPT_FLAG,   CMD_SYNC, F(dry_run), .otherwise = "false",
     .help = "write nothing, show what would be changed; exit code 1 if something would"},
    {"update-types",           OPT_FLAG,   CMD_SYNC, F(update_types), .otherwise = "false",
     .help = "change each data_type that is not the relation's, too"},
    {"update-sources",         OPT_FLAG,   CMD_CHECK, F(update_sources), .otherwise = "false",
     .help = "ask the target for the columns of sources, and write them into schemas.lock.json"},
    {"drop",                   OPT_TEXTS,  CMD_CHECK, F(drops), .arg = "NODE.COLUMN",
     .help = "tell what would fail or change without this column; may be repeated"},
    {"retype",                 OPT_TEXTS,  CMD_CHECK, F(retypes), .arg = "NODE.COLUMN=TYPE",
     .help = "the same, were the column of another type; may be repeated"},
    {"unused",                 OPT_FLAG,   CMD_CHECK, F(unused), .otherwise = "false",
     .help = "list columns that nothing in the project reads"},
    {"output",                 OPT_CHOICE, CMD_CHECK, F(output), .arg = "FORM", .choices = "text|json",
     .otherwise = "text", .help = "of --drop, --retype and --unused: text, or json, an object a line"},
    {"offline",                OPT_FLAG,   CMD_CHECK | CMD_SYNC, F(offline), .otherwise = "false",
     .help = "ask no server: sources are as schemas.lock.json or their YAML says"},
    {"check-target",           OPT_TEXT,   CMD_CHECK | CMD_SYNC, F(check_target), .arg = "NAME",
     .help = "another target of the profile, in which nodes are looked at"},
    {"lock",                   OPT_FLAG,   CMD_DEPS, F(lock), .otherwise = "false",
     .help = "write package-lock.yml only"},
    {"upgrade",                OPT_FLAG,   CMD_DEPS, F(upgrade), .otherwise = "false",
     .help = "choose versions anew, whatever package-lock.yml says"},
    {"add-package",            OPT_TEXT,   CMD_DEPS, F(add_package), .arg = "NAME@VERSION",
     .help = "put a package into packages.yml first"},
    {"source",                 OPT_CHOICE, CMD_DEPS, F(source), .arg = "WHERE", .choices = "hub|git|local",
     .otherwise = "hub", .help = "where --add-package takes it from: hub, git, local"},

    {"quiet",                  OPT_FLAG,   CMD_REPORTS, F(quiet), .shorts = "q", .otherwise = "false", .env = "QUIET",
     .help = "show errors and asked-for output only"},
    {"brief",                  OPT_FLAG,   CMD_REPORTS, F(brief), .otherwise = "false", .env = "STARC_BRIEF",
     .help = "show the live line, warnings, errors and the totals: --log-level warn"},
    {"debug",                  OPT_FLAG,   CMD_REPORTS, F(debug), .shorts = "d", .otherwise = "false", .env = "DEBUG",
     .help = "show what is done in detail, statements too"},
    {"print",                  OPT_FLAG,   CMD_PROJECT, F(print), .otherwise = "true", .env = "PRINT|!NO_PRINT",
     .help = "show what print() says"},
    {"log-format",             OPT_CHOICE, CMD_REPORTS, F(log_format), .arg = "FORM",
     .choices = "text|debug|json|otel|default", .otherwise = "default", .env = "LOG_FORMAT",
     .help = "form of lines on the terminal: text, debug, json, otel (what dbt-core reads of its parser)"},
    {"log-format-file",        OPT_CHOICE, CMD_PROJECT, F(log_format_file), .arg = "FORM",
     .choices = "text|debug|json|default", .otherwise = "debug", .env = "LOG_FORMAT_FILE",
     .help = "form of lines in the log file"},
    {"log-level",              OPT_CHOICE, CMD_REPORTS, F(log_level), .arg = "LEVEL",
     .choices = "debug|info|warn|error|none|off", .otherwise = "info", .env = "LOG_LEVEL",
     .help = "least level shown: debug, info, warn, error, none"},
    {"log-level-file",         OPT_CHOICE, CMD_PROJECT, F(log_level_file), .arg = "LEVEL",
     .choices = "debug|info|warn|error|none|off", .otherwise = "debug", .env = "LOG_LEVEL_FILE",
     .help = "least level in the log file"},
    {"log-path",               OPT_TEXT,   CMD_PROJECT, F(log_path), .arg = "DIR", .env = "LOG_PATH",
     .help = "where the log file goes (default: logs)"},
    {"log-file-max-bytes",     OPT_INT,    CMD_PROJECT, F(log_file_max_bytes), .arg = "N", .otherwise = "10485760",
     .env = "LOG_FILE_MAX_BYTES", .help = "size at which the log file is put aside"},
    {"use-colors",             OPT_FLAG,   CMD_REPORTS, F(use_colors), .env = "USE_COLORS",
     .help = "colours (default: on a terminal, unless NO_COLOR is set)"},
    {"use-colors-file",        OPT_FLAG,   CMD_PROJECT, F(use_colors_file), .otherwise = "false",
     .env = "USE_COLORS_FILE", .help = "accepted, without effect: the log file has no colours"},
    {"printer-width",          OPT_INT,    CMD_PROJECT, F(printer_width), .arg = "N", .otherwise = "80",
     .env = "PRINTER_WIDTH",
     .help = "accepted, without effect but flags.PRINTER_WIDTH: lines have the width of the terminal"},
    {"help",                   OPT_FLAG,   CMD_ALL, F(help), .shorts = "h", .otherwise = "false", .help = "show help"},
    {"version",                OPT_FLAG,   CMD_ALL, F(version), .shorts = "vV", .otherwise = "false",
     .help = "show the version"},
    {"introspect",             OPT_FLAG,   CMD_COMPILE | CMD_SHOW | CMD_DOCS_GENERATE, F(introspect),
     .otherwise = "true", .env = "INTROSPECT", .help = "let texts that are compiled ask the database"},
    {"version-check",          OPT_FLAG,   CMD_PROJECT, F(version_check), .otherwise = "true", .env = "VERSION_CHECK",
     .help = "refuse a project or package whose require-dbt-version does not fit"},
    {"invocation-id",          OPT_TEXT,   CMD_PROJECT, F(invocation_id), .arg = "UUID", .env = "STARC_INVOCATION_ID",
     .help = "the id of this run in artifacts, logs and comments of statements, in place of a new one"},
    {"packages-install-path",  OPT_TEXT,   CMD_PROJECT, F(packages_path), .arg = "DIR",
     .env = "STARC_PACKAGES_INSTALL_PATH",
     .help = "where packages are (default: packages-install-path of the project)"},
    {"maximum-seed-size-mib",  OPT_INT,    CMD_PROJECT, F(seed_mib), .arg = "N", .otherwise = "1",
     .env = "MAXIMUM_SEED_SIZE_MIB",
     .help = "a bigger seed counts as modified when its path changes, not its rows; 0: none is too big"},
    {"dbt-version",            OPT_CHOICE, CMD_PROJECT | CMD_VERSION, F(dbt_version), .arg = "VERSION",
     .choices = "1.11|1.12", .env = "STARC_DBT_VERSION",
     .help = "which dbt to behave as (default: the newest of them that require-dbt-version of the project allows)"},
    {"inject-ephemeral-ctes",  OPT_FLAG,   CMD_COMPILE, F(inject_ephemeral_ctes), .otherwise = "true",
     .help = "put ephemeral models into the text that reads them"},
    {"populate-cache",         OPT_FLAG,   CMD_PROJECT, F(populate_cache), .otherwise = "true", .env = "POPULATE_CACHE",
     .help = "read the list of existing relations first"},
    {"cache-selected-only",    OPT_FLAG,   CMD_PROJECT, F(cache_selected_only), .otherwise = "true",
     .env = "CACHE_SELECTED_ONLY", .help = "accepted, without effect: only schemas of selected nodes are looked into"},

    NOOP_FLAG("hints-enabled", "HINTS_ENABLED"),
    NOOP_FLAG("use-v2-parser", "USE_V2_PARSER"),
    NOOP_TEXT("v2-parser", NULL, "COMMAND", "V2_PARSER"),
    NOOP_FLAG("snowflake-projects-otel", "SNOWFLAKE_PROJECTS_OTEL"),
    {"skip-profile-setup",     OPT_FLAG,   CMD_INIT, NOOP, .shorts = "s", .help = WITHOUT_EFFECT},
    {"skip-debug",             OPT_FLAG,   CMD_INIT, NOOP, .help = WITHOUT_EFFECT},
    NOOP_FLAG("partial-parse", "PARTIAL_PARSE"),
    NOOP_TEXT("partial-parse-file-path", NULL, "FILE", "PARTIAL_PARSE_FILE_PATH"),
    NOOP_FLAG("partial-parse-file-diff", "PARTIAL_PARSE_FILE_DIFF"),
    NOOP_FLAG("static-parser", "STATIC_PARSER"),
    NOOP_FLAG("use-experimental-parser", "USE_EXPERIMENTAL_PARSER"),
    NOOP_FLAG("send-anonymous-usage-stats", "SEND_ANONYMOUS_USAGE_STATS"),
    NOOP_FLAG("anonymous-usage-stats", NULL),
    {"single-threaded",        OPT_FLAG,   CMD_PROJECT, F(single_threaded), .otherwise = "false",
     .env = "SINGLE_THREADED", .help = "one node at a time, whatever --threads says"},
    NOOP_FLAG("use-fast-test-edges", "USE_FAST_TEST_EDGES"),
    NOOP_FLAG("log-cache-events", "LOG_CACHE_EVENTS"),
    NOOP_FLAG("macro-debugging", "MACRO_DEBUGGING"),
    NOOP_TEXT("record-timing-info", "r", "FILE", NULL),
    NOOP_TEXT("sqlparse", NULL, "YAML", "SQLPARSE"),
    NOOP_FLAG("show-all-deprecations", "SHOW_ALL_DEPRECATIONS"),
    NOOP_FLAG("upload-to-artifacts-ingest-api", "UPLOAD_TO_ARTIFACTS_INGEST_API"),
    NOOP_FLAG("show-resource-report", "SHOW_RESOURCE_REPORT"),
    NOOP_FLAG("export-saved-queries", "EXPORT_SAVED_QUERIES"),
    NOOP_FLAG("include-saved-query", "INCLUDE_SAVED_QUERY"),
    {0},
};
_Static_assert(COUNT(options) <= MAX_OPTIONS, "a place for each row");
// clang-format on

const char *option_choices(const Option *o) { return o->choose ? o->choose() : o->choices; }

bool option_is_common(const Option *o) { return (o->commands & CMD_PROJECT) == CMD_PROJECT; }

const Option *option_find(Str name, CommandSet bits) {
  for (const Option *o = options; o->name; o++)
    if (o->commands & bits &&
        (str_eq(str_c(o->name), name) || str_listed(str_c(o->aliases), '|', name)))
      return o;
  return NULL;
}

const Option *option_find_short(char letter, CommandSet bits) {
  for (const Option *o = options; o->name; o++)
    if (o->commands & bits && letter && o->shorts && strchr(o->shorts, letter))
      return o;
  return NULL;
}
