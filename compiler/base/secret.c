// In: texts to hide. Out: other texts without them, in whatever form they were written. Readers
// take no lock: the registry is a list of immutable snapshots, the newest behind an atomic pointer;
// older ones stay reachable from it.
#include "secret.h"

#include "memory.h"
#include "secret_forms.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAIRS = 1 << 16 };

typedef struct Known {
  const struct Known *older; // keeps earlier snapshots reachable: a reader may still hold one
  bool single;               // one of them is a single byte
  uint8_t starts[PAIRS / 8]; // the two bytes that one of them starts with: most texts have none
  size_t n;
  Str items[]; // longest first, so that a secret that holds another is hidden whole
} Known;

static _Atomic(const Known *) known;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

// --- the registry
static size_t pair_at(const char *p) {
  return (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static bool has(const Known *k, Str s) {
  for (size_t i = 0; k && i < k->n; i++)
    if (str_eq(k->items[i], s))
      return true;
  return false;
}

static const Known *with(const Known *old, Str s) {
  size_t n = old ? old->n : 0;
  Known *k = memory_must(calloc(1, sizeof *k + (n + 1) * sizeof *k->items));
  char *copy = memory_must(malloc(s.len));
  memcpy(copy, s.ptr, s.len);
  if (old)
    memcpy(k->starts, old->starts, sizeof k->starts);
  k->older = old;
  k->single = s.len == 1 || (old && old->single);
  k->n = n + 1;
  size_t at = 0;
  while (at < n && old->items[at].len >= s.len) {
    k->items[at] = old->items[at];
    at++;
  }
  k->items[at] = str_n(copy, s.len);
  for (; at < n; at++)
    k->items[at + 1] = old->items[at];
  if (s.len > 1)
    k->starts[pair_at(copy) / 8] |= (uint8_t)(1u << pair_at(copy) % 8);
  return k;
}

static void add_form(void *data, Str s) {
  (void)data;
  const Known *old = atomic_load(&known);
  if (s.len && !has(old, s))
    atomic_store(&known, with(old, s));
}

void secret_add(Str s) {
  pthread_mutex_lock(&adding);
  if (s.len && !has(atomic_load(&known), s)) {
    add_form(NULL, s);
    secret_forms(s, add_form, NULL);
  }
  pthread_mutex_unlock(&adding);
}

// --- finding them
static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Bytes of the text at `at` that are the secret; 0: they are not. Where the secret has a space the
// text may be wrapped.
static size_t match(Str text, size_t at, Str secret) {
  if (text.len - at >= secret.len && !memcmp(text.ptr + at, secret.ptr, secret.len))
    return secret.len;
  size_t to = at;
  for (size_t i = 0; i < secret.len; i++) {
    if (to == text.len ||
        (text.ptr[to] != secret.ptr[i] && !(secret.ptr[i] == ' ' && is_blank(text.ptr[to]))))
      return 0;
    to++;
    while (secret.ptr[i] == ' ' && to < text.len && is_blank(text.ptr[to]) &&
           !(i + 1 < secret.len && secret.ptr[i + 1] == ' '))
      to++;
  }
  return to - at;
}

static size_t longest(const Known *k, Str text, size_t at) {
  size_t most = 0;
  for (size_t i = 0; i < k->n; i++) {
    size_t n = match(text, at, k->items[i]);
    most = n > most ? n : most;
  }
  return most;
}

// The next stretch from *at on that secrets cover, which may lie over each other. False: none.
static bool next_covered(const Known *k, Str text, size_t *at, size_t *end) {
  size_t n = 0;
  for (; *at < text.len; ++*at) {
    const char *p = text.ptr + *at;
    bool may = k->single || (text.len - *at > 1 && k->starts[pair_at(p) / 8] >> pair_at(p) % 8 & 1);
    if (may && (n = longest(k, text, *at)))
      break;
  }
  if (!n)
    return false;
  *end = *at + n;
  for (size_t i = *at + 1; i < *end; i++) {
    n = longest(k, text, i);
    *end = n && i + n > *end ? i + n : *end;
  }
  return true;
}

Str secret_mask(Arena *a, Str text) {
  const Known *k = atomic_load(&known);
  size_t at = 0, end, from = 0;
  if (!k || !next_covered(k, text, &at, &end))
    return text;
  Buf out = {.arena = a};
  do {
    buf_add(&out, str_sub(text, from, at));
    buf_adds(&out, SECRET_SHOWN);
    from = at = end;
  } while (next_covered(k, text, &at, &end));
  buf_add(&out, str_sub(text, from, text.len));
  return str_n(buf_cstr(&out), out.len);
}

bool secret_across(Str text, size_t cut, size_t *from, size_t *to) {
  const Known *k = atomic_load(&known);
  for (*from = 0; k && next_covered(k, text, from, to) && *from < cut; *from = *to)
    if (*to > cut)
      return true;
  return false;
}

Secret secret_make(Str s) {
  secret_add(s);
  return (Secret){s};
}

void secret_add_environment(void) {
  for (char **e = environ; *e; e++) {
    Str variable = str_c(*e);
    ptrdiff_t is = str_find(variable, STR("="), 0);
    if (is > 0 && secret_named(str_sub(variable, 0, (size_t)is)))
      secret_add(str_sub(variable, (size_t)is + 1, variable.len));
  }
}

bool secret_named(Str name) {
  return str_starts(name, STR("DBT_ENV_SECRET")) || str_starts(name, STR("DBT_ENGINE_SECRET"));
}
