// Symbolic links of a package: whether each of them, also one through another, stays inside.
#ifndef STARC_DEPS_LINKS_H
#define STARC_DEPS_LINKS_H
#include "../../compiler/base/fs.h"
#include "../../compiler/base/map.h"

// Where a link stands below the package's folder -> its target, a Str.
typedef Map Links;

void links_add(Arena *a, Links *l, Str path, Str target);
Str links_target(const Links *l, size_t i); // of the i-th one

// Finds where every link leads, with the others in place, which are all that there are. False: *bad
// stands less than `top` folders deep, leads above that, or in circles. Its first words of why.
bool links_stay(Arena *a, const Links *l, size_t top, Str *bad, const char **why);

// Collects the links below a folder. False: it cannot be read, recorded.
bool links_collect(Arena *a, Links *l, Str folder, Diags *diags);

#endif
