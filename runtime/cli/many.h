// Very many findings of one kind: a terminal shows the first ones, then how many there are more.
#ifndef STARC_MANY_H
#define STARC_MANY_H
#include "../../compiler/base/diag.h"
#include "../../compiler/base/map.h"

// What was shown of each kind. {0}: nothing yet.
typedef struct Many {
  Arena arena;
  Map kinds;
  bool waiting; // some were left out that many_rest has not told of
} Many;

// Counts a finding. False: enough of its kind were shown, it is left out.
bool many_shows(Many *m, const Diag *d);
// Writes a line for each kind of which some were left out since the last time; `all`: where they
// are.
void many_rest(Many *m, Buf *out, const char *all);
void many_free(Many *m);

#endif
