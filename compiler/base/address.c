// See address.h. An address that nobody can read is shown in errors too, so what a person may have
// meant as a password is enough: behind the first ':' of a host that no number follows, say.
#include "address.h"

#include "secret.h"

#include <ctype.h>

typedef struct Part {
  size_t from, to;
} Part;
enum { MOST = 16 }; // secrets of an address; more are taken as one

typedef struct Parts {
  Part items[MOST];
  size_t n;
} Parts;

static void add(Parts *p, size_t from, size_t to) {
  if (from >= to)
    return;
  if (p->n == MOST)
    p->items[MOST - 1].to = to;
  else
    p->items[p->n++] = (Part){from, to};
}

static int hex(char c) {
  return c >= '0' && c <= '9'         ? c - '0'
         : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                      : -1;
}

Str address_decoded(Arena *a, Str s) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++) {
    int high = s.ptr[i] == '%' && i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
    int low = high >= 0 ? hex(s.ptr[i + 2]) : -1;
    buf_addc(&b, low >= 0 ? (char)(high * 16 + low) : s.ptr[i]);
    i += low >= 0 ? 2 : 0;
  }
  return buf_str(&b);
}

// --- where they stand

static bool names_secret(Str name) {
  static const char *const words[] = {"pass", "pwd", "secret", "token", "key"};
  char small[64];
  size_t n = name.len < sizeof small ? name.len : sizeof small;
  for (size_t i = 0; i < n; i++)
    small[i] = (char)tolower((unsigned char)name.ptr[i]);
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_find(str_n(small, n), str_c(words[i]), 0) >= 0)
      return true;
  return false;
}

// A file's name may say "key", and is no secret.
static bool is_path(Str s, size_t at) {
  return at < s.len && (s.ptr[at] == '/' || s.ptr[at] == '~' || s.ptr[at] == '.');
}

// a=b&c=d, from `at` on.
static void of_query(Parts *p, Str s, size_t at) {
  while (at < s.len) {
    ptrdiff_t end = str_find(s, STR("&"), at), is = str_find(s, STR("="), at);
    size_t to = end < 0 ? s.len : (size_t)end;
    if (is >= 0 && (size_t)is < to && names_secret(str_sub(s, at, (size_t)is)) &&
        !is_path(s, (size_t)is + 1))
      add(p, (size_t)is + 1, to);
    at = to + 1;
  }
}

static bool is_port(Str s, size_t from, size_t to) {
  size_t i = from;
  while (i < to && (isdigit((unsigned char)s.ptr[i]) || s.ptr[i] == ',' || s.ptr[i] == ':'))
    i++;
  return i == to;
}

// user:password@host:port/path?query, from `at` on.
static void of_address(Parts *p, Str s, size_t at) {
  ptrdiff_t sign = str_rfind(s, STR("@")), query = str_find(s, STR("?"), at);
  if (query >= 0 && sign > query && str_find(str_sub(s, 0, (size_t)query), STR("@"), at) >= 0)
    sign = str_rfind(str_sub(s, 0, (size_t)query), STR("@")); // the other one is of the query
  size_t host = sign >= (ptrdiff_t)at ? (size_t)sign + 1 : at;
  ptrdiff_t colon = str_find(s, STR(":"), at);
  if (host > at && colon >= 0 && (size_t)colon < host)
    add(p, (size_t)colon + 1, host - 1);
  query = str_find(s, STR("?"), host);
  size_t end = query < 0 ? s.len : (size_t)query;
  ptrdiff_t slash = str_find(s, STR("/"), host);
  if (slash >= 0 && (size_t)slash < end)
    end = (size_t)slash;
  bool several = str_find(str_sub(s, 0, end), STR(","), host) >= 0;
  if (host == at && colon >= 0 && (size_t)colon < end && s.ptr[at] != '[' && !several &&
      !is_port(s, (size_t)colon + 1, end))
    add(p, (size_t)colon + 1, end);
  if (query >= 0)
    of_query(p, s, (size_t)query + 1);
}

