// The one table of options. With that of commands (task/commands.h) it feeds parsing, help,
// completion, the man page and docs/reference/cli.md. In: argv and the environment. Out: a
// RunOptions.
#ifndef STARC_CLI_OPTIONS_H
#define STARC_CLI_OPTIONS_H
#include "../../compiler/base/diag.h"
#include "../../compiler/project/level.h"
#include "../task/commands.h"

// Sets of commands.
enum {
  // Those that report on something, and those among them that work on a project. dbt takes some
  // options with each of these, whether or not it reads what they are about; so does starc.
  CMD_REPORTS = CMD_ALL & ~(CMD_COMPLETION | CMD_MAN | CMD_HELP | CMD_VERSION | CMD_REFERENCE),
  CMD_PROJECT = CMD_REPORTS & ~(CMD_INIT | CMD_ENGINE),
  CMD_NODES = CMD_BUILD | CMD_RUN | CMD_TEST | CMD_SEED | CMD_SNAPSHOT | CMD_COMPILE | CMD_SHOW |
              CMD_DOCS_GENERATE | CMD_DOCS_DIFF | CMD_CLONE | CMD_LOAD | CMD_CHECK | CMD_LINEAGE |
              CMD_SYNC,
  CMD_SELECT = CMD_NODES | CMD_LS | CMD_FRESHNESS | CMD_AGES | CMD_SOURCE_CHECK,
};

typedef enum OptionKind {
  OPT_FLAG,   // --x / --no-x
  OPT_TEXT,   // --x VALUE
  OPT_INT,    // --x N
  OPT_CHOICE, // --x one of `choices`
  OPT_WORDS,  // --x A B C, may be repeated
  OPT_TEXTS,  // --x VALUE, may be repeated
  OPT_REPORT, // --report FORM=FILE of report_forms, --FORM FILE; may be repeated
} OptionKind;

typedef struct Option {
  const char *name; // "full-refresh"
  OptionKind kind;
  CommandSet commands;   // the commands it belongs to
  ptrdiff_t field;       // in RunOptions, -1: accepted and without effect
  const char *shorts;    // letters: "f"; NULL: none
  const char *aliases;   // other long names, separated by '|', or NULL
  const char *arg;       // name of the value in help; NULL for flags
  const char *choices;   // "a|b|c" of OPT_CHOICE
  const char *otherwise; // the default as typed, or NULL
  // Read as STARC_x, DBT_ENGINE_x, DBT_x; further names, separated by '|', are older ones, with '!'
  // for the opposite. "STARC_x": that alone, since dbt reads no such variable. NULL: none.
  const char *env;
  const char *help;
  const char *lone;            // the value where none is given; NULL: one is needed
  const char *(*choose)(void); // gives `choices` where they are not the table's; else NULL
} Option;
enum { MAX_OPTIONS = 192 };    // rows of the table, at most
extern const Option options[]; // ends with name NULL

const char *option_choices(const Option *o); // "a|b|c"

// The option that a command knows by this long name or letter; NULL: none.
bool option_is_common(const Option *o); // every command that works on a project takes it
const Option *option_find(Str long_name, CommandSet commands);
const Option *option_find_short(char letter, CommandSet commands);

#endif
