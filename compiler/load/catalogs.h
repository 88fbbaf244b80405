// catalogs.yml, which no database here can use.
#ifndef STARC_LOAD_CATALOGS_H
#define STARC_LOAD_CATALOGS_H
#include "internal.h"

void load_check_catalogs(Load *load);

#endif
