// See load_address.h. Which parameters there are is what the profile of the database says.
#include "load_address.h"

#include "../../compiler/base/address.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/project/config.h"

#include <ctype.h>

typedef struct Reading {
  Arena *a;
  LoadAddress *out;
  Diags *diags;
} Reading;

#define EXAMPLE "as in postgres://user@host:5432/database?schema=public"

static bool wrong(Reading *r, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static bool wrong(Reading *r, const char *hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Str message = str_vfmt(r->a, fmt, ap);
  va_end(ap);
  Diag *d = diag_error(r->diags, CODE_OPTION_VALUE, STR("--from"), "%.*s", STR_ARG(message));
  diag_hint(r->diags, d, "%s", hint);
  return false;
}

Str load_address_text(const LoadAddress *address, const char *key) {
  const Value *v = dict_gets(address->keys.dict, str_c(key));
  return v ? val_text(*v) : (Str){0};
}

// --- parameters

static bool is_one(const ProfileKey *k, const char *name) {
  return str_eq(str_c(k->name), str_c(name));
}

static const ProfileKey *find_key(const Dialect *d, Str name) {
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(d, i)); i++)
    if (!is_one(k, "type") && !is_one(k, "threads") &&
        (str_eq(str_c(k->name), name) || (k->alias && str_eq(str_c(k->alias), name))))
      return k;
  return NULL;
}

static bool unknown(Reading *r, Str name) {
  VEC(Str) names = {0};
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(r->out->dialect, i)); i++)
    vec_push(r->a, &names, str_c(k->name));
  Str hint = str_hint_for(r->a, name, names.items, names.n);
  return wrong(r, str_cstr(r->a, hint), "a connection to %s has no key '%.*s' here",
               r->out->dialect->title, STR_ARG(name));
}

static bool is_number(Str s) {
  size_t i = 0;
  while (i < s.len && isdigit((unsigned char)s.ptr[i]))
    i++;
  return s.len && i == s.len;
}

static bool set(Reading *r, Str name, Str value) {
  if (str_is(name, "ssl") && str_is(value, "true") && find_key(r->out->dialect, STR("sslmode"))) {
    name = STR("sslmode"); // as libpq has it
    value = STR("require");
  }
  const ProfileKey *k = find_key(r->out->dialect, name);
  if (!k)
    return unknown(r, name);
  if (!value.len)
    return true;
  if (is_one(k, "password")) {
    r->out->password = value;
    return true;
  }
  if (k->secret)
    return wrong(r, "write it into the file, as \"{{ env_var('DBT_ENV_SECRET_..') }}\"",
                 "'%.*s' is a secret, which does not go into an address", STR_ARG(name));
  if (k->types == TYPE_INT && !is_number(value))
    return wrong(r, EXAMPLE ", with user:password@ before the host",
                 "the %s of the address is no number", k->name);
  dict_sets(r->a, r->out->keys.dict, str_c(k->name), val_str(value));
  return true;
}

// --- user:password@host:port/database?key=value

static bool set_hosts(Reading *r, Str server) {
  Buf hosts = {.arena = r->a};
  Str one, port = {0};
  for (size_t i = 0; server.len && str_cut(&server, ',', &one); i++) {
    ptrdiff_t close = one.len && one.ptr[0] == '[' ? str_find(one, STR("]"), 0) : -1;
    ptrdiff_t colon = str_find(one, STR(":"), close > 0 ? (size_t)close : 0);
    size_t end = colon < 0 ? one.len : (size_t)colon;
    Str host = close > 0 ? str_sub(one, 1, (size_t)close) : str_sub(one, 0, end);
    Str own = colon < 0 ? (Str){0} : str_sub(one, end + 1, one.len);
    if (i && !str_eq(own, port))
      return wrong(r, "give each host the same port, or name one of them",
                   "the hosts of the address have different ports, and `port` is one for all");
    port = own;
    buf_addf(&hosts, "%s%.*s", i ? "," : "", STR_ARG(address_decoded(r->a, host)));
  }
  return set(r, STR("host"), buf_str(&hosts)) && set(r, STR("port"), port);
}

// A database, or a schema of those that have only these.
static bool set_database(Reading *r, Str name) {
  if (!name.len)
    return true;
  return set(r, r->out->dialect->has_databases ? STR("database") : STR("schema"), name);
}

static bool set_query(Reading *r, Str query) {
  Str one;
  while (query.len && str_cut(&query, '&', &one)) {
    ptrdiff_t is = str_find(one, STR("="), 0);
    if (is <= 0)
      return wrong(r, EXAMPLE, "a parameter of the address has no name or no value");
    if (!set(r, address_decoded(r->a, str_sub(one, 0, (size_t)is)),
             address_decoded(r->a, str_sub(one, (size_t)is + 1, one.len))))
      return false;
  }
  return true;
}

