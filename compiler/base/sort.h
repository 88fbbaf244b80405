// Sorting that keeps equal items in the order in which they came. Of qsort only glibc's does: what
// is printed would be in another order elsewhere.
#ifndef STARC_SORT_H
#define STARC_SORT_H
#include <stddef.h>

// Sorts n items of `size` bytes each, in place, by what qsort's comparing function says of two.
void sort_items(void *items, size_t n, size_t size, int (*order)(const void *, const void *));

#endif
