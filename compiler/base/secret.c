// In: texts to hide. Out: other texts without them, in whatever form they were written. Readers
// take no lock: a secret is put in front of the chain of those that start with the same two bytes,
// and never changed or removed.
#include "secret.h"

#include "map.h"
#include "secret_forms.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

extern char **environ;

enum { PAIRS = 1 << 16, BYTES = 1 << 8, HEAD = 6, HASHES = 1 << 12 };

typedef struct Item {
  Str text;
  const struct Item *next; // of the same start
} Item;

static _Atomic(const Item *) starting[PAIRS]; // secrets of two bytes and more
static atomic_uchar may_start[PAIRS / 8];     // a bit each: most texts have none of these pairs
static atomic_uchar place[HASHES];            // of a pair: the last it has in the head of a secret
static atomic_bool any_short;                 // there is one that has no head: HEAD bytes, no blank
static atomic_bool single[BYTES], any_single; // secrets of one byte
static atomic_bool any;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;
static Arena kept; // of all secrets; this and `known` belong to who holds the lock
static Map known;

// --- the registry
static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// A blank of a secret may be another one where the text is wrapped.
static size_t as_start(char c) { return (unsigned char)(is_blank(c) ? ' ' : c); }
static size_t pair_at(const char *p) { return as_start(p[0]) << 8 | as_start(p[1]); }

// Of the bytes as they are: a pair with a blank is noted with each of them.
static bool starts_pair(const char *p) {
  size_t pair = (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1];
  return atomic_load_explicit(&may_start[pair / 8], memory_order_relaxed) >> pair % 8 & 1;
}

static void note_pair(const char *p) {
  static const char blanks[] = " \n\r\t";
  const char *first = is_blank(p[0]) ? blanks : p, *second = is_blank(p[1]) ? blanks : p + 1;
  size_t nfirst = is_blank(p[0]) ? 4 : 1, nsecond = is_blank(p[1]) ? 4 : 1;
  for (size_t i = 0; i < nfirst; i++)
    for (size_t k = 0; k < nsecond; k++) {
      size_t pair = (size_t)(unsigned char)first[i] << 8 | (unsigned char)second[k];
      atomic_fetch_or(&may_start[pair / 8], (unsigned char)(1u << pair % 8));
    }
}

static size_t hash_of(const char *p) {
  return ((size_t)(unsigned char)p[0] << 4 ^ (unsigned char)p[1]) % HASHES;
}

// Who looks for secrets looks at every HEAD - 1st pair of a text, which is in the head of one where
// it can be in one at all.
static void note_head(Str s) {
  bool has_head = s.len >= HEAD;
  for (size_t i = 0; i < HEAD && has_head; i++)
    has_head = !is_blank(s.ptr[i]);
  if (!has_head)
    atomic_store(&any_short, true);
  for (size_t i = 1; i < HEAD && has_head; i++) {
    atomic_uchar *at = &place[hash_of(s.ptr + i - 1)];
    if (atomic_load(at) < i)
      atomic_store(at, (unsigned char)i);
  }
}

static void add_form(void *data, Str s) {
  (void)data;
  if (!s.len || map_get(&known, s))
    return;
  Item *item = arena_new(&kept, Item);
  item->text = str_dup(&kept, s);
  map_put(&kept, &known, item->text, item);
  note_head(s);
  if (s.len == 1) {
    atomic_store(&single[(unsigned char)s.ptr[0]], true);
    atomic_store(&any_single, true);
  } else {
    size_t pair = pair_at(s.ptr);
    item->next = atomic_load(&starting[pair]);
    atomic_store(&starting[pair], item);
    note_pair(s.ptr);
  }
  atomic_store(&any, true);
}

static void add_all_forms(Str s) {
  if (!s.len || map_get(&known, s))
    return;
  add_form(NULL, s);
  secret_forms(s, add_form, NULL);
}

// What is read from a file ends in a newline that messages lose, and a key of many lines is shown
// indented: each line that says enough is a secret too.
enum { LEAST_LINE = 6 };

void secret_add(Str s) {
  Str rest = s, line;
  pthread_mutex_lock(&adding);
  add_all_forms(s);
  add_all_forms(str_trim(s));
  while (rest.ptr && str_cut(&rest, '\n', &line))
    if (str_trim(line).len >= LEAST_LINE)
      add_all_forms(str_trim(line));
  pthread_mutex_unlock(&adding);
}

void secret_forget(void) {
  for (size_t i = 0; i < known.n; i++) {
    Str text = known.entries[i].key;
    size_t pair = text.len > 1 ? pair_at(text.ptr) : 0;
    atomic_store(&single[(unsigned char)text.ptr[0]], false);
    atomic_store(&starting[pair], NULL);
  }
  for (size_t i = 0; i < PAIRS / 8; i++)
    atomic_store(&may_start[i], 0);
  for (size_t i = 0; i < HASHES; i++)
    atomic_store(&place[i], 0);
  atomic_store(&any_short, false);
  known = (Map){0};
  arena_free(&kept);
  atomic_store(&any_single, false);
  atomic_store(&any, false);
}

// --- finding them
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

// Bytes of the text at `at` that are a secret, the longest there is; 0: none begins here.
static size_t longest(Str text, size_t at) {
  size_t most = any_single && single[(unsigned char)text.ptr[at]];
  if (text.len - at < 2)
    return most;
  if (!starts_pair(text.ptr + at))
    return most;
  for (const Item *item = starting[pair_at(text.ptr + at)]; item; item = item->next) {
    size_t n = match(text, at, item->text);
    most = n > most ? n : most;
  }
  return most;
}

// The next byte from `at` on that a secret may begin with, or the text's end. Every text that
// leaves goes through here.
static size_t next_start(Str text, size_t at) {
  if (any_single || text.len < 2)
    return at;
  if (any_short) {
    while (at + 1 < text.len && !starts_pair(text.ptr + at))
      at++;
    return at + 1 < text.len ? at : text.len;
  }
  for (size_t last = at + HEAD - 1, skip; last < text.len; last += skip) {
    const char *pair = text.ptr + last - 1;
    skip = HEAD - 1 - atomic_load_explicit(&place[hash_of(pair)], memory_order_relaxed);
    if (!skip && starts_pair(text.ptr + last + 1 - HEAD))
      return last + 1 - HEAD;
    skip += !skip;
  }
  return text.len;
}

// The next stretch from *at on that secrets cover, which may lie over each other. False: none.
static bool next_covered(Str text, size_t *at, size_t *end) {
  size_t n = 0;
  if (!any)
    return false;
  while (*at < text.len && (*at = next_start(text, *at)) < text.len && !(n = longest(text, *at)))
    ++*at;
  *end = *at + n;
  for (size_t i = *at + 1; i < *end; i++) {
    n = longest(text, i);
    *end = n && i + n > *end ? i + n : *end;
  }
  return *at < text.len;
}

bool secret_any(void) { return any; }

Str secret_mask(Arena *a, Str text) {
  size_t at = 0, end, from = 0;
  if (!next_covered(text, &at, &end))
    return text;
  Buf out = {.arena = a};
  do {
    buf_add(&out, str_sub(text, from, at));
    buf_adds(&out, SECRET_SHOWN);
    from = at = end;
  } while (next_covered(text, &at, &end));
  buf_add(&out, str_sub(text, from, text.len));
  return str_n(buf_cstr(&out), out.len);
}

bool secret_across(Str text, size_t cut, size_t *from, size_t *to) {
  for (*from = 0; next_covered(text, from, to) && *from < cut; *from = *to)
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
