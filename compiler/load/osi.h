// OSI documents, which are not read.
#ifndef STARC_LOAD_OSI_H
#define STARC_LOAD_OSI_H
#include "internal.h"

void load_check_osi(Load *l);

#endif
