// The steps of `starc deps`: add, resolve, lock, and install into a new packages folder that takes
// the place of the old one at the end.
#include "deps.h"
#include "folder.h"
#include "git.h"
#include "hub.h"
#include "lock.h"
#include "resolve.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// --- talking

void deps_say(Deps *d, EventKind kind, const EventField *fields, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  d->say(d->data, kind, fields, str_vfmt(d->a, fmt, ap));
  va_end(ap);
}

Diag *deps_error(Deps *d, const Require *r, Code code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const Yaml *y = r ? r->yaml : NULL;
  const Yaml *at = y ? yaml_get(y, require_keys[r->kind]) : NULL;
  at = at ? at : y;
  Diag *f = diag_vat(d->diags, SEV_ERROR, code, at ? at->src : NULL, at ? at->span : (Span){0, 0},
                     fmt, ap);
  va_end(ap);
  return f;
}

// --- folders

Str deps_folder(Deps *d) {
  Str dir = fs_join(d->a, d->staging, str_fmt(d->a, ".%u", d->made++));
  return fs_mkdirs(dir, d->diags) ? dir : (Str){0};
}

Str deps_subdirectory(Deps *d, const Require *r, Str folder) {
  Str dir = fs_absolute(d->a, fs_join(d->a, folder, r->subdirectory));
  if (str_eq(dir, folder) ||
      (str_starts(dir, folder) && dir.len > folder.len && dir.ptr[folder.len] == '/'))
    return dir;
  deps_error(d, r, CODE_PACKAGE_NOT_FOUND, "the subdirectory '%.*s' lies outside of the repository",
             STR_ARG(r->subdirectory));
  return (Str){0};
}

bool deps_good_name(Deps *d, const Require *r, Str name) {
  bool good = name.len > 0 && name.len < 200;
  for (size_t i = 0; i < name.len && good; i++) {
    unsigned char c = (unsigned char)name.ptr[i];
    good = c >= 0x80 || c == '_' || (c >= '0' && c <= '9' && i) ||
           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  }
  if (good)
    return true;
  Diag *f =
      deps_error(d, r, CODE_PACKAGE_NAME, "'%.*s' cannot be the name of a package", STR_ARG(name));
  diag_hint(d->diags, f, "it would be a folder in %.*s: letters, digits and _",
            STR_ARG(fs_basename(d->install)));
  return false;
}

// What a file of a package is called: one that was fetched has no place of its own yet.
static Str shown_path(const Deps *d, const Require *r, Str path) {
  if (r->kind == REQUIRE_LOCAL)
    return path;
  return str_fmt(d->a, "%.*s%s%.*s/%.*s", STR_ARG(url_shown(d->a, r->written)),
                 r->subdirectory.len ? "/" : "", STR_ARG(r->subdirectory),
                 STR_ARG(fs_basename(path)));
}

// False: recorded at the place that asks for the package.
static bool read_text(Deps *d, const Require *r, Str path, Source *src) {
  Diags own = {0};
  diags_init(&own);
  bool good = fs_read(d->a, path, src->path, &src->text, &own);
  for (const Diag *f = own.first; f; f = f->next)
    deps_error(d, r, f->code, "%.*s: %.*s", STR_ARG(src->path), STR_ARG(f->message));
  diags_free(&own);
  return good;
}

Str deps_project_name(Deps *d, const Require *r, Str dir) {
  static const Str files[] = {STR_INIT("dbt_project.yml"), STR_INIT("project.yml")};
  if (!fs_is_dir(dir)) {
    deps_error(d, r, CODE_PACKAGE_NOT_FOUND, "there is no folder '%.*s'",
               STR_ARG(r->kind == REQUIRE_LOCAL ? dir : r->subdirectory));
    return (Str){0};
  }
  for (size_t i = 0; i < 2; i++) {
    Str path = fs_join(d->a, dir, files[i]);
    if (!fs_exists(path))
      continue;
    Source *src = arena_new(d->a, Source);
    src->path = shown_path(d, r, path);
    Yaml *y = read_text(d, r, path, src) ? yaml_load(d->a, src, d->diags) : NULL;
    if (!y)
      return (Str){0};
    Yaml *name = yaml_get(y, STR("name"));
    Value v = val_none();
    if (!name || !globals_render_yaml(d->a, &d->globals, name, NULL, NULL, &v, d->diags) ||
        v.kind != VAL_STR || !deps_good_name(d, r, val_text(v))) {
      if (v.kind != VAL_STR)
        diag_at(d->diags, SEV_ERROR, CODE_PROJECT_NAME, src, (Span){0, 0},
                "the project needs a `name:`");
      return (Str){0};
    }
    return val_text(v);
  }
  Diag *f = deps_error(d, r, CODE_PACKAGE_NOT_FOUND, "there is no dbt_project.yml in '%.*s'%s%.*s",
                       STR_ARG(url_shown(d->a, r->written)), r->subdirectory.len ? " at " : "",
                       STR_ARG(r->subdirectory));
  diag_hint(d->diags, f,
            r->kind == REQUIRE_GIT
                ? "if the package lies deeper, name its folder with 'subdirectory:'"
                : "a package is a folder with a dbt_project.yml");
  return (Str){0};
}

