// What the file .env adds to the environment.
#ifndef STARC_ENVIRONMENT_H
#define STARC_ENVIRONMENT_H
#include "../../compiler/base/diag.h"
#include "../run/options.h"

// Sets the variables of the .env that belongs to the working folder, where the project is read as a
// dbt that does so; what is set already stays.
// Tells `o` which file it was. To be called before there is a second thread that reads the
// environment. True: a variable was set, so that options may have other values now.
bool environment_from_file(Arena *a, RunOptions *o, Diags *diags);

#endif
