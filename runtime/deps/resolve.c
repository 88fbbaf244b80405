// Which packages a project needs, theirs included, and which version of each: every requirement of
// a package counts, whoever asks. In: the project's list. Out: one pinned requirement per package.
#include "resolve.h"
#include "deps.h"
#include "git.h"
#include "hub.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/vec.h"

// A package that somebody asks for.
typedef struct Found {
  Str key;
  Require require;        // of the first who asks
  const struct Found *by; // who that is; NULL: the project
  VEC(Semver) specs;      // hub
  VEC(Str) askers;        // beside specs: a package's name, empty for the project
  bool prerelease;
  Str revision;        // git, as asked
  Str version, latest; // hub
  Str commit, folder;  // git: what is checked out
  Str name;            // of the project inside
  Str expanded;        // the version or commit whose needs are in the list
} Found;

typedef struct Ask {
  Require require;
  Found *by;
} Ask;
typedef VEC(Ask) AskVec;

typedef struct Resolver {
  Deps *d;
  VEC(Found *) found;
  AskVec pending;
} Resolver;

static Str key_of(Arena *a, const Require *r) {
  Str what = r->what;
  if (r->kind == REQUIRE_GIT && str_ends(what, STR(".git")))
    what.len -= 4;
  return str_fmt(a, "%.*s%s%.*s", STR_ARG(what), r->subdirectory.len ? "/" : "",
                 STR_ARG(r->subdirectory));
}

static Str shown(Deps *d, const Require *r) { return url_shown(d->a, r->written); }

// --- putting requirements together

static bool is_cycle(Resolver *v, const Ask *ask, Str key) {
  for (const Found *f = ask->by; f; f = f->by) {
    if (!str_eq(f->key, key))
      continue;
    Buf chain = {.arena = v->d->a};
    buf_add(&chain, shown(v->d, &f->require));
    Buf back = {.arena = v->d->a};
    for (const Found *g = ask->by; g != f; g = g->by) {
      Str rest = str_dup(v->d->a, buf_str(&back));
      back.len = 0;
      buf_addf(&back, " -> %.*s%.*s", STR_ARG(shown(v->d, &g->require)), STR_ARG(rest));
    }
    buf_add(&chain, buf_str(&back));
    Diag *e =
        deps_error(v->d, &f->require, CODE_PACKAGE_CYCLE, "packages need each other: %.*s -> %.*s",
                   STR_ARG(buf_str(&chain)), STR_ARG(shown(v->d, &f->require)));
    diag_hint(v->d->diags, e, "one of them has to do without the other");
    return true;
  }
  return false;
}

static Str asker(Resolver *v, const Found *by) {
  return by ? by->name.len ? by->name : shown(v->d, &by->require) : (Str){0};
}

static bool add_versions(Resolver *v, Found *f, const Ask *ask) {
  for (size_t i = 0; i < ask->require.nversions; i++) {
    Semver s;
    // one text may hold several, as in ">=1.0.0,<2.0.0"
    Str rest = ask->require.versions[i], part;
    while (str_cut(&rest, ',', &part)) {
      if (!semver_parse(part, &s)) {
        Diag *e = deps_error(v->d, &ask->require, CODE_PACKAGE_VERSION, "'%.*s' is not a version",
                             STR_ARG(str_trim(part)));
        diag_hint(v->d->diags, e, "three numbers, as in 1.2.0 or \">=1.2.0\"");
        return false;
      }
      vec_push(v->d->a, &f->specs, s);
      Str who = asker(v, ask->by);
      vec_push(v->d->a, &f->askers, who);
    }
  }
  f->prerelease |= ask->require.prerelease;
  return true;
}