static bool failed(Deps *d, Str path) {
  diag_error(d->diags, CODE_FILE_ACCESS, path, "%s", strerror(errno));
  return false;
}

// --- installing

static bool place(Deps *d, const Require *r, Str from, Str name, bool link) {
  if (!deps_good_name(d, r, name))
    return false;
  Str to = fs_join(d->a, d->staging, name);
  char *target = str_cstr(d->a, to), *source = str_cstr(d->a, from);
  if (access(target, F_OK) == 0 || readlink(target, (char[2]){0}, 1) >= 0) {
    deps_error(d, r, CODE_PACKAGE_NAME, "two packages are named '%.*s'", STR_ARG(name));
    return false;
  }
  if (link ? symlink(source, target) != 0 : rename(source, target) != 0)
    return failed(d, to);
  return true;
}

static void installed(Deps *d, Str from) {
  deps_say(d, EV_DepsInstallInfo, EVENT_FIELDS({"version_name", val_str(from)}),
           "  Installed from %.*s", STR_ARG(from));
}

// An answer from the network names no file of this machine.
static bool is_asked_for_as_the_hub(const Deps *d, Str url) {
  return str_starts(url, STR("https://")) || str_starts(url, STR("http://")) ||
         str_starts(d->hub, STR("file:"));
}

static bool install_hub(Deps *d, const Require *r) {
  Value info;
  Str version = r->versions[0], latest = version, folder;
  Semver any = {.op = SEMVER_GE, .pre = STR_INIT("0")}, exact;
  Str nobody = {0};
  if (!hub_version(d, r, version, &info))
    return false;
  Value downloads = val_get(info, STR("downloads")), url = val_get(downloads, STR("tarball"));
  Value sha1 = val_get(downloads, STR("sha1")), name = val_get(info, STR("name"));
  if (url.kind != VAL_STR || !is_asked_for_as_the_hub(d, val_text(url))) {
    deps_error(d, r, CODE_PACKAGE_HUB, "the hub does not say where version %.*s of '%.*s' is",
               STR_ARG(version), STR_ARG(r->what));
    return false;
  }
  Str keep = str_fmt(d->a, "%.*s %.*s", STR_ARG(val_text(url)),
                     STR_ARG(sha1.kind == VAL_STR ? val_text(sha1) : nobody));
  if (!tarball_fetch(d, r, val_text(url), keep, sha1.kind == VAL_STR ? val_text(sha1) : nobody,
                     &folder) ||
      !place(d, r, folder, name.kind == VAL_STR ? val_text(name) : fs_basename(r->what), false))
    return false;
  installed(d, str_fmt(d->a, "version %.*s", STR_ARG(version)));
  bool pre = semver_parse(version, &exact) && exact.pre.len;
  if (hub_choose(d, r, &any, &nobody, 1, pre, &version, &latest) && !str_eq(latest, r->versions[0]))
    deps_say(d, EV_DepsUpdateAvailable, EVENT_FIELDS({"version_latest", val_str(latest)}),
             "  Updated version available: %.*s", STR_ARG(latest));
  else
    deps_say(d, EV_DepsUpToDate, NULL, "  Up to date!");
  return true;
}

