// The hub's index: api/v1/ORG/NAME.json says which versions a package has, what each needs and
// where its archive is.
#include "hub.h"
#include "deps.h"
#include "fetch.h"
#include "unpack.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/value/json.h"

#include <dirent.h>
#include <stdlib.h>

static Str page_url(Deps *d, Str name) {
  bool slash = str_ends(d->hub, STR("/"));
  return str_fmt(d->a, "%.*s%sapi/v1/%.*s.json", STR_ARG(d->hub), slash ? "" : "/", STR_ARG(name));
}

// "no network" in words that say what can be done without one.
static void by_hand(Deps *d, Diag *f, const Require *r) {
  diag_hint(d->diags, f,
            "put the package's folder at %.*s/%.*s by hand, or name a mirror of the hub in "
            "STARC_HUB_URL",
            STR_ARG(fs_basename(d->install)), STR_ARG(fs_basename(r->what)));
}

static bool read_json(Deps *d, const Require *r, Str name, Str body, Value *out) {
  Source *src = arena_new(d->a, Source);
  *src = (Source){.path = page_url(d, name), .text = body};
  Diags quiet = {0};
  diags_init(&quiet);
  bool good = json_read(d->a, src, out, &quiet);
  diags_free(&quiet);
  if (!good)
    deps_error(d, r, CODE_PACKAGE_HUB, "the hub's page %.*s is not JSON",
               STR_ARG(url_shown(d->a, src->path)));
  return good;
}

// A package that the hub does not have: the nearest name of those it has.
static bool no_such(Deps *d, const Require *r) {
  Diag *f = deps_error(d, r, CODE_PACKAGE_NOT_FOUND, "the hub %.*s has no package '%.*s'",
                       STR_ARG(url_shown(d->a, d->hub)), STR_ARG(r->what));
  Fetched page;
  Value index;
  Str url = page_url(d, STR("index"));
  if (!fetch(d, url, url, false, &page) || !read_json(d, r, STR("index"), page.body, &index) ||
      !val_is_seq(index))
    return false;
  Str *names = arena_array(d->a, Str, index.list->n + 1);
  size_t n = 0;
  for (size_t i = 0; i < index.list->n; i++)
    if (index.list->items[i].kind == VAL_STR)
      names[n++] = val_text(index.list->items[i]);
  Str near = str_nearest(r->what, names, n);
  for (size_t i = 0; !near.len && i < n; i++) // another owner
    if (str_eq(fs_basename(names[i]), fs_basename(r->what)))
      near = names[i];
  if (near.len)
    diag_hint(d->diags, f, "did you mean '%.*s'?", STR_ARG(near));
  return false;
}

// Downloads the page. False: recorded.
static bool read_page(Deps *d, const Require *r, Value *out) {
  Fetched page;
  Str url = page_url(d, r->what);
  if (!fetch(d, url, url, false, &page)) {
    if (page.status == 404)
      return no_such(d, r);
    Diag *f =
        deps_error(d, r, CODE_PACKAGE_NETWORK, "the hub cannot be asked for '%.*s': %.*s (%.*s)",
                   STR_ARG(r->what), STR_ARG(page.why), STR_ARG(url_shown(d->a, url)));
    by_hand(d, f, r);
    return false;
  }
  if (page.from_cache)
    diag_warn(d->diags, CODE_PACKAGE_CACHED, (Str){0},
              "the hub does not answer: what it said of '%.*s' earlier is used", STR_ARG(r->what));
  if (!read_json(d, r, r->what, page.body, out))
    return false;
  if (val_get(*out, STR("versions")).kind != VAL_DICT) {
    deps_error(d, r, CODE_PACKAGE_HUB, "the hub's page %.*s has no dict `versions`",
               STR_ARG(url_shown(d->a, url)));
    return false;
  }
  return true;
}

static void warn_if_moved(Deps *d, const Require *r, Value page) {
  Value owner = val_get(page, STR("redirectnamespace")), name = val_get(page, STR("redirectname"));
  if (!val_truth(owner) && !val_truth(name))
    return;
  Str old_owner = fs_dirname(d->a, r->what), old_name = fs_basename(r->what);
  Str now =
      str_fmt(d->a, "%.*s/%.*s", STR_ARG(val_truth(owner) ? val_to_str(d->a, owner) : old_owner),
              STR_ARG(val_truth(name) ? val_to_str(d->a, name) : old_name));
  Diag *f =
      diag_warn(d->diags, CODE_PACKAGE_MOVED, (Str){0},
                "the package '%.*s' has moved: it is '%.*s' now", STR_ARG(r->what), STR_ARG(now));
  diag_part(d->diags, f, "old_name", r->what);
  diag_part(d->diags, f, "new_name", now);
}

