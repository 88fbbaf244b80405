// Programs that others wrote and starc calls: git, npm.
#ifndef STARC_DEPS_CHILD_H
#define STARC_DEPS_CHILD_H
#include "../../compiler/base/arena.h"
#include "../../compiler/base/str.h"

// Runs a program, found by $PATH, with an environment of its own, and waits for it. It has no
// input, and is asked to end when starc ends, however that ends. True: *said is what it wrote to
// standard output. False: it failed, and *said is what it complained of on standard error, or else
// its output; *missing: it could not be started, since there is none. Texts are trimmed, in a, of
// at most 1 MiB.
bool child_run(Arena *a, char *const *argv, char **env, Str *said, bool *missing);

#endif
