// A thread that does what another one asks of it, one thing at a time: what is called there, and
// what that starts, can have fewer rights than the program (confine.h).
#ifndef STARC_HAND_H
#define STARC_HAND_H
#include <stdbool.h>

typedef struct Hand Hand;

// Starts it; with rules >= 0 it is confined by them before it does anything. NULL: there is no
// thread to be had, or it cannot be confined.
Hand *hand_new(int rules);
// Does work(data) there and returns when it is done.
void hand_do(Hand *h, void (*work)(void *data), void *data);
// The same in two halves: the work begins, and is waited for. Between them no other may be given.
void hand_begin(Hand *h, void (*work)(void *data), void *data);
void hand_wait(Hand *h);
// Ends it. NULL is fine.
void hand_free(Hand *h);

#endif
