// Findings about contracts.
#ifndef STARC_LOAD_CONTRACT_CHECK_H
#define STARC_LOAD_CONTRACT_CHECK_H
#include "internal.h"

// What a model's contract and constraints promise.
void load_check_contract(Load *load, Arena *a, Work *w);

#endif
