// ~/.dbt/user_settings.yml: what dbt 1.12 lets a user say once for all projects.
#ifndef STARC_USER_SETTINGS_H
#define STARC_USER_SETTINGS_H
#include "run.h"

// Its `flags:`, for options that neither the command line nor the environment nor the project sets.
// Undefined: there are none. A file that cannot be read is a warning and sets nothing, as in dbt.
Value user_settings_flags(Run *r);

#endif
