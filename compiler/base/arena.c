// In: sizes. Out: memory that lives until its arena is freed. Leaves lifetimes to the callers.
#include "arena.h"

#include "memory.h"
#include "work.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ArenaChunk {
  ArenaChunk *older;
  size_t size; // usable bytes after this header
};

enum { FIRST_CHUNK = 4096, MAX_CHUNK = 1 << 20 };

// A template's evaluation ends with an error where it stands; anything else ends the program.
static _Noreturn void no_memory(const Arena *a) {
  if (work_now && work_now->arena == a)
    work_over(WORK_NO_MEMORY);
  memory_none();
}

static char *chunk_data(ArenaChunk *c) { return (char *)c + arena_align(sizeof *c); }

static void add_chunk(Arena *a, size_t need) {
  size_t size = a->chunk ? a->chunk->size * 2 : FIRST_CHUNK;
  if (size > MAX_CHUNK)
    size = MAX_CHUNK;
  if (size < need)
    size = need;
  work_take(a, size);
  ArenaChunk *c = malloc(arena_align(sizeof *c) + size);
  if (!c)
    no_memory(a);
  c->older = a->chunk;
  c->size = size;
  a->chunk = c;
  a->next = chunk_data(c);
  a->end = a->next + size;
  a->total += size;
}

void *arena_more(Arena *a, size_t n) {
  if (n > SIZE_MAX / 2)
    no_memory(a);
  n = arena_align(n ? n : 1);
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
  void *q = arena_alloc(a, wanted);
  if (p)
    memcpy(q, p, had < wanted ? had : wanted);
  return q;
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