static bool read_parts(Reading *r, Str rest) {
  ptrdiff_t slash = str_find(rest, STR("/"), 0);
  Str first = str_sub(rest, 0, slash < 0 ? rest.len : (size_t)slash), query = {0};
  ptrdiff_t sign = str_rfind(first, STR("@")), mark = str_find(rest, STR("?"), 0);
  size_t host = sign < 0 ? 0 : (size_t)sign + 1;
  if (sign >= 0) { // no '?' of a password begins the parameters
    Str who = str_sub(first, 0, (size_t)sign);
    ptrdiff_t colon = str_find(who, STR(":"), 0);
    mark = str_find(rest, STR("?"), host);
    if (!set(r, STR("user"),
             address_decoded(r->a, str_sub(who, 0, colon < 0 ? who.len : (size_t)colon))))
      return false;
    if (colon >= 0)
      r->out->password = address_decoded(r->a, str_sub(who, (size_t)colon + 1, who.len));
  }
  size_t end = mark < 0 ? rest.len : (size_t)mark;
  if (mark >= 0)
    query = str_sub(rest, end + 1, rest.len);
  if (slash >= 0 && (size_t)slash > end)
    slash = -1;
  Str server = str_sub(rest, host, slash < 0 ? end : (size_t)slash);
  Str database = slash < 0 ? (Str){0} : str_sub(rest, (size_t)slash + 1, end);
  if (str_find(database, STR("@"), 0) >= 0)
    return wrong(r, "a / in it is written %2F, a ? %3F, a # %23",
                 "the user or password of the address has letters that end it");
  return set_hosts(r, server) && set_database(r, address_decoded(r->a, database)) &&
         set_query(r, query);
}

// --- key=value ..

static bool read_pairs(Reading *r, Str s) {
  size_t at = 0;
  for (;;) {
    while (at < s.len && isspace((unsigned char)s.ptr[at]))
      at++;
    if (at == s.len)
      return true;
    ptrdiff_t is = str_find(s, STR("="), at);
    if (is < 0)
      return wrong(r, "as in \"host=localhost port=5432 user=app dbname=shop\"",
                   "the address has a word without =");
    Str name = str_trim(str_sub(s, at, (size_t)is));
    Buf value = {.arena = r->a};
    at = (size_t)is + 1;
    while (at < s.len && isspace((unsigned char)s.ptr[at]))
      at++;
    bool quoted = at < s.len && s.ptr[at] == '\'';
    for (at += quoted;
         at < s.len && (quoted ? s.ptr[at] != '\'' : !isspace((unsigned char)s.ptr[at])); at++) {
      at += s.ptr[at] == '\\' && at + 1 < s.len;
      buf_addc(&value, s.ptr[at]);
    }
    at += quoted;
    if (!set(r, name, buf_str(&value)))
      return false;
  }
}

// --- the whole

static const Dialect *dialect_of(Str scheme, bool pairs) {
  for (size_t i = 0; dialects[i]; i++) {
    const LoadSourceRules *rules = dialects[i]->source;
    if (rules && (pairs ? rules->pairs : str_starts(scheme, str_c(dialects[i]->type))))
      return dialects[i]; // "postgresql" too
  }
  return NULL;
}

// What a file lists it after: the server, who, what.
static void in_order(Reading *r) {
  static const char *const first[] = {"host", "port", "user", "database", "schema"};
  Value sorted = val_dict(r->a);
  for (size_t i = 0; i < COUNT(first); i++) {
    const Value *v = dict_gets(r->out->keys.dict, str_c(first[i]));
    if (v)
      dict_sets(r->a, sorted.dict, str_c(first[i]), *v);
  }
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(r->out->keys.dict, &at));)
    dict_set(r->a, sorted.dict, e->key, e->value);
  r->out->keys = sorted;
}

// Where nothing else says it, the address says each key that a connection needs.
static bool is_whole(Reading *r) {
  LoadAddress *out = r->out;
  const ProfileKey *k;
  bool by_service = false;
  for (size_t i = 0; (k = profile_key_at(out->dialect, i)); i++)
    by_service |= k->stands_for && load_address_text(out, k->name).len;
  if (by_service)
    return true;
  Str other = load_address_text(out, "hostaddr");
  if (!load_address_text(out, "host").len && other.len)
    dict_sets(r->a, out->keys.dict, STR("host"), val_str(other));
  if (!load_address_text(out, "host").len)
    return wrong(r, EXAMPLE, "the address names no host");
  if (!load_address_text(out, "port").len)
    dict_sets(r->a, out->keys.dict, STR("port"),
              val_str(str_fmt(r->a, "%d", out->dialect->source->port)));
  for (size_t i = 0; (k = profile_key_at(out->dialect, i)); i++)
    if (k->required && !is_one(k, "schema") && !is_one(k, "password") && !is_one(k, "type") &&
        !load_address_text(out, k->name).len)
      return wrong(r, EXAMPLE, "the address names no %s", k->name);
  return true;
}

bool load_address_read(Arena *a, Str text, LoadAddress *out, Diags *diags) {
  Reading r = {a, out, diags};
  ptrdiff_t scheme = str_find(text, STR("://"), 0);
  bool pairs = scheme < 0 && str_find(text, STR("="), 0) > 0;
  *out = (LoadAddress){.keys = val_dict(a)};
  out->dialect = dialect_of(str_sub(text, 0, scheme < 0 ? 0 : (size_t)scheme), pairs);
  if (scheme < 0 && !pairs)
    out->dialect = NULL;
  if (!out->dialect)
    return wrong(&r, EXAMPLE,
                 text.len ? "this is no address of a database that loads are brought from"
                          : "which database?");
  if (!(pairs ? read_pairs(&r, text)
              : read_parts(&r, str_sub(text, (size_t)scheme + 3, text.len))) ||
      !is_whole(&r))
    return false;
  in_order(&r);
  out->database = load_address_text(out, out->dialect->has_databases ? "database" : "schema");
  return true;
}
