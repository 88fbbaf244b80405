// The table of commands.
#ifndef STARC_COMMANDS_H
#define STARC_COMMANDS_H
#include "../run/command.h"

extern const Command commands[]; // ends with name NULL

// By name or alias; by what artifacts call it ("list", "generate"). NULL: none.
const Command *command_find(Str name);
const Command *command_of_artifact(Str which);

#endif
