// package-lock.yml, and what --add-package writes into packages.yml.
#ifndef STARC_DEPS_LOCK_H
#define STARC_DEPS_LOCK_H
#include "resolve.h"

// False: recorded.
bool lock_write(Deps *d, const Requirements *wanted, const Pinned *pinned, size_t n);
bool add_package(Deps *d, const DepsOptions *o);

#endif
