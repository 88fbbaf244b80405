// Memory by lifetime: allocations are only ever freed together, with the arena they came from.
#ifndef STARC_ARENA_H
#define STARC_ARENA_H
#include <stddef.h>
#include <string.h>

// How many items an array has; of a pointer it says nothing.
#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct ArenaChunk ArenaChunk;

// A bump allocator. Zero-initialised ({0}) is a valid empty arena. Not thread-safe: one thread
// allocates from an arena at a time; reading what it holds needs no lock.
typedef struct Arena {
  ArenaChunk *chunk; // the newest chunk; older ones hang behind it
  char *next, *end;  // free room in the newest chunk
  size_t total;      // bytes handed to chunks so far
} Arena;

enum { ARENA_ALIGN = 8 }; // of pointers, doubles and int64_t: no larger type is kept
static inline size_t arena_align(size_t n) {
  return (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

// arena_alloc where the newest chunk has no room, or n is 0.
void *arena_more(Arena *a, size_t n);

// Returns n bytes aligned to 8, not cleared. n may be 0. Does not return when memory is exhausted:
// the evaluation that works in this arena ends with an error (work.h), else the program.
static inline void *arena_alloc(Arena *a, size_t n) {
  if (n - 1 >= (size_t)(a->end - a->next)) // also n = 0
    return arena_more(a, n);
  void *p = a->next;
  a->next += arena_align(n); // the free room is always a multiple of ARENA_ALIGN
  return p;
}

// As arena_alloc, cleared to zero; count * size must not overflow (checked, as without memory).
void *arena_calloc(Arena *a, size_t count, size_t size);

// memset to zero by a call: a size it knows, and not a small one, gcc clears by "rep stos", which
// takes longer to start than memset to end.
void arena_clear(void *p, size_t n);

// arena_calloc(a, 1, n). A small n known to the compiler is cleared in place by a few stores.
static inline void *arena_zeroed(Arena *a, size_t n) {
  return n <= 80 ? memset(arena_alloc(a, n), 0, n) : arena_calloc(a, 1, n);
}

// Makes room for `wanted` bytes in place of the block of `had` bytes at p (NULL: a new block).
// Grows in place when p was the last allocation, moves a big block without leaving a copy; else
// copies, and the old block is left behind. p must have come from this arena.
void *arena_grow(Arena *a, void *p, size_t had, size_t wanted);

// Gives a big block back before its arena ends; a small one (under 256 KiB) or NULL just stays. For
// tables that are made anew when they grow. p must have come from this arena, of n bytes.
void arena_drop(Arena *a, void *p, size_t n);

// Frees everything and leaves the arena empty and usable.
void arena_free(Arena *a);

// Forgets everything but keeps one chunk for reuse: for loops that work on one item at a time.
void arena_reset(Arena *a);

// Moves everything that `from` holds into `a`, where it stays where it is and is freed with `a`.
// `from` is empty afterwards. For what other threads made.
void arena_adopt(Arena *a, Arena *from);

// 0, if a type may stand in an arena; else it does not compile.
#define arena_fits(T)                                                                              \
  (0 * sizeof(struct {                                                                             \
     _Static_assert(_Alignof(T) <= ARENA_ALIGN, "an arena aligns to less");                        \
     char any;                                                                                     \
   }))

// One cleared object, or n of them, of a type.
#define arena_new(a, T) ((T *)arena_zeroed((a), sizeof(T) + arena_fits(T)))
#define arena_array(a, T, n) ((T *)arena_calloc((a), (n), sizeof(T) + arena_fits(T)))

#endif
