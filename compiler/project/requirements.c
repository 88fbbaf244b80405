// Reading of packages.yml, dependencies.yml and package-lock.yml.
#include "requirements.h"

#include "../base/fs.h"
#include "../base/hash.h"
#include "../base/secret.h"
#include "../base/sort.h"
#include "../value/json.h"
#include "check.h"

#include <stdlib.h>

const Str require_keys[] = {STR_INIT("package"), STR_INIT("git"), STR_INIT("local"),
                            STR_INIT("tarball")};
enum { KINDS = 4 };

Str url_shown(Arena *a, Str url) {
  ptrdiff_t query = str_find(url, STR("?"), 0);
  if (query >= 0)
    return str_fmt(a, "%.*s?*****", STR_ARG(url_shown(a, str_sub(url, 0, (size_t)query))));
  ptrdiff_t scheme = str_find(url, STR("://"), 0);
  if (scheme < 0)
    return url;
  Str rest = str_sub(url, (size_t)scheme + 3, url.len);
  ptrdiff_t slash = str_find(rest, STR("/"), 0);
  Str host = str_sub(rest, 0, slash < 0 ? rest.len : (size_t)slash);
  ptrdiff_t at = str_rfind(host, STR("@"));
  if (at < 0)
    return url;
  return str_fmt(a, "%.*s://*****%.*s", (int)scheme, url.ptr,
                 STR_ARG(str_sub(rest, (size_t)at, rest.len)));
}

// The values behind a URL's ? that can be keys to what is there: long ones, and those of such
// names.
static void hide_query(Str url) {
  static const char *const names[] = {"oken", "ey", "ecret", "ass", "ig", "uth"}; // Token, token
  ptrdiff_t query = str_find(url, STR("?"), 0);
  Str rest = query < 0 ? (Str){0} : str_sub(url, (size_t)query + 1, url.len), part;
  while (rest.ptr && str_cut(&rest, '&', &part)) {
    ptrdiff_t is = str_find(part, STR("="), 0);
    Str value = str_sub(part, (size_t)(is + 1), part.len);
    bool key = value.len >= 16;
    for (size_t i = 0; is >= 0 && i < COUNT(names); i++)
      key |= str_find(str_sub(part, 0, (size_t)is), str_c(names[i]), 0) >= 0;
    if (key && value.len > 3)
      secret_add(value);
  }
}

// What came out of the environment, what stands before the host and the keys behind the path never
// leave the process.
static void hide(const Require *r) {
  hide_query(r->what);
  if (!str_eq(r->what, r->written) && r->kind != REQUIRE_LOCAL && r->kind != REQUIRE_HUB)
    secret_add(r->what);
  ptrdiff_t scheme = str_find(r->what, STR("://"), 0);
  if (scheme < 0)
    return;
  Str rest = str_sub(r->what, (size_t)scheme + 3, r->what.len);
  ptrdiff_t slash = str_find(rest, STR("/"), 0);
  Str host = str_sub(rest, 0, slash < 0 ? rest.len : (size_t)slash);
  ptrdiff_t at = str_rfind(host, STR("@"));
  if (at <= 0)
    return;
  Str user = str_sub(host, 0, (size_t)at);
  ptrdiff_t colon = str_find(user, STR(":"), 0);
  if (colon >= 0)
    secret_add(str_sub(user, (size_t)colon + 1, user.len));
  else if (!str_is(user, "git"))
    secret_add(user);
}

// --- one item

typedef struct Item {
  Arena *a;
  const Yaml *yaml; // NULL: out of an index
  Str shown;
  DbtLevel level;
  Diags *diags;
} Item;
#define PRIVATE STR("private")