bool hub_page(Deps *d, const Require *r, Value *out) {
  Value *known = map_get(&d->indexes, r->what);
  if (known) {
    *out = *known;
    return true;
  }
  if (!read_page(d, r, out))
    return false;
  warn_if_moved(d, r, *out);
  known = arena_new(d->a, Value);
  *known = *out;
  map_put(d->a, &d->indexes, r->what, known);
  return true;
}

bool hub_version(Deps *d, const Require *r, Str version, Value *out) {
  Value page;
  if (!hub_page(d, r, &page))
    return false;
  *out = val_get(val_get(page, STR("versions")), version);
  if (out->kind == VAL_DICT)
    return true;
  Diag *f = deps_error(d, r, CODE_PACKAGE_VERSION, "the hub has no version %.*s of '%.*s'",
                       STR_ARG(version), STR_ARG(r->what));
  diag_hint(d->diags, f, "package-lock.yml may be out of date: run `starc deps --upgrade`");
  return false;
}

// Whether a version of the page works with the dbt that starc answers as.
static bool works_here(Deps *d, Value info) {
  Value needs = val_get(info, STR("require_dbt_version"));
  if (!val_truth(needs) || !versions_matter(d->project, d->project->packages[0]))
    return true;
  Semver specs[17];
  size_t n = 0;
  Value one = val_list(d->a, 1);
  list_push(d->a, one.list, needs);
  const List *l = val_is_seq(needs) ? needs.list : one.list;
  for (size_t i = 0; i < l->n && n < 16; i++)
    if (!semver_parse(val_to_str(d->a, l->items[i]), &specs[n++]))
      return true;
  semver_parse(str_c(dbt_releases[d->project->level].version), &specs[n++]);
  SemverRange range;
  return semver_reduce(specs, n, &range);
}

static int newest_last(const void *x, const void *y) { return semver_compare(x, y); }

static Str spec_list(Deps *d, const Semver *specs, const Str *askers, size_t n) {
  static const char *const ops[] = {"=", ">", ">=", "<", "<="};
  Buf b = {.arena = d->a};
  for (size_t i = 0; i < n; i++) {
    buf_addf(&b, "%s%s%.*s", i ? ", " : "", ops[specs[i].op], STR_ARG(specs[i].text));
    if (askers[i].len)
      buf_addf(&b, " (%.*s)", STR_ARG(askers[i]));
  }
  return buf_str(&b);
}

static bool none_fits(Deps *d, const Require *r, Str asked, const Semver *all, size_t n,
                      size_t too_new) {
  Diag *f = deps_error(d, r, CODE_PACKAGE_VERSION, "no version of '%.*s' fits %.*s",
                       STR_ARG(r->what), STR_ARG(asked));
  Str unfit = str_fmt(d->a, "work%s with dbt %s: --no-version-check takes them all the same",
                      n ? "" : "s", dbt_releases[d->project->level].version);
  Buf b = {.arena = d->a};
  for (size_t i = n > 5 ? n - 5 : 0; i < n; i++)
    buf_addf(&b, "%s%.*s", b.len ? ", " : "", STR_ARG(all[i].text));
  if (b.len)
    diag_hint(d->diags, f, "it has %s%.*s%s%.*s", n > 5 ? "..., " : "", STR_ARG(buf_str(&b)),
              too_new ? "; others do not " : "", STR_ARG(too_new ? unfit : STR("")));
  else if (too_new)
    diag_hint(d->diags, f, "none of its versions %.*s", STR_ARG(unfit));
  else
    diag_hint(d->diags, f, "it has no versions");
  return false;
}

