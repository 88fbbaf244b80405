// What every engine needs besides its driver: failures as data, time, a bell that another thread
// can ring.
#ifndef STARC_ENGINE_UTIL_H
#define STARC_ENGINE_UTIL_H
#include "engine.h"

#include <pthread.h>

// The engines, one a file.
extern const Engine engine_postgres, engine_clickhouse_http, engine_clickhouse_embedded;

// Fills *e with a message (printf), secrets masked; code may be empty. Always returns false.
bool engine_fail(Arena *a, DbError *e, Str code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// The same with a next step for the user behind it.
bool engine_fail_hint(Arena *a, DbError *e, Str hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// The failure of an answer with a row of more than `most` bytes. False.
bool engine_row_too_large(Arena *a, DbError *e, size_t most);

// Copies a driver's text into the arena with secrets masked and white space at both ends cut.
Str engine_text(Arena *a, Str text);

// The word that stands between two texts of a message; `after` may be NULL. Empty: they are not
// there.
Str engine_word(Str message, const char *before, const char *after);

// Seconds on a clock that only goes forward.
double engine_now(void);
// A condition of threads that is waited for on that clock: with the lock, until `at` at the latest.
void engine_cond_init(pthread_cond_t *cond);
void engine_cond_until(pthread_cond_t *cond, pthread_mutex_t *lock, double at);

// A limit, of time or of bytes; for tests alone, with STARC_TESTS=1, the one above 0 that a
// variable of the environment gives.
double number_or_test(double number, const char *variable);

// How long to wait before attempt number n (from 1) at reopening: 0.1 s doubling up to 5 s.
double engine_backoff(int attempt);

// Says whether a running statement was asked to stop; cancel() rings, exec() listens. The file
// descriptor can be polled.
typedef struct Bell {
  int fd, into; // the ends of a pipe
} Bell;
bool bell_open(Bell *b);
void bell_close(Bell *b);
void bell_ring(Bell *b);
void bell_reset(Bell *b);
bool bell_rung(const Bell *b);
// Sleeps, but not longer than until it rings. True: it rang.
bool bell_sleep(const Bell *b, double seconds);

#endif
