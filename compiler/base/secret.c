// In: texts to hide. Out: other texts without them. Readers take no lock: the registry is a list of
// immutable snapshots, the newest behind an atomic pointer; older ones stay reachable from it.
#include "secret.h"

#include "memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Known {
  const struct Known *older; // keeps earlier snapshots reachable: a reader may still hold one
  size_t n;
  Str items[]; // longest first, so that a secret that holds another is hidden whole
} Known;

static _Atomic(const Known *) known;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

static bool has(const Known *k, Str s) {
  for (size_t i = 0; k && i < k->n; i++)
    if (str_eq(k->items[i], s))
      return true;
  return false;
}

static const Known *with(const Known *old, Str s) {
  size_t n = old ? old->n : 0;
  Known *k = memory_must(malloc(sizeof *k + (n + 1) * sizeof *k->items));
  char *copy = memory_must(malloc(s.len));
  memcpy(copy, s.ptr, s.len);
  k->older = old;
  k->n = n + 1;
  size_t at = 0;
  while (at < n && old->items[at].len >= s.len) {
    k->items[at] = old->items[at];
    at++;
  }
  k->items[at] = str_n(copy, s.len);
  for (; at < n; at++)
    k->items[at + 1] = old->items[at];
  return k;
}

void secret_add(Str s) {
  if (!s.len)
    return;
  pthread_mutex_lock(&adding);
  const Known *old = atomic_load(&known);
  if (!has(old, s))
    atomic_store(&known, with(old, s));
  pthread_mutex_unlock(&adding);
}

static Str mask_one(Arena *a, Str text, Str secret) {
  ptrdiff_t at = str_find(text, secret, 0);
  if (at < 0)
    return text;
  Buf out = {.arena = a};
  size_t from = 0;
  for (; at >= 0; at = str_find(text, secret, from)) {
    buf_add(&out, str_sub(text, from, (size_t)at));
    buf_adds(&out, SECRET_SHOWN);
    from = (size_t)at + secret.len;
  }
  buf_add(&out, str_sub(text, from, text.len));
  return str_n(buf_cstr(&out), out.len);
}

Str secret_mask(Arena *a, Str text) {
  const Known *k = atomic_load(&known);
  for (size_t i = 0; k && i < k->n; i++)
    text = mask_one(a, text, k->items[i]);
  return text;
}

Secret secret_make(Str s) {
  secret_add(s);
  return (Secret){s};
}

bool secret_named(Str name) {
  return str_starts(name, STR("DBT_ENV_SECRET")) || str_starts(name, STR("DBT_ENGINE_SECRET"));
}
