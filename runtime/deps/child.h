// Programs that others wrote and starc calls: git, npm.
#ifndef STARC_DEPS_CHILD_H
#define STARC_DEPS_CHILD_H
#include "../../compiler/base/arena.h"
#include "../../compiler/base/str.h"

// Runs a program, found by $PATH, with an environment of its own, and waits for it. It has no
// input; its two outputs come back as one trimmed text of at most 1 MiB. False: it failed;
// *missing: it could not be started, since there is none.
bool child_run(Arena *a, char *const *argv, char **env, Str *said, bool *missing);

#endif
