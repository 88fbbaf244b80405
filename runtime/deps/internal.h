// deps/'s own.
#ifndef STARC_DEPS_INTERNAL_H
#define STARC_DEPS_INTERNAL_H
#include "deps.h"
#include "semver.h"

void deps_say(Deps *d, EventKind kind, const EventField *fields, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// An error about a requirement, at its place in packages.yml if it has one.
Diag *deps_error(Deps *d, const Require *r, Code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// A new, empty folder in the staging area. Empty: recorded.
Str deps_folder(Deps *d);
// The folder of a package in that of its repository. Empty: it lies outside; recorded.
Str deps_subdirectory(Deps *d, const Require *r, Str folder);
// The `name:` of the project in a folder. Empty: recorded.
Str deps_project_name(Deps *d, const Require *r, Str dir);
bool deps_good_name(Deps *d, const Require *r, Str name);

// --- folder.c
// The packages folder is replaced whole: it must hold packages and nothing else. False: recorded.
bool folder_may_go(Deps *d);
// Takes hidden files of the old folder along into the new one.
bool folder_keep_hidden(Deps *d);

// --- fetch.c
typedef struct Fetched {
  Str body;
  long status;     // of HTTP; 0: no answer
  bool from_cache; // the network gave nothing, an earlier download did
  Str why;         // failure: what to say
} Fetched;
// GETs a URL, with a few attempts. `keep`: a name in the cache, empty: not kept; what is there
// stands in when the network fails, and (with `frozen`) without asking.
bool fetch(Deps *d, Str url, Str keep, bool frozen, Fetched *out);

// --- unpack.c
// Unpacks a tar archive into an empty folder. Nothing is ever written outside of it.
bool deps_unpack(Deps *d, const Require *r, Str archive, Str folder);

// --- git.c
// Checks a revision out (a folder in staging) and says which commit it is.
bool git_checkout(Deps *d, const Require *r, Str revision, Str *folder, Str *commit);

// --- hub.c
// The page of a package in the hub's index: {name, versions: {"1.0.0": {...}}}.
bool hub_page(Deps *d, const Require *r, Value *out);
// The newest version that fits, and the newest there is. False: recorded.
bool hub_choose(Deps *d, const Require *r, const Semver *specs, const Str *askers, size_t n,
                bool prerelease, Str *version, Str *latest);
bool hub_version(Deps *d, const Require *r, Str version, Value *out);

// --- fetching one package whole: its folder in staging
bool tarball_fetch(Deps *d, const Require *r, Str url, Str keep, Str sha1, Str *folder);

// --- resolve.c
typedef struct Pinned {
  Require require; // with what it was resolved to
  Str name;        // of the project inside
} Pinned;
bool deps_resolve(Deps *d, const Requirements *wanted, Pinned **out, size_t *n);

// --- lock.c
bool lock_write(Deps *d, const Requirements *wanted, const Pinned *pinned, size_t n);
bool add_package(Deps *d, const DepsOptions *o);
#endif
