// See access.h.
#include "access.h"

#include "../../compiler/base/base64.h"
#include "../../compiler/base/hash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

// Rounds of a new hash; the most that a file may ask for, some seconds.
enum { ROUNDS = 600000, ROUNDS_MOST = 10000000 };
enum { LINE_MOST = 32 }; // passwords that wait for their hash; each is looked at alone

typedef struct AccessState {
  pthread_mutex_t slow; // one hash at a time, so that guessing takes one processor at most
  pthread_mutex_t lock; // guards `known`
  char (*known)[65];    // by user: sha256 of a password that was right; empty: none was
  unsigned rounds;      // the most that a user has
  atomic_uint waiting;
} AccessState;

void access_set_password(ServeUser *user, Str password) {
  user->sha256[0] = 0;
  if (password.len)
    hash_sha256_hex(password, user->sha256);
}

// --- hashes

bool access_set_hash(Arena *a, ServeUser *user, Str hash) {
  AccessHash h = {0};
  Str word, rounds, rest = hash;
  if (!str_starts(hash, STR(ACCESS_HASH_WORD)) || !str_cut(&rest, '$', &word) ||
      !str_cut(&rest, '$', &rounds) || !str_cut(&rest, '$', &h.salt) || !h.salt.len ||
      !str_all_digits(rounds) || !rounds.len || rounds.len > 8)
    return false;
  h.salt = str_dup(a, h.salt);
  h.rounds = (unsigned)atol(str_cstr(a, rounds));
  Buf sum = {.arena = a};
  bool good =
      base64_read(&sum, rest) && sum.len == sizeof h.sum && h.rounds > 0 && h.rounds <= ROUNDS_MOST;
  if (!good)
    return false;
  memcpy(h.sum, sum.ptr, sizeof h.sum);
  user->hash = h;
  return true;
}

Str access_hash(Arena *a, Str password) {
  unsigned char sum[32];
  Str salt = str_sub(access_token(a), 0, 22);
  Buf out = {.arena = a};
  hash_pbkdf2_sha256(password, salt, ROUNDS, sum);
  buf_addf(&out, ACCESS_HASH_WORD "%d$%.*s$", ROUNDS, STR_ARG(salt));
  base64_add(&out, str_n((char *)sum, sizeof sum), base64_letters);
  return buf_str(&out);
}

void access_begin(Arena *a, ServeAccess *access) {
  unsigned rounds = 0;
  for (size_t i = 0; i < access->nusers; i++)
    if (access->users[i].hash.rounds > rounds)
      rounds = access->users[i].hash.rounds;
  access->state = NULL;
  if (!rounds)
    return;
  AccessState *s = arena_new(a, AccessState);
  s->known = arena_alloc(a, access->nusers * sizeof *s->known);
  memset(s->known, 0, access->nusers * sizeof *s->known);
  s->rounds = rounds;
  pthread_mutex_init(&s->slow, NULL);
  pthread_mutex_init(&s->lock, NULL);
  access->state = s;
}

// --- who it is

// Whether two texts of n bytes are the same, in the same time whatever they are.
static bool same(const void *one, const void *other, size_t n) {
  const unsigned char *a = one, *b = other;
  unsigned char different = 0;
  for (size_t i = 0; i < n; i++)
    different |= (unsigned char)(a[i] ^ b[i]);
  return !different;
}

static bool is_known(AccessState *s, size_t user, const char given[65]) {
  pthread_mutex_lock(&s->lock);
  bool known = s->known[user][0] && same(s->known[user], given, 65);
  pthread_mutex_unlock(&s->lock);
  return known;
}

static void keep_known(AccessState *s, size_t user, const char given[65]) {
  pthread_mutex_lock(&s->lock);
  memcpy(s->known[user], given, 65);
  pthread_mutex_unlock(&s->lock);
}

// Whether the password has the user's hash. As many rounds for each user, and for none.
static bool has_hash(const AccessState *s, const AccessHash *h, Str password) {
  unsigned char sum[32] = {0}, rest[32];
  unsigned left = s->rounds - h->rounds;
  if (h->rounds)
    hash_pbkdf2_sha256(password, h->salt, h->rounds, sum);
  if (left)
    hash_pbkdf2_sha256(password, STR("nobody"), left, rest);
  return same(sum, h->sum, sizeof sum) && h->rounds;
}

// `user`: its number; nusers: there is none of that name.
static AccessFound check_slowly(const ServeAccess *access, size_t user, Str password,
                                const char given[65]) {
  AccessState *s = access->state;
  static const AccessHash none;
  bool there = user < access->nusers;
  bool good = false, busy = atomic_fetch_add(&s->waiting, 1) >= LINE_MOST;
  if (!busy) {
    pthread_mutex_lock(&s->slow);
    good = (there && is_known(s, user, given)) ||
           has_hash(s, there ? &access->users[user].hash : &none, password);
    pthread_mutex_unlock(&s->slow);
  }
  atomic_fetch_sub(&s->waiting, 1);
  if (good)
    keep_known(s, user, given);
  return good ? ACCESS_GOOD : busy ? ACCESS_BUSY : ACCESS_WRONG;
}

AccessFound access_check(const ServeAccess *access, Str name, Str password,
                         const ServeUser **user) {
  static const ServeUser nobody = {.sha256 = "-"};
  size_t n = access->nusers;
  for (size_t i = 0; i < access->nusers; i++)
    if (str_eq(access->users[i].name, name))
      n = i;
  const ServeUser *found = n < access->nusers ? &access->users[n] : &nobody;
  *user = n < access->nusers ? found : NULL;
  char given[65] = "";
  hash_sha256_hex(password, given);
  bool right =
      same(given, found->sha256, sizeof given) || (!found->sha256[0] && !found->hash.rounds);
  if (right && *user)
    return ACCESS_GOOD;
  if (!access->state)
    return ACCESS_WRONG;
  if (*user && is_known(access->state, n, given))
    return ACCESS_GOOD;
  return check_slowly(access, n, password, given);
}

Str access_token(Arena *a) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
  enum { LENGTH = 26 }; // 130 bits
  unsigned char bytes[LENGTH];
  char text[LENGTH];
  if (getentropy(bytes, sizeof bytes) != 0)
    abort(); // no source of randomness: nothing sensible can follow
  for (size_t i = 0; i < sizeof bytes; i++)
    text[i] = letters[bytes[i] & 31];
  return str_dup(a, str_n(text, sizeof text));
}
