// See users.h.
#include "users.h"

#include "../../compiler/base/system.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/project/check.h"
#include "../../compiler/project/profile.h"

#include <stdlib.h>

uint64_t users_memory(void) { return system_memory() / 10 * 7; }

ServeBounds users_bounds(uint64_t memory, ServeReach reach) {
  enum { HALF_AN_HOUR_S = 1800 };
  return (ServeBounds){.memory = memory / 2, .seconds = reach == REACH_READ ? HALF_AN_HOUR_S : 0};
}

enum { NAME, HASH, PASSWORD, WRITE, DATABASES, MEMORY, TIME, ROWS, CONCURRENT, KEYS };

// clang-format off
const UserKey user_keys[] = {
    [NAME] = {"name", TYPE_STR, "by which the user comes"},
    [HASH] = {"password_hash", TYPE_STR, "of the password, as starc serve --hash-password makes it"},
    [PASSWORD] = {"password", TYPE_STR, "in place of that; from a variable: \"{{ env_var('DBT_ENV_SECRET_X') }}\""},
    [WRITE] = {"write", TYPE_BOOL, "whether the user changes tables, views and databases; false: reads only"},
    [DATABASES] = {"databases", TYPE_STR | TYPE_LIST, "those that the user sees, and no others; all where the key is missing"},
    [MEMORY] = {"max_memory", TYPE_INT | TYPE_STR, "what one query takes at most: bytes, or \"2 GiB\"; 0: any"},
    [TIME] = {"max_execution_time", TYPE_INT, "seconds of one query at most; 0: any"},
    [ROWS] = {"max_result_rows", TYPE_INT, "rows of one answer at most; more is an error; 0: any"},
    [CONCURRENT] = {"max_concurrent", TYPE_INT, "queries of the user at once at most; more wait in line; 0: any"},
    {0},
};
// clang-format on

typedef struct Reading {
  Arena *a;
  const Globals *g;
  const ServeUsers *running;
  Diags *diags;
  uint64_t memory;
  VEC(ServeUser) users;
  VEC(ServeRole) roles;
  bool good;
} Reading;

static Diag *wrong(Reading *r, const Yaml *y, const char *what) {
  r->good = false;
  return diag_at(r->diags, SEV_ERROR, CODE_SERVE_USERS, y->src, y->span, "%s", what);
}

// --- values

static bool render(Reading *r, const Yaml *y, Value *out) {
  bool good = globals_render_yaml(r->a, r->g, y, NULL, NULL, out, r->diags);
  r->good &= good;
  return good;
}

// The value of a key that a dict may have, of its types. False: it has none, or a wrong one.
static bool value_of(Reading *r, const Yaml *dict, const UserKey *key, Value *out) {
  const Yaml *y = yaml_get(dict, str_c(key->name));
  if (!y || !render(r, y, out) || out->kind == VAL_NONE)
    return false;
  bool as_written = key->types == TYPE_STR && y->kind == YAML_SCALAR && out->kind != VAL_STR;
  *out = as_written ? val_str(y->text) : check_coerce(r->a, *out, key->types);
  bool good = check_value(r->diags, y, *out, key->types, str_c(key->name));
  r->good &= good;
  return good;
}

static uint64_t number_of(Reading *r, const Yaml *dict, int key, uint64_t otherwise) {
  Value v;
  if (!value_of(r, dict, &user_keys[key], &v))
    return otherwise;
  if (v.kind == VAL_INT && v.i >= 0)
    return (uint64_t)v.i;
  wrong(r, yaml_get(dict, str_c(user_keys[key].name)),
        "a whole number that is not negative is wanted");
  return otherwise;
}