static bool add_revision(Resolver *v, Found *f, const Ask *ask) {
  Str revision = ask->require.revision;
  if (!revision.len || str_eq(f->revision, revision))
    return true;
  if (!f->revision.len) {
    f->revision = revision;
    return true;
  }
  Diag *e =
      deps_error(v->d, &ask->require, CODE_PACKAGE_VERSION,
                 "'%.*s' is asked for at two revisions: %.*s and %.*s",
                 STR_ARG(shown(v->d, &ask->require)), STR_ARG(f->revision), STR_ARG(revision));
  diag_hint(v->d->diags, e, "all who need it must name the same one");
  return false;
}

static Found *incorporate(Resolver *v, const Ask *ask) {
  Str key = key_of(v->d->a, &ask->require);
  if (is_cycle(v, ask, key))
    return NULL;
  Found *f = NULL;
  for (size_t i = 0; i < v->found.n && !f; i++)
    if (str_eq(v->found.items[i]->key, key))
      f = v->found.items[i];
  if (!f) {
    f = arena_new(v->d->a, Found);
    *f = (Found){.key = key, .require = ask->require, .by = ask->by};
    vec_push(v->d->a, &v->found, f);
  } else if (f->require.kind != ask->require.kind) {
    deps_error(v->d, &ask->require, CODE_PACKAGES_FILE,
               "'%.*s' is asked for with '%.*s:' and with '%.*s:'", STR_ARG(key),
               STR_ARG(require_keys[f->require.kind]), STR_ARG(require_keys[ask->require.kind]));
    return NULL;
  }
  f->require.warn_unpinned &= ask->require.warn_unpinned;
  bool good = ask->require.kind == REQUIRE_HUB   ? add_versions(v, f, ask)
              : ask->require.kind == REQUIRE_GIT ? add_revision(v, f, ask)
                                                 : true;
  return good ? f : NULL;
}

// --- what a package needs itself

static bool push_needs(Resolver *v, Found *f, const Requirements *needs) {
  for (size_t i = 0; i < needs->n; i++) {
    Ask a = {needs->items[i], f};
    vec_push(v->d->a, &v->pending, a);
  }
  return true;
}

static bool needs_of_folder(Resolver *v, Found *f, Str dir) {
  Requirements *needs = arena_new(v->d->a, Requirements);
  if (!(f->name = deps_project_name(v->d, &f->require, dir)).len)
    return false;
  return requirements_read(v->d->a, &v->d->globals, dir, needs, v->d->diags) &&
         push_needs(v, f, needs);
}

static bool expand_hub(Resolver *v, Found *f) {
  Value info;
  if (!hub_choose(v->d, &f->require, f->specs.items, f->askers.items, f->specs.n, f->prerelease,
                  &f->version, &f->latest))
    return false;
  if (str_eq(f->expanded, f->version))
    return true;
  f->expanded = f->version;
  if (!hub_version(v->d, &f->require, f->version, &info))
    return false;
  Value name = val_get(info, STR("name"));
  f->name = name.kind == VAL_STR ? val_text(name) : fs_basename(f->require.what);
  Requirements *needs = arena_new(v->d->a, Requirements);
  return deps_good_name(v->d, &f->require, f->name) &&
         requirements_of(v->d->a, val_get(info, STR("packages")), f->require.what, needs,
                         v->d->diags) &&
         push_needs(v, f, needs);
}

static bool expand_git(Resolver *v, Found *f) {
  Str revision = f->revision.len ? f->revision : STR("HEAD");
  if (f->require.warn_unpinned &&
      (str_is(revision, "HEAD") || str_is(revision, "main") || str_is(revision, "master")) &&
      !f->commit.len) {
    Str git = shown(v->d, &f->require);
    Diag *d = diag_warn(
        v->d->diags, CODE_PACKAGE_UNPINNED, (Str){0},
        "the git package '%.*s' is not pinned: it follows %.*s and may change at any time; name "
        "a tag or a commit as its revision",
        STR_ARG(git), STR_ARG(revision));
    diag_part(v->d->diags, d, "git", git);
    diag_part(v->d->diags, d, "revision", revision);
  }
  if (!git_checkout(v->d, &f->require, revision, &f->folder, &f->commit))
    return false;
  if (str_eq(f->expanded, f->commit))
    return true;
  f->expanded = f->commit;
  Str dir = deps_subdirectory(v->d, &f->require, f->folder);
  return dir.len && needs_of_folder(v, f, dir);
}