static Diag *wrong(const Item *i, Str key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static Diag *wrong(const Item *i, Str key, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const YamlEntry *e = i->yaml ? yaml_entry(i->yaml, key) : NULL;
  const Yaml *at = e ? e->value : i->yaml;
  Diag *d = diag_vat(i->diags, SEV_ERROR, CODE_PACKAGES_FILE, at ? at->src : NULL,
                     at ? at->span : (Span){0, 0}, fmt, ap);
  va_end(ap);
  if (!at)
    d->file = i->shown;
  return d;
}

static bool text_of(const Item *i, Value d, const char *key, Str *out) {
  Value v = val_get(d, str_c(key));
  *out = (Str){0};
  if (val_is_absent(v))
    return true;
  if (v.kind == VAL_LIST || v.kind == VAL_TUPLE || v.kind == VAL_DICT || v.kind == VAL_BOOL) {
    wrong(i, str_c(key), "'%s' must be text, not %s", key, check_kind(v));
    return false;
  }
  *out = val_to_str(i->a, v);
  return true;
}

static bool bool_of(const Item *i, Value d, const char *key, bool otherwise, bool *out) {
  Value v = val_get(d, str_c(key));
  *out = v.kind == VAL_BOOL ? v.b : otherwise;
  if (v.kind == VAL_BOOL || val_is_absent(v))
    return true;
  wrong(i, str_c(key), "'%s' must be true or false, not %s", key, check_kind(v));
  return false;
}

static bool versions_of(const Item *i, Value d, Require *r) {
  Value v = val_get(d, STR("version"));
  if (!val_truth(v)) {
    Diag *f = wrong(i, STR("package"), "the package '%.*s' needs a version", STR_ARG(r->what));
    diag_hint(i->diags, f, "as in version: 1.2.0, or version: [\">=1.2.0\", \"<2.0.0\"]");
    return false;
  }
  Value one = val_list(i->a, 1);
  list_push(i->a, one.list, v);
  const List *l = val_is_seq(v) ? v.list : one.list;
  r->versions = arena_array(i->a, Str, l->n + 1);
  for (size_t k = 0; k < l->n; k++)
    r->versions[r->nversions++] = val_to_str(i->a, l->items[k]);
  if (str_find(r->what, STR("/"), 0) > 0)
    return true;
  Diag *f = wrong(i, STR("package"), "the package '%.*s' has no owner in front", STR_ARG(r->what));
  diag_hint(i->diags, f, "a hub names packages as in dbt-labs/dbt_utils");
  return false;
}

static bool check_item_keys(const Item *i, Value d, const Require *r) {
  static const char *const known[KINDS] = {
      "package|version|install_prerelease|install-prerelease|name",
      "git|revision|warn-unpinned|warn_unpinned|subdirectory|name", "local|name", "tarball|name"};
  Str names[8], own = r->is_private ? PRIVATE : require_keys[r->kind];
  size_t n = 0, at = 0;
  Str rest = r->is_private
                 ? STR("private|provider|revision|warn-unpinned|warn_unpinned|subdirectory|name")
                 : str_c(known[r->kind]);
  Str part;
  while (str_cut(&rest, '|', &part))
    names[n++] = part;
  for (DictEntry *e; (e = dict_next(d.dict, &at));) {
    Str key = val_to_str(i->a, e->key);
    bool found = false;
    for (size_t k = 0; k < n && !found; k++)
      found = str_eq(names[k], key);
    if (found)
      continue;
    Diag *f = wrong(i, key, "a package with '%.*s:' has no key '%.*s'", STR_ARG(own), STR_ARG(key));
    diag_nearest(i->diags, f, key, names, n);
    return false;
  }
  return true;
}

// Where the repositories of a provider are.
typedef struct Provider {
  Str name;
  const char *before, *behind; // the address of a path: what stands around it
  int parts;                   // that the path has at least
} Provider;
static const Provider providers[] = {
    {STR_INIT("github"),       "git@github.com:",           ".git", 2},
    {STR_INIT("gitlab"),       "git@gitlab.com:",           ".git", 2},
    {STR_INIT("ado"),          "git@ssh.dev.azure.com:v3/", "",     3},
    {STR_INIT("azure_devops"), "git@ssh.dev.azure.com:v3/", "",     3},
};
enum { PROVIDERS = COUNT(providers) };

// NULL: recorded.
static const Provider *provider_of(const Item *i, Str name) {
  Str names[PROVIDERS];
  for (size_t k = 0; k < PROVIDERS; k++) {
    names[k] = providers[k].name;
    if (str_eq(name, names[k]))
      return &providers[k];
  }
  Diag *f = wrong(i, STR("provider"), "no provider is named '%.*s'", STR_ARG(name));
  diag_nearest(i->diags, f, name, names, PROVIDERS);
  return NULL;
}

// The address of a private package: its provider's, over ssh with the keys of who runs starc.
static bool private_address(const Item *i, Require *r) {
  const Provider *p = provider_of(i, r->provider.len ? r->provider : providers[0].name);
  Str path = r->what, rest = path;
  int parts = 0;
  if (!p)
    return false;
  for (Str part; str_cut(&rest, '/', &part);)
    parts += part.len > 0;
  r->what = str_fmt(i->a, "%s%.*s%s", p->before, STR_ARG(path), p->behind);
  if (parts >= p->parts)
    return true;
  Diag *f = wrong(i, PRIVATE, "'%.*s' is no repository of %.*s", STR_ARG(path), STR_ARG(p->name));
  diag_hint(i->diags, f, p->parts > 2 ? "as in org/project/repo" : "as in org/repo");
  return false;
}

// A private package is one of git.
static bool is_private(const Item *i, Value d, Require *r) {
  r->is_private = d.kind == VAL_DICT && val_get(d, PRIVATE).kind != VAL_UNDEF;
  r->kind = REQUIRE_GIT;
  if (!r->is_private || i->level >= DBT_1_12)
    return r->is_private;
  Diag *f = wrong(i, PRIVATE, "dbt 1.11 has no 'private:' packages");
  diag_hint(i->diags, f, "name the repository with 'git:', or let the project be read as dbt 1.12");
  return false;
}

static bool kind_of(const Item *i, Value d, Require *r) {
  size_t found = 0;
  if (d.kind == VAL_DICT)
    for (int k = 0; k < KINDS; k++)
      if (val_get(d, require_keys[k]).kind != VAL_UNDEF) {
        r->kind = (RequireKind)k;
        found++;
      }
  if (found == 1 && val_get(d, PRIVATE).kind == VAL_UNDEF)
    return true;
  if (!found && (is_private(i, d, r) || r->is_private))
    return i->level >= DBT_1_12;
  Diag *f = wrong(i, STR(""),
                  found ? "a package is one of package, git, private, local, tarball, not two"
                        : "a package needs one of package, git, private, local, tarball");
  diag_hint(i->diags, f, "as in - package: dbt-labs/dbt_utils");
  return false;
}

static bool read_item(const Item *i, Value d, Value plain, Require *r) {
  *r = (Require){.rendered = d, .plain = plain, .yaml = i->yaml};
  if (!kind_of(i, d, r) || !check_item_keys(i, d, r))
    return false;
  Str key = r->is_private ? PRIVATE : require_keys[r->kind];
  if (!text_of(i, d, key.ptr, &r->what))
    return false;
  Value written = val_get(plain, key);
  r->written = written.kind == VAL_STR ? val_text(written) : r->what;
  if (!r->is_private)
    hide(r);
  if (!r->what.len) {
    wrong(i, key, "'%.*s:' says nothing", STR_ARG(key));
    return false;
  }
  bool dash, good = text_of(i, d, "name", &r->name) && text_of(i, d, "revision", &r->revision) &&
                    text_of(i, d, "subdirectory", &r->subdirectory) &&
                    bool_of(i, d, "install-prerelease", false, &dash) &&
                    bool_of(i, d, "install_prerelease", dash, &r->prerelease) &&
                    bool_of(i, d, "warn-unpinned", true, &dash) &&
                    bool_of(i, d, "warn_unpinned", dash, &r->warn_unpinned);
  if (!good || (r->kind == REQUIRE_HUB && !versions_of(i, d, r)))
    return false;
  if (r->is_private && (!text_of(i, d, "provider", &r->provider) || !private_address(i, r)))
    return false;
  if (r->kind == REQUIRE_TARBALL && !r->name.len) {
    Diag *f = wrong(i, key, "a tarball needs a 'name:'");
    diag_hint(i->diags, f, "the name of the project inside");
    return false;
  }
  return true;
}

static bool read_list(Arena *a, Value rendered, Value plain, Str shown, DbtLevel level,
                      Requirements *out, Diags *diags) {
  size_t n = val_is_seq(rendered) ? rendered.list->n : 0;
  bool good = true;
  out->items = arena_array(a, Require, n + 1);
  for (size_t k = 0; k < n; k++) {
    const Yaml *y = out->yaml && k < out->yaml->n ? out->yaml->items[k] : NULL;
    Item i = {a, y, shown, level, diags};
    Value written = val_is_seq(plain) && k < plain.list->n ? plain.list->items[k] : val_none();
    if (read_item(&i, rendered.list->items[k], written, &out->items[out->n]))
      out->n++;
    else
      good = false;
  }
  return good;
}

bool requirements_of(Arena *a, Value list, Str shown, Requirements *out, Diags *diags) {
  *out = (Requirements){.file = shown};
  return read_list(a, list, list, shown, DBT_NEWEST, out, diags);
}

// --- files

static bool load(Arena *a, Str dir, Str file, Requirements *out, Yaml **root, Diags *diags) {
  Str path = fs_join(a, dir, file);
  *root = NULL;
  if (!fs_exists(path))
    return true;
  Source *src = arena_new(a, Source);
  out->source = src;
  src->path = file;
  if (!fs_read(a, path, file, &src->text, diags))
    return false;
  return (*root = yaml_load(a, src, diags)) != NULL;
}

static bool read_tree(Arena *a, const Globals *g, Yaml *root, bool render, Requirements *out,
                      Diags *diags) {
  out->yaml = yaml_get(root, STR("packages"));
  out->lock_hash = yaml_str(yaml_get(root, STR("sha1_hash")));
  if (!out->yaml || (out->yaml->kind == YAML_SCALAR && out->yaml->scalar.kind == VAL_NONE)) {
    out->yaml = NULL;
    return true;
  }
  if (out->yaml->kind != YAML_LIST) {
    Diag *f = diag_at(diags, SEV_ERROR, CODE_PACKAGES_FILE, out->yaml->src, out->yaml->span,
                      "`packages:` must be a list");
    diag_hint(diags, f, "each item starts with '- package:', '- local:' or '- git:'");
    return false;
  }
  Value plain = yaml_value(a, out->yaml), rendered = plain;
  Globals with_secrets = *g;
  with_secrets.secrets = true;
  if (render && !globals_render_yaml(a, &with_secrets, out->yaml, NULL, NULL, &rendered, diags))
    return false;
  return read_list(a, rendered, plain, out->file, g->level, out, diags);
}

bool requirements_read_file(Arena *a, const Globals *g, Str dir, Str file, Requirements *out,
                            Diags *diags) {
  Yaml *root;
  *out = (Requirements){0};
  if (!load(a, dir, file, out, &root, diags))
    return false;
  if (!root)
    return true;
  out->file = file;
  return read_tree(a, g, root, true, out, diags);
}

bool requirements_read(Arena *a, const Globals *g, Str dir, Requirements *out, Diags *diags) {
  Requirements other = {0};
  Yaml *packages, *dependencies;
  *out = (Requirements){0};
  if (!load(a, dir, STR("packages.yml"), out, &packages, diags) ||
      !load(a, dir, STR("dependencies.yml"), &other, &dependencies, diags))
    return false;
  const YamlEntry *in_both = yaml_entry(dependencies, STR("packages"));
  if (in_both && yaml_entry(packages, STR("packages"))) {
    Diag *f = diag_at(diags, SEV_ERROR, CODE_PACKAGES_FILE, other.source, in_both->key->span,
                      "`packages:` stands in packages.yml and in dependencies.yml");
    diag_hint(diags, f, "keep one of them");
    return false;
  }
  if (packages && !in_both) {
    out->file = STR("packages.yml");
    return read_tree(a, g, packages, true, out, diags);
  }
  if (!in_both)
    return true;
  *out = other;
  out->file = STR("dependencies.yml");
  // dbt renders nothing in this file
  return read_tree(a, g, dependencies, false, out, diags);
}

// --- the hash of a lock file

static int by_key(const void *x, const void *y) {
  return str_cmp(val_text((*(DictEntry *const *)x)->key), val_text((*(DictEntry *const *)y)->key));
}

static void json_sorted(Arena *a, Json *j, Value v) {
  if (v.kind == VAL_DICT) {
    DictEntry **all = arena_array(a, DictEntry *, v.dict->n + 1);
    size_t n = 0, at = 0;
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      if (e->key.kind == VAL_STR)
        all[n++] = e;
    sort_items(all, n, sizeof *all, by_key);
    json_open_object(j);
    for (size_t i = 0; i < n; i++) {
      json_key(j, val_text(all[i]->key));
      json_sorted(a, j, all[i]->value);
    }
    json_close_object(j);
  } else if (val_is_seq(v)) {
    json_open_array(j);
    for (size_t i = 0; i < v.list->n; i++)
      json_sorted(a, j, v.list->items[i]);
    json_close_array(j);
  } else {
    json_value(j, v);
  }
}

static Value or_none(Value v) { return v.kind == VAL_UNDEF ? val_none() : v; }

static Str hashed_text(Arena *a, const Require *r) {
  static const char *const keys[KINDS][5] = {
      {"package",   "version"},
      {"git",           "revision", "subdirectory"},
      {"local"},
      {"tarball"          }
  };
  Value d = val_dict(a);
  if (r->is_private) {
    dict_sets(a, d.dict, PRIVATE, val_get(r->rendered, PRIVATE));
    dict_sets(a, d.dict, STR("provider"), or_none(val_get(r->rendered, STR("provider"))));
  }
  for (size_t i = r->is_private; keys[r->kind][i]; i++)
    dict_sets(a, d.dict, str_c(keys[r->kind][i]),
              or_none(val_get(r->rendered, str_c(keys[r->kind][i]))));
  if (r->kind == REQUIRE_HUB)
    dict_sets(a, d.dict, STR("install_prerelease"), val_bool(r->prerelease));
  if (r->kind == REQUIRE_GIT)
    dict_sets(a, d.dict, STR("warn-unpinned"), or_none(val_get(r->rendered, STR("warn-unpinned"))));
  if (r->name.len)
    dict_sets(a, d.dict, STR("name"), val_str(r->name));
  dict_sets(a, d.dict, STR("unrendered"), r->plain);
  Buf b = {.arena = a};
  Json *j = arena_new(a, Json);
  *j = (Json){.out = &b};
  json_sorted(a, j, d);
  return buf_str(&b);
}

Str requirements_hash(Arena *a, const Requirements *r) {
  Str *texts = arena_array(a, Str, r->n + 1);
  for (size_t i = 0; i < r->n; i++)
    texts[i] = hashed_text(a, &r->items[i]);
  sort_items(texts, r->n, sizeof *texts, str_order);
  Buf b = {.arena = a};
  for (size_t i = 0; i < r->n; i++)
    buf_addf(&b, "%s%.*s", i ? "\n" : "", STR_ARG(texts[i]));
  char hex[41];
  hash_sha1_hex(buf_str(&b), hex);
  return str_dup(a, str_c(hex));
}