bool hub_choose(Deps *d, const Require *r, const Semver *specs, const Str *askers, size_t n,
                bool prerelease, Str *version, Str *latest) {
  Value page;
  if (!hub_page(d, r, &page))
    return false;
  SemverRange range;
  Str asked = spec_list(d, specs, askers, n);
  if (!semver_reduce(specs, n, &range)) {
    Diag *f = deps_error(d, r, CODE_PACKAGE_VERSION, "no version of '%.*s' can be all of %.*s",
                         STR_ARG(r->what), STR_ARG(asked));
    diag_hint(d->diags, f, "ask for a range that they have in common");
    return false;
  }
  for (size_t i = 0; i < n; i++)
    prerelease |= specs[i].pre.len > 0;
  const Dict *versions = val_get(page, STR("versions")).dict;
  Semver *all = arena_array(d->a, Semver, versions->n + 1);
  size_t found = 0, hidden = 0, at = 0;
  for (DictEntry *e; (e = dict_next(versions, &at));) {
    Semver v;
    if (e->key.kind != VAL_STR || !semver_parse(val_text(e->key), &v) || (v.pre.len && !prerelease))
      continue;
    v.text = val_text(e->key);
    if (works_here(d, e->value))
      all[found++] = v;
    else
      hidden++;
  }
  sort_items(all, found, sizeof *all, newest_last);
  for (size_t i = found; i-- > 0;)
    if (semver_in(&all[i], &range)) {
      *version = all[i].text;
      *latest = all[found - 1].text;
      return true;
    }
  return none_fits(d, r, asked, all, found, hidden);
}

// --- archives

static bool check_sum(Deps *d, const Require *r, Str body, Str sha1, Str url) {
  char hex[41];
  hash_sha1_hex(body, hex);
  const char *accept = getenv("STARC_PACKAGE_CHECKSUMS");
  if (!sha1.len || str_eq_nocase(sha1, str_c(hex)))
    return true;
  if (accept && !strcmp(accept, "warn")) {
    diag_warn(d->diags, CODE_PACKAGE_CHECKSUM, (Str){0},
              "the archive of '%.*s' is not the one that the hub knows", STR_ARG(r->what));
    return true;
  }
  Diag *f =
      deps_error(d, r, CODE_PACKAGE_CHECKSUM,
                 "the archive of '%.*s' is not the one that the hub knows: its sha1 is %s, not "
                 "%.*s (%.*s)",
                 STR_ARG(r->what), hex, STR_ARG(sha1), STR_ARG(url_shown(d->a, url)));
  diag_hint(d->diags, f, "if you trust it, set STARC_PACKAGE_CHECKSUMS=warn");
  return false;
}

// The only thing in a folder, when that is a folder.
static bool only_folder(Arena *a, Str dir, Str *name) {
  size_t n = 0;
  DIR *open = opendir(str_cstr(a, dir));
  for (struct dirent *e; open && (e = readdir(open));)
    if (!str_is(str_c(e->d_name), ".") && !str_is(str_c(e->d_name), "..") && n++ == 0)
      *name = str_dup(a, str_c(e->d_name));
  if (open)
    closedir(open);
  return n == 1 && fs_is_dir(fs_join(a, dir, *name));
}

bool tarball_fetch(Deps *d, const Require *r, Str url, Str keep, Str sha1, Str *folder) {
  Str key = str_fmt(d->a, "tar %.*s", STR_ARG(url));
  Str *known = map_get(&d->fetched, key);
  if (known) {
    *folder = *known;
    return true;
  }
  Fetched page;
  Str shown = r->kind == REQUIRE_TARBALL ? url_shown(d->a, r->written) : url_shown(d->a, url);
  if (!fetch(d, url, keep, r->kind == REQUIRE_HUB, &page)) {
    Diag *f = deps_error(
        d, r, CODE_PACKAGE_NETWORK, "the archive of '%.*s' cannot be had: %.*s (%.*s)",
        STR_ARG(r->kind == REQUIRE_HUB ? r->what : r->name), STR_ARG(page.why), STR_ARG(shown));
    diag_hint(d->diags, f, "put the package's folder at %.*s/%.*s by hand",
              STR_ARG(fs_basename(d->install)),
              STR_ARG(r->kind == REQUIRE_HUB ? fs_basename(r->what) : r->name));
    return false;
  }
  if (page.from_cache)
    diag_warn(d->diags, CODE_PACKAGE_CACHED, (Str){0},
              "%.*s does not answer: an earlier download is used", STR_ARG(shown));
  Str dir = deps_folder(d);
  if (!check_sum(d, r, page.body, sha1, url) || !dir.len || !deps_unpack(d, r, page.body, dir))
    return false;
  // The package is the one folder that the archive holds.
  Str name;
  if (!only_folder(d->a, dir, &name)) {
    deps_error(d, r, CODE_PACKAGE_ARCHIVE,
               "the archive of '%.*s' must hold one folder, the package", STR_ARG(shown));
    return false;
  }
  Str *out = arena_new(d->a, Str);
  *folder = *out = fs_join(d->a, dir, name);
  map_put(d->a, &d->fetched, key, out);
  return true;
}
