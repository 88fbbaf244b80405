// Statements that wait for the database's own work (engine/waits.h): one thread with a session of
// its own looks at those that take long, and stops those that can never end.
#ifndef STARC_STATEMENT_WATCH_H
#define STARC_STATEMENT_WATCH_H
#include "conn.h"

typedef struct Watched Watched;

// From now on a statement that `c` is about to send is looked at. NULL: it is none that waits so.
Watched *watch_begin(Conn *c, Arena *a, Str sql);
// It has ended. Where it failed, what it left is taken back; where it was stopped, *error is why.
// Does nothing with NULL.
void watch_end(Watched *w, Arena *a, bool good, DbError *error);
// Ends the thread.
void watch_close(Sessions *s);

#endif
