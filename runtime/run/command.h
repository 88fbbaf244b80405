// What a command of the program is: its names and help, the task that does it, what it works on.
// task/commands.c has the rows; whoever needs to know which command runs asks its bit.
#ifndef STARC_COMMAND_H
#define STARC_COMMAND_H
#include "options.h"
#include "report.h"

// A set of commands: bits of CommandBit.
typedef uint64_t CommandSet;

// Bits of commands, wider than int (GNU C).
typedef enum CommandBit {
  CMD_BUILD = 1 << 0,
  CMD_RUN = 1 << 1,
  CMD_TEST = 1 << 2,
  CMD_SEED = 1 << 3,
  CMD_SNAPSHOT = 1 << 4,
  CMD_COMPILE = 1 << 5,
  CMD_PARSE = 1 << 6,
  CMD_LS = 1 << 7,
  CMD_SHOW = 1 << 8,
  CMD_OPERATION = 1 << 9,
  CMD_FRESHNESS = 1 << 10,
  CMD_DOCS_GENERATE = 1 << 11,
  CMD_DOCS_SERVE = 1 << 12,
  CMD_DEBUG = 1 << 13,
  CMD_INIT = 1 << 14,
  CMD_CLEAN = 1 << 15,
  CMD_DEPS = 1 << 16,
  CMD_RETRY = 1 << 17,
  CMD_CLONE = 1 << 18,
  CMD_COMPLETION = 1 << 19,
  CMD_MAN = 1 << 20,
  CMD_HELP = 1 << 21,
  CMD_VERSION = 1 << 22,
  CMD_REFERENCE = 1 << 23,
  CMD_WORDS = 1 << 24,
  CMD_LOCKS = 1 << 25,
  CMD_CHECK = 1 << 26,
  CMD_AGES = 1 << 27, // freshness of models too
  CMD_SOURCE_CHECK = 1 << 28,
  CMD_LINEAGE = 1 << 29,
  CMD_SYNC = 1 << 30,
  CMD_ENGINE = 1u << 31,
  CMD_LOAD = 1ull << 32,
  CMD_LOAD_INIT = 1ull << 33,
  CMD_SERVE = 1ull << 34,
  CMD_HISTORY = 1ull << 35,
  CMD_DOCS_DIFF = 1ull << 36,
  CMD_ALL = (1ull << 37) - 1
} CommandBit;

// A task opens what it needs and gives the exit code.
typedef int Task(RunOptions *o, Reporter *report);

// How much of a project is read (run_open): the project file alone, the profile and packages too,
// the graph of all files.
typedef enum OpenLevel { OPEN_FILES, OPEN_PROJECT, OPEN_GRAPH } OpenLevel;

// What `retry` does with a command that was the last one.
typedef enum RetryKind {
  RETRY_NOT,
  RETRY_WHOLE,  // the same again, where it failed
  RETRY_NODES,  // the same for the nodes that are not done
  RETRY_RESULTS // likewise; where none is left, it leaves results of its own, so that nobody takes
                // the earlier for them
} RetryKind;

typedef struct Command {
  CommandBit bit;
  const char *name;    // "docs generate"
  const char *heading; // it stands under in the short help; NULL: not shown there
  const char *aliases; // separated by '|', or NULL
  const char *which;   // its name in artifacts, where that is not `name`
  const char *args;    // "[NAME]", or NULL; without brackets: the words that it may be
  int least, most;     // arguments besides options
  const char *summary; // one line
  const char *detail;  // a paragraph for help and manual, or NULL
  Task *task;          // NULL: cli/ answers by itself
  OpenLevel opens;     // what the task needs
  unsigned kinds;      // of nodes that a selection may hold: bits of 1 << NodeKind
  const char *what;    // it works on, as in "Finished running models"
  RetryKind retry;
} Command;

// Whether one of these commands runs.
static inline bool command_is(const RunOptions *o, CommandSet bits) {
  return o->command && o->command->bit & bits;
}

#endif
