// What starc calls itself.
#ifndef STARC_VERSION_H
#define STARC_VERSION_H
#include "../../compiler/project/globals.h"
#ifndef STARC_VERSION
#define STARC_VERSION "0.1.0"
#endif
#endif
