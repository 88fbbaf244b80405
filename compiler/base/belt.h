// Work in pieces that have an order: pieces are taken one after the other, done by several threads
// at once, and handed on in the order in which they were taken.
#ifndef STARC_BELT_H
#define STARC_BELT_H
#include <stdbool.h>
#include <stddef.h>

typedef struct Belt Belt;

// The caller's part. A slot is what one piece needs; it holds another piece later.
typedef struct BeltWork {
  // Puts the next piece into the slot; false: there is none. Never two calls at once.
  bool (*take)(void *data, void *slot);
  // Does it. Several threads at once, each with a slot of its own.
  void (*work)(void *data, void *slot);
  void *data;
  void *slots; // nslots of them, of slot_size bytes each, which the caller owns
  size_t slot_size, nslots;
} BeltWork;

// Starts so many threads, which go ahead until every slot is full. Without threads (0, or none can
// be had) the pieces are done by who asks for them. Nothing may leave by longjmp before belt_free.
Belt *belt_new(const BeltWork *w, size_t threads);

// The slot of the next piece that is done, the caller's until the next call; NULL: that was all.
void *belt_next(Belt *b);

// Ends the threads, each behind the piece it works at, and frees the belt.
void belt_free(Belt *b);

#endif
