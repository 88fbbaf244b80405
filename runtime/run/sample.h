// --sample: how much of a node is read.
#ifndef STARC_SAMPLE_H
#define STARC_SAMPLE_H
#include "run.h"

// Reads --sample into the flags. False: reported.
bool sample_span(Run *r);

#endif
