// The project's own keys as `builtins.ref.config` has them.
#ifndef STARC_CONTEXT_PROJECT_OBJECT_H
#define STARC_CONTEXT_PROJECT_OBJECT_H
#include "internal.h"

Value project_object(Context *c, Eval *ev); // builtins.ref.config

#endif
