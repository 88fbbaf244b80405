// Packages of a hub, and such that are one archive.
#ifndef STARC_DEPS_HUB_H
#define STARC_DEPS_HUB_H
#include "deps.h"
#include "semver.h"

// The page of a package in the hub's index: {name, versions: {"1.0.0": {...}}}.
bool hub_page(Deps *d, const Require *r, Value *out);
// The newest version that fits, and the newest there is. False: recorded.
bool hub_choose(Deps *d, const Require *r, const Semver *specs, const Str *askers, size_t n,
                bool prerelease, Str *version, Str *latest);
bool hub_version(Deps *d, const Require *r, Str version, Value *out);

// Fetches one package whole: its folder in staging.
bool tarball_fetch(Deps *d, const Require *r, Str url, Str keep, Str sha1, Str *folder);

#endif
