// What a watch remembers from one round to the next. In: the graph of each round and what became of
// its nodes. Out: which nodes of the next one are due: those that are not what they were, all below
// them, and those that were not done. Leaves the files to watched.h, and the loop to task/watch.c.
// One thread at a time, where nothing else is said.
#ifndef STARC_ROUNDS_H
#define STARC_ROUNDS_H
#include "run.h"

typedef struct Rounds Rounds;

// How the nodes of a round ended.
typedef struct RoundCounts {
  bool chosen;                       // the project could be read, and its nodes were chosen
  size_t due;                        // nodes that were chosen
  size_t good, warned, bad, skipped; // their results
  Str failed; // names of the bad ones, a few; valid until the next round begins
} RoundCounts;

Rounds *rounds_new(void);
void rounds_free(Rounds *rounds);

// A round begins. `changed`: the files that are not as they were, absolute paths, which have to
// outlive the round; known by them are seeds too large to be known by their rows.
void rounds_begin(Rounds *rounds, const Str *changed, size_t n);
// It is over: what it left is what the next one is compared with, if its nodes were chosen at all.
RoundCounts rounds_end(Rounds *rounds);

// The run before this one in the same round only looked: it did none of its nodes.
void rounds_forget(Rounds *rounds);

// Whether a terminal does not show an event: a warning that the round before had too, what each
// round but the first would say again, and what the line of a round has. From any thread.
bool rounds_hide(Rounds *rounds, const Event *e);

// By run_select(): leaves of the selection what is due. The first time that is all of it.
void rounds_select(Run *r, bool *bits);
// By run_close(): takes over what the run knows. Of several runs in a round the last one counts.
void rounds_keep(Run *r);

#endif
