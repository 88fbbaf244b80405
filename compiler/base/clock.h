// What time it is, for what is written down; how long something takes is measured where it is done.
#ifndef STARC_CLOCK_H
#define STARC_CLOCK_H
#include <stdint.h>

// The moment in microseconds since 1970, UTC.
int64_t clock_us(void);

#endif
