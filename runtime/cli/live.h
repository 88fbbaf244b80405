// The live line at the foot of the terminal: how far a run is, what runs now and for how long, and
// a rough time left. In: nodes that start and end. Out: one line that is drawn over itself. Every
// function but live_start and live_end is called with the output's lock held.
#ifndef STARC_LIVE_H
#define STARC_LIVE_H
#include "../../compiler/graph/node.h"

#include <pthread.h>

typedef struct LiveNode {
  const Node *node;
  double since;             // seconds on the steady clock
  int64_t rows, bytes, all; // that it has brought; all: how many there are about, -1: not known
} LiveNode;

typedef struct Live {
  pthread_mutex_t *lock; // the output's
  pthread_t thread;
  pthread_cond_t wake;
  bool on, ending;
  bool drawn; // the line stands on the terminal now
  bool color;
  size_t total, done;
  LiveNode *now; // in order of starting
  size_t nnow, cap;
  char *waits;          // what is shown while nothing runs; NULL: nothing
  const char *as_waits; // its colour, NULL: none
} Live;

// Whether an open file is a terminal that can draw a line over itself; standard output's width in
// characters.
bool live_possible(int fd);
unsigned live_width(void);

// A run of `total` nodes begins: from now on the line is drawn again several times a second.
void live_start(Live *l, pthread_mutex_t *lock, size_t total, bool color);
void live_end(Live *l);

// Between runs: a text that stands there until the next one comes, or an empty one. `color`: of
// ANSI, NULL: none.
void live_wait(Live *l, Str text, const char *color);

void live_node_started(Live *l, const Node *n);
void live_node_moved(Live *l, const Node *n, int64_t rows, int64_t bytes, int64_t all);
void live_node_ended(Live *l, const Node *n);

// Takes the line off the terminal, before anything else is written; puts it back.
void live_hide(Live *l);
void live_show(Live *l);

#endif
