// The engine that reads the files of a load: one inside starc, whatever the target is.
#ifndef STARC_LOAD_FILES_H
#define STARC_LOAD_FILES_H
#include "../../compiler/project/profile.h"
#include "../../compiler/project/project.h"

// A target whose engine reads files: the project's own where that is inside starc, else one with a
// folder of its own, which all loads of the process share and which goes with the last of them.
// NULL: an error was recorded.
const Target *load_files_target(Arena *a, const Project *p, Diags *diags);
// Said once for each that is not the project's, when its sessions are closed.
void load_files_done(void);

#endif