// The next of "host=.. password='..'", as libpq has it, from *at on, which is moved behind it; the
// words of an option before it too: "--from=host=..". False: there is none, or something else.
static bool next_pair(Str s, size_t *at, Part *name, Part *value) {
  size_t i = *at;
  while (i < s.len && isspace((unsigned char)s.ptr[i]))
    i++;
  name->from = i;
  while (i < s.len && (islower((unsigned char)s.ptr[i]) || s.ptr[i] == '_'))
    i++;
  name->to = i;
  while (i < s.len && isspace((unsigned char)s.ptr[i]))
    i++;
  if (name->to == name->from || i == s.len || s.ptr[i] != '=')
    return false;
  for (i++; i < s.len && isspace((unsigned char)s.ptr[i]);)
    i++;
  bool quoted = i < s.len && s.ptr[i] == '\'';
  value->from = i += quoted;
  while (i < s.len && (quoted ? s.ptr[i] != '\'' : !isspace((unsigned char)s.ptr[i])))
    i += s.ptr[i] == '\\' && i + 1 < s.len ? 2 : 1;
  value->to = i;
  *at = i + (quoted && i < s.len);
  return true;
}

static size_t behind_option(Str s) {
  ptrdiff_t is = str_starts(s, STR("--")) ? str_find(s, STR("="), 0) : -1;
  return (size_t)(is + 1);
}

static void of_pairs(Parts *p, Str s) {
  Part name, value;
  for (size_t at = behind_option(s); next_pair(s, &at, &name, &value);)
    if (names_secret(str_sub(s, name.from, name.to)) && !is_path(s, value.from))
      add(p, value.from, value.to);
}

// All of it is such pairs, one of which names a server: no SQL, no YAML.
static bool is_pairs(Str s) {
  static const char *const names[] = {"host", "hostaddr", "user", "dbname", "service"};
  size_t at = behind_option(s);
  bool server = false;
  for (Part name, value; next_pair(s, &at, &name, &value);)
    for (size_t i = 0; i < COUNT(names); i++)
      server |= str_eq(str_sub(s, name.from, name.to), str_c(names[i]));
  return server && !str_trim(str_sub(s, at, s.len)).len;
}

static Parts parts(Str s) {
  Parts p = {.n = 0};
  ptrdiff_t scheme = str_find(s, STR("://"), 0);
  if (scheme >= 0)
    of_address(&p, s, (size_t)scheme + 3);
  else
    of_pairs(&p, s);
  return p;
}

// --- what becomes of them

// Whether a word is an address, or has one behind its option: "--from=..".
static bool is_address(Str word) {
  ptrdiff_t scheme = str_find(word, STR("://"), 0);
  for (ptrdiff_t i = 0; i < scheme; i++) // no YAML, no SQL
    if (isspace((unsigned char)word.ptr[i]) || strchr("{('\"", word.ptr[i]))
      return false;
  return scheme >= 0 ? scheme > 0 : is_pairs(word);
}

Str address_shown(Arena *a, Str s) {
  Parts p = is_address(s) ? parts(s) : (Parts){.n = 0};
  return p.n ? str_cat(a, str_sub(s, 0, p.items[0].from), STR(SECRET_SHOWN)) : s;
}

static bool stands_open(Str s, const Part *part) {
  Str secret = str_sub(s, part->from, part->to);
  return str_find(str_sub(s, 0, part->from), secret, 0) >= 0 ||
         str_find(s, secret, part->to) >= 0 || secret.len < 4;
}

void address_hide(Str s) {
  Arena a = {0};
  Parts p = parts(s);
  for (size_t i = 0; i < p.n; i++)
    if (!stands_open(s, &p.items[i])) {
      Str secret = str_sub(s, p.items[i].from, p.items[i].to);
      secret_add(secret);
      secret_add(address_decoded(&a, secret));
    }
  arena_free(&a);
}

void address_hide_words(int n, char **words) {
  for (int i = 0; i < n; i++) {
    Str word = str_c(words[i]);
    if (!is_address(word))
      continue;
    address_hide(word);
    Parts p = parts(word);
    if (p.n)
      memset(words[i] + p.items[0].from, '*', word.len - p.items[0].from);
  }
}
