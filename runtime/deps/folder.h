// The packages folder.
#ifndef STARC_DEPS_FOLDER_H
#define STARC_DEPS_FOLDER_H
#include "deps.h"

// The packages folder is replaced whole: it must hold packages and nothing else. False: recorded.
bool folder_may_go(Deps *d);
// Takes hidden files of the old folder along into the new one.
bool folder_keep_hidden(Deps *d);

#endif
