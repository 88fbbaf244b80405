// Packages in git.
#ifndef STARC_DEPS_GIT_H
#define STARC_DEPS_GIT_H
#include "deps.h"

// Checks a revision out (a folder in staging) and says which commit it is.
bool git_checkout(Deps *d, const Require *r, Str revision, Str *folder, Str *commit);

#endif
