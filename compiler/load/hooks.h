// on-run-start and on-run-end; selectors.yml.
#ifndef STARC_LOAD_HOOKS_H
#define STARC_LOAD_HOOKS_H
#include "internal.h"

void load_hooks(Load *load);
void load_selectors(Load *load);

#endif