// "2 GiB", "512M": a number and a unit, each a thousand and 24 times the one before.
static bool read_size(Str text, uint64_t *out) {
  static const char units[] = "bkmgt";
  size_t at = 0;
  double n = 0, part = 1;
  bool point = false;
  for (; at < text.len &&
         ((text.ptr[at] >= '0' && text.ptr[at] <= '9') || (text.ptr[at] == '.' && !point));
       at++) {
    point |= text.ptr[at] == '.';
    part = point ? part / 10 : part;
    if (text.ptr[at] != '.')
      n = point ? n + part * (text.ptr[at] - '0') : n * 10 + (text.ptr[at] - '0');
  }
  Str unit = str_trim(str_sub(text, at, text.len));
  const char *found = unit.len ? strchr(units, unit.ptr[0] | 0x20) : units;
  Str rest = str_sub(unit, 1, unit.len);
  if (!at || !found || !*found ||
      (rest.len && !str_eq_nocase(rest, STR("b")) && !str_eq_nocase(rest, STR("ib"))))
    return false;
  for (; found > units; found--)
    n *= 1024;
  *out = (uint64_t)n;
  return n < 1e18;
}

static uint64_t size_of(Reading *r, const Yaml *dict, const UserKey *key, uint64_t otherwise) {
  Value v;
  uint64_t size = otherwise;
  if (!value_of(r, dict, key, &v))
    return otherwise;
  if (v.kind == VAL_INT && v.i >= 0)
    return (uint64_t)v.i;
  if (v.kind == VAL_STR && read_size(str_trim(val_text(v)), &size))
    return size;
  diag_hint(r->diags, wrong(r, yaml_get(dict, str_c(key->name)), "a size of memory is wanted"),
            "a number of bytes, or one with a unit: 512 MiB, 2 GiB");
  return otherwise;
}

// --- passwords

// `pbkdf2_sha256$rounds$salt$sum` is shown nowhere: who sees it can try passwords on it at home.
static void hide_hashes(Str text) {
  for (ptrdiff_t at = 0; (at = str_find(text, STR(ACCESS_HASH_WORD), (size_t)at)) >= 0;) {
    size_t end = (size_t)at;
    while (end < text.len && text.ptr[end] > ' ' && !strchr("'\",}]", text.ptr[end]))
      end++;
    secret_add(str_sub(text, (size_t)at, end));
    at = (ptrdiff_t)end;
  }
}

// A short one stands in half of the output.
static void set_password(ServeUser *user, Str password) {
  if (password.len > 3)
    secret_add(password);
  access_set_password(user, password);
}

static void read_password(Reading *r, const Yaml *y, ServeUser *user) {
  Value hash, password;
  const Yaml *at = yaml_get(y, STR("password_hash"));
  bool hashed = value_of(r, y, &user_keys[HASH], &hash);
  bool plain = value_of(r, y, &user_keys[PASSWORD], &password);
  if (plain && at)
    wrong(r, at, "`password` and `password_hash` are two passwords of one user");
  else if (plain && !val_text(password).len)
    wrong(r, yaml_get(y, STR("password")), "the password is empty");
  else if (plain)
    set_password(user, val_text(password));
  else if (hashed && !access_set_hash(r->a, user, val_text(hash)))
    diag_hint(r->diags, wrong(r, at, "this is no hash of a password"),
              "`starc serve --hash-password` makes one of the password that it reads");
  else if (!at && !yaml_get(y, STR("password")))
    diag_hint(r->diags, wrong(r, y, "the user has no password"),
              "`password_hash:` of starc serve --hash-password, or `password:` with env_var()");
  else if (!hashed && !plain && r->good)
    wrong(r, at ? at : yaml_get(y, STR("password")), "the password is empty");
}

// --- rights

static bool same_role(const ServeRole *a, const ServeRole *b) {
  if (a->reach != b->reach || a->ndatabases != b->ndatabases ||
      a->bounds.memory != b->bounds.memory || a->bounds.seconds != b->bounds.seconds ||
      a->bounds.rows != b->bounds.rows)
    return false;
  for (size_t i = 0; i < a->ndatabases; i++)
    if (!str_eq(a->databases[i], b->databases[i]))
      return false;
  return true;
}

