// In: sizes. Out: memory that lives until its arena is freed. Leaves lifetimes to the callers.
#include "arena.h"

#include "memory.h"
#include "system.h"
#include "work.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ArenaChunk {
  ArenaChunk *older;
  size_t size; // usable bytes after this header
};

// A block of OWN bytes has a chunk to itself, so that it can grow and leave again.
enum { FIRST_CHUNK = 4096, MAX_CHUNK = 1 << 20, OWN = 1 << 18 };

// An arena that has grown gets its room in whole pages of 2 MiB where the system has such: each
// small page costs a fault of its own, which is much of the time of who only fills memory.
enum { HUGE_PAGE = 2 << 20, HUGE_CHUNK = 8 << 20, HUGE_FROM = 4 << 20 };

// A template's evaluation ends with an error where it stands; anything else ends the program.
static _Noreturn void no_memory(const Arena *a) {
  if (work_now && work_now->arena == a)
    work_over(WORK_NO_MEMORY);
  memory_none();
}

static char *chunk_data(ArenaChunk *c) { return (char *)c + arena_align(sizeof *c); }

static void *huge_block(size_t size) {
  void *p = NULL;
  if (posix_memalign(&p, HUGE_PAGE, size))
    return NULL;
  system_large_pages(p, size);
  return p;
}

static ArenaChunk *new_chunk(Arena *a, size_t size) {
  work_take(a, size);
  size_t whole = arena_align(sizeof(ArenaChunk)) + size;
  ArenaChunk *c = whole == HUGE_CHUNK ? huge_block(whole) : malloc(whole);
  if (!c)
    no_memory(a);
  c->size = size;
  a->total += size;
  return c;
}

static void add_chunk(Arena *a, size_t need) {
  size_t size = a->chunk ? a->chunk->size * 2 : FIRST_CHUNK;
  if (size > MAX_CHUNK)
    size = a->total < HUGE_FROM ? MAX_CHUNK : HUGE_CHUNK - arena_align(sizeof(ArenaChunk));
  if (size < need)
    size = need;
  ArenaChunk *c = new_chunk(a, size);
  c->older = a->chunk;
  a->chunk = c;
  a->next = chunk_data(c);
  a->end = a->next + size;
}

// Behind the newest chunk, whose room stays in use.
static void *add_own(Arena *a, size_t n) {
  if (!a->chunk)
    add_chunk(a, 0);
  ArenaChunk *c = new_chunk(a, n);
  c->older = a->chunk->older;
  a->chunk->older = c;
  return chunk_data(c);
}

// What leads to the chunk that p has to itself, which is never the newest; NULL: there is none.
static ArenaChunk **find_own(Arena *a, const void *p) {
  if (!a->chunk)
    return NULL;
  for (ArenaChunk **c = &a->chunk->older; *c; c = &(*c)->older)
    if (chunk_data(*c) == p)
      return c;
  return NULL;
}

static void *grow_own(Arena *a, ArenaChunk **at, size_t wanted) {
  size_t more = wanted - (*at)->size;
  work_take(a, more);
  ArenaChunk *c = realloc(*at, arena_align(sizeof *c) + wanted);
  if (!c)
    no_memory(a);
  c->size = wanted;
  a->total += more;
  *at = c;
  return chunk_data(c);
}

void *arena_more(Arena *a, size_t n) {
  if (n > SIZE_MAX / 2)
    no_memory(a);
  n = arena_align(n ? n : 1);
  if ((size_t)(a->end - a->next) < n && n >= OWN)
    return add_own(a, n);
  if ((size_t)(a->end - a->next) < n)
    add_chunk(a, n);
  void *p = a->next;
  a->next += n;
  return p;
}

void *arena_calloc(Arena *a, size_t count, size_t size) {
  if (size && count > SIZE_MAX / 2 / size)
    no_memory(a);
  return memset(arena_alloc(a, count * size), 0, count * size);
}

void arena_clear(void *p, size_t n) { memset(p, 0, n); }

void *arena_grow(Arena *a, void *p, size_t had, size_t wanted) {
  if (p && (char *)p + arena_align(had ? had : 1) == a->next && wanted >= had) {
    size_t more = arena_align(wanted ? wanted : 1) - arena_align(had ? had : 1);
    if ((size_t)(a->end - a->next) >= more) {
      a->next += more;
      return p;
    }
  }
  if (p && had >= OWN && wanted >= had && wanted <= SIZE_MAX / 2) {
    ArenaChunk **own = find_own(a, p);
    if (own)
      return grow_own(a, own, arena_align(wanted));
  }
  void *q = arena_alloc(a, wanted);
  if (p)
    memcpy(q, p, had < wanted ? had : wanted);
  return q;
}

void arena_drop(Arena *a, void *p, size_t n) {
  ArenaChunk **own = p && n >= OWN ? find_own(a, p) : NULL;
  if (!own)
    return;
  ArenaChunk *c = *own;
  *own = c->older;
  a->total -= c->size;
  free(c);
}

void arena_free(Arena *a) {
  for (ArenaChunk *c = a->chunk; c;) {
    ArenaChunk *older = c->older;
    free(c);
    c = older;
  }
  *a = (Arena){0};
}

void arena_reset(Arena *a) {
  ArenaChunk *keep = a->chunk;
  if (!keep)
    return;
  for (ArenaChunk *c = keep->older; c;) {
    ArenaChunk *older = c->older;
    free(c);
    c = older;
  }
  keep->older = NULL;
  a->next = chunk_data(keep);
  a->end = a->next + keep->size;
  a->total = keep->size;
}

void arena_adopt(Arena *a, Arena *from) {
  ArenaChunk *last = from->chunk;
  if (!last)
    return;
  while (last->older)
    last = last->older;
  if (a->chunk) { // behind the newest chunk, which stays the one with room
    last->older = a->chunk->older;
    a->chunk->older = from->chunk;
    a->total += from->total;
    *from = (Arena){0};
    return;
  }
  *a = *from;
  *from = (Arena){0};
}