static bool install_git(Deps *d, const Require *r) {
  Str folder, commit, name;
  if (!git_checkout(d, r, r->revision.len ? r->revision : STR("HEAD"), &folder, &commit))
    return false;
  Str dir = deps_subdirectory(d, r, folder);
  if (!dir.len || !(name = deps_project_name(d, r, dir)).len || !place(d, r, dir, name, false))
    return false;
  installed(d, str_fmt(d->a, "revision %.*s", STR_ARG(commit)));
  if (r->subdirectory.len)
    deps_say(d, EV_DepsListSubdirectory, EVENT_FIELDS({"subdirectory", val_str(r->subdirectory)}),
             "   and subdirectory %.*s", STR_ARG(r->subdirectory));
  return true;
}

static bool install_one(Deps *d, const Require *r) {
  Str shown = url_shown(d->a, r->written);
  deps_say(d, EV_DepsStartPackageInstall, EVENT_FIELDS({"package_name", val_str(shown)}),
           "Installing %.*s", STR_ARG(shown));
  Str folder, name;
  switch (r->kind) {
  case REQUIRE_HUB:
    return install_hub(d, r);
  case REQUIRE_GIT:
    return install_git(d, r);
  case REQUIRE_LOCAL:
    folder = fs_absolute(d->a, fs_join(d->a, d->root, r->what));
    if (!(name = deps_project_name(d, r, folder)).len || !place(d, r, folder, name, true))
      return false;
    installed(d, str_fmt(d->a, "<local @ %.*s>", STR_ARG(r->what)));
    return true;
  case REQUIRE_TARBALL:
    if (!tarball_fetch(d, r, r->what, r->what, (Str){0}, &folder) ||
        !place(d, r, folder, r->name, false))
      return false;
    installed(d, str_fmt(d->a, "tarball (url: %.*s)", STR_ARG(shown)));
    return true;
  }
  return false;
}

// What was made on the way, and is not a package.
static void drop_scraps(Deps *d) {
  for (unsigned i = 0; i < d->made; i++)
    fs_remove(fs_join(d->a, d->staging, str_fmt(d->a, ".%u", i)), d->diags);
}

// The new folder takes the old one's place in one step where the system can.
static bool swap_in(Deps *d) {
  char *from = str_cstr(d->a, d->staging), *to = str_cstr(d->a, d->install);
  if (rename(from, to) == 0)
    return true;
  if (system_exchange(from, to))
    return fs_remove(d->staging, d->diags);
  Str old = str_cat(d->a, d->staging, STR(".old"));
  if (rename(to, str_cstr(d->a, old)) != 0 || rename(from, to) != 0)
    return failed(d, d->install);
  return fs_remove(old, d->diags);
}

static bool install(Deps *d, const Requirements *lock) {
  for (size_t i = 0; i < lock->n; i++)
    if (!install_one(d, &lock->items[i]))
      return false;
  drop_scraps(d);
  return folder_keep_hidden(d) && swap_in(d);
}

// --- the command

static bool lock_all(Deps *d, const Requirements *wanted) {
  Pinned *pinned;
  size_t n;
  return deps_resolve(d, wanted, &pinned, &n) && lock_write(d, wanted, pinned, n);
}

static bool steps(Deps *d, const DepsOptions *o) {
  Requirements wanted, lock;
  Str file = STR("package-lock.yml");
  if (o->add.len && !add_package(d, o))
    return false;
  if (!requirements_read(d->a, &d->globals, d->root, &wanted, d->diags))
    return false;
  if (!wanted.n) {
    deps_say(d, EV_DepsNoPackagesFound, NULL, "No packages were found in packages.yml");
    return true;
  }
  // A lock file that cannot be read is no reason to stop when it is to be made anew.
  bool anew = o->upgrade;
  if (!anew && !requirements_read_file(d->a, &d->globals, d->root, file, &lock, d->diags))
    return false;
  if (anew || !str_eq(lock.lock_hash, requirements_hash(d->a, &wanted))) {
    if (!lock_all(d, &wanted) ||
        (!o->lock_only &&
         !requirements_read_file(d->a, &d->globals, d->root, file, &lock, d->diags)))
      return false;
  }
  return o->lock_only || install(d, &lock);
}

bool deps_run(Deps *d, const DepsOptions *o) {
  if (!folder_may_go(d))
    return false;
  d->staging = str_cat(d->a, d->install, STR(".starc-new"));
  if (!fs_remove(d->staging, d->diags) || !fs_mkdirs(d->staging, d->diags))
    return false;
  bool good = steps(d, o);
  fs_remove(d->staging, d->diags);
  return good && d->diags->errors == 0;
}
