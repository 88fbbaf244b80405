// Findings about microbatch models.
#ifndef STARC_LOAD_MICROBATCH_H
#define STARC_LOAD_MICROBATCH_H
#include "internal.h"

// Errors of models whose config says too little.
void load_check_batches(Load *load);

#endif
