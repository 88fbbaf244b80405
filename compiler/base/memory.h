// When the system has no memory left: one message and one end for the whole program.
#ifndef STARC_MEMORY_H
#define STARC_MEMORY_H

// Says so on standard error and ends the process with exit code 1. Takes no memory itself.
_Noreturn void memory_none(void);

// p, which an allocation gave; ends as memory_none when it is NULL.
void *memory_must(void *p);

#endif
