// `exceptions`: errors and warnings that templates raise.
#ifndef STARC_CONTEXT_EXCEPTIONS_H
#define STARC_CONTEXT_EXCEPTIONS_H
#include "internal.h"

extern const ObjectType exceptions_type;

#endif
