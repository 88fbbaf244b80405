// The keys that each entry of semantic models and metrics has, and which words stand there.
#ifndef STARC_SEMANTIC_RULES_H
#define STARC_SEMANTIC_RULES_H
#include "semantic_check.h"

void semantic_check_rules(Checked *c);

#endif
