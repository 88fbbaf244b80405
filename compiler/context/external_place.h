// Where the rows of an external model lie, as its config says it. Read by who checks the project
// and by the dialects that write the rows. Nothing is opened here.
#ifndef STARC_EXTERNAL_PLACE_H
#define STARC_EXTERNAL_PLACE_H
#include "../graph/node.h"

// The `location` of an external model in the arena: an address as it is written, or an absolute
// path, of one below `root` where it is relative; its names ({name} ..) filled in. Empty: it has
// none.
Str external_place(Arena *a, const Node *n, Str root);

// Whether it is a folder of files by partition.
bool external_has_parts(const Node *n);

// Whether a location of a source, a path with wildcards (* ? ** {a,b} {1..9}), names the file.
bool file_matches(Str pattern, Str path);

#endif
