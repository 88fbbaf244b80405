// Queries that run at once: so many of all, and of each user; others wait for their turn. Works
// from any thread.
#ifndef STARC_SERVE_LINE_H
#define STARC_SERVE_LINE_H
#include "../../compiler/base/str.h"
#include "access.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct LineUser LineUser;

typedef struct ServeLine {
  pthread_mutex_t lock; // guards what follows
  pthread_cond_t change;
  unsigned most, running;
  bool ends;       // nothing more is begun
  LineUser *users; // of whom some run or ran
} ServeLine;

void line_init(ServeLine *l, unsigned most);
// Nobody may be in it.
void line_free(ServeLine *l);

typedef enum LineTurn { LINE_TURN, LINE_FULL, LINE_ENDS } LineTurn;
// Waits some seconds for a turn. FULL: there was none; ENDS: there will be none.
LineTurn line_enter(ServeLine *l, const ServeUser *user);
// A process of starc waits for nobody. False: the line ends.
bool line_enter_at_once(ServeLine *l);
// user: with whom it was entered, NULL: at once.
void line_leave(ServeLine *l, const ServeUser *user);

unsigned line_running(ServeLine *l);
// Lets nobody in any more.
void line_end(ServeLine *l);
// Waits until none runs, but not longer than so many seconds, nor once *hurry (may be NULL) is
// true.
void line_await(ServeLine *l, double seconds, const atomic_bool *hurry);

#endif
