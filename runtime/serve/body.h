// The body of a request as it comes: expanded, kept up to a limit, and of an INSERT whose data are
// many led on to who takes them. In: pieces, in HTTP's encoding. Out: bytes.
#ifndef STARC_SERVE_BODY_H
#define STARC_SERVE_BODY_H
#include "codec.h"
#include "request.h"

typedef struct Body {
  Codec *encoding, *blocks; // NULL: none
  size_t most;              // bytes that are kept, at most
  Buf kept;                 // heap: what has come and is not led on
  Buf between;              // heap: out of the encoding, before the blocks
} Body;

// False: *problem (415: an encoding that is not known).
bool body_open(Body *b, Arena *a, Str encoding, bool blocks, size_t most, ServeProblem *problem);
// Adds a piece to b->kept. False: it is broken or too large.
bool body_add(Body *b, Arena *a, Str piece, ServeProblem *problem);
// After the last one. False: the end is missing.
bool body_end(Body *b, Arena *a, ServeProblem *problem);
void body_close(Body *b);

#endif
