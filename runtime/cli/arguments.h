// The command line -> RunOptions, with the environment and the project's flags.
#ifndef STARC_CLI_ARGUMENTS_H
#define STARC_CLI_ARGUMENTS_H
#include "options.h"

// Reads argv. False: *message says what is wrong (for standard error) and how to go on.
bool options_parse(Arena *a, int argc, char **argv, RunOptions *out, Str *message);
// The reports alone that a command line asks for which options_parse() did not take, also where
// they stand behind what is wrong. Those that are wrong themselves are left out.
void options_reports(Arena *a, int argc, char **argv, RunOptions *out);
// Applies the `flags:` of a project (a dict) to what neither the command line nor the environment
// set. Names it does not know are ignored.
void options_project_flags(Arena *a, RunOptions *o, Value flags);

// RunOptions.earlier.
bool options_earlier(Arena *a, const RunOptions *now, Value args, RunOptions *out, Str *message);

#endif