static void read_databases(Reading *r, const Yaml *y, ServeRole *role) {
  Value v;
  if (!value_of(r, y, &user_keys[DATABASES], &v))
    return;
  size_t n = v.kind == VAL_STR ? 1 : v.list->n;
  Str *names = arena_array(r->a, Str, n + 1);
  const Yaml *at = yaml_get(y, STR("databases"));
  for (size_t i = 0; i < n; i++) {
    Value one = v.kind == VAL_STR ? v : v.list->items[i];
    if (one.kind != VAL_STR || !val_text(one).len) {
      wrong(r, yaml_item(at, i) ? yaml_item(at, i) : at, "the name of a database is wanted");
      return;
    }
    names[i] = val_text(one);
  }
  if (!n)
    diag_hint(r->diags, wrong(r, at, "the user would see no database"),
              "leave out `databases:` for all");
  role->databases = names;
  role->ndatabases = n;
}

// Drivers read the engine's settings, each a row, when they connect.
static void warn_few_rows(Reading *r, const Yaml *y, uint64_t rows) {
  enum { SETTINGS = 2000 }; // about 1,650 of version 26.5
  const Yaml *at = yaml_get(y, str_c(user_keys[ROWS].name));
  if (!at || !rows || rows >= SETTINGS)
    return;
  diag_hint(r->diags,
            diag_at(r->diags, SEV_WARNING, CODE_SERVE_USERS, at->src, at->span,
                    "with so few rows some drivers cannot connect: clickhouse-connect begins with "
                    "the rows of system.settings, about 1,650"),
            "%d or more; a query's own LIMIT, or max_result_rows of its request, bounds it further",
            SETTINGS);
}

static ServeRole read_role(Reading *r, const Yaml *y) {
  Value write;
  ServeRole role = {0};
  role.reach =
      value_of(r, y, &user_keys[WRITE], &write) && val_truth(write) ? REACH_WRITE : REACH_READ;
  role.bounds = users_bounds(r->memory, role.reach);
  read_databases(r, y, &role);
  role.bounds.memory = size_of(r, y, &user_keys[MEMORY], role.bounds.memory);
  role.bounds.seconds = number_of(r, y, TIME, role.bounds.seconds);
  role.bounds.rows = number_of(r, y, ROWS, 0);
  warn_few_rows(r, y, role.bounds.rows);
  return role;
}

// The key by which the rights of a user are others than those that it has now; `y` where it is new.
static const Yaml *changed_key(const Reading *r, const Yaml *y, Str name, const ServeRole *role) {
  const ServeAccess *now = &r->running->access;
  for (size_t i = 0; i < now->nusers; i++) {
    if (!str_eq(now->users[i].name, name))
      continue;
    const ServeRole *had = &r->running->rights.roles[now->users[i].role];
    int key = had->reach != role->reach                     ? WRITE
              : had->bounds.memory != role->bounds.memory   ? MEMORY
              : had->bounds.seconds != role->bounds.seconds ? TIME
              : had->bounds.rows != role->bounds.rows       ? ROWS
                                                            : DATABASES;
    const YamlEntry *at = yaml_entry(y, str_c(user_keys[key].name));
    return at ? at->key : y;
  }
  return y;
}

// The number of such a role.
static size_t role_number(Reading *r, const Yaml *y, Str name, const ServeRole *role) {
  const ServeRole *roles = r->running ? r->running->rights.roles : r->roles.items;
  size_t n = r->running ? r->running->rights.n : r->roles.n;
  for (size_t i = 0; i < n; i++)
    if (same_role(&roles[i], role))
      return i;
  if (r->running)
    diag_hint(r->diags,
              wrong(r, changed_key(r, y, name, role), "the engine has begun without such rights"),
              "`write`, `databases` and what a query may take are set when it starts: start serve "
              "anew, or give the user what another one had");
  else
    vec_push(r->a, &r->roles, *role);
  return n;
}

// --- a user

// What stands behind a key that was meant to be the password, or as its hash and is none, is shown
// with the finding else.
static void hide_meant(Str key, const Yaml *value) {
  static const Str meant[] = {STR_INIT("password"), STR_INIT("password_hash"), STR_INIT("pass"),
                              STR_INIT("secret")};
  bool means = str_nearest(key, meant, COUNT(meant)).len || str_find(key, STR("pass"), 0) >= 0;
  if (means && value && value->kind == YAML_SCALAR && value->text.len > 3)
    secret_add(value->text);
}

