// The one table of commands: parsing, help, completion, the manual and retry read it. Only data and
// lookup.
#include "commands.h"
#include "task.h"

#include "../../compiler/graph/node.h"

#include <stddef.h>

enum {
  BUILT = 1u << NODE_MODEL | 1u << NODE_SEED | 1u << NODE_SNAPSHOT,
  TESTS = 1u << NODE_TEST | 1u << NODE_UNIT_TEST,
  COMPILED =
      BUILT | 1u << NODE_TEST | 1u << NODE_ANALYSIS | 1u << NODE_OPERATION | 1u << NODE_FUNCTION
};

#define DO_BUILD "Build the warehouse"
#define DO_LOOK "Look before you build"
#define DO_START "Start and maintain a project"
#define DO_HELP "Help"

// clang-format off
const Command commands[] = {
    // bit, name, heading in the short help
    {CMD_BUILD,         "build",            DO_BUILD, .summary = "Run seeds, models and tests in graph order.",
     .detail = "A test runs right after the models it reads; what stands below a failed node is skipped and names "
               "its cause.",
     .task = task_build, .opens = OPEN_GRAPH, .what = "build", .retry = RETRY_RESULTS,
     .kinds = BUILT | TESTS | 1u << NODE_EXPOSURE | 1u << NODE_FUNCTION | 1u << NODE_SAVED_QUERY},
    {CMD_RUN,           "run",              DO_BUILD, .summary = "Run models only.",
     .detail = "Builds the selected models as their materialization says.",
     .task = task_build, .opens = OPEN_GRAPH, .what = "models", .retry = RETRY_RESULTS,
     .kinds = 1u << NODE_MODEL},
    {CMD_TEST,          "test",             DO_BUILD, .summary = "Run tests on what is built.",
     .detail = "Runs generic and singular tests of the selected nodes.",
     .task = task_build, .opens = OPEN_GRAPH, .what = "tests", .retry = RETRY_RESULTS,
     .kinds = TESTS},
    {CMD_SEED,          "seed",             DO_BUILD, .summary = "Load CSV files into tables.",
     .detail = "Streams each file of seed-paths into a table.",
     .task = task_build, .opens = OPEN_GRAPH, .what = "seeds", .retry = RETRY_RESULTS,
     .kinds = 1u << NODE_SEED},
    {CMD_LOAD,          "load",             DO_BUILD,
     .summary = "Bring tables from databases and files.",
     .detail = "Fills the tables that `loads:` of the schema files name: rows come into a table beside, and are seen all at "
               "once; a load that is done twice brings nothing twice.",
     .task = task_build, .opens = OPEN_GRAPH, .what = "loads", .retry = RETRY_RESULTS,
     .kinds = 1u << NODE_LOAD},
    {CMD_SNAPSHOT,      "snapshot",         DO_BUILD, .summary = "Run snapshots.",
     .detail = "Records how rows change over time.",
     .task = task_build, .opens = OPEN_GRAPH, .what = "snapshots", .retry = RETRY_RESULTS,
     .kinds = 1u << NODE_SNAPSHOT},
    {CMD_FRESHNESS,     "source freshness", DO_BUILD, .aliases = "source snapshot-freshness|snapshot-freshness",
     .summary = "Ask how old the newest rows of sources are.",
     .detail = "Compares the age of each selected source with its warn_after and error_after.",
     .which = "freshness", .task = task_freshness, .opens = OPEN_GRAPH, .what = "sources",
     .kinds = 1u << NODE_SOURCE},
    {CMD_AGES,          "freshness",        DO_BUILD,
     .summary = "Ask how old the newest rows of sources and models are.",
     .detail = "Compares the age of each selected source and model with its warn_after and error_after, and writes "
               "target/freshness.json.",
     .task = task_freshness, .opens = OPEN_GRAPH, .what = "sources and models",
     .kinds = 1u << NODE_SOURCE | 1u << NODE_MODEL},
    {CMD_OPERATION,     "run-operation",    DO_BUILD, .args = "[MACRO]", .most = 1,
     .summary = "Call one macro, or send one statement.",
     .detail = "Arguments of a macro are given as YAML or JSON with --args; a statement with --sql.",
     .task = task_operation, .opens = OPEN_GRAPH, .retry = RETRY_WHOLE},
    {CMD_CLONE,         "clone",            DO_BUILD, .summary = "Make relations of another environment appear here.",
     .detail = "Needs --state with the other environment's manifest.json. A table becomes a table with the same rows "
               "where the database shares them (ClickHouse's MergeTree), else a view on the other one; what is here "
               "already is left alone without --full-refresh.",
     .task = task_build, .opens = OPEN_GRAPH, .what = "clones", .retry = RETRY_RESULTS,
     .kinds = BUILT},
    {CMD_RETRY,         "retry",            DO_BUILD, .summary = "Run again what failed last time.",
     .detail = "Reads what the last run left in the target folder, also when it was killed, and does the same "
               "command again for the nodes that failed, were skipped or were not reached.",
     .task = task_retry, .opens = OPEN_PROJECT},

    {CMD_PARSE,         "parse",            DO_LOOK,  .summary = "Read the project and write manifest.json.",
     .detail = "Needs no database.",
     .task = task_parse, .opens = OPEN_GRAPH},
    {CMD_COMPILE,       "compile",          DO_LOOK,  .summary = "Render the SQL of models and tests.",
     .detail = "Writes target/compiled; with --select or --inline prints the SQL.",
     .task = task_compile, .opens = OPEN_GRAPH, .retry = RETRY_RESULTS,
     .kinds = COMPILED},
    {CMD_CHECK,         "check",            DO_LOOK,  .summary = "Find all SQL errors, and build nothing.",
     .detail = "Asks the database's own analyser about each node, over relations without rows: on ClickHouse an engine "
               "inside starc, on Postgres the target, in a transaction that is rolled back.",
     .task = task_check, .opens = OPEN_GRAPH, .what = "checks",
     .kinds = BUILT | 1u << NODE_TEST | 1u << NODE_UNIT_TEST | 1u << NODE_ANALYSIS | 1u << NODE_FUNCTION |
              1u << NODE_SEMANTIC_MODEL | 1u << NODE_METRIC},
    {CMD_SOURCE_CHECK,  "source check",     DO_LOOK,
     .summary = "Find columns of sources that are gone, new or of another type.",
     .detail = "Compares the tables of the target with schemas.lock.json and the sources' YAML, and names the models "
               "that read what changed.",
     .task = task_source_check, .opens = OPEN_GRAPH, .what = "sources",
     .kinds = 1u << NODE_SOURCE},
    {CMD_LINEAGE,       "lineage",          DO_LOOK,  .args = "[NODE[.COLUMN]]", .most = 1,
     .summary = "Show which columns a column is made of.",
     .detail = "Asks the database's own analyser, as check does, and reads what it resolved. Without a name it counts, "
               "and writes target/lineage.json.",
     .task = task_lineage, .opens = OPEN_GRAPH,
     .kinds = BUILT | 1u << NODE_TEST | 1u << NODE_ANALYSIS | 1u << NODE_FUNCTION | 1u << NODE_SEMANTIC_MODEL |
              1u << NODE_METRIC},
    {CMD_SYNC,          "sync",             DO_LOOK,  .summary = "Add missing columns and types to schema files.",
     .detail = "Looks at nodes as check does, and writes the columns that they have into the YAML files that describe "
               "them: what is missing is added, with its type, all else stays byte for byte. --dry-run shows the "
               "difference.",
     .task = task_sync, .opens = OPEN_GRAPH, .what = "schema files", .kinds = BUILT | 1u << NODE_SOURCE},
    {CMD_LS,            "ls",               DO_LOOK,  .aliases = "list", .summary = "List what a selection holds.",
     .detail = "Needs no database.",
     .which = "list", .task = task_ls, .opens = OPEN_GRAPH,
     .kinds = (1u << NODE_KINDS) - 1 - (1u << NODE_OPERATION)},
    {CMD_HISTORY,       "history",          DO_LOOK,  .args = "[NODE]", .most = 64,
     .summary = "Show what the last runs did.",
     .detail = "Without a name a line for each run; with names of nodes, or tests, what each run did with them. Runs are kept "
               "in .starc/history, or as `history:` of the project file says.",
     .task = task_history, .opens = OPEN_PROJECT},
    {CMD_SHOW,          "show",             DO_LOOK,  .summary = "Print rows of a model or of a query.",
     .detail = "Runs the compiled SQL of --select or --inline with a limit and prints a table.",
     .task = task_show, .opens = OPEN_GRAPH,
     .kinds = BUILT | 1u << NODE_ANALYSIS | 1u << NODE_TEST | 1u << NODE_SOURCE},
    {CMD_DOCS_GENERATE, "docs generate",    DO_LOOK,  .summary = "Write the documentation page and catalog.json.",
     .detail = "The page target/index.html opens from a file, without a server.",
     .which = "generate", .task = task_docs_generate, .opens = OPEN_GRAPH, .retry = RETRY_NODES,
     .kinds = COMPILED | 1u << NODE_SOURCE},
    {CMD_DOCS_DIFF,     "docs diff",        DO_LOOK,  .summary = "Show on a page what is new, changed or gone since --state.",
     .detail = "The documentation page in target/diff/, in colours: SQL line by line, columns, tests, config, and who reads "
               "what changed. The artifacts in target/ stay as they are.",
     .which = "diff", .task = task_docs_diff, .opens = OPEN_GRAPH, .kinds = COMPILED | 1u << NODE_SOURCE},
    {CMD_DOCS_SERVE,    "docs serve",       DO_LOOK,  .summary = "Serve the documentation page.",
     .detail = "A plain web server for the target folder.",
     .task = task_docs_serve, .opens = OPEN_PROJECT},
    {CMD_SERVE,         "serve",            DO_LOOK,
     .summary = "Let BI tools read the embedded warehouse.",
     .detail = "Speaks ClickHouse's HTTP interface, which JDBC drivers, clickhouse-connect, Metabase, Superset, Grafana "
               "and curl use. Only this machine reaches it, and it changes nothing, unless told otherwise.",
     .task = task_serve, .opens = OPEN_PROJECT},

    {CMD_INIT,          "init",             DO_START, .args = "[NAME]", .most = 1,
     .summary = "Make a small project that builds at once.",
     .detail = "Writes the folder NAME with a project file, a profile, a seed and two models; with --example, a project that "
               "shows one thing of starc. With --from-dbt nothing is written: it says what is different for a dbt project.",
     .task = task_init},
    {CMD_LOAD_INIT,     "load init",        DO_START, .summary = "Write the YAML of a load from what a database has.",
     .detail = "Looks at the tables of --from and writes one file: the load, and the source with columns and types that "
               "it fills. The password stands in a variable, not in the file.",
     .task = task_load_init, .opens = OPEN_PROJECT},
    {CMD_DEBUG,         "debug",            DO_START, .summary = "Check versions, files and the connection.",
     .detail = "Each failed check says what usually causes it.",
     .task = task_debug, .opens = OPEN_PROJECT},
    {CMD_ENGINE,        "engine",           DO_START, .args = "install|path|version|remove", .least = 1, .most = 1,
     .summary = "Get the embedded ClickHouse, for all projects.",
     .detail = "install fetches libchdb through npm, or chdb-core through pip or uv, or takes --from FILE, and puts it "
               "into ~/.local/share/starc ($XDG_DATA_HOME/starc), where every project finds it, in place of the one that "
               "was there; path and version say what is found; remove takes it away.",
     .task = task_engine},
    {CMD_DEPS,          "deps",             DO_START, .summary = "Put packages into place.",
     .detail = "Finds the packages of packages.yml and theirs, pins them in package-lock.yml and puts them into "
               "dbt_packages. Sources: a hub (STARC_HUB_URL), git, local folders, archives.",
     .task = task_deps, .opens = OPEN_FILES},
    {CMD_LOCKS,         "locks",            DO_START, .args = "[ID]", .most = 64,
     .summary = "Show who writes what at the target now.",
     .detail = "Two runs do not write a relation at the same time: the one that comes second waits. --remove takes "
               "away what dead runs left; with ids, those locks, whoever has them (on Postgres their session is "
               "ended).",
     .task = task_locks, .opens = OPEN_GRAPH},
    {CMD_CLEAN,         "clean",            DO_START, .summary = "Remove the folders of clean-targets.",
     .detail = "Refuses, and removes nothing, where one of them holds files of the project or lies outside of it. "
               "Never touches .starc, where the embedded warehouse lives.",
     .task = task_clean, .opens = OPEN_FILES},

    {CMD_HELP,          "help",             DO_HELP,  .args = "[COMMAND|error|topics|config|name]", .most = 3,
     .summary = "Show this, a command, a guide, a config key, or what an error means.",
     .detail = "An error or warning ends in its code, [unknown-ref] for one: help error unknown-ref explains it, "
               "help error lists all. help topics lists the guides of the manual, help topic NAME shows one: on a terminal "
               "through STARC_PAGER, PAGER or less. help config lists the config keys, help name what a template can name; "
               "help unique_key, help ref shows one."},
    {CMD_VERSION,       "version",          DO_HELP,  .summary = "Show the version."},
    {CMD_COMPLETION,    "completion",       DO_HELP,  .args = "bash|zsh|fish", .least = 1, .most = 1,
     .summary = "Print a completion script for a shell.", .detail = "For example: eval \"$(starc completion bash)\"."},
    {CMD_MAN,           "man",              DO_HELP,  .summary = "Print the manual page.",
     .detail = "For example: starc man | man -l -."},
    {CMD_REFERENCE,     "reference",        NULL,       .args = "[PAGE]", .most = 1,
     .summary = "Print a page of the reference as Markdown.",
     .detail = "Pages: cli, template, functions, config, profiles, errors."},
    {CMD_WORDS,         "completion-words", NULL,       .args = "selectors|targets|macros", .least = 1, .most = 1,
     .summary = "Print what a shell may offer for a value, one word a line.",
     .detail = "The completion scripts call it. It says nothing where the project cannot be read.",
     .task = task_words, .opens = OPEN_GRAPH},
    {0},
};
// clang-format on

const Command *command_find(Str name) {
  for (const Command *c = commands; c->name; c++)
    if (str_eq(str_c(c->name), name) || str_listed(str_c(c->aliases), '|', name))
      return c;
  return NULL;
}

const Command *command_of_artifact(Str which) {
  for (const Command *c = commands; c->name; c++)
    if (c->which && str_eq(str_c(c->which), which))
      return c;
  return command_find(which);
}
