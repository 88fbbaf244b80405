// In: an array. Out: the same items in order, by merging: runs of one item, of two, of four.
#include "sort.h"

#include "memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct Sort {
  size_t size;
  int (*order)(const void *, const void *);
} Sort;

// Merges two neighbours, [from, middle) and [middle, end) in bytes, into another array.
static void merge(const Sort *s, const char *items, char *to, size_t from, size_t middle,
                  size_t end) {
  size_t left = from, right = middle;
  for (size_t at = from; at < end; at += s->size) {
    bool first = right >= end || (left < middle && s->order(items + left, items + right) <= 0);
    size_t *next = first ? &left : &right;
    memcpy(to + at, items + *next, s->size);
    *next += s->size;
  }
}

void sort_items(void *items, size_t n, size_t size, int (*order)(const void *, const void *)) {
  if (n < 2)
    return;
  Sort s = {size, order};
  size_t all = n * size;
  char *scratch = memory_must(malloc(all)), *from = items, *to = scratch;
  for (size_t run = size; run < all; run *= 2) {
    for (size_t at = 0; at < all; at += 2 * run)
      merge(&s, from, to, at, at + run < all ? at + run : all,
            at + 2 * run < all ? at + 2 * run : all);
    char *other = from;
    from = to;
    to = other;
  }
  if (from == scratch)
    memcpy(items, scratch, all);
  free(scratch);
}