static bool expand(Resolver *v, Found *f) {
  Deps *d = v->d;
  switch (f->require.kind) {
  case REQUIRE_HUB:
    return expand_hub(v, f);
  case REQUIRE_GIT:
    return expand_git(v, f);
  case REQUIRE_LOCAL: {
    if (f->expanded.len)
      return true;
    f->expanded = STR("local");
    return needs_of_folder(v, f, fs_absolute(d->a, fs_join(d->a, d->root, f->require.what)));
  }
  case REQUIRE_TARBALL:
    if (f->expanded.len)
      return true;
    f->expanded = STR("tarball");
    if (!deps_good_name(d, &f->require, f->require.name) ||
        !tarball_fetch(d, &f->require, f->require.what, f->require.what, (Str){0}, &f->folder) ||
        !needs_of_folder(v, f, f->folder))
      return false;
    f->name = f->require.name;
    return true;
  }
  return false;
}

// --- the end

static bool check_names(Resolver *v) {
  Str root = v->d->project->packages[0]->name;
  for (size_t i = 0; i < v->found.n; i++) {
    const Found *f = v->found.items[i];
    if (str_eq(f->name, root)) {
      Diag *e = deps_error(v->d, &f->require, CODE_PACKAGE_NAME,
                           "the package '%.*s' has the name of this project, '%.*s'",
                           STR_ARG(shown(v->d, &f->require)), STR_ARG(root));
      diag_hint(v->d->diags, e, "rename this project in its project file");
      return false;
    }
    for (size_t k = 0; k < i; k++)
      if (str_eq(v->found.items[k]->name, f->name)) {
        Diag *e = deps_error(v->d, &f->require, CODE_PACKAGE_NAME,
                             "two packages are named '%.*s': '%.*s' and '%.*s'", STR_ARG(f->name),
                             STR_ARG(shown(v->d, &v->found.items[k]->require)),
                             STR_ARG(shown(v->d, &f->require)));
        diag_hint(v->d->diags, e, "ask for it in one way everywhere");
        return false;
      }
  }
  return true;
}

static Pinned pin(Resolver *v, const Found *f) {
  Pinned p = {.require = f->require, .name = f->name};
  if (f->require.kind == REQUIRE_GIT)
    p.require.revision = f->commit;
  if (f->require.kind == REQUIRE_HUB) {
    p.require.versions = arena_new(v->d->a, Str);
    p.require.versions[0] = f->version;
    p.require.nversions = 1;
  }
  return p;
}

bool deps_resolve(Deps *d, const Requirements *wanted, Pinned **out, size_t *n) {
  Resolver v = {.d = d};
  for (size_t i = 0; i < wanted->n; i++) {
    Ask a = {wanted->items[i], NULL};
    vec_push(d->a, &v.pending, a);
  }
  while (v.pending.n) {
    AskVec round = v.pending;
    v.pending = (AskVec){0};
    // All of a round are put together first: the choice then fits them all.
    Found **touched = arena_array(d->a, Found *, round.n);
    for (size_t i = 0; i < round.n; i++)
      if (!(touched[i] = incorporate(&v, &round.items[i])))
        return false;
    for (size_t i = 0; i < round.n; i++)
      if (!expand(&v, touched[i]))
        return false;
  }
  if (!check_names(&v))
    return false;
  *n = v.found.n;
  *out = arena_array(d->a, Pinned, v.found.n + 1);
  for (size_t i = 0; i < v.found.n; i++)
    (*out)[i] = pin(&v, v.found.items[i]);
  return true;
}
