// What time it is, for what is written down; how long something takes is measured where it is done.
#ifndef STARC_CLOCK_H
#define STARC_CLOCK_H
#include <stdint.h>

// The moment in microseconds since 1970, UTC.
int64_t clock_us(void);
// How many days a month (1 to 12) has.
int clock_days_in(int64_t year, int month);

#endif
