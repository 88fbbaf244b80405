// The log of queries: a line of JSON each. In: what was asked, by whom, and how it ended. Out: a
// file, or standard output. Texts in quotes are left out of statements that may hold a password.
#ifndef STARC_SERVE_LOG_H
#define STARC_SERVE_LOG_H
#include "serve.h"

typedef struct ServeLog {
  Str path;             // "-": standard output
  pthread_mutex_t lock; // guards fd
  int fd;
} ServeLog;

// Opens the file, which is made where it is not there (for its owner alone); lines are added to it.
// False: errno says why.
bool serve_log_open(ServeLog *log, Str path);
// Opens it anew, so that what was moved away is done. False: errno says why; the old one goes on.
bool serve_log_again(ServeLog *log);
void serve_log_close(ServeLog *log);

// For ServeOptions.log, with the ServeLog as data. From any thread.
void serve_log_query(void *data, const ServeLogged *query);

// A statement as the log has it: its first 4,000 bytes, without the data of an INSERT, and without
// texts in quotes where it may hold what is secret. `a`'s, or a slice.
Str serve_log_sql(Arena *a, Str sql);

#endif
