// Checksums of contracts.
#ifndef STARC_LOAD_CONTRACT_H
#define STARC_LOAD_CONTRACT_H
#include "../graph/node.h"

// The checksum of an enforced contract: changes when a column, type or constraint does.
void load_contract_checksum(Arena *a, Node *n);

#endif