static void check_keys(Reading *r, const Yaml *y) {
  Str names[KEYS];
  for (size_t i = 0; i < KEYS; i++)
    names[i] = str_c(user_keys[i].name);
  for (size_t i = 0; i < y->n; i++) {
    bool known = false;
    hide_meant(y->entries[i].key->text, y->entries[i].value);
    for (size_t k = 0; k < KEYS; k++)
      known |= str_eq(names[k], y->entries[i].key->text);
    if (known)
      continue;
    r->good = false;
    check_refuse(r->diags, y->entries[i].key, "a user of serve", names, KEYS);
  }
}

// A colon ends the name where it stands before the password (Authorization: Basic).
static void read_name(Reading *r, const Yaml *y, ServeUser *user) {
  Value v;
  const Yaml *at = yaml_get(y, STR("name"));
  if (!value_of(r, y, &user_keys[NAME], &v)) {
    if (!at)
      wrong(r, y, "the user has no `name:`");
    return;
  }
  user->name = val_text(v);
  bool odd = !user->name.len || memchr(user->name.ptr, ':', user->name.len);
  for (size_t i = 0; i < user->name.len; i++)
    odd |= (unsigned char)user->name.ptr[i] < ' ';
  if (odd)
    wrong(r, at, "a name has at least one letter, no colon and no line break");
  for (size_t i = 0; i < r->users.n; i++)
    if (str_eq(r->users.items[i].name, user->name))
      wrong(r, at, "there is a user of this name already");
}

static void read_user(Reading *r, const Yaml *y) {
  ServeUser user = {0};
  if (y->kind != YAML_DICT) {
    diag_hint(r->diags, wrong(r, y, "a user is a dict"),
              "`- name: ana`, and below it its other keys");
    return;
  }
  check_keys(r, y);
  read_name(r, y, &user);
  read_password(r, y, &user);
  ServeRole role = read_role(r, y);
  user.readonly = role.reach == REACH_READ;
  user.some_databases = role.ndatabases > 0;
  user.queries = (unsigned)number_of(r, y, CONCURRENT, 0);
  user.role = role_number(r, y, user.name, &role);
  vec_push(r->a, &r->users, user);
}

// --- the file

static const UserKey memory_of_all = {"max_memory", TYPE_INT | TYPE_STR, NULL};

static const Yaml *read_top(Reading *r, const Yaml *y) {
  static const Str names[] = {STR_INIT("users"), STR_INIT("max_memory")};
  if (y->kind != YAML_DICT) {
    diag_hint(r->diags, wrong(r, y, "the file of users is a dict"), "`users:` lists them");
    return NULL;
  }
  for (size_t i = 0; i < y->n; i++)
    if (!str_eq(y->entries[i].key->text, names[0]) && !str_eq(y->entries[i].key->text, names[1])) {
      r->good = false;
      check_refuse(r->diags, y->entries[i].key, "the file of users", names, COUNT(names));
    }
  const Yaml *users = yaml_get(y, STR("users"));
  if (!users || users->kind != YAML_LIST || !users->n) {
    diag_hint(r->diags, wrong(r, users ? users : y, "the file lists no users"),
              "`users:` is a list: `- name: ana`, ...");
    return NULL;
  }
  return users;
}

bool users_read(Arena *a, const Globals *g, const Source *file, const ServeUsers *running,
                ServeUsers *out, Diags *diags) {
  Globals secret = *g;
  secret.secrets = true;
  Reading r = {.a = a, .g = &secret, .running = running, .diags = diags, .good = true};
  hide_hashes(file->text);
  const Yaml *y = yaml_load(a, file, diags);
  profile_hide(y, file->text);
  if (!y)
    return false;
  const Yaml *users = read_top(&r, y);
  uint64_t usual = running ? running->rights.memory : users_memory();
  r.memory = size_of(&r, y, &memory_of_all, usual);
  for (size_t i = 0; users && i < users->n; i++)
    read_user(&r, users->items[i]);
  out->access = (ServeAccess){.users = r.users.items, .nusers = r.users.n};
  out->rights = running ? running->rights
                        : (ServeRights){.roles = r.roles.items, .n = r.roles.n, .memory = r.memory};
  if (r.good)
    access_begin(a, &out->access);
  return r.good;
}
