// Typed growable arrays in an arena: VEC(Node *) nodes = {0}; vec_push(arena, &nodes, node);
#ifndef STARC_VEC_H
#define STARC_VEC_H
#include "arena.h"

// An anonymous struct type; name it with typedef where it crosses a function's border.
#define VEC(T)                                                                                     \
  struct {                                                                                         \
    T *items;                                                                                      \
    size_t n, cap;                                                                                 \
  }

// Room for one more of n items, where the array, n and its capacity are variables of their own. The
// array may move. Evaluates its arguments more than once.
#define vec_room(a, array, n, cap)                                                                 \
  do {                                                                                             \
    if ((n) == (cap)) {                                                                            \
      size_t vec_cap_ = (cap) ? (cap)*2 : 4;                                                       \
      (array) = arena_grow((a), (array), (cap) * sizeof *(array), vec_cap_ * sizeof *(array));     \
      (cap) = vec_cap_;                                                                            \
    }                                                                                              \
  } while (0)

// Appends one item; the array may move. Evaluates v more than once.
#define vec_push(a, v, item)                                                                       \
  do {                                                                                             \
    vec_room(a, (v)->items, (v)->n, (v)->cap);                                                     \
    (v)->items[(v)->n++] = (item);                                                                 \
  } while (0)

// Room for `more` further items, so that pushing them leaves no outgrown copies behind.
#define vec_reserve(a, v, more)                                                                    \
  do {                                                                                             \
    if ((v)->n + (more) > (v)->cap) {                                                              \
      size_t vec_cap_ = (v)->n + (more);                                                           \
      (v)->items = arena_grow((a), (v)->items, (v)->cap * sizeof *(v)->items,                      \
                              vec_cap_ * sizeof *(v)->items);                                      \
      (v)->cap = vec_cap_;                                                                         \
    }                                                                                              \
  } while (0)

#endif
