// Completion scripts.
#ifndef STARC_CLI_COMPLETION_H
#define STARC_CLI_COMPLETION_H
#include "options.h"

// For bash, zsh or fish. False: there is none for that shell.
bool completion_script(Buf *out, Str shell);

#endif
